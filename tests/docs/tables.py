"""The parts of the documents that are made from the code: Markdown tables of tools, toolsets, presets and options."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from pai_dlc_mcp.api import catalog
from pai_dlc_mcp.commands.policy import policy
from pai_dlc_mcp.commands.tools import list_bytes
from pai_dlc_mcp.config.settings import OPTIONS, Settings
from pai_dlc_mcp.guards.validation.features import ARGUMENTS, FEATURES
from pai_dlc_mcp.operation import READ, Operation, Tool
from pai_dlc_mcp.page import gate, live, sessions, watches
from pai_dlc_mcp.toolsets import composites, enabled

from . import causes

RESULTS = Path(__file__).resolve().parents[2] / "evals/results"
RAM_FACTS = Path(__file__).resolve().parents[1] / "facts/ram.json"
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
    """The RAM action; a star marks those that no page names, two those on which pages disagree."""
    if not isinstance(tool, Operation):
        return "those of its reads"
    return f"`{tool.ram_action}`" + {"official": "", "secondary": "*", "conflict": "**"}[tool.action_confidence]


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


def ram_table() -> str:
    """How many actions of each prefix are how sure."""
    counted: Counter[tuple[str, str]] = Counter(
        (op.ram_action.partition(":")[0], op.action_confidence) for op in catalog.operations()
    )
    prefixes = sorted({prefix for prefix, _ in counted})
    sure = ("official", "secondary", "conflict")
    rows = [(f"`{prefix}:`", *(str(counted[prefix, one]) for one in sure)) for prefix in prefixes]
    return table(("prefix", *sure), [*rows, ("all", *(str(sum(counted[p, one] for p in prefixes)) for one in sure))])


def ram_doubts() -> str:
    """Operations whose action no page names, or on which pages disagree."""
    frozen = ram_facts()
    rows = [
        (op.action_name, f"`{op.ram_action}`", op.action_confidence, _doubt(op, frozen[op.action_name]))
        for op in catalog.operations()
        if op.action_confidence != "official"
    ]
    return table(("operation", "action", "how sure", "why"), rows)


def _doubt(operation: Operation, row: Mapping[str, Any]) -> str:
    if operation.or_actions:
        return "the roles page writes " + ", ".join(f"`{one}`" for one in operation.or_actions)
    if not row["is_checked"]:
        return "its page asks for no authorisation; an older text names this one"
    return "no page names it; it follows its neighbours"


def ram_beside() -> str:
    """Actions that a source wants beside the operation's own."""
    rows = [
        (name, ", ".join(f"`{one.strip()}`" for one in action.split(",")), sure)
        for name, row in ram_facts().items()
        for action, sure in row["beside"]
    ]
    return table(("operation", "action", "how sure"), rows)


@cache
def ram_facts() -> dict[str, Any]:
    """The frozen table of RAM actions."""
    found: dict[str, Any] = json.loads(RAM_FACTS.read_text(encoding="utf-8"))
    return found


def policy_json(*selection: str, read_only: bool) -> str:
    """The least policy, several actions a line."""
    document = policy(enabled(selection, read_only=read_only).values())
    statements = []
    for statement in document["Statement"]:
        names = textwrap.fill(", ".join(f'"{action}"' for action in statement["Action"]), 100, break_on_hyphens=False)
        listed = textwrap.indent(names, "   ")
        statements.append(f'  {{"Effect": "Allow", "Resource": "{statement["Resource"]}", "Action": [\n{listed}\n  ]}}')
    body = ",\n".join(statements)
    version = json.dumps(document["Version"])
    return f'```json policy\n{{\n "Version": {version},\n "Statement": [\n{body}\n ]\n}}\n```'


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


def page_limits() -> str:
    """What the page allows, and how often it reads while somebody looks."""
    rows = [
        ("a session lasts, and ends without use after", _hours(sessions.LIFE_S, sessions.IDLE_S)),
        ("sessions of one caller, and of all", f"{sessions.MAX_SESSIONS_PER_CALLER}, {sessions.MAX_SESSIONS}"),
        ("requests and streams of a session at once", f"{sessions.MAX_REQUESTS}, {sessions.MAX_STREAMS}"),
        ("watches of a stream, things watched by all", f"{watches.MAX_WATCHES}, {live.MAX_TOPICS}"),
        ("a body, and how deep it is nested", f"{gate.MAX_BODY_BYTES:,} bytes, {gate.MAX_DEPTH}"),
        ("the address in the terminal is good for", f"{sessions.KEY_LIFE_S / 60:g} minutes, once"),
        ("jobs, a job, quotas, approvals are read every",
         f"{watches.JOBS_S:g}, {watches.JOB_S:g}, {watches.QUOTAS_S:g}, {watches.APPROVALS_S:g} s"),
        ("samples, and a job that is over, are read every", f"{watches.METRICS_S:g}, {watches.ENDED_S:g} s"),
        ("reads that fail come again after at most", f"{live.MAX_PAUSE_S:g} s"),
        ("a log's last lines, characters of one answer", f"{watches.LOG_LINES}, {watches.MAX_CHARS:,}"),
    ]  # fmt: skip
    return table(("on the page", "limit"), rows)


def _hours(*seconds: float) -> str:
    return ", ".join(f"{one / 3600:g} h" for one in seconds)


def benchmarks() -> str:
    """The figures of the run that ``make bench`` kept last, those with a goal, and the machine they are of."""
    found = json.loads((RESULTS / "benchmarks.json").read_text(encoding="utf-8"))
    rows = [(one["name"], one["shown"], one["goal"]) for one in found["figures"] if one["goal"]]
    return f"{table(('measured', 'figure', 'goal'), rows)}\n\n{found['machine']}."


def features() -> str:
    """Which features exist where (R27)."""
    rows = []
    for one in FEATURES:
        where = [f"{kind or 'any'}: {', '.join(types) or 'any job type'}" for kind, types in one.works_on]
        rows.append((one.name, f"`{one.field}`", "; ".join(where), one.needs, one.source))
    return table(("feature", "field", "resources and job types", "it needs", "source"), rows)


def aimaster() -> str:
    """The arguments of AIMaster with their defaults."""
    rows = [
        (f"`--{name}`", " or ".join(one.values) or "a value", one.default or "not documented", one.source)
        for name, one in ARGUMENTS.items()
    ]
    return table(("argument", "values", "default", "how sure"), rows)


SECTIONS = {
    "README.md": {
        "benchmarks": benchmarks,
        "evaluations": evaluations,
        "options": options,
        "presets": presets,
        "tools": default_tools,
        "toolsets": toolsets,
    },
    "README.zh-CN.md": {
        "benchmarks": benchmarks,
        "evaluations": evaluations,
        "options": options,
        "presets": presets,
        "tools": default_tools,
        "toolsets": toolsets,
    },
    "references/api-facts.md": {"ram-doubts": ram_doubts},
    "references/causes.md": causes.SECTIONS,
    "references/fault-tolerance.md": {"features": features, "aimaster": aimaster},
    "references/operations.md": {"operations": operations, "composites": composite_tools},
    "references/serving-http.md": {"page-limits": page_limits},
    "references/ram-policies.md": {
        "ram-table": ram_table,
        "ram-beside": ram_beside,
        "policy-read": lambda: policy_json("lean", read_only=True),
        "policy-default": lambda: policy_json("lean", read_only=False),
    },
}
"""File to the parts of it that stand between ``<!-- begin: name -->`` and ``<!-- end: name -->``."""
