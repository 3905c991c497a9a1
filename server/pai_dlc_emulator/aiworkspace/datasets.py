"""Datasets and their versions: a name, a place in storage, and what it held when."""

from __future__ import annotations

from typing import Any

from ..listing import Listing, view_as, whole_number
from ..wire import Received, Record, invalid
from ..world import World, handles
from .nouns import Noun
from .store import (
    as_answer,
    check_unique,
    create_record,
    delete_record,
    find_owned,
    find_record,
    now_text,
    register_crud,
    register_labels,
    target_workspace,
    update_record,
    visible_records,
)

STORAGE = ("OSS", "NAS", "EXTREMENAS", "CPFS", "BMCPFS", "MAXCOMPUTE", "URL")
SCHEMES = {"OSS": ("oss://",), "NAS": ("nas://",), "CPFS": ("cpfs://", "nas://"), "URL": ("http://", "https://")}
DATASET = Noun(
    "Dataset",
    "datasets",
    "DatasetId",
    "d-",
    unique="Name",
    pattern=r"[A-Za-z0-9\u4e00-\u9fff][\w-]{0,126}",
    children=("dataset_versions", "dataset_files", "dataset_jobs", "dataset_job_configs"),
    enums={
        "Accessibility": ("PUBLIC", "PRIVATE", "ROLE_PUBLIC"),
        "DataSourceType": STORAGE,
        "DataType": ("COMMON", "PIC", "TEXT", "VIDEO", "AUDIO"),
        "Property": ("FILE", "DIRECTORY"),
        "ProviderType": ("Ecs", "ECS", "Lingjun"),
        "Edition": ("BASIC", "ADVANCED", "LOGICAL"),
    },
    defaults={
        "Accessibility": "PRIVATE", "DataType": "COMMON", "SourceType": "USER", "ProviderType": "Ecs",
        "Edition": "BASIC", "MountAccess": "RW", "Labels": [],
    },
)  # fmt: skip
VERSION = Noun(
    "DatasetVersion",
    "dataset_versions",
    "VersionName",
    parent=DATASET,
    enums={"Property": ("FILE", "DIRECTORY"), "DataSourceType": STORAGE},
    defaults={"SourceType": "USER", "MountAccess": "RW", "Labels": []},
)
DATASET_LISTING = Listing(
    exact={
        "WorkspaceId": "WorkspaceId", "Accessibility": "Accessibility", "DatasetIds": "DatasetId",
        "DataSourceTypes": "DataSourceType", "DataTypes": "DataType", "Properties": "Property",
        "SourceTypes": "SourceType", "SourceId": "SourceId", "SourceDatasetId": "SourceDatasetId",
        "Edition": "Edition", "Provider": "Provider",
    },
    fuzzy={"Name": ("Name",)},
    label="Label",
    sortable=("GmtCreateTime", "GmtModifiedTime", "Name", "DatasetId"),
    size=10,
)  # fmt: skip
register_crud(DATASET, delete_="DeleteDataset", publish="PublishDataset")
register_labels(DATASET, put="CreateDatasetLabels", drop="DeleteDatasetLabels", keys="LabelKeys")


def versions(world: World, dataset: Record) -> list[Record]:
    """The versions of a dataset, oldest first."""
    return [
        row for row in world.catalogue.tables["dataset_versions"].values() if row["DatasetId"] == dataset["DatasetId"]
    ]


def check_uri(fields: Record) -> None:
    """The address must be of the kind of storage that is named."""
    kinds = SCHEMES.get(fields["DataSourceType"])
    if kinds and not fields["Uri"].startswith(kinds):
        raise invalid("Uri", f"an address of {fields['DataSourceType']} begins with {' or '.join(kinds)}")


def _with_latest(world: World, dataset: Record) -> Record:
    own = versions(world, dataset)
    return dataset | {"LatestVersion": view_as(own[-1], "DatasetVersion")} if own else dataset


@handles("CreateDataset")
def create_dataset(world: World, received: Received) -> dict[str, Any]:
    """Register a dataset with its first version; a dry run only checks."""
    args = received.args
    check_uri(args)
    if args.get("Provider") == "pai":
        raise invalid("Provider", "pai is reserved")
    if args.get("DryRun"):
        DATASET.check(args)
        check_unique(world, DATASET, args | {"WorkspaceId": target_workspace(world, received)}, None)
        return {}
    dataset = create_record(world, DATASET, received)
    first = {"Description": args.get("VersionDescription", ""), "Labels": args.get("VersionLabels") or []}
    add_version(world, dataset, {name: dataset.get(name) for name in _SHARED} | first)
    return as_answer(dataset, "CreateDataset")


_SHARED = (
    "DataCount", "DataSize", "DataSourceType", "DatasetTaskRamRole", "ImportInfo", "Options", "Property", "SourceId",
    "SourceType", "Uri", "UserMetricsEndpoints", "MountAccess",
)  # fmt: skip


def add_version(world: World, dataset: Record, fields: Record) -> Record:
    """The next version of a dataset: v1, v2, ..."""
    taken = [int(row["VersionName"][1:]) for row in versions(world, dataset)]
    name, now = f"v{max(taken, default=0) + 1}", now_text(world)
    identity = {"DatasetId": dataset["DatasetId"], "VersionName": name, "GmtCreateTime": now, "GmtModifiedTime": now}
    record = {**VERSION.defaults, **fields, **identity, "WorkspaceId": dataset["WorkspaceId"]}
    world.catalogue.tables["dataset_versions"][f"{dataset['DatasetId']}/{name}"] = record
    return record


@handles("UpdateDataset")
def update_dataset(world: World, received: Received) -> dict[str, Any]:
    for share in received.args.get("SharingConfig", {}).get("SharedTo") or []:
        share["Status"], share["SharedAt"] = share.get("Status", "ACTIVE"), now_text(world)
    return as_answer(update_record(world, DATASET, received), "UpdateDataset")


@handles("ListDatasets")
def list_datasets(world: World, received: Received) -> dict[str, Any]:
    found = visible_records(world, DATASET, received)
    scope = received.args.get("ShareScope")
    if scope:
        found = [row for row in found if row.get("SharingConfig" if scope == "BY_ME" else "SharedFrom")]
    return DATASET_LISTING.answer(received, found, lambda row: _with_latest(world, row))


@handles("GetDataset")
def get_dataset(world: World, received: Received) -> dict[str, Any]:
    return as_answer(_with_latest(world, find_record(world, DATASET, received)), "GetDataset")


VERSION_LISTING = Listing(
    exact={"Properties": "Property", "SourceTypes": "SourceType", "SourceId": "SourceId"},
    sortable=("GmtCreateTime", "GmtModifiedTime", "SourceType", "DataSourceType", "Property", "DataSize", "DataCount"),
    size=10,
)
register_crud(VERSION, get="GetDatasetVersion", update_="UpdateDatasetVersion")
register_labels(VERSION, put="CreateDatasetVersionLabels", drop="DeleteDatasetVersionLabels", keys="Keys")


@handles("CreateDatasetVersion")
def create_dataset_version(world: World, received: Received) -> dict[str, Any]:
    args, dataset = received.args, find_owned(world, DATASET, received)
    VERSION.check(args)
    check_uri(args)
    if args["DataSourceType"] != dataset["DataSourceType"]:
        raise invalid("DataSourceType", f"the dataset is on {dataset['DataSourceType']}")
    if args.get("DryRun"):
        return {}
    return as_answer(add_version(world, dataset, args), "CreateDatasetVersion")


@handles("ListDatasetVersions")
def list_dataset_versions(world: World, received: Received) -> dict[str, Any]:
    args, found = received.args, visible_records(world, VERSION, received)
    for argument, side in (("LabelKeys", "Key"), ("LabelValues", "Value")):
        wanted = {text for text in args.get(argument, "").split(",") if text}
        found = [row for row in found if not wanted or wanted & {label.get(side) for label in row["Labels"]}]
    pages = {"PageNumber": whole_number(args, "PageNumber", 1), "PageSize": whole_number(args, "PageSize", 10)}
    return VERSION_LISTING.answer(received, found) | pages


@handles("DeleteDatasetVersion")
def delete_dataset_version(world: World, received: Received) -> dict[str, Any]:
    if find_record(world, VERSION, received)["VersionName"] == "v1":
        raise invalid("VersionName", "v1 goes only with its dataset")
    version = delete_record(world, VERSION, received)
    files = world.catalogue.tables["dataset_files"]
    gone = (version["DatasetId"], version["VersionName"])
    for key in [key for key, row in files.items() if (row["DatasetId"], row["DatasetVersion"]) == gone]:
        del files[key]
    return as_answer(version, "DeleteDatasetVersion")
