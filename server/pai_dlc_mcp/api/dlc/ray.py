"""Ray history servers: they replay the logs of Ray jobs that have ended."""

from __future__ import annotations

from typing import Annotated, Literal

from ...operation import CREATE, DELETE, DLC, READ, STOP, WRITE, Find, Target, card, rows
from ...shapes import Input, Known, may, need
from ..kinds import SHOWS, InstanceType, QuotaId, RayHistoryServerId, Timestamp, WorkspaceId
from .shapes import Accessibility, Order


@DLC.post(
    "/api/v1/rayhistoryservers",
    CREATE,
    "paidlc:CreateRayHistoryServer",
    "ray",
    example={
        "workspace_id": "123456",
        "display_name": "ray-history",
        "storage_path": "oss://bucket.oss-cn-hangzhou-internal.aliyuncs.com/ray-logs/",
        "ecs_spec": "ecs.g7.xlarge",
    },
    rules="R05 R20 R25",
    find=Find(
        "ListRayHistoryServers", "RayHistoryServers", "RayHistoryServerId", "DisplayName", since="StartTime", own=True
    ),
    action_confidence="secondary",
    starts="instance",
)
class CreateRayHistoryServer(Input):
    """Start a server that shows the Ray logs below storage_path, on public resources (ecs_spec) or in the user's quota
    (resource_id). It costs money while it runs."""

    accessibility: Accessibility | None = may(
        "Who sees it: the workspace, or you and its admins.", rule="R20", risk=SHOWS
    )
    display_name: str = need("Name of the server.")
    ecs_spec: InstanceType | None = may("InstanceType from dlc_list_ecs_specs, for public resources.")
    max_runtime_minutes: int | None = may("Stopped after this.")
    resource_id: QuotaId | None = may("Quota id, from the user; public resources without it.")
    storage_path: str = need("Where the jobs wrote their Ray logs.")
    workspace_id: WorkspaceId = need("Workspace it belongs to.")


@DLC.get(
    "/api/v1/rayhistoryservers/{RayHistoryServerId}",
    READ,
    "paidlc:GetRayHistoryServer",
    "ray",
    example={"ray_history_server_id": "rhs-abc123"},
    view=card(
        "RayHistoryServerId DisplayName Status ReasonCode ReasonMessage RayHistoryServerUrl StoragePath EcsSpec"
        " ResourceId UserId OwnerName WorkspaceId GmtCreateTime GmtFinishTime MaxRuntimeMinutes"
    ),
    action_confidence="secondary",
)
class GetRayHistoryServer(Input):
    """One Ray history server: status, address, storage path."""

    ray_history_server_id: RayHistoryServerId = need("Server to read.")


@DLC.get(
    "/api/v1/rayhistoryservers",
    READ,
    "paidlc:ListRayHistoryServers",
    "ray",
    example={"workspace_id": "123456"},
    view=rows(
        "RayHistoryServers",
        "RayHistoryServerId DisplayName Status StoragePath Username GmtCreateTime MaxRuntimeMinutes WorkspaceId",
    ),
    action_confidence="secondary",
)
class ListRayHistoryServers(Input):
    """Find Ray history servers."""

    display_name: str | None = may("Name to look for.", searches="DisplayName")
    end_time: Timestamp | None = may("Created before.")
    id_prefix: str | None = may("Beginning of the id.")
    modified_after: Timestamp | None = may("Changed after.")
    order: Order | None = may("Direction of sort_by.")
    page_number: int | None = may("From 1.", ge=1, sent_default=1)
    page_size: int | None = may("Servers a page.", ge=1, sent_default=20)
    payment_type: Annotated[str, Known("PrePaid", "PostPaid")] | None = may("In a quota, or paid for by use.")
    resource_id: str | None = may("Only those in this quota.")
    show_own: bool | None = may("Only the caller's own.", sent_default=False)
    sort_by: Literal["DisplayName", "GmtCreateTime", "UserId", "ResourceId", "Status", "GmtModifyTime"] | None = may(
        "Sort field."
    )
    start_time: Timestamp | None = may("Created after.")
    status: Annotated[str, Known("Creating", "Queuing", "Running", "Stopped", "Failed")] | None = may(
        "Only in this state."
    )
    storage_path: str | None = may("Only those that show this path.")
    user_id_for_filter: str | None = may("Only those of this user id.")
    username: str | None = may("Only those of this user name.")
    workspace_id: WorkspaceId | None = may("Only those of this workspace.")


@DLC.post(
    "/api/v1/rayhistoryservers/{RayHistoryServerId}/start",
    WRITE,
    "paidlc:StartRayHistoryServer",
    "ray",
    example={"ray_history_server_id": "rhs-abc123"},
    target=Target("GetRayHistoryServer"),
    risks=(CREATE,),
    action_confidence="secondary",
    starts="instance",
)
class StartRayHistoryServer(Input):
    """Start a stopped Ray history server again; it costs money while it runs."""

    ray_history_server_id: RayHistoryServerId = need("Server to start.")


@DLC.post(
    "/api/v1/rayhistoryservers/{RayHistoryServerId}/stop",
    STOP,
    "paidlc:StopRayHistoryServer",
    "ray",
    example={"ray_history_server_id": "rhs-abc123"},
    rules="R30 R31 R35",
    target=Target("GetRayHistoryServer"),
    action_confidence="secondary",
)
class StopRayHistoryServer(Input):
    """Stop a Ray history server; dlc_start_ray_history_server brings it back. Needs a confirmation."""

    ray_history_server_id: RayHistoryServerId = need("Server to stop.")


@DLC.delete(
    "/api/v1/rayhistoryservers/{RayHistoryServerId}",
    DELETE,
    "paidlc:DeleteRayHistoryServer",
    "ray",
    example={"ray_history_server_id": "rhs-abc123"},
    rules="R30 R31 R35",
    target=Target("GetRayHistoryServer", is_whole=True),
    action_confidence="secondary",
)
class DeleteRayHistoryServer(Input):
    """Erase a Ray history server; the logs it shows stay where they are. Needs a confirmation."""

    ray_history_server_id: RayHistoryServerId = need("Server to erase.")
