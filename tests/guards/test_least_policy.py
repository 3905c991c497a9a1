"""The least RAM policy holds every read that the guards of an operation make."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from pai_dlc_mcp.api.catalog import guard_operations, operation
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import PaiError
from pai_dlc_mcp.guards import pipeline
from pai_dlc_mcp.guards.discovery.ledger import Seen, remember
from pai_dlc_mcp.operation import Tool
from support.fake_cloud import call_of, runtime_of
from support.stop_calls import JOB, LOG

BARE = {name: value for name, value in JOB.items() if name != "RequestGPU"}
"""Its GPUs have to be counted from its instance types."""


def guard_reads(tool: Tool) -> tuple[str, ...]:
    """RAM actions of the reads that a tool's guards make beside its own."""
    return tuple(dict.fromkeys(action for read in guard_operations(tool) for action in read.actions))


ANSWERS: dict[str, Any] = {
    "CreateJob": {"JobId": "dlc2"},
    "UpdateJob": {},
    "GetJob": BARE,
    "GetPodLogs": {"Logs": LOG},
    "GetPodEvents": {"Events": ["a"]},
    "GetJobEvents": {"Events": ["a"]},
    "ListJobs": {"Jobs": [], "TotalCount": 0},
    "ListEcsSpecs": {"EcsSpecs": [{"InstanceType": "ecs.gn7.8x", "Gpu": 8}]},
    "GetJobTemplate": {"TemplateId": "tpl", "DefaultVersion": 1, "Versions": [{"Version": 1, "Content": {}}]},
}


SPEC = {"Type": "Worker", "Image": "image", "EcsSpec": "ecs.gn7.8x", "PodCount": 1}


NEW = {"DisplayName": "new", "WorkspaceId": "1", "JobType": "PyTorchJob", "UserCommand": "x", "JobSpecs": [SPEC]}


@pytest.mark.parametrize(
    ("action", "args", "reads"),
    [
        ("CreateJob", NEW | {"TemplateId": "tpl"}, {"GetJob", "GetJobTemplate", "ListEcsSpecs", "ListJobs"}),
        ("UpdateJob", {"JobId": "dlc1", "JobSpecs": [SPEC]}, {"GetJob", "GetPodLogs", "ListEcsSpecs"}),
        ("StopJob", {"JobId": "dlc1"}, {"GetJob", "GetPodLogs", "ListEcsSpecs"}),
        ("DeleteJob", {"JobId": "dlc1"}, {"GetJob"}),
        ("DeleteJobTemplate", {"TemplateId": "tpl"}, {"GetJobTemplate", "ListJobs"}),
        ("GetPodLogs", {"JobId": "dlc1", "PodId": "dlc1-worker-0"}, {"GetJob"}),
        ("GetPodEvents", {"JobId": "dlc1", "PodId": "dlc1-worker-0"}, {"GetJob"}),
        ("GetJobEvents", {"JobId": "dlc1"}, {"GetJob"}),
    ],
)
async def test_every_read_of_the_guards_is_in_the_policy(action: str, args: dict[str, Any], reads: set[str]) -> None:
    runtime, cloud, _ = runtime_of(dict(ANSWERS), settings=Settings(max_gpus_per_job=100))
    call = call_of(action, args)
    for kind, id in (("image", "image"), ("ecs_spec", "ecs.gn7.8x"), ("template", "tpl")):
        await remember(runtime, call.caller, call.region, kind, [Seen(id, {"Versions": [1]})])
    with suppress(PaiError):
        await pipeline.perform(call, runtime)
    asked = set(cloud.actions) - {action}
    assert asked == reads
    assert {operation(name).ram_action for name in asked} <= set(guard_reads(call.tool))


def test_an_operation_that_no_guard_reads_for_needs_no_more_than_itself() -> None:
    assert guard_reads(operation("ListImageLabels")) == ()
    assert guard_reads(operation("ListJobSanityCheckResults")) == ("paidlc:GetJob",), "masked by the job's values"
    assert guard_reads(operation("ListJobs")) == ("paiworkspace:ListMembers",)
    reads = ("GetTensorboard", "ListJobs", "ListTensorboards", "ListMembers")
    assert guard_reads(operation("StopTensorboard")) == tuple(operation(name).ram_action for name in reads)
