"""Job templates: versions of create arguments, their constraints, and a create from one (R26, R34, R50-R53)."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..contract import parse_json
from ..listing import MOST_A_PAGE, page, sort_rows, whole_number
from ..wire import Received, ServiceError
from ..world import World
from .requests import bad_request, dlc_handler, format_minute, not_found


@dataclass(slots=True)
class Version:
    """``content`` is the JSON text exactly as it was sent (R51)."""

    number: int
    content: str
    constraints: dict[str, Any]
    created_by: str
    created: float


@dataclass(slots=True)
class Template:
    id: str
    name: str
    workspace_id: str
    user_id: str
    account_id: str
    created: float
    modified: float
    modified_by: str
    description: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    default: int = 1
    last_used: float | None = None
    versions: list[Version] = field(default_factory=list)

    def version(self, number: int) -> Version:
        found = next((one for one in self.versions if one.number == number), None)
        if found is None:
            raise not_found("JobTemplateVersion", str(number))
        return found


@dlc_handler("CreateJobTemplate")
def create_job_template(world: World, received: Received) -> dict[str, Any]:
    args, caller, now = received.args, received.caller, world.clock.now()
    if str(args["WorkspaceId"]) not in world.catalogue.workspaces:
        raise bad_request(f"WorkspaceId {args['WorkspaceId']} does not exist.", "InvalidParameter")
    template = Template(
        world.ids.next("tpl", 12), _name(args["TemplateName"]), args["WorkspaceId"], caller.user_id, caller.account_id,
        now, now, caller.user_id, args.get("Description") or "", args.get("Metadata") or {},
    )  # fmt: skip
    _add_version(world, template, args, caller.user_id)
    world.training.templates[template.id] = template
    return _summary(template) | {"Version": 1}


@dlc_handler("GetJobTemplate")
def get_job_template(world: World, received: Received) -> dict[str, Any]:
    """The default version, one by number, or ``all`` (R52)."""
    template, wanted = _find(world, received), str(received.args.get("Version") or "")
    if wanted == "all":
        chosen = template.versions
    else:
        chosen = [template.version(whole_number(received.args, "Version", template.default))]
    return template_item(template) | {
        "Versions": [_version(one) for one in chosen],
        "TotalCount": len(template.versions),
    }


@dlc_handler("ListJobTemplates")
def list_job_templates(world: World, received: Received) -> dict[str, Any]:
    """Only GmtCreateTime is known as a sort key (R53)."""
    args = received.args
    keys: dict[str, Callable[[Template], Any]] = {"GmtCreateTime": lambda one: (one.created, one.id)}
    found = sort_rows((one for one in world.training.templates.values() if _wanted(one, args)), args, keys, *_BY_AGE)
    return {
        "JobTemplates": [template_item(one) for one in page(found, args, 10, MOST_A_PAGE)],
        "TotalCount": len(found),
        "PageNumber": whole_number(args, "PageNumber", 1),
        "PageSize": whole_number(args, "PageSize", 10),
    }


@dlc_handler("UpdateJobTemplate")
def update_job_template(world: World, received: Received) -> dict[str, Any]:
    """New content makes a new version; constraints never go without content (R50, R52)."""
    template, args = _find(world, received), received.args
    if args.get("Constraints") is not None and not args.get("Content"):
        raise bad_request("Constraints must be specified with Content.", "InvalidParameter")
    if args.get("TemplateName"):
        template.name = _name(args["TemplateName"])
    if args.get("Content"):
        _add_version(world, template, args, received.caller.user_id)
        if args.get("SetAsDefault") is True:
            template.default = template.versions[-1].number
    template.description = args.get("Description", template.description)
    template.metadata = args.get("Metadata", template.metadata)
    _touch(world, template, received)
    latest = template.versions[-1].number
    return _changed(template) | {"Version": latest, "VersionCreated": bool(args.get("Content"))}


@dlc_handler("SetJobTemplateDefaultVersion")
def set_job_template_default_version(world: World, received: Received) -> dict[str, Any]:
    template = _find(world, received)
    template.default = template.version(received.args["Version"]).number
    _touch(world, template, received)
    return _changed(template)


@dlc_handler("DeleteJobTemplate")
def delete_job_template(world: World, received: Received) -> dict[str, Any]:
    """Refused while any job refers to it (R34)."""
    template = _find(world, received)
    users = [job.id for job in world.training.jobs.made() if job.args.get("TemplateId") == template.id]
    if users:
        raise ServiceError(400, "JobTemplateInUse", f"Template {template.id} is referenced by {len(users)} job(s).")
    del world.training.templates[template.id]
    return {"TemplateId": template.id}


def apply_template(world: World, args: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a create, its template's content filled in beneath them; the job type is the template's."""
    if not args.get("TemplateId"):
        return args
    template = world.training.templates.get(str(args["TemplateId"]))
    if template is None:
        raise not_found("JobTemplate", str(args["TemplateId"]))
    version = template.version(args.get("TemplateVersion") or template.default)
    content: dict[str, Any] = json.loads(version.content)
    merged = apply_constraints(content, args, version.constraints)
    template.last_used = world.clock.now()
    return (
        merged | {"TemplateVersion": version.number} | ({"JobType": content["JobType"]} if "JobType" in content else {})
    )


_BY_AGE = ("GmtCreateTime", "desc")


def _find(world: World, received: Received) -> Template:
    found: Template | None = world.training.templates.get(str(received.args["TemplateId"]))
    if found is None:
        raise not_found("JobTemplate", str(received.args["TemplateId"]))
    return found


def _add_version(world: World, template: Template, args: dict[str, Any], user_id: str) -> None:
    content, constraints = _content(args.get("Content")), args.get("Constraints") or {}
    check_constraints(content, constraints)
    number = template.versions[-1].number + 1 if template.versions else 1
    template.versions.append(Version(number, args["Content"], constraints, user_id, world.clock.now()))


def _content(text: Any) -> dict[str, Any]:
    try:
        content = parse_json(text)
    except (TypeError, ValueError):
        raise bad_request("Content is not JSON text.", "InvalidParameter") from None
    if not isinstance(content, dict):
        raise bad_request("Content is not a JSON object.", "InvalidParameter")
    return content


def _name(name: Any) -> str:
    if not str(name).strip() or len(str(name)) > 256:
        raise bad_request("TemplateName must have 1 to 256 characters.", "InvalidParameter")
    return str(name)


def _wanted(template: Template, args: dict[str, Any]) -> bool:
    equal = {"WorkspaceId": template.workspace_id, "TemplateId": template.id, "UserId": template.user_id}
    part = {"TemplateName": template.name, "Description": template.description}
    return all(args.get(name) in (None, "", value) for name, value in equal.items()) and all(
        str(args.get(name) or "").lower() in value.lower() for name, value in part.items()
    )


def _touch(world: World, template: Template, received: Received) -> None:
    template.modified, template.modified_by = world.clock.now(), received.caller.user_id


def _changed(template: Template) -> dict[str, Any]:
    return {"DefaultVersion": template.default, "GmtModifyTime": format_minute(template.modified)}


def template_item(template: Template) -> dict[str, Any]:
    """One line of ListJobTemplates, and the head of GetJobTemplate."""
    return _summary(template) | {"ModifiedBy": template.modified_by}


def _summary(template: Template) -> dict[str, Any]:
    used = {} if template.last_used is None else {"LastUsedTime": format_minute(template.last_used)}
    return used | _changed(template) | {
        "TemplateId": template.id,
        "TemplateName": template.name,
        "Description": template.description,
        "Metadata": template.metadata,
        "WorkspaceId": template.workspace_id,
        "UserId": template.user_id,
        "TenantId": template.account_id,
        "GmtCreateTime": format_minute(template.created),
    }  # fmt: skip


def _version(version: Version) -> dict[str, Any]:
    return {
        "Version": version.number,
        "Content": version.content,
        "Constraints": version.constraints,
        "CreatedBy": version.created_by,
        "GmtCreateTime": format_minute(version.created),
    }


VALUES = ("locked", "overridable", "required")
_STEP = re.compile(r"\.?(?:([A-Za-z_][\w-]*)|\[(\d+)\])")
_ABSENT = object()
_NOTHING: tuple[Any, ...] = (None, "", [], {})
"""What an SDK sends for a list that was not given counts as not given."""


def check_constraints(content: dict[str, Any], constraints: dict[str, Any]) -> None:
    for path, value in constraints.items():
        if value not in VALUES:
            raise bad_request(f"The constraint of {path} must be one of {', '.join(VALUES)}.", "InvalidParameter")
        if value == "locked" and read(content, path) is _ABSENT:
            raise bad_request(f"{path} is locked but not in Content.", "InvalidParameter")


def apply_constraints(content: dict[str, Any], args: dict[str, Any], constraints: dict[str, Any]) -> dict[str, Any]:
    """The template's content with the request on top; locked paths keep the template's value."""
    given_at_all = {name: value for name, value in args.items() if value not in _NOTHING}
    merged = content | copy.deepcopy(given_at_all)
    for path, value in constraints.items():
        if value == "required" and read(merged, path) in (_ABSENT, *_NOTHING):
            raise bad_request(f"The template requires {path}.", "MissingParameter")
        if value == "locked":
            _keep(content, merged, args, path)
    return merged


def read(nouns: Any, path: str) -> Any:
    """The value at a path, or a marker where there is none."""
    for key in steps(path):
        try:
            nouns = nouns[key]
        except (KeyError, IndexError, TypeError):
            return _ABSENT
    return nouns


def steps(path: str) -> list[str | int]:
    """``JobSpecs[0].Image`` as keys and numbers; a path begins with the field, not with ``$``."""
    found: list[str | int] = []
    at = 0
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            raise bad_request(f"{path} is not a path.", "InvalidParameter")
        found.append(step[1] if step[1] is not None else int(step[2]))
        at = step.end()
    return found


def _keep(content: dict[str, Any], merged: dict[str, Any], args: dict[str, Any], path: str) -> None:
    locked, given = read(content, path), read(args, path)
    if given is not _ABSENT and given != locked:
        raise bad_request(f"{path} is locked by the template.", "JobTemplateFieldLocked")
    *parents, last = steps(path)
    place: Any = merged
    for key in parents:
        try:
            place = place[key]
        except (KeyError, IndexError, TypeError):
            raise bad_request(f"The template needs {path}.", "InvalidParameter") from None
    place[last] = copy.deepcopy(locked)
