"""What a waiting job waits for, from its words, its quota's numbers and the stock."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp import amounts
from pai_dlc_mcp.composites.diagnose.material import Material
from pai_dlc_mcp.composites.diagnose.verdict import Verdict
from pai_dlc_mcp.composites.diagnose.waiting import Surroundings, decide
from pai_dlc_mcp.timestamps import iso

from .building import JOB, NOW, START, pod, pod_id, subject

QUOTA = {
    "QuotaId": "quota1",
    "QuotaDetails": {"ActualMinQuota": {"GPU": "16"}, "UsedQuota": {"GPU": "12"}},
}


def waiting(status: str = "Queuing", *events: str, around: Surroundings | None = None, **more: Any) -> Verdict:
    """A job that has been in its state for ten minutes and asks for 8 GPUs."""
    more = {
        "StatusHistory": [{"Status": status, "StartTime": iso(NOW - 600)}],
        "JobSpecs": [{"EcsSpec": "ecs.gpu"}],
    } | more
    material = Material(subject(status, **more))
    material.job_events = [f"{iso(NOW - 300)} Warning {event}" for event in events]
    return decide(material, around or Surroundings())


@pytest.mark.parametrize(
    ("cause", "event"),
    [
        ("parent_quota", "ParentQuotaNotEnough the parent quota has 2 GPU free"),
        ("user_limit", "UserQuotaLimitExceeded user 1 uses 16 of the 16 GPU one user may use"),
        ("fragmentation", "FailedScheduling no single node has 8 GPU"),
        ("fragmentation", "FailedScheduling hyper-node PartiallyAvailable, NetworkTopologyNotSatisfied"),
        ("node_refused", "FailedScheduling 3 node(s) had untolerated taint, DriverVersionMismatch"),
        ("node_cordoned", "FailedScheduling 4 node(s) were unschedulable"),
        ("queue_order", "QueueStrategy FIFO: 3 jobs ahead"),
        ("no_stock", "ResourceAllocateFailed resource type is not enough in this zone"),
        ("bid_too_low", "Bidding the bid is below the market price"),
        ("workspace_limit", "the workspace limit of running jobs is reached"),
        ("vpc", "vSwitch vsw-1 has no free ip address"),
        ("quota_full", "QuotaNotEnough the quota has not enough free resources"),
        ("unschedulable", "FailedScheduling 0/8 nodes are available: Insufficient nvidia.com/gpu"),
        ("preempted", "JobPreempted Preempted by a job of priority 9"),
        ("user_limit", "Waiting 单用户可用 GPU 已达上限"),
        ("fragmentation", "Waiting 资源碎片，没有单个节点满足 8 卡"),
        ("node_refused", "Waiting 没有满足标签要求的节点"),
        ("queue_order", "Waiting 前面还有 3 个任务"),
        ("no_stock", "Waiting 该规格在可用区内库存不足"),
        ("bid_too_low", "Waiting 出价低于当前市场价"),
        ("workspace_limit", "Waiting 工作空间运行中的任务数已达上限"),
        ("vpc", "Waiting 交换机 vsw-1 可用 IP 不足"),
        ("quota_full", "Waiting 配额剩余 GPU 不足"),
        ("unschedulable", "Waiting 各节点 GPU 资源不足"),
    ],
)
def test_the_words_of_an_event_name_what_a_job_waits_for(cause: str, event: str) -> None:
    verdict = waiting("Queuing", event)
    assert verdict.cause == cause
    assert any(event in quote.text for quote in verdict.quotes)


def test_the_quotas_numbers_say_how_much_is_short() -> None:
    verdict = waiting(
        around=Surroundings(quota=QUOTA), ResourceId="quota1", JobSpecs=[{"ResourceConfig": {"GPU": "8"}}]
    )
    assert (verdict.cause, verdict.category, verdict.confidence) == ("quota_full", "resource", "high")
    assert verdict.facts["short_by"] == "4 GPU"
    assert "free 4 GPU" in verdict.facts["quota"]


def test_a_job_larger_than_its_quota_is_told_that_waiting_is_in_vain() -> None:
    verdict = waiting(around=Surroundings(quota=QUOTA), ResourceId="quota1", RequestGPU=32)
    assert (verdict.cause, verdict.category) == ("quota_too_small", "configuration")


def test_who_holds_the_quota_and_who_waits_before_is_counted() -> None:
    holders = [{"JobId": "dlc-big", "UserId": "1001", "RequestGPU": "12", "Priority": 5, "GmtRunningTime": iso(START)}]
    ahead = {"JobId": "dlc-ahead", "Priority": 9, "GmtCreateTime": iso(NOW)}
    behind = {"JobId": "dlc-behind", "Priority": 1, "GmtCreateTime": iso(NOW)}
    around = Surroundings(quota=QUOTA, holders=holders, queue=[ahead, behind, {"JobId": JOB, "Priority": 1}])
    facts = waiting(around=around, ResourceId="quota1", Priority=1).facts
    assert facts["jobs_ahead"] == 1
    assert facts["same_user_holds"] == "12 GPU"
    assert "dlc-big of user 1001, priority 5: 12 GPU, 1.0 h" in facts["holders"]


def test_a_type_out_of_stock_is_the_cause_without_any_event_and_alternatives_are_named() -> None:
    own = {"InstanceType": "ecs.gpu", "IsAvailable": False, "Gpu": 1}
    other = {"InstanceType": "ecs.other", "IsAvailable": True, "Gpu": 1}
    verdict = waiting(around=Surroundings(spec=[own], specs=[own, other]))
    assert verdict.cause == "no_stock"
    assert verdict.facts["in_stock_instead"] == ["ecs.other"]


def test_spot_stock_counts_for_a_spot_job_only() -> None:
    own = {"InstanceType": "ecs.gpu", "IsAvailable": True, "Gpu": 1, "SpotStockStatus": "NoStock"}
    spot = [{"EcsSpec": "ecs.gpu", "UseSpotInstance": True}]
    assert waiting("Bidding", around=Surroundings(spec=[own]), JobSpecs=spot).cause == "no_stock"
    assert waiting("Queuing", around=Surroundings(spec=[own])).cause == "waiting"


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        ({"IsAvailable": True}, ["ecs.gpu: available True"]),
        ({"IsAvailable": False, "SpotStockStatus": "WithStock"}, ["ecs.gpu: available False, spot stock WithStock"]),
        ({}, ["ecs.gpu: available False"]),
    ],
)
def test_the_stock_of_the_own_types_is_told_in_each_market(row: dict[str, Any], shown: list[str]) -> None:
    assert waiting(around=Surroundings(spec=[{"InstanceType": "ecs.gpu", **row}])).facts["stock"] == shown


def test_a_priority_that_was_asked_for_and_never_came_is_named_with_what_it_waits_for() -> None:
    own = {"InstanceType": "ecs.gpu", "IsAvailable": False, "Gpu": 1}
    verdict = waiting("Queuing", "User 7 asked for priority 9", around=Surroundings(spec=[own]), Priority=1)
    assert (verdict.cause, verdict.category) == ("priority_not_applied", "configuration")
    assert "no stock" in verdict.also[0]
    assert waiting("Queuing", "User 7 asked for priority 9", Priority=9).cause == "waiting"


def test_the_checks_of_pai_studio_name_the_cause() -> None:
    checks = {
        "UserLimit": {"Status": "Failed", "ExceedResources": ["GPU"], "Used": {"GPU": "8"}, "Limit": {"GPU": "8"}}
    }
    studio = {
        "Diagnosis": {
            "ResourceDiagnosis": checks,
            "SchedulingDiagnosis": {"UnschedulableNodes": {"OutOfGPU": ["a", "b"]}},
        }
    }
    verdict = waiting(around=Surroundings(studio=studio), ResourceId="quota1")
    assert (verdict.cause, verdict.confidence) == ("user_limit", "high")
    assert verdict.facts["nodes_refused"] == {"OutOfGPU": 2}


@pytest.mark.parametrize("own", [{}, {"Priority": 0}, {"Priority": 1}])
def test_r14_a_job_without_a_priority_waits_behind_older_ones_of_priority_one(own: dict[str, int]) -> None:
    older, newer = {"GmtCreateTime": iso(START - 90)}, {"GmtCreateTime": iso(START + 90)}
    rows: list[dict[str, Any]] = [older, older | {"Priority": 0}, older | {"Priority": 1}, {"Priority": 1},
                                  newer | {"Priority": 2}, newer | {"Priority": 1}, newer]  # fmt: skip
    queue = [row | {"JobId": f"dlc{number}"} for number, row in enumerate(rows)] + [older | {"JobId": JOB}]
    facts = waiting(around=Surroundings(queue=queue), ResourceId="quota1", **own).facts
    assert facts["jobs_ahead"] == 5


def test_events_of_an_earlier_state_do_not_count() -> None:
    history = [{"Status": "EnvPreparing", "StartTime": iso(NOW - 100)}]
    assert waiting("EnvPreparing", "QuotaNotEnough quota is full", StatusHistory=history).cause == "waiting"


def test_a_phase_that_lasts_too_long_is_said_to() -> None:
    facts = waiting("Creating").facts
    assert facts["waited_seconds"] == 600
    assert "300 s" in facts["longer_than_usual"]


def test_an_image_that_does_not_come_is_told_from_the_pods_events_while_preparing() -> None:
    material = Material(subject("EnvPreparing", [pod(0, "Pending", began=False)]))
    material.pod_events = {pod_id(0): [f"{iso(NOW - 9)} Warning Failed to pull image x: manifest unknown"]}
    verdict = decide(material, Surroundings())
    assert (verdict.cause, verdict.pod) == ("image_not_found", pod_id(0))


def test_a_container_that_fails_again_and_again_before_the_job_runs_is_a_preparation_that_failed() -> None:
    material = Material(subject("EnvPreparing", [pod(0, "Pending", began=False)]))
    loop = f"{iso(NOW - 9)} Warning BackOff Back-off restarting failed container fetch-code in pod x-0"
    material.pod_events = {pod_id(0): [loop]}
    assert (decide(material, Surroundings()).cause, decide(material, Surroundings()).pod) == ("init_failed", pod_id(0))
    material.pod_events = {pod_id(0): [loop, f"{iso(NOW - 8)} Warning Failed to pull image x: manifest unknown"]}
    assert decide(material, Surroundings()).cause == "image_not_found", "an exact word goes before"


def test_amounts_are_read_with_their_units() -> None:
    assert [amounts.amount(text) for text in ("8", "512Gi", "2Ti", "1024Mi", 3, None, "x", True)] == [
        8, 512, 2048, 1, 3, None, None, None,
    ]  # fmt: skip
