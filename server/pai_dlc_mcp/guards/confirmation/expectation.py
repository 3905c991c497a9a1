"""How a confirmation will go with the client of a call, in plain words, before there is anything to confirm (R35)."""

from __future__ import annotations

import json
from contextlib import suppress

from ...runtime import Call, Runtime
from ...state import StateUnavailable, entry, key_of
from ...timestamps import iso
from . import approvals, elicit, tokens

REMEMBERED_S = 3_600.0
"""How long it is remembered that a caller's client put a question away without asking anybody."""
BY_TOKEN = (
    "The first call does nothing: it gives a preview and a confirmation_token. Show the preview to the user and, only "
    "after they agree, make the same call with the token, which serves once within "
    f"{tokens.LIFE_S / 60:.0f} minutes. The answer says confirmed_by: two_step."
)
BY_REQUEST = (
    "This client can ask its person: the call shows them the preview and they type the target's name, so nothing has "
    f"to be agreed beforehand. The call waits {elicit.ASK_S:.0f} s; a question that is not answered by then stays open "
    f"for {elicit.OPEN_S / 60:.0f} minutes, and the same call again picks the answer up."
)
BY_RETRY = (
    "This client can ask its person: it shows them the preview, they type the target's name, and the client makes the "
    "call again with the answer by itself, so nothing has to be agreed beforehand."
)
NO_HOLDS = f"A no holds for {approvals.NO_HOLDS_MINUTES} minutes."
CANNOT_ASK = "This client cannot ask a person."


async def remember_unasked(call: Call, runtime: Runtime) -> None:
    """Keep that this caller's client runs without a person; where the state store fails it is learned again."""
    with suppress(StateUnavailable):
        await runtime.state.put({_place(call): json.dumps({"at": runtime.now()})}, REMEMBERED_S)


async def expectation(call: Call, runtime: Runtime) -> str:
    """What will happen when this caller asks, with this client, for something that must be confirmed.

    Raises:
        StateUnavailable: what happened before cannot be determined.
    """
    by, person = runtime.settings.confirm_by, call.person
    if by == "token":
        return f"By token, whatever the client can do. {BY_TOKEN}"
    instead = BY_TOKEN if by == "auto" else _by_approval(runtime)
    if person is None:
        return f"{CANNOT_ASK} {instead}"
    asked = BY_RETRY if person.answers_by_retry or runtime.questions.spawn is None else BY_REQUEST
    stored = await runtime.state.get(_place(call))
    if stored is None:
        return f"{asked} {NO_HOLDS} A client that puts the question away at once asked nobody; then: {instead}"
    at = iso(float(entry(stored, "at")["at"]))
    return (
        f"This client says that it can ask a person, but at {at} it put a question away at once: it runs without one. "
        f"It is asked again each time, and then: {instead}"
    )


def _by_approval(runtime: Runtime) -> str:
    """What is left where only a person may confirm and the client has none."""
    where = approvals.where_to_decide(runtime)
    if not where:
        return "Only a person may confirm here, and none can be reached: what must be confirmed is refused."
    return (
        f"Only a person may confirm here: the call is refused and waits {approvals.WAIT_MINUTES} minutes for a "
        f"person to decide {where}; tell them, and make the same call again after that."
    )


def _place(call: Call) -> str:
    return key_of("unasked", call.caller.name)
