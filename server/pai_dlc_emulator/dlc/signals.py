"""Signals to the pods of a running job, and tags of jobs."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from ..clock import iso
from ..listing import MOST_A_PAGE, one_of, page, sort_rows, whole_number
from ..wire import Received, ServiceError
from ..world import World
from . import timeline
from .dashboards import check_token
from .pods import replicas
from .requests import bad_request, dlc_handler, job_of, not_found
from .state import Job, Kill

DELIVERY_S = 2.0
_SCOPES = ("all", "pods", "roles")


@dlc_handler("CreateSignal")
def create_signal(world: World, received: Received) -> dict[str, Any]:
    """Delivered after a moment, unless the job has ended by then."""
    job, args, now = job_of(world, received), received.args, world.clock.now()
    if timeline.current(job, now).status != "Running":
        raise ServiceError(400, "BadRequest", f"Job {job.id} is not running and takes no signal.")
    if not args.get("Signal"):
        raise bad_request("Signal is required.", "MissingParameter")
    target = _target(job, args.get("Target") or {})
    sent = target | {"SignalId": world.ids.next("signal-"), "Signal": str(args["Signal"]), "created": now}
    job.signals[sent["SignalId"]] = sent
    if job.run is not None:
        job.run.signal(sent["Signal"], sent["PodNames"])
    elif (number := _deadly(sent["Signal"])) is not None and job.killed is None:
        ranks = frozenset(one.rank for one in replicas(job) if one.pod_id(job) in sent["PodNames"])
        job.killed = Kill(now + DELIVERY_S, 128 + number, ranks)
    shown = _view(job, sent, now)
    return {"JobId": job.id} | {name: shown[name] for name in ("SignalId", "Signal", "Status")}


@dlc_handler("GetSignal")
def get_signal(world: World, received: Received) -> dict[str, Any]:
    job = job_of(world, received)
    check_token(world, received.args.get("Token"), "job", job.id)
    found = job.signals.get(str(received.args["SignalId"]))
    if found is None:
        raise not_found("Signal", str(received.args["SignalId"]))
    return {"JobId": job.id} | _view(job, found, world.clock.now())


@dlc_handler("ListSignals")
def list_signals(world: World, received: Received) -> dict[str, Any]:
    job, args = job_of(world, received), received.args
    check_token(world, args.get("Token"), "job", job.id)
    every = [_view(job, one, world.clock.now()) for one in job.signals.values()]
    keys = {name: itemgetter(name, "SignalId") for name in ("GmtCreated", "GmtModified", "Signal", "Status")}
    found = sort_rows(
        (one for one in every if args.get("Status") in (None, "", one["Status"])), args, keys, "GmtCreated", "desc"
    )
    return {
        "JobId": job.id,
        "Signals": page(found, args, 10, MOST_A_PAGE),
        "TotalCount": len(found),
        "PageNumber": whole_number(args, "PageNumber", 1),
        "PageSize": whole_number(args, "PageSize", 10),
    }


_DEADLY = {"HUP": 1, "INT": 2, "QUIT": 3, "ABRT": 6, "KILL": 9, "TERM": 15}
"""Signals that end a program which does not handle them. Others are taken as handled, as checkpoint signals are."""


def _deadly(signal: str) -> int | None:
    """The number of a signal that ends the pods it reaches, by name or number; None of one that does not."""
    name = signal.strip().upper().removeprefix("SIG")
    return _DEADLY.get(name) or (int(name) if name.isdigit() and int(name) in _DEADLY.values() else None)


def _target(job: Job, target: dict[str, Any]) -> dict[str, Any]:
    """Whom the scope means: everybody, some pods by name, or some roles."""
    scope, every = str(target.get("Scope") or "all"), replicas(job)
    if scope.lower() not in _SCOPES:
        raise bad_request(f"Target.Scope must be one of {', '.join(_SCOPES)}.", "InvalidParameter")
    wanted = {"pods": target.get("PodNames"), "roles": target.get("Roles")}.get(scope.lower(), [])
    roles = {role for replica in every for role in (replica.role, replica.spec_role)}
    legal = {replica.pod_id(job) for replica in every} if scope.lower() == "pods" else roles
    if scope.lower() != "all" and (not wanted or not set(wanted) <= legal):
        raise bad_request(f"Target: the job has no such {scope.lower()}.", "InvalidParameter")
    chosen = [
        replica.pod_id(job)
        for replica in every
        if scope.lower() == "all" or {replica.pod_id(job), replica.role, replica.spec_role} & set(wanted or [])
    ]
    return {"Scope": scope, "PodNames": chosen, "Roles": list(target.get("Roles") or [])}


def _view(job: Job, sent: dict[str, Any], now: float) -> dict[str, Any]:
    due, over = sent["created"] + DELIVERY_S, timeline.end_time(job)
    delivered = over is None or over >= due
    if now < due:
        status, reason, at = "Running", "", sent["created"]
    elif delivered:
        status, reason, at = "Succeeded", "Completed", due
    else:
        status, reason, at = "Failed", "StoppedByJobEnded", over or due
    kept = {name: sent[name] for name in ("SignalId", "Signal", "Scope", "PodNames", "Roles")}
    times = {"GmtCreated": iso(sent["created"]), "GmtModified": iso(at)}
    return kept | times | {"Status": status, "Reason": reason, "Message": ""}


MOST_RESOURCES, MOST_TAGS, LONGEST_KEY = 50, 20, 128


@dlc_handler("TagResources")
def tag_resources(world: World, received: Received) -> dict[str, Any]:
    """Either all jobs get the tags or none does."""
    jobs, tags = _tagged_jobs(world, received), received.args.get("Tag") or []
    if not 1 <= len(tags) <= MOST_TAGS:
        raise bad_request(f"Tag must have 1 to {MOST_TAGS} tags.", "InvalidParameter")
    for tag in tags:
        _check_tag_key(str(tag.get("Key") or ""))
    fresh = {str(tag["Key"]): str(tag.get("Value") or "") for tag in tags}
    if any(len(job.tags | fresh) > MOST_TAGS for job in jobs):
        raise bad_request(f"A job can have {MOST_TAGS} tags.", "InvalidParameter")
    for job in jobs:
        job.tags |= fresh
    return {}


@dlc_handler("UntagResources")
def untag_resources(world: World, received: Received) -> dict[str, Any]:
    """``All`` counts only where no keys are named."""
    jobs, keys = _tagged_jobs(world, received), received.args.get("TagKey") or []
    everything = one_of(received.args, "All", ("true", "false", "True", "False"), "false").lower() == "true"
    if not keys and not everything:
        raise bad_request("TagKey or All is required.", "MissingParameter")
    for job in jobs:
        job.tags = {key: value for key, value in job.tags.items() if keys and key not in keys}
    return {}


def _tagged_jobs(world: World, received: Received) -> list[Job]:
    one_of(received.args, "ResourceType", ("Job", "job"))
    ids = received.args["ResourceId"]
    if not 1 <= len(ids) <= MOST_RESOURCES:
        raise bad_request(f"ResourceId must have 1 to {MOST_RESOURCES} ids.", "InvalidParameter")
    absent = next((one for one in ids if one not in world.training.jobs), None)
    if absent is not None:
        raise not_found("Job", str(absent))
    return [world.training.jobs[one] for one in ids]


def _check_tag_key(key: str) -> None:
    reserved = key.startswith(("aliyun", "acs:")) or "http://" in key or "https://" in key
    if not key or len(key) > LONGEST_KEY or reserved:
        raise bad_request(f"{key!r} cannot be the key of a tag.", "InvalidParameter")
