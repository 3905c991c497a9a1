"""What creates in flight reserve: their name (R24), their place in the hour, their share of the limits."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import (
    CloudError,
    Duplicate,
    PolicyDenied,
)
from pai_dlc_mcp.guards.creates import reservations, send_once
from pai_dlc_mcp.runtime import ActiveJobs, Call, Runtime
from pai_dlc_mcp.state import StateUnavailable
from pai_dlc_mcp.state.memory import MemoryState
from pai_dlc_mcp.timestamps import iso
from support.creates import ARGS, NONE, server
from support.fake_cloud import call_of, runtime_of


def create(action: str = "CreateJob", name: str = "resnet", *, region: str = "cn-hangzhou", **more: Any) -> Call:
    return replace(call_of(action, {"DisplayName": name, "WorkspaceId": "1"} | more), region=region)


def counted(call: Call, at: float, *, jobs: int = 0, held: float = 0.0, wants: float = 0.0, ids: str = "") -> Call:
    """A create that has passed the limits: what was active when it was counted, and what it asks for."""
    call.known.active, call.known.counted_at = ActiveJobs(jobs, held, frozenset(ids.split())), at
    call.known.job_gpus = wants
    return call


def limited(**settings: Any) -> Runtime:
    runtime, _, _ = runtime_of(settings=Settings(**settings))
    return runtime


async def test_r24_a_name_in_flight_is_refused_with_its_rule_and_field() -> None:
    runtime = limited()
    await reservations.acquire(create(), runtime)
    with pytest.raises(Duplicate) as refused:
        await reservations.acquire(create(), runtime)
    assert (refused.value.rule, refused.value.field) == ("R24", "display_name")


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
    runtime = limited()
    await reservations.acquire(create(), runtime)
    assert await reservations.acquire(other, runtime)


async def two(runtime: Runtime, first: Call, second: Call) -> bool:
    """Whether the second may be sent as well."""
    await reservations.complete(await reservations.acquire(first, runtime), "dlc-a", runtime)
    try:
        await reservations.acquire(second, runtime)
    except PolicyDenied:
        return False
    return True


@pytest.mark.parametrize(("most", "fits"), [(12, True), (11, False)])
async def test_gpus_that_are_in_use_asked_for_and_announced_are_added_up(most: int, fits: bool) -> None:
    runtime = limited(max_running_gpus=most)
    now = runtime.now()
    first = counted(create(name="a"), now, held=2, wants=4)
    assert await two(runtime, first, counted(create(name="b"), now, held=2, wants=6)) is fits


async def test_what_is_announced_in_another_region_counts_here() -> None:
    for most, fits in ((1, False), (2, True)):
        runtime = limited(max_running_jobs=most)
        now = runtime.now()
        there = counted(create(region="cn-shanghai"), now)
        assert await two(runtime, there, counted(create(), now)) is fits


async def test_jobs_are_counted_wherever_the_server_may_have_created_some() -> None:
    runtime = limited(max_running_jobs=5)
    assert await reservations.counted_regions(create(), runtime) == ["cn-hangzhou"]
    await reservations.acquire(counted(create(region="cn-shanghai"), runtime.now()), runtime)
    assert await reservations.counted_regions(create(), runtime) == ["cn-hangzhou", "cn-shanghai"]
    assert await reservations.counted_regions(create(), limited(region="cn-beijing")) == ["cn-beijing", "cn-hangzhou"]
    listed = limited(region="cn-beijing", regions=("cn-shenzhen", "cn-hangzhou"))
    assert await reservations.counted_regions(create(), listed) == ["cn-hangzhou", "cn-shenzhen"]


async def test_what_the_list_shows_by_its_id_is_not_counted_again() -> None:
    runtime = limited(max_running_jobs=2)
    now = runtime.now()
    assert await two(runtime, counted(create(name="a"), now), counted(create(name="b"), now, jobs=1, ids="dlc-a"))
    runtime = limited(max_running_jobs=2)
    assert not await two(runtime, counted(create(name="a"), now), counted(create(name="b"), now, jobs=1, ids="a"))


@pytest.mark.parametrize(("later", "fits"), [(reservations.UNLISTED_S, False), (reservations.UNLISTED_S + 1, True)])
async def test_an_announcement_counts_until_the_list_must_show_its_job(later: float, fits: bool) -> None:
    runtime = limited(max_running_jobs=1)
    now = runtime.now()
    second = counted(create(name="b"), now + later)
    assert await two(runtime, counted(create(name="a"), now), second) is fits


async def test_only_creates_take_one_of_the_hours_places() -> None:
    runtime = limited(max_creates_per_hour=1)
    for _ in range(2):
        change = call_of("UpdateJob", {"JobId": "dlc1", "DisplayName": "resnet"})
        assert await reservations.acquire(change, runtime) == ()
    assert await reservations.acquire(create(), runtime)
    with pytest.raises(PolicyDenied, match="max_creates_per_hour"):
        await reservations.acquire(create(name="b"), runtime)


async def test_creates_an_hour_are_places_that_free_themselves() -> None:
    runtime = limited(max_creates_per_hour=2)
    first, second = (
        await reservations.acquire(create(), runtime),
        await reservations.acquire(create(name="two"), runtime),
    )
    assert len({*first, *second}) == 4
    with pytest.raises(PolicyDenied, match="at most 2 times an hour"):
        await reservations.acquire(create(name="three"), runtime)
    await reservations.release(second, runtime)
    await reservations.acquire(create(name="three"), runtime)


async def test_the_hours_use_tells_what_is_left_and_when_the_first_place_is_free() -> None:
    assert await reservations.hourly_use(limited()) == reservations.HourlyUse(None, 0, None)
    runtime, _, clock = runtime_of(settings=Settings(max_creates_per_hour=2))
    began = clock.at
    await reservations.acquire(create(), runtime)
    clock.at += 60
    use = await reservations.hourly_use(runtime)
    assert (use.taken, use.left, use.free_at) == (1, 1, began + 3600)
    await reservations.acquire(create(name="two"), runtime)
    when = f"The next is free at {iso(began + 3600)}."
    said = f"This server creates at most 2 times an hour (max_creates_per_hour), and it has. {when}"
    with pytest.raises(PolicyDenied) as refused:
        await reservations.acquire(create(name="three"), runtime)
    assert refused.value.message == said


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"at": "soon"}', '{"at": null}'])
async def test_a_place_of_the_hour_whose_time_is_not_told_is_taken_all_the_same(text: str) -> None:
    runtime, _, clock = runtime_of(settings=Settings(max_creates_per_hour=2))
    await runtime.state.put({f"{reservations.PER_HOUR}/0": text}, 60)
    assert await reservations.hourly_use(runtime) == reservations.HourlyUse(2, 1, None)
    await reservations.acquire(create(), runtime)
    assert await reservations.hourly_use(runtime) == reservations.HourlyUse(2, 2, clock.at + 3600)


async def test_what_starts_a_machine_again_takes_one_of_the_hours_places_and_its_share() -> None:
    runtime, cloud, _ = runtime_of(settings=Settings(max_creates_per_hour=0, max_running_jobs=0))
    with pytest.raises(PolicyDenied, match="max_creates_per_hour"):
        await send_once.send(call_of("StartTensorboard", {"TensorboardId": "t"}), runtime)
    with pytest.raises(PolicyDenied, match="max_running_jobs"):
        await send_once.send(counted(call_of("UpdateJob", {"JobId": "dlc1"}), runtime.now()), runtime)
    assert cloud.sent == []


async def test_the_places_in_a_state_that_servers_of_several_versions_share() -> None:
    runtime = limited(max_creates_per_hour=1, max_running_jobs=2)
    keys = await reservations.acquire(counted(create(), runtime.now()), runtime)
    name, hour, share = keys
    assert (name, hour) == ("creating/cn-hangzhou/CreateJob/1/resnet", "hourly-create/0")
    assert re.fullmatch(r"create-at-once/cn-hangzhou/[0-9a-f]{16}", share)
    assert {*await runtime.state.scan("")} == {*keys, "creates-in/cn-hangzhou"}


async def test_a_create_beyond_a_limit_takes_its_announcement_back() -> None:
    runtime = limited(max_running_jobs=0)
    with pytest.raises(PolicyDenied):
        await reservations.acquire(counted(create(), runtime.now()), runtime)
    assert await runtime.state.scan("create-at-once/") == {}


async def test_what_a_create_became_is_noted_with_its_share() -> None:
    runtime, _, _ = runtime_of({"CreateJob": {"JobId": "dlc1"}}, settings=Settings(max_running_jobs=2))
    await send_once.send(counted(create(), runtime.now()), runtime)
    (text,) = (await runtime.state.scan("create-at-once/")).values()
    assert json.loads(text)["id"] == "dlc1"


async def test_a_create_that_is_refused_frees_its_name() -> None:
    runtime = limited(max_creates_per_hour=0)
    with pytest.raises(PolicyDenied):
        await reservations.acquire(create(), runtime)
    assert await runtime.state.scan("creating/") == {}


async def test_r24_of_two_creates_at_once_on_two_servers_one_is_sent() -> None:
    state = MemoryState()
    servers = [server({"ListJobs": NONE, "CreateJob": {"JobId": f"dlc{number}"}}, state=state) for number in (1, 2)]
    outcomes: list[str] = []

    async def create(runtime: Runtime) -> None:
        call = call_of("CreateJob", ARGS)
        try:
            await reservations.check(call, runtime)
            outcomes.append(str((await send_once.send(call, runtime)).data["JobId"]))
        except Duplicate as refused:
            outcomes.append(str(refused.rule))

    async with anyio.create_task_group() as group:
        for runtime, _ in servers:
            group.start_soon(create, runtime)
    assert sorted(outcomes)[0] == "R24"
    assert sum(cloud.actions.count("CreateJob") for _, cloud in servers) == 1


async def test_r24_a_store_that_fails_while_a_name_is_freed_hides_no_refusal_of_the_service() -> None:
    class Failing(MemoryState):
        async def take(self, key: str) -> str | None:
            raise StateUnavailable("gone")

    runtime, _ = server({"CreateJob": CloudError("bad spec")}, state=Failing())
    with pytest.raises(CloudError, match="bad spec"):
        await send_once.send(call_of("CreateJob", ARGS), runtime)


async def test_r24_a_refused_create_frees_the_name_at_once() -> None:
    runtime, cloud = server({"CreateJob": [CloudError("bad spec"), {"JobId": "dlc1"}]})
    with pytest.raises(CloudError):
        await send_once.send(call_of("CreateJob", ARGS), runtime)
    assert (await send_once.send(call_of("CreateJob", ARGS), runtime)).data == {"JobId": "dlc1"}
    assert cloud.actions == ["CreateJob", "CreateJob"]


async def test_r24_other_names_workspaces_and_regions_do_not_exclude_each_other() -> None:
    runtime, cloud = server({"CreateJob": {"JobId": "dlc1"}})
    for args in (ARGS, ARGS | {"DisplayName": "other"}, ARGS | {"WorkspaceId": "2"}):
        await send_once.send(call_of("CreateJob", args), runtime)
    assert len(cloud.sent) == 3
    with pytest.raises(Duplicate):
        await send_once.send(call_of("CreateJob", ARGS), runtime)
    await send_once.send(call_of("CreateJob", ARGS, allow_duplicate=True), runtime)
    assert len(cloud.sent) == 4


class BrokenState(MemoryState):
    async def add(self, key: str, value: str, ttl: float) -> bool:
        raise StateUnavailable("gone")


async def test_r24_without_the_shared_state_nothing_is_created() -> None:
    runtime, cloud = server({"CreateJob": {"JobId": "dlc1"}}, state=BrokenState())
    with pytest.raises(StateUnavailable):
        await send_once.send(call_of("CreateJob", ARGS), runtime)
    assert cloud.sent == []


async def test_creates_an_hour_are_counted_over_servers_and_a_refused_one_does_not_count() -> None:
    state, settings = MemoryState(), Settings(max_creates_per_hour=2)
    answers: Any = {"CreateDataset": [CloudError("bad"), {"DatasetId": "d"}]}
    runtime, cloud = server(answers, settings, state)
    other, _ = server({"CreateDataset": {"DatasetId": "e"}}, settings, state)
    with pytest.raises(CloudError):
        await send_once.send(call_of("CreateDataset", {"Name": "a"}), runtime)
    await send_once.send(call_of("CreateDataset", {"Name": "b"}), runtime)
    await send_once.send(call_of("CreateDataset", {"Name": "c"}), other)
    for each in (runtime, other):
        with pytest.raises(PolicyDenied, match="max_creates_per_hour"):
            await send_once.send(call_of("CreateDataset", {"Name": "d"}), each)
        with pytest.raises(PolicyDenied, match="max_creates_per_hour"):
            await reservations.check_hourly(each)
    assert cloud.actions.count("CreateDataset") == 2


async def test_of_many_creates_at_once_only_the_hours_share_is_sent() -> None:
    runtime, cloud = server({"CreateDataset": {"DatasetId": "d"}}, Settings(max_creates_per_hour=3))
    refused: list[int] = []

    async def create(number: int) -> None:
        try:
            await send_once.send(call_of("CreateDataset", {"Name": f"d{number}"}), runtime)
        except PolicyDenied:
            refused.append(number)

    async with anyio.create_task_group() as group:
        for number in range(10):
            group.start_soon(create, number)
    assert (len(cloud.sent), len(refused)) == (3, 7)
