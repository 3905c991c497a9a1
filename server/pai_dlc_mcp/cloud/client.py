"""The client: one signed request, tried again where that is safe, over by its deadline, judged by the error tree."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

import anyio

from ..config.settings import Settings
from ..errors import CredentialsError
from ..operation import Operation
from ..runtime import Reply
from .answers import Failure, judge
from .credentials import WHERE, ChainCredentials, Credential, Credentials
from .endpoints import Endpoints
from .request import Exchange

if TYPE_CHECKING:
    from .transport import Transport


DEADLINE_S = 24.0


class CloudClient:
    """The protocol ``Cloud`` over HTTPS. ``deadline_s`` bounds one call with all its attempts and waits.

    It belongs to the event loop of its first call.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        credentials: Credentials,
        *,
        deadline_s: float = DEADLINE_S,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.endpoints, self.credentials = endpoints, credentials
        self._deadline_s, self._sleep, self._jitter = deadline_s, sleep, jitter
        self._transport: Transport | None = None

    @classmethod
    def of(
        cls,
        settings: Settings,
        credentials: Credentials | None = None,
        by_region: Mapping[str, Mapping[str, str]] | None = None,
    ) -> CloudClient:
        """As the operator set it, with the default credential chain; ``by_region`` as for ``Endpoints.of``.

        Raises:
            ValueError: an endpoint that must not be used; one clear line.
        """
        return cls(Endpoints.of(settings, by_region), credentials or ChainCredentials(settings.profile))

    async def send(
        self, operation: Operation, args: Mapping[str, Any], region: str, *, max_bytes: int | None = None
    ) -> Reply:
        """See ``Cloud.send``."""
        x = Exchange.of(operation, args, self.endpoints.base(operation.service.key, region), max_bytes)
        with anyio.move_on_after(self._deadline_s):
            return await self._tried(x)
        x.trouble = f"did not answer in full within {self._deadline_s:g} s"
        return _settled(judge(x, last=True))

    async def identity(self) -> str:
        """See ``Cloud.identity``."""
        return await self.credentials.identity()

    async def close(self) -> None:
        if self._transport is not None:
            await self._transport.close()
            self._transport = None

    async def _tried(self, x: Exchange) -> Reply:
        """Attempts until one settles it."""
        credential, done, renewed = await self._credential(), 0, False
        while True:
            x.restart()
            outcome = await self._once(x, credential)
            if isinstance(outcome, Failure) and outcome.again == "renewed" and not renewed:
                credential, renewed = await self._other(credential, outcome), True
                continue
            wait_s = self._wait(outcome, x, done) if isinstance(outcome, Failure) else None
            if wait_s is None:
                return _settled(outcome)
            await self._sleep(wait_s)
            done += 1

    async def _credential(self) -> Credential:
        """The chain may ask other machines; it gets half the time, lest its silence be taken for the service's."""
        with anyio.move_on_after(self._deadline_s / 2):
            return await self.credentials.get()
        raise CredentialsError(f"The credential provider did not answer in time; {WHERE}.", rule="R70")

    async def _once(self, x: Exchange, credential: Credential) -> Reply | Failure:
        if self._transport is None:
            from .transport import Transport  # start-up: saves 40 ms

            self._transport = Transport(self.endpoints)
        x.origin = credential.origin
        await self._transport.run(x, credential)
        return judge(x)

    async def _other(self, refused: Credential, failure: Failure) -> Credential:
        """The credential after a fresh look, unless it is the one that was refused."""
        found = await self.credentials.renewed(refused)
        if found is None:
            raise failure.error
        return found

    def _wait(self, failure: Failure, x: Exchange, done: int) -> float | None:
        left_s = anyio.current_effective_deadline() - anyio.current_time()
        return wait_before(failure, is_read=x.is_read, done=done, left_s=left_s, jitter=self._jitter())


def _settled(outcome: Reply | Failure) -> Reply:
    if isinstance(outcome, Failure):
        raise outcome.error
    return outcome


REPEATS = 2
BASE_S = 0.3
LEAST_LEFT_S = 0.5
"""With less time than this left after the wait, another attempt is not worth it."""


def wait_before(failure: Failure, *, is_read: bool, done: int, left_s: float, jitter: float) -> float | None:
    """Seconds to wait before another attempt, ``None`` where there is none.

    ``done`` counts the repeats so far, ``left_s`` is the time to the deadline, ``jitter`` is drawn from 0 to 1. A write
    is only repeated where the request surely never reached the service.
    """
    allowed = failure.again == "always" or (failure.again == "reads" and is_read)
    wait_s = max(failure.wait_s, BASE_S * 2.0**done * (0.5 + jitter))
    return wait_s if allowed and done < REPEATS and wait_s + LEAST_LEFT_S <= left_s else None
