"""One pass over one text: what a terminal would obey and nobody can see goes (R64), secrets are found and masked (R65).

Masking takes time that grows with the length of the text alone. One automaton finds every word that a secret can begin
with, or that its name can hold; what such a word means is decided by the handler beside it, which looks at bounded
surroundings or reads on over one class of characters. No expression goes back over what it has read: every quantifier
is possessive, and what one handler has masked no other reads again.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

_ESCAPE = (
    r"\x1b(?:"
    r"\[[0-?]{0,64}+[ -/]{0,8}+[@-~]?+"  # CSI: colours, cursor movements
    r"|[\]PX^_][^\x07\x1b\n]{0,1024}+(?:\x07|\x1b\\)?+"  # OSC, DCS and their like: titles, links
    r"|[ -/]{0,4}+[0-~]?+"  # everything shorter
    r")"
)
_ESCAPES = re.compile(f"{_ESCAPE}(?:{_ESCAPE})*+")  # what begins with one certain character is found twice as fast
_ANSI = re.compile(rf"(?:{_ESCAPE}|\x9b[0-?]{{0,64}}+[ -/]{{0,8}}+[@-~]?+)++")

_INVISIBLE = (
    "\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f"  # C0 and C1 controls but \t, \n and \r
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"  # soft hyphen, joiners, fillers, Mongolian selectors
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f"  # zero width, bidirectional overrides and isolates
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"  # fillers, variation selectors, byte order mark
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"  # tags and more variation selectors: a whole alphabet nobody sees
)
_SURROGATES = "\ud800-\udfff"
_ODD = re.compile(f"[{_INVISIBLE}{_SURROGATES}]")
_INVISIBLE_RUN, _SURROGATE = re.compile(f"[{_INVISIBLE}]++"), re.compile(f"[{_SURROGATES}]")
_CONTROLS: dict[int, None] = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127])
_FEW_KINDS = 16
"""Kinds of invisible characters up to which each is replaced by itself."""


def harmless(text: str) -> str:
    """The text as a person would read it: what a terminal would obey and what nobody can see is gone.

    Carriage returns become line breaks, so that nothing overwrites what stood before; half characters become U+FFFD.
    """
    if text.isascii():
        return text if _is_plain(text) else _ascii(text)
    if "\x9b" in text:
        text = _ANSI.sub("", text)
    elif "\x1b" in text:
        text = _ESCAPES.sub("", text)
    if _ODD.search(text):
        text = _visible(text)
    return _with_line_feeds(text).replace("\u2028", "\n").replace("\u2029", "\n")


def _visible(text: str) -> str:
    kinds = [kind for kind in set(text) if _ODD.match(kind)]
    if len(kinds) > _FEW_KINDS:
        return _SURROGATE.sub("�", _INVISIBLE_RUN.sub("", text))
    for kind in kinds:
        text = text.replace(kind, "�" if "\ud800" <= kind <= "\udfff" else "")
    return text


def _is_plain(text: str) -> bool:
    return text.isprintable() or text.replace("\n", "").replace("\t", "").isprintable()


def _ascii(text: str) -> str:
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    return _with_line_feeds(text.translate(_CONTROLS))


def _with_line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


MASK = "***"
_LETTERS_AND_DIGITS = frozenset(string.ascii_letters + string.digits)

Span = tuple[int, int]
"""Where something begins and ends in a text, in characters."""


class Scan:
    """What the handlers of one pass share.

    ``at`` is the place up to which everything is read and decided, ``ends`` that up to which each word, by its number,
    can begin no secret; ``quiet`` are the words for which that is far, and what they are replaced by meanwhile.
    ``units`` is the work done in this window.
    ``holds_secret`` looks into a text that was found inside this one (Base64), and into nothing inside that.
    """

    __slots__ = ("at", "ends", "holds_secret", "quiet", "spans", "text", "units")

    def __init__(self, text: str, words: int = 0, holds_secret: Callable[[str], bool] = lambda text: False) -> None:
        self.text = text
        self.spans: list[Span] = []
        self.at = self.units = 0
        self.ends = [0] * words
        self.quiet: dict[int, tuple[str, str]] = {}
        self.holds_secret = holds_secret

    def mask(self, start: int, end: int) -> int:
        """Mask what stands between two places, and answer the second."""
        self.spans.append((start, end))
        return end

    def is_inside_word(self, start: int) -> bool:
        """Whether a letter or digit of ASCII stands right before ``start``."""
        return start > 0 and self.text[start - 1] in _LETTERS_AND_DIGITS


Handler = Callable[[Scan, int, int], int | None]
"""Decides what a word means that a secret may begin with.

It gets the scan and where the word begins and ends. It answers the place up to which it has masked; ``None`` for "no
secret"; or, negative, the place up to which the same word can begin no secret either, so that nothing is read twice.
"""


def merged(spans: list[Span]) -> list[Span]:
    """The spans in order, those that overlap made one."""
    spans.sort()
    found: list[Span] = []
    for start, end in spans:
        if found and start < found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


def masked(text: str, spans: list[Span]) -> str:
    """The text with each span masked; spans are in order and do not overlap."""
    kept, at = [], 0
    for start, end in spans:
        kept.append(text[at:start])
        at = end
    kept.append(text[at:])
    return MASK.join(kept)


WINDOW_CHARS = 65_536
"""How much of a text is worked on at once: about two milliseconds."""
_UNITS_A_WINDOW, _UNITS_A_SECRET, _LINES_A_WINDOW = 2_048, 4, 1_024
"""The work that one window may take: a word that could begin a secret is one unit, a secret that was found four more.
A text with more has a possible secret in every 32 characters or a secret in every 160, all through a window: it is no
log. From there on every line of the window is masked unread from the first such word in it; after so many lines, the
rest of the window."""
_PIECE_CHARS, _SPARSE_CHARS = 4_096, 64
"""How much of a window is looked through at a time; where words stand farther apart than so many characters, the next
piece is twice as long."""
_TO_LINE_END = re.compile(r"[^\n]*+")
_TO_WORD_END = re.compile(r"[^\s\"'`,;&<>]*+")

Found = tuple[int, int, int]
"""The number of a word, and where it begins and ends in its piece."""


class Words:
    """The words that a secret can begin with, or that its name can hold: one automaton, and a handler for each.

    Args:
        table: a word in small letters to its handler, ``None`` for what only looks like a shorter word of the table.

    A word that is known to begin nothing for a whole piece is not looked for there, unless another word holds it.
    """

    def __init__(self, table: Mapping[str, Handler | None]) -> None:
        self._found = AhoCorasick(list(table), matchkind=MatchKind.LeftmostLongest, implementation=Implementation.DFA)
        self._words, self._handlers = list(table), list(table.values())
        self._longest = max(map(len, table))

    def spans(self, text: str) -> list[Span]:
        """Where the secrets of a whole text are, in order; those that overlap are one."""
        scan = Scan(text, len(self._words), self._holds_secret)
        for start, end in windows_of(text):
            self._find(scan, start, end)
        return merged(scan.spans)

    def _holds_secret(self, text: str) -> bool:
        scan = Scan(text, len(self._words))
        self._find(scan, 0, len(text))
        return bool(scan.spans)

    def _find(self, scan: Scan, start: int, end: int) -> None:
        """Find what begins in one window of a text. Windows come in order, and a secret may reach beyond its own.

        A window is looked through piece by piece, so that what is masked or found to begin nothing, or a window that is
        full of words, is not looked through to its end.
        """
        if scan.at >= end:
            return
        part = scan.text[start : end + self._longest]
        low = part.lower()
        if len(low) != len(part):  # one capital letter has two small ones
            low = part.replace("İ", "I").lower()
        at, chars, scan.units = start, _PIECE_CHARS, 0
        while at < end:
            stop = min(at + chars, end)
            if stop > scan.at:
                piece = low[at - start : stop - start + self._longest]
                for number, (word, blotted) in scan.quiet.items():
                    if scan.ends[number] >= stop:
                        piece = piece.replace(word, blotted)
                todo = self._found.find_matches_as_indexes(piece)
                self._decide(scan, todo, at, stop, end)
                last = next((last for _, begin, last in reversed(todo) if begin < stop - at), 0)
                chars = 2 * chars if len(todo) * _SPARSE_CHARS < stop - at else _PIECE_CHARS
                at += last
            at = max(at, stop)

    def _decide(self, scan: Scan, todo: list[Found], at: int, stop: int, end: int) -> None:
        """Ask the handlers of the words that were found in one piece, in order, within the units of its window."""
        handlers, ends, spans, known = self._handlers, scan.ends, scan.spans, scan.at
        for word, begin, last in todo:
            begin += at
            if begin < ends[word] or begin < known or (handler := handlers[word]) is None:
                continue
            if begin >= stop:
                break
            if scan.units > _UNITS_A_WINDOW:
                is_all = scan.units > _UNITS_A_WINDOW + _LINES_A_WINDOW
                scan.at = known = scan.mask(begin, _end_of_line(scan.text, end - 1 if is_all else begin, end))
                scan.units += 1
                continue
            before = len(spans)
            read = handler(scan, begin, last + at)
            scan.units += 1 + _UNITS_A_SECRET * (len(spans) - before)
            if read is None:
                continue
            if read >= 0:
                scan.at = known = max(known, read)
            else:
                ends[word] = -read
                if -read >= stop and (blotted := self._blotted(word)):
                    scan.quiet[word] = blotted

    @cache  # noqa: B019 - of the one table
    def _blotted(self, number: int) -> tuple[str, str] | None:
        """A word, and the same with so much of its end gone that neither it nor a word inside it is found, but one that
        ends inside it is; ``None`` where another word holds it."""
        word = self._words[number]
        if any(word in other for other in self._words if other != word):
            return None
        kept = min(word.find(other) + len(other) for other in self._words if other in word) - 1
        return word, word[:kept] + "\0" * (len(word) - kept)


def windows_of(text: str) -> Iterator[Span]:
    """The parts in which a text is worked on."""
    for start in range(0, len(text), WINDOW_CHARS):
        yield start, min(start + WINDOW_CHARS, len(text))


def _end_of_line(text: str, start: int, end: int) -> int:
    """The end of the line, or of the word that the window ends in, whichever comes first."""
    stop = _end_of(_TO_LINE_END, text, start, end)
    return stop if stop < end else _end_of(_TO_WORD_END, text, end, len(text))


def _end_of(run: re.Pattern[str], text: str, start: int, end: int) -> int:
    found = run.match(text, start, end)
    return found.end() if found else start
