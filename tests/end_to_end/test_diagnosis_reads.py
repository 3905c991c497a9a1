"""What a diagnosis asks of the service, and when it stops asking."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .driving import Driver

EVIDENCE = {"GetJobEvents", "GetPodLogs", "GetPodEvents"}


async def _asked(mcp: Driver, admin: Callable[..., Any], name: str) -> list[tuple[str, str]]:
    """Method and operation of each request of a diagnosis, in the order of their arrival."""
    job = (await mcp.data("dlc_list_jobs", display_name=name, show_own=False))["Jobs"][0]["JobId"]
    before = len(admin("journal"))
    await mcp.data("dlc_diagnose_job", job_id=job)
    return [(entry["method"], entry["operation"]) for entry in admin("journal")[before:]]


async def test_r63_a_diagnosis_reads_the_status_then_the_evidence_and_stops_when_the_cause_is_plain(
    mcp: Driver, admin: Callable[..., Any]
) -> None:
    asked = await _asked(mcp, admin, "vit-finetune")
    operations = [operation for _, operation in asked]
    assert operations[0] == "GetJob"
    assert set(operations[1:]) >= EVIDENCE
    assert operations.count("GetJobEvents") == 1, "the cause was plain after the first look"
    assert "GetJobMetrics" not in operations
    assert {method for method, _ in asked} == {"GET"}


@pytest.mark.parametrize("seed", ["default", "failures"])
async def test_r63_job_events_come_before_logs_and_logs_before_pod_events(
    mcp: Driver, admin: Callable[..., Any], seed: str
) -> None:
    admin("reset", {"seed": seed})
    journal = mcp.emulator.service.journal  # by a request it would be read whole, twice for each job
    for job in (await mcp.data("dlc_list_jobs", page_size=50, show_own=False))["Jobs"]:
        before = len(journal.entries())
        await mcp.data("dlc_diagnose_job", job_id=job["JobId"])
        asked = [entry["operation"] for entry in journal.entries()[before:]]
        firsts = [
            asked.index(name) for name in ("GetJob", "GetJobEvents", "GetPodLogs", "GetPodEvents") if name in asked
        ]
        assert firsts == sorted(firsts), (job["DisplayName"], asked)
