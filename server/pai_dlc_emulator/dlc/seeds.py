"""The jobs that a world starts with, and the whole training side as JSON for the admin."""

from __future__ import annotations

import string
from dataclasses import replace
from itertools import product
from typing import Any

from ..accounts import ACCOUNT_ID, ALICE, BOB, USERS
from ..world import World
from . import queueing, timeline
from .behaviour import Behaviour, load, names
from .creation import add_job, make_job
from .job_store import Sketch
from .output import noise
from .present import job_item
from .ray import history_server_item
from .state import Job
from .templates import template_item
from .tensorboards import tensorboard_item

DAY_S = 86_400.0
_SIZES = {"large": 10_000, "vast": 100_000}
"""Jobs of the worlds that are there for their size."""
_YEAR_S = 365 * DAY_S
_PREEMPTED_AGO_S = 3870.0
"""When the preempting job came: as the scripted preemption has it."""
_MODELS = ("resnet50", "vit-b16", "bert-base", "qwen-sft", "yolo-v8", "whisper-small", "ctr-deepfm", "t5-xl")
_ENDINGS = ("succeed", "succeed", "succeed", "succeed", "succeed", "out-of-memory", "missing-module", "bad-command")


def seed_training(world: World) -> None:
    """Fill the world's training side. ``empty`` has no job at all."""
    name = world.seed
    if name != "empty":
        _usual(world)
    if name in _SIZES:
        _many(world, _SIZES[name])
    elif name == "failures":
        _failures(world)
    elif name == "huge":
        _huge(world)


def _usual(world: World) -> None:
    """A few jobs of two people, one of which keeps the small nightly quota full."""
    add_past_job(world, "resnet50-baseline", "succeed", 2 * DAY_S, ALICE.user_id)
    add_past_job(world, "resnet50-bigger-batch", "out-of-memory", 1.5 * DAY_S, ALICE.user_id)
    add_past_job(world, "vit-finetune", "missing-module", DAY_S, BOB.user_id)
    _occupy(world, "nightly-embedding", "vision-night", 1, 2)


def _many(world: World, count: int) -> None:
    """Finished jobs over the last month, up to that number in all. Each is made when somebody asks for it."""
    now, workspaces = world.clock.now(), list(world.catalogue.workspaces)
    keys = [_spread_id(number) for number in range(count - len(world.training.jobs))]
    step, owners = DAY_S * 30 / count, (BOB.user_id, ALICE.user_id, ALICE.user_id)
    statuses = ["Succeeded" if _ENDINGS[(number * 7) % 8] == "succeed" else "Failed" for number in range(8)]
    begin, homes = now - 0.02 * DAY_S, len(workspaces)
    drawn = {
        key: Sketch(
            begin - step * (number + 0.5 + 0.4 * noise(number)),
            workspaces[number % homes],
            owners[number % 3],
            statuses[number % 8],
        )
        for number, key in enumerate(keys)
    }
    numbers = dict(zip(keys, range(len(keys)), strict=True))

    def make(key: str) -> Job:
        number, sketch = numbers[key], drawn[key]
        args = job_args(world, f"{_MODELS[number % len(_MODELS)]}-{number:05d}", "", 1, 1)
        args |= {"WorkspaceId": sketch.workspace}
        return make_job(world, key, args, sketch.owner, ACCOUNT_ID, sketch.created, _ENDINGS[(number * 7) % 8])

    world.training.jobs.sketch(drawn, make)


_TRIPLES = ["".join(letters) for letters in product(string.digits + string.ascii_lowercase, repeat=3)]
_SPREAD = 0x9E3779B97F4A7C15
_HALF, _IDS = 46_656**2, 46_656**4


def _spread_id(number: int) -> str:
    """An id of a job of the recorded form, other for every number: four groups of three characters and one more."""
    high, low = divmod((number + 1) * _SPREAD % _IDS, _HALF)
    (a, b), (c, d) = divmod(low, 46_656), divmod(high, 46_656)
    return f"dlc{_TRIPLES[b]}{_TRIPLES[a]}{_TRIPLES[d]}{_TRIPLES[c]}{_TRIPLES[number % 36][2]}"


def _failures(world: World) -> None:
    """One job for each scripted failure, in quotas as full as their scripts say."""
    _occupy(world, "batch-scoring", "root-ecs", 7, 4)
    _occupy(world, "pretrain-a", "llm-lingjun", 2, 8, ALICE.user_id)
    _occupy(world, "pretrain-b", "llm-lingjun", 7, 8)
    _occupy(world, "pretrain-c", "llm-lingjun", 4, 8, age_s=_PREEMPTED_AGO_S)
    for name in failures():
        _failure(world, load(name))


def failures() -> list[str]:
    """The behaviours that know the truth about one job of their own."""
    return [name for name in names() if load(name).setting.get("age_s")]


def _failure(world: World, behaviour: Behaviour) -> None:
    setting = behaviour.setting
    user = next(one for one in USERS if one.name == setting.get("user", "alice"))
    quota = quota_id(world, setting["quota"]) if "quota" in setting else ""
    more = dict(setting.get("args", {})) | ({"UserCommand": setting["command"]} if "command" in setting else {})
    args = job_args(world, setting["name"], quota, setting["gpus"], setting["pods"]) | more
    spec = args["JobSpecs"][0]
    if setting.get("image") == "broken":
        spec["Image"] = image(world, broken=True)
    if "spec" in setting:
        spec["EcsSpec"] = setting["spec"]
    if setting.get("spot"):
        spec |= {"SpotSpec": {"SpotStrategy": "SpotWithPriceLimit", "SpotDiscountLimit": 0.5}}
    job = add_job(world, args, user.user_id, ACCOUNT_ID, world.clock.now() - setting["age_s"], behaviour.name)
    if queueing.ready_at(job) is not None and job in world.training.queue:
        queueing.admit_now(world.training, job)


def _huge(world: World) -> None:
    """A thousand pods with ten million lines between them, and one pod with ten million of its own."""
    quota = quota_id(world, "llm-lingjun")
    pods, age = load("many-ranks").setting["pods"], 4 * 3600.0
    add_past_job(world, "pretrain-full", "many-ranks", age, BOB.user_id, gpus=8, pods=pods)
    add_past_job(world, "tokenize-all", "long-log", 1.5 * DAY_S, ALICE.user_id, quota)


def add_past_job(
    world: World, name: str, behaviour: str, age_s: float, user_id: str, quota: str = "", gpus: int = 1, pods: int = 1,
    more: dict[str, Any] | None = None,
) -> Job:  # fmt: skip
    """A job created some time ago that does what the behaviour says."""
    args = job_args(world, name, quota, gpus, pods) | (more or {})
    return add_job(world, args, user_id, ACCOUNT_ID, world.clock.now() - age_s, behaviour)


def _occupy(
    world: World, name: str, quota: str, pods: int, gpus: int, user_id: str = BOB.user_id, age_s: float = 3 * DAY_S
) -> None:
    """A job of high priority that keeps a part of a quota for a year."""
    job = add_past_job(world, name, "succeed", age_s, user_id, quota_id(world, quota), gpus, pods, {"Priority": 9})
    if job.quota_id:
        queueing.admit_now(world.training, job)
    job.phases = tuple(replace(phase, seconds=_YEAR_S) if phase.status == "Running" else phase for phase in job.phases)


def job_args(world: World, name: str, quota: str, gpus: int, pods: int) -> dict[str, Any]:
    spec: dict[str, Any] = {"Type": "Worker", "PodCount": pods, "Image": image(world)}
    asked = {"CPU": str(8 * gpus), "Memory": f"{48 * gpus}Gi", "GPU": str(gpus)}
    public = "ecs.gn7e-c16g1.32xlarge" if gpus == 8 else "ecs.gn7i-c8g1.2xlarge"
    spec |= {"ResourceConfig": asked} if quota else {"EcsSpec": public}
    vision = (key for key, one in world.catalogue.workspaces.items() if "vision" in one["WorkspaceName"])
    return {
        "WorkspaceId": next(vision, world.catalogue.default_workspace(ALICE.user_id)),
        "DisplayName": name,
        "JobType": "PyTorchJob",
        "UserCommand": "python train.py --config configs/base.yaml",
        "JobSpecs": [spec],
        "Envs": {},
    } | ({"ResourceId": quota} if quota else {})


def quota_id(world: World, name: str) -> str:
    return next((key for key, quota in world.catalogue.quotas.items() if quota.get("Name") == name), "")


def image(world: World, broken: bool = False) -> str:
    found = (one for one in world.catalogue.images.values() if bool(one.get("_broken")) == broken)
    return str(next(found, {}).get("ImageUri", "registry.example.com/train:1"))


def describe_training(world: World) -> dict[str, Any]:
    """Everything as JSON for the admin; the truth of a scripted failure stays out."""
    training = world.training
    with training.lock:
        queueing.admit_due(world)
        return {
            "jobs": [_job(world, job) for job in training.jobs.values()],
            "job_templates": [template_item(one) for one in training.templates.values()],
            "tensorboards": [tensorboard_item(world, one) for one in training.tensorboards.values()],
            "ray_history_servers": [history_server_item(world, one) for one in training.ray_servers.values()],
        }


def _job(world: World, job: Job) -> dict[str, Any]:
    created_by = {"Behaviour": job.behaviour.name, "Finished": timeline.finished(job, world.clock.now())}
    return job_item(world, job) | created_by
