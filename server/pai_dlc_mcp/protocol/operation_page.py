"""``pai-dlc://operations/{Operation}``: one operation as a page, made from its declaration."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ..api.catalog import operation
from ..operation import Operation
from ..schema import JsonSchema, field_schema


def page(name: str) -> str:
    """The page of one operation.

    Raises:
        InvalidArguments: neither product has it.
    """
    op = operation(name)
    rules = ", ".join(op.rules) or "none of its own"
    lines = [
        f"# {op.action_name}",
        "",
        op.description,
        "",
        f"- tool: `{op.name}` (toolset `{op.toolset}`)",
        f"- product: {op.service.key} {op.service.version}, `{op.method} {op.path}`",
        f"- effect: {op.risk_text}" + (" (R30)" if op.may_be_confirmed else ""),
        f"- RAM action: {_actions(op)}",
        f"- rules: {rules}",
        "",
        "## Arguments",
        "",
        *(_arguments(op) or ["None."]),
        "",
        "## Example",
        "",
        "```json",
        json.dumps(dict(op.example), ensure_ascii=False, indent=2),
        "```",
    ]
    return "\n".join(lines) + "\n"


def _actions(op: Operation) -> str:
    """What RAM checks, how sure that is, and what fields of it ask for beside."""
    named = ", ".join(f"`{action}`" for action in op.ram_actions)
    others = ", ".join(f"`{action}`" for action in op.other_spellings)
    doubt = "" if op.action_confidence == "official" else f" ({op.action_confidence})"
    beside = "".join(f"; `{action}` with {path}" for path, action in op.field_actions.items())
    return f"{named}{doubt}" + (f"; elsewhere {others}" if others else "") + beside


def _arguments(op: Operation) -> list[str]:
    lines = []
    for name, info in op.inputs.model_fields.items():
        schema = field_schema(info, full=True)
        lines.append(_line(name, schema, 0, required=info.is_required(), api=op.fields[name][0]))
        lines += _inner(schema, 1)
    return lines


def _inner(schema: JsonSchema, depth: int) -> Iterator[str]:
    """The fields of a nested shape, indented, to the leaf."""
    shape = schema.get("items", schema)
    for name, inner in shape.get("properties", {}).items():
        yield _line(name, inner, depth, required=name in shape.get("required", ()))
        yield from _inner(inner, depth + 1)


def _line(name: str, schema: JsonSchema, depth: int, *, required: bool, api: str | None = None) -> str:
    facts = [_type(schema)]
    if required:
        facts.append("required")
    if "enum" in schema:
        facts.append("one of " + ", ".join(map(str, schema["enum"])))
    if "examples" in schema:
        facts.append("documented are " + ", ".join(schema["examples"]))
    if "minimum" in schema or "maximum" in schema:
        facts.append(f"{schema.get('minimum', '')}–{schema.get('maximum', '')}")
    spelled = f" ({api})" if api else ""
    text = schema.get("description", "")
    return f"{'  ' * depth}- `{name}`{spelled}: {', '.join(facts)}." + (f" {text}" if text else "")


def _type(schema: dict[str, Any]) -> str:
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    return str(schema.get("type", "any"))
