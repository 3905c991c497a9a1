"""Models, their versions, and saved prompts."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable
from typing import Any

from ..listing import Listing
from ..wire import Received, Record, ServiceError, invalid
from ..world import World, handles
from .nouns import ACCESS, Noun
from .store import (
    as_answer,
    create_record,
    find_owned,
    find_record,
    register_crud,
    register_labels,
    update_record,
    visible_records,
)

METRICS_BYTES = 8192
MODEL = Noun(
    "Model",
    "models",
    "ModelId",
    "model-",
    unique="ModelName",
    pattern=".{1,127}",
    children=("model_versions",),
    enums=ACCESS,
    defaults={"Accessibility": "PRIVATE", "Provider": "", "Labels": []},
)
VERSION = Noun(
    "ModelVersion",
    "model_versions",
    "VersionName",
    parent=MODEL,
    enums={
        "ApprovalStatus": ("Pending", "Approved", "Rejected"),
        "SourceType": ("Custom", "PAIFlow", "TrainingService"),
    },
    defaults={"SourceType": "Custom", "ApprovalStatus": "Pending", "Labels": []},
)
_FIELDS = ("Domain", "ModelType", "Origin", "Provider", "Task", "WorkspaceId")
MODEL_LISTING = Listing(
    exact={name: name for name in _FIELDS},
    quoted={"ModelName": ("ModelName",)},
    fuzzy={"Query": ("ModelName", "ModelDescription", "Domain", "Task")},
    label="Label",
    sortable=("GmtCreateTime", "GmtModifiedTime", "GmtLatestVersionModifiedTime", "ModelName", "OrderNumber"),
    size=10,
)
VERSION_LISTING = Listing(
    exact={
        name: name
        for name in ("ApprovalStatus", "FormatType", "FrameworkType", "SourceId", "SourceType", "VersionName")
    },
    label="Label",
    sortable=("GmtCreateTime", "GmtModifiedTime", "VersionName"),
    size=10,
)
register_crud(MODEL, update_="UpdateModel", delete_="DeleteModel")
register_crud(VERSION, get="GetModelVersion", delete_="DeleteModelVersion")
register_labels(MODEL, put="CreateModelLabels", drop="DeleteModelLabels", keys="LabelKeys")
register_labels(VERSION, put="CreateModelVersionLabels", drop="DeleteModelVersionLabels", keys="LabelKeys")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "NotEquals": operator.ne,
    "LessThan": operator.lt,
    "LessThanOrEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanOrEquals": operator.ge,
}


@handles("CreateModel")
def create_model(world: World, received: Received) -> dict[str, Any]:
    """``Tag`` has taken the place of ``Labels``; what is sent as either is kept as labels and tags."""
    both = {"Labels": received.args.get("Tag") or received.args.get("Labels") or []}
    return as_answer(create_record(world, MODEL, received, **both), "CreateModel")


def _own_versions(world: World, model: Record) -> list[Record]:
    return [row for row in world.catalogue.tables["model_versions"].values() if row["ModelId"] == model["ModelId"]]


def _with_versions(world: World, model: Record) -> Record:
    own = _own_versions(world, model)
    latest = {"LatestVersion": own[-1], "GmtLatestVersionModifiedTime": own[-1]["GmtModifiedTime"]} if own else {}
    return model | latest | {"Tags": model["Labels"]}


@handles("GetModel")
def get_model(world: World, received: Received) -> dict[str, Any]:
    return as_answer(_with_versions(world, find_record(world, MODEL, received)), "GetModel")


@handles("ListModels")
def list_models(world: World, received: Received) -> dict[str, Any]:
    args, found = received.args, visible_records(world, MODEL, received)
    for tag in args.get("Tag") or []:
        found = [row for row in found if any(tag.items() <= label.items() for label in row["Labels"])]
    for condition in args.get("Conditions") or []:
        found = [row for row in found if _meets(row, condition)]
    return MODEL_LISTING.answer(received, found, lambda row: _with_versions(world, row))


def _meets(row: Record, condition: Record) -> bool:
    compare = _COMPARE.get(condition.get("Operator", ""))
    if compare is None:
        raise invalid("Conditions", f"Operator is one of {', '.join(_COMPARE)}")
    mine, wanted = row.get(condition.get("Column", "")), condition.get("Value", "")
    if not isinstance(mine, int | float):
        return compare(str(mine or ""), wanted)
    try:
        return compare(float(mine), float(wanted))
    except ValueError:
        raise invalid("Conditions", f"{wanted!r} is not a number") from None


@handles("CreateModelVersion")
def create_model_version(world: World, received: Received) -> dict[str, Any]:
    own = _own_versions(world, find_owned(world, MODEL, received))
    _check_metrics(received.args)
    name = received.args.get("VersionName") or _following([row["VersionName"] for row in own])
    if any(row["VersionName"] == name for row in own):
        raise ServiceError(409, "ModelVersionAlreadyExists", f"The model has a version {name} already.")
    return as_answer(create_record(world, VERSION, received, VersionName=name), "CreateModelVersion")


def _check_metrics(args: Record) -> None:
    if len(json.dumps(args.get("Metrics") or {})) > METRICS_BYTES:
        raise invalid("Metrics", f"they have at most {METRICS_BYTES} bytes as JSON")


def _following(names: list[str]) -> str:
    """0.1.0 first, then the next minor version."""
    minors = [int(name.split(".")[1]) for name in names if name.count(".") == 2 and name.split(".")[1].isdigit()]
    return f"0.{max(minors, default=0) + 1}.0"


@handles("UpdateModelVersion")
def update_model_version(world: World, received: Received) -> dict[str, Any]:
    _check_metrics(received.args)
    return as_answer(update_record(world, VERSION, received), "UpdateModelVersion")


@handles("ListModelVersions")
def list_model_versions(world: World, received: Received) -> dict[str, Any]:
    return VERSION_LISTING.answer(received, visible_records(world, VERSION, received))


PROMPT = Noun(
    "Prompt",
    "prompts",
    "PromptId",
    "prompt-",
    unique="PromptName",
    created="CreateTime",
    modified="ModifyTime",
    seconds=True,
    enums=ACCESS,
    defaults={"Accessibility": "PRIVATE"},
)
PROMPT_LISTING = Listing(
    exact={"WorkspaceId": "WorkspaceId", "FrameworkType": "FrameworkType"},
    sortable=("GmtCreateTime", "Name"),
)
register_crud(PROMPT, create_="CreatePrompt", get="GetPrompt", update_="UpdatePrompt", delete_="DeletePrompt")


@handles("ListPrompts")
def list_prompts(world: World, received: Received) -> dict[str, Any]:
    """The list sorts by names that the prompts themselves do not have."""
    found = [
        row | {"GmtCreateTime": row["CreateTime"], "Name": row["PromptName"]}
        for row in visible_records(world, PROMPT, received)
    ]
    return PROMPT_LISTING.answer(received, found)
