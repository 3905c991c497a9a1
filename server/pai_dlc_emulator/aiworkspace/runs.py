"""Runs of an experiment: parameters, labels, and metrics that are logged step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..wire import Received, handles
from .experiments import EXPERIMENT, NAME, dated
from .nouns import Noun, Record, invalid, put_labels
from .paging import Listing, answer, token_page
from .store import create, crud, find, labelling, owned, rows, shown, touch, update

if TYPE_CHECKING:
    from ..world import World

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
LISTING = Listing(
    exact={
        "ExperimentId": "ExperimentId", "WorkspaceId": "WorkspaceId",
        "SourceType": "SourceType", "SourceId": "SourceId",
    },
    fuzzy={"Name": ("Name",), "GmtCreateTime": ("GmtCreateTime",)},
    sortable=("GmtCreateTime", "Name"),
    order="DESC",
)  # fmt: skip
crud(RUN, delete_="DeleteRun")
labelling(RUN, drop="DeleteRunLabel", keys="Key")


def _check(points: list[Record], name: str) -> None:
    """Parameters and metric points have a key and a value."""
    if any("Key" not in point or "Value" not in point for point in points):
        raise invalid(name, "each needs a Key and a Value")


@handles("CreateRun")
def create_run(world: World, received: Received) -> dict[str, Any]:
    _check(received.args.get("Params") or [], "Params")
    experiment = find(world, EXPERIMENT, received)
    name = received.args.get("Name") or f"run-{world.ids.number('run-name')}"
    place = {"WorkspaceId": experiment["WorkspaceId"], "Accessibility": experiment["Accessibility"]}
    record = create(world, RUN, received, Name=name, Metrics=[], **place)
    record["Labels"] = dated(world, received.args.get("Labels") or [], RunId=record["RunId"])
    return shown(record, "CreateRun")


def _latest(record: Record, args: Record) -> Record:
    """With the last point of each metric where details are asked for, else without metrics and parameters."""
    if not args.get("Verbose"):
        return record | {"Metrics": None, "Params": None}
    return record | {"Metrics": list({point["Key"]: point for point in record["Metrics"]}.values())}


@handles("GetRun")
def get_run(world: World, received: Received) -> dict[str, Any]:
    return shown(_latest(find(world, RUN, received), received.args), "GetRun")


@handles("ListRuns")
def list_runs(world: World, received: Received) -> dict[str, Any]:
    found = LISTING.select(rows(world, RUN, received), received.args)
    page, more = token_page(found, received.args)
    return answer("ListRuns", [_latest(row, received.args) for row in page], TotalCount=len(found), **more)


@handles("UpdateRun")
def update_run(world: World, received: Received) -> dict[str, Any]:
    """Name as sent; labels and parameters are added to those that are there."""
    old = owned(world, RUN, received)
    labels, params = received.args.pop("Labels", []), received.args.pop("Params", [])
    _check(params, "Params")
    put_labels(old, dated(world, labels, RunId=old["RunId"]))
    merged = {param["Key"]: param for param in [*(old.get("Params") or []), *params]}
    old["Params"] = list(merged.values())
    return shown(update(world, RUN, received), "UpdateRun")


@handles("LogRunMetrics")
def log_run_metrics(world: World, received: Received) -> dict[str, Any]:
    record, now = owned(world, RUN, received), int(world.clock.now() * 1000)
    points = received.args.get("Metrics") or []
    _check(points, "Metrics")
    record["Metrics"] += [{"Step": 0, "Timestamp": now, **point} for point in points]
    touch(world, RUN, record)
    return {}


@handles("ListRunMetrics")
def list_run_metrics(world: World, received: Received) -> dict[str, Any]:
    record = find(world, RUN, received)
    points = [point for point in record["Metrics"] if point["Key"] == received.args["Key"]]
    page, more = token_page(points, received.args)
    return answer("ListRunMetrics", page, **more)
