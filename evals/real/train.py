"""A small training loop on gloo that fails in the way that its first argument names, in the rank of its second."""

from __future__ import annotations

import argparse
import ctypes
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta

import torch
import torch.distributed as dist

FAIL_AT = 3


def raise_exception() -> None:
    raise ValueError("label 12 is larger than the number of classes 10")


def handle_then_fail() -> None:
    """An exception that is caught, steps that go on, then the one that ends it."""
    try:
        torch.zeros(2, 3) @ torch.zeros(2, 3)
    except RuntimeError:
        import traceback

        traceback.print_exc()
        print("batch of odd size skipped", flush=True)
    for step in range(6):
        print(f"step {100 + step} loss 1.{step}", flush=True)
    _ = {"text": "a"}["labels"]


def use_wrong_shapes() -> None:
    torch.zeros(32, 512) @ torch.zeros(768, 10)


def open_missing_file() -> None:
    open("/mnt/data/corpus/part-00017.bin", "rb").close()


def import_missing_module() -> None:
    import flash_attn_that_is_not_there  # noqa: F401 - it fails: that is the failure


def exhaust_memory() -> None:
    used = 4 * 1024**3
    resource.setrlimit(resource.RLIMIT_AS, (used, used))
    torch.zeros(64 * 1024**3, dtype=torch.uint8)


def crash() -> None:
    ctypes.string_at(0)


def be_killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def hang() -> None:
    time.sleep(300)


WAYS: dict[str, Callable[[], None]] = {
    "exception": raise_exception,
    "handled": handle_then_fail,
    "shapes": use_wrong_shapes,
    "file": open_missing_file,
    "module": import_missing_module,
    "memory": exhaust_memory,
    "segfault": crash,
    "killed": be_killed,
    "hang": hang,
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("way", choices=[*WAYS, "none"])
    parser.add_argument("rank", type=int)
    given = parser.parse_args()
    dist.init_process_group("gloo", timeout=timedelta(seconds=20))
    for step in range(1, 8):
        print(f"step {step} loss {2.5 - step / 10:.2f}", flush=True)
        if step == FAIL_AT and dist.get_rank() == given.rank:
            WAYS[given.way]()
        dist.all_reduce(torch.ones(4))
        time.sleep(0.1)
    dist.destroy_process_group()


if __name__ == "__main__":
    sys.exit(main())
