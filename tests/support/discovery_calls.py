"""Answers of listings, a job made of what they show, and the two decisions of the discovery guard."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.errors import DiscoveryRequired
from pai_dlc_mcp.guards.discovery import check as discovery
from pai_dlc_mcp.runtime import Call, Reply, Runtime
from support.fake_cloud import REGION, call_of

URI = "dsw-registry.cn-hangzhou.cr.aliyuncs.com/pai/pytorch:2.4"
IMAGES = {"Images": [{"ImageUri": URI, "Name": "pytorch:2.4", "ImageId": "image-aaaabbbbccccdddd11"}]}
SPECS = {
    "EcsSpecs": [
        {"InstanceType": "ecs.gn7i", "IsAvailable": True, "Gpu": 1, "GpuType": "A10"},
        {"InstanceType": "ecs.gn6v", "IsAvailable": False, "Gpu": 1, "GpuType": "V100"},
        {"InstanceType": "ecs.gn6e", "IsAvailable": True, "Gpu": 1, "GpuType": "V100"},
        {"InstanceType": "ecs.gn7.8x", "IsAvailable": True, "Gpu": 8, "GpuType": "A100"},
    ]
}
DATASETS = {"Datasets": [{"DatasetId": "d-known", "Name": "corpus"}]}
SOURCES = {"CodeSources": [{"CodeSourceId": "code-known", "DisplayName": "trainer"}]}
QUOTAS = {"Resources": [{"Id": "r-1", "Quotas": [{"Id": "quota-known", "Name": "team"}]}]}
LISTS = {
    "ListImages": IMAGES,
    "ListEcsSpecs": SPECS,
    "ListDatasets": DATASETS,
    "ListCodeSources": SOURCES,
    "ListResources": QUOTAS,
}


def job(**more: Any) -> dict[str, Any]:
    return {
        "DisplayName": "train",
        "WorkspaceId": "11001",
        "JobSpecs": [{"Type": "Worker", "Image": URI, "EcsSpec": "ecs.gn7i"}],
        "DataSources": [{"DataSourceId": "d-known"}],
        "CodeSource": {"CodeSourceId": "code-known"},
        "ResourceId": "quota-known",
    } | more


def spec(**more: Any) -> dict[str, Any]:
    return job(JobSpecs=[{"Image": URI, "EcsSpec": "ecs.gn7i"} | more])


async def show_lists(runtime: Runtime, *lists: str, caller: str = "ada", region: str = REGION) -> None:
    """The answers of these lists, as they pass through the pipeline."""
    for name in lists or tuple(LISTS):
        call = call_of(name, caller=caller)
        call.region = region
        await discovery.learn(call, Reply(dict(LISTS[name])), runtime)


async def refusal(runtime: Runtime, args: dict[str, Any], action: str = "CreateJob") -> DiscoveryRequired:
    """The refusal of a call that names what no list has shown."""
    with pytest.raises(DiscoveryRequired) as refused:
        await discovery.check(call_of(action, args), runtime)
    return refused.value


async def allowed(runtime: Runtime, args: dict[str, Any], action: str = "CreateJob") -> Call:
    """The call after it passed the guard, with its notices."""
    call = call_of(action, args)
    await discovery.check(call, runtime)
    return call
