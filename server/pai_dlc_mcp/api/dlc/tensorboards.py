"""TensorBoards: start one for a job, a dataset or a path; find, share, stop and delete it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from ...operation import (
    CREATE,
    DELETE,
    DLC,
    EXPOSE,
    READ,
    STOP,
    WRITE,
    FieldRisk,
    Find,
    Precondition,
    Target,
    card,
    rows,
)
from ...shapes import Input, Known, may, need
from ..kinds import SHOWS, DatasetId, JobId, QuotaId, TensorboardId, Timestamp, WorkspaceId
from .shapes import Accessibility, Order
from .shapes_tensorboard import MountedDataset, SummarySource, TensorboardInstance

WORKSPACE = "Workspace of the TensorBoard."
MARGIN_S = 600.0
"""A limit that is reached within this time is as good as a stop."""


def _ends_soon(minutes: Any, target: Mapping[str, Any] | None) -> bool:
    """Whether a limit is over already, or nearly, for a TensorBoard that has run so long; unknown counts as yes."""
    if target is None or str(target.get("Status")).capitalize() in ("Stopped", "Succeeded", "Failed"):
        return target is None
    ran = str(target.get("Duration"))
    return not ran.isdigit() or int(minutes) * 60 < int(ran) + MARGIN_S


@DLC.post(
    "/api/v1/tensorboards",
    CREATE,
    "paidlc:CreateTensorboard",
    "tensorboards",
    example={"workspace_id": "123456", "display_name": "resnet-tb", "job_id": "dlc1abcd2345"},
    rules="R03 R05 R14 R20 R24 R25 R43",
    presets="default",
    find=Find(
        "ListTensorboards",
        "Tensorboards",
        "TensorboardId",
        "DisplayName",
        since="StartTime",
        own=True,
        is_checked_before=True,
    ),
    starts="instance",
)
class CreateTensorboard(Input):
    """Start a TensorBoard. Data comes from job_id, or from data_sources (registered datasets by DataSourceId), or from
    tensorboard_data_sources (paths by Uri); job_id and data_sources exclude each other."""

    accessibility: Accessibility | None = may(
        "Who sees it: the workspace, or you and its admins.", rule="R20", risk=SHOWS
    )
    cpu: int | None = may("Cores.")
    data_source_id: DatasetId | None = may("One dataset, by its id.")
    data_source_type: Annotated[str, Known("OSS", "NAS")] | None = may("Storage behind uri.")
    data_sources: list[MountedDataset] | None = may("Registered datasets.", rule="R43")
    display_name: str | None = may("Name; cannot be changed later (R42).", hint=True)
    job_id: JobId | None = may("Job whose summaries are shown.", about=True)
    max_running_time_minutes: int | None = may("Stopped after this.")
    memory: int | None = may("Memory in GB.")
    options: str | None = may('JSON text for the dataset in uri; MountPath is the one key, as {"MountPath": "/mnt"}.')
    priority: str | None = may("1 low (default) to 9 high.", pattern="^[1-9]$", rule="R14")
    quota_id: QuotaId | None = may("Quota to run in, from the user; allow-listed users only.")
    source_id: str | None = may("Id of the source, with source_type.", kind_by="SourceType")
    source_type: str | None = may("Kind of source, with source_id; job is the documented one.")
    summary_path: str | None = may("Folder of the summaries in the container.", hint=True)
    summary_relative_path: str | None = may("The same, below the dataset's mount.")
    tensorboard_data_sources: list[SummarySource] | None = may("Paths by Uri.")
    tensorboard_spec: TensorboardInstance | None = may("Instance paid for by use.")
    uri: str | None = may("oss://bucket.endpoint/path or nas://file-system-id.region/path.")
    workspace_id: WorkspaceId | None = may("Workspace it belongs to.", hint=True)


@DLC.get(
    "/api/v1/tensorboards/{TensorboardId}",
    READ,
    "paidlc:GetTensorboard",
    "tensorboards",
    example={"tensorboard_id": "tbabc123"},
    view=card(
        "TensorboardId DisplayName Status ReasonCode ReasonMessage TensorboardUrl JobId SummaryPath UserId OwnerName"
        " IsYours WorkspaceId Accessibility GmtCreateTime GmtFinishTime Duration:seconds MaxRunningTimeMinutes:minutes"
    ),
    presets="default",
)
class GetTensorboard(Input):
    """One TensorBoard: status, address, data, run time limit."""

    tensorboard_id: TensorboardId = need("TensorBoard to read.")
    job_id: str | None = may("Job it was made for.", api="JodId")
    token: str | None = may("Share token, to read without permission of one's own.", api="Token", secret=True)
    workspace_id: WorkspaceId | None = may(WORKSPACE)


@DLC.get(
    "/api/v1/tensorboards",
    READ,
    "paidlc:ListTensorboards",
    "tensorboards",
    example={"workspace_id": "123456", "status": "Running"},
    view=rows(
        "Tensorboards",
        "TensorboardId DisplayName Status JobId Username GmtCreateTime Duration:seconds MaxRunningTimeMinutes:minutes",
    ),
    presets="default",
)
class ListTensorboards(Input):
    """Find TensorBoards. Without start_time only the last 7 days."""

    accessibility: Accessibility | None = may("Only those of this visibility.")
    display_name: str | None = may("Name to look for.", searches="DisplayName")
    end_time: Timestamp | None = may("Created before; now by default.")
    job_id: str | None = may("Only those of this job.")
    order: Order | None = may("Direction of sort_by.")
    page_number: int | None = may("From 1.", ge=1, sent_default=1, le=1000)
    page_size: int | None = may("TensorBoards a page.", ge=1, sent_default=10, le=100)
    payment_type: Annotated[str, Known("Free", "Postpaid")] | None = may("Free resources, or paid for by use.")
    quota_id: str | None = may("Only those in this quota.")
    show_own: bool | None = may("Only the caller's own.", sent_default=False)
    sort_by: Literal["DisplayName", "GmtCreateTime"] | None = may("Sort field.")
    source_id: str | None = may("Only those of this source.")
    source_type: str | None = may("Kind of source; job is the documented one.")
    start_time: Timestamp | None = may("Created after; 7 days ago by default.", sent_default="-7d")
    status: Annotated[str, Known("Creating", "Running", "Stopped", "Succeeded", "Failed")] | None = may(
        "Only in this state."
    )
    tensorboard_id: str | None = may("This one only.")
    user_id: str | None = may("Only those of this user id.")
    username: str | None = may("Only those of this user name.")
    verbose: bool | None = may("true adds details.")
    workspace_id: WorkspaceId | None = may("Only those of this workspace.")


@DLC.put(
    "/api/v1/tensorboards/{TensorboardId}",
    WRITE,
    "paidlc:UpdateTensorboard",
    "tensorboards",
    example={"tensorboard_id": "tbabc123", "max_running_time_minutes": 240},
    rules="R14 R20 R30 R31 R35 R42",
    presets="default",
    target=Target("GetTensorboard"),
)
class UpdateTensorboard(Input):
    """Change visibility, priority or run time limit of a TensorBoard. It cannot be renamed."""

    tensorboard_id: TensorboardId = need("TensorBoard to change.")
    accessibility: Accessibility | None = may("Who sees it.", place="query", rule="R20", risk=SHOWS)
    max_running_time_minutes: int | None = may(
        "Stopped after this.", place="query", risk=FieldRisk(STOP, _ends_soon, needs_target=True)
    )
    priority: str | None = may("1 low to 9 high.", place="query", pattern="^[1-9]$", rule="R14")
    workspace_id: WorkspaceId | None = may(WORKSPACE, place="query")


@DLC.put(
    "/api/v1/tensorboards/{TensorboardId}/start",
    WRITE,
    "paidlc:StartTensorboard",
    "tensorboards",
    example={"tensorboard_id": "tbabc123"},
    presets="default",
    target=Target("GetTensorboard"),
    risks=(CREATE,),
    starts="instance",
)
class StartTensorboard(Input):
    """Start a stopped TensorBoard again; it may cost money while it runs."""

    tensorboard_id: TensorboardId = need("TensorBoard to start.")
    workspace_id: WorkspaceId | None = may(WORKSPACE, place="query")


@DLC.put(
    "/api/v1/tensorboards/{TensorboardId}/stop",
    STOP,
    "paidlc:StopTensorboard",
    "tensorboards",
    example={"tensorboard_id": "tbabc123"},
    rules="R30 R31 R35",
    presets="default",
    target=Target("GetTensorboard"),
)
class StopTensorboard(Input):
    """Stop a TensorBoard; dlc_start_tensorboard brings it back. Needs a confirmation."""

    tensorboard_id: TensorboardId = need("TensorBoard to stop.")
    workspace_id: WorkspaceId | None = may(WORKSPACE, place="query")


@DLC.delete(
    "/api/v1/tensorboards/{TensorboardId}",
    DELETE,
    "paidlc:DeleteTensorboard",
    "tensorboards",
    example={"tensorboard_id": "tbabc123"},
    rules="R30 R31 R35 R48",
    presets="default",
    target=Target("GetTensorboard", is_whole=True),
    precondition=Precondition(("Creating", "Running", "Restarting", "Starting"), first="StopTensorboard"),
)
class DeleteTensorboard(Input):
    """Erase a TensorBoard; its data stays where it is. Needs a confirmation."""

    tensorboard_id: TensorboardId = need("TensorBoard to erase.")
    workspace_id: WorkspaceId | None = may(WORKSPACE)


@DLC.get(
    "/api/v1/tensorboards/{TensorboardId}/sharedurl",
    EXPOSE,
    "paidlc:GetTensorboardSharedUrl",
    "tensorboards",
    example={"tensorboard_id": "tbabc123", "expire_time_seconds": "3600"},
    rules="R65",
    presets="default",
    target=Target("GetTensorboard"),
    hands_out="TensorboardSharedUrl",
)
class GetTensorboardSharedUrl(Input):
    """Make a link that opens a TensorBoard for whoever has it, until it expires."""

    tensorboard_id: TensorboardId = need("TensorBoard to share.")
    expire_time_seconds: str | None = may("Life of the link in seconds, at most 604800 (7 days).", hint=True)
