"""Elicitation (R35): the person at the client types the target's name, and what they saw is what is done.

A question is kept in the state for five minutes and serves once. A client of the newer protocol answers by calling
again: the same question is then found there, with the words that were shown, and its answer is taken with it. A target
that has moved in between has another question.
"""

from __future__ import annotations

import json
import secrets

import anyio

from ...errors import ConfirmationInvalid, Refusal
from ...runtime import Call, Person, Runtime
from ...state import entry, key_of
from . import approvals
from .preview import preview_of
from .snapshot import Binding, Snapshot, bind, take_snapshot
from .tokens import LIFE_S

ASK_S = 21.0
"""A client that hangs is given up before the call's own 25 s are over."""


async def ask(person: Person, call: Call, runtime: Runtime, snapshot: Snapshot, binding: Binding) -> None:
    """Return only when the person has typed the name of a target that is still what was shown.

    Raises:
        ConfirmationInvalid: they did not, the client failed to ask, or the target has moved.
        ConfirmationRequired: the client failed, and an operator may be able to answer in its place.
    """
    question = await _question(call, runtime, snapshot, binding)
    try:
        typed = await _typed(person, question, snapshot.name)
    except Refusal as failure:
        raise await approvals.request(call, runtime, snapshot, binding, why=failure.message) from None
    if not typed:
        raise ConfirmationInvalid("The person was asked and did not confirm; nothing was done.", rule="R35")
    await _unmoved(call, runtime, binding)
    if await runtime.state.take(_place(binding)) is None:
        raise ConfirmationInvalid("This answer was used already; nothing more was done. Call again.", rule="R31")


async def _typed(person: Person, question: str, name: str) -> bool:
    with anyio.move_on_after(ASK_S):
        return await person.types_name(question, name)
    raise Refusal(f"The client was asked to show a question and gave no answer within {ASK_S:.0f} s.")


async def _question(call: Call, runtime: Runtime, snapshot: Snapshot, binding: Binding) -> str:
    """The words of the question: those that wait for their answer, or new ones."""
    waiting = await runtime.state.get(_place(binding))
    if waiting is not None:
        return str(entry(waiting, "question")["question"])
    shown = await preview_of(call, runtime, snapshot)
    lines = [f"{name}: {value}" for name, value in shown.items()]
    number = secrets.token_hex(4)
    question = "\n".join(
        [f"{call.tool.title}? This cannot be taken back.", *lines, f"Type {snapshot.name} to go on. (Request {number})"]
    )
    await runtime.state.put({_place(binding): json.dumps({"question": question})}, LIFE_S)
    return question


async def _unmoved(call: Call, runtime: Runtime, binding: Binding) -> None:
    """The person took their time: look again, right before the act."""
    if bind(call, runtime, await take_snapshot(call, runtime, is_fresh=True)).digest != binding.digest:
        raise ConfirmationInvalid(
            "The target has changed since the person was asked; nothing was done. Call again to ask anew.", rule="R31"
        )


def _place(binding: Binding) -> str:
    return key_of("asked", binding.digest.hex())
