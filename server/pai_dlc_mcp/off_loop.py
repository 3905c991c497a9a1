"""Long work off the event loop: few threads at once, a budget of processor time a call, and an end with it (R77).

Threads share the interpreter with the event loop: with each one that computes, the loop waits longer for its turn. So
few of them compute at once, and the work asks at every few lines whether it may go on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import TypeVar

import anyio
import anyio.from_thread
import anyio.to_thread
from anyio.lowlevel import RunVar

from .errors import Unavailable

ResultT = TypeVar("ResultT")
ItemT = TypeVar("ItemT")

THREADS, ITEMS_AT_ONCE = 2, 64
BUDGET_S = 8.0
"""Processor time that the work of one call may take: far more than honest logs need, a third of a call's time."""

_threads: RunVar[anyio.CapacityLimiter] = RunVar("_threads")
_budget: ContextVar[float | None] = ContextVar("_budget", default=None)
SPENT: ContextVar[list[float] | None] = ContextVar("SPENT", default=None)
"""The processor seconds of each piece of work of a call so far; without a call each piece has the whole budget."""


async def in_thread(function: Callable[..., ResultT], *args: object) -> ResultT:
    """Run ``function`` in a thread, after those that wait already.

    Raises:
        Unavailable: it asked :func:`checkpoint` after the processor time of its call was used up.
    """
    return await anyio.to_thread.run_sync(_within_budget, function, args, limiter=_limiter())


def checkpoint() -> None:
    """End work whose call is over or whose processor time is used up; outside :func:`in_thread` it does nothing.

    Raises:
        Unavailable: the time is used up.
    """
    budget = _budget.get()
    if budget is None:
        return
    anyio.from_thread.check_cancelled()
    if time.thread_time() > budget:
        raise Unavailable(
            f"Working on these texts takes more than {BUDGET_S:.0f} s of the processor; ask for less of it."
        )


def checked(items: Iterable[ItemT]) -> Iterator[ItemT]:
    """The items, with a :func:`checkpoint` at every few of them."""
    for number, item in enumerate(items):
        if not number % ITEMS_AT_ONCE:
            checkpoint()
        yield item


def _within_budget(function: Callable[..., ResultT], args: tuple[object, ...]) -> ResultT:
    spent, began = SPENT.get(), time.thread_time()
    token = _budget.set(began + BUDGET_S - sum(spent or ()))
    try:
        return function(*args)
    finally:
        _budget.reset(token)
        if spent is not None:
            spent.append(time.thread_time() - began)


def _limiter() -> anyio.CapacityLimiter:
    try:
        return _threads.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(THREADS)
        _threads.set(limiter)
        return limiter
