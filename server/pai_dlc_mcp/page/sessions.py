"""Who is signed in at the page: a cookie and, beside it, a key that only the page itself holds.

A cookie belongs to a host, whatever the port: every server on this machine that a browser asks gets the cookies of
127.0.0.1. So a cookie alone does nothing here: each request that is not a plain read brings the page key too, which a
page keeps where only its own port can read it. Of both only the hashes are kept. Sessions end with the process.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..runtime import Caller

LIFE_S = 12 * 3_600.0
"""How long a session lasts."""
IDLE_S = 4 * 3_600.0
"""After this time without a request it ends."""
MAX_SESSIONS, MAX_SESSIONS_PER_CALLER = 500, 10
MAX_REQUESTS, MAX_STREAMS = 16, 4
"""Requests and streams of one session at once."""
KEY_LIFE_S = 900.0
"""How long the key that the terminal shows is good."""


@dataclass(slots=True, eq=False)
class Session:
    """One browser of one caller. ``credential`` is the SHA-256 of what they signed in with; times are monotonic."""

    caller: Caller
    can_approve: bool
    credential: bytes
    page_key: bytes
    ends_at: float
    used_at: float
    requests: int = 0
    streams: int = 0

    def holds(self, page_key: str) -> bool:
        """Whether this is the session's page key."""
        return hmac.compare_digest(_digest(page_key), self.page_key)


class Sessions:
    """The sessions of one process; the one that was not used for longest makes room for a new one of its caller."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._sessions: dict[bytes, Session] = {}

    def open(self, caller: Caller, *, can_approve: bool, credential: bytes) -> tuple[str, str] | None:
        """A new session's cookie and page key; ``None`` where other callers have taken all the room."""
        self._forget_ended()
        own = [key for key, one in self._sessions.items() if one.caller.name == caller.name]
        if len(own) >= MAX_SESSIONS_PER_CALLER:
            del self._sessions[min(own, key=lambda key: self._sessions[key].used_at)]
        if len(self._sessions) >= MAX_SESSIONS:
            return None
        cookie, page_key, now = secrets.token_urlsafe(32), secrets.token_urlsafe(32), self._now()
        session = Session(caller, can_approve, credential, _digest(page_key), now + LIFE_S, now)
        self._sessions[_digest(cookie)] = session
        return cookie, page_key

    def find(self, cookie: str) -> Session | None:
        """The session of a cookie, used now."""
        session = self._sessions.get(_digest(cookie))
        if session is None:
            return None
        if self._is_over(session):
            del self._sessions[_digest(cookie)]
            return None
        session.used_at = self._now()
        return session

    def is_open(self, session: Session) -> bool:
        """Whether a session that was found before is still one."""
        return not self._is_over(session) and any(one is session for one in self._sessions.values())

    def close(self, session: Session) -> None:
        """End a session."""
        self._sessions = {key: one for key, one in self._sessions.items() if one is not session}

    def _is_over(self, session: Session) -> bool:
        now = self._now()
        return now >= session.ends_at or (now - session.used_at >= IDLE_S and not session.streams)

    def _forget_ended(self) -> None:
        self._sessions = {key: one for key, one in self._sessions.items() if not self._is_over(one)}


class OneTimeKey:
    """The key in the address that a terminal shows: good once, for ``KEY_LIFE_S``, and until the next one is made."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._digest: bytes | None = None
        self._ends_at = 0.0

    def renew(self) -> str:
        """A new key; the one before it is good no longer."""
        key = secrets.token_urlsafe(32)
        self._digest, self._ends_at = _digest(key), self._now() + KEY_LIFE_S
        return key

    def redeem(self, key: str) -> bool:
        """Whether this is the key; it serves no second time."""
        is_it = self._digest is not None and hmac.compare_digest(_digest(key), self._digest)
        if not is_it:
            return False
        self._digest = None
        return self._now() < self._ends_at


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()
