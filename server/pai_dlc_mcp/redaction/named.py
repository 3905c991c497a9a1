"""What stands under a name that says secret: ``DB_PASSWORD=…``, ``"accessKeySecret": "…"``, ``--token …``, ``密码：…``.

The value is masked and the name stays. What only looks like a secret stays, too: numbers and special tokens of a
language model, paths of files that hold secrets, references to variables.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator
from functools import lru_cache

from .scan import Handler, Scan, Span


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_VALUE = (
    r"(?:[rRbBuUfF]{1,2}+(?=[\"']))?+"
    r"(?P<value>\"[^\"\\\n]*+(?:\\.[^\"\\\n]*+)*+\"?+|'[^'\\\n]*+(?:\\.[^'\\\n]*+)*+'?+"  # the end may be cut off
    r"|\\{1,4}+[\"'][^\"'\\\n]*+"  # quoted inside quoted text
    r"|[^\s\"'`,;&|<>(){}\[\]\\]++)"
)
_QUOTE = r"(?:\\{0,4}+[\"']|%22)"
_TYPE = r"(?:str(?:[ \t]?+\|[ \t]?+None)?+|bytes|SecretStr|Optional\[(?:str|SecretStr)\]|Any|string)"
_SEPARATOR = (
    rf"(?:=>|:=|:[ \t]{{0,4}}+{_TYPE}[ \t]{{0,4}}+=(?=[ \t]{{0,4}}+[\"'])|={{2,3}}+(?=[ \t]{{0,4}}+[\"'])"
    r"|=(?!=++\s)|[:：＝]|%3[aAdD]|\\u003[aAdD])"
)
_CLOSED = r"(?:\](?=[ \t]{0,4}+={1,3}+[ \t]{0,4}+[rRbBuUfF]{0,2}+[\"']))?+"
"""What stands between a name and its value: also with a type, compared, or as an item of a mapping."""
_NO_LABEL = r"(?![\"'][ \t]++:[ \t]++[A-Za-z]++[ \t]++[A-Za-z\"])"
"""After the name of something in quotes a colon begins a message about it: ``volume "a-token" : failed to …``."""
_SUFFIX_CHARS = 48
_SUFFIX = rf"(?P<suffix>[A-Za-z0-9_.-]{{0,{_SUFFIX_CHARS}}}+)"
_LONG_WORD = re.compile(r"[A-Za-z0-9_.-]++")
_NAMED = re.compile(rf"{_SUFFIX}{_NO_LABEL}{_QUOTE}?+{_CLOSED}[ \t]{{0,4}}+{_SEPARATOR}[ \t]{{0,4}}+{_VALUE}")
_PAIRED = re.compile(
    rf"{_SUFFIX}(?:{_QUOTE}[ \t]*+,\s*+|{_QUOTE}?+[ \t]*+\n[ \t]*+){_QUOTE}?+[vV]alue{_QUOTE}?+[ \t]*+:[ \t]*+{_VALUE}"
)
_PROPERTY = re.compile(rf"{_SUFFIX}</[nN]ame>\s*+<[vV]alue>(?P<value>[^<>\s][^<>\n]*+)")
_ARGUMENT = re.compile(rf"{_SUFFIX}[\"'][ \t]*+,[ \t]*+(?P<value>\"[^\s\"',]{{8,}}+\"|'[^\s\"',]{{8,}}+')(?=[ \t]*+\))")
_OPTION = re.compile(rf"{_SUFFIX}(?:[ \t]{{1,4}}+|{_QUOTE}[ \t]*+,\s*+(?=\\{{0,4}}+[\"']))(?!-){_VALUE}")
_SPACED = re.compile(rf"{_SUFFIX}[ \t|]{{1,8}}+(?P<value>[A-Za-z0-9+/=_]{{16,}}+)(?![^\s|\"'])")
_ELEMENT = re.compile(rf"{_SUFFIX}>[ \t]*+(?P<value>[^<>\s][^<>\n]*+)(?=</|\Z)")
_BLOCK = re.compile(rf"{_SUFFIX}[ \t]*+:[ \t]*+[|>][+-]?+[ \t]*+\n[ \t]++(?P<value>[^\n]++)")
_CHINESE = re.compile(
    r"(?P<suffix>)(?:[（(][^）)\n]{0,20}+[）)])?+[\"'”’」】]?+[ \t]*+(?:->|=>|[:=：＝是为]){1,3}+[ \t]*+[\"'“‘「【]?+"
    r"(?P<value>[!#-&*+./0-9:;=?@A-Z\\^_a-z|~-]{4,}+)"
)

_ABOUT_SECRETS = re.compile(
    r"(?:file|path|dir|name|count|len|length|size|num|types?|ttl|expir\w*|policy|version|enabled|required|mode|format"
    r"|header|column|regex|min|max|limit|budget|age|rotation|url|uri|endpoint|host|arn|stdin|type_ids?|dim|acc|accuracy"
    r"|loss|rate|ratio|index|idx|pos|position|mask|(?:s_)?per_\w+|ids|emb|embd|embed|embeddings?|weight|bias|shape|logits"
    r"|probs?|scores?|level|dispatcher|usage|throughput)"
)
_PARTS = re.compile(r"[_.-]|(?<=[a-z])(?=[A-Z])")
_NOTHING_WORDS = _words(
    "none null nil undefined true false yes no required optional redacted hidden masked %s ... … str string bytes"
    " any not missing invalid expired empty unset disabled enabled"
)
_NOTHING = re.compile(r"\*{3,}+|[xX]{3,}+|\$(?:[A-Z_][A-Z0-9_]*+|\{[A-Za-z0-9_. ]*+\}?)?|\{\{[^}]*+\}?\}?")
_PLAIN_WORDS = _words("nan inf on off auto default")
_LONGEST_NOTHING, _LONGEST_PLAIN = max(map(len, _NOTHING_WORDS)), max(map(len, _PLAIN_WORDS))
_PLAIN = re.compile(r"[+-]?[0-9][0-9.,:%/ex_+-]{0,23}+(?:[kmgt]i?b?|b)?(?:/s)?|0x[0-9a-f]{1,16}+", re.IGNORECASE)
_SPECIAL_TOKENS = _words(
    "pad eos bos unk sep cls mask stop begin start end special next prev page first last num max min"
)
_BEFORE_PASS = _words(
    "db user root admin sql mysql redis smtp mail ftp pg postgres mongo http proxy git login my app registry"
)
_NAME_CHARS, _WORD_CHARS = string.ascii_letters + string.digits + "_", 40
"""What a name is made of, and how much of the word before it is looked at."""
_BEHIND_OPTION = frozenset(" \t\n\"'\\")
_LOOKED_AT_CHARS, _HEAD_CHARS = 80, 200
"""How much of a value decides what it is, and of the text behind a name: only what is masked is read to its end."""

Harmless = Callable[[Scan, int, str, str], bool]
"""Whether a value is none of the secrets that its name could mean: the scan, the name's start, its suffix, value."""


def _word_before(scan: Scan, start: int, chars: str = _NAME_CHARS) -> str:
    """The word that ends at ``start``, up to forty characters of it."""
    left = scan.text[max(0, start - _WORD_CHARS) : start]
    return left[len(left.rstrip(chars)) :]


def is_nothing(value: str) -> bool:
    """What stands under a secret's name and is none: nothing, a switch, a reference to a variable, a placeholder."""
    if value[0] in "*xX${":
        return len(value) <= _LOOKED_AT_CHARS and bool(_NOTHING.fullmatch(value))
    return len(value) <= _LONGEST_NOTHING and value.lower() in _NOTHING_WORDS


def _is_plain(value: str) -> bool:
    """A number, in whatever notation, or a switch: ``eos_token_id: 2`` is no secret."""
    if value[0] in "+-0123456789":
        return bool(_PLAIN.fullmatch(value))
    return len(value) <= _LONGEST_PLAIN and value.lower() in _PLAIN_WORDS


def _no_password(scan: Scan, start: int, suffix: str, value: str) -> bool:
    return False


def _working_directory(scan: Scan, start: int, suffix: str, value: str) -> bool:
    return value.startswith(("/", "~")) and scan.text[max(0, start - 1) : start] != "_"


def _no_token(scan: Scan, start: int, suffix: str, value: str) -> bool:
    if len(value) < 4 or value[0] in "<[" or _is_plain(value):
        return True
    left = _word_before(scan, start).rstrip("_").lower()
    return left[len(left.rstrip(string.ascii_lowercase)) :] in _SPECIAL_TOKENS


def _no_key(scan: Scan, start: int, suffix: str, value: str) -> bool:
    return _is_plain(value)


def _no_signature(scan: Scan, start: int, suffix: str, value: str) -> bool:
    """In an address any signature is one; elsewhere a model has a signature too, which is a word."""
    if scan.text[max(0, start - 1) : start] in ("&", "?", "-") or scan.text[max(0, start - 3) : start] == "%26":
        return False
    return len(value) < 16 or not any(char.isdigit() or char in "+/=" for char in value)


def _no_short_name(scan: Scan, start: int, suffix: str, value: str) -> bool:
    """``ak``, ``sk`` and ``auth`` end many words: the name must be whole and its value no word."""
    return suffix != "" or scan.is_inside_word(start) or len(value) < 8 or value.isalpha() or _is_plain(value)


def _is_result(value: str) -> bool:
    """Whether a value names a test that has passed."""
    return value[:4].lower() == "test" or not any(char.isdigit() for char in value)


def _no_pass(scan: Scan, start: int, suffix: str, value: str) -> bool:
    """``DB_PASS=…``, but neither ``forward_pass: ok`` nor ``PASS: test_one``."""
    left = _word_before(scan, start)
    is_name = left.isupper() or left.rstrip("_").rpartition("_")[2].lower() in _BEFORE_PASS or left == ""
    is_upper = scan.text[start : start + 4] == "PASS"
    is_result = left == "" and scan.text.startswith("PASS: ", start) and _is_result(value)
    if suffix or not is_name or is_result or _is_plain(value):
        return True
    return len(value) < 4 or (left == "" and not is_upper and (value.isalpha() or len(value) < 6))


def _spaced(text: str, end: int, head: int) -> re.Match[str] | None:
    """A name and, after blanks or in the next column, what looks random: any other word goes on with a sentence."""
    found = _SPACED.match(text, end, head)
    if found is None:
        return None
    value = found["value"]
    return found if _is_mixed(value) else None


def _argument(scan: Scan, start: int, end: int, head: int) -> re.Match[str] | None:
    """A name and what looks random as the two arguments of a call: ``setdefault("API_KEY", "…")``."""
    found = _ARGUMENT.match(scan.text, end, head)
    if found is None or not _is_mixed(found["value"]):
        return None
    begin = start - len(_word_before(scan, start, _NAME_CHARS + ".-"))
    return found if scan.text[max(0, begin - 2) : begin] in ("('", '("') else None


def _is_mixed(value: str) -> bool:
    return any(char.isdigit() for char in value) and any(char.isalpha() for char in value)


def _otherwise(scan: Scan, start: int, end: int, behind: int) -> re.Match[str] | None:
    """A name and its value in another form: an option and its word, a pair of name and value, an element, a block.

    ``behind`` is where the name's suffix ends: the character there decides which form it can be.
    """
    text, head = scan.text, end + _HEAD_CHARS
    char = text[behind : behind + 1]
    if char in _BEHIND_OPTION:
        has_dash = text.find("-", max(0, start - _WORD_CHARS), start) >= 0
        is_option = has_dash and _word_before(scan, start, _NAME_CHARS + "-").startswith("-")
        found = _OPTION.match(text, end, head) if is_option else None
        if found or char in " \t":
            return found or _spaced(text, end, head)
        return _PAIRED.match(text, end, head) or (_argument(scan, start, end, head) if char in "\"'" else None)
    if char in ("<", ">"):
        return (_ELEMENT if char == ">" else _PROPERTY).match(text, end, head)
    return _BLOCK.match(text, end, head) if char == ":" else None


@lru_cache(maxsize=1024)
def _is_about_secrets(suffix: str) -> bool:
    """Whether the name goes on to something about a secret that is none itself: its file, its size, its limit."""
    parts = suffix.strip("_.-").lower()
    return bool(_ABOUT_SECRETS.fullmatch(_PARTS.split(suffix)[-1].lower()) or _ABOUT_SECRETS.fullmatch(parts))


def _unquoted(text: str, start: int, end: int) -> Span:
    """A value without its quotes, escaped ones too; the end may be cut off."""
    while text[start] == "\\":
        start += 1
    return start + 1, end - (text[end - 1] == text[start])


def _value_of(found: re.Match[str]) -> Span:
    first, last = found.span("value")
    return _unquoted(found.string, first, last) if found.string[first] in "\"'\\" else (first, last)


def _no_address(scan: Scan, start: int, suffix: str, value: str) -> bool:
    return "://" not in value


def _under(is_harmless: Harmless, *, back: int = 0, is_address: bool = False) -> Handler:
    """The handler of a name; ``back`` characters of the word that was found are no part of the name. Where an address
    is the secret, as a webhook's is, the name may end in ``url``."""

    def handle(scan: Scan, start: int, end: int) -> int | None:
        end -= back
        text, head = scan.text, end + _HEAD_CHARS
        found = _NAMED.match(text, end, head)
        if found is None:
            word = _LONG_WORD.match(text, end)
            behind = word.end() if word else end
            if behind - end > _SUFFIX_CHARS:
                return _inside_long_word(end, behind)
            if (found := _otherwise(scan, start, end, behind)) is None:
                return None
        begin, stop = _value_of(found)
        value, suffix = text[begin:stop], found["suffix"]
        if not value or is_nothing(value) or (suffix and not is_address and _is_about_secrets(suffix)):
            return None
        if is_harmless(scan, start, suffix, value):
            return None
        if found.end("value") == head:
            if (found := found.re.match(text, end)) is None:
                return None
            begin, stop = _value_of(found)
        scan.spans.append((begin, stop))
        return stop

    return handle


def _inside_long_word(end: int, behind: int) -> int | None:
    """Of a word longer than a name, the place up to which none of its parts is a name; negative, as handlers answer."""
    return -(behind - 2 * _SUFFIX_CHARS) if behind - end > 2 * _SUFFIX_CHARS else None


def _under_chinese(is_harmless: Harmless) -> Handler:
    def handle(scan: Scan, start: int, end: int) -> int | None:
        found = _CHINESE.match(scan.text, end)
        if found is None or is_nothing(value := found["value"]) or is_harmless(scan, start, "", value):
            return None
        return scan.mask(*found.span("value"))

    return handle


def names() -> Iterator[tuple[str, Handler | None]]:
    """The words that names of secrets hold, in small letters, and their handlers; ``None`` for what is no such name."""
    for word in ("password", "passwd", "passphrase", "passcode", "secret", "credential", "tokensecret"):
        yield word, _under(_no_password)
    yield "pwd", _under(_working_directory)
    yield "webhook", _under(_no_address, is_address=True)
    yield "token", _under(_no_token)
    yield "signature", _under(_no_signature)
    kinds = sorted(_words("private access api account signing encryption master license shared storage auth"))
    for name in (*(f"{kind}{gap}key" for kind in kinds for gap in ("", "_", "-", ".", " ")), "access_id", "accessid",
                 "access-id", "access.id"):  # fmt: skip
        yield name, _under(_no_key)
    yield from ((option, _under(_no_key, back=1)) for option in ("--key ", "-pass "))
    yield "sshpass=", _under(_no_password, back=1)  # the tool's name would hide it
    for name in ("ak", "sk", "auth"):
        for behind in ("=", ":", '"', "'", " =", " :"):
            yield name + behind, _under(_no_short_name, back=len(behind))
    for behind in ("=", ":", '"', "'", " =", " :"):
        yield "pass" + behind, _under(_no_pass, back=len(behind))
    for word in ("密码", "口令", "授权码"):
        yield word, _under_chinese(_no_password)
    for word in ("密钥", "秘钥", "私钥", "令牌", "凭证"):
        yield word, _under_chinese(_no_key)
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
