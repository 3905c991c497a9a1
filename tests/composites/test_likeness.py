"""What an error is most like whose words no table and no family knows: said with doubt, and only where it says more."""

from __future__ import annotations

import pytest

from docs.likeness import texts
from pai_dlc_mcp.composites.diagnose.causes_code import ERROR_LINE, PROGRAM_EXCEPTION
from pai_dlc_mcp.composites.diagnose.decision import decide
from pai_dlc_mcp.composites.diagnose.evidence import read_log
from pai_dlc_mcp.composites.diagnose.explanation import explain
from pai_dlc_mcp.composites.diagnose.families import FAMILIES
from pai_dlc_mcp.composites.diagnose.likeness import WEIGHTS, features, is_vague, scores, stems
from pai_dlc_mcp.composites.diagnose.tables import PROGRAM
from pai_dlc_mcp.composites.diagnose.verdict import Verdict

from .building import failed

MOST_BYTES = 200_000
LIKE = [
    ("checkpoint_mismatch", "Exception: nothing of the restored optimizer states goes with this tensor name"),
    ("storage_fault", "OSError: [Errno 3014] mounted share went away during the seek"),
    ("missing_library", "RuntimeError: fused kernel extension of this op: undefined reference in the binary"),
]
"""Errors that nobody words like that, with what each is most like."""


def verdict_on(line: str) -> Verdict:
    trace = ["Traceback (most recent call last):", '  File "/opt/app/train.py", line 7, in <module>', line]
    material = failed({0: trace}, {0: ["2027-01-15T08:01:40Z Warning ContainerExited exited with code 1: Error."]})
    return explain(material, decide(material))


@pytest.mark.parametrize(("code", "line"), LIKE, ids=[code for code, _ in LIKE])
def test_an_error_that_nothing_explains_is_told_by_what_its_words_are_most_like(code: str, line: str) -> None:
    verdict = verdict_on(line)
    assert (verdict.cause, verdict.confidence in ("low", "medium")) == (code, True)
    assert "most like" in verdict.summary
    assert line[:40] in verdict.quotes[0].text


@pytest.mark.parametrize(
    "line",
    [
        "NameError: name 'checkpoint' is not defined",
        "KeyError: 'quux'",
        "FooError: wibble wobble 17",
        "ZeroDivisionError: division by zero",
    ],
)
def test_what_is_like_nothing_or_tells_all_itself_stays_an_exception(line: str) -> None:
    verdict = verdict_on(line)
    assert (verdict.cause, verdict.confidence) == ("exception", "medium")


def test_the_widest_family_gives_way_to_clear_words_and_a_logger_that_gives_up_is_heard() -> None:
    assert verdict_on("RuntimeError: there is no such mode: tensor name of the restored optimizer states").cause == (
        "checkpoint_mismatch"
    )
    said = "2027-01-15 08:00:02 INFO Unable to load the optimizer states from checkpoint 7, "
    assert read_log([f"{said}exiting."]).best is not None
    assert read_log([f"{said}going on."]).best is None


def test_a_script_s_first_line_taken_for_a_command_explains_little() -> None:
    lines = ["./a.sh: line 1: #!/bin/bash: No such file or directory", "./a.sh: line 2: conda: command not found"]
    best = read_log(lines).best
    assert best is not None
    assert best.cause.code == "command_not_found"


def test_exact_words_and_narrow_families_are_not_overruled() -> None:
    exact = next(one for one in PROGRAM.causes if one.code == "gpu_memory")
    assert not any(is_vague(cause) for cause in (exact, *(cause for cause, _ in FAMILIES[:-1])))
    assert all(is_vague(cause) for cause in (FAMILIES[-1][0], PROGRAM_EXCEPTION, ERROR_LINE))


def test_an_exception_that_a_program_survived_is_not_likened() -> None:
    steps = [f"step {number} loss 1.{number}" for number in range(20)]
    caught = ["Traceback (most recent call last):", '  File "/opt/app/a.py", line 1, in <module>', LIKE[0][1], *steps]
    assert not any(one.cause.code == LIKE[0][0] for one in read_log(caught).findings)


def test_words_are_counted_as_they_bend_and_chinese_in_twos() -> None:
    assert stems("Loading the shared libraries, 3 savedCheckpoints") == stems("loads share library 7 saves_checkpoint")
    assert {"磁盘", "盘空"} <= features("磁盘空").keys()
    assert "~" in features("KeyError: 'MASTER_ADDR'", "KeyError")
    assert "~" not in features("KeyError: 'master'", "KeyError")


def test_the_weights_are_small_and_every_text_they_were_counted_in_bears_a_known_cause() -> None:
    assert WEIGHTS.stat().st_size < MOST_BYTES
    known = {one.code for one in (*PROGRAM.causes, PROGRAM_EXCEPTION, ERROR_LINE)}
    assert {code for code, _ in texts()} | {code for _, code in scores({})} <= known


def test_almost_every_text_is_most_like_its_own_kind() -> None:
    labelled = list(texts())
    right = sum(scores(features(text))[0][1] == code for code, text in labelled[::7])
    assert right > 0.75 * len(labelled[::7])
