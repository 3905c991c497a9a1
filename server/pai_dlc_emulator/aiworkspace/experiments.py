"""Experiments: what runs are grouped under."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..wire import Received, handles
from .nouns import ACCESS, Noun, Record, put_labels
from .paging import Listing, answer, token_page
from .store import create, crud, find, labelling, moment, owned, rows, shown, touch

if TYPE_CHECKING:
    from ..world import World

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
LISTING = Listing(exact={"WorkspaceId": "WorkspaceId"}, order="DESC")
crud(EXPERIMENT, update_="UpdateExperiment", delete_="DeleteExperiment")
labelling(EXPERIMENT, drop="DeleteExperimentLabel", keys="Key")


def dated(world: World, labels: list[Record], **owner: str) -> list[Record]:
    """Labels of experiments and runs carry their owner and their times."""
    now = moment(world)
    return [{**label, **owner, "GmtCreateTime": now, "GmtModifiedTime": now} for label in labels]


@handles("CreateExperiment")
def create_experiment(world: World, received: Received) -> dict[str, Any]:
    record = create(world, EXPERIMENT, received)
    key = record["ExperimentId"]
    record["Labels"] = dated(world, received.args.get("Labels") or [], ExperimentId=key)
    record["TensorboardLogUri"] = (record.get("ArtifactUri") or "oss://emulator-artifacts/") + f"{key}/tensorboard/"
    return shown(record, "CreateExperiment")


def _verbose(world: World, record: Record, args: Record) -> Record:
    """With its latest run, where details are asked for."""
    runs = [run for run in world.tables["runs"].values() if run["ExperimentId"] == record["ExperimentId"]]
    return record | ({"LatestRun": runs[-1]} if runs and args.get("Verbose") else {})


@handles("GetExperiment")
def get_experiment(world: World, received: Received) -> dict[str, Any]:
    return shown(_verbose(world, find(world, EXPERIMENT, received), received.args), "GetExperiment")


@handles("ListExperiment")
def list_experiment(world: World, received: Received) -> dict[str, Any]:
    args, name = received.args, received.args.get("Name") or ""
    exact = str((args.get("Options") or {}).get("match_name_exactly", "")).lower() == "true"
    found = [
        row for row in rows(world, EXPERIMENT, received) if (row["Name"] == name if exact else name in row["Name"])
    ]
    found = LISTING.select(found, args)
    page, more = token_page(found, args)
    shown_rows = [_verbose(world, row, args) for row in page]
    return answer("ListExperiment", shown_rows, TotalCount=len(found), **more)


@handles("SetExperimentLabels")
def set_experiment_labels(world: World, received: Received) -> dict[str, Any]:
    record = owned(world, EXPERIMENT, received)
    put_labels(record, dated(world, received.args.get("Labels") or [], ExperimentId=record["ExperimentId"]))
    touch(world, EXPERIMENT, record)
    return {}
