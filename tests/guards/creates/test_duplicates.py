"""R24: the look for a job, template or board of the same name before a create."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.errors import (
    CloudFailure,
    Duplicate,
    NextStep,
    PermissionDenied,
    Unavailable,
)
from pai_dlc_mcp.guards.creates import reservations
from pai_dlc_mcp.timestamps import iso
from support.creates import ARGS, NONE, NOW, jobs, row
from support.fake_cloud import REGION, FakeCloud, call_of, runtime_of


async def checked(answers: dict[str, Any], action: str = "CreateJob", args: Any = None, **controls: Any) -> FakeCloud:
    runtime, cloud, _ = runtime_of(answers)
    await reservations.check(call_of(action, args or ARGS, **controls), runtime)
    return cloud


async def test_r24_the_look_asks_for_the_callers_own_recent_jobs_of_that_name() -> None:
    cloud = await checked({"ListJobs": NONE})
    ((action, args),) = cloud.sent
    assert action == "ListJobs"
    assert args == {
        "DisplayName": "train",
        "ShowOwn": True,
        "StartTime": iso(NOW - 600),
        "WorkspaceId": "11001",
        "PageNumber": 1,
        "PageSize": 100,
    }


async def test_r24_a_job_of_that_name_created_in_the_last_ten_minutes_is_shown_and_refuses() -> None:
    with pytest.raises(Duplicate) as refused:
        await checked({"ListJobs": jobs(row())})
    error = refused.value
    assert (error.rule, error.field) == ("R24", "display_name")
    assert "dlc-old" in error.message
    assert "allow_duplicate" in error.message
    assert error.next[0].tool == "dlc_list_jobs"
    assert dict(error.next[0].arguments) == {"region": REGION, "display_name": "train", "workspace_id": "11001"}


@pytest.mark.parametrize(
    "other",
    [row(name="train-2"), row(name="Train"), row(name="mytrain"), row(ago=601), row(name="train ")],
    ids=["longer", "case", "part", "old", "blank"],
)
async def test_r24_another_name_or_an_older_job_does_not_refuse(other: dict[str, Any]) -> None:
    await checked({"ListJobs": jobs(other)})


async def test_r24_a_job_whose_time_is_not_given_counts_as_recent() -> None:
    with pytest.raises(Duplicate):
        await checked({"ListJobs": jobs(row(GmtCreateTime="soon"))})


async def test_r24_a_twin_on_the_last_page_is_found() -> None:
    def page(args: Any) -> dict[str, Any]:
        last = args["PageNumber"] == 3
        return {"Jobs": [row() if last else row(name="train-x")] * (1 if last else 50), "TotalCount": 101}

    with pytest.raises(Duplicate):
        await checked({"ListJobs": page})


async def test_r24_a_list_that_cannot_be_read_whole_refuses() -> None:
    endless = {"Jobs": [row(name="train-x")] * 100, "TotalCount": 100_000}
    with pytest.raises(Duplicate, match="Too many"):
        await checked({"ListJobs": endless})


async def test_r24_allow_duplicate_goes_on() -> None:
    await checked({"ListJobs": jobs(row())}, allow_duplicate=True)
    await checked({"ListJobs": Unavailable("down")}, allow_duplicate=True)


@pytest.mark.parametrize("failure", [Unavailable("down"), PermissionDenied("no")])
async def test_r24_a_look_that_fails_refuses_the_create(failure: CloudFailure) -> None:
    with pytest.raises(type(failure), match="Nothing was created") as refused:
        await checked({"ListJobs": failure})
    assert refused.value.rule == "R24"


async def test_r24_the_failure_of_the_look_keeps_what_the_service_said_and_the_way_out() -> None:
    way = NextStep("pai_status", {}, "Shows the credentials.")
    failure = PermissionDenied("no", rule="R73", request_id="req-list", next=[way])
    failure.service_code, failure.status = "Forbidden.RAM", 403
    with pytest.raises(PermissionDenied) as refused:
        await checked({"ListJobs": failure})
    error = refused.value
    assert (error.rule, error.request_id, error.next) == ("R73", "req-list", [way])
    assert (error.service_code, error.status) == ("Forbidden.RAM", 403)


async def test_r24_a_row_without_an_id_does_not_count_and_a_long_one_is_truncated_in_the_refusal() -> None:
    await checked({"ListJobs": jobs(row(id=""), row(JobId=None))})
    with pytest.raises(Duplicate) as refused:
        await checked({"ListJobs": jobs(row(id="j" * 5_000, Status="S" * 5_000))})
    assert ": JobId jjjjj" in refused.value.message
    assert len(refused.value.message) < 400


@pytest.mark.parametrize(
    ("action", "args", "lister", "answer"),
    [
        ("CreateJobTemplate", {"TemplateName": "base", "WorkspaceId": "1"}, "ListJobTemplates",
         {"JobTemplates": [{"TemplateId": "tpl-1", "TemplateName": "base", "GmtCreateTime": iso(NOW - 9)}]}),
        ("CreateTensorboard", {"DisplayName": "board", "WorkspaceId": "1"}, "ListTensorboards",
         {"Tensorboards": [{"TensorboardId": "tb-1", "DisplayName": "board", "GmtCreateTime": iso(NOW - 9)}]}),
    ],
)  # fmt: skip
async def test_r24_templates_and_tensorboards_are_looked_up_alike(
    action: str, args: dict[str, Any], lister: str, answer: dict[str, Any]
) -> None:
    with pytest.raises(Duplicate) as refused:
        await checked({lister: answer}, action, args)
    shown = {"CreateJobTemplate": "TemplateId tpl-1", "CreateTensorboard": "TensorboardId tb-1"}[action]
    assert f": {shown}" in refused.value.message


async def test_a_create_that_has_no_name_or_needs_no_look_asks_nothing() -> None:
    assert (await checked({}, "CreateTensorboard", {"JobId": "dlc1"})).sent == []
    assert (await checked({}, "CreateDataset", {"Name": "d"})).sent == []
    assert (await checked({}, "StopJob", {"JobId": "dlc1"})).sent == []


async def test_r24_of_two_of_that_name_the_newest_is_named_with_its_state() -> None:
    now = runtime_of()[0].now()
    rows = [
        {"JobId": "dlc-old", "DisplayName": "train", "GmtCreateTime": iso(now - 90), "Status": "Failed"},
        {"JobId": "dlc-new", "DisplayName": "train", "GmtCreateTime": iso(now - 30), "Status": "Running"},
        {"JobId": "dlc-when", "DisplayName": "train"},
    ]
    runtime, _, _ = runtime_of({"ListJobs": {"Jobs": rows, "TotalCount": 3}})
    with pytest.raises(reservations.Duplicate) as refused:
        await reservations.check(call_of("CreateJob", {"DisplayName": "train", "WorkspaceId": "1"}), runtime)
    assert f"JobId dlc-new, Running. {reservations.WAY_ON}" in refused.value.message
    assert f"at {iso(now - 30)}:" in refused.value.message


async def test_r24_a_twin_without_time_and_state_is_named_by_its_id_alone() -> None:
    rows = [{"JobId": "dlc-when", "DisplayName": "train"}]
    runtime, _, _ = runtime_of({"ListJobs": {"Jobs": rows, "TotalCount": 1}})
    with pytest.raises(reservations.Duplicate) as refused:
        await reservations.check(call_of("CreateJob", {"DisplayName": "train", "WorkspaceId": "1"}), runtime)
    assert f"was just created: JobId dlc-when. {reservations.WAY_ON}" in refused.value.message


async def test_r24_too_many_of_a_name_to_tell_bears_the_rule_and_the_field() -> None:
    rows = [{"JobId": f"dlc-{number}", "DisplayName": "other"} for number in range(100)]
    runtime, cloud, _ = runtime_of({"ListJobs": {"Jobs": rows, "TotalCount": 10**6}})
    with pytest.raises(reservations.Duplicate) as refused:
        await reservations.check(call_of("CreateJob", {"DisplayName": "train", "WorkspaceId": "1"}), runtime)
    assert (refused.value.rule, refused.value.field) == ("R24", "display_name")
    assert len(cloud.sent) == 10


async def test_r24_a_create_that_names_no_workspace_is_looked_up_in_none() -> None:
    rows = [{"JobId": "dlc-1", "DisplayName": "train"}]
    runtime, cloud, _ = runtime_of({"ListJobs": {"Jobs": rows, "TotalCount": 1}})
    with pytest.raises(reservations.Duplicate) as refused:
        await reservations.check(call_of("CreateJob", {"DisplayName": "train"}), runtime)
    assert "WorkspaceId" not in cloud.sent[0][1]
    assert dict(refused.value.next[0].arguments) == {"region": REGION, "display_name": "train"}


async def test_r24_a_job_created_exactly_ten_minutes_ago_still_counts() -> None:
    runtime, _, clock = runtime_of()
    rows = [{"JobId": "dlc-1", "DisplayName": "train", "GmtCreateTime": iso(clock.at - 600)}]
    runtime, _, _ = runtime_of({"ListJobs": {"Jobs": rows, "TotalCount": 1}})
    with pytest.raises(reservations.Duplicate):
        await reservations.check(call_of("CreateJob", {"DisplayName": "train"}), runtime)


@pytest.mark.parametrize("create", ["CreateRayHistoryServer", "CreateDataset", "CreateModel"])
async def test_creates_that_no_rule_wants_looked_up_are_not(create: str) -> None:
    runtime, cloud, _ = runtime_of()
    args = {"DisplayName": "train", "Name": "train", "ModelName": "train"}
    await reservations.check(call_of(create, args), runtime)
    assert cloud.sent == []


async def test_r24_too_many_of_a_name_to_tell_go_on_where_a_duplicate_is_allowed() -> None:
    endless = {"Jobs": [row(name="train-x")] * 100, "TotalCount": 100_000}
    assert (await checked({"ListJobs": endless}, allow_duplicate=True)).actions == ["ListJobs"] * 10


async def test_r24_of_a_long_id_and_state_the_beginning_is_named() -> None:
    with pytest.raises(Duplicate) as refused:
        await checked({"ListJobs": jobs(row(id="j" * 81, Status="S" * 41))})
    when = f"'train' was just created at {iso(NOW - 60)}"
    assert refused.value.message == f"{when}: JobId {'j' * 80}, {'S' * 40}. {reservations.WAY_ON}"
