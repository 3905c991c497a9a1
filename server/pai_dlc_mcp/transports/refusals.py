"""How an HTTP request is turned away before it is one of the protocol: a status and one sentence."""

from __future__ import annotations

import json
from collections.abc import Sequence

from starlette.types import Send


class IssuerUnavailable(Exception):
    """An OAuth issuer's metadata or keys cannot be had: nothing can be said about a token."""


Headers = Sequence[tuple[bytes, bytes]]


async def refuse(send: Send, status: int, message: str, headers: Headers = ()) -> None:
    """Answer with an error. The rest of a body is read and thrown away for as long as a head may take, no longer: to
    close at once would lose the answer of a client that is still writing."""
    body = json.dumps({"error": message}).encode()
    own = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": [*own, *headers]})
    await send({"type": "http.response.body", "body": body})
