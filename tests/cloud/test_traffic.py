"""Many callers on one account: equal reads are one request, and requests wait for their turn in the account's share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

from cloud.conftest import MakeClient
from cloud.raw import Answer, Writer, refusal, reply, serving
from end_to_end.driving import driving
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.app import Application
from pai_dlc_mcp.cloud.client import (
    ANNOUNCED_EVERY_S,
    AT_ONCE,
    LONGEST_TURN_S,
    PAUSE_S,
    SERVICE_REQUESTS_PER_S,
    STEADY,
    CloudClient,
    Traffic,
)
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import NotFound, PaiError, Throttled
from pai_dlc_mcp.operation import Operation
from pai_dlc_mcp.runtime import Reply
from pai_dlc_mcp.state import StateStore, StateUnavailable
from pai_dlc_mcp.state.memory import MemoryState

REGION = "cn-hangzhou"
JOB = {"JobId": "dlc1"}


def later(answer: Answer, seconds: float = 0.2) -> Answer:
    async def delayed(writer: Writer) -> None:
        await anyio.sleep(seconds)
        await answer(writer)

    return delayed


async def together(*sends: Callable[[], Awaitable[Reply]]) -> list[Any]:
    """The replies, or the errors, of sends that begin at once."""
    found: list[Any] = [None] * len(sends)

    async def note(place: int) -> None:
        try:
            found[place] = await sends[place]()
        except PaiError as error:
            found[place] = error

    async with anyio.create_task_group() as group:
        for place in range(len(sends)):
            group.start_soon(note, place)
    return found


def reading(
    client: CloudClient, operation: Operation, job: str = "dlc1", **more: Any
) -> Callable[[], Awaitable[Reply]]:
    return lambda: client.send(operation, {"JobId": job}, REGION, **more)


async def test_equal_reads_in_flight_are_one_request_and_everyone_gets_a_copy_of_the_answer(
    client: MakeClient, get_job: Operation
) -> None:
    async with serving(later(reply(200, {"JobId": "dlc1", "Pods": []}))) as server:
        one = client(server.url)
        replies = await together(*[reading(one, get_job)] * 20)
    assert len(server.seen) == 1
    assert all(found.data == {"JobId": "dlc1", "Pods": []} for found in replies)
    assert len({id(found.data["Pods"]) for found in replies}) == 20


async def test_reads_that_differ_in_an_argument_a_size_or_come_one_after_another_are_requests_of_their_own(
    client: MakeClient, get_job: Operation
) -> None:
    async with serving(later(reply(200, JOB))) as server:
        one = client(server.url)
        await together(reading(one, get_job), reading(one, get_job, "dlc2"), reading(one, get_job, max_bytes=500))
        await one.send(get_job, JOB, REGION)
    assert len(server.seen) == 4


async def test_a_read_after_a_write_never_gets_the_answer_of_a_read_from_before_it(
    client: MakeClient, get_job: Operation, create_job: Operation
) -> None:
    before, after = reply(200, {"Status": "Running"}), reply(200, {"Status": "Stopped"})
    async with serving(later(before, 0.5), reply(200, {"JobId": "dlc1"}), after) as server:
        one, early, late = client(server.url), list[Reply](), list[Reply]()

        async def read_early() -> None:
            early.append(await one.send(get_job, JOB, REGION))

        async with anyio.create_task_group() as group:
            group.start_soon(read_early)
            while not server.seen:  # noqa: ASYNC110 - the server tells nobody
                await anyio.sleep(0.01)
            await one.send(create_job, {"DisplayName": "a"}, REGION)
            late.append(await one.send(get_job, JOB, REGION))
    assert (early[0].data["Status"], late[0].data["Status"]) == ("Running", "Stopped")


async def test_who_joined_a_read_that_is_cancelled_asks_itself(client: MakeClient, get_job: Operation) -> None:
    async with serving(later(reply(200, JOB), 30.0), reply(200, JOB)) as server:
        one, found = client(server.url), list[Reply]()
        gone = anyio.CancelScope()

        async def first() -> None:
            with gone:
                await one.send(get_job, JOB, REGION)

        async def second() -> None:
            found.append(await one.send(get_job, JOB, REGION))

        async with anyio.create_task_group() as group:
            group.start_soon(first)
            while not server.seen:  # noqa: ASYNC110 - the server tells nobody
                await anyio.sleep(0.01)
            group.start_soon(second)
            await anyio.sleep(0.05)
            gone.cancel()
    assert found[0].data == JOB
    assert len(server.seen) == 2


async def test_a_failure_is_everyones_and_each_has_an_error_of_its_own(client: MakeClient, get_job: Operation) -> None:
    async with serving(later(refusal(404, "JobNotFound"))) as server:
        one = client(server.url)
        errors = await together(*[reading(one, get_job)] * 5)
    assert len(server.seen) == 1
    assert [type(error) for error in errors] == [NotFound] * 5
    assert len({id(error) for error in errors}) == 5
    assert len({(error.message, error.service_code, error.status) for error in errors}) == 1


class _Time:
    """A clock that stands; what would be waited is noted, so that a request's turn is its wait."""

    def __init__(self) -> None:
        self.at = 1000.0
        self.waits: list[float] = []

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    def traffic(self, per_second: float | None = SERVICE_REQUESTS_PER_S, state: StateStore | None = None) -> Traffic:
        return Traffic(per_second, state, sleep=self.sleep, now=self.now)


def busiest_second(turns: list[float]) -> int:
    return max(sum(1 for other in turns if turn <= other < turn + 1 - 1e-9) for turn in turns)


async def test_r72_no_second_sees_more_requests_of_an_api_than_the_account_has() -> None:
    time = _Time()
    traffic = time.traffic()
    turns = [await traffic.turn("GetJob", REGION) for _ in range(500)]
    time.at += 100.0
    turns += [100.0 + await traffic.turn("GetJob", REGION) for _ in range(500)]
    assert busiest_second(turns) == SERVICE_REQUESTS_PER_S * (STEADY + AT_ONCE)
    assert [turn for turn in turns if turn == 0.0] == [0.0] * (1 + int(SERVICE_REQUESTS_PER_S * AT_ONCE))
    assert time.waits == [turn % 100 for turn in turns if turn % 100]


async def test_r72_each_api_and_each_region_has_a_budget_of_its_own_and_none_without_a_limit() -> None:
    time = _Time()
    traffic, free = time.traffic(10), time.traffic(None)
    for api in ("GetJob", "ListJobs"):
        assert [await traffic.turn(api, REGION) for _ in range(2)] == [0.0, 0.0]
    assert await traffic.turn("GetJob", "cn-shanghai") == 0.0
    assert await traffic.turn("GetJob", REGION) > 0.0
    assert [await free.turn("GetJob", REGION) for _ in range(10_000)] == [0.0] * 10_000


async def test_r72_a_request_whose_turn_is_too_far_is_refused_unsent_and_takes_no_turn() -> None:
    time = _Time()
    traffic = time.traffic(10)
    for _ in range(1 + round(10 * STEADY * LONGEST_TURN_S + 10 * AT_ONCE)):
        assert await traffic.turn("GetJob", REGION) <= LONGEST_TURN_S
    with pytest.raises(Throttled, match=r"Nothing was sent.*GetJob.*10 a second"):
        await traffic.turn("GetJob", REGION)
    time.at += 0.95  # seven turns have passed: so many find one within the time again, and no more
    for _ in range(7):
        assert await traffic.turn("GetJob", REGION) > 9.0
    with pytest.raises(Throttled):
        await traffic.turn("GetJob", REGION)


async def test_r72_servers_on_one_state_divide_the_budget_by_what_each_asks_for() -> None:
    time, state = _Time(), MemoryState()
    busy, quiet = time.traffic(state=state), time.traffic(state=state)
    for round_number in range(1, 60):
        time.at = 1000.0 + round_number * ANNOUNCED_EVERY_S
        for _ in range(90):
            await busy.turn("GetJob", REGION)
        for _ in range(30):
            await quiet.turn("GetJob", REGION)
    key = f"{REGION} GetJob"
    assert busy.share(key) + quiet.share(key) == pytest.approx(STEADY * SERVICE_REQUESTS_PER_S, rel=1e-3)
    assert busy.share(key) == pytest.approx(3 * quiet.share(key), rel=1e-3)
    newcomer = time.traffic(state=state)
    await newcomer.turn("ListJobs", REGION)
    assert newcomer.share(key) == pytest.approx(STEADY * SERVICE_REQUESTS_PER_S / (1 + 45 + 15), rel=1e-3)


async def test_r72_after_the_service_refused_one_as_too_many_the_next_waits_a_moment_and_repeats_take_turns_too(
    client: MakeClient, get_job: Operation
) -> None:
    time = _Time()
    async with serving(refusal(429, "Throttling.User"), refusal(429, "Throttling.User"), reply(200, JOB)) as server:
        one = client(server.url)
        one.traffic = time.traffic(8)
        assert (await one.send(get_job, JOB, REGION)).data == JOB
    turn_s = 1 / (8 * STEADY)
    assert time.waits == pytest.approx([PAUSE_S, PAUSE_S + turn_s])
    assert await one.traffic.turn("GetJob", REGION) == pytest.approx(PAUSE_S + 2 * turn_s)
    assert await one.traffic.turn("ListJobs", REGION) == 0.0


class _Gone(MemoryState):
    async def put(self, entries: Any, ttl: float) -> None:
        raise StateUnavailable("The state store is gone.")


async def test_r72_a_read_goes_on_where_the_state_cannot_say_what_others_ask_for() -> None:
    time = _Time()
    assert await time.traffic(state=_Gone()).turn("GetJob", REGION) == 0.0


@pytest.mark.parametrize("asked", ["5", "null", '["a"]', '{"GetJob": "many"}', '{"cn-hangzhou GetJob": NaN}'])
async def test_r72_what_is_damaged_in_the_state_counts_as_a_server_that_asks_for_little(asked: str) -> None:
    time, state = _Time(), MemoryState()
    await state.put({"requests-asked/other": f'{{"asked": {asked}}}'}, 60.0)
    traffic = time.traffic(state=state)
    assert await traffic.turn("GetJob", REGION) == 0.0
    assert traffic.share(f"{REGION} GetJob") == STEADY * SERVICE_REQUESTS_PER_S / 2


async def test_a_call_whose_requests_waited_for_their_turn_says_how_long_and_one_that_hardly_did_says_nothing(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = [0.49, 0.0, 1.25]

    async def turn(traffic: Traffic, api: str, region: str) -> float:
        return waits.pop(0) if api == "ListJobs" else 0.0

    monkeypatch.setattr(Traffic, "turn", turn)
    async with driving(emulator) as mcp:
        told = [(await mcp.ok("dlc_list_jobs"))["notices"] for _ in range(3)]
    assert told[:2] == [[], []]
    assert [one["rule"] for one in told[2]] == ["R72"]
    assert "waited for their turn, 1.2 s in all (1)" in told[2][0]["message"]


async def test_the_budget_is_the_services_own_but_for_an_endpoint_on_this_machine(emulator: Emulator) -> None:
    limits = []
    for given in ({"dlc_endpoint": emulator.dlc}, {"dlc_endpoint": emulator.dlc, "requests_per_second": 7}, {}):
        async with Application(Settings(region=REGION, state="memory", **given)).running() as app:
            cloud = (await app.runtime()).cloud
            assert isinstance(cloud, CloudClient)
            limits.append(cloud.traffic.per_second)
    assert limits == [None, 7, SERVICE_REQUESTS_PER_S]


async def test_all_who_wait_for_one_job_share_its_reads(emulator: Emulator) -> None:
    async with driving(emulator, toolsets=("all",)) as mcp:
        job = await mcp.create("watched")
        emulator.service.journal.clear()

        async def wait() -> None:
            await mcp.data("dlc_wait_for_job", job_id=job, until="end", max_seconds=5)

        async with anyio.create_task_group() as group:
            for _ in range(30):
                group.start_soon(wait)
    reads = [entry for entry in emulator.service.journal.entries() if entry["operation"] == "GetJob"]
    assert 2 <= len(reads) <= 3 * 6
