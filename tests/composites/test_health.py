"""How a running job does, from its logs, its use of the machines and its events."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.composites.diagnose import progress, usage
from pai_dlc_mcp.composites.diagnose.health import decide
from pai_dlc_mcp.composites.diagnose.material import Material
from pai_dlc_mcp.composites.diagnose.verdict import Verdict
from pai_dlc_mcp.timestamps import iso

from .building import NOW, START, pod, pod_id, subject


def log(
    until: float, words: str = "step {n} | loss 2.0 | 400 ms/step", every: float = 10.0, first: float = START
) -> list[str]:
    """Lines at even distances up to so many seconds before now."""
    count = int((NOW - until - first) / every)
    return [f"{iso(first + n * every)} INFO {words.replace('{n}', str(n))}" for n in range(max(1, count))][-250:]


def running(
    logs: dict[int, list[str]],
    use: dict[int, float] | None = None,
    events: dict[int, list[str]] | None = None,
    status: str = "Running",
    cpu: dict[int, float] | None = None,
    memory: dict[int, float] | None = None,
    whole: float | None = None,
    **more: Any,
) -> Verdict:
    """A job with these logs, events and level uses in percent, decide."""
    material = Material(subject(status, [pod(rank, "Running") for rank in logs], **more))
    material.logs = {pod_id(rank): lines for rank, lines in logs.items()}
    material.pod_events = {pod_id(rank): lines for rank, lines in (events or {}).items()}
    kinds = {"GpuCoreUsage": use or {}, "CpuCoreUsage": cpu or {}, "MemoryUsage": memory or {}}
    material.metrics = {kind: {pod_id(rank): level(value) for rank, value in by.items()} for kind, by in kinds.items()}
    material.whole = {"GpuCoreUsage": level(whole)} if whole is not None else {}
    return decide(material)


def level(value: float) -> list[tuple[float, float]]:
    return [(NOW - 60 * n, value) for n in range(10)]


def test_a_job_that_gets_on_is_healthy_and_its_progress_is_told() -> None:
    verdict = running({rank: log(5) for rank in range(4)}, dict.fromkeys(range(4), 92.0))
    assert verdict.cause == "healthy"
    assert verdict.facts["progress"]["seconds_per_step"] == 0.4
    assert verdict.facts["usage"]["mean"] == 92.0


def test_silence_after_steady_steps_is_a_hang_and_the_idle_pod_is_named() -> None:
    verdict = running({rank: log(2400) for rank in range(4)}, {0: 100.0, 1: 100.0, 2: 0.0, 3: 100.0})
    assert (verdict.cause, verdict.category, verdict.pod, verdict.confidence) == ("hang", "runtime", pod_id(2), "high")
    shown = [(one.pod, one.text) for one in verdict.quotes if one.source == "last log line"]
    assert shown == [(pod_id(2), log(2400)[-1]), (pod_id(0), log(2400)[-1])], "one line of it, and one of another"


def test_a_slow_program_that_seldom_prints_does_not_hang() -> None:
    logs = {0: log(700, every=600.0)}
    assert running(logs, {0: 90.0}).cause == "healthy"


def test_a_start_without_a_step_is_stuck_and_the_pod_with_another_story_is_named() -> None:
    waits = log(30, "rendezvous: 1 rank missing, still waiting", every=60)
    other = log(1500, "WARNING connection to models.example.com:443 timed out, retry {n}", every=30)
    verdict = running({0: waits, 1: waits, 2: other, 3: waits}, dict.fromkeys(range(4), 0.0))
    assert (verdict.cause, verdict.category, verdict.pod) == ("hang_in_start", "network", pod_id(2))


def test_r62_missing_samples_prove_nothing_and_samples_of_the_whole_job_do() -> None:
    waits = log(30, "rendezvous: 1 rank missing, still waiting", every=60)
    assert running({0: waits, 1: waits}).cause == "healthy"
    assert running({0: waits, 1: waits}, whole=0.4).cause == "hang_in_start"
    assert running({0: waits, 1: waits}, whole=88.0).cause == "healthy"


def test_r62_idle_gpus_of_the_whole_job_are_told_and_its_samples_name_no_pod() -> None:
    verdict = running({rank: log(5) for rank in range(4)}, whole=0.5)
    assert (verdict.cause, verdict.pod) == ("idle", None)
    assert "the whole job" in verdict.summary
    assert verdict.facts["usage"] == {
        "metric": "GpuCoreUsage", "source": "CloudMonitor, the whole job", "least": 0.5, "mean": 0.5, "most": 0.5,
    }  # fmt: skip
    assert running({rank: log(5) for rank in range(4)}, whole=91.0).cause == "healthy"


def test_a_young_job_without_steps_is_not_called_stuck() -> None:
    young = {"GmtRunningTime": iso(NOW - 120)}
    waits = log(5, "rendezvous: still waiting", first=NOW - 120)
    assert running({0: waits}, {0: 0.0}, **young).cause == "healthy"


def test_the_pod_unlike_the_others_in_use_is_a_straggler_and_its_events_say_why() -> None:
    use = dict.fromkeys(range(8), 35.0) | {5: 99.0}
    events = {5: [f"{iso(NOW - 60)} Warning GpuThrottled GPU clock lowered, thermal slowdown"]}
    verdict = running({rank: log(5) for rank in range(8)}, use, events)
    assert (verdict.cause, verdict.category, verdict.pod, verdict.confidence) == (
        "straggler",
        "system",
        pod_id(5),
        "high",
    )


def test_the_pod_whose_times_differ_is_a_straggler_without_any_samples() -> None:
    fast = log(5, "step {n} | loss 2.0 | compute 400 ms | wait for others 890 ms")
    slow = log(5, "step {n} | loss 2.0 | compute 1290 ms | wait for others 2 ms")
    assert running({0: fast, 1: fast, 2: slow, 3: fast}).pod == pod_id(2)


def test_an_ailing_node_is_told_though_no_number_shows_it() -> None:
    events = {1: [f"{iso(NOW - 60)} Warning GpuXid Xid 63: row remapping, uncorrectable ECC error on GPU 3"]}
    verdict = running({rank: log(5) for rank in range(4)}, dict.fromkeys(range(4), 92.0), events)
    assert (verdict.cause, verdict.category, verdict.pod) == ("gpu_hardware", "system", pod_id(1))


def test_idle_gpus_beside_a_living_log_are_told() -> None:
    verdict = running({rank: log(5) for rank in range(2)}, {0: 0.5, 1: 1.0})
    assert verdict.cause == "idle"


def test_a_loss_that_is_no_number_is_told() -> None:
    verdict = running({0: [*log(60), f"{iso(NOW - 5)} INFO step 999 | loss nan | 400 ms/step"]}, {0: 95.0})
    assert (verdict.cause, verdict.pod) == ("not_a_number", pod_id(0))


def test_a_restart_is_explained_by_its_record() -> None:
    record = {
        "Reason": "Pod failed",
        "DetailErrorInfoList": [{"Pod": pod_id(1), "ErrorMsg": "Uncorrectable ECC error"}],
    }
    verdict = running({0: log(400), 1: log(400)}, status="Restarting", RestartRecord=[record])
    assert (verdict.cause, verdict.category, verdict.pod) == ("restarting", "system", pod_id(1))


def test_a_nearly_spent_restart_budget_is_told() -> None:
    record = {"Reason": "Pod failed"}
    verdict = running(
        {0: log(5)}, {0: 90.0}, RestartRecord=[record] * 9, Settings={"ElasticSpotJobMaxRestartTimes": 10}
    )
    assert "9 of 10 restarts" in verdict.also[0]


def test_a_job_that_comes_back_again_and_again_is_told_with_the_pod_that_is_blamed() -> None:
    record = {
        "Reason": "Pod failed",
        "DetailErrorInfoList": [{"Pod": pod_id(1), "ErrorMsg": "Uncorrectable ECC error"}],
    }
    verdict = running({0: log(5), 1: log(5)}, {0: 90.0, 1: 90.0}, RestartRecord=[record] * 4)
    assert (verdict.cause, verdict.category, verdict.pod) == ("restart_loop", "system", pod_id(1))


def test_gpus_that_wait_for_busy_cpus_are_told() -> None:
    verdict = running({0: log(5), 1: log(5)}, {0: 20.0, 1: 22.0}, cpu={0: 98.0, 1: 97.0})
    assert (verdict.cause, verdict.category) == ("input_bound", "resource")


def test_memory_that_is_nearly_full_is_told_beside_the_rest() -> None:
    verdict = running({0: log(5), 1: log(5)}, {0: 90.0, 1: 90.0}, memory={0: 50.0, 1: 96.0})
    assert verdict.cause == "healthy"
    assert pod_id(1) in verdict.also[0]
    both = running({0: log(5), 1: log(5), 2: log(5)}, dict.fromkeys(range(3), 90.0), memory={0: 93.0, 1: 97.0, 2: 94.0})
    assert both.also[0] == f"The memory of 3 pod(s) is nearly full, {pod_id(1)} first."


def test_no_samples_is_not_zero() -> None:
    verdict = running({0: log(5)}, {})
    assert verdict.facts["usage"]["samples"] == "none"
    assert verdict.cause == "healthy"


def test_the_times_of_another_zone_are_not_taken_for_silence() -> None:
    ahead = [line.replace(line[:20], iso(NOW + 8 * 3600 - 5)) for line in log(5)]
    verdict = running({0: ahead}, {0: 90.0})
    assert (verdict.cause, verdict.confidence) == ("unclear", "low"), "nor for a sign of life"


@pytest.mark.parametrize(
    ("line", "step", "loss", "seconds"),
    [
        (
            "2026-01-01 00:00:00,000 INFO step 15 | loss 2.31 | 412.0 ms/step | 2480.0 samples/s | MFU 41.5%",
            15,
            "2.31",
            0.412,
        ),
        ("[iter 15000] loss=2.31, dur=2.3s, mfu=0.45, lr=1e-4", 15000, "2.31", 2.3),
        ("step 15000: loss 2.31, time 2300ms", 15000, "2.31", 2.3),
        ("Epoch 3/10, iter 15000, loss=2.31", 15000, "2.31", None),
        (
            " iteration       10/     100 | elapsed time per iteration (ms): 512.3 | lm loss: 1.05E+01 |",
            10,
            "1.05E+01",
            None,
        ),
        ("{'loss': 0.52, 'grad_norm': 1.1, 'epoch': 0.3}", None, "0.52", None),
        ("Train loss: 0.5 global_step: 77", 77, "0.5", None),
    ],
)
def test_common_formats_of_progress_are_read(line: str, step: int | None, loss: str, seconds: float | None) -> None:
    found = progress.step_of(line)
    assert found is not None
    assert (found.step, found.loss) == (step, loss)
    assert seconds is None or found.seconds == seconds


@pytest.mark.parametrize("line", ["loading step by step", "epoch of change", "step 3 of the setup", "lossless image 5"])
def test_prose_is_not_taken_for_progress(line: str) -> None:
    assert progress.step_of(line) is None


def test_slower_steps_are_measured_against_the_first() -> None:
    lines = [f"step {n} loss 1.0 {100 if n < 50 else 300} ms/step" for n in range(100)]
    assert progress.slowed(progress.steps_of(lines)) == 3.0


def test_scattered_use_has_no_outlier() -> None:
    found = usage.uses({f"p{n}": [(0.0, float(20 * n))] for n in range(5)})
    assert usage.apart(found) == []


def test_what_the_health_check_found_is_counted_by_phase() -> None:
    material = Material(subject("Running", [pod(0, "Running")]))
    material.logs = {pod_id(0): log(60)}
    material.sanity = [{"Phase": "GpuCheck", "Status": word} for word in ("Succeeded", "Succeeded", "Failed")]
    assert decide(material).facts["sanity"] == {"GpuCheck Succeeded": 2, "GpuCheck Failed": 1}
    assert "The health check before training failed in GpuCheck." in decide(material).also
    material.sanity = material.sanity[:2]
    assert not any("health check" in line for line in decide(material).also)
    assert "sanity" not in running({0: log(60)}).facts
    material.sanity = [{"Phase": f"check {number}", "Status": "Succeeded"} for number in range(9)]
    assert decide(material).facts["sanity"] == {f"check {number} Succeeded": 1 for number in range(8)}
