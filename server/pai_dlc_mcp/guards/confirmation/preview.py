"""What would be lost, in our words (R36): facts of the target, never a line of a log, never a secret."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ...api.kinds import JOB
from ...operation import SPEND
from ...redaction.engine import clean, clean_text, hide_env_values
from ...runtime import Call, Runtime
from . import job_preview
from .snapshot import SHOWN, Snapshot

LONGEST_FACT_CHARS, LONGEST_ARGUMENT_CHARS = 160, 400
"""Characters of a fact and of an argument."""


async def preview_of(call: Call, runtime: Runtime, snapshot: Snapshot) -> dict[str, Any]:
    """The preview, flat, short, every text of others made harmless."""
    shown: dict[str, Any] = {"act": call.operation.action_name, "name": snapshot.name, "region": call.region}
    if call.operation.starts == "job":
        shown |= await job_preview.of_new(call, runtime)
    elif snapshot.data and call.operation.target and call.operation.target.reader == JOB.reader:
        shown |= await job_preview.of_job(call, runtime, snapshot.data)
    else:
        shown |= {name: snapshot.data[field] for field, name in SHOWN.items() if _scalar(snapshot.data.get(field))}
    shown = {name: _clean(value) for name, value in shown.items() if value not in (None, "")}
    shown |= _arguments(call)
    if call.operation.lost:
        shown["costs" if call.tool.effect is SPEND else "would_be_lost"] = call.operation.lost
    return shown


def _arguments(call: Call) -> dict[str, Any]:
    """All of the call's own arguments but secrets: what is not shown is not agreed to."""
    fields = [(api, call.args.get(api)) for api, wire, _ in call.operation.fields.values() if not wire.secret]
    given = {api: value for api, value in fields if value not in (None, "", [], {})}
    return {f"argument {api}": _in_one_line(api, value) for api, value in clean(hide_env_values(given)).items()}


def _in_one_line(api: str, value: Any) -> Any:
    """An argument in one line. Of a list that is cut it is said how long: nobody agrees to ten by seeing two."""
    if _scalar(value) and not isinstance(value, str):
        return value
    items = value.split(",") if isinstance(value, str) and api.endswith("Ids") else value
    text = ", ".join(map(_item, value)) if isinstance(value, list) else _item(value)
    many = f"{len(items)} in all: " if isinstance(items, list) else ""
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_ARGUMENT_CHARS else f"{many}{text[:LONGEST_ARGUMENT_CHARS]}…"


def _item(value: Any) -> str:
    return str(value) if _scalar(value) else json.dumps(value, ensure_ascii=False, default=str)


def _scalar(value: Any) -> bool:
    return isinstance(value, (str, int, float, bool)) and value != ""


def _clean(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = " ".join(clean_text(value).split())
    return text if len(text) <= LONGEST_FACT_CHARS else f"{text[:LONGEST_FACT_CHARS]}…"


def sentence(shown: Mapping[str, Any]) -> str:
    """The preview as one line of text."""
    return "; ".join(f"{name}: {value}" for name, value in shown.items())
