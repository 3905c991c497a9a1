"""What was carried out never turns into an error because its answer is odd: the id first, then what can be told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pai_dlc_mcp.protocol import call_tool

from .driving import Driver


async def test_a_create_whose_answer_cannot_be_presented_still_gives_its_id(
    mcp: Driver, writes: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    await mcp.discover()

    async def broken(call: Any, outcome: Any) -> Any:
        raise KeyError("odd")

    monkeypatch.setattr(call_tool, "present", broken)
    data = await mcp.data("dlc_create_job", **mcp.job("made-all-the-same"))
    assert data["JobId"]
    assert writes() == ["CreateJob"]


async def test_a_read_that_cannot_be_presented_is_our_mistake(mcp: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(call: Any, outcome: Any) -> Any:
        raise KeyError("odd")

    monkeypatch.setattr(call_tool, "present", broken)
    assert (await mcp.error("dlc_list_jobs"))["code"] == "internal"


@pytest.mark.parametrize("body", ["[]", '"text"', "{}", '{"JobId": 7}', '{"JobId": null, "Extra": {"a": [1]}}'])
async def test_a_create_with_an_odd_answer_is_done_or_of_unknown_outcome_never_internal(
    mcp: Driver, admin: Callable[..., Any], writes: Callable[[], list[str]], body: str
) -> None:
    await mcp.discover()
    admin("faults", [{"operation": "CreateJob", "kind": "answer", "body": body}])
    result = await mcp.raw("dlc_create_job", **mcp.job("oddly-answered"))
    structured = result.structured_content
    assert structured["ok"] or structured["error"]["code"] == "unknown_outcome", structured
    assert writes() == ["CreateJob"]
