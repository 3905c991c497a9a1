"""What a create holds in the shared state while it is under way, so that two at once, from two servers, are one."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass

from ..errors import Duplicate, PolicyDenied
from ..operation import CREATE
from ..runtime import Call, Runtime
from ..state import StateUnavailable
from .ledger import key_of
from .lookups import lookup_of

UNDER_WAY = 120.0
"""Seconds that a name stays held after its create was sent: long enough for any list to show it."""
HOUR = 3600.0
PER_HOUR = "hourly-create"


@dataclass(frozen=True, slots=True)
class Held:
    """Keys to give back when the service refused the create."""

    keys: tuple[str, ...] = ()


async def hold(call: Call, runtime: Runtime) -> Held:
    """Take the name (R24) and one of the hour's creates, or refuse.

    Raises:
        Duplicate: a create of this name is under way.
        PolicyDenied: the hour's creates are used up.
        StateUnavailable: it cannot be decided.
    """
    if call.tool.effect is not CREATE:
        return Held()
    name = await _hold_name(call, runtime)
    try:
        slot = await hold_hourly(runtime)
    except PolicyDenied:
        await give_back(Held(name), runtime)
        raise
    return Held(name + slot)


async def give_back(held: Held, runtime: Runtime) -> None:
    """Free what was held. Where the keeper fails it frees itself in time; the service's own refusal matters more."""
    with suppress(StateUnavailable):
        for key in held.keys:
            await runtime.state.take(key)


async def _hold_name(call: Call, runtime: Runtime) -> tuple[str, ...]:
    lookup = lookup_of(call)
    if lookup is None or not lookup.guarded or call.controls.allow_duplicate:
        return ()
    workspace, name = str(call.args.get("WorkspaceId") or ""), call.args[lookup.name]
    key = key_of("creating", call.region, call.operation.action_name, workspace, name)
    if await runtime.state.add(key, json.dumps({"at": runtime.now()}), UNDER_WAY):
        return (key,)
    raise Duplicate(
        f"A create of {name!r} was sent within the last {UNDER_WAY:.0f} s and may still be under way; look first, or "
        "give allow_duplicate: true.",
        rule="R24",
        field=lookup.name,
    )


async def hold_hourly(runtime: Runtime) -> tuple[str, ...]:
    """One of ``max_creates_per_hour`` places, each of which is free again an hour after it was taken."""
    most = runtime.settings.max_creates_per_hour
    if most is None:
        return ()
    taken = await runtime.state.scan(key_of(PER_HOUR) + "/", limit=most + 1)
    for place in range(most):
        key = key_of(PER_HOUR, str(place))
        if key not in taken and await runtime.state.add(key, "1", HOUR):
            return (key,)
    raise used_up(most)


async def hourly_left(runtime: Runtime) -> None:
    """Refuse early, before anything else is read.

    Raises:
        PolicyDenied: the hour's creates are used up.
    """
    most = runtime.settings.max_creates_per_hour
    if most is not None and len(await runtime.state.scan(key_of(PER_HOUR) + "/", limit=most + 1)) >= most:
        raise used_up(most)


def used_up(most: int) -> PolicyDenied:
    return PolicyDenied(f"This server may create {most} things an hour (max_creates_per_hour), and it has.")
