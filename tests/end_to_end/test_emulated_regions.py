"""A server with a private emulator: each region is a world of its own at addresses of its own (R75, R79)."""

from __future__ import annotations

from typing import Any

from mcp import Client

from pai_dlc_emulator.server import running
from pai_dlc_mcp.app import Application
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.protocol.server import build


async def test_r79_each_region_of_an_embedded_emulator_answers_for_itself_and_no_other_region_does() -> None:
    app = Application(Settings(toolsets=("all",), state="memory"), emulate=running)
    async with app.running(), Client(build(app)) as client:

        async def called(tool: str, **arguments: Any) -> dict[str, Any]:
            return dict((await client.call_tool(tool, arguments)).structured_content)

        first, second = [
            await called("aiworkspace_list_workspaces", **where) for where in ({}, {"region": "cn-shanghai"})
        ]
        assert (first["region"], second["region"]) == ("cn-hangzhou", "cn-shanghai")
        ids = [{row["WorkspaceId"] for row in answer["data"]["Workspaces"]} for answer in (first, second)]
        assert ids[0]
        assert ids[1]
        assert not ids[0] & ids[1]
        quotas = [
            (await called("dlc_quota_status", **where))["data"]["quotas"] for where in ({}, {"region": "cn-shanghai"})
        ]
        assert all("total" in row for rows in quotas for row in rows)
        assert not {row["QuotaId"] for row in quotas[0]} & {row["QuotaId"] for row in quotas[1]}
        third = await called("aiworkspace_list_workspaces", region="cn-beijing")
        assert (third["error"]["rule"], third["error"]["field"]) == ("R79", "region")
        status = await called("pai_status", region="cn-shanghai")
        assert set(status["data"]["endpoints"]) == {"pai-dlc", "aiworkspace", "pai"}
