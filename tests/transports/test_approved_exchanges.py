"""What HTTP answers before anything is a message of the protocol: each route and each refusal, with all of its headers,
as it was read and approved (tests/snapshots/exchanges)."""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from composites.approved import check
from pai_dlc_mcp.app import Application
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.config.tokens import add_token
from pai_dlc_mcp.observability.metrics import Metrics
from pai_dlc_mcp.runtime import Caller
from pai_dlc_mcp.transports import auth, limits
from pai_dlc_mcp.transports.oauth import JwtAuthenticator
from pai_dlc_mcp.transports.refusals import IssuerUnavailable
from pai_dlc_mcp.transports.service import build_service

PUBLIC = "https://mcp.example.com"
JSON = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
PING = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"})
LEFT_OUT = {"date", "content-length", "mcp-session-id", "etag", "last-modified"}


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = Application(settings)
    app.metrics = Metrics()
    service = build_service(app)
    async with app.running(), service.asgi.router.lifespan_context(service.asgi):
        transport = httpx.ASGITransport(app=service.asgi, client=("192.0.2.7", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
            yield client


async def exchange(client: httpx.AsyncClient, request: str, body: str = "", **headers: str) -> str:
    """A request and its whole answer, without what changes from one to the next."""
    method, path = request.split(" ", 1)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await client.request(method, path, content=body or None, headers=names)
    shown = [f"{name}: {value}" for name, value in sorted(answer.headers.items()) if name not in LEFT_OUT]
    is_text = "html" not in answer.headers.get("content-type", "") and len(answer.text) < 1_000
    text = re.sub(r'"version":"[^"]+"', '"version":"…"', answer.text) if is_text else "(a long body)"
    told = " ".join(f"{name}={value[:30].split(' ')[0]}…" for name, value in names.items() if name not in JSON)
    return "\n".join([f"> {request} {told}".rstrip(), str(answer.status_code), *shown, text.strip(), ""])


async def exchanges(client: httpx.AsyncClient, *requests: tuple[str, str, Mapping[str, str]]) -> str:
    return "\n".join([await exchange(client, request, body, **headers) for request, body, headers in requests])


def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "FIRST_DELAY_S", 0.0)


async def test_what_is_answered_to_callers_by_token_is_what_was_approved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quickly(monkeypatch)
    tokens, callers, audit = tmp_path / "tokens", tmp_path / "callers", tmp_path / "audit"
    ann, bob = (f"Bearer {add_token(tokens, name, now=time.time())}" for name in ("ann", "bob"))
    person = f"Bearer {add_token(tokens, 'ann', now=time.time(), is_person=True)}"
    callers.write_text('["http:ann"]\n')
    callers.chmod(0o600)
    async with served(Settings(tokens=tokens, callers=callers, audit_log=audit, public_url=PUBLIC)) as client:
        known = {"authorization": ann, **JSON}
        text = await exchanges(
            client,
            ("GET /healthz", "", {}), ("GET /readyz", "", {}), ("GET /metrics", "", {}), ("GET /elsewhere", "", {}),
            ("GET /elsewhere", "", known), ("POST /mcp", PING, JSON),
            ("POST /mcp", PING, {"authorization": "Bearer x"}),
            ("POST /mcp", PING, {"authorization": bob}), ("POST /mcp", PING, {"authorization": person}),
            ("PUT /mcp", "", known), ("PUT /mcp/", "", known), ("POST /mcp", "{", known),
            ("POST /mcp", PING, {**known, "host": "evil.example"}), ("GET /healthz", "", {"host": "evil.example"}),
            ("POST /mcp", PING, {**known, "host": "localhost:80@evil"}),
            ("PUT /mcp", PING, {**known, "host": "mcp.example.com"}),
            ("POST /mcp", PING, {**known, "origin": "https://evil.example"}),
            ("PUT /mcp", PING, {**known, "origin": "http://127.0.0.1:8080"}),
            ("POST /mcp", PING, {**known, "x-long": "x" * limits.MAX_HEADER_BYTES}),
            ("POST /mcp", "x" * (limits.MAX_BODY_BYTES + 1), known),
            ("GET /api/approvals", "", {}), ("POST /api/session", "{}", {}), ("GET /api/nothing", "", {}),
            ("POST /api/session", "{}", {"origin": "http://127.0.0.1:8080", "content-type": "application/json"}),
            ("POST /api/session", "{}", {"sec-fetch-site": "cross-site"}),
            ("GET /.well-known/oauth-protected-resource/mcp", "", {}),
        )  # fmt: skip
        monkeypatch.setattr(auth, "MAX_DELAYED", 0)
        text += await exchanges(client, ("POST /mcp", PING, JSON))
        monkeypatch.setattr(limits, "MAX_REQUESTS_PER_CALLER", 0)
        text += await exchanges(client, ("POST /mcp", PING, known))
    check("exchanges/tokens.txt", text)
    lines = [json.loads(line) for line in audit.read_text().splitlines()]
    assert [line["client"] for line in lines if line.get("client")] != []


async def test_what_is_answered_to_callers_of_an_issuer_is_what_was_approved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quickly(monkeypatch)
    answers: dict[str, Caller | None] = {
        "Bearer none": None, "Bearer other": Caller("oauth:ann", scopes=frozenset({"other"})),
    }  # fmt: skip

    async def identify(self: Any, header: str) -> Caller | None:
        if header == "Bearer later":
            raise IssuerUnavailable
        return answers.get(header)

    monkeypatch.setattr(JwtAuthenticator, "identify", identify)
    settings = Settings(oauth_issuer="https://issuer.example/pai", public_url=PUBLIC)
    async with served(settings) as client:
        text = await exchanges(
            client,
            ("GET /.well-known/oauth-protected-resource/mcp", "", {}), ("POST /mcp", PING, JSON),
            *(("POST /mcp", PING, {"authorization": header, **JSON}) for header in (*answers, "Bearer later")),
        )  # fmt: skip
    check("exchanges/oauth.txt", text)


async def test_what_is_answered_where_everybody_is_one_caller_is_what_was_approved() -> None:
    async with served(Settings(no_auth=True)) as client:
        text = await exchanges(
            client, ("GET /metrics", "", {}), ("POST /mcp", PING, JSON), ("DELETE /mcp", "", JSON),
            ("GET /mcp", "", JSON), ("POST /mcp", PING, {"content-type": "text/plain"}), ("GET /api/jobs", "", {}),
        )  # fmt: skip
    check("exchanges/open.txt", text)
