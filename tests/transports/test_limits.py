"""R78: the limits of HTTP on their own, at their very edges: headers, bodies, requests and sessions of a caller."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

from pai_dlc_mcp.transports import limits
from pai_dlc_mcp.transports.limits import MAX_HEADER_BYTES, CallerLimits, ShortHeaders, WholeBodies, max_connections

Scope = dict[str, Any]


class Exchange:
    """One request to an ASGI application: what it is given in parts, and what it says."""

    def __init__(self, *parts: dict[str, Any] | bytes) -> None:
        self.given = [one if isinstance(one, dict) else part(one, more=True) for one in parts]
        self.sent: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        if not self.given:
            await anyio.sleep_forever()
        return self.given.pop(0)

    async def send(self, message: Any) -> None:
        self.sent.append(dict(message))

    @property
    def status(self) -> int | None:
        return next((one["status"] for one in self.sent if one["type"] == "http.response.start"), None)

    @property
    def headers(self) -> dict[bytes, bytes]:
        return next((dict(one["headers"]) for one in self.sent if one["type"] == "http.response.start"), {})

    @property
    def words(self) -> str:
        return json.dumps([one.get("body", b"").decode() for one in self.sent])


def part(body: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def http(method: str = "POST", **headers: str) -> Scope:
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {
        "type": "http",
        "method": method,
        "path": "/mcp",
        "raw_path": b"/mcp",
        "query_string": b"",
        "headers": named,
    }


class Served:
    """An application that reads the body whole and notes it; ``answer`` is the start of its answer."""

    def __init__(self, **answer: Any) -> None:
        self.bodies: list[bytes] = []
        self.start = {"type": "http.response.start", "status": 200, "headers": [], **answer}
        self.during: Callable[[], Awaitable[None]] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            message = await receive()
            self.bodies.append(message["body"])
            assert not message["more_body"]
        if self.during is not None:
            await self.during()
        await send(self.start)


@pytest.mark.parametrize("spare", [0, -1])
@pytest.mark.parametrize("where", ["header", "path", "query"])
async def test_r78_headers_and_target_count_together(where: str, spare: int) -> None:
    scope, app = http(a="b"), Served()
    scope["query_string"] = b"q=1"
    fixed = len("/mcp") + len("q=1") + len("a") + len("b") + 4
    filler = b"x" * (MAX_HEADER_BYTES - fixed - spare)
    if where == "header":
        scope["headers"] = [(b"a", b"b" + filler)]
    elif where == "path":
        scope["raw_path"] += filler
    else:
        scope["query_string"] += filler
    asked = Exchange(part(b""))
    await ShortHeaders(app)(scope, asked.receive, asked.send)
    assert (asked.status, len(app.bodies)) == ((431, 0) if spare else (200, 1))
    if spare:
        assert "longer than 16,384 bytes" in asked.words


async def test_r78_what_is_no_request_has_no_headers_to_count_and_no_body_to_read() -> None:
    for middleware in (ShortHeaders, WholeBodies):
        asked, app = Exchange(), Served()
        await middleware(app)({"type": "lifespan"}, asked.receive, asked.send)  # type: ignore[arg-type]  # a scope by hand
        assert asked.status == 200


@pytest.mark.parametrize("size", [10, 11])
async def test_r78_a_body_is_read_whole_before_anything_is_done_with_it(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_BODY_BYTES", 10)
    asked, app = Exchange(b"x" * 6, part(b"y" * (size - 6))), Served()
    await WholeBodies(app)(http(), asked.receive, asked.send)
    if size == 10:
        assert (asked.status, app.bodies) == (200, [b"xxxxxxyyyy"])
    else:
        assert (asked.status, app.bodies) == (413, [])
        assert "longer than 10 bytes" in asked.words


async def test_r78_the_bodies_of_all_requests_count_together_and_only_while_they_are_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "MAX_BODIES_BYTES", 10)
    app = Served()
    bodies = WholeBodies(app)
    first, second, third = Exchange(part(b"x" * 6)), Exchange(part(b"y" * 5)), Exchange(part(b"z" * 4))

    async def during() -> None:
        app.during = None
        await bodies(http(), second.receive, second.send)
        await bodies(http(), third.receive, third.send)

    app.during = during
    await bodies(http(), first.receive, first.send)
    assert (first.status, second.status, third.status) == (200, 503, 200)
    assert "too much to read" in second.words
    after = Exchange(part(b"w" * 10))
    await bodies(http(), after.receive, after.send)
    assert (after.status, app.bodies) == (200, [b"x" * 6, b"z" * 4, b"w" * 10])


async def test_r78_a_body_that_does_not_come_ends_and_one_whose_client_went_away_is_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "BODY_S", 0.05)
    app = Served()
    slow, gone = Exchange(b"half"), Exchange(b"half", {"type": "http.disconnect"})
    with anyio.fail_after(60):
        await WholeBodies(app)(http(), slow.receive, slow.send)
        await WholeBodies(app)(http(), gone.receive, gone.send)
    assert (slow.status, gone.sent, app.bodies) == (408, [], [])
    assert "did not come within" in slow.words


OPENED = {"headers": [(b"mcp-session-id", b"s1")]}


async def one(kept: CallerLimits, app: Served, caller: str = "ada", method: str = "POST", **headers: str) -> Exchange:
    asked = Exchange(part(b""))
    await kept.serve(app, caller, http(method, **headers), asked.receive, asked.send)
    return asked


async def test_r78_a_caller_has_so_many_requests_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_REQUESTS_PER_CALLER", 2)
    kept, app = CallerLimits(9, 60), Served()
    statuses: list[tuple[int | None, int]] = []

    async def during() -> None:
        app.during = None
        app.during = innermost
        statuses.append(((await one(kept, app)).status, kept.in_flight()))

    async def innermost() -> None:
        app.during = None
        refused = await one(kept, app)
        statuses.append((refused.status, kept.in_flight()))
        assert refused.headers[b"retry-after"] == b"1"
        assert "too many open requests" in refused.words
        statuses.append(((await one(kept, app, "bob")).status, kept.in_flight()))

    app.during = during
    assert (await one(kept, app)).status == 200
    assert statuses == [(429, 2), (200, 2), (200, 1)]
    assert kept.in_flight() == 0


async def test_r78_a_request_that_fails_is_in_flight_no_longer() -> None:
    kept, app = CallerLimits(9, 60), Served()

    async def during() -> None:
        raise KeyError("x")

    app.during = during
    with pytest.raises(KeyError):
        await one(kept, app)
    assert kept.in_flight() == 0


async def test_r78_a_caller_has_so_many_sessions_and_an_ended_or_lost_one_makes_room() -> None:
    kept = CallerLimits(1, 3_600)
    assert (await one(kept, Served(**OPENED))).status == 200
    refused = await one(kept, Served(**OPENED))
    assert (refused.status, refused.headers[b"retry-after"], kept.sessions()) == (429, b"60", 1)
    assert "too many open sessions; end some" in refused.words
    assert (await one(kept, Served(**OPENED), "bob")).status == 200
    assert kept.sessions() == 2
    for ending in ({"method": "DELETE", "app": Served()}, {"method": "POST", "app": Served(status=404)}):
        assert (await one(kept, ending["app"], method=ending["method"], mcp_session_id="s1")).status  # type: ignore[arg-type]  # a scope by hand
        assert kept.sessions() == 1
        assert (await one(kept, Served(**OPENED))).status == 200
        assert kept.sessions() == 2
    await one(kept, Served(status=500), method="DELETE", mcp_session_id="s1")
    await one(kept, Served(), mcp_session_id="s1")
    await one(kept, Served(), method="DELETE", mcp_session_id="another")
    assert kept.sessions() == 2


@pytest.mark.parametrize(
    ("method", "headers", "opens"),
    [
        ("POST", {}, True),
        ("POST", {"mcp_protocol_version": "2025-11-25"}, True),
        ("POST", {"mcp_protocol_version": "2026-07-28"}, False),
        ("GET", {}, False),
    ],
)
async def test_r78_only_what_would_open_a_session_is_kept_out_where_there_are_too_many(
    method: str, headers: dict[str, str], opens: bool
) -> None:
    kept = CallerLimits(1, 3_600)
    await one(kept, Served(**OPENED))
    assert (await one(kept, Served(), method=method, **headers)).status == (429 if opens else 200)


async def test_r78_a_session_that_could_not_be_opened_does_not_count() -> None:
    kept = CallerLimits(1, 3_600)
    await one(kept, Served(status=400, **OPENED))
    assert kept.sessions() == 0


async def test_r78_a_session_that_is_not_used_counts_no_longer_and_each_use_keeps_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [100.0]
    monkeypatch.setattr(limits.anyio, "current_time", lambda: now[0])
    kept = CallerLimits(1, 10.0)
    await one(kept, Served(**OPENED))
    now[0] = 109.0
    await one(kept, Served(), mcp_session_id="s1")
    now[0] = 118.9
    assert (await one(kept, Served(**OPENED))).status == 429
    now[0] = 119.0
    assert (await one(kept, Served(headers=[]))).status == 200
    assert kept.sessions() == 0


@pytest.mark.parametrize(("files", "most"), [(10_000, 512), (1_024, 512), (1_022, 511), (64, 32), (9, 8), (-1, 512)])
def test_r78_connections_take_half_of_the_files_that_may_be_open(
    files: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (files if files > 0 else resource.RLIM_INFINITY, files))
    assert max_connections() == most


def test_r78_the_limits_are_those_that_the_documents_name() -> None:
    times = (limits.HEADER_S, limits.BODY_S, limits.SEND_S, limits.IDLE_S)
    assert times == (10.0, 15.0, 30.0, 5)
    assert (limits.MAX_HEADER_BYTES, limits.MAX_BODY_BYTES, limits.MAX_BODIES_BYTES) == (16_384, 1_000_000, 64_000_000)
    assert (limits.MAX_CONNECTIONS, limits.MAX_REQUESTS_PER_CALLER) == (512, 256)


@pytest.mark.parametrize("goes_on", [True, False])
async def test_r78_who_does_not_read_is_left_and_who_reads_on_is_not(goes_on: bool) -> None:
    ended: list[str] = []

    class Flow:
        def pause_writing(self) -> None: ...

        def resume_writing(self) -> None: ...

    one = object.__new__(limits.LimitedProtocol)
    one.loop, one.send_s = asyncio.get_running_loop(), 0.02
    one.flow = Flow()  # type: ignore[assignment]  # uvicorn's own, of which these two are called
    one._end = lambda: ended.append("ended")  # type: ignore[method-assign]  # noted, not done
    one.pause_writing()
    if goes_on:
        one.resume_writing()
    await anyio.sleep(0.2)
    assert ended == ([] if goes_on else ["ended"])
