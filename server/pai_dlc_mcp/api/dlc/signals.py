"""Signals to running jobs, and tags on jobs."""

from __future__ import annotations

from typing import Literal

from ...operation import DELETE, DLC, READ, STOP, WRITE, Target, card, rows
from ...shapes import Input, may, need
from ..kinds import JobId, RegionId
from .shapes_sharing import ResourceTag, SignalTarget

SHARE = "Share token of dlc_get_token, to read without permission of one's own."


@DLC.post(
    "/api/v1/jobs/{JobId}/signals",
    WRITE,
    "paidlc:CreateSignal",
    "signals",
    example={"job_id": "dlc1abcd2345", "signal": "SIGUSR1", "target": {"Scope": "roles", "Roles": ["Worker"]}},
    rules="R30 R31 R35",
    target=Target("GetJob"),
    adds=True,
    action_confidence="secondary",
    risks=(STOP,),
)
class CreateSignal(Input):
    """Send a signal to pods of a running job, e.g. to make it save a checkpoint. What it does is up to the job's
    program, and the default action of most signals ends it: confirmed, but for signals that the operator lets pass.
    Delivery: dlc_get_signal."""

    job_id: JobId = need("Job that gets the signal.")
    signal: str | None = may("Signal to send; the accepted codes are not documented.", hint=True)
    target: SignalTarget | None = may("Pods or roles that get it.")


@DLC.get(
    "/api/v1/jobs/{JobId}/signals/{SignalId}",
    READ,
    "paidlc:GetSignal",
    "signals",
    example={"job_id": "dlc1abcd2345", "signal_id": "sig-abc123"},
    view=card("SignalId JobId Signal Status Reason Message Scope Roles PodNames GmtCreated GmtModified"),
    action_confidence="secondary",
)
class GetSignal(Input):
    """Whether one signal was delivered."""

    job_id: JobId = need("Job it was sent to.")
    signal_id: str = need("SignalId from dlc_create_signal or dlc_list_signals.")
    token: str | None = may(SHARE, secret=True)


@DLC.get(
    "/api/v1/jobs/{JobId}/signals",
    READ,
    "paidlc:ListSignals",
    "signals",
    example={"job_id": "dlc1abcd2345"},
    view=rows("Signals", "SignalId Signal Status Reason Scope Roles PodNames GmtCreated"),
    action_confidence="secondary",
)
class ListSignals(Input):
    """Signals sent to a job and how they fared."""

    job_id: JobId = need("Job to read.")
    order: str | None = may("asc or desc.")
    page_number: str | None = may("From 1.", sent_default="1")
    page_size: str | None = may("Signals a page.", sent_default="20")
    sort_by: str | None = may("Sort field; its values are not documented.")
    status: str | None = may("Only in this state; the values are not documented.")
    token: str | None = may(SHARE, secret=True)


@DLC.post(
    "/api/v1/tags",
    WRITE,
    "paidlc:TagResources",
    "signals",
    example={
        "region_id": "cn-hangzhou",
        "resource_type": "Job",
        "resource_id": ["dlc1abcd2345"],
        "tag": [{"Key": "team", "Value": "vision"}],
    },
    touches_any_job=True,
    action_confidence="secondary",
)
class TagResources(Input):
    """Put up to 20 tags on up to 50 jobs."""

    region_id: RegionId = need("Region of the jobs, as cn-hangzhou.")
    resource_id: list[JobId] = need("Job ids, at most 50.", max_length=50)
    resource_type: Literal["Job"] = need("Job.")
    tag: list[ResourceTag] | None = may("Tags, at most 20.", max_length=20, hint=True)


@DLC.delete(
    "/api/v1/tags",
    DELETE,
    "paidlc:UntagResources",
    "signals",
    example={"resource_type": "Job", "resource_id": ["dlc1abcd2345"], "tag_key": ["team"]},
    rules="R30 R31 R35",
    touches_any_job=True,
    action_confidence="secondary",
)
class UntagResources(Input):
    """Take tags off jobs: those in tag_key, or every tag with all. Needs a confirmation."""

    all: Literal["true", "false"] | None = may("Every tag, when tag_key is left out; false by default.")
    resource_id: list[JobId] = need("Job ids, at most 50.", max_length=50, style="json")
    resource_type: Literal["Job"] = need("Job.")
    tag_key: list[str] | None = may("Keys of the tags, at most 20.", max_length=20, style="json")
