"""Metadata records of a dataset's files: adding, searching by tag or by meaning, counting."""

from __future__ import annotations

from typing import Annotated, Literal

from ...operation import AIWORKSPACE, CREATE, DELETE, READ, WRITE, Target, card, rows
from ...shapes import Input, Known, may, need
from ..kinds import DatasetId, Timestamp, WorkspaceId
from .shapes_common import Order, rows_unless_paged
from .shapes_datasets import DatasetFileMetaContentCreate, DatasetFileMetaContentUpdate

_FILES = "/api/v1/datasets/{DatasetId}/datasetfilemetas"

Grouping = Annotated[str, Known("filedir", "filetype", "tags.user", "tags.user-delete-ai-tags", "tags.ai", "tags.all")]


@AIWORKSPACE.get(
    _FILES,
    READ,
    "paidataset:ListDatasetFileMetas",
    "datasetfiles",
    example={
        "dataset_id": "d-a1b2c3d4e5",
        "dataset_version": "v1",
        "query_tags_include_all": ["sunny", "crossing"],
        "workspace_id": "88001",
    },
    view=rows("DatasetFileMetas", "DatasetFileMetaId FileName FileType DataSize:bytes Score Status FileUpdateTime Uri"),
)
class ListDatasetFileMetas(Input):
    """Search the file records of a dataset version by name, tag, type, time, meaning (text, image, video) or an
    expression. Search by meaning needs a SemanticIndex job first: aiworkspace_create_dataset_job."""

    dataset_id: DatasetId = need("Dataset to search.")
    dataset_file_meta_ids: list[str] | None = may("Only these records.", style="simple")
    dataset_version: str = need("Version to search, such as v1.")
    end_file_update_time: Timestamp | None = may("One end of the window of file changes.")
    end_tag_update_time: Timestamp | None = may("Tags last set until then.")
    max_results: int | None = may(
        "Rows a page, 100 at most; 10 unless given.", ge=1, le=100, sent_default=rows_unless_paged
    )
    next_token: str | None = may("NextToken of the page before.")
    order: Order | None = may("Direction of sort_by; DESC unless given.")
    page_size: int | None = may("Older form of max_results, which wins over it.", ge=1)
    query_content_type_include_any: list[str] | None = may("Any of these whole MIME types.", style="simple")
    query_expression: str | None = may(
        "Expression of AND, OR, NOT, comparisons, HAS, : and =; goes without any other query_ argument.",
        hint=True,
        searches="*",
    )
    query_file_dir: str | None = may("Part of the directory.", searches="FileDir Uri")
    query_file_name: str | None = may("Part of the file's name.", hint=True, searches="FileName Uri")
    query_file_type_include_any: list[str] | None = may("Any of these types, such as image.", style="simple")
    query_image: str | None = may("oss://bucket/path of a picture; files that look like it, VECTOR or MIX only.")
    query_tags_exclude: list[str] | None = may("None of these tags; TAG or MIX only.", style="simple")
    query_tags_include_all: list[str] | None = may("All of these tags; TAG or MIX only.", style="simple")
    query_tags_include_any: list[str] | None = may("At least one of these tags; TAG or MIX only.", style="simple")
    query_text: str | None = may("Words to search for.", hint=True, searches="*")
    query_type: Annotated[str, Known("MIX", "TAG", "VECTOR")] | None = may(
        "TAG: by tags; VECTOR: by meaning; MIX (default): both."
    )
    query_video: str | None = may("oss://bucket/path of a film; files that look like it, VECTOR or MIX only.")
    score_threshold: float | None = may("Least similarity of a hit; VECTOR or MIX only.")
    sort_by: Literal["FileCreateTime", "FileUpdateTime", "GmtCreateTime"] | None = may(
        "How well it fits comes first unless given."
    )
    start_file_update_time: Timestamp | None = may("Other end of the window of file changes.")
    start_tag_update_time: Timestamp | None = may("Tags last set since then.")
    status: Annotated[str, Known("ACTIVE", "ALL", "DELETED")] | None = may(
        "ACTIVE (default) leaves deleted records out."
    )
    thumbnail_mode: str | None = may(
        "Size of pictures' thumbnails (OSS only): p_50 percent, w_200 or h_100 pixels, m_pad,w_100,h_100 or "
        "m_fill,w_100,h_100."
    )
    top_k: int | None = may("Most hits by meaning; VECTOR or MIX only.", ge=1)
    workspace_id: WorkspaceId = need("Workspace that holds the dataset.")


@AIWORKSPACE.get(
    f"{_FILES}/{{DatasetFileMetaId}}",
    READ,
    "paidataset:GetDatasetFileMeta",
    "datasetfiles",
    example={"dataset_id": "d-a1b2c3d4e5", "dataset_file_meta_id": "07914c9534586e4e", "dataset_version": "v1"},
    view=card(
        "DatasetFileMeta.DatasetFileMetaId DatasetFileMeta.FileName DatasetFileMeta.Uri DatasetFileMeta.ContentType "
        "DatasetFileMeta.DataSize:bytes DatasetFileMeta.Tags DatasetFileMeta.Status DatasetFileMeta.FileUpdateTime"
    ),
)
class GetDatasetFileMeta(Input):
    """Read the record of one file: address, size, type, tags."""

    dataset_id: DatasetId = need("Dataset the file is in.")
    dataset_file_meta_id: str = need("Record to read.")
    dataset_version: str | None = may("Version the file is in.", hint=True)
    workspace_id: WorkspaceId | None = may("Workspace that holds the dataset.")


@AIWORKSPACE.get(
    "/api/v1/statistics/datasets/{DatasetId}/datasetfilemetas",
    READ,
    "paidataset:GetDatasetFileMetasStatistics",
    "datasetfiles",
    example={
        "dataset_id": "d-a1b2c3d4e5",
        "aggregate_by": "tags.all",
        "dataset_version": "v1",
        "workspace_id": "88001",
    },
    view=rows("DatasetFileMetasStats", "Key Count"),
)
class GetDatasetFileMetasStatistics(Input):
    """Count the file records of a dataset version, in all or grouped by directory, type or tag."""

    dataset_id: DatasetId = need("Dataset to count in.")
    aggregate_by: Grouping | None = may("What to group by; only the total unless given.", hint=True)
    dataset_version: str = need("Version to count in.")
    max_results: int | None = may("Most groups, 100 at most; 10 unless given.", ge=1, le=100, sent_default=10)
    workspace_id: WorkspaceId = need("Workspace that holds the dataset.")


@AIWORKSPACE.post(
    _FILES,
    CREATE,
    "paidataset:CreateDatasetFileMetas",
    "datasetfiles",
    example={
        "dataset_id": "d-a1b2c3d4e5",
        "dataset_file_metas": [
            {
                "ContentType": "image/jpeg",
                "FileFingerPrint": "D41D8CD98F00B204E9800998ECF8427E",
                "FileType": "image",
                "FileUpdateTime": "2025-03-01T08:00Z",
                "Uri": "oss://training-data/imagenet-mini/0001.jpg",
            }
        ],
        "dataset_version": "v1",
        "workspace_id": "88001",
    },
    target=Target("GetDataset"),
)
class CreateDatasetFileMetas(Input):
    """Add records of files to a dataset version of ADVANCED or LOGICAL edition. A FileMetaBuild job does it for every
    file: aiworkspace_create_dataset_job."""

    dataset_id: DatasetId = need("Dataset the files are in.")
    dataset_file_metas: list[DatasetFileMetaContentCreate] = need("One entry a file.")
    dataset_version: str = need("Version the files are in.")
    workspace_id: WorkspaceId = need("Workspace that holds the dataset.")


@AIWORKSPACE.put(
    _FILES,
    WRITE,
    "paidataset:UpdateDatasetFileMetas",
    "datasetfiles",
    example={
        "dataset_id": "d-a1b2c3d4e5",
        "dataset_file_metas": [{"DatasetFileMetaId": "07914c9534586e4e", "Tags": '{"user": {"add": ["sunny"]}}'}],
        "dataset_version": "v1",
        "workspace_id": "88001",
    },
    target=Target("GetDataset"),
)
class UpdateDatasetFileMetas(Input):
    """Change records of files, most of all their tags."""

    dataset_id: DatasetId = need("Dataset the files are in.")
    dataset_file_metas: list[DatasetFileMetaContentUpdate] = need("One entry a record to change.")
    dataset_version: str | None = may("Version the files are in.", hint=True)
    tag_job_id: str | None = may("Dataset job that found the tags, where tags of the ai group are set.")
    workspace_id: WorkspaceId | None = may("Workspace that holds the dataset.", hint=True)


@AIWORKSPACE.delete(
    _FILES,
    DELETE,
    "paidataset:DeleteDatasetFileMetas",
    "datasetfiles",
    example={"dataset_id": "d-a1b2c3d4e5", "dataset_file_meta_ids": "07914c9534586e4e", "dataset_version": "v1"},
    rules="R30 R31",
    target=Target("GetDataset"),
)
class DeleteDatasetFileMetas(Input):
    """Delete metadata records of files, not the files. Needs a confirmation."""

    dataset_id: DatasetId = need("Dataset the files are in.")
    dataset_file_meta_ids: str = need("Ids of the records; comma between several.")
    dataset_version: str | None = may("Version the files are in.", hint=True)
    workspace_id: WorkspaceId | None = may("Workspace that holds the dataset.")
