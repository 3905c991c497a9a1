"""What a create holds in the shared state while it is under way, so that two at once, from two servers, are one."""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from dataclasses import dataclass

from ...errors import Duplicate, PaiError, PolicyDenied
from ...operation import CREATE
from ...runtime import Call, Runtime
from ...state import StateUnavailable, entry
from ..discovery.ledger import key_of
from .find_by_name import lookup_of

UNDER_WAY = 120.0
"""Seconds that a name stays held after its create was sent: long enough for any list to show it."""
HOUR = 3600.0
PER_HOUR = "hourly-create"
AT_ONCE = "create-at-once"
MADE_IN = "creates-in"
YEAR = 365 * 24 * HOUR
UNLISTED = 30.0
"""Seconds after its create in which a list may not show a job yet."""


@dataclass(frozen=True, slots=True)
class Held:
    """Keys to give back when the service refused the create."""

    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnderWay:
    """What the account's own jobs hold now. ``ids`` tell a create that is listed already from one that is not."""

    jobs: int
    gpus: float
    ids: frozenset[str]


async def hold(call: Call, runtime: Runtime) -> Held:
    """Take the name (R24) and one of the hour's creates, or refuse.

    Raises:
        Duplicate: a create of this name is under way.
        PolicyDenied: the hour's creates are used up.
        StateUnavailable: it cannot be decided.
    """
    takes = (_hold_name, _hold_hourly, _hold_at_once) if call.tool.effect is CREATE else (_hold_at_once,)
    keys: tuple[str, ...] = ()
    try:
        for take in takes:
            keys += await take(call, runtime)
    except PaiError:
        await give_back(Held(keys), runtime)
        raise
    return Held(keys)


async def give_back(held: Held, runtime: Runtime) -> None:
    """Free what was held. Where the keeper fails it frees itself in time; the service's own refusal matters more."""
    with suppress(StateUnavailable):
        for key in held.keys:
            await runtime.state.take(key)


async def settle(held: Held, job: object, runtime: Runtime) -> None:
    """Say which job an announcement became: once a list shows it, it is not counted beside it. By its id alone, since
    any number of jobs may bear one name."""
    with suppress(StateUnavailable):
        for key in held.keys:
            if key.startswith(key_of(AT_ONCE) + "/") and (text := await runtime.state.get(key)):
                await runtime.state.put({key: json.dumps(entry(text) | {"id": job})}, UNDER_WAY)


async def _hold_name(call: Call, runtime: Runtime) -> tuple[str, ...]:
    lookup = lookup_of(call)
    if lookup is None or not lookup.guarded or call.controls.allow_duplicate:
        return ()
    workspace, name = str(call.args.get("WorkspaceId") or ""), call.args[lookup.name]
    key = key_of("creating", call.region, call.operation.action_name, workspace, name)
    if await runtime.state.add(key, call.tool.name, UNDER_WAY):
        return (key,)
    raise Duplicate(
        f"A create of {name!r} was sent within the last {UNDER_WAY:.0f} s and may still be under way; look first, or "
        "give allow_duplicate: true.",
        rule="R24",
        field=lookup.name,
    )


async def _hold_hourly(call: Call, runtime: Runtime) -> tuple[str, ...]:
    """One of ``max_creates_per_hour`` places, each of which is free again an hour after it was taken."""
    most = runtime.settings.max_creates_per_hour
    if most is None:
        return ()
    taken = await runtime.state.scan(key_of(PER_HOUR) + "/", limit=most + 1)
    for place in range(most):
        key = key_of(PER_HOUR, str(place))
        if key not in taken and await runtime.state.add(key, call.tool.name, HOUR):
            return (key,)
    raise used_up(most)


async def _hold_at_once(call: Call, runtime: Runtime) -> tuple[str, ...]:
    """Announce the job, then look who else has: of two that would go over a limit together, none slips through."""
    now: UnderWay | None = call.facts.get("under_way")
    if now is None:
        return ()
    mine = {"at": runtime.now(), "gpus": call.facts.get("job_gpus", 0.0)}
    key = key_of(AT_ONCE, call.region, secrets.token_hex(8))
    await runtime.state.put({key_of(MADE_IN, call.region): json.dumps({"region": call.region})}, YEAR)
    await runtime.state.put({key: json.dumps(mine)}, UNDER_WAY)
    announced = await runtime.state.scan(key_of(AT_ONCE) + "/")
    others = [entry(text, "at", "gpus") for place, text in announced.items() if place != key]
    since = call.facts["counted_at"] - UNLISTED
    fresh = [one for one in others if one["at"] >= since and one.get("id") not in now.ids]
    try:
        over(runtime, now.jobs + len(fresh) + 1, now.gpus + mine["gpus"] + sum(one["gpus"] for one in fresh))
    except PolicyDenied:
        await give_back(Held((key,)), runtime)
        raise
    return (key,)


async def regions(call: Call, runtime: Runtime) -> list[str]:
    """Where jobs under way are counted: in the operator's regions; without a list of them in this one, in the server's
    own, and wherever jobs were made under such a limit in the last year. No region is a way past it."""
    settings = runtime.settings
    if settings.regions:
        return sorted(settings.regions)
    made = (await runtime.state.scan(key_of(MADE_IN) + "/")).values()
    known = [call.region, *(entry(text, "region")["region"] for text in made), settings.region]
    return sorted({region for region in known if region})


def over(runtime: Runtime, jobs: int, held: float) -> None:
    """Refuse when so many jobs, or GPUs, are too many at once."""
    limits = runtime.settings
    if limits.max_running_jobs is not None and jobs > limits.max_running_jobs:
        raise PolicyDenied(
            f"With this one {jobs} jobs would be under way; the limit is {limits.max_running_jobs} (max_running_jobs)."
        )
    if limits.max_running_gpus is not None and held > limits.max_running_gpus:
        raise PolicyDenied(
            f"With this job {held:g} GPUs would be held; the limit is {limits.max_running_gpus} (max_running_gpus)."
        )


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
