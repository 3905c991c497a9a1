"""A finding made of a record and the words in it that decide. Pure."""

from __future__ import annotations

from .causes import SPECIFIC, Cause, Match
from .findings import Finding
from .prefixes import EXCEPTION, Record
from .tables import PROGRAM


def made(record: Record, pod: str | None, cause: Cause, match: Match | None, final: bool = False) -> Finding:
    """The finding that ``record`` speaks for ``cause`` by the words of ``match``, or by nothing in its text."""
    start, end = (match.start, match.end) if match is not None else (0, 0)
    return Finding(
        cause,
        "log",
        record.text,
        pod,
        record.line,
        final,
        record.rank,
        start,
        end,
        record.prefix,
        _is_ambiguous(record, match),
        match is not None and match.is_generic,
    )


def _is_ambiguous(record: Record, match: Match | None) -> bool:
    if match is None or match.cause.weight != SPECIFIC:
        return False
    others = PROGRAM.matches(record.message if match.end <= len(record.message) else record.text)
    leads = record.kind != EXCEPTION and match.start == 0
    return any(
        one.cause.code != match.cause.code and one.cause.weight >= SPECIFIC and not (leads and one.start >= match.end)
        for one in others
    )


__all__ = ["made"]
