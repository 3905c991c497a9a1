"""Lists are read to their end, whatever the service says of their length."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.cloud.reads import TooMany, all_rows
from support.fake_cloud import REGION, runtime_of


async def rows(answers: Any, most: int = 3) -> list[Any]:
    runtime, _, _ = runtime_of({"ListJobs": answers})
    return await all_rows(runtime, "ListJobs", {}, "Jobs", REGION, most_pages=most)


def page(start: int, count: int, **more: Any) -> dict[str, Any]:
    return {"Jobs": [{"JobId": str(number)} for number in range(start, start + count)], **more}


async def test_a_list_without_a_total_ends_at_the_first_page_that_is_not_full() -> None:
    assert len(await rows([page(0, 100), page(100, 99)])) == 199
    assert len(await rows([page(0, 100), page(100, 100), page(200, 0)])) == 200
    with pytest.raises(TooMany):
        await rows([page(0, 100)])


async def test_a_list_with_a_total_goes_on_until_it_is_reached() -> None:
    assert len(await rows([page(0, 10, TotalCount=15), page(10, 5, TotalCount=15)])) == 15
    assert len(await rows([page(0, 10, TotalCount=10)])) == 10


async def test_what_is_no_row_is_left_out() -> None:
    assert await rows([{"Jobs": ["text", None, {"JobId": "1"}], "TotalCount": 1}]) == [{"JobId": "1"}]
    assert await rows([{"Jobs": "none"}]) == []
