"""Why a job failed: causes that programs and the platform tell in many words, each without a network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pai_dlc_mcp.composites.diagnose import tables
from pai_dlc_mcp.composites.diagnose.causes import Cause, Table
from pai_dlc_mcp.composites.diagnose.decision import decide
from pai_dlc_mcp.composites.diagnose.explanation import explain
from pai_dlc_mcp.composites.diagnose.material import Material
from pai_dlc_mcp.composites.diagnose.verdict import Verdict

from .building import failed, pod_id, subject

TABLE = Path(__file__).with_name("programs.txt")
TRACE = ["Traceback (most recent call last):", '  File "/workspace/train.py", line 7, in <module>']


def verdict_on(material: Material) -> Verdict:
    return explain(material, decide(material))


def _programs() -> list[tuple[str, str, list[str]]]:
    told = [line.split(" | ", 1) for line in TABLE.read_text("utf-8").splitlines() if not line.startswith("#")]
    return [(*named.split(), lines.split(" ⏎ ")) for named, lines in told]


PROGRAMS = _programs()


@pytest.mark.parametrize(
    ("cause", "category", "lines"), PROGRAMS, ids=[f"{case[0]}-{number}" for number, case in enumerate(PROGRAMS)]
)
def test_what_a_program_prints_names_the_cause(cause: str, category: str, lines: list[str]) -> None:
    log = ["2027-01-15 08:00:00,000 INFO step 1 | loss 2.3", *TRACE, *lines]
    events = {0: ["2027-01-15T08:01:40Z Warning ContainerExited exited with code 1: Error."]}
    verdict = verdict_on(failed({0: log}, events))
    assert (verdict.cause, verdict.category) == (cause, category)
    assert verdict.pod == pod_id(0)
    assert any(quote.text.split(" ⏎ ")[0] in line for quote in verdict.quotes for line in lines)


def test_the_table_is_not_empty() -> None:
    assert len(PROGRAMS) > 50


@pytest.mark.parametrize("table", [tables.PROGRAM, tables.EVENTS], ids=["program", "events"])
def test_every_form_of_every_cause_is_found_where_its_words_stand_and_not_without_one_of_them(table: Table) -> None:
    for cause in table.causes:
        for form in cause.forms:
            wanted, *barred = form.split(" ! ")
            pieces = [piece.replace("*", "0" if piece.isascii() else "") for piece in wanted.split(" & ")]
            assert cause.code in _found(table, "7: " + " ".join(pieces)), form
            assert cause.code in _found(table, "7:\n" + " ".join(pieces).replace(" ", "\n    ")), form
            assert _has(cause, form, "7: " + " ".join(pieces)), form
            for left_out in range(min(len(pieces), 2) if len(pieces) > 1 else 0):
                rest = " ".join(piece for place, piece in enumerate(pieces) if place != left_out)
                is_part = pieces[left_out].lower() in rest.lower()
                assert is_part or not _has(cause, form, rest), (form, rest)
            for bar in barred:
                assert not _has(cause, form, " ".join([*pieces, bar.replace("*", "0")])), (form, bar)


@pytest.mark.parametrize("table", [tables.EVENTS, tables.PROGRAM], ids=["event", "program"])
def test_a_form_is_found_as_whole_words_alone_where_no_star_lets_it_go_on(table: Table) -> None:
    tried = 0
    for cause in table.causes:
        for form in cause.forms:
            words = form.split(" ! ")[0]
            if " & " not in words and words.isascii() and "*" not in words:
                for at, text in ((0, f"x{words}"), (-1, f"{words}x"), (-1, f"{words}7")):
                    if words[at].isalnum():
                        tried += 1
                        assert not _has(cause, form, text), (form, text)
    assert tried > 400


def _found(table: Table, text: str) -> list[str]:
    return [match.cause.code for match in table.matches(text)]


def _has(cause: Cause, form: str, text: str) -> bool:
    """Whether a text has this form of a cause, looked for alone."""
    return bool(Table([replace(cause, forms=(form,))]).matches(text))


EVENTS: list[tuple[str, str, str]] = [
    ("image_not_found", "image", 'Failed to pull image "reg/x:1": rpc error: manifest for reg/x:1 not found'),
    (
        "image_refused",
        "image",
        'Failed to pull image "reg/x:1": pull access denied, unauthorized: authentication required',
    ),
    ("image_unreachable", "network", 'Failed to pull image "reg/x:1": dial tcp 10.0.0.1:443: i/o timeout'),
    ("image_pull", "image", "Error: ImagePullBackOff"),
    ("mount_refused", "configuration", "FailedMount MountVolume.SetUp failed for volume oss: 403 AccessDenied"),
    ("mount_missing", "configuration", "FailedMount MountVolume.SetUp failed: NoSuchBucket: the bucket does not exist"),
    ("mount_unreachable", "network", "FailedMount mount.nfs: Connection timed out for 10.1.1.1:/share"),
    (
        "mount_failed",
        "configuration",
        "FailedMount Unable to attach or mount volumes: timed out waiting for the condition",
    ),
    ("container_start", "configuration", "Failed Error: failed to create containerd task: OCI runtime create failed"),
    ("image_not_found", "image", "PullFailed 镜像 reg/x:1 不存在"),
    ("image_refused", "image", "PullFailed 没有访问镜像 reg/x:1 的权限"),
    ("image_unreachable", "network", "PullFailed 拉取镜像 reg/x:1 超时"),
    ("image_pull", "image", "PullFailed 拉取镜像失败"),
    ("mount_refused", "configuration", "Mount 数据集 d-1 挂载被拒绝"),
    ("mount_missing", "configuration", "Mount 数据集 d-1 挂载点不存在"),
    ("mount_unreachable", "network", "Mount 数据集 d-1 挂载超时"),
    ("mount_failed", "configuration", "Mount 数据集 d-1 挂载失败"),
]


@pytest.mark.parametrize(("cause", "category", "event"), EVENTS, ids=[case[0] for case in EVENTS])
def test_what_keeps_a_pod_from_starting_is_named_from_its_events(cause: str, category: str, event: str) -> None:
    found = failed({}, {0: [f"2027-01-15T08:00:00Z Warning {event}"]}, began=False)
    verdict = verdict_on(found)
    assert (verdict.cause, verdict.category) == (cause, category)


ENDS: list[tuple[str, str, str]] = [
    ("spot_reclaimed", "resource", "SpotInstanceReclaimed The spot instance was reclaimed"),
    ("preempted", "resource", "JobPreempted by a job of higher priority"),
    ("time_limit", "configuration", "MaxRunningTimeExceeded the running time limit of the job is reached"),
    ("node_lost", "system", "NodeNotReady node n-1 is not ready"),
    ("gpu_hardware", "system", "GPUUnhealthy Xid 79 on GPU 3"),
    ("disk_full", "resource", "Evicted The node was low on resource: ephemeral-storage"),
    ("node_memory", "resource", "Evicted The node was low on resource: memory"),
    ("account_overdue", "configuration", "AccountInArrears the account is overdue"),
    ("hang_detected", "runtime", "HangDetected no log output for 1800 s"),
    ("recycled", "configuration", "AutoRecycle idle job was stopped"),
    ("sanity_failed", "system", "SanityCheckFailed the health check found a slow node"),
    ("spot_reclaimed", "resource", "PodFailed 抢占式实例 i-1 因库存不足被回收"),
    ("preempted", "resource", "PodFailed 资源被高优先级任务抢占"),
    ("time_limit", "configuration", "JobEnded 已达到最长运行时长 120 分钟"),
    ("stopped_by_person", "configuration", "JobEnded 任务被用户 zhang 停止"),
    ("host_memory", "resource", "PodFailed 容器内存使用超限"),
    ("node_memory", "resource", "PodFailed 所在节点可用内存不足，实例被驱逐"),
    ("disk_full", "resource", "PodFailed 系统磁盘已满"),
    ("node_lost", "system", "PodFailed 所在节点失联"),
    ("gpu_hardware", "system", "PodFailed 检测到 2 号卡掉卡"),
    ("sanity_failed", "system", "JobFailed 算力健康检测未通过"),
    ("account_overdue", "configuration", "JobEnded 账户已欠费"),
    ("recycled", "configuration", "JobEnded 长时间空闲，已自动停止"),
    ("hang_detected", "runtime", "JobFailed 训练疑似卡死"),
]


@pytest.mark.parametrize(("cause", "category", "reason"), ENDS, ids=[f"{case[0]}-{case[2][:9]}" for case in ENDS])
def test_the_platforms_reason_goes_before_the_words_of_pods_that_were_told_to_end(
    cause: str, category: str, reason: str
) -> None:
    code, _, message = reason.partition(" ")
    verdict = verdict_on(failed({0: ["Received SIGTERM, shutting down"]}, ReasonCode=code, ReasonMessage=message))
    assert (verdict.cause, verdict.category, verdict.confidence) == (cause, category, "high")


def test_a_job_that_never_got_a_machine_is_told_from_its_reason_alone() -> None:
    material = Material(subject("Failed", ReasonCode="ResourceAllocateFailed", ReasonMessage="no stock"))
    verdict = verdict_on(material)
    assert (verdict.cause, verdict.category, verdict.pod) == ("no_stock", "resource", None)


def test_a_failure_of_which_nothing_is_known_says_so() -> None:
    verdict = verdict_on(Material(subject("Failed")))
    assert (verdict.cause, verdict.confidence) == ("unknown", "low")


def test_the_limit_is_proved_by_the_numbers() -> None:
    material = failed({0: ["Received SIGTERM"]}, Duration=3600)
    material.listed = {"JobMaxRunningTimeMinutes": 60}
    assert verdict_on(material).cause == "time_limit"
    material.listed = {"JobMaxRunningTimeMinutes": 90}
    assert verdict_on(material).cause != "time_limit"


def test_what_delayed_the_start_of_a_pod_that_ran_is_not_its_cause() -> None:
    events = ["2027-01-15T08:00:00Z Warning FailedMount MountVolume.SetUp failed: 403 AccessDenied"]
    verdict = verdict_on(failed({0: [*TRACE, "IndexError: list index out of range"]}, {0: events}))
    assert verdict.cause == "out_of_range"


def test_the_words_of_a_form_span_from_the_first_to_the_last_of_them_or_the_longest_where_they_stand_apart() -> None:
    table = Table([Cause("odd", "code", "program", 4, "an odd thing", ("second thing & first", "alone"))])
    near, far = "first, then a second thing", "first " + "x" * 300 + " second thing"
    (found,) = table.matches(near)
    assert near[found.start : found.end] == near
    (found,) = table.matches(far)
    assert far[found.start : found.end] == "second thing"


def test_of_two_forms_of_a_cause_the_one_that_begins_first_is_quoted() -> None:
    table = Table([Cause("odd", "code", "program", 4, "an odd thing", ("inner words", "the inner words of it"))])
    (found,) = table.matches("the inner words of it")
    assert (found.start, found.end) == (0, len("the inner words of it"))
