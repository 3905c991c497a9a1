"""The sampler: the mutants of each kind, the draw, what touches a place, and a whole run over a tree of one module."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from mutation import sample
from mutation.mutants import Mutant, find_mutants, is_changed_program
from mutation.sample import Result, Trial, changed_lines, draw, read_reasons, report, two_runs
from mutation.sandbox import Sandbox, run_limited, tree_digest
from mutation.touching import Test, TestMap, function_lines, names_of_folders

HERE = Path(__file__).parent


def changes(text: str, kind: str | None = None) -> set[str]:
    """The mutated lines of a source of a few lines, each with its blanks joined."""
    source = text.encode()
    found = find_mutants("a.py", source)
    assert all(is_changed_program(source, one) for one in found)
    return {one.after for one in found if kind in (None, one.kind)}


@pytest.mark.parametrize(
    ("kind", "source", "wanted"),
    [
        ("comparison", "x = a < b", {"x = a <= b"}),
        ("comparison", "x = a >= b", {"x = a > b"}),
        ("comparison", "x = (a) == (b)", {"x = (a) != (b)"}),
        ("comparison", "x = a is not None", {"x = a is None"}),
        ("comparison", "x = a not in b", {"x = a in b"}),
        ("comparison", "x = 0 < a <= 9", {"x = 0 <= a <= 9", "x = 0 < a < 9"}),
        ("and/or", "x = a and b or c", {"x = a or b or c", "x = a and b and c"}),
        ("dropped not", "x = not a", {"x = a"}),
        ("dropped not", "x = not (a or b)", {"x = (a or b)"}),
        ("arithmetic", "x = a + b // c", {"x = a - b // c", "x = a + b * c"}),
        ("operand", "x = a | b", {"x = a"}),
        ("operand", "x = a + [b]", {"x = a"}),
        ("off by one", "x = a[:n]", {"x = a[:(n) + 1]"}),
        ("number", "x = 4", {"x = 5"}),
        ("number", "x = 0.5", {"x = 1.0"}),
        ("number", "x = a[0]", {"x = a[1]"}),
        ("number", 'x = f"{a / 60} minutes"', {'x = f"{a / 61} minutes"'}),
        ("boolean", "x = True", {"x = False"}),
        ("text", 'x = a["key"]', {'x = a["key_"]'}),
        ("text", "x = ''", {"x = '_'"}),
        ("text", "x = a in 'bc'", {"x = a in 'b'"}),
        ("dictionary key", 'x = {"a": b}', {'x = {"a_": b}'}),
        ("swapped arguments", "f(a, b, c)", {"f(b, a, c)", "f(a, c, b)"}),
        ("keyword", "f(a, key=b, other=c)", {"f(a, other=c)", "f(a, key=b, )"}),
        ("declaration's keyword", "@f(key=a)\nclass A:\n  x = need(rule=b)", {"@f()", "x = need()"}),
        ("early return", "def f(a):\n  if a > b: return c\n  return d", {"if False: return c"}),
        ("negated condition", "x = a if b else c", {"x = a if not (b) else c"}),
        ("filter", "x = [a for a in b if a.c]", {"x = [a for a in b if True]"}),
        (
            "other function",
            "x = min(a) if any(b) else c",
            {"x = max(a) if any(b) else c", "x = min(a) if all(b) else c"},
        ),
        ("other function", "x = a.startswith(b)", {"x = a.endswith(b)"}),
        ("removed statement", "def f(a):\n  a.b()\n  a.c = 1\n  raise a", {"pass"}),
        ("removed statement", "def f(a):\n  for a in b:\n    continue", {"pass"}),
        ("removed statement", "def f(a):\n  a = 1\n  return a", {"pass"}),
        ("number", "def f(a=1): return a", {"def f(a=2): return a"}),
    ],
)
def test_each_kind_of_fault_is_planted(kind: str, source: str, wanted: set[str]) -> None:
    assert changes(source, kind) == wanted


@pytest.mark.parametrize(
    "source",
    [
        '"""Text"""',
        "def f():\n  '''word'''\n  return a",
        "class A:\n  x: Literal['b']\n  'word'",
        "def f(a: Literal['b'], *, c: dict[str, int]) -> Literal['d']: return a",
        "logger.warning('word', 1)",
        "class A:\n  def __repr__(self): return 'word'",
        "from a import b\nimport c",
        "__all__ = ['word']",
        "raise_later = 'words of a sentence'",
        "x = f'{a} word'",
        "x = f(help='word', encoding='utf-8', strict=True)",
        "@dataclass(frozen=True, slots=True)\nclass A: pass",
        "if TYPE_CHECKING:\n  x = 1",
        "def f():\n  a = b\n  return a",
        "Status = Literal['a', 'b']",
        "x: int | None",
    ],
)
def test_what_cannot_change_an_answer_is_left_alone(source: str) -> None:
    assert changes(source) == set()


def test_an_assignment_is_removed_only_where_the_name_has_a_value_already() -> None:
    source = b"def f(a):\n    a = 1\n    b = 1\n    b = 2\n    c = 3\n    return a + b\n"
    assert [one.line for one in find_mutants("a.py", source) if one.kind == "removed statement"] == [2, 4]


def test_a_mutant_knows_its_place_and_its_key_outlives_moved_lines() -> None:
    source = "class A:\n    def f(self, a):\n        return a < 1\n"
    found = next(one for one in find_mutants("a.py", source.encode()) if one.kind == "comparison")
    moved = next(one for one in find_mutants("a.py", f"# more\n\n{source}".encode()) if one.kind == "comparison")
    assert (found.line, found.function, moved.line) == (3, "A.f", 5)
    assert found.key == moved.key == ("a.py", "A.f", "return a < 1", "return a <= 1")
    assert found.applied(source.encode()).decode() == source.replace("<", "<=")


def test_letters_of_several_bytes_do_not_shift_the_edit() -> None:
    assert changes("x = 'é\u4e2d words', a < b", "comparison") == {"x = 'é\u4e2d words', a <= b"}


def test_the_same_seed_draws_the_same_mutants_and_another_seed_others() -> None:
    source = "\n".join(f"x{number} = {number} < a or b[{number}]" for number in range(30)).encode()
    mutants = find_mutants("a.py", source)
    drawn = draw(mutants, {"a.py": source}, 20, seed=1)
    assert drawn == draw(list(reversed(mutants)), {"a.py": source}, 20, seed=1)
    assert drawn != draw(mutants, {"a.py": source}, 20, seed=2)
    assert len({one.line for one in drawn}) == 20


def test_a_draw_of_more_than_there_is_takes_one_of_each_line() -> None:
    source = b"x = a < b\ny = 1\n"
    assert [one.line for one in sorted(draw(find_mutants("a.py", source), {"a.py": source}, 9, seed=1))] == [1, 2]


def test_the_lines_of_a_function_are_those_of_its_body() -> None:
    source = b"class A:\n    @f(1)\n    def g(self, a=2):\n        def h():\n            pass\n        return h\n"
    assert list(function_lines(source)) == [("A.g", 4, 6)]


def test_only_lines_that_differ_from_the_revision_are_meant_by_since(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *words], cwd=tmp_path, check=True)

    file = tmp_path / "a.py"
    file.write_text("a = 1\nb = 2\nc = 3\nd = 4\n")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "first")
    file.write_text("a = 1\nb = 3\nc = 3\nd = 4\ne = 5\nf = 6\n")
    assert changed_lines(tmp_path, "HEAD") == {"a.py": {2, 5, 6}}


def test_a_command_that_does_not_end_is_ended_with_its_children(tmp_path: Path) -> None:
    done = run_limited(["sh", "-c", "sleep 600 & echo $! > child; wait"], tmp_path, {"PATH": "/usr/bin:/bin"}, 1.0)
    assert done.code is None
    state = Path(f"/proc/{int((tmp_path / 'child').read_text())}/stat")
    assert ends(state)


def ends(state: Path) -> bool:
    """Whether a killed process goes, or waits for nothing but its parent; seen within half a minute."""
    for _ in range(300):
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.1)
    return False


def mutant(before: str = "a", after: str = "b", folder: str = "cloud") -> Mutant:
    return Mutant(f"server/pai_dlc_mcp/{folder}/a.py", 0, 1, after, "text", 7, "f", before, after)


def test_the_report_shows_each_survivor_once_and_fails_below_the_share(capsys: pytest.CaptureFixture[str]) -> None:
    noticed = [Result(mutant(after=f"{number}"), "tests", "tests/test_a.py::test_a", 3, 1.0) for number in range(8)]
    results = [*noticed, Result(mutant("old line", "new line", "state"), "nothing", "", 4, 1.0, 9)]
    assert report(results, {}, 0.88) == 0
    shown = capsys.readouterr().out
    assert "server/pai_dlc_mcp/state/a.py:7 in f: text, 4 of 9 tests passed\n- old line\n+ new line\n" in shown
    assert shown.count("tests passed") == 1
    rows = {line.split()[0]: line.split()[1:] for line in shown.splitlines() if line.startswith(("pai_", "together"))}
    assert rows["pai_dlc_mcp/cloud"] == ["8", "0", "8", "0", "0", "0", "0", "100.0%"]
    assert rows["pai_dlc_mcp/state"] == ["1", "0", "0", "0", "0", "0", "1", "0.0%"]
    assert rows["together"] == ["9", "0", "8", "0", "0", "0", "1", "88.9%"]
    assert report(results, {}, 0.89) == 1


def test_a_document_that_is_no_longer_what_it_is_generated_from_notices_a_mutant(tmp_path: Path) -> None:
    box = Sandbox(tmp_path, tmp_path / "box", tmp_path / "map")
    (tmp_path / "map").mkdir()
    box.prepare([])
    assert box.check_documents(30).code == 0, "a tree without generated documents"
    box.write("tests/documents.py", b"import sys; sys.exit('README.md is stale' if '--check' in sys.argv else 0)")
    done = box.check_documents(30)
    assert (done.code, done.output) == (1, "README.md is stale\n")


def test_a_survivor_with_a_reason_counts_neither_way(capsys: pytest.CaptureFixture[str]) -> None:
    survivor = Result(mutant("old line", "new line"), "nothing", "", 4, 1.0)
    assert report([survivor], {survivor.mutant.key: "No difference to anybody."}, 1.0) == 0
    assert "accepted: No difference to anybody." in capsys.readouterr().out


def test_reasons_are_required_and_an_entry_whose_line_is_gone_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = {"file": "a.py", "function": "f", "before": "return 1", "after": "return 2", "reason": "None."}
    file = tmp_path / "accepted.json"
    file.write_text(json.dumps({"survivors": [entry]}))
    assert read_reasons(file, {"a.py": b"    return   1\n"}) == {("a.py", "f", "return 1", "return 2"): "None."}
    assert not capsys.readouterr().err
    read_reasons(file, {"a.py": b"return 3"})
    assert "no longer has the line 'return 1'" in capsys.readouterr().err
    file.write_text(json.dumps({"survivors": [entry | {"reason": " "}]}))
    with pytest.raises(ValueError, match="no reason"):
        read_reasons(file, {})


def test_every_accepted_survivor_has_a_reason() -> None:
    read_reasons(sample.ACCEPTED, {})


def test_the_second_run_takes_more_tests_than_the_first_and_both_keep_to_their_time() -> None:
    tests = [Test(f"tests/test_{number % 2}.py::test_{number}", 1.0) for number in range(100)]
    first, second = two_runs(tests, 600.0)
    assert {one.id for one in first} == {one.id for one in tests[:5]}
    assert {one.id for one in second} == {one.id for one in tests[5:25]}
    assert [one.id.partition("::")[0] for one in first] == ["tests/test_0.py"] * 3 + ["tests/test_1.py"] * 2


def test_a_test_longer_than_the_whole_time_is_run_all_the_same() -> None:
    long = Test("tests/test_a.py::test_a", 1000.0)
    assert list(two_runs([long], 1000.0)) == [[long]]


TINY = """
import time
LIMIT = 3


def is_small(number: int) -> bool:
    return number < LIMIT


def is_large(number: int) -> bool:
    return number > 1000


def wait(number: int) -> None:
    while number > 0:
        number = number - 1
        time.sleep(0.001)


def name(number: int) -> str:
    return str(number)


def doubled(number: int) -> int:
    return number * 2


def scaled(number: int, by: int = 7) -> int:
    return number * by


STEP = doubled(4)
"""
TESTS = """
import subprocess, sys
from pai_dlc_mcp.tiny import STEP, is_large, is_small, name, scaled, wait


def test_small():
    assert is_small(2) and not is_small(3)


def test_large():
    assert is_large(5000) and not is_large(0)


def test_a_child_process_waits():
    subprocess.run([sys.executable, "-c", "from pai_dlc_mcp.tiny import wait; wait(2)"], env={}, check=True, timeout=6)


def test_a_name_with_odd_letters():
    assert name(1) == "1"


def test_step():
    assert STEP == 8


def test_scaled():
    assert scaled(3) % 7 == 0 and not is_small(sum(range(400_000)))
"""
SETTINGS = """
[tool.mypy]
strict = true
packages = ["pai_dlc_mcp"]
mypy_path = "server"
[tool.pytest.ini_options]
addopts = "--import-mode=importlib"
"""


def test_the_nearest_tests_stand_in_a_folder_named_as_a_package_or_module() -> None:
    assert names_of_folders("server/pai_dlc_emulator/dlc/jobs.py") == {"emulator", "dlc", "jobs"}
    assert names_of_folders("server/pai_dlc_mcp/runtime.py") == {"mcp", "runtime"}


def test_two_writes_within_a_second_are_two_changes(tmp_path: Path) -> None:
    box = Sandbox(tmp_path, tmp_path / "box", tmp_path)
    seconds = []
    for content in (b"a = 1\n", b"a = 2\n", b"a = 1\n"):
        box.write("a.py", content)
        seconds.append(int((box.tree / "a.py").stat().st_mtime))
    assert seconds[0] < seconds[1] < seconds[2]


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A tree with one source, one test file and what the sandboxes need."""
    root = tmp_path / "tree"
    for path, text in {
        "server/pai_dlc_mcp/__init__.py": "",
        "server/pai_dlc_mcp/tiny.py": TINY,
        "tests/test_tiny.py": TESTS,
        "pyproject.toml": SETTINGS,
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    (root / "tests/mutation").mkdir()
    for module in ("plugin.py", "runner.py", "tracing.py"):
        shutil.copy(HERE / module, root / "tests/mutation")
    return root


def paths_of(root: Path) -> list[str]:
    return sorted(str(file.relative_to(root)) for file in root.rglob("*") if file.is_file())


def planted(root: Path, after: str) -> Mutant:
    path = "server/pai_dlc_mcp/tiny.py"
    return next(one for one in find_mutants(path, (root / path).read_bytes()) if one.after == after)


def test_a_whole_run_tells_survivors_from_what_tests_notice_and_leaves_the_tree_alone(tiny: Path) -> None:
    paths = paths_of(tiny)
    before = tree_digest(tiny, paths)
    wanted = {
        "return number < LIMIT": "return number <= LIMIT",
        "return number > 1000": "return number >= 1000",
        "number = number - 1": "number = number + 1",
        "LIMIT = 3": "LIMIT = 4",
        "return number * 2": "return number / 2",
    }
    mutants = [planted(tiny, after) for after in wanted.values()]
    results = {one.mutant.after: one for one in Trial(tiny, tiny.parent / "work", paths, 1, types=False).run(mutants)}
    small, large, waits, limit, step = (results[after] for after in wanted.values())
    assert (small.noticed, small.by) == ("tests", "tests/test_tiny.py::test_small")
    assert (large.noticed, large.tried) == ("nothing", 5)  # all that touch the file
    assert (waits.noticed, waits.by) == ("tests", "tests/test_tiny.py::test_a_child_process_waits")
    assert (limit.noticed, limit.by) == ("tests", "tests/test_tiny.py::test_small")
    assert (step.noticed, step.by) == ("tests", "tests/test_tiny.py::test_step")
    assert tree_digest(tiny, paths) == before
    found = TestMap(tiny, tiny.parent / "work/map", paths)
    assert found.choose(planted(tiny, "def scaled(number: int, by: int = 8) -> int:"))[0].id.endswith("test_scaled")


def test_what_came_through_is_tried_with_every_other_test_that_touches_it(tiny: Path) -> None:
    paths = paths_of(tiny)
    before = tree_digest(tiny, paths)
    mutants = [planted(tiny, after) for after in ("return number <= LIMIT", "return number >= 1000")]
    trial = Trial(tiny, tiny.parent / "work", paths, 2, types=False)
    near = [Result(one, "nothing", "", 0, 1.0, 6) for one in mutants]
    small, large = trial.look_wider(near, [])
    assert (small.noticed, small.by, small.tried) == ("tests", "tests/test_tiny.py::test_small", 6)
    assert (large.noticed, large.tried) == ("nothing", 6)
    assert trial.look_wider([small, large], []) == [small, large], "nothing is left to try"
    assert trial.look_wider(near, [one.key for one in mutants]) == near, "what has a reason is left alone"
    assert trial.run(mutants) == [small, large], "what a wider look found is kept"
    assert tree_digest(tiny, paths) == before


def test_mypy_takes_part_and_a_second_run_asks_nothing_again(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = "server/pai_dlc_mcp/tiny.py"
    source = (tiny / path).read_bytes()
    start = source.index(b"str(number)")
    wrong = Mutant(path, start, start + 11, "number", "text", 21, "name", "return str(number)", "return number")
    paths = paths_of(tiny)
    first = Trial(tiny, tiny.parent / "work", paths, 1).run([wrong])
    assert [one.noticed for one in first] == ["types"]
    assert "Incompatible return value type" in first[0].by
    monkeypatch.setattr(Trial, "_prepare", lambda self: pytest.fail("nothing was left to try"))
    assert Trial(tiny, tiny.parent / "work", paths, 1).run([wrong]) == first
