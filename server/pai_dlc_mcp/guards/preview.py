"""What would be lost, in our words (R36): facts of the target, never a line of a log, never a secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..operation import SPEND
from ..runtime import Call, Runtime
from . import preview_job
from .observe import SHOWN, Observed
from .redaction import clean_text

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
LONGEST = 160
MOST_ARGUMENTS = 8


async def preview_of(call: Call, runtime: Runtime, observed: Observed) -> dict[str, Any]:
    """The preview, flat, short, every text of others made harmless."""
    shown: dict[str, Any] = {"act": call.operation.action_name, "name": observed.name, "region": call.region}
    if call.operation.action_name == "CreateJob":
        shown |= await preview_job.of_new(call, runtime)
    elif observed.data and "job_id" in call.operation.fields:
        shown |= await preview_job.of_job(call, runtime, observed.data)
    else:
        shown |= {name: observed.data[field] for field, name in SHOWN.items() if _scalar(observed.data.get(field))}
    if "JobSpecs" not in call.args:
        shown |= _arguments(call)
    if lost := LOST.get(call.operation.action_name):
        shown["costs" if call.tool.effect is SPEND else "would_be_lost"] = lost
    return {name: _clean(value) for name, value in shown.items() if value not in (None, "")}


def _arguments(call: Call) -> dict[str, Any]:
    """The call's own arguments: plain ones that are no secret."""
    plain: dict[str, Any] = {}
    for api, wire, _ in call.operation.fields.values():
        value = call.args.get(api)
        if wire.secret or not (_scalar(value) or _scalars(value)) or len(plain) >= MOST_ARGUMENTS:
            continue
        plain[api] = ", ".join(map(str, value)) if isinstance(value, list) else value
    return {f"argument {api}": value for api, value in plain.items()}


def _scalar(value: Any) -> bool:
    return isinstance(value, (str, int, float, bool)) and value != ""


def _scalars(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(_scalar(item) for item in value)


def _clean(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = " ".join(clean_text(value).split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def sentence(shown: Mapping[str, Any]) -> str:
    """The preview as one line of text."""
    return "; ".join(f"{name}: {value}" for name, value in shown.items())
