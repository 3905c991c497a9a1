"""``python -m evals.benchmarks.run [--keep] [NAME …]``: every benchmark but the long ones, or those named.

Prints each figure beside its goal. ``--keep`` writes them into ``evals/results/benchmarks.json``, from which the
README's table is made.
"""

from __future__ import annotations

import argparse
from importlib import import_module

import anyio

from .figures import FIGURES, keep

NAMES = ("startup", "peers", "one_call", "throughput", "diagnosis", "ten_pods", "masking", "large_world")
LONG = ("soak", "hostile", "fleet")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES + LONG))
    parser.add_argument("--keep", action="store_true", help="write the figures for the README's table")
    given = parser.parse_args()
    if unknown := set(given.names) - set(NAMES + LONG):
        parser.error(f"there is no {' or '.join(sorted(unknown))}")
    for name in given.names or NAMES:
        anyio.run(import_module(f"evals.benchmarks.{name}").main)
    missed = [figure.name for figure in FIGURES if not figure.is_met]
    print(f"goals missed: {'; '.join(missed) or 'none'}")
    if given.keep:
        keep(FIGURES)


if __name__ == "__main__":
    main()
