"""What the tests of creates share: rows of a list, and a server on a state that others may share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from guards.fakes import Answer, Clock, FakeCloud, runtime_of
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.runtime import Runtime
from pai_dlc_mcp.state.memory import MemoryState
from pai_dlc_mcp.timestamps import iso

NOW = Clock().at
ARGS = {"DisplayName": "train", "WorkspaceId": "11001"}
NONE: dict[str, Any] = {"Jobs": [], "TotalCount": 0}


def jobs(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"Jobs": list(rows), "TotalCount": len(rows)}


def row(id: str = "dlc-old", name: str = "train", ago: float = 60, **more: Any) -> dict[str, Any]:
    return {"JobId": id, "DisplayName": name, "GmtCreateTime": iso(NOW - ago), "Status": "Running"} | more


def sender(
    answers: dict[str, Answer | list[Answer]], settings: Settings | None = None, state: MemoryState | None = None
) -> tuple[Runtime, FakeCloud]:
    runtime, cloud, _ = runtime_of(answers, settings=settings)
    return (replace(runtime, state=state) if state else runtime), cloud
