"""A list with more rows than it shows says so, with the call that goes on (R60); searches say what they saw (R46)."""

from __future__ import annotations

from typing import Any

import pytest

from end_to_end.driving import driving
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.api import catalog
from pai_dlc_mcp.arguments import parse
from pai_dlc_mcp.operation import Operation, Rows
from pai_dlc_mcp.protocol.result_size import fitted, next_page
from support.fake_cloud import REGION, call_of

LISTS = [one for one in catalog.operations() if isinstance(one.view, Rows)]
PAGED = [one for one in LISTS if "page_number" in one.fields]
TOKENED = [one for one in LISTS if {"next_token", "page_token"} & one.fields.keys()]
ROOM = 8_000


def rows_of(operation: Operation) -> tuple[Rows, str]:
    assert isinstance(operation.view, Rows)
    return operation.view, operation.view.path.rpartition(".")[2]


def path_args(operation: Operation) -> dict[str, Any]:
    return dict.fromkeys(operation.path_names, "some-1")


@pytest.mark.parametrize("operation", PAGED, ids=lambda one: one.name)
def test_r60_every_list_in_pages_says_that_there_is_more_with_a_call_that_is_taken(operation: Operation) -> None:
    _, name = rows_of(operation)
    call = call_of(operation.action_name, {**path_args(operation), "PageNumber": 2, "PageSize": 2})
    _, cut = fitted(call, {name: [{}, {}], "TotalCount": 5}, ROOM)
    assert cut["rows"] == "2 of 5"
    assert cut["more"]["tool"] == operation.name
    arguments = {key: value for key, value in cut["more"]["arguments"].items() if key != "region"}
    assert int(arguments["page_number"]) == 3
    given = {key: arguments[key] for key in ("page_number", "page_size")}
    found = [fault.message for fault in parse(operation.inputs, given, tool=operation.name).faults]
    assert not [fault for fault in found if "page" in fault]
    for last in ({"PageNumber": 3, "PageSize": 2}, {"PageSize": 10}):
        whole = call_of(operation.action_name, {**path_args(operation), **last})
        assert fitted(whole, {name: [{}], "TotalCount": 5 if "PageNumber" in last else 1}, ROOM)[1] == {}


@pytest.mark.parametrize("operation", TOKENED, ids=lambda one: one.name)
def test_r60_every_list_with_tokens_hands_the_token_on(operation: Operation) -> None:
    view, name = rows_of(operation)
    token, field, value = (
        ("next_token", "NextToken", "abc") if "next_token" in operation.fields else ("page_token", "NextPageToken", 20)
    )
    call = call_of(operation.action_name, path_args(operation))
    assert next_page(call, view, {name: [{}], field: value})["more"]["arguments"][token] == value
    assert next_page(call, view, {name: [{}], field: value and type(value)()}) == {}


@pytest.mark.parametrize("data", [{}, {"TotalCount": "5"}, {"TotalCount": None}, {"TotalCount": True}])
def test_a_list_that_tells_no_number_claims_none(data: dict[str, Any]) -> None:
    view, name = rows_of(catalog.operation("ListJobs"))
    call = call_of("ListJobs", {})
    assert next_page(call, view, {name: [{}], **data}) == {}
    assert next_page(call, view, {name: [], "TotalCount": 5}) == {}
    assert next_page(call, view, {"TotalCount": 5}) == {}


async def test_r60_the_call_that_goes_on_gives_the_rows_behind(shared_emulator: Emulator) -> None:
    async with driving(shared_emulator, toolsets=("all",)) as driver:
        seen: list[str] = []
        found = await driver.ok("dlc_list_ecs_specs", page_size=4)
        while found["truncated"]:
            seen += [row["InstanceType"] for row in found["data"]["EcsSpecs"]]
            more = found["truncated"]["more"]
            found = await driver.ok(more["tool"], **more["arguments"])
        seen += [row["InstanceType"] for row in found["data"]["EcsSpecs"]]
        whole = await driver.data("dlc_list_ecs_specs", page_size=100, max_chars=20_000)
        assert len(seen) == len(set(seen)) == whole["TotalCount"]


async def test_r46_a_search_of_official_images_offers_those_of_the_workspace(shared_emulator: Emulator) -> None:
    async with driving(shared_emulator, toolsets=("all",)) as driver:
        found = await driver.ok("aiworkspace_list_images", query="nothing-is-called-this")
        (said,) = [notice["message"] for notice in found["notices"] if notice["rule"] == "R46"]
        assert "official" in said
        assert "workspace_id" in said


@pytest.mark.parametrize(
    ("image", "scope"),
    [
        ("dsw-registry-vpc.cn-hangzhou.cr.aliyuncs.com/pai/pytorch:9.9", False),
        ("registry.cn-hangzhou.aliyuncs.com/pai-dlc/pytorch-training:9.9", False),
        ("registry.cn-hangzhou.aliyuncs.com/somebody/pai-dlc:1", True),
        ("team-registry-vpc.cn-hangzhou.cr.aliyuncs.com/pai/train:1", True),
        ("evil.example/registry.cn-hangzhou.aliyuncs.com/pai-dlc/x:1", True),
    ],
)
async def test_r02_the_next_call_looks_where_the_image_would_be(
    shared_emulator: Emulator, image: str, scope: bool
) -> None:
    async with driving(shared_emulator, toolsets=("all",)) as driver:
        await driver.discover()
        spec = {"Type": "Worker", "Image": image, "EcsSpec": driver.seen["spec"]}
        error = await driver.error("dlc_create_job", **driver.job("scoped", job_specs=[spec]))
        (step,) = [one for one in error["next"] if one["tool"] == "aiworkspace_list_images"]
        assert ("workspace_id" in step["arguments"]) is scope
        assert step["arguments"]["region"] == REGION
