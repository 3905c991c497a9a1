"""Confirmation tokens: sealed, bound, short-lived, and good for one act over all processes (R31).

A token is ``pai1.`` and the base64url text of nonce (16 bytes), time of issue (8 bytes, milliseconds since the
epoch), digest of what it is bound to (32) and seal (32, HMAC-SHA256 over the rest). Beside the seal a record must stand
in the state, which the act takes away: no record, no act. The record expires by the clock of the state store, so
setting this host's clock back makes no token live longer.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...runtime import Runtime
from ...state import entry, key_of
from ...state.keys import keys_of
from .snapshot import Binding

PREFIX = "pai1."
LIFE_S = 300.0
"""Seconds (R31)."""
SKEW_S = 30.0
"""Seconds by which the clocks of two replicas may differ."""
NONCE_BYTES, TIME_BYTES, DIGEST_BYTES, SEAL_BYTES = 16, 8, 32, 32


class TokenInvalid(Exception):
    """The token does not serve here; the text says why, as the end of a sentence about it."""


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    expires_at: float


async def issue(runtime: Runtime, binding: Binding, by: str) -> Token:
    """A token for this and nothing else; ``by`` is who may hold it.

    Raises:
        StateUnavailable: its record or its seal cannot be made.
    """
    keys, now, nonce = keys_of(runtime.settings), runtime.now(), secrets.token_bytes(NONCE_BYTES)
    body = nonce + int(now * 1000).to_bytes(TIME_BYTES) + binding.digest
    record = json.dumps({"by": by, "parts": dict(binding.parts)})
    await runtime.state.put({_place(nonce): record}, LIFE_S)
    return Token(PREFIX + _text(body + keys.seal(by.encode() + body)), now + LIFE_S)


async def redeem(runtime: Runtime, text: str, binding: Binding, by: str) -> None:
    """Use the token up.

    Raises:
        TokenInvalid: it is forged, altered, too old, of something else, or was used.
        StateUnavailable: it cannot be determined.
    """
    body, seal = _opened(text)
    if not keys_of(runtime.settings).fits(by.encode() + body, seal):
        raise TokenInvalid("was not given by this server, or was altered")
    nonce, issued, bound = (
        body[:NONCE_BYTES],
        int.from_bytes(body[NONCE_BYTES : NONCE_BYTES + TIME_BYTES]) / 1000,
        body[NONCE_BYTES + TIME_BYTES :],
    )
    _in_time(runtime.now(), issued)
    record = await runtime.state.get(_place(nonce))
    if record is None:
        raise TokenInvalid("was used already, or is no longer known")
    _same(entry(record, "parts"), binding, bound)
    if await runtime.state.take(_place(nonce)) is None:
        raise TokenInvalid("was used already")


def _in_time(now: float, issued: float) -> None:
    if now > issued + LIFE_S:
        raise TokenInvalid(f"is older than {LIFE_S:.0f} s")
    if now < issued - SKEW_S:
        raise TokenInvalid("comes from the future; a clock was set back")


def _same(record: Mapping[str, Any], binding: Binding, bound: bytes) -> None:
    parts = record["parts"]
    difference = binding.differs_in(parts)
    if difference is not None:
        given_for = f"{str(parts.get('tool'))[:60]} in {str(parts.get('region'))[:40]}"
        raise TokenInvalid(f"was given for {given_for}, and what differs is {difference}")
    if binding.digest != bound:
        raise TokenInvalid("was given for something else")


def _opened(text: str) -> tuple[bytes, bytes]:
    """Body and seal. Only the one canonical spelling counts: a changed spare bit is a changed token."""
    try:
        raw = base64.urlsafe_b64decode(text.removeprefix(PREFIX) + "===")
    except (binascii.Error, ValueError):
        raise TokenInvalid("is not a token") from None
    if len(raw) != NONCE_BYTES + TIME_BYTES + DIGEST_BYTES + SEAL_BYTES or PREFIX + _text(raw) != text:
        raise TokenInvalid("is not a token")
    return raw[:-SEAL_BYTES], raw[-SEAL_BYTES:]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().removesuffix("==")


def _place(nonce: bytes) -> str:
    return key_of("token", nonce.hex())
