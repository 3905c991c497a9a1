"""R60: an answer of many lines uses the room that it has, and what was cut is one call away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pai_dlc_mcp.protocol.result import compact

from .driving import Driver


async def _pod(mcp: Driver, admin: Callable[..., Any]) -> dict[str, str]:
    """The pod with ten million lines."""
    admin("reset", {"seed": "huge"})
    job = (await mcp.data("dlc_list_jobs", display_name="tokenize-all"))["Jobs"][0]["JobId"]
    return {"job_id": job, "pod_id": (await mcp.data("dlc_get_job", job_id=job))["Pods"][0]["PodId"]}


@pytest.mark.parametrize(("asked", "most"), [(300, 8_000), (2_000, 8_000), (2_000, 20_000)])
async def test_r60_more_lines_than_fit_fill_the_answer(
    mcp: Driver, admin: Callable[..., Any], asked: int, most: int
) -> None:
    pod = await _pod(mcp, admin)
    result = (await mcp.raw("dlc_get_pod_logs", **pod, max_lines=asked, max_chars=most)).structured_content
    assert 0.9 * most < len(compact(result)) <= most
    shown = result["data"]["untrusted_log_lines"]
    assert result["truncated"]["lines_shown"] == len(shown)
    assert result["truncated"]["earlier_lines_omitted"] == asked - len(shown)
    more = result["truncated"]["more"]
    await mcp.ok(more["tool"], **more["arguments"])


async def test_r66_a_body_that_was_not_read_to_its_end_is_not_called_empty(
    mcp: Driver, admin: Callable[..., Any]
) -> None:
    pod = await _pod(mcp, admin)
    admin("faults", [{"operation": "GetJobEvents", "kind": "huge", "bytes": 2**26}])
    result = await mcp.ok("dlc_get_job_events", job_id=pod["job_id"])
    assert result["truncated"] == {"body": "longer than was read"}
    assert "R66" not in [notice["rule"] for notice in result["notices"]]
