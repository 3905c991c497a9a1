"""Who gets into a quota, and when: by priority, then by age, whenever something was set free.

Nothing runs in the background. Each look first replays what must have happened since the last one.
"""

from __future__ import annotations

from typing import Any

from ..world import World
from . import timeline
from .behaviour import FINAL
from .job_store import Training
from .resources import Demand, job_demand, parse_amount, parse_gib
from .state import Job

_OUTSIDE = ("Queuing", *FINAL)


def admit_due(world: World) -> None:
    """Let in, up to now, every job that found room in its quota and in the quotas above it."""
    training = world.training
    now = world.clock.now()
    training.queue[:] = [job for job in training.queue if not _is_over(job, now)]
    at = _next_chance(training, 0.0, now)
    while at is not None:
        _admit(world, at)
        at = _next_chance(training, at, now)
    training.admitted[:] = [job for job in training.admitted if not _has_left(job, now)]


def join(training: Training, job: Job) -> None:
    """Put a new quota job into its queue (or among the holders, where its admission is already known)."""
    (training.queue if job.admitted is None else training.admitted).append(job)


def admit_now(training: Training, job: Job) -> None:
    """Give a waiting job its place at once, room or not."""
    job.admitted = ready_at(job)
    training.queue.remove(job)
    join(training, job)


def usage(world: World, quota_id: str) -> Demand:
    """What the jobs in a quota, and in those below it, take right now."""
    admit_due(world)
    return _usage_at(world, quota_id, world.clock.now())


def chain(world: World, quota_id: str) -> list[str]:
    """The quota and those above it, nearest first."""
    found: list[str] = []
    while quota_id and quota_id not in found:
        found.append(quota_id)
        quota_id = str((world.catalogue.quotas.get(quota_id) or {}).get("ParentQuotaId") or "")
    return found


def total(world: World, quota_id: str) -> Demand | None:
    """What the quota has; None where it is unknown or unlimited."""
    specs = (world.catalogue.quotas.get(quota_id) or {}).get("Specs")
    if not specs:
        return None
    found = {_plain(spec): spec["Value"] for spec in specs if "used" not in str(spec.get("Type")).lower()}
    big = 1e12
    return Demand(
        parse_amount(found["cpu"]) if "cpu" in found else big,
        parse_amount(found["gpu"]) if "gpu" in found else 0.0,
        parse_gib(found["memory"]) if "memory" in found else big,
    )


def ready_at(job: Job) -> float | None:
    """When the job starts to look for room; None when it was stopped before or never has to."""
    at = job.created
    for phase in job.phases:
        at += phase.seconds or 0.0
        if phase.needs_room:
            return None if job.stop_asked is not None and job.stop_asked <= at else at
        if phase.seconds is None:
            return None
    return None


def released_at(job: Job) -> float | None:
    """When an admitted job gives its resources back: at its end, or when it is put into the queue again."""
    later = (mark for mark in timeline.marks(job) if job.admitted is not None and mark.start >= job.admitted)
    return next((mark.start for mark in later if mark.status in _OUTSIDE), None)


def shortage(world: World, job: Job, now: float) -> str:
    """Why a waiting quota job is not let in, in words; empty where it does not wait for room."""
    if job.admitted is not None or not job.quota_id or not _looks_for_room(job, now):
        return ""
    for quota_id in chain(world, job.quota_id):
        text = _shortage_in(world, quota_id, job_demand(job.args))
        if text:
            return text
    return ""


def _shortage_in(world: World, quota_id: str, asked: Demand) -> str:
    room = total(world, quota_id)
    free = None if room is None else room - usage(world, quota_id)
    if room is None or free is None or asked.fits(free):
        return ""
    has = f"{free.gpu:g} of {room.gpu:g} GPU, {free.cpu:g} of {room.cpu:g} CPU, {free.memory:g} of {room.memory:g} GiB"
    return f"Quota {quota_id} has {has} free; the job asks for {asked}."


def _plain(spec: dict[str, Any]) -> str:
    name = str(spec.get("Name") or "").lower()
    return "gpu" if "gpu" in name else name


def _next_chance(training: Training, after: float, now: float) -> float | None:
    """The next moment, up to now, at which somebody came or left."""
    came = [at for job in training.queue if (at := ready_at(job)) is not None]
    left = [at for job in training.admitted if (at := released_at(job)) is not None]
    later = [at for at in came + left if after < at <= now]
    return min(later) if later and came else None


def _admit(world: World, at: float) -> None:
    training = world.training
    candidates = [job for job in training.queue if _looks_for_room(job, at)]
    for job in sorted(candidates, key=lambda one: (-one.priority(at), one.created)):
        if all(_has_room(world, quota_id, job, at) for quota_id in chain(world, job.quota_id)):
            job.admitted = at
            training.queue.remove(job)
            training.admitted.append(job)


def _looks_for_room(job: Job, at: float) -> bool:
    come = ready_at(job)
    return come is not None and come <= at and (job.stop_asked is None or at < job.stop_asked)


def _has_room(world: World, quota_id: str, job: Job, at: float) -> bool:
    room = total(world, quota_id)
    return room is None or job_demand(job.args).fits(room - _usage_at(world, quota_id, at))


def _usage_at(world: World, quota_id: str, at: float) -> Demand:
    taken = Demand()
    for job in world.training.admitted:
        inside = job.admitted is not None and job.admitted <= at and not _has_left(job, at)
        if inside and quota_id in chain(world, job.quota_id):
            taken += job_demand(job.args)
    return taken


def _has_left(job: Job, now: float) -> bool:
    at = released_at(job)
    return at is not None and at <= now


def _is_over(job: Job, now: float) -> bool:
    end = timeline.end_time(job)
    return end is not None and end <= now
