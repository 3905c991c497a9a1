"""The operator's settings: read-only, regions, workspaces, owners. No call loosens any of them."""

from __future__ import annotations

from typing import Any

import pytest
from guards.fakes import Answer, FakeCloud, call_of, runtime_of

from pai_dlc_mcp.api import catalog
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import NotFound, PaiError, PermissionDenied, PolicyDenied, Unavailable
from pai_dlc_mcp.guards.policy import access
from pai_dlc_mcp.operation import READ, Operation

EVERY = catalog.operations()
WRITES = [op for op in EVERY if op.effect is not READ]
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


@pytest.mark.parametrize("op", WRITES, ids=lambda op: op.action_name)
async def test_read_only_refuses_everything_that_is_not_a_read_without_asking_the_cloud(op: Operation) -> None:
    assert (await denied("read_only", op.action_name, {}, read_only=True)).sent == []


@pytest.mark.parametrize("op", [op for op in EVERY if op.effect is READ], ids=lambda op: op.action_name)
async def test_read_only_lets_every_read_pass_and_no_setting_means_no_question(op: Operation) -> None:
    assert (await allowed(op.action_name, {}, read_only=True)).sent == []


async def test_a_region_outside_the_list_is_refused_for_reads_too() -> None:
    for action in ("ListJobs", "CreateJob"):
        await denied("regions", action, {}, regions=("cn-shanghai",))
        await allowed(action, {}, regions=("cn-shanghai", "cn-hangzhou"))


MINE = {"workspaces": ("11001", "11002")}


@pytest.mark.parametrize(
    ("action", "args"),
    [
        ("CreateJob", {"WorkspaceId": "99"}),
        ("CreateJob", {}),
        ("ListJobs", {"WorkspaceId": "99"}),
        ("ListJobs", {}),
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


async def test_a_tensorboard_is_held_to_the_workspace_of_the_job_that_it_shows() -> None:
    args = {"DisplayName": "board", "JobId": "dlc1", "WorkspaceId": "11001"}
    await denied("workspaces", "CreateTensorboard", args, {"GetJob": OURS | {"WorkspaceId": "99"}}, **MINE)
    await allowed("CreateTensorboard", args, {"GetJob": OURS}, **MINE)
    await denied("workspaces", "CreateTensorboard", {"DisplayName": "board"}, **MINE)


@pytest.mark.parametrize("failure", [NotFound("none"), Unavailable("down"), PermissionDenied("no")])
async def test_a_target_whose_workspace_cannot_be_read_is_refused(failure: Any) -> None:
    for settings in (MINE, {"owners": ("20001",)}):
        error, _ = await outcome("StopJob", {"JobId": "dlc1"}, {"GetJob": failure}, **settings)
        assert error is failure


@pytest.mark.parametrize(
    ("action", "within"),
    [
        ("TagResources", lambda region: {"RegionId": region}),
        ("CreateImageBuild", lambda region: {"RegionId": region}),
        ("ListImageLabels", lambda region: {"Region": region}),
        (
            "CreateProductOrders",
            lambda region: {"Products": [{"InstanceProperties": [{"Code": "region", "Value": region}]}]},
        ),
    ],
)
async def test_a_region_that_is_named_beside_the_calls_own_is_held_to_the_list_too(action: str, within: Any) -> None:
    await allowed(action, within("cn-hangzhou"), regions=("cn-hangzhou",))
    await allowed(action, within("cn-shanghai"))
    cloud = await denied("regions", action, within("cn-shanghai"), regions=("cn-hangzhou",))
    assert cloud.sent == []


OWNERS = {"owners": ("20001",)}


@pytest.mark.parametrize("action", ["StopJob", "DeleteJob", "UpdateJob", "CreateSignal", "GetWebTerminal"])
async def test_only_the_listed_owners_jobs_are_changed_stopped_or_deleted(action: str) -> None:
    args = {"JobId": "dlc1", "PodId": "p"}
    await allowed(action, args, {"GetJob": OURS}, **OWNERS)
    await denied("owners", action, args, {"GetJob": OURS | {"UserId": "20002"}}, **OWNERS)
    await denied("owners", action, args, {"GetJob": {"JobId": "dlc1"}}, **OWNERS)


async def test_other_peoples_jobs_may_be_read_and_new_ones_made() -> None:
    assert (await allowed("GetJob", {"JobId": "dlc1"}, **OWNERS)).sent == []
    assert (await allowed("CreateJob", {"WorkspaceId": "1"}, **OWNERS)).sent == []


async def test_what_is_stopped_or_deleted_and_tells_its_owner_is_held_to_the_list_too() -> None:
    theirs = {"GetDataset": {"UserId": "20002"}}
    await denied("owners", "DeleteDataset", {"DatasetId": "d"}, theirs, **OWNERS)
    await allowed("UpdateDataset", {"DatasetId": "d"}, theirs, **OWNERS)
    await allowed("DeleteDataset", {"DatasetId": "d"}, {"GetDataset": {"UserId": "20001"}}, **OWNERS)


@pytest.mark.parametrize("action", ["UpdateTensorboard", "StartTensorboard", "GetTensorboardSharedUrl"])
async def test_a_tensorboard_is_changed_started_and_shared_by_its_owner_alone(action: str) -> None:
    args = {"TensorboardId": "tb1"}
    await allowed(action, args, {"GetTensorboard": {"UserId": "20001"}}, **OWNERS)
    for told in ({"UserId": "20002"}, {}):
        await denied("owners", action, args, {"GetTensorboard": told}, **OWNERS)


async def test_a_share_token_is_given_for_things_of_the_listed_owners_alone() -> None:
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
async def test_acts_on_jobs_that_are_not_named_in_the_path_cannot_be_checked_and_are_refused(action: str) -> None:
    await denied("owners", action, {"ResourceId": ["dlc1"]}, **OWNERS)


async def test_the_job_is_read_once_for_all_of_it() -> None:
    cloud = await allowed("StopJob", {"JobId": "dlc1"}, {"GetJob": OURS}, **MINE, **OWNERS)
    assert cloud.actions == ["GetJob"]
