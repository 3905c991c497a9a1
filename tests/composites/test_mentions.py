"""An event that only speaks of an end: what might come, a rule, a setting, a check that passed. It is no cause.
Nor is a checkpoint that a program looked for and did without."""

from __future__ import annotations

import pytest

from pai_dlc_mcp.composites.diagnose.causes import SPECIFIC
from pai_dlc_mcp.composites.diagnose.causes_platform import ENDS
from pai_dlc_mcp.composites.diagnose.evidence import read_log, strongest
from pai_dlc_mcp.composites.diagnose.mentions import _HAPPENINGS
from pai_dlc_mcp.composites.diagnose.platform_words import platform_findings

SPOKEN = [
    f"the pod runs on, if {{}} it is started again; {more}" for more in ("see the manual", "nothing was done")
] + [
    "to avoid {} the platform keeps a reserve",
    "it is not yet the case, no {} until now",
    "the rule for {} is switched off",
    "this may mean {} later on",
]
"""Sentences that speak of something, with a place for what they speak of."""
HAPPENED = [
    "{}",
    "the pod ended: {}",
    "{}, which cannot be undone",
    "{}; the job may start again if restarts are left",
]
"""Sentences that say that something happened."""


def _plain(code: str) -> list[str]:
    """The causes' forms that are words of a sentence: nothing left out of them, and no reason in one word."""
    forms = [form for one in ENDS if one.code == code and one.weight >= SPECIFIC for form in one.forms]
    return [form for form in forms if form.isascii() and " " in form and not set("*&!") & set(form)]


PLAIN = [(code, form) for code in sorted(_HAPPENINGS - {"sanity_failed"}) for form in _plain(code)]


def causes(line: str) -> list[str]:
    return [one.cause.code for one in platform_findings([line], "job_event") if one.cause.weight >= SPECIFIC]


@pytest.mark.parametrize("sentence", SPOKEN)
@pytest.mark.parametrize(("code", "form"), PLAIN)
def test_what_an_event_only_speaks_of_is_no_cause(code: str, form: str, sentence: str) -> None:
    assert code not in causes(f"Normal JobNote {sentence.format(form)}")


@pytest.mark.parametrize("sentence", HAPPENED)
@pytest.mark.parametrize(
    ("code", "form"), [one for one in PLAIN if one[0] not in ("time_limit", "disk_full")] + [
        ("time_limit", "max running time exceeded"), ("time_limit", "the time limit was reached"),
        ("disk_full", "ephemeral storage usage exceeds the total limit"),
    ],
)  # fmt: skip
def test_what_an_event_says_that_it_happened_is_a_cause(code: str, form: str, sentence: str) -> None:
    assert code in causes(f"Warning JobNote {sentence.format(form)}")


@pytest.mark.parametrize(
    ("code", "event"),
    [
        ("preempted", "Normal Queued job is preemptible and might be preempted by guaranteed jobs"),
        ("preempted", "Normal Started this pod can be preempted by pods of higher priority"),
        ("preempted", "Normal Pending Preemption is not allowed in the ClusterQueue"),
        ("preempted", "Normal Pending there are no preemption candidates"),
        ("preempted", "Normal Pending Preempted 0 workloads, not enough candidates found"),
        ("preempted", "Normal Pending Waiting for preempted workloads to release their quota"),
        ("preempted", "Normal Queued 该任务使用闲时资源，可能会被高优先级任务抢占"),
        ("spot_reclaimed", "Normal Note spot instances, which may be reclaimed at any time"),
        ("spot_reclaimed", "Normal Note the spot instance will not be reclaimed within the first hour"),
        ("spot_reclaimed", "Normal Note 竞价实例在保护期内不会被回收"),
        ("evicted", "Normal Scheduled the pod is not evicted while PodDisruptionBudget train holds"),
        ("disk_full", "Normal Note pods that use more than 50Gi of ephemeral storage will be evicted"),
        ("disk_full", "Normal Requested ephemeral-storage request 20Gi limit 50Gi"),
        ("host_memory", "Normal Note a container that exceeds its memory limit can be OOMKilled"),
        ("host_memory", "Normal Started OOMKill protection is off"),
        ("time_limit", "Normal JobSubmitted max running time is 1440 minutes"),
        ("time_limit", "Normal Note 任务最大运行时长设置为 72 小时"),
        ("recycled", "Normal JobCreated idle policy: jobs whose utilization stays below 5 % for 3 hours are stopped"),
        ("hang_detected", "Normal AIMasterReport no hang detected"),
        ("sanity_failed", "Normal SanityCheckPassed sanity check finished: 8 nodes passed"),
        ("sanity_failed", "Normal SanityCheckStarted sanity check is running on 8 nodes"),
        ("sanity_failed", "Normal SanityCheckReport sanity check finished, 0 failed nodes"),
        ("stopped_by_person", "Normal JobCreated the job can be stopped by user at any time"),
        ("account_overdue", "Normal BillReminder jobs stop when the account is overdue"),
        ("gpu_hardware", "Normal GPUCheck no Xid errors found, 8 GPUs healthy"),
        ("gpu_hardware", "Normal HealthCheck ECC error count: 0"),
        ("gpu_hardware", "Normal NVLinkRecovered all links are up"),
        ("gpu_throttled", "Normal GPUCheck no thermal throttling seen"),
    ],
)
def test_no_mention_is_taken_for_a_fact(code: str, event: str) -> None:
    assert code not in [one.cause.code for one in platform_findings([event], "job_event")]


@pytest.mark.parametrize(
    ("code", "event"),
    [
        ("preempted", "Normal Preempted Preempted to accommodate a workload; it may be admitted again later"),
        ("preempted", "Warning Killing job was preempted because another could not be scheduled otherwise"),
        ("preempted", "Warning Evicted evicted by scheduler for a higher-priority job that could not wait"),
        ("spot_reclaimed", "Warning SpotInterruption instance i-1 will be reclaimed in 5 minutes"),
        ("spot_reclaimed", "Warning Spot the spot instance will be released soon, save your work if you can"),
        ("spot_reclaimed", "Warning Reclaim spot instance i-2 was interrupted while the job was running"),
        ("host_memory", "Normal Killing container was OOMKilled; if this happens again raise the limit"),
        ("disk_full", "Warning EvictionThresholdMet Attempting to reclaim ephemeral-storage"),
        ("time_limit", "Warning JobFailed The job was stopped as it reached the max running time of 60 minutes"),
        ("recycled", "Warning JobStopped idle policy, GPU utilization 0 % for 3 hours"),
        ("hang_detected", "Warning AIMaster hang detected on 2 workers, the job is restarted if restarts are left"),
        ("hang_detected", "Warning NoProgress no progress for 40 min, elastic agent kills the group"),
        ("sanity_failed", "Warning SanityCheck 2 nodes passed, 1 node abnormal"),
        ("sanity_failed", "Warning SanityCheckTimeout the check did not finish in 3600s"),
        ("node_lost", "Warning NodeDown node node-1 was rebooted when the kernel crashed"),
        ("gpu_hardware", "Warning GPUUnhealthy Xid 79 on GPU 3, the node can not be used until it is repaired"),
        ("gpu_hardware", "Warning GPULost GPU w-0 is lost, reset was not possible"),
        ("account_overdue", "Warning Stopped AccountInArrears: jobs cannot run until the bill is paid"),
        ("stopped_by_person", "Normal Killing the job was cancelled by admin, so it can be changed"),
    ],
)
def test_a_fact_with_conditions_around_it_stays_one(code: str, event: str) -> None:
    assert [one.cause.code for one in platform_findings([event], "job_event")] == [code]


@pytest.mark.parametrize("begun", ["Training from scratch", "    will not load any checkpoints and will start anew"])
def test_a_checkpoint_that_a_program_does_without_explains_nothing(begun: str) -> None:
    sought = "Checkpoint tracker file does not exist: /mnt/out/latest_checkpointed_iteration.txt"
    fault = "TypeError: f() got an unexpected keyword argument 'x'"
    last = ["Traceback (most recent call last):", '  File "a.py", line 1', fault]
    left = strongest(read_log([sought, begun, *last]).findings)
    assert left is not None
    assert left.cause.code == "import_failed"
    last[-1] = "TypeError: odd frobnication"
    strict = ">> '--exit-on-missing-checkpoint' set ... exiting. <<"
    for lines in ([sought, *last], [sought, begun, strict], [sought, *["step"] * 9, begun, *last]):
        kept = strongest(read_log(lines).findings)
        assert kept is not None
        assert kept.cause.code == "checkpoint_missing"


@pytest.mark.parametrize("words", ["because of preempt", "because of preemption", "due to preemption"])
def test_an_eviction_that_names_a_preemption_is_one(words: str) -> None:
    def named(event: str) -> str | None:
        found = strongest(platform_findings([event], "pod_event"))
        return found.cause.code if found is not None else None

    assert named(f"Warning Evict Pod is evicted, {words}") == "preempted"
    assert named("Warning Evict Pod is evicted, because of pressure on the node") != "preempted"
    assert named(f"Warning FailedScheduling the pod waits {words}Policy: Never") != "preempted"


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (["Warning FailedScheduling 0/8 nodes are available: 8 node(s) didn't match, pod group is not ready"],
         ["node_refused"]),
        (["Warning FailedScheduling 0/8 nodes are available: the node was rebooted"], ["unschedulable"]),
        (["Normal Pulling if the pull rate limit is reached the pull waits"], []),
        (["Normal SuccessfulMountVolume MountVolume.SetUp succeeded for volume 403-data"], []),
        (["Normal BackOff Back-off pulling image x"], ["image_pull"]),
        (["Normal Mounting 数据集挂载超时"], ["mount_unreachable"]),
    ],
)  # fmt: skip
def test_a_scheduler_tells_of_no_end_and_a_normal_event_of_nothing_that_failed_without_a_word_of_failure(
    events: list[str], expected: list[str]
) -> None:
    assert [one.cause.code for one in platform_findings(events, "pod_event")] == expected
