"""The risks of one call (R30), as its operation and the fields that it gives declare them.

An operation has one declared effect, but an update can show something to others or set an end to it, and a create can
do both at once. What ``--confirm`` asks for is asked of all of these, whichever operation does it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...config.settings import ALWAYS_CONFIRMED
from ...operation import READ, Operation, Tool
from ...runtime import Composite
from ...shapes import walk


def risks_of(operation: Operation, args: Mapping[str, Any]) -> frozenset[str]:
    """What a call may do, by the names of ``--confirm`` (and ``read`` or ``write``, which need no confirmation)."""
    found = {operation.effect, *operation.risks}
    for leaf in operation.leaves:
        risk = leaf.wire.risk
        if risk is None or operation.effect is READ:
            continue
        if any(value not in (None, [], {}) and risk.applies(value) for _, value in walk(args, leaf.path)):
            found.add(risk.effect)
    return frozenset(effect.value for effect in found)


def possible_risks(tool: Tool) -> frozenset[str]:
    """What some call of this tool may do; a composite does what the operations do that it uses."""
    if isinstance(tool, Operation):
        by_field = {leaf.wire.risk.effect for leaf in tool.leaves if leaf.wire.risk and tool.effect is not READ}
        return frozenset(effect.value for effect in {tool.effect, *tool.risks, *by_field})
    used = tool.uses if isinstance(tool, Composite) else ()
    return frozenset({tool.effect.value}).union(*(possible_risks(one) for one in used if one.effect is not READ))


def may_be_confirmed(tool: Tool) -> bool:
    """Whether R30 asks for a confirmation of some call of this tool, whatever the operator sets."""
    return not possible_risks(tool).isdisjoint(ALWAYS_CONFIRMED)


def risk_of(tool: Tool) -> str:
    """The tool's risk in a word or two, as catalogues and documents show it."""
    if tool.guarded:
        return f"{tool.effect.value}, confirmed"
    return tool.effect.value + (", sometimes confirmed" if may_be_confirmed(tool) else "")
