"""MCP over HTTP by hand: every header and field as a test wants it, in both eras."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx

from .processes import PATIENCE_S, VERSION_2025, VERSION_2026, envelope

TAKEN = "application/json, text/event-stream"


class Http:
    """Requests to one server, with or without a bearer token."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self.url, self.session = url, ""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self.client = httpx.Client(trust_env=False, timeout=PATIENCE_S, headers=headers)

    def __enter__(self) -> Http:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def post(self, message: Mapping[str, Any], **headers: str) -> httpx.Response:
        given = {"accept": TAKEN, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.post(self.url, json={"jsonrpc": "2.0", **message}, headers=given)

    def modern(
        self, method: str, params: Mapping[str, Any] | None = None, *, can: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """One request of 2026-07-28; ``can`` are the client's capabilities."""
        body = {"id": 1, "method": method, "params": {**(params or {}), "_meta": envelope(can)}}
        headers = {"mcp-protocol-version": VERSION_2026, "mcp-method": method}
        name = (params or {}).get("name") or (params or {}).get("uri")
        return answer_in(self.post(body, **headers, **({"mcp-name": name} if name else {})))

    def call(self, name: str, *, can: Mapping[str, Any] | None = None, retry: Any = None, **given: Any) -> Any:
        """A tool call of 2026-07-28; ``retry`` adds what a second round brings along."""
        return self.modern("tools/call", {"name": name, "arguments": given, **(retry or {})}, can=can)

    def data(self, name: str, **given: Any) -> dict[str, Any]:
        result = self.call(name, **given)["result"]["structuredContent"]
        assert result["ok"], result
        return dict(result["data"])

    def greet(self, can: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Open a session of 2025-11-25."""
        client = {"name": "tests", "version": "1"}
        params = {"protocolVersion": VERSION_2025, "capabilities": dict(can or {}), "clientInfo": client}
        answer = self.post({"id": 0, "method": "initialize", "params": params})
        self.session = answer.headers["mcp-session-id"]
        self.legacy_post({"method": "notifications/initialized"})
        return answer_in(answer)

    def legacy_post(self, message: Mapping[str, Any]) -> httpx.Response:
        return self.post(message, mcp_session_id=self.session, mcp_protocol_version=VERSION_2025)

    def legacy(self, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return answer_in(self.legacy_post({"id": 1, "method": method, "params": dict(params or {})}))


def answer_in(answer: httpx.Response) -> dict[str, Any]:
    """The response in a JSON or an event-stream body."""
    if answer.headers.get("content-type", "").startswith("application/json"):
        return dict(answer.json())
    found = [json.loads(line.removeprefix("data:")) for line in answer.text.splitlines() if line.startswith("data: {")]
    return next(dict(message) for message in found if "method" not in message)
