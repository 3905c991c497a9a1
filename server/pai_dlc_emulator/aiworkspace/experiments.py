"""Experiments and their runs: parameters, labels, and metrics that are logged step by step."""

from __future__ import annotations

from typing import Any

from ..listing import Listing, answer, token_page
from ..wire import Received, Record, invalid
from ..world import World, handles
from .nouns import ACCESS, Noun, put_labels
from .store import (
    as_answer,
    create_record,
    find_owned,
    find_record,
    now_text,
    register_crud,
    register_labels,
    touch,
    update_record,
    visible_records,
)

NAME = "[A-Za-z][A-Za-z0-9_-]{0,62}"
EXPERIMENT = Noun(
    "Experiment",
    "experiments",
    "ExperimentId",
    "exp-",
    unique="Name",
    pattern=NAME,
    children=("runs",),
    enums=ACCESS,
    defaults={"Accessibility": "PRIVATE"},
)
EXPERIMENT_LISTING = Listing(exact={"WorkspaceId": "WorkspaceId"}, order="DESC")
register_crud(EXPERIMENT, update_="UpdateExperiment", delete_="DeleteExperiment")
register_labels(EXPERIMENT, drop="DeleteExperimentLabel", keys="Key")


def dated(world: World, labels: list[Record], **owner: str) -> list[Record]:
    """Labels of experiments and runs carry their owner and their times."""
    now = now_text(world)
    return [{**label, **owner, "GmtCreateTime": now, "GmtModifiedTime": now} for label in labels]


@handles("CreateExperiment")
def create_experiment(world: World, received: Received) -> dict[str, Any]:
    record = create_record(world, EXPERIMENT, received)
    key = record["ExperimentId"]
    record["Labels"] = dated(world, received.args.get("Labels") or [], ExperimentId=key)
    record["TensorboardLogUri"] = (record.get("ArtifactUri") or "oss://emulator-artifacts/") + f"{key}/tensorboard/"
    return as_answer(record, "CreateExperiment")


def _with_latest_run(world: World, record: Record, args: Record) -> Record:
    """With its latest run, where details are asked for."""
    runs = [run for run in world.catalogue.tables["runs"].values() if run["ExperimentId"] == record["ExperimentId"]]
    return record | ({"LatestRun": runs[-1]} if runs and args.get("Verbose") else {})


@handles("GetExperiment")
def get_experiment(world: World, received: Received) -> dict[str, Any]:
    return as_answer(_with_latest_run(world, find_record(world, EXPERIMENT, received), received.args), "GetExperiment")


@handles("ListExperiment")
def list_experiment(world: World, received: Received) -> dict[str, Any]:
    args, name = received.args, received.args.get("Name") or ""
    exact = str((args.get("Options") or {}).get("match_name_exactly", "")).lower() == "true"
    found = [
        row
        for row in visible_records(world, EXPERIMENT, received)
        if (row["Name"] == name if exact else name in row["Name"])
    ]
    found = EXPERIMENT_LISTING.select(found, args)
    page, more = token_page(found, args)
    shown_rows = [_with_latest_run(world, row, args) for row in page]
    return answer("ListExperiment", shown_rows, TotalCount=len(found), **more)


@handles("SetExperimentLabels")
def set_experiment_labels(world: World, received: Received) -> dict[str, Any]:
    record = find_owned(world, EXPERIMENT, received)
    put_labels(record, dated(world, received.args.get("Labels") or [], ExperimentId=record["ExperimentId"]))
    touch(world, EXPERIMENT, record)
    return {}


RUN = Noun(
    "Run",
    "runs",
    "RunId",
    "run-",
    unique="Name",
    pattern=NAME,
    scope="ExperimentId",
    enums={"SourceType": ("TrainingService", "DLC", "")},
)
RUN_LISTING = Listing(
    exact={
        "ExperimentId": "ExperimentId", "WorkspaceId": "WorkspaceId",
        "SourceType": "SourceType", "SourceId": "SourceId",
    },
    fuzzy={"Name": ("Name",), "GmtCreateTime": ("GmtCreateTime",)},
    sortable=("GmtCreateTime", "Name"),
    order="DESC",
)  # fmt: skip
register_crud(RUN, delete_="DeleteRun")
register_labels(RUN, drop="DeleteRunLabel", keys="Key")


def _check_points(points: list[Record], name: str) -> None:
    """Parameters and metric points have a key and a value."""
    if any("Key" not in point or "Value" not in point for point in points):
        raise invalid(name, "each needs a Key and a Value")


@handles("CreateRun")
def create_run(world: World, received: Received) -> dict[str, Any]:
    _check_points(received.args.get("Params") or [], "Params")
    experiment = find_record(world, EXPERIMENT, received)
    name = received.args.get("Name") or f"run-{world.ids.number('run-name')}"
    place = {"WorkspaceId": experiment["WorkspaceId"], "Accessibility": experiment["Accessibility"]}
    record = create_record(world, RUN, received, Name=name, Metrics=[], **place)
    record["Labels"] = dated(world, received.args.get("Labels") or [], RunId=record["RunId"])
    return as_answer(record, "CreateRun")


def _with_latest_points(record: Record, args: Record) -> Record:
    """With the last point of each metric where details are asked for, else without metrics and parameters."""
    if not args.get("Verbose"):
        return record | {"Metrics": None, "Params": None}
    return record | {"Metrics": list({point["Key"]: point for point in record["Metrics"]}.values())}


@handles("GetRun")
def get_run(world: World, received: Received) -> dict[str, Any]:
    return as_answer(_with_latest_points(find_record(world, RUN, received), received.args), "GetRun")


@handles("ListRuns")
def list_runs(world: World, received: Received) -> dict[str, Any]:
    found = RUN_LISTING.select(visible_records(world, RUN, received), received.args)
    page, more = token_page(found, received.args)
    return answer("ListRuns", [_with_latest_points(row, received.args) for row in page], TotalCount=len(found), **more)


@handles("UpdateRun")
def update_run(world: World, received: Received) -> dict[str, Any]:
    """Name as sent; labels and parameters are added to those that are there."""
    old = find_owned(world, RUN, received)
    labels, params = received.args.pop("Labels", []), received.args.pop("Params", [])
    _check_points(params, "Params")
    put_labels(old, dated(world, labels, RunId=old["RunId"]))
    merged = {param["Key"]: param for param in [*(old.get("Params") or []), *params]}
    old["Params"] = list(merged.values())
    return as_answer(update_record(world, RUN, received), "UpdateRun")


@handles("LogRunMetrics")
def log_run_metrics(world: World, received: Received) -> dict[str, Any]:
    record, now = find_owned(world, RUN, received), int(world.clock.now() * 1000)
    points = received.args.get("Metrics") or []
    _check_points(points, "Metrics")
    record["Metrics"] += [{"Step": 0, "Timestamp": now, **point} for point in points]
    touch(world, RUN, record)
    return {}


@handles("ListRunMetrics")
def list_run_metrics(world: World, received: Received) -> dict[str, Any]:
    record = find_record(world, RUN, received)
    points = [point for point in record["Metrics"] if point["Key"] == received.args["Key"]]
    page, more = token_page(points, received.args)
    return answer("ListRunMetrics", page, **more)
