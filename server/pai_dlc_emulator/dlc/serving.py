"""How handlers of the training side are registered: under its lock, and after what was due has happened."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from ..wire import Handler, Received, handles
from . import queueing
from .params import missing
from .pods import Pod, find
from .state import Job, Training

if TYPE_CHECKING:
    from ..world import World


def serves(operation: str) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        @wraps(handler)
        def locked(world: World, received: Received) -> dict[str, Any]:
            with world.training.lock:
                queueing.settle(world)
                return handler(world, received)

        return handles(operation)(locked)

    return register


def job_of(world: World, received: Received) -> Job:
    training: Training = world.training
    job = training.jobs.get(str(received.args.get("JobId")))
    if job is None:
        raise missing("Job", str(received.args.get("JobId")))
    return job


def pod_of(world: World, received: Received) -> tuple[Job, Pod]:
    """The job and the pod of the request; the pod is looked for in earlier attempts too where PodUid says so."""
    job = job_of(world, received)
    uid = str(received.args.get("PodUid") or "")
    found = find(job, str(received.args.get("PodId")), world.clock.now(), uid)
    if found is None:
        raise missing("Pod", str(received.args.get("PodId")))
    return job, found
