"""Versions of a dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..wire import Received, ServiceError, handles
from .dataset_files import forget
from .datasets import DATASET, VERSION, add_version, check_uri, versions
from .nouns import invalid
from .paging import Listing, number
from .store import crud, delete, find, labelling, owned, rows, shown

if TYPE_CHECKING:
    from ..world import World

LISTING = Listing(
    exact={"Properties": "Property", "SourceTypes": "SourceType", "SourceId": "SourceId"},
    sortable=("GmtCreateTime", "GmtModifiedTime", "SourceType", "DataSourceType", "Property", "DataSize", "DataCount"),
    size=10,
)
crud(VERSION, get="GetDatasetVersion", update_="UpdateDatasetVersion")
labelling(VERSION, put="CreateDatasetVersionLabels", drop="DeleteDatasetVersionLabels", keys="Keys")


@handles("CreateDatasetVersion")
def create_dataset_version(world: World, received: Received) -> dict[str, Any]:
    args, dataset = received.args, owned(world, DATASET, received)
    VERSION.check(args)
    check_uri(args)
    if args["DataSourceType"] != dataset["DataSourceType"]:
        raise invalid("DataSourceType", f"the dataset is on {dataset['DataSourceType']}")
    if args.get("DryRun"):
        return {}
    return shown(add_version(world, dataset, args), "CreateDatasetVersion")


@handles("ListDatasetVersions")
def list_dataset_versions(world: World, received: Received) -> dict[str, Any]:
    args, found = received.args, rows(world, VERSION, received)
    for argument, side in (("LabelKeys", "Key"), ("LabelValues", "Value")):
        wanted = {text for text in args.get(argument, "").split(",") if text}
        found = [row for row in found if not wanted or wanted & {label.get(side) for label in row["Labels"]}]
    pages = {"PageNumber": number(args, "PageNumber", 1), "PageSize": number(args, "PageSize", 10)}
    return LISTING.answer(received, found) | pages


@handles("DeleteDatasetVersion")
def delete_dataset_version(world: World, received: Received) -> dict[str, Any]:
    if len(versions(world, find(world, DATASET, received))) == 1 and find(world, VERSION, received):
        raise ServiceError(400, "LastVersion", "The only version of a dataset goes with the dataset.")
    version = delete(world, VERSION, received)
    forget(world, version["DatasetId"], version["VersionName"])
    return shown(version, "DeleteDatasetVersion")
