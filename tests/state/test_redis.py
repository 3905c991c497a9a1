"""The Redis state store when the server or its entries are not as they should be."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis.asyncio import Redis

from pai_dlc_mcp.state import StateUnavailable
from pai_dlc_mcp.state.open import open_state
from pai_dlc_mcp.state.redis import PREFIX
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
