"""R26: a job from a template. The template was read, its locked fields are left alone, its required ones are given."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..errors import DiscoveryRequired, InvalidArguments, NextStep
from ..runtime import Call, Reply, Runtime
from .contents import content_of, template_of
from .ledger import Seen, one, remember
from .needs import opened
from .rule import given

STEP = re.compile(r"\[(\d+|\*)\]|[^.\[\]]+")


async def r26(call: Call, runtime: Runtime) -> None:
    """Judge a create by the constraints of the template that it names.

    Raises:
        DiscoveryRequired: this caller has not read the template in that version.
        InvalidArguments: a locked field is given, or a required one is not.
        CloudFailure: the template cannot be read.
    """
    template_id = call.args.get("TemplateId")
    if call.operation.action_name != "CreateJob" or not given(template_id):
        return
    template = await template_of(call, runtime)
    version = _version(call, template)
    entry = await one(runtime, call.caller, call.region, "template", str(template_id))
    if entry is None or version not in entry.about.get("Versions", ()):
        raise _unread(call, str(template_id), version, known=entry is not None)
    judge(constraints_of(template), call.args, content_of(template) or {})


def _version(call: Call, template: Mapping[str, Any]) -> int | None:
    """The version that the service will use."""
    wanted = call.args.get("TemplateVersion")
    return _number(template.get("DefaultVersion") if wanted is None else wanted)


def _unread(call: Call, template_id: str, version: int | None, *, known: bool) -> DiscoveryRequired:
    which = f"version {version} of the job template" if known else "the job template"
    arguments: dict[str, Any] = {"region": call.region, "template_id": template_id[:160]}
    if known and version is not None:
        arguments["version"] = str(version)
    return DiscoveryRequired(
        f"Read {which} {template_id[:80]!r} first: it may lock or require fields.",
        rule="R26",
        field="template_id",
        next=[NextStep("dlc_get_job_template", arguments, "Shows the content and the constraints.")],
    )


def judge(constraints: Mapping[str, Any], args: Mapping[str, Any], content: Mapping[str, Any]) -> None:
    """Refuse locked fields that are given and required ones that nobody gives; the content counts as given."""
    for path, constraint in constraints.items():
        if constraint == "locked" and given_at(args, path):
            raise _refusal(path, f"The template locks {path[:120]}; leave it out.")
        if constraint == "required" and not given_at(args, path) and not given_at(content, path):
            raise _refusal(path, f"The template requires {path[:120]}; give it.")


def _refusal(path: str, message: str) -> InvalidArguments:
    return InvalidArguments(message, rule="R26", field=path.removeprefix("$.")[:120])


def given_at(args: Any, path: str) -> bool:
    """Whether anything stands at a path such as ``JobSpecs[0].Image``, ``$.JobSpecs[*].Image`` or ``UserCommand``."""
    found = [args]
    for match in STEP.finditer(path.removeprefix("$").lstrip(".")):
        found = [inner for value in found for inner in _inside(opened(value), match.group(1), match.group(0))]
    return any(given(value) for value in found)


def _inside(value: Any, index: str | None, name: str) -> list[Any]:
    if index is None:
        return [value[name]] if isinstance(value, Mapping) and name in value else []
    if not isinstance(value, list):
        return []
    return value if index == "*" else value[int(index) : int(index) + 1]


def constraints_of(template: Mapping[str, Any]) -> Mapping[str, Any]:
    """The constraints of a template that was read in one version."""
    versions = template.get("Versions")
    first = versions[0] if isinstance(versions, list) and versions else None
    found = first.get("Constraints") if isinstance(first, Mapping) else None
    return found if isinstance(found, Mapping) else {}


async def learn_template(call: Call, reply: Reply, runtime: Runtime) -> None:
    """Remember that this caller read these versions. The content stays out of the ledger: it may hold secrets."""
    template_id = str(reply.data.get("TemplateId") or call.args.get("TemplateId") or "")
    if not template_id:
        return
    earlier = await one(runtime, call.caller, call.region, "template", template_id)
    versions = set(earlier.about.get("Versions", ())) if earlier else set()
    shown = reply.data.get("Versions")
    for version in shown if isinstance(shown, list) else []:
        number = _number(version.get("Version")) if isinstance(version, Mapping) else None
        versions |= {number} if number is not None else set()
    about = {"TemplateName": str(reply.data.get("TemplateName") or "")[:256], "Versions": sorted(versions)}
    entry = Seen(template_id, about, runtime.now(), call.tool.name)
    await remember(runtime, call.caller, call.region, "template", [entry])


def _number(value: Any) -> int | None:
    text = str(value)
    return int(text) if re.fullmatch(r"\d{1,9}", text) else None
