"""R60: no answer, however long, slow, swollen or misleading, holds up the server or fills its memory."""

from __future__ import annotations

import gzip
import json
import time
import tracemalloc

import pytest

from cloud.conftest import MakeClient
from cloud.raw import Answer, Flood, broken_off, drip, reply, serving, silence
from pai_dlc_mcp.cloud.client import DEADLINE_S, CloudClient
from pai_dlc_mcp.cloud.transport import CONNECT_S, READ_S
from pai_dlc_mcp.errors import CloudError, LostAnswer, Unavailable
from pai_dlc_mcp.operation import Operation

JOB = {"JobId": "dlc1"}
REGION = "cn-hangzhou"


async def test_r60_two_gigabytes_are_read_no_further_than_the_limit(client: MakeClient, get_job: Operation) -> None:
    flood = Flood(2 * 2**30)
    async with serving(flood) as server:
        cloud = client(server.url)
        await _warmed(cloud, get_job)
        tracemalloc.start()
        try:
            with pytest.raises(CloudError, match="more than 8 MB"):
                await cloud.send(get_job, JOB, REGION)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    print(f"peak {peak / 1e6:.1f} MB, {flood.written / 1e6:.1f} MB written")
    assert peak < 20_000_000
    assert flood.written < 64_000_000
    assert len(server.seen) == 1


async def _warmed(cloud: CloudClient, operation: Operation) -> None:
    """Imports are not what is measured."""
    from pai_dlc_mcp.cloud.transport import Transport

    cloud._transport = Transport(cloud.endpoints)


async def test_r60_a_small_limit_gives_the_whole_items_and_stops_reading(
    client: MakeClient, get_job: Operation
) -> None:
    flood = Flood(2 * 2**30, start=b'{"Logs": ["one", "two", "', piece=b"x" * 65_536)
    async with serving(flood) as server:
        answer = await client(server.url).send(get_job, JOB, REGION, max_bytes=50_000)
    assert (answer.data, answer.cut) == ({"Logs": ["one", "two"]}, True)
    assert flood.written < 32_000_000


@pytest.mark.parametrize("spare", [0, 1])
async def test_r60_an_answer_that_just_fits_is_not_cut(spare: int, client: MakeClient, get_job: Operation) -> None:
    body = json.dumps({"Logs": ["one", "two"]}).encode()
    async with serving(reply(200, body)) as server:
        answer = await client(server.url).send(get_job, JOB, REGION, max_bytes=len(body) + spare)
    assert (answer.data, answer.cut) == ({"Logs": ["one", "two"]}, False)


async def test_r60_an_answer_one_byte_too_long_is_cut(client: MakeClient, get_job: Operation) -> None:
    body = json.dumps({"Logs": ["one", "two"]}).encode()
    async with serving(reply(200, body)) as server:
        answer = await client(server.url).send(get_job, JOB, REGION, max_bytes=len(body) - 1)
    assert (answer.data, answer.cut) == ({"Logs": ["one", "two"]}, True)


async def test_a_write_with_a_flood_for_an_answer_still_tells_the_new_id(
    client: MakeClient, create_job: Operation
) -> None:
    async with serving(Flood(2 * 2**30, start=b'{"JobId": "dlc1", "Junk": "')) as server:
        answer = await client(server.url).send(create_job, {"DisplayName": "a"}, REGION)
    assert (answer.data, answer.cut) == ({"JobId": "dlc1"}, True)


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip"])
async def test_compression_that_nobody_asked_for_is_undone(
    encoding: str, client: MakeClient, get_job: Operation
) -> None:
    async with serving(reply(200, gzip.compress(b'{"JobId": "dlc1"}'), content_encoding=encoding)) as server:
        answer = await client(server.url).send(get_job, JOB, REGION)
    assert answer.data == {"JobId": "dlc1"}
    assert server.seen[0].headers["accept-encoding"] == "identity"


async def test_r60_a_small_answer_that_swells_is_stopped_at_the_limit(client: MakeClient, get_job: Operation) -> None:
    bomb = gzip.compress(b'{"Logs": ["' + b"\0" * 200_000_000, compresslevel=9, mtime=0)
    async with serving(reply(200, bomb, content_encoding="gzip")) as server:
        cloud = client(server.url)
        await _warmed(cloud, get_job)
        tracemalloc.start()
        try:
            with pytest.raises(CloudError, match="more than 8 MB"):
                await cloud.send(get_job, JOB, REGION)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    print(f"{len(bomb)} bytes on the wire, peak {peak / 1e6:.1f} MB")
    assert peak < 30_000_000


async def test_compression_that_is_broken_is_named(client: MakeClient, get_job: Operation) -> None:
    async with serving(reply(200, b"not gzip at all", content_encoding="gzip")) as server:
        with pytest.raises(Unavailable, match="compression"):
            await client(server.url).send(get_job, JOB, REGION)


@pytest.mark.parametrize("answer", [silence, drip(b'{"Logs": [', 0.05)], ids=["silence", "drip"])
async def test_a_read_ends_with_its_deadline(answer: Answer, client: MakeClient, get_job: Operation) -> None:
    started = time.monotonic()
    async with serving(answer) as server:
        with pytest.raises(Unavailable, match=r"within 0\.6 s"):
            await client(server.url, deadline_s=0.6).send(get_job, JOB, REGION)
        assert time.monotonic() - started < 30  # nothing would ever come


async def test_r60_what_dripped_in_before_the_deadline_is_handed_over_where_a_part_was_asked_for(
    client: MakeClient, get_job: Operation
) -> None:
    async with serving(drip(b'{"Logs": [', 0.05)) as server:
        answer = await client(server.url, deadline_s=0.6).send(get_job, JOB, REGION, max_bytes=100_000)
    assert answer.cut
    assert set(answer.data["Logs"]) == {"line"}


async def test_r25_a_write_without_an_answer_by_the_deadline_is_lost(client: MakeClient, create_job: Operation) -> None:
    async with serving(silence) as server:
        with pytest.raises(LostAnswer):
            await client(server.url, deadline_s=0.5).send(create_job, {"DisplayName": "a"}, REGION)
    assert len(server.seen) == 1


async def test_r25_a_write_whose_answer_breaks_off_after_the_id_is_done(
    client: MakeClient, create_job: Operation
) -> None:
    async with serving(broken_off(b'{"JobId": "dlc1", "RequestId": "R-5", "Mess')) as server:
        answer = await client(server.url).send(create_job, {"DisplayName": "a"}, REGION)
    assert (answer.data, answer.request_id, answer.cut) == ({"JobId": "dlc1"}, "R-5", True)


async def test_a_read_whose_answer_breaks_off_is_asked_for_again(client: MakeClient, get_job: Operation) -> None:
    async with serving(broken_off(b'{"JobId": "dlc1", "Sta'), reply(200, {"JobId": "dlc1"})) as server:
        answer = await client(server.url).send(get_job, JOB, REGION)
    assert (answer.data, answer.cut, len(server.seen)) == ({"JobId": "dlc1"}, False, 2)


def test_r72_the_times_are_those_of_the_rule_and_end_within_a_call() -> None:
    assert (CONNECT_S, READ_S) == (15, 30)
    assert DEADLINE_S < 25
