"""Lists of the large world stay within their size and page to the end without a gap or a double."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from pai_dlc_emulator.server import Emulator

from .driving import Driver, driving

SINCE_EVER: dict[str, Any] = {"start_time": "2020-01-01T00:00:00Z"}


@pytest.fixture
async def large(emulator: Emulator, admin: Callable[..., Any]) -> AsyncIterator[Driver]:
    admin("reset", {"seed": "large"})
    async with driving(emulator) as driver:
        yield driver


async def walked(driver: Driver, tool: str, rows: str, key: str, **arguments: Any) -> list[str]:
    """Keys of all rows, by following ``truncated.more`` and then the page number."""
    seen: list[str] = []
    call: dict[str, Any] | None = dict(arguments)
    while call is not None:
        result = await driver.raw(tool, **call)
        structured = result.structured_content
        assert structured["ok"], structured
        assert len(result.content[0].text) <= call.get("max_chars", 8_000)
        page = structured["data"][rows]
        seen += [row[key] for row in page]
        call = following(call, structured, len(seen))
    return seen


def following(call: dict[str, Any], structured: dict[str, Any], seen: int) -> dict[str, Any] | None:
    if structured["data"]["TotalCount"] <= seen:
        return None
    if structured["truncated"]:
        more = structured["truncated"]["more"]["arguments"]
        return {**more, "max_chars": call["max_chars"]}
    return {**call, "page_number": int(call.get("page_number", 1)) + 1}


@pytest.mark.parametrize(
    ("tool", "rows", "key", "arguments", "at_least"),
    [
        ("dlc_list_jobs", "Jobs", "JobId", SINCE_EVER | {"show_own": False, "status": "Failed"}, 3_000),
        ("aiworkspace_list_images", "Images", "ImageId", {}, 1_000),
        ("aiworkspace_list_datasets", "Datasets", "DatasetId", {}, 1_500),
    ],
)
async def test_a_long_list_pages_to_its_end_without_a_gap_or_a_double(
    large: Driver, tool: str, rows: str, key: str, arguments: dict[str, Any], at_least: int
) -> None:
    total = (await large.data(tool, page_size=1, **arguments))["TotalCount"]
    seen = await walked(large, tool, rows, key, page_size=100, max_chars=20_000, **arguments)
    assert len(seen) == len(set(seen)) == total
    assert total >= at_least


async def test_a_list_that_is_cut_names_the_call_that_goes_on(large: Driver) -> None:
    result = await large.ok("dlc_list_jobs", page_size=100, show_own=False, max_chars=4_000)
    kept = len(result["data"]["Jobs"])
    assert 5 < kept < 100
    assert result["truncated"]["more"]["arguments"]["page_size"] == kept
    assert result["truncated"]["more"]["arguments"]["page_number"] == 2
