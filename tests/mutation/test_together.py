"""Survivors in one tree: which faults stand together, who runs which tests, and what failed."""

from __future__ import annotations

from mutation.mutants import Mutant
from mutation.together import failed_tests, shares, together
from mutation.touching import Test


def test_faults_of_one_file_stand_together_but_for_those_that_overlap() -> None:
    source = b"a = 1\nb = a + 2\n"
    one, plus, whole = (
        Mutant("a.py", start, end, text, "number", 1, "f", "", "")
        for start, end, text in ((4, 5, "7"), (12, 13, "-"), (6, 15, "pass"))
    )
    assert together([plus, one], {"a.py": source}) == {"a.py": b"a = 7\nb = a - 2\n"}
    assert together([one, plus, whole], {"a.py": source}) == {"a.py": b"a = 7\nb = a - 2\n"}


def test_tests_are_shared_out_by_their_length_and_those_of_a_file_stay_together() -> None:
    tests = [Test(f"tests/test_{name}.py::test_{n}", s) for name, n, s in (("a", 1, 3.0), ("b", 1, 2.0), ("b", 2, 2.0),
             ("c", 1, 1.0))]  # fmt: skip
    assert [[one.id[11:] for one in part] for part in shares(tests, 2)] == [
        ["b.py::test_1", "b.py::test_2"], ["a.py::test_1", "c.py::test_1"],
    ]  # fmt: skip


def test_failed_tests_are_read_from_the_summary_whatever_their_names_hold() -> None:
    odd = "tests/test_a.py::test_a[x - y]"
    output = f"..F\nFAILED {odd} - assert 1 - 2 == 2\nERROR tests/test_b.py::test_b\nFAILED {odd}\n1 failed"
    assert failed_tests(output, [odd, "tests/test_b.py::test_b"]) == [odd, "tests/test_b.py::test_b", odd]
