"""What kind of failure an error's words are most like, where no table and no family of words knows them. Pure.

Each word, and each pair of words that stand side by side, speaks for or against each cause. How much stands in
``likeness.txt``, which ``make docs`` learns from the texts of ``evals/error_texts.txt``, the forms of the tables and
those failures of ``evals/failures`` that are not held out.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from ...off_loop import checked
from .causes import GENERIC, Cause
from .causes_code import ERROR_LINE, NAMELESS, PROGRAM_EXCEPTION
from .deaths import death_in
from .error_numbers import READ_CHARS
from .event_families import EVENT_FAMILIES
from .exceptions import uncaught
from .families import FAMILIES
from .prefixes import EXCEPTION, Record
from .tables import EVENTS, PROGRAM
from .wording import OF_CODE
from .writers import WRITERS

WEIGHTS = Path(__file__).with_name("likeness.txt")
SCALE = 20
"""The weights stand in the file as whole numbers, so many times themselves.

Of 394 failures of ten sets, with the tables as they were before the first of them, 297 were right with words counted in
1,300 texts alone, 310 with words learned from all of ``evals`` that is not of those sets."""
PAIR, ASIDE = 0.7, 0.5
"""How much a pair of words counts, and a word of the file and of the line of source that raised the error."""
LEAST_MARGIN, LINE_MARGIN, CLEAR_MARGIN, FAMILY_MARGIN, NAMED_MARGIN = 0.2, 0.3, 0.9, 0.6, 0.8
"""By so much the likest cause has to be ahead of the next to be said at all of an exception, and of another line, to be
said without doubt, and by so much ahead of the widest family's to be said in its place."""
WORDS_MARGIN, CONSEQUENCE_MARGIN = 0.2, 0.5
"""By so much it has to be ahead by the words of an exception's message alone, and where it is a consequence."""
OTHER_MARGIN, AFTER_MARGIN = 1.5, 1.0
"""By so much it has to be ahead of the next in a line beside the one that decides, and in an exception that follows a
line which ended nothing.

Of 334 failures of seven sets, with the tables as they were before the first of them, 278 were right without a look at
other lines and at the words below an exception, and 284 with it."""
OVER_NEXT, OVER_KNOWN = 0.8, 1.3
"""By so much it has to be ahead of the next, and of what a family of words says, to be said in that one's place."""
_STEM_CHARS, _PLACE_WORDS = 7, 10
_ENDINGS = ("ization", "isation", "ations", "ation", "ings", "ing", "ions", "ion", "edly", "ed", "ies", "es", "s", "ly",
            "ment", "able", "ible", "e", "y")  # fmt: skip
_STOP = frozenset(
    ("the", "a", "an", "of", "to", "in", "is", "for", "and", "on", "at", "be", "with", "by", "it", "this", "that",
     "from", "as", "are", "was", "or", "you", "your", "kb", "mb", "gb", "mib", "gib", "please", "make", "sure", "using",
     "example")
)  # fmt: skip
_IN_NAMES = frozenset(("error", "exceptio", "except", "err"))
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|_")
_WORD = re.compile(r"[A-Za-z][a-z]+|[A-Z]{2,}|(?<![\w.])-?\d{1,3}(?![\w.])")
_VARIABLE = re.compile(r"'[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*'")
"""A quoted name as environment variables have it: it counts as ``~``."""
_CHINESE = re.compile(r"[\u4e00-\u9fff]+")
_PACKAGE = re.compile(r"(?:site|dist)-packages/(.*)")
_OF_THE_PROGRAM = frozenset(("NameError", "OverflowError", "UnboundLocalError", "ZeroDivisionError"))
"""Exceptions whose own type says all: the program's code is wrong."""
_SAYS_MUCH = OF_CODE | {"KeyError"}
"""Exceptions whose type tells what happened, and whose message is often no more than a name."""
_SAYS_NOTHING = frozenset(
    (
        "exception",
        "error_line",
        "assertion",
        "terminated",
        "killed",
        "exited",
        "aborted",
        "collective_timeout",
        "crash_loop",
        "restarts_spent",
    )
)
"""Causes that tell no more than what is known already, or only a consequence."""
_AFTER = frozenset({"child_killed", "interrupted"})
"""Causes of an exception that most often follows another fault."""
_CONSEQUENCES = frozenset({"terminated", "collective_timeout", "child_killed"})
"""Consequences that say more than that there was an error."""
EVENT_MARGIN = 0.6
"""By so much the likest cause of an event has to be ahead of the next to be said."""
_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\S+ ")
_EXACT = frozenset({"assertion", "child_killed", "killed", "terminated", "exited", "aborted"})
"""How a process ended or a fault was noticed, which little weight is given, but whose words are exact."""
_OF_WRITERS = frozenset(cause.meaning for cause, _ in WRITERS)
"""What the writer of a line says more surely than the line's words."""
_WIDEST = FAMILIES[-1][0]
"""The family whose words are the most common."""


@dataclass(frozen=True, slots=True)
class Like:
    """The cause that a record is most like. ``is_clear`` says that no other comes near."""

    cause: Cause
    is_clear: bool


def stems(text: str) -> list[str]:
    """The words of a text in order, cut down to what inflection leaves; short numbers as ``#``, Chinese in twos."""
    found = []
    for word in _WORD.findall(_HUMP.sub(" ", text)):
        if word[0].isalpha():
            lowered = word.lower()
            found += [_stem(lowered)] if lowered not in _STOP else []
        else:
            found.append("#")
    return found


def _stem(word: str) -> str:
    ending = next((one for one in _ENDINGS if word.endswith(one) and len(word) - len(one) >= 3), "")
    return word.removesuffix(ending)[:_STEM_CHARS]


def features(text: str, name: str = "", frame: str = "", code: str = "") -> dict[str, float]:
    """What counts of an error, and how much: its words and pairs of words (``a_b``), its exception's ``name`` (``=``),
    words of the ``frame`` that raised it and of that line's source ``code``."""
    name = name.rpartition(".")[2]
    body = text[:READ_CHARS]
    body = body.partition(name)[2] if name and name in body[:120] else body
    words = stems(body)
    found = dict.fromkeys(words, 1.0)
    for run in _CHINESE.findall(body):
        found |= {run[at : at + 2]: 1.0 for at in range(len(run) - 1)}
    found |= {f"{one}_{other}": PAIR for one, other in pairwise(words)}
    if _VARIABLE.search(body):
        found["~"] = 1.0
    if name:
        found[f"={name}"] = 1.0
        found |= {word: 1.0 for word in stems(name) if word not in _IN_NAMES}
    package = _PACKAGE.search(frame)
    place = package[1] if package is not None else frame.rpartition("/")[2]
    for word in (*stems(place.removesuffix(".py").replace("/", " ")), *stems(code)[:_PLACE_WORDS]):
        found.setdefault(word, ASIDE)
    return found


@lru_cache(maxsize=1)
def _weights() -> tuple[dict[str, float], tuple[str, ...], list[str]]:
    """What each cause begins with, the causes by number, and the lines of all words in order."""
    head, *lines = WEIGHTS.read_text(encoding="utf-8").splitlines()
    begun = {code: int(value) / SCALE for code, _, value in (pair.partition(":") for pair in head.split())}
    return begun, tuple(begun), lines


def scores(found: dict[str, float], of_programs: bool = True) -> list[tuple[float, str]]:
    """Every cause with what speaks for it, the likest first; ``of_programs``: only those that programs tell of."""
    begun, codes, lines = _weights()
    sums = dict(begun)
    for feature, counts in found.items():
        at = bisect_left(lines, f"{feature} ")
        word, *pairs = lines[at].split() if at < len(lines) else ("",)
        if word == feature:
            for pair in pairs:
                number, _, weight = pair.partition(":")
                sums[codes[int(number)]] += counts * int(weight) / SCALE
    known = _codes_of_programs() if of_programs else sums.keys()
    return sorted(((value, code) for code, value in sums.items() if code in known), reverse=True)


@lru_cache(maxsize=1)
def _codes_of_programs() -> frozenset[str]:
    families = (cause for cause, _ in FAMILIES)
    return frozenset(one.code for one in (*PROGRAM.causes, *families, PROGRAM_EXCEPTION, ERROR_LINE))


def of_record(record: Record) -> dict[str, float]:
    """What counts of a record: its message and the lines below it, without those that report a death."""
    text = "\n".join([record.message, *(line for line in record.more if death_in(line) is None)])
    return features(text, record.name, record.frame, record.code)


def is_vague(cause: Cause) -> bool:
    """Whether a cause only says that there was an error, or rests on words that most errors share."""
    return cause.code in NAMELESS or cause.meaning == _WIDEST.meaning


def says_all(record: Record) -> bool:
    """Whether an exception's type alone says that the program's code is wrong."""
    return record.name.rpartition(".")[2] in _OF_THE_PROGRAM


def most_like(record: Record, known: Cause) -> Like | None:
    """The cause that a record's words are most like, with the weight of the one that is ``known``; ``None`` where that
    is not clear, or is what is known already."""
    ranked = scores(of_record(record))
    code, ahead, name = ranked[0][1], ranked[0][0] - ranked[1][0], record.name.rpartition(".")[2]
    if says_all(record):
        return None
    if not is_vague(known):
        is_open = known.code not in _EXACT and known.meaning not in _OF_WRITERS and name not in _SAYS_MUCH
        is_like = is_open and ahead >= OVER_NEXT and _over(ranked, known) >= OVER_KNOWN
        if not is_like or code in _SAYS_NOTHING or code == known.code:
            return None
        return Like(replace(_worded(code), weight=known.weight), False)
    is_family = known.meaning == _WIDEST.meaning
    if ahead < (NAMED_MARGIN if name in _SAYS_MUCH else LEAST_MARGIN if name else LINE_MARGIN):
        return None
    if name and _by_words(record, code) < WORDS_MARGIN:
        return None
    if is_family and _over(ranked, known) < FAMILY_MARGIN:
        return None
    if is_family and code == PROGRAM_EXCEPTION.code and record.kind == EXCEPTION:
        return Like(uncaught(record.name), True)
    is_known = code == known.code or (code in _SAYS_NOTHING and code not in _CONSEQUENCES)
    if is_known or (code in _CONSEQUENCES and (is_family or ahead < CONSEQUENCE_MARGIN)):
        return None
    cause = _worded(code)
    if name in OF_CODE and cause.category in (
        ("configuration",) if _PACKAGE.search(record.frame) else ("configuration", "image")
    ):
        return None
    return Like(replace(cause, weight=known.weight), ahead >= CLEAR_MARGIN and code not in _CONSEQUENCES)


def clearest(records: Iterable[Record]) -> tuple[Record, Cause] | None:
    """Of several records the one whose words speak most clearly for a cause, and that cause; ``None`` if none does."""
    found: tuple[Record, Cause] | None = None
    least = OTHER_MARGIN
    for record in checked(records):
        (first, code), (second, _), *_ = scores(of_record(record))
        if first - second >= least and code not in _SAYS_NOTHING:
            least, found = first - second, (record, _worded(code))
    return found


def other_of_exception(record: Record, known: Cause) -> Cause | None:
    """What an exception's words are clearly most like, where that is no consequence and not what is ``known``."""
    (first, code), (second, _), *_ = scores(of_record(record))
    is_other = code != known.code and code not in _SAYS_NOTHING | _AFTER
    return _worded(code) if is_other and first - second >= AFTER_MARGIN else None


def _by_words(record: Record, code: str) -> float:
    """By how much a cause is ahead of every other, or behind the first, by the words of an exception alone: neither by
    its name nor by the place and the source that raised it."""
    message = record.message.removeprefix(record.name)
    ranked = scores(features(message if message.strip(" :") else "\n".join(record.more)))
    return next(value for value, one in ranked if one == code) - next(value for value, one in ranked if one != code)


def _over(ranked: list[tuple[float, str]], known: Cause) -> float:
    """By how much the likest cause is ahead of the known one."""
    return ranked[0][0] - next((value for value, code in ranked if code == known.code), -math.inf)


def like_event(line: str) -> Cause | None:
    """The cause that a warning's words are most like; ``None`` where that is not clear, or the line is no warning."""
    if " Warning " not in line:
        return None
    (first, code), (second, _), *_ = scores(of_event(line), of_programs=False)
    return _worded(code) if first - second >= EVENT_MARGIN and code not in _SAYS_NOTHING else None


def of_event(line: str) -> dict[str, float]:
    """What counts of an event: its words without its time."""
    return features(_TIME.sub("", line))


@lru_cache(maxsize=128)
def _worded(code: str) -> Cause:
    """A cause as it is said of words that are only like those of its kind."""
    families = [one for one, _ in (*FAMILIES, *EVENT_FAMILIES)]
    known = next(one for one in (*families, *PROGRAM.causes, *EVENTS.causes) if one.code == code)
    meaning = known.meaning.removeprefix("an error about ").removeprefix("an event about ")
    return Cause(code, known.category, known.area, GENERIC, f"words that are most like those about: {meaning}")


__all__ = [
    "Like",
    "clearest",
    "features",
    "is_vague",
    "like_event",
    "most_like",
    "of_event",
    "of_record",
    "other_of_exception",
    "says_all",
    "scores",
    "stems",
]
