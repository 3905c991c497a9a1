"""``python -m evals.real.run``: three pods, torchrun with ``--tee``, gloo on the CPU, and ten ways to fail.

The emulator really runs the processes (``--execute``); the diagnosis reads them through the protocol like any job's.
Needs torch, which is no part of the development environment: ``make failures`` installs it.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import httpx
from mcp import Client

from pai_dlc_emulator.server import Emulator, started
from pai_dlc_mcp.app import Application
from pai_dlc_mcp.cloud.credentials import StaticCredentials
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.protocol.server import build

SCRIPT = Path(__file__).with_name("train.py")
PODS, WAIT_S, ADMIN_S = 3, 300.0, 60.0
LAUNCH = (
    "torchrun --nnodes $WORLD_SIZE --node_rank $RANK --nproc_per_node 1 --master_addr $MASTER_ADDR "
    "--master_port $MASTER_PORT --tee 3 {script} {arguments}"
)


@dataclass(frozen=True)
class Way:
    """One way to fail: what the pods run, the causes that are right and the ranks that are to blame."""

    name: str
    command: str
    causes: tuple[str, ...]
    ranks: tuple[int, ...]


def launched(way: str, rank: int) -> str:
    return LAUNCH.format(script=SCRIPT, arguments=f"{way} {rank}")


WAYS = (
    Way("exception in rank 1", launched("exception", 1), ("out_of_range",), (1,)),
    Way("handled, then a missing key", launched("handled", 2), ("exception",), (2,)),
    Way("shapes in rank 0", launched("shapes", 0), ("shape_mismatch",), (0,)),
    Way("missing file in rank 2", launched("file", 2), ("missing_file",), (2,)),
    Way("missing module in rank 1", launched("module", 1), ("missing_module",), (1,)),
    Way("memory in rank 1", launched("memory", 1), ("host_memory",), (1,)),
    Way("segmentation fault in rank 2", launched("segfault", 2), ("segmentation_fault",), (2,)),
    Way("rank 1 killed", launched("killed", 1), ("killed", "host_memory", "child_killed"), (1,)),
    Way("rank 2 hangs", launched("hang", 2), ("collective_timeout",), (0, 1, 2)),
    Way("wrong argument", LAUNCH.format(script=SCRIPT, arguments="exception --rnak 1"), ("bad_argument",), (0, 1, 2)),
    Way("launcher misspelt", "torchrunn train.py", ("command_not_found",), (0, 1, 2)),
)


async def main() -> int:
    with started(execute=True) as emulator:
        app = Application(
            Settings(region="cn-hangzhou", dlc_endpoint=emulator.dlc, aiworkspace_endpoint=emulator.aiworkspace),
            credentials=StaticCredentials(emulator.access_key_id, emulator.access_key_secret),
        )
        wrong = 0
        async with app.running(), Client(build(app)) as client:
            ids = await _ids(client)
            for number, way in enumerate(WAYS):
                found = await _failed(client, emulator, ids, f"real-{number}", way)
                rank = found["ranks"].get(found.get("pod"))
                right = found["cause"] in way.causes and rank in way.ranks
                wrong += not right
                said = f"{found['cause']} ({found['confidence']}), rank {'none' if rank is None else rank}"
                print(f"{'right' if right else 'wrong':6} {way.name:30} {said}", flush=True)
                if not right:
                    print(f"       {found['summary']} {found.get('untrusted_evidence')}", flush=True)
    print(f"{len(WAYS) - wrong} of {len(WAYS)} right")
    return 1 if wrong else 0


async def _call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    answer = dict(result.structured_content or {})
    if not answer.get("ok"):
        raise SystemExit(f"{tool}: {answer.get('error')}")
    return dict(answer["data"])


async def _ids(client: Client) -> dict[str, str]:
    workspaces = await _call(client, "aiworkspace_list_workspaces")
    images = await _call(client, "aiworkspace_list_images", view="full")
    specs = await _call(client, "dlc_list_ecs_specs", accelerator_type="CPU")
    spec = next(one for one in specs["EcsSpecs"] if one.get("IsAvailable"))
    return {
        "workspace": workspaces["Workspaces"][0]["WorkspaceId"],
        "image": images["Images"][0]["ImageUri"],
        "spec": spec["InstanceType"],
    }


async def _failed(client: Client, emulator: Emulator, ids: dict[str, str], name: str, way: Way) -> dict[str, Any]:
    """Create the job, let it fail, and give its diagnosis, with the rank of each pod: its place in the job's list."""
    spec = {"Type": "Worker", "PodCount": PODS, "Image": ids["image"], "EcsSpec": ids["spec"]}
    created = await _call(
        client, "dlc_create_job", display_name=name, job_type="PyTorchJob", workspace_id=ids["workspace"],
        job_specs=[spec], user_command=way.command,
    )  # fmt: skip
    job = created["JobId"]
    async with httpx.AsyncClient(trust_env=False, timeout=ADMIN_S) as admin:
        (await admin.post(f"{emulator.admin}/clock", json={"advance_s": 60})).raise_for_status()
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        shown = await _call(client, "dlc_get_job", job_id=job, view="full")
        if shown["Status"] in ("Failed", "Succeeded", "Stopped"):
            break
        await anyio.sleep(0.5)
    found = await _call(client, "dlc_diagnose_job", job_id=job)
    return {**found, "ranks": {pod["PodId"]: place for place, pod in enumerate(shown["Pods"])}}


if __name__ == "__main__":
    sys.exit(anyio.run(main))
