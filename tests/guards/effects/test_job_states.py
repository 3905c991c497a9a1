"""Each rule on a job's state and pods by itself, and what its refusal names and proposes."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.errors import InvalidArguments, NoEffect
from pai_dlc_mcp.guards.effects.job_states import r32, r40, r44, r45, r61, running_seconds
from pai_dlc_mcp.timestamps import iso


def pod(number: int, status: str = "Running", **more: Any) -> dict[str, Any]:
    return {"PodId": f"dlc1-worker-{number}", "Type": "Worker", "Status": status, **more}


def a_job(*pods: dict[str, Any], status: str = "Running", **more: Any) -> dict[str, Any]:
    return {"JobId": "dlc1", "Status": status, "Pods": list(pods), **more}


@pytest.mark.parametrize(("count", "more"), [(1, ""), (8, ""), (9, " and 1 more"), (12, " and 4 more")])
def test_r61_eight_pods_are_shown_and_the_others_counted(count: int, more: str) -> None:
    job = a_job(*(pod(number) for number in range(count)))
    with pytest.raises(InvalidArguments) as refused:
        r61(job, "other", "dlc_get_pod_logs")
    shown = ", ".join(f"dlc1-worker-{number} (Worker, Running)" for number in range(min(count, 8)))
    assert refused.value.message == f"The job has no pod 'other'; its pods are {shown}{more}."
    [step] = refused.value.next
    assert (step.tool, step.arguments) == ("dlc_get_pod_logs", {"job_id": "dlc1", "pod_id": "dlc1-worker-0"})


def test_r61_a_job_without_pods_says_so_and_proposes_to_look_at_the_job() -> None:
    with pytest.raises(InvalidArguments) as refused:
        r61(a_job(status="Queuing"), "dlc1-worker-0", "dlc_get_pod_logs")
    assert refused.value.message == "The job has no pod 'dlc1-worker-0'; it has no pods yet, being Queuing."
    assert [(step.tool, step.arguments) for step in refused.value.next] == [("dlc_get_job", {"job_id": "dlc1"})]


def test_r61_an_earlier_instance_of_a_pod_is_one_of_the_jobs_pods() -> None:
    job = a_job(pod(0, HistoryPods=[pod(90, "Failed"), None]), pod(1))
    r61(job, "dlc1-worker-90", "dlc_get_pod_logs")
    with pytest.raises(InvalidArguments):
        r61(job, "dlc1-worker-91", "dlc_get_pod_logs")


@pytest.mark.parametrize("status", ["Stopping", "Stopped", "Succeeded", "Failed"])
def test_r32_every_refusal_of_a_stop_is_about_the_job(status: str) -> None:
    with pytest.raises(NoEffect) as refused:
        r32(a_job(status=status))
    assert (refused.value.rule, refused.value.field) == ("R32", "job_id")


def test_r45_for_an_unknown_pod_a_terminal_of_the_first_one_is_proposed() -> None:
    with pytest.raises(InvalidArguments) as refused:
        r45(a_job(pod(0), pod(1)), "other")
    [step] = refused.value.next
    assert (step.tool, step.arguments) == ("dlc_get_web_terminal", {"job_id": "dlc1", "pod_id": "dlc1-worker-0"})


def test_r45_an_earlier_instance_of_a_pod_is_never_proposed_for_a_terminal() -> None:
    ended = pod(0, "Failed", HistoryPods=[pod(90)])
    with pytest.raises(NoEffect) as refused:
        r45(a_job(ended, pod(1)), "dlc1-worker-0")
    assert [step.arguments["pod_id"] for step in refused.value.next] == ["dlc1-worker-1"]
    with pytest.raises(NoEffect) as refused:
        r45(a_job(ended), "dlc1-worker-0")
    assert [(step.tool, step.arguments) for step in refused.value.next] == [("dlc_get_job", {"job_id": "dlc1"})]


@pytest.mark.parametrize("kind", [None, ""])
def test_r44_a_job_whose_type_is_not_told_has_no_dashboard(kind: str | None) -> None:
    with pytest.raises(NoEffect, match="this is a unknown;"):
        r44(a_job(JobType=kind), {})


@pytest.mark.parametrize(
    ("specs", "quota", "counts"),
    [
        ([{"ResourceConfig": {"CPU": "4"}}], "quota1", True),
        ([{"QuotaId": "quota2"}], None, True),
        ([{"EcsSpec": "ecs.g6.large", "QuotaId": "quota2"}], None, False),
        ([{"ResourceConfig": {"CPU": "4"}}, {"EcsSpec": "ecs.g6.large"}], "quota1", False),
        ([{"EcsSpec": ""}, None, "odd"], "quota1", True),
        (None, None, False),
    ],
)
def test_r40_a_job_is_of_a_quota_when_it_names_one_and_no_spec_is_of_the_public_resources(
    specs: Any, quota: str | None, counts: bool
) -> None:
    job = a_job(status="Queuing", JobSpecs=specs, ResourceId=quota)
    if counts:
        r40(job)
        return
    with pytest.raises(NoEffect) as refused:
        r40(job)
    assert "Queuing on public resources (pay as you go)" in refused.value.message


LONG = "x" * 200


@pytest.mark.parametrize(
    ("most", "rule"),
    [
        (40, lambda: r40(a_job(status=LONG))),
        (40, lambda: r44(a_job(JobType=LONG), {})),
        (40, lambda: r45(a_job(pod(0), status=LONG), "dlc1-worker-0")),
        (40, lambda: r45(a_job(pod(0, LONG)), "dlc1-worker-0")),
        (80, lambda: r61(a_job(pod(0)), LONG, "dlc_get_pod_logs")),
    ],
)
def test_of_a_word_of_others_a_refusal_repeats_a_few_characters_only(most: int, rule: Any) -> None:
    with pytest.raises((NoEffect, InvalidArguments)) as refused:
        rule()
    assert "x" * most in refused.value.message
    assert "x" * (most + 1) not in refused.value.message


BEGAN = 1_800_000_000.0


@pytest.mark.parametrize(
    ("job", "seconds"),
    [
        ({"Status": "Running", "GmtRunningTime": iso(BEGAN)}, 100.0),
        ({"Status": "Running", "GmtRunningTime": iso(BEGAN), "GmtFinishTime": iso(BEGAN + 50)}, 100.0),
        ({"Status": "Succeeded", "GmtRunningTime": iso(BEGAN), "GmtFinishTime": iso(BEGAN + 50)}, 50.0),
        ({"Status": "Failed", "GmtRunningTime": iso(BEGAN)}, 100.0),
        ({"Status": "Stopped", "GmtRunningTime": iso(BEGAN + 500)}, 0.0),
        *(({"Status": status, "Duration": 50}, 0.0)
          for status in ("Creating", "Queuing", "Bidding", "EnvPreparing", "SanityChecking")),
        *(({"Status": status, "Duration": 50}, 50.0) for status in ("Running", "Restarting", "Odd", None)),
        *(({"Status": "Running", "Duration": odd}, 0.0)
          for odd in (None, True, "5", float("inf"), float("nan"), 10**400)),
        ({"Status": "Running", "Duration": 1.5}, 1.5),
    ],
)  # fmt: skip
def test_a_job_has_run_between_its_own_times(job: dict[str, Any], seconds: float) -> None:
    assert running_seconds(job, BEGAN + 100) == seconds
