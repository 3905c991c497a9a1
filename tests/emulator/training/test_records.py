"""Jobs answer as recorded answers do: ids, pods, unset values, reasons, events; and acts on them are carried out."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from emulator.training.scene import GPU_SPEC, Scene, quota_spec
from pai_dlc_emulator.accounts import BOB
from pai_dlc_emulator.dlc.environment import pod_environment
from pai_dlc_emulator.dlc.pods import replicas
from pai_dlc_emulator.dlc.runner import environment
from pai_dlc_emulator.wire import Caller, ServiceError

RECORDED_JOB = (
    "ClusterId", "CodeSource", "DataSources", "DisplayName", "Duration", "ElasticSpec", "EnabledDebugger",
    "GmtCreateTime", "GmtFinishTime", "GmtRunningTime", "GmtSubmittedTime", "GmtSuccessedTime", "JobId",
    "JobSpecs", "JobType", "Pods", "ReasonCode", "ReasonMessage", "ResourceId", "Priority", "ResourceLevel",
    "Settings", "Status", "ThirdpartyLibDir", "UserCommand", "UserId", "WorkspaceId", "WorkspaceName",
    "JobMaxRunningTimeMinutes",
)  # fmt: skip
"""The keys that the two whole recorded answers of GetJob have, but for the request id."""


def quota_of(scene: Scene, name: str) -> str:
    return next(key for key, quota in scene.world.catalogue.quotas.items() if quota["Name"] == name)


def refused(scene: Scene, operation: str, **args: Any) -> tuple[int, str]:
    with pytest.raises(ServiceError) as caught:
        scene.call(operation, **args)
    return caught.value.status, caught.value.code


def test_a_public_job_writes_what_is_not_set_as_the_service_does() -> None:
    scene = Scene("empty")
    job = scene.create(Priority=7)
    scene.clock.advance(400)
    answer = scene.job(job)
    assert set(RECORDED_JOB) <= set(answer)
    assert re.fullmatch(r"dlc[0-9a-z]{13}", job)
    assert (answer["Priority"], answer["ResourceId"], answer["JobMaxRunningTimeMinutes"]) == (0, "", 0)
    assert (answer["ClusterId"], answer["ThirdpartyLibDir"]) == ("", "")
    assert answer["CodeSource"] == {"CodeSourceId": "", "MountPath": ""}
    assert answer["JobSpecs"][0]["UseSpotInstance"] is False
    assert answer["Settings"] == {
        "BusinessUserId": "", "Caller": "", "EnableErrorMonitoringInAIMaster": False, "EnableTideResource": False,
        "ErrorMonitoringArgs": "", "PipelineId": "",
    }  # fmt: skip
    listed = scene.call("ListJobs")["Jobs"][0]
    assert (listed["Priority"], listed["JobMaxRunningTimeMinutes"], listed["RequestMemory"]) == (0, 0, "15Gi")


def test_a_quota_job_has_its_priority_and_its_quotas_cluster() -> None:
    scene = Scene("empty")
    job = scene.create(JobSpecs=quota_spec(1), ResourceId=quota_of(scene, "vision-a10"))
    answer = scene.job(job)
    assert (answer["Priority"], answer["ClusterId"]) == (1, "asi_cn-hangzhou_pai_g01")
    amounts = {"CPU": "8", "GPU": "1", "GPUType": "", "Memory": "64Gi", "SharedMemory": ""}
    assert answer["JobSpecs"][0]["ResourceConfig"] == amounts
    spec = {**quota_spec(1)[0], "ResourceConfig": {"GPU": "1"}}
    unset = scene.job(scene.create(JobSpecs=[spec], ResourceId=quota_of(scene, "vision-a10")))
    assert unset["JobSpecs"][0]["ResourceConfig"] == {**dict.fromkeys(amounts, ""), "GPU": "1"}
    assert re.fullmatch(r"quota[0-9a-z]{11}", answer["ResourceId"])
    assert answer["ResourceType"] == "ECS"
    elsewhere = scene.create(JobSpecs=quota_spec(8), ResourceId=quota_of(scene, "llm-lingjun"))
    assert scene.job(elsewhere)["ResourceType"] == "Lingjun"


@pytest.mark.parametrize(
    ("job_type", "specs", "names"),
    [
        ("PyTorchJob", [("Worker", 3)], ["master-0", "worker-0", "worker-1"]),
        ("PyTorchJob", [("Master", 1), ("Worker", 2)], ["master-0", "worker-0", "worker-1"]),
        ("TFJob", [("Worker", 1), ("PS", 1)], ["worker-0", "ps-0"]),
        ("XGBoostJob", [("Worker", 2)], ["worker-0", "worker-1"]),
    ],
)
def test_the_first_pod_of_a_pytorch_job_of_workers_is_its_master(
    job_type: str, specs: list[tuple[str, int]], names: list[str]
) -> None:
    scene = Scene("empty")
    sent = [{"Type": role, "PodCount": count, "Image": "i", "EcsSpec": GPU_SPEC} for role, count in specs]
    job = scene.create(JobType=job_type, JobSpecs=sent)
    scene.clock.advance(60)
    pods = scene.job(job)["Pods"]
    assert [pod["PodId"] for pod in pods] == [f"{job}-{name}" for name in names]
    assert [pod["Type"] for pod in pods] == [name.split("-")[0] for name in names]


def test_every_state_has_the_reason_that_is_on_record_for_it() -> None:
    scene = Scene("empty")
    job = scene.create()
    scene.clock.advance(400)
    reasons = {one["Status"]: (one["ReasonCode"], one["ReasonMessage"]) for one in scene.job(job)["StatusHistory"]}
    assert reasons["Queuing"] == ("JobEnqueued", "sync enqueue status from queueUnit status")
    assert reasons["EnvPreparing"] == (
        "JobPreparing",
        f"PyTorchJob {job} has been successfully scheduled and is now entering the preparation phase.",
    )
    assert reasons["Running"][1] == f"PyTorchJob {job} is running."
    assert reasons["Succeeded"] == ("JobSucceeded", f"PyTorchJob {job} is successfully completed.")


def test_a_failed_job_gives_its_reason_as_json_with_roles_indexes_and_exit_codes() -> None:
    scene = Scene("empty")
    job = scene.create("nccl-timeout", pods=8)
    scene.clock.advance(1000)
    answer = scene.job(job)
    reason = json.loads(answer["ReasonMessage"])
    assert answer["ReasonCode"] == "JobFailed"
    assert reason["overview"] == f"PyTorchJob {job} failed because 1 Master replica(s), 7 Worker replica(s) failed."
    assert {one["reason"] for one in reason["content"]} == {"134", "1"}
    assert next(one["pods"] for one in reason["content"] if one["reason"] == "1") == {"Worker": [2]}
    assert all(re.fullmatch(r"\d{10}", one["time"]) for one in reason["content"])


def test_a_users_stop_does_not_say_who_it_was() -> None:
    scene = Scene("empty")
    job = scene.create()
    scene.clock.advance(60)
    scene.call("StopJob", JobId=job)
    scene.clock.advance(6)
    answer = scene.job(job)
    assert (answer["ReasonCode"], answer["ReasonMessage"]) == ("JobStoppedByUser", "Job is stopped by user.")
    assert refused(scene, "StopJob", JobId=job) == (400, "BadRequest")
    assert refused(scene, "GetJob", JobId="dlc0000000000000") == (404, "NotFound")


def test_events_are_local_time_and_text_from_the_assignment_to_the_container() -> None:
    scene = Scene("empty")
    job = scene.create()
    scene.clock.advance(60)
    lines = scene.call("GetPodEvents", JobId=job, PodId=scene.pod(job))["Events"]
    assert all(re.match(r"2027-01-15 16:\d\d:\d\d \S", line) for line in lines), "eight hours ahead of UTC"
    texts = [line[20:] for line in lines]
    assert "pod sub status changed from Scheduling to NetworkInitializing" in texts
    assert texts[-1] == "Started container pytorch"
    assert scene.call("GetPodLogs", JobId=job, PodId=scene.pod(job))["Containers"] == "pytorch"


def test_r66_defaults_of_the_schema_are_narrow() -> None:
    """One job event, and only the caller's own jobs and TensorBoards."""
    scene = Scene("empty")
    job = scene.create()
    scene.clock.advance(60)
    assert len(scene.call("GetJobEvents", JobId=job)["Events"]) == 1
    assert len(scene.call("GetJobEvents", JobId=job, MaxEventsNum=100)["Events"]) > 1
    scene.call("CreateTensorboard", JobId=job, DisplayName="curves")
    scene.caller = Caller("key", BOB.user_id, scene.caller.account_id)
    for operation in ("ListJobs", "ListTensorboards"):
        assert scene.call(operation)["TotalCount"] == 0
        assert scene.call(operation, ShowOwn=False)["TotalCount"] == 1
    assert refused(scene, "ListJobs", PageSize=101)[0] == 400
    assert refused(scene, "ListJobs", FromAllWorkspaces=True, ShowOwn=False)[0] == 400


def test_r62_each_kind_of_resource_has_its_own_source_of_metrics() -> None:
    scene = Scene("empty")
    public = scene.create()
    quota = scene.create(JobSpecs=quota_spec(2), ResourceId=quota_of(scene, "vision-a10"))
    scene.clock.advance(150)

    def own(job: str) -> list[Any]:
        return list(scene.call("GetJobMetrics", JobId=job, MetricType="GpuCoreUsage", TimeStep="15s")["PodMetrics"])

    def monitored(job: str, name: str) -> list[dict[str, Any]]:
        dimensions = json.dumps([{"jobId": job}])
        answer = scene.call("GetMetrics", Dimensions=dimensions, MetricName=name, Period="15", Namespace="acs_pai_dlc")
        points: list[dict[str, Any]] = json.loads(answer["DataPoints"])
        return points

    assert own(public)[0]["Metrics"]
    assert own(quota) == []
    assert monitored(public, "JOB_GPU_ACCELERATOR_DUTTY_UTIL") == []
    assert set(monitored(quota, "JOB_GPU_ACCELERATOR_DUTTY_UTIL")[0]) == {"timestamp", "jobId", "Value"}
    assert {point["gpu"] for point in monitored(quota, "CARD_GPU_DRAM_ACTIVE_UTIL")} == {"0", "1"}
    assert monitored(quota, "GpuCoreUsage") == []


def test_a_tensorboard_is_deleted_when_it_is_stopped() -> None:
    scene = Scene("empty")
    one = {"TensorboardId": scene.call("CreateTensorboard", JobId=scene.create(), DisplayName="t")["TensorboardId"]}
    scene.clock.advance(10)
    assert refused(scene, "DeleteTensorboard", **one) == (400, "BadRequest")
    scene.call("UpdateTensorboard", MaxRunningTimeMinutes=1, **one)
    scene.clock.advance(60)
    assert scene.call("GetTensorboard", **one)["Status"] == "Stopped"
    scene.call("DeleteTensorboard", **one)


def test_an_update_of_specs_and_command_is_carried_out_while_the_job_lives() -> None:
    scene = Scene("empty")
    job = scene.create(pods=3)
    scene.clock.advance(60)
    scene.call("UpdateJob", JobId=job, JobSpecs=[{"Type": "Worker", "PodCount": 2}], UserCommand="python other.py")
    answer = scene.job(job)
    assert (len(answer["Pods"]), answer["UserCommand"]) == (2, "python other.py")
    assert answer["JobSpecs"][0]["Image"] == "registry/train:1"
    scene.clock.advance(600)
    assert refused(scene, "UpdateJob", JobId=job, UserCommand="python again.py") == (400, "BadRequest")


@pytest.mark.parametrize(("signal", "code"), [("SIGKILL", 137), ("15", 143), ("TERM", 143)])
def test_a_deadly_signal_ends_its_pods_and_fails_the_job(signal: str, code: int) -> None:
    scene = Scene("empty")
    job = scene.create(pods=2)
    scene.clock.advance(60)
    scene.call("CreateSignal", JobId=job, Signal=signal, Target={"Scope": "pods", "PodNames": [scene.pod(job, 1)]})
    assert scene.status(job) == "Running"
    scene.clock.advance(4)
    assert scene.status(job) == "Failed"
    events = scene.call("GetPodEvents", JobId=job, PodId=scene.pod(job, 1))["Events"]
    ended = "Stopping container" if code == 143 else f"exited with code {code}"
    assert ended in events[-1]


def test_a_signal_that_programs_handle_ends_nothing() -> None:
    scene = Scene("empty")
    job = scene.create()
    scene.clock.advance(60)
    scene.call("CreateSignal", JobId=job, Signal="SIGUSR1", Target={"Scope": "roles", "Roles": ["Worker"]})
    scene.clock.advance(10)
    assert scene.status(job) == "Running"


def test_a_longest_run_set_for_a_quota_stops_what_is_over_it() -> None:
    scene = Scene("empty")
    job = scene.create("hang", JobSpecs=quota_spec(1), ResourceId=quota_of(scene, "vision-a10"))
    public = scene.create("hang")
    scene.clock.advance(3600)
    workspace = scene.job(job)["WorkspaceId"]
    config = {"CategoryName": "QuotaMaximumDuration", "ConfigKey": "quotaMaximumDuration", "ConfigValue": "30"}
    scene.call("UpdateConfigs", WorkspaceId=workspace, Configs=[config])
    scene.clock.advance(10)
    assert (scene.status(job), scene.status(public)) == ("Stopped", "Running")


def test_pods_have_the_documented_variables_of_their_job_type_and_machines() -> None:
    scene = Scene("empty")
    torch = scene.create(JobSpecs=quota_spec(8, 2), ResourceId=quota_of(scene, "llm-lingjun"), Envs={"RANK": "9"})
    worker = {"Type": "Worker", "PodCount": 2, "Image": "i", "EcsSpec": GPU_SPEC}
    tensor = scene.create(JobType="TFJob", JobSpecs=[worker])
    jobs = scene.world.training.jobs
    values = pod_environment(jobs[torch], replicas(jobs[torch])[1])
    assert values["MASTER_ADDR"] == f"{torch}-master-0"
    assert (values["MASTER_PORT"], values["WORLD_SIZE"], values["RANK"]) == ("23456", "2", "1")
    assert (values["NPROC_PER_NODE"], values["NCCL_SOCKET_IFNAME"]) == ("8", "eth")
    config = json.loads(pod_environment(jobs[tensor], replicas(jobs[tensor])[1])["TF_CONFIG"])
    assert config["task"] == {"type": "worker", "index": 1}
    assert config["cluster"]["worker"][0] == f"{tensor}-worker-0.t1000000000000001.svc:2222"
    assert "NCCL_IB_HCA" not in pod_environment(jobs[tensor], replicas(jobs[tensor])[0])
    of_lingjun = replicas(jobs[tensor])[0]
    of_lingjun.spec["EcsSpec"] = "ml.gu7ef.8xlarge-gu100"
    assert pod_environment(jobs[tensor], of_lingjun)["NCCL_IB_HCA"] == "mlx5"


def test_a_process_finds_its_pods_variables_a_home_and_a_reachable_master_and_nothing_of_this_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "of the emulator's own process")
    scene = Scene("empty")
    job = scene.world.training.jobs[scene.create(pods=2, Envs={"OWN": "1"})]
    replica = replicas(job)[1]
    found = environment(job, replica, 4321, tmp_path)
    assert found == {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin", "HOME": str(tmp_path),
        "TMPDIR": str(tmp_path), "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1", "LOCAL_RANK": "0",
        **pod_environment(job, replica), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "4321",
    }  # fmt: skip
    assert found["OWN"] == "1"
