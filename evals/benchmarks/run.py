"""``python -m evals.benchmarks.run [NAME …]``: every benchmark but the long ones, or those named."""

from __future__ import annotations

import sys
from importlib import import_module

import anyio

NAMES = ("startup", "one_call", "throughput", "diagnosis", "ten_pods", "masking", "large_world")
LONG = ("soak", "hostile", "fleet")


def main() -> None:
    for name in sys.argv[1:] or NAMES:
        if name not in NAMES + LONG:
            sys.exit(f"there are {', '.join(NAMES + LONG)}")
        anyio.run(import_module(f"evals.benchmarks.{name}").main)


if __name__ == "__main__":
    main()
