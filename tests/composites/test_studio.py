"""PAI Studio's workload diagnosis: asked where it can be, tolerated where it does not answer, never part of the 170."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from end_to_end.driving import ALICE, Driver, driving
from pai_dlc_emulator.accounts import KEYS
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.api import catalog
from pai_dlc_mcp.cloud.client import CloudClient
from pai_dlc_mcp.cloud.credentials import StaticCredentials
from pai_dlc_mcp.cloud.endpoints import Endpoints
from pai_dlc_mcp.composites.catalog import COMPOSITES
from pai_dlc_mcp.composites.diagnose.studio import STUDIO, reachable
from pai_dlc_mcp.composites.diagnose.tool import DiagnoseJob, run
from pai_dlc_mcp.runtime import Call, Caller

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


@pytest.mark.parametrize(("name", "cause"), [("ancestor-quota", "parent_quota"), ("user-limit", "user_limit")])
async def test_an_answer_of_it_names_the_cause(name: str, cause: str, world: World, mcp: Driver, requests: Any) -> None:
    job = world("failures")[name]
    data = await mcp.data("dlc_diagnose_job", job_id=job)
    assert data["cause"] == cause
    assert any(line.startswith("[studio]") for line in data["untrusted_evidence"])
    asked = [one["path"] for one in requests() if one["operation"] == "paistudio:GetQuotaWorkloadDiagnosis"]
    assert len(asked) == 1
    assert job in asked[0]


async def test_it_is_not_asked_past_an_endpoint_that_replaces_the_cloud(world: World, emulator: Emulator) -> None:
    job = world("failures")["queue-full"]
    async with driving(emulator, studio_endpoint=None) as mcp:
        data = await mcp.data("dlc_diagnose_job", job_id=job)
        assert any("not asked" in line for line in data["not_read"])
        assert not reachable(await mcp.app.runtime())


def test_it_would_go_to_its_own_host_of_the_region() -> None:
    assert Endpoints().base(STUDIO.key, "cn-hangzhou") == "https://pai.cn-hangzhou.aliyuncs.com"


def test_it_is_no_part_of_the_catalogue() -> None:
    assert STUDIO not in catalog.SERVICES
    assert "GetQuotaWorkloadDiagnosis" not in {one.action_name for one in catalog.operations()}
