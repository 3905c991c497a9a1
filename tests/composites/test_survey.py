"""dlc_survey_jobs: many jobs, a line each, diagnosed by the same code, within the operator's workspaces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from end_to_end.driving import Driver, driving
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.composites import survey

from .conftest import World


async def test_failed_jobs_are_shown_with_their_causes(world: World, mcp: Driver) -> None:
    jobs = world("failures")
    data = await mcp.data("dlc_survey_jobs", status="failed", max_jobs=20)
    by_id = {row["JobId"]: row for row in data["jobs"]}
    assert by_id[jobs["missing-module"]]["what"].startswith("missing_module in master-0")
    assert by_id[jobs["out-of-memory"]]["what"].startswith("host_memory")
    assert all(row["Status"] == "Failed" for row in data["jobs"])
    assert all({"owner", "workspace", "since", "what"} <= set(row) for row in data["jobs"])


async def test_the_cause_is_that_of_the_diagnosis_of_the_one_job(world: World, mcp: Driver) -> None:
    jobs = world("failures")
    rows = {row["JobId"]: row for row in (await mcp.data("dlc_survey_jobs", status="failed", max_jobs=20))["jobs"]}
    for name in ("nccl-timeout", "bad-command", "disk-full", "mount-failure"):
        alone = await mcp.data("dlc_diagnose_job", job_id=jobs[name])
        assert rows[jobs[name]]["what"].startswith(alone["cause"]), name


@pytest.mark.parametrize(("name", "words"), [("queue-full", "quota_full"), ("hang", "hang"), ("straggler", "step ")])
async def test_an_active_job_shows_what_it_waits_for_or_its_last_sign_of_life(
    name: str, words: str, world: World, mcp: Driver
) -> None:
    job = world("failures")[name]
    called = (await mcp.data("dlc_get_job", job_id=job))["DisplayName"]
    rows = (await mcp.data("dlc_survey_jobs", status="active", display_name=called, max_jobs=20))["jobs"]
    assert words in next(row["what"] for row in rows if row["JobId"] == job)
    assert not {"Failed", "Succeeded", "Stopped"} & {row["Status"] for row in rows}


async def test_by_end_the_job_that_ended_last_comes_first(world: World, mcp: Driver) -> None:
    world("failures")
    data = await mcp.data("dlc_survey_jobs", status="finished", order_by="ended", max_jobs=20)
    ended = [row["since"] for row in data["jobs"]]
    assert ended == sorted(ended, reverse=True)


async def test_no_more_than_asked_for_and_the_rest_is_counted(world: World, mcp: Driver) -> None:
    world("failures")
    result = await mcp.ok("dlc_survey_jobs", max_jobs=3)
    assert len(result["data"]["jobs"]) == 3
    cut = result["truncated"]
    more = await mcp.ok(cut["more"]["tool"], **cut["more"]["arguments"])
    shown = len(more["data"]["jobs"])
    assert shown == survey.MOST_JOBS
    assert cut["jobs_left"] + 3 == more["truncated"]["jobs_left"] + shown
    assert "more" not in more["truncated"], "no call shows more than that"


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


async def test_gpus_are_shown_as_a_whole_number(world: World, mcp: Driver) -> None:
    job = world("failures")["nccl-timeout"]
    rows = (await mcp.data("dlc_survey_jobs", status="failed", max_jobs=20))["jobs"]
    assert next(row["GPU"] for row in rows if row["JobId"] == job) == "8"


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
