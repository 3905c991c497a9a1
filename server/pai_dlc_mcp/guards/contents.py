"""A job template's content: CreateJob's fields as an object here, as JSON text on the wire (R51)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import copy
from functools import cache
from typing import Any

from pydantic import create_model

from ..api.catalog import operation
from ..arguments import validate
from ..errors import InvalidArguments
from ..runtime import Call, Runtime
from ..shapes import Input, Shape, api_name
from .rule import refuse


def opened(content: Any) -> dict[str, Any]:
    """The content as an object, by API name, each field of the type that CreateJob takes.

    Raises:
        InvalidArguments: not an object, an unknown field, a wrong type (R51).
    """
    if isinstance(content, str):
        content = _parsed(content)
    if not isinstance(content, Mapping):
        raise refuse("R51", "content", "content is an object with CreateJob's fields, such as JobSpecs.")
    try:
        inputs = validate(_optional(operation("CreateJob").inputs), content, tool="dlc_create_job_template")
    except InvalidArguments as fault:
        raise refuse("R51", f"Content.{fault.field}", f"In the content, {fault.message}", *fault.next) from None
    return {
        api_name(name, info): _dumped(getattr(inputs, name))
        for name, info in type(inputs).model_fields.items()
        if name in inputs.model_fields_set
    }


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise refuse("R51", "content", "content is text that is not JSON; give it as an object.") from None


def _dumped(value: Any) -> Any:
    """Plain data without the fields that were not given: the service stores the text as it comes."""
    if isinstance(value, Shape):
        return value.model_dump(exclude_unset=True)
    return [_dumped(item) for item in value] if isinstance(value, list) else value


@cache
def _optional(inputs: type[Input]) -> type[Input]:
    """The same fields, none of them required: a template may leave any to the job."""
    fields: dict[str, Any] = {}
    for name, info in inputs.model_fields.items():
        free = copy(info)
        free.default = None
        fields[name] = (info.annotation, free)
    made: type[Input] = create_model("Content", __base__=Input, **fields)
    return made


def lenient(content: Any) -> dict[str, Any] | None:
    """A stored content, whoever wrote it: the object, or ``None`` where there is none to be read."""
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
    versions = template.get("Versions")
    first = versions[0] if isinstance(versions, list) and versions else None
    return lenient(first.get("Content")) if isinstance(first, Mapping) else None
