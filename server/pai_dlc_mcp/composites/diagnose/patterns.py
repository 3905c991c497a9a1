"""Literal patterns: what a line of a log or an event says about the cause. Data and one matcher, both pure.

A pattern holds alternatives; an alternative is one literal or several joined by `` & `` that must all be in the line.
Case does not count. ``weight`` says how much a match explains: the platform's own verdict or an exact error before a
kind of error, a kind of error before any exception, that before a mere consequence of another failure,
and that before the bare fact that something ended.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Category = Literal["network", "image", "runtime", "resource", "configuration", "system"]
DECISIVE, SPECIFIC, KIND, GENERIC, SYMPTOM, BARE = 5, 4, 3, 2, 1, 0


ENDS_CHARS = 1_500
"""Of a very long line this much at either end is looked at."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """``code`` is stable, ``meaning`` one clause in our words, ``any_of`` the literals (lower case)."""

    code: str
    category: Category
    weight: int
    meaning: str
    any_of: tuple[tuple[str, ...], ...]

    def matches(self, lowered: str) -> bool:
        return any(all(literal in lowered for literal in literals) for literals in self.any_of)


def pattern(code: str, category: Category, weight: int, meaning: str, *any_of: str) -> Pattern:
    return Pattern(code, category, weight, meaning, tuple(tuple(one.split(" & ")) for one in any_of))


def best(table: Iterable[Pattern], line: str) -> Pattern | None:
    """The pattern that explains most of this line; the earlier one of the table where two weigh the same."""
    lowered = (line if len(line) <= 2 * ENDS_CHARS else f"{line[:ENDS_CHARS]} {line[-ENDS_CHARS:]}").lower()
    found = [one for one in table if one.matches(lowered)]
    return max(found, key=lambda one: one.weight, default=None)


EXIT_CODES: dict[int, str] = {
    0: "ended normally",
    1: "the program ended with an error",
    2: "wrong use of a command, or a missing file",
    126: "found but not executable",
    127: "command not found",
    128: "invalid exit code",
    130: "interrupted (SIGINT)",
    134: "aborted (SIGABRT)",
    135: "bus error (SIGBUS), often too little shared memory",
    136: "arithmetic error (SIGFPE)",
    137: "killed (SIGKILL): out of memory, or killed from outside",
    139: "segmentation fault (SIGSEGV)",
    143: "asked to end (SIGTERM)",
    245: "collective time-out",
    255: "the remote shell (ssh) or the program failed",
}


def exit_meaning(code: int) -> str:
    """What an exit code means; above 128 it is the signal's number plus 128."""
    signal = f"ended by signal {code - 128}" if 128 < code < 193 else "an exit code of the program's own"
    return EXIT_CODES.get(code, signal)
