"""What a cause of failure is, and the matcher that finds causes in a message. Pure.

A cause lists its forms: pieces of text that must stand in one record, as whole words, in any case. In a form ``&``
joins pieces that must all be there, ``!`` begins a piece that must not, ``*`` stands for anything up to 120 characters
(at an end of a piece it lets the word go on). The tables are in ``causes_*.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

Category = Literal["network", "image", "runtime", "resource", "configuration", "system"]
Area = Literal[
    "gpu_memory", "host_memory", "code", "data", "settings", "credentials", "image", "network", "storage", "scheduling",
    "hardware", "platform", "person",
]  # fmt: skip
"""Finer than the category."""
DECISIVE, SPECIFIC, KIND, GENERIC, SYMPTOM, BARE = 5, 4, 3, 2, 1, 0
"""How much a cause explains: the platform's own verdict, an exact error, a kind of error, any exception, a mere
consequence of another failure, the bare fact that something ended."""
ENDS_CHARS = 1_500
"""Of a very long message this much at either end is looked at."""
SPAN_CHARS = 220
"""Pieces of a form that stand within so much are quoted together."""
_WORD = re.compile(r"[a-z0-9_]+")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Cause:
    """``code`` is stable. ``meaning`` is a clause in our words, ``source`` where the forms were seen (a project's own
    text unless it says otherwise)."""

    code: str
    category: Category
    area: Area
    weight: int
    meaning: str
    forms: tuple[str, ...] = ()
    source: str = ""


COMMON_NAMES = frozenset(
    ("KeyError", "ValueError", "RuntimeError", "TypeError", "AttributeError", "OSError", "IndexError", "Exception",
     "Error", "AssertionError")
)  # fmt: skip
"""Names of exceptions that any fault can bear."""
_EXCEPTION = re.compile(r"[\w.]*[a-z](?:Error|Exception)")
_COMMON = re.compile(r"[A-Z]?[a-z']{2,}[:.,]?")
SYSTEM_WORDS = frozenset(
    ("cannot allocate memory", "permission denied", "operation not permitted", "connection timed out",
     "connection refused", "device or resource busy", "resource temporarily unavailable", "broken pipe",
     "connection reset by peer", "segmentation fault", "input/output error", "inappropriate ioctl for device",
     "remote i/o error")
)  # fmt: skip
"""What the system says of a failed call (strerror(3)) of any kind: beside words that name what failed it comes second.
"""


@dataclass(frozen=True, slots=True)
class _Form:
    cause: Cause
    literals: tuple[str, ...]
    needs: tuple[str, ...]
    bars: tuple[str, ...]
    is_of_system: bool = False
    is_generic: bool = False
    is_name: bool = False
    place: int = 0

    def span(self, lowered: str, flat: str) -> tuple[int, int] | None:
        """Where the needed pieces stand, if all are there and none that must not be: all of them, or where they stand
        far apart the longest. ``flat`` is the same text on one line."""
        for literal in self.literals:
            if literal not in flat:
                return None
        spans = []
        for need in self.needs:
            found = _pattern(need).search(lowered)
            if found is None:
                return None
            spans.append(found.span())
        if any(_pattern(bar).search(lowered) for bar in self.bars):
            return None
        start, end = min(span[0] for span in spans), max(span[1] for span in spans)
        return (start, end) if end - start <= SPAN_CHARS else max(spans, key=lambda span: span[1] - span[0])


@dataclass(frozen=True, slots=True)
class Match:
    """A cause in a message, and where in it its words stand: nowhere, where it is known by something else.
    ``is_generic``: only words that many other faults share speak for it. ``is_of_system``: only the system's words for
    a failed call do."""

    cause: Cause
    start: int = 0
    end: int = 0
    is_generic: bool = False
    is_of_system: bool = False


class Table:
    """Causes with an index of one word of each form, so that a message is only tried where that word occurs."""

    def __init__(self, causes: Iterable[Cause]) -> None:
        self.causes = tuple(causes)
        self._by_word: dict[str, list[_Form]] = {}
        self._foreign: list[_Form] = []
        self._always: list[_Form] = []
        for place, cause, text in ((at, one, form) for at, one in enumerate(self.causes) for form in one.forms):
            form, word = _compiled(cause, text, place)
            if not text.isascii():
                self._foreign.append(form)
            elif word:
                self._by_word.setdefault(word, []).append(form)
            else:
                self._always.append(form)
        self.find = lru_cache(maxsize=4096)(self._find)

    def matches(self, text: str) -> list[Match]:
        """Every cause that the text names, the one that explains most first; of equals the one that names what failed
        before the one that only has the system's reason, then the one declared first. An exception's name alone says
        less than any words."""
        return self.find(text if len(text) <= 2 * ENDS_CHARS else f"{text[:ENDS_CHARS]} {text[-ENDS_CHARS:]}")

    def best(self, text: str) -> Match | None:
        return next(iter(self.matches(text)), None)

    def _find(self, text: str) -> list[Match]:
        lowered = text.lower()
        forms = [form for word in set(_WORD.findall(lowered)) for form in self._by_word.get(word, ())]
        forms += self._always
        if not lowered.isascii():
            forms += self._foreign
        flat = _SPACE.sub(" ", lowered)
        found: dict[str, tuple[tuple[int, bool, bool, int, int], Match]] = {}
        exact = set()
        for form in forms:
            span = form.span(lowered, flat)
            if span is not None:
                if not form.is_generic:
                    exact.add(form.cause.code)
                rank = (-form.cause.weight, form.is_name, form.is_of_system, form.place, span[0])
                known = found.get(form.cause.code)
                if known is None or rank < known[0]:
                    found[form.cause.code] = (rank, Match(form.cause, *span, is_of_system=form.is_of_system))
        matches = [match for _, match in sorted(found.values(), key=lambda one: one[0])]
        return [one if one.cause.code in exact else replace(one, is_generic=True) for one in matches]


def _compiled(cause: Cause, text: str, place: int) -> tuple[_Form, str]:
    """The form, and the longest whole word of what it needs."""
    wanted, *barred = text.split(" ! ")
    pieces = wanted.split(" & ")
    words = [word for piece in pieces for word in _whole_words(piece)]
    literals = tuple(_SPACE.sub(" ", max(piece.lower().split("*"), key=len)) for piece in pieces)
    is_of_system = len(pieces) == 1 and pieces[0].lower() in SYSTEM_WORDS
    is_name = len(pieces) == 1 and _EXCEPTION.fullmatch(pieces[0]) is not None
    form = _Form(cause, literals, tuple(pieces), tuple(barred), is_of_system, _is_generic(pieces), is_name, place)
    return form, max(words, key=len, default="")


def _is_generic(pieces: Sequence[str]) -> bool:
    """Whether a form consists of at most two common words: nothing that only one program or library prints."""
    words = [word for piece in pieces for word in piece.strip("*").split()]
    if len(pieces) == 1 and pieces[0].lower() in SYSTEM_WORDS:
        return False
    return len(words) <= 2 and all(word in COMMON_NAMES or _COMMON.fullmatch(word) for word in words)


def _whole_words(piece: str) -> list[str]:
    """Words of a piece that no ``*`` touches."""
    words = _WORD.finditer(piece.lower())
    return [
        one[0] for one in words if "*" not in (piece[one.start() - 1 : one.start()], piece[one.end() : one.end() + 1])
    ]


@lru_cache(maxsize=4096)
def _pattern(piece: str) -> re.Pattern[str]:
    """Compiled when its literal was first seen: most pieces never are."""
    piece = piece.lower()
    parts = (r"\s+".join(map(re.escape, _SPACE.split(part))) for part in piece.strip("*").split("*"))
    body = ".{0,120}?".join(parts)
    before = r"(?<![a-z0-9_])" if not piece.startswith("*") and piece[:1].isalnum() and piece.isascii() else ""
    after = r"(?![a-z0-9_])" if not piece.endswith("*") and piece[-1:].isalnum() and piece.isascii() else ""
    return re.compile(f"{before}{body}{after}", re.DOTALL)


def lessened(cause: Cause, most: int) -> Cause:
    """The same cause as a hint: it explains no more than ``most``."""
    return cause if cause.weight <= most else _lessened(cause, most)


@lru_cache(maxsize=1024)
def _lessened(cause: Cause, most: int) -> Cause:
    return replace(cause, weight=most)


SIGNALS = {1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 9: "SIGKILL",
           11: "SIGSEGV", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM", 24: "SIGXCPU",
           25: "SIGXFSZ", 31: "SIGSYS"}  # fmt: skip
"""Signals by number on Linux (signal(7))."""
_MEANINGS = {
    0: "ended normally", 1: "the program ended with an error", 2: "wrong use of a command, or a missing file",
    124: "the timeout command ended it", 126: "found but not executable",
    127: "command not found", 128: "the container never started",
    255: "the remote shell (ssh) or the program failed",
}  # fmt: skip
_OF_SIGNAL = {"SIGKILL": "killed: out of memory, or from outside", "SIGSEGV": "segmentation fault",
              "SIGBUS": "bus error, often too little shared memory", "SIGABRT": "aborted", "SIGTERM": "asked to end",
              "SIGINT": "interrupted", "SIGILL": "illegal instruction", "SIGFPE": "arithmetic error"}  # fmt: skip


def signal_of(code: int | None) -> int | None:
    """The signal behind an exit code, in every spelling; ``None`` for a code of the program's own.

    Python says ``-n``, shells ``128 + n``, and a launcher that passes ``-n`` to ``exit`` leaves ``256 - n``.
    """
    if code is None:
        return None
    for number in (-code, code - 128, 256 - code):
        if number in SIGNALS and code != 255:
            return number
    return None


def exit_meaning(code: int) -> str:
    """What an exit code means."""
    signal = signal_of(code)
    if signal is None:
        return _MEANINGS.get(code, "an exit code of the program's own")
    name = SIGNALS[signal]
    said = f"{_OF_SIGNAL[name]} ({name})" if name in _OF_SIGNAL else f"ended by {name}"
    return f"{said}, passed on by a launcher as 256-{signal}" if code > 192 else said


def first_of(matches: Sequence[Match], least: int) -> Match | None:
    """The first match that explains at least so much."""
    return next((match for match in matches if match.cause.weight >= least), None)
