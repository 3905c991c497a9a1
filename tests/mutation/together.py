"""What came through its nearest tests, tried with all the others: the survivors stand together in one tree, and each
test that touches one of them runs once. Only a test that fails there is run again, with each survivor alone.

That a test fails for two of them together and for neither alone is possible and counts for nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from .mutants import Mutant
from .sandbox import Sandbox
from .touching import Test, TestMap

_LEAST_S, _SLOWEST, _MOST_AGAIN = 120.0, 6.0, 80
"""Seconds that a run has at least, times its expected length, and how many failed tests a survivor is tried with."""
Say = Callable[[str], None]


def notice(
    boxes: Sequence[Sandbox], survivors: Sequence[Mutant], found: TestMap, tried: Mapping[Mutant, int], say: Say
) -> dict[Mutant, str]:
    """The survivors that another test notices, with its node id. ``tried``: how many of a survivor's tests have run."""
    touching = {mutant: found.choose(mutant) for mutant in survivors}
    rest = {test.id: test for mutant, tests in touching.items() for test in tests[tried[mutant] :]}
    if not rest:
        return {}
    planted = together(survivors, found.sources)
    say(f"{len(survivors)} came through: {len(rest)} other tests, once for all of them")
    failed: set[str] = set()

    def run(box: Sandbox, tests: Sequence[Test]) -> None:
        with _Planted(box, planted, found.sources):
            done = box.run_tests([one.id for one in tests], _limit_s(tests), stop=False)
        if done.code is None:
            say(f"  {len(tests)} tests did not end")
        failed.update(failed_tests(done.output, rest))

    with ThreadPoolExecutor(len(boxes)) as pool:
        list(pool.map(run, boxes, shares(list(rest.values()), len(boxes))))
    say(f"  {len(failed)} failed")
    free = list(boxes)

    def again(mutant: Mutant) -> str:
        tests = [one for one in touching[mutant] if one.id in failed][:_MOST_AGAIN]
        if not tests:
            return ""
        box = free.pop()
        try:
            with _Planted(box, {mutant.path: mutant.applied(found.sources[mutant.path])}, found.sources):
                done = box.run_tests([one.id for one in tests], _limit_s(tests))
            by = next(iter(failed_tests(done.output, failed)), "")
            passes_without = bool(by) and box.run_tests([by], _LEAST_S).code == 0
        finally:
            free.append(box)
        return by if passes_without else ""

    with ThreadPoolExecutor(len(boxes)) as pool:
        return {mutant: by for mutant, by in zip(survivors, pool.map(again, survivors), strict=True) if by}


class _Planted:
    """Files of a sandbox that hold faults for a while."""

    def __init__(self, box: Sandbox, files: Mapping[str, bytes], sources: Mapping[str, bytes]) -> None:
        self.box, self.files, self.sources = box, files, sources

    def __enter__(self) -> None:
        for path, content in self.files.items():
            self.box.write(path, content)

    def __exit__(self, *_: object) -> None:
        for path in self.files:
            self.box.write(path, self.sources[path])


def together(mutants: Sequence[Mutant], sources: Mapping[str, bytes]) -> dict[str, bytes]:
    """Each touched file with all of its mutants, from the last to the first; one that overlaps another is left out."""
    by_path: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in mutants:
        by_path[mutant.path].append(mutant)
    made = {}
    for path, found in by_path.items():
        content, start = sources[path], len(sources[path]) + 1
        for mutant in sorted(found, key=lambda one: one.start, reverse=True):
            if mutant.end <= start:
                content, start = mutant.applied(content), mutant.start
        made[path] = content
    return made


def shares(tests: Sequence[Test], number: int) -> list[list[Test]]:
    """The tests in so many parts that take about as long, those of a file in one part."""
    by_file: dict[str, list[Test]] = defaultdict(list)
    for test in tests:
        by_file[test.id.partition("::")[0]].append(test)
    parts: list[list[Test]] = [[] for _ in range(number)]
    for of_file in sorted(by_file.values(), key=_seconds, reverse=True):
        min(parts, key=_seconds).extend(of_file)
    return parts


def failed_tests(output: str, known: Iterable[str]) -> list[str]:
    """The node ids of pytest's summary, in its order: what is known of each line, since a name may hold any text."""
    ids, found = set(known), []
    for line in re.findall(r"^(?:FAILED|ERROR) (.*)$", output, re.MULTILINE):
        words = line.split(" - ")
        starts = (" - ".join(words[:end]) for end in range(len(words), 0, -1))
        found += [next((start for start in starts if start in ids), words[0])]
    return found


def _seconds(tests: Sequence[Test]) -> float:
    return sum(test.seconds for test in tests)


def _limit_s(tests: Sequence[Test]) -> float:
    return _LEAST_S + _SLOWEST * _seconds(tests)
