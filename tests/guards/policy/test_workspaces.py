"""The operator's allow list of workspaces: what a call names, is about or shows lies within it."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import (
    NotFound,
    PaiError,
    PermissionDenied,
    PolicyDenied,
    Unavailable,
)
from pai_dlc_mcp.guards.policy import access
from pai_dlc_mcp.guards.policy.scope import SPELLED, values_spelled
from support.fake_cloud import Answer, FakeCloud, call_of, runtime_of

OURS: dict[str, Any] = {"JobId": "dlc1", "WorkspaceId": "11001", "UserId": "20001"}


async def outcome(
    action: str, args: dict[str, Any], answers: dict[str, Answer | list[Answer]] | None = None, **settings: Any
) -> tuple[PaiError | None, FakeCloud]:
    runtime, cloud, _ = runtime_of(answers or {}, settings=Settings(**settings))
    try:
        await access.check(call_of(action, args), runtime)
    except PaiError as error:
        return error, cloud
    return None, cloud


async def denied(setting: str, action: str, args: dict[str, Any], answers: Any = None, **settings: Any) -> FakeCloud:
    error, cloud = await outcome(action, args, answers, **settings)
    assert isinstance(error, PolicyDenied), error
    assert f"({setting})" in error.message
    assert "--" not in error.message
    return cloud


async def allowed(action: str, args: dict[str, Any], answers: Any = None, **settings: Any) -> FakeCloud:
    error, cloud = await outcome(action, args, answers, **settings)
    assert error is None
    return cloud


MINE = {"workspaces": ("11001", "11002")}


@pytest.mark.parametrize(
    ("action", "args"),
    [
        ("CreateJob", {"WorkspaceId": "99"}),
        ("CreateJob", {}),
        ("ListJobs", {"WorkspaceId": "99"}),
        ("ListJobs", {}),
        ("ListJobs", {"WorkspaceId": ""}),
        ("ListJobs", {"WorkspaceId": " , "}),
        ("ListJobs", {"WorkspaceId": "11001", "FromAllWorkspaces": True}),
        ("ListDatasets", {}),
        ("ListWorkspaces", {"WorkspaceIds": "11001,99"}),
        ("ListWorkspaces", {"WorkspaceIds": ["11001", "99"]}),
        ("GetWorkspace", {"WorkspaceId": "99"}),
        ("DeleteWorkspace", {"WorkspaceId": "1100"}),
        ("CreateWorkspace", {"WorkspaceName": "new"}),
        ("TagResources", {"ResourceId": ["dlc1"], "ResourceType": "job"}),
        ("GetMetrics", {"Dimensions": "all"}),
        ("CreateProductOrders", {}),
        ("SetUserConfigs", {}),
    ],
)
async def test_a_workspace_that_is_not_listed_or_not_named_is_refused_before_the_cloud_is_asked(
    action: str, args: dict[str, Any]
) -> None:
    assert (await denied("workspaces", action, args, **MINE)).sent == []


@pytest.mark.parametrize(
    ("action", "args"),
    [
        ("CreateJob", {"WorkspaceId": "11001"}),
        ("ListJobs", {"WorkspaceId": "11002"}),
        ("ListWorkspaces", {}),
        ("ListImages", {}),
        ("ListImageLabels", {}),
        ("ListEcsSpecs", {}),
        ("ListQuotas", {}),
        ("CreateDataset", {"WorkspaceId": 11001}),
    ],
)
async def test_a_listed_workspace_and_what_belongs_to_none_may_be_used(action: str, args: dict[str, Any]) -> None:
    await allowed(action, args, **MINE)


@pytest.mark.parametrize("action", ["StopJob", "GetJob", "GetPodLogs", "UpdateJob", "CreateSignal", "GetWebTerminal"])
async def test_the_workspace_of_the_job_decides_for_whatever_is_done_to_it(action: str) -> None:
    args = {"JobId": "dlc1", "PodId": "p"}
    await allowed(action, args, {"GetJob": OURS}, **MINE)
    await denied("workspaces", action, args, {"GetJob": OURS | {"WorkspaceId": "99"}}, **MINE)
    await denied("workspaces", action, args, {"GetJob": {"JobId": "dlc1"}}, **MINE)


async def test_naming_a_listed_workspace_does_not_cover_a_target_in_another() -> None:
    args = {"TensorboardId": "tb1", "WorkspaceId": "11001"}
    await denied("workspaces", "DeleteTensorboard", args, {"GetTensorboard": {"WorkspaceId": "99"}}, **MINE)
    await allowed("DeleteTensorboard", args, {"GetTensorboard": {"WorkspaceId": "11002"}}, **MINE)


async def test_an_official_image_may_be_read_and_not_removed() -> None:
    official = {"GetImage": {"ImageUri": "reg/pytorch:2"}}
    await allowed("GetImage", {"ImageId": "image-1"}, official, **MINE)
    await denied("workspaces", "RemoveImage", {"ImageId": "image-1"}, official, **MINE)


@pytest.mark.parametrize(
    ("target", "reader", "argument"), [("job", "GetJob", "JobId"), ("tensorboard", "GetTensorboard", "TensorboardId")]
)
async def test_a_share_token_is_about_its_target(target: str, reader: str, argument: str) -> None:
    args = {"TargetType": target, "TargetId": "x1"}
    cloud = await denied("workspaces", "GetToken", args, {reader: {"WorkspaceId": "99"}}, **MINE)
    assert cloud.sent == [(reader, {argument: "x1"})]
    await allowed("GetToken", args, {reader: {"WorkspaceId": "11001"}}, **MINE)


async def test_a_tensorboard_is_bound_to_the_workspace_of_the_job_that_it_shows() -> None:
    args = {"DisplayName": "board", "JobId": "dlc1", "WorkspaceId": "11001"}
    await denied("workspaces", "CreateTensorboard", args, {"GetJob": OURS | {"WorkspaceId": "99"}}, **MINE)
    await allowed("CreateTensorboard", args, {"GetJob": OURS}, **MINE)
    args |= {"DataSourceId": "d-1"}
    answers = {"GetJob": OURS | {"WorkspaceId": "99"}, "GetDataset": {"WorkspaceId": "11001"}}
    await denied("workspaces", "CreateTensorboard", args, answers, **MINE)
    await denied("workspaces", "CreateTensorboard", {"DisplayName": "board"}, **MINE)


@pytest.mark.parametrize("failure", [NotFound("none"), Unavailable("down"), PermissionDenied("no")])
async def test_a_target_whose_workspace_cannot_be_read_is_refused(failure: Any) -> None:
    for settings in (MINE, {"owners": ("20001",)}):
        error, _ = await outcome("StopJob", {"JobId": "dlc1"}, {"GetJob": failure}, **settings)
        assert error is failure


async def checked(
    action: str, args: dict[str, Any], answers: dict[str, Any] | None = None, **settings: Any
) -> FakeCloud:
    runtime, cloud, _ = runtime_of(answers or {}, settings=Settings(**({"workspaces": ("1", "2")} | settings)))
    await access.check(call_of(action, args), runtime)
    return cloud


@pytest.mark.parametrize("named", ["1", 1, "1,2", " 1 , 2 ", "1,,2"])
async def test_every_workspace_that_is_named_is_allowed(named: Any) -> None:
    await checked("ListWorkspaces", {"WorkspaceIds": named})


@pytest.mark.parametrize("named", ["3", 3, "1,3", "3,1", "1 2", "12"])
async def test_one_workspace_that_is_not_allowed_refuses_and_names_the_field(named: Any) -> None:
    with pytest.raises(PolicyDenied) as refused:
        await checked("ListWorkspaces", {"WorkspaceIds": named})
    assert refused.value.field == "workspace_id"
    assert "workspace" in refused.value.message


async def test_a_call_that_names_none_hears_which_there_are() -> None:
    with pytest.raises(PolicyDenied, match="1, 2") as refused:
        await checked("ListJobs", {})
    assert refused.value.field == "workspace_id"


TENSORBOARD = ("GetTensorboard", {"TensorboardId": "tb"})


DATASET = ("GetDataset", {"DatasetId": "d"})


@pytest.mark.parametrize(
    ("action", "args", "read"),
    [
        ("StartTensorboard", {"TensorboardId": "tb", "WorkspaceId": "1"}, TENSORBOARD),
        ("StopDatasetJob", {"DatasetId": "d", "DatasetJobId": "j", "WorkspaceId": "1"}, DATASET),
        ("GetDatasetFileMeta", {"DatasetId": "d", "DatasetFileMetaId": "f", "WorkspaceId": "1"}, DATASET),
    ],
)
@pytest.mark.parametrize("shown", [{}, {"WorkspaceId": None}, {"WorkspaceId": ""}, {"WorkspaceId": "3"}])
async def test_an_allowed_name_does_not_cover_a_target_that_does_not_say_the_same(
    action: str, args: dict[str, Any], read: tuple[str, dict[str, Any]], shown: dict[str, Any]
) -> None:
    with pytest.raises(PolicyDenied, match="workspace"):
        await checked(action, args, {read[0]: shown})
    await checked(action, args, {read[0]: {"WorkspaceId": "2"}})


async def test_the_target_is_looked_at_in_the_workspace_that_the_call_names_where_its_read_takes_one() -> None:
    inside = {"WorkspaceId": "1"}
    cloud = await checked("StopTensorboard", {"TensorboardId": "tb"} | inside, {"GetTensorboard": inside})
    assert cloud.sent == [("GetTensorboard", {"TensorboardId": "tb", "WorkspaceId": "1"})]
    cloud = await checked("StopTensorboard", {"TensorboardId": "tb"}, {"GetTensorboard": inside})
    assert cloud.sent == [TENSORBOARD]
    cloud = await checked("ListDatasetJobs", {"DatasetId": "d"} | inside, {"GetDataset": inside})
    assert cloud.sent == [DATASET]


PROMPT = {"PromptId": "p", "WorkspaceId": "1"}


@pytest.mark.parametrize("action", ["GetPrompt", "UpdatePrompt", "DeletePrompt"])
async def test_a_prompt_is_where_the_list_of_that_workspace_shows_it(action: str) -> None:
    """It does not tell its workspace, so the one that is named has to be seen to hold it."""
    listed = {"TotalCount": 2, "Prompts": [{"PromptId": "other"}, {"PromptId": "p"}]}
    cloud = await checked(action, PROMPT, {"GetPrompt": {}, "ListPrompts": listed})
    assert cloud.sent[0] == ("GetPrompt", PROMPT)
    assert cloud.sent[1][1]["WorkspaceId"] == "1"


@pytest.mark.parametrize(
    "listed",
    [
        {},
        {"TotalCount": 1, "Prompts": [{"PromptId": "other"}]},
        {"TotalCount": 1, "Prompts": [{"PromptId": None}]},
        {"TotalCount": 10**6, "Prompts": [{"PromptId": "other"}]},
    ],
)
async def test_a_prompt_that_the_list_does_not_show_is_refused(listed: dict[str, Any]) -> None:
    with pytest.raises(PolicyDenied, match="does not tell its workspace"):
        await checked("DeletePrompt", PROMPT, {"GetPrompt": {}, "ListPrompts": listed})


async def test_a_prompt_list_is_read_to_its_end_and_no_further_than_fifty_pages() -> None:
    pages: list[Any] = [{"TotalCount": 3, "Prompts": [{"PromptId": one}]} for one in ("a", "b", "p")]
    assert len((await checked("GetPrompt", PROMPT, {"GetPrompt": {}, "ListPrompts": pages})).sent) == 4
    endless = {"TotalCount": 10**6, "Prompts": [{"PromptId": "p"}]}
    runtime, cloud, _ = runtime_of({"GetPrompt": {}, "ListPrompts": endless}, settings=Settings(workspaces=("1",)))
    with pytest.raises(PolicyDenied):
        await access.check(call_of("GetPrompt", PROMPT), runtime)
    assert cloud.actions.count("ListPrompts") == 50


@pytest.mark.parametrize("args", [{"PromptId": "p"}, {"PromptId": "p", "WorkspaceId": ""}])
async def test_a_prompt_without_a_workspace_is_refused_without_a_list(args: dict[str, Any]) -> None:
    with pytest.raises(PolicyDenied, match="does not tell its workspace"):
        await checked("GetPrompt", args, {"GetPrompt": {}})


@pytest.mark.parametrize(
    ("action", "args", "reader"),
    [
        ("ValidateConnection", {"ConnectionId": "c", "WorkspaceId": "1"}, "GetConnection"),
        ("ListRuns", {"ExperimentId": "e", "WorkspaceId": "1"}, "GetExperiment"),
        ("CreateRun", {"ExperimentId": "e"}, "GetExperiment"),
        ("ListImageLabels", {"ImageId": "i"}, "GetImage"),
        ("CreateTensorboard", {"JobId": "j", "WorkspaceId": "1"}, "GetJob"),
    ],
)
async def test_what_a_call_is_about_beside_its_path_is_looked_at_as_well(
    action: str, args: dict[str, Any], reader: str
) -> None:
    (identity,) = (one for one in args.items() if one[0] != "WorkspaceId")
    cloud = await checked(action, args, {reader: {"WorkspaceId": "2"}})
    assert cloud.sent == [(reader, dict([identity]))]
    with pytest.raises(PolicyDenied, match="workspace 3"):
        await checked(action, args, {reader: {"WorkspaceId": "3"}})


@pytest.mark.parametrize(("kind", "reader"), [("datasource", "GetDataset"), ("dlcjob", "GetJob"), ("job", "GetJob")])
async def test_what_a_new_board_shows_is_bound_to_the_list_wherever_the_call_names_it(kind: str, reader: str) -> None:
    for shown in (
        {"SourceType": kind, "SourceId": "s"},
        {"TensorboardDataSources": [{"SourceType": kind, "Id": "s"}]},
    ):
        await checked("CreateTensorboard", {"WorkspaceId": "1"} | shown, {reader: {"WorkspaceId": "2"}})
        with pytest.raises(PolicyDenied, match="workspace 3"):
            await checked("CreateTensorboard", {"WorkspaceId": "1"} | shown, {reader: {"WorkspaceId": "3"}})


async def test_every_source_of_a_new_board_is_looked_at_and_one_that_names_nothing_hides_none() -> None:
    shown = [{"SourceType": "job"}, "odd", {"SourceType": "job", "Id": "s"}]
    with pytest.raises(PolicyDenied, match="workspace 3"):
        await checked(
            "CreateTensorboard", {"WorkspaceId": "1", "TensorboardDataSources": shown}, {"GetJob": {"WorkspaceId": "3"}}
        )
    cloud = await checked("CreateTensorboard", {"WorkspaceId": "1", "TensorboardDataSources": shown[:2]})
    assert cloud.sent == []


@pytest.mark.parametrize("kind", ["oss", None])
async def test_a_new_board_that_shows_something_of_an_unknown_kind_is_refused(kind: str | None) -> None:
    with pytest.raises(PolicyDenied, match="does not tell its workspace"):
        await checked("CreateTensorboard", {"WorkspaceId": "1", "SourceType": kind, "SourceId": "s"})


async def test_the_labels_of_an_official_image_may_be_listed() -> None:
    await checked("ListImageLabels", {"ImageId": "i"}, {"GetImage": {}})


async def test_what_is_created_goes_to_a_workspace_that_the_call_names_not_to_a_default_one() -> None:
    with pytest.raises(PolicyDenied, match="Name a workspace"):
        await checked("CreateTensorboard", {"JobId": "j"}, {"GetJob": {"WorkspaceId": "1"}})


@pytest.mark.parametrize(
    ("action", "within"),
    [
        ("CreateWorkspaceResource", lambda parts: {"WorkspaceId": "1", "Resources": parts}),
        ("UpdateDataset", lambda parts: {"DatasetId": "d", "SharingConfig": {"SharedTo": parts}}),
    ],
)
async def test_a_workspace_that_is_named_inside_an_argument_is_bound_to_the_list_too(action: str, within: Any) -> None:
    answers = {"GetDataset": {"WorkspaceId": "1"}}
    await checked(action, within([{"WorkspaceId": "2"}, {"WorkspaceId": 1}]), answers)
    for foreign in ({"WorkspaceId": "3"}, {"TenantId": "7"}):
        with pytest.raises(PolicyDenied) as refused:
            await checked(action, within([{"WorkspaceId": "1"}, foreign]), answers)
        assert refused.value.field == "workspace_id"


def test_only_texts_and_numbers_are_ids_however_the_name_above_them_is_spelled() -> None:
    args = {"Options": {"workspace-id": [True, "2", 0, None, ""], "WORKSPACEIDS": 3.0, "WorkspaceId": 2.5}}
    assert sorted(map(str, values_spelled(call_of("ListJobs", args), SPELLED))) == ["2", "2.5", "3"]


def test_what_reaches_a_program_as_it_is_names_no_workspace() -> None:
    variable = {"Name": "SETTINGS", "Value": '{"WorkspaceId": "99"}'}
    beside = {"InitContainers": [{"Env": [variable]}], "SideCarContainers": [{"Env": [variable]}]}
    args = {"JobSpecs": [{"ExtraPodSpec": beside}], "CustomEnvs": [variable], "Envs": {"A": variable["Value"]}}
    assert values_spelled(call_of("CreateJob", args), SPELLED) == []
    assert values_spelled(call_of("CreateJob", {"Settings": {"Tags": variable}}), SPELLED) == ["99"]


async def test_names_that_are_far_too_long_are_truncated_in_the_refusal() -> None:
    for args, workspaces, said in (
        ({"WorkspaceId": "9" * 41}, ("1",), f"This server may not touch workspace {'9' * 40} (workspaces)."),
        ({}, ("8" * 201,), f"Name a workspace of this server's list (workspaces): {'8' * 200}."),
    ):
        with pytest.raises(PolicyDenied) as refused:
            await checked("ListJobs", args, workspaces=workspaces)
        assert refused.value.message == said


async def test_what_is_no_job_is_not_taken_for_the_job_of_the_call() -> None:
    runtime, _, _ = runtime_of({"GetModel": {"WorkspaceId": "1"}}, settings=Settings(workspaces=("1",)))
    call = call_of("GetModel", {"ModelId": "m"})
    await access.check(call, runtime)
    assert call.known.job is None
    runtime, _, _ = runtime_of({"GetJob": {"WorkspaceId": "1"}}, settings=Settings(workspaces=("1",)))
    token = call_of("GetToken", {"TargetType": "job", "TargetId": "x1"})
    await access.check(token, runtime)
    assert token.known.job is None


async def test_r67_the_job_that_decided_on_the_workspace_is_known_to_the_masking_of_a_refusal() -> None:
    job = {"JobId": "dlc1", "WorkspaceId": "1", "Envs": {"TOKEN": "quetzal-99"}}
    runtime, _, _ = runtime_of({"GetJob": job}, settings=Settings(workspaces=("2",)))
    call = call_of("GetPodLogs", {"JobId": "dlc1", "PodId": "p"})
    with pytest.raises(PolicyDenied):
        await access.check(call, runtime)
    assert call.known.job == job


async def test_a_share_token_for_neither_job_nor_tensorboard_is_about_nothing_that_is_allowed() -> None:
    for kind in (None, "", "dataset"):
        with pytest.raises(PolicyDenied, match="Name a workspace"):
            await checked("GetToken", {"TargetType": kind, "TargetId": "x"})


async def test_all_workspaces_at_once_are_more_than_those_of_the_list() -> None:
    with pytest.raises(PolicyDenied, match="may not touch all workspaces"):
        await checked("ListJobs", {"WorkspaceId": "1", "FromAllWorkspaces": True})


async def test_what_is_in_the_path_decides_and_what_is_beside_it_does_not() -> None:
    answers = {"GetModel": {"WorkspaceId": "1"}}
    cloud = await checked("DeleteModelLabels", {"ModelId": "m", "LabelKeys": "JobId"}, answers)
    assert cloud.sent == [("GetModel", {"ModelId": "m"})]
