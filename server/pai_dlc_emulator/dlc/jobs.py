"""The operations on jobs: create, get, list, update, stop and delete."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..accounts import name_of
from ..listing import MOST_A_PAGE, MOST_PAGES, is_descending, one_of, page, sort_rows, split_list, whole_number
from ..wire import Received, ServiceError, invalid
from ..world import World
from . import timeline
from .behaviour import FINAL
from .creation import add_job, check_create, check_priority, check_spec, is_spot
from .job_store import Wanted
from .pods import pod_count
from .present import job_detail, job_item
from .reasons import reason_of
from .requests import DEFAULT_WINDOW_S, bad_request, dlc_handler, job_of, parse_time
from .resources import job_demand
from .state import Job
from .templates import apply_template

PRIORITY_DELAY_S = 20.0
"""A changed priority is in force and visible only after the scheduler has taken it up."""
_SUBMITTING = ("Creating", "Queuing", "EnvPreparing")


@dlc_handler("CreateJob")
def create_job(world: World, received: Received) -> dict[str, Any]:
    """Two equal requests make two jobs: there is no client token (R24)."""
    args = apply_template(world, dict(received.args))
    if not args.get("WorkspaceId"):
        args["WorkspaceId"] = world.catalogue.default_workspace(received.caller.user_id)
    check_create(world, args)
    job = add_job(world, args, received.caller.user_id, received.caller.account_id, world.clock.now())
    return {"JobId": job.id}


@dlc_handler("GetJob")
def get_job(world: World, received: Received) -> dict[str, Any]:
    return job_detail(world, job_of(world, received), received.args.get("NeedDetail") is not False)


@dlc_handler("UpdateJob")
def update_job(world: World, received: Received) -> dict[str, Any]:
    """Always 200 for a job that exists; what does not apply is dropped without a word (R40, R41)."""
    job, args = job_of(world, received), received.args
    check_priority(args.get("Priority"))
    if args.get("Accessibility") not in (None, "", "PUBLIC"):
        raise bad_request("Accessibility can only be set to PUBLIC.", "InvalidParameter")
    changed = {name: args[name] for name in ("Accessibility", "Description", "UserCommand") if args.get(name)}
    if args.get("JobSpecs"):
        changed["JobSpecs"] = _changed_specs(job, args["JobSpecs"])
    if "JobSpecs" in changed or "UserCommand" in changed:
        _must_be_active(world, job)
    job.args |= changed
    _change_priority(world, job, args.get("Priority"))
    if changed:
        job.modified = world.clock.now()
    return {"JobId": job.id}


def _changed_specs(job: Job, specs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The job's specs with what was sent over them, by type: a field that was not sent stays."""
    own = {str(spec.get("Type") or "Worker"): spec for spec in job.args["JobSpecs"]}
    sent = {str(spec.get("Type") or "Worker"): spec for spec in specs}
    merged = [own.get(role, {}) | sent[role] if role in sent else own[role] for role in dict.fromkeys((*own, *sent))]
    for spec in merged:
        check_spec(spec, job.args["JobType"], job.quota_id)
    return merged


def _must_be_active(world: World, job: Job) -> None:
    status = timeline.current(job, world.clock.now()).status
    if status in FINAL:
        raise ServiceError(400, "BadRequest", f"Job {job.id} is {status} and cannot be changed.")


def _change_priority(world: World, job: Job, priority: int | None) -> None:
    now = world.clock.now()
    if priority is None or not job.quota_id or timeline.current(job, now).status not in _SUBMITTING:
        return
    if not job.behaviour.setting.get("drops_priority"):
        job.priorities.append((now + PRIORITY_DELAY_S, priority))


@dlc_handler("StopJob")
def stop_job(world: World, received: Received) -> dict[str, Any]:
    job = job_of(world, received)
    now = world.clock.now()
    status = timeline.current(job, now).status
    if status in FINAL:
        raise ServiceError(400, "BadRequest", f"Job {job.id} is {status} and cannot be stopped.")
    if job.stop_asked is None:
        job.stop_asked, job.stopped_by = now, received.caller.user_id
        if job.run is not None:
            job.run.stop()
    return {"JobId": job.id}


@dlc_handler("DeleteJob")
def delete_job(world: World, received: Received) -> dict[str, Any]:
    """Only a finished job can be deleted; its logs and events go with it."""
    job = job_of(world, received)
    status = timeline.current(job, world.clock.now()).status
    if status not in FINAL:
        raise ServiceError(400, "BadRequest", f"Job {job.id} is {status}; only a finished job can be deleted.")
    del world.training.jobs[job.id]
    if job.run is not None:
        job.run.close()
    return {"JobId": job.id}


Test = Callable[[Job], bool]
_STATES = ("Creating", "Queuing", "Bidding", "EnvPreparing", "SanityChecking", "Running", "Restarting", "Stopping",
           "SucceededReserving", "FailedReserving", "Succeeded", "Failed", "Stopped")  # fmt: skip
_RANGES: dict[str, Callable[[Job], float]] = {
    "RequestGPU": lambda job: job_demand(job.args).gpu,
    "RequestCPU": lambda job: job_demand(job.args).cpu,
    "RequestMemory": lambda job: job_demand(job.args).memory,
    "PodCount": lambda job: float(pod_count(job)),
}


@dlc_handler("ListJobs")
def list_jobs(world: World, received: Received) -> dict[str, Any]:
    """Without a start time: jobs of the last seven days. Without ShowOwn: only the caller's, as its default is true."""
    now, args = world.clock.now(), received.args
    selected, tests = world.training.jobs.select(_wanted(received, now), now), _tests(world, received, now)
    if not tests and not args.get("JobId") and args.get("SortBy") in (None, "", "GmtCreateTime"):
        newest_first = is_descending(args, "desc")
        number = whole_number(args, "PageNumber", 1, most=MOST_PAGES)
        size = whole_number(args, "PageSize", 10, most=MOST_A_PAGE)
        shown = selected.page((number - 1) * size, size, newest_first)
        return {"Jobs": [job_item(world, job) for job in shown], "TotalCount": len(selected)}
    found = [job for job in selected if all(test(job) for test in tests)]
    keys: dict[str, Callable[[Job], Any]] = {
        "GmtCreateTime": lambda job: (job.created, job.id),
        "DisplayName": lambda job: (job.args["DisplayName"], job.id),
        "JobType": lambda job: (job.args["JobType"], job.id),
        "Status": lambda job: (timeline.current(job, now).status, job.id),
        "GmtFinishTime": lambda job: (timeline.end_time(job) or 0.0 if timeline.finished(job, now) else 0.0, job.id),
    }
    shown = page(sort_rows(found, received.args, keys, "GmtCreateTime", "desc"), received.args, 10, MOST_A_PAGE)
    return {"Jobs": [job_item(world, job) for job in shown], "TotalCount": len(found)}


def _wanted(received: Received, now: float) -> Wanted:
    """What the store of jobs can tell without looking at each of them."""
    args = received.args
    start, end = parse_time(args.get("StartTime"), "StartTime"), parse_time(args.get("EndTime"), "EndTime")
    low = (end or now) - DEFAULT_WINDOW_S if start is None else start
    high = now if end is None else end
    by_creation = one_of(args, "TimeRangeField", ("GmtCreateTime", "GmtFinishTime"), "GmtCreateTime") == "GmtCreateTime"
    if not by_creation or (args.get("JobId") and start is None and end is None):
        low, high = -math.inf, math.inf
    if args.get("FromAllWorkspaces") is True and args.get("ShowOwn") is False:
        raise invalid("FromAllWorkspaces", "it needs ShowOwn")
    owner = received.caller.user_id if args.get("ShowOwn") is not False else None
    workspace = None if args.get("FromAllWorkspaces") is True else args.get("WorkspaceId")
    return Wanted(low, high, one_of(args, "Status", _STATES) or None, str(workspace) if workspace else None, owner)


def _tests(world: World, received: Received, now: float) -> list[Test]:
    """What has to be looked at job by job."""
    args = received.args
    tests = [*_by_id(args), *_by_end(args, now), *_by_field(args), *_by_part(args), *_by_person(received)]
    return [*tests, *_by_resource(world, args), *_by_tags(args), *_by_range(args), *_by_reason(args, now)]


def _by_id(args: dict[str, Any]) -> list[Test]:
    """JobId beats JobIds."""
    if args.get("JobId"):
        return [lambda job: job.id == args["JobId"]]
    ids = split_list(args.get("JobIds"))
    return [lambda job: job.id in ids] if ids else []


def _by_end(args: dict[str, Any], now: float) -> list[Test]:
    if args.get("TimeRangeField") != "GmtFinishTime":
        return []
    start, end = parse_time(args.get("StartTime"), "StartTime"), parse_time(args.get("EndTime"), "EndTime")
    low = (end or now) - DEFAULT_WINDOW_S if start is None else start
    high = now if end is None else end
    return [lambda job: low <= (timeline.end_time(job) or 0.0) <= high]


def _by_field(args: dict[str, Any]) -> list[Test]:
    """Fields that must be equal."""
    one_of(args, "Accessibility", ("PUBLIC", "PRIVATE"))
    wanted = {
        name: str(args[name]) for name in ("JobType", "Accessibility", "TemplateId", "ResourceId") if args.get(name)
    }
    settings = {name: str(args[name]) for name in ("BusinessUserId", "Caller", "PipelineId") if args.get(name)}
    tests: list[Test] = []
    if wanted:
        tests.append(lambda job: all(str(job.args.get(name)) == value for name, value in wanted.items()))
    if settings:
        tests.append(lambda job: all((job.args.get("Settings") or {}).get(n) == v for n, v in settings.items()))
    return tests


def _by_part(args: dict[str, Any]) -> list[Test]:
    """Fields that must contain a text, whatever its case."""
    exact = str(args.get("DisplayNameSearchMode") or "").lower() in ("exact", "equal")
    readers: dict[str, Callable[[Job], str]] = {
        "DisplayName": lambda job: str(job.args["DisplayName"]),
        "Description": lambda job: str(job.args.get("Description") or ""),
        "UserCommandSearch": lambda job: str(job.args["UserCommand"]),
        "ImageSearch": lambda job: " ".join(str(spec.get("Image")) for spec in job.args["JobSpecs"]),
    }
    if exact and args.get("DisplayName"):
        del readers["DisplayName"]
    tests = [_contains(read, str(args[name])) for name, read in readers.items() if args.get(name)]
    return tests + ([lambda job: job.args["DisplayName"] == args["DisplayName"]] if exact else [])


def _contains(read: Callable[[Job], str], part: str) -> Test:
    wanted = part.lower()
    return lambda job: wanted in read(job).lower()


def _by_person(received: Received) -> list[Test]:
    args = received.args
    tests: list[Test] = []
    if args.get("UserIdForFilter"):
        tests.append(lambda job: job.user_id == str(args["UserIdForFilter"]))
    if args.get("Username"):
        tests.append(lambda job: str(args["Username"]).lower() in name_of(job.user_id).lower())
    return tests


def _by_resource(world: World, args: dict[str, Any]) -> list[Test]:
    ids, paid = split_list(args.get("ResourceIds")), one_of(args, "PaymentType", ("PrePaid", "Spot", "PostPaid"))
    name, assigned = str(args.get("ResourceQuotaName") or "").lower(), str(args.get("EnableAssignNode") or "").lower()
    tests: list[Test] = [lambda job: job.quota_id in ids] if ids else []
    if paid:
        tests.append(lambda job: payment(job) == paid)
    if name:
        tests.append(lambda job: name in str(world.catalogue.quotas.get(job.quota_id, {}).get("Name", "")).lower())
    if assigned:
        tests.append(lambda job: _assigned(job) == (assigned == "true"))
    if args.get("OversoldInfo"):
        tests.append(lambda job: _oversold(job) == args["OversoldInfo"])
    return tests


def payment(job: Job) -> str:
    """How a job is paid: from a quota, by bidding, or as it goes."""
    return "Spot" if is_spot(job.args) else ("PrePaid" if job.quota_id else "PostPaid")


def _assigned(job: Job) -> bool:
    return any((spec.get("AssignNodeSpec") or {}).get("EnableAssignNode") for spec in job.args["JobSpecs"])


def _oversold(job: Job) -> str:
    kind = str((job.args.get("Settings") or {}).get("OversoldType") or "")
    return {"reject": "ForbiddenQuotaOverSold", "accept-only": "ForceQuotaOverSold"}.get(
        kind, "AcceptQuotaOverSold-false" if kind == "accept" else ""
    )


def _by_tags(args: dict[str, Any]) -> list[Test]:
    wanted: dict[str, str] = args.get("Tags") or {}
    return [lambda job: wanted.items() <= job.tags.items()] if wanted else []


def _by_range(args: dict[str, Any]) -> list[Test]:
    field = one_of(args, "NumericRangeField", _RANGES)
    low, high = args.get("NumericRangeMin"), args.get("NumericRangeMax")
    if bool(field) != (low is not None or high is not None):
        raise bad_request("NumericRangeField goes with NumericRangeMin or NumericRangeMax.", "InvalidParameter")
    if not field:
        return []
    return [lambda job: (low is None or _RANGES[field](job) >= low) and (high is None or _RANGES[field](job) <= high)]


def _by_reason(args: dict[str, Any], now: float) -> list[Test]:
    text = str(args.get("ReasonSearch") or "").lower()
    return [lambda job: text in _reason_of(job, now)] if text else []


def _reason_of(job: Job, now: float) -> str:
    mark = timeline.current(job, now)
    return " ".join(reason_of(job, mark)).lower()
