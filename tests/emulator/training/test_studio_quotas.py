"""PAI Studio's quotas: what is left of them, who waits in them, and why."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.training.scene import Scene, quota_spec
from pai_dlc_emulator.dlc.behaviour import load
from pai_dlc_emulator.wire import ServiceError


def studio(scene: Scene, operation: str, **args: Any) -> dict[str, Any]:
    return scene.call(f"paistudio:{operation}", **args)


def refused(scene: Scene, operation: str, **args: Any) -> tuple[int, str]:
    with pytest.raises(ServiceError) as caught:
        studio(scene, operation, **args)
    return caught.value.status, caught.value.code


def quota_of(scene: Scene, name: str) -> str:
    (found,) = studio(scene, "ListQuotas", QuotaName=name)["Quotas"]
    return str(found["QuotaId"])


def test_a_quota_says_what_it_has_what_is_used_and_what_is_asked() -> None:
    scene = Scene("empty")
    key = quota_of(scene, "vision-night")
    for _ in range(2):
        scene.create("hang", JobSpecs=quota_spec(2), ResourceId=key)
    scene.clock.advance(60)
    quota = studio(scene, "GetQuota", QuotaId=key, WithNodeMeta=True)
    details = quota["QuotaDetails"]
    assert (details["ActualMinQuota"]["GPU"], details["UsedQuota"]["GPU"]) == ("2", "2")
    assert (details["RequestedQuota"]["GPU"], details["SelfSubmittedQuota"]["GPU"]) == ("4", "2")
    assert details["ActualMinQuota"]["Memory"] == "128Gi"
    assert quota["Status"] == "Ready"
    parent = studio(scene, "GetQuota", QuotaId=quota["ParentQuotaId"])
    assert key in {one["QuotaId"] for one in parent["SubQuotas"]}
    assert parent["QuotaDetails"]["UsedQuota"]["GPU"] == "2"
    assert refused(scene, "GetQuota", QuotaId="quota00000000000") == (404, "QuotaNotFound")


def test_quotas_are_found_by_workspace_type_and_id() -> None:
    scene = Scene("empty")
    everything = studio(scene, "ListQuotas")
    assert everything["TotalCount"] == 4
    lingjun = studio(scene, "ListQuotas", ResourceType="Lingjun")["Quotas"]
    assert [one["QuotaName"] for one in lingjun] == ["llm-lingjun"]
    workspace = lingjun[0]["Workspaces"][0]["WorkspaceId"]
    assert lingjun[0] in studio(scene, "ListQuotas", WorkspaceIds=workspace)["Quotas"]
    assert studio(scene, "ListQuotas", QuotaIds=lingjun[0]["QuotaId"])["TotalCount"] == 1
    assert studio(scene, "ListQuotas", Statuses="Creating")["TotalCount"] == 0


def test_what_waits_and_what_runs_in_a_quota_is_listed_apart() -> None:
    scene = Scene("empty")
    key = quota_of(scene, "vision-night")
    first, second = (scene.create("hang", JobSpecs=quota_spec(2), ResourceId=key) for _ in range(2))
    scene.clock.advance(60)
    waiting = studio(scene, "ListQuotaWorkloads", QuotaId=key)["Workloads"]
    assert [(one["WorkloadId"], one["Position"]) for one in waiting] == [(second, 1)]
    running = studio(scene, "ListQuotaWorkloads", QuotaId=key, Status="Dequeued")["Workloads"]
    assert [(one["WorkloadId"], one["Resource"]["GPU"]) for one in running] == [(first, "2")]


@pytest.mark.parametrize(
    ("behaviour", "check"),
    [("queue-full", "SelfQuotaLimit"), ("ancestor-quota", "AncestorQuotaLimit"), ("user-limit", "UserLimit")],
)
def test_the_diagnosis_names_the_one_check_that_fails(behaviour: str, check: str) -> None:
    scene = Scene("failures")
    job = scene.call("ListJobs", DisplayName=load(behaviour).setting["name"], ShowOwn=False)["Jobs"][0]
    where = {"QuotaId": job["ResourceId"], "WorkloadId": job["JobId"]}
    diagnosis = studio(scene, "GetQuotaWorkloadDiagnosis", **where)["Diagnosis"]
    checks = diagnosis["ResourceDiagnosis"]
    assert [name for name, one in checks.items() if one["Status"] == "Failed"] == [check]
    assert "GPU" in checks[check]["ExceedResources"]
    assert diagnosis["SchedulingDiagnosis"]["TaskNum"] == load(behaviour).setting["pods"]


def test_fragmentation_shows_in_the_scheduling_and_not_in_the_limits() -> None:
    scene = Scene("failures")
    job = scene.call("ListJobs", DisplayName=load("fragmentation").setting["name"], ShowOwn=False)["Jobs"][0]
    where = {"QuotaId": job["ResourceId"], "WorkloadId": job["JobId"]}
    diagnosis = studio(scene, "GetQuotaWorkloadDiagnosis", **where)["Diagnosis"]
    assert {one["Status"] for one in diagnosis["ResourceDiagnosis"].values()} == {"Succeeded"}
    assert {one["Reason"] for one in diagnosis["SchedulingDiagnosis"]["UnschedulableNodes"]} == {
        "OutOfGPU", "NotEnoughGPU",
    }  # fmt: skip


def test_a_job_that_no_longer_queues_has_no_diagnosis() -> None:
    scene = Scene("empty")
    key = quota_of(scene, "vision-a10")
    job = scene.create(JobSpecs=quota_spec(1), ResourceId=key)
    scene.clock.advance(60)
    assert refused(scene, "GetQuotaWorkloadDiagnosis", QuotaId=key, WorkloadId=job)[0] == 400


@pytest.mark.parametrize(("resource", "amount"), [("CPU", "60"), ("Memory", "500Gi"), ("GPU", "2")])
def test_a_limit_names_the_resource_that_is_short_beside_what_others_use(resource: str, amount: str) -> None:
    scene = Scene("empty")
    key = quota_of(scene, "vision-night")
    amounts = studio(scene, "GetQuota", QuotaId=key)["QuotaDetails"]["ActualMinQuota"]
    most = {"CPU": "1", "Memory": "1Gi", "GPU": "0"} | {resource: amounts[resource]}
    spec = {"Type": "Worker", "Image": "i", "PodCount": 1}
    for number in range(2):
        scene.create("hang", JobSpecs=[{**spec, "ResourceConfig": most}], ResourceId=key, DisplayName=f"n{number}")
    scene.clock.advance(60)
    (waiting,) = studio(scene, "ListQuotaWorkloads", QuotaId=key, Status="Enqueued")["Workloads"]
    found = studio(scene, "GetQuotaWorkloadDiagnosis", QuotaId=key, WorkloadId=waiting["WorkloadId"])
    limit = found["Diagnosis"]["ResourceDiagnosis"]["SelfQuotaLimit"]
    assert (limit["Status"], limit["ExceedResources"]) == ("Failed", [resource])
