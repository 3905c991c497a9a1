"""The tests in one process that is forked for every mutant: what is collected once serves thousands of times."""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mutation.grafting import graft
from mutation.operators import Mutant

PATIENCE_S = 10
"""A mutant that hangs counts as noticed after this time and twice what its tests may take."""
ROUNDS = 4
TABLES: Mapping[str, tuple[str, ...]] = defaultdict(lambda: ("test_tables",), states=("test_no_effect.py",))
"""Tests that look at the modules' tables, whose lines no test is seen to reach."""
WORDS = ("taken out", "processes")


@dataclass
class Known:
    """What a run without any mutant showed: the lines (``module:number``) that each test reaches, and its seconds."""

    lines: dict[str, list[str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    _index: dict[str, set[str]] = field(default_factory=dict, repr=False)

    def reaching(self, module: str, line: int) -> set[str]:
        if not self._index:
            self._index.update((one, set()) for lines in self.lines.values() for one in lines)
            for name, lines in self.lines.items():
                for one in lines:
                    self._index[one].add(name)
        return self._index.get(f"{module}:{line}", set())


class Killers:
    """A pytest plugin: in place of running the tests it hands its collected items to ``work``."""

    def __init__(self, work: Any) -> None:
        self._work, self.failed = work, False
        self.items: dict[str, pytest.Item] = {}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.items = {item.nodeid: item for item in session.items if _serves(item)}
        gc.collect()
        gc.freeze()
        self._work(self)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed |= report.failed

    def run(self, item: pytest.Item, following: pytest.Item | None) -> bool:
        """Whether it passed."""
        self.failed = False
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        return not self.failed

    def survey(self, folder: Path) -> Known:
        """In a child: every test once, with the lines of ``folder`` that it reaches."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            known = self._survey(folder)
            with os.fdopen(writing, "w") as stream:
                json.dump({"lines": known.lines, "seconds": known.seconds}, stream)
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as stream:
            known = Known(**json.load(stream))
        os.waitpid(child, 0)
        return known

    def _survey(self, folder: Path) -> Known:
        known, reached, prefix = Known(), set(), f"{folder}/"

        def line(frame: Any, event: str, _: Any) -> Any:
            reached.add((frame.f_code.co_filename, frame.f_lineno))
            return line

        def call(frame: Any, event: str, _: Any) -> Any:
            return line if frame.f_code.co_filename.startswith(prefix) else None

        items = list(self.items.values())
        threading.settrace(call)
        for item, following in zip(items, [*items[1:], None], strict=True):
            reached.clear()
            _forget(folder.name)
            sys.settrace(call)
            started = time.monotonic()
            passed = self.run(item, following)
            sys.settrace(None)
            if passed:
                known.seconds[item.nodeid] = time.monotonic() - started
                known.lines[item.nodeid] = [f"{Path(name).stem}:{number}" for name, number in reached]
        return known

    def chosen(self, known: Known, module: str, mutant: Mutant, enough_s: float) -> list[pytest.Item]:
        """``enough_s`` seconds of tests that may notice a mutant: those that reach its line.

        First come such that together see all of its function.

        Without a function, or where no test is seen on that very line, every test of the module's counts.
        """
        seen: dict[str, set[int]] = defaultdict(set)
        for number in range(mutant.first, mutant.last + 1):
            for name in known.reaching(module, number):
                seen[name].add(number)
        names = sorted(known.reaching(module, mutant.line) or seen, key=known.seconds.__getitem__)
        of_module = not mutant.place or mutant.place.endswith(".")
        tables = [name for name in known.seconds if of_module and any(one in name for one in TABLES[module])]
        spent = 0.0
        kept: list[pytest.Item] = []
        for name in dict.fromkeys([*tables, *_widely(names, seen, known.seconds)]):
            if spent + known.seconds[name] <= enough_s or not kept:
                spent += known.seconds[name]
                kept.append(self.items[name])
        return kept

    def start(self, module: Any, mutant: Mutant, items: list[pytest.Item], enough_s: float) -> int:
        """The child in which the mutant lives; its exit code is 0 where every test passes."""
        child = os.fork()
        if child:
            return child
        silence = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(silence, stream)
        signal.alarm(PATIENCE_S + round(2 * enough_s))
        try:
            graft(module, mutant)
        except BaseException:  # noqa: BLE001 - a mutant that cannot even be loaded has been noticed
            os._exit(1)
        for item, following in zip(items, [*items[1:], items[0]], strict=True):
            if not self.run(item, following):
                os._exit(1)
        os._exit(0)


def _forget(package: str) -> None:
    """What a cache answers, no line is seen to answer."""
    for name, module in list(sys.modules.items()):
        if f".{package}." in name:
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


def _serves(item: pytest.Item) -> bool:
    """Not what starts other processes, nor the half of an attack that wants to succeed."""
    return "redis_url" not in getattr(item, "fixturenames", ()) and not any(word in item.name for word in WORDS)


def _widely(names: list[str], seen: Mapping[str, set[int]], seconds: Mapping[str, float]) -> list[str]:
    """First the tests that add most that is new for their time, some rounds of them, then the others by their time."""
    ordered: dict[str, None] = {}
    for _ in range(ROUNDS):
        lines: set[int] = set()
        left = [name for name in names if name not in ordered]
        while (
            left and seen[best := max(left, key=lambda name: len(seen[name] - lines) / (seconds[name] + 0.02))] - lines
        ):
            ordered[best] = None
            lines |= seen[best]
            left.remove(best)
    return [*ordered, *(name for name in names if name not in ordered)]
