"""What an error is most like whose words no table and no family knows: said with doubt, and only where it says more."""

from __future__ import annotations

import pytest
from evals.diagnosis import FAILURES, load

from docs.likeness import documents, texts
from pai_dlc_mcp.composites.diagnose import second_look
from pai_dlc_mcp.composites.diagnose.causes import GENERIC
from pai_dlc_mcp.composites.diagnose.causes_code import ERROR_LINE, PROGRAM_EXCEPTION
from pai_dlc_mcp.composites.diagnose.decision import decide
from pai_dlc_mcp.composites.diagnose.evidence import read_log
from pai_dlc_mcp.composites.diagnose.explanation import explain
from pai_dlc_mcp.composites.diagnose.families import FAMILIES
from pai_dlc_mcp.composites.diagnose.likeness import WEIGHTS, features, is_vague, scores, stems
from pai_dlc_mcp.composites.diagnose.platform_words import platform_findings
from pai_dlc_mcp.composites.diagnose.tables import EVENTS, PROGRAM
from pai_dlc_mcp.composites.diagnose.verdict import Verdict

from .building import failed

MOST_BYTES = 500_000
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


@pytest.mark.parametrize(
    ("line", "words", "like"),
    [
        ("OddError: cannot connect the keys of the state_dict to the optimizer states of the checkpoint", "unreachable",
         "checkpoint_mismatch"),
        ("OddError: failed to fetch config: unexpected key in the yaml section", "unreachable", "bad_settings_file"),
        ("OddError: cannot connect to the server of the checkpoint", "unreachable", "unreachable"),
        ("OddError: connection between tensor shapes lost: expected size 3 but got size 4", "shape_mismatch",
         "shape_mismatch"),
    ],
)  # fmt: skip
def test_a_family_of_words_gives_way_where_all_words_together_are_far_more_like_another_cause(
    line: str, words: str, like: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdict = verdict_on(line)
    assert (verdict.cause, verdict.confidence == "low") == (like, like != words)
    monkeypatch.setattr(second_look, "most_like", lambda record, known: None)
    assert verdict_on(line).cause == words


@pytest.mark.parametrize(
    "line",
    [
        "bash: line 1:  6508 Killed                 ( asr_train.py --config conf/train.yaml --ngpu 0 ) 2>> exp/log",
        "c++: fatal error: Killed signal terminated program cc1plus",
    ],
)
def test_how_a_process_ended_is_never_taken_for_what_its_command_line_is_like(line: str) -> None:
    best = read_log([line]).best
    assert best is not None
    assert best.cause.code in ("killed", "child_killed")


@pytest.mark.parametrize(
    ("event", "causes"),
    [
        ("Warning Denied the registry wants a login for this repository", ["image_refused"]),
        ("Warning FabricTrouble the worker's IB card went away from the bus", ["rdma"]),
        ("Normal Denied the registry wants a login for this repository", []),
        ("Warning Odd frobnication of the widget", []),
        ("JobDenied the registry wants a login for this repository", []),
    ],
)
def test_a_warning_that_no_table_knows_is_a_hint_at_what_its_words_are_most_like(event: str, causes: list[str]) -> None:
    found = platform_findings([f"2027-01-15T08:01:40Z {event}"], "job_event")
    assert [one.cause.code for one in found] == causes
    assert all(one.is_generic and one.cause.weight == GENERIC for one in found)


def test_the_causes_of_events_alone_are_not_said_of_a_program() -> None:
    of_events = {code for _, code in scores({}, of_programs=False)} - {code for _, code in scores({})}
    assert {"unschedulable", "bid_too_low"} <= of_events


def test_no_failure_that_is_held_out_is_learned_from() -> None:
    held = {one["name"] for one in load(FAILURES) if one.get("held_out")}
    learned_from = {one.order for one in documents()}
    assert held.isdisjoint(learned_from)
    assert len(learned_from & {one["name"] for one in load(FAILURES)}) > 500


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
    known = {one.code for one in (*PROGRAM.causes, *EVENTS.causes, PROGRAM_EXCEPTION, ERROR_LINE)}
    assert {code for code, _ in texts()} | {code for code, _ in texts("event_texts.txt")} <= known
    assert {code for _, code in scores({}, of_programs=False)} <= known


def test_almost_every_text_is_most_like_its_own_kind() -> None:
    labelled = list(texts())
    right = sum(scores(features(text))[0][1] == code for code, text in labelled[::7])
    assert right > 0.75 * len(labelled[::7])
