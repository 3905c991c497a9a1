"""Datasets: where training data lies, and who may see and mount it."""

from __future__ import annotations

from typing import Annotated, Literal

from ...operation import ADMIT, AIWORKSPACE, CREATE, DELETE, EXPOSE, READ, WRITE, Find, Reveals, Target, card, rows
from ...shapes import Input, Known, may, need
from ..kinds import SHOWS, DatasetId, RoleArn, WorkspaceId
from .shapes_common import Order
from .shapes_datasets import DatasetSharingConfig, UserMetricsEndpoint, Visibility
from .shapes_labels import Label


@AIWORKSPACE.get(
    "/api/v1/datasets",
    READ,
    "paidataset:ListDatasets",
    "datasets",
    example={"workspace_id": "88001", "name": "imagenet", "page_size": 20},
    view=rows("Datasets", "DatasetId Name DataSourceType Property Uri Accessibility WorkspaceId GmtCreateTime"),
    reveals=Reveals("dataset", "Datasets", "DatasetId", ("Name", "Property")),
    rules="R03",
    presets="default lean discovery",
)
class ListDatasets(Input):
    """Find datasets that a job can mount: DatasetId goes into DataSources[].DataSourceId. Without workspace_id the
    default workspace is searched."""

    accessibility: Visibility | None = may("Only datasets of this visibility.")
    data_source_types: str | None = may("Kinds of storage such as OSS,NAS; comma between several.")
    data_types: str | None = may("Any of COMMON, PIC, TEXT, VIDEO, AUDIO; comma between several.")
    dataset_ids: str | None = may("Only these ids; comma between several.")
    edition: Literal["BASIC", "ADVANCED", "LOGICAL"] | None = may("BASIC keeps no file metadata, the others do.")
    label: str | None = may("Text inside a label's key or value.", searches="Labels")
    name: str | None = may("Part of the name.", hint=True, searches="Name")
    order: Order | None = may("Direction of sort_by; ASC unless given.")
    page_number: int | None = may("First page is 1, which is the default.", ge=1, sent_default=1)
    page_size: int | None = may("Rows a page; 10 unless given.", ge=1, sent_default=10)
    properties: str | None = may("FILE, DIRECTORY, or both with a comma.")
    provider: str | None = may("pai shows PAI's public datasets instead of your own.", hint=True)
    share_scope: Literal["TO_ME", "BY_ME"] | None = may(
        "TO_ME: shared by other accounts; BY_ME: shared by this one, with the details of sharing."
    )
    sort_by: str | None = may("Field to sort by, such as GmtCreateTime.")
    source_dataset_id: str | None = may("Dataset that a labelled set of iTAG was made from.")
    source_id: str | None = may("Id at the source: free text for USER, a task id for ITAG.")
    source_types: str | None = may("Any of USER, ITAG, PAI-PUBLIC-DATASET; comma between several.")
    workspace_id: WorkspaceId | None = may("Default workspace unless given.", hint=True)


@AIWORKSPACE.get(
    "/api/v1/datasets/{DatasetId}",
    READ,
    "paidataset:GetDataset",
    "datasets",
    example={"dataset_id": "d-a1b2c3d4e5"},
    view=card(
        "DatasetId Name Description DataSourceType Property Uri Options MountAccess Accessibility WorkspaceId "
        "UserId OwnerName LatestVersion.VersionName Labels GmtCreateTime"
    ),
    reveals=Reveals("dataset", "", "DatasetId", ("Name", "Property")),
    rules="R03",
    presets="default discovery",
)
class GetDataset(Input):
    """Read one dataset: storage address, default mount path (in Options), visibility, newest version. A dataset read
    here may be mounted by dlc_create_job."""

    dataset_id: DatasetId = need("Id such as d-a1b2c3d4e5, not the name.")


@AIWORKSPACE.post(
    "/api/v1/datasets",
    CREATE,
    "paidataset:CreateDataset",
    "datasets",
    example={
        "data_source_type": "OSS",
        "name": "imagenet-mini",
        "property": "DIRECTORY",
        "uri": "oss://training-data.oss-cn-hangzhou.aliyuncs.com/imagenet-mini/",
        "workspace_id": "88001",
    },
    find=Find("ListDatasets", "Datasets", "DatasetId", "Name"),
    risks=(ADMIT,),
)
class CreateDataset(Input):
    """Register data that already lies in OSS, NAS, CPFS, MaxCompute or behind a URL as a dataset, with its first
    version. Nothing is copied. More versions of the same data: aiworkspace_create_dataset_version."""

    accessibility: Visibility | None = may(
        "PRIVATE (default): maker and admins; ROLE_PUBLIC: the roles listed.", hint=True, risk=SHOWS
    )
    accessible_role_id_list: list[str] | None = may(
        "Roles that see a ROLE_PUBLIC dataset: PAI.… or role-….", risk=SHOWS
    )
    data_count: int | None = may("How many files there are.", ge=0)
    data_size: int | None = may("Bytes in all.", ge=0)
    data_source_type: Annotated[str, Known("OSS", "NAS", "EXTREMENAS", "CPFS", "BMCPFS", "MAXCOMPUTE", "URL")] = need(
        "Kind of storage; EXTREMENAS is Extreme NAS, BMCPFS the AI-optimised CPFS."
    )
    data_type: Annotated[str, Known("COMMON", "PIC", "TEXT", "VIDEO", "AUDIO")] | None = may(
        "What the files hold; COMMON unless given."
    )
    dataset_task_ram_role: RoleArn | None = may("RAM role that dataset jobs act under.")
    description: str | None = may("What tells this dataset from others.")
    dry_run: bool | None = may("Only check; nothing is registered.", hint=True)
    edition: Annotated[str, Known("BASIC", "ADVANCED", "LOGICAL")] | None = may(
        "BASIC (default); ADVANCED and LOGICAL add file metadata and take OSS only."
    )
    import_info: str | None = may(
        "JSON text that says where the data is mounted from: region with bucket and path (OSS), or with fileSystemId, "
        "path and mountTarget (NAS, BMCPFS) or protocolServiceId and exportId (CPFS)."
    )
    labels: list[Label] | None = may("Labels of the dataset.")
    mount_access_read_write_role_id_list: list[str] | None = may(
        'Roles that may mount it for writing; ["*"] is every role, [] only its maker.', risk=SHOWS
    )
    name: str = need(
        "Letter, digit or Chinese character, then also _ and -; 127 at most.", max_length=127, pattern=r"^[^\W_][\w-]*$"
    )
    options: str | None = may(
        'JSON text of extras; {"mountPath": "/mnt/data/"} is where jobs mount it by default.', hint=True
    )
    property: Annotated[str, Known("FILE", "DIRECTORY")] = need("Whether uri is one file or a directory.")
    provider: str | None = may("Who provides the data; pai is reserved.")
    provider_type: Annotated[str, Known("Ecs", "Lingjun")] | None = may(
        "Kind of machines the storage is for; Ecs unless given."
    )
    source_dataset_id: str | None = may("Dataset that this labelled set was made from.")
    source_dataset_version: str | None = may("Version that this labelled set was made from.")
    source_id: str | None = may("Id at the source: free text for USER, the task's id for ITAG.")
    source_type: str | None = may("USER (default), ITAG or PAI-PUBLIC-DATASET.")
    uri: str = need("oss://bucket.endpoint/path/ or nas://file-system.region/path/ (CPFS too).")
    user_id: str | None = may("Account of the owner, where an admin registers for a member.")
    user_metrics_endpoints: list[UserMetricsEndpoint] | None = may("Where metrics of the data's users are scraped.")
    version_description: str | None = may("What the first version is.")
    version_labels: list[Label] | None = may("Labels of the first version.")
    workspace_id: WorkspaceId | None = may("Default workspace unless given.", hint=True)


@AIWORKSPACE.put(
    "/api/v1/datasets/{DatasetId}",
    WRITE,
    "paidataset:UpdateDataset",
    "datasets",
    example={"dataset_id": "d-a1b2c3d4e5", "description": "cleaned in March"},
    target=Target("GetDataset"),
)
class UpdateDataset(Input):
    """Change a dataset's name, description, visibility, mount rights or sharing with other accounts. What is left out
    stays; where the data lies cannot change, register a new dataset or version for that."""

    dataset_id: DatasetId = need("Dataset to change.")
    accessibility: Visibility | None = may("ROLE_PUBLIC shows it to accessible_role_id_list.", hint=True, risk=SHOWS)
    accessible_role_id_list: list[str] | None = may(
        "Roles that see a ROLE_PUBLIC dataset: PAI.… or role-….", risk=SHOWS
    )
    description: str | None = may("New description.")
    edition: str | None = may("ADVANCED, to lift a BASIC dataset.")
    mount_access_read_write_role_id_list: list[str] | None = may(
        'Roles that may mount it for writing; ["*"] is every role, [] only its maker.', risk=SHOWS
    )
    name: str | None = may("New name.")
    options: str | None = may('JSON text of extras, such as {"mountPath": "/mnt/data/"}.')
    sharing_config: DatasetSharingConfig | None = may(
        "Accounts and workspaces it is shared with, as they shall be.", risk=SHOWS
    )


@AIWORKSPACE.put(
    "/api/v1/datasets/{DatasetId}/publish",
    EXPOSE,
    "paidataset:PublishDataset",
    "datasets",
    example={"dataset_id": "d-a1b2c3d4e5"},
    target=Target("GetDataset"),
)
class PublishDataset(Input):
    """Show a private dataset to everyone in its workspace. To choose roles instead, use aiworkspace_update_dataset."""

    dataset_id: DatasetId = need("Dataset to publish.")


@AIWORKSPACE.delete(
    "/api/v1/datasets/{DatasetId}",
    DELETE,
    "paidataset:DeleteDataset",
    "datasets",
    example={"dataset_id": "d-a1b2c3d4e5"},
    rules="R30 R31",
    target=Target("GetDataset", is_whole=True),
    lost="the registration with its versions and labels; the stored files stay where they are",
)
class DeleteDataset(Input):
    """Delete a dataset's registration; new jobs can no longer mount it. Needs a confirmation."""

    dataset_id: DatasetId = need("Dataset to delete.")


@AIWORKSPACE.post(
    "/api/v1/datasets/{DatasetId}/labels",
    WRITE,
    "paidataset:CreateDatasetLabels",
    "datasets",
    example={"dataset_id": "d-a1b2c3d4e5", "labels": [{"Key": "team", "Value": "vision"}]},
    target=Target("GetDataset"),
)
class CreateDatasetLabels(Input):
    """Label a dataset, so that aiworkspace_list_datasets finds it by label."""

    dataset_id: DatasetId = need("Dataset to label.")
    labels: list[Label] | None = may("Labels to add.", hint=True)


@AIWORKSPACE.delete(
    "/api/v1/datasets/{DatasetId}/labels",
    DELETE,
    "paidataset:DeleteDatasetLabels",
    "datasets",
    example={"dataset_id": "d-a1b2c3d4e5", "label_keys": "team,stage"},
    rules="R30 R31",
    target=Target("GetDataset"),
)
class DeleteDatasetLabels(Input):
    """Take labels off a dataset; the data stays. Needs a confirmation."""

    dataset_id: DatasetId = need("Dataset that has the labels.")
    label_keys: str | None = may("Keys to take off; comma between several.", hint=True)
