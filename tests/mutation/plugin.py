"""The pytest plugin of the sandboxes (``-p mutation.plugin``): records what each test touches, runs a choice of tests.

``TRACE_DIRECTORY`` asks for the records of ``tracing``. ``CHOSEN_TESTS`` names a JSON file with node ids: only these
run, in that order (names in brackets may hold anything, which a command line does not bear), each for a minute at most,
since a fault may leave it waiting for ever.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .tracing import CHILD, CURRENT, Lines, recorded_lines, start_coverage, trace_name


class Recorder:
    """The plugin proper: one context a test, one record a test file."""

    def __init__(self, root: Path, directory: Path) -> None:
        self.root, self.directory = root, directory
        self.current = directory / f"{CURRENT}{os.getpid()}"
        self.tracer = start_coverage(root / "server")
        self.seconds: dict[str, float] = defaultdict(float)
        self.failed: set[str] = set()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.tracer.switch_context(item.nodeid)
        self.current.write_text(item.nodeid)
        return (yield)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] += report.duration
        if not report.passed:
            self.failed.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        self.current.unlink(missing_ok=True)
        lines = recorded_lines(self.tracer, self.root)
        self._add_children(lines)
        by_file: dict[str, list[str]] = defaultdict(list)
        for test in self.seconds:
            by_file[test.partition("::")[0]].append(test)
        for file, tests in by_file.items():
            self._write(file, tests, lines)

    def _add_children(self, lines: Lines) -> None:
        for file in self.directory.glob(f"{CHILD}*"):
            child = json.loads(file.read_text())
            if child["test"] in self.seconds:
                for path, numbers in child["lines"].items():
                    for number in numbers:
                        lines.setdefault(path, {}).setdefault(number, set()).add(child["test"])
                file.unlink()

    def _write(self, file: str, tests: list[str], lines: Lines) -> None:
        bit = {test: 1 << number for number, test in enumerate(tests)}
        sources: dict[str, Any] = {}
        for path, by_line in lines.items():
            bits = {number: sum(bit.get(test, 0) for test in of) for number, of in by_line.items()}
            touched = {str(number): f"{value:x}" for number, value in bits.items() if value}
            if touched:
                sha = hashlib.sha256((self.root / path).read_bytes()).hexdigest()
                sources[path] = {"sha": sha, "lines": touched}
        rows = [[test, round(self.seconds[test], 4), test not in self.failed] for test in tests]
        target = self.directory / trace_name(file, (self.root / file).read_bytes())
        partial = target.with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps({"tests": rows, "sources": sources}))
        partial.rename(target)


LONGEST_S, MOST_WAITS = 60.0, 5


class Alarm:
    """Fails a test that takes too long, so that those behind it still run; a few of them end the run."""

    waits = 0

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        signal.signal(signal.SIGALRM, _too_long)
        signal.setitimer(signal.ITIMER_REAL, LONGEST_S)
        try:
            return (yield)
        except _TooLongError:
            self.waits += 1
            if self.waits == MOST_WAITS:
                item.session.shouldstop = f"{MOST_WAITS} tests took more than {LONGEST_S:g} s"
            raise
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


class _TooLongError(Exception):
    pass


def _too_long(*_: object) -> None:
    raise _TooLongError(f"the test takes more than {LONGEST_S:g} s")


def pytest_configure(config: pytest.Config) -> None:
    directory = os.environ.get("TRACE_DIRECTORY")
    if directory:
        config.pluginmanager.register(Recorder(config.rootpath, Path(directory)), "test recorder")
    if os.environ.get("CHOSEN_TESTS"):
        config.pluginmanager.register(Alarm(), "test alarm")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    chosen = os.environ.get("CHOSEN_TESTS")
    if chosen:
        place = {test: number for number, test in enumerate(json.loads(Path(chosen).read_text()))}
        kept = sorted((item for item in items if item.nodeid in place), key=lambda item: place[item.nodeid])
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in place])
        items[:] = kept
