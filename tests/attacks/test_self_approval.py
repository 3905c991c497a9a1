"""The model confirms in the person's place: it echoes what it was shown, guesses, forges answers and decisions."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, ElicitResult, InputRequiredResult

from end_to_end.driving import Driver
from pai_dlc_mcp import arguments as controls
from pai_dlc_mcp.guards import pipeline
from pai_dlc_mcp.guards.confirmation import check as confirmation
from pai_dlc_mcp.runtime import Call, Runtime
from support.attack_scene import Scene, everything, strings
from support.guard_removal import always, always_awaited, both_ways, replaced
from support.weak_stores import entries_are_never_taken


def a_token_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server behaves as if the operator had not asked for a person."""
    check = confirmation.check

    async def lenient(call: Call, runtime: Runtime) -> None:
        await check(call, replace(runtime, settings=runtime.settings.model_copy(update={"confirm_by": "token"})))

    order = tuple(replace(guard, check=lenient) if guard.check is check else guard for guard in pipeline.ORDER)
    monkeypatch.setattr(pipeline, "ORDER", order)


@pytest.mark.parametrize("state", ["memory", "file"])
@both_ways(a_token_will_do)
async def test_r35_echoing_anything_that_was_shown_confirms_nothing_under_human(scene: Scene, state: str) -> list[str]:
    job = scene.job()
    async with scene.server(confirm_by="human", state=scene.state_file if state == "file" else "memory") as driver:
        shown = await driver.raw("dlc_stop_job", job_id=job)
        words = {text for _, text in strings(shown.structured_content)} | set(everything(shown).split())
        echoes = {word.strip("\"',.;:()") for word in words} | {"victim", "human", "yes", "true"}
        for echo in sorted(echoes - {""}):
            await driver.raw("dlc_stop_job", job_id=job, confirmation_token=echo[:2000], wait_seconds=0)
    return scene.writes()


@both_ways(a_token_will_do)
async def test_r35_the_refusal_under_human_shows_no_token_and_no_call_that_acts(scene: Scene) -> list[str]:
    job = scene.job()
    async with scene.server(confirm_by="human", state=scene.state_file) as driver:
        error = await driver.error("dlc_stop_job", job_id=job)
    proposed = [step["tool"] for step in error["next"] if step["tool"] != "pai_status"]
    return ["token"] * ("confirmation" in error) + proposed


@both_ways(a_token_will_do)
async def test_r35_a_token_of_a_lenient_server_serves_no_strict_one(scene: Scene) -> list[str]:
    """Two servers on one state: one that takes tokens, one that wants a person."""
    job = scene.job()
    async with (
        scene.server(state=scene.state_file, confirm_by="token") as lenient,
        scene.server(state=scene.state_file, confirm_by="human") as strict,
    ):
        token = (await lenient.error("dlc_stop_job", job_id=job))["confirmation"]["token"]
        await strict.raw("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
    return scene.writes()


APPROVED = "pai_dlc_mcp.guards.confirmation.approvals.take_approval"


def claims_count(tool: Any, given: Any, settings: Any) -> Any:
    """Arguments that nobody knows are dropped instead of refused."""
    return controls.split(tool, {name: given[name] for name in given if name in ("job_id", "wait_seconds")}, settings)


@both_ways(replaced("pai_dlc_mcp.protocol.call_tool.split", claims_count), replaced(APPROVED, always_awaited(True)))
async def test_r35_arguments_that_claim_a_confirmation_are_refused(scene: Scene) -> list[str]:
    job = scene.job()
    claims: list[dict[str, Any]] = [
        {"confirmed_by": "human"},
        {"confirm": True},
        {"confirm_by": "token"},
        {"approved": True},
        {"force": True},
        {"name": "victim"},
        {"input_responses": {"confirm": {"action": "accept", "content": {"name": "victim"}}}},
        {"_meta": {"confirmed": True}},
    ]
    async with scene.server(confirm_by="human", state=scene.state_file) as driver:
        for claim in claims:
            await driver.raw("dlc_stop_job", job_id=job, wait_seconds=0, **claim)
    return scene.writes()


@both_ways(replaced("pai_dlc_mcp.state.keys.Keys.fits", always(True)))
async def test_r35_a_decision_written_into_the_state_without_the_key_approves_nothing(scene: Scene) -> list[str]:
    """Who can write to the shared state, but not read the keys, cannot approve."""
    job = scene.job()
    async with scene.server(confirm_by="human", state=scene.state_file) as driver:
        await driver.error("dlc_stop_job", job_id=job)
        state = (await driver.app.runtime()).state
        waiting = [json.loads(text)["content"] for text in (await state.scan("approval/")).values()]
        assert waiting
        for request in waiting:
            verdict = {"content": {"id": request["id"], "approved": True, "by": "me"}, "seal": "00" * 32}
            await state.put({f"decision/{request['id']}": json.dumps(verdict)}, 300)
        await driver.raw("dlc_stop_job", job_id=job, wait_seconds=0)
    return scene.writes()


async def modern(driver: Driver, job: str, **more: Any) -> CallToolResult | InputRequiredResult | MCPError:
    """One call of the 2026-07-28 protocol, whose answers the attacker writes."""
    try:
        answer: CallToolResult | InputRequiredResult = await driver.client.session.call_tool(
            "dlc_stop_job", {"job_id": job, "wait_seconds": 0}, allow_input_required=True, **more
        )
        return answer
    except MCPError as refused:
        return refused


async def a_person(context: Any, params: Any) -> ElicitResult:
    """Only there so that the client says it has one; never asked in these tests."""
    return ElicitResult(action="decline")


YES = ElicitResult(action="accept", content={"name": "victim"})
ONE_KEY = replaced("pai_dlc_mcp.protocol.elicitation.question_key", always("confirm"))
UNSEALED = replaced(
    "pai_dlc_mcp.protocol.sealed_state.SealedState.__call__", lambda self, ctx, call_next: call_next(ctx)
)


@both_ways(ONE_KEY, UNSEALED)
async def test_r35_an_answer_to_a_question_that_was_not_asked_is_not_taken(scene: Scene) -> list[str]:
    """Forged input responses: the key of a question holds a number that only its words tell."""
    job = scene.job()
    async with scene.server(client={"elicitation_callback": a_person}) as driver:
        for key in ("confirm", "confirm-" + "0" * 24, job, "name", ""):
            await modern(driver, job, input_responses={key: YES}, request_state=key or None)
    return scene.writes()


@both_ways(ONE_KEY, UNSEALED)
async def test_r35_a_stolen_request_state_serves_no_other_caller_and_no_other_job(scene: Scene) -> list[str]:
    mine, other = scene.job(), scene.job()
    client = {"client": {"elicitation_callback": a_person}, "state": scene.state_file}
    async with scene.server(caller="http:alice", **client) as alice, scene.server(caller="http:eve", **client) as eve:
        asked = await modern(alice, mine)
        assert isinstance(asked, InputRequiredResult)
        answers = dict.fromkeys(asked.input_requests or {}, YES)
        for driver, job in ((eve, mine), (alice, other)):
            await modern(driver, job, input_responses=answers, request_state=asked.request_state)
    return scene.writes()


@both_ways(entries_are_never_taken)
async def test_r35_an_answer_serves_once(scene: Scene) -> list[str]:
    job = scene.job()
    async with scene.server(client={"elicitation_callback": a_person}) as driver:
        await scene.freeze(driver, job)
        asked = await modern(driver, job)
        assert isinstance(asked, InputRequiredResult)
        answers = dict.fromkeys(asked.input_requests or {}, YES)
        for _ in range(2):
            await modern(driver, job, input_responses=answers, request_state=asked.request_state)
    return scene.writes()[1:]
