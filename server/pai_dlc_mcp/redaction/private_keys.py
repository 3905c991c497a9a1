"""Private keys in a text: between their two lines, before a last line without a first, after a beginning without one.

Each function gets a text and the place of a marker and gives the span to mask, ``None`` where the marker is no key's.
"""

from __future__ import annotations

import re
import string

Span = tuple[int, int]

FIRST_LINE, LAST_LINE = "-----begin ", "-----end "
STARTS = ("mii", "b3blbnnzac1rzxktdj", "mhccaqee", "mc4caqawbqydk2vw", "mighageambmg", "private-lines:")
"""How the Base64 of a private key begins, in small letters: RSA and PKCS#8, OpenSSH, elliptic curves, PuTTY."""

_BODY = re.compile(
    r"MII[A-L][A-Za-z0-9+/]{2}IBA[A-D][A-Za-z0-9+/]{8}|b3BlbnNzaC1rZXktdj|MHcCAQEE|MC4CAQAwBQYDK2Vw|MIGHAgEAMBMG"
    r"|Private-Lines:"
)
_RUN = re.compile(r"(?:[A-Za-z0-9+/=]++|\\[nr])++")
_NEXT_LINE = re.compile(r"\r?+\n([^\n]{0,200}+)")
_WORD = re.compile(r"[A-Za-z0-9+/=]++")
_LAST_MARKER = re.compile("-----END ")
_BASE64 = frozenset(string.ascii_letters + string.digits + "+/=")
_WORD_CHARS, _FULL_LINE_CHARS, _LINE_CHARS, _BACK_CHARS, _MARKER_CHARS = 16, 48, 200, 16_384, 80
"""The shortest word that is a line of a key on its own account, the shortest full line of one, how much of a line is
looked at, how far back a key in one line is looked for, and the longest marker."""

_WIDTHS, LONGEST_KEY_CHARS = frozenset({64, 70, 76}), 16_384
"""How long the full lines of keys are (PEM, OpenSSH, MIME), and a key in lines at most, with a time before each."""


def _marker(text: str, start: int) -> int:
    """Where the marker of a private key ends that begins here; 0 where there is none."""
    if not text.startswith(("-----BEGIN ", "-----END "), start):
        return 0
    name, dashes, _ = text[start + len("-----") : start + _MARKER_CHARS].partition("-----")
    is_one = name.endswith(("PRIVATE KEY", "PRIVATE KEY BLOCK"))
    return start + len(name) + 2 * len(dashes) if dashes and is_one else 0


def _last_word(line: str) -> str:
    """The word of Base64 at the end of a line, whatever time or label stands before it; empty where there is none."""
    words = line.split()
    return words[-1] if words and _WORD.fullmatch(words[-1]) else ""


def middle(text: str) -> list[Span]:
    """The words of a text that is nothing but full lines of Base64, as a window of a log cuts them out of a key."""
    spans: list[Span] = []
    at = 0
    for line in text.split("\n"):
        word = _last_word(line[-_LINE_CHARS:])
        at += len(line) + 1
        is_last_line = at > len(text) and bool(spans) and len(word) % 4 == 0
        if not word or not (is_last_line or (len(word) in _WIDTHS and _is_drawn(word))):
            return []
        spans.append((at - 1 - len(word), at - 1))
    return spans


def _is_drawn(word: str) -> bool:
    """Whether a line of Base64 stands for bytes that were drawn: digits, small letters, and capitals beyond those of
    hexadecimal."""
    return (
        any(map(str.isdigit, word))
        and any("g" <= char <= "z" for char in word)
        and any("G" <= char <= "Z" for char in word)
    )


def after_first_line(text: str, start: int) -> Span | None:
    """From the first line to the last; where the last is missing, all the rest."""
    if not (at := _marker(text, start)):
        return None
    ends = (_marker(text, found.start()) for found in _LAST_MARKER.finditer(text, at))
    return start, next(filter(None, ends), len(text))


def before_last_line(text: str, start: int, since: int) -> Span | None:
    """The lines of a key above its last line, where its first line is not in the text; read back to ``since``."""
    before = text[start - 1 : start]
    is_labelled = before in " \t"  # a time or label stands before the marker, and before each line of the key
    at = text.rfind("\n", max(since, start - _LINE_CHARS), start) if is_labelled else start - (before == "\n")
    if at == -1 or text[at - 1] not in _BASE64 or not (end := _marker(text, start)):
        return None
    since = max(since, start - _BACK_CHARS)
    glued = max(text.rfind(char, since, start) for char in " \"'\n\t") + 1 or since
    if start - glued >= _WORD_CHARS and _RUN.fullmatch(text, glued, start):
        return glued, end
    begin, line = start, text.rfind("\n", since, start)
    while line != -1:
        word = _last_word(text[max(since, line - _LINE_CHARS) : line].rpartition("\n")[2])
        if not word or (begin != start and len(word) < _WORD_CHARS):
            break
        begin, line = line - len(word), text.rfind("\n", since, line)
    return (begin, end) if begin != start else None


def after_start_of_body(text: str, start: int) -> Span | None:
    """A key's Base64 and the lines of it that follow, where its first line is not in the text."""
    found = _BODY.match(text, start)
    if found is None:
        return None
    end = max(one.end() for one in (found, _RUN.match(text, start)) if one)
    is_full = True
    while is_full and (line := _NEXT_LINE.match(text, end)):
        word = _last_word(line[1])
        if len(word) < _WORD_CHARS:
            break
        end, is_full = line.end(), len(word) >= _FULL_LINE_CHARS
    last = _LAST_MARKER.search(text, end, end + _LINE_CHARS)
    return start, (last and _marker(text, last.start())) or end
