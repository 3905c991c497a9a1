"""A client that says it can ask a person, and then hangs, fails, declines or answers rubbish: never the act."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import anyio
import pytest
from anyio.abc import TaskGroup
from mcp.shared.exceptions import MCPError
from mcp_types import ElicitResult, ErrorData

from pai_dlc_mcp.guards.confirmation import elicit
from pai_dlc_mcp.runtime import Reaction
from support.attack_scene import Scene, everything
from support.guard_removal import always_awaited, both_ways, replaced

Answer = Callable[[Any, Any], Awaitable[Any]]
GULLIBLE = replaced("pai_dlc_mcp.guards.confirmation.elicit._reaction", always_awaited(Reaction("typed", 9.0)))


def answering(**fields: Any) -> Answer:
    async def answer(context: Any, params: Any) -> Any:
        return ElicitResult.model_construct(**fields)

    return answer


async def hangs(context: Any, params: Any) -> Any:
    await anyio.sleep(60)


async def given_up(group: TaskGroup) -> None:
    await anyio.sleep(1.0)
    group.cancel_scope.cancel()


async def fails(context: Any, params: Any) -> Any:
    return ErrorData(code=-32603, message="no dialog here")


LIES: dict[str, Answer] = {
    "hangs": hangs,
    "fails": fails,
    "declines": answering(action="decline"),
    "cancels": answering(action="cancel"),
    "declines with the name": answering(action="decline", content={"name": "victim"}),
    "accepts without content": answering(action="accept"),
    "accepts with empty content": answering(action="accept", content={}),
    "accepts another name": answering(action="accept", content={"name": "Victim"}),
    "accepts the name with blanks": answering(action="accept", content={"name": " victim "}),
    "accepts the id": answering(action="accept", content={"name": "job"}),
    "accepts a list": answering(action="accept", content={"name": ["victim"]}),
    "accepts true": answering(action="accept", content={"name": True}),
    "accepts under another key": answering(action="accept", content={"Name": "victim", "confirm": True}),
    "answers an unknown action": answering(action="yes", content={"name": "victim"}),
    "answers nothing of the kind": answering(content="victim"),
}


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The call waits for the person for less than half a second instead of twenty."""
    monkeypatch.setattr(elicit, "ASK_S", 0.4)


@pytest.mark.parametrize("confirm_by", ["auto", "human"])
@pytest.mark.parametrize("lie", LIES)
@both_ways(GULLIBLE)
async def test_r35_a_lie_is_no_yes_on_2025_11_25(scene: Scene, lie: str, confirm_by: str) -> list[str]:
    job = scene.job()
    client = {"elicitation_callback": LIES[lie], "mode": "legacy"}
    async with scene.server(client=client, confirm_by=confirm_by) as driver:
        await driver.raw("dlc_stop_job", job_id=job, wait_seconds=0)
    return scene.writes()


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings:UserWarning")
@pytest.mark.parametrize("lie", LIES)
@both_ways(GULLIBLE)
async def test_r35_a_lie_is_no_yes_on_2026_07_28(scene: Scene, lie: str) -> list[str]:
    job = scene.job()
    async with scene.server(client={"elicitation_callback": LIES[lie]}) as driver:
        assert driver.client.protocol_version == "2026-07-28"
        async with anyio.create_task_group() as group:
            # Not a deadline: the server would see it, on the same task, and send nothing that it could not hear of.
            group.start_soon(given_up, group)
            with suppress(MCPError):  # the client may fail at its own lie before the server sees any of it
                await driver.raw("dlc_stop_job", job_id=job, wait_seconds=0)
            group.cancel_scope.cancel()
    return scene.writes()


@both_ways(GULLIBLE)
async def test_r35_a_client_that_fails_to_ask_is_not_given_a_token_instead(scene: Scene) -> list[str]:
    job = scene.job()
    async with scene.server(client={"elicitation_callback": fails, "mode": "legacy"}) as driver:
        result = await driver.raw("dlc_stop_job", job_id=job, wait_seconds=0)
        shown = result.structured_content
        assert shown["ok"] or "confirmation" not in shown["error"]
        assert "pai1." not in everything(result)
    return scene.writes()
