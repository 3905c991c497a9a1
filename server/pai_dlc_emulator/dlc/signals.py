"""Signals to the pods of a running job."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from ..clock import iso
from ..wire import Received, ServiceError
from . import timeline
from .params import bad, missing, ordered, page, whole
from .pods import places
from .serving import job_of, serves
from .state import Job
from .tokens import check_token

if TYPE_CHECKING:
    from ..world import World

DELIVERY_S = 2.0
_SCOPES = ("all", "pods", "roles")


@serves("CreateSignal")
def create_signal(world: World, received: Received) -> dict[str, Any]:
    """Delivered after a moment, unless the job has ended by then."""
    job, args, now = job_of(world, received), received.args, world.clock.now()
    if timeline.current(job, now).status != "Running":
        raise ServiceError(400, "JobStatusNotAllowed", f"Job {job.id} is not running and takes no signal.")
    if not args.get("Signal"):
        raise bad("Signal is required.", "MissingParameter")
    target = _target(job, args.get("Target") or {})
    made = target | {"SignalId": world.ids.next("signal-"), "Signal": str(args["Signal"]), "created": now}
    job.signals[made["SignalId"]] = made
    if job.run is not None:
        job.run.signal(made["Signal"], made["PodNames"])
    shown = _shown(job, made, now)
    return {"JobId": job.id} | {name: shown[name] for name in ("SignalId", "Signal", "Status")}


@serves("GetSignal")
def get_signal(world: World, received: Received) -> dict[str, Any]:
    job = job_of(world, received)
    check_token(world, received.args.get("Token"), "job", job.id)
    found = job.signals.get(str(received.args["SignalId"]))
    if found is None:
        raise missing("Signal", str(received.args["SignalId"]))
    return {"JobId": job.id} | _shown(job, found, world.clock.now())


@serves("ListSignals")
def list_signals(world: World, received: Received) -> dict[str, Any]:
    job, args = job_of(world, received), received.args
    check_token(world, args.get("Token"), "job", job.id)
    every = [_shown(job, one, world.clock.now()) for one in job.signals.values()]
    keys = {name: itemgetter(name, "SignalId") for name in ("GmtCreated", "GmtModified", "Signal", "Status")}
    found = ordered((one for one in every if args.get("Status") in (None, "", one["Status"])), args, keys, "GmtCreated")
    return {
        "JobId": job.id,
        "Signals": page(found, args),
        "TotalCount": len(found),
        "PageNumber": whole(args, "PageNumber", 1),
        "PageSize": whole(args, "PageSize", 10),
    }


def _target(job: Job, target: dict[str, Any]) -> dict[str, Any]:
    """Whom the scope means: everybody, some pods by name, or some roles."""
    scope, every = str(target.get("Scope") or "all"), places(job)
    if scope.lower() not in _SCOPES:
        raise bad(f"Target.Scope must be one of {', '.join(_SCOPES)}.", "InvalidParameter")
    wanted = {"pods": target.get("PodNames"), "roles": target.get("Roles")}.get(scope.lower(), [])
    legal = {place.pod_id(job) for place in every} if scope.lower() == "pods" else {place.role for place in every}
    if scope.lower() != "all" and (not wanted or not set(wanted) <= legal):
        raise bad(f"Target: the job has no such {scope.lower()}.", "InvalidParameter")
    chosen = [
        place.pod_id(job)
        for place in every
        if scope.lower() == "all" or {place.pod_id(job), place.role} & set(wanted or [])
    ]
    return {"Scope": scope, "PodNames": chosen, "Roles": list(target.get("Roles") or [])}


def _shown(job: Job, made: dict[str, Any], now: float) -> dict[str, Any]:
    due, over = made["created"] + DELIVERY_S, timeline.end_time(job)
    delivered = over is None or over >= due
    if now < due:
        status, reason, at = "Running", "", made["created"]
    elif delivered:
        status, reason, at = "Succeeded", "Completed", due
    else:
        status, reason, at = "Failed", "StoppedByJobEnded", over or due
    kept = {name: made[name] for name in ("SignalId", "Signal", "Scope", "PodNames", "Roles")}
    times = {"GmtCreated": iso(made["created"]), "GmtModified": iso(at)}
    return kept | times | {"Status": status, "Reason": reason, "Message": ""}
