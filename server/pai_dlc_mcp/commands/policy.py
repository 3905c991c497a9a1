"""``pai-dlc-mcp policy``: the least RAM policy for the enabled tools, as JSON."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from typing import Any

from ..api.catalog import guard_reads
from ..config.sources import settings_from
from ..operation import Tool
from ..toolsets import enabled
from .tools import add_tool_flags


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_tool_flags(parser)


def run(flags: argparse.Namespace) -> int:
    settings = settings_from(flags)
    print(json.dumps(policy(enabled(settings.toolsets, read_only=settings.read_only).values()), indent=2))
    return 0


def policy(tools: Iterable[Tool]) -> dict[str, Any]:
    """One statement with the RAM actions of these tools, each once, in order.

    The guards read too (a stop previews its job, a create looks for a job of its name), so those actions are included.
    """
    actions = sorted({action for tool in tools for action in (*tool.actions, *guard_reads(tool))})
    return {"Version": "1", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
