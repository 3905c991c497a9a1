"""Calls that would be swallowed, and what is said of the acts that were sent."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.errors import InvalidArguments, NoEffect, NotFound, PaiError, PermissionDenied, Unavailable
from pai_dlc_mcp.guards.effects import check as effects
from pai_dlc_mcp.guards.effects.job_states import FINAL, RESERVING
from pai_dlc_mcp.runtime import Reply
from support.fake_cloud import REGION, call_of, runtime_of

PUBLIC = [{"Type": "Worker", "EcsSpec": "ecs.g6.large"}]
STOPPABLE = ("Creating", "Queuing", "Bidding", "EnvPreparing", "SanityChecking", "Running", "Restarting")
QUOTA = [{"Type": "Worker", "ResourceConfig": {"CPU": "4"}}]


def a_job(status: str = "Running", **more: Any) -> dict[str, Any]:
    return {"JobId": "dlc1", "Status": status, "JobType": "PyTorchJob", "JobSpecs": PUBLIC, **more}


async def checked(action: str, job: dict[str, Any] | PaiError, **args: Any) -> PaiError | None:
    """The refusal of a call, or nothing; the target is read once, by GetJob alone."""
    runtime, cloud, _ = runtime_of({"GetJob": job})
    try:
        await effects.check(call_of(action, {"JobId": "dlc1", **args}), runtime)
    except PaiError as error:
        return error
    finally:
        assert cloud.sent in ([], [("GetJob", {"JobId": "dlc1"})])
    return None


@pytest.mark.parametrize("status", STOPPABLE)
async def test_r32_a_job_that_runs_or_is_on_its_way_can_be_stopped(status: str) -> None:
    assert await checked("StopJob", a_job(status)) is None


@pytest.mark.parametrize("status", sorted(FINAL))
async def test_r32_a_job_that_has_ended_is_refused_with_its_status(status: str) -> None:
    error = await checked("StopJob", a_job(status))
    assert isinstance(error, NoEffect)
    assert (error.rule, error.field) == ("R32", "job_id")
    assert f"({status})" in error.message


async def test_r32_a_job_that_is_stopping_is_refused_and_waiting_is_offered() -> None:
    error = await checked("StopJob", a_job("Stopping"))
    assert isinstance(error, NoEffect)
    assert error.rule == "R32"
    assert "Stopping already" in error.message
    assert [(step.tool, step.arguments) for step in error.next] == [
        ("dlc_wait_for_job", {"region": REGION, "job_id": "dlc1"})
    ]


@pytest.mark.parametrize("status", [None, "", "running", "Paused"])
async def test_r32_a_status_that_nobody_knows_is_no_reason_to_keep_a_stop_back(status: str | None) -> None:
    assert await checked("StopJob", {"JobId": "dlc1", "Status": status}) is None


@pytest.mark.parametrize("status", sorted(RESERVING))
async def test_r32_where_the_nodes_are_still_reserved_a_stop_is_sent_with_a_notice(status: str) -> None:
    runtime, _, _ = runtime_of({"GetJob": a_job(status)})
    call = call_of("StopJob", {"JobId": "dlc1"})
    await effects.check(call, runtime)
    assert [notice.rule for notice in call.notices] == ["R32"]
    assert status in call.notices[0].message


@pytest.mark.parametrize("status", sorted(RESERVING))
async def test_r45_where_the_job_is_reserving_a_terminal_is_asked_for_with_a_notice(status: str) -> None:
    runtime, _, _ = runtime_of({"GetJob": a_job(status)})
    call = call_of("GetWebTerminal", {"JobId": "dlc1", "PodId": "dlc1-worker-0"})
    await effects.check(call, runtime)
    assert [notice.rule for notice in call.notices] == ["R45"]


@pytest.mark.parametrize("status", [*STOPPABLE, "Stopping"])
async def test_r48_a_job_that_is_not_over_is_not_deleted_and_the_stop_is_offered(status: str) -> None:
    error = await checked("DeleteJob", a_job(status))
    assert isinstance(error, NoEffect)
    assert (error.rule, error.field) == ("R48", "job_id")
    assert status in error.message
    assert [(step.tool, step.arguments) for step in error.next] == [
        ("dlc_stop_job", {"region": REGION, "job_id": "dlc1"})
    ]


@pytest.mark.parametrize("status", [*sorted(FINAL), *sorted(RESERVING), "Paused", None])
async def test_r48_a_job_that_is_over_or_of_which_nothing_is_known_may_be_deleted(status: str | None) -> None:
    assert await checked("DeleteJob", {"JobId": "dlc1", "Status": status}) is None


@pytest.mark.parametrize(
    ("status", "passes"), [("RUNNING", False), ("Creating", False), ("Stopped", True), ("Failed", True)]
)
async def test_r48_a_tensorboard_is_deleted_when_it_is_stopped(status: str, passes: bool) -> None:
    runtime, _, _ = runtime_of({"GetTensorboard": {"TensorboardId": "tb", "Status": status}})
    call = call_of("DeleteTensorboard", {"TensorboardId": "tb"})
    if passes:
        await effects.check(call, runtime)
        return
    with pytest.raises(NoEffect) as refused:
        await effects.check(call, runtime)
    said = f"The target is {status}, and DeleteTensorboard does not work in that state"
    first = "dlc_stop_tensorboard comes first."
    assert (refused.value.rule, refused.value.field) == ("R48", "tensorboard_id")
    assert refused.value.message == f"{said}; {first}"
    assert [(step.tool, step.arguments) for step in refused.value.next] == [
        ("dlc_stop_tensorboard", {"region": REGION, "tensorboard_id": "tb"})
    ]


@pytest.mark.parametrize(("version", "passes"), [("v1", False), ("v2", True)])
async def test_r48_the_first_version_of_a_dataset_stays(version: str, passes: bool) -> None:
    runtime, _, _ = runtime_of()
    call = call_of("DeleteDatasetVersion", {"DatasetId": "d", "VersionName": version})
    if passes:
        await effects.check(call, runtime)
        return
    with pytest.raises(NoEffect) as refused:
        await effects.check(call, runtime)
    assert (refused.value.rule, refused.value.field) == ("R48", "version_name")


@pytest.mark.parametrize(
    ("status", "passes"), [("Running", True), ("Pending", True), ("Succeeded", False), ("Failed", False)]
)
async def test_r48_a_dataset_job_is_stopped_while_it_runs(status: str, passes: bool) -> None:
    runtime, _, _ = runtime_of({"GetDatasetJob": {"Status": status}})
    call = call_of("StopDatasetJob", {"DatasetId": "d", "DatasetJobId": "j"})
    if passes:
        await effects.check(call, runtime)
        return
    with pytest.raises(NoEffect) as refused:
        await effects.check(call, runtime)
    assert refused.value.rule == "R48"


async def test_r48_an_event_for_the_service_is_acknowledged_by_no_caller() -> None:
    runtime, cloud, _ = runtime_of()
    with pytest.raises(NoEffect) as refused:
        await effects.check(call_of("AcceptDataworksEvent", {"MessageId": "m"}), runtime)
    assert refused.value.rule == "R48"
    assert cloud.sent == []


async def test_r32_a_job_that_cannot_be_read_is_not_stopped() -> None:
    assert isinstance(await checked("StopJob", NotFound("no such job")), NotFound)
    assert isinstance(await checked("StopJob", Unavailable("silence")), Unavailable)


@pytest.mark.parametrize("status", ["Creating", "Queuing", "EnvPreparing"])
async def test_r40_a_priority_counts_for_a_quota_job_before_it_runs(status: str) -> None:
    assert await checked("UpdateJob", a_job(status, JobSpecs=QUOTA, ResourceId="q1"), Priority=5) is None
    of_the_role = [QUOTA[0] | {"QuotaId": "q2"}]
    assert await checked("UpdateJob", a_job(status, JobSpecs=of_the_role), Priority=5) is None


@pytest.mark.parametrize("status", ["Bidding", "SanityChecking", "Running", "Stopping", "Succeeded", "Failed", "Odd"])
async def test_r40_a_priority_of_a_quota_job_past_the_queue_is_refused(status: str) -> None:
    error = await checked("UpdateJob", a_job(status, JobSpecs=QUOTA, ResourceId="q1"), Priority=5)
    assert isinstance(error, NoEffect)
    assert (error.rule, error.field) == ("R40", "priority")
    assert f"the job is {status} on a quota" in error.message


@pytest.mark.parametrize(("specs", "resource"), [
    (PUBLIC, None), (PUBLIC, "public-cluster"), (QUOTA, ""), ([], None), ([*QUOTA, *PUBLIC], "q1"),
])  # fmt: skip
async def test_r40_a_priority_of_a_public_job_is_refused(specs: list[Any], resource: str | None) -> None:
    error = await checked("UpdateJob", a_job("Queuing", JobSpecs=specs, ResourceId=resource), Priority=5)
    assert error is not None
    assert error.rule == "R40"
    assert "the job is Queuing on public resources" in error.message


async def test_r40_an_update_without_a_priority_reads_nothing() -> None:
    runtime, cloud, _ = runtime_of()
    await effects.check(call_of("UpdateJob", {"JobId": "dlc1", "Accessibility": "PUBLIC"}), runtime)
    assert cloud.sent == []


@pytest.mark.parametrize("action", ["GetDashboard", "GetRayDashboard"])
async def test_r44_dashboards_exist_for_a_rayjob_only(action: str) -> None:
    error = await checked(action, a_job())
    assert isinstance(error, NoEffect)
    assert (error.rule, error.field) == ("R44", "job_id")
    assert "PyTorchJob" in error.message
    assert await checked(action, a_job(JobType="RayJob")) is None
    assert await checked(action, a_job(JobType="RayJob"), isShared=False) is None


@pytest.mark.parametrize("action", ["GetDashboard", "GetRayDashboard"])
async def test_r44_a_shared_dashboard_needs_a_token(action: str) -> None:
    error = await checked(action, a_job(JobType="RayJob"), isShared=True)
    assert error is not None
    assert (error.rule, error.field) == ("R44", "token")
    [step] = error.next
    assert (step.tool, step.arguments) == (
        "dlc_get_token", {"region": REGION, "target_type": "job", "target_id": "dlc1"},
    )  # fmt: skip
    assert await checked(action, a_job(JobType="RayJob"), isShared=True, token="t") is None


PODS = [
    {"PodId": "dlc1-master-0", "Type": "Master", "Status": "Succeeded"},
    {"PodId": "dlc1-worker-0", "Type": "Worker", "Status": "Running", "HistoryPods": [{"PodId": "dlc1-worker-0-old"}]},
]


async def test_r45_a_web_terminal_needs_a_running_job() -> None:
    error = await checked("GetWebTerminal", a_job("Queuing", Pods=PODS), PodId="dlc1-worker-0")
    assert isinstance(error, NoEffect)
    assert (error.rule, error.field) == ("R45", "job_id")
    assert "Queuing" in error.message
    assert await checked("GetWebTerminal", a_job(Pods=PODS), PodId="dlc1-worker-0") is None


async def test_r45_a_web_terminal_needs_a_pod_that_lives() -> None:
    error = await checked("GetWebTerminal", a_job(Pods=PODS), PodId="dlc1-master-0")
    assert isinstance(error, NoEffect)
    assert (error.rule, error.field) == ("R45", "pod_id")
    assert "Succeeded" in error.message
    arguments = {"region": REGION, "job_id": "dlc1", "pod_id": "dlc1-worker-0"}
    assert [(step.tool, step.arguments) for step in error.next] == [("dlc_get_web_terminal", arguments)]


@pytest.mark.parametrize("pod", ["other", "dlc1-worker-0-old"])
async def test_r45_a_pod_that_the_job_does_not_have_now_is_refused_with_its_pods(pod: str) -> None:
    error = await checked("GetWebTerminal", a_job(Pods=PODS), PodId=pod)
    assert isinstance(error, InvalidArguments)
    assert (error.rule, error.field) == ("R45", "pod_id")
    assert "dlc1-master-0 (Master, Succeeded), dlc1-worker-0 (Worker, Running)" in error.message


TEMPLATE = {"TemplateId": "t1", "WorkspaceId": "7", "GmtCreateTime": "2026-01-01T00:00:00Z"}


async def test_r34_a_template_that_a_job_refers_to_is_not_deleted() -> None:
    jobs = {"Jobs": [{"JobId": f"dlc{number}"} for number in range(5)], "TotalCount": 5}
    runtime, cloud, _ = runtime_of({"GetJobTemplate": TEMPLATE, "ListJobs": jobs})
    with pytest.raises(NoEffect) as caught:
        await effects.check(call_of("DeleteJobTemplate", {"TemplateId": "t1"}), runtime)
    assert (caught.value.rule, caught.value.field) == ("R34", "template_id")
    assert "(dlc0, dlc1, dlc2)" in caught.value.message
    asked = {"PageNumber": 1, "PageSize": 3, "StartTime": TEMPLATE["GmtCreateTime"], "TemplateId": "t1"}
    assert cloud.sent == [("GetJobTemplate", {"TemplateId": "t1"}), ("ListJobs", asked | {"WorkspaceId": "7"})]


def test_r34_an_id_of_a_job_is_repeated_no_longer_than_forty_characters() -> None:
    assert f"({'x' * 40}, dlc2)" in effects.r34([{"JobId": "x" * 41}, {"JobId": "dlc2"}]).message


async def test_r34_a_template_without_jobs_may_be_deleted() -> None:
    runtime, cloud, _ = runtime_of({"GetJobTemplate": {"TemplateId": "t1"}, "ListJobs": {"Jobs": []}})
    call = call_of("DeleteJobTemplate", {"TemplateId": "t1"})
    await effects.check(call, runtime)
    assert call.notices == []
    assert cloud.sent[1] == ("ListJobs", {"PageNumber": 1, "PageSize": 3, "TemplateId": "t1"})


@pytest.mark.parametrize("rows", [[], [None, "odd"]])
async def test_r34_rows_that_are_no_jobs_use_no_template(rows: list[Any]) -> None:
    runtime, _, _ = runtime_of({"GetJobTemplate": TEMPLATE, "ListJobs": {"Jobs": rows}})
    call = call_of("DeleteJobTemplate", {"TemplateId": "t1"})
    await effects.check(call, runtime)
    assert call.notices == []


@pytest.mark.parametrize("jobs", [PermissionDenied("no"), {"Jobs": None}])
async def test_r34_where_it_cannot_be_known_it_is_said(jobs: Any) -> None:
    runtime, _, _ = runtime_of({"GetJobTemplate": TEMPLATE, "ListJobs": jobs})
    call = call_of("DeleteJobTemplate", {"TemplateId": "t1"})
    await effects.check(call, runtime)
    said = "Whether a job refers to this template could not be read; if one does, it stays."
    assert [(notice.rule, notice.message) for notice in call.notices] == [("R34", said)]


async def test_r34_a_template_that_does_not_exist_is_not_deleted() -> None:
    runtime, _, _ = runtime_of({"GetJobTemplate": NotFound("gone")})
    with pytest.raises(NotFound):
        await effects.check(call_of("DeleteJobTemplate", {"TemplateId": "t1"}), runtime)


async def test_other_operations_are_let_through_unread() -> None:
    runtime, cloud, _ = runtime_of()
    for action in ("GetJob", "UpdateTensorboard", "UpdateCodeSource", "ListImages", "CreateJob"):
        call = call_of(action, {"JobId": "dlc1", "CodeSourceId": "c1", "Priority": 5})
        await effects.check(call, runtime)
        done = Reply({"JobId": "dlc1"})
        assert await effects.report(call, done, runtime) is done
    assert cloud.sent == []


@pytest.mark.parametrize(
    ("stored", "given", "kept"),
    [
        ({"Token": "***"}, {}, ["token", "user_name"]),
        ({}, {}, ["token", "user_name"]),
        ({"Token": "", "UserName": None}, {}, []),
        ({}, {"UserName": "x"}, []),
        ({}, {"UserName": " "}, ["token", "user_name"]),
        ({"Token": "***"}, {"UserName": "x"}, ["token"]),
        ({"Token": "***", "UserName": ""}, {"Token": "x"}, []),
        (
            {"Token": {"A": "***", "B": "", "k" * 61: "***"}, "UserName": ""},
            {"Token": {"A": "x"}},
            [f"token.{'k' * 60}"],
        ),
        ({"Token": {"A": "***"}, "UserName": ""}, {"Token": "text"}, ["token.A"]),
        ({"Token": "***", "UserName": {"A": "***"}}, {}, ["token", "user_name.A"]),
    ],
)
def test_r38_a_secret_goes_along_where_it_is_stored_or_may_be_and_is_not_given_anew(
    stored: dict[str, Any], given: dict[str, Any], kept: list[str]
) -> None:
    assert effects._kept(stored, given, ["Token", "UserName"]) == kept


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"CodeRepo": "https://a/x.git"}, None),
        ({"CodeRepo": "https://b/x.git"}, "code_repo"),
        ({"CodeRepo": "https://b/x.git", "CodeRepoAccessToken": "t"}, None),
        ({"CodeRepo": "https://b/x.git", "CodeRepoAccessToken": " "}, "code_repo"),
        ({"Description": "new"}, None),
    ],
)
async def test_r38_an_address_that_stays_the_same_needs_no_new_secret(given: dict[str, Any], field: str | None) -> None:
    stored = {"CodeSourceId": "c1", "CodeRepo": "https://a/x.git", "CodeRepoAccessToken": "***", "CodeRepoUserName": ""}
    stored |= {"DisplayName": "code", "Description": "what is no secret goes along", "CodeBranch": "main"}
    runtime, _, _ = runtime_of({"GetCodeSource": stored})
    call = call_of("UpdateCodeSource", {"CodeSourceId": "c1"} | given)
    if field is None:
        await effects.check(call, runtime)
        return
    with pytest.raises(InvalidArguments) as refused:
        await effects.check(call, runtime)
    assert (refused.value.rule, refused.value.field) == ("R38", field)
