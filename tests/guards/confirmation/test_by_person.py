"""R35: a person at the client, or the operator in a terminal of their own; never the model in their place."""

from __future__ import annotations

import json
from typing import Any

import anyio
import pytest

from pai_dlc_mcp.errors import ConfirmationInvalid, ConfirmationRequired
from pai_dlc_mcp.guards.confirmation import approvals, elicit
from pai_dlc_mcp.guards.confirmation import check as confirmation
from pai_dlc_mcp.guards.confirmation.approvals import decide, open_requests
from pai_dlc_mcp.protocol.call_tool import CALL_S
from pai_dlc_mcp.runtime import Paused, Reaction, Runtime
from pai_dlc_mcp.state.keys import Keys, keys_of
from pai_dlc_mcp.state.memory import MemoryState
from pai_dlc_mcp.timestamps import iso
from support.stop_calls import (
    JOB,
    LOG,
    FailingClient,
    HangingClient,
    TypingPerson,
    held_for_a_person,
    only_request,
    preview_of,
    refusal_of,
    server,
    stop_call,
)
from support.watched_state import WatchedState


async def test_r35_a_person_who_types_the_name_confirms_as_human() -> None:
    runtime, _, _ = server()
    person, call = TypingPerson(), stop_call()
    call.person = person
    await confirmation.check(call, runtime)
    assert call.confirmed_by == "human"
    ((message, name),) = person.asked
    assert name == "resnet-ddp"
    for fact in ("resnet-ddp", "Running", "20001", "vision (11001)", "2 h 0 min", "gpu_hours: 32", "cn-hangzhou"):
        assert fact in message
    assert not any(line in message for line in LOG)


@pytest.mark.parametrize("answer", ["", "resnet", "RESNET-DDP", "resnet-ddp ", "yes", "true"])
async def test_r35_a_person_who_types_something_else_has_not_confirmed(answer: str) -> None:
    runtime, _, _ = server()
    error = await refusal_of(runtime, stop_call(person=TypingPerson(answer)))
    assert (error.code, error.rule) == ("confirmation_invalid", "R35")
    assert error.confirmation is None


@pytest.mark.parametrize("client", [FailingClient, HangingClient])
@pytest.mark.parametrize("by", ["auto", "human"])
async def test_r35_a_client_that_fails_or_hangs_leads_to_a_refusal_with_the_reason_and_no_token(
    client: type, by: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elicit, "ASK_S", 0.05)
    runtime, _, _ = server(confirm_by=by)
    with anyio.fail_after(30):
        error = await refusal_of(runtime, stop_call(person=client()))
    assert error.rule == "R35"
    assert error.confirmation is None
    assert "pai1." not in str(error.as_dict())
    assert "client" in error.message


async def test_r35_where_a_person_can_be_asked_a_token_of_the_model_does_not_serve() -> None:
    runtime, _, _ = server()
    token = (await preview_of(runtime)).token
    person = TypingPerson("no")
    await refusal_of(runtime, stop_call(token, person=person))
    assert len(person.asked) == 1


async def test_r35_with_confirm_by_token_nobody_is_asked() -> None:
    runtime, _, _ = server(confirm_by="token")
    person = TypingPerson()
    assert (await refusal_of(runtime, stop_call(person=person))).confirmation is not None
    assert person.asked == []


async def test_r31_a_target_that_moves_while_the_person_thinks_is_not_acted_on() -> None:
    runtime, _, _ = server([JOB, JOB | {"Status": "Succeeded"}])
    error = await refusal_of(runtime, stop_call(person=TypingPerson()))
    assert (error.code, error.rule) == ("confirmation_invalid", "R31")


class Returning:
    """The newer protocol: without an answer to this very question the call pauses."""

    answers_by_retry = True

    def __init__(self, answers: dict[str, str]) -> None:
        self.answers = answers

    async def ask(self, message: str, name: str) -> Reaction:
        if message not in self.answers:
            raise Paused(message)
        return Reaction("typed" if self.answers[message] == name else "mistyped", 3.0)


async def asked(runtime: Runtime, answers: dict[str, str] | None = None) -> str:
    """The question that the call pauses with."""
    with pytest.raises(Paused) as paused:
        await confirmation.check(stop_call(person=Returning(answers or {})), runtime)
    return str(paused.value)


async def test_r35_a_call_that_pauses_and_comes_again_with_the_answer_passes_once() -> None:
    later = JOB | {"Duration": 9_000}
    runtime, _, clock = server([JOB, later])
    question = await asked(runtime)
    clock.at += 60
    call = stop_call(person=Returning({question: "resnet-ddp"}))
    await confirmation.check(call, runtime)
    assert call.confirmed_by == "human"
    assert await asked(runtime, {question: "resnet-ddp"}) != question


async def test_r31_an_answer_to_a_state_that_has_moved_is_an_answer_to_another_question() -> None:
    runtime, _, _ = server([JOB, JOB | {"Status": "Queuing"}])
    question = await asked(runtime)
    assert await asked(runtime, {question: "resnet-ddp"}) != question


async def test_r31_an_answer_given_to_another_caller_is_an_answer_to_another_question() -> None:
    runtime, _, _ = server()
    question = await asked(runtime)
    with pytest.raises(Paused) as paused:
        await confirmation.check(stop_call(person=Returning({question: "resnet-ddp"}), caller="bob"), runtime)
    assert str(paused.value) != question


async def test_r35_a_question_stays_open_for_an_hour() -> None:
    ticks = [0.0]
    runtime, _, _ = server(state=MemoryState(lambda: ticks[0]))
    question = await asked(runtime)
    ticks[0] += 3_500
    await confirmation.check(stop_call(person=Returning({question: "resnet-ddp"})), runtime)
    question = await asked(runtime)
    ticks[0] += 3_601
    assert await asked(runtime, {question: "resnet-ddp"}) != question


class Both:
    """Two calls that are asked at the same moment."""

    answers_by_retry = False

    def __init__(self) -> None:
        self.here, self.both = 0, anyio.Event()

    async def ask(self, message: str, name: str) -> Reaction:
        self.here += 1
        if self.here == 2:
            self.both.set()
        await self.both.wait()
        return Reaction("typed", 3.0)


async def test_r31_one_question_answered_in_two_calls_at_once_confirms_one() -> None:
    runtime, _, _ = server()
    person, confirmed = Both(), list[str]()

    async def act() -> None:
        call = stop_call(person=person)
        try:
            await confirmation.check(call, runtime)
            confirmed.append(str(call.confirmed_by))
        except ConfirmationInvalid:
            return

    async with anyio.create_task_group() as group:
        group.start_soon(act)
        group.start_soon(act)
    assert confirmed == ["human"]


async def test_r35_under_human_a_client_that_cannot_ask_is_shown_the_operators_way_and_no_token(place: str) -> None:
    runtime = held_for_a_person(place)
    error = await refusal_of(runtime, stop_call())
    assert (error.code, error.rule, error.confirmation) == ("confirmation_required", "R35", None)
    assert "pai-dlc-mcp approve" in error.message
    text = str(error.as_dict())
    assert "pai1." not in text
    assert "confirm_by" not in text
    item = await only_request(runtime)
    assert (item.caller, item.tool, item.name, item.region) == ("ada", "dlc_stop_job", "resnet-ddp", "cn-hangzhou")
    assert item.preview["gpu_hours"] == 32


async def test_r35_the_operators_yes_lets_the_next_call_pass_once(place: str) -> None:
    runtime = held_for_a_person(place)
    await refusal_of(runtime, stop_call())
    assert await decide(runtime.state, keys_of(runtime.settings), (await only_request(runtime)).id, approved=True)
    call = stop_call()
    await confirmation.check(call, runtime)
    assert call.confirmed_by == "human"
    assert (await refusal_of(runtime, stop_call())).code == "confirmation_required"


async def test_r35_the_operators_no_is_told_and_stays_a_no(place: str) -> None:
    runtime = held_for_a_person(place)
    await refusal_of(runtime, stop_call())
    await decide(runtime.state, keys_of(runtime.settings), (await only_request(runtime)).id, approved=False)
    for _ in range(2):
        error = await refusal_of(runtime, stop_call())
        assert (error.code, error.rule) == ("policy_denied", "R35")
        asked = "A person was asked and said no; nothing was done, and the no holds for 10 minutes. Tell the user."
        assert error.message == asked
    assert await open_requests(runtime.state, keys_of(runtime.settings)) == []


async def test_r35_asking_again_while_it_waits_does_not_pile_up(place: str) -> None:
    runtime = held_for_a_person(place)
    for _ in range(5):
        await refusal_of(runtime, stop_call())
    await only_request(runtime)


async def test_r31_a_yes_serves_no_other_caller_job_or_state(place: str) -> None:
    state = MemoryState()
    runtime = held_for_a_person(place, state=state)
    await refusal_of(runtime, stop_call())
    keys = keys_of(runtime.settings)
    await decide(state, keys, (await only_request(runtime)).id, approved=True)
    await refusal_of(runtime, stop_call(caller="bob"))
    await refusal_of(runtime, stop_call(job="dlc2"))
    await refusal_of(held_for_a_person(place, JOB | {"Status": "Queuing"}, state), stop_call())
    await confirmation.check(stop_call(), runtime)


async def test_r35_only_one_answer_counts_and_only_to_what_waits(place: str) -> None:
    runtime = held_for_a_person(place)
    keys = keys_of(runtime.settings)
    await refusal_of(runtime, stop_call())
    number = (await only_request(runtime)).id
    assert await decide(runtime.state, keys, number, approved=False)
    assert not await decide(runtime.state, keys, number, approved=True)
    assert not await decide(runtime.state, keys, "nonsense", approved=True)
    await refusal_of(runtime, stop_call())


async def test_r35_a_decision_or_a_request_without_the_servers_seal_counts_for_nothing(place: str) -> None:
    runtime = held_for_a_person(place)
    keys, forger = keys_of(runtime.settings), Keys((b"f" * 32,))
    await refusal_of(runtime, stop_call())
    number = (await only_request(runtime)).id
    assert await decide(runtime.state, forger, number, approved=True)
    await refusal_of(runtime, stop_call())
    whole = '{"content": {"id": "x"}, "seal": "00"}'
    for forged in ("", "{}", "[" * 100_000, '{"content": {}}', '{"seal": "00"}', whole, '{"content": 3, "seal": "zz"}'):
        await runtime.state.put({f"approval/{number}": forged, f"decision/{number}": forged}, 60)
        assert await open_requests(runtime.state, keys) == []
        await refusal_of(runtime, stop_call())


async def test_r35_a_decision_moved_to_another_request_counts_for_nothing(place: str) -> None:
    runtime = held_for_a_person(place)
    keys = keys_of(runtime.settings)
    await refusal_of(runtime, stop_call(job="dlc2"))
    first = (await only_request(runtime)).id
    await decide(runtime.state, keys, first, approved=True)
    await refusal_of(runtime, stop_call())
    second = (await only_request(runtime)).id
    stolen = await runtime.state.get(f"decision/{first}")
    assert stolen is not None
    await runtime.state.put({f"decision/{second}": stolen}, 60)
    await refusal_of(runtime, stop_call())


async def test_r35_a_yes_of_the_operator_also_serves_where_the_client_fails_to_ask(place: str) -> None:
    runtime = held_for_a_person(place)
    error = await refusal_of(runtime, stop_call(person=FailingClient()))
    assert isinstance(error, ConfirmationRequired)
    assert "approve" in error.message
    await decide(runtime.state, keys_of(runtime.settings), (await only_request(runtime)).id, approved=True)
    await confirmation.check(stop_call(person=FailingClient()), runtime)


async def test_r35_with_state_in_memory_no_terminal_can_reach_the_request_and_none_is_promised() -> None:
    runtime, _, _ = server(confirm_by="human")
    error = await refusal_of(runtime, stop_call())
    assert "approve" not in error.message
    assert await open_requests(runtime.state, keys_of(runtime.settings)) == []


async def test_r35_a_request_waits_fifteen_minutes_and_an_answer_serves_for_five(place: str) -> None:
    state = WatchedState()
    runtime, _, clock = server(state=state, confirm_by="human", store=place)
    error = await refusal_of(runtime, stop_call())
    assert iso(clock.at + 900) in error.message
    (request,) = await approvals.open_requests(state, keys_of(runtime.settings))
    assert (len(request.id), request.ends_at) == (24, clock.at + 900)
    assert await approvals.decide(state, keys_of(runtime.settings), request.id, approved=True) is True
    kept = {key: seconds for key, seconds in state.kept.items() if not key.startswith(("own-user/", "members/"))}
    (record,) = (key for key in kept if key.startswith("decided/"))
    assert kept == {f"approval/{request.id}": 900.0, f"decision/{request.id}": 300.0, record: 86_400.0}
    verdict = {"id": request.id, "approved": True, "by": "terminal", "record": record}
    assert json.loads(state.held[f"decision/{request.id}"])["content"] == verdict
    assert await approvals.decide(state, keys_of(runtime.settings), request.id, approved=True) is False


async def test_r35_a_client_that_failed_is_named_as_the_reason(place: str) -> None:
    runtime, _, _ = server(confirm_by="human", store=place)
    told = await refusal_of(runtime, stop_call(person=FailingClient()))
    assert "The client could not show the question." in told.message
    plain = await refusal_of(runtime, stop_call())
    assert "This client cannot ask a person" in plain.message


async def test_r35_the_question_is_one_fact_a_line_with_a_number_of_its_own() -> None:
    state = WatchedState()
    runtime, _, _ = server(state=state)
    person, call = TypingPerson(), stop_call()
    call.person = person
    await confirmation.check(call, runtime)
    lines = person.asked[0][0].split("\n")
    assert "state: Running" in lines
    assert "name: resnet-ddp" in lines
    assert lines[-1] == "To go on, type: resnet-ddp"
    assert len(bytes.fromhex(lines[-2].removeprefix("(Request ").removesuffix(")"))) == 4
    assert [seconds for key, seconds in state.kept.items() if key.startswith("asked/")] == [3_600.0]


async def test_r31_an_answer_that_another_call_took_first_does_not_act(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime, _, _ = server()

    async def too_late(key: str) -> None:
        return None

    monkeypatch.setattr(runtime.state, "take", too_late)
    error = await refusal_of(runtime, stop_call(person=TypingPerson()))
    assert isinstance(error, ConfirmationInvalid)
    assert error.rule == "R31"


def test_the_call_stops_waiting_for_the_person_before_it_ends() -> None:
    assert elicit.ASK_S <= 21 < CALL_S


async def test_r35_with_confirm_by_token_an_operators_yes_is_not_looked_for(place: str) -> None:
    """The yes was for a server that wants a person; this one wants the second look."""
    runtime, _, _ = server(confirm_by="human", store=place)
    await refusal_of(runtime, stop_call())
    keys = keys_of(runtime.settings)
    (request,) = await approvals.open_requests(runtime.state, keys)
    await approvals.decide(runtime.state, keys, request.id, approved=True)
    by_token, _, _ = server(confirm_by="token", store=place, state=runtime.state)
    assert (await refusal_of(by_token, stop_call())).rule == "R30"
