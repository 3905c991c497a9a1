"""The state store of many hosts: a Redis server (6.2 or later) that all replicas share; extra ``pai-dlc-mcp[redis]``.

Entries are plain keys under one prefix. ``SET NX`` stores what must not exist yet, ``GETDEL`` removes; each is one
command of the server, so of any number of replicas one wins. Expiry is by the server's clock, not ours.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from . import SCAN_LIMIT, StateUnavailable

PREFIX = "pai-dlc-mcp:"
SEQUENCE_KEY = "pai-dlc-mcp#order"
"""Counts writes: each entry carries its number, so that a scan can give the newest first."""
SEALING_KEY = "pai-dlc-mcp#key"
TIMEOUT_S = 3.0


class RedisState:
    """See :class:`StateStore`; created by :meth:`open`."""

    def __init__(self, client: Any, errors: tuple[type[Exception], ...]) -> None:
        self._client, self._errors = client, errors

    @classmethod
    async def open(cls, url: str) -> RedisState:
        """Connect and check that the server answers.

        Raises:
            StateUnavailable: the extra is not installed, the address is wrong, or nobody answers.
        """
        try:
            from redis import asyncio as library  # start-up: saves 79 ms; an optional extra
            from redis.exceptions import RedisError  # start-up: saves 79 ms with the line above
        except ImportError:
            raise StateUnavailable("State in Redis needs the extra: pip install 'pai-dlc-mcp[redis]'.") from None
        errors = (RedisError, OSError, TimeoutError)
        try:
            client = library.Redis.from_url(
                url, decode_responses=True, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S
            )
        except ValueError:
            raise StateUnavailable("The Redis address is wrong; it looks like redis://host:6379/0.") from None
        state = cls(client, errors)
        async with state._failures_translated():
            await client.ping()
        return state

    async def get(self, key: str) -> str | None:
        async with self._failures_translated():
            return _value(await self._client.get(PREFIX + key))

    async def put(self, entries: Mapping[str, str], ttl: float) -> None:
        async with self._failures_translated():
            last = await self._client.incrby(SEQUENCE_KEY, len(entries))
            pipe = self._client.pipeline(transaction=True)
            for number, (key, value) in enumerate(entries.items(), last - len(entries) + 1):
                pipe.set(PREFIX + key, f"{number} {value}", px=_milliseconds(ttl))
            await pipe.execute()

    async def add(self, key: str, value: str, ttl: float) -> bool:
        async with self._failures_translated():
            number = await self._client.incr(SEQUENCE_KEY)
            stored = await self._client.set(PREFIX + key, f"{number} {value}", px=_milliseconds(ttl), nx=True)
            return bool(stored)

    async def take(self, key: str) -> str | None:
        async with self._failures_translated():
            return _value(await self._client.getdel(PREFIX + key))

    async def scan(self, prefix: str, *, limit: int = SCAN_LIMIT) -> dict[str, str]:
        async with self._failures_translated():
            found: dict[str, str] = {}
            async for keys in self._pages(prefix):
                values = await self._client.mget(keys)
                found.update({k: v for k, v in zip(keys, values, strict=True) if v is not None})
            newest = sorted(found.items(), key=lambda item: -int(item[1].partition(" ")[0]))[:limit]
            return {key.removeprefix(PREFIX): value.partition(" ")[2] for key, value in newest}

    async def close(self) -> None:
        async with self._failures_translated():
            await self._client.aclose()

    async def _pages(self, prefix: str) -> AsyncIterator[list[str]]:
        """Keys under a prefix, a batch at a time."""
        cursor, pattern = 0, _literal(PREFIX + prefix) + "*"
        while True:
            cursor, keys = await self._client.scan(cursor, match=pattern, count=1_000)
            if keys:
                yield keys
            if cursor == 0:
                return

    @asynccontextmanager
    async def _failures_translated(self) -> AsyncIterator[None]:
        """The library's failures as :class:`StateUnavailable`; their texts may hold the address and are left out."""
        try:
            yield
        except self._errors as failure:
            raise StateUnavailable(f"The Redis server cannot be used now ({_kind(failure)}).") from None
        except ValueError:
            raise StateUnavailable(f"The Redis server holds keys under {PREFIX} that another program wrote.") from None


def _kind(failure: Exception) -> str:
    """The kind of a failure, and the code that a Redis server's refusal begins with, such as DENIED or NOPERM."""
    code = re.match(r"[A-Z]{3,20}(?= )", str(failure))
    return f"{type(failure).__name__}, {code[0]}" if code else type(failure).__name__


def _value(stored: str | None) -> str | None:
    return None if stored is None else stored.partition(" ")[2]


def _milliseconds(ttl: float) -> int:
    return max(1, int(ttl * 1000))


def _literal(text: str) -> str:
    """Text as a pattern that matches only itself."""
    return "".join(f"\\{char}" if char in "*?[]\\" else char for char in text)


def shared_key(url: str, fresh: str) -> str:
    """The sealing key that all servers on this Redis share: the stored one, or ``fresh`` where there is none yet.

    Blocks; called once a process.

    Raises:
        StateUnavailable: the extra is not installed, or Redis does not answer.
    """
    try:
        import redis  # start-up: saves 79 ms; an optional extra
    except ImportError:
        raise StateUnavailable("State in Redis needs the extra: pip install 'pai-dlc-mcp[redis]'.") from None
    try:
        with redis.Redis.from_url(
            url, decode_responses=True, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S
        ) as client:
            client.set(SEALING_KEY, fresh, nx=True)
            return str(client.get(SEALING_KEY))
    except (redis.RedisError, OSError, ValueError):
        raise StateUnavailable("The sealing key in Redis cannot be read.") from None
