"""Which pod and which line is the cause, and what is only a consequence."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest

from pai_dlc_mcp.composites.diagnose.causes import SPECIFIC, SYMPTOM
from pai_dlc_mcp.composites.diagnose.decision import decide
from pai_dlc_mcp.composites.diagnose.evidence import Finding, read_log, strongest
from pai_dlc_mcp.composites.diagnose.exits import exit_code
from pai_dlc_mcp.composites.diagnose.explanation import explain
from pai_dlc_mcp.composites.diagnose.material import Material
from pai_dlc_mcp.composites.diagnose.restarts import restart_facts
from pai_dlc_mcp.composites.diagnose.subject import subject_of
from pai_dlc_mcp.composites.diagnose.text import folded
from pai_dlc_mcp.composites.diagnose.verdict import Verdict
from pai_dlc_mcp.composites.diagnose.weighing import NEAR_LINES
from pai_dlc_mcp.timestamps import iso

from .building import JOB, START, failed, pod, pod_id, subject


def verdict_on(material: Material) -> Verdict:
    return explain(material, decide(material))


def findings_in(lines: list[str]) -> list[Finding]:
    return read_log(lines).findings


TIMED_OUT = [
    "[rank0]:[E ProcessGroupNCCL.cpp:616] Watchdog caught collective operation timeout: WorkNCCL(OpType=ALLREDUCE)",
    "terminate called after throwing an instance of 'c10::DistBackendError'",
]
CRASH = ["Traceback (most recent call last):", '  File "a.py", line 1', "ValueError: odd one 12"]


def test_a_collective_timeout_ranks_below_the_crash_that_caused_it() -> None:
    material = failed({0: TIMED_OUT, 1: TIMED_OUT, 5: CRASH}, ended={0: 700, 1: 700, 5: 100})
    verdict = verdict_on(material)
    assert verdict.pod == pod_id(5)
    assert verdict.cause == "exception"
    assert any("collective" in line and "+600 s" in line for line in verdict.facts["other_failed_pods"])


def test_the_crash_wins_even_when_the_others_were_noticed_first() -> None:
    material = failed({0: TIMED_OUT, 1: TIMED_OUT, 5: CRASH}, ended={0: 100, 1: 100, 5: 102})
    assert verdict_on(material).pod == pod_id(5)


def test_collective_timeouts_alone_are_named_with_low_confidence() -> None:
    verdict = verdict_on(failed({0: TIMED_OUT, 1: TIMED_OUT}))
    assert (verdict.cause, verdict.category, verdict.confidence) == ("collective_timeout", "network", "low")


def test_a_pod_that_was_only_told_to_end_is_not_the_cause() -> None:
    ended = ["Received SIGTERM, shutting down", "torch.distributed.elastic.SignalException: got signal: 15"]
    material = failed({0: ended, 1: CRASH}, ended={0: 100, 1: 101})
    assert verdict_on(material).pod == pod_id(1)


def test_a_warning_explains_less_than_an_exception() -> None:
    log = ["2027-01-15 08:00:00,000 WARNING connection timed out, retry 1", *CRASH]
    found = strongest(findings_in(log))
    assert found is not None
    assert found.text == "ValueError: odd one 12"


def test_noise_explains_nothing() -> None:
    log = [
        "WARN: requirements.txt not found",
        "a.py:3: DeprecationWarning: no module named x soon",
        "Running pip as root",
    ]
    assert findings_in(log) == []


def test_the_frames_of_a_traceback_say_nothing() -> None:
    frames = [
        "Traceback (most recent call last):",
        '  File "a.py", line 1',
        '    raise OSError("No space left on device")',
    ]
    log = [*frames, "KeyError: 'labels'"]
    assert [hit.text for hit in findings_in(log)] == ["KeyError: 'labels'"]
    ranked = [f"[rank3]: {line}" for line in log]
    assert [hit.text for hit in findings_in(ranked)] == ["KeyError: 'labels'"]


def test_what_a_program_only_informs_of_does_not_explain_its_end() -> None:
    log = ["2027-01-15 08:00:00,000 INFO no module named apex, going on without it", "step 1"]
    verdict = verdict_on(failed({0: log}, {0: ["2027-01-15T08:01:40Z Warning X exited with code 137"]}))
    assert verdict.cause == "killed"


def test_a_quiet_remark_long_before_an_exception_is_not_the_cause() -> None:
    log = ["wandb: no API key found, running offline", *["step"] * 60, *CRASH]
    assert verdict_on(failed({0: log})).cause == "exception"


def test_very_long_lines_are_judged_by_their_ends_in_bounded_time() -> None:
    log = ["x" * 2_000_000 + " CUDA out of memory"] * 5
    began = time.process_time()
    assert verdict_on(failed({0: log})).cause == "gpu_memory"
    assert time.process_time() - began < 5


def test_the_first_error_of_a_log_is_quoted_with_its_traceback() -> None:
    log = [*["step"] * 50, *CRASH, "During cleanup:", "OSError: [Errno 9] Bad file descriptor"]
    verdict = verdict_on(failed({0: log}))
    tail = verdict.lines["untrusted_log_tail"]
    assert tail[-2:] == CRASH[:2]
    assert verdict.quotes[0].text.startswith("ValueError: odd one 12")


def test_exit_137_with_the_kernels_word_is_memory_and_without_it_is_not() -> None:
    killed = "2027-01-15T08:01:40Z Warning ContainerExited exited with code 137"
    oom = "2027-01-15T08:01:40Z Warning OOMKilling Memory cgroup out of memory: killed process 71"
    assert verdict_on(failed({0: ["step 1"]}, {0: [oom, killed]})).cause == "host_memory"
    verdict = verdict_on(failed({0: ["step 1"]}, {0: [killed]}))
    assert (verdict.cause, verdict.category, verdict.confidence) == ("killed", "system", "medium")


def test_exit_137_with_full_memory_in_the_samples_is_memory() -> None:
    material = failed({0: ["step 1"]}, {0: ["2027-01-15T08:01:40Z Warning X exited with code 137"]})
    material.metrics = {"MemoryUsage": {pod_id(0): [(START, 40.0), (START + 90, 99.0)]}}
    assert verdict_on(material).cause == "host_memory"


def test_a_lost_node_goes_before_the_words_of_the_pods_that_lost_it() -> None:
    lost = ["2027-01-15T08:01:39Z Warning NodeNotReady Node node-2 has stopped reporting."]
    material = failed({0: TIMED_OUT, 2: ["step 5"]}, {2: lost}, ended={0: 700, 2: 100})
    verdict = verdict_on(material)
    assert (verdict.cause, verdict.pod) == ("node_lost", pod_id(2))


def test_without_any_words_the_exit_code_is_all_that_is_said() -> None:
    verdict = verdict_on(failed({0: []}, {0: ["2027-01-15T08:01:40Z Warning X exited with code 3"]}))
    assert (verdict.cause, verdict.confidence) == ("exit_3", "low")


def test_an_earlier_run_speaks_where_the_last_printed_nothing() -> None:
    old = {
        "PodId": pod_id(0),
        "PodUid": "uid-old",
        "Status": "Failed",
        "GmtStartTime": iso(START),
        "GmtFinishTime": iso(START + 9),
    }
    material = failed({0: []})
    material.subject.job["Pods"][0]["HistoryPods"] = [old]
    material.logs[f"{pod_id(0)}@uid-old"] = CRASH
    verdict = verdict_on(material)
    assert (verdict.cause, verdict.pod) == ("exception", pod_id(0))


def test_an_event_long_before_the_end_was_got_over() -> None:
    material = failed({0: CRASH}, GmtFinishTime=iso(START + 5000))
    material.job_events = [f"{iso(START)} Warning JobPreempted Preempted by a job of priority 9."]
    assert verdict_on(material).cause == "exception"
    material.job_events = [f"{iso(START + 4990)} Warning JobPreempted Preempted by a job of priority 9."]
    assert verdict_on(material).cause == "preempted"


def test_restarts_are_counted_by_pod_and_node() -> None:
    detail = {"Pod": pod_id(3), "Node": "node-3", "ErrorMsg": "Uncorrectable ECC error"}
    record = {"Reason": "Pod failed", "OccurTime": iso(START), "DetailErrorInfoList": [detail]}
    facts, lines = restart_facts(subject("Failed", RestartRecord=[record, record]))
    assert facts == {"count": 2, "by_pod": {pod_id(3): 2}, "by_node": {"node-3": 2}, "same_node_each_time": True}
    assert "ECC" in lines[0]


def test_repeated_events_are_told_once_with_their_number() -> None:
    lines = [f"2027-01-15T08:0{n}:00Z Warning FailedMount no" for n in range(5)]
    assert folded(lines) == ["2027-01-15T08:00:00Z Warning FailedMount no (x5, last 2027-01-15T08:04:00Z)"]


def test_exit_codes_are_read_in_the_ways_they_are_written() -> None:
    for text in (
        "exited with code 137: OOM",
        "exit code 137",
        "ExitCode: 137",
        "exitcode  : 137 (pid: 3)",
        "exit code: 137",
    ):
        assert exit_code([text]) == 137, text
    assert exit_code([f"{JOB} is fine"]) is None


def test_a_silent_death_that_came_first_goes_before_what_the_others_noticed() -> None:
    noticed = ["Traceback (most recent call last):", '  File "a.py", line 1', "RuntimeError: Connection closed by peer"]
    events = {1: ["2027-01-15T08:01:40Z Warning X exited with code 137"]}
    verdict = verdict_on(failed({0: noticed, 1: ["step 1"]}, events, ended={0: 101, 1: 100}))
    assert (verdict.cause, verdict.pod) == ("killed", pod_id(1))


def test_the_services_own_form_of_a_reason_names_pod_and_exit_code() -> None:
    reason = {"overview": "failed", "content": [{"time": "1800000100", "pods": {"Worker": ["1"]}, "reason": "137"}]}
    message = json.dumps(reason)
    verdict = verdict_on(failed({0: ["step 1"], 1: ["step 1"]}, ended={0: 100, 1: 100}, ReasonMessage=message))
    assert (verdict.cause, verdict.pod) == ("killed", pod_id(1))
    assert verdict.facts["causal_pod"]["exit_code"] == 137


@pytest.mark.parametrize(("between", "cause"), [(NEAR_LINES, "credential"), (NEAR_LINES + 1, "exception")])
def test_a_quiet_line_explains_an_exception_that_is_near_and_no_other(between: int, cause: str) -> None:
    lines = ["the API key of the tracker is not set", *[f"line {n}" for n in range(between - len(CRASH))], *CRASH]
    assert verdict_on(failed({0: lines})).cause == cause


def test_words_that_speak_for_two_causes_are_not_trusted_to_the_full() -> None:
    events = {0: ["2027-01-15T08:01:40Z Warning X exited with code 1"]}
    plain = [*CRASH[:2], "RuntimeError: CUDA out of memory"]
    both = [*CRASH[:2], "RuntimeError: CUDA out of memory, then: No space left on device"]
    assert verdict_on(failed({0: plain}, events)).confidence == "high"
    assert verdict_on(failed({0: both}, events)).confidence == "medium"


def test_the_last_uncaught_exception_is_always_in_the_answer() -> None:
    wrapper = ["Traceback (most recent call last):", '  File "b.py", line 1', "RuntimeError: See root cause above."]
    verdict = verdict_on(failed({0: [*CRASH, *wrapper]}))
    assert verdict.cause == "exception"
    assert "odd one" in verdict.quotes[0].text
    assert verdict.lines["untrusted_last_exception"] == ["RuntimeError: See root cause above."]


def test_what_was_not_read_lowers_the_confidence() -> None:
    material = failed({0: CRASH}, {0: ["2027-01-15T08:01:40Z Warning X exited with code 1"]})
    decision = decide(material)
    assert explain(material, decision).confidence == "medium"
    assert explain(material, decision, [f"log of {pod_id(0)}: throttled"]).confidence == "low"


def cause_of(*lines: str) -> tuple[str, str]:
    verdict = verdict_on(failed({0: list(lines)}))
    return verdict.cause, next((one.text for one in verdict.quotes), "")


TRACED = ("Traceback (most recent call last):", '  File "a.py", line 1, in <module>')


def test_an_end_of_waiting_says_less_than_what_was_waited_for() -> None:
    needed = "2026-11-24 08:11:01,335 WARNING pool: Error: Not enough GPUs for the placement"
    assert (
        cause_of(needed, *TRACED, "ray.exceptions.GetTimeoutError: Get timed out: not ready")[0] == "too_many_processes"
    )
    assert cause_of(*TRACED, "ray.exceptions.GetTimeoutError: Get timed out: 3 objects")[0] == "exception"
    assert cause_of(needed, *TRACED, "KeyError: 'labels'")[0] == "exception"


def test_what_a_program_itself_calls_a_warning_says_less_than_the_usage_that_it_ends_with() -> None:
    warning, usage = (
        "libnuma: Warning: node argument 1 is out of range",
        "usage: numactl [--all | -a] [--balancing | -b]",
    )
    assert cause_of(warning, "<1> is invalid", usage) == ("bad_argument", usage)
    assert cause_of("node argument 1 is out of range", usage)[0] == "out_of_range"
    assert cause_of("memory usage: 93 % of [64 GiB]")[0] != "bad_argument"


def test_common_words_that_another_line_repeats_exactly_are_trusted() -> None:
    error = "train.py: error: argument --dtype: invalid choice: 'fp8'"
    assert verdict_on(failed({0: [error]})).confidence == "low"
    assert verdict_on(failed({0: ["usage: train.py [-h] [--dtype {a,b}]", error]})).confidence == "medium"


def test_what_wraps_a_build_or_an_installation_says_less_than_what_failed_in_it() -> None:
    killed = "c++: fatal error: Killed signal terminated program cc1plus"
    assert cause_of(killed, "ERROR: Failed building wheel for flash-attn") == ("child_killed", killed)
    refused = "ERROR: Could not install packages due to an OSError: [SSL: CERTIFICATE_VERIFY_FAILED] verify failed"
    assert cause_of(refused)[0] == "unreachable"
    assert cause_of("ERROR: Failed building wheel for flash-attn")[0] == "package_not_found"


def test_the_interpreters_words_on_code_are_not_about_settings() -> None:
    words = "the argument must be at least 3"
    assert cause_of(*TRACED, f"TypeError: {words}")[0] == "exception"
    assert cause_of(*TRACED, f"LoaderError: {words}")[0] in ("bad_settings_file", "bad_argument")


def test_a_library_that_is_not_there_is_no_missing_file() -> None:
    assert cause_of(*TRACED, "RuntimeError: failed to open libnvrtc-builtins.so.12.4.")[0] == "missing_library"
    assert cause_of(*TRACED, "InternalError: libdevice not found at ./libdevice.10.bc")[0] == "missing_library"
    assert cause_of(*TRACED, "RuntimeError: failed to open corpus-00012.bin")[0] == "missing_file"


def test_a_failed_write_of_a_checkpoint_is_a_full_disk_and_no_damaged_file() -> None:
    written = "RuntimeError: [enforce fail at inline_container.cc:664] . unexpected pos 320 vs 212"
    assert cause_of(*TRACED, written)[0] == "disk_full"


def test_the_exit_code_of_the_timeout_command_is_known() -> None:
    material = failed(
        {0: ["step 4 loss 2.1"]}, {0: ["2027-01-15T08:01:40Z Warning ContainerExited exited with code 124."]}
    )
    verdict = verdict_on(material)
    assert (verdict.cause, verdict.confidence) == ("time_limit", "medium")
    assert "timeout command" in verdict.summary


def test_a_decision_is_settled_by_a_specific_cause_and_by_a_lesser_one_only_where_it_ends_and_explains() -> None:
    material = failed({0: CRASH}, ended={0: 100})
    decision = decide(material)
    assert decision.chosen is not None
    for weight, final, is_settled in (
        (SPECIFIC, False, True), (SPECIFIC - 1, False, False), (SPECIFIC - 1, True, True), (SYMPTOM, True, False),
    ):  # fmt: skip
        chosen = replace(decision.chosen, cause=replace(decision.chosen.cause, weight=weight), final=final)
        assert replace(decision, chosen=chosen).is_settled is is_settled, (weight, final)
    assert not replace(decision, chosen=None).is_settled


def test_three_other_suspects_are_named_once_each() -> None:
    material = failed({0: CRASH}, ended={0: 100})
    decision = decide(material)
    (case,) = decision.cases
    one = case.findings[0]
    others = tuple(replace(one, cause=replace(one.cause, code=f"c{n // 2}", weight=SPECIFIC)) for n in range(10))
    verdict = explain(material, replace(decision, cases=(replace(case, findings=(one, *others)),)))
    assert [line.partition(" in ")[0] for line in verdict.lines["untrusted_other_suspects"]] == ["c0", "c1", "c2"]


def test_of_a_reason_in_the_services_own_form_the_pods_that_it_names_are_those_it_reports() -> None:
    pods = [pod(rank, ended=100.0) for rank in range(3)]
    reason = json.dumps({"content": [{"time": "1", "pods": {"Worker": ["1"]}, "reason": "137"}]})
    found = subject("Failed", pods, ReasonMessage=reason)
    assert [one.id for one in found.named_in(reason)] == [pod_id(1)]
    assert [one.id for one in found.named_in(f"{pod_id(2)} failed")] == [pod_id(2)]
    assert found.named_in("") == []
    for around in ("({})", "[{}]", "'{}'", '"{}"', "{}.", "{},", "{}:", "{};"):
        assert [one.id for one in found.named_in(f"it was {around.format(pod_id(2))}")] == [pod_id(2)], around
    assert found.named_in(f"{pod_id(2)}0 and x{pod_id(2)}") == []


@pytest.mark.parametrize("pods", [[], ["Worker"], "Worker", 7, None, {"Worker": "1"}, {"Worker": {"1": 1}}, {}])
def test_a_reason_of_another_form_than_the_services_own_names_no_pod(pods: object) -> None:
    content = [{"time": "1", "pods": pods, "reason": "137"}]
    for reason in ({"content": content}, {"content": [*content, 7, None]}, {"content": pods}, {"pods": pods}, content):
        found = subject("Failed", [pod(1, ended=100.0)], ReasonMessage=json.dumps(reason))
        assert not found.reported


def test_the_pods_of_a_reason_are_named_in_the_order_of_their_times() -> None:
    rows = [{"time": at, "pods": {"Worker": [rank]}, "reason": "137"} for at, rank in (("30", 2), ("", 0), ("4", 1))]
    found = subject(
        "Failed", [pod(rank, ended=100.0) for rank in range(3)], ReasonMessage=json.dumps({"content": rows})
    )
    assert list(found.reported) == [pod_id(1), pod_id(2), pod_id(0)]


def test_of_an_answer_that_holds_nothing_nothing_is_said() -> None:
    found = subject_of({}, 100.0)
    assert (found.id, found.status, found.reason, found.pods) == ("", "", "", ())


def test_a_package_after_a_name_that_was_not_resolved_was_not_fetched() -> None:
    first = "socket.gaierror: [Errno -3] Temporary failure in name resolution"
    second = "ERROR: Could not find a version that satisfies the requirement nosuch (from versions: none)"
    for lines, cause in (([first, second], "name_resolution"), ([second], "package_not_found")):
        assert verdict_on(failed({0: lines}, ended={0: 100})).cause == cause


TEED = [
    "[default0]:step 100 loss 1.0", "[default0]:step 101 loss 1.1",
    "[default0]:Traceback (most recent call last):", '[default0]:  File "/code/train.py", line 28, in one_batch',
    "[default0]:RuntimeError: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)",
    "[default0]:[rank2]: Traceback (most recent call last):",
    '[default0]:[rank2]:   File "/code/train.py", line 36, in main',
]  # fmt: skip


def test_of_a_process_whose_errors_are_written_apart_what_pytorch_gives_a_rank_ended_it() -> None:
    reading = read_log([*TEED, "[default0]:[rank2]: KeyError: 'labels'"])
    assert reading.best is not None
    assert (reading.best.cause.code, reading.best.text, reading.best.rank) == ("exception", "KeyError: 'labels'", 2)
    assert {one.rank for one in reading.records} == {2}, "the other lines of the process are of that rank too"


@pytest.mark.parametrize(("steps", "cause"), [(6, "exception"), (42, "exception"), (43, None)])
def test_steps_that_are_written_below_what_ended_a_process_are_those_before_it_unless_they_are_many(
    steps: int, cause: str | None
) -> None:
    late = [f"[default0]:step {100 + step} loss 1.{step}" for step in range(steps)]
    reading = read_log([*TEED, "[default0]:[rank2]: KeyError: 'labels'", *late])
    assert [one.cause.code for one in reading.uncaught] == ([cause] if cause else [])


def test_of_two_attempts_of_a_process_the_second_counts() -> None:
    second = [line.replace("line 36", "line 37") for line in TEED[5:]]
    lines = [*TEED[5:], "[default0]:[rank2]: KeyError: 'first'", *TEED[:2], "[default0]:step 102 loss 1.0"]
    reading = read_log([*lines, *second, "[default0]:[rank2]: KeyError: 'second'"])
    assert [one.text for one in reading.uncaught] == ["KeyError: 'second'"]


def test_an_exception_of_a_worker_is_not_taken_for_handled_where_the_last_one_speaks_of_workers() -> None:
    reading = read_log([*TEED, "[default0]:[rank2]: RuntimeError: DataLoader worker (pid(s) 77) exited unexpectedly"])
    assert reading.best is not None
    assert reading.best.cause.code == "shape_mismatch"


def test_a_process_of_another_rank_on_the_node_is_its_own() -> None:
    other = [line.replace("[default0]", "[default1]") for line in TEED[:5]]
    reading = read_log([*other, *TEED[5:], "[default0]:[rank2]: KeyError: 'labels'"])
    assert reading.best is not None
    assert (reading.best.cause.code, reading.best.rank) == ("shape_mismatch", 1)
