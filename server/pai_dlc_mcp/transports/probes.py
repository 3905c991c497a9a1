"""What a load balancer and a monitor ask: ``/healthz`` (alive), ``/readyz`` (state and audit usable), ``/metrics``."""

from __future__ import annotations

import logging

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..app import Application
from ..audit.record import check_writable
from ..errors import PaiError
from ..observability.metrics import CONTENT_TYPE, Metrics
from .auth import Rejections
from .limits import CallerLimits, LimitedProtocol, max_connections

log = logging.getLogger(__name__)
READY_FOR_S = 2.0
"""How long an answer of ``/readyz`` is kept: who asks more often costs nothing."""
PROBE_S = 5.0
"""How long the state store may take to answer."""


class Probes:
    """The three routes of one server; ``is_ending`` makes it unready, so that no new work comes while it ends."""

    def __init__(self, app: Application, metrics: Metrics, limits: CallerLimits, rejections: Rejections) -> None:
        self._app, self._metrics = app, metrics
        self._kept: tuple[float, dict[str, str]] | None = None
        self._lock = anyio.Lock()
        self.is_ending = False
        metrics.gauges |= {
            "requests_in_flight": ("Requests of known callers being served.", limits.in_flight),
            "sessions": ("Open sessions of the older protocol.", limits.sessions),
            "connections": ("Open connections.", lambda: LimitedProtocol.open_connections),
            "connections_limit": ("Most connections.", lambda: max_connections()),
        }
        metrics.totals["rejected_credentials_total"] = (
            "Requests without a valid credential.",
            lambda: rejections.total,
        )

    def routes(self) -> list[Route]:
        return [Route("/healthz", self.healthz), Route("/readyz", self.readyz), Route("/metrics", self.metrics)]

    async def healthz(self, request: Request) -> Response:
        return JSONResponse({"ok": True, "tools": len(self._app.tools)})

    async def readyz(self, request: Request) -> Response:
        """200 where calls can be served, else 503; each part says ``ok`` or what it is, and nothing of where it is."""
        parts = {"server": "is ending"} if self.is_ending else await self._parts()
        is_ready = all(value == "ok" for value in parts.values())
        return JSONResponse({"ok": is_ready, **parts}, status_code=200 if is_ready else 503)

    async def metrics(self, request: Request) -> Response:
        return Response(self._metrics.text(), headers={"content-type": CONTENT_TYPE})

    async def _parts(self) -> dict[str, str]:
        async with self._lock:
            now = anyio.current_time()
            if self._kept is None or now - self._kept[0] >= READY_FOR_S:
                self._kept = now, {"state": await self._state(), "audit": await self._audit()}
            return self._kept[1]

    async def _state(self) -> str:
        with anyio.move_on_after(PROBE_S):
            try:
                await (await self._app.runtime()).state.get("readyz")
            except PaiError as failure:
                log.warning("not ready: %s", failure)
                return "unusable"
            return "ok"
        log.warning("not ready: the state does not answer within %g s", PROBE_S)
        return "does not answer"

    async def _audit(self) -> str:
        path = self._app.settings.audit_log
        if path is None:
            return "ok"
        try:
            await anyio.to_thread.run_sync(check_writable, path)
        except OSError as failure:
            log.warning("not ready: the audit log cannot be written (%s)", failure.strerror)
            return "unusable"
        return "ok"
