"""R35: what a client answers to a question, what holds after it, and a person who takes their time."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import anyio
import pytest

from pai_dlc_mcp.errors import PaiError, PolicyDenied, Refusal
from pai_dlc_mcp.guards.confirmation import check as confirmation
from pai_dlc_mcp.guards.confirmation import elicit
from pai_dlc_mcp.guards.confirmation.approvals import decide
from pai_dlc_mcp.runtime import Decision, Questions, Reaction, Runtime
from pai_dlc_mcp.state import key_of
from pai_dlc_mcp.state.keys import keys_of
from pai_dlc_mcp.state.memory import MemoryState
from support.fake_cloud import call_of
from support.stop_calls import held_for_a_person, only_request, preview_of, refusal_of, server, stop_call
from support.watched_state import WatchedState


class Answering:
    """A client that answers each question like this, after so many seconds."""

    answers_by_retry = False

    def __init__(self, decision: Decision, after_s: float = 8.0) -> None:
        self.reaction, self.asked = Reaction(decision, after_s), 0

    async def ask(self, message: str, name: str) -> Reaction:
        self.asked += 1
        return self.reaction


async def denied(runtime: Runtime, call: Any) -> PolicyDenied:
    with pytest.raises(PolicyDenied) as refused:
        await confirmation.check(call, runtime)
    assert call.confirmed_by is None
    return refused.value


@pytest.mark.parametrize("by", ["auto", "human", "token"])
async def test_r35_a_no_holds_for_ten_minutes_whatever_connection_act_or_way_is_tried_next(by: Any, place: str) -> None:
    ticks = [0.0]
    state = MemoryState(lambda: ticks[0])
    runtime, _, _ = server(state=state, store=place, more={"UpdateJob": {}})
    refusal = await denied(runtime, stop_call(person=Answering("declined")))
    assert refusal.rule == "R35"
    assert "answered no" in refusal.message
    assert "pai-dlc-mcp approve" in refusal.message
    later, _, _ = server(state=state, store=place, confirm_by=by)
    person = Answering("typed")
    for call in (
        stop_call(),
        stop_call(person=person),
        call_of("DeleteJob", {"JobId": "dlc1"}),
        call_of("UntagResources", {"ResourceId": ["dlc9", "dlc1"], "ResourceType": "Job"}),
    ):
        assert "The client answered no for this target" in (await denied(later, call)).message, "not: a person"
    assert person.asked == 0
    nobody_said_no = "R35" if by == "human" else "R30"
    assert (await refusal_of(later, stop_call(job="dlc2"))).rule == nobody_said_no
    assert (await refusal_of(later, stop_call(caller="bob"))).rule == nobody_said_no
    ticks[0] += 599
    assert "no for this target" in (await denied(later, stop_call())).message
    ticks[0] += 2
    if by == "token":
        await preview_of(later)
    else:
        await confirmation.check(stop_call(person=person), later)


@pytest.mark.parametrize("decision", ["dismissed", "mistyped", "typed"])
async def test_r31_a_question_that_was_answered_is_not_kept_whatever_the_answer(decision: Decision) -> None:
    state = MemoryState(lambda: 0.0)
    runtime, _, _ = server(state=state)
    with nullcontext() if decision == "typed" else pytest.raises(PaiError):
        await confirmation.check(stop_call(person=Answering(decision)), runtime)
    assert await state.scan(key_of("asked"), limit=9) == {}


async def test_r35_a_no_to_what_names_no_target_holds_for_that_operation() -> None:
    runtime, _, _ = server()
    order, smaller = ({"Products": [{"ProductCode": "dlc", "Count": count}]} for count in (10, 9))
    call = call_of("CreateProductOrders", order)
    call.person = Answering("declined")
    await denied(runtime, call)
    await denied(runtime, call_of("CreateProductOrders", smaller))


async def test_r35_after_a_no_the_person_can_still_approve_in_a_terminal(place: str) -> None:
    runtime = held_for_a_person(place)
    await denied(runtime, stop_call(person=Answering("declined")))
    await decide(runtime.state, keys_of(runtime.settings), (await only_request(runtime)).id, approved=True)
    call = stop_call()
    await confirmation.check(call, runtime)
    assert call.confirmed_by == "human"


async def test_r35_with_the_state_in_memory_a_no_promises_no_terminal() -> None:
    runtime, _, _ = server()
    assert "approve" not in (await denied(runtime, stop_call(person=Answering("declined")))).message


@pytest.mark.parametrize(("after_s", "asks_nobody"), [(0.0, True), (0.49, True), (0.5, False), (9.0, False)])
async def test_r35_a_question_put_away_at_once_asked_nobody_and_a_later_one_is_asked_again(
    after_s: float, asks_nobody: bool
) -> None:
    runtime, _, _ = server()
    person = Answering("dismissed", after_s)
    refusal = await refusal_of(runtime, stop_call(person=person))
    assert ("nobody was asked" in refusal.message) is asks_nobody
    assert (refusal.confirmation is not None) is asks_nobody
    if refusal.confirmation is not None:
        call = stop_call(refusal.confirmation.token, person=person)
        await confirmation.check(call, runtime)
        assert call.confirmed_by == "two_step"
        return
    assert refusal.rule == "R35"
    await refusal_of(runtime, stop_call(person=person))
    assert person.asked == 2


async def test_r35_under_human_a_question_put_away_at_once_waits_for_the_operator_and_gives_no_token(
    place: str,
) -> None:
    runtime = held_for_a_person(place)
    refusal = await refusal_of(runtime, stop_call(person=Answering("dismissed", 0.1)))
    assert refusal.confirmation is None
    assert "nobody was asked" in refusal.message
    assert "pai-dlc-mcp approve" in refusal.message
    assert (await only_request(runtime)).tool == "dlc_stop_job"


class Slow:
    """A person who answers when they are ready."""

    answers_by_retry = False

    def __init__(self) -> None:
        self.asked, self.is_ready = list[tuple[str, str]](), anyio.Event()

    async def ask(self, message: str, name: str) -> Reaction:
        self.asked.append((message, name))
        await self.is_ready.wait()
        return Reaction("typed", 60.0)


async def test_r35_a_person_has_as_long_as_they_need_and_a_later_call_picks_the_answer_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(elicit, "ASK_S", 0.02)
    runtime, _, _ = server()
    person = Slow()
    async with anyio.create_task_group() as group:
        runtime = replace(runtime, questions=Questions(group.start_soon))
        for _ in range(3):
            refusal = await refusal_of(runtime, stop_call(person=person))
            assert (refusal.code, refusal.rule, refusal.confirmation) == ("confirmation_required", "R35", None)
            assert 'the question about "resnet-ddp" is open at the client' in refusal.message
            again = {"region": "cn-hangzhou", "job_id": "dlc1"}
            assert [(step.tool, dict(step.arguments)) for step in refusal.next] == [("dlc_stop_job", again)]
        person.is_ready.set()
        await anyio.wait_all_tasks_blocked()
        call = stop_call(person=person)
        await confirmation.check(call, runtime)
    ((message, name),) = person.asked
    assert (name, message.rpartition("\n")[2]) == ("resnet-ddp", "To go on, type: resnet-ddp")
    assert call.confirmed_by == "human"
    assert runtime.questions.open == {}


class Broken:
    """A client that fails in a way that nobody foresaw."""

    answers_by_retry = False

    async def ask(self, message: str, name: str) -> Reaction:
        raise RuntimeError("the connection is in pieces")


async def test_r35_a_client_that_breaks_takes_no_other_call_down(caplog: pytest.LogCaptureFixture) -> None:
    runtime, _, _ = server()
    async with anyio.create_task_group() as group:
        runtime = replace(runtime, questions=Questions(group.start_soon))
        refusal = await refusal_of(runtime, stop_call(person=Broken()))
    assert "could not be asked" in refusal.message
    assert "a question to the client failed inside" in caplog.messages
    assert runtime.questions.open == {}


class Unwilling:
    """A client that says why it puts no question."""

    answers_by_retry = False

    async def ask(self, message: str, name: str) -> Reaction:
        raise Refusal("The client showed no question.")


async def test_r35_what_a_client_says_for_not_asking_is_what_the_call_hears() -> None:
    runtime, _, _ = server()
    async with anyio.create_task_group() as group:
        runtime = replace(runtime, questions=Questions(group.start_soon))
        refusal = await refusal_of(runtime, stop_call(person=Unwilling()))
    assert refusal.message.startswith("Nothing was done: The client showed no question. ")


async def test_r35_a_question_that_nobody_answers_within_its_hour_leaves_no_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(elicit, "ASK_S", 0.01)
    monkeypatch.setattr(elicit, "OPEN_S", 0.02)
    state = WatchedState()
    runtime, _, _ = server(state=state)
    async with anyio.create_task_group() as group:
        runtime = replace(runtime, questions=Questions(group.start_soon))
        await refusal_of(runtime, stop_call(person=Slow()))
    assert runtime.questions.open == {}
    assert not [key for key in state.kept if key.startswith("answered/")]


async def test_r35_an_answer_that_comes_later_is_kept_as_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elicit, "ASK_S", 0.01)
    state = WatchedState()
    runtime, _, _ = server(state=state)
    person = Slow()
    async with anyio.create_task_group() as group:
        runtime = replace(runtime, questions=Questions(group.start_soon))
        await refusal_of(runtime, stop_call(person=person))
        person.is_ready.set()
    (place,) = (key for key in state.kept if key.startswith("answered/"))
    assert state.kept[place] == 3_600.0
    assert state.held[place] == '{"decision": "typed", "after_s": 60.0}'
