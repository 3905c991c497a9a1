"""A person at the client who is asked to confirm, as a scenario describes them.

``{"agrees": [{"act": "StopJob", "name": "exp-0115"}]}`` types the name for these targets and declines the rest;
``{"careless": true}`` presses "accept" every time without typing anything. ``"takes": 400`` is how many seconds of the
emulated clock they think about it.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from mcp_types import ElicitResult

Asked = Callable[[Any, Any], Awaitable[ElicitResult]]


def asked(person: Mapping[str, Any], advance: Callable[[float], None]) -> Asked:
    """The client's way to ask this person; ``advance`` moves the clock while they think."""

    async def answer(context: Any, params: Any) -> ElicitResult:
        advance(person.get("takes", 10))
        if person.get("careless"):
            return ElicitResult(action="accept", content={})
        act, name = _line("act", params.message), _line("name", params.message)
        if {"act": act, "name": name} in person["agrees"]:
            return ElicitResult(action="accept", content={"name": name})
        return ElicitResult(action="decline")

    return answer


def _line(name: str, message: str) -> str:
    found = re.search(rf"^{name}: (.*)$", message, re.M)
    return found[1] if found else ""
