"""Each figure by which a diagnosis decides: on this side of it one answer, on the other side another."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from pai_dlc_mcp.composites.catalog import COMPOSITES
from pai_dlc_mcp.composites.diagnose.decision import decide
from pai_dlc_mcp.composites.diagnose.explanation import explain
from pai_dlc_mcp.composites.diagnose.material import Material, want_recent
from pai_dlc_mcp.composites.diagnose.reader import Reader, Want
from pai_dlc_mcp.composites.diagnose.restarts import budget_of, restart_facts
from pai_dlc_mcp.composites.diagnose.studio import CHECKS, failed_checks, node_reasons
from pai_dlc_mcp.composites.diagnose.subject import Pod
from pai_dlc_mcp.composites.diagnose.tool import DiagnoseJob
from pai_dlc_mcp.composites.diagnose.verdict import Verdict
from pai_dlc_mcp.composites.diagnose.waiting import MEANINGS
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.operation import Operation
from pai_dlc_mcp.runtime import Call, Caller, Reply, Runtime
from pai_dlc_mcp.state.memory import MemoryState
from pai_dlc_mcp.timestamps import iso

from .building import NOW, START, failed, pod, pod_id, subject

CRASH = ["Traceback (most recent call last):", '  File "a.py", line 1', "ModuleNotFoundError: No module named 'apex'"]
NO_DISK = ["Traceback (most recent call last):", '  File "a.py", line 1', "OSError: [Errno 28] No space left on device"]
LOST = ["RuntimeError: Connection refused by host 10.0.0.2"]
EXIT_1 = "2027-01-15T08:01:40Z Warning ContainerExited exited with code 1: Error."


def verdict_on(material: Material) -> Verdict:
    return explain(material, decide(material))


def exits(*ranks: int) -> dict[int, list[str]]:
    return {rank: [EXIT_1] for rank in ranks}


@pytest.mark.parametrize(("apart", "level"), [(120.0, "medium"), (121.0, "high")])
def test_pods_that_end_within_two_minutes_of_different_exact_errors_make_the_cause_doubtful(
    apart: float, level: str
) -> None:
    material = failed({0: CRASH, 1: NO_DISK}, exits(0, 1), ended={0: 100.0, 1: 100.0 + apart})
    verdict = verdict_on(material)
    assert (verdict.cause, verdict.confidence) == ("missing_module", level)


def test_pods_that_end_of_the_same_error_make_it_no_less_sure() -> None:
    assert verdict_on(failed({0: CRASH, 1: CRASH}, exits(0, 1))).confidence == "high"


@pytest.mark.parametrize(("apart", "cause", "rank"), [(120.0, "missing_module", 1), (121.0, "refused", 0)])
def test_a_lost_connection_is_asked_after_what_else_ended_within_two_minutes(
    apart: float, cause: str, rank: int
) -> None:
    verdict = verdict_on(failed({0: LOST, 1: CRASH}, exits(0, 1), ended={0: 100.0, 1: 100.0 + apart}))
    assert (verdict.cause, verdict.pod) == (cause, pod_id(rank))


def test_a_job_that_ran_to_within_a_minute_of_its_limit_was_ended_by_it() -> None:
    for seconds, is_limit in ((3_540, True), (3_539, False)):
        material = failed({0: ["Received SIGTERM"]}, GmtFinishTime=iso(START + seconds))
        material.listed = {"JobMaxRunningTimeMinutes": 60}
        verdict = verdict_on(material)
        assert (verdict.cause == "time_limit") is is_limit
        words = "The job ran 3540 s; its limit of 60 minutes is 3600 s."
        assert (words in [one.text for one in verdict.quotes]) is is_limit


@pytest.mark.parametrize(("percent", "cause"), [(95.0, "host_memory"), (94.9, "killed")])
def test_a_killed_pod_was_out_of_memory_from_95_percent_on(percent: float, cause: str) -> None:
    material = failed({0: ["step 4 loss 2.1"]}, {0: [EXIT_1.replace("code 1: Error", "code 137: Killed")]})
    material.metrics = {"MemoryUsage": {pod_id(0): [(START, 40.0), (START + 60, percent), (START + 120, 30.0)]}}
    verdict = verdict_on(material)
    assert verdict.cause == cause
    assert verdict.quotes[0].text == f"exit code 137; highest MemoryUsage of the pod: {percent:g} %"


@pytest.mark.parametrize(("before", "cause"), [(900, "gpu_hardware"), (901, "exit_1")])
def test_a_job_event_belongs_to_the_end_for_a_quarter_of_an_hour(before: int, cause: str) -> None:
    end = START + 4_000
    material = failed({0: []}, exits(0), ended={0: 4_000.0}, GmtFinishTime=iso(end))
    material.job_events = [f"{iso(end - before)} Warning GpuXid Xid 79 on GPU 3"]
    assert verdict_on(material).cause == cause


def test_other_failed_pods_are_told_in_order_with_code_cause_and_seconds_after_the_first() -> None:
    logs = {0: CRASH, **{rank: ["step 1 loss 2"] for rank in range(1, 7)}}
    verdict = verdict_on(failed(logs, exits(0, 2), ended={rank: 100.0 + 30 * rank for rank in range(7)}))
    assert verdict.facts["other_failed_pods"] == [
        f"{pod_id(1)}, +30 s",
        f"{pod_id(2)}, exit code 1, the container ended with an error, +60 s",
        f"{pod_id(3)}, +90 s",
        f"{pod_id(4)}, +120 s",
        "and 2 more failed pods",
    ]


def test_exactly_as_many_others_as_are_shown_leave_no_rest() -> None:
    logs = {0: CRASH, **{rank: ["step 1 loss 2"] for rank in range(1, 5)}}
    assert len(verdict_on(failed(logs)).facts["other_failed_pods"]) == 4


WATCHDOG = (
    "[rank{r}]:[E1124 08:25:40.1 ProcessGroupNCCL.cpp:629] [Rank {r}] Watchdog caught collective operation timeout"
)


def test_the_rank_that_is_missing_among_eight_that_complain_is_the_suspect() -> None:
    lines = [WATCHDOG.format(r=rank) for rank in range(8) if rank != 5]
    verdict = verdict_on(failed({0: lines}))
    assert verdict.cause == "collective_timeout"
    assert "Rank 5 is the one without such an error, and so the suspect." in verdict.summary
    assert "none of the 1 pods that were read shows another cause" in verdict.summary
    assert "suspect" not in verdict_on(failed({0: lines[:5]})).summary, "two may be missing of seven"
    assert "Rank 2 is the one" in verdict_on(failed({0: [WATCHDOG.format(r=rank) for rank in (0, 1, 3)]})).summary


def test_the_pod_that_alone_does_not_complain_is_the_suspect_among_three_and_not_among_two() -> None:
    quiet, loud = ["step 1 loss 2"], [WATCHDOG.format(r=0)]
    verdict = verdict_on(failed({0: loud, 1: loud, 2: quiet}))
    assert verdict.pod == pod_id(2)
    assert "suspect" not in verdict_on(failed({0: loud, 1: quiet})).summary


CHILD_FAILED = ["torch.distributed.elastic.multiprocessing.errors.ChildFailedError:"]


def test_a_launchers_report_alone_is_told_with_the_childs_exit_code() -> None:
    report = "failed (exitcode: 3) local_rank: 0 (pid: 103) of binary: /usr/bin/python"
    verdict = verdict_on(failed({0: [f"E1124 08:05:45.233 70 elastic/api.py:874] {report}", *CHILD_FAILED]}))
    assert verdict.confidence == "low"
    assert "(exit code 3)" in verdict.summary


@pytest.mark.parametrize("check", CHECKS)
def test_every_check_of_pai_studio_names_a_cause_that_is_known_with_its_figures(check: str) -> None:
    limits = {"Status": "Failed", "ExceedResources": ["GPU"], "Used": {"GPU": "16"}, "Limit": {"GPU": "8"}}
    answer = {"Diagnosis": {"ResourceDiagnosis": {check: limits, "Other": limits}}}
    ((cause, words),) = failed_checks(answer)
    assert cause in MEANINGS
    assert words == "GPU exceed the limit: used 16 GPU, limit 8 GPU"
    passed = {"ResourceDiagnosis": {check: limits | {"Status": "Passed"}}}
    assert failed_checks(passed) == []
    assert failed_checks(answer["Diagnosis"]) == [(cause, words)], "an answer without its envelope"


def test_nodes_that_refuse_are_counted_by_reason_in_both_forms_of_the_answer() -> None:
    by_reason = {"NodeAffinity": ["n-1", "n-2"], "Taint": ["n-3"]}
    rows = [{"Reason": "NodeAffinity", "NodeNames": ["n-1", "n-2"]}, {"UnschedulableInfo": "Taint"},
            {"UnschedulableInfo": "Taint", "NodeNames": ["n-4"]}]  # fmt: skip
    assert node_reasons({"SchedulingDiagnosis": {"UnschedulableNodes": by_reason}}) == {"NodeAffinity": 2, "Taint": 1}
    assert node_reasons({"SchedulingDiagnosis": {"UnschedulableNodes": rows}}) == {"NodeAffinity": 2, "Taint": 2}


def restarted(*places: tuple[str, str], **more: Any) -> tuple[dict[str, Any], list[str]]:
    """A job with a restart for each pair of pod and node."""
    records = [
        {
            "OccurTime": iso(START + 60 * at),
            "Reason": f"{pod} failed",
            "DetailErrorInfoList": [{"Pod": pod, "Node": node}],
        }
        for at, (pod, node) in enumerate(places)
    ]
    return restart_facts(subject("Running", [], RestartRecord=records, **more))


def test_restarts_are_counted_from_the_records_or_from_the_jobs_own_number_whichever_is_more() -> None:
    facts, lines = restarted(("w-1", "n-1"), ("w-1", "n-1"), RestartTimes="5")
    assert facts == {"count": 5, "by_pod": {"w-1": 2}, "by_node": {"n-1": 2}, "same_node_each_time": True}
    assert lines == [f"{iso(START)} w-1 failed (x2, last {iso(START + 60)})"], "repeats stand there once"
    facts, lines = restarted(*[("w-1", "n-1"), ("w-2", "n-2"), ("w-4", "n-1"), ("w-3", "n-3"), ("w-1", "n-4")])
    assert facts == {"count": 5, "by_pod": {"w-1": 2, "w-2": 1, "w-4": 1}, "by_node": {"n-1": 2, "n-2": 1, "n-3": 1}}
    assert [line[:20] for line in lines] == [iso(START + 60 * at) for at in (1, 2, 3, 4)], "the last four"
    assert "same_node_each_time" not in restarted(("w-1", "n-1"))[0], "once is not each time"
    assert restart_facts(subject("Running", [], RestartTimes="0")) == ({}, [])


@pytest.mark.parametrize(
    ("settings", "budget"),
    [
        ({"ElasticSpotJobMaxRestartTimes": 3}, 3),
        ({"ErrorMonitoringArgs": "--enable-job-restart=True --max-num-of-job-restart=7"}, 7),
        ({"ErrorMonitoringArgs": "--max-num-of-job-restart 9 --x 1"}, 9),
        ({"ErrorMonitoringArgs": "--job-restart-timeout=7 --max-tolerated=4"}, None),
        ({}, None),
    ],
)
def test_the_budget_of_restarts_is_read_from_the_settings(settings: dict[str, Any], budget: int | None) -> None:
    assert budget_of(subject("Running", [], Settings=settings)) == budget


def test_a_restart_long_before_the_end_is_no_cause_of_it() -> None:
    end = START + 4_000
    detail = {"Pod": pod_id(0), "ErrorCode": "GpuEccError", "ErrorMsg": "Uncorrectable ECC error"}
    for before, cause in ((900, "gpu_hardware"), (901, "exit_1")):
        record = {"OccurTime": iso(end - before), "DetailErrorInfoList": [detail]}
        material = failed({0: []}, exits(0), ended={0: 4_000.0}, GmtFinishTime=iso(end), RestartRecord=[record])
        assert verdict_on(material).cause == cause, before
    assert NOW > START


@pytest.mark.parametrize(
    "first", ["failed (exitcode: -15) local_rank: 0 (pid: 7)", "failed (exitcode: 1) local_rank: 0 (pid: 7)"]
)
def test_a_report_of_a_child_that_was_told_to_end_or_only_failed_does_not_hide_the_one_that_was_killed(
    first: str,
) -> None:
    prefix = "E1124 08:05:45.233 70 elastic/api.py:874] "
    killed = "failed (exitcode: -9) local_rank: 1 (pid: 8)"
    verdict = verdict_on(failed({0: [prefix + first, prefix + killed, *CHILD_FAILED]}))
    assert verdict.cause == "killed"
    assert killed in verdict.quotes[0].text


@pytest.mark.parametrize(
    ("line", "cause", "rank"),
    [
        ("process rank 3 with PID 17 on node n-2 exited on signal 11 (Segmentation fault).", "segmentation_fault", 3),
        ("srun: error: n-2: task 5: Killed", "killed", 5),
        ("Fatal: Process 2 exit with status code 139", "segmentation_fault", 2),
    ],
)  # fmt: skip
def test_the_rank_that_a_launcher_names_is_the_one_to_blame(line: str, cause: str, rank: int) -> None:
    verdict = verdict_on(failed({0: ["step 1 loss 2.1", line]}))
    assert (verdict.cause, verdict.rank) == (cause, rank)


def test_no_more_is_read_than_the_limit_of_reads_and_the_rest_is_named() -> None:
    class Cloud:
        async def send(self, operation: Operation, args: Any, region: str, **more: Any) -> Reply:
            return Reply({"Jobs": [args]}, f"id-{args['PageNumber']}")

    async def read() -> tuple[dict[Any, Any], Reader]:
        tool = next(one for one in COMPOSITES if one.name == "dlc_diagnose_job")
        call = Call(tool, DiagnoseJob(job_id="dlc1"), {}, "cn-hangzhou", Caller("os:tests"))
        runtime = Runtime(Settings(), Cloud(), MemoryState(), lambda: NOW, anyio.sleep)  # type: ignore[arg-type]  # reads
        reader = Reader(call, runtime, requests=2, most_requests=5)
        wants = {at: Want("ListJobs", {"PageNumber": at}, f"page {at}") for at in range(9)}
        return await reader.read(wants), reader

    found, reader = anyio.run(read)
    assert sorted(found) == [0, 1, 2]
    assert reader.requests == 5
    assert reader.missed == ["page 3, page 4, page 5 and 3 more: the limit of reads was reached"]
    assert reader.request_ids == {"ListJobs": "id-0"}, "of each operation the first"


def test_events_without_a_zone_are_in_chinas_time_where_that_lies_in_the_jobs_life_and_else_as_they_stand() -> None:
    material = Material(subject("Running", []))
    material.job_events = [f"{iso(START + 8 * 3600 + 60).replace('T', ' ')[:19]} Scheduled"]
    assert material.event_time(material.job_events[0]) == START + 60
    assert material.event_time(f"{iso(START + 90)} Scheduled") == START + 90
    unknown = Material(subject("Running", [], GmtCreateTime=""))
    unknown.job_events = list(material.job_events)
    assert unknown.event_time(material.job_events[0]) == START + 8 * 3600 + 60


def test_whether_a_log_grew_lately_is_asked_with_one_line_of_the_last_seconds() -> None:
    found = subject("Running", [pod(0, "Running")])
    want = want_recent(found, found.pods[0], 600)
    assert (want.action, want.args["MaxLines"], want.args["StartTime"]) == ("GetPodLogs", 1, iso(NOW - 600))
    assert want.args["PodId"] == pod_id(0)


def test_what_a_pod_does_not_say_of_itself_is_empty() -> None:
    (bare,) = subject("Failed", [{}]).pods
    assert bare == Pod("", "", 0, "", "", "", False, None, None, ())
