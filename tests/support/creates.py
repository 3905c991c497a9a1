"""Rows that a list of jobs shows before or after a create, and a server on a state store that others may share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.runtime import Runtime
from pai_dlc_mcp.state.memory import MemoryState
from pai_dlc_mcp.timestamps import iso
from support.fake_cloud import Answer, Clock, FakeCloud, runtime_of

NOW = Clock().at
ARGS = {"DisplayName": "train", "WorkspaceId": "11001"}
NONE: dict[str, Any] = {"Jobs": [], "TotalCount": 0}


def jobs(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"Jobs": list(rows), "TotalCount": len(rows)}


def row(id: str = "dlc-old", name: str = "train", ago: float = 60, **more: Any) -> dict[str, Any]:
    return {"JobId": id, "DisplayName": name, "GmtCreateTime": iso(NOW - ago), "Status": "Running"} | more


def server(
    answers: dict[str, Answer | list[Answer]], settings: Settings | None = None, state: MemoryState | None = None
) -> tuple[Runtime, FakeCloud]:
    """A server with these answers, and its cloud."""
    runtime, cloud, _ = runtime_of(answers, settings=settings)
    return (replace(runtime, state=state) if state else runtime), cloud
