"""What would be lost, in our words (R36): facts of the target, never a line of a log, never a secret."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ...operation import SPEND
from ...redaction.engine import clean, clean_text, hide_env_values
from ...runtime import Call, Runtime
from . import job_preview
from .snapshot import SHOWN, Observed

LOST: Mapping[str, str] = {
    "DeleteJob": "the job's record; its logs and events cannot be read any more",
    "DeleteJobTemplate": "the template with all its versions",
    "DeleteDataset": "the registration with its versions and labels; the stored files stay where they are",
    "RemoveImage": "the registration of the image; the registry keeps the image itself",
    "DeleteModel": "the model's registration and labels",
    "DeleteExperiment": "the experiment and what is recorded in it",
    "DeleteWorkspace": "the workspace with its members, roles and settings",
    "DeleteWorkspaceResource": "the resources: unless Option is Detach, they are deleted, not only taken out",
    "CreateProductOrders": "money: the order is binding",
}
LONGEST, LONGEST_ARGUMENT = 160, 400
"""Characters of a fact and of an argument."""


async def preview_of(call: Call, runtime: Runtime, observed: Observed) -> dict[str, Any]:
    """The preview, flat, short, every text of others made harmless."""
    shown: dict[str, Any] = {"act": call.operation.action_name, "name": observed.name, "region": call.region}
    if call.operation.action_name == "CreateJob":
        shown |= await job_preview.of_new(call, runtime)
    elif observed.data and "job_id" in call.operation.fields:
        shown |= await job_preview.of_job(call, runtime, observed.data)
    else:
        shown |= {name: observed.data[field] for field, name in SHOWN.items() if _scalar(observed.data.get(field))}
    shown = {name: _clean(value) for name, value in shown.items() if value not in (None, "")}
    shown |= _arguments(call)
    if lost := LOST.get(call.operation.action_name):
        shown["costs" if call.tool.effect is SPEND else "would_be_lost"] = lost
    return shown


def _arguments(call: Call) -> dict[str, Any]:
    """All of the call's own arguments but secrets: what is not shown is not agreed to."""
    fields = [(api, call.args.get(api)) for api, wire, _ in call.operation.fields.values() if not wire.secret]
    given = {api: value for api, value in fields if value not in (None, "", [], {})}
    return {f"argument {api}": _told(api, value) for api, value in clean(hide_env_values(given)).items()}


def _told(api: str, value: Any) -> Any:
    """An argument in one line. Of a list that is cut it is said how long: nobody agrees to ten by seeing two."""
    if _scalar(value) and not isinstance(value, str):
        return value
    items = value.split(",") if isinstance(value, str) and api.endswith("Ids") else value
    text = ", ".join(map(_item, value)) if isinstance(value, list) else _item(value)
    many = f"{len(items)} in all: " if isinstance(items, list) else ""
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_ARGUMENT else f"{many}{text[:LONGEST_ARGUMENT]}…"


def _item(value: Any) -> str:
    return str(value) if _scalar(value) else json.dumps(value, ensure_ascii=False, default=str)


def _scalar(value: Any) -> bool:
    return isinstance(value, (str, int, float, bool)) and value != ""


def _clean(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = " ".join(clean_text(value).split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def sentence(shown: Mapping[str, Any]) -> str:
    """The preview as one line of text."""
    return "; ".join(f"{name}: {value}" for name, value in shown.items())
