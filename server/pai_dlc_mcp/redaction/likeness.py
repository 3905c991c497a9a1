"""What a value looks like by itself: drawn at random, like a password, or like the name of a thing.

Everything here looks at one short value, never at a text. Where nothing but prose stands between a name and a value
("the password is …"), the value alone decides: "incorrect" and "base64-encoded" are words, "hunter22" is none.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

_APART = re.compile(r"[^A-Za-z0-9]++")
_SHORTEST_PART, _WORD_CHARS = 8, 16
"""The shortest part that is judged, and letters without a break that are more than the words of a name have."""
_OFTEN, _MORE_OFTEN, _BETWEEN_DIGITS = 0.25, 0.45, 3
"""Of the neighbours in a random text, three in five are of two kinds (small, capital, digit); of those in hexadecimal
nearly half; of those in words with versions (``Qwen2VLForCausalLM``) one in four, and few of them at digits."""
_PASSWORD_CHARS = range(6, 65)
_MARKS = frozenset("!#$%^&*?~")
_NO_PASSWORD = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}.*"  # a date
    r"|[0-9][0-9.,]*+(?:-[a-z-]++|[a-zµ]{1,5}+|(?:bytes?|char(?:acter)?s|days?|hours?|minutes?|seconds?|times|tokens))"
    r"|[0-9]++[-~][0-9]++|0x[0-9a-f]++"
    r"|(?:base|sha|md|utf|aes|rsa|hs|rs|es|hmac|pbkdf|oauth|s?crypt|argon|x|ipv|v|py|python|https?|level|latin|iso"
    r"|ed|crc|u?int|float|char|varchar|str|user|root|node|rank|step|line|type|test|step|version|errno|error)"
    r"[-_]?[0-9]++[a-z]?(?:[-_.:][a-z0-9]++)*+"
    r"|[\w-]++(?:\.[\w-]++)++(?::[0-9]++)?"  # a host, a file, a path of names
    r"|.*![rsa]"  # of a format string
    r"|[./~$%<{\[(\\-].*|.*&[a-z#][a-z0-9]{1,5};.*|.*(?:://|[(\[{<=]).*[^=]",
    re.IGNORECASE,
)
_DIGESTS = frozenset({"md5", "sha1", "sha256", "sha512"})
_CODE = re.compile(r"[A-Z]{2,}+[-_]?[0-9]++")
_OBJECT_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,61}+(?<=[a-z0-9]))?")


def _kind(char: str) -> int:
    return 0 if char.isdigit() else 1 if char.islower() else 2


@lru_cache(maxsize=1024)
def _is_random_part(part: str) -> bool:
    kinds = list(map(_kind, part))
    pairs = list(pairwise(kinds))
    changes = sum(one != other for one, other in pairs)
    at_digits = sum(one != other and 0 in (one, other) for one, other in pairs)
    if at_digits == 0:
        return False
    return (at_digits >= _BETWEEN_DIGITS and changes >= _OFTEN * len(part)) or changes >= _MORE_OFTEN * len(part)


def has_random_part(value: str) -> bool:
    """Whether eight characters or more between two marks of a value look drawn at random."""
    return any(len(part) >= _SHORTEST_PART and _is_random_part(part) for part in _APART.split(value))


def is_random(value: str, shortest: int) -> bool:
    """Whether a value of ``shortest`` characters or more looks drawn at random from its beginning to its end: a
    digest, a key, an id in groups; neither a path nor the name of a thing."""
    if len(value) < shortest or not value.isascii():
        return False
    parts = [part for part in _APART.split(value) if part]
    joined = "".join(parts)
    if parts and parts[0].lower() in _DIGESTS:
        return False
    return len(joined) >= shortest - len(parts) and _is_random_part(joined) and _least(parts)


def _least(parts: list[str]) -> bool:
    """Whether most of a value is in parts that are no words: words have no digits, or only behind them."""
    drawn = sum(len(part) for part in parts if not part.rstrip("0123456789").isalpha() and not part.isdigit())
    return 4 * drawn >= 3 * sum(map(len, parts)) or (len(parts) > 3 and 2 * drawn >= sum(map(len, parts)))


def is_of_words(value: str) -> bool:
    """Whether a value is made of words and versions, as a name is: no part of it is random, none longer than words."""
    return not has_random_part(value) and not any(len(part) >= _WORD_CHARS for part in _APART.split(value))


def is_password_like(value: str) -> bool:
    """Whether a word behind "the password is" is no word of a sentence: it has letters and digits, or a mark inside,
    and is neither a measure, a date, a host, a path, an algorithm (sha256) nor a line of code."""
    if len(value) not in _PASSWORD_CHARS or not value.isascii() or not any(map(str.isalpha, value)):
        return False
    has_mark = any(char in _MARKS for char in value[1:-1])
    return (has_mark or any(map(str.isdigit, value))) and not _NO_PASSWORD.fullmatch(value)


def is_term(value: str) -> bool:
    """Whether a value is a measure, a date, an algorithm or the like: ``8-16``, ``base64``."""
    return bool(_NO_PASSWORD.fullmatch(value))


def is_error_code(value: str) -> bool:
    """``ORA-01017``, ``HTTP401``."""
    return bool(_CODE.fullmatch(value))


def is_object_name(value: str) -> bool:
    """Whether a value can be the name of an object of Kubernetes, and was not drawn at random: ``regcred``."""
    return bool(_OBJECT_NAME.fullmatch(value)) and not has_random_part(value)
