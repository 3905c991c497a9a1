"""The Redis state store: what it writes, and what it does when the server or its entries are not as they should be."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest
import redis
from redis.asyncio import Redis

from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.state import StateUnavailable
from pai_dlc_mcp.state.keys import keys_of
from pai_dlc_mcp.state.open import open_state
from pai_dlc_mcp.state.redis import PREFIX, TIMEOUT_S, shared_key
from support.redis_server import free_port, redis_server


async def test_a_refused_connection_is_reported_without_the_address() -> None:
    with pytest.raises(StateUnavailable) as refused:
        await open_state(f"redis://:hunter2@127.0.0.1:{free_port()}/0")
    assert "hunter2" not in str(refused.value)
    assert "127.0.0.1" not in str(refused.value)


async def test_a_malformed_address_is_refused() -> None:
    with pytest.raises(StateUnavailable, match="redis://host"):
        await open_state("redis://[broken")


@pytest.mark.parametrize("foreign", [b"no number", b"", b"1 \xff"])
async def test_an_entry_that_somebody_else_wrote_refuses(redis_url: str, foreign: bytes) -> None:
    state = await open_state(redis_url)
    async with Redis.from_url(redis_url) as other:
        await other.set(f"{PREFIX}foreign/x", foreign)
        with pytest.raises(StateUnavailable, match="another program"):
            await state.scan("foreign/")
        await other.delete(f"{PREFIX}foreign/x")
    await state.close()


async def test_a_server_that_goes_away_refuses_every_question(tmp_path: Path) -> None:
    with redis_server(tmp_path) as url:
        state = await open_state(url)
        await state.put({"a": "x"}, 60)
    for question in (
        state.get("a"),
        state.take("a"),
        state.add("a", "y", 60),
        state.scan("a"),
        state.put({"a": "b"}, 1),
    ):
        with pytest.raises(StateUnavailable):
            await question
    await state.close()


async def test_an_entry_is_a_plain_key_with_its_number_its_value_and_its_end(redis_url: str) -> None:
    """Servers of different versions share these names."""
    state = await open_state(redis_url)
    async with Redis.from_url(redis_url, decode_responses=True) as other:
        first = int(await other.get("pai-dlc-mcp#order") or 0) + 1
        await state.put({"plain/1": "one", "plain/2": "two words"}, 60)
        assert await state.add("plain/3", "three", 90.5)
        names = [f"pai-dlc-mcp:plain/{number}" for number in (1, 2, 3)]
        values = [f"{first} one", f"{first + 1} two words", f"{first + 2} three"]
        assert await other.mget(names) == values
        assert int(await other.get("pai-dlc-mcp#order")) == first + 2
        for name, ttl_ms in zip(names, (60_000, 60_000, 90_500), strict=True):
            assert ttl_ms - 30_000 < await other.pttl(name) <= ttl_ms
        assert await state.take("plain/1") == "one"
        assert await other.exists(names[0]) == 0
        await other.delete(*names)
    await state.close()


async def test_the_shortest_time_to_live_is_a_millisecond(redis_url: str) -> None:
    state = await open_state(redis_url)
    await state.put({"short/1": "x"}, 0.0001)
    assert await state.add("short/2", "x", 0.0)
    await state.close()


async def _silent(monkeypatch: pytest.MonkeyPatch, ask: Callable[[str], Awaitable[object]]) -> None:
    """Somebody listens and never says a word."""
    monkeypatch.setattr("pai_dlc_mcp.state.redis.TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"redis://127.0.0.1:{listening.getsockname()[1]}/0"
        with anyio.fail_after(60), pytest.raises(StateUnavailable, match="Redis"):
            await ask(url)


async def test_a_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    assert TIMEOUT_S == 3.0
    await _silent(monkeypatch, open_state)


async def test_a_server_that_says_nothing_gives_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    await _silent(monkeypatch, lambda url: anyio.to_thread.run_sync(shared_key, url, "ab" * 32))


@pytest.mark.parametrize("stored", ["abcd", "no key", "ab" * 31])
def test_a_sealing_key_that_is_none_refuses_and_is_not_replaced(redis_url: str, stored: str) -> None:
    with redis.Redis.from_url(redis_url, decode_responses=True) as other:
        other.set("pai-dlc-mcp#key", stored)
        with pytest.raises(StateUnavailable, match="sealing key in Redis is damaged"):
            keys_of(Settings(state=f"{redis_url}?client_name={len(stored)}"))
        assert other.get("pai-dlc-mcp#key") == stored
        other.delete("pai-dlc-mcp#key")
        fresh = "cd" * 32
        assert shared_key(redis_url, fresh) == shared_key(redis_url, "ef" * 32) == fresh == other.get("pai-dlc-mcp#key")
        other.delete("pai-dlc-mcp#key")


@pytest.mark.parametrize("scheme", ["redis", "rediss"])
async def test_either_scheme_is_an_address_and_no_file(
    scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StateUnavailable, match="The Redis server cannot be used now"):
        await open_state(f"{scheme}://127.0.0.1:{free_port()}/0")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("DENIED Redis is running in protected mode on 10.0.0.1", "ResponseError, DENIED"),
        ("NOPERM this user has no permissions", "ResponseError, NOPERM"),
        ("Error 111 connecting to 10.0.0.1:6379.", "ResponseError"),
        ("A secret", "ResponseError"),
    ],
)
async def test_a_refusal_of_the_server_is_known_by_its_code_and_nothing_else_of_it_is_said(
    said: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: Any, **__: Any) -> None:
        raise redis.ResponseError(said)

    monkeypatch.setattr(Redis, "ping", refuse)
    with pytest.raises(StateUnavailable) as failure:
        await open_state("redis://127.0.0.1:1/0")
    assert str(failure.value) == f"The Redis server cannot be used now ({kind})."


async def test_without_the_extra_state_and_key_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    said = r"^State in Redis needs the extra: pip install 'pai-dlc-mcp\[redis\]'\.$"
    with pytest.raises(StateUnavailable, match=said):
        await open_state("redis://127.0.0.1:1/0")
    with pytest.raises(StateUnavailable, match=said):
        shared_key("redis://127.0.0.1:1/0", "ab" * 32)
