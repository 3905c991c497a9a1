"""R26: a job from a template. The template was read, its locked fields are left alone, its required ones are given."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import DiscoveryRequired, InvalidArguments, NextStep
from ..runtime import Call, Reply, Runtime
from .contents import constraints_of, content_of, opened
from .facts import template_of
from .ledger import Seen, one, remember
from .rule import given, told

KEY = re.compile(r"[\w-]+|\*")


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
    judge(constraints_of(template), call.args)


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


def judge(constraints: Mapping[str, Any], args: Mapping[str, Any]) -> None:
    """Refuse locked fields that are given, whatever their value, and required ones that the call does not give."""
    for path, constraint in constraints.items():
        if constraint == "locked" and any(value is not None for value in values_at(args, path)):
            raise _refusal(path, f"The template locks {path[:120]}; leave it out.")
        if constraint == "required" and not any(told(value) for value in values_at(args, path)):
            raise _refusal(path, f"The template requires {path[:120]}; give it.")


def _refusal(path: str, message: str) -> InvalidArguments:
    return InvalidArguments(message, rule="R26", field=path.removeprefix("$.")[:120])


def keys_of(path: str) -> list[str]:
    """``$.JobSpecs[0].Image``, ``JobSpecs[*].Image`` or ``$['UserCommand']`` as keys. From a filter on, nothing counts:
    what stands before it is then judged as a whole, which refuses rather more than less."""
    return KEY.findall(re.split(r"[?(@]", path, maxsplit=1)[0])


def values_at(args: Any, path: str) -> list[Any]:
    """What stands at the path of a constraint; the whole of the arguments has none."""
    keys = keys_of(path)
    found = [args] if keys else []
    for key in keys:
        found = [inner for value in found for inner in _inside(opened(value) or value, key)]
    return found


def _inside(value: Any, key: str) -> list[Any]:
    """One step down; a name asked of a list is asked of each of its items."""
    if isinstance(value, Mapping):
        return [inner for name, inner in value.items() if key == "*" or plain(str(name)) == plain(key)]
    if not isinstance(value, list):
        return []
    if key.isdecimal():
        return value[int(key) : int(key) + 1]
    return value if key == "*" else [inner for item in value for inner in _inside(item, key)]


def plain(name: str) -> str:
    """A name without case and underscores: constraints are written by people."""
    return name.replace("_", "").lower()


def kept(job: Any, content: Any, keys: Sequence[str]) -> Any:
    """A job with what its template locks at a path, where the job left it out."""
    if not keys:
        return job if given(job) else content
    key, rest = keys[0], keys[1:]
    if isinstance(job, Mapping) and isinstance(content, Mapping):
        names = [name for name in content if key == "*" or plain(str(name)) == plain(key)]
        return {**job, **{name: kept(job.get(name), content[name], rest) for name in names}}
    if not isinstance(job, list) or not isinstance(content, list):
        return job
    steps, rest = ({int(key)}, rest) if key.isdecimal() else (set(range(len(content))), rest if key == "*" else keys)
    pairs = zip(job, content, strict=False)
    return [kept(a, b, rest) if at in steps else a for at, (a, b) in enumerate(pairs)] + job[len(content) :]


def merged(args: Mapping[str, Any], template: Mapping[str, Any]) -> dict[str, Any]:
    """The job that a create from this template makes: the call over the content, under what the template locks."""
    content = content_of(template) or {}
    job: dict[str, Any] = {**content, **args}
    for path, constraint in constraints_of(template).items():
        job = kept(job, content, keys_of(path)) if constraint == "locked" else job
    return job


async def whole_job(call: Call, runtime: Runtime) -> Mapping[str, Any]:
    """The job that a create makes, be it from a template or not.

    Raises:
        CloudFailure: the template cannot be read.
    """
    if not given(call.args.get("TemplateId")):
        return call.args
    return merged(call.args, await template_of(call, runtime))


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
