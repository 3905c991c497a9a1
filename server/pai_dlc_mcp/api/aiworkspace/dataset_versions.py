"""Versions of a dataset and their labels."""

from __future__ import annotations

from typing import Annotated, Literal

from ...operation import ADMIT, AIWORKSPACE, CREATE, DELETE, READ, WRITE, Precondition, Target, card, rows
from ...shapes import Input, Known, may, need
from ..kinds import DatasetId, RoleArn
from .shapes_common import Order
from .shapes_datasets import UserMetricsEndpoint
from .shapes_labels import Label

_VERSIONS = "/api/v1/datasets/{DatasetId}/versions"
_VERSION = f"{_VERSIONS}/{{VersionName}}"


@AIWORKSPACE.get(
    _VERSIONS,
    READ,
    "paidataset:ListDatasetVersions",
    "datasets",
    example={"dataset_id": "d-a1b2c3d4e5", "page_number": 1, "page_size": 10},
    view=rows(
        "DatasetVersions", "VersionName Description DataSourceType Property Uri DataSize:bytes DataCount GmtCreateTime"
    ),
)
class ListDatasetVersions(Input):
    """List the versions of a dataset with where each one lies and how large it is."""

    dataset_id: DatasetId = need("Dataset whose versions are wanted.")
    label_keys: str | None = may("Text inside a label's key.", searches="Labels")
    label_values: str | None = may("Text inside a label's value.", searches="Labels")
    order: Order | None = may("Direction of sort_by; ASC unless given.")
    page_number: int = need("First page is 1.", ge=1)
    page_size: int = need("Rows a page, such as 10.", ge=1)
    properties: Annotated[str, Known("DIRECTORY", "FILE")] | None = may(
        "Only versions that are a directory, or one file."
    )
    sort_by: (
        Literal[
            "GmtCreateTime",
            "GmtModifiedTime",
            "SourceType",
            "DataSourceType",
            "Property",
            "DataSize",
            "DataCount",
            "DatasetId",
        ]
        | None
    ) = may("GmtCreateTime unless given.")
    source_id: str | None = may("Id at the source: free text for USER, a task id for ITAG.")
    source_types: str | None = may("USER, ITAG or PAI-PUBLIC-DATASET.")


@AIWORKSPACE.get(
    _VERSION,
    READ,
    "paidataset:GetDatasetVersion",
    "datasets",
    example={"dataset_id": "d-a1b2c3d4e5", "version_name": "v2"},
    view=card(
        "DatasetId VersionName Description DataSourceType Property Uri Options MountAccess DataSize:bytes DataCount"
        " Labels"
    ),
)
class GetDatasetVersion(Input):
    """Read one version of a dataset. The newest version also comes with aiworkspace_get_dataset."""

    dataset_id: DatasetId = need("Dataset the version is of.")
    version_name: str = need("Such as v1; aiworkspace_list_dataset_versions shows them.")


@AIWORKSPACE.post(
    _VERSIONS,
    CREATE,
    "paidataset:CreateDatasetVersion",
    "datasets",
    example={
        "dataset_id": "d-a1b2c3d4e5",
        "data_source_type": "OSS",
        "property": "DIRECTORY",
        "uri": "oss://training-data.oss-cn-hangzhou.aliyuncs.com/imagenet-mini-2/",
    },
    target=Target("GetDataset"),
    risks=(ADMIT,),
)
class CreateDatasetVersion(Input):
    """Add a version to a dataset: the same kind of storage, another address. Nothing is copied. The answer holds the
    version's name."""

    dataset_id: DatasetId = need("Dataset that gets the version.")
    data_count: int | None = may("How many files there are.", ge=0)
    data_size: int | None = may("Bytes in all.", ge=0)
    data_source_type: str = need("Kind of storage, the same as the dataset's: OSS, NAS, CPFS ….")
    dataset_task_ram_role: RoleArn | None = may("RAM role that dataset jobs act under.")
    description: str | None = may("What is new in this version.")
    dry_run: bool | None = may("Only check; no version is made.", hint=True)
    import_info: str | None = may("JSON text of where it is mounted from, as in aiworkspace_create_dataset.")
    labels: list[Label] | None = may("Labels of this version.")
    options: str | None = may('JSON text of extras, such as {"mountPath": "/mnt/data/"}.')
    property: Annotated[str, Known("FILE", "DIRECTORY")] = need("Whether uri is one file or a directory.")
    source_id: str | None = may("Id at the source: free text for USER, the task's id for ITAG.")
    source_type: str | None = may("USER (default), ITAG or PAI-PUBLIC-DATASET.")
    uri: str = need("oss://bucket.endpoint/path/ or nas://file-system.region/path/ (CPFS too).")
    user_metrics_endpoints: list[UserMetricsEndpoint] | None = may("Where metrics of the data's users are scraped.")


@AIWORKSPACE.put(
    _VERSION,
    WRITE,
    "paidataset:UpdateDatasetVersion",
    "datasets",
    example={"dataset_id": "d-a1b2c3d4e5", "version_name": "v2", "description": "without duplicates"},
    target=Target("GetDatasetVersion"),
)
class UpdateDatasetVersion(Input):
    """Change what is noted about a version: description, size, mount options. Its address cannot change."""

    dataset_id: DatasetId = need("Dataset the version is of.")
    version_name: str = need("Version to change.")
    data_count: int | None = may("How many files there are.", ge=0)
    data_size: int | None = may("Bytes in all.", ge=0)
    dataset_task_ram_role: RoleArn | None = may("RAM role that dataset jobs act under.")
    description: str | None = may("New description.")
    options: str | None = may('JSON text of extras, such as {"mountPath": "/mnt/data/"}.')
    user_metrics_endpoints: list[UserMetricsEndpoint] | None = may("Where metrics of the data's users are scraped.")


@AIWORKSPACE.delete(
    _VERSION,
    DELETE,
    "paidataset:DeleteDatasetVersion",
    "datasets",
    example={"dataset_id": "d-a1b2c3d4e5", "version_name": "v2"},
    rules="R30 R31 R48",
    target=Target("GetDatasetVersion", is_whole=True),
    precondition=Precondition(never=("VersionName", "v1")),
)
class DeleteDatasetVersion(Input):
    """Delete one version's registration; the dataset and its other versions stay. Needs a confirmation."""

    dataset_id: DatasetId = need("Dataset the version is of.")
    version_name: str = need("Version to delete.")


@AIWORKSPACE.put(
    f"{_VERSION}/labels",
    WRITE,
    "paidataset:CreateDatasetVersionLabels",
    "datasets",
    example={"dataset_id": "d-a1b2c3d4e5", "version_name": "v2", "labels": [{"Key": "stage", "Value": "clean"}]},
    target=Target("GetDatasetVersion"),
)
class CreateDatasetVersionLabels(Input):
    """Label one version of a dataset."""

    dataset_id: DatasetId = need("Dataset the version is of.")
    version_name: str = need("Version to label.")
    labels: list[Label] = need("Labels to add.")


@AIWORKSPACE.delete(
    f"{_VERSION}/labels",
    DELETE,
    "paidataset:DeleteDatasetVersionLabels",
    "datasets",
    example={"dataset_id": "d-a1b2c3d4e5", "version_name": "v2", "keys": "stage"},
    rules="R30 R31",
    target=Target("GetDatasetVersion"),
)
class DeleteDatasetVersionLabels(Input):
    """Take labels off one version of a dataset; the data stays. Needs a confirmation."""

    dataset_id: DatasetId = need("Dataset the version is of.")
    version_name: str = need("Version that has the labels.")
    keys: str = need("Keys to take off; comma between several.")
