"""What a diagnosis does when reads fail, are late, hostile or secret."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from end_to_end.driving import Driver
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.composites.diagnose.reader import SECONDS
from pai_dlc_mcp.protocol.call_tool import CALL_S

from .conftest import World, post

SECRET = "correct-horse-battery-staple"


def test_all_reads_together_end_before_the_call_does() -> None:
    assert SECONDS <= CALL_S - 4


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
