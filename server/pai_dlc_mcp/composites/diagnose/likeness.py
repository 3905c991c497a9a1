"""What kind of failure an error's words are most like, where no table and no family of words knows them. Pure.

Each word, and each pair of words that stand side by side, speaks more or less for each cause. How much stands in
``likeness.txt``, which ``make docs`` counts in the texts of ``evals/error_texts.txt`` and in the forms of the tables.
No failure of ``evals/failures`` is among what is counted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from .causes import GENERIC, Cause
from .causes_code import PROGRAM_EXCEPTION
from .deaths import death_in
from .error_numbers import READ_CHARS
from .exceptions import uncaught
from .families import FAMILIES, OF_CODE
from .prefixes import EXCEPTION, Record
from .tables import PROGRAM

WEIGHTS = Path(__file__).with_name("likeness.txt")
SCALE = 10
"""The weights stand in the file as whole numbers, so many times themselves."""
PAIR, ASIDE = 0.7, 0.5
"""How much a pair of words counts, and a word of the file and of the line of source that raised the error."""
LEAST_SCORE, LEAST_MARGIN, LINE_MARGIN, CLEAR_MARGIN, FAMILY_MARGIN = 4.2, 1.0, 2.0, 3.0, 4.0
"""So much has to speak for the likest cause, and by so much it has to be ahead of the next to be said at all, and to be
said without doubt, and of the widest family's to be said in its place. Of 57 errors that nothing explained when their
sets were new, 30 were then said, 26 of them rightly, 24 without doubt, 21 of them rightly; of 19 of the family seven,
all rightly."""
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
_OF_THE_PROGRAM = frozenset(("NameError", "UnboundLocalError", "ZeroDivisionError"))
"""Exceptions whose own type says all: the program's code is wrong."""
_SAYS_MUCH = OF_CODE | {"KeyError"}
"""Exceptions whose type tells what happened, and whose message is often no more than a name."""
_SAYS_NOTHING = frozenset(
    ("exception", "error_line", "assertion", "terminated", "killed", "exited", "aborted", "collective_timeout")
)
"""Causes that tell no more than what is known already, or only a consequence."""
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
def _weights() -> tuple[dict[str, float], tuple[str, ...], str]:
    """What each cause begins with, the causes by number, and the lines of all words."""
    head, _, lines = WEIGHTS.read_text(encoding="utf-8").partition("\n")
    begun = {code: int(value) / SCALE for code, _, value in (pair.partition(":") for pair in head.split())}
    return begun, tuple(begun), f"\n{lines}"


def scores(found: dict[str, float]) -> list[tuple[float, str]]:
    """Every cause with what speaks for it, the likest first."""
    begun, codes, lines = _weights()
    sums = dict(begun)
    for feature, counts in found.items():
        at = lines.find(f"\n{feature} ")
        if at < 0:
            continue
        start = at + len(feature) + 2
        for pair in lines[start : lines.index("\n", start)].split():
            number, _, weight = pair.partition(":")
            sums[codes[int(number)]] += counts * int(weight) / SCALE
    return sorted(((value, code) for code, value in sums.items()), reverse=True)


def is_vague(cause: Cause) -> bool:
    """Whether a cause only says that there was an error, or rests on words that most errors share."""
    return cause.code in ("exception", "error_line") or cause.meaning == _WIDEST.meaning


def most_like(record: Record, known: Cause) -> Like | None:
    """The cause that a record's words are most like, with the weight of the one that is ``known``; ``None`` where that
    is not clear, or is what is known already."""
    text = "\n".join([record.message, *(line for line in record.more if death_in(line) is None)])
    ranked = scores(features(text, record.name, record.frame, record.code))
    (first, code), (second, _), *_ = ranked
    name = record.name.rpartition(".")[2]
    is_family = known.meaning == _WIDEST.meaning
    least = CLEAR_MARGIN if name in _SAYS_MUCH else LEAST_MARGIN if name else LINE_MARGIN
    if first < LEAST_SCORE or first - second < least or name in _OF_THE_PROGRAM:
        return None
    if is_family and first - next(value for value, one in ranked if one == known.code) < FAMILY_MARGIN:
        return None
    if is_family and code == PROGRAM_EXCEPTION.code and record.kind == EXCEPTION:
        return Like(uncaught(record.name), True)
    if code in _SAYS_NOTHING or code == known.code:
        return None
    cause = _worded(code)
    if name in OF_CODE and cause.category in (
        ("configuration",) if _PACKAGE.search(record.frame) else ("configuration", "image")
    ):
        return None
    return Like(replace(cause, weight=known.weight), first - second >= CLEAR_MARGIN)


@lru_cache(maxsize=128)
def _worded(code: str) -> Cause:
    """A cause as it is said of words that are only like those of its kind."""
    family = next((one for one, _ in FAMILIES if one.code == code), None)
    known = family or next(one for one in PROGRAM.causes if one.code == code)
    meaning = known.meaning.removeprefix("an error about ")
    return Cause(
        code, known.category, known.area, GENERIC, f"an error whose words are most like those about: {meaning}"
    )


__all__ = ["Like", "features", "is_vague", "most_like", "scores", "stems"]
