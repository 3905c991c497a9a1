"""What is remembered and no longer says what it said: nothing that rests on it is done."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import ConfirmationRequired, Refusal
from pai_dlc_mcp.guards.confirmation import check as confirmation
from pai_dlc_mcp.guards.confirmation import elicit
from pai_dlc_mcp.guards.confirmation.expectation import expectation, remember_unasked
from pai_dlc_mcp.guards.creates import reservations
from pai_dlc_mcp.guards.discovery import ledger
from pai_dlc_mcp.guards.policy import access
from pai_dlc_mcp.runtime import Caller, Person, Questions, Reaction, Runtime
from pai_dlc_mcp.state import StateUnavailable, entry
from support.fake_cloud import call_of, runtime_of
from support.stop_calls import HangingClient, preview_of, server, stop_call

DAMAGED = ["", "{", "[]", "null", '"text"', "{}", '{"other": 1}', "[" * 100_000]


async def damage(runtime: Runtime, prefix: str, text: str) -> None:
    """Every entry under this prefix says this now."""
    stored = await runtime.state.scan(prefix)
    assert stored
    await runtime.state.put(dict.fromkeys(stored, text), 60)


@pytest.mark.parametrize("text", DAMAGED)
def test_an_entry_is_an_object_with_its_fields(text: str) -> None:
    with pytest.raises(StateUnavailable, match="damaged"):
        entry(text, "parts")
    assert entry('{"parts": 1, "more": 2}', "parts") == {"parts": 1, "more": 2}


@pytest.mark.parametrize("text", DAMAGED)
async def test_r31_a_damaged_record_of_a_token_lets_nothing_pass(text: str) -> None:
    runtime, _, _ = server()
    token = (await preview_of(runtime)).token
    await damage(runtime, "token/", text)
    with pytest.raises(StateUnavailable):
        await confirmation.check(stop_call(token), runtime)


@pytest.mark.parametrize("text", DAMAGED)
async def test_r35_a_damaged_question_is_asked_of_nobody(text: str) -> None:
    asked: list[str] = []

    class Silent(Person):
        answers_by_retry = False

        async def ask(self, message: str, name: str) -> Reaction:
            asked.append(message)
            raise Refusal("The client could not show it.")

    runtime, _, _ = server()
    with pytest.raises(Refusal):
        await confirmation.check(stop_call(person=Silent()), runtime)
    await damage(runtime, "asked/", text)
    with pytest.raises(StateUnavailable):
        await confirmation.check(stop_call(person=Silent()), runtime)
    assert len(asked) == 1


@pytest.mark.parametrize(
    "text", [*DAMAGED, '{"decision": "typed"}', '{"after_s": 5.0}', '{"answer": "typed", "after_s": 5.0}']
)
async def test_r35_a_damaged_answer_of_a_person_confirms_nothing(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elicit, "ASK_S", 0.02)
    runtime = replace(server()[0], questions=Questions(lambda *_: None))
    with pytest.raises(ConfirmationRequired):
        await confirmation.check(stop_call(person=HangingClient()), runtime)
    (place,) = await runtime.state.scan("asked/")
    await runtime.state.put({place.replace("asked/", "answered/"): text}, 60)
    with pytest.raises(StateUnavailable):
        await confirmation.check(stop_call(person=HangingClient()), runtime)


@pytest.mark.parametrize("text", DAMAGED)
async def test_r35_a_damaged_note_of_a_client_that_asked_nobody_makes_no_prediction(text: str) -> None:
    runtime, _, _ = server()
    call = stop_call(person=HangingClient())
    await remember_unasked(call, runtime)
    await damage(runtime, "unasked/", text)
    with pytest.raises(StateUnavailable):
        await expectation(call, runtime)


@pytest.mark.parametrize("text", DAMAGED)
async def test_r36_a_damaged_note_of_the_pages_that_were_shown_gives_no_token(text: str) -> None:
    runtime, _, _ = server()
    args = {"ResourceType": "x" * 1_700}
    with pytest.raises(ConfirmationRequired):
        await confirmation.check(call_of("UntagResources", args), runtime)
    await damage(runtime, "pages/", text)
    with pytest.raises(StateUnavailable):
        await confirmation.check(call_of("UntagResources", args), runtime)


def with_one_left_out(whole: dict[str, Any]) -> list[str]:
    return [json.dumps({name: whole[name] for name in whole if name != left_out}) for left_out in whole]


@pytest.mark.parametrize(
    "text", [*DAMAGED, *with_one_left_out({"id": "reg/image:1", "about": {}, "at": 1.0, "by": "a"})]
)
async def test_r02_a_damaged_entry_of_the_ledger_shows_nothing(text: str) -> None:
    runtime, _, _ = runtime_of({})
    caller = Caller("ada")
    await ledger.remember(runtime, caller, "cn-hangzhou", "image", [ledger.Seen("reg/image:1")])
    await damage(runtime, "ledger/", text)
    with pytest.raises(StateUnavailable):
        await ledger.find(runtime, caller, "cn-hangzhou", "image", "reg/image:1")
    with pytest.raises(StateUnavailable):
        await ledger.seen(runtime, caller, "cn-hangzhou", "image")


@pytest.mark.parametrize(
    ("prefix", "text"),
    [
        (reservations.AT_ONCE, "{}"),
        *((reservations.AT_ONCE, text) for text in with_one_left_out({"at": 1.0, "gpus": 0.0})),
        (reservations.CREATED_IN, "{}"),
    ],
)
async def test_a_damaged_reservation_of_a_job_is_not_left_out_of_the_count(prefix: str, text: str) -> None:
    answers: dict[str, Any] = {"ListJobs": {"Jobs": [], "TotalCount": 0}}
    runtime, _, _ = runtime_of(answers, settings=Settings(max_running_jobs=5))

    async def create(name: str) -> tuple[str, ...]:
        call = call_of("CreateJob", {"DisplayName": name, "WorkspaceId": "1"})
        await access.check(call, runtime)
        return await reservations.acquire(call, runtime)

    await create("one")
    await damage(runtime, prefix, text)
    with pytest.raises(StateUnavailable):
        await create("two")


async def test_a_damaged_reservation_makes_no_error_of_a_job_that_was_created() -> None:
    answers: dict[str, Any] = {"ListJobs": {"Jobs": [], "TotalCount": 0}}
    runtime, _, _ = runtime_of(answers, settings=Settings(max_running_jobs=5))
    call = call_of("CreateJob", {"DisplayName": "new", "WorkspaceId": "1"})
    await access.check(call, runtime)
    held = await reservations.acquire(call, runtime)
    await damage(runtime, reservations.AT_ONCE, "not JSON")
    await reservations.complete(held, "dlc1", runtime)
