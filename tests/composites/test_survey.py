"""dlc_survey_jobs: many jobs, a line each, diagnosed by the same code, within the operator's workspaces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from end_to_end.driving import Driver, driving
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.composites import survey

from .conftest import World


async def test_only_what_was_created_or_ended_since_is_shown(world: World, mcp: Driver) -> None:
    world("failures")
    listed = (await mcp.data("dlc_list_jobs", status="Failed", page_size=50, view="full"))["Jobs"]
    ends = sorted((job["GmtFinishTime"], job["GmtCreateTime"], job["JobId"]) for job in listed)
    at, created, _ = ends[len(ends) // 2]
    ended = await mcp.data("dlc_survey_jobs", status="failed", since=at, max_jobs=20)
    assert {row["JobId"] for row in ended["jobs"]} == {job for end, _, job in ends if end >= at}
    assert len(ended["jobs"]) < len(ends)
    begun = await mcp.data("dlc_survey_jobs", status="failed", since=created, max_jobs=20)
    assert {row["JobId"] for row in begun["jobs"]} == {job for _, begin, job in ends if begin >= created}
    assert (await mcp.data("dlc_survey_jobs", status="failed", since="-1s"))["jobs"] == []
    assert (await mcp.error("dlc_survey_jobs", since="soon"))["rule"] == "R69"


async def test_no_job_of_another_workspace_is_shown(emulator: Emulator) -> None:
    mine, theirs, *_ = map(str, emulator.world.catalogue.workspaces)
    async with driving(emulator, toolsets=("all",)) as everybody:
        for workspace in (mine, theirs):
            listed = (await everybody.data("dlc_list_jobs", workspace_id=workspace, view="full"))["Jobs"]
            rows = (await everybody.data("dlc_survey_jobs", workspace_id=workspace, max_jobs=20))["jobs"]
            assert {row["JobId"] for row in rows} <= {row["JobId"] for row in listed}
    async with driving(emulator, toolsets=("all",), workspaces=(mine,)) as fenced:
        rows = (await fenced.data("dlc_survey_jobs", max_jobs=20))["jobs"]
        listed = (await fenced.data("dlc_list_jobs", workspace_id=mine, page_size=50, view="full"))["Jobs"]
        assert {row["JobId"] for row in rows} <= {row["JobId"] for row in listed}
        error = await fenced.error("dlc_survey_jobs", workspace_id=theirs)
        assert error["code"] == "policy_denied"


async def test_a_job_that_is_not_done_in_time_is_shown_without_a_cause(
    world: World, mcp: Driver, monkeypatch: pytest.MonkeyPatch, requests: Callable[[], list[Any]]
) -> None:
    world("failures")
    monkeypatch.setattr(survey, "SURVEY_S", 0.0)
    data = await mcp.data("dlc_survey_jobs", max_jobs=4)
    assert all(row["what"] == "not diagnosed in time" for row in data["jobs"] if "what" in row)


async def test_owners_whose_rows_have_ids_alone_are_shown_by_name(
    world: World, mcp: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def named(call: Any, runtime: Any, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**row, "Username": f"owner of {row['JobId']}"} for row in rows]

    world("failures")
    monkeypatch.setattr(survey, "with_names", named)
    rows = (await mcp.data("dlc_survey_jobs", max_jobs=3))["jobs"]
    assert [row["owner"] for row in rows] == [f"owner of {row['JobId']}" for row in rows]
    assert rows
