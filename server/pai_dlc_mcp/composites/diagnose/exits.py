"""What an exit code says alone and beside what the log says of the end, and the deaths that launchers report. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from .causes import BARE, GENERIC, KIND, Cause, lessened, signal_of
from .deaths import code_of, death_in
from .findings import Finding, LogReading, explains
from .prefixes import EXCEPTION
from .tables import EVENTS, PROGRAM

DEATH_LINES = 20
"""A process that was killed so few records after an exception that nothing caught ended of that."""
_BY_SIGNAL = {9: "killed", 11: "segmentation_fault", 7: "shared_memory", 6: "aborted", 4: "wrong_architecture",
              2: "interrupted", 24: "time_limit", 25: "disk_full"}  # fmt: skip
_BY_CODE = {124: "time_limit", 126: "file_permission", 127: "command_not_found", 128: "container_start"}
_EXIT = re.compile(r"exit(?:ed with)?(?: code|code)?\s*[:=]?\s*(?:code )?(-?\d{1,3})\b", re.IGNORECASE)

_ROOT = re.compile(r"Root Cause \(first observed failure\)")


@lru_cache(maxsize=32)
def _dead(signal: int) -> Cause | None:
    """The cause that a death by this signal names, by itself a kind of failure and no more."""
    code = _BY_SIGNAL.get(signal)
    known = next((one for one in PROGRAM.causes if one.code == code), None)
    if known is None:
        return None
    return replace(known, weight={6: BARE, 2: GENERIC}.get(signal, KIND))


def death(code: int | None, source: str, text: str, pod: str | None = None, line: int = 0) -> Finding | None:
    """What an exit code alone says: a death by signal, a command that is not there or may not be run."""
    signal = signal_of(code)
    if signal is not None:
        cause = _dead(signal)
        return Finding(cause, source, text, pod, line, True) if cause is not None else None
    by_code = _BY_CODE.get(code or 0)
    known = next((one for one in (*PROGRAM.causes, *EVENTS.causes) if one.code == by_code), None)
    return Finding(replace(known, weight=KIND), source, text, pod, line, True) if known is not None else None


def after_exception(finding: Finding, reading: LogReading) -> Finding:
    """A death by signal that came after an exception that nothing caught explains no more than that: programs kill what
    is left of them, or crash on their way out."""
    last = reading.uncaught[-1] if reading.uncaught else None
    is_after = last is not None and explains(last) and last.line >= finding.line - DEATH_LINES
    return replace(finding, cause=lessened(finding.cause, GENERIC)) if is_after else finding


def add_deaths(reading: LogReading, pod: str | None) -> None:
    """What launchers and shells report of processes that ended: the first root cause they name, or the first report."""
    root = next((number for number, one in enumerate(reading.records) if _ROOT.search(one.message)), None)
    for record in reading.records[root if root is not None else 0 :]:
        if record.level in ("info", "debug"):
            continue
        is_report = record.kind != EXCEPTION or "died with" in record.message or "terminated with" in record.message
        found = death_in(record.message) if is_report else None
        if record.message.startswith("rank  ") and root is not None and (rank := re.search(r": (\d+)", record.message)):
            reading.root_rank = reading.root_rank if reading.root_rank is not None else int(rank[1])
        if found is None:
            continue
        code = code_of(found)
        if not code or (signal_of(code) in (15, None) and not found["block"]):
            reading.child_code = reading.child_code or code
            continue
        reading.child_code = code
        rank_of = found["mpirank"] or found["task"] or found["container"]
        finding = death(code, "log", record.text, pod, record.line)
        if finding is not None and found["shell"]:
            finding = after_exception(finding, reading)
        if finding is not None:
            rank_is = int(rank_of) if rank_of else reading.root_rank if reading.root_rank is not None else record.rank
            reading.findings = [_of_rank(one, rank_is) if one.line == record.line else one for one in reading.findings]
            reading.findings.append(replace(finding, rank=rank_is, start=found.start(), end=found.end()))
        return


def _of_rank(finding: Finding, rank: int | None) -> Finding:
    """The same finding, of the rank that its line names, where none was known."""
    return replace(finding, rank=rank) if finding.rank is None else finding


def exit_code(lines: Iterable[str]) -> int | None:
    """The first non-zero exit code that the lines name."""
    codes = [int(found[1]) for line in lines for found in _EXIT.finditer(line)]
    return next((code for code in codes if code), codes[0] if codes else None)
