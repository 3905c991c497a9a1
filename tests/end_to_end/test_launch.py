"""The main job: from a refused create to a finished job and its log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pai_dlc_emulator.server import Emulator

from .driving import Driver, driving


async def test_a_create_before_discovery_is_refused_with_the_calls_that_are_missing(
    mcp: Driver, writes: Callable[[], list[str]]
) -> None:
    mcp.seen = {"workspace": "11001", "image": "pytorch", "spec": "ecs.c6.large"}
    error = await mcp.error("dlc_create_job", **mcp.job())
    assert error["code"] == "discovery_required"
    assert {step["tool"] for step in error["next"]} >= {"aiworkspace_list_images", "dlc_list_ecs_specs"}
    assert writes() == []


async def test_r01_a_create_without_a_workspace_is_refused_and_names_the_discovered_ones(
    mcp: Driver, writes: Callable[[], list[str]]
) -> None:
    await mcp.discover()
    arguments = mcp.job()
    del arguments["workspace_id"]
    error = await mcp.error("dlc_create_job", **arguments)
    assert (error["code"], error["rule"]) == ("invalid_arguments", "R01")
    assert mcp.seen["workspace"] in str(error)
    assert writes() == []


async def test_a_discovered_job_runs_from_creation_to_its_log(mcp: Driver, admin: Callable[..., Any]) -> None:
    job = await mcp.create("first-job")
    admin("clock", {"advance_s": 30})
    waited = await mcp.data("dlc_wait_for_job", job_id=job, until="running", max_seconds=5)
    assert waited["Status"] == "Running"
    admin("clock", {"advance_s": 3600})
    done = await mcp.data("dlc_wait_for_job", job_id=job, max_seconds=5)
    assert (done["Status"], done["ended"]) == ("Succeeded", True)
    read = await mcp.data("dlc_get_job", job_id=job)
    pod = read["Pods"][0]["PodId"]
    log = await mcp.data("dlc_get_pod_logs", job_id=job, pod_id=pod)
    assert log["untrusted_log_lines"]
    assert len(log["untrusted_log_lines"]) <= 100


async def test_a_progress_notification_tells_phase_and_time_while_waiting(mcp: Driver) -> None:
    job = await mcp.create("waited-for")
    told: list[str] = []

    async def progress(done: float, total: float | None, message: str | None) -> None:
        told.append(str(message))

    await mcp.client.call_tool(
        "dlc_wait_for_job", {"job_id": job, "until": "end", "max_seconds": 2}, progress_callback=progress
    )
    assert told
    assert "waited" in told[0]


async def test_validation_finds_every_fault_at_once_and_creates_nothing(
    mcp: Driver, writes: Callable[[], list[str]]
) -> None:
    await mcp.discover()
    job = mcp.job("bad name!", workspace_id=None, priority=None)
    job["job_specs"][0]["Image"] = "nonsense"
    result = await mcp.data("dlc_validate_job", job=job)
    assert result["valid"] is False
    assert {"R01", "R02"} <= {fault.get("rule") for fault in result["faults"]}
    assert writes() == []


async def test_a_valid_job_validates_with_its_gpu_hours(mcp: Driver) -> None:
    await mcp.discover()
    result = await mcp.data("dlc_validate_job", job=mcp.job(job_max_running_time_minutes=60))
    assert result["valid"] is True
    assert "gpu_hours" in str(result).lower()


async def test_status_tells_credentials_kind_and_discoveries_but_no_key(mcp: Driver) -> None:
    await mcp.discover()
    status = await mcp.data("pai_status")
    assert status["credentials"]["found"] is True
    assert status["discovered"]["workspace"] >= 1
    assert "EMULATORKEY" not in str(status)


async def test_r75_status_answers_without_a_region_and_says_that_none_is_configured(emulator: Emulator) -> None:
    async with driving(emulator, region=None) as driver:
        status = await driver.data("pai_status")
        assert "none is configured" in status["region"]
        error = await driver.error("dlc_list_jobs")
        assert (error["code"], error["rule"], error["field"]) == ("invalid_arguments", "R75", "region")
