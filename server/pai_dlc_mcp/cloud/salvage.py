"""Reading JSON answers: as data that can be written again, and the whole part of one that breaks off."""

from __future__ import annotations

import json
import math
import re
from typing import Any

# Possessive groups: a string without an end is one token, not a search for one.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+(")?|[{}\[\],:]|[^\s"{}\[\],:]++', re.DOTALL)
_LONE_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_CLOSES = {"{": "}", "[": "]"}


def parse(text: str) -> Any:
    """A JSON text as data that can be written again: no NaN, no infinity, no half of a surrogate pair.

    Raises:
        ValueError: not JSON, or nested beyond reason.
    """
    try:
        data = json.loads(text, parse_constant=lambda _: None, parse_float=_finite)
        return _mended(data) if _LONE_SURROGATE.search(text) else data
    except RecursionError:
        raise ValueError("nested too deep") from None


def salvage(text: str) -> dict[str, Any]:
    """The whole part of an object that breaks off; ``{}`` where nothing is whole.

    Whole are the fields before the break, and of a list that was open the items before it. An item that broke off is
    left out altogether, so that no row of a table is half a row.
    """
    cut, closers = _last_whole(text)
    try:
        data = parse(text[:cut] + closers)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _last_whole(text: str) -> tuple[int, str]:
    """Where the last whole value ended, and what closes the objects and the list that were open there."""
    walk = _Walk()
    for found in _TOKEN.finditer(text):
        walk.step(found[0], found.end(), closed=found[1] is not None)
    return walk.cut, "]" * walk.in_list + "}" * walk.objects


class _Walk:
    """Remembers the last place where the text could be closed: ``cut``, with so many open objects, and in a list."""

    def __init__(self) -> None:
        self.cut, self.objects, self.in_list = 0, 0, False
        self._open: list[str] = []
        self._lists = 0
        self._scalar_end = 0
        self._at_key = False

    def step(self, part: str, end: int, *, closed: bool) -> None:
        if part in "{[":
            self._enter(part, end)
        elif part in "}]":
            self._leave(end)
        elif part in ",:":
            self._end_scalar()
            self._at_key = part == "," and self._open[-1:] == ["{"]
        elif not self._at_key:
            self._scalar_end = end
            if closed:
                self._end_scalar()

    def _enter(self, part: str, end: int) -> None:
        self._open.append(part)
        self._lists += part == "["
        self._at_key = part == "{"
        self._mark(end)

    def _leave(self, end: int) -> None:
        self._end_scalar()
        if self._open:
            self._lists -= self._open.pop() == "["
        self._at_key = False
        self._mark(end)

    def _end_scalar(self) -> None:
        """A number or a word is whole only when something follows it."""
        if self._scalar_end:
            self._mark(self._scalar_end)
            self._scalar_end = 0

    def _mark(self, end: int) -> None:
        """Unless an item of a list is open here: it must be whole or absent."""
        in_list = self._open[-1:] == ["["]
        if self._lists == in_list:
            self.cut, self.objects, self.in_list = end, len(self._open) - self._lists, in_list


def _finite(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {_mended(key): _mended(item) for key, item in value.items()}
    return value
