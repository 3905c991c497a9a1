"""Times as programs write them at the beginning of a line, as seconds since the epoch. Pure.

Known: ISO 8601 (with ``T`` or a blank, ``/`` for ``-``, fractions, a zone or none), US dates with or without AM and PM,
``25/Nov/2026``, ctime, syslog, glog (``1125 18:40:01``), log4j (``26/11/25``), vLLM and mmengine (``09-28 15:47:24``,
``09/28 15:47:24``) and a time of day alone. A time without a zone is given as if it were UTC; ``shift_to_utc`` finds
by how much such a log is off. A form without a year is read as in the year of ``year_of``, which the caller sets from
the job's own times.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_MONTHS = {name: number for number, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)}  # fmt: skip
_CLOCK = r"\d{1,2}:\d{2}:\d{2}(?:[.,]\d{1,9})?"
LEADING = re.compile(
    r"\s?[\[(]?(?:"
    r"\d{4}[-/]\d{1,2}[-/]\d{1,2}[T _]" + _CLOCK + r"(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?"
    r"|\d{1,2}[-/]\d{1,2}[-/]\d{2,4},? " + _CLOCK + r"(?: [AP]M)?"
    r"|\d{1,2}/[A-Z][a-z]{2}/\d{4}:" + _CLOCK + r"(?: [+-]\d{4})?"
    r"|(?:[A-Z][a-z]{2},? )?[A-Z][a-z]{2} +\d{1,2} " + _CLOCK + r"(?: [A-Z]{3,4})?(?: \d{4})?"
    r"|\d{2}[-/]\d{2} " + _CLOCK + r"|\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?(?![\d:])"
    r"|\d{4,6}\.\d{3,6}(?=\])"
    r")(?:\s+[IWEF]\s+\d+\s+\d+|(?: [A-Z]P\d+)+)?[\])]?(?:\s*(?:stdout|stderr) [FP] |:?\s*[-|,]?\s+|:\s?|(?=\[)|$)"
)
"""A time at the beginning of a line, with the brackets and dashes around it."""
_ISO = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})[T _](\d{1,2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?(?: ?(Z|UTC|[+-]\d{2}:?\d{2}))?"
)
_US = re.compile(r"(\d{1,2})[-/](\d{1,2})[-/](\d{2,4}),? (\d{1,2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?(?: ([AP]M))?")
_NAMED = re.compile(
    r"([A-Z][a-z]{2}) +(\d{1,2}) (\d{1,2}):(\d{2}):(\d{2})(?:[.,]\d{1,9})?(?: [A-Z]{3,4})?(?: (\d{4}))?"
)
_APACHE = re.compile(r"(\d{1,2})/([A-Z][a-z]{2})/(\d{4}):(\d{1,2}):(\d{2}):(\d{2})")
_SHORT = re.compile(r"(\d{1,2})[-/]?(\d{2}) (\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?")
QUARTER_S = 900
SLACK_S = 120.0
"""How far a log's or event's time may lie outside the pod's or job's own."""
_NO_DATE = 1900
"""The year that stands in for one that was not written."""


@lru_cache(maxsize=8192)
def seconds_in(text: str) -> float | None:
    """The time that a text holds, as if it were UTC where it names no zone; ``None`` where it holds no date.

    A date without a year is given in the year 1900, and so as a negative number: ``dated`` puts the year in.
    """
    try:
        moment = _iso(text) or _american(text) or _apache(text) or _named(text) or _without_year(text)
        return moment.timestamp() if moment is not None else None
    except (ValueError, OverflowError):
        return None


def names_zone(text: str) -> bool:
    """Whether a time in ISO form says its zone."""
    found = _ISO.search(text)
    return found is not None and found[8] is not None


def _iso(text: str) -> datetime | None:
    found = _ISO.search(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(found[place]) for place in range(1, 7))
    moment = datetime(year, month, day, hour, minute, second, _micro(found[7]), UTC)
    zone = found[8]
    if zone and zone[0] in "+-":
        hours, minutes = int(zone[1:3]), int(zone[-2:])
        offset = timedelta(hours=hours, minutes=minutes)
        return moment - offset if zone[0] == "+" else moment + offset
    return moment


def _american(text: str) -> datetime | None:
    """``11/25/2026 18:40:01`` and, where its first number is a year of two digits, log4j's ``26/11/25 18:40:01``."""
    found = _US.search(text)
    if found is None:
        return None
    first, second, third = int(found[1]), int(found[2]), int(found[3])
    hour = int(found[4]) % 12 + (12 if found[8] == "PM" else 0) if found[8] else int(found[4])
    if third < 100 and first > 12:
        year, month, day = 2000 + first, second, third
    else:
        year = third if third > 99 else 2000 + third
        month, day = (first, second) if first <= 12 else (second, first)
    return datetime(year, month, day, hour, int(found[5]), int(found[6]), _micro(found[7]), UTC)


def _apache(text: str) -> datetime | None:
    found = _APACHE.search(text)
    if found is None:
        return None
    month = _MONTHS[found[2].lower()]
    return datetime(int(found[3]), month, int(found[1]), int(found[4]), int(found[5]), int(found[6]), tzinfo=UTC)


def _named(text: str) -> datetime | None:
    found = _NAMED.search(text)
    if found is None or found[1].lower() not in _MONTHS:
        return None
    year = int(found[6] or _NO_DATE)
    month = _MONTHS[found[1].lower()]
    return datetime(year, month, int(found[2]), int(found[3]), int(found[4]), int(found[5]), tzinfo=UTC)


def _without_year(text: str) -> datetime | None:
    found = _SHORT.search(text)
    if found is None:
        return None
    clock = (int(found[3]), int(found[4]), int(found[5]), _micro(found[6]))
    return datetime(_NO_DATE, int(found[1]), int(found[2]), *clock, tzinfo=UTC)


def _micro(fraction: str | None) -> int:
    return int((fraction or "0")[:6].ljust(6, "0"))


def dated(at: float, near: float) -> float:
    """The same time in the year in which it lies next to ``near``, where it was written without a year."""
    if at > 0:
        return at
    written = datetime.fromtimestamp(at, UTC)
    year = datetime.fromtimestamp(near, UTC).year
    options = []
    for candidate in (year - 1, year, year + 1):
        with suppress(ValueError):
            options.append(written.replace(year=candidate).timestamp())
    return min(options, key=lambda one: abs(one - near)) if options else at


def shift_to_utc(last: Sequence[float], first: Sequence[float], began: float | None, ended: float) -> float:
    """Seconds to add to a log's times, so that it lies between the pod's start and its end; 0 where it does already.

    ``first`` and ``last`` are times near the log's beginning and end as they were written. A log in local time is off
    by whole quarters of an hour; the platform's own times say by how many.
    """
    if not last or not first:
        return 0.0
    low, high = min(first), max(last)
    start = began if began is not None else ended - (high - low)
    if low >= start - SLACK_S and high <= ended + SLACK_S:
        return 0.0
    for anchor in (start - low, ended - high):
        shift = round(anchor / QUARTER_S) * QUARTER_S
        if abs(shift) <= 14 * 3600 and low + shift >= start - SLACK_S and high + shift <= ended + SLACK_S:
            return float(shift)
    return 0.0
