"""A model in a tool loop, whatever wire it speaks.

Settings come from the environment: ``EVALS_MODEL`` names the model; the key and the base URL are the ones that the
vendor's own clients read (see ``anthropic.py`` and ``openai.py``). Any compatible server does.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import anyio
import httpx

from ..scenario import Scenario
from ..transcript import Entry
from ..variants import Connection
from . import Agent, GaveUp

MOST_TURNS = 30
ATTEMPTS = 3
READ_SECONDS = 300.0
TASK = (
    "You work for the user on Alibaba Cloud PAI-DLC with the tools given. Nobody answers questions while you work: do "
    "what the goal asks, or stop where the user would have to decide, and say so. End with a short answer in words."
)


@dataclass(frozen=True)
class Wanted:
    """A call that the model wants. ``arguments`` is ``None`` where what it sent cannot be read."""

    id: str
    tool: str
    arguments: Mapping[str, Any] | None


@dataclass(frozen=True)
class Turn:
    """What the model said: text, calls, and the message as the wire wants it back."""

    text: str
    wanted: Sequence[Wanted]
    message: Mapping[str, Any] = field(default_factory=dict)


class Wire(Protocol):
    """How one vendor's protocol says things. ``path`` is relative to the base URL."""

    path: str
    base_variable: str
    base: str

    def headers(self) -> dict[str, str]: ...

    def body(
        self, model: str, system: str, tools: Sequence[Any], messages: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]: ...

    def turn(self, answer: Mapping[str, Any]) -> Turn: ...

    def results(self, entries: Sequence[tuple[Wanted, Entry]]) -> list[dict[str, Any]]: ...


def playing(name: str) -> Agent:
    """An agent that asks a model.

    Raises:
        GaveUp: the model or its key is not named in the environment.
    """
    wire, model = wire_of(name), setting("EVALS_MODEL")
    base = (os.environ.get(wire.base_variable) or wire.base).rstrip("/")
    headers = wire.headers()

    async def run(scenario: Scenario, connection: Connection) -> str:
        timeout = httpx.Timeout(READ_SECONDS, connect=15)
        async with httpx.AsyncClient(base_url=base, headers=headers, timeout=timeout) as http:
            return await _loop(wire, model, http, scenario, connection)

    return run


def wire_of(name: str) -> Wire:
    if name == "anthropic":
        from .anthropic import Anthropic

        return Anthropic()
    from .openai import OpenAI

    return OpenAI()


def setting(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise GaveUp(f"{name} is not set")
    return value


async def _loop(wire: Wire, model: str, http: httpx.AsyncClient, scenario: Scenario, connection: Connection) -> str:
    system = "\n\n".join(filter(None, (TASK, connection.instructions)))
    messages: list[Mapping[str, Any]] = [{"role": "user", "content": scenario.goal}]
    for _ in range(MOST_TURNS):
        turn = wire.turn(await _asked(http, wire.path, wire.body(model, system, connection.tools, messages)))
        if not turn.wanted:
            return turn.text
        entries = [(wanted, await _called(wanted, connection)) for wanted in turn.wanted]
        messages += [turn.message, *wire.results(entries)]
    raise GaveUp(f"no answer after {MOST_TURNS} turns")


async def _called(wanted: Wanted, connection: Connection) -> Entry:
    if wanted.arguments is None:
        return connection.refused(wanted.tool, "the arguments are not a JSON object")
    return await connection.call(wanted.tool, wanted.arguments)


async def _asked(http: httpx.AsyncClient, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """One request; again, a little later, while the model is busy."""
    why = ""
    for attempt in range(ATTEMPTS):
        try:
            answer = await http.post(path, json=body)
        except httpx.TransportError as error:
            why = f"the model was not reached: {type(error).__name__}"
        else:
            if answer.is_success:
                return dict(answer.json())
            why = f"the model answered {answer.status_code}: {answer.text[:200]}"
            if answer.status_code != 429 and answer.status_code < 500:
                break
        await anyio.sleep(0.2 * 4**attempt)
    raise GaveUp(why)
