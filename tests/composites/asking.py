"""Composites asked about a recorded job, without a network: their data, and the requests that they made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import anyio
from evals.recorded_job import JOB, RecordedJob

from pai_dlc_mcp.composites.catalog import COMPOSITES
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.runtime import Call, Caller, Outcome, Runtime
from pai_dlc_mcp.state.memory import MemoryState


@dataclass(frozen=True)
class Answer:
    data: dict[str, Any]
    truncated: dict[str, Any] | None
    asked: list[tuple[str, dict[str, Any]]]

    @property
    def operations(self) -> set[str]:
        return {name for name, _ in self.asked}


def ask(tool: str, failure: Mapping[str, Any], **arguments: Any) -> Answer:
    """One composite on this recorded job; it is what ``job_id`` names."""
    cloud = RecordedJob(failure)
    composite = next(one for one in COMPOSITES if one.name == tool)
    named = {"job_id": JOB} if "job_id" in composite.inputs.model_fields else {}
    inputs = composite.inputs(**(named | arguments))
    call = Call(composite, inputs, {"JobId": JOB}, "cn-hangzhou", Caller("os:tests"))
    settings = Settings(region="cn-hangzhou", dlc_endpoint="http://127.0.0.1:9")
    runtime = Runtime(settings, cloud, MemoryState(), lambda: cloud.now, anyio.sleep)

    async def once() -> Outcome:
        return await composite.run(call, runtime)

    outcome = anyio.run(once)
    return Answer(dict(outcome.data), outcome.truncated, cloud.requests)


def running(pods: list[dict[str, Any]], ran_s: float, **more: Any) -> dict[str, Any]:
    """A job that has run for so many seconds."""
    pods[0]["hold"] = ran_s - 1
    return {"name": "runs", "kind": "running", "status": "Running", "pods": pods, "silent_s": 1, **more}


def pod(rank: int, lines: list[Any], times: list[Any] | None = None, exit_code: int = 0, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"rank": rank, "lines": lines, "exit": exit_code, "delay": 0, "hold": 0}
    return made | ({"times": times} if times is not None else {}) | more
