"""Datasets: a name, a place in storage, and versions of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..wire import Received, handles
from .paging import among, containing, labelled, ordered, page
from .store import Noun, Record, find, rows, view

if TYPE_CHECKING:
    from ..world import World

DATASET = Noun("Dataset", "datasets", "DatasetId", "d-", unique="Name")
_FILTERS = {
    "WorkspaceId": "WorkspaceId",
    "Accessibility": "Accessibility",
    "DatasetIds": "DatasetId",
    "DataSourceTypes": "DataSourceType",
    "DataTypes": "DataType",
    "Properties": "Property",
    "SourceTypes": "SourceType",
    "SourceId": "SourceId",
    "SourceDatasetId": "SourceDatasetId",
    "Edition": "Edition",
    "Provider": "Provider",
}


def versions(world: World, dataset: Record) -> list[Record]:
    """The versions of a dataset, oldest first."""
    return [row for row in world.tables["dataset_versions"].values() if row["DatasetId"] == dataset["DatasetId"]]


def _with_latest(world: World, dataset: Record) -> Record:
    own = versions(world, dataset)
    return dataset | {"LatestVersion": view(own[-1], "DatasetVersion")} if own else dataset


@handles("ListDatasets")
def list_datasets(world: World, received: Received) -> dict[str, Any]:
    args = received.args
    found = containing(rows(world, DATASET, received), ("Name",), args.get("Name"))
    for argument, field in _FILTERS.items():
        found = among(found, field, args.get(argument))
    if args.get("ShareScope"):
        found = [row for row in found if row.get("SharingConfig" if args["ShareScope"] == "BY_ME" else "SharedFrom")]
    found = ordered(labelled(found, args.get("Label")), args, ("GmtCreateTime", "GmtModifiedTime", "Name", "DatasetId"))
    shown = [view(_with_latest(world, row), "Dataset") for row in page(found, args, size=10)]
    return {"Datasets": shown, "TotalCount": len(found)}


@handles("GetDataset")
def get_dataset(world: World, received: Received) -> dict[str, Any]:
    return view(_with_latest(world, find(world, DATASET, received)), "GetDatasetResponseBody")
