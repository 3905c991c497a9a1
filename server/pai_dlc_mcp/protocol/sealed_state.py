"""Seals what a paused call hands to the client (2026-07-28), with keys that all replicas of a server share.

The SDK's boundary does the work: it encrypts, and binds to the tool, the arguments, the caller and ten minutes. It is
made when the first paused call needs it, because its cryptography is not needed before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR
from mcp_types.methods import is_input_required

from ..config.settings import Settings
from ..runtime import Caller
from ..state import StateUnavailable
from ..state.keys import Keys, keys_of

if TYPE_CHECKING:
    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
    from mcp.server.request_state import RequestStateBoundary

LIFE_S = 300.0
"""As long as the question itself is kept."""


class SealedState:
    """Middleware of the SDK's server. Where the keys cannot be had, a paused call fails; nothing passes unsealed."""

    def __init__(self, settings: Settings, name_of: Callable[[Any], Caller], audience: str) -> None:
        self._settings, self._name_of, self._audience = settings, name_of, audience
        self._made: tuple[Keys, RequestStateBoundary] | None = None

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        if ctx.params is not None and ctx.params.get("requestState") is not None:
            return await self._boundary()(ctx, call_next)
        result = await call_next(ctx)
        if not is_input_required(result):
            return result

        async def paused(_: ServerRequestContext[Any, Any]) -> HandlerResult:
            return result

        return await self._boundary()(ctx, paused)

    def _boundary(self) -> RequestStateBoundary:
        try:
            keys = keys_of(self._settings)
        except StateUnavailable as wrong:
            raise MCPError(INTERNAL_ERROR, wrong.message) from None
        if self._made is None or self._made[0] is not keys:  # the operator may have changed them
            self._made = keys, self._make(keys)
        return self._made[1]

    def _make(self, keys: Keys) -> RequestStateBoundary:
        from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity  # start-up: saves 25 ms

        security = RequestStateSecurity(
            keys=keys.derived(b"request-state"), ttl=LIFE_S, bind_principal=lambda context: self._name_of(context).name
        )
        return RequestStateBoundary(security, default_audience=self._audience)
