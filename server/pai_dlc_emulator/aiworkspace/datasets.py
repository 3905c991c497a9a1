"""Datasets: a name, a place in storage, and versions of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..wire import Received, handles
from .nouns import Noun, Record, invalid
from .paging import Listing
from .store import check_unique, create, crud, find, home, labelling, moment, rows, shown, update, view

if TYPE_CHECKING:
    from ..world import World

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
LISTING = Listing(
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
crud(DATASET, delete_="DeleteDataset", publish="PublishDataset")
labelling(DATASET, put="CreateDatasetLabels", drop="DeleteDatasetLabels", keys="LabelKeys")


def versions(world: World, dataset: Record) -> list[Record]:
    """The versions of a dataset, oldest first."""
    return [row for row in world.tables["dataset_versions"].values() if row["DatasetId"] == dataset["DatasetId"]]


def check_uri(fields: Record) -> None:
    """The address must be of the kind of storage that is named."""
    kinds = SCHEMES.get(fields["DataSourceType"])
    if kinds and not fields["Uri"].startswith(kinds):
        raise invalid("Uri", f"an address of {fields['DataSourceType']} begins with {' or '.join(kinds)}")


def _with_latest(world: World, dataset: Record) -> Record:
    own = versions(world, dataset)
    return dataset | {"LatestVersion": view(own[-1], "DatasetVersion")} if own else dataset


@handles("CreateDataset")
def create_dataset(world: World, received: Received) -> dict[str, Any]:
    """Register a dataset with its first version; a dry run only checks."""
    args = received.args
    check_uri(args)
    if args.get("Provider") == "pai":
        raise invalid("Provider", "pai is reserved")
    if args.get("DryRun"):
        DATASET.check(args)
        check_unique(world, DATASET, args | {"WorkspaceId": home(world, received)}, None)
        return {}
    dataset = create(world, DATASET, received)
    first = {"Description": args.get("VersionDescription", ""), "Labels": args.get("VersionLabels") or []}
    add_version(world, dataset, {name: dataset.get(name) for name in _SHARED} | first)
    return shown(dataset, "CreateDataset")


_SHARED = (
    "DataCount", "DataSize", "DataSourceType", "DatasetTaskRamRole", "ImportInfo", "Options", "Property", "SourceId",
    "SourceType", "Uri", "UserMetricsEndpoints", "MountAccess",
)  # fmt: skip


def add_version(world: World, dataset: Record, fields: Record) -> Record:
    """The next version of a dataset: v1, v2, ..."""
    taken = [int(row["VersionName"][1:]) for row in versions(world, dataset)]
    name, now = f"v{max(taken, default=0) + 1}", moment(world)
    identity = {"DatasetId": dataset["DatasetId"], "VersionName": name, "GmtCreateTime": now, "GmtModifiedTime": now}
    record = {**VERSION.defaults, **fields, **identity, "WorkspaceId": dataset["WorkspaceId"]}
    world.tables["dataset_versions"][f"{dataset['DatasetId']}/{name}"] = record
    return record


@handles("UpdateDataset")
def update_dataset(world: World, received: Received) -> dict[str, Any]:
    for share in received.args.get("SharingConfig", {}).get("SharedTo") or []:
        share["Status"], share["SharedAt"] = share.get("Status", "ACTIVE"), moment(world)
    return shown(update(world, DATASET, received), "UpdateDataset")


@handles("ListDatasets")
def list_datasets(world: World, received: Received) -> dict[str, Any]:
    found = rows(world, DATASET, received)
    scope = received.args.get("ShareScope")
    if scope:
        found = [row for row in found if row.get("SharingConfig" if scope == "BY_ME" else "SharedFrom")]
    return LISTING.answer(received, found, lambda row: _with_latest(world, row))


@handles("GetDataset")
def get_dataset(world: World, received: Received) -> dict[str, Any]:
    return shown(_with_latest(world, find(world, DATASET, received)), "GetDataset")
