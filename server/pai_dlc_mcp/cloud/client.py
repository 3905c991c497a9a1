"""The client: one signed request, tried again where that is safe, over by its deadline, judged by the error tree.

Equal reads in flight are one request, and requests wait for their turn where the account's share of the service is
used up, by this server or another on the same state.
"""

from __future__ import annotations

import copy
import json
import math
import random
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio

from ..config.settings import Settings
from ..errors import CredentialsError, PaiError, Throttled
from ..operation import READ, Operation
from ..runtime import DELAYS, Reply
from ..state import State, StateUnavailable, canonical, entry, key_of
from .answers import Failure, judge
from .credentials import WHERE, ChainCredentials, Credential, Credentials
from .endpoints import Endpoints
from .request import Exchange

if TYPE_CHECKING:
    from .transport import Transport


DEADLINE_S = 24.0

SERVICE_REQUESTS_PER_S = 100
"""What the service allows an account for each API and region (a usual quota; not confirmed for these products)."""
STEADY, AT_ONCE = 0.75, 0.15
"""The part of the allowance that is used steadily, and what may be used at once after a pause. The rest covers that
servers learn of each other's requests two seconds late."""
ANNOUNCED_EVERY_S = 2.0
NEW_WEIGHT, _LEAST_RATE = 0.2, 0.05
"""How much of what was asked for in the last two seconds counts beside what counted before: shares that move slowly add
up to the whole, though servers learn of them at different times."""
PAUSE_S = 1.0
"""How long a server sends nothing more of an API of which the service has just refused one as too many."""
LONGEST_TURN_S = 10.0
"""A request that would wait longer for its turn is refused."""


class Traffic:
    """What all clients of one application share: how many writes have ended, and the budget of requests.

    Servers on one state divide the budget of each API and region in proportion to what each asked for lately; a server
    that the others do not know yet counts as asking for one request a second. Without a shared state the budget is this
    server's own. ``per_second`` of ``None`` is no budget.
    """

    def __init__(
        self,
        per_second: float | None = None,
        state: State | None = None,
        *,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
        now: Callable[[], float] = anyio.current_time,
    ) -> None:
        self.per_second, self.state, self.writes = per_second, state, 0
        self._sleep, self._now = sleep, now
        self._name = secrets.token_hex(8)
        self._next: dict[str, float] = {}
        self._asked: Counter[str] = Counter()
        self._lately: dict[str, float] = {}
        self._others: dict[str, float] = {}
        self._others_count = 0
        self._announced = -math.inf

    async def turn(self, api: str, region: str) -> float:
        """Wait until a request of this API may be sent; the seconds that took.

        Raises:
            Throttled: that would take longer than ``LONGEST_TURN_S``.
        """
        if self.per_second is None:
            return 0.0
        key = f"{region} {api}"
        self._asked[key] += 1
        await self._agree()
        rate, now = self.share(key), self._now()
        at = max(self._next.get(key, -math.inf), now - AT_ONCE / STEADY)
        wait_s = max(0.0, at - now)
        if wait_s > LONGEST_TURN_S:
            raise Throttled(
                f"Nothing was sent: more requests of {api} wait for their turn than are sent in {LONGEST_TURN_S:.0f} s "
                f"({self.per_second:g} a second for each API, over all servers of this state); ask again later.",
                rule="R72",
            )
        self._next[key] = at + 1 / rate
        if wait_s:
            await self._sleep(wait_s)
        return wait_s

    def pause(self, api: str, region: str) -> None:
        """The service has refused a request of this API as one too many: for a moment send no other."""
        key = f"{region} {api}"
        self._next[key] = max(self._next.get(key, -math.inf), self._now() + PAUSE_S)

    def share(self, key: str) -> float:
        """Requests a second that this server may send steadily of ``key`` (region and API)."""
        own = max(1.0, self._lately.get(key, 0.0))
        all_servers = own + max(self._others.get(key, 0.0), float(self._others_count))
        return STEADY * (self.per_second or math.inf) * own / all_servers

    async def _agree(self) -> None:
        """Tell the other servers what was asked for here, and learn what was asked for there."""
        now = self._now()
        if self.state is None or now < self._announced + ANNOUNCED_EVERY_S:
            return
        passed_s = min(max(ANNOUNCED_EVERY_S, now - self._announced), 10 * ANNOUNCED_EVERY_S)
        self._announced = now
        rates = {key: self._lately.get(key, 0.0) * (1 - NEW_WEIGHT) for key in {*self._lately, *self._asked}}
        rates = {key: rate + self._asked[key] / passed_s * NEW_WEIGHT for key, rate in rates.items()}
        self._lately = {key: rate for key, rate in rates.items() if rate >= _LEAST_RATE}
        self._asked.clear()
        own = key_of(_ANNOUNCEMENTS, self._name)
        try:
            await self.state.put({own: json.dumps({"asked": self._lately})}, 3 * ANNOUNCED_EVERY_S)
            found = await self.state.scan(key_of(_ANNOUNCEMENTS) + "/", limit=_MOST_SERVERS)
            others = [entry(text, "asked")["asked"] for key, text in found.items() if key != own]
        except StateUnavailable:
            return  # guards that need the state refuse; a read goes on with the shares agreed before
        total: dict[str, float] = {}
        for asked in others:
            for key, rate in asked.items() if isinstance(asked, dict) else ():
                if isinstance(rate, int | float) and 0 < rate < math.inf:  # the state may be damaged
                    total[key] = total.get(key, 0.0) + rate
        self._others, self._others_count = total, len(others)


_ANNOUNCEMENTS = "requests-asked"
_MOST_SERVERS = 100


@dataclass
class _Flight:
    """A read on its way, and after it its outcome; ``writes`` is how many writes had ended when it began."""

    writes: int
    done: anyio.Event = field(default_factory=anyio.Event)
    outcome: Reply | PaiError | None = None

    def result(self) -> Reply:
        """The outcome for one who joined: a copy, since every caller may change its own."""
        if isinstance(self.outcome, Reply):
            return copy.deepcopy(self.outcome)
        raise copy.copy(self.outcome or AssertionError("a flight without an outcome"))


class CloudClient:
    """The protocol ``Cloud`` over HTTPS. ``deadline_s`` bounds one call with all its attempts and waits.

    It belongs to the event loop of its first call. ``traffic`` is shared by the clients of one application.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        credentials: Credentials,
        *,
        deadline_s: float = DEADLINE_S,
        traffic: Traffic | None = None,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.endpoints, self.credentials = endpoints, credentials
        self.traffic = traffic or Traffic()
        self._deadline_s, self._sleep, self._jitter = deadline_s, sleep, jitter
        self._flights: dict[tuple[object, ...], _Flight] = {}
        self._transport: Transport | None = None

    @classmethod
    def of(
        cls,
        settings: Settings,
        credentials: Credentials | None = None,
        by_region: Mapping[str, Mapping[str, str]] | None = None,
        traffic: Traffic | None = None,
    ) -> CloudClient:
        """As the operator set it, with the default credential chain; ``by_region`` as for ``Endpoints.of``.

        Raises:
            ValueError: an endpoint that must not be used; one clear line.
        """
        chain = credentials or ChainCredentials(settings.profile)
        return cls(Endpoints.of(settings, by_region), chain, traffic=traffic)

    async def send(
        self, operation: Operation, args: Mapping[str, Any], region: str, *, max_bytes: int | None = None
    ) -> Reply:
        """See ``Cloud.send``. A read joins an equal one in flight, unless a write has ended since that began."""
        if operation.effect is not READ:
            try:
                return await self.request(operation, args, region, max_bytes)
            finally:
                self.traffic.writes += 1
        key = (operation.service.key, operation.action_name, region, max_bytes, canonical(args))
        while (ahead := self._flights.get(key)) is not None and ahead.writes == self.traffic.writes:
            await ahead.done.wait()
            if ahead.outcome is not None:
                return ahead.result()
        flight = self._flights[key] = _Flight(self.traffic.writes)
        try:
            flight.outcome = await self.request(operation, args, region, max_bytes)
            return flight.outcome
        except PaiError as error:
            flight.outcome = copy.copy(error)
            raise
        finally:
            if self._flights.get(key) is flight:
                del self._flights[key]
            flight.done.set()

    async def request(self, operation: Operation, args: Mapping[str, Any], region: str, max_bytes: int | None) -> Reply:
        """One request of its own; raises as ``Cloud.send`` does."""
        x = Exchange.of(operation, args, self.endpoints.base(operation.service.key, region), max_bytes)
        with anyio.move_on_after(self._deadline_s):
            return await self._tried(x, region)
        x.trouble = f"did not answer in full within {self._deadline_s:g} s"
        return _settled(judge(x, last=True))

    async def identity(self) -> str:
        """See ``Cloud.identity``."""
        return await self.credentials.identity()

    async def close(self) -> None:
        if self._transport is not None:
            await self._transport.close()
            self._transport = None

    async def _tried(self, x: Exchange, region: str) -> Reply:
        """Attempts until one settles it, each when its turn has come."""
        credential, done, renewed = await self._credential(), 0, False
        while True:
            await self._turn(x, region)
            x.restart()
            outcome = await self._once(x, credential)
            if isinstance(outcome, Failure) and isinstance(outcome.error, Throttled):
                self.traffic.pause(x.operation.action_name, region)
            if isinstance(outcome, Failure) and outcome.again == "renewed" and not renewed:
                credential, renewed = await self._other(credential, outcome), True
                continue
            wait_s = self._wait(outcome, x, done) if isinstance(outcome, Failure) else None
            if wait_s is None:
                return _settled(outcome)
            await self._sleep(wait_s)
            done += 1

    async def _turn(self, x: Exchange, region: str) -> None:
        delayed_s = await self.traffic.turn(x.operation.action_name, region)
        if delayed_s and (delays := DELAYS.get()) is not None:
            delays.append(delayed_s)

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
