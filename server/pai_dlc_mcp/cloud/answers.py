"""What an exchange came to, once it is over: a reply or a failure. Pure, whatever the network did."""

from __future__ import annotations

from typing import Any

from ..errors import CloudError
from ..runtime import Reply
from .exchange import MOST_BYTES, Exchange
from .failures import REQUEST_ID_SPELLINGS, Failure, broken, clean, refused, request_id_of
from .salvage import parse, salvage

SALVAGE_OF_WRITES = 262_144
"""Of a write's odd answer only this many bytes are looked at: the new id stands at its beginning."""


def judge(x: Exchange, *, last: bool = False) -> Reply | Failure:
    """The outcome. ``last``: there is no time for another attempt, so a part of what was asked for is better than none.

    A write that the service said it did stays done, however odd its answer: what is whole of it is the reply.
    """
    if x.status is None:
        return broken(x, x.trouble or "gave no answer")
    if x.status >= 400:
        return refused(x)
    if not x.done:
        return broken(x, f"answered with a redirect or a status of no use (HTTP {x.status}), which is not followed")
    return _whole(x) or _part(x, last) or _unreadable(x)


def _whole(x: Exchange) -> Reply | None:
    if x.more or x.trouble:
        return None
    if not x.body.strip() and not x.is_read:
        return Reply({}, request_id_of({}, x))
    try:
        data = parse(x.body.decode("utf-8-sig", "replace"))
    except ValueError:
        return None
    return _reply(x, data) if isinstance(data, dict) else None


def _part(x: Exchange, last: bool) -> Reply | None:
    """What is whole of an answer that was cut: as the caller asked, or because a write was done."""
    wanted = x.asked and (x.more or (last and x.trouble))
    if x.is_read and not wanted:
        return None
    limit = x.limit if wanted else SALVAGE_OF_WRITES
    data = salvage(bytes(x.body[:limit]).decode("utf-8-sig", "ignore"))
    return _reply(x, data, cut=True) if data or x.asked else None


def _reply(x: Exchange, data: dict[str, Any], *, cut: bool = False) -> Reply:
    request_id = request_id_of(data, x)
    for spelling in REQUEST_ID_SPELLINGS:
        data.pop(spelling, None)
    return Reply(data, request_id, cut)


def _unreadable(x: Exchange) -> Failure:
    if x.trouble:
        return broken(x, x.trouble)
    if not x.more:
        return Failure(broken(x, f"gave an answer that is not the service's: {_seen(x)}").error)
    what = f"gave an answer of more than {MOST_BYTES // 1_000_000} MB, which was read no further; ask for less of it"
    return Failure(CloudError(f"{x.operation.action_name}: {x.host} {what}.")) if x.is_read else broken(x, what)


def _seen(x: Exchange) -> str:
    kind = clean(x.header("content-type") or "no content type", 60)
    return f"HTTP {x.status}, {kind}, {len(x.body)} bytes"
