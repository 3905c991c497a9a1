"""PAI Studio's workload diagnosis: asked where it can be, tolerated where it does not answer, never part of the 170."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from end_to_end.driving import ALICE, Driver
from pai_dlc_emulator.accounts import KEYS
from pai_dlc_mcp.api import catalog
from pai_dlc_mcp.cloud.client import CloudClient
from pai_dlc_mcp.cloud.credentials import StaticCredentials
from pai_dlc_mcp.cloud.endpoints import Endpoints
from pai_dlc_mcp.composites.catalog import COMPOSITES
from pai_dlc_mcp.composites.diagnose.studio import STUDIO, diagnosis, reachable
from pai_dlc_mcp.composites.diagnose.tool import DiagnoseJob, run
from pai_dlc_mcp.runtime import Call, Caller, Reply

from .conftest import World


def cloud_of(mcp: Driver, **more: str) -> CloudClient:
    hosts = {"pai-dlc": mcp.emulator.dlc, "aiworkspace": mcp.emulator.aiworkspace} | more
    return CloudClient(Endpoints(hosts), StaticCredentials(ALICE, KEYS[ALICE].secret))


async def diagnosed(mcp: Driver, cloud: Any, job: str) -> dict[str, Any]:
    tool = next(one for one in COMPOSITES if one.name == "dlc_diagnose_job")
    call = Call(tool, DiagnoseJob(job_id=job), {}, "cn-hangzhou", Caller("os:tests"))
    outcome = await run(call, replace(await mcp.app.runtime(), cloud=cloud))
    await cloud.close()
    return outcome.data


async def test_its_404_is_said_as_such(world: World, mcp: Driver) -> None:
    job = world("failures")["queue-full"]
    data = await diagnosed(mcp, cloud_of(mcp, pai=mcp.emulator.dlc), job)
    assert data["cause"] == "quota_full"
    assert any(line.startswith("workload diagnosis of PAI Studio: ") for line in data["not_read"])


async def test_an_answer_of_it_names_the_cause(world: World, mcp: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    job = world("failures")["queue-full"]
    cloud = cloud_of(mcp)
    sent, real = [], cloud.send

    async def send(operation: Any, args: Any, region: str, *, max_bytes: int | None = None) -> Reply:
        if operation is not diagnosis():
            return await real(operation, args, region, max_bytes=max_bytes)
        sent.append(args)
        check = {"Status": "Failed", "ExceedResources": ["GPU"], "Used": {"GPU": "32"}, "Limit": {"GPU": "32"}}
        return Reply({"Diagnosis": {"ResourceDiagnosis": {"AncestorQuotaLimit": check}}})

    monkeypatch.setattr(cloud, "send", send)  # the third product has no emulator
    cloud.endpoints = Endpoints({**cloud.endpoints.replaced, "pai": "http://127.0.0.1:9"})
    data = await diagnosed(mcp, cloud, job)
    assert data["cause"] == "parent_quota"
    assert sent[0]["WorkloadId"] == job


async def test_it_is_not_asked_past_an_endpoint_that_replaces_the_cloud(world: World, mcp: Driver) -> None:
    job = world("failures")["queue-full"]
    data = await mcp.data("dlc_diagnose_job", job_id=job)
    assert any("not asked" in line for line in data["not_read"])


async def test_it_would_go_to_its_own_host_of_the_region(mcp: Driver) -> None:
    runtime = await mcp.app.runtime()
    assert not reachable(runtime)
    assert Endpoints().base(STUDIO.key, "cn-hangzhou") == "https://pai.cn-hangzhou.aliyuncs.com"


def test_it_is_no_part_of_the_catalogue() -> None:
    assert STUDIO not in catalog.SERVICES
    assert "GetQuotaWorkloadDiagnosis" not in {one.action_name for one in catalog.operations()}
