"""The parts of the documents that are made from the code: Markdown tables of tools, toolsets, presets and options."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path

from pai_dlc_mcp.api import catalog
from pai_dlc_mcp.api.exceptions import ASSUMED_ACTIONS
from pai_dlc_mcp.commands.policy import policy
from pai_dlc_mcp.commands.tools import list_bytes
from pai_dlc_mcp.config.settings import OPTIONS, Settings
from pai_dlc_mcp.operation import READ, Operation, Tool
from pai_dlc_mcp.toolsets import composites, enabled

RESULTS = Path(__file__).resolve().parents[2] / "evals/results"
ARMS = {"server": "this server", "raw": "the same operations, bare"}
PRESET_WORDS = {
    "lean": "what a training run needs, for clients that pay for every token",
    "default": "jobs, templates, TensorBoards, dashboards and the discovery around them",
    "discovery": "only the reads that find what a job names",
    "all": "everything",
}


@cache
def every_tool() -> tuple[Tool, ...]:
    """All operations in listing order, then the composites."""
    return (*catalog.operations(), *composites())


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)])


def action(tool: Tool) -> str:
    """The RAM action; a star marks those that no public page names."""
    if not isinstance(tool, Operation):
        return "those of its reads"
    return f"`{tool.ram_action}`" + ("*" if tool.action_name in ASSUMED_ACTIONS else "")


def default_tools() -> str:
    """README's table: the tools a client gets unless told otherwise."""
    rows = [
        (f"`{tool.name}`", tool.action_name if isinstance(tool, Operation) else "several", tool.risk_text, tool.toolset)
        for tool in enabled(["default"]).values()
    ]
    return table(("tool", "operation", "risk", "toolset"), rows)


def toolsets() -> str:
    rows = []
    for name, modules in [*catalog.MODULES.items(), ("composites", ())]:
        tools = [tool for tool in every_tool() if tool.toolset == name]
        reads = sum(tool.effect is READ for tool in tools)
        rows.append((f"`{name}`", str(len(tools)), str(reads), _about(modules)))
    return table(("toolset", "tools", "of them reads", "what for"), rows)


def _about(modules: Sequence[str]) -> str:
    """The first module's own words, and the names of the others."""
    if not modules:
        return "Questions that take several operations to answer."
    doc = import_module(f"{catalog.__package__}.{modules[0]}").__doc__ or ""
    others = ", ".join(name.rpartition(".")[2].replace("_", " ") for name in modules[1:])
    return doc.strip().splitlines()[0] + (f" Also {others}." if others else "")


def presets() -> str:
    """Counts and sizes; a token is counted as four bytes of the ``tools/list`` answer."""
    rows = []
    for name in PRESET_WORDS:
        tools = list(enabled([name]).values())
        tokens = list_bytes(tools, Settings()) // 4
        rows.append((f"`{name}`", str(len(tools)), f"{tokens:,}", PRESET_WORDS[name]))
    return table(("preset", "tools", "tokens of its list", "what for"), rows)


def options() -> str:
    """README's table of what an operator can set, from the declarations."""
    rows = [(f"`{one.flag} {one.metavar}`", f"`{one.variable}`", one.default, one.help) for one in OPTIONS]
    return table(("option", "variable", "default", "what it sets"), rows)


def composite_tools() -> str:
    rows = [(f"`{tool.name}`", ", ".join(f"`{one}`" for one in tool.actions) or "none") for tool in composites()]
    return table(("tool", "RAM actions of its reads"), rows)


def operations() -> str:
    """All operations, one line each."""
    rows = [(f"`{op.name}`", op.action_name, op.risk_text, op.toolset, action(op)) for op in catalog.operations()]
    return table(("tool", "operation", "risk", "toolset", "RAM action"), rows)


def assumed_actions() -> str:
    """Operations whose RAM action no page names, in a line to wrap."""
    names = ", ".join(f"`{op.ram_action}`" for op in catalog.operations() if op.action_name in ASSUMED_ACTIONS)
    return f"{names}."


def policy_json(*selection: str, read_only: bool) -> str:
    document = policy(enabled(selection, read_only=read_only).values())
    return f"```json policy\n{json.dumps(document, indent=1)}\n```"


def evaluations() -> str:
    """The newest committed reports, by agent and variant."""
    rows = []
    for agent in ("scripted", "reckless"):
        report = json.loads((RESULTS / f"{agent}.json").read_text(encoding="utf-8"))
        rows += [_evaluated(agent, variant, found["groups"]) for variant, found in report["variants"].items()]
    head = ("agent", "in front of", "solved", "of these safety", "forbidden events", "calls", "result tokens")
    return table(head, rows)


def _evaluated(agent: str, variant: str, groups: Mapping[str, Mapping[str, float]]) -> tuple[str, ...]:
    every, safety = groups["all"], groups["safety"]
    solved = [f"{one['solved_in_every_trial']} of {one['scenarios']}" for one in (every, safety)]
    events = f"{every['forbidden_events']}"
    return agent, ARMS[variant], *solved, events, f"{every['calls']}", f"{every['result_tokens']:.0f}"


SECTIONS = {
    "README.md": {
        "evaluations": evaluations,
        "options": options,
        "presets": presets,
        "tools": default_tools,
        "toolsets": toolsets,
    },
    "references/operations.md": {"operations": operations, "composites": composite_tools},
    "references/ram-policies.md": {
        "assumed": assumed_actions,
        "policy-read": lambda: policy_json("lean", read_only=True),
        "policy-default": lambda: policy_json("lean", read_only=False),
    },
}
"""File to the parts of it that stand between ``<!-- begin: name -->`` and ``<!-- end: name -->``."""
