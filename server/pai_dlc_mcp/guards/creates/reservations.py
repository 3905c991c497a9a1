"""R24, and the limits on creates: the service has no client token, so no create is made twice or beyond a limit by what
is looked up before it, and by what it reserves in the shared state while it is in flight, so that two at once, from two
servers, are one.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from typing import Any

from ...api.catalog import operation
from ...cloud.reads import TooMany, all_rows
from ...errors import CloudFailure, Duplicate, NextStep, PaiError, PolicyDenied
from ...operation import CREATE, Find, snake
from ...runtime import Call, Runtime
from ...state import StateUnavailable, entry, key_of
from ...timestamps import iso, seconds_of

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
    latest = max(found, key=lambda item: item.created_at or -inf)
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


MOST_PAGES = 10


@dataclass(frozen=True, slots=True)
class Found:
    """A row of that name: its id, its status where it has one, and when it was created (seconds since the epoch)."""

    id: str
    status: str | None
    created_at: float | None


def find_of(call: Call) -> Find | None:
    """How this create is found again; ``None`` where it gives no name to be found by."""
    find = call.operation.find
    return find if find and isinstance(call.args.get(find.name), str) and call.args[find.name] else None


async def same_name(call: Call, runtime: Runtime, find: Find, since: float) -> list[Found]:
    """Rows of exactly this name created since then (seconds since the epoch), or at a time that is not given.

    Raises:
        CloudFailure: the list cannot be read.
        TooMany: the list is too long to be read whole.
    """
    args = _list_args(call, find, since)
    rows = await all_rows(runtime, find.lister, args, find.rows, call.region, most_pages=MOST_PAGES)
    found = [_found(row, find) for row in rows if row.get(find.name) == call.args[find.name]]
    once = {item.id: item for item in found if item.id and (item.created_at is None or item.created_at >= since)}
    return list(once.values())


def _list_args(call: Call, find: Find, since: float) -> dict[str, Any]:
    args: dict[str, Any] = {find.name: call.args[find.name]}
    if find.own:
        args["ShowOwn"] = True
    if find.since:
        args[find.since] = iso(since)
    if call.args.get("WorkspaceId") and "workspace_id" in operation(find.lister).fields:
        args["WorkspaceId"] = call.args["WorkspaceId"]
    return args


def _found(row: Mapping[str, Any], find: Find) -> Found:
    status = row.get("Status")
    created_at = seconds_of(row.get("GmtCreateTime"))
    return Found(str(row.get(find.id) or "")[:80], str(status)[:40] if status else None, created_at)


def list_call(call: Call, find: Find) -> tuple[str, dict[str, Any]]:
    """The tool, with its arguments, that shows a caller what there is of this name."""
    lister = operation(find.lister)
    arguments: dict[str, Any] = {"region": call.region, snake(find.name): call.args[find.name]}
    if call.args.get("WorkspaceId") and "workspace_id" in lister.fields:
        arguments["workspace_id"] = call.args["WorkspaceId"]
    return lister.name, arguments


IN_FLIGHT_S = 120.0
"""How long a name stays reserved after its create was sent: long enough for any list to show it."""
HOUR_S = 3600.0
YEAR_S = 365 * 24 * HOUR_S
UNLISTED_S = 30.0
"""How long after its create a list may not show a job yet."""
PER_HOUR, AT_ONCE, CREATED_IN = "hourly-create", "create-at-once", "creates-in"
"""State keys: the hour's creates, creates in flight under a limit, regions in which jobs were created under one."""


async def acquire(call: Call, runtime: Runtime) -> tuple[str, ...]:
    """Reserve the name (R24), one of the hour's creates, and a share of the limits on active jobs; the state keys that
    hold the reservations.

    Raises:
        Duplicate: a create of this name is in flight.
        PolicyDenied: the hour's creates, or the limit, are used up.
        StateUnavailable: it cannot be decided.
    """
    starts = call.tool.effect is CREATE or call.operation.starts == "instance"
    steps = (_reserve_name, _reserve_hourly, _reserve_share) if starts else (_reserve_share,)
    keys: tuple[str, ...] = ()
    try:
        for step in steps:
            keys += await step(call, runtime)
    except PaiError:
        await release(keys, runtime)
        raise
    return keys


async def release(keys: tuple[str, ...], runtime: Runtime) -> None:
    """Free what was reserved. Where the state store fails it expires; the service's own refusal matters more."""
    with suppress(StateUnavailable):
        for key in keys:
            await runtime.state.take(key)


async def complete(keys: tuple[str, ...], job_id: object, runtime: Runtime) -> None:
    """Say which job a reserved share became: once a list shows it, it is not counted twice. By its id alone, since any
    number of jobs may bear one name."""
    with suppress(StateUnavailable):
        for key in keys:
            if key.startswith(key_of(AT_ONCE) + "/") and (text := await runtime.state.get(key)):
                await runtime.state.put({key: json.dumps(entry(text) | {"id": job_id})}, IN_FLIGHT_S)


async def _reserve_name(call: Call, runtime: Runtime) -> tuple[str, ...]:
    find = find_of(call)
    if find is None or not find.is_checked_before or call.controls.allow_duplicate:
        return ()
    workspace, name = str(call.args.get("WorkspaceId") or ""), call.args[find.name]
    key = key_of("creating", call.region, call.operation.action_name, workspace, name)
    if await runtime.state.add(key, call.tool.name, IN_FLIGHT_S):
        return (key,)
    raise Duplicate(
        f"A create of {name!r} was sent within the last {IN_FLIGHT_S:.0f} s and may still be in flight; look first, or "
        "give allow_duplicate: true.",
        rule="R24",
        field=snake(find.name),
    )


async def _reserve_hourly(call: Call, runtime: Runtime) -> tuple[str, ...]:
    """One of ``max_creates_per_hour`` places, each of which is free again an hour after it was taken."""
    most = runtime.settings.max_creates_per_hour
    if most is None:
        return ()
    taken = await runtime.state.scan(key_of(PER_HOUR) + "/", limit=most + 1)
    own = json.dumps({"at": runtime.now()})
    for place in range(most):
        key = key_of(PER_HOUR, str(place))
        if key not in taken and await runtime.state.add(key, own, HOUR_S):
            return (key,)
    raise _used_up(await hourly_use(runtime))


async def _reserve_share(call: Call, runtime: Runtime) -> tuple[str, ...]:
    """Announce the job, then look who else has: of two that would go over a limit together, none passes unseen."""
    active = call.known.active
    if active is None:
        return ()
    own = {"at": runtime.now(), "gpus": call.known.job_gpus}
    key = key_of(AT_ONCE, call.region, secrets.token_hex(8))
    await runtime.state.put({key_of(CREATED_IN, call.region): json.dumps({"region": call.region})}, YEAR_S)
    await runtime.state.put({key: json.dumps(own)}, IN_FLIGHT_S)
    announced = await runtime.state.scan(key_of(AT_ONCE) + "/")
    others = [entry(text, "at", "gpus") for place, text in announced.items() if place != key]
    since = call.known.counted_at - UNLISTED_S
    unlisted = [one for one in others if one["at"] >= since and one.get("id") not in active.ids]
    try:
        gpus = active.gpus + own["gpus"] + sum(one["gpus"] for one in unlisted)
        check_limits(runtime, active.jobs + len(unlisted) + 1, gpus)
    except PolicyDenied:
        await release((key,), runtime)
        raise
    return (key,)


async def counted_regions(call: Call, runtime: Runtime) -> list[str]:
    """Where active jobs are counted: in the operator's regions; without a list of them in this one, in the server's
    own, and wherever jobs were created under such a limit in the last year. No region evades it."""
    settings = runtime.settings
    if settings.regions:
        return sorted(settings.regions)
    stored = (await runtime.state.scan(key_of(CREATED_IN) + "/")).values()
    known = [call.region, *(entry(text, "region")["region"] for text in stored), settings.region]
    return sorted({region for region in known if region})


def check_limits(runtime: Runtime, jobs: int, gpus: float) -> None:
    """Refuse when so many active jobs, or the GPUs they hold, are too many.

    Raises:
        PolicyDenied: they are.
    """
    limits = runtime.settings
    if limits.max_running_jobs is not None and jobs > limits.max_running_jobs:
        raise PolicyDenied(
            f"With this one {jobs} jobs would be active; the limit is {limits.max_running_jobs} (max_running_jobs)."
        )
    if limits.max_running_gpus is not None and gpus > limits.max_running_gpus:
        raise PolicyDenied(
            f"With this job {gpus:g} GPUs would be held; the limit is {limits.max_running_gpus} (max_running_gpus)."
        )


@dataclass(frozen=True, slots=True)
class HourlyUse:
    """Creates of the last hour: how many there may be, how many places are taken, and when the first of those is free
    again (seconds since the epoch; ``None`` where none is taken or its time is not known)."""

    most: int | None
    taken: int = 0
    free_at: float | None = None

    @property
    def left(self) -> int | None:
        """Creates that are left of this hour; ``None`` where they are not limited."""
        return None if self.most is None else max(0, self.most - self.taken)


async def hourly_use(runtime: Runtime) -> HourlyUse:
    """How much of ``max_creates_per_hour`` is used.

    Raises:
        StateUnavailable: it cannot be determined.
    """
    most = runtime.settings.max_creates_per_hour
    if most is None:
        return HourlyUse(None)
    places = await runtime.state.scan(key_of(PER_HOUR) + "/")
    times = [at for text in places.values() if (at := _taken_at(text)) is not None]
    return HourlyUse(most, len(places), min(times) + HOUR_S if times else None)


def _taken_at(text: str) -> float | None:
    """When a place was taken, where its entry tells."""
    try:
        at = entry(text, "at")["at"]
    except StateUnavailable:
        return None
    return float(at) if isinstance(at, (int, float)) else None


async def check_hourly(runtime: Runtime) -> None:
    """Refuse early, before anything else is read.

    Raises:
        PolicyDenied: the hour's creates are used up.
    """
    use = await hourly_use(runtime)
    if use.left == 0:
        raise _used_up(use)


def _used_up(use: HourlyUse) -> PolicyDenied:
    when = f" The next is free at {iso(use.free_at)}." if use.free_at is not None else ""
    return PolicyDenied(
        f"This server creates at most {use.most} times an hour (max_creates_per_hour), and it has.{when}"
    )
