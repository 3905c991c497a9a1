"""Each attack runs twice: against the server as it is, and with the guard it is aimed at taken out.

An attack is a coroutine function that tries its harm and returns what it achieved, a list that is empty when it came to
nothing. With all guards in place it must come to nothing; without the one guard it must succeed, so that a test which
could never fail is itself a failure.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from pai_dlc_mcp.guards import pipeline

Attack = Callable[..., Awaitable[Sequence[Any]]]
Removal = Callable[[pytest.MonkeyPatch], None]


def both_ways(*removals: Removal) -> Callable[[Attack], Callable[..., Awaitable[None]]]:
    """Make a test of an attack: guarded, and with these guards taken out."""

    def decorate(attack: Attack) -> Callable[..., Awaitable[None]]:
        patches_itself = "monkeypatch" in inspect.signature(attack).parameters

        @functools.wraps(attack)
        async def test(*, guards: str, monkeypatch: pytest.MonkeyPatch, **fixtures: Any) -> None:
            if patches_itself:
                fixtures["monkeypatch"] = monkeypatch
            forget_cleaned_texts()
            if guards == "in place":
                achieved = list(await attack(**fixtures))
                assert not achieved, achieved
                return
            for remove in removals:
                remove(monkeypatch)
            achieved = list(await attack(**fixtures))
            forget_cleaned_texts()
            assert achieved != [], "the attack fails even without its guard: it proves nothing"

        _take(test, attack)
        marked: Callable[..., Awaitable[None]] = pytest.mark.parametrize("guards", ["in place", "taken out"])(test)
        return marked

    return decorate


def forget_cleaned_texts() -> None:
    """What was cleaned with a guard is not to be taken for cleaned without it, nor the other way round."""
    for name, module in list(sys.modules.items()):
        if name.startswith("pai_dlc_mcp.redaction."):
            for thing in vars(module).values():
                if callable(clear := getattr(thing, "cache_clear", None)):
                    clear()


def _take(test: Any, attack: Attack) -> None:
    """Let pytest see the attack's own fixtures beside the two of the wrapper."""
    own = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in inspect.signature(attack).parameters.values()]
    extra = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in ("guards", "monkeypatch")]
    del test.__wrapped__
    test.__signature__ = inspect.Signature([*own, *(one for one in extra if one.name not in {o.name for o in own})])


def replaced(place: str, by: Any) -> Removal:
    """Put something else at a dotted place, such as ``pai_dlc_mcp.guards.confirmation.tokens._same``."""

    def remove(monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(place, by)

    return remove


def without(name: str) -> Removal:
    """Take one guard out of THE order, by its name there (the folder that holds it)."""

    def remove(monkeypatch: pytest.MonkeyPatch) -> None:
        kept = tuple(guard for guard in pipeline.ORDER if guard.name != name)
        assert len(kept) == len(pipeline.ORDER) - 1, name
        monkeypatch.setattr(pipeline, "ORDER", kept)

    return remove


def nothing(*_: Any, **__: Any) -> None:
    """A check that checks nothing."""


async def nothing_awaited(*_: Any, **__: Any) -> None:
    """The same, where it is awaited."""


def always(value: Any) -> Callable[..., Any]:
    return lambda *_, **__: value


def always_awaited(value: Any) -> Callable[..., Awaitable[Any]]:
    async def answer(*_: Any, **__: Any) -> Any:
        return value

    return answer


ANY_REGION: Removal = replaced(
    "pai_dlc_mcp.cloud.endpoints.Endpoints.base", lambda self, product, region: self.replaced[product]
)
"""A fixed endpoint is asked for every region, as though it answered for all (R79)."""
