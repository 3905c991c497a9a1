"""Who tries the scenarios: a policy of the file, a hasty one, a model, or a program outside."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ..scenario import Scenario
from ..variants import Connection

Agent = Callable[[Scenario, Connection], Awaitable[str]]
"""Plays a scenario through a connection and gives the final answer; raises GaveUp where it comes to no end."""
AGENTS = ("scripted", "reckless", "anthropic", "openai", "bridge")


class GaveUp(Exception):
    """The agent came to no end; the text says why."""


def agent(name: str, port: int = 0) -> Agent:
    """The agent of that name; models read their settings from the environment when they are made, the bridge listens
    on ``port`` (0 for any)."""
    if name == "scripted":
        from .scripted import run

        return run
    if name == "reckless":
        from .reckless import run as hasty

        return hasty
    if name == "bridge":
        from .bridge import Bridge

        return Bridge(port)
    from .models import playing

    return playing(name)
