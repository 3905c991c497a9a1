"""Dataset jobs: indexing, tagging, importing and exporting file metadata, and the settings they run with."""

from __future__ import annotations

from typing import Annotated, Literal

from ...operation import AIWORKSPACE, CREATE, DELETE, READ, STOP, WRITE, FieldRisk, Precondition, Target, card, rows
from ...shapes import Input, Known, may, need
from ..kinds import DatasetId, WorkspaceId
from .shapes_common import Order

_JOBS = "/api/v1/datasets/{DatasetId}/datasetjobs"
_JOB = f"{_JOBS}/{{DatasetJobId}}"
_CONFIGS = "/api/v1/datasets/{DatasetId}/datasetjobconfigs"
_CONFIG = f"{_CONFIGS}/{{DatasetJobConfigId}}"

ConfigType = Annotated[str, Known("MultimodalIntelligentTag", "MultimodalSemanticIndex")]


@AIWORKSPACE.get(
    _JOBS,
    READ,
    "paidataset:ListDatasetJobs",
    "datasetjobs",
    example={"dataset_id": "d-a1b2c3d4e5", "workspace_id": "88001"},
    view=rows(
        "DatasetJobs",
        "DatasetJobId JobAction JobMode Status CompletedFileCount FailedFileCount TotalFileCount CreateTime FinishTime",
    ),
)
class ListDatasetJobs(Input):
    """List the indexing, tagging, import and export jobs of a dataset, newest first. Training jobs: dlc_list_jobs."""

    dataset_id: DatasetId = need("Dataset whose jobs are wanted.")
    dataset_version: str | None = may("Only jobs of this version.")
    job_action: str | None = may("Only jobs of this kind, such as SemanticIndex.")
    order: Order | None = may("Direction of sort_by; DESC unless given.")
    page_number: int | None = may("First page is 1, which is the default.", ge=1, sent_default=1)
    page_size: int | None = may("Rows a page.", ge=1, sent_default=20)
    sort_by: str | None = may("Field to sort by; creation time unless given.")
    status: str | None = may("Only jobs in this state, spelt as the rows show it.")
    with_logs: bool | None = may("Bring the jobs' log lines too.")
    workspace_id: WorkspaceId | None = may("Workspace that holds the dataset.")


@AIWORKSPACE.get(
    _JOB,
    READ,
    "paidataset:GetDatasetJob",
    "datasetjobs",
    example={"dataset_id": "d-a1b2c3d4e5", "dataset_job_id": "dsjob-9f3a", "workspace_id": "88001"},
    view=card(
        "JobAction JobMode Status Description CompletedFileCount FailedFileCount TotalFileCount CreateTime FinishTime "
        "Logs"
    ),
)
class GetDatasetJob(Input):
    """Read one dataset job: state, files done and failed, log lines."""

    dataset_id: DatasetId = need("Dataset the job works on.")
    dataset_job_id: str = need("Job to read.")
    dataset_version: str | None = may("Version the job works on.")
    workspace_id: WorkspaceId | None = may("Workspace that holds the dataset.")


@AIWORKSPACE.post(
    _JOBS,
    CREATE,
    "paidataset:CreateDatasetJob",
    "datasetjobs",
    example={
        "dataset_id": "d-a1b2c3d4e5",
        "dataset_version": "v1",
        "job_action": "FileMetaBuild",
        "job_spec": "{}",
        "workspace_id": "88001",
    },
    target=Target("GetDataset"),
)
class CreateDatasetJob(Input):
    """Start a job over a dataset's files: build, import or export metadata, index by meaning, tag, or take tags back.
    May cost money. Settings of indexing and tagging are kept by aiworkspace_create_dataset_job_config."""

    dataset_id: DatasetId = need("Dataset to work on; ADVANCED or LOGICAL edition.")
    dataset_version: str | None = may("Version to work on.", hint=True)
    description: str | None = may("What the job is for.")
    job_action: Literal[
        "SemanticIndex", "IntelligentTag", "FileMetaExport", "FileMetaBuild", "IntelligentTagRevert", "FileMetaImport"
    ] = need(
        "What to do with the files.", risk=FieldRisk(DELETE, lambda value, target: value == "IntelligentTagRevert")
    )
    job_mode: Annotated[str, Known("Full", "Increment")] | None = may(
        "Full (default): every file. Increment: only changed or failed ones, for SemanticIndex and IntelligentTag.",
        hint=True,
    )
    job_spec: str = need("JSON text of the action's own settings.")
    workspace_id: WorkspaceId = need("Workspace that holds the dataset.")


@AIWORKSPACE.put(
    _JOB,
    WRITE,
    "paidataset:UpdateDatasetJob",
    "datasetjobs",
    example={"dataset_id": "d-a1b2c3d4e5", "dataset_job_id": "dsjob-9f3a", "description": "nightly index"},
    target=Target("GetDatasetJob"),
)
class UpdateDatasetJob(Input):
    """Change the description of a dataset job; nothing else of it can change."""

    dataset_id: DatasetId = need("Dataset the job works on.")
    dataset_job_id: str = need("Job to change.")
    dataset_version: str | None = may("Version the job works on.")
    description: str | None = may("New description.", hint=True)
    workspace_id: WorkspaceId | None = may("Workspace that holds the dataset.")


@AIWORKSPACE.put(
    f"{_JOB}/action/stop",
    STOP,
    "paidataset:StopDatasetJob",
    "datasetjobs",
    example={"dataset_id": "d-a1b2c3d4e5", "dataset_job_id": "dsjob-9f3a"},
    rules="R30 R31 R48",
    target=Target("GetDatasetJob"),
    precondition=Precondition(("Succeeded", "Failed", "Stopped", "Terminated")),
)
class StopDatasetJob(Input):
    """Stop a dataset job before it is through. Needs a confirmation. Training jobs: dlc_stop_job."""

    dataset_id: DatasetId = need("Dataset the job works on.")
    dataset_job_id: str = need("Job to stop.")
    dataset_version: str | None = may("Version the job works on.")
    workspace_id: WorkspaceId | None = may("Workspace that holds the dataset.")


@AIWORKSPACE.delete(
    _JOB,
    DELETE,
    "paidataset:DeleteDatasetJob",
    "datasetjobs",
    example={"dataset_id": "d-a1b2c3d4e5", "dataset_job_id": "dsjob-9f3a"},
    rules="R30 R31",
    target=Target("GetDatasetJob", is_whole=True),
)
class DeleteDatasetJob(Input):
    """Delete the record of a dataset job. Needs a confirmation."""

    dataset_id: DatasetId = need("Dataset the job worked on.")
    dataset_job_id: str = need("Job to delete.")


@AIWORKSPACE.get(
    f"{_CONFIGS}/",
    READ,
    "paidataset:ListDatasetJobConfigs",
    "datasetjobs",
    example={"dataset_id": "d-a1b2c3d4e5", "workspace_id": "88001"},
    view=rows("DatasetJobConfigs", "DatasetJobConfigId ConfigType DatasetVersion WorkspaceId CreateTime ModifyTime"),
)
class ListDatasetJobConfigs(Input):
    """List the settings that a dataset's tagging and indexing jobs run with."""

    dataset_id: DatasetId = need("Dataset the settings are for.")
    config_type: ConfigType | None = may("Only settings of this kind.")
    dataset_version: str | None = may("Only settings of this version.")
    page_number: str | None = may("First page is 1, which is the default.", pattern=r"^[1-9]\d*$", sent_default="1")
    page_size: str | None = may("Rows a page; 10 unless given.", pattern=r"^[1-9]\d*$", sent_default="10")
    workspace_id: WorkspaceId | None = may("Workspace that holds the dataset.")


@AIWORKSPACE.get(
    _CONFIG,
    READ,
    "paidataset:GetDatasetJobConfig",
    "datasetjobs",
    example={"dataset_id": "d-a1b2c3d4e5", "dataset_job_config_id": "dscfg-71c0", "workspace_id": "88001"},
    view=card("DatasetId ConfigType WorkspaceId CreateTime ModifyTime"),
)
class GetDatasetJobConfig(Input):
    """Read one set of settings of dataset jobs. An API key inside is masked."""

    dataset_id: DatasetId = need("Dataset the settings are for.")
    dataset_job_config_id: str = need("Settings to read.")
    workspace_id: WorkspaceId | None = may("Workspace that holds the dataset.")


@AIWORKSPACE.post(
    _CONFIGS,
    CREATE,
    "paidataset:CreateDatasetJobConfig",
    "datasetjobs",
    example={
        "dataset_id": "d-a1b2c3d4e5",
        "config": '{"defaultModelId": "model-5b1c", "defaultModelVersion": "1.0.0"}',
        "config_type": "MultimodalSemanticIndex",
        "workspace_id": "88001",
    },
    target=Target("GetDataset"),
)
class CreateDatasetJobConfig(Input):
    """Store settings for a dataset's tagging or indexing jobs. An API key is better entered by its owner in the console
    than in a conversation."""

    dataset_id: DatasetId = need("Dataset the settings are for.")
    config: str = need(
        "JSON text: apiKey for MultimodalIntelligentTag, defaultModelId and defaultModelVersion for "
        "MultimodalSemanticIndex.",
        secret=True,
    )
    config_type: ConfigType = need("Which jobs take the settings.")
    dataset_version: str | None = may("Version they are for.")
    workspace_id: WorkspaceId = need("Workspace that holds the dataset.")


@AIWORKSPACE.put(
    _CONFIG,
    WRITE,
    "paidataset:UpdateDatasetJobConfig",
    "datasetjobs",
    example={
        "dataset_id": "d-a1b2c3d4e5",
        "dataset_job_config_id": "dscfg-71c0",
        "config": '{"defaultModelId": "model-5b1c", "defaultModelVersion": "1.1.0"}',
        "config_type": "MultimodalSemanticIndex",
    },
    target=Target("GetDatasetJobConfig"),
)
class UpdateDatasetJobConfig(Input):
    """Change the settings that a dataset's tagging or indexing jobs run with."""

    dataset_id: DatasetId = need("Dataset the settings are for.")
    dataset_job_config_id: str = need("Settings to change.")
    config: str | None = may("JSON text of the new settings, whole.", hint=True, secret=True)
    config_type: ConfigType | None = may("Which jobs take the settings.")
    workspace_id: WorkspaceId | None = may("Workspace that holds the dataset.")


@AIWORKSPACE.delete(
    _CONFIG,
    DELETE,
    "paidataset:DeleteDatasetJobConfig",
    "datasetjobs",
    example={"dataset_id": "d-a1b2c3d4e5", "dataset_job_config_id": "dscfg-71c0"},
    rules="R30 R31",
    target=Target("GetDatasetJobConfig", is_whole=True),
)
class DeleteDatasetJobConfig(Input):
    """Delete settings that a dataset's tagging or indexing jobs run with. Needs a confirmation."""

    dataset_id: DatasetId = need("Dataset the settings are for.")
    dataset_job_config_id: str = need("Settings to delete.")
    workspace_id: WorkspaceId | None = may("Workspace that holds the dataset.")
