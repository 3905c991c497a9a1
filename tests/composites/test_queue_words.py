"""What queues, quotas and clouds say that have not what a job asks for, in whatever words; and how much is read."""

from __future__ import annotations

import random

import pytest

from pai_dlc_mcp.composites.diagnose import platform_words
from pai_dlc_mcp.composites.diagnose.event_families import of_event
from pai_dlc_mcp.composites.diagnose.platform_words import UNKNOWN_LINES, platform_findings

HELD = ("quota", "nvidia.com/gpu", "GPUs", "resources", "cards")
LACKS = ("no", "not enough", "insufficient", "lack of", "short of", "without any", "0")
FREE = ("unused", "free", "idle", "available", "spare", "unallocated")
WAITS = [
    ("quota_full", "Warning Pending no longer fits after processing another workload of the cycle"),
    ("quota_full", "Normal Pending The workload was skipped because it does not fit with the other workloads"),
    ("quota_full", "Warning Pending LocalQueue user-queue is stopped"),
    ("quota_full", "Normal Pending borrowing limit for nvidia.com/gpu in flavor a100 exceeded"),
    ("quota_full", "Normal Unenqueueable job train/llm-7b can't be enqueued, queue team has nothing"),
    ("quota_full", "Warning PodGroupPending allocated resources plus the request exceed its deserved share"),
    ("quota_full", "Warning FailedScheduling queue [batch] overused: deserved nvidia.com/gpu 8"),
    ("quota_full", "Warning FailedScheduling elastic quota min/max check failed, max is reached, quotaName: cv"),
    ("quota_full", "Normal ApplicationPending waits: not enough headroom in queue root.default.ml"),
    ("quota_full", "Normal Waiting all cards of this resource group are occupied"),
    ("quota_full", "Normal QuotaCheck available quota 0 is less than required 16"),
    ("quota_full", "Warning EnqueueFailed 资源组 GPU 卡已被全部占用，任务等待中"),
    ("quota_full", "Warning EnqueueFailed 当前资源配额剩余 2 卡，任务需要 8 卡"),
    ("queue_order", "Normal Waiting another job of this queue has to start first"),
    ("fragmentation", "Warning FailedScheduling 12 GPUs are free but spread over 6 nodes"),
    ("fragmentation", "Warning FailedScheduling 空闲卡分散在多个节点，无法满足单机 8 卡"),
    ("no_stock", "Warning FailedScaleUp no instances of type p5.48xlarge can be bought in this zone"),
    ("no_stock", "Normal NodeClaimFailed could not launch, UnfulfillableCapacity"),
    ("workspace_limit", "Warning FailedScaleUp quota 'GPUS_ALL_REGIONS' exceeded. Limit: 8.0 globally."),
    ("vpc", "Warning AllocIPFailed no free IP in subnet subnet-12"),
    ("vpc", "Warning AllocIPFailed secondary ENI cannot be attached"),
    ("vpc", "Warning CreateFailed 子网地址已耗尽"),
]
NO_WAITS = [
    "2027-01-15T08:00:00Z Normal Scheduled Successfully assigned ml/w-0 to ip-172-20-45-35",
    "2027-01-15T08:00:00Z Normal Admitted Admitted by ClusterQueue team-a, wait time since reservation was 0s",
    "2027-01-15T08:00:00Z Normal QuotaReserved Quota reserved in ClusterQueue team-a, wait time was 12s",
    "2027-01-15T08:00:00Z Normal Pulled image is already present on machine, no download was needed",
    "2027-01-15T08:00:00Z Normal Started the container fits the shape that was asked for",
    "2027-01-15T08:00:00Z Normal AllocIPSucceed Alloc IP 10.0.0.8/24 took 12 ms",
]


@pytest.mark.parametrize("held", HELD)
@pytest.mark.parametrize("free", FREE)
@pytest.mark.parametrize("lacks", LACKS)
def test_a_lack_of_what_is_free_is_a_full_quota_in_any_words(lacks: str, free: str, held: str) -> None:
    found = of_event(f"Normal Pending {lacks} {free} {held} for the job at this time")
    assert found is not None
    assert found.cause.code == "quota_full"


@pytest.mark.parametrize(("code", "event"), WAITS)
def test_what_a_job_waits_for_is_known_by_the_kind_of_words(code: str, event: str) -> None:
    found = platform_findings([event], "job_event")
    assert [one.cause.code for one in found] == [code]


@pytest.mark.parametrize("event", NO_WAITS)
def test_what_went_well_is_nothing_to_wait_for(event: str) -> None:
    assert platform_findings([event], "job_event") == []


@pytest.mark.parametrize(
    ("event", "cause"),
    [
        ("Warning FailedScheduling 0/5 nodes are available: 5 Insufficient nvidia.com/gpu.", "unschedulable"),
        ("Warning FailedScheduling 0/5 nodes are available: 5 node(s) had untolerated taint {a: b}.", "node_refused"),
        ("Warning FailedScheduling the plugin says: no headroom is left", "quota_full"),
        ("Warning FailedScheduling of no plugin that anybody knows", "unschedulable"),
    ],
)
def test_why_no_node_took_a_pod_goes_before_that_none_did_but_not_before_its_exact_words(
    event: str, cause: str
) -> None:
    assert [one.cause.code for one in platform_findings([event], "pod_event")] == [cause]


def _odd_lines(count: int) -> list[str]:
    words = ("lorem", "vortex", "kettle", "amber", "flux", "relay", "quartz", "zeta", "plug", "garden", "river")
    chance = random.Random(3)
    said = (" ".join(chance.choice(words) for _ in range(12)) for _ in range(count))
    return [f"2027-01-15T08:00:00Z Warning OddThing {one}" for one in said]


def test_of_unknown_warnings_only_the_last_are_read_for_kinds_of_words(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    likened: list[str] = []
    of_words, like = platform_words.of_words, platform_words.like_event
    monkeypatch.setattr(platform_words, "of_words", lambda line: asked.append(line) or of_words(line))
    monkeypatch.setattr(platform_words, "like_event", lambda line: likened.append(line) or like(line))
    lines = _odd_lines(300)
    platform_findings(lines, "job_event")
    assert asked == likened == lines[-UNKNOWN_LINES:]


def test_unknown_warnings_that_differ_in_numbers_are_read_once_and_stand_at_the_last_of_them() -> None:
    one = "2027-01-15T08:00:00Z Warning OddReason oss2: the ruby table {} and the tensor shapes do not match"
    lines = [one.format(1), *_odd_lines(UNKNOWN_LINES - 1), one.format(22)]
    found = [each for each in platform_findings(lines, "job_event") if "ruby" in each.text]
    assert [each.line for each in found] == [len(lines) - 1]
    late = [one.format(1), *_odd_lines(UNKNOWN_LINES)]
    assert [each for each in platform_findings(late, "job_event") if "ruby table" in each.text] == []


def test_findings_stay_in_the_order_of_the_events() -> None:
    lines = [
        "2027-01-15T08:00:00Z Warning OddReason the tensor shapes do not match at all",
        "2027-01-15T08:00:01Z Warning NodeNotReady Node is not ready",
        "2027-01-15T08:00:02Z Warning OddReason the tensor shapes do not match",
    ]
    found = platform_findings(lines, "job_event")
    assert [one.line for one in found] == sorted(one.line for one in found)
    assert {0, 1} <= {one.line for one in found}
