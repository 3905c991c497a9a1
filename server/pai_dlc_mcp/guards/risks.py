"""The risks of one call (R30): its operation's effect, and what its arguments make of it.

An operation has one declared effect, but an update can show a thing to others or set an end to it, and a create can do
both at once. What ``--confirm`` asks for is asked of all of these, whichever operation does it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..operation import CREATE, EXPOSE, READ, STOP, Operation, Tool
from ..runtime import Call, Composite

ADMITTING = frozenset({"AddMemberRole", "CreateMember", "UpdateWorkspaceRole", "SetUserConfigs", "ChangeResourceGroup"})
"""Operations that decide who may reach something."""

_TELLING = "Accessibility SharingConfig AccessibleRoleIdList MountAccessReadWriteRoleIdList"
TELLING = frozenset(_TELLING.split())
"""Arguments that decide who sees a thing."""

STARTING = frozenset({"StartTensorboard", "StartRayHistoryServer"})
"""What costs from then on, as if it were made."""

ENDING: Mapping[str, str] = {"UpdateTensorboard": "MaxRunningTimeMinutes"}
"""Updates that set an end to what runs, and the argument that does."""


def risks_of(call: Call) -> frozenset[str]:
    """What this call may do, by the names of ``--confirm`` (and ``read`` or ``write``, which need no confirmation)."""
    given = [name for name, value in call.args.items() if value not in (None, "PRIVATE", [], {})]
    return _risks(call.operation, given)


def possible(tool: Tool) -> frozenset[str]:
    """What some call of this tool may do; a composite does what the operations do that it uses."""
    if isinstance(tool, Operation):
        return _risks(tool, [api for api, _, _ in tool.fields.values()])
    used = [_operation(name) for name in tool.uses] if isinstance(tool, Composite) else []
    return frozenset({tool.effect.value}).union(*(possible(one) for one in used if one.effect is not READ))


def _risks(operation: Operation, given: Iterable[str]) -> frozenset[str]:
    name, names, found = operation.action_name, frozenset(given), {operation.effect}
    if operation.effect is not READ and (name in ADMITTING or names & TELLING):
        found.add(EXPOSE)
    if name in STARTING:
        found.add(CREATE)
    if ENDING.get(name) in names:
        found.add(STOP)
    return frozenset(effect.value for effect in found)


def _operation(name: str) -> Operation:
    from ..api.catalog import operation

    return operation(name)
