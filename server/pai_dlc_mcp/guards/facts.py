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


async def template_of(call: Call, runtime: Runtime) -> dict[str, Any]:
    """The template that a create names, in the version it names (the answer of GetJobTemplate), read once a call.

    Raises:
        CloudFailure: there is no such template or version, or it may not be read.
    """
    if "template" not in call.facts:
        args: dict[str, Any] = {"TemplateId": call.args["TemplateId"]}
        if call.args.get("TemplateVersion") is not None:
            args["Version"] = str(call.args["TemplateVersion"])
        reply = await runtime.cloud.send(operation("GetJobTemplate"), args, call.region)
        call.facts["template"] = reply.data
    template: dict[str, Any] = call.facts["template"]
    return template
