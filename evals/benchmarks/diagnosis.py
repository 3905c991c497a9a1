"""Tokens and requests of each diagnosis, beside the five raw calls that one would make by hand.

The raw calls go in the order of R63: the job, its events, then log, events and metric of the first failed pod (of the
first pod where none failed), each as the service answers it. A token is four bytes of UTF-8. ``found`` says whether
the words that show the cause are in the answer.
"""

from __future__ import annotations

import json
from typing import Any

import httpx
from mcp import Client

from pai_dlc_emulator.dlc.behaviour import load
from pai_dlc_emulator.dlc.seeds import failures
from pai_dlc_emulator.server import Emulator, started
from pai_dlc_mcp.api.catalog import operation
from pai_dlc_mcp.app import Application
from pai_dlc_mcp.cloud.client import CloudClient
from pai_dlc_mcp.cloud.credentials import StaticCredentials
from pai_dlc_mcp.protocol.server import build
from pai_dlc_mcp.runtime import Cloud

from .figures import Figure, note
from .one_call import settings

REGION = "cn-hangzhou"
WORLDS = (("failures", failures), ("huge", lambda: ["many-ranks"]))
HEAD = f"{'failure':18} {'tokens':>7} {'requests':>8} {'found':>5}   {'raw tokens':>10} {'found':>5}"


async def main() -> None:
    print(f"diagnosis beside five raw calls\n{HEAD}")
    with started() as emulator:
        async with httpx.AsyncClient(base_url=emulator.admin, timeout=60, trust_env=False) as admin:
            most = 0
            for seed, names in WORLDS:
                (await admin.post("/reset", json={"seed": seed})).raise_for_status()
                state = (await admin.get("/state")).json()
                jobs = {job["Behaviour"]: job["JobId"] for job in state["jobs"]}
                most = max(most, await _measure(emulator, jobs, names()))
    note(Figure("longest diagnosis", most, "tokens", 900))


async def _measure(emulator: Emulator, jobs: dict[str, str], names: list[str]) -> int:
    """Print a row a failure; the tokens of the longest answer."""
    app = Application(settings(emulator), credentials=_credentials(emulator))
    cloud = CloudClient.of(settings(emulator), _credentials(emulator))
    async with app.running(), Client(build(app)) as client:
        rows = [await _row(client, cloud, name, jobs[name]) for name in names]
    await cloud.close()
    print("\n".join(row for _, row in rows))
    return max(tokens for tokens, _ in rows)


def _credentials(emulator: Emulator) -> StaticCredentials:
    return StaticCredentials(emulator.access_key_id, emulator.access_key_secret)


async def _row(client: Client, cloud: Cloud, name: str, job: str) -> tuple[int, str]:
    evidence = str(load(name).truth["evidence"])
    result = await client.call_tool("dlc_diagnose_job", {"job_id": job})
    text = getattr(result.content[0], "text", "")
    requests = (result.structured_content or {})["data"]["requests"]
    raw = await _raw(cloud, job)
    shown, buried = _found(evidence, text), _found(evidence, raw)
    row = f"{name:18} {_tokens(text):7} {requests:8} {shown:>5}   {_tokens(raw):10} {buried:>5}"
    return _tokens(text), row


def _tokens(text: str) -> int:
    return len(text.encode()) // 4


def _found(evidence: str, text: str) -> str:
    return "yes" if evidence in text else "no"


async def _raw(cloud: Cloud, job: str) -> str:
    detail = await _answer(cloud, "GetJob", JobId=job)
    pods: list[dict[str, Any]] = detail.get("Pods") or []
    chosen = next((pod for pod in pods if pod["Status"] == "Failed"), pods[0] if pods else None)
    answers = [detail, await _answer(cloud, "GetJobEvents", JobId=job)]
    if chosen is not None:
        of_pod = {"JobId": job, "PodId": chosen["PodId"]}
        answers += [await _answer(cloud, "GetPodLogs", **of_pod), await _answer(cloud, "GetPodEvents", **of_pod)]
    answers.append(await _answer(cloud, "GetJobMetrics", JobId=job, MetricType="GpuCoreUsage"))
    return "\n".join(json.dumps(answer, ensure_ascii=False, separators=(",", ":")) for answer in answers)


async def _answer(cloud: Cloud, action: str, **args: Any) -> dict[str, Any]:
    return (await cloud.send(operation(action), args, REGION)).data
