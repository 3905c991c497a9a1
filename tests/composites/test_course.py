"""Where a running job stands in its course: start, steps, waiting for data, end; and what nobody can tell."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.composites.diagnose.health import decide
from pai_dlc_mcp.composites.diagnose.material import Material
from pai_dlc_mcp.composites.diagnose.silence import LONG_S, SHORT_S, behind, pod_of_rank
from pai_dlc_mcp.composites.diagnose.verdict import Verdict
from pai_dlc_mcp.timestamps import iso

from .building import NOW, pod, pod_id, subject


def at(ago: float, words: str) -> str:
    return f"{iso(NOW - ago)} INFO {words}"


def steps(until: float, count: int = 40, every: float = 30.0, of: int = 20_000, more: str = "") -> list[str]:
    """Lines of progress up to so many seconds before now."""
    return [at(until + every * (count - 1 - n), f"step {n + 1}/{of} loss 2.0 3000 ms/step{more}") for n in range(count)]


def running(logs: dict[int, list[str]], use: float | dict[int, float] | None = None, **more: Any) -> Verdict:
    """A job that has run for an hour, its machines at these levels."""
    material = Material(subject("Running", [pod(rank, "Running") for rank in logs], **more))
    material.logs = {pod_id(rank): lines for rank, lines in logs.items()}
    levels = use if isinstance(use, dict) else {} if use is None else dict.fromkeys(logs, use)
    points = {pod_id(rank): [(NOW - 60 * n, value) for n in range(10)] for rank, value in levels.items()}
    material.metrics = {"GpuCoreUsage": points} if use is not None else {}
    return decide(material)


def test_a_log_that_goes_on_without_steps_is_a_hang_and_the_last_step_is_quoted() -> None:
    beats = [at(ago, "monitor: heartbeat ok") for ago in range(2380, 0, -20)]
    verdict = running({0: [*steps(2400), *beats]}, use=0.0)
    assert (verdict.cause, verdict.confidence) == ("hang", "medium")
    assert "No step for 2400 s" in verdict.summary
    assert "step 40/20000" in verdict.quotes[0].text


def test_steps_that_ended_a_short_while_ago_are_no_hang() -> None:
    beats = [at(ago, "monitor: heartbeat ok") for ago in range(380, 0, -20)]
    assert running({0: [*steps(400), *beats]}, use=90.0).cause == "healthy"


def test_what_was_announced_between_steps_may_take_longer() -> None:
    beats = [at(ago, "eval batch ok") for ago in range(1180, 0, -20)]
    announced = [*steps(1200), at(1190, "***** Running Evaluation *****"), *beats]
    assert running({0: announced}, use=90.0).cause == "healthy"
    assert running({0: [*steps(1200), *beats]}, use=90.0).cause == "hang"


def test_all_steps_done_and_silence_is_a_hang_at_the_end() -> None:
    lines = [*steps(2410, count=40, of=40), at(2400, "Training complete. Model saved to /mnt/out/final")]
    verdict = running({0: lines}, use=0.0)
    assert (verdict.cause, verdict.confidence) == ("hang_at_end", "high")
    assert "2400 s old" in verdict.summary
    assert "Training complete" in verdict.quotes[0].text
    assert running({0: lines}, use=90.0).confidence == "medium", "busy machines may still do something"


@pytest.mark.parametrize(
    ("age", "at_end", "between", "before"),
    [
        (600, None, None, "starting"),
        (601, ("hang_at_end", "medium"), "hang", None),
        (1800, ("hang_at_end", "medium"), "hang", None),
        (1801, ("hang_at_end", "high"), "hang", None),
    ],
)
def test_a_silence_counts_when_it_is_longer_than_ten_minutes_and_for_sure_longer_than_thirty(
    age: int, at_end: tuple[str, str] | None, between: str | None, before: str | None
) -> None:
    done = running({0: [*steps(age + 10, count=40, of=40), at(age, "Training complete. Model saved to /x")]}, use=0.0)
    assert ((done.cause, done.confidence) == at_end) if at_end else done.cause != "hang_at_end"
    assert (running({0: steps(age)}, use=90.0).cause == "hang") is (between == "hang")
    assert (running({0: [at(age, "compiling the first step")]}, use=0.0).cause == "starting") is (before == "starting")


def test_a_job_that_has_just_done_its_last_step_does_not_hang() -> None:
    assert running({0: steps(30, count=40, of=40)}, use=50.0).cause != "hang_at_end"


def test_a_last_step_that_is_not_the_last_of_all_is_no_end() -> None:
    assert running({0: steps(2400, count=40, of=41)}, use=100.0).cause == "hang"


@pytest.mark.parametrize(
    "words",
    [
        "compiling the first step with torch.compile",
        "Loading checkpoint shards:  50%|#####     | 15/30 [06:40<06:40, 26.7s/it]",
        "Capturing CUDA graph shapes:  41%|####1     | 28/67 [00:41<00:57,  1.46s/it]",
        "tokenizing the corpus, part 7 of 90",
    ],
)
def test_a_program_that_prepares_its_first_step_starts_even_with_idle_gpus(words: str) -> None:
    verdict = running({0: [at(1000, "world size 1"), at(100, words)]}, use=0.0)
    assert (verdict.cause, verdict.confidence) == ("starting", "medium")
    assert words[:20] in verdict.quotes[0].text


def test_a_preparation_that_fell_silent_long_ago_is_no_start_that_gets_on() -> None:
    verdict = running({0: [at(3000, "compiling the first step")]}, use=0.0)
    assert verdict.cause == "hang_in_start"


@pytest.mark.parametrize(
    ("more", "cause", "confidence"),
    [
        (" data_time 2.40 s step_time 3.00 s", "input_bound", "high"),
        (" data_time 1.60 s step_time 3.00 s", "input_bound", "medium"),
        (" data_time 1.40 s step_time 3.00 s", "healthy", "high"),
        (" data 1600 ms", "input_bound", "medium"),
    ],
)
def test_a_step_that_is_mostly_waiting_for_data_is_bound_by_its_input(more: str, cause: str, confidence: str) -> None:
    verdict = running({0: steps(10, more=more)}, use=30.0)
    assert (verdict.cause, verdict.confidence) == (cause, confidence)


def test_the_share_of_data_is_told_in_seconds_and_percent() -> None:
    verdict = running({0: steps(10, more=" data_time 2.40 s step_time 3.00 s")}, use=30.0)
    assert verdict.summary == "2.40 of the 3.00 s of a step (80 %) are spent waiting for data."


def test_a_bar_that_stands_at_nothing_for_long_is_a_start_that_does_not_get_on_however_busy_the_machines_are() -> None:
    lines = [at(2700, "***** Running training *****"), "  0%|          | 0/1218 [00:00<?, ?it/s]"]
    verdict = running({0: lines}, use=100.0)
    assert (verdict.cause, "0/1218" in verdict.quotes[0].text) == ("hang_in_start", True)
    assert running({0: [at(900, "***** Running training *****"), lines[1]]}, use=100.0).cause == "unclear"
    assert running({0: [lines[0], "  1%|          | 12/1218 [00:40<59:00, 3.1s/it]"]}, use=100.0).cause == "unclear"


@pytest.mark.parametrize(
    ("bar", "ago", "cause"),
    [
        ("Validation: 100%|##########| 20/20 [00:31<00:00, 1.5s/it]", 2700, "hang"),
        ("Validation: 100%|##########| 20/20 [00:31<00:00, 1.5s/it]", 900, "unclear"),
        ("Validation:  95%|######### | 19/20 [00:31<00:01, 1.5s/it]", 2700, "unclear"),
        ("Loading checkpoint shards: 100%|##########| 20/20 [00:31<00:00, 1.5s/it]", 2700, "unclear"),
    ],
)
def test_a_bar_at_its_end_that_nothing_follows_for_long_is_a_hang(bar: str, ago: int, cause: str) -> None:
    assert running({0: [at(ago, "***** Running training *****"), bar]}, use=100.0).cause == cause


def test_a_bar_at_its_end_is_no_hang_where_another_pod_has_other_last_words() -> None:
    bar = "Validation: 100%|##########| 20/20 [00:31<00:00, 1.5s/it]"
    assert running({0: [at(2700, "start"), bar], 1: [at(2700, "start")]}, use=100.0).cause == "unclear"


@pytest.mark.parametrize(("ago", "cause"), [(9000, "hang"), (1500, "healthy")])
def test_steps_that_take_long_are_awaited_for_several_of_them_and_no_more(ago: int, cause: str) -> None:
    lines = [at(ago + 965 * n, f"Step {9 - n} | completed in 965s | reward 1.2") for n in range(5, -1, -1)]
    assert running({0: lines}, use=50.0).cause == cause


def test_no_log_is_never_healthy_however_busy_the_machines_are() -> None:
    verdict = running({0: [], 1: []}, use=95.0)
    assert (verdict.cause, verdict.confidence) == ("unclear", "low")
    assert "its machines are busy" in verdict.summary


def test_a_program_that_prints_no_steps_and_keeps_its_machines_busy_is_unclear() -> None:
    quiet = [at(3500, "config: lr=0.0003"), at(3490, "start")]
    assert running({0: quiet}, use=95.0).cause == "unclear"
    assert running({0: quiet}, use=0.0).cause == "hang_in_start"


def test_the_pod_that_is_not_yet_looking_for_the_others_holds_up_the_start() -> None:
    waits = [at(ago, "TCPStore waiting for clients: 1/2 clients joined") for ago in range(1500, 0, -60)]
    installs = [at(3500, "Collecting torch==2.6.0")]
    verdict = running({0: waits, 1: installs}, use=0.0)
    assert (verdict.cause, verdict.pod, verdict.confidence) == ("hang_in_start", pod_id(1), "medium")


def test_the_stack_outside_the_collective_is_the_suspect_and_is_quoted() -> None:
    def dump(frame: str) -> list[str]:
        return ['Thread 88 (active): "MainThread"', f"    {frame}", "    main (train.py:88)"]

    logs = {rank: [*steps(2400), *dump("all_reduce (torch/distributed/distributed_c10d.py:2806)")] for rank in (0, 2)}
    logs[1] = [*steps(2400), *dump("read_into (corpus/reader.py:41)")]
    verdict = running(logs, use=100.0)
    assert (verdict.cause, verdict.pod) == ("hang", pod_id(1))
    assert any(one.source == "stack" and one.text.startswith("read_into") for one in verdict.quotes)


def enqueued(rank: int, work: int) -> str:
    return f"[rank{rank}]:[W ProcessGroupNCCL.cpp:1681] [PG ID 0 Rank {rank}] last enqueued work: {work}, completed: 9"


def test_the_rank_that_asked_for_fewer_collectives_is_what_the_others_wait_for() -> None:
    logs = {rank: [*steps(2400), enqueued(rank, 1180 if rank == 2 else 1187)] for rank in range(4)}
    found = behind({pod_id(rank): lines for rank, lines in logs.items()})
    assert found is not None
    assert (found[0], found[2]) == (2, pod_id(2))
    verdict = running(logs, use=100.0)
    assert (verdict.cause, verdict.pod, verdict.confidence) == ("hang", pod_id(2), "high")


def test_counts_of_collectives_that_name_no_single_rank_blame_none() -> None:
    even = {pod_id(rank): [enqueued(rank, 1187)] for rank in range(4)}
    two = {pod_id(rank): [enqueued(rank, 1180 if rank < 2 else 1187)] for rank in range(4)}
    assert behind(even) is None
    assert behind(two) is None
    assert behind({pod_id(0): [enqueued(0, 3)]}) is None


@pytest.mark.parametrize(
    ("prefixes", "rank", "expected"),
    [
        ({0: "[rank0]:", 1: "[rank1]:"}, 2, 2),
        ({0: "[rank0]:", 1: "[rank2]:"}, 3, 1),
        ({0: "[rank0]:", 1: "[rank2]:"}, 2, 1),
        ({}, 6, 3),
    ],
)
def test_a_rank_is_looked_for_in_the_pod_that_prints_it_or_by_how_many_ranks_a_pod_has(
    prefixes: dict[int, str], rank: int, expected: int
) -> None:
    found = pod_of_rank(
        subject("Running", [pod(one, "Running") for one in range(4)], RequestGPU=8),
        rank,
        {pod_id(one): [f"{prefix} step 1 loss 2"] for one, prefix in prefixes.items()},
    )
    assert found is not None
    assert found.id == pod_id(expected)


def test_how_many_ranks_a_pod_has_is_shown_by_the_least_rank_that_another_pod_prints() -> None:
    job = subject("Running", [pod(one, "Running") for one in range(4)])
    found = pod_of_rank(job, 7, {pod_id(1): ["[rank2]: step 1", "[rank3]: step 1"], pod_id(9): ["[rank8]: step 1"]})
    assert found is not None
    assert found.id == pod_id(3), "two ranks a pod: the second begins with rank 2"


def test_windows_without_a_line_still_make_a_silent_log_a_hang() -> None:
    material = Material(subject("Running", [pod(0, "Running")]))
    material.logs = {pod_id(0): ["step 10 loss 2.1", "step 20 loss 2.0"]}
    material.recent = {(pod_id(0), SHORT_S): False, (pod_id(0), LONG_S): False}
    assert decide(material).cause == "hang"
