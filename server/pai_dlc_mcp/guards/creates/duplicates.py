"""R24: the service has no client token, so things of the same name are looked up before a create."""

from __future__ import annotations

from ...cloud.reads import TooMany
from ...errors import CloudFailure, Duplicate, NextStep
from ...operation import snake
from ...runtime import Call, Runtime
from ...timestamps import iso
from .find_by_name import Found, Lookup, list_call, lookup_of, same_name

RECENT = 600.0
"""Seconds back in which a thing of the same name counts as the same wish."""
WAY_ON = "If a second one is really wanted, give another name, or allow_duplicate: true."


async def check(call: Call, runtime: Runtime) -> None:
    """Refuse a create of a name that was just used. What was there before is kept for the look after a lost answer.

    Raises:
        Duplicate: one is there, or there are too many to tell.
        CloudFailure: it cannot be looked up.
    """
    lookup = lookup_of(call)
    if lookup is None or not lookup.guarded:
        return
    try:
        found = await same_name(call, runtime, lookup, runtime.now() - RECENT)
    except TooMany:
        if call.controls.allow_duplicate:
            return
        message = f"Too many things match this name to tell whether it was just used. {WAY_ON}"
        raise Duplicate(message, rule="R24", field=snake(lookup.name)) from None
    except CloudFailure as failure:
        if call.controls.allow_duplicate:
            return
        raise _unlooked(failure) from None
    call.facts["same_name"] = {item.id for item in found}
    if found and not call.controls.allow_duplicate:
        raise _duplicate(call, lookup, found)


def _duplicate(call: Call, lookup: Lookup, found: list[Found]) -> Duplicate:
    tool, arguments = list_call(call, lookup)
    latest = max(found, key=lambda item: item.made or 0.0)
    made = f" at {iso(latest.made)}" if latest.made is not None else ""
    status = f", {latest.status}" if latest.status else ""
    return Duplicate(
        f"{call.args[lookup.name]!r} was just made{made}: {lookup.id} {latest.id}{status}. {WAY_ON}",
        rule="R24",
        field=snake(lookup.name),
        next=[NextStep(tool, arguments, "Shows what is there under this name.")],
    )


def _unlooked(failure: CloudFailure) -> CloudFailure:
    """The failure of the look, told as what it keeps from happening."""
    told = type(failure)(
        f"Nothing was created: whether the name was just used could not be looked up. {failure.message}",
        rule=failure.rule or "R24",
        request_id=failure.request_id,
        next=failure.next,
    )
    told.service_code, told.status = failure.service_code, failure.status
    return told
