"""R25: a write is sent once. When its answer is lost, what became of it is looked up, never tried again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import anyio

from ...cloud.reads import TooMany
from ...errors import CloudFailure, LostAnswer, NextStep, NotFound, PaiError, Unavailable, UnknownOutcome
from ...operation import CREATE, DELETE, READ, STOP, Find
from ...runtime import Call, Reply, Runtime, Sent
from ..confirmation.snapshot import Read, target_of
from . import reservations
from .reservations import Found, find_of, list_call, same_name

SEND_S = 14.0
"""How long a write waits for its answer; with the look after it, it ends within the 25 s of a call."""
LOOK_S = 6.0
LEAST_S = 1.5
"""An act is not sent when less than this is left of the call."""
PAUSES_S = (0.0, 0.5, 1.0, 2.0)
SKEW_S = 600.0
"""Seconds by which the clocks of the service and this host may differ."""
ENDING = ("Stopping", "Stopped")


async def send(call: Call, runtime: Runtime) -> Reply:
    """Send the call; its answer, or what is known instead.

    Raises:
        Duplicate, PolicyDenied: the same create is in flight, or the hour's share is used up.
        UnknownOutcome: a write whose answer was lost and whose effect cannot be seen.
        CloudFailure: the service refused.
    """
    if call.tool.effect is READ:
        return await runtime.cloud.send(call.operation, call.args, call.region, max_bytes=call.known.max_bytes)
    # Neither a client that goes away nor a server that ends cuts an act between its sending and its record.
    with anyio.CancelScope(shield=True, deadline=anyio.current_effective_deadline()):
        reply = await _carry_out(call, runtime)
        call.known.carried_out = reply.request_id or ""
        return reply
    raise late(call.sent)


def late(sent: Sent) -> PaiError:
    """What to say of an act whose call is over: only what may have left can have been done."""
    if sent.is_write_sent:
        message = "The time of this call is over; the act may have been done. Read the object before acting again."
        return UnknownOutcome(message, rule="R25")
    return Unavailable("The time of this call was over before anything was sent, so nothing was done; call again.")


async def _carry_out(call: Call, runtime: Runtime) -> Reply:
    is_create = call.tool.effect is CREATE
    is_counted = is_create or call.operation.starts
    reserved = await reservations.acquire(call, runtime) if is_counted else ()
    sent_at = runtime.now()
    try:
        reply = await _identified(call, runtime, await _sent(call, runtime), sent_at)
    except LostAnswer as lost:
        reply = await _after_loss(call, runtime, lost, sent_at)
    except PaiError:
        await reservations.release(reserved, runtime)
        raise
    if is_create:
        call.known.created = _ids_in(reply)
        await reservations.complete(reserved, reply.data.get("JobId"), runtime)
    return reply


def _ids_in(reply: Reply) -> dict[str, str]:
    """The ids in an answer, for the audit."""
    ids = [(name, value) for name, value in reply.data.items() if name.endswith("Id") and isinstance(value, (str, int))]
    return {name: str(value)[:200] for name, value in ids[:8] if name.lower() != "requestid"}


async def _sent(call: Call, runtime: Runtime) -> Reply:
    """The answer, as long as it may take; one that takes longer is lost."""
    seconds = _seconds_to_send()
    call.sent.is_write_sent = True
    with anyio.move_on_after(seconds):
        return await runtime.cloud.send(call.operation, call.args, call.region)
    raise LostAnswer(f"No answer within {seconds:.0f} s.")


def _seconds_to_send() -> float:
    """How long to wait for the answer, so that a look after it still fits into the call.

    Raises:
        Unavailable: the call has no time left to hear an answer, so nothing is sent.
    """
    left = anyio.current_effective_deadline() - anyio.current_time()
    if left < LEAST_S:
        raise Unavailable("The time of this call is over before anything was sent; call again.")
    return min(SEND_S, max(left - LOOK_S - 1.0, left * 0.6))


async def _after_loss(call: Call, runtime: Runtime, lost: LostAnswer, sent_at: float) -> Reply:
    reply: Reply | None = None
    with anyio.move_on_after(LOOK_S):
        if call.tool.effect is CREATE:
            reply = await _created(call, runtime, sent_at)
        elif call.tool.effect in (STOP, DELETE):
            reply = await _ended(call, runtime)
    if reply is None:
        raise _unknown(call, lost)
    return reply


async def _identified(call: Call, runtime: Runtime, reply: Reply, sent_at: float) -> Reply:
    """A create's reply with its id: an odd answer that names none is treated like a lost one, but stays a success."""
    find = find_of(call) if call.operation.find else None
    if find is None or reply.data.get(find.id):
        return reply
    found: Reply | None = None
    with anyio.move_on_after(LOOK_S):
        found = await _created(call, runtime, sent_at)
    if found is None:
        call.notice("R25", f"The service said yes but gave no {find.id}; look for it by its name before trying again.")
        return reply
    rest = {name: value for name, value in reply.data.items() if name != find.id}
    return replace(reply, data=found.data | rest)


async def _created(call: Call, runtime: Runtime, sent_at: float) -> Reply | None:
    """What was not there before, found by its name; asked for again while it does not show."""
    find = find_of(call)
    if find is None:
        return None
    for pause in PAUSES_S:
        await runtime.sleep(pause)
        fresh = await _fresh(call, runtime, find, sent_at)
        if len(fresh) == 1:
            call.notice("R25", f"The answer was lost; found by its name: created once, as {find.id} {fresh[0].id}.")
            return Reply({find.id: fresh[0].id})
        if fresh:
            return None
    return None


async def _fresh(call: Call, runtime: Runtime, find: Find, sent_at: float) -> list[Found]:
    before = call.known.same_name
    since = sent_at - (SKEW_S if before is not None else 5.0)
    try:
        found = await same_name(call, runtime, find, since)
    except (PaiError, TooMany):
        return []
    timed = [item for item in found if before is not None or item.created_at is not None]
    return [item for item in timed if item.id not in (before or ())]


async def _ended(call: Call, runtime: Runtime) -> Reply | None:
    """Whether a stop or a delete shows in its target."""
    target = target_of(call)
    if target is None:
        return None
    for pause in PAUSES_S:
        await runtime.sleep(pause)
        try:
            state = await _state(call, runtime, target)
        except CloudFailure:
            continue
        if state is not None:
            call.notice("R25", f"The answer was lost; a look at the target shows that it is {state}.")
            return Reply(_path_ids(call))
    return None


async def _state(call: Call, runtime: Runtime, target: Read) -> str | None:
    """In words, the end that was asked for, where the target shows it."""
    try:
        reply = await runtime.cloud.send(target.reader, target.args, call.region)
    except NotFound:
        return "gone" if call.tool.effect is DELETE and target.is_whole else None
    status = str(reply.data.get("Status"))
    return status if call.tool.effect is STOP and status in ENDING else None


def _path_ids(call: Call) -> dict[str, Any]:
    return {api: call.args[api] for api in call.operation.path_names}


def _unknown(call: Call, lost: LostAnswer) -> UnknownOutcome:
    return UnknownOutcome(
        f"{call.operation.action_name} was sent once and its answer was lost; whether it was carried out is not known. "
        "It is not sent again: look first.",
        rule="R25",
        request_id=lost.request_id,
        next=_looks(call),
    )


def _looks(call: Call) -> list[NextStep]:
    find = find_of(call)
    if find is not None:
        tool, arguments = list_call(call, find)
        return [NextStep(tool, arguments, "Shows whether it was created.")]
    target = target_of(call)
    if target is not None:
        return [NextStep(target.reader.name, _arguments(target, call.region), "Shows whether it was carried out.")]
    return []


def _arguments(target: Read, region: str) -> Mapping[str, Any]:
    python = {api: name for name, (api, _, _) in target.reader.fields.items()}
    return {"region": region, **{python[api]: value for api, value in target.args.items()}}
