"""A job template's content: an object for callers, JSON text on the wire and in the service's answers (R51)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..api.catalog import operation
from ..runtime import Call, Runtime


def opened(content: Any) -> dict[str, Any] | None:
    """A content as an object, whoever wrote it; ``None`` where it is none."""
    try:
        value = json.loads(content) if isinstance(content, str) else content
    except (ValueError, RecursionError):
        return None
    return dict(value) if isinstance(value, Mapping) else None


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


def content_of(template: Mapping[str, Any]) -> dict[str, Any] | None:
    """The content of a template that was read in one version."""
    return opened(_version(template).get("Content"))


def constraints_of(template: Mapping[str, Any]) -> Mapping[str, Any]:
    """The constraints of a template that was read in one version."""
    found = _version(template).get("Constraints")
    return found if isinstance(found, Mapping) else {}


def _version(template: Mapping[str, Any]) -> Mapping[str, Any]:
    versions = template.get("Versions")
    first = versions[0] if isinstance(versions, list) and versions else None
    return first if isinstance(first, Mapping) else {}
