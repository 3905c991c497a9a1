"""What a value looks like by itself: drawn at random, like a password, or like the name of a thing.

Everything here looks at one short value, never at a text. Where nothing but prose stands between a name and a value
("the password is …"), the value alone decides: "incorrect" and "base64-encoded" are words, "hunter22" is none.
"""

from __future__ import annotations

import re
import string

_DIGIT = re.compile("[0-9]")
_MARKS = bytes(set(range(128)) - set((string.ascii_letters + string.digits).encode()))
_KINDS = bytes.maketrans(
    (string.digits + string.ascii_lowercase + string.ascii_uppercase).encode(), b"0" * 10 + b"a" * 26 + b"A" * 26
)
_NAME = re.compile("[A-Za-z]*+[0-9]*+")
_APART = re.compile(r"[^A-Za-z0-9]++")
_SHORTEST_PART, _WORD_CHARS, _SHORTEST_PASSWORD, _LONGEST_PASSWORD = 8, 16, 6, 64
"""The shortest part that is judged, and letters without a break that are more than the words of a name have."""
_OFTEN, _MORE_OFTEN, _BETWEEN_DIGITS = 0.25, 0.45, 3
"""Of the neighbours in a random text, three in five are of two kinds (small, capital, digit); of those in hexadecimal
nearly half; of those in words with versions (``Qwen2VLForCausalLM``) one in four, and few of them at digits."""
_LETTER, _DIGIT_OR_MARK = re.compile("[A-Za-z]"), re.compile("[0-9]|(?<=.)[!#$%^&*?~](?=.)")
_NO_PASSWORD = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}.*"  # a date
    r"|[0-9][0-9.,]*+(?:-[a-z-]++|[a-zµ]{1,5}+|(?:bytes?|char(?:acter)?s|days?|hours?|minutes?|seconds?|times|tokens))"
    r"|[0-9]++[-~][0-9]++|0x[0-9a-f]++"
    r"|(?:base|sha|md|utf|aes|rsa|hs|rs|es|hmac|pbkdf|oauth|s?crypt|argon|x|ipv|v|py|python|https?|level|latin|iso"
    r"|ed|crc|u?int|float|char|varchar|str|user|root|node|rank|step|line|type|test|version|errno|error)"
    r"[-_]?[0-9]++[a-z]?(?:[-_.:][a-z0-9]++)*+"
    r"|[\w-]++(?:\.[\w-]++)++(?::[0-9]++)?"  # a host, a file, a path of names
    r"|.*![rsa]"  # of a format string
    r"|[./~$%<{\[(\\-].*|.*&[a-z#][a-z0-9]{1,5};.*|.*(?:://|[(\[{<=]).*[^=]",
    re.IGNORECASE,
)
_DIGESTS = frozenset({"md5", "sha1", "sha256", "sha512"})
_CODE = re.compile(r"[A-Z]{2,}+[-_]?[0-9]++")
_OBJECT_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,62}+(?<=[a-z0-9]))?")


def _is_random_part(part: str) -> bool:
    """Whether letters and digits of ASCII, the marks between them left out, look drawn at random."""
    kinds = part.encode().translate(_KINDS, _MARKS)
    count, chars = kinds.count, len(kinds)
    at_digits = count(b"0a") + count(b"a0") + count(b"0A") + count(b"A0")
    if at_digits == 0:
        return False
    changes = at_digits + count(b"aA") + count(b"Aa")
    return (at_digits >= _BETWEEN_DIGITS and changes >= _OFTEN * chars) or changes >= _MORE_OFTEN * chars


def has_random_part(value: str) -> bool:
    """Whether eight characters or more between two marks of a value look drawn at random."""
    return bool(_DIGIT.search(value)) and any(
        len(part) >= _SHORTEST_PART and _is_random_part(part) for part in _APART.split(value)
    )


def is_random(value: str, shortest: int) -> bool:
    """Whether a value of ``shortest`` characters or more looks drawn at random from its beginning to its end: a
    digest, a key, an id in groups; neither a path nor the name of a thing."""
    if len(value) < shortest or not value.isascii() or not _DIGIT.search(value) or not _is_random_part(value):
        return False
    parts = [part for part in _APART.split(value) if part]
    return parts[0].lower() not in _DIGESTS and _least(parts)


def _least(parts: list[str]) -> bool:
    """Whether most of a value is in parts that are no words: words have no digits, or only behind them."""
    drawn = sum(len(part) for part in parts if not _NAME.fullmatch(part))
    return 4 * drawn >= 3 * sum(map(len, parts)) or (len(parts) > 3 and 2 * drawn >= sum(map(len, parts)))


def is_of_words(value: str) -> bool:
    """Whether a value is made of words and versions, as a name is: no part of it is random, none longer than words."""
    return not has_random_part(value) and not any(len(part) >= _WORD_CHARS for part in _APART.split(value))


def is_password_like(value: str) -> bool:
    """Whether a word behind "the password is" is no word of a sentence: it has letters and digits, or a mark inside,
    and is neither a measure, a date, a host, a path, an algorithm (sha256) nor a line of code."""
    if (
        not _SHORTEST_PASSWORD <= len(value) <= _LONGEST_PASSWORD
        or not _DIGIT_OR_MARK.search(value)
        or not value.isascii()
    ):
        return False
    return bool(_LETTER.search(value)) and not _NO_PASSWORD.fullmatch(value)


def is_term(value: str) -> bool:
    """Whether a value is a measure, a date, an algorithm or the like: ``8-16``, ``base64``."""
    return bool(_NO_PASSWORD.fullmatch(value))


def is_error_code(value: str) -> bool:
    """``ORA-01017``, ``HTTP401``."""
    return bool(_CODE.fullmatch(value))


def is_object_name(value: str) -> bool:
    """Whether a value can be the name of an object of Kubernetes, and was not drawn at random: ``regcred``."""
    return bool(_OBJECT_NAME.fullmatch(value)) and not has_random_part(value)
