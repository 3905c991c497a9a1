"""Requests handed to the emulator's service without a socket, for tests that make thousands of them: the client, its
signatures and its judgement stay, and so do the emulator's checks of them."""

from __future__ import annotations

from urllib.parse import urlsplit

import anyio
import httpx

from pai_dlc_emulator.connection import Answer
from pai_dlc_emulator.server import Emulator
from pai_dlc_emulator.service import PRODUCTS
from pai_dlc_emulator.signature import Request
from pai_dlc_emulator.world import REGIONS
from pai_dlc_mcp.cloud.client import CloudClient
from pai_dlc_mcp.cloud.credentials import Credential
from pai_dlc_mcp.cloud.request import Exchange
from pai_dlc_mcp.cloud.transport import Acs3
from pai_dlc_mcp.runtime import Cloud


def received_of(x: Exchange, credential: Credential) -> tuple[str, Request]:
    """Host and port that a request goes to, and the signed request as the service receives it."""
    request = httpx.Request(x.request.method, x.url, content=x.request.body, headers=x.headers)
    request = next(Acs3(credential).auth_flow(request))
    path, _, query = request.url.raw_path.decode().partition("?")
    place = urlsplit(str(request.url)).netloc
    return place, Request(x.request.method, path, query, dict(request.headers), request.content)


def fill(x: Exchange, answer: Answer) -> None:
    """Give the client the service's answer, no more of it than it takes."""
    x.status, x.answer_headers = answer.status, {"content-type": "application/json", **dict(answer.headers)}
    x.body, x.more = bytearray(answer.body[: x.limit]), len(answer.body) > x.limit


class DirectWire:
    """In the place of the client's own transport."""

    def __init__(self, emulator: Emulator) -> None:
        self._service = emulator.service
        bases = {"pai-dlc": emulator.dlc, "aiworkspace": emulator.aiworkspace, "paistudio": emulator.paistudio}
        self._products = {urlsplit(base).netloc: PRODUCTS[name] for name, base in bases.items()}

    async def run(self, x: Exchange, credential: Credential) -> None:
        place, received = received_of(x, credential)
        product = self._products[place]
        x.sent = True
        await anyio.lowlevel.checkpoint()
        route = product.route(received.method, received.path)
        fill(x, self._service.answer(product, REGIONS[0], route, received))

    async def close(self) -> None:
        """Nothing is open."""


def connect_directly(cloud: Cloud, emulator: Emulator) -> None:
    """From now on this client's requests need no socket."""
    assert isinstance(cloud, CloudClient)
    cloud._transport = DirectWire(emulator)  # type: ignore[assignment]  # it is used for no more than these two
