"""Jobs are found by workspace, owner, status and time without looking at each of them."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.training.scene import Scene
from pai_dlc_emulator.accounts import BOB

EVER = {"StartTime": "2000-01-01T00:00:00Z", "ShowOwn": False}


@pytest.fixture(scope="module")
def vast() -> Scene:
    return Scene("vast")


def made(scene: Scene) -> int:
    return len(list(scene.world.training.jobs.made()))


def test_a_list_of_a_hundred_thousand_jobs_makes_only_those_it_shows(vast: Scene) -> None:
    before = made(vast)
    answer = vast.call("ListJobs", Status="Failed", PageSize=20, **EVER)
    assert answer["TotalCount"] > 30_000
    assert len(answer["Jobs"]) == 20
    assert {job["Status"] for job in answer["Jobs"]} == {"Failed"}
    assert made(vast) - before <= 20
    assert len(vast.world.training.jobs) == 100_000


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("args", [{}, {"Status": "Succeeded"}, {"UserIdForFilter": BOB.user_id}])
def test_the_quick_way_and_the_thorough_one_list_the_same(order: str, args: dict[str, Any]) -> None:
    """A name that every job has sends the request the thorough way."""
    scene = Scene("large")
    window = {"StartTime": "2027-01-10T00:00:00Z", "EndTime": "2027-01-12T00:00:00Z", "ShowOwn": False}
    quick = scene.call("ListJobs", PageSize=50, PageNumber=2, Order=order, **window, **args)
    thorough = scene.call("ListJobs", PageSize=50, PageNumber=2, Order=order, DisplayName="-", **window, **args)
    assert [job["JobId"] for job in quick["Jobs"]] == [job["JobId"] for job in thorough["Jobs"]]
    assert quick["TotalCount"] == thorough["TotalCount"] > 50


def test_a_job_that_ends_or_is_deleted_is_found_accordingly() -> None:
    scene = Scene("empty")
    jobs = [scene.create() for _ in range(3)]
    scene.clock.advance(60)
    assert scene.call("ListJobs", Status="Running")["TotalCount"] == 3
    scene.call("StopJob", JobId=jobs[0])
    scene.clock.advance(6)
    assert [job["JobId"] for job in scene.call("ListJobs", Status="Stopped")["Jobs"]] == [jobs[0]]
    scene.clock.advance(600)
    assert scene.call("ListJobs", Status="Succeeded")["TotalCount"] == 2
    scene.call("DeleteJob", JobId=jobs[1])
    assert [job["JobId"] for job in scene.call("ListJobs")["Jobs"]] == sorted((jobs[0], jobs[2]), reverse=True)


def test_a_job_of_the_seed_is_itself_wherever_it_is_asked_for() -> None:
    scene = Scene("large")
    listed = scene.call("ListJobs", PageSize=5, **EVER)["Jobs"][-1]
    job = scene.job(listed["JobId"])
    assert {name: job[name] for name in ("DisplayName", "Status", "UserId", "WorkspaceId", "GmtCreateTime")} == {
        name: listed[name] for name in ("DisplayName", "Status", "UserId", "WorkspaceId", "GmtCreateTime")
    }
    assert scene.call("ListJobs", JobId=listed["JobId"], ShowOwn=False)["TotalCount"] == 1
    scene.call("DeleteJob", JobId=listed["JobId"])
    assert scene.call("ListJobs", JobId=listed["JobId"], ShowOwn=False)["TotalCount"] == 0
