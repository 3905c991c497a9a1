"""What guards read of the cloud for one call, each thing once."""

from __future__ import annotations

from typing import Any

from ..api.catalog import operation
from ..runtime import Call, Runtime


async def job_of(call: Call, runtime: Runtime) -> dict[str, Any]:
    """The job that the call is about (the answer of GetJob), read once a call.

    Raises:
        NotFound: there is no such job.
    """
    if "job" not in call.facts:
        reply = await runtime.cloud.send(operation("GetJob"), {"JobId": call.args["JobId"]}, call.region)
        call.facts["job"] = reply.data
    job: dict[str, Any] = call.facts["job"]
    return job
