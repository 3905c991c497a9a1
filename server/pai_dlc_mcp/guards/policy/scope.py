"""Whose workspaces and jobs a call may touch: the operator's allow lists of workspaces and owners."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...api.catalog import operation
from ...api.kinds import IMAGE, NAMED_KINDS, WORKSPACE
from ...cloud.people import owner_of
from ...cloud.reads import TooMany, all_rows, read
from ...errors import PolicyDenied
from ...operation import CREATE, READ, Tool
from ...runtime import Call, Runtime
from ...shapes import Kind, values_under, walk
from ..confirmation.ownership import named_jobs, rows_of_jobs

MOST_PAGES = 50
UNNAMED = "(not named)"
SPELLED = re.compile("workspaceids?$")
"""How the name of a field that holds ids of workspaces ends, whatever object it stands in (R29)."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a call is about: of which kind, its id, and the answer of the read that tells its workspace and owner."""

    kind: Kind
    id: str
    data: Mapping[str, Any]


async def check(call: Call, runtime: Runtime) -> None:
    """Refuse what lies outside the operator's workspaces, and changes to what belongs to none of the operator's owners.

    Raises:
        PolicyDenied: it does, or it cannot be determined.
        CloudFailure: what the call is about cannot be read.
    """
    if runtime.settings.workspaces:
        await _check_workspaces(call, runtime)
    if runtime.settings.owners and call.operation.may_be_foreign:
        await _check_owner(call, runtime)


async def _check_workspaces(call: Call, runtime: Runtime) -> None:
    """The workspaces that a call names, and the one that its subject is in, are all among the operator's."""
    allowed = runtime.settings.workspaces
    for workspace in [*_named_workspaces(call), *_spelled_workspaces(call)]:
        _check_allowed(workspace, allowed)
    if call.args.get("FromAllWorkspaces"):
        raise _denied("all workspaces")
    subject = await _subject_of(call, runtime)
    if subject is not None:
        await _check_within(call, runtime, subject)
    for shown in [source async for source in _sources_of(call, runtime)]:
        await _check_within(call, runtime, shown)
    if not _names_its_own(call) and not _is_placed(call, subject) and not call.operation.is_account_wide:
        raise PolicyDenied(
            f"Name a workspace of this server's list (workspaces): {', '.join(allowed)[:200]}.", field="workspace_id"
        )


def _named_workspaces(call: Call) -> Iterator[str]:
    """Every workspace in the arguments, at any depth; a text may hold several, separated by commas. An item of a list
    that names none could mean any, as where a dataset is shared with a whole account."""
    for leaf in call.operation.leaves:
        if leaf.kind is WORKSPACE:
            is_of_items = leaf.path.rpartition(".")[0].endswith("[]")
            for _, value in walk(call.args, leaf.path):
                named = [part.strip() for part in str(value or "").split(",") if part.strip()]
                yield from named or ([UNNAMED] if is_of_items else [])


def _names_its_own(call: Call) -> bool:
    """Whether the call says in which workspace it is carried out. One inside a body is not where that body goes: a
    template whose content names a workspace stands in another."""
    own = (leaf for leaf in call.operation.leaves if leaf.kind is WORKSPACE and "." not in leaf.path)
    return any(str(value or "").strip(" ,") for leaf in own for _, value in walk(call.args, leaf.path))


def opaque_fields(tool: Tool) -> frozenset[str]:
    """The paths, without the places in lists, of values that reach programs as they are, such as variables."""
    return frozenset(leaf.path.replace("[]", "") for leaf in tool.leaves if leaf.wire.secret)


def values_spelled(call: Call, names: re.Pattern[str]) -> list[Any]:
    """Every text and number that stands under one of these names, but in what reaches programs as it is."""
    found = values_under(call.args, names, opaque_fields(call.tool))
    numbers = [int(one) if isinstance(one, float) and one.is_integer() else one for one in found]
    return [one for one in numbers if isinstance(one, str | int | float) and not isinstance(one, bool) and one]


def _spelled_workspaces(call: Call) -> Iterator[str]:
    """What stands under the name of a workspace's id in a free text or an object that no declaration describes."""
    for value in values_spelled(call, SPELLED):
        yield from (part.strip() for part in str(value).split(",") if part.strip())


async def _subject_of(call: Call, runtime: Runtime) -> Subject | None:
    """What the call is about, read once; ``None`` where it names nothing that has a workspace."""
    for kind, identity in _named_subjects(call):
        if kind.reader is not None and identity:
            return Subject(kind, str(identity), await _read(call, runtime, kind, str(identity)))
    return None


def _named_subjects(call: Call) -> Iterator[tuple[Kind, Any]]:
    """What stands in the path, or where nothing does what the declaration calls the call's subject."""
    about = [leaf for leaf in call.operation.leaves if leaf.wire.about]
    for leaf in about or [leaf for leaf in call.operation.leaves if leaf.path in call.operation.path_names]:
        kind = NAMED_KINDS.get(str(call.args.get(leaf.wire.kind_by))) if leaf.wire.kind_by else leaf.kind
        if kind is not None and kind is not WORKSPACE:
            yield kind, call.args.get(leaf.path)


async def _sources_of(call: Call, runtime: Runtime) -> Any:
    """What a new TensorBoard shows besides: things whose kind a field beside the id names."""
    for leaf in call.operation.leaves:
        if leaf.wire.kind_by is None or leaf.wire.about:
            continue
        holder = leaf.path.rpartition(".")[0]
        for item in [one for _, one in walk(call.args, holder)] if holder else [call.args]:
            identity = item.get(leaf.path.rpartition(".")[2]) if isinstance(item, Mapping) else None
            if not identity:
                continue
            kind = NAMED_KINDS.get(str(item.get(leaf.wire.kind_by)))
            data = await _read(call, runtime, kind, str(identity)) if kind is not None else {}
            yield Subject(kind or WORKSPACE, str(identity), data)


async def _read(call: Call, runtime: Runtime, kind: Kind, identity: str) -> Mapping[str, Any]:
    """The answer of the kind's read, with the workspace that the call names where that read wants one."""
    reader = operation(str(kind.reader))
    args = {reader.path_names[0]: identity}
    if "workspace_id" in reader.fields and call.args.get("WorkspaceId"):
        args["WorkspaceId"] = call.args["WorkspaceId"]
    data = await read(call, runtime, reader.action_name, args)
    if kind.name == "job" and identity == call.args.get("JobId"):
        call.known.job = data
    return data


def _is_placed(call: Call, subject: Subject | None) -> bool:
    """Whether the subject says where. What a call creates goes where the call says, or by default."""
    return subject is not None and not (call.tool.effect is CREATE and "workspace_id" in call.operation.fields)


async def _check_within(call: Call, runtime: Runtime, subject: Subject) -> None:
    """The subject is in an allowed workspace by the service's word: the one that the call names proves nothing."""
    found = subject.data.get("WorkspaceId")
    is_official_image = call.tool.effect is READ and subject.kind is IMAGE
    if found:
        _check_allowed(str(found), runtime.settings.workspaces)
    elif not is_official_image and not await _is_listed(call, runtime, subject):
        raise PolicyDenied("The target does not tell its workspace, so it cannot be allowed (workspaces).")


async def _is_listed(call: Call, runtime: Runtime, subject: Subject) -> bool:
    """Whether the list of the workspace that the call names, an allowed one, shows the subject as its own."""
    workspace = call.args.get("WorkspaceId")
    if subject.kind.lister is None or subject.kind.reader is None or not workspace:
        return False
    lister, rows = subject.kind.lister
    id_name, where = operation(subject.kind.reader).path_names[0], {"WorkspaceId": workspace}
    try:
        listed = await all_rows(runtime, lister, where, rows, call.region, most_pages=MOST_PAGES)
    except TooMany:
        return False
    return any(row.get(id_name) == subject.id for row in listed)


def _check_allowed(workspace: str, allowed: tuple[str, ...]) -> None:
    if workspace not in allowed:
        raise _denied(f"workspace {workspace[:40]}")


def _denied(what: str) -> PolicyDenied:
    return PolicyDenied(f"This server may not touch {what} (workspaces).", field="workspace_id")


async def _check_owner(call: Call, runtime: Runtime) -> None:
    """Whatever a call writes to belongs to somebody on the operator's list, by the service's word (R37)."""
    jobs, subject = named_jobs(call), None
    if jobs:
        owners = [owner_of(row) for row in (await rows_of_jobs(call, runtime, jobs)).values()]
    elif call.operation.touches_any_job:
        owners = []
    else:
        subject = await _subject_of(call, runtime)
        data = subject.data if subject is not None else await _workspace_of(call, runtime)
        owners = [owner_of(data)] if data is not None else []
    is_unknown = len(owners) < max(len(jobs), 1)
    if is_unknown or None in owners:
        raise PolicyDenied("Whose this is cannot be determined, so it is not changed (owners).")
    if any(owner not in runtime.settings.owners for owner in owners):
        raise PolicyDenied("The target belongs to a user whose jobs and resources this server may not change (owners).")


async def _workspace_of(call: Call, runtime: Runtime) -> Mapping[str, Any] | None:
    """What is read of the workspace that the path names, where nothing more specific stands there."""
    for leaf in call.operation.leaves:
        if leaf.kind is WORKSPACE and leaf.path in call.operation.path_names:
            return await _read(call, runtime, WORKSPACE, str(call.args[leaf.path]))
    return None
