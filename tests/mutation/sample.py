"""``make mutants``: a seeded random sample of small faults in given files; which of them do types and tests notice?

    PYTHONPATH=tests python -m mutation.sample PATH … [--number 60] [--seed 1] [--since REVISION] [--least 0.92]

Every mutant is planted in a copy of the tree (``sandbox``). mypy looks first, then the tests that touch its statement,
then those that touch its function, its name's users and its file (``touching``), until one fails; then the generated
documents are compared, as ``make test`` does. What takes much longer than without the fault counts as noticed. What
came through all that is tried with every other test that touches it, all survivors in one tree (``together``;
``--near`` leaves that out). Results are kept under ``.mutants/`` for the tree as it is: the same command goes on where
it was interrupted, and another seed tries only what is new.

Prints each survivor as a difference of two lines and a table by folder. Survivors that ``accepted.json`` gives a
reason for (by file, function and change) do not count. Exit code 1 below ``--least``.
"""

from __future__ import annotations

import argparse
import json
import queue
import random
import re
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from .mutants import Mutant, find_mutants, is_changed_program
from .sandbox import Sandbox, tracked_files, tree_digest
from .together import notice
from .touching import Test, TestMap, trace_missing

ROOT = Path(__file__).resolve().parents[2]
ACCEPTED = Path(__file__).with_name("accepted.json")
FIRST, WIDER, LEAST_S = 1 / 150, 1 / 30, 5.0
"""Shares of the time that all tests took when they were traced, for the first and the second run; and in seconds."""
TYPES_S, DOCUMENTS_S, SLOWEST = 900.0, 300.0, 4.0
Noticed = Literal["types", "tests", "time", "documents", "nothing"]


@dataclass(frozen=True)
class Result:
    """What noticed a mutant: ``by`` names the test or the first message of mypy.

    ``tried`` counts the tests that were run, ``touching`` those that could have been.
    """

    mutant: Mutant
    noticed: Noticed
    by: str
    tried: int
    seconds: float
    touching: int = 0


def draw(mutants: Sequence[Mutant], sources: dict[str, bytes], number: int, seed: int) -> list[Mutant]:
    """A random sample: first a line, then one of its mutants, so that crowded lines weigh no more than others."""
    by_line: dict[tuple[str, int], list[Mutant]] = defaultdict(list)
    for mutant in sorted(mutants):
        by_line[mutant.path, mutant.line].append(mutant)
    chance = random.Random(seed)
    lines = list(by_line)
    chance.shuffle(lines)
    drawn: list[Mutant] = []
    for line in lines:
        if len(drawn) == number:
            break
        chance.shuffle(by_line[line])
        drawn += [one for one in by_line[line] if is_changed_program(sources[one.path], one)][:1]
    return drawn


def changed_lines(root: Path, revision: str) -> dict[str, set[int]]:
    """The lines that differ from a revision, by file, in the numbers of the tree as it is."""
    command = ["git", "diff", "--unified=0", "--no-color", "--no-ext-diff", revision, "--"]
    text = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    found: dict[str, set[int]] = defaultdict(set)
    path = ""
    for line in text.splitlines():
        if line.startswith("+++ "):
            path = line[6:]
        elif hunk := re.match(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@", line):
            start, count = int(hunk[1]), int(hunk[2] or 1)
            found[path] |= set(range(start, start + count))
    return found


class Trial:
    """Tries mutants in a few sandboxes side by side and writes down what came of each at once."""

    def __init__(self, root: Path, work: Path, paths: Sequence[str], jobs: int, *, types: bool = True) -> None:
        trace = work / "map"
        trace.mkdir(parents=True, exist_ok=True)
        self.root, self.paths, self.types = root, paths, types
        self.boxes = [Sandbox(root, work / str(number), trace) for number in range(1, jobs + 1)]
        relevant = [one for one in paths if one.startswith(("server/", "tests/")) or one == "pyproject.toml"]
        relevant = [one for one in relevant if not one.startswith("tests/mutation/")]  # else a reason tries all again
        self.results = work / f"results-{tree_digest(root, relevant)}.jsonl"
        self.lock = threading.Lock()

    def run(self, mutants: Sequence[Mutant]) -> list[Result]:
        known = self._known()
        left = [one for one in mutants if one not in known]
        if left:
            self._prepare()
            say(f"{len(left)} mutants to try, {len(mutants) - len(left)} tried before")
            found = TestMap(self.boxes[0].tree, self.boxes[0].trace, self.paths)
            free: queue.SimpleQueue[Sandbox] = queue.SimpleQueue()
            for box in self.boxes:
                free.put(box)

            def trial(mutant: Mutant) -> Result:
                box = free.get()
                try:
                    return self._keep(self._try(box, mutant, found))
                finally:
                    free.put(box)

            pool = ThreadPoolExecutor(len(self.boxes))
            try:
                known |= {one.mutant: one for one in pool.map(trial, left)}
            finally:
                pool.shutdown(cancel_futures=True)
                for box in self.boxes:
                    box.close()
        return [known[one] for one in mutants]

    def look_wider(self, results: Sequence[Result], reasons: Iterable[tuple[str, ...]]) -> list[Result]:
        """The results again, where another test notices what came through; what has a reason is left alone."""
        wanted = [one for one in results if one.noticed == "nothing" and one.tried < one.touching]
        wanted = [one for one in wanted if one.mutant.key not in set(reasons)]
        if not wanted:
            return list(results)
        for box in self.boxes:
            box.prepare(self.paths)
        trace_missing(self.boxes, self.paths, say)
        found = TestMap(self.boxes[0].tree, self.boxes[0].trace, self.paths)
        tried = {one.mutant: one.tried for one in wanted}
        try:
            noticed = notice(self.boxes, list(tried), found, tried, say)
        finally:
            for box in self.boxes:
                box.close()
        wider = {}
        for one in wanted:
            by = noticed.get(one.mutant)
            now = replace(one, tried=one.touching, noticed="tests" if by else "nothing", by=by or "")
            wider[one.mutant] = self._keep(now)
        return [wider.get(one.mutant, one) for one in results]

    def _known(self) -> dict[Mutant, Result]:
        if not self.results.exists():
            return {}
        rows = [json.loads(line) for line in self.results.read_text().splitlines()]
        found = [Result(**row | {"mutant": Mutant(**row["mutant"])}) for row in rows]
        return {one.mutant: one for one in found}

    def _keep(self, result: Result) -> Result:
        with self.lock, self.results.open("a") as file:
            file.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")
        mutant = result.mutant
        place = f"{mutant.path}:{mutant.line} {mutant.kind}"
        say(f"  {result.noticed:8} {result.seconds:4.0f} s  {place}: {result.by[:110]}")
        return result

    def _prepare(self) -> None:
        for box in self.boxes:
            box.prepare(self.paths)
        trace_missing(self.boxes, self.paths, say)
        if self.types:
            with ThreadPoolExecutor(len(self.boxes)) as pool:
                for done in pool.map(lambda box: box.check_types(TYPES_S), self.boxes):
                    if done.code != 0:
                        sys.exit(f"mypy is not content with the tree as it is:\n{done.output}")

    def _try(self, box: Sandbox, mutant: Mutant, found: TestMap) -> Result:
        began = time.monotonic()
        tests = found.choose(mutant)
        runs = list(two_runs(tests, found.seconds))
        source = (self.root / mutant.path).read_bytes()
        for _ in range(2):
            box.write(mutant.path, mutant.applied(source))
            try:
                noticed, by, tried = self._noticed(box, runs)
            finally:
                box.write(mutant.path, source)
            if noticed != "types" or box.check_types(TYPES_S).code == 0:
                break
            box.forget_types()  # A daemon that still sees errors where none are left is wrong about the mutant, too.
        return Result(mutant, noticed, by, tried, round(time.monotonic() - began, 1), len(tests))

    def _noticed(self, box: Sandbox, runs: Sequence[list[Test]]) -> tuple[Noticed, str, int]:
        if self.types:
            done = box.check_types(TYPES_S)
            if done.code == 1:
                return "types", done.output.partition("\n")[0], 0
        tried = 0
        for chosen in runs:
            expected = sum(test.seconds for test in chosen)
            done = box.run_tests([test.id for test in chosen], 60 + SLOWEST * expected)
            tried += len(chosen)
            if done.code is None:
                return "time", "the tests did not end", tried
            if done.code not in (0, 5):  # 5: no test was collected
                failed = re.search(r"^(?:FAILED|ERROR) (.*?)(?: - |$)", done.output, re.MULTILINE)
                return "tests", failed[1] if failed else done.output[-300:], tried
        done = box.check_documents(DOCUMENTS_S)
        if done.code != 0:
            return "documents", done.output.strip().partition("\n")[0], tried
        return "nothing", "", tried


def two_runs(tests: Sequence[Test], all_s: float) -> Iterable[list[Test]]:
    """The nearest tests, then as many more as fit; those of a file together, since they may share what they set up."""
    start = 0
    for limit_s in (max(LEAST_S, all_s * share) for share in (FIRST, WIDER)):
        chosen: list[Test] = []
        seconds = 0.0
        while start < len(tests) and (not chosen or seconds + tests[start].seconds <= limit_s):
            seconds += tests[start].seconds
            chosen.append(tests[start])
            start += 1
        if chosen:
            place = {file: number for number, file in enumerate(dict.fromkeys(_file(one) for one in chosen))}
            yield sorted(chosen, key=lambda one: place[_file(one)])


def _file(test: Test) -> str:
    return test.id.partition("::")[0]


def report(results: Sequence[Result], reasons: dict[tuple[str, ...], str], least: float) -> int:
    """Print the survivors and the table; the exit code."""
    survivors = [one for one in results if one.noticed == "nothing"]
    for one in sorted(survivors, key=lambda one: one.mutant):
        mutant, reason = one.mutant, reasons.get(one.mutant.key)
        run = f"{one.tried} of {one.touching} tests passed"
        print(f"\n{mutant.path}:{mutant.line} in {mutant.function}: {mutant.kind}, {run}")
        print(f"  accepted: {reason}" if reason else f"- {mutant.before}\n+ {mutant.after}")
    rows: dict[str, Counter[str]] = defaultdict(Counter)
    for one in results:
        accepted = one.noticed == "nothing" and one.mutant.key in reasons
        for folder in (str(Path(one.mutant.path).parent).removeprefix("server/"), "together"):
            rows[folder]["accepted" if accepted else one.noticed] += 1
    print(f"\n{'folder':45} drawn  types  tests   time  documents  accepted  survived  noticed")
    for folder in [*sorted(rows.keys() - {"together"}), "together"]:
        row = rows[folder]
        figures = f"{row.total():6} {row['types']:6} {row['tests']:6} {row['time']:6} {row['documents']:10}"
        print(f"{folder:45}{figures} {row['accepted']:9} {row['nothing']:9} {_share(row):8.1%}")
    return 0 if _share(rows["together"]) >= least else 1


def _share(row: Counter[str]) -> float:
    """The noticed ones among those that are not accepted."""
    counted = row.total() - row["accepted"]
    return 1.0 if not counted else 1 - row["nothing"] / counted


def read_reasons(file: Path, sources: dict[str, bytes]) -> dict[tuple[str, ...], str]:
    """The accepted survivors; says of an entry whose line is no longer there that it can go."""
    found = {}
    for entry in json.loads(file.read_text())["survivors"]:
        key = tuple(entry[name] for name in ("file", "function", "before", "after"))
        if not entry["reason"].strip():
            raise ValueError(f"no reason is given for {key}")
        text = " ".join(sources.get(entry["file"], b"").decode().split())
        if entry["file"] in sources and entry["before"] not in text:
            say(f"{file.name}: {entry['file']} no longer has the line {entry['before']!r}")
        found[key] = entry["reason"]
    return found


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    options = _options()
    paths = tracked_files(ROOT)
    wanted = tuple(str(Path(one)).rstrip("/") for one in options.paths)
    under = [one for one in paths if one.endswith(".py") and any(one == w or one.startswith(f"{w}/") for w in wanted)]
    if not under:
        sys.exit(f"no Python file under {' '.join(wanted)}")
    sources = {path: (ROOT / path).read_bytes() for path in under}
    mutants = [mutant for path, source in sources.items() for mutant in find_mutants(path, source)]
    if options.since:
        changed = changed_lines(ROOT, options.since)
        mutants = [one for one in mutants if one.line in changed.get(one.path, ())]
    reasons = read_reasons(ACCEPTED, sources)
    say(f"{len(mutants)} mutants in {len(sources)} files")
    drawn = draw(mutants, sources, options.number, options.seed)
    began = time.monotonic()
    trial = Trial(ROOT, ROOT / ".mutants", paths, options.jobs)
    results = trial.run(drawn)
    if not options.near:
        results = trial.look_wider(results, reasons)
    done = report(results, reasons, options.least)
    print(f"{time.monotonic() - began:.0f} s, seed {options.seed}")
    return done


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", help="files or folders of the repository, as server/pai_dlc_mcp/cloud")
    parser.add_argument("--number", type=int, default=60, help="how many to draw (60)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--since", metavar="REVISION", help="only lines that differ from this revision")
    parser.add_argument("--least", type=float, default=0.92, help="the share that must be noticed (0.92)")
    parser.add_argument("--near", action="store_true", help="only the nearest tests, not all that touch a survivor")
    parser.add_argument("--jobs", type=int, default=2, help="sandboxes side by side (2)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
