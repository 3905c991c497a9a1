"""Who is signed in at the page: a cookie and, beside it, a key that only the page itself holds.

A cookie belongs to a host, whatever the port: every server on this machine that a browser asks gets the cookies of
127.0.0.1. So a cookie alone does nothing here: each request that is not a plain read brings the page key too, which a
page keeps where only its own port can read it. Of both only the hashes are stored, under the server's seal, in the
state: servers that share a state know each other's sessions, and one that ends there is over at all of them.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

from ..runtime import Caller
from ..state import StateStore, key_of
from ..state.keys import KEY_BYTES, Keys
from ..state.memory import MemoryState

LIFE_S = 12 * 3_600.0
"""How long a session lasts."""
IDLE_S = 4 * 3_600.0
"""After this time without a request it ends."""
NOTED_S = 60.0
"""A use is written down where the one that was written last is older than this."""
MAX_SESSIONS, MAX_SESSIONS_PER_CALLER = 500, 10
MAX_REQUESTS, MAX_STREAMS = 16, 4
"""Requests and streams of one session at once, at each server."""
KEY_LIFE_S = 900.0
"""How long the key that the terminal shows is good."""
Place = Callable[[], Awaitable[tuple[StateStore, Keys]]]
"""Where sessions are stored, and what seals them."""


@dataclass(slots=True, weakref_slot=True, eq=False)
class Load:
    """What a session does at this server now."""

    requests: int = 0
    streams: int = 0


@dataclass(frozen=True, slots=True)
class Session:
    """One browser of one caller. ``credential`` is the SHA-256 of what they signed in with, ``id`` and ``page_key``
    those of the cookie and of the page key."""

    id: str
    caller: Caller
    can_approve: bool
    credential: bytes
    page_key: bytes
    load: Load

    def holds(self, page_key: str | None) -> bool:
        """Whether this is the session's page key."""
        return page_key is not None and hmac.compare_digest(_digest(page_key), self.page_key)


class Sessions:
    """The sessions of one state; the one that was not used for longest makes room for a new one of its caller.

    A session is an entry that is written once and an entry that says when it was used last: both end by themselves,
    and a session without either is over. Every method raises ``StateUnavailable`` where the state cannot answer.
    """

    def __init__(self, place: Place, now: Callable[[], float] = time.time) -> None:
        self._place, self._now = place, now
        self._loads: WeakValueDictionary[str, Load] = WeakValueDictionary()

    async def open(self, caller: Caller, *, can_approve: bool, credential: bytes) -> tuple[str, str] | None:
        """A new session's cookie and page key; ``None`` where other callers have taken all the room."""
        state, keys = await self._place()
        own = await state.scan(_use(caller, ""))
        if len(own) >= MAX_SESSIONS_PER_CALLER:
            await self._end(state, min(own, key=lambda place: _seconds(own[place])).rpartition("/")[2], caller)
        elif len(await state.scan(key_of("page-used") + "/")) >= MAX_SESSIONS:
            return None
        cookie, page_key = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        id = _digest(cookie).hex()
        content = {
            "id": id, "caller": caller.name, "scopes": None if caller.scopes is None else sorted(caller.scopes),
            "is_person": caller.is_person, "expires_at": caller.expires_at, "can_approve": can_approve,
            "credential": credential.hex(), "page_key": _digest(page_key).hex(),
        }  # fmt: skip
        await state.put({_place_of(id): keys.sealed("page-session", content)}, LIFE_S)
        await state.put({_use(caller, id): str(self._now())}, IDLE_S)
        return cookie, page_key

    async def find(self, cookie: str) -> Session | None:
        """The session of a cookie, used now."""
        id = _digest(cookie).hex()
        state, keys = await self._place()
        found = keys.opened("page-session", await state.get(_place_of(id)))
        if found is None or found["id"] != id:
            return None
        session = _session(found, self._loads.setdefault(id, Load()))
        return session if await self._is_used(state, session) else None

    async def is_open(self, session: Session) -> bool:
        """Whether a session that was found before is still one; who is shown something uses it."""
        state, _ = await self._place()
        return await state.get(_place_of(session.id)) is not None and await self._is_used(state, session)

    async def _is_used(self, state: StateStore, session: Session) -> bool:
        """Whether it was used lately; if so it is used now."""
        use = _use(session.caller, session.id)
        used = await state.get(use)
        if used is not None and self._now() - _seconds(used) >= NOTED_S:
            await state.put({use: str(self._now())}, IDLE_S)
        return used is not None

    async def close(self, session: Session) -> None:
        """End a session."""
        state, _ = await self._place()
        await self._end(state, session.id, session.caller)

    async def _end(self, state: StateStore, id: str, caller: Caller) -> None:
        await state.take(_place_of(id))
        await state.take(_use(caller, id))


def in_this_process() -> Place:
    """A place that ends with the process."""
    place = MemoryState(), Keys((secrets.token_bytes(KEY_BYTES),))

    async def find() -> tuple[StateStore, Keys]:
        return place

    return find


def _session(found: dict[str, Any], load: Load) -> Session:
    scopes = None if found["scopes"] is None else frozenset(found["scopes"])
    caller = Caller(found["caller"], scopes, is_person=found["is_person"], expires_at=found["expires_at"])
    credential, page_key = bytes.fromhex(found["credential"]), bytes.fromhex(found["page_key"])
    return Session(found["id"], caller, found["can_approve"], credential, page_key, load)


def _place_of(id: str) -> str:
    return key_of("page-session", id)


def _use(caller: Caller, id: str) -> str:
    """Where it stands when a session was used; without an id what all those of a caller begin with."""
    return key_of("page-used", caller.name, id)


def _seconds(text: str) -> float:
    """When a session was used; the beginning of time where somebody else wrote it."""
    try:
        return float(text)
    except ValueError:
        return 0.0


class OneTimeKey:
    """The key in the address that a terminal shows: good once, for ``KEY_LIFE_S``, and until the next one is made."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._held: tuple[bytes, float] | None = None

    def renew(self) -> str:
        """A new key; the one before it is good no longer."""
        key = secrets.token_urlsafe(32)
        self._held = _digest(key), self._now() + KEY_LIFE_S
        return key

    def redeem(self, key: str) -> bool:
        """Whether this is the key; it serves no second time."""
        if self._held is None or not hmac.compare_digest(_digest(key), self._held[0]):
            return False
        (_, ends_at), self._held = self._held, None
        return self._now() < ends_at


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
