"""One Redis under two servers: a token is used once, a thousand times over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from pai_dlc_mcp.guards.confirmation.snapshot import bind, take_snapshot
from pai_dlc_mcp.guards.confirmation.tokens import TokenInvalid, issue, redeem
from pai_dlc_mcp.runtime import Runtime
from pai_dlc_mcp.state.open import open_state
from support.redis_server import redis_server
from support.stop_calls import server, stop_call

RACES, AT_ONCE = 1_000, 20


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


async def test_r31_in_a_thousand_races_of_two_servers_each_token_is_used_once(redis_url: str, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text("0f" * 32)
    states = [await open_state(redis_url) for _ in range(2)]
    one, other = (replace(server(store=redis_url, keys=keys)[0], state=state) for state in states)
    call = stop_call()
    binding = bind(call, one, await take_snapshot(call, one))
    used = 0

    async def attempt(runtime: Runtime, token: str) -> None:
        nonlocal used
        try:
            await redeem(runtime, token, binding, "two_step")
            used += 1
        except TokenInvalid:
            return

    for _ in range(RACES // AT_ONCE):
        tokens = [(await issue(one, binding, "two_step")).text for _ in range(AT_ONCE)]
        async with anyio.create_task_group() as group:
            for token in tokens:
                group.start_soon(attempt, one, token)
                group.start_soon(attempt, other, token)
    assert used == RACES
    for state in states:
        await state.close()
