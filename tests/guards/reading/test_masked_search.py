"""R65: a search's rows and counts are those that can be told from what is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from pai_dlc_mcp.guards.reading import masked_search
from pai_dlc_mcp.guards.reading.masked_search import MOST_PAGES, filtered
from pai_dlc_mcp.runtime import Call, Reply
from support.fake_cloud import call_of, runtime_of

SECRET = "hunter22quetzal"


def job(number: int, command: str = "run train") -> dict[str, Any]:
    return {"JobId": f"dlc{number}", "UserCommand": command, "DisplayName": f"run-{number}"}


async def searched(args: dict[str, Any], data: dict[str, Any], answers: Any = None) -> tuple[dict[str, Any], Call, Any]:
    runtime, cloud, _ = runtime_of({"ListJobs": answers} if answers is not None else {})
    call = call_of("ListJobs", args)
    reply = await filtered(call, runtime, Reply(data, "req-1"))
    return dict(reply.data), call, cloud


@pytest.mark.parametrize(
    ("words", "command", "stays"),
    [
        ("train", f"train.py --password {SECRET}", True),
        ("TRAIN", f"train.py --password {SECRET}", True),
        ("hunter", f"train.py --password {SECRET}", False),
        ("--password h", f"train.py --password {SECRET} sh", False),
        ("quick train", f"train.py --password {SECRET} --quick", True),
        ("quick hunter22", f"train.py --password {SECRET} --quick", False),
        ("gone", "run train", True),
    ],
)
async def test_r65_a_row_stays_where_its_words_can_be_read(words: str, command: str, stays: bool) -> None:
    rows = [job(1, command)]
    data, _, _ = await searched({"UserCommandSearch": words}, {"Jobs": rows, "TotalCount": 1, "RequestId": "r"})
    assert data == {"Jobs": rows if stays else [], "TotalCount": int(stays), "RequestId": "r"}


async def test_r65_every_search_of_a_call_must_be_readable_in_its_own_fields() -> None:
    rows = [job(1, f"run --password {SECRET}"), job(2, "run quetzal")]
    data, _, _ = await searched({"DisplayName": "run-1", "UserCommandSearch": "quetzal"}, {"Jobs": rows})
    assert data == {"Jobs": [rows[1]]}, "the first one's name is readable, its command is not"
    data, _, _ = await searched({"DisplayName": "quetzal", "UserCommandSearch": "run"}, {"Jobs": rows})
    assert data == {"Jobs": rows}


@pytest.mark.parametrize(
    ("args", "data"),
    [
        ({}, {"Jobs": [job(1, f"--password {SECRET}")], "TotalCount": 1}),
        ({"PageSize": 1}, {"Jobs": [job(1)], "TotalCount": 30}),
        ({"UserCommandSearch": ""}, {"Jobs": [job(1, f"--password {SECRET}")], "TotalCount": 1}),
        ({"UserCommandSearch": "hunter"}, {"Jobs": None, "TotalCount": 1}),
        ({"UserCommandSearch": "hunter"}, {"TotalCount": 1}),
    ],
)
async def test_r65_without_words_or_rows_an_answer_stays_as_it_is(args: dict[str, Any], data: dict[str, Any]) -> None:
    assert (await searched(args, data))[0] == data


async def test_r65_what_is_no_list_stays_as_it_is() -> None:
    runtime, _, _ = runtime_of()
    for action in ("GetJob", "GetJobMetrics"):
        reply = Reply({"PodMetrics": [], "JobId": "dlc1"})
        assert await filtered(call_of(action, {"JobId": "dlc1"}), runtime, reply) is reply


async def test_r65_without_a_total_the_rows_of_an_answer_are_all_that_is_looked_at() -> None:
    rows = [job(1, f"--password {SECRET}"), job(2), job(3)]
    args = {"UserCommandSearch": "train", "PageNumber": 2, "PageSize": 1}
    data, _, cloud = await searched(args, {"Jobs": rows})
    assert (data, cloud.sent) == ({"Jobs": rows[1:]}, [])


async def test_r65_words_that_stand_nowhere_are_not_readable_between_two_texts() -> None:
    rows = [{"JobId": "dlc1", "ReasonCode": "a", "ReasonMessage": f"--password {SECRET}"}]
    assert (await searched({"ReasonSearch": "xx"}, {"Jobs": rows}))[0] == {"Jobs": []}
    assert (await searched({"ReasonSearch": "a --password"}, {"Jobs": rows}))[0] == {"Jobs": rows}


async def test_r65_what_is_no_row_stays_and_words_are_looked_for_in_rows_alone() -> None:
    rows = [job(1), "odd", job(2, f"--password {SECRET}")]
    data, _, _ = await searched({"UserCommandSearch": "hunter"}, {"Jobs": rows})
    assert data == {"Jobs": rows[:2]}


def all_jobs(count: int) -> Any:
    """A list of jobs of which every fifth is found by its secret alone."""
    jobs = [job(number, "run train" if number % 5 else f"--password {SECRET}") for number in range(count)]

    def answer(args: Mapping[str, Any]) -> dict[str, Any]:
        start = (args["PageNumber"] - 1) * args["PageSize"]
        return {"Jobs": jobs[start : start + args["PageSize"]], "TotalCount": count}

    return answer


@pytest.mark.parametrize(
    ("page", "size", "ids"), [(1, 4, ["dlc1", "dlc2", "dlc3", "dlc4"]), (2, 3, ["dlc4", "dlc6", "dlc7"]), (3, 4, [])]
)
async def test_r65_a_page_and_the_total_are_made_anew_of_the_rows_that_stay(
    page: int, size: int, ids: list[str]
) -> None:
    answers = all_jobs(10)
    args = {"UserCommandSearch": "train", "PageNumber": page, "PageSize": size}
    data, call, cloud = await searched(args, answers(args), answers)
    assert ([one["JobId"] for one in data["Jobs"]], data["TotalCount"]) == (ids, 8)
    assert [(name, one["UserCommandSearch"]) for name, one in cloud.sent] == [("ListJobs", "train")]
    assert call.notices == []


async def test_r65_a_page_without_a_size_is_as_long_as_the_answer_was() -> None:
    answers = all_jobs(20)
    data, _, _ = await searched({"UserCommandSearch": "train"}, answers({"PageNumber": 1, "PageSize": 4}), answers)
    assert [one["JobId"] for one in data["Jobs"]] == ["dlc1", "dlc2", "dlc3", "dlc4"]
    empty = {"Jobs": [], "TotalCount": 20}
    data, _, _ = await searched({"UserCommandSearch": "train"}, empty, answers)
    assert len(data["Jobs"]) == 10


@pytest.mark.parametrize(("total", "reads"), [(2, False), (3, True), ("3", False), (None, False)])
async def test_r65_further_pages_are_read_where_there_are_more_rows_than_shown(total: Any, reads: bool) -> None:
    answers = all_jobs(3)
    data = {"Jobs": [job(1), job(2)], "TotalCount": total}
    shown, _, cloud = await searched({"UserCommandSearch": "train"}, data, answers)
    assert bool(cloud.sent) is reads
    assert shown["TotalCount"] == 2
    _, _, cloud = await searched({"UserCommandSearch": "train", "PageNumber": 2}, data | {"TotalCount": 2}, answers)
    assert cloud.sent, "a later page may hold any row"


async def test_r65_of_more_rows_than_are_looked_through_no_total_is_given() -> None:
    answers = all_jobs(MOST_PAGES * 100 + 1)
    first = answers({"PageNumber": 1, "PageSize": 5})
    data, call, cloud = await searched({"UserCommandSearch": "train", "PageSize": 5}, first, answers)
    assert data == {"Jobs": first["Jobs"][1:]}
    (notice,) = call.notices
    said = "More rows match than are looked at, so their number is not given; search more narrowly."
    assert (notice.rule, notice.message) == ("R65", said)
    assert len(cloud.sent) <= MOST_PAGES


async def test_r65_an_expression_leaves_out_what_holds_something_masked_and_says_so() -> None:
    runtime, _, _ = runtime_of()
    rows = [{"FileName": "a", "Comment": f"--password {SECRET}"}, {"FileName": "b"}]
    for args, kept, noticed in (
        ({"QueryText": "plain"}, rows[1:], 1),
        ({"QueryFileName": "a"}, rows, 0),
    ):
        call = call_of("ListDatasetFileMetas", args)
        reply = await filtered(call, runtime, Reply({"DatasetFileMetas": rows}, "req-1"))
        assert reply.data["DatasetFileMetas"] == kept
        said = "Where an expression searches, rows that hold something masked are left out."
        assert [(notice.rule, notice.message) for notice in call.notices] == [("R65", said)] * noticed


async def test_r65_of_a_list_that_pages_by_token_no_total_is_given_but_of_its_only_page() -> None:
    rows = [{"FileName": "a"}, {"FileName": "b"}]
    for total, given in ((2, {"TotalCount": 2}), (3, {})):
        runtime, cloud, _ = runtime_of()
        data = {"DatasetFileMetas": rows, "TotalCount": total, "NextToken": "t"}
        call = call_of("ListDatasetFileMetas", {"QueryFileName": "a", "MaxResults": 2})
        reply = await filtered(call, runtime, Reply(data, "req-1"))
        assert reply.data == {"DatasetFileMetas": rows, "NextToken": "t", **given}
        assert (len(call.notices), cloud.sent) == (total - 2, [])


async def test_r65_the_values_of_the_job_that_is_known_are_no_words_either() -> None:
    runtime, _, _ = runtime_of()
    call = call_of("ListJobs", {"UserCommandSearch": "bonjour"})
    call.known.job = {"JobId": "dlc9", "Envs": {"GREETING": "bonjour-tous"}}
    reply = await filtered(call, runtime, Reply({"Jobs": [job(1, "say bonjour-tous"), job(2, "say bonjour")]}, "r"))
    assert reply.data["Jobs"] == [job(2, "say bonjour")]


def test_the_texts_of_a_row_are_its_names_and_values_to_the_leaf() -> None:
    value = {"a": ["x", {"b": "y", "n": 3}], 5: None}
    assert list(masked_search._strings(value)) == ["a", "x", "b", "y", "n", "5"]
