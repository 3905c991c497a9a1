"""The emulator as an ASGI application: the products' addresses and one for administration, distinguished by port."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

from .clock import iso
from .connection import Answer, Connection, Message, Receive, Send
from .contract import Product, Route
from .faults import DELIVERIES, Fault
from .service import PRODUCTS, Service
from .signature import Request

BODY_LIMIT = 1_048_576
Admin = Callable[[Service, str, str, dict[str, str], bytes], Answer]
ADMIN = "admin"


class Application:
    """The ASGI callable. ``ports`` says which product of which region a port is, or that it is the admin's;
    ``transports`` are the open connections."""

    def __init__(self, service: Service, admin: Admin) -> None:
        self._service, self._admin = service, admin
        self.ports: dict[int, tuple[str, str]] = {}
        self.transports: WeakValueDictionary[tuple[Any, Any], asyncio.Transport] = WeakValueDictionary()
        self._closing = asyncio.Event()

    def close(self) -> None:
        """Break every connection and wake whatever waits on purpose."""
        self._closing.set()
        for transport in list(self.transports.values()):
            transport.abort()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        client, server = tuple(scope["client"]), tuple(scope["server"])
        connection = Connection(receive, send, self.transports[client, server], self._closing)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        path, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
        try:
            body = await connection.read(BODY_LIMIT)
        except ConnectionAbortedError:
            return
        name, region = self.ports[server[1]]
        if name != ADMIN:
            request = Request(scope["method"], path, query, headers, body or b"")
            if (page := self._service.page(PRODUCTS[name], region, request)) is not None:
                await connection.answer(page)
            else:
                await self._product(PRODUCTS[name], region, connection, request, body)
        elif body is None:
            await connection.answer(_too_large())
        else:
            await connection.answer(self._admin(self._service, scope["method"], f"{path}?{query}", headers, body))

    async def _product(
        self, product: Product, region: str, connection: Connection, request: Request, body: bytes | None
    ) -> None:
        """Journal the request, then carry it out and answer, with whatever fault is due."""
        service = self._service
        route = product.route(request.method, request.path)
        operation = route.operation.key if route else None
        at, target = iso(service.world.clock.now()), f"{request.path}?{request.query}"
        entry = service.journal.add(at, operation, request.method, target, request.headers, request.body)
        fault = service.faults.take(operation, (route.arguments if route else {}) | entry["query"], entry["body"])
        if fault is None:
            answer = _too_large() if body is None else service.answer(product, region, route, request)
            entry["status"] = answer.status if await connection.answer(answer) else None
        else:
            entry["status"] = await self._faulty(fault, product, region, route, connection, request)

    async def _faulty(
        self,
        fault: Fault,
        product: Product,
        region: str,
        route: Route | None,
        connection: Connection,
        request: Request,
    ) -> int | None:
        """Answer under a fault; the status that the client got to see."""
        if fault.kind == "drop_before":
            await connection.drop()
            return None
        replacement = fault.replacement()
        if replacement is not None:
            return replacement.status if await connection.answer(replacement) else None
        if fault.kind == "delay" and fault.options.get("before"):
            await connection.postpone(fault.options["seconds"])
        answer = self._service.answer(product, region, route, request)
        return await DELIVERIES[fault.kind](fault, route.operation.name if route else None, answer, connection)


def _too_large() -> Answer:
    body = {"Code": "RequestTooLarge", "Message": f"The body exceeds {BODY_LIMIT} bytes.", "RequestId": "NONE"}
    return Answer.of(413, body)
