"""What the page shows live: one poll for each thing that is watched, however many look, and none when nobody does.

A viewer holds the newest value of each of its watches that was not sent yet, and no older one: however slow a client
is, it costs no more than that.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio

from ..app import Application
from ..errors import InternalError, PaiError
from ..redaction.engine import clean_text

log = logging.getLogger(__name__)
MAX_TOPICS = 200
"""Things that are watched at once; more are turned away."""
MAX_PAUSE_S = 60.0
"""Longest time between two polls while they fail."""
KEEP_ALIVE_S = 15.0

Data = Mapping[str, Any]
Source = Callable[[], Awaitable[tuple[Data, float]]]
"""Reads a thing: its data, and after how many seconds to read it again."""


class TooMany(Exception):
    """No more can be watched now."""


class Viewer:
    """One stream: the newest data of its watches that it has not been sent."""

    def __init__(self) -> None:
        self._waiting: dict[str, str] = {}
        self._event = anyio.Event()

    def offer(self, name: str, data: str) -> None:
        """Put data where the stream finds it, in place of older data of the same watch."""
        self._waiting[name] = data
        self._event.set()

    async def take(self) -> dict[str, str]:
        """What waits, by watch; empty where nothing came in ``KEEP_ALIVE_S``."""
        with anyio.move_on_after(KEEP_ALIVE_S):
            await self._event.wait()
        found, self._waiting, self._event = self._waiting, {}, anyio.Event()
        return found


@dataclass(eq=False)
class _Topic:
    """One thing that is watched: what each viewer calls it and how they would read it. The first of them reads it for
    all, so that nobody's name stands for a read after they have left."""

    viewers: dict[Viewer, tuple[str, Source]]
    sent: str | None = None
    """What the viewers were sent last, without what differs with each read."""
    text: str | None = None
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)


class Hub:
    """The topics of one process. ``app`` is the one that runs: its end ends every poll."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._topics: dict[Hashable, _Topic] = {}
        self.polls = 0
        """Reads since the start, for tests and for whoever wonders."""

    @asynccontextmanager
    async def watching(self, viewer: Viewer, watches: Mapping[str, tuple[Hashable, Source]]) -> AsyncIterator[None]:
        """Let a viewer have what changes; ``watches`` are by name: a key that equal things share, and how to read it.

        Raises:
            TooMany: so many things are watched that no more can be.
        """
        new = sum(key not in self._topics for key, _ in watches.values())
        if len(self._topics) + new > MAX_TOPICS:
            raise TooMany
        try:
            for name, (key, source) in watches.items():
                self._join(viewer, name, key, source)
            yield
        finally:
            for key, _ in watches.values():
                self._leave(viewer, key)

    def topics(self) -> int:
        """How many things are watched."""
        return len(self._topics)

    def _join(self, viewer: Viewer, name: str, key: Hashable, source: Source) -> None:
        topic = self._topics.get(key)
        if topic is None:
            topic = self._topics[key] = _Topic({viewer: (name, source)})
            self._app.spawn(self._poll, topic)
            return
        topic.viewers[viewer] = name, source
        if topic.text is not None:
            viewer.offer(name, topic.text)

    def _leave(self, viewer: Viewer, key: Hashable) -> None:
        topic = self._topics.get(key)
        if topic is None:
            return
        topic.viewers.pop(viewer, None)
        if not topic.viewers:
            del self._topics[key]
            topic.scope.cancel()

    async def _poll(self, topic: _Topic) -> None:
        failures = 0
        with topic.scope:
            while topic.viewers:  # all of them may have left before it began
                self.polls += 1
                _, source = next(iter(topic.viewers.values()))
                data, pause_s = await _read(source)
                failures = failures + 1 if "error" in data else 0
                stable = json.dumps(_without_ids(data), sort_keys=True)
                if stable != topic.sent:
                    topic.sent, topic.text = stable, json.dumps(data)
                    for viewer, (name, _) in topic.viewers.items():
                        viewer.offer(name, topic.text)
                await anyio.sleep(pause_after(failures, pause_s))


def pause_after(failures: int, pause_s: float) -> float:
    """Seconds until the next poll: what the read asks for, twice that for each failure in a row, a minute at most."""
    return min(MAX_PAUSE_S, pause_s * 2.0 ** min(failures, 6))


async def _read(source: Source) -> tuple[Data, float]:
    """The data; a failure is data too."""
    try:
        return await source()
    except PaiError as error:
        return {"error": {"code": error.code, "message": clean_text(error.message)}}, 5.0
    except Exception:  # it runs beside every call: what goes wrong here may end none of them
        log.exception("a read for the page failed inside")
        message = "The server made a mistake; its log on stderr has the details."
        return {"error": {"code": InternalError.code, "message": message}}, MAX_PAUSE_S


def _without_ids(data: Data) -> Data:
    """The data without the ids of the requests that read it: those alone are no change."""
    parts = {name: part for name, part in data.items() if name != "request_id"}
    return {
        name: _without_ids(part) if isinstance(part, Mapping) and "ok" in part else part for name, part in parts.items()
    }


def as_event(name: str, data: str) -> str:
    """One server-sent event; neither part holds a line break (JSON has none)."""
    return f"event: {name}\ndata: {data}\n\n"
