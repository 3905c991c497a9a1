"""Whose workspace a call touches, however it is named."""

from __future__ import annotations

from typing import Any

import pytest
from guards.fakes import FakeCloud, call_of, runtime_of

from pai_dlc_mcp.cloud.reads import job_of
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import PolicyDenied
from pai_dlc_mcp.guards.policy import access


async def checked(
    action: str, args: dict[str, Any], answers: dict[str, Any] | None = None, **settings: Any
) -> FakeCloud:
    runtime, cloud, _ = runtime_of(answers or {}, settings=Settings(**({"workspaces": ("1", "2")} | settings)))
    await access.check(call_of(action, args), runtime)
    return cloud


@pytest.mark.parametrize("named", ["1", 1, "1,2", " 1 , 2 ", "1,,2", ["1", "2"], [1, 2]])
async def test_every_workspace_that_is_named_is_allowed(named: Any) -> None:
    await checked("ListWorkspaces", {"WorkspaceIds": named})


@pytest.mark.parametrize("named", ["3", 3, "1,3", "3,1", "1 2", ["1", "3"], "12"])
async def test_one_workspace_that_is_not_allowed_refuses_and_names_the_field(named: Any) -> None:
    with pytest.raises(PolicyDenied) as refused:
        await checked("ListWorkspaces", {"WorkspaceIds": named})
    assert refused.value.field == "workspace_id"
    assert "workspace" in refused.value.message


async def test_a_call_that_names_none_is_told_which_there_are() -> None:
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
@pytest.mark.parametrize("told", [{}, {"WorkspaceId": None}, {"WorkspaceId": ""}, {"WorkspaceId": "3"}])
async def test_an_allowed_name_does_not_cover_a_target_that_does_not_say_the_same(
    action: str, args: dict[str, Any], read: tuple[str, dict[str, Any]], told: dict[str, Any]
) -> None:
    with pytest.raises(PolicyDenied, match="workspace"):
        await checked(action, args, {read[0]: told})
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
async def test_what_a_new_board_shows_is_held_to_the_list_wherever_the_call_names_it(kind: str, reader: str) -> None:
    for shown in (
        {"SourceType": kind, "SourceId": "s"},
        {"TensorboardDataSources": [{"SourceType": kind, "Id": "s"}]},
    ):
        await checked("CreateTensorboard", {"WorkspaceId": "1"} | shown, {reader: {"WorkspaceId": "2"}})
        with pytest.raises(PolicyDenied, match="workspace 3"):
            await checked("CreateTensorboard", {"WorkspaceId": "1"} | shown, {reader: {"WorkspaceId": "3"}})


async def test_the_labels_of_an_official_image_may_be_listed() -> None:
    await checked("ListImageLabels", {"ImageId": "i"}, {"GetImage": {}})


async def test_a_new_thing_goes_to_a_workspace_that_the_call_names_not_to_a_default_one() -> None:
    with pytest.raises(PolicyDenied, match="Name a workspace"):
        await checked("CreateTensorboard", {"JobId": "j"}, {"GetJob": {"WorkspaceId": "1"}})


@pytest.mark.parametrize(
    ("action", "within"),
    [
        ("CreateWorkspaceResource", lambda parts: {"WorkspaceId": "1", "Resources": parts}),
        ("UpdateDataset", lambda parts: {"DatasetId": "d", "SharingConfig": {"SharedTo": parts}}),
    ],
)
async def test_a_workspace_that_is_named_inside_an_argument_is_held_to_the_list_too(action: str, within: Any) -> None:
    answers = {"GetDataset": {"WorkspaceId": "1"}}
    await checked(action, within([{"WorkspaceId": "2"}, {"WorkspaceId": 1}]), answers)
    for foreign in ({"WorkspaceId": "3"}, {"TenantId": "7"}):
        with pytest.raises(PolicyDenied) as refused:
            await checked(action, within([{"WorkspaceId": "1"}, foreign]), answers)
        assert refused.value.field == "workspace_id"


async def test_names_that_are_far_too_long_are_cut_in_the_refusal() -> None:
    with pytest.raises(PolicyDenied) as refused:
        await checked("ListJobs", {"WorkspaceId": "9" * 60})
    assert refused.value.message == f"This server may not touch workspace {'9' * 40} (workspaces)."
    with pytest.raises(PolicyDenied) as refused:
        await checked("ListJobs", {}, workspaces=("8" * 300,))
    assert refused.value.message == f"Name a workspace of this server's list (workspaces): {'8' * 200}."


async def test_a_job_is_read_once_for_its_workspace_and_its_owner() -> None:
    answers = {"GetJob": {"JobId": "j", "WorkspaceId": "1", "UserId": "7"}}
    cloud = await checked("StopJob", {"JobId": "j"}, answers, owners=("7",))
    assert cloud.actions == ["GetJob"]
    cloud = await checked("DeleteModel", {"ModelId": "m"}, {"GetModel": {"WorkspaceId": "1"}}, owners=("7",))
    assert cloud.actions == ["GetModel"]
    with pytest.raises(PolicyDenied, match="owners"):
        await checked("StopJob", {"JobId": "j"}, answers, owners=("8",))


@pytest.mark.parametrize("action", ["GetJob", "StopJob", "GetPodLogs"])
async def test_the_job_that_was_looked_at_is_not_read_again_by_later_guards(action: str) -> None:
    runtime, cloud, _ = runtime_of({"GetJob": {"WorkspaceId": "1"}}, settings=Settings(workspaces=("1",)))
    call = call_of(action, {"JobId": "j"})
    await access.check(call, runtime)
    assert await job_of(call, runtime) == {"WorkspaceId": "1"}
    assert cloud.actions == ["GetJob"]


async def test_what_is_no_job_is_not_taken_for_the_job_of_the_call() -> None:
    runtime, _, _ = runtime_of({"GetModel": {"WorkspaceId": "1"}}, settings=Settings(workspaces=("1",)))
    call = call_of("GetModel", {"ModelId": "m"})
    await access.check(call, runtime)
    assert "job" not in call.facts


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
