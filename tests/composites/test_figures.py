"""Every figure in an answer of a composite, by a value that only the right computation gives."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.composites.catalog import COMPOSITES
from pai_dlc_mcp.composites.diagnose import progress, usage
from pai_dlc_mcp.composites.diagnose.decision import OF_NO_POD, decide
from pai_dlc_mcp.composites.diagnose.evidence import EVENTS, PROGRAM
from pai_dlc_mcp.composites.diagnose.explanation import explain
from pai_dlc_mcp.composites.diagnose.facts import gpu_hours_of, phases_of, resources_of
from pai_dlc_mcp.composites.diagnose.pending import STATES
from pai_dlc_mcp.composites.diagnose.steps import BY_CAUSE, OTHERWISE, STEPS, UNEXPLAINED
from pai_dlc_mcp.composites.log_matching import counted, grouped, matches_in, rendered
from pai_dlc_mcp.timestamps import iso

from .asking import ask, pod, running
from .building import NOW, START, failed, subject

STEP = "{t} INFO train: step {n}0/1000 loss 2.{n} 3000 ms/step"


def steps_of(*lines: str) -> list[progress.Step]:
    return progress.steps_of(lines)


def test_progress_is_told_with_pace_and_the_hours_that_are_left() -> None:
    found = progress.describe(steps_of("step 50/1000 loss 2.3 9000 ms/step", "step 100/1000 loss 2.0 9000 ms/step"))
    assert found == {
        "step": 100, "of": 1000, "loss": "2.0", "loss_at_step": "2.3 at 50", "seconds_per_step": 9.0, "hours_left": 2.2,
    }  # fmt: skip


def test_a_pace_that_is_not_printed_comes_from_the_times_of_the_lines() -> None:
    lines = [f"{iso(START + 90 * n)} step {30 * n} loss 2" for n in range(1, 6)]
    assert progress.pace(steps_of(*lines)) == 3.0
    assert progress.pace(steps_of(lines[0])) is None


def test_of_a_long_log_the_first_and_the_last_steps_are_read() -> None:
    lines = [f"step {n} loss 2.{n}" if n % 2 else f"saved shard {n}" for n in range(400)]
    read = [step.step for step in progress.steps_of(lines)]
    assert read == [*range(1, 40, 2), *range(281, 400, 2)]
    assert [step.step for step in progress.steps_of(lines[:159])] == [*range(1, 159, 2)], "of a short one all"


def test_lines_that_differ_only_in_their_digits_are_searched_once() -> None:
    searched = progress._layout.cache_info().misses
    lines = [f"a_name_of_its_own step {n}/{n * 90} loss {n}.{n * n} took {n} ms, mfu {n}%" for n in range(1, 400)]
    steps = [progress.step_of(line) for line in lines]
    assert progress._layout.cache_info().misses == searched + 1
    last = steps[-1]
    assert last is not None
    assert (last.step, last.of, last.loss, last.mfu) == (399, 35910, f"399.{399 * 399}", "399%")
    assert dict(last.timed) == {"took": 0.399}


def test_what_a_log_tells_is_worked_out_once_however_often_it_is_asked() -> None:
    material = failed({0: ["step 1 loss 2", "ValueError: no"]})
    pod_id = next(iter(material.logs))
    assert material.steps(pod_id) is material.steps(pod_id)
    assert material.reading(pod_id, 40) is material.reading(pod_id, 40)
    material.logs[pod_id] = ["step 7 loss 2"]
    assert [step.step for step in material.steps(pod_id)] == [7], "other lines are another log"
    assert material.reading(pod_id).findings == []


def test_steps_that_take_longer_than_at_first_are_told_by_how_much() -> None:
    slow = [f"step {n} loss 2 {1000 if n < 20 else 2600} ms/step" for n in range(40)]
    assert progress.slowed(steps_of(*slow)) == 2.6
    assert progress.slowed(steps_of(*slow[1:])) is None, "too few to tell"
    barely = [f"step {n} loss 2 {1000 if n < 20 else 1500} ms/step" for n in range(40)]
    assert progress.slowed(steps_of(*barely)) is None


def test_use_is_told_by_least_mean_and_most_with_idle_and_odd_pods() -> None:
    points = {name: [(60.0 * n, value) for n in range(6)] for name, value in
              {"a": 90.0, "b": 80.0, "c": 86.0, "d": 2.0}.items()}  # fmt: skip
    assert usage.describe(usage.uses(points | {"e": []}), 5, "GpuCoreUsage") == {
        "metric": "GpuCoreUsage", "pods_with_samples": "4 of 5", "least": 2.0, "mean": 64.5, "most": 90.0,
        "idle_pods": "1: d", "apart": ["d 2%"],
    }  # fmt: skip


def test_recent_use_is_the_mean_of_the_last_five_samples() -> None:
    found = usage.uses({"a": [(n, value) for n, value in enumerate([0.0, 10.0, 20.0, 30.0, 40.0, 60.0])]})["a"]
    assert (found.least, found.mean, found.most, found.last, found.recent) == (0.0, 160 / 6, 60.0, 60.0, 32.0)


@pytest.mark.parametrize(
    ("gpus", "seconds", "hours"),
    [(8, 5400, 12.0), (1, 100, 0.03), (0, 5400, None), (None, 5400, None)],
)
def test_gpu_hours_are_gpus_times_the_hours_that_the_job_ran(gpus: Any, seconds: float, hours: Any) -> None:
    ended = {"GmtFinishTime": iso(START + seconds), "Duration": 99_999}
    assert gpu_hours_of(subject("Failed", RequestGPU=gpus, **ended)) == hours


def test_resources_and_phases_are_told_in_a_line() -> None:
    one = subject(
        "Running", RequestGPU=16, RequestCPU=128, RequestMemory=1024,
        JobSpecs=[{"PodCount": 2, "EcsSpec": "ecs.a", "UseSpotInstance": True}, {"PodCount": 1, "EcsSpec": "ecs.b"}],
        StatusHistory=[
            {"Status": "Queuing", "StartTime": iso(NOW - 300), "EndTime": iso(NOW - 180)},
            {"Status": "Running", "StartTime": iso(NOW - 180)},
        ],
    )  # fmt: skip
    assert resources_of(one) == "pay-as-you-go, spot, 3 pods, ecs.a, ecs.b, 16 GPU, 128 CPU, 1,024 GiB"
    assert phases_of(one) == ["Queuing 120 s", "Running 180 s so far"]


def test_a_running_job_is_told_with_its_limit_pods_read_and_age_of_its_last_line() -> None:
    pods = [pod(0, [[STEP, 40]], [[60, 30]]), pod(1, [[STEP, 40]], [[60, 30]])]
    data = ask(
        "dlc_diagnose_job", running(pods, 1_260, listed={"JobMaxRunningTimeMinutes": 61}, metrics={"GpuCoreUsage": 90})
    ).data
    assert data["cause"] == "healthy"
    assert data["minutes_left_of_limit"] == 40
    assert data["logs_read"] == "2 of 2 pods"
    assert data["last_line_seconds"] == 30
    assert data["progress"]["step"] == 390
    assert data["progress"]["hours_left"] == round(610 * 3 / 3600, 1)


def test_a_limit_that_is_nearly_reached_is_told() -> None:
    pods = [pod(0, [[STEP, 40]], [[60, 30]])]
    near = ask("dlc_diagnose_job", running(pods, 1_260, listed={"JobMaxRunningTimeMinutes": 22})).data
    assert "The running-time limit is nearly reached." in near["also"]
    far = ask("dlc_diagnose_job", running(pods, 1_260, listed={"JobMaxRunningTimeMinutes": 24})).data
    assert "also" not in far


def test_a_straggler_is_as_sure_as_the_signs_that_speak_for_it() -> None:
    even, odd = " forward 310 ms", " forward 2310 ms"

    def of(words: dict[int, str], use: list[float]) -> dict[str, Any]:
        pods = [pod(rank, [[f"{STEP}{words.get(rank, even)}", 40]], [[60, 30]]) for rank in range(4)]
        return ask("dlc_diagnose_job", running(pods, 1_260, metrics={"GpuCoreUsage": use})).data

    by_use = of({}, [50, 50, 98, 50])
    assert (by_use["cause"], by_use["confidence"], by_use["pod"][-1]) == ("straggler", "medium", "2")
    assert "in its use of the GPU and may" in by_use["summary"]
    by_times = of({2: odd}, [50, 50, 52, 50])
    assert "in its times and may" in by_times["summary"]
    by_both = of({2: odd}, [50, 50, 98, 50])
    assert (by_both["confidence"], "its use of the GPU and its times" in by_both["summary"]) == ("high", True)


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("MaxRunningTimeExceeded", "time_limit"), ("JobStoppedByUser", "stopped_by_person"),
        ("JobPreempted", "preempted"),
        ("AccountInArrears", "account_overdue"), ("AutoRecycle", "recycled"),
    ],
)  # fmt: skip
def test_an_end_that_no_pod_caused_names_none(reason: str, cause: str) -> None:
    material = failed({0: ["Received SIGTERM"]}, ReasonCode=reason)
    verdict = explain(material, decide(material))
    assert cause in OF_NO_POD
    assert (verdict.cause, verdict.pod) == (cause, None)


def test_every_next_call_of_every_cause_exists_and_every_cause_in_the_table_can_come_up() -> None:
    chosen = {name for names in [*BY_CAUSE.values(), OTHERWISE, UNEXPLAINED] for name in names}
    assert chosen <= STEPS.keys()
    of_tables = {one.code for one in (*PROGRAM.causes, *EVENTS.causes)}
    of_states = {
        "hang", "hang_in_start", "hang_at_end", "starting", "straggler", "idle", "input_bound", "restart_loop",
        "restarting", "runs_with_errors", "healthy", "unclear", "waiting", "succeeded", "priority_not_applied",
        "quota_too_small", "exception",
    }  # fmt: skip
    assert BY_CAUSE.keys() <= of_tables | of_states, BY_CAUSE.keys() - of_tables - of_states


@pytest.mark.parametrize("state", sorted(STATES))
def test_a_job_in_each_state_before_running_is_told_as_waiting_in_it(state: str) -> None:
    job = {"StatusHistory": [{"Status": state, "StartTime": iso(START)}]}
    failure = {"name": "w", "kind": "running", "status": state, "pods": [pod(0, [])], "silent_s": 700, "job": job,
               "platform": {"status": state, "ran": False}}  # fmt: skip
    answer = ask("dlc_diagnose_job", failure)
    assert (answer.data["waits_in"], answer.data["waited_seconds"]) == (state, 700)
    assert ("ListJobSanityCheckResults" in answer.operations) == (state == "SanityChecking")


QUOTA = {
    "QuotaId": "quota1",
    "QuotaDetails": {
        "ActualMinQuota": {"GPU": "16", "CPU": "200"},
        "UsedQuota": {"GPU": "13", "CPU": "190"},
    },
}


def test_a_waiting_job_is_told_with_what_it_asks_what_is_free_and_by_how_much_it_is_short() -> None:
    holder = {"JobId": "dlcb", "UserId": "1002", "Priority": 4, "RequestGPU": 13, "DisplayName": "big",
              "Username": "bo", "GmtRunningTime": iso(START - 7_200)}  # fmt: skip
    ahead = [{"JobId": "dlca", "Priority": 9, "GmtCreateTime": iso(START)},
             {"JobId": "dlcz", "Priority": 1, "GmtCreateTime": iso(START - 9_000)}]  # fmt: skip
    job = {"ResourceId": "quota1", "RequestGPU": 8, "RequestCPU": 64, "RequestMemory": "512Gi", "Priority": 5,
           "StatusHistory": [{"Status": "Queuing", "StartTime": iso(START)}],
           "JobSpecs": [{"ResourceConfig": {"GPU": "8"}}]}  # fmt: skip
    data = ask("dlc_diagnose_job", {
        "name": "q", "kind": "running", "status": "Queuing", "pods": [pod(0, [])], "silent_s": 600, "job": job,
        "platform": {"status": "Queuing", "ran": False}, "quotas": [QUOTA],
        "others": {"Running": [holder], "Queuing": ahead},
    }).data  # fmt: skip
    assert data["asked"] == "8 GPU, 64 CPU, 512 GiB"
    assert data["quota"] == "quota1: 16 GPU, 200 CPU; used 13 GPU, 190 CPU; free 3 GPU, 10 CPU"
    assert data["short_by"] == "5 GPU, 54 CPU"
    assert data["holders"] == ["dlcb of user 1002, priority 4: 13 GPU, 2.2 h"]
    assert data["untrusted_holders"] == ["dlcb: big of bo"]
    assert data["jobs_ahead"] == 1


LOGS = {"a": ["x 1", "y", "x 2", "x 3"], "b": ["x 4", "z", "x 5"]}


def found() -> Any:
    return [match for name, lines in LOGS.items() for match in matches_in(name, lines, "x", False)]


def test_alike_lines_are_counted_with_their_first_and_last_place_and_their_pods() -> None:
    (group,) = grouped(found())
    assert (group.first.pod, group.first.line, group.last.pod, group.last.line) == ("a", 1, "b", 3)
    assert (group.count, group.pods) == (5, 2)
    assert counted(group, "x") == "5 x a:1 to b:3: x 1"
    shown, count = rendered([group], LOGS, "x", 1, 900)
    assert (shown, count) == (["a:1> x 1  [5 alike in 2 pods, the last at b:3]", "a:2  y"], 1)


def test_alike_lines_of_one_pod_name_no_number_of_pods() -> None:
    (group,) = grouped([match for match in found() if match.pod == "a"])
    assert rendered([group], LOGS, "x", 0, 900)[0] == ["a:1> x 1  [3 alike, the last at a:4]"]


def test_from_the_end_the_newest_stands_for_all() -> None:
    (group,) = grouped(found(), from_end=True)
    assert (group.first.pod, group.first.line, group.last.pod, group.last.line) == ("b", 3, "a", 1)


def search(pods: int, lines: int = 3, **more: Any) -> Any:
    made = [pod(rank, [["needle {n}", lines]], exit_code=1) for rank in range(pods)]
    return ask("dlc_search_logs", {"name": "s", "kind": "log", "pods": made}, text="needle", **more)


def test_a_search_says_which_job_how_often_and_what_it_read_of_each_pod() -> None:
    answer = search(4)
    job = answer.data["JobId"]
    assert (answer.data["matches"], answer.data["different"]) == (12, 1)
    assert answer.data["by_pod"] == {f"{job}-worker-{rank}": 3 for rank in range(4)}
    assert answer.data["read"] == [f"{job}-worker-{rank}: 3 lines, the whole log" for rank in range(4)]
    assert answer.truncated is None


def test_a_search_over_more_pods_sums_up_what_it_read() -> None:
    assert search(5).data["read"] == "15 lines of 5 pods: 5 whole logs"


def test_a_search_leaves_the_pods_beyond_sixteen_to_the_next_call() -> None:
    answer = search(18)
    assert answer.truncated is not None
    assert answer.truncated["pods_left"] == 2
    assert answer.truncated["more"]["arguments"]["skip_pods"] == 16
    rest = search(18, skip_pods=16)
    assert (len(rest.data["by_pod"]), rest.truncated) == (2, None)


def test_r60_a_page_of_a_log_is_two_thousand_lines() -> None:
    answer = search(1, lines=2_001)
    pages = [args["MaxLines"] for name, args in answer.asked if name == "GetPodLogs"]
    assert pages[0] == 2_000
    assert answer.data["matches"] == 2_000
    assert answer.truncated is not None
    assert answer.truncated["not_searched"] == "earlier lines of 1 pod(s)"


@pytest.mark.parametrize("tool", ["dlc_search_logs", "dlc_wait_for_job"])
def test_other_readers_ask_for_nothing_that_their_permissions_do_not_name(tool: str) -> None:
    declared = next(one for one in COMPOSITES if one.name == tool)
    made = {"name": "s", "kind": "log", "pods": [pod(0, ["x"], exit_code=1)]}
    given: dict[str, Any] = {"text": "x"} if tool == "dlc_search_logs" else {"until": "end"}
    assert ask(tool, made, **given).operations == set(declared.used_names)
