"""What stands under a name that says secret: ``DB_PASSWORD=…``, ``"accessKeySecret": "…"``, ``--token …``, ``密码：…``.

The value is masked and the name stays. What only looks like a secret stays, too: numbers and special tokens of a
language model, paths of files that hold secrets, references to variables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .harmless import (
    NAME_CHARS,
    WORD_CHARS,
    Harmless,
    is_about_secrets,
    is_mixed,
    is_nothing,
    no_address,
    no_bare_key,
    no_key,
    no_pass,
    no_password,
    no_random,
    no_secret,
    no_session,
    no_short_name,
    no_short_password,
    no_signature,
    no_token,
    word_before,
    working_directory,
)
from .likeness import is_of_words, is_password_like, is_term
from .said import ENTITY, LooksSecret, in_chinese, is_random_word, may_be_said, of_login, said
from .scan import Handler, Scan, Span

_VALUE = (
    r"(?:[rRbBuUfF]{1,2}+(?=[\"']))?+"
    rf"(?P<value>(?P<entity>{ENTITY})(?:(?!(?P=entity))[^\n])*+|"
    r"\"[^\"\\\n]*+(?:\\.[^\"\\\n]*+)*+\"?+|'[^'\\\n]*+(?:\\.[^'\\\n]*+)*+'?+"  # the end may be cut off
    r"|\\{1,4}+[\"'][^\"'\\\n]*+"  # quoted inside quoted text
    r"|[^\s\"'`,;&|<>(){}\[\]\\]++)"
)
_QUOTE = rf"(?:\\{{0,4}}+[\"']|%22|{ENTITY})"
_TYPE = r"(?:str(?:[ \t]?+\|[ \t]?+None)?+|bytes|SecretStr|Optional\[(?:str|SecretStr)\]|Any|string)"
_SEPARATOR = (
    rf"(?:=>|:=|:[ \t]{{0,4}}+{_TYPE}[ \t]{{0,4}}+=(?=[ \t]{{0,4}}+[\"'])|={{2,3}}+(?=[ \t]{{0,4}}+[\"'])"
    r"|=(?!=++\s)|[:：＝]|%(?:25)?+3[aAdD]|&(?:#61|#[xX]3[dD]|equals);|\\u003[aAdD])"
)
_CLOSED = r"(?:\](?=[ \t]{0,4}+={1,3}+[ \t]{0,4}+[rRbBuUfF]{0,2}+[\"']))?+"
"""What stands between a name and its value: also with a type, compared, or as an item of a mapping."""
_NO_LABEL = r"(?![\"'][ \t]++:[ \t]++[A-Za-z]++[ \t]++[A-Za-z\"])"
"""After the name of something in quotes a colon begins a message about it: ``volume "a-token" : failed to …``."""
_OPENING_ENTITY = re.compile(ENTITY)
_SUFFIX_CHARS = 48
_SUFFIX = rf"(?P<suffix>[A-Za-z0-9_.-]{{0,{_SUFFIX_CHARS}}}+)"
_LONG_WORD = re.compile(r"[A-Za-z0-9_.-]++")
_NAMED = re.compile(rf"{_SUFFIX}{_NO_LABEL}{_QUOTE}?+{_CLOSED}[ \t]{{0,48}}+{_SEPARATOR}[ \t]{{0,4}}+{_VALUE}")
_PAIRED = re.compile(
    rf"{_SUFFIX}(?:{_QUOTE}[ \t]*+,?+\s*+{_QUOTE}?+[vV]al(?:ue)?+{_QUOTE}?+[ \t]*+[:=]"
    rf"|{_QUOTE}?+(?:,[ \t]*+|[ \t]*+\n[ \t]*+){_QUOTE}?+[vV]alue{_QUOTE}?+[ \t]*+:)[ \t]*+{_VALUE}"
)
_PROPERTY = re.compile(rf"{_SUFFIX}</[nN]ame>\s*+<[vV]alue>(?P<value>[^<>\s][^<>\n]*+)")
_ARGUMENT = re.compile(rf"{_SUFFIX}[\"'][ \t]*+,[ \t]*+(?P<value>\"[^\s\"',]{{8,}}+\"|'[^\s\"',]{{8,}}+')(?=[ \t]*+\))")
_OPTION = re.compile(rf"{_SUFFIX}(?:[ \t]{{1,4}}+|{_QUOTE}[ \t]*+,\s*+(?=\\{{0,4}}+[\"']))(?!-){_VALUE}")
_SPACED = re.compile(rf"{_SUFFIX}[ \t|]{{1,8}}+(?P<value>[A-Za-z0-9+/=_]{{16,}}+)(?![^\s|\"'])")
_ELEMENT = re.compile(rf"{_SUFFIX}[\"']?+>[ \t]*+(?P<value>[^<>\s][^<>\n]*+)(?=</|\Z)")
_BLOCK = re.compile(rf"{_SUFFIX}[ \t]*+:[ \t]*+[|>][+-]?+[ \t]*+\n[ \t]++(?P<value>[^\n]++)")
_CHINESE = re.compile(
    r"(?P<suffix>)(?:[（(][^）)\n]{0,20}+[）)])?+[\"'”’」】]?+[ \t]*+"
    r"(?:->|=>|[:=：＝是为]|\\u003[aAdD]|%3[aAdD]){1,3}+[ \t]*+[\"'“‘「【]?+"
    r"(?P<value>[!#-&*+./0-9:;=?@A-Z\\^_a-z|~-]{4,}+)"
)
_NO_VALUES = frozenset({"is", "was", "are", "", "$"})
_LONGEST_NO_VALUE = max(map(len, _NO_VALUES))
_BEHIND_OPTION = frozenset(" \t\n\"'\\,")
_HEAD_CHARS = 200
"""How much of a value decides what it is, and of the text behind a name: only what is masked is read to its end."""

_BEHIND_COMMA = re.compile(r",([A-Za-z0-9!#$%*?~_-]{1,64}+)(?![^\s)])")
"""The rest of a password with a comma; another field would have a sign."""
_LONG_VALUE = re.compile(r"[:= \t\"'\\]{0,8}+[A-Za-z0-9+/=_-]{16}")
_CALL = re.compile(r"\((?:\)|[rbuf]{0,2}+[\"'])", re.IGNORECASE)
_AFTER_TEXT = re.compile(r"[ \t]*+(?:[)\]},;+%.]|$)", re.MULTILINE)
"""What stands behind a text in a line of code."""


def _spaced(text: str, end: int, head: int) -> re.Match[str] | None:
    """A name and, after blanks or in the next column, what looks random: any other word goes on with a sentence."""
    found = _SPACED.match(text, end, head)
    if found is None:
        return None
    value = found["value"]
    is_path = "/" in value and is_of_words(value)
    return found if is_mixed(value) and not is_path else None


def _argument(scan: Scan, start: int, end: int, head: int) -> re.Match[str] | None:
    """A name and what looks random as the two arguments of a call: ``setdefault("API_KEY", "…")``."""
    found = _ARGUMENT.match(scan.text, end, head)
    if found is None or not is_mixed(found["value"]):
        return None
    begin = start - len(word_before(scan, start, NAME_CHARS + ".-"))
    return found if scan.text[max(0, begin - 2) : begin] in ("('", '("') else None


def _otherwise(scan: Scan, start: int, end: int, behind: int) -> re.Match[str] | None:
    """A name and its value in another form: an option and its word, a pair of name and value, an element, a block.

    ``behind`` is where the name's suffix ends: the character there decides which form it can be.
    """
    text, head = scan.text, end + _HEAD_CHARS
    char = text[behind : behind + 1]
    if char in _BEHIND_OPTION:
        has_dash = text.find("-", max(0, start - WORD_CHARS), start) >= 0
        is_option = has_dash and word_before(scan, start, NAME_CHARS + "-").startswith("-")
        found = _OPTION.match(text, end, head) if is_option else None
        if found or char in " \t":
            return found or _spaced(text, end, head)
        found = _PAIRED.match(text, end, head)
        if found or char not in "\"'":
            return found
        return _ELEMENT.match(text, end, head) or _argument(scan, start, end, head)
    if char in ("<", ">"):
        return (_ELEMENT if char == ">" else _PROPERTY).match(text, end, head)
    return _BLOCK.match(text, end, head) if char == ":" else None


def _unquoted(text: str, start: int, end: int) -> Span:
    """A value without its quotes, escaped ones too; the end may be cut off."""
    if entity := _OPENING_ENTITY.match(text, start):
        return entity.end(), end
    while text[start] == "\\":
        start += 1
    return start + 1, end - (text[end - 1] == text[start])


def _value_of(found: re.Match[str]) -> Span:
    first, last = found.span("value")
    return _unquoted(found.string, first, last) if found.string[first] in "\"'\\&" else (first, last)


def _under(
    is_harmless: Harmless, *, back: int = 0, is_address: bool = False, looks_secret: LooksSecret | None = None
) -> Handler:
    """The handler of a name; ``back`` characters of the word that was found are no part of the name. Where an address
    is the secret, as a webhook's is, the name may end in ``url``. ``looks_secret`` judges a value that a sentence or a
    call gives to the name; without it none is looked for."""

    def handle(scan: Scan, start: int, end: int) -> int | None:
        end -= back
        text, head = scan.text, end + _HEAD_CHARS
        if (found := _NAMED.match(text, end, head)) is None:
            behind = _behind(text, end)
            if behind - end > _SUFFIX_CHARS:
                return _inside_long_word(end, behind)
            found = _otherwise(scan, start, end, behind)
            if found is None:
                return _said(scan, start, end, looks_secret)
        begin, stop = _value_of(found)
        value, suffix = text[begin:stop], found["suffix"]
        if (at := _goes_on_at(found, end, value, stop)) is not None:
            return _said(scan, start, at, looks_secret)
        if not value or is_nothing(value) or (suffix and not is_address and is_about_secrets(suffix)):
            return None
        if is_harmless(scan, start, suffix, value) or _is_closing(text, start, found):
            return None
        if found.end("value") == head:
            if (found := found.re.match(text, end)) is None:
                return None
            begin, stop = _value_of(found)
        more = _BEHIND_COMMA.match(text, stop) if looks_secret is is_password_like else None
        return scan.mask(begin, more.end() if more and is_mixed(more[1]) else stop)

    return handle


def _behind(text: str, end: int) -> int:
    """Where the word ends that a name stands in."""
    word = _LONG_WORD.match(text, end)
    return word.end() if word else end


def _goes_on_at(found: re.Match[str], end: int, value: str, stop: int) -> int | None:
    """Where a sentence or a call begins that holds the value, when what stands behind the sign is none: a verb, a
    function that is called with nothing or with texts (``password = getpass()``), an opening of three quotes."""
    if len(value) <= _LONGEST_NO_VALUE and value.lower() in _NO_VALUES and found.re is _NAMED:
        return end
    return stop if found.string[stop : stop + 1] == "(" and _CALL.match(found.string, stop) else None


def _where_long(handler: Handler) -> Handler:
    """A handler that is asked only where a long word follows: such a name stands in front of every other value."""

    def handle(scan: Scan, start: int, end: int) -> int | None:
        return handler(scan, start, end) if _LONG_VALUE.match(scan.text, end) else None

    return handle


def _said(scan: Scan, start: int, end: int, looks_secret: LooksSecret | None) -> int | None:
    text, head = scan.text, end + _HEAD_CHARS
    if looks_secret is None:
        return None
    span = of_login(text, start, end) if looks_secret is is_password_like and text[end : end + 1] in " \t" else None
    if span is None and may_be_said(text, end, head):
        span = said(scan, start, end, head, looks_secret)
    return scan.mask(*span) if span else None


def _is_closing(text: str, start: int, found: re.Match[str]) -> bool:
    """Whether the quote behind the sign ends the text that the name stands in: ``getpass("Password: ")``."""
    first = found.start("value")
    quote = text[first]
    if (
        found.re is not _NAMED
        or quote not in "\"'"
        or text[found.end("suffix")] in "\"'\\"
        or not _AFTER_TEXT.match(text, first + 1)
    ):
        return False
    line = text.rfind("\n", max(0, start - _HEAD_CHARS), start) + 1 or max(0, start - _HEAD_CHARS)
    return text.count(quote, line, start) % 2 == 1


def _inside_long_word(end: int, behind: int) -> int | None:
    """Of a word longer than a name, the place up to which none of its parts is a name; negative, as handlers answer."""
    return -(behind - 2 * _SUFFIX_CHARS) if behind - end > 2 * _SUFFIX_CHARS else None


def _under_chinese(is_harmless: Harmless, looks_secret: LooksSecret) -> Handler:
    def handle(scan: Scan, start: int, end: int) -> int | None:
        found = _CHINESE.match(scan.text, end)
        if found is None:
            span = in_chinese(scan.text, end, end + _HEAD_CHARS, looks_secret)
            return scan.mask(*span) if span else None
        if is_nothing(value := found["value"]) or is_harmless(scan, start, "", value):
            return None
        goes_on = scan.text[found.end() : found.end() + 1].isalpha()  # with a Chinese word
        return None if goes_on and is_term(value) else scan.mask(*found.span("value"))

    return handle


_KINDS_OF_KEYS = (
    "access", "account", "api", "auth", "encryption", "license", "master", "private", "shared", "signing", "storage",
)  # fmt: skip
_OF_RANDOM = ("key", "session", "sid", "csrf", "pat", "cred", "creds", "jwt")
_SHORT_NAMES: dict[str, Harmless] = {
    **dict.fromkeys(("ak", "sk", "auth"), no_short_name),
    **dict.fromkeys(("session", "sid", "csrf", "pat", "cred", "creds", "jwt"), no_random),
    "pass": no_pass,
    "pw": no_short_password,
    "key": no_bare_key,
}
"""Names that end many words: a sign must follow at once, and the value must look like what the name says."""


def names() -> Iterator[tuple[str, Handler | None]]:
    """The words that names of secrets hold, in small letters, and their handlers; ``None`` for what is no such name."""
    for word in ("password", "passwd", "passphrase", "passcode", "pswd", "secretstr"):
        yield word, _under(no_password, looks_secret=is_password_like)
    for word in ("secret", "credential", "tokensecret"):
        yield word, _under(no_secret, looks_secret=is_random_word)
    yield "pwd", _under(working_directory)
    yield "webhook", _under(no_address, is_address=True)
    yield "token", _under(no_token, looks_secret=is_random_word)
    yield "signature", _under(no_signature)
    keys = (f"{kind}{gap}key" for kind in _KINDS_OF_KEYS for gap in ("", "_", "-", ".", " "))
    for name in (*keys, "access_id", "accessid", "access-id", "access.id"):
        yield name, _under(no_key, looks_secret=is_random_word)
    yield from ((option, _under(no_key, back=1)) for option in ("--key ", "-pass "))
    yield "sshpass=", _under(no_password, back=1)  # the tool's name would hide it
    for name, is_harmless in _SHORT_NAMES.items():
        for behind in ("=", ":", '"', "'", " =", " :"):
            handler = _under(is_harmless, back=len(behind))
            yield name + behind, _where_long(handler) if name in _OF_RANDOM else handler
    for word in ("sessionid", "session_id", "session-id", "session.id", "sessid"):
        yield word, _under(no_session)
    for word in ("密码", "密碼", "口令", "授权码"):
        yield word, _under_chinese(no_password, is_password_like)
    for word in ("密钥", "秘钥", "私钥", "金鑰", "私鑰", "令牌", "凭证"):
        yield word, _under_chinese(no_key, is_random_word)
    for word in (
        "private key-----",
        "private key block-----",
        "tokens",
        "tokeniz",
        "tokenis",
        "tokened",
        "tokening",
        "secretar",
    ):
        yield word, None
