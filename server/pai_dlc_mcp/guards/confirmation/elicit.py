"""Elicitation (R35): the person at the client types the target's name, and what they saw is what is done.

A question is kept in the state store and serves once. On 2026-07-28 the same call is made again with the answer;
before, the client is asked while the call waits, and where the person needs longer the question stays open and the next
call picks the answer up. A person's no holds for ten minutes for that caller and target, whatever way is tried next.
"""

from __future__ import annotations

import json
import logging
import secrets
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import anyio

from ...errors import ConfirmationInvalid, ConfirmationRequired, NextStep, PolicyDenied, Refusal
from ...runtime import Call, Person, Reaction, Runtime
from ...state import StateUnavailable, entry, key_of
from . import approvals
from .approvals import NO_HOLDS_MINUTES, NO_HOLDS_S, NO_OF_CLIENT, no_places
from .preview import preview_of, quoted
from .snapshot import Binding, Snapshot, bind, take_snapshot

log = logging.getLogger(__name__)
ASK_S = 20.0
"""How long a call waits for the person; every call ends within 25 s."""
OPEN_S = 3600.0
"""How long a question and its answer are kept."""
UNASKED_S = 0.5
"""A client that puts a question away faster than this asked nobody."""


class NobodyAsked(Exception):
    """The client put the question away at once: it runs without a person."""


async def check_no_holds(call: Call, runtime: Runtime) -> None:
    """Refuse what the person said no to a moment ago.

    Raises:
        PolicyDenied: they did; an operator can still approve.
    """
    for place in no_places(call, runtime):
        if (no := await runtime.state.get(place)) is not None:
            who = "The client answered" if no == NO_OF_CLIENT else "A person said"
            raise PolicyDenied(
                f"{who} no for this target within the last {NO_HOLDS_MINUTES} minutes, and the no holds. "
                f"Tell the user{_or_approve(runtime)}.",
                rule="R35",
                next=[_ask_user(call)],
            )


async def ask(person: Person, call: Call, runtime: Runtime, snapshot: Snapshot, binding: Binding) -> None:
    """Return only when the person has typed the name of a target that is still what was shown.

    Raises:
        PolicyDenied: the person said no.
        ConfirmationRequired: the question was put away, or is still open.
        ConfirmationInvalid: another text was typed, the client failed to ask, or the target has moved.
        NobodyAsked: the client put the question away at once.
        InputNeeded: the answer comes with a later call.
    """
    question = await _question(call, runtime, snapshot, binding)
    try:
        reaction = await _reaction(person, runtime, question, snapshot.name, binding)
    except Refusal as failure:
        raise await approvals.request(call, runtime, snapshot, binding, why=failure.message) from None
    if reaction is None:
        raise ConfirmationRequired(
            f"Nothing was done yet: the question about {quoted(snapshot.name)} is open at the client. Call again, "
            "with the same arguments, to pick the answer up; the person has as long as they need.",
            rule="R35",
            next=[_ask_user(call)],
        )
    await _take(reaction, call, runtime, snapshot, binding)
    await _check_unmoved(call, runtime, binding)
    if await runtime.state.take(_place(binding)) is None:
        raise ConfirmationInvalid("This answer was used already; nothing more was done. Call again.", rule="R31")


async def _take(reaction: Reaction, call: Call, runtime: Runtime, snapshot: Snapshot, binding: Binding) -> None:
    """Go on only with the name typed."""
    if reaction.decision == "typed":
        return
    if reaction.decision == "declined":
        await runtime.state.put(dict.fromkeys(no_places(call, runtime), NO_OF_CLIENT), NO_HOLDS_S)
        await approvals.request(call, runtime, snapshot, binding)
        raise PolicyDenied(
            f"The client answered no to the question about {quoted(snapshot.name)}, {reaction.after_s:.1f} s after it "
            f"was put; nothing was done, and the no holds for {NO_HOLDS_MINUTES} minutes. Tell the "
            f"user{_or_approve(runtime)}.",
            rule="R35",
            next=[_ask_user(call)],
        )
    if reaction.decision == "dismissed" and reaction.after_s < UNASKED_S:
        raise NobodyAsked
    await runtime.state.take(_place(binding))
    if reaction.decision == "dismissed":
        raise ConfirmationRequired(
            f"The question about {quoted(snapshot.name)} was put away without an answer; nothing was done. The "
            "next call asks again.",
            rule="R35",
            next=[_ask_user(call)],
        )
    raise ConfirmationInvalid(
        f"The text that was typed is not {quoted(snapshot.name)}; nothing was done. The next call asks again.",
        rule="R35",
    )


async def _reaction(person: Person, runtime: Runtime, question: str, name: str, binding: Binding) -> Reaction | None:
    """The answer: one that waits, or one that comes while this call lasts; ``None`` where the person needs longer."""
    if person.answers_by_retry or runtime.questions.spawn is None:
        with anyio.move_on_after(ASK_S):
            return await person.ask(question, name)
        raise Refusal(f"The client was asked to show a question and gave no answer within {ASK_S:.0f} s.")
    place, opened = _answer_place(binding), runtime.questions.open
    if (stored := await runtime.state.take(place)) is None and place not in opened:
        opened[place] = anyio.Event()
        runtime.questions.spawn(_ask_until_answered, person, runtime, question, name, place)
    if stored is None:
        with anyio.move_on_after(ASK_S):
            if place in opened:
                await opened[place].wait()
        stored = await runtime.state.take(place)
    if stored is None:
        return None
    found = entry(stored, "decision", "after_s")
    if found["decision"] == "failed":
        raise Refusal(str(found["after_s"]))
    return Reaction(found["decision"], found["after_s"])


async def _ask_until_answered(person: Person, runtime: Runtime, question: str, name: str, place: str) -> None:
    """Ask, and leave the answer where the next call finds it; the question outlives the call that put it."""
    reaction: dict[str, Any] | None = None
    try:
        with anyio.move_on_after(OPEN_S):
            reaction = asdict(await person.ask(question, name))
        if reaction is not None:
            await runtime.state.put({place: json.dumps(reaction)}, OPEN_S)
    except Refusal as failure:
        await _note_failed(runtime, place, failure.message)
    except Exception:  # it runs beside every call: what goes wrong here may end none of them
        log.exception("a question to the client failed inside")
        await _note_failed(runtime, place, "The client could not be asked.")
    finally:
        runtime.questions.open.pop(place).set()


async def _note_failed(runtime: Runtime, place: str, why: str) -> None:
    """Leave the reason where the next call finds it; without the store that call asks anew."""
    with suppress(StateUnavailable):
        await runtime.state.put({place: json.dumps({"decision": "failed", "after_s": why})}, OPEN_S)


async def _question(call: Call, runtime: Runtime, snapshot: Snapshot, binding: Binding) -> str:
    """The words of the question: those that wait for their answer, or new ones."""
    waiting = await runtime.state.get(_place(binding))
    if waiting is not None:
        return str(entry(waiting, "question")["question"])
    shown = await preview_of(call, runtime, snapshot)
    lines = [f"{name}: {value}" for name, value in shown.items()]
    number = secrets.token_hex(4)
    question = "\n".join([f"{call.tool.title}?", *lines, f"(Request {number})", f"To go on, type: {snapshot.name}"])
    await runtime.state.put({_place(binding): json.dumps({"question": question})}, OPEN_S)
    return question


async def _check_unmoved(call: Call, runtime: Runtime, binding: Binding) -> None:
    """The person took their time: look again, right before the act."""
    if bind(call, runtime, await take_snapshot(call, runtime, is_fresh=True)).digest != binding.digest:
        raise ConfirmationInvalid(
            "The target has changed since the person was asked; nothing was done. Call again to ask anew.", rule="R31"
        )


def _ask_user(call: Call) -> NextStep:
    """What is left to do: the same call, once the user has said what they want."""
    return approvals.same_call(call, "The same call, with all its arguments, after the user has said what they want.")


def _place(binding: Binding) -> str:
    return key_of("asked", binding.digest.hex())


def _answer_place(binding: Binding) -> str:
    return key_of("answered", binding.digest.hex())


def _or_approve(runtime: Runtime) -> str:
    """Where a person can still decide, if anywhere."""
    place = approvals.where_to_decide(runtime)
    return f", who can still decide {place}" if place else ""
