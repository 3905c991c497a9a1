"""A server that keeps what it was sent, to the byte, and the two clients that are compared through it."""

from __future__ import annotations

import contextlib
import functools
import inspect
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from typing import Any

from pai_dlc_mcp.operation import Operation

CONTRACT = json.loads((Path(__file__).parents[2] / "server/pai_dlc_emulator/contract.json").read_text(encoding="utf-8"))
PACKAGES = {"pai-dlc": "alibabacloud_pai_dlc20201203", "aiworkspace": "alibabacloud_aiworkspace20210204"}
KEY, SECRET = "LTAIcontracttest", "secret-of-the-contract-test"


@dataclass(frozen=True)
class Seen:
    """One request as it stood on the wire; header names in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def signed(self) -> dict[str, str]:
        """The headers that the signature names, with their values."""
        names = re.search(r"SignedHeaders=([^,]+)", self.headers["authorization"])
        assert names is not None
        return {name: self.headers[name] for name in names[1].split(";")}

    @property
    def signature(self) -> str:
        return self.headers["authorization"].rpartition("Signature=")[2]


class Wiretap:
    """Answers ``{}`` to everything and hands out what it saw, once."""

    def __init__(self) -> None:
        self._seen: list[Seen] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, self._seen))
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_port}"

    def take(self) -> Seen:
        [seen] = self._seen
        self._seen.clear()
        return seen

    @contextlib.contextmanager
    def listening(self) -> Iterator[Wiretap]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join(timeout=5)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65_536
    disable_nagle_algorithm = True

    def __init__(self, seen: list[Seen], *args: Any) -> None:
        self._into = seen
        super().__init__(*args)

    def _keep(self) -> None:
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._into.append(Seen(self.command, path, query, headers, body))
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_POST = do_PUT = do_DELETE = _keep  # noqa: N815 - the names that http.server calls

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""


class Official:
    """The two official SDKs, pointed at the wiretap."""

    def __init__(self, address: str, token: str | None = None) -> None:
        from alibabacloud_tea_openapi.utils_models import Config

        self._clients = {}
        for product, package in PACKAGES.items():
            config = Config(
                access_key_id=KEY, access_key_secret=SECRET, security_token=token, endpoint=address, protocol="http"
            )
            self._clients[product] = import_module(f"{package}.client").Client(config)

    def send(self, operation: Operation, wire: dict[str, Any]) -> None:
        """Call the SDK's own method with these arguments, by API name."""
        from darabonba.runtime import RuntimeOptions

        product, name = operation.service.key, operation.action_name
        facts = CONTRACT[product]["operations"][name]
        attributes = {p["name"]: p["attr"] for p in facts["params"]}
        assert wire.keys() <= attributes.keys(), f"{name} has no {wire.keys() - attributes.keys()}"
        in_path = {p["name"] for p in facts["params"] if p["in"] == "path"}
        given = {attributes[n]: v for n, v in wire.items() if n in in_path}
        method = getattr(self._clients[product], self._method(product, name))
        if facts["request"]:
            given[_request_argument(method)] = _model(product, facts["request"], attributes, in_path, wire)
        method(**given, headers={}, runtime=RuntimeOptions())

    def _method(self, product: str, name: str) -> str:
        wanted = f"{name}withoptions".lower()
        return next(n for n in dir(self._clients[product]) if n.replace("_", "").lower() == wanted)


def _request_argument(method: Any) -> str:
    return next(name for name in inspect.signature(method).parameters if name in ("request", "tmp_req"))


def _model(product: str, model: str, attributes: dict[str, str], in_path: set[str], wire: dict[str, Any]) -> Any:
    """The SDK's request object with only the given attributes set: its from_map would fill in empty lists."""
    kind = getattr(import_module(f"{PACKAGES[product]}.models"), model)
    fields = {name: value for name, value in wire.items() if name not in in_path}
    parsed = kind().from_map(fields)
    return kind(**{attributes[name]: getattr(parsed, attributes[name]) for name in fields})
