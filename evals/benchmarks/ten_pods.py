"""Processor time of the diagnosis of a job of ten pods, each with 500 lines of log: one that runs, one that failed, and
one whose lines are of many kinds. The first call reads the tables of causes and is shown apart."""

from __future__ import annotations

from statistics import median
from typing import Any

from evals.diagnosis import diagnose

from .figures import Figure, note

PODS, LINES, CALLS, GOAL_MS = 10, 490, 5, 150.0
HEAD = f"{'job':14} {'cause':12} {'requests':>8} {'tokens':>6} {'first ms':>8} {'ms':>6}"
STEP = "INFO trainer: step {n}0/200000 loss 2.1{n} lr 2.9e-04 grad_norm 0.8{n} tokens/s 11432 data {n} ms step_time 3 s"
MEMORY = (
    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.16 GiB. GPU 7 has a total capacity of 79.11 GiB"
)
WATCHDOG = (
    "[E1124 08:15:40.101 ProcessGroupNCCL.cpp:629] [Rank {r}] Watchdog caught collective operation timeout: "
    "WorkNCCL(SeqNum=8123, OpType=ALLREDUCE, Timeout(ms)=600000) ran for 600031 milliseconds before timing out."
)
KINDS = (
    "[2026-11-24 08:01:{s:02d},012] [INFO] [logging.py:107:log_dist] [Rank {r}] step={n}, skipped=0, lr=[0.0003]",
    "(WorkerDict pid={r}4) step:{n} - actor/loss:0.{n} - time/gen: 12.{n}s",
    "{n}it [00:{s:02d}, 3.1it/s] sample {n} from /mnt/data/shard-{n:05d}.tar decoded in {n} ms",
    "WARNING:root:retrying read of part {n} (attempt 1)",
    "I0424 08:01:{s:02d}.123456 {r} data_loader.cc:211] prefetch queue {n} of 400, error rate 0.0{n}",
    "saving cache {n} done, memory {n}.3 GiB, peak {n}.9 GiB",
)


async def main() -> None:
    print(f"diagnosis of ten pods of 500 lines, processor time\n{HEAD}")
    for failure in (running(), failed("ten failed", of_steps), failed("ten mixed", of_kinds)):
        spent = []
        for _ in range(1 + CALLS):
            data, text, requests, ms = await diagnose(failure)
            spent.append(ms)
        row = f"{failure['name']:14} {data['cause']:12} {len(requests):8} {len(text.encode()) // 4:6}"
        print(f"{row} {spent[0]:8.0f} {median(spent[1:]):6.0f}")
        note(Figure(f"processor time of a diagnosis, {failure['name']}", median(spent[1:]), "ms", GOAL_MS))


def running() -> dict[str, Any]:
    pods = [
        {"rank": r, "lines": [["{t} " + STEP, LINES]], "times": [[60, 3]], "exit": 0, "delay": 0, "hold": 1530}
        for r in range(PODS)
    ]
    usage = {"GpuCoreUsage": [95] * PODS}
    return {
        "name": "ten running",
        "kind": "running",
        "status": "Running",
        "silent_s": 5,
        "pods": pods,
        "metrics": usage,
    }


def failed(name: str, lines: Any) -> dict[str, Any]:
    """Rank 4 runs out of memory, and the watchdogs of the others end them ten minutes later."""
    pods = [
        {"rank": r, "lines": [*lines(r), *_end(r)], "exit": 1 if r == 4 else 134, "delay": 0 if r == 4 else 600}
        for r in range(PODS)
    ]
    return {"name": name, "kind": "log", "pods": pods}


def of_steps(rank: int) -> list[str]:
    return [f"[rank{rank}]: 2026-11-24 08:{n % 60:02d}:07,{rank}12 {STEP}".replace("{n}", str(n)) for n in range(LINES)]


def of_kinds(rank: int) -> list[str]:
    return [KINDS[n % len(KINDS)].format(n=n, s=n % 60, r=rank) for n in range(LINES)]


def _end(rank: int) -> list[str]:
    traced = ["Traceback (most recent call last):", '  File "/code/train.py", line 88, in <module>']
    end = [*traced, MEMORY] if rank == 4 else [WATCHDOG.format(r=rank), *traced, "RuntimeError: NCCL was aborted"]
    return [f"[rank{rank}]: {line}" for line in end]
