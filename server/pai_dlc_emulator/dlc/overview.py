"""The training side as a whole: made, shown to the admin, closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import queueing, timeline
from .present import item
from .ray import item as ray_item
from .state import Job, Training
from .templates import item as template_item
from .tensorboards import item as tensorboard_item

if TYPE_CHECKING:
    from ..world import World


def new(world: World) -> Training:
    training = Training()
    if world.execute:
        from .runner import Runner

        training.runner = Runner(world.clock, training.lock)
    return training


def describe(world: World) -> dict[str, Any]:
    """Everything as JSON for the admin; the truth of a scripted failure stays out."""
    training: Training = world.training
    with training.lock:
        queueing.settle(world)
        return {
            "jobs": [_job(world, job) for job in training.jobs.values()],
            "job_templates": [template_item(one) for one in training.templates.values()],
            "tensorboards": [tensorboard_item(world, one) for one in training.tensorboards.values()],
            "ray_history_servers": [ray_item(world, one) for one in training.ray_servers.values()],
        }


def quota_use(world: World, quota_id: str) -> dict[str, float]:
    """What running jobs take from a quota: CPUs, GPUs, GiB of memory."""
    with world.training.lock:
        taken = queueing.used(world, quota_id)
    return {"CPU": taken.cpu, "GPU": taken.gpu, "Memory": taken.memory}


def close(world: World) -> None:
    """End every process of every job."""
    training: Training = world.training
    if training.runner is not None:
        training.runner.close()


def _job(world: World, job: Job) -> dict[str, Any]:
    created_by = {"Behaviour": job.behaviour.name, "Finished": timeline.finished(job, world.clock.now())}
    return item(world, job) | created_by
