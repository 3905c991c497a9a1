"""What of a log is shown, what is left out, and what is said about it (R60)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pai_dlc_mcp.protocol.result_size import LINE_CHARS, fit_line, fit_lines, more, rest_of_lines


def test_r60_a_line_at_its_cap_stays_and_a_longer_one_says_what_it_lost() -> None:
    assert fit_line("x" * 2_000) == "x" * 2_000
    assert fit_line("x" * 2_001) == "x" * 2_000 + " … [1 characters cut]"
    assert fit_line("训练" * 2_000, 10) == "训练" * 5 + " … [3,990 characters cut]"
    assert LINE_CHARS == 2_000


def test_r60_lines_that_fit_are_all_shown_and_nothing_is_said() -> None:
    assert fit_lines(["abc", "de"], 7) == (["abc", "de"], None)
    assert fit_lines([], 100) == ([], None)


def test_r60_the_newest_lines_are_kept_and_the_omitted_ones_counted() -> None:
    kept, cut = fit_lines(["first", "second", "third"], 13)
    assert kept == ["second", "third"]
    assert cut == {"lines_shown": 2, "earlier_lines_omitted": 1, "lines_shortened": 0}
    assert fit_lines(["first", "second", "third"], 12)[0] == ["third"]


def test_r60_a_shortened_line_is_counted() -> None:
    kept, cut = fit_lines(["a", "b" * 50, "c"], 1_000, line_chars=10)
    assert kept == ["a", "b" * 10 + " … [40 characters cut]", "c"]
    assert cut == {"lines_shown": 3, "earlier_lines_omitted": 0, "lines_shortened": 1}


def test_r60_one_line_stays_however_small_the_room() -> None:
    kept, cut = fit_lines(["old", "x" * 5_000], 500)
    assert kept[0].startswith("x" * 460 + " … [4,540 characters cut]")
    assert cut == {"lines_shown": 1, "earlier_lines_omitted": 1, "lines_shortened": 1}
    assert fit_lines(["x" * 50], 1)[0] == ["x … [49 characters cut]"]


@given(st.lists(st.text(max_size=60)), st.integers(60, 400), st.integers(5, 40))
def test_r60_lines_never_exceed_their_room_and_are_always_the_end(lines: list[str], room: int, cap: int) -> None:
    kept, cut = fit_lines(lines, room, line_chars=cap)
    assert sum(len(line) + 1 for line in kept) <= room
    assert len(kept) == len(lines) - (cut["earlier_lines_omitted"] if cut else 0)
    for shown, line in zip(reversed(kept), reversed(lines), strict=False):
        assert line.startswith(shown[:5])
    assert (cut is None) == (kept == lines)


def test_the_call_that_gets_the_rest_carries_what_is_known() -> None:
    assert more("dlc_list_jobs", {"page_number": 2, "status": None}) == {
        "tool": "dlc_list_jobs",
        "arguments": {"page_number": 2},
    }


ARGUMENTS = {"region": "cn-hangzhou", "job_id": "dlc1", "pod_id": "p0", "max_lines": 100}


@pytest.mark.parametrize(
    "stamp", ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.123Z", "2026-01-02T03:04:05.123456789Z"]
)
def test_r60_earlier_lines_are_those_up_to_the_first_one_shown(stamp: str) -> None:
    found = rest_of_lines("dlc_get_pod_logs", ARGUMENTS, [f"{stamp} loss 0.1", "x"], 8_000)
    assert found == {"tool": "dlc_get_pod_logs", "arguments": ARGUMENTS | {"end_time": "2026-01-02T03:04:05Z"}}


@pytest.mark.parametrize(
    "line", ["2026-01-02 03:04:05 local", "2026-01-02T03:04:05 local", "no time", "", " 2026-01-02T03:04:05Z"]
)
def test_r60_without_a_time_in_utc_a_larger_answer_is_named_and_then_a_search(line: str) -> None:
    larger = rest_of_lines("dlc_get_pod_logs", ARGUMENTS, [line], 8_000)
    assert larger == {"tool": "dlc_get_pod_logs", "arguments": ARGUMENTS | {"max_chars": 20_000}}
    search = rest_of_lines("dlc_get_pod_logs", ARGUMENTS, [line], 20_000)
    assert search == {
        "tool": "dlc_search_logs",
        "arguments": {"region": "cn-hangzhou", "job_id": "dlc1", "pod_id": "p0", "text": "error"},
    }
    assert rest_of_lines("t", {}, [], 20_000) == {"tool": "dlc_search_logs", "arguments": {"text": "error"}}
