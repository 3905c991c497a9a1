"""R60: a body is read no further than the cap needs, whatever the service sends."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters

from pai_dlc_emulator.server import Emulator

MEGABYTE = 1_000_000
GIGABYTE = 1_000 * MEGABYTE


def own_server() -> Path:
    """``/proc`` folder of the server that this process started."""
    children = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    pids = {pid for listed in children for pid in listed.read_text().split()}
    return next(Path("/proc") / pid for pid in pids if b"serve" in (Path("/proc") / pid / "cmdline").read_bytes())


def peak(server: Path) -> int:
    """The most memory that the process has held so far, in bytes."""
    lines = (server / "status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


async def test_r60_a_log_of_a_gigabyte_costs_twenty_megabytes_and_gives_one_capped_answer(
    emulator: Emulator, admin: Callable[..., Any]
) -> None:
    environment = os.environ | {
        "PAI_DLC_MCP_DLC_ENDPOINT": emulator.dlc,
        "PAI_DLC_MCP_AIWORKSPACE_ENDPOINT": emulator.aiworkspace,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": emulator.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": emulator.access_key_secret,
    }
    arguments = ["-m", "pai_dlc_mcp", "serve", "--state", "memory", "--region", "cn-hangzhou"]
    async with Client(StdioServerParameters(command=sys.executable, args=arguments, env=environment)) as client:
        jobs = (await client.call_tool("dlc_list_jobs", {})).structured_content["data"]["Jobs"]
        job = (await client.call_tool("dlc_get_job", {"job_id": jobs[0]["JobId"]})).structured_content["data"]
        asked = {"job_id": job["JobId"], "pod_id": job["Pods"][0]["PodId"]}
        await client.call_tool("dlc_get_pod_logs", asked)
        server = own_server()
        before = peak(server)
        admin("faults", [{"operation": "GetPodLogs", "kind": "huge", "bytes": GIGABYTE, "times": 9}])
        result = await client.call_tool("dlc_get_pod_logs", asked)
        grown = peak(server) - before
    print(f"\na log of 1 GB cost the server {grown / MEGABYTE:.1f} MB")
    assert grown < 20 * MEGABYTE
    assert result.structured_content["ok"], result.structured_content
    assert result.structured_content["truncated"]
    assert len(result.content[0].text) <= 8_000
