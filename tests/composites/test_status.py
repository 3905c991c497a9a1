"""``pai_status``: limits with what is used of them, and how a confirmation goes with the client that asks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from mcp_types import ElicitRequestParams, ElicitResult, ErrorData

from end_to_end.driving import Driver, driving
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.composites.catalog import COMPOSITES
from protocol.processes import VERSION_2026

Asked = Callable[[Any, ElicitRequestParams], Awaitable[ElicitResult | ErrorData]]


async def puts_away(context: Any, params: ElicitRequestParams) -> ElicitResult | ErrorData:
    return ElicitResult(action="cancel")


async def limits(driver: Driver) -> dict[str, Any]:
    return dict((await driver.data("pai_status"))["limits"])


async def test_the_hours_creates_are_counted_and_the_next_free_place_is_told(emulator: Emulator) -> None:
    async with driving(emulator, max_creates_per_hour=2) as driver:
        assert (await limits(driver))["max_creates_per_hour"] == {"most": 2, "used": 0, "left": 2}
        before = datetime.now(UTC)
        await driver.create("one")
        used = (await limits(driver))["max_creates_per_hour"]
        assert (used["used"], used["left"]) == (1, 1)
        free_at = datetime.fromisoformat(used["next_free_at"])
        assert timedelta(minutes=59) < free_at - before < timedelta(minutes=70)
        await driver.create("two")
        error = await driver.error("dlc_create_job", **driver.job("three"))
        assert error["code"] == "policy_denied"
        assert used["next_free_at"] in error["message"]
        policy = (await driver.data("dlc_validate_job", **driver.job("three")))["policy"]
        assert (policy["creates_left_this_hour"], policy["next_create_at"]) == (0, used["next_free_at"])


async def test_nothing_is_asked_and_nothing_stands_there_where_nothing_is_limited(
    emulator: Emulator, admin: Callable[..., Any]
) -> None:
    async with driving(emulator) as driver:
        status = await driver.data("pai_status")
        assert "limits" not in status
    assert admin("journal") == []


async def test_status_answers_in_a_region_that_calls_may_not_name(emulator: Emulator) -> None:
    async with driving(emulator, region=None, regions=("cn-shanghai",)) as driver:
        assert (await driver.data("pai_status"))["limits"]["regions"] == ["cn-shanghai"]


WAYS: list[Any] = [
    ({}, None, "cannot ask a person. The first call does nothing: it gives a preview and a confirmation_token"),
    ({"confirm_by": "token"}, puts_away, "By token, whatever the client can do"),
    ({"confirm_by": "human"}, None, "none can be reached: what must be confirmed is refused"),
    ({"confirm_by": "human", "state": "FILE"}, None, "`pai-dlc-mcp approve` or `pai-dlc-mcp dashboard` in a terminal"),
]


@pytest.mark.parametrize(("settings", "asked", "words"), WAYS)
async def test_r35_status_tells_how_a_confirmation_goes_with_this_client(
    emulator: Emulator, tmp_path: Path, settings: dict[str, Any], asked: Asked | None, words: str
) -> None:
    if settings.get("state") == "FILE":
        settings = {**settings, "state": str(tmp_path / "state.db")}
    async with driving(emulator, client={"mode": "legacy", "elicitation_callback": asked}, **settings) as driver:
        assert words in (await driver.data("pai_status"))["confirmation"]["with_this_client"]


@pytest.mark.parametrize(("mode", "words"), [("legacy", "stays open"), (VERSION_2026, "by itself")])
async def test_r35_status_learns_that_a_client_runs_without_a_person(emulator: Emulator, mode: str, words: str) -> None:
    async with driving(emulator, client={"mode": mode, "elicitation_callback": puts_away}) as driver:
        before = (await driver.data("pai_status"))["confirmation"]["with_this_client"]
        assert words in before
        assert "runs without one" not in before
        job = await driver.create("asked-about")
        error = await driver.error("dlc_stop_job", job_id=job)
        assert error["confirmation"]["token"]
        after = (await driver.data("pai_status"))["confirmation"]["with_this_client"]
        assert "runs without one" in after
        assert "confirmation_token" in after


async def test_status_tells_the_address_of_each_service_that_calls_go_to(emulator: Emulator) -> None:
    async with driving(emulator) as driver:
        found = (await driver.data("pai_status"))["endpoints"]
        assert (found["pai-dlc"], found["aiworkspace"]) == (emulator.dlc, emulator.aiworkspace)


def test_only_the_status_answers_where_no_region_is_known() -> None:
    assert [one.name for one in COMPOSITES if not one.needs_region] == ["pai_status"]
