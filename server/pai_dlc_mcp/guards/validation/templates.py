"""Job templates: their content and constraints, and a create that is laid over one (R26)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ...api.dlc.shapes import without_unset
from ...cloud.reads import template_of
from ...errors import DiscoveryRequired, InvalidArguments, NextStep
from ...runtime import Call, Reply, Runtime
from ...shapes import opened, walk
from ..discovery.ledger import Seen, find, remember
from .rule import is_given, refuse, says_something

ROOT = "$."
"""How JSONPath begins; the service's paths begin with the field (R54)."""
KEY = re.compile(r"[\w-]+|\*")


def content_of(template: Mapping[str, Any]) -> dict[str, Any] | None:
    """The content of a template that was read in one version, without what its record calls not set (R14)."""
    content = opened(_first_version(template).get("Content"))
    return None if content is None else without_unset(content)


def constraints_of(template: Mapping[str, Any]) -> Mapping[str, Any]:
    """The constraints of a template that was read in one version."""
    found = _first_version(template).get("Constraints")
    return found if isinstance(found, Mapping) else {}


def _first_version(template: Mapping[str, Any]) -> Mapping[str, Any]:
    versions = template.get("Versions")
    first = versions[0] if isinstance(versions, list) and versions else None
    return first if isinstance(first, Mapping) else {}


async def r26(call: Call, runtime: Runtime) -> None:
    """Judge a create by the constraints of the template that it names.

    Raises:
        DiscoveryRequired: this caller has not read the template in that version.
        InvalidArguments: a locked field is given, a required one is not, or another registry without a login (R38).
        CloudFailure: the template cannot be read.
    """
    template = await template_of(call, runtime)
    version, template_id = _version(call, template), str(call.args["TemplateId"])
    entry = await find(runtime, call.caller, call.region, "template", template_id)
    if entry is None or version not in entry.about["Versions"]:
        raise _unread(call, template_id, version, known=entry is not None)
    check_constraints(constraints_of(template), call.args, content_of(template) or {})
    r38(call.args, content_of(template) or {})


def _version(call: Call, template: Mapping[str, Any]) -> int | None:
    """The version that the service will use."""
    wanted = call.args.get("TemplateVersion")
    return _number(template.get("DefaultVersion") if wanted is None else wanted)


def _unread(call: Call, template_id: str, version: int | None, *, known: bool) -> DiscoveryRequired:
    which, arguments = "the job template", {"region": call.region, "template_id": template_id[:160]}
    if known and version is not None:
        which, arguments["version"] = f"version {version} of the job template", str(version)
    return DiscoveryRequired(
        f"Read {which} {template_id[:80]!r} first: it may lock or require fields.",
        rule="R26",
        field="template_id",
        next=[NextStep("dlc_get_job_template", arguments, "Shows the content and the constraints.")],
    )


REGISTRY_LOGIN = "JobSpecs[].ImageConfig"
"""Where a job keeps the login of its registry, and which of its fields are the secret."""
LOGIN_SECRETS = ("Auth", "Password")


def r38(args: Mapping[str, Any], stored: Mapping[str, Any]) -> None:
    """Refuse another registry without its own login where a job or a template keeps one: that would go there, should
    the service lay one over the other.

    Raises:
        InvalidArguments: with the field that leads elsewhere.
    """
    kept = [
        one for _, one in walk(stored, REGISTRY_LOGIN) if isinstance(one, Mapping) and any(map(is_given, one.values()))
    ]
    registries = {one.get("DockerRegistry") for one in kept}
    for field, given in walk(args, REGISTRY_LOGIN) if kept else ():
        other = given.get("DockerRegistry") if isinstance(given, Mapping) else None
        if (
            says_something(other)
            and other not in registries
            and not any(says_something(given.get(one)) for one in LOGIN_SECRETS)
        ):
            raise refuse(
                "R38",
                f"{field}.DockerRegistry",
                "A login is stored for another registry; this one must come with its own: give Auth, or Username and "
                "Password, anew, or leave DockerRegistry as it is.",
            )


def check_constraints(constraints: Mapping[str, Any], args: Mapping[str, Any], content: Mapping[str, Any]) -> None:
    """Refuse locked fields that are given, whatever their value, and required ones that neither the call nor the
    template's content gives (R54)."""
    for path, constraint in constraints.items():
        given = values_at(args, path)
        if constraint == "locked" and any(value is not None for value in given):
            raise _refusal(path, "locks", "leave it out")
        if constraint == "required" and not any(says_something(value) for value in [*given, *values_at(content, path)]):
            raise _refusal(path, "requires", "give it")


def rooted_constraints(constraints: Any) -> tuple[dict[str, Any], list[str]] | None:
    """Constraints whose paths carry no leading ``$.``, and the paths that did; ``None`` where none does (R54).

    Raises:
        InvalidArguments: the same field is constrained twice, with two values.
    """
    rooted = (
        [str(path) for path in constraints if str(path).startswith(ROOT)] if isinstance(constraints, Mapping) else []
    )
    if not rooted:
        return None
    found: dict[str, Any] = {}
    for path, value in constraints.items():
        plain = str(path).removeprefix(ROOT)
        if found.setdefault(plain, value) != value:
            field = f"Constraints.{plain[:80]}"
            raise refuse("R54", field, f"{plain[:80]} is constrained twice, with and without {ROOT}; keep one of them.")
    return found, rooted


def _refusal(path: str, does: str, mend: str) -> InvalidArguments:
    field = path.removeprefix("$.")[:120]
    return refuse("R26", field, f"The template {does} {field}; {mend}.")


def keys_of(path: str) -> list[str]:
    """``$.JobSpecs[0].Image``, ``JobSpecs[*].Image`` or ``$['UserCommand']`` as keys. From a filter on, nothing counts:
    what stands before it is then judged as a whole, which refuses rather more than less."""
    return KEY.findall(re.split(r"[?(@]", path)[0])


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
        return [inner for name, inner in value.items() if key == "*" or normalized(str(name)) == normalized(key)]
    if not isinstance(value, list):
        return []
    if key.isdecimal():
        return value[int(key) : int(key) + 1]
    return value if key == "*" else [inner for item in value for inner in _inside(item, key)]


def normalized(name: str) -> str:
    """A name without case and underscores: constraints are written by people."""
    return name.replace("_", "").casefold()


def with_locked(job: Any, content: Any, keys: Sequence[str]) -> Any:
    """A job with what its template locks at a path, where the job left it out."""
    if not keys:
        return job if is_given(job) else content
    key, rest = keys[0], keys[1:]
    if isinstance(content, Mapping) and (job is None or isinstance(job, Mapping)):
        own = job or {}
        names = [name for name in content if key == "*" or normalized(str(name)) == normalized(key)]
        return {**own, **{name: with_locked(own.get(name), content[name], rest) for name in names}}
    if not isinstance(job, list) or not isinstance(content, list):
        return job
    every = range(len(content))
    steps, rest = (every[int(key) :][:1], rest) if key.isdecimal() else (every, rest if key == "*" else keys)
    return [with_locked(item, content[at], rest) if at in steps else item for at, item in enumerate(job)]


def merged(args: Mapping[str, Any], template: Mapping[str, Any]) -> dict[str, Any]:
    """The job that a create from this template makes: the call over the content, under what the template locks."""
    content = content_of(template) or {}
    job: dict[str, Any] = {**content, **args}
    for path, constraint in constraints_of(template).items():
        job = with_locked(job, content, keys_of(path)) if constraint == "locked" else job
    return job


async def whole_job(call: Call, runtime: Runtime) -> Mapping[str, Any]:
    """The job that a create makes, be it from a template or not.

    Raises:
        CloudFailure: the template cannot be read.
    """
    if not is_given(call.args.get("TemplateId")):
        return call.args
    return merged(call.args, await template_of(call, runtime))


async def learn_template(call: Call, reply: Reply, runtime: Runtime) -> None:
    """Remember that this caller read these versions. The content stays out of the ledger: it may hold secrets."""
    template_id = str(call.args.get("TemplateId") or reply.data["TemplateId"])
    earlier = await find(runtime, call.caller, call.region, "template", template_id)
    versions = _numbers(reply.data.get("Versions")) | set(earlier.about["Versions"] if earlier else ())
    entry = Seen(template_id, {"Versions": sorted(versions)}, runtime.now(), call.tool.name)
    await remember(runtime, call.caller, call.region, "template", [entry])


def _numbers(shown: Any) -> set[int]:
    rows = shown if isinstance(shown, list) else []
    found = [_number(row.get("Version")) for row in rows if isinstance(row, Mapping)]
    return {number for number in found if number is not None}


def _number(value: Any) -> int | None:
    text = str(value)
    return int(text) if re.fullmatch(r"\d{1,9}", text) else None
