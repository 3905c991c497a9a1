"""A job that succeeded is told with its last metrics and checkpoint."""

from __future__ import annotations

from typing import Any

import pytest
from evals.diagnosis import diagnose

from pai_dlc_mcp.composites.diagnose.ended import succeeded
from pai_dlc_mcp.composites.diagnose.material import Material

from .building import pod, pod_id, subject


def test_a_job_that_succeeded_shows_its_last_metrics_and_checkpoint() -> None:
    material = Material(subject("Succeeded", [pod(0, "Succeeded", ended=900)]))
    material.logs = {
        pod_id(0): ["step 90/100 loss 1.20", "Saved checkpoint to /mnt/out/step-100", "step 100/100 loss 1.10", "done"]
    }
    verdict = succeeded(material)
    assert verdict.facts["last_metrics"]["step"] == 100
    assert verdict.lines["untrusted_last_metrics"][-1] == "step 100/100 loss 1.10"
    assert verdict.lines["untrusted_last_checkpoint"] == ["Saved checkpoint to /mnt/out/step-100"]


@pytest.mark.parametrize("status", ["Succeeded", "Stopped"])
async def test_what_ended_after_restarts_says_how_many_and_what_has_none_is_silent(status: str) -> None:
    job: dict[str, Any] = {"RestartTimes": "2", "RestartRecord": [{"Reason": "PodEvicted", "OccurPhase": "Running"}]}
    pods = [{"rank": 0, "exit": 0, "lines": ["step 1"]}]
    ended = {"name": "ended", "kind": "process", "status": status, "pods": pods}
    restarted, _, _, _ = await diagnose({**ended, "job": job})
    assert restarted["restarts"]["count"] == 2
    assert "PodEvicted" in restarted["untrusted_restart_records"][0]
    smooth, _, _, _ = await diagnose(ended)
    assert "restarts" not in smooth
    assert "untrusted_restart_records" not in smooth


@pytest.mark.parametrize(
    ("reason", "event", "cause", "confidence"),
    [
        ("stopped by administrator zhang", "Normal Killing Stopping container main", "stopped_by_person", "medium"),
        ("Job is stopped by user 2034.", "Normal Killing Stopping container main", "stopped_by_person", "high"),
        ("", "Warning Unhealthy Readiness probe failed: statuscode: 503", "stopped", "low"),
    ],
)
async def test_what_stopped_a_job_is_said_as_surely_as_its_words_say_it(
    reason: str, event: str, cause: str, confidence: str
) -> None:
    pods = [{"rank": 0, "exit": 0, "lines": ["step 1"]}]
    platform = {"status": "Stopped", "reason": ["", reason], "pod_events": [], "job_events": [event], "ran": True}
    answer, _, _, _ = await diagnose({"name": "ended", "kind": "platform", "pods": pods, "platform": platform})
    assert (answer["cause"], answer["confidence"]) == (cause, confidence)
