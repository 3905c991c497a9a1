"""Where the patterns of masking begin and end (R65): texts with one open place, and what is masked for whatever stands
there. A letter, a bound or a word that a pattern loses is seen by whoever reads the change.

In a text ``¤`` stands for each single character in turn, ``§`` for more and more of the same, ``◊`` for words.
"""

from __future__ import annotations

import string
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache

from pai_dlc_mcp.redaction import commands
from pai_dlc_mcp.redaction.engine import clean_text
from pai_dlc_mcp.redaction.forms import _FORMS as FORMS
from pai_dlc_mcp.redaction.known_values import KnownValues
from pai_dlc_mcp.redaction.names import is_plain_value, is_secret_field, is_secret_name
from pai_dlc_mcp.redaction.scan import harmless

from .masking_places import CHARS, DRAWN, FIELD_CHARS, NAME_CHARS, PLAIN_CHARS, PLAIN_RUNS, RUNS, TEXT_WORDS, WORDS

PATH = "tests/snapshots/masking_probes.txt"
OF_DRAWN = (
    "key={}", "session={}", "jwt: {}", "session_id={}", "token is {}", "API key {}", "secret: x, {}", "secret {}",
    "?code={}", "auth(ID, '{}')", "pull_secret={}", "sk-{}", "pw={}", "password is {}",
)  # fmt: skip
ALPHABET = f"\t\n {string.ascii_letters}{string.digits}{string.punctuation}é密：；（）【】「」“”‘’…–→＝"
SHOWN = {"\t": "TAB", "\n": "NEWLINE", " ": "BLANK"}


def _grouped(found: Mapping[str, list[str]], joined: str) -> str:
    """What came of a text, and for which fillings; the most frequent outcome goes without."""
    usual = max(found, key=lambda shown: len(found[shown]))
    rows = [f"{shown!r} for {joined.join(of)}" for shown, of in found.items() if shown != usual]
    return "; ".join([f"{usual!r}", *rows])


def _of_chars(text: str, say: Callable[[str], str]) -> str:
    found: dict[str, list[str]] = {}
    before, after = text.split("¤")
    for char in ALPHABET:
        filled = f"{before}{char}{after}"
        shown = say(filled)
        if shown.startswith(before + char):
            shown = "kept" if shown == filled else f"{before}¤{shown[len(before) + 1 :]}"
        elif shown.endswith(char + after):
            shown = f"{shown[: -len(after) - 1]}¤{after}"
        found.setdefault(shown, []).append(SHOWN.get(char, char))
    return _grouped(found, " ")


def _of_runs(text: str, unit: str, most: int, say: Callable[[str], str]) -> str:
    """Up to which number of units what is said: only where it changes."""
    told, last = [], ""
    for count in range(most):
        filled = text.replace("§", unit * count)
        shown = say(filled).replace(unit * count, "§") if count else say(filled)
        shown = "kept" if shown in (filled, text) else shown
        if shown != last:
            told.append(f"from {count} {shown!r}")
        last = shown
    return ", ".join(told)


def _of_words(text: str, say: Callable[[str], str]) -> str:
    found: dict[str, list[str]] = {}
    for word in WORDS:
        filled = text.replace("◊", word)
        shown = say(filled)
        found.setdefault("kept" if shown == filled else shown.replace(word, "◊"), []).append(word)
    return _grouped(found, " ")


def _yes(is_so: Callable[[str], bool]) -> Callable[[str], str]:
    return lambda text: "yes" if is_so(text) else "no"


def _drawn(text: str) -> str:
    """From how many characters a value that is drawn at random is masked."""
    told = []
    for value in DRAWN:
        masked = [
            count for count in range(4, len(value)) if value[:count] not in clean_text(text.format(value[:count]))
        ]
        told.append(_ranges(masked))
    return " | ".join(told)


def _ranges(numbers: Iterable[int], say: Callable[[int], str] = str) -> str:
    """Numbers as ranges."""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return " ".join(say(first) if first == last else f"{say(first)}-{say(last)}" for first, last in found) or "never"


OPTIONS = [f"-{letter}" for letter in string.ascii_letters] + [
    f"--{name}"
    for name in ("password", "pass", "passwd", "user", "username", "proxy-user", "creds", "src-creds", "dest-creds",
                 "token", "sts-token", "access-key-id", "access-key-secret", "access-key", "access-id", "secret", "key",
                 "id", "requirepass", "masterauth", "from-literal=a")
] + ["-id", "-key", "-passin", "-passout", "-pass", "-password"]  # fmt: skip
"""Options of one letter and of many, with which programs are given secrets and other things."""


def _options_masked(program: str) -> list[str]:
    """The options whose next word is masked, or what is glued to them; with a value that no name hides whole."""
    masked = []
    for option in OPTIONS:
        for between in (" ", "=", ""):
            if "hunter2" not in clean_text(f"{program} {option}{between}[1,2]hunter2 x"):
                masked.append(f"{option}{between}…")
    return masked


def _of_programs() -> Iterator[str]:
    usual = _options_masked("program")
    yield f"of any program: the values of {', '.join(usual) or 'no option'}"
    for program in commands.NAMES:
        more = [option for option in _options_masked(program) if option not in usual]
        shown = ", ".join(more) if len(more) < len(OPTIONS) else "any option"
        yield f"{program}: the values of {shown or 'no more'}"


def _rows() -> Iterator[str]:
    for text in CHARS:
        yield f"{text!r}: {_of_chars(text, clean_text)}"
    for prefix, _, _ in FORMS:
        text = f"{prefix}{'1' * 80}¤22"
        yield f"{prefix} goes on: {_of_chars(text, clean_text).replace('1' * 80, '…')}"
    for text, unit, most in RUNS:
        yield f"{text!r} with {unit!r}: {_of_runs(text, unit, most, clean_text)}"
    for text in TEXT_WORDS:
        yield f"{text!r}: {_of_words(text, clean_text)}"
    for text in OF_DRAWN:
        yield f"{text}: {_drawn(text)}"
    for title, texts, is_so in (
        ("a variable's secret", NAME_CHARS, is_secret_name),
        ("a field's secret", FIELD_CHARS, is_secret_field),
        ("plain", PLAIN_CHARS, is_plain_value),
    ):
        for text in texts:
            answer = _of_words if "◊" in text else _of_chars
            yield f"{title} {text!r}: {answer(text, _yes(is_so))}"
    for text, unit, most in PLAIN_RUNS:
        yield f"plain {text!r} with {unit!r}: {_of_runs(text, unit, most, _yes(is_plain_value))}"
    places = [place for place in range(sys.maxunicode + 1) if harmless(f"a{chr(place)}b") != f"a{chr(place)}b"]
    yield f"characters that are taken out or made others: {_ranges(places, hex)}"
    for char in f"{string.punctuation} é":
        yield f"a value with {char!r} in it: {' '.join(map(repr, KnownValues([f'abc{char}defgh']).forms))}"


@cache
def probes() -> str:
    return "\n".join(["# Texts with one open place", *_rows(), *_of_programs(), ""])
