"""What guards and composites read of the cloud: by the right names, once a call, lists to their end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from pai_dlc_mcp.cloud.reads import TooMany, all_rows, job_of, read, template_of
from pai_dlc_mcp.errors import (
    LostAnswer,
)
from pai_dlc_mcp.guards.creates import send_once
from pai_dlc_mcp.runtime import Reply
from pai_dlc_mcp.timestamps import iso
from support.fake_cloud import REGION, FakeCloud, call_of, runtime_of


async def test_the_job_of_a_call_is_read_once() -> None:
    runtime, cloud, _ = runtime_of({"GetJob": {"JobId": "dlc1", "Status": "Running"}})
    call = call_of("StopJob", {"JobId": "dlc1"})
    first, second = await job_of(call, runtime), await job_of(call, runtime)
    assert first == second == {"JobId": "dlc1", "Status": "Running"}
    assert cloud.sent == [("GetJob", {"JobId": "dlc1"})]
    await job_of(call_of("StopJob", {"JobId": "dlc1"}), runtime)
    assert len(cloud.sent) == 2


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ({}, {}),
        ({"TemplateVersion": 3}, {"Version": "3"}),
        ({"TemplateVersion": None}, {}),
        ({"TemplateVersion": 0}, {"Version": "0"}),
    ],
)
async def test_r26_the_template_of_a_call_is_read_once_in_the_version_that_the_call_names(
    given: dict[str, Any], asked: dict[str, Any]
) -> None:
    runtime, cloud, _ = runtime_of({"GetJobTemplate": {"TemplateId": "tpl-1"}})
    call = call_of("CreateJob", {"TemplateId": "tpl-1", **given})
    assert await template_of(call, runtime) == await template_of(call, runtime) == {"TemplateId": "tpl-1"}
    assert cloud.sent == [("GetJobTemplate", {"TemplateId": "tpl-1", **asked})]


def served(total: int, size: int, **more: Any) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """A service that gives at most ``size`` rows a page, whatever it is asked for."""

    def page(args: Mapping[str, Any]) -> dict[str, Any]:
        first = (args["PageNumber"] - 1) * size
        return {"Jobs": [{"JobId": str(number)} for number in range(first, min(total, first + size))], **more}

    return page


async def read_all(answer: Any, most_pages: int = 3) -> tuple[int, FakeCloud]:
    runtime, cloud, _ = runtime_of({"ListJobs": answer})
    rows = await all_rows(runtime, "ListJobs", {"ShowOwn": True}, "Jobs", REGION, most_pages=most_pages)
    return len(rows), cloud


@pytest.mark.parametrize(
    ("total", "size", "more", "pages"),
    [
        (0, 100, {"TotalCount": 0}, 1),
        (100, 100, {"TotalCount": 100}, 1),
        (120, 50, {"TotalCount": 120}, 3),
        (99, 100, {}, 1),
        (100, 100, {}, 2),
        (250, 100, {"TotalCount": None}, 3),
    ],
)
async def test_a_list_is_read_to_its_total_or_to_a_page_that_is_not_full(
    total: int, size: int, more: dict[str, Any], pages: int
) -> None:
    count, cloud = await read_all(served(total, size, **more))
    assert count == total
    assert [args for _, args in cloud.sent] == [
        {"ShowOwn": True, "PageNumber": number, "PageSize": 100} for number in range(1, pages + 1)
    ]


async def test_an_empty_page_ends_a_list_whose_total_promises_more() -> None:
    count, cloud = await read_all(served(100, 100, TotalCount=500))
    assert (count, len(cloud.sent)) == (100, 2)


async def test_a_list_that_is_longer_than_the_pages_read_is_too_long_to_decide_on() -> None:
    with pytest.raises(TooMany):
        await read_all(served(301, 100, TotalCount=301))


@pytest.mark.parametrize("rows", [None, "many", {"a": 1}, [None, 5, "x"]])
async def test_rows_that_are_no_objects_are_no_rows(rows: Any) -> None:
    assert (await read_all({"Jobs": rows, "TotalCount": 5}))[0] == 0


async def test_r25_a_list_that_knows_no_pages_is_asked_for_none() -> None:
    row = {"ConnectionId": "conn-1", "ConnectionName": "git", "GmtCreateTime": iso(runtime_of()[2].at)}
    runtime, cloud, _ = runtime_of(
        {"CreateConnection": LostAnswer("silence"), "ListConnections": {"Connections": [row]}}
    )
    call = call_of("CreateConnection", {"ConnectionName": "git", "WorkspaceId": "1"})
    assert await send_once.send(call, runtime) == Reply({"ConnectionId": "conn-1"})
    assert cloud.sent[1:] == [("ListConnections", {"ConnectionName": "git", "WorkspaceId": "1"})]


async def test_an_answer_is_kept_by_what_was_asked_and_asked_again_where_it_must_be_fresh() -> None:
    runtime, cloud, _ = runtime_of({"GetJob": {"JobId": "dlc1"}, "GetJobEvents": {"Events": []}})
    call = call_of("StopJob", {"JobId": "dlc1"})
    for name, args in (
        ("GetJob", {"JobId": "dlc1"}),
        ("GetJobEvents", {"JobId": "dlc1"}),
        ("GetJobEvents", {"JobId": "dlc1", "MaxEventsNum": 5}),
        ("GetJobEvents", {"MaxEventsNum": 5, "JobId": "dlc1"}),
    ):
        await read(call, runtime, name, args)
    assert [args for _, args in cloud.sent] == [{"JobId": "dlc1"}] * 2 + [{"JobId": "dlc1", "MaxEventsNum": 5}]
    cloud.answers["GetJob"] = {"JobId": "dlc1", "Status": "Stopped"}
    assert await read(call, runtime, "GetJob", {"JobId": "dlc1"}) == {"JobId": "dlc1"}
    fresh = await read(call, runtime, "GetJob", {"JobId": "dlc1"}, is_fresh=True)
    assert fresh == {"JobId": "dlc1", "Status": "Stopped"} == await read(call, runtime, "GetJob", {"JobId": "dlc1"})


async def test_r67_the_job_that_was_read_is_the_one_whose_secrets_are_masked() -> None:
    job = {"JobId": "dlc1", "Envs": {"TOKEN": "x"}}
    runtime, _, _ = runtime_of({"GetJob": job})
    call = call_of("StopJob", {"JobId": "dlc1"})
    await job_of(call, runtime)
    assert call.known.job == job


async def test_r26_a_template_is_asked_for_again_where_it_must_be_fresh() -> None:
    runtime, cloud, _ = runtime_of({"GetJobTemplate": {"TemplateId": "tpl-1"}})
    call = call_of("CreateJob", {"TemplateId": "tpl-1"})
    await template_of(call, runtime)
    await template_of(call, runtime, is_fresh=True)
    assert len(cloud.sent) == 2


@pytest.mark.parametrize(("more", "fits"), [({"TotalCount": 300}, True), ({}, False)])
async def test_a_list_of_just_the_pages_read_is_whole_only_where_its_total_says_so(
    more: dict[str, Any], fits: bool
) -> None:
    if fits:
        assert (await read_all(served(300, 100, **more)))[0] == 300
    else:
        with pytest.raises(TooMany):
            await read_all(served(300, 100, **more))


async def test_rows_are_given_in_the_order_of_the_pages_and_as_they_are() -> None:
    runtime, _, _ = runtime_of({"ListJobs": served(150, 100, TotalCount=150)})
    rows = await all_rows(runtime, "ListJobs", {}, "Jobs", REGION, most_pages=3)
    assert rows == [{"JobId": str(number)} for number in range(150)]
