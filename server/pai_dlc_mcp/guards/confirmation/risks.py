"""The risks of one call (R30): its operation's effect, and what its arguments make of it.

An operation has one declared effect, but an update can show a thing to others or set an end to it, and a create can do
both at once. What ``--confirm`` asks for is asked of all of these, whichever operation does it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ...config.settings import ALWAYS_CONFIRMED
from ...operation import CREATE, EXPOSE, READ, STOP, Operation, Tool
from ...runtime import Composite

ADMITTING = frozenset({"AddMemberRole", "CreateMember", "UpdateWorkspaceRole", "SetUserConfigs", "ChangeResourceGroup"})
"""Operations that decide who may reach something."""

_TELLING = "Accessibility SharingConfig AccessibleRoleIdList MountAccessReadWriteRoleIdList"
TELLING = frozenset(_TELLING.split())
"""Arguments that decide who sees a thing."""

STARTING = frozenset({"StartTensorboard", "StartRayHistoryServer"})
"""What costs from then on, as if it were made."""

ASKING = frozenset({"USR1", "USR2", "CONT"})
"""Signals by which a program is asked for something, such as a checkpoint. Others end it, or may."""

SOON = 60
"""A time limit of fewer minutes is as good as a stop."""


def _signal_ends(args: Mapping[str, Any]) -> bool:
    return str(args.get("Signal")).upper().removeprefix("SIG") not in ASKING


def _limit_ends(args: Mapping[str, Any]) -> bool:
    limit = args.get("MaxRunningTimeMinutes")
    return limit is not None and int(limit) < SOON


ENDING: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "CreateSignal": _signal_ends,
    "UpdateTensorboard": _limit_ends,
}
"""Operations that end what runs, by another name than a stop, and the arguments with which they do."""


def risks_of(operation: Operation, args: Mapping[str, Any]) -> frozenset[str]:
    """What a call may do, by the names of ``--confirm`` (and ``read`` or ``write``, which need no confirmation)."""
    given = [name for name, value in args.items() if value not in (None, "PRIVATE", [], {})]
    ends = ENDING.get(operation.action_name)
    return _risks(operation, given, ends=ends is not None and ends(args))


def possible(tool: Tool) -> frozenset[str]:
    """What some call of this tool may do; a composite does what the operations do that it uses."""
    if isinstance(tool, Operation):
        return _risks(tool, [api for api, _, _ in tool.fields.values()], ends=tool.action_name in ENDING)
    used = [_operation(name) for name in tool.uses] if isinstance(tool, Composite) else []
    return frozenset({tool.effect.value}).union(*(possible(one) for one in used if one.effect is not READ))


def may_be_confirmed(tool: Tool) -> bool:
    """Whether R30 asks for a confirmation of some call of this tool, whatever the operator sets."""
    return not possible(tool).isdisjoint(ALWAYS_CONFIRMED)


def risk_of(tool: Tool) -> str:
    """The tool's risk in a word or two, as catalogues and documents show it."""
    if tool.guarded:
        return f"{tool.effect.value}, confirmed"
    return tool.effect.value + (", sometimes confirmed" if may_be_confirmed(tool) else "")


def _risks(operation: Operation, given: Iterable[str], *, ends: bool) -> frozenset[str]:
    name, names, found = operation.action_name, frozenset(given), {operation.effect}
    if operation.effect is not READ and (name in ADMITTING or names & TELLING):
        found.add(EXPOSE)
    if name in STARTING:
        found.add(CREATE)
    if ends:
        found.add(STOP)
    return frozenset(effect.value for effect in found)


def _operation(name: str) -> Operation:
    from ...api.catalog import operation

    return operation(name)
