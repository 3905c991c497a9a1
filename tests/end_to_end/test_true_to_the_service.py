"""What the service really takes and sends, through the protocol: windows, times, orders, refusals, regions."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from pai_dlc_emulator.server import Emulator

from .driving import Driver, driving


def last(admin: Any, operation: str) -> dict[str, Any]:
    """The newest request of an operation, as the emulator received it."""
    return next(entry for entry in reversed(admin("journal")) if entry["operation"] == operation)


async def test_r66_a_list_sends_its_window_its_page_and_whose_jobs_it_wants(mcp: Driver, admin: Any) -> None:
    await mcp.ok("dlc_list_jobs")
    query = last(admin, "ListJobs")["query"]
    assert (query["ShowOwn"], query["PageNumber"], query["PageSize"]) == ("false", "1", "10")
    assert query["StartTime"].endswith("Z")
    await mcp.ok("dlc_list_jobs", show_own=True, page_size=3)
    query = last(admin, "ListJobs")["query"]
    assert (query["ShowOwn"], query["PageSize"]) == ("true", "3")


async def test_r66_reads_that_the_server_makes_for_itself_send_them_too(mcp: Driver, admin: Any) -> None:
    await mcp.create("r66-inner")
    assert "ShowOwn" in last(admin, "ListJobs")["query"]


async def test_r69_a_relative_time_travels_in_utc_and_a_wrong_one_does_not_travel(mcp: Driver, admin: Any) -> None:
    await mcp.ok("dlc_list_jobs", start_time="2026-01-31T08:00:00+08:00", end_time="-1h")
    query = last(admin, "ListJobs")["query"]
    assert query["StartTime"] == "2026-01-31T00:00:00Z"
    assert query["EndTime"].endswith("Z")
    before = len(admin("journal"))
    error = await mcp.error("dlc_list_jobs", start_time="last week")
    assert (error["code"], error["rule"], error["field"]) == ("invalid_arguments", "R69", "start_time")
    assert "-2h or yesterday" in error["message"]
    assert len(admin("journal")) == before


async def test_r47_instance_types_are_sorted_here_and_the_order_never_travels(mcp: Driver, admin: Any) -> None:
    data = await mcp.data("dlc_list_ecs_specs", sort_by="gpu", view="full", page_size=5)
    counts = [spec["Gpu"] for spec in data["EcsSpecs"]]
    assert counts == sorted(counts, reverse=True)
    assert len(counts) == 5
    assert data["TotalCount"] > 5
    requests = [entry for entry in admin("journal") if entry["operation"] == "ListEcsSpecs"]
    assert requests
    assert all(entry["query"].keys().isdisjoint({"SortBy", "Order"}) for entry in requests)


async def test_r73_the_action_that_the_service_names_stands_first(mcp: Driver, admin: Any) -> None:
    admin("policy", {"deny": ["paidlc:GetJob", "pai:GetJob"]})
    error = await mcp.error("dlc_get_job", job_id="dlc1")
    assert (error["code"], error["rule"]) == ("permission_denied", "R73")
    assert "paidlc:GetJob" in error["message"]
    assert "ram-policies" in error["message"]


@pytest.fixture
def proxy() -> Iterator[str]:
    """The address of something before the service that forbids everything with a page of its own."""

    class Forbidding(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(403)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(b"<html>Access denied by the network policy</html>")

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing goes to stderr."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Forbidding) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


async def test_r72_a_proxys_page_is_no_matter_of_permission(emulator: Emulator, proxy: str) -> None:
    async with driving(emulator, dlc_endpoint=proxy) as driver:
        error = await driver.error("dlc_list_jobs")
    assert (error["code"], error["rule"]) == ("unavailable", "R72")
    assert "not the service's: HTTP 403, text/html" in error["message"]


async def test_r76_what_clients_send_is_understood(mcp: Driver, admin: Any) -> None:
    await mcp.ok("dlc_list_jobs", workspace_id="", display_name=" ", page_size=2.0)
    query = last(admin, "ListJobs")["query"]
    assert query.keys().isdisjoint({"WorkspaceId", "DisplayName"})
    assert query["PageSize"] == "2"
    error = await mcp.error("dlc_list_jobs", workspace_id=2**53)
    assert (error["rule"], error["field"]) == ("R76", "workspace_id")


async def test_r79_a_foreign_region_is_not_asked_of_a_fixed_endpoint(emulator: Emulator, admin: Any) -> None:
    async with driving(emulator, region="cn-hangzhou") as driver:
        await driver.ok("dlc_list_jobs", region="cn-hangzhou")
        before = len(admin("journal"))
        error = await driver.error("dlc_list_jobs", region="ap-southeast-1")
        assert (error["code"], error["rule"], error["field"]) == ("invalid_arguments", "R79", "region")
        assert len(admin("journal")) == before


@pytest.mark.parametrize("priority", [0, 10])
async def test_r14_a_priority_that_a_record_shows_as_not_set_is_no_argument(mcp: Driver, priority: int) -> None:
    await mcp.discover()
    error = await mcp.error("dlc_create_job", **mcp.job("r14", priority=priority))
    assert (error["rule"], error["field"]) == ("R14", "priority")
