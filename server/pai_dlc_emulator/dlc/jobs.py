"""Creating, reading, changing, stopping and deleting jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..wire import Received, ServiceError
from . import queueing, timeline
from .behaviour import FINAL, load
from .checks import check_create, check_priority
from .choose import choose, plan
from .demand import of_job
from .params import bad
from .present import detail
from .serving import job_of, serves
from .state import Job, Training
from .templates import resolve

if TYPE_CHECKING:
    from ..world import World

PRIORITY_DELAY_S = 20.0
"""A changed priority is in force and visible only after the scheduler has taken it up."""
_SUBMITTING = ("Creating", "Queuing", "EnvPreparing")


@serves("CreateJob")
def create_job(world: World, received: Received) -> dict[str, Any]:
    """Two equal requests make two jobs: there is no client token (R24)."""
    args = resolve(world, dict(received.args))
    if not args.get("WorkspaceId"):
        args["WorkspaceId"] = world.default_workspace(received.caller.user_id)
    check_create(world, args)
    job = add(world, args, received.caller.user_id, received.caller.account_id, world.clock.now())
    return {"JobId": job.id}


def add(world: World, args: dict[str, Any], user_id: str, account_id: str, created: float, named: str = "") -> Job:
    """Put a checked job into the world; ``named`` is a behaviour that overrules what its nature brings about."""
    training: Training = world.training
    behaviour = load(named) if named else choose(world, args)
    job = Job(
        id=world.ids.next("dlc"),
        args={"Accessibility": "PRIVATE", "Priority": 1} | args,
        user_id=user_id,
        account_id=account_id,
        created=created,
        behaviour=behaviour,
        phases=plan(behaviour, args),
        modified=created,
        tags={str(key): str(value) for key, value in ((args.get("Settings") or {}).get("Tags") or {}).items()},
    )
    training.jobs[job.id] = job
    _set_up(world, job)
    if job.quota_id:
        queueing.join(training, job)
    if training.runner is not None and not named and behaviour.name == "succeed":
        training.runner.take(job)
    return job


def _set_up(world: World, job: Job) -> None:
    """What a scripted job brings along: a limit, somebody who stops it, figures for its texts."""
    setting = job.behaviour.setting
    if setting.get("limit"):
        job.args.setdefault("JobMaxRunningTimeMinutes", setting["limit"])
    if setting.get("stop_after_s"):
        job.stop_asked, job.stopped_by = job.created + setting["stop_after_s"], setting["stopped_by"]
    asked, above = of_job(job.args), queueing.chain(world, job.quota_id)
    total = queueing.total(world, job.quota_id)
    job.facts = {
        "asked": str(asked),
        "asked_gpus": f"{asked.gpu:g}",
        "quota_gpus": f"{total.gpu:g}" if total else "0",
        "parent": above[1] if len(above) > 1 else "above it",
    }


@serves("GetJob")
def get_job(world: World, received: Received) -> dict[str, Any]:
    return detail(world, job_of(world, received), received.args.get("NeedDetail") is not False)


@serves("UpdateJob")
def update_job(world: World, received: Received) -> dict[str, Any]:
    """Always 200 for a job that exists; what does not apply is dropped without a word (R40, R41)."""
    job, args = job_of(world, received), received.args
    check_priority(args.get("Priority"))
    if args.get("Accessibility") not in (None, "", "PUBLIC"):
        raise bad("Accessibility can only be set to PUBLIC.", "InvalidParameter")
    changed = {name: args[name] for name in ("Accessibility", "Description") if args.get(name)}
    job.args |= changed
    _change_priority(world, job, args.get("Priority"))
    if changed:
        job.modified = world.clock.now()
    return {"JobId": job.id}


def _change_priority(world: World, job: Job, priority: int | None) -> None:
    now = world.clock.now()
    if priority is None or not job.quota_id or timeline.current(job, now).status not in _SUBMITTING:
        return
    if not job.behaviour.setting.get("drops_priority"):
        job.priorities.append((now + PRIORITY_DELAY_S, priority))


@serves("StopJob")
def stop_job(world: World, received: Received) -> dict[str, Any]:
    job = job_of(world, received)
    now = world.clock.now()
    status = timeline.current(job, now).status
    if status in FINAL:
        raise ServiceError(400, "JobStatusNotAllowed", f"Job {job.id} is {status} and cannot be stopped.")
    if job.stop_asked is None:
        job.stop_asked, job.stopped_by = now, received.caller.user_id
        if job.run is not None:
            job.run.stop()
    return {"JobId": job.id}


@serves("DeleteJob")
def delete_job(world: World, received: Received) -> dict[str, Any]:
    """Only a finished job can be deleted; its logs and events go with it."""
    job = job_of(world, received)
    status = timeline.current(job, world.clock.now()).status
    if status not in FINAL:
        raise ServiceError(400, "JobStatusNotAllowed", f"Job {job.id} is {status}; only a finished job can be deleted.")
    del world.training.jobs[job.id]
    if job.run is not None:
        job.run.close()
    return {"JobId": job.id}
