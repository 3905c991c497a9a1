"""The callers that every world knows, and their access keys. The keys open nothing but an emulator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .wire import Caller


@dataclass(frozen=True, slots=True)
class Key:
    """An access key of the world. ``token`` makes it a temporary one, valid until ``expires`` (real seconds)."""

    secret: str
    caller: Caller
    token: str | None = None
    expires: float | None = None


ACCOUNT_ID = "1000000000000001"


class User(NamedTuple):
    """A RAM user of the account."""

    user_id: str
    name: str


ALICE = User("200000000000000011", "alice")
BOB = User("200000000000000022", "bob")
CAROL = User("200000000000000033", "carol")
DAVE = User("200000000000000044", "dave")
"""Dave has no key: tests invite him into workspaces."""
USERS = (ALICE, BOB, CAROL, DAVE)


def _key(key_id: str, user: User, token: str | None = None, expires: float | None = None) -> tuple[str, Key]:
    caller = Caller(access_key_id=key_id, user_id=user.user_id, account_id=ACCOUNT_ID)
    return key_id, Key(f"emulator-secret-of-{user.name}", caller, token, expires)


KEYS: dict[str, Key] = dict(
    (
        _key("EMULATORKEYALICE0000", ALICE),
        _key("EMULATORKEYBOB000000", BOB),
        _key("STS.EMULATORKEYCAROL", CAROL, "emulator-token-of-carol"),
        _key("STS.EMULATORKEYSTALE", CAROL, "emulator-token-gone-stale", expires=0.0),
    )
)
"""By access key id: two long-lived keys, a temporary one, and a temporary one that has expired."""


def name_of(user_id: str) -> str:
    """The RAM user's name; the account itself has none of its own."""
    return next((user.name for user in USERS if user.user_id == user_id), "root")
