"""``pai-dlc-mcp policy``: the least RAM policy for the enabled tools, as JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from typing import Any

from ..api.catalog import guard_operations
from ..config.sources import settings_from
from ..operation import Operation, Tool
from ..runtime import Composite
from ..toolsets import enabled
from .tools import add_tool_flags

ROLES = "acs:ram:*:*:role/*"
"""Where ``ram:PassRole`` applies until somebody names the roles."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_tool_flags(parser)
    parser.add_argument(
        "--compat",
        action="store_true",
        help="also grant the spellings of official sources that disagree with the RAM page",
    )


def run(flags: argparse.Namespace) -> int:
    settings = settings_from(flags)
    tools = list(enabled(settings.toolsets, read_only=settings.read_only).values())
    print(json.dumps(policy(tools, compat=flags.compat), indent=2))
    if _field_actions(tools):
        hint = "ram:PassRole is for jobs and datasets that name a RAM role: put those roles in place of"
        print(f"{hint} {ROLES}, or drop it.", file=sys.stderr)
    return 0


def policy(tools: Iterable[Tool], *, compat: bool = False) -> dict[str, Any]:
    """The RAM actions of these tools, each once, in order; those that a field asks for in a statement of their own.

    The guards read too: a stop previews its job, a create looks for a job of its name; those reads are part of the
    least. ``compat`` adds what other official sources call the same actions.
    """
    chosen = list(tools)
    called = [operation for tool in chosen for operation in _operations(tool)]
    actions = {action for operation in called for action in operation.actions}
    if compat:
        actions |= {action for operation in called for action in operation.other_spellings}
    statements: list[dict[str, Any]] = [{"Effect": "Allow", "Action": sorted(actions), "Resource": "*"}]
    if passed := _field_actions(chosen):
        statements.append({"Effect": "Allow", "Action": passed, "Resource": ROLES})
    return {"Version": "1", "Statement": statements}


def _operations(tool: Tool) -> list[Operation]:
    """What a tool calls: itself or its parts, and the reads of its guards."""
    own = [tool] if isinstance(tool, Operation) else list(tool.uses) if isinstance(tool, Composite) else []
    return [*own, *guard_operations(tool)]


def _field_actions(tools: Iterable[Tool]) -> list[str]:
    return sorted({action for tool in tools for action in tool.field_actions.values()})
