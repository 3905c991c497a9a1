"""What composites know of a job's states, and how they read one."""

from __future__ import annotations

from typing import Any

from ..api.catalog import operation
from ..runtime import Call, Reply, Runtime

ENDED = frozenset({"Succeeded", "Failed", "Stopped"})
"""The states that no job leaves. Anything else, known or new, is on its way (positive list on purpose)."""


async def read_job(call: Call, runtime: Runtime, job_id: str) -> dict[str, Any]:
    """The job now, and what it is kept under for masking its secrets (R67).

    Raises:
        NotFound: there is no such job.
    """
    return (await answer_on_job(call, runtime, job_id)).data


async def answer_on_job(call: Call, runtime: Runtime, job_id: str) -> Reply:
    """The same with the request's id."""
    reply = await runtime.cloud.send(operation("GetJob"), {"JobId": job_id}, call.region)
    call.known.job = reply.data
    return reply
