"""Other people's words and secrets on their way out (R64, R65, R67): one pass over text, one over data.

``clean_text`` and ``clean`` make text harmless, then mask known values, then mask what looks like a secret. Known
values are found in the forms in which they leak: as they are, in JSON, in a URL, in Base64.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

from .sanitize import harmless
from .secrets import MASK, SECRET_NAME, hide_env_values, mask_shapes, secret_values

__all__ = [
    "MASK", "clean", "clean_lines", "clean_text", "hide_env_values", "secret_values",
]  # fmt: skip

SHORTEST, ENCODED = 4, 8
"""Values under four characters are not masked by value; those of eight and more in their encoded forms too."""

DEEPEST = 60

SHORT = 64
"""Characters up to which what was masked is remembered."""

LINES = frozenset({"Logs", "Events"})
"""Fields whose items are the lines of one text."""

_SECRET_FIELD = re.compile(
    r"pass(?:word|wd|phrase)|secret(?!s$)|(?:access|security|session|refresh|share|auth|api)[_-]?token|^token$"
    r"|access[_-]?key|private[_-]?key|api[_-]?key|credential$|^auth(?:orization)?$",
    re.IGNORECASE,
)


def clean_text(text: str, secrets: Collection[str] = ()) -> str:
    """The text without control, terminal and invisible characters, secrets masked."""
    text = text if text.isascii() and text.isprintable() else harmless(text)
    for form in _forms(frozenset(secrets)) if secrets else ():
        if form in text:
            text = text.replace(form, MASK)
    return _mask_short(text) if len(text) <= SHORT else mask_shapes(text)


@lru_cache(maxsize=4096)
def _mask_short(text: str) -> str:
    """Names of fields, states and ids come again and again."""
    return mask_shapes(text)


def clean_lines(lines: Iterable[str], secrets: Collection[str] = ()) -> list[str]:
    """Log lines, cleaned as one text so that a key over several lines is seen; a break inside a line makes two.

    Clean first and cut afterwards: half a secret is not known for one.
    """
    text = "\n".join(lines)
    return clean_text(text, secrets).split("\n") if text else []


def clean(value: Any, secrets: Collection[str] = (), keep: Collection[str] = (), depth: int = 0) -> Any:
    """Data cleaned to the leaf, names of fields included. ``keep`` names fields whose purpose is their secret (R65)."""
    if isinstance(value, str):
        return clean_text(value, secrets)
    if depth > DEEPEST:
        return MASK
    if isinstance(value, list | tuple):
        return [clean(item, secrets, keep, depth + 1) for item in value]
    if isinstance(value, Mapping):
        secret = _is_secret_pair(value)
        return {
            clean_text(str(name), secrets): _clean_field(str(name), item, secret, secrets, keep, depth)
            for name, item in value.items()
        }
    return value


def _clean_field(name: str, item: Any, pair: bool, secrets: Collection[str], keep: Collection[str], depth: int) -> Any:
    if name in keep and isinstance(item, str):
        return harmless(item)
    if isinstance(item, str) and item and ((pair and name == "Value") or _SECRET_FIELD.search(name)):
        return MASK
    if name in LINES and isinstance(item, list) and all(isinstance(line, str) for line in item):
        return clean_lines(item, secrets)
    return clean(item, secrets, keep, depth + 1)


def _is_secret_pair(value: Mapping[Any, Any]) -> bool:
    """Whether an object is a name that says secret and a Value."""
    name = value.get("Key") or value.get("Name")
    return "Value" in value and isinstance(name, str) and bool(SECRET_NAME.search(name))


@lru_cache(maxsize=16)
def _forms(secrets: frozenset[str]) -> tuple[str, ...]:
    """The forms in which values leak, longest first so that no value hides inside another."""
    found = {form for value in secrets for form in _forms_of(value)}
    return tuple(sorted((form for form in found if len(form) >= SHORTEST), key=lambda f: (-len(f), f)))


def _forms_of(value: str) -> Iterable[str]:
    value = harmless(value).strip()
    if len(value) < SHORTEST:
        return
    yield value
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield from (line for line in value.split("\n") if len(line) >= ENCODED)
    if len(value) >= ENCODED:
        yield quote(value, safe="")
        yield quote(value)
        yield quote_plus(value)
        yield from _base64_forms(value.encode())


def _base64_forms(value: bytes) -> Iterable[str]:
    """The part of a value's Base64 that is the same wherever the value stands in what was encoded."""
    for offset in range(3):
        padded = b"\0" * offset + value
        whole = len(padded) // 3 * 3
        first = 4 if offset else 0
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(padded[:whole]).decode()[first:]
            if len(text) >= ENCODED:
                yield text
