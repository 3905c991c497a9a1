"""Values that are known to be secret, found in every form in which they leak: one automaton for all of them.

As it is, escaped for JSON, HTML or a shell, encoded for a URL, in hexadecimal, in Base64 wherever it stands in what was
encoded, line by line; and cut off by the end of a line, with the rest at the beginning of the next.
"""

from __future__ import annotations

import base64
import html
import json
import re
import shlex
import unicodedata
from collections.abc import Collection, Iterable
from functools import lru_cache
from urllib.parse import quote, quote_plus

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from .scan import Span, harmless

SHORTEST, ENCODED = 4, 8
"""Values under four characters are not masked by value; those of eight and more in their encoded forms too."""
_GRAM_CHARS, _GRAM_PLACES, _SURE_CHARS = 8, 4, 32
"""What the end of a line is looked up by, how many places of it in values are remembered, and how much of a value must
be there: its half, or so many characters."""
_END_MARKS = " \r.…\"'"
_ESCAPED = re.compile("%[0-9A-F]{2}")
_IN_SHELL = re.compile(r"[^\w@%+=:,./-]", re.ASCII)
_IS_ITSELF = str.maketrans("", "", "-_.~")


class KnownValues:
    """The secrets of one job, ready to be looked for.

    ``longest`` is the length of the longest form: windows of a text must overlap by that much.
    """

    def __init__(self, values: Collection[str]) -> None:
        forms = {form for value in values for form in _forms_of(value)}
        self.forms = sorted(form for form in forms if len(form) >= SHORTEST)
        self.longest = max(map(len, self.forms), default=0)
        self._found = _automaton(self.forms) if self.forms else None
        self._places = _places(self.forms)

    def spans(self, text: str, start: int, end: int) -> list[Span]:
        """Where values begin between two places of a text, in order; a value may reach beyond the second."""
        if self._found is None:
            return []
        part = text[start : end + self.longest] if start or end < len(text) else text
        found = self._found.find_matches_as_indexes(part)
        spans = [(start + begin, start + stop) for _, begin, stop in found if start + begin < end]
        return spans + self._cut_off(text, start, end)

    def _cut_off(self, text: str, start: int, end: int) -> list[Span]:
        """Beginnings of values at the ends of lines, and what of them stands at the beginning of the next line."""
        part = text[start:end]
        lines = part.split("\n") if end == len(text) else part.split("\n")[:-1]
        tails = {line.rstrip(_END_MARKS)[-_GRAM_CHARS:] for line in lines}
        if self._places.keys().isdisjoint(tails):
            return []
        spans, at = [], start
        for line in lines:
            shown = line.rstrip(_END_MARKS)
            for form, length in self._places.get(shown[-_GRAM_CHARS:], ()):
                stop = at + len(shown)
                if text.startswith(form[:length], stop - length):
                    spans.append((stop - length, stop))
                    spans += _rest(text, form[length:], at + len(line) + 1)
                    break
            at += len(line) + 1
        return spans


def _rest(text: str, rest: str, at: int) -> Iterable[Span]:
    """The rest of a value at the beginnings of the lines that follow."""
    while rest:
        end = text.find("\n", at, at + len(rest))
        size = len(rest) if end < 0 else end - at
        if not size or not text.startswith(rest[:size], at):
            return
        yield at, at + size
        rest, at = rest[size:], at + size + 1


def _automaton(forms: list[str]) -> AhoCorasick:
    return AhoCorasick(forms, matchkind=MatchKind.LeftmostLongest, implementation=Implementation.ContiguousNFA)


def _places(forms: Iterable[str]) -> dict[str, list[tuple[str, int]]]:
    """Eight characters to the forms that they stand in, in the second half: a form, and the length up to there."""
    places: dict[str, list[tuple[str, int]]] = {}
    for form in forms:
        for length in range(max(_GRAM_CHARS, min((len(form) + 1) // 2, _SURE_CHARS)), len(form)):
            known = places.setdefault(form[length - _GRAM_CHARS : length], [])
            if len(known) < _GRAM_PLACES:
                known.append((form, length))
    return places


@lru_cache(maxsize=8)
def known_values(values: frozenset[str]) -> KnownValues:
    return KnownValues(values)


def _forms_of(value: str) -> Iterable[str]:
    value = harmless(value).strip()
    if len(value) < SHORTEST:
        return
    yield value
    is_plain = value.isascii() and value.translate(_IS_ITSELF).isalnum()
    if not is_plain:
        yield from (*_in_json(value), *_in_markup(value), *_in_code(value))
        yield from (line.strip() for line in value.split("\n") if len(line.strip()) >= ENCODED)
    if len(value) >= ENCODED:
        if not is_plain:
            encoded = (quote(value, safe=""), quote(value), quote_plus(value), quote(quote(value, safe=""), safe=""))
            yield from (*encoded, *(_ESCAPED.sub(lambda found: found[0].lower(), one) for one in encoded))
            yield from (shlex.quote(value), _IN_SHELL.sub(r"\\\g<0>", value))
        encoded_bytes = value.encode()
        yield from (encoded_bytes.hex(), encoded_bytes.hex().upper(), *_base64_forms(encoded_bytes))


def _in_json(value: str) -> Iterable[str]:
    """As JSON has it, by whichever library, and as JSON inside JSON: some escape slashes, some what HTML could read."""
    for shown in (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]):
        small = shown.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
        capital = small.replace("\\u003c", "\\u003C").replace("\\u003e", "\\u003E")
        for one in (shown, shown.replace("/", "\\/"), small, capital):
            yield from (one, json.dumps(one)[1:-1], json.dumps(one, ensure_ascii=False)[1:-1])


def _in_markup(value: str) -> Iterable[str]:
    """As HTML and XML have it: quotes stay, or are written in one of three ways."""
    text = html.escape(value, quote=False)
    yield text
    for single, double in (("&#x27;", "&quot;"), ("&#39;", "&quot;"), ("&#39;", "&#34;"), ("&apos;", "&quot;")):
        yield text.replace("'", single).replace('"', double)


def _in_code(value: str) -> Iterable[str]:
    """As Python shows it, as SQL, YAML and CSV double its quotes, and with its accents taken apart or put together."""
    yield from (repr(value)[1:-1], ascii(value)[1:-1], repr(value.encode())[2:-1])
    yield from (value.replace("'", "''"), value.replace('"', '""'))
    yield from (unicodedata.normalize(form, value) for form in ("NFC", "NFD"))


def _base64_forms(value: bytes) -> Iterable[str]:
    """The part of a value's Base64 that is the same wherever the value stands in what was encoded."""
    for offset in range(3):
        padded = b"\0" * offset + value
        text = base64.b64encode(padded[: len(padded) // 3 * 3]).decode()[4 if offset else 0 :]
        if len(text) >= ENCODED:
            yield text
            yield text.replace("+", "-").replace("/", "_")
