"""Which facts of a target a confirmation rests on, what a preview calls them, and what a person is asked to type."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.cloud.reads import job_of
from pai_dlc_mcp.errors import ConfirmationInvalid
from pai_dlc_mcp.guards.confirmation import check as confirmation
from pai_dlc_mcp.guards.confirmation.preview import preview_of
from pai_dlc_mcp.guards.confirmation.snapshot import is_typable, name_of, take_snapshot, target_of
from pai_dlc_mcp.state import digest_of
from support.fake_cloud import call_of, runtime_of
from support.stop_calls import preview_of as shown_before
from support.stop_calls import server

MODEL = {
    "DisplayName": "one", "TemplateName": "one", "WorkspaceName": "one", "ModelName": "one", "PromptName": "one",
    "ConnectionName": "one", "RoleName": "one", "Name": "one", "VersionName": "one", "Status": "one",
    "WorkspaceId": "one", "UserId": "one", "OwnerId": "one", "Creator": "one", "Username": "one",
    "Accessibility": "one", "DataSourceType": "one", "Uri": "one", "ImageUri": "one", "JobId": "one",
    "JobAction": "one", "DefaultVersion": "one", "GmtCreateTime": "one", "GmtModifiedTime": "one",
}  # fmt: skip
JOB = ("JobId", "DisplayName", "Status", "UserId", "WorkspaceId", "ResourceId", "JobType", "JobSpecs", "RequestGPU",
       "Priority", "GmtCreateTime")  # fmt: skip


async def digest(action: str, args: dict[str, Any], answer: dict[str, Any], reader: str) -> str:
    runtime, _, _ = runtime_of({reader: answer})
    return (await take_snapshot(call_of(action, args), runtime)).digest


@pytest.mark.parametrize("field", MODEL)
async def test_r31_a_thing_is_another_one_when_any_fact_that_is_shown_changes(field: str) -> None:
    one = await digest("DeleteModel", {"ModelId": "m"}, MODEL, "GetModel")
    assert one == await digest("DeleteModel", {"ModelId": "m"}, MODEL | {"Elsewhere": 1}, "GetModel")
    assert one != await digest("DeleteModel", {"ModelId": "m"}, MODEL | {field: "two"}, "GetModel")


@pytest.mark.parametrize("field", JOB)
async def test_r31_a_job_is_another_one_when_what_its_preview_rests_on_changes(field: str) -> None:
    job = dict.fromkeys(JOB, "one")
    one = await digest("StopJob", {"JobId": "j"}, job, "GetJob")
    assert one == await digest("StopJob", {"JobId": "j"}, job | {"Duration": 5, "Pods": []}, "GetJob")
    assert one != await digest("StopJob", {"JobId": "j"}, job | {field: "two"}, "GetJob")


async def test_r31_a_template_is_read_once_a_call_and_anew_where_that_is_asked() -> None:
    template: dict[str, Any] = {"Versions": [{"Version": 1, "Content": {"UserCommand": "a"}}]}
    runtime, cloud, _ = runtime_of({"GetJobTemplate": template})
    call = call_of("CreateJob", {"TemplateId": "t"})
    before = (await take_snapshot(call, runtime)).digest
    template["Versions"] = [{"Version": 1, "Content": {"UserCommand": "b"}}]
    assert (await take_snapshot(call, runtime)).digest == before
    assert cloud.actions == ["GetJobTemplate"]
    assert (await take_snapshot(call, runtime, is_fresh=True)).digest != before
    assert (await take_snapshot(call_of("CreateJob", {"TemplateId": "t"}), runtime)).digest != before


CALLED = {
    "Status": "state", "WorkspaceId": "workspace", "UserId": "owner", "Username": "owner_name",
    "Accessibility": "visible_to", "DataSourceType": "storage", "Uri": "uri", "ImageUri": "image", "JobId": "job",
    "JobAction": "action", "DefaultVersion": "default_version", "GmtCreateTime": "created",
    "GmtModifiedTime": "changed", "OwnerId": "owner", "Creator": "owner",
}  # fmt: skip


@pytest.mark.parametrize(("field", "name"), CALLED.items())
async def test_r36_a_preview_calls_each_fact_by_a_plain_name(field: str, name: str) -> None:
    call = call_of("DeleteModel", {"ModelId": "m"})
    runtime, _, _ = server(more={"GetModel": {"ModelName": "mine", field: "fact"}})
    shown = await preview_of(call, runtime, await take_snapshot(call, runtime))
    assert shown[name] == "fact"
    assert set(shown) == {"act", "name", "region", "yours", "argument ModelId", "would_be_lost", name}


@pytest.mark.parametrize(
    ("text", "fits"),
    [("a", True), ("a" * 100, True), ("a" * 101, False), ("", False), (" a", False), ("a\n", False), ("a\u200b", False),
     (5, False), (None, False)],
)  # fmt: skip
def test_a_name_is_typed_only_where_a_person_sees_what_it_is(text: Any, fits: bool) -> None:
    assert is_typable(text) is fits


@pytest.mark.parametrize(
    ("data", "args", "name"),
    [
        ({"ModelName": "mine", "Name": "less"}, {"ModelId": "m"}, "mine"),
        ({"ModelName": "mi\u200bne"}, {"ModelId": "m"}, "m"),
        ({}, {"ModelId": "m", "VersionName": "v1"}, "v1"),
        ({}, {"ModelId": "m", "LabelKeys": "not in the path"}, "m"),
        ({}, {"ModelId": ""}, "aiworkspace_delete_model_labels"),
    ],
)
def test_the_name_is_the_targets_own_else_its_id_else_the_tools(
    data: dict[str, Any], args: dict[str, Any], name: str
) -> None:
    assert name_of(data, call_of("DeleteModelLabels", args)) == name


async def test_a_target_is_read_by_its_path_and_by_the_workspace_where_its_read_wants_one() -> None:
    args = {"DatasetId": "d", "DatasetJobConfigId": "c", "WorkspaceId": "1", "Other": "x"}
    answers = {"GetDatasetJobConfig": {}, "GetModel": {}}
    runtime, cloud, _ = runtime_of(answers)
    await take_snapshot(call_of("DeleteDatasetJobConfig", args), runtime)
    await take_snapshot(call_of("DeleteModel", {"ModelId": "m", "WorkspaceId": "1"}), runtime)
    await take_snapshot(call_of("DeleteDatasetJobConfig", {"DatasetId": "d", "DatasetJobConfigId": "c"}), runtime)
    assert cloud.sent == [
        ("GetDatasetJobConfig", {"DatasetId": "d", "DatasetJobConfigId": "c", "WorkspaceId": "1"}),
        ("GetModel", {"ModelId": "m"}),
        ("GetDatasetJobConfig", {"DatasetId": "d", "DatasetJobConfigId": "c"}),
    ]


@pytest.mark.parametrize(
    ("action", "args", "read"),
    [
        ("SetJobTemplateDefaultVersion", {"TemplateId": "t", "Version": "2"}, {"TemplateId": "t"}),
        ("StopDatasetJob", {"DatasetId": "d", "DatasetJobId": "j", "DatasetVersion": "v1"},
         {"DatasetId": "d", "DatasetJobId": "j"}),
        ("ValidateConnection", {"ConnectionId": "c", "WorkspaceId": "1"}, {"ConnectionId": "c"}),
        ("GetToken", {"TargetType": "job", "TargetId": "dlc1"}, {"JobId": "dlc1"}),
    ],
)  # fmt: skip
def test_r31_a_target_is_shown_as_it_is_whatever_version_the_act_names(
    action: str, args: dict[str, Any], read: dict[str, Any]
) -> None:
    target = target_of(call_of(action, args))
    assert target is not None
    assert target.args == read


@pytest.mark.parametrize("args", [{"TargetType": "odd", "TargetId": "x"}, {"TargetId": "x"}, {"TargetType": "job"}])
def test_r31_what_an_act_names_by_no_kind_or_not_at_all_is_read_by_nothing(args: dict[str, Any]) -> None:
    assert target_of(call_of("GetToken", args)) is None


@pytest.mark.parametrize(
    ("action", "args", "whole"),
    [("DeleteModel", {"ModelId": "m"}, True), ("DeleteModelLabels", {"ModelId": "m", "LabelKeys": "a"}, False)],
)
def test_a_delete_takes_the_whole_of_what_its_read_shows_or_a_part(
    action: str, args: dict[str, Any], whole: bool
) -> None:
    target = target_of(call_of(action, args))
    assert target is not None
    assert target.is_whole is whole


async def test_r31_what_no_read_shows_has_the_state_of_nothing_and_the_name_of_its_tool() -> None:
    runtime, cloud, _ = runtime_of()
    seen = await take_snapshot(call_of("UntagResources", {"ResourceType": "job"}), runtime)
    assert (dict(seen.data), seen.digest, seen.name) == ({}, digest_of({}), "dlc_untag_resources")
    assert cloud.sent == []


async def test_r31_a_job_is_read_once_a_call_and_anew_where_that_is_asked() -> None:
    runtime, cloud, _ = runtime_of(
        {"GetJob": [{"JobId": "j", "Status": "Queuing"}, {"JobId": "j", "Status": "Running"}]}
    )
    call = call_of("StopJob", {"JobId": "j"})
    assert (await job_of(call, runtime))["Status"] == "Queuing"
    assert (await take_snapshot(call, runtime)).data["Status"] == "Queuing"
    assert cloud.actions == ["GetJob"]
    assert (await take_snapshot(call, runtime, is_fresh=True)).data["Status"] == "Running"
    assert call.known.job == {"JobId": "j", "Status": "Running"}
    assert (await job_of(call, runtime))["Status"] == "Running"
    assert cloud.actions == ["GetJob", "GetJob"]


async def test_r31_a_token_for_a_create_does_not_outlive_a_change_of_its_template() -> None:
    version: dict[str, Any] = {"Version": 1, "Content": {"UserCommand": "python train.py"}}
    template = {"TemplateId": "tpl", "Versions": [version]}
    runtime, _, _ = server(more={"GetJobTemplate": template}, confirm=frozenset({"create"}))
    args = {"DisplayName": "new", "TemplateId": "tpl"}
    token = (await shown_before(runtime, call_of("CreateJob", args))).token
    version["Content"] = {"UserCommand": "python other.py"}
    again = call_of("CreateJob", args, confirmation_token=token)
    with pytest.raises(ConfirmationInvalid):
        await confirmation.check(again, runtime)
    version["Content"] = {"UserCommand": "python train.py"}
    fresh = (await shown_before(runtime, call_of("CreateJob", args))).token
    await confirmation.check(call_of("CreateJob", args, confirmation_token=fresh), runtime)
