"""What all state stores promise, one suite for the three."""

from __future__ import annotations

import os
import subprocess
import sys

import anyio
import pytest

from pai_dlc_mcp.state import State
from pai_dlc_mcp.state.open import open_state
from support.forked_processes import started


async def test_a_stored_value_is_read_back_and_an_unknown_key_is_none(state: State, prefix: str) -> None:
    await state.put({prefix + "a": '{"é": "\U0001f600"}', prefix + "b": ""}, 60)
    assert await state.get(prefix + "a") == '{"é": "\U0001f600"}'
    assert await state.get(prefix + "b") == ""
    assert await state.get(prefix + "c") is None


async def test_put_replaces_and_puts_the_entry_in_front(state: State, prefix: str) -> None:
    await state.put({prefix + "1": "old", prefix + "2": "two"}, 60)
    await state.put({prefix + "1": "new"}, 60)
    assert list((await state.scan(prefix)).items()) == [(prefix + "1", "new"), (prefix + "2", "two")]


async def test_add_stores_only_where_nothing_stands(state: State, prefix: str) -> None:
    assert await state.add(prefix + "name", "first", 60)
    assert not await state.add(prefix + "name", "second", 60)
    assert await state.get(prefix + "name") == "first"


async def test_take_gives_the_value_once_and_leaves_room_for_another(state: State, prefix: str) -> None:
    await state.put({prefix + "token": "x"}, 60)
    assert await state.take(prefix + "token") == "x"
    assert await state.take(prefix + "token") is None
    assert await state.get(prefix + "token") is None
    assert await state.add(prefix + "token", "y", 60)


async def test_of_many_takers_at_once_one_gets_the_value(state: State, prefix: str) -> None:
    await state.put({prefix + "token": "x"}, 60)
    taken: list[str] = []

    async def taker() -> None:
        value = await state.take(prefix + "token")
        if value is not None:
            taken.append(value)

    async with anyio.create_task_group() as group:
        for _ in range(50):
            group.start_soon(taker)
    assert taken == ["x"]


async def test_of_many_adders_at_once_one_stores(state: State, prefix: str) -> None:
    stored: list[int] = []

    async def adder(number: int) -> None:
        if await state.add(prefix + "name", str(number), 60):
            stored.append(number)

    async with anyio.create_task_group() as group:
        for number in range(50):
            group.start_soon(adder, number)
    assert len(stored) == 1
    assert await state.get(prefix + "name") == str(stored[0])


async def test_what_has_ended_is_gone_for_every_question(state: State, prefix: str) -> None:
    await state.put({prefix + "short": "x"}, 0.05)
    await state.put({prefix + "long": "y"}, 60)
    await anyio.sleep(0.12)
    assert await state.get(prefix + "short") is None
    assert await state.take(prefix + "short") is None
    assert await state.scan(prefix) == {prefix + "long": "y"}
    assert await state.add(prefix + "short", "again", 60)


async def test_scan_gives_the_newest_first_and_no_more_than_asked(state: State, prefix: str) -> None:
    for number in range(6):
        await state.put({f"{prefix}{number}": str(number)}, 60)
    assert list((await state.scan(prefix, limit=3)).values()) == ["5", "4", "3"]


@pytest.mark.parametrize("odd", ["*", "[a-z]", "%", "_", "a/b", "\\", "é", "a b"])
async def test_a_prefix_is_taken_literally(state: State, prefix: str, odd: str) -> None:
    mine = f"{prefix}{odd}/"
    await state.put({mine + "1": "mine", prefix + "zz/1": "other"}, 60)
    assert await state.scan(mine) == {mine + "1": "mine"}


async def test_a_second_opener_of_a_shared_store_sees_and_takes_the_same(spec: str, state: State, prefix: str) -> None:
    second = await open_state(spec)
    try:
        await state.put({prefix + "a": "x"}, 60)
        shared = spec != "memory"
        assert await second.get(prefix + "a") == ("x" if shared else None)
        assert await second.take(prefix + "a") == ("x" if shared else None)
        assert await state.take(prefix + "a") == (None if shared else "x")
    finally:
        await second.close()


RACES = 1_000
RACER = """
import asyncio, sys
from pai_dlc_mcp.state.open import open_state

async def main(spec, prefix, races):
    state = await open_state(spec)
    print("ready", flush=True)
    sys.stdin.readline()
    print(*[number for number in range(races) if await state.take(f"{prefix}{number}") is not None])
    await state.close()

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


def _racer(spec: str, prefix: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", RACER, spec, prefix, str(RACES)]
    return started(command, env=os.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("spec", ["sqlite", "redis"], indirect=True)
async def test_of_two_processes_that_race_a_thousand_times_for_a_value_one_gets_it(
    spec: str, state: State, prefix: str
) -> None:
    await state.put({f"{prefix}{number}": "x" for number in range(RACES)}, 3_600)
    racers = [_racer(spec, prefix) for _ in range(2)]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    won = [int(number) for racer in racers for number in racer.communicate()[0].split()]
    assert sorted(won) == list(range(RACES))


async def test_what_is_put_together_is_newest_from_its_end(state: State, prefix: str) -> None:
    await state.put({prefix + "a": "1", prefix + "b": "2"}, 60)
    assert await state.add(prefix + "c", "3", 60)
    await state.put({prefix + "d": "4", prefix + "e": "5"}, 60)
    assert list((await state.scan(prefix)).values()) == ["5", "4", "3", "2", "1"]


async def test_a_scan_finds_all_of_many_entries(state: State, prefix: str) -> None:
    await state.put({f"{prefix}{number:04}": str(number) for number in range(2_500)}, 600)
    found = await state.scan(prefix)
    assert list(found.values()) == [str(number) for number in reversed(range(2_500))]
    assert list(found) == [f"{prefix}{number:04}" for number in reversed(range(2_500))]


async def test_an_entry_that_is_added_ends_in_its_time_too(state: State, prefix: str) -> None:
    assert await state.add(prefix + "short", "x", 0.05)
    assert await state.add(prefix + "long", "x", 60)
    await anyio.sleep(0.12)
    assert await state.get(prefix + "short") is None
    assert await state.get(prefix + "long") == "x"


@pytest.mark.parametrize("question", ["get", "take", "scan", "add"])
async def test_what_has_ended_is_gone_whichever_question_comes_first(state: State, prefix: str, question: str) -> None:
    key = prefix + "short"
    await state.put({key: "x"}, 0.05)
    await anyio.sleep(0.12)
    if question == "add":
        assert await state.add(key, "again", 60)
    else:
        assert not await getattr(state, question)(key)


async def test_what_is_put_again_lives_by_its_new_time(state: State, prefix: str) -> None:
    await state.put({prefix + "a": "x", prefix + "b": "x"}, 0.05)
    await state.put({prefix + "a": "y"}, 60)
    await anyio.sleep(0.12)
    assert await state.scan(prefix) == {prefix + "a": "y"}
