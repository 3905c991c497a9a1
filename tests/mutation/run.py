"""``make mutation``: how many small faults in the guards do types and tests notice? A long command of its own.

    python tests/mutation/run.py [MUTANT …] [--list FILE]

mutmut makes the mutants and tries them (``[tool.mutmut]`` in pyproject.toml). It finds sources under ``src`` alone, so
it works on a copy of the tree, ``.mutation/``. A later run tries what came through, and functions that changed; after
``make clean`` everything. Names and patterns
like ``pai_dlc_mcp.guards.confirmation.tokens.*`` try these alone.

Prints the share that was noticed and every survivor without a reason in ``survivors.json``. Fails below 95 %.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

from outcomes import Outcome, forget_survivors, outcomes

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / ".mutation"
MUTANTS = WORK / "mutants/src/pai_dlc_mcp"
SURVIVORS = Path(__file__).with_name("survivors.json")
COPIED = ["tests", "references", "evals", "pyproject.toml", "SKILL.md", "README.md", "CHANGELOG.md", "CONTRIBUTING.md"]
COPIED += ["Makefile", "LICENSE", "constraints.txt"]
LEAST = 0.95


def main() -> int:
    options = _options()
    _copy()
    forget_survivors(MUTANTS)
    (WORK / "mutants/mutmut-stats.json").unlink(missing_ok=True)  # else no test is known to need a function that is new
    done = _mutmut(options.mutants)
    if done:
        return done
    tried = outcomes(MUTANTS)
    wanted = options.mutants or ["*"]
    return _judged([one for one in tried if any(fnmatch(one.name, name) for name in wanted)], options.list)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mutants", nargs="*", help="only these, by name or pattern")
    parser.add_argument("--list", type=Path, help="write the survivors here as JSON")
    return parser.parse_args()


def _copy() -> None:
    """The tree as it is now; what did not change keeps its time, and its mutants their outcome."""
    for name in COPIED:
        _replace(ROOT / name, WORK / name)
    _replace(ROOT / "server", WORK / "src")
    shutil.rmtree(WORK / "mutants/tests", ignore_errors=True)


def _replace(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    else:
        shutil.copy2(source, target)


def _mutmut(names: list[str]) -> int:
    """mypy and every process that a test starts see the mutants, not the tree that is installed."""
    mutants = WORK / "mutants/src"
    mutants.mkdir(parents=True, exist_ok=True)  # Python forgets a place on its path that is not there when it starts.
    places = {"PYTHONPATH": _paths(mutants, WORK / "tests"), "MYPYPATH": "src"}
    places["PATH"] = _paths(Path(sys.executable).parent, os.environ.get("PATH", ""))
    return subprocess.run(["mutmut", "run", *names], cwd=WORK, env=os.environ | places, check=False).returncode


def _paths(*places: Path | str) -> str:
    return os.pathsep.join(map(str, places))


def _judged(tried: list[Outcome], listed: Path | None) -> int:
    survivors = [one for one in tried if one.survived]
    reasons = {tuple(entry["mutant"]): entry["reason"] for entry in json.loads(SURVIVORS.read_text())["survivors"]}
    for one in survivors:
        if one.key not in reasons:
            print(f"{one.function}: {one.before}  ->  {one.after}")
    if listed:
        listed.write_text(json.dumps([one._asdict() for one in survivors], indent=1, ensure_ascii=False) + "\n")
    by_types, unexplained = sum(one.by_types for one in tried), sum(one.key not in reasons for one in survivors)
    share = 1 - len(survivors) / max(len(tried), 1)
    print(f"{len(tried)} mutants, {by_types} noticed by mypy, {len(tried) - by_types - len(survivors)} by tests,")
    print(f"{len(survivors)} not at all ({unexplained} of them without a reason): {share:.1%} noticed")
    return 0 if share >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
