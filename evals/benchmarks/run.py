"""``python -m evals.benchmarks.run [NAME …]``: every benchmark, or those named."""

from __future__ import annotations

import sys
from importlib import import_module

import anyio

NAMES = ("startup", "one_call", "throughput")


def main() -> None:
    for name in sys.argv[1:] or NAMES:
        if name not in NAMES:
            sys.exit(f"there are {', '.join(NAMES)}")
        anyio.run(import_module(f"evals.benchmarks.{name}").main)


if __name__ == "__main__":
    main()
