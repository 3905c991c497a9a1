"""R47: instance types in an order that the service refuses to give."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.errors import InvalidArguments
from pai_dlc_mcp.guards.pipeline import perform
from pai_dlc_mcp.runtime import Reply
from support.fake_cloud import call_of, runtime_of

ROWS = [
    {"InstanceType": f"t{number}", "Gpu": number % 7, "Cpu": 4 * number, "Memory": f"{number}"} for number in range(250)
]


def pages(rows: list[dict[str, Any]], total: int | None, most: int = 100) -> Any:
    """A service that gives at most ``most`` rows a page."""

    def page(args: dict[str, Any]) -> dict[str, Any]:
        size = min(args["PageSize"], most)
        start = (args["PageNumber"] - 1) * size
        found = {"EcsSpecs": rows[start : start + size]}
        return found if total is None else found | {"TotalCount": total}

    return page


async def listed(
    given: dict[str, Any], rows: list[dict[str, Any]] = ROWS, total: int | None = 250
) -> tuple[Reply, Any]:
    runtime, cloud, _ = runtime_of({"ListEcsSpecs": pages(rows, total)})
    return await perform(call_of("ListEcsSpecs", given), runtime), cloud


@pytest.mark.parametrize("total", [250, None])
async def test_r47_all_pages_are_read_and_sorted_largest_first(total: int | None) -> None:
    reply, cloud = await listed({"SortBy": "GPU", "AcceleratorType": "GPU"}, total=total)
    assert [row["Gpu"] for row in reply.data["EcsSpecs"]] == sorted((row["Gpu"] for row in ROWS), reverse=True)
    assert reply.data["TotalCount"] == 250
    assert [args for _, args in cloud.sent] == [
        {"AcceleratorType": "GPU", "PageNumber": page, "PageSize": 100} for page in (1, 2, 3)
    ]


async def test_r47_the_order_the_page_and_its_size_count_for_the_sorted_list() -> None:
    reply, _ = await listed({"SortBy": "CPU", "Order": "asc", "PageNumber": 2, "PageSize": 3})
    assert [row["InstanceType"] for row in reply.data["EcsSpecs"]] == ["t3", "t4", "t5"]
    reply, _ = await listed({"SortBy": "Memory", "PageSize": 2})
    assert [row["Memory"] for row in reply.data["EcsSpecs"]] == ["249", "248"]  # as numbers, though they come as text


async def test_r47_rows_without_the_field_come_last_either_way() -> None:
    rows = [{"InstanceType": "odd"}, {"InstanceType": "one", "Gpu": 1}, {"InstanceType": "none", "Gpu": None}]
    for order in ("asc", "desc"):
        reply, _ = await listed({"SortBy": "GPU", "Order": order}, rows, 3)
        assert [row["InstanceType"] for row in reply.data["EcsSpecs"]] == ["one", "odd", "none"]


async def test_r47_what_is_no_row_is_left_out() -> None:
    odd: list[Any] = [None, {"InstanceType": "one", "Gpu": 1}, "text", {"InstanceType": "two", "Gpu": 2}]
    reply, _ = await listed({"SortBy": "GPU"}, odd, None)
    assert [row["InstanceType"] for row in reply.data["EcsSpecs"]] == ["two", "one"]


async def test_r47_without_an_order_the_service_pages_itself() -> None:
    _, cloud = await listed({"PageNumber": 2, "PageSize": 10})
    assert [args for _, args in cloud.sent] == [{"PageNumber": 2, "PageSize": 10}]


async def test_r47_a_list_without_an_end_is_not_sorted_in_part() -> None:
    endless = pages([{"InstanceType": "t"}] * 5_000, None)
    runtime, cloud, _ = runtime_of({"ListEcsSpecs": endless})
    with pytest.raises(InvalidArguments, match="2,000 rows") as caught:
        await perform(call_of("ListEcsSpecs", {"SortBy": "GPU"}), runtime)
    assert (caught.value.rule, caught.value.field, len(cloud.sent)) == ("R47", "sort_by", 20)


async def test_r47_pages_that_are_shorter_than_was_asked_are_read_up_to_the_total() -> None:
    runtime, cloud, _ = runtime_of({"ListEcsSpecs": pages(ROWS[:90], 90, most=30)})
    reply = await perform(call_of("ListEcsSpecs", {"SortBy": "CPU"}), runtime)
    assert ([row["Cpu"] for row in reply.data["EcsSpecs"]], len(cloud.sent)) == ([4 * n for n in range(89, -1, -1)], 3)


async def test_r47_times_are_sorted_by_their_letters_and_what_is_no_number_below_numbers() -> None:
    times = ("2026-03-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-02-01T00:00:00Z")
    rows: list[dict[str, Any]] = [{"GmtCreateTime": at} for at in times]
    reply, _ = await listed({"SortBy": "GmtCreateTime"}, rows, 3)
    assert [row["GmtCreateTime"] for row in reply.data["EcsSpecs"]] == sorted(times, reverse=True)
    rows = [{"Gpu": "many"}, {"Gpu": 0}, {"Gpu": "2"}]
    reply, _ = await listed({"SortBy": "GPU"}, rows, 3)
    assert [row["Gpu"] for row in reply.data["EcsSpecs"]] == ["2", 0, "many"]


async def test_r47_an_empty_list_is_sorted_and_paged_too() -> None:
    reply, _ = await listed({"SortBy": "GPU"}, [], 0)
    assert (reply.data["EcsSpecs"], reply.data["TotalCount"]) == ([], 0)
