"""The explicit list of toolsets and presets, and which module holds which declarations.

A module is imported when a tool of it is wanted and not before: listing the default tools must stay quick.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib import import_module

from ..errors import InvalidArguments
from ..operation import AIWORKSPACE, DLC, STUDIO, Effect, Operation, Service, Tool
from .kinds import JOB

SERVICES: tuple[Service, ...] = (DLC, AIWORKSPACE)

MODULES: Mapping[str, tuple[str, ...]] = {
    "jobs": ("dlc.jobs",),
    "monitoring": ("dlc.monitoring",),
    "templates": ("dlc.templates",),
    "tensorboards": ("dlc.tensorboards",),
    "dashboards": ("dlc.dashboards",),
    "ray": ("dlc.ray",),
    "signals": ("dlc.signals",),
    "workspaces": ("aiworkspace.workspaces",),
    "images": ("aiworkspace.images",),
    "datasets": ("aiworkspace.datasets", "aiworkspace.dataset_versions"),
    "datasetjobs": ("aiworkspace.dataset_jobs",),
    "datasetfiles": ("aiworkspace.dataset_files",),
    "codesources": ("aiworkspace.code_sources",),
    "models": ("aiworkspace.models", "aiworkspace.model_versions"),
    "experiments": ("aiworkspace.experiments", "aiworkspace.runs"),
    "prompts": ("aiworkspace.prompts",),
    "connections": ("aiworkspace.connections",),
    "resources": ("aiworkspace.resources",),
    "admin": ("aiworkspace.members", "aiworkspace.roles", "aiworkspace.configs", "aiworkspace.products"),
}
"""Toolset to the modules that declare its operations, in the order in which they are listed."""


PRESETS: Mapping[str, tuple[str, ...]] = {
    "jobs": ("default", "lean", "discovery"),
    "monitoring": ("default", "lean"),
    "templates": ("default",),
    "tensorboards": ("default",),
    "dashboards": ("default",),
    "workspaces": ("default", "lean", "discovery"),
    "images": ("default", "lean", "discovery"),
    "datasets": ("default", "lean", "discovery"),
    "codesources": ("default", "lean", "discovery"),
    "resources": ("default", "lean", "discovery"),
}
"""Toolset to the presets that take some of its operations: the others are not loaded for them. Held against the
declarations by a test."""


def load(toolsets: Iterable[str] = MODULES) -> None:
    """Import the declarations of these toolsets."""
    for toolset in toolsets:
        for module in MODULES[toolset]:
            import_module(f"{__package__}.{module}")


def operations(toolsets: Iterable[str] = MODULES) -> list[Operation]:
    """The declared operations of these toolsets, in a fixed order."""
    wanted = list(toolsets)
    load(wanted)
    order = {toolset: place for place, toolset in enumerate(MODULES)}
    found = [op for service in SERVICES for op in service.operations.values() if op.toolset in wanted]
    return sorted(found, key=lambda op: order[op.toolset])


def reader_of_created(create: Operation) -> Operation | None:
    """The read that shows what a create made: its path is the create's with the new thing's id behind."""
    path = _without_names(create.path) + "/{}"
    return next(
        (op for op in operations([create.toolset]) if op.method == "GET" and _without_names(op.path) == path), None
    )


def _without_names(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


def operation(name: str) -> Operation:
    """One operation by its action name, whatever toolset is enabled; inner reads of PAI Studio too.

    Before a colon may stand the product's key (``pai:ListQuotas``), where two have an action of that name.

    Raises:
        InvalidArguments: neither product has it.
    """
    product, _, action = name.rpartition(":")
    if product == STUDIO.key:
        import_module(f"{__package__}.studio")
        return STUDIO.operations[action]
    for only_loaded in (True, False):
        if not only_loaded:
            load()
        for service in SERVICES:
            if name in service.operations:
                return service.operations[name]
    import_module(f"{__package__}.studio")
    if name in STUDIO.operations:
        return STUDIO.operations[name]
    raise InvalidArguments(f"Neither product has an operation {name[:60]!r}.")


PREVIEW_READERS = ("GetPodLogs", "ListEcsSpecs")
"""What the preview of an act on a job reads beside the job: its last checkpoint, its GPUs (R36)."""
OWN_READER, OWN_READER_ELSE = "ListJobs", "ListTensorboards"
"""The lists by which the account learns its own user id (R37): its jobs, else its TensorBoards."""
MEMBERS_READER = "ListMembers"
"""The list that tells the names of a workspace's accounts."""
NAME_COLUMNS = ("Username", "OwnerName")
"""Fields of a view that hold an owner's name: the service's, and ours where it has none."""


def guard_operations(tool: Tool) -> tuple[Operation, ...]:
    """The reads that this tool's guards make beside its own: a least policy leaves none of them out."""
    if not isinstance(tool, Operation):
        return ()
    readers = [tool.target.reader] if tool.target else []
    created = reader_of_created(tool) if tool.effect is Effect.CREATE else None
    readers += [created.action_name] if created else []
    shown = tool.view.shown if tool.view is not None else ()
    readers += [OWN_READER, OWN_READER_ELSE] if tool.may_be_foreign or "IsYours" in shown else []
    readers += [MEMBERS_READER] if tool.may_be_foreign or set(NAME_COLUMNS) & set(shown) else []
    readers += [tool.find.lister] if tool.find else []
    readers += PREVIEW_READERS if tool.target and tool.target.reader == JOB.reader and tool.may_be_confirmed else ()
    readers += tool.also_reads
    is_of_job = any(leaf.kind is JOB and leaf.path in tool.path_names for leaf in tool.leaves)
    readers += [str(JOB.reader)] if is_of_job and tool.effect is Effect.READ else []  # R67: masked by the job's values
    asked = [leaf.kind for leaf in tool.requirements if leaf.kind is not None]
    readers += [kind.confirmed_by for kind in asked if kind.confirmed_by]
    for kind in (one for one in asked if tool.overlay and one.listed_by is not None):
        readers += [name for name in (kind.reader, *(kind.listed_by or ())[:1]) if name]  # R55
    return tuple(operation(reader) for reader in dict.fromkeys(readers))
