"""The operator's list of owners: whose jobs and resources a call may change or end."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.api.catalog import operations
from pai_dlc_mcp.cloud.reads import job_of
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import (
    PaiError,
    PolicyDenied,
)
from pai_dlc_mcp.guards.policy import access
from pai_dlc_mcp.operation import READ, Operation
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


OWNERS = {"owners": ("20001",)}


@pytest.mark.parametrize("action", ["StopJob", "DeleteJob", "UpdateJob", "CreateSignal", "GetWebTerminal"])
async def test_only_the_listed_owners_jobs_are_changed_stopped_or_deleted(action: str) -> None:
    args = {"JobId": "dlc1", "PodId": "p"}
    await allowed(action, args, {"GetJob": OURS}, **OWNERS)
    await denied("owners", action, args, {"GetJob": OURS | {"UserId": "20002"}}, **OWNERS)
    await denied("owners", action, args, {"GetJob": {"JobId": "dlc1"}}, **OWNERS)


async def test_other_peoples_jobs_may_be_read_and_new_ones_created() -> None:
    assert (await allowed("GetJob", {"JobId": "dlc1"}, **OWNERS)).sent == []
    assert (await allowed("CreateJob", {"WorkspaceId": "1"}, **OWNERS)).sent == []


@pytest.mark.parametrize(
    ("action", "args", "reader"),
    [
        ("DeleteDataset", {"DatasetId": "x"}, "GetDataset"),
        ("UpdateDataset", {"DatasetId": "x"}, "GetDataset"),
        ("CreateDatasetVersion", {"DatasetId": "x"}, "GetDataset"),
        ("UpdatePrompt", {"PromptId": "x"}, "GetPrompt"),
        ("SetJobTemplateDefaultVersion", {"TemplateId": "x"}, "GetJobTemplate"),
        ("AddMemberRole", {"WorkspaceId": "x"}, "GetWorkspace"),
    ],
)
async def test_r37_every_write_is_bound_to_the_list_and_what_does_not_tell_its_owner_is_left_alone(
    action: str, args: dict[str, Any], reader: str
) -> None:
    cloud = await allowed(action, args, {reader: {"UserId": "20001"}}, **OWNERS)
    assert [list(asked.values()) for _, asked in cloud.sent] == [["x"]]
    for shown in ({"UserId": "20002"}, {"Creator": "20002"}, {"OwnerId": "20002"}, {}):
        await denied("owners", action, args, {reader: shown}, **OWNERS)


WRITES = [one for one in operations() if one.may_be_foreign and one.effect is not READ]


@pytest.mark.parametrize("write", WRITES, ids=lambda one: one.action_name)
async def test_r37_a_workspace_that_only_stands_beside_the_target_does_not_make_it_the_owners(write: Operation) -> None:
    """The workspace's owner answers for what the path names alone, never for what is merely in that workspace."""
    if "WorkspaceId" in write.path_names:
        return
    names = {"WorkspaceId": "w", **dict.fromkeys(write.path_names, "x")}
    silent: dict[str, Any] = {one.action_name: {} for one in operations() if one.effect is READ}
    answers = silent | {"GetWorkspace": {"Creator": "20001"}}
    error, cloud = await outcome(write.action_name, names, answers, **OWNERS)
    assert isinstance(error, PolicyDenied), error
    assert "GetWorkspace" not in cloud.actions


@pytest.mark.parametrize("action", ["UpdateTensorboard", "StartTensorboard", "GetTensorboardSharedUrl"])
async def test_a_tensorboard_is_changed_started_and_shared_by_its_owner_alone(action: str) -> None:
    args = {"TensorboardId": "tb1"}
    await allowed(action, args, {"GetTensorboard": {"UserId": "20001"}}, **OWNERS)
    for shown in ({"UserId": "20002"}, {}):
        await denied("owners", action, args, {"GetTensorboard": shown}, **OWNERS)


async def test_a_share_token_is_given_for_what_belongs_to_the_listed_owners_alone() -> None:
    for target, reader in (("job", "GetJob"), ("tensorboard", "GetTensorboard")):
        args = {"TargetType": target, "TargetId": "x1"}
        await allowed("GetToken", args, {reader: {"UserId": "20001"}}, **OWNERS)
        await denied("owners", "GetToken", args, {reader: {"UserId": "20002"}}, **OWNERS)
    for unsaid in ({"TargetId": "x1"}, {"TargetType": "job"}, {}):
        await denied("owners", "GetToken", unsaid, **OWNERS)


@pytest.mark.parametrize("action", ["DeleteWorkspace", "UpdateConfig", "UpdateConfigs", "DeleteConfig"])
async def test_what_falls_on_all_jobs_of_a_workspace_is_refused(action: str) -> None:
    await denied("owners", action, {"WorkspaceId": "11001"}, **OWNERS)


@pytest.mark.parametrize("action", ["TagResources", "UntagResources"])
async def test_r37_jobs_that_a_list_names_are_all_of_the_listed_owners(action: str) -> None:
    def listed(*owners: str) -> dict[str, Any]:
        return {"ListJobs": {"Jobs": [{"JobId": f"dlc{n}", "UserId": owner} for n, owner in enumerate(owners)]}}

    both = {"ResourceId": ["dlc0", "dlc1"]}
    await allowed(action, both, listed("20001", "20001"), **OWNERS)
    for owners in (("20001", "20002"), ("20001",), ("20001", "")):
        await denied("owners", action, both, listed(*owners), **OWNERS)
    await denied("owners", action, {}, listed(), **OWNERS)


async def test_the_job_is_read_once_for_all_of_it() -> None:
    cloud = await allowed("StopJob", {"JobId": "dlc1"}, {"GetJob": OURS}, **MINE, **OWNERS)
    assert cloud.actions == ["GetJob"]


async def checked(
    action: str, args: dict[str, Any], answers: dict[str, Any] | None = None, **settings: Any
) -> FakeCloud:
    runtime, cloud, _ = runtime_of(answers or {}, settings=Settings(**({"workspaces": ("1", "2")} | settings)))
    await access.check(call_of(action, args), runtime)
    return cloud


async def test_a_job_is_read_once_for_its_workspace_and_its_owner() -> None:
    answers = {"GetJob": {"JobId": "j", "WorkspaceId": "1", "UserId": "7"}}
    cloud = await checked("StopJob", {"JobId": "j"}, answers, owners=("7",))
    assert cloud.actions == ["GetJob"]
    cloud = await checked(
        "DeleteModel", {"ModelId": "m"}, {"GetModel": {"WorkspaceId": "1", "OwnerId": "7"}}, owners=("7",)
    )
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
