"""What can be watched, and how each is read: with the same tools as an agent calls, as the caller who looks."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import anyio

from ..app import Application
from ..protocol.call_tool import Peer, call_tool
from ..runtime import Caller
from .acts import Acts
from .curves import Reading, Runs
from .gate import Denied
from .live import Data, Source

MAX_WATCHES = 8
MAX_CHARS = 2_000_000
"""Longest result for the page: a program reads it, not a model."""
JOBS_S, JOB_S, QUOTAS_S, APPROVALS_S = 10.0, 5.0, 20.0, 2.0
"""How often each is read while somebody looks."""
ENDED_S = 60.0
"""How often a job is read that is over."""
METRICS_S = 60.0
"""How often the samples of a job are read: the service takes one in minutes."""
ENDED = frozenset({"Succeeded", "Failed", "Stopped"})
LOG_LINES = 200
_JOB = re.compile(r"job:([A-Za-z0-9_-]{1,64})")
_CURVES = re.compile(r"curves:([A-Za-z0-9_-]{1,64}):([A-Za-z0-9_.-]{1,128})")
_PLACE = re.compile(r"[A-Za-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True)
class Looking:
    """Who looks, with which application, at which region and workspace (or at all)."""

    app: Application
    caller: Caller
    place: Mapping[str, str]

    async def read(self, name: str, **given: Any) -> dict[str, Any] | None:
        """The answer of a tool of reads; ``None`` where the caller has no such tool."""
        tool = self.app.tools.get(name)
        if tool is None:
            return None
        fields = tool.inputs.model_fields
        place = {key: value for key, value in self.place.items() if key == "region" or key in fields}
        answer = await call_tool(self.app, tool, {**place, **given}, Peer(self.caller, max_chars=MAX_CHARS))
        return answer.structured

    async def now(self) -> float:
        """The server's time, in seconds since the epoch."""
        return (await self.app.runtime()).now()


def watches_of(names: list[str], looking: Looking, acts: Acts, runs: Runs) -> dict[str, tuple[Hashable, Source]]:
    """The watches of these names: a key each, which callers of one application share, and how it is read.

    Raises:
        Denied: too many, or one that is none.
    """
    if not 1 <= len(names) <= MAX_WATCHES:
        raise Denied(400, "invalid_arguments", f"A stream takes one to {MAX_WATCHES} watches.")
    return {name: _watch(name, looking, acts, runs) for name in dict.fromkeys(names)}


def place_of(query: Mapping[str, str]) -> dict[str, str]:
    """The region and the workspace that a stream is for.

    Raises:
        Denied: one is no name.
    """
    found = {name: query[name] for name in ("region", "workspace_id") if query.get(name)}
    if not all(_PLACE.fullmatch(value) for value in found.values()):
        raise Denied(400, "invalid_arguments", "region and workspace_id take a name.")
    return found


def _watch(name: str, looking: Looking, acts: Acts, runs: Runs) -> tuple[Hashable, Source]:
    place = tuple(sorted(looking.place.items()))
    shared = (id(looking.app), name, place)
    if name == "jobs":
        return shared, lambda: _jobs(looking)
    if name == "quotas":
        return shared, lambda: _quotas(looking)
    if name == "approvals":
        return (*shared, looking.caller.name), lambda: _approvals(looking, acts)
    if match := _JOB.fullmatch(name):
        return shared, _Job(looking, match[1]).read
    if match := _CURVES.fullmatch(name):
        run = runs.of(shared, match[1], match[2])
        return shared, lambda: run.read(looking)
    raise Denied(400, "invalid_arguments", "What can be watched is jobs, job:ID, curves:ID:POD, quotas and approvals.")


async def _jobs(looking: Reading) -> tuple[Data, float]:
    return _offered(await looking.read("dlc_list_jobs", view="full", page_size=100, show_own=False)), JOBS_S


async def _quotas(looking: Reading) -> tuple[Data, float]:
    return _offered(await looking.read("dlc_quota_status")), QUOTAS_S


async def _approvals(looking: Looking, acts: Acts) -> tuple[Data, float]:
    return await acts.listing(looking.app, looking.caller), APPROVALS_S


def _offered(answer: Data | None) -> Data:
    return answer or {"error": {"code": "not_allowed", "message": "This caller may not read it."}}


@dataclass(slots=True)
class _Job:
    """One job that is watched: its record and the end of its log each time, its samples now and then."""

    looking: Reading
    job_id: str
    metrics: Data | None = None
    metrics_at: float = -METRICS_S

    async def read(self) -> tuple[Data, float]:
        """The job's record, the last lines of its first pod and its GPU use, each as the tool's answer or ``None``."""
        job = _offered(await self.looking.read("dlc_get_job", job_id=self.job_id, view="full"))
        data = job.get("data") or {}
        pods = [pod for pod in data.get("Pods") or () if isinstance(pod, Mapping) and pod.get("PodId")]
        log = None
        if pods:
            pod = str(pods[0]["PodId"])
            log = await self.looking.read("dlc_get_pod_logs", job_id=self.job_id, pod_id=pod, max_lines=LOG_LINES)
        if job.get("ok") and anyio.current_time() - self.metrics_at >= METRICS_S:
            self.metrics_at = anyio.current_time()
            self.metrics = await self.looking.read(
                "dlc_get_job_metrics", job_id=self.job_id, metric_type="GpuCoreUsage", view="full"
            )
        failed = {} if job.get("ok") else {"error": job.get("error")}
        pause_s = ENDED_S if data.get("Status") in ENDED else JOB_S
        return {"job": job, "log": log, "metrics": self.metrics, **failed}, pause_s
