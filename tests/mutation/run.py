"""``make mutation``: how many small faults in the guards do the tests notice? A long command of its own.

    python tests/mutation/run.py [--only MODULE …] [--workers N] [--list FILE]

Prints the share that was noticed and every mutant that came through without a reason in ``survivors.json``. Fails
below 95 %.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import pkgutil
import sys
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "server")]

import pytest  # noqa: E402 - the path comes first

import pai_dlc_mcp  # noqa: E402 - as above
from mutation.killing import Killers, Known  # noqa: E402 - as above
from mutation.operators import Mutant, mutants, unchanged  # noqa: E402 - as above

GUARDS = ROOT / "server/pai_dlc_mcp/guards"
SURVIVORS = Path(__file__).with_name("survivors.json")
TESTS = ["tests/guards", "tests/attacks"]
SLOW = [
    "two_servers",
    "secrets_in_stderr",
    "tokens_on_redis",
    "secrets_canary",
    "paths",
    "bombs",
    "lying_client",
    "http_door",
]
"""Attacks that start processes, or that reach much and take long for what they would notice here."""
LEAST = 0.95
QUICK_S, CONTROL_S = 1.0, 5.0
"""How much of the tests' own time is spent on a mutant at first, and on none at all."""


def main() -> int:
    options = _options()
    os.chdir(ROOT)
    os.nice(2)
    found: dict[str, Any] = {}
    work = Killers(lambda killers: found.update(survivors=_all(killers, options)))
    ignored = [f"--ignore-glob=*/test_{name}.py" for name in SLOW]
    pytest.main(["-q", "-p", "no:cacheprovider", "-s", *ignored, *TESTS], plugins=[work])
    return _judged(found["survivors"], options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", help="modules of guards/, by name")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--list", type=Path, help="write the survivors here as JSON")
    parser.add_argument("--long", type=float, default=20.0, help="seconds of tests for a mutant that came through")
    parser.add_argument("--again", type=Path, help="take only the mutants of such a list")
    parser.add_argument("--survey", type=Path, help="keep here which test reaches what, for the next run")
    parser.add_argument("--every", type=int, default=1, help="take only every n-th mutant, for a quick look")
    return parser.parse_args()


def _all(killers: Killers, options: argparse.Namespace) -> dict[str, Any]:
    started = time.monotonic()
    # As it all is now: somebody may be editing it while this runs.
    for found in pkgutil.walk_packages(pai_dlc_mcp.__path__, "pai_dlc_mcp."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)
    sources = {path: path.read_text() for path in sorted(GUARDS.glob("*.py"))}
    known = _kept(options.survey) or killers.survey(GUARDS)
    if options.survey:
        options.survey.write_text(json.dumps({"lines": known.lines, "seconds": known.seconds}))
    _say(f"{len(known.seconds)} of {len(killers.items)} tests pass, {time.monotonic() - started:.0f} s")
    counts: dict[str, Any] = {"mutants": 0, "survivors": []}
    for path, source in sources.items():
        if path.stem != "__init__" and (not options.only or path.stem in options.only):
            _module(path, source, killers, known, options, counts)
    return counts


def _kept(survey: Path | None) -> Known | None:
    """What an earlier run learnt of the same tests."""
    return Known(**json.loads(survey.read_text())) if survey and survey.exists() else None


def _module(
    path: Path, source: str, killers: Killers, known: Known, options: argparse.Namespace, counts: dict[str, Any]
) -> None:
    """First a quick look at every mutant, then a longer one at those that came through."""
    taken = [one for one in mutants(source) if one.number % options.every == 0 and _wanted(path, source, one, options)]
    left, nothing = taken, unchanged(source)
    assert not taken or _alive(path, [nothing], killers, known, 1, CONTROL_S) == [nothing], (
        f"{path.stem}: tests fail without a mutant"
    )
    for seconds in filter(None, (QUICK_S, options.long)):
        left = _alive(path, left, killers, known, options.workers, seconds)
    counts["mutants"] += len(taken)
    counts["survivors"] += [_entry(path, source, mutant) for mutant in left]
    if options.list:
        options.list.write_text(json.dumps(counts["survivors"], indent=1, ensure_ascii=False) + "\n")
    _say(f"{path.stem}: {len(taken)} mutants, {len(left)} not noticed")


def _wanted(path: Path, source: str, mutant: Mutant, options: argparse.Namespace) -> bool:
    return options.again is None or _key(_entry(path, source, mutant)) in _listed(options.again)


@lru_cache(maxsize=1)
def _listed(survivors: Path) -> frozenset[tuple[str, ...]]:
    return frozenset(_key(entry) for entry in json.loads(survivors.read_text()))


def _alive(
    path: Path, left: list[Mutant], killers: Killers, known: Known, workers: int, seconds: float
) -> list[Mutant]:
    """Mutants that so many seconds of tests do not notice."""
    module = importlib.import_module(f"pai_dlc_mcp.guards.{path.stem}")
    running: dict[int, Mutant] = {}
    alive: list[Mutant] = []

    def reap() -> None:
        child, status = os.wait()
        mutant = running.pop(child)
        if status == 0:
            alive.append(mutant)

    for mutant in left:
        items = killers.chosen(known, path.stem, mutant, seconds)
        running[killers.start(module, mutant, items, seconds)] = mutant
        if len(running) >= workers:
            reap()
    while running:
        reap()
    return alive


def _entry(path: Path, source: str, mutant: Mutant) -> dict[str, Any]:
    line = source.splitlines()[mutant.line - 1].strip()
    return {"module": path.stem, "place": mutant.place, "line": line, "mutant": mutant.what}


def _judged(counts: dict[str, Any], options: argparse.Namespace) -> int:
    survivors, made = counts["survivors"], counts["mutants"]
    explained = {_key(entry): entry["reason"] for entry in json.loads(SURVIVORS.read_text())["survivors"]}
    unexplained = [entry for entry in survivors if _key(entry) not in explained]
    for entry in unexplained:
        _say(f"{entry['module']}.{entry['place']}: {entry['mutant']} in `{entry['line'][:90]}`")
    share = 1 - len(survivors) / max(made, 1)
    _say(f"{made} mutants, {len(survivors)} not noticed ({len(unexplained)} without a reason): {share:.1%} noticed")
    return 0 if share >= LEAST else 1


def _key(entry: dict[str, Any]) -> tuple[str, ...]:
    return tuple(entry[name] for name in ("module", "place", "line", "mutant"))


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
