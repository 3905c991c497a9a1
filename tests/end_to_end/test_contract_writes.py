"""What the contract says of writes that were carried out, whatever their answers look like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.config.settings import ALWAYS_CONFIRMED

from .driving import Driver, driving

NO_ID: list[dict[str, Any]] = [
    {"kind": "huge", "bytes": 2**31},
    {"kind": "answer", "body": {}},
    {"kind": "answer", "body": {"RequestId": "ODD", "JobId": None}},
    {"kind": "answer", "body": []},
    {"kind": "garbage"},
    {"kind": "half"},
    {"kind": "drop_after"},
]


@pytest.mark.parametrize("fault", NO_ID, ids=lambda fault: f"{fault['kind']}-{fault.get('body', '')}")
async def test_r25_a_create_that_was_carried_out_gives_the_id_first_however_odd_its_answer(
    mcp: Driver, admin: Callable[..., Any], fault: dict[str, Any]
) -> None:
    await mcp.discover()
    admin("faults", [{"operation": "CreateJob", **fault}])
    result = await mcp.ok("dlc_create_job", **mcp.job("odd-answer"))
    made = [entry for entry in admin("journal") if entry["operation"] == "CreateJob"]
    listed = await mcp.data("dlc_list_jobs", display_name="odd-answer")
    assert next(iter(result["data"])) == "JobId"
    assert [job["JobId"] for job in listed["Jobs"]] == [result["data"]["JobId"]]
    assert len(made) == 1


async def test_r25_a_yes_without_an_id_that_no_list_shows_stays_a_success_and_says_what_is_missing(
    mcp: Driver, admin: Callable[..., Any]
) -> None:
    await mcp.discover()
    empty = {"kind": "answer", "body": {"Jobs": [], "TotalCount": 0}, "times": 9, "operation": "ListJobs"}
    admin("faults", [{"operation": "CreateJob", "kind": "answer", "body": {"RequestId": "ODD"}}, empty])
    result = await mcp.ok("dlc_create_job", **mcp.job("odd-answer"))
    assert result["request_id"] == "ODD"
    assert "gave no JobId" in str(result["notices"])


async def test_the_name_of_a_tool_with_the_word_token_in_it_hides_nothing_of_the_message(emulator: Emulator) -> None:
    confirm = ALWAYS_CONFIRMED | {"expose"}
    async with driving(emulator, toolsets=("all",), confirm=confirm) as mcp:
        given = {"target_type": "job", "target_id": await mcp.create("shared")}
        error = await mcp.error("dlc_get_token", **given)
        assert [step["tool"] for step in error["next"]] == ["dlc_get_token"]
        wrong = await mcp.error("dlc_get_token", **given, confirmation_token="pai1.x")
        assert '"shared": the token is not a token' in wrong["message"]
