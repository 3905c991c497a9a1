"""R24 duplicate-create: the service has no client token, so the name is looked up before a create."""

from __future__ import annotations

from ...cloud.reads import TooMany
from ...errors import CloudFailure, Duplicate, NextStep
from ...operation import Find, snake
from ...runtime import Call, Runtime
from ...timestamps import iso
from .find_by_name import Found, find_of, list_call, same_name

RECENT_S = 600.0
"""How far back something of the same name counts as the same wish."""
WAY_ON = "If a second one is really wanted, give another name, or allow_duplicate: true."


async def check(call: Call, runtime: Runtime) -> None:
    """Refuse a create of a name that was just used. What was there before is kept for the look after a lost answer.

    Raises:
        Duplicate: one is there, or there are too many to tell.
        CloudFailure: it cannot be looked up.
    """
    find = find_of(call)
    if find is None or not find.is_checked_before:
        return
    try:
        found = await same_name(call, runtime, find, runtime.now() - RECENT_S)
    except TooMany:
        if call.controls.allow_duplicate:
            return
        message = f"Too many rows match this name to tell whether it was just used. {WAY_ON}"
        raise Duplicate(message, rule="R24", field=snake(find.name)) from None
    except CloudFailure as failure:
        if call.controls.allow_duplicate:
            return
        raise _not_looked_up(failure) from None
    call.known.same_name = frozenset(item.id for item in found)
    if found and not call.controls.allow_duplicate:
        raise _duplicate(call, find, found)


def _duplicate(call: Call, find: Find, found: list[Found]) -> Duplicate:
    tool, arguments = list_call(call, find)
    latest = max(found, key=lambda item: item.created_at or 0.0)
    when = f" at {iso(latest.created_at)}" if latest.created_at is not None else ""
    status = f", {latest.status}" if latest.status else ""
    return Duplicate(
        f"{call.args[find.name]!r} was just created{when}: {find.id} {latest.id}{status}. {WAY_ON}",
        rule="R24",
        field=snake(find.name),
        next=[NextStep(tool, arguments, "Shows what is there under this name.")],
    )


def _not_looked_up(failure: CloudFailure) -> CloudFailure:
    """The failure of the look, worded as what it keeps from happening."""
    refusal = type(failure)(
        f"Nothing was created: whether the name was just used could not be looked up. {failure.message}",
        rule=failure.rule or "R24",
        request_id=failure.request_id,
        next=failure.next,
    )
    refusal.service_code, refusal.status = failure.service_code, failure.status
    return refusal
