"""What is refused before it is a call leaves its line in the audit too, without a value that was given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mcp.shared.exceptions import MCPError

from end_to_end.driving import driving
from pai_dlc_emulator.server import Emulator

SECRET = "LTAI5tCanaryCanaryCanary"


async def lines_after(emulator: Emulator, log: Path, tool: str, **given: Any) -> list[dict[str, Any]]:
    async with driving(emulator, audit_log=log) as driver:
        if tool in driver.app.tools:
            await driver.raw(tool, **given)
        else:
            with pytest.raises(MCPError) as caught:
                await driver.raw(tool, **given)
            assert caught.value.code == -32602
            assert SECRET not in caught.value.message
    return [json.loads(line) for line in written(log).splitlines()]


def written(log: Path) -> str:
    """The lines of the acts, then those of the reads."""
    files = (log, log.with_name("audit.log.reads"))
    return "".join(one.read_text(encoding="utf-8") for one in files if one.exists())


@pytest.mark.parametrize(
    ("tool", "given", "outcome"),
    [
        ("no_such_tool", {"key": SECRET}, "invalid_arguments"),
        (f"tool_{SECRET}", {}, "invalid_arguments"),
        ("dlc_get_job", {"job_id": "dlc1", "password": SECRET}, "invalid_arguments"),
        ("dlc_get_job", {}, "invalid_arguments"),
    ],
)
async def test_a_call_that_is_none_is_written_down_without_its_values(
    emulator: Emulator, tmp_path: Path, tool: str, given: dict[str, Any], outcome: str
) -> None:
    log = tmp_path / "audit.log"
    (line,) = await lines_after(emulator, log, tool, **given)
    assert (line["caller"], line["outcome"]) == ("os:tests", outcome)
    assert SECRET not in written(log)


async def test_a_call_that_is_one_is_written_down_once(emulator: Emulator, tmp_path: Path) -> None:
    (line,) = await lines_after(emulator, tmp_path / "audit.log", "dlc_list_jobs")
    assert (line["tool"], line["outcome"]) == ("dlc_list_jobs", "ok")


@pytest.mark.parametrize(
    ("tool", "given", "suggested"),
    [
        ("dlc_get_job", {"job_id": "dlc-none"}, "dlc_list_jobs"),
        ("dlc_get_job_events", {"job_id": "dlc-none"}, "dlc_list_jobs"),
        ("dlc_wait_for_job", {"job_id": "dlc-none"}, "dlc_list_jobs"),
        ("aiworkspace_get_dataset", {"dataset_id": "d-none"}, "aiworkspace_list_datasets"),
        ("aiworkspace_get_image", {"image_id": "image-none"}, "aiworkspace_list_images"),
        ("dlc_get_job_template", {"template_id": "none"}, "aiworkspace_list_workspaces"),
    ],
)
async def test_what_is_not_found_names_the_list_to_look_in(
    emulator: Emulator, tool: str, given: dict[str, Any], suggested: str
) -> None:
    async with driving(emulator) as driver:
        error = await driver.error(tool, **given)
        assert error["code"] == "not_found"
        (step,) = error["next"]
        assert step["tool"] == suggested
        assert (await driver.ok(step["tool"], **step["arguments"]))["ok"]


async def test_the_list_to_look_in_repeats_the_ids_of_its_path(emulator: Emulator) -> None:
    async with driving(emulator, toolsets=("all",)) as driver:
        job = await driver.create("has-no-such-check")
        error = await driver.error("dlc_get_job_sanity_check_result", job_id=job, sanity_check_number=99)
        assert error["next"][0]["tool"] == "dlc_list_job_sanity_check_results"
        assert error["next"][0]["arguments"]["job_id"] == job
