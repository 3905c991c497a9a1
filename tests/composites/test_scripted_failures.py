"""The emulator's scripted failures, each diagnosed through the protocol and compared with the truth beside it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from end_to_end.driving import Driver
from pai_dlc_emulator.dlc.behaviour import load
from pai_dlc_emulator.dlc.seeds import failures

from .conftest import World, pod_of_rank, post

FAILURES = failures()
MOST_BYTES = 12_000
"""3,000 tokens of four bytes."""


def test_there_are_twenty_four_of_them() -> None:
    assert len(FAILURES) == 24


@pytest.mark.parametrize("name", FAILURES)
async def test_the_diagnosis_names_cause_and_pod(name: str, world: World, mcp: Driver) -> None:
    truth = load(name).truth
    job = world("failures")[name]
    result = await mcp.raw("dlc_diagnose_job", job_id=job)
    data = result.structured_content["data"]
    assert data["Status"] == truth["status"]
    assert data["category"] == truth["category"]
    if truth["pod"] is not None:
        assert data["pod"] == pod_of_rank(job, truth["pod"])
    assert truth["evidence"] in " ".join(data["untrusted_evidence"])
    assert data["confidence"] in ("high", "medium")
    assert data["next"]
    assert len(json.dumps(result.structured_content, ensure_ascii=False).encode()) < MOST_BYTES
    assert len(result.content[0].text.encode()) < MOST_BYTES


async def test_every_next_step_is_a_tool_that_can_be_called_as_it_stands(world: World, mcp: Driver) -> None:
    jobs = world("failures")
    for name in FAILURES:
        data = await mcp.data("dlc_diagnose_job", job_id=jobs[name])
        for step in data["next"]:
            tool = mcp.app.tools[step["tool"]]
            assert {"region"} | set(tool.inputs.model_fields) >= set(step["arguments"]), step
            if tool.effect.value == "read" and step["tool"] != "dlc_wait_for_job":
                required = {n for n, info in tool.inputs.model_fields.items() if info.is_required()}
                if required <= set(step["arguments"]):
                    await mcp.ok(step["tool"], **step["arguments"])


async def test_a_job_of_a_thousand_pods_costs_few_requests_and_little_text(
    world: World, mcp: Driver, requests: Callable[[], list[Any]]
) -> None:
    job = world("huge")["many-ranks"]
    truth = load("many-ranks").truth
    before = len(requests())
    result = await mcp.raw("dlc_diagnose_job", job_id=job)
    data = result.structured_content["data"]
    assert len(requests()) - before <= 40
    assert data["pod"] == pod_of_rank(job, truth["pod"])
    assert data["category"] == truth["category"]
    assert len(result.content[0].text.encode()) < MOST_BYTES
    assert "and 995 more failed pods" in data["other_failed_pods"][-1]


async def test_a_running_job_of_a_thousand_pods_is_read_by_a_sample(
    world: World, mcp: Driver, requests: Callable[[], list[Any]]
) -> None:
    world("default")
    await mcp.discover()
    spec = {"Type": "Worker", "PodCount": 1000, "Image": mcp.seen["image"], "EcsSpec": mcp.seen["spec"]}
    job = await mcp.create("many-pods", job_specs=[spec])
    post(mcp.emulator, "clock", {"advance_s": 120})
    before = len(requests())
    data = await mcp.data("dlc_diagnose_job", job_id=job)
    assert data["Status"] == "Running"
    assert data["logs_read"].endswith("of 1000 pods")
    assert len(requests()) - before <= 40
