"""Whose workspace a call touches, however it is named."""

from __future__ import annotations

from typing import Any

import pytest

from guards.fakes import FakeCloud, call_of, runtime_of
from pai_dlc_mcp.errors import PolicyDenied
from pai_dlc_mcp.guards import access
from pai_dlc_mcp.settings import Settings


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


async def test_the_target_is_looked_at_in_the_workspace_that_the_call_names_where_its_read_takes_one() -> None:
    answers = {"GetExperiment": {"WorkspaceId": "1"}, "GetDatasetJobConfig": {}, "GetDataset": {"WorkspaceId": "1"}}
    cloud = await checked(
        "GetDatasetJobConfig", {"DatasetId": "d", "DatasetJobConfigId": "c", "WorkspaceId": "1"}, answers
    )
    assert cloud.sent == [("GetDataset", {"DatasetId": "d"})]


async def test_a_target_that_tells_no_workspace_is_in_the_one_that_is_named_and_allowed() -> None:
    await checked("DeleteModel", {"ModelId": "m", "WorkspaceId": "2"}, {"GetModel": {}})
    with pytest.raises(PolicyDenied, match="does not tell its workspace"):
        await checked("DeleteModel", {"ModelId": "m"}, {"GetModel": {}})
    with pytest.raises(PolicyDenied, match="workspace 3"):
        await checked("DeleteModel", {"ModelId": "m", "WorkspaceId": "1"}, {"GetModel": {"WorkspaceId": "3"}})


async def test_a_job_is_read_once_for_its_workspace_and_its_owner() -> None:
    answers = {"GetJob": {"JobId": "j", "WorkspaceId": "1", "UserId": "7"}}
    cloud = await checked("StopJob", {"JobId": "j"}, answers, owners=("7",))
    assert cloud.actions == ["GetJob"]
    with pytest.raises(PolicyDenied, match="owners"):
        await checked("StopJob", {"JobId": "j"}, answers, owners=("8",))


async def test_what_is_in_the_path_decides_and_what_is_beside_it_does_not() -> None:
    answers = {"GetModel": {"WorkspaceId": "1"}}
    cloud = await checked("DeleteModelLabels", {"ModelId": "m", "LabelKeys": "JobId"}, answers)
    assert cloud.sent == [("GetModel", {"ModelId": "m"})]
