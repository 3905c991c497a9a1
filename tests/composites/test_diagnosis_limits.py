"""What a diagnosis does when reads fail, are late, hostile or secret."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from end_to_end.driving import Driver
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.composites.diagnose.reader import SECONDS, Reader
from pai_dlc_mcp.protocol.call_tool import CALL_S

from .conftest import World, pod_of_rank, post

SECRET = "correct-horse-battery-staple"


async def test_what_does_not_come_is_named_and_the_rest_is_answered(world: World, mcp: Driver) -> None:
    job = world("failures")["nccl-timeout"]
    post(mcp.emulator, "faults", [{"operation": "GetJobEvents", "kind": "status", "status": 500, "times": 9}])
    data = await mcp.data("dlc_diagnose_job", job_id=job)
    assert data["pod"] == pod_of_rank(job, 3)
    assert any("job events" in line for line in data["not_read"])


def test_all_reads_together_end_before_the_call_does() -> None:
    assert SECONDS <= CALL_S - 4


async def test_a_job_that_comes_late_leaves_less_time_for_the_rest(
    world: World, mcp: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pai_dlc_mcp.composites.diagnose.tool.Reader", partial(Reader, seconds=4.0))
    job = world("failures")["bad-command"]
    delays = {"GetJob": 3, "GetJobEvents": 60}
    slow = [{"operation": name, "kind": "delay", "seconds": late, "times": 1} for name, late in delays.items()]
    post(mcp.emulator, "faults", slow)
    began = time.monotonic()
    data = await mcp.data("dlc_diagnose_job", job_id=job)
    assert time.monotonic() - began < 30
    assert any("job events" in line and "in time" in line for line in data["not_read"])


async def test_a_permission_that_is_missing_is_named(world: World, mcp: Driver) -> None:
    job = world("failures")["missing-module"]
    post(mcp.emulator, "policy", {"deny": ["pai:GetPodLogs"]})
    data = await mcp.data("dlc_diagnose_job", job_id=job)
    post(mcp.emulator, "policy", {"deny": []})
    assert any("log of" in line and "permission_denied" in line for line in data["not_read"])
    assert data["confidence"] == "low"


async def test_a_read_that_hangs_is_left_behind_in_time(
    world: World, mcp: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pai_dlc_mcp.composites.diagnose.tool.Reader", partial(Reader, seconds=6.0))
    job = world("failures")["bad-command"]
    post(mcp.emulator, "faults", [{"operation": "GetJobEvents", "kind": "delay", "seconds": 60, "times": 1}])
    began = time.monotonic()
    data = await mcp.data("dlc_diagnose_job", job_id=job)
    assert time.monotonic() - began < 30
    assert data["cause"] == "command_not_found"
    assert any("job events" in line and "in time" in line for line in data["not_read"])


async def test_r66_logs_and_events_are_asked_from_the_jobs_creation(
    world: World, mcp: Driver, requests: Callable[[], list[Any]]
) -> None:
    job = world("failures")["old-job"]
    created = (await mcp.data("dlc_get_job", job_id=job, view="full"))["GmtCreateTime"]
    before = len(requests())
    await mcp.data("dlc_diagnose_job", job_id=job)
    listed = [one for one in requests()[before:] if one["operation"] in ("GetPodLogs", "GetPodEvents", "GetJobEvents")]
    assert listed
    assert all(one["query"]["StartTime"] == created for one in listed)


async def test_r67_the_values_of_the_environment_do_not_leave_in_any_field(emulator: Emulator, mcp: Driver) -> None:
    await mcp.discover()
    job = await mcp.create("leaks", envs={"MY_PASSPHRASE": SECRET, "PAI_EMULATOR_BEHAVIOUR": "missing-module"},
                           user_command=f"python train.py --with {SECRET}")  # fmt: skip
    post(emulator, "clock", {"advance_s": 600})
    for tool, more in (("dlc_diagnose_job", {}), ("dlc_search_logs", {"text": "e"}), ("dlc_clone_job", {})):
        result = await mcp.raw(tool, job_id=job, **more)
        assert SECRET not in result.content[0].text, tool
        assert SECRET not in json.dumps(result.structured_content), tool


async def test_r64_other_peoples_words_stand_only_in_fields_that_say_so(world: World, mcp: Driver) -> None:
    jobs = world("failures")
    for name, words in (
        ("missing-module", "No module named"),
        ("queue-full", "waits at priority"),
        ("hang", "grad_norm"),
    ):
        data = await mcp.data("dlc_diagnose_job", job_id=jobs[name])
        trusted = {field: value for field, value in data.items() if not field.startswith("untrusted_")}
        assert words in json.dumps(data), name
        assert words not in json.dumps(trusted), name


async def test_an_unknown_job_is_not_found(world: World, mcp: Driver) -> None:
    world("default")
    assert (await mcp.error("dlc_diagnose_job", job_id="dlc0nosuchjob"))["code"] == "not_found"
