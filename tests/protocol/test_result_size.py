"""What of a log is shown, what is left out, and what is said about it (R60)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pai_dlc_mcp.api.catalog import operation
from pai_dlc_mcp.protocol.result_size import (
    LINE_CHARS,
    again,
    aligned,
    bounded,
    compact,
    fit_line,
    fit_lines,
    fitted,
    more,
    rest_of_lines,
    rows_that_fit,
)
from support.fake_cloud import call_of


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


@pytest.mark.parametrize(
    ("spare", "kept"),
    [(0, {"A": "x" * 300, "B": [1, 2]}), (-1, {"A": "x" * 250 + "… (50 more characters)", "B": [1, 2]})],
)
def test_what_fits_is_left_and_what_does_not_is_cut_at_its_longest(spare: int, kept: dict[str, Any]) -> None:
    data = {"A": "x" * 300, "B": [1, 2]}
    assert bounded(data, len(compact(data)) + spare) == (kept, ["A"] if spare else [])


def test_cuts_are_named_by_their_paths_with_what_is_missing() -> None:
    data = {"A": [{"B": "x" * 90, "C": "y"}] * 12, "D": {"E": ["z" * 90]}}
    small, cut = bounded(data, 1_100)
    assert small == {
        "A": [{"B": "x" * 80 + "… (10 more characters)", "C": "y"}] * 5,
        "D": {"E": ["z" * 80 + "… (10 more characters)"]},
    }
    assert cut == ["A (7 of 12 items)", *(f"A[{number}].B" for number in range(5)), "D.E[0]"]
    assert len(bounded({f"n{number:02}": "x" * 3_000 for number in range(30)}, 62_000)[1]) == 20


def test_in_the_last_resort_the_short_facts_stay_in_order() -> None:
    data = {
        "Id": "dlc1",
        "Rest": [["x" * 20] * 5] * 9,
        "Text": "y" * 60,
        "Yes": True,
        "N": 1.5,
        "More": {"a": "z" * 50},
    }
    small, cut = bounded(data, 60)
    assert (small, cut) == ({"Id": "dlc1", "Yes": True, "N": 1.5}, ["everything but the first scalars"])
    assert bounded(["x" * 90], 20) == ({}, ["everything but the first scalars"])


@pytest.mark.parametrize(("budget", "count"), [(1, 0), (9, 0), (10, 1), (16, 1), (17, 2), (20, 2), (21, 3), (99, 3)])
def test_rows_are_counted_with_their_commas_and_brackets(budget: int, count: int) -> None:
    rows = [{"A": 1}, [1, 22], "x"]
    assert [len(compact(row)) for row in rows] == [7, 6, 3]
    assert rows_that_fit(rows, budget) == count


@pytest.mark.parametrize(
    ("fitting", "start", "kept"),
    [(7, 0, 7), (7, 100, 5), (4, 100, 4), (3, 100, 2), (3, 7, 1), (0, 5, 1), (50, 100, 50)],
)
def test_a_page_ends_where_one_of_its_size_can_go_on(fitting: int, start: int, kept: int) -> None:
    assert aligned(fitting, start) == kept


JOBS = [{"JobId": f"dlc{number:04}"} for number in range(40)]


@pytest.mark.parametrize(
    ("args", "kept", "size", "page"),
    [
        ({}, 10, 10, 2),
        ({"PageSize": 40}, 10, 10, 2),
        ({"PageNumber": 2, "PageSize": 40}, 10, 10, 6),
        ({"PageNumber": 3, "PageSize": 21}, 7, 7, 8),
    ],
)
def test_r60_a_list_that_is_cut_goes_on_exactly_behind_what_was_shown(
    args: dict[str, Any], kept: int, size: int, page: int
) -> None:
    call = call_of("ListJobs", {"Status": "Running", **args})
    data = {"Jobs": JOBS, "TotalCount": 400}
    budget = len(compact({**data, "Jobs": JOBS[:10]})) + 3
    small, cut = fitted(call, data, budget)
    assert small == {"Jobs": JOBS[:kept], "TotalCount": 400}
    arguments = {"status": "Running", "region": "cn-hangzhou", "page_size": size, "page_number": page}
    assert cut == {
        "rows": f"{kept} of 40 of this page",
        "more": {"tool": "dlc_list_jobs", "arguments": arguments},
    }


def test_a_list_that_fits_or_has_one_row_or_no_pages_is_not_cut_by_rows() -> None:
    data = {"Jobs": JOBS, "TotalCount": 400}
    assert fitted(call_of("ListJobs"), data | {"TotalCount": 40}, len(compact(data))) == (data | {"TotalCount": 40}, {})
    shown, more = fitted(call_of("ListJobs"), data, len(compact(data)))
    assert (shown, more["rows"], more["more"]["arguments"]["page_number"]) == (data, "40 of 400", 2)
    one = {"Jobs": [{"JobId": "dlc1", "Text": "x" * 300}]}
    small, cut = fitted(call_of("ListJobs"), one, 300)
    assert (small["Jobs"][0]["JobId"], cut["cut"]) == ("dlc1", ["Jobs[0].Text"])
    assert fitted(call_of("ListJobs"), data, 40)[1]["cut"] == ["everything but the first scalars"]


def test_what_was_cut_of_a_read_comes_with_the_largest_answer_and_of_a_write_with_nothing() -> None:
    data = {"JobId": "dlc1", "Text": "x" * 900}
    read = fitted(call_of("GetJob", {"JobId": "dlc1"}, view="full"), data, 500)[1]
    arguments = {"job_id": "dlc1", "region": "cn-hangzhou", "view": "full", "max_chars": 20_000}
    assert read == {"cut": ["Text"], "more": {"tool": "dlc_get_job", "arguments": arguments}}
    assert fitted(call_of("GetJob", {"JobId": "dlc1"}, max_chars=20_000), data, 500)[1] == {"cut": ["Text"]}
    assert fitted(call_of("CreateJob", {"DisplayName": "a"}), data, 500)[1] == {"cut": ["Text"]}


@pytest.mark.parametrize(("size", "told"), [(900, True), (1_000, False)])
def test_a_next_call_of_more_than_a_thousand_characters_is_not_spelled_out(size: int, told: bool) -> None:
    call = call_of("GetJob", {"JobId": "d" * size})
    assert ("more" in fitted(call, {"JobId": "dlc1", "Text": "x" * 900}, 500)[1]) is told


def test_the_same_call_keeps_its_arguments_and_its_region() -> None:
    call = call_of("GetJob", {"JobId": "dlc1"})
    assert again(call) == {"tool": "dlc_get_job", "arguments": {"job_id": "dlc1", "region": "cn-hangzhou"}}


def test_r60_lines_are_kept_from_the_end_within_what_their_marks_add() -> None:
    lines = operation("GetPodLogs").lines
    assert lines is not None
    assert lines.shown_as is not None
    call = call_of("GetPodLogs", {"JobId": "dlc1", "PodId": "p0"})
    log = [f'2026-01-31T08:00:{number:02}Z "quoted"\n' for number in range(40)]
    data = {"PodId": "p0", lines.shown_as: log}
    assert fitted(call, data, 9_000) == (data, {})
    small, cut = fitted(call, data, 400)
    shown = small[lines.shown_as]
    assert shown == log[-len(shown) :]
    assert 0 < len(compact(small)) <= 400 < len(compact({**small, lines.shown_as: log[-len(shown) - 1 :]}))
    counts = {"lines_shown": len(shown), "earlier_lines_omitted": 40 - len(shown), "lines_shortened": 0}
    ends = f"2026-01-31T08:00:{40 - len(shown):02}Z"
    arguments = {"job_id": "dlc1", "pod_id": "p0", "region": "cn-hangzhou", "end_time": ends}
    assert cut == {**counts, "more": {"tool": "dlc_get_pod_logs", "arguments": arguments}}


def test_r60_of_rows_of_which_one_fits_one_is_shown_with_the_call_for_the_next() -> None:
    data = {"Jobs": JOBS, "TotalCount": 400}
    small, cut = fitted(call_of("ListJobs"), data, len(compact({**data, "Jobs": JOBS[:1]})) + 3)
    assert (small["Jobs"], cut["rows"]) == (JOBS[:1], "1 of 40 of this page")
    assert cut["more"]["arguments"] == {"region": "cn-hangzhou", "page_size": 1, "page_number": 2}
