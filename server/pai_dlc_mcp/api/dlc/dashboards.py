"""Links into a job: dashboards, a shell in a pod, share tokens."""

from __future__ import annotations

from typing import Literal

from ...operation import DLC, EXPOSE, Target
from ...shapes import Input, may, need
from ..kinds import JobId
from .shapes_sharing import TokenSettings

SHARED = "true: a link for others; needs token."
SHARE = "Token of dlc_get_token with target_type job."


@DLC.get(
    "/api/v1/jobs/{JobId}/dashboard",
    EXPOSE,
    "paidlc:GetDashboard",
    "dashboards",
    example={"job_id": "dlc1abcd2345"},
    rules="R44 R65",
    presets="default",
    target=Target("GetJob"),
    hands_out="url",
    action_confidence="secondary",
)
class GetDashboard(Input):
    """Link to the dashboard of a RayJob; other job types have none."""

    job_id: JobId = need("A RayJob.")
    is_shared: bool | None = may(SHARED, api="isShared")
    token: str | None = may(SHARE, api="token", secret=True)


@DLC.get(
    "/api/v1/jobs/{JobId}/rayDashboard",
    EXPOSE,
    "paidlc:GetRayDashboard",
    "dashboards",
    example={"job_id": "dlc1abcd2345"},
    rules="R44 R65",
    presets="default",
    target=Target("GetJob"),
    hands_out="url",
    action_confidence="secondary",
)
class GetRayDashboard(Input):
    """Link to Ray's own dashboard of a RayJob, and whether it has metrics; other job types have none."""

    job_id: JobId = need("A RayJob.")
    is_shared: bool | None = may(SHARED, api="isShared")
    token: str | None = may(SHARE, api="token", secret=True)


@DLC.get(
    "/api/v1/jobs/{JobId}/pods/{PodId}/webterminal",
    EXPOSE,
    "paidlc:GetWebTerminal",
    "dashboards",
    example={"job_id": "dlc1abcd2345", "pod_id": "dlc1abcd2345-worker-0"},
    rules="R45 R65",
    presets="default",
    target=Target("GetJob"),
    hands_out="WebTerminalUrl",
)
class GetWebTerminal(Input):
    """Link to a shell inside a live pod of a Running job, valid for 30 seconds. For the person to open: whoever has it
    can run anything there."""

    job_id: JobId = need("A Running job.")
    pod_id: str = need("PodId from dlc_get_job.")
    is_shared: bool | None = may("true: a link for someone else, usable once.")
    pod_uid: str | None = may("PodUid, where a pod id was used more than once.")


@DLC.get(
    "/api/v1/tokens",
    EXPOSE,
    "paidlc:GetToken",
    "dashboards",
    example={"target_type": "job", "target_id": "dlc1abcd2345", "expire_time": 3600},
    rules="R65",
    presets="default",
    hands_out="Token",
)
class GetToken(Input):
    """Make a share token for a job or a TensorBoard: whoever has it can look at it until it expires."""

    expire_time: int | None = may("Life in seconds; 604800 (7 days) by default.", ge=0, hint=True)
    target_id: str | None = may("Job or TensorBoard to share.", hint=True, about=True, kind_by="TargetType")
    target_type: Literal["job", "tensorboard"] | None = may("Kind of target_id.", hint=True)
    token_settings: TokenSettings | None = may("Further rights of the holder.", style="flat")
