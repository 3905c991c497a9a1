"""The official DLC SDK drives all 43 operations and parses every answer; what was written reads back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator.driving import CONTRACT, Sdk, sdk_error
from proofs import Proved

GPU_SPEC = {"Type": "Worker", "PodCount": 2, "Image": "registry/train:1", "EcsSpec": "ecs.gn6i-c4g1.xlarge"}


def create(sdk: Sdk, **changes: Any) -> str:
    args: dict[str, Any] = {
        "DisplayName": "by-the-sdk",
        "JobType": "PyTorchJob",
        "UserCommand": "python train.py",
        "JobSpecs": [GPU_SPEC],
    }
    return str(sdk.call("CreateJob", **(args | changes))["JobId"])


def refused(sdk: Sdk, operation: str, **args: Any) -> tuple[int, str]:
    with pytest.raises(Exception) as raised:
        sdk.call(operation, **args)
    return sdk_error(raised.value)


def workspace(sdk: Sdk) -> str:
    return str(sdk.call("GetJob", JobId=create(sdk))["WorkspaceId"])


def jobs(sdk: Sdk, admin: Any) -> None:
    job = create(sdk, Settings={"EnableSanityCheck": True, "Tags": {"team": "vision"}})
    admin("clock", {"advance_s": 90})
    answer = sdk.call("GetJob", JobId=job)
    assert (answer["Status"], answer["RequestGPU"]) == ("Running", 2.0)
    pod = answer["Pods"][1]["PodId"]
    assert job in [one["JobId"] for one in sdk.call("ListJobs", ShowOwn=True, Tags={"team": "vision"})["Jobs"]]
    assert len(sdk.call("GetPodLogs", JobId=job, PodId=pod, MaxLines=5)["Logs"]) == 5
    assert sdk.call("GetPodEvents", JobId=job, PodId=pod, MaxEventsNum=1)["Events"]
    assert sdk.call("GetJobEvents", JobId=job)["Events"]
    metrics = sdk.call("GetJobMetrics", JobId=job, MetricType="GpuCoreUsage", TimeStep="15s")["PodMetrics"]
    assert len(metrics) == 2
    assert max(point["Value"] for point in metrics[0]["Metrics"]) > 0
    assert sdk.call("ListJobSanityCheckResults", JobId=job)["SanityCheckResults"][0][0]["Phase"] == "CheckInit"
    assert sdk.call("GetJobSanityCheckResult", JobId=job, SanityCheckNumber=1)["SanityCheckResult"]
    dimensions = json.dumps([{"jobId": job, "pod": pod}])
    assert sdk.call("GetMetrics", Dimensions=dimensions, Period="15")["DataPoints"] == "[]"
    assert pod in sdk.call("GetWebTerminal", JobId=job, PodId=pod)["WebTerminalUrl"]
    sdk.call("UpdateJob", JobId=job, Description="by hand", Accessibility="PUBLIC")
    assert sdk.call("GetJob", JobId=job)["Description"] == "by hand"
    signals(sdk, admin, job, pod)
    tags(sdk, job)
    sdk.call("StopJob", JobId=job)
    admin("clock", {"advance_s": 10})
    assert sdk.call("GetJob", JobId=job)["Status"] == "Stopped"
    assert refused(sdk, "StopJob", JobId=job)[0] == 400
    sdk.call("DeleteJob", JobId=job)
    assert refused(sdk, "GetJob", JobId=job)[0] == 404


def signals(sdk: Sdk, admin: Any, job: str, pod: str) -> None:
    made = sdk.call("CreateSignal", JobId=job, Signal="SIGUSR1", Target={"Scope": "pods", "PodNames": [pod]})
    assert sdk.call("GetSignal", JobId=job, SignalId=made["SignalId"])["PodNames"] == [pod]
    admin("clock", {"advance_s": 3})
    listed = sdk.call("ListSignals", JobId=job, PageSize="5")
    assert [(one["Status"], one["Reason"]) for one in listed["Signals"]] == [("Succeeded", "Completed")]
    assert refused(sdk, "CreateSignal", JobId=job, Signal="15", Target={"Scope": "pods", "PodNames": ["no"]})[0] == 400


def tags(sdk: Sdk, job: str) -> None:
    common = {"ResourceType": "Job", "ResourceId": [job]}
    sdk.call("TagResources", RegionId="cn-hangzhou", Tag=[{"Key": "stage", "Value": "trial"}], **common)
    assert sdk.call("GetJob", JobId=job)["Settings"]["Tags"] == {"team": "vision", "stage": "trial"}
    sdk.call("UntagResources", TagKey=["team"], **common)
    assert sdk.call("GetJob", JobId=job)["Settings"]["Tags"] == {"stage": "trial"}
    reserved = [{"Key": "acs:mine", "Value": "1"}]
    assert refused(sdk, "TagResources", RegionId="cn-hangzhou", Tag=reserved, **common)[0] == 400


def templates(sdk: Sdk, admin: Any) -> None:
    place = workspace(sdk)
    content = {"JobType": "PyTorchJob", "JobSpecs": [GPU_SPEC], "UserCommand": "python train.py", "Priority": 3}
    locked = {"JobSpecs[0].Image": "locked", "UserCommand": "overridable", "DisplayName": "required"}
    made = sdk.call(
        "CreateJobTemplate",
        TemplateName="standard",
        WorkspaceId=place,
        Content=json.dumps(content),
        Constraints=locked,
    )
    template = made["TemplateId"]
    assert sdk.call("GetJobTemplate", TemplateId=template)["Versions"][0]["Content"] == json.dumps(content)
    second = json.dumps(content | {"Priority": 5})
    changed = sdk.call("UpdateJobTemplate", TemplateId=template, Content=second, Constraints=locked)
    assert (changed["Version"], changed["DefaultVersion"], changed["VersionCreated"]) == (2, 1, True)
    sdk.call("SetJobTemplateDefaultVersion", TemplateId=template, Version=2)
    assert len(sdk.call("GetJobTemplate", TemplateId=template, Version="all")["Versions"]) == 2
    assert sdk.call("ListJobTemplates", WorkspaceId=place)["JobTemplates"][0]["DefaultVersion"] == 2
    job = str(sdk.call("CreateJob", TemplateId=template, DisplayName="from-it", WorkspaceId=place)["JobId"])
    answer = sdk.call("GetJob", JobId=job)
    assert (answer["Priority"], answer["JobSpecs"][0]["Image"]) == (0, GPU_SPEC["Image"])
    assert refused(sdk, "DeleteJobTemplate", TemplateId=template) == (400, "JobTemplateInUse")
    sdk.call("StopJob", JobId=job)
    admin("clock", {"advance_s": 10})
    sdk.call("DeleteJob", JobId=job)
    sdk.call("DeleteJobTemplate", TemplateId=template)
    assert refused(sdk, "GetJobTemplate", TemplateId=template)[0] == 404


def tensorboards(sdk: Sdk, admin: Any) -> None:
    made = sdk.call("CreateTensorboard", JobId=create(sdk), DisplayName="curves", MaxRunningTimeMinutes=10)
    one = {"TensorboardId": made["TensorboardId"]}
    assert sdk.call("GetTensorboard", **one)["Status"] == "Creating"
    admin("clock", {"advance_s": 6})
    assert sdk.call("GetTensorboard", **one)["Status"] == "Running"
    assert sdk.call("GetTensorboardSharedUrl", ExpireTimeSeconds="60", **one)["TensorboardSharedUrl"].startswith("http")
    token = sdk.call("GetToken", TargetType="tensorboard", TargetId=made["TensorboardId"], ExpireTime=60)["Token"]
    assert sdk.call("GetTensorboard", Token=token, **one)["DisplayName"] == "curves"
    sdk.call("StopTensorboard", **one)
    assert sdk.call("ListTensorboards", Status="Stopped")["Tensorboards"][0]["TensorboardId"] == made["TensorboardId"]
    assert refused(sdk, "GetTensorboard", Token="guessed", **one)[0] == 403
    sdk.call("UpdateTensorboard", MaxRunningTimeMinutes=1, Accessibility="PUBLIC", **one)
    sdk.call("StartTensorboard", **one)
    admin("clock", {"advance_s": 70})
    ended = sdk.call("GetTensorboard", **one)
    assert (ended["Status"], ended["ReasonCode"]) == ("Stopped", "MaxRunningTimeExceeded")
    sdk.call("DeleteTensorboard", **one)
    assert refused(sdk, "GetTensorboard", **one)[0] == 404


def ray(sdk: Sdk, admin: Any) -> None:
    spec = {"Type": "Head", "PodCount": 1, "Image": "registry/ray:1", "EcsSpec": "ecs.g6.large"}
    job = create(sdk, JobType="RayJob", JobSpecs=[spec])
    admin("clock", {"advance_s": 20})
    token = sdk.call("GetToken", TargetType="job", TargetId=job)["Token"]
    assert token in sdk.call("GetDashboard", JobId=job, isShared=True, token=token)["url"]
    assert sdk.call("GetRayDashboard", JobId=job)["metricsEnabled"] == "true"
    made = sdk.call(
        "CreateRayHistoryServer",
        DisplayName="replay",
        WorkspaceId=sdk.call("GetJob", JobId=job)["WorkspaceId"],
        StoragePath="oss://bucket.endpoint/ray/",
        EcsSpec="ecs.g6.large",
    )
    one = {"RayHistoryServerId": made["RayHistoryServerId"]}
    admin("clock", {"advance_s": 10})
    assert sdk.call("GetRayHistoryServer", **one)["Status"] == "Running"
    sdk.call("StopRayHistoryServer", **one)
    assert sdk.call("ListRayHistoryServers", Status="Stopped")["TotalCount"] == 1
    sdk.call("StartRayHistoryServer", **one)
    assert sdk.call("GetRayHistoryServer", **one)["Status"] == "Creating"
    sdk.call("DeleteRayHistoryServer", **one)
    assert sdk.call("ListRayHistoryServers")["TotalCount"] == 0


def test_the_official_sdk_calls_all_43_operations_and_parses_every_answer(sdk: Sdk, admin: Any, proved: Proved) -> None:
    for tour in (jobs, templates, tensorboards, ray):
        tour(sdk, admin)
    assert len(sdk.call("ListEcsSpecs", AcceleratorType="GPU", PageSize=50)["EcsSpecs"]) > 10
    every = set(CONTRACT["pai-dlc"]["operations"])
    called = sdk.called & every
    proved("(c) the official SDK drives the emulator and parses its answers", called)
    assert every - called == set()
    assert len(every) == 43


def test_r44_dashboards_of_other_jobs_are_empty_not_an_error(sdk: Sdk, admin: Any) -> None:
    job = create(sdk)
    admin("clock", {"advance_s": 30})
    assert sdk.call("GetDashboard", JobId=job)["url"] == ""
    assert sdk.call("GetRayDashboard", JobId=job)["url"] == ""


def test_r45_a_terminal_needs_a_live_pod(sdk: Sdk, admin: Any) -> None:
    job = create(sdk)
    admin("clock", {"advance_s": 600})
    assert refused(sdk, "GetWebTerminal", JobId=job, PodId=f"{job}-master-0") == (400, "BadRequest")


def test_r43_an_address_in_a_tensorboards_data_sources_is_dropped_silently(sdk: Sdk) -> None:
    made = sdk.call("CreateTensorboard", DisplayName="t", DataSources=[{"DataSourceType": "OSS", "Uri": "oss://b.e/"}])
    assert "oss://" not in json.dumps(sdk.call("GetTensorboard", TensorboardId=made["TensorboardId"]))


def test_r43_a_job_and_data_sources_exclude_each_other(sdk: Sdk) -> None:
    source = [{"DataSourceId": "d-1", "MountPath": "/mnt"}]
    assert refused(sdk, "CreateTensorboard", JobId=create(sdk), DataSources=source)[0] == 400


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"JobSpecs": [GPU_SPEC | {"Image": "registry/another:2"}], "DisplayName": "x"}, 400),
        ({"DisplayName": ""}, 400),
        ({"TemplateVersion": 9, "DisplayName": "x"}, 404),
    ],
)
def test_r26_a_create_from_a_template_keeps_to_its_constraints(sdk: Sdk, change: dict[str, Any], status: int) -> None:
    place = workspace(sdk)
    content = {"JobType": "PyTorchJob", "JobSpecs": [GPU_SPEC], "UserCommand": "python train.py"}
    constraints = {"JobSpecs[0].Image": "locked", "DisplayName": "required"}
    template = sdk.call(
        "CreateJobTemplate",
        TemplateName="strict",
        WorkspaceId=place,
        Content=json.dumps(content),
        Constraints=constraints,
    )["TemplateId"]
    assert refused(sdk, "CreateJob", TemplateId=template, **change)[0] == status


@pytest.mark.parametrize(
    ("operation", "args"),
    [
        ("UpdateJobTemplate", {"Constraints": {"UserCommand": "locked"}}),
        ("UpdateJobTemplate", {"Content": "{}", "Constraints": {"UserCommand": "frozen"}}),
        ("UpdateJobTemplate", {"Content": "no json"}),
        ("UpdateJobTemplate", {"Content": '{"UserCommand":"b"}', "Constraints": {"$.UserCommand": "locked"}}),
    ],
)
def test_r50_constraints_are_of_three_kinds_and_come_with_content(sdk: Sdk, operation: str, args: Any) -> None:
    made = sdk.call("CreateJobTemplate", TemplateName="t", WorkspaceId=workspace(sdk), Content='{"UserCommand":"a"}')
    assert refused(sdk, operation, TemplateId=made["TemplateId"], **args)[0] == 400
    assert sdk.call("GetJobTemplate", TemplateId=made["TemplateId"], Version="all")["TotalCount"] == 1


@pytest.mark.parametrize("part", [{"JobSpecs": 3}, {"JobSpecs": ["x"]}, {"Envs": "A=1"}, {"JobType": ["PyTorchJob"]}])
def test_a_template_whose_content_makes_no_job_refuses_the_create(sdk: Sdk, part: dict[str, Any]) -> None:
    content = {"JobType": "PyTorchJob", "JobSpecs": [GPU_SPEC], "UserCommand": "python train.py"} | part
    made = sdk.call("CreateJobTemplate", TemplateName="t", WorkspaceId=workspace(sdk), Content=json.dumps(content))
    assert refused(sdk, "CreateJob", TemplateId=made["TemplateId"], DisplayName="x")[0] == 400


def test_r53_templates_are_sorted_by_creation_time_only(sdk: Sdk) -> None:
    assert refused(sdk, "ListJobTemplates", WorkspaceId=workspace(sdk), SortBy="TemplateName")[0] == 400


def test_r34_a_template_named_by_a_finished_job_still_cannot_be_deleted(sdk: Sdk, admin: Any) -> None:
    place = workspace(sdk)
    content = json.dumps({"JobType": "PyTorchJob", "JobSpecs": [GPU_SPEC], "UserCommand": "python train.py"})
    template = sdk.call("CreateJobTemplate", TemplateName="t", WorkspaceId=place, Content=content)["TemplateId"]
    sdk.call("CreateJob", TemplateId=template, DisplayName="user")
    admin("clock", {"advance_s": 900})
    assert refused(sdk, "DeleteJobTemplate", TemplateId=template) == (400, "JobTemplateInUse")
