"""What creates under way hold of each other, and what they do not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from guards.fakes import call_of, runtime_of

from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import Duplicate, PolicyDenied
from pai_dlc_mcp.guards.creates import reservations
from pai_dlc_mcp.runtime import Call, Runtime


def create(action: str = "CreateJob", name: str = "resnet", *, region: str = "cn-hangzhou", **more: Any) -> Call:
    return replace(call_of(action, {"DisplayName": name, "WorkspaceId": "1"} | more), region=region)


def counted(call: Call, at: float, *, jobs: int = 0, held: float = 0.0, wants: float = 0.0, ids: str = "") -> Call:
    """A create that has passed the limits: what was under way when it was counted, and what it asks for."""
    call.facts |= {"under_way": reservations.UnderWay(jobs, held, frozenset(ids.split())), "counted_at": at}
    call.facts["job_gpus"] = wants
    return call


def server(**settings: Any) -> Runtime:
    runtime, _, _ = runtime_of(settings=Settings(**settings))
    return runtime


async def test_r24_a_name_under_way_is_refused_with_its_rule_and_field() -> None:
    runtime = server()
    await reservations.hold(create(), runtime)
    with pytest.raises(Duplicate) as refused:
        await reservations.hold(create(), runtime)
    assert (refused.value.rule, refused.value.field) == ("R24", "DisplayName")


@pytest.mark.parametrize(
    "other",
    [
        create(region="cn-shanghai"),
        create("CreateTensorboard"),
        create(WorkspaceId="2"),
        create(WorkspaceId=None),
        create(name="resnet-2"),
    ],
)
async def test_r24_the_same_name_elsewhere_is_another_name(other: Call) -> None:
    runtime = server()
    await reservations.hold(create(), runtime)
    assert (await reservations.hold(other, runtime)).keys


async def two(runtime: Runtime, first: Call, second: Call) -> bool:
    """Whether the second may be sent as well."""
    await reservations.settle(await reservations.hold(first, runtime), "dlc-a", runtime)
    try:
        await reservations.hold(second, runtime)
    except PolicyDenied:
        return False
    return True


@pytest.mark.parametrize(("most", "fits"), [(12, True), (11, False)])
async def test_gpus_that_are_held_asked_for_and_announced_are_added_up(most: int, fits: bool) -> None:
    runtime = server(max_running_gpus=most)
    now = runtime.now()
    first = counted(create(name="a"), now, held=2, wants=4)
    assert await two(runtime, first, counted(create(name="b"), now, held=2, wants=6)) is fits


async def test_what_is_announced_in_another_region_counts_here() -> None:
    for most, fits in ((1, False), (2, True)):
        runtime = server(max_running_jobs=most)
        now = runtime.now()
        there = counted(create(region="cn-shanghai"), now)
        assert await two(runtime, there, counted(create(), now)) is fits


async def test_jobs_are_counted_wherever_the_server_may_have_made_some() -> None:
    runtime = server(max_running_jobs=5)
    assert await reservations.regions(create(), runtime) == ["cn-hangzhou"]
    await reservations.hold(counted(create(region="cn-shanghai"), runtime.now()), runtime)
    assert await reservations.regions(create(), runtime) == ["cn-hangzhou", "cn-shanghai"]
    assert await reservations.regions(create(), server(region="cn-beijing")) == ["cn-beijing", "cn-hangzhou"]
    listed = server(region="cn-beijing", regions=("cn-shenzhen", "cn-hangzhou"))
    assert await reservations.regions(create(), listed) == ["cn-hangzhou", "cn-shenzhen"]


async def test_what_the_list_shows_by_its_id_is_not_counted_again() -> None:
    runtime = server(max_running_jobs=2)
    now = runtime.now()
    assert await two(runtime, counted(create(name="a"), now), counted(create(name="b"), now, jobs=1, ids="dlc-a"))
    runtime = server(max_running_jobs=2)
    assert not await two(runtime, counted(create(name="a"), now), counted(create(name="b"), now, jobs=1, ids="a"))


@pytest.mark.parametrize(("later", "fits"), [(reservations.UNLISTED, False), (reservations.UNLISTED + 1, True)])
async def test_an_announcement_counts_until_the_list_must_show_its_job(later: float, fits: bool) -> None:
    runtime = server(max_running_jobs=1)
    now = runtime.now()
    second = counted(create(name="b"), now + later)
    assert await two(runtime, counted(create(name="a"), now), second) is fits


async def test_only_creates_take_one_of_the_hours_places() -> None:
    runtime = server(max_creates_per_hour=1)
    for _ in range(2):
        change = call_of("UpdateJob", {"JobId": "dlc1", "DisplayName": "resnet"})
        assert await reservations.hold(change, runtime) == reservations.Held()
    assert (await reservations.hold(create(), runtime)).keys
    with pytest.raises(PolicyDenied, match="max_creates_per_hour"):
        await reservations.hold(create(name="b"), runtime)
