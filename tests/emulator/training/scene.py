"""A world under a clock that stands still, and calls straight into its handlers."""

from __future__ import annotations

from typing import Any

from pai_dlc_emulator.accounts import ACCOUNT_ID, ALICE
from pai_dlc_emulator.clock import Clock
from pai_dlc_emulator.service import create_world
from pai_dlc_emulator.wire import Caller, Received
from pai_dlc_emulator.world import HANDLERS

START = 1_800_000_000.0
GPU_SPEC = "ecs.gn6i-c4g1.xlarge"


class StandingClock(Clock):
    """Moves only when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.at = START

    def now(self) -> float:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += seconds


class Scene:
    def __init__(self, seed: str = "default", execute: bool = False, clock: Clock | None = None) -> None:
        self.world = create_world(seed, clock or StandingClock(), execute)
        self.clock = self.world.clock
        self.caller = Caller("key", ALICE.user_id, ACCOUNT_ID)

    def call(self, operation: str, **args: Any) -> dict[str, Any]:
        return HANDLERS[operation](self.world, Received(operation, args, self.caller, "request"))

    def create(self, behaviour: str = "", pods: int = 1, **changes: Any) -> str:
        """A job, and its id; GPU pods as one goes unless ``changes`` says otherwise."""
        spec = {"Type": "Worker", "PodCount": pods, "Image": "registry/train:1", "EcsSpec": GPU_SPEC}
        args: dict[str, Any] = {
            "DisplayName": "a-job",
            "JobType": "PyTorchJob",
            "UserCommand": "python train.py",
            "JobSpecs": [spec],
            "Envs": {"PAI_EMULATOR_BEHAVIOUR": behaviour} if behaviour else {},
        }
        return str(self.call("CreateJob", **(args | changes))["JobId"])

    def job(self, job_id: str) -> dict[str, Any]:
        return self.call("GetJob", JobId=job_id)

    def status(self, job_id: str) -> str:
        return str(self.job(job_id)["Status"])

    def pod(self, job_id: str, rank: int = 0) -> str:
        """The pod of that rank: the first of a PyTorchJob of workers is its master."""
        return f"{job_id}-master-0" if rank == 0 else f"{job_id}-worker-{rank - 1}"

    def logs(self, job_id: str, rank: int = 0, **args: Any) -> list[str]:
        answer = self.call("GetPodLogs", JobId=job_id, PodId=self.pod(job_id, rank), **args)
        return [str(line) for line in answer["Logs"]]


def quota_spec(gpus: int = 8, pods: int = 1) -> list[dict[str, Any]]:
    asked = {"CPU": "8", "Memory": "64Gi", "GPU": str(gpus)}
    return [{"Type": "Worker", "PodCount": pods, "Image": "registry/train:1", "ResourceConfig": asked}]
