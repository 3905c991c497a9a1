"""``references/causes.md``: what the diagnosis recognises, from the tables that it looks things up in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from pai_dlc_mcp.composites.diagnose import error_numbers as numbers
from pai_dlc_mcp.composites.diagnose import exceptions, exits, families
from pai_dlc_mcp.composites.diagnose.causes import SIGNALS, Cause, exit_meaning
from pai_dlc_mcp.composites.diagnose.causes_code import ERROR_LINE, PROGRAM_EXCEPTION
from pai_dlc_mcp.composites.diagnose.event_families import EVENT_FAMILIES
from pai_dlc_mcp.composites.diagnose.steps import BY_CAUSE, OTHERWISE, STEPS, UNEXPLAINED, Step
from pai_dlc_mcp.composites.diagnose.studio import CHECKS
from pai_dlc_mcp.composites.diagnose.tables import EVENTS, PROGRAM
from pai_dlc_mcp.composites.diagnose.waiting import PRIORITY, TOO_SMALL

LABELS = Path(__file__).resolve().parents[2] / "server/pai_dlc_mcp/web/src/i18n/causes.json"
WEIGHTS = ("bare", "symptom", "generic", "kind", "specific", "decisive")
UNWORDED = (PROGRAM_EXCEPTION, ERROR_LINE)
"""What an exception or an error is that no words explain."""


def _span(text: str) -> str:
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def _rows(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    cells = ["| " + " | ".join(row) + " |" for row in (tuple(head), *(tuple(row) for row in rows))]
    return "\n".join([cells[0], "|" + "---|" * len(tuple(head)), *cells[1:]])


def _steps(names: Iterable[Step]) -> str:
    return ", ".join(names)


def _next(code: str) -> str:
    return _steps(BY_CAUSE.get(code, OTHERWISE))


def _kind(cause: Cause) -> str:
    return f"{cause.category}, {cause.area}"


def _recognised(causes: Iterable[Cause]) -> str:
    rows = (
        (f"`{one.code}`", _kind(one), WEIGHTS[one.weight], one.meaning, _next(one.code),
         ", ".join(map(_span, one.forms)), one.source)
        for one in causes
    )  # fmt: skip
    return _rows(("cause", "kind", "weight", "what it is", "next", "recognised by", "seen in"), rows)


def codes() -> frozenset[str]:
    """Every code that an answer may bear as its cause, but for exit codes."""
    return frozenset(
        {one.code for one in (*PROGRAM.causes, *EVENTS.causes, *UNWORDED)} | BY_CAUSE.keys() | _labels().keys()
    )


def _labels() -> dict[str, str]:
    return {code: words["en"] for code, words in json.loads(LABELS.read_text(encoding="utf-8")).items()}


def by_figures() -> str:
    """The causes that no words name: they follow from figures, times and states."""
    labels = _labels()
    said = {one.code: f"{_kind(one)}; {WEIGHTS[one.weight]}: {one.meaning}" for one in (TOO_SMALL, PRIORITY)}
    worded = {one.code for one in (*PROGRAM.causes, *EVENTS.causes, *UNWORDED)}
    rows = (
        (f"`{code}`", said.get(code) or labels[code], _next(code))
        for code in dict.fromkeys([*BY_CAUSE, *labels])
        if code not in worded
    )
    return _rows(("cause", "what it is", "next"), rows)


def next_calls() -> str:
    """What each word of the column "next" stands for."""
    rows = [(name, f"`{tool}`", why) for name, (tool, why) in STEPS.items()]
    rest = f"Where a table says {_steps(OTHERWISE)} and the confidence is low, it is {_steps(UNEXPLAINED)}."
    return f"{_rows(('next', 'tool', 'why'), rows)}\n\n{rest}"


def exit_codes() -> str:
    """Codes with a meaning, then signals in the three spellings of a code."""
    dead = ((exits.death(code, "", ""), code) for code in range(256))
    causes: Mapping[int, str] = {code: f"`{one.cause.code}`" for one, code in dead if one is not None}
    rest = exit_meaning(3)
    signals = {code for number in SIGNALS for code in (128 + number, 256 - number)} - {255}
    plain = [(str(code), exit_meaning(code), causes.get(code, "")) for code in range(256)
             if code not in signals and exit_meaning(code) != rest]  # fmt: skip
    killed = [
        (f"{128 + number}, {256 - number}" if number > 1 else "129", exit_meaning(128 + number),
         causes.get(128 + number, "")) for number in SIGNALS
    ]  # fmt: skip
    return _rows(("code", "meaning", "cause, where nothing says more"), [*plain, *killed])


def error_numbers() -> str:
    """Causes by ``errno``, then by the number of CUDA's error."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for table, name in ((numbers.BY_ERRNO, "errno"), (numbers.BY_CUDA, "CUDA"), (numbers.BY_ACL, "ACL")):
        for number, (code, category, area, meaning) in table.items():
            found.setdefault((name, f"`{code}`", f"{category}, {area}: {meaning}"), []).append(str(number))
    rows = ((f"{name} {', '.join(ones)}", code, what) for (name, code, what), ones in found.items())
    return _rows(("number", "cause", "what it is"), rows)


def exception_types() -> str:
    """What the interpreter's own exceptions mean."""
    return _rows(("type", "meaning"), ((f"`{name}`", meaning) for name, meaning in exceptions._MEANINGS.items()))


def _patterns(kinds: Iterable[tuple[Cause, re.Pattern[str]]]) -> str:
    lines = (f"{one.code} ({_kind(one)}; {WEIGHTS[one.weight]}; {one.meaning})\n  {pattern.pattern}"
             for one, pattern in kinds)  # fmt: skip
    return "\n".join(["```text", *lines, "```"])


def places() -> str:
    """What code is about that raised an exception, and calls that do not fit their package."""
    own = ((exceptions.INTERFACE, exceptions._KEYWORD), (exceptions.INTERFACE, exceptions._MISFIT))
    return _patterns([*exceptions._PLACES, *own, (exceptions.UNFIT_SETTINGS, exceptions._BY_SETTINGS)])


def checks() -> str:
    """PAI Studio's checks of a workload."""
    return _rows(("check that failed", "cause"), ((f"`{name}`", f"`{code}`") for name, code in CHECKS.items()))


SECTIONS: Mapping[str, Callable[[], str]] = {
    "next": next_calls,
    "words-program": lambda: _recognised((*PROGRAM.causes, *UNWORDED)),
    "words-platform": lambda: _recognised(EVENTS.causes),
    "figures": by_figures,
    "exits": exit_codes,
    "errno": error_numbers,
    "words-types": exception_types,
    "places": places,
    "words-checks": checks,
    "kinds": lambda: _patterns(families.FAMILIES),
    "event-kinds": lambda: _patterns(EVENT_FAMILIES),
}
