"""What all words of a log's records say, where its strongest words say little or stand beside the fault. Pure.

The tables and families know words; here a record is compared as a whole with what errors of each kind are like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .causes import KIND, SPECIFIC, SYMPTOM, Match, lessened
from .findings import Finding, LogReading, explains
from .likeness import clearest, is_vague, most_like, other_of_exception, says_all
from .made import made
from .prefixes import EXCEPTION, Record

MOST_OTHERS = 60
"""So many other lines that complain are compared, the last ones."""


def liken(reading: LogReading) -> None:
    """Where a log's strongest words name no kind of failure, or one by common words: the kind they are most like."""
    best = reading.best
    record = _record_of(reading, best)
    if best is None or record is None or not explains(best) or best.cause.weight > KIND:
        return
    like = most_like(record, best.cause)
    if like is not None:
        _put(reading, best, replace(best, cause=like.cause, is_generic=not like.is_clear))


def hear_exception(reading: LogReading) -> None:
    """Where a line that ended nothing decides, and an exception that nothing caught came after it and is clearly like
    another kind of failure: the exception."""
    best = reading.best
    record = _record_of(reading, best)
    if best is None or best.final or record is None or record.kind == EXCEPTION or best.cause.weight > SPECIFIC:
        return
    last = next((one for one in reversed(reading.uncaught) if one.line > best.line), None)
    raised = _record_of(reading, last)
    if last is None or raised is None or (other := other_of_exception(raised, best.cause)) is None:
        return
    _put(reading, last, replace(last, cause=replace(other, weight=best.cause.weight), is_generic=True))


def says_little(reading: LogReading) -> bool:
    """Whether what decides only says that something was wrong."""
    best = reading.best
    record = _record_of(reading, best)
    return best is None or (_is_open(best) and not (record is not None and says_all(record)))


def hear_others(reading: LogReading, others: Sequence[Record], pod: str | None) -> None:
    """Where what decides only says that something was wrong: of the other lines that complain, before what ended the
    process, the one whose words are clear."""
    best = reading.best
    before = [one for one in others if best is None or not best.final or one.line < best.line]
    found = clearest(before[-MOST_OTHERS:])
    if found is None or (best is not None and best.cause.code == found[1].code):
        return
    record, cause = found
    reading.findings = [
        replace(one, cause=lessened(one.cause, SYMPTOM)) if _is_open(one) else one for one in reading.findings
    ]
    words = Match(cause, 0, len(record.message))
    reading.findings.append(replace(made(record, pod, cause, words), is_generic=True))


def _is_open(finding: Finding) -> bool:
    return finding.cause.weight < SPECIFIC and (is_vague(finding.cause) or finding.cause.code == "assertion")


def _record_of(reading: LogReading, finding: Finding | None) -> Record | None:
    if finding is None:
        return None
    return next((one for one in reading.records if one.line == finding.line and one.text == finding.text), None)


def _put(reading: LogReading, old: Finding, new: Finding) -> None:
    reading.findings = [new if one is old else one for one in reading.findings]


__all__ = ["hear_exception", "hear_others", "liken", "says_little"]
