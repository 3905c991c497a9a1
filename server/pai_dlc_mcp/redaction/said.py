"""What a sentence, a call or a list says a secret is: ``the password is …``, ``密码已重置为…``, ``set_password("…")``.

No sign stands between the name and the value here, so the value has to look like a secret by itself (``likeness``):
a sentence goes on behind most names. All is read within one line and a bounded head of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from .likeness import is_error_code, is_password_like, is_random
from .scan import Scan, Span

LooksSecret = Callable[[str], bool]

SHORTEST_RANDOM, SHORTEST_ALONE, SHORTEST_RANDOM_ALONE = 12, 8, 16
"""The shortest value that is judged random in a sentence; the shortest password, and the shortest such value, right
behind its name."""
_MOST_WORDS, _FEW_WORDS, _SHORTEST_QUOTED = 8, 4, 4


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BE = _set("is was are be = equals")
_DONE = _set(
    "set reset changed updated generated created initialized initialised replaced configured given assigned now"
    " just still only simply currently temporarily automatically"
)
_HELPS = _set("will has have been should must to")
_DIRECTION = _set("to as with by")
_WHOSE = _set("for of")
_ARROWS = _set("-> --> → ~ – — - | : =")
_NO_VALUE = _set(
    "required wrong incorrect invalid missing empty expired correct password passwd secret token none null true false"
    " string default unset optional weak strong hidden user username login admin's key"
)
ENTITY = r"(?:&(?:amp;)?+(?:quot|apos|#0?+3[49]|#[xX]2[27]);|\\{1,4}+(?:u002|x2)[27])"
"""A quote as HTML and JSON write it where one may not stand."""
_IN_ENTITIES = re.compile(rf"({ENTITY})((?:(?!\1)[^\s])++)")
_WORD = re.compile(r"[^\s]++")
_OPENING, _CLOSING = "\"'`“‘「『(<[*", "\"'`”’」』)>].,;:*"
_QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”", "‘": "’", "「": "」"}
_IN_BRACKETS = re.compile(r"[ \t]?+(?:\([^()\n]{0,40}+\)|\[[^\[\]\n]{0,40}+\])[ \t]{0,4}+(?:[:=]|(?= is\b))")
_LOGIN = re.compile(r"(?:machine[ \t]++\S++|default)\s++(?:login|user)[ \t]++\S++\s++\Z")
"""What stands before a password in a ``.netrc``."""
_LOGIN_CHARS = 160
_OF_LOGIN = re.compile(r"[ \t]++[\"']?+(?P<value>(?![{$<%*])[^\s\"']++)")
_TEXT_QUOTES = ("'", '"')
_BEFORE_BRACKETS = frozenset(" \t([")
_MAY_BE = re.compile(
    r"s?+[\"'”’」]?+(?:[ \t]?+[(\[]|[ \t]*+(?:[:=已被重设修更变改换为成是]|[-–—→~|.]{1,3}+>?+(?![^\s.])|[“‘「`]"
    r"|['\"](?=[^\s'\"])"
    rf"|(?:{'|'.join(sorted(_BE | _DONE | _HELPS | _WHOSE - {'='}))})(?![^\s:])"
    r"|(?=[^\s]{0,64}?[0-9!#$%^&*?~])(?=[^\sA-Za-z]{0,64}+[A-Za-z])[^\s]{8}))",
    re.IGNORECASE,
)
_GOES_ON = frozenset((" ", "\t", ":", "=", "s", '"', "'"))
_CALLED = re.compile(
    r"\([ \t]*+(?P<value>\"[^\"\n]{4,80}+\"|'[^'\n]{4,80}+'|[A-Za-z0-9!@#$%^&*?~+=_-]{8,64}+)[ \t]*+[,)]"
)
_NO_SETTER = re.compile(
    r"(?:get|read|load|fetch|find|look|delete|remove|create|ask|prompt|input|has|list|next|add)[a-z]*+_?+$",
    re.IGNORECASE,
)
_BRACKETED = re.compile(
    r"s?+[\"']?+[ \t]{0,4}+(?:=>|:=|[:=])[ \t]{0,4}+(?:[(\[{<`]|\"\"|''|\$(?=[\"']))(?P<value>[^\n]{1,120}+)"
)
_NEXT_LINE = re.compile(
    r"[\"']?+[ \t]*+[:=][ \t]*+\\?+\n[ \t]++[\"']?+(?P<value>[^\s\"']++)[\"']?+[ \t]*+(?=[\n,}]|\Z)"
)
_PART = re.compile(r"[^\s\"'`,;|<>(){}\[\]\\]++")
_CHINESE = re.compile(
    r"[\"'”’」】]?+[ \t]*+(?:已经|已|被|是)?+(?:重置|设置|设定|修改|更新|变更|初始化|改|设|换)?+"
    r"(?:[为成是：:]{1,2}+)?+[ \t]*+"
    r"[\"'“‘「【`]?+(?P<value>[!#-&()*+./0-9:;=?@A-Z\\^_a-z|~-]{6,}+)"
)
_CHINESE_VERB = re.compile(
    r"[a-z]?+[\"'”’」]?+[ \t]*+(?:已经|已|被)?+(?:重置|设置|设定|修改|更新|变更|改|设|换)?+[为成是]{1,2}+[：: \t]*+"
    r"[\"'“‘「【`]?+(?P<value>[!#-&()*+./0-9:;=?@A-Z\\^_a-z|~-]{6,}+)"
)


def in_chinese(text: str, end: int, head: int, looks_secret: LooksSecret) -> Span | None:
    """A Chinese name and its value without a sign between: ``密码 …``, ``密码已重置为…``."""
    return _judged(_CHINESE.match(text, end, head), looks_secret)


def _judged(found: re.Match[str] | None, looks_secret: LooksSecret) -> Span | None:
    if found is None:
        return None
    value = found["value"].rstrip(".,;:)")
    return (found.start("value"), found.start("value") + len(value)) if looks_secret(value) else None


def said(scan: Scan, start: int, end: int, head: int, looks_secret: LooksSecret) -> Span | None:
    """The value that a sentence, a call or brackets give to a name that ends at ``end``. Each word that is looked at
    beyond a few is a unit of work, and so is each in brackets: a log may say such things in every line."""
    text = scan.text
    char = text[end : end + 1]
    if char == "(" and (found := _CALLED.match(text, end, head)):
        return _argument(text, start, found, looks_secret)
    if char in _BEFORE_BRACKETS and (found := _IN_BRACKETS.match(text, end, head)):
        return _in_sentence(scan, found.end(), head, looks_secret, "" if text[found.end() - 1] in ")]" else ":")
    if found := _BRACKETED.match(text, end, head):
        return _in_brackets(scan, found, looks_secret)
    if found := _NEXT_LINE.match(text, end, head):
        return _judged(found, looks_secret)
    if found := _CHINESE_VERB.match(text, end, head):
        return _judged(found, looks_secret)
    return _in_sentence(scan, end, head, looks_secret) if char in _GOES_ON else None


def may_be_said(text: str, end: int, head: int) -> bool:
    """Whether what stands behind a name could give it a value: a bracket, a sign, a verb, a word with digits. It costs
    a tenth of looking."""
    return bool(_MAY_BE.match(text, end, head))


def of_login(text: str, start: int, end: int) -> Span | None:
    """The word after a password's name in a ``.netrc``, or the text after it in a statement of SQL."""
    is_stated = text[end - 1] == "D" and text[end + 1 : end + 2] in _TEXT_QUOTES
    low = max(0, start - _LOGIN_CHARS)
    is_login = not is_stated and (text.rfind("login", low, start) >= 0 or text.rfind("user", low, start) >= 0)
    if not is_stated and not (is_login and _LOGIN.search(text, low, start)):
        return None
    value = _OF_LOGIN.match(text, end)
    return value.span("value") if value else None


def _argument(text: str, start: int, found: re.Match[str], looks_secret: LooksSecret) -> Span | None:
    """``set_password("…")``, ``password(…)``: what a function gets that does not look something up by it."""
    value, at = found["value"], found.start("value")
    is_quoted = value[0] in "\"'"
    before = text[max(0, start - 24) : start]
    if _NO_SETTER.search(before) or (not is_quoted and (before[-1:].isalnum() or before[-1:] in ("_", "."))):
        return None
    inner = value[1:-1] if is_quoted else value
    return (at + is_quoted, at + is_quoted + len(inner)) if looks_secret(inner) else None


def _in_brackets(scan: Scan, found: re.Match[str], looks_secret: LooksSecret) -> Span | None:
    """From the first to the last of the values in a list, in brackets, backquotes or three quotes."""
    inner = found["value"]
    stop = min((place for place in map(inner.find, ")]}>`\n") if place >= 0), default=len(inner))
    parts = list(_PART.finditer(inner, 0, stop))
    scan.units += len(parts)
    parts = [part for part in parts if looks_secret(part[0])]
    at = found.start("value")
    return (at + parts[0].start(), at + parts[-1].end()) if parts else None


def _in_sentence(scan: Scan, end: int, head: int, looks_secret: LooksSecret, sign: str = "") -> Span | None:
    text = scan.text
    stop = text.find("\n", end, head)
    stop = min(head, len(text)) if stop < 0 else stop
    leads, before = bool(sign), sign
    asks = is_done = False
    for count, found in enumerate(_WORD.finditer(text, end + (text[end : end + 1] == "s"), stop)):
        word = found[0].lower()
        if count == _MOST_WORDS:
            return None
        scan.units += count > _FEW_WORDS
        if asks:  # "password for user root: …"
            leads, asks = word.endswith((":", "=")), not word.endswith((":", "="))
            before = ":"
            continue
        bare = word.rstrip(":=,").strip("\"'") or word
        if bare in _BE or bare in _ARROWS or (len(bare) > 2 and not bare.strip(".")):  # also as a table of arguments
            leads, before = True, before or bare
        elif bare in _DONE or bare in _HELPS or (is_done and bare in _DIRECTION):
            is_done = is_done or bare in _DONE
            leads = leads or (is_done and bare in _DIRECTION)
        elif bare in _WHOSE and not (leads and not is_done):
            asks = True
        elif leads or count == 0:
            return _value(found, stop, before, looks_secret)
        else:
            return None
    return None


def _value(found: re.Match[str], stop: int, before: str, looks_secret: LooksSecret) -> Span | None:
    """A word of a sentence, or what stands in quotes there, where it looks like a secret."""
    text, at, word = found.string, found.start(), found[0]
    if encoded := _IN_ENTITIES.match(text, at, stop):
        return encoded.span(2) if looks_secret(encoded[2]) else None
    close = _QUOTES.get(text[at])
    last = text.find(close, at + 1, stop) if close else -1
    if last > at:
        value = text[at + 1 : last]
        is_given = before in _BE and looks_secret is is_password_like and len(value) >= _SHORTEST_QUOTED
        is_one = is_given and " " not in value and value.isascii() and value.lower() not in _NO_VALUE
        return (at + 1, last) if is_one or looks_secret(value) else None
    begin, shown = at + len(word) - len(word.lstrip(_OPENING)), word.lstrip(_OPENING).rstrip(_CLOSING)
    if not before and len(shown) < (SHORTEST_ALONE if looks_secret is is_password_like else SHORTEST_RANDOM_ALONE):
        return None
    is_code = before == ":" and is_error_code(shown)
    return (begin, begin + len(shown)) if looks_secret(shown.rstrip("!?")) and not is_code else None


def is_random_word(value: str) -> bool:
    """What is masked of tokens and keys where a sentence gives them: what looks drawn at random."""
    return is_random(value, SHORTEST_RANDOM)
