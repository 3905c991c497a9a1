"""The guards behind the real protocol, in front of the emulator over real sockets, with its faults."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import anyio
import pytest

from end_to_end.driving import Driver, driving
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.guards.confirmation.approvals import decide, open_requests
from pai_dlc_mcp.guards.creates import send_once
from pai_dlc_mcp.state.keys import keys_of
from pai_dlc_mcp.state.open import open_state
from support.redis_server import redis_server

Admin = Callable[..., Any]
KEYS = "0f" * 32
NOW = {"wait_seconds": 0}
"""A stop that does not wait for its end."""


@pytest.fixture
async def mcp(emulator: Emulator) -> AsyncIterator[Driver]:
    async with driving(emulator) as driver:
        yield driver


def count(admin: Admin, operation: str) -> int:
    """How often the operation reached the service."""
    return sum(entry["operation"] == operation for entry in admin("journal"))


def job_named(admin: Admin, name: str) -> list[dict[str, Any]]:
    jobs = admin("state")["jobs"]
    found = jobs.values() if isinstance(jobs, dict) else jobs
    return [job for job in found if job.get("DisplayName") == name]


@pytest.mark.parametrize("kind", ["drop_after", "half", "garbage"])
async def test_r25_a_create_whose_answer_is_lost_after_the_commit_is_found_and_made_once(
    mcp: Driver, admin: Admin, kind: str
) -> None:
    await mcp.discover()
    admin("faults", [{"operation": "CreateJob", "kind": kind}])
    done = await mcp.ok("dlc_create_job", **mcp.job("lost-after"))
    told = "R25" in {notice["rule"] for notice in done["notices"]}
    assert told == (kind != "half"), "half an answer still holds the id"
    (made,) = job_named(admin, "lost-after")
    assert done["data"]["JobId"] == made["JobId"]
    assert count(admin, "CreateJob") == 1


async def test_r25_a_create_whose_request_is_dropped_is_an_unknown_outcome_and_not_sent_again(
    mcp: Driver, admin: Admin
) -> None:
    await mcp.discover()
    admin("faults", [{"operation": "CreateJob", "kind": "drop_before"}])
    error = await mcp.error("dlc_create_job", **mcp.job("lost-before"))
    assert (error["code"], error["rule"]) == ("unknown_outcome", "R25")
    assert error["next"][0]["tool"] == "dlc_list_jobs"
    assert count(admin, "CreateJob") == 1
    assert job_named(admin, "lost-before") == []
    again = await mcp.error("dlc_create_job", **mcp.job("lost-before"))
    assert again["code"] == "duplicate"
    assert count(admin, "CreateJob") == 1


async def test_r25_a_create_whose_answer_comes_too_late_is_found(
    mcp: Driver, admin: Admin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send_once, "SEND_S", 0.5)
    await mcp.discover()
    admin("faults", [{"operation": "CreateJob", "kind": "delay", "seconds": 3}])
    done = await mcp.ok("dlc_create_job", **mcp.job("late"))
    (made,) = job_named(admin, "late")
    assert done["data"]["JobId"] == made["JobId"]


async def stopped(mcp: Driver, job: str) -> dict[str, Any]:
    refusal = await mcp.error("dlc_stop_job", **NOW, job_id=job)
    assert refusal["code"] == "confirmation_required"
    token = refusal["confirmation"]["token"]
    return await mcp.ok("dlc_stop_job", **NOW, job_id=job, confirmation_token=token)


async def test_r25_a_confirmed_stop_whose_answer_is_lost_shows_in_the_job(mcp: Driver, admin: Admin) -> None:
    job = await mcp.create("to-stop")
    admin("clock", {"advance_s": 30})
    admin("faults", [{"operation": "StopJob", "kind": "drop_after"}])
    done = await stopped(mcp, job)
    assert done["confirmed_by"] == "two_step"
    assert "R25" in {notice["rule"] for notice in done["notices"]}
    assert count(admin, "StopJob") == 1


async def test_r24_a_second_create_of_the_name_is_refused_and_allow_duplicate_makes_it(
    mcp: Driver, admin: Admin
) -> None:
    first = await mcp.create("twin")
    error = await mcp.error("dlc_create_job", **mcp.job("twin"))
    assert (error["code"], error["rule"]) == ("duplicate", "R24")
    assert first in error["message"]
    await mcp.ok("dlc_create_job", **mcp.job("twin", allow_duplicate=True))
    assert len(job_named(admin, "twin")) == 2


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(params=["sqlite", "redis"])
async def two(request: pytest.FixtureRequest, tmp_path: Path, emulator: Emulator) -> AsyncIterator[list[Driver]]:
    """Two servers on one state."""
    keys = tmp_path / "keys"
    keys.write_text(KEYS)
    state = str(tmp_path / "state.db") if request.param == "sqlite" else request.getfixturevalue("redis_url")
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(driving(emulator, state=state, keys=keys)) for _ in range(2)]


async def test_what_one_server_showed_and_previewed_serves_on_the_other_once(two: list[Driver], admin: Admin) -> None:
    one, other = two
    other.seen = await one.discover()
    job = await other.create("balanced")
    admin("clock", {"advance_s": 30})
    token = (await one.error("dlc_stop_job", **NOW, job_id=job))["confirmation"]["token"]
    done = await other.ok("dlc_stop_job", **NOW, job_id=job, confirmation_token=token)
    assert done["confirmed_by"] == "two_step"
    await one.error("dlc_stop_job", **NOW, job_id=job, confirmation_token=token)
    assert count(admin, "StopJob") == 1


async def test_r24_two_servers_asked_for_the_same_create_at_once_make_one(two: list[Driver], admin: Admin) -> None:
    one, other = two
    other.seen = await one.discover()
    codes: list[str] = []

    async def create(driver: Driver) -> None:
        result = (await driver.raw("dlc_create_job", **driver.job("at-once"))).structured_content
        codes.append("ok" if result["ok"] else result["error"]["code"])

    async with anyio.create_task_group() as group:
        for driver in two * 3:
            group.start_soon(create, driver)
    assert sorted(codes) == ["duplicate"] * 5 + ["ok"]
    assert len(job_named(admin, "at-once")) == 1


async def test_two_calls_with_one_token_on_two_servers_at_once_act_once(two: list[Driver], admin: Admin) -> None:
    one, other = two
    other.seen = await one.discover()
    job = await one.create("raced")
    admin("clock", {"advance_s": 30})
    token = (await one.error("dlc_stop_job", **NOW, job_id=job))["confirmation"]["token"]
    async with anyio.create_task_group() as group:
        for driver in two * 3:
            group.start_soon(lambda d: d.raw("dlc_stop_job", **NOW, job_id=job, confirmation_token=token), driver)
    assert count(admin, "StopJob") == 1


@pytest.mark.parametrize("harm", ["delete", "damage"])
async def test_with_the_state_file_gone_under_the_server_nothing_is_made_or_stopped_and_reads_go_on(
    emulator: Emulator, admin: Admin, tmp_path: Path, harm: str
) -> None:
    path = tmp_path / "state.db"
    async with driving(emulator, state=str(path)) as mcp:
        job = await mcp.create("survivor")
        admin("clock", {"advance_s": 30})
        token = (await mcp.error("dlc_stop_job", **NOW, job_id=job))["confirmation"]["token"]
        _harm(path, harm)
        for arguments in ({}, {"confirmation_token": token}):
            assert (await mcp.error("dlc_stop_job", **NOW, job_id=job, **arguments))["code"] == "unavailable"
        assert (await mcp.error("dlc_create_job", **mcp.job("another")))["code"] == "unavailable"
        read = await mcp.ok("dlc_get_job", job_id=job)
        assert read["data"]["Status"] == "Running"
    assert (count(admin, "StopJob"), count(admin, "CreateJob")) == (0, 1)


def _harm(path: Path, how: str) -> None:
    if how == "delete":
        path.unlink()
    else:
        path.write_bytes(b"\0" * 8192)


async def test_r35_the_operators_yes_and_no_reach_the_agents_next_call(
    emulator: Emulator, admin: Admin, tmp_path: Path
) -> None:
    place = str(tmp_path / "state.db")
    async with driving(emulator, state=place, confirm_by="human") as mcp:
        job = await mcp.create("asked-for")
        admin("clock", {"advance_s": 30})
        for verdict in (False, True):
            error = await mcp.error("dlc_stop_job", **NOW, job_id=job)
            assert "approve" in error["message"]
            assert "confirmation" not in error
            await _decide(place, verdict)
            result = (await mcp.raw("dlc_stop_job", **NOW, job_id=job)).structured_content
            assert result["ok"] is verdict
            if not verdict:
                assert "said no" in result["error"]["message"]
                _forget(place, "decision")
                held = await mcp.error("dlc_stop_job", **NOW, job_id=job)
                assert (held["code"], held["rule"]) == ("policy_denied", "R35")
                _forget(place, "no")
        assert result["confirmed_by"] == "human"


async def _decide(place: str, verdict: bool) -> None:
    state, keys = await open_state(place), keys_of(Settings(state=place))
    (request,) = await open_requests(state, keys)
    assert await decide(state, keys, request.id, approved=verdict)
    await state.close()


def _forget(place: str, kind: str) -> None:
    """As if the five minutes of a decision, or the ten of a no, were over."""
    with sqlite3.connect(place) as file:
        file.execute("DELETE FROM entries WHERE key LIKE ?", (f"{kind}/%",))
    file.close()


async def test_limits_count_the_jobs_that_are_under_way(emulator: Emulator, admin: Admin) -> None:
    async with driving(emulator) as free:
        await free.discover()
        before = await free.data("dlc_list_jobs", show_own=True, from_all_workspaces=True, view="full")
        ended = {"Succeeded", "Failed", "Stopped"}
        under_way = sum(job["Status"] not in ended for job in before["Jobs"])
    async with driving(emulator, max_running_jobs=under_way + 1) as mcp:
        await mcp.create("fits")
        error = await mcp.error("dlc_create_job", **mcp.job("too-many"))
        assert error["code"] == "policy_denied"
        assert "max_running_jobs" in error["message"]
    assert job_named(admin, "too-many") == []


async def test_the_audit_tells_every_call_of_a_run(emulator: Emulator, admin: Admin, tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    async with driving(emulator, audit_log=path) as mcp:
        job = await mcp.create("audited")
        admin("clock", {"advance_s": 30})
        await stopped(mcp, job)
    entries = _entries(path)
    assert [(entry["tool"], entry["outcome"]) for entry in entries[-3:]] == [
        ("dlc_create_job", "ok"), ("dlc_stop_job", "confirmation_required"), ("dlc_stop_job", "ok"),
    ]  # fmt: skip
    create, _, stop = entries[-3:]
    assert create["created"] == {"JobId": job}
    assert create["request_id"]
    assert (stop["target"], stop["confirmed_by"]) == ({"JobId": job}, "two_step")


def _entries(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]
