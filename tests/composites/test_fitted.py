"""What a diagnosis leaves out of a long answer: no more than it has to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pai_dlc_mcp.composites.diagnose import explanation
from pai_dlc_mcp.composites.diagnose.decision import decide
from pai_dlc_mcp.composites.diagnose.report import MOST_BYTES, _bytes, fitted

from .building import failed, pod_id

CONTEXT = ("untrusted_last_log_lines", "untrusted_pod_events")


def lines(count: int, width: int) -> list[str]:
    return [f"{n:03} {'x' * width}" for n in range(count)]


@pytest.mark.parametrize("width", range(20, 60))
def test_an_answer_is_cut_to_its_bound_and_no_line_more(width: int) -> None:
    data = {"cause": "hang", CONTEXT[0]: lines(200, width), CONTEXT[1]: ["one"]}
    cut = fitted(data, CONTEXT)
    kept = len(cut[CONTEXT[0]])
    assert cut[CONTEXT[0]] == data[CONTEXT[0]][-kept:], "the last lines stay"
    more = cut | {CONTEXT[0]: data[CONTEXT[0]][-kept - 1 :]}
    assert _bytes(cut) <= MOST_BYTES < _bytes(more)


def test_the_longest_list_is_cut_first_and_whole_lists_go_only_when_each_has_one_line() -> None:
    data = {"cause": "hang", CONTEXT[0]: lines(90, 40), CONTEXT[1]: lines(9, 40)}
    cut = fitted(data, CONTEXT)
    assert len(cut[CONTEXT[0]]) > len(cut[CONTEXT[1]]) == 9
    wide = {"cause": "hang", CONTEXT[0]: ["x" * 2_500], CONTEXT[1]: ["y" * 2_000]}
    assert fitted(wide, CONTEXT) == {"cause": "hang", CONTEXT[1]: ["y" * 2_000]}


@pytest.mark.parametrize("width", range(20, 60))
def test_of_evidence_that_alone_is_too_long_the_first_pieces_stay(width: int) -> None:
    data = {"cause": "hang", "untrusted_evidence": lines(200, width), CONTEXT[0]: ["one"]}
    cut = fitted(data, CONTEXT)
    kept = len(cut["untrusted_evidence"])
    assert CONTEXT[0] not in cut
    assert cut["untrusted_evidence"] == data["untrusted_evidence"][:kept]
    more = cut | {"untrusted_evidence": data["untrusted_evidence"][: kept + 1]}
    assert _bytes(cut) <= MOST_BYTES < _bytes(more)


def test_an_answer_that_fits_is_left_as_it_is() -> None:
    room = MOST_BYTES - _bytes({"cause": "", CONTEXT[0]: ["one"]})
    data = {"cause": "x" * room, CONTEXT[0]: ["one"]}
    assert _bytes(data) == MOST_BYTES
    assert fitted(data, CONTEXT) is data
    assert CONTEXT[0] not in fitted(data | {"cause": "x" * (room + 1)}, CONTEXT)


def test_a_line_of_another_failed_pod_says_what_is_known_of_it() -> None:
    material = failed({0: ["ValueError: odd"]}, ended={0: 100})
    (case,) = decide(material).cases
    alone = replace(case, findings=(), code=None)
    open_ended = replace(case.pod, finished=None)
    assert explanation._line_of(open_ended, None, None) == f"{pod_id(0)}, not read"
    assert explanation._line_of(open_ended, alone, 100.0) == f"{pod_id(0)}, not read"
    assert explanation._line_of(replace(case.pod, finished=105.0), alone, 100.0) == f"{pod_id(0)}, +5 s"
    assert explanation._line_of(open_ended, replace(alone, code=137), None) == f"{pod_id(0)}, exit code 137"
    assert explanation._line_of(open_ended, case, None).startswith(f"{pod_id(0)}, the program raised ValueError")


def test_an_exit_code_in_the_reason_is_that_of_the_pods_that_it_names() -> None:
    material = failed({0: ["step 1"], 1: ["step 1"]}, ended={0: 100, 1: 100}, ReasonMessage=f"{pod_id(1)} exit code 77")
    assert {case.pod.id: case.code for case in decide(material).cases} == {pod_id(0): None, pod_id(1): 77}
