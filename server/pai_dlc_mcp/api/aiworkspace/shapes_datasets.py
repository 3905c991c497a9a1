"""Nested shapes of the dataset operations."""

from __future__ import annotations

from typing import Any, Literal

from ...shapes import DELETE, FieldRisk, Shape, may, need, opened
from .. import kinds
from ..kinds import Timestamp


def _takes_tags(tags: Any, target: Any) -> bool:
    """Whether a change of tags takes some away; what cannot be read may."""
    groups = opened(tags)
    if groups is None:
        return True
    by_hand, found_wrong = opened(groups.get("user") or {}), opened(groups.get("user-delete-ai-tags") or {})
    is_replaced = not {"user", "user-delete-ai-tags"}.issuperset(groups)
    return is_replaced or by_hand is None or bool(by_hand.get("remove")) or found_wrong is None or bool(found_wrong)


Visibility = Literal["PRIVATE", "PUBLIC", "ROLE_PUBLIC"]


class UserMetricsEndpoint(Shape):
    """Where metrics of a job that mounts the dataset can be scraped."""

    Path: str | None = may("HTTP path that answers with metrics.", hint=True)
    Port: int | None = may("Port that is listened on.", hint=True, ge=1, le=65535)


class DatasetShareRelationship(Shape):
    """One workspace of another account that a dataset is shared with."""

    AllowedMountAccessLevels: list[Literal["RO", "RW"]] | None = may(
        'Most that the receiver may do; ["RO"] unless given.', hint=True
    )
    ExpiresAt: Timestamp | None = may("When sharing ends; never unless given.", hint=True)
    Extra: str | None = may(
        "JSON text of switches AllowExportModel, AllowAccessDLCWebTerminal, AllowAccessDLCFullLog: what jobs that "
        "mount the data may give out."
    )
    IsSecureMode: bool | None = may("Keep the receiver from taking the data out.")
    SharedAt: Timestamp | None = may("When sharing began; filled in by the service.")
    SourceTenantId: str | None = may("Account that owns the dataset; filled in by the service.")
    SourceWorkspaceId: str | None = may("Workspace that owns the dataset; filled in by the service.")
    Status: Literal["ACTIVE", "EXPIRED", "REVOKED", "INVALID"] | None = may(
        "Where the relationship stands; only an ACTIVE one shows the dataset."
    )
    TenantId: str | None = may("Main account to share with; needed here.", hint=True)
    WorkspaceId: kinds.WorkspaceId | None = may(
        "Workspace to share with, not the dataset's own; needed here.", hint=True
    )


class DatasetSharingConfig(Shape):
    """With whom a dataset is shared across accounts."""

    SharedTo: list[DatasetShareRelationship] | None = may("Every workspace it is shared with.", hint=True)


class DatasetFileMetaContentCreate(Shape):
    """The record of one file that is to be added."""

    Comment: str | None = may("Remark for people.")
    ContentType: str = need("Whole MIME type, such as image/jpeg.")
    DataSize: int | None = may("Size in bytes.", ge=0)
    FileCreateTime: Timestamp | None = may("When the file was made.")
    FileFingerPrint: str = need("What changes with the content: ETag on OSS, MD5 on NAS.")
    FileName: str | None = may("Name without directories.")
    FileType: str = need("First half of the MIME type, such as image.")
    FileUpdateTime: Timestamp = need("When the content last changed.")
    MetaAttributes: str | None = may("JSON text of further properties; not searchable.")
    Tags: str | None = may('JSON text of tags set by hand: {"user": {"add": ["sunny"]}}.')
    Uri: str = need("oss://bucket/path or nas://file-system/path; one record a URI.")
    SyncTime: Timestamp | None = may("When the record was synchronised.")


class DatasetFileMetaContentUpdate(Shape):
    """The changes to one file's record; what is left out stays."""

    Comment: str | None = may("Remark for people.")
    ContentType: str | None = may("Whole MIME type.")
    DataSize: int | None = may("Size in bytes.", ge=0)
    DatasetFileMetaId: str = need("Record to change.")
    FileCreateTime: Timestamp | None = may("When the file was made.")
    FileFingerPrint: str | None = may("ETag or MD5 of the content.")
    FileName: str | None = may("Name without directories.")
    FileType: str | None = may("First half of the MIME type.")
    FileUpdateTime: Timestamp | None = may("When the content last changed.")
    MetaAttributes: str | None = may("JSON text of properties such as width or bitrate; not searchable.")
    SemanticIndexJobId: str | None = may("Dataset job that indexed the file.")
    SemanticIndexUpdateTime: Timestamp | None = may("When the file was indexed.")
    Tags: str | None = may(
        'JSON text: {"user": {"add": [], "remove": []}, "user-delete-ai-tags": {…}} by hand, {"ai": []} by tag_job_id.',
        hint=True,
        risk=FieldRisk(DELETE, _takes_tags),
    )
