"""The jobs that a world starts with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..accounts import ACCOUNT_ID, ALICE, BOB
from .jobs import add
from .state import Job
from .wording import noise

if TYPE_CHECKING:
    from ..world import World

DAY_S = 86_400.0
LARGE_JOBS = 10_000
_NEVER_S = 365 * DAY_S
_MODELS = ("resnet50", "vit-b16", "bert-base", "qwen-sft", "yolo-v8", "whisper-small", "ctr-deepfm", "t5-xl")
_ENDINGS = ("succeed", "succeed", "succeed", "succeed", "succeed", "out-of-memory", "missing-module", "bad-command")


def seed(world: World, name: str) -> None:
    """Fill the world's training side. ``empty`` has no job at all."""
    if name != "empty":
        _usual(world)
    if name == "large":
        _many(world)


def _usual(world: World) -> None:
    """A few jobs of two people, one of which keeps the small nightly quota full."""
    put(world, "resnet50-baseline", "succeed", days=2, user_id=ALICE.user_id)
    put(world, "resnet50-bigger-batch", "out-of-memory", days=1.5, user_id=ALICE.user_id)
    put(world, "vit-finetune", "missing-module", days=1, user_id=BOB.user_id)
    night = _quota(world, "vision-night")
    if night:
        _keep_busy(put(world, "nightly-embedding", "succeed", days=0.5, user_id=BOB.user_id, quota=night, gpus=2))


def put(
    world: World, name: str, behaviour: str, days: float, user_id: str, quota: str = "", gpus: int = 1, pods: int = 1,
    **more: Any,
) -> Job:  # fmt: skip
    """A job made some days ago that already has its place where it needs one."""
    created = world.clock.now() - days * DAY_S
    args = job_args(world, name, quota, gpus, pods) | more
    return add(world, args, user_id, ACCOUNT_ID, created, behaviour)


def job_args(world: World, name: str, quota: str, gpus: int, pods: int) -> dict[str, Any]:
    spec: dict[str, Any] = {"Type": "Worker", "PodCount": pods, "Image": _image(world)}
    asked = {"CPU": str(8 * gpus), "Memory": f"{48 * gpus}Gi", "GPU": str(gpus)}
    spec |= {"ResourceConfig": asked} if quota else {"EcsSpec": "ecs.gn7i-c8g1.2xlarge"}
    return {
        "WorkspaceId": next((key for key, one in world.workspaces.items() if "vision" in one["WorkspaceName"]), "")
        or world.default_workspace(ALICE.user_id),
        "DisplayName": name,
        "JobType": "PyTorchJob",
        "UserCommand": "python train.py --config configs/base.yaml",
        "JobSpecs": [spec],
        "Envs": {},
    } | ({"ResourceId": quota} if quota else {})


def _keep_busy(job: Job) -> None:
    """Let it run for a year."""
    job.phases = tuple(replace(phase, seconds=_NEVER_S) if phase.status == "Running" else phase for phase in job.phases)


def _many(world: World) -> None:
    """Ten thousand finished jobs over the last month."""
    ids = list(world.workspaces)
    for number in range(LARGE_JOBS - len(world.training.jobs)):
        model = _MODELS[number % len(_MODELS)]
        days = 0.02 + (number + 0.5 + 0.4 * noise(number)) * 30 / LARGE_JOBS
        user = ALICE if number % 3 else BOB
        place: dict[str, Any] = {"WorkspaceId": ids[number % len(ids)], "Priority": 1 + number % 9}
        put(world, f"{model}-{number:05d}", _ENDINGS[(number * 7) % 8], days, user.user_id, **place)


def _quota(world: World, name: str) -> str:
    return next((key for key, quota in world.quotas.items() if quota.get("Name") == name), "")


def _image(world: World) -> str:
    official = (image for image in world.images.values() if not image.get("_broken"))
    return str(next(official, {}).get("ImageUri", "registry.example.com/train:1"))
