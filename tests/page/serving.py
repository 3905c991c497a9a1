"""A page on a real socket in this process, and a browser's requests to it by hand."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import anyio
import httpx

from pai_dlc_emulator.accounts import KEYS
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.app import Application
from pai_dlc_mcp.cloud.credentials import StaticCredentials
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.page.sessions import OneTimeKey
from pai_dlc_mcp.transports.closing import ClosingRequests
from pai_dlc_mcp.transports.dashboard import Dashboard, build_dashboard
from pai_dlc_mcp.transports.http import Served, _uvicorn_server, open_listener
from pai_dlc_mcp.transports.service import Service, build_service

PATIENCE_S = 60
"""Only so that a test which hangs ends."""


def application(emulator: Emulator, **settings: Any) -> Application:
    given: dict[str, Any] = {
        "region": "cn-hangzhou",
        "dlc_endpoint": emulator.dlc,
        "aiworkspace_endpoint": emulator.aiworkspace,
        "studio_endpoint": emulator.paistudio,
    }
    key = next(iter(KEYS))
    return Application(Settings(**(given | settings)), credentials=StaticCredentials(key, KEYS[key].secret))


@asynccontextmanager
async def served(app: Application, build: Callable[[int], Served]) -> AsyncIterator[str]:
    """The address of what is served while the block lasts."""
    listener = open_listener("127.0.0.1", 0)
    port = int(listener.getsockname()[1])
    requests = ClosingRequests(build(port).asgi, 1)
    server = _uvicorn_server(requests, app.settings)
    failure: Exception | None = None
    async with app.running(), anyio.create_task_group() as group:
        group.start_soon(partial(server.serve, sockets=[listener]))
        try:
            yield f"http://127.0.0.1:{port}"
        except Exception as wrong:  # noqa: BLE001 - raised again once the server has ended in order
            failure = wrong
        finally:
            while Browser.opened:
                await Browser.opened.pop().client.aclose()
            requests.close()
            server.should_exit = True
    listener.close()
    if failure is not None:
        raise failure


class Browser:
    """One browser: it keeps cookies and the page key, and says where its requests come from."""

    opened: ClassVar[list[Browser]] = []
    """Those to be closed with the server."""

    def __init__(self, url: str) -> None:
        self.opened.append(self)
        self.url, self.page_key = url, ""
        self.client = httpx.AsyncClient(base_url=url, trust_env=False, timeout=PATIENCE_S)

    async def open(self, address: str) -> None:
        """Follow the address that a terminal has shown."""
        answer = await self.client.get(address)
        assert answer.status_code == 303, answer.text
        self.page_key = parse_qs(urlsplit(answer.headers["location"]).fragment)["page_key"][0]

    async def sign_in(self, token: str = "") -> httpx.Response:
        headers = {"origin": self.url, "x-pai-dlc-page": "login"}
        answer = await self.client.post("/api/session", json={"token": token}, headers=headers)
        if answer.status_code == 200:
            self.page_key = answer.json()["page_key"]
        return answer

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(path, headers=headers)

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """A request as the page makes it; ``headers`` replace its own, empty ones take them out."""
        given = {"origin": self.url, "x-pai-dlc-page": self.page_key} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        given = {name: value for name, value in given.items() if value}
        return await self.client.post(path, json={} if body is None else body, headers=given)

    async def tool(self, name: str, **given: Any) -> dict[str, Any]:
        answer = await self.post(f"/api/tools/{name}", given)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    @asynccontextmanager
    async def events(self, *watches: str, query: str = "") -> AsyncIterator[AsyncIterator[tuple[str, Any]]]:
        """The events of one stream, as they come."""
        path = "/api/events?" + "&".join(f"watch={watch}" for watch in watches) + query
        async with self.client.stream("GET", path) as answer:
            assert answer.status_code == 200, await answer.aread()
            yield _events(answer)


async def _events(answer: httpx.Response) -> AsyncIterator[tuple[str, Any]]:
    name = ""
    async for line in answer.aiter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


@asynccontextmanager
async def dashboard(app: Application, *, is_terminal: bool = True) -> AsyncIterator[tuple[Browser, Dashboard]]:
    """A dashboard, and the browser of the person whose terminal has shown its address."""
    key, made = OneTimeKey(), list[Dashboard]()

    def build(port: int) -> Dashboard:
        made.append(build_dashboard(app, key, port, is_terminal=is_terminal))
        return made[0]

    async with served(app, build) as url:
        browser = Browser(url)
        await browser.open(f"/?key={key.renew()}")
        yield browser, made[0]


@asynccontextmanager
async def service(app: Application) -> AsyncIterator[tuple[str, Service]]:
    """``serve --http`` in this process."""
    made: list[Service] = []

    def build(port: int) -> Service:
        made.append(build_service(app, "127.0.0.1", port))
        return made[0]

    async with served(app, build) as url:
        yield url, made[0]


def tokens_file(folder: Path, *lines: str) -> Path:
    path = folder / "tokens"
    path.touch(0o600)
    path.write_text("\n".join(lines) + "\n")
    return path
