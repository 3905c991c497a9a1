"""Hangs: silence by the lines' own times and by the service's windows, the rank that is waited for, dumped stacks."""

from __future__ import annotations

import time
from typing import Any

import pytest

from end_to_end.driving import driving
from pai_dlc_emulator.server import started
from pai_dlc_mcp.composites.diagnose.health import decide
from pai_dlc_mcp.composites.diagnose.material import Material
from pai_dlc_mcp.composites.diagnose.silence import LONG_S, SHORT_S, last_times, stacks, waited_for
from pai_dlc_mcp.composites.diagnose.verdict import Verdict

from .building import NOW, pod, pod_id, subject
from .conftest import pod_of_rank, post

UNDATED = ["step 10 loss 2.1", "step 20 loss 2.0", "step 30 loss 1.9"]


def running(
    logs: dict[int, list[str]],
    recent: dict[int, tuple[bool, bool]] | None = None,
    use: float | None = None,
    **more: Any,
) -> Verdict:
    """A job that has run for an hour; ``recent`` says of a rank whether the two windows held lines."""
    material = Material(subject("Running", [pod(rank, "Running") for rank in logs], **more))
    material.logs = {pod_id(rank): lines for rank, lines in logs.items()}
    for rank, (in_short, in_long) in (recent or {}).items():
        material.recent |= {(pod_id(rank), SHORT_S): in_short, (pod_id(rank), LONG_S): in_long}
    if use is not None:
        points = [(NOW - 60 * n, use) for n in range(10)]
        material.metrics = {"GpuCoreUsage": {pod_id(rank): points for rank in logs}}
    return decide(material)


@pytest.mark.parametrize(
    "line",
    [
        "step 30 loss 1.9",
        "01/15/2027 16:59:00 step 30 loss 1.9",
        "I0115 16:59:00.118000 140 train.py:88] step 30 loss 1.9",
        "2027-01-15 16:59:00,118 INFO step 30 loss 1.9",
        "16:59:00 step 30 loss 1.9",
        "[rank0]:[default0]: 2027-01-15T16:59:00 INFO step 30 loss 1.9",
    ],
)
def test_a_silent_log_is_a_hang_however_its_lines_tell_the_time(line: str) -> None:
    verdict = running({0: [line] * 3, 1: [line] * 3}, {0: (False, False), 1: (False, False)}, use=100.0)
    assert verdict.cause == "hang"
    assert "at least 1800 s" in verdict.summary


@pytest.mark.parametrize(("behind", "is_known"), [(39, True), (40, False)])
def test_the_time_of_a_log_is_that_of_one_of_its_last_forty_lines(behind: int, is_known: bool) -> None:
    material = Material(subject("Running", [pod(0, "Running")]))
    material.logs = {pod_id(0): ["2027-01-15 07:00:00,118 INFO step 30 loss 1.9", *["step 30"] * behind]}
    assert bool(last_times(material)) is is_known


def test_a_log_in_local_time_that_grows_is_not_a_hang() -> None:
    lines = ["01/15/2027 01:00:00 step 30 loss 1.9"] * 3
    assert running({0: lines}, {0: (True, True)}, use=90.0).cause == "healthy"


def test_what_is_not_known_does_not_count_as_healthy() -> None:
    verdict = running({0: UNDATED})
    assert (verdict.cause, verdict.confidence) == ("unclear", "low")


def test_idle_gpus_beside_a_log_of_unknown_age_are_not_said_to_log_on() -> None:
    verdict = running({0: UNDATED}, use=0.0)
    assert verdict.cause == "idle"
    assert "though the log goes on" not in verdict.summary


def test_the_rank_that_the_others_wait_for_is_the_suspect_with_its_last_line() -> None:
    waits = [*UNDATED, "[rank0] monitoredBarrier: still waiting for ranks 2 after 600 s"]
    quiet = dict.fromkeys(range(3), (False, False))
    verdict = running({0: waits, 1: waits, 2: [*UNDATED, "loading shard 0019"]}, quiet, use=50.0)
    assert (verdict.cause, verdict.pod, verdict.confidence) == ("hang", pod_id(2), "high")
    assert any("shard 0019" in quote.text for quote in verdict.quotes)


def test_ranks_of_several_gpus_a_pod_are_found_in_their_pod() -> None:
    material = Material(subject("Running", [pod(0, "Running"), pod(1, "Running")], RequestGPU=16))
    material.logs = {pod_id(0): ["Rank 11 failed to pass monitoredBarrier in 600000 ms"]}
    found = waited_for(material)
    assert found is not None
    assert found[0] == pod_id(1)


def test_dumped_stacks_are_shown_with_the_innermost_frame_first() -> None:
    dump = [
        'Thread 4411 (idle): "MainThread"',
        "    wait (threading.py:355)",
        "    get (queue.py:171)",
        "    main (train.py:88)",
    ]
    handler = [
        "Current thread 0x00007f1c (most recent call first):",
        '  File "/opt/lib/python3.11/socket.py", line 706 in readinto',
        '  File "/code/data.py", line 12 in fetch',
    ]
    found = stacks({"a": dump, "b": handler})
    assert found["a"].startswith("wait (threading.py:355) < get (queue.py:171)")
    assert found["b"] == "readinto (socket.py:706) < fetch (data.py:12)"


async def test_a_program_that_really_runs_and_stops_printing_is_found_hanging_when_the_clock_goes_on() -> None:
    with started(execute=True) as emulator:
        async with driving(emulator, toolsets=("all",)) as mcp:
            await mcp.discover()
            job = await mcp.create("hangs", user_command="echo step 1 loss 2.0; echo step 2 loss 1.9; sleep 300")
            post(emulator, "clock", {"advance_s": 120})
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                lines = await mcp.data("dlc_get_pod_logs", job_id=job, pod_id=pod_of_rank(job, 0))
                if lines.get("untrusted_log_lines"):
                    break
            assert (await mcp.data("dlc_diagnose_job", job_id=job))["cause"] != "hang"
            post(emulator, "clock", {"advance_s": 3600})
            data = await mcp.data("dlc_diagnose_job", job_id=job)
            assert data["cause"] == "hang", data
