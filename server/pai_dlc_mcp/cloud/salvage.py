"""The whole part of a JSON answer that breaks off."""

from __future__ import annotations

import re
from typing import Any

from .request import parse

# Possessive groups: a string without an end is one token, not a search for one.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+(")?|[{}\[\],:]|[^\s"{}\[\],:]++', re.DOTALL)


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
