"""Things that go wrong on request: set through the admin address, each good for a number of requests.

Some strike before anything is done (``status``, ``throttle``, ``rate_limit``, ``drop_before``, ``delay`` with
``before``), the others once the operation has been carried out: then only the answer suffers.
"""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .connection import Answer, Connection
from .contract import products

_CHUNK = 65_536
_LINE = json.dumps("epoch 1 step 1 loss 0.6931 " + "." * 96).encode()
_BODILESS = (204, 304)
"""HTTP gives these no body."""
_NUMBERS: dict[str, tuple[tuple[str, float], ...]] = {
    "delay": (("seconds", 1.0),),
    "endless": (("seconds", 0.05),),
    "throttle": (("retry_after_ms", 1000),),
    "rate_limit": (("calls", 10), ("window_s", 1.0), ("retry_after_ms", 1000)),
    "huge": (("bytes", 2**31),),
}
"""Options that are numbers, with their defaults."""


class BadCall(ValueError):
    """What is wrong with an admin call, as one sentence without its full stop."""


@dataclass(slots=True)
class Fault:
    """One entry of ``POST /faults``. ``operation`` may be ``*``; ``times`` counts down."""

    operation: str
    kind: str
    times: int
    options: dict[str, Any]
    recent: list[float] = field(default_factory=list)
    encoded: Answer | None = None
    """The body of ``answer``, made once: a long one that is asked for all the time would hold up everybody else."""

    def is_for(self, operation: str | None, query: dict[str, Any], body: Any) -> bool:
        """Whether a request is meant: by its operation and, with ``where``, by arguments such as a PodId."""
        args = query | (body if isinstance(body, dict) else {})
        wanted = self.options.get("where") or {}
        return self.operation in ("*", operation) and all(args.get(name) == value for name, value in wanted.items())

    def is_over_limit(self) -> bool:
        """For ``rate_limit``: whether this request is one too many; one that is not is counted."""
        now = time.monotonic()
        self.recent = [at for at in self.recent if now - at < self.options["window_s"]]
        if len(self.recent) >= self.options["calls"]:
            return True
        self.recent.append(now)
        return False

    def replacement(self) -> Answer | None:
        """What is answered instead of doing anything, for the kinds that do so."""
        if self.kind == "status" and "body" in self.options:
            return _page(self.options)
        if self.kind == "status" and self.options["status"] in _BODILESS:
            return Answer(self.options["status"], b"")
        if self.kind == "status":
            code, message = self.options.get("code", "InternalError"), self.options.get("message", "Injected fault.")
            return Answer.of(self.options["status"], {"Code": code, "Message": message, "RequestId": "INJECTED"})
        if self.kind in ("throttle", "rate_limit"):
            body = {"Code": "Throttling.User", "Message": "Request was denied due to user flow control."}
            header = ("x-acs-retry-after", str(int(self.options["retry_after_ms"])))
            return Answer.of(429, body | {"RequestId": "INJECTED"}, (header,))
        return None


class Faults:
    """The faults in force, in the order they were given."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def set(self, entries: Any) -> int:
        """Replace them all; a :class:`BadCall` says in one sentence what is wrong with an entry."""
        if not isinstance(entries, list):
            raise BadCall("a list of faults is expected")
        self._faults = [parse(entry) for entry in entries]
        return len(self._faults)

    def take(self, operation: str | None, query: dict[str, Any], body: Any) -> Fault | None:
        """The first fault for this request, used up once. A rate limit strikes when it is passed, and stays."""
        for fault in list(self._faults):
            if not fault.is_for(operation, query, body):
                continue
            if fault.kind == "rate_limit":
                if fault.is_over_limit():
                    return fault
            else:
                fault.times -= 1
                if fault.times <= 0:
                    self._faults.remove(fault)
                return fault
        return None

    def clear(self) -> None:
        self._faults.clear()


def parse(entry: Any) -> Fault:
    if not isinstance(entry, dict):
        raise BadCall("a fault is an object")
    operation, kind, times = str(entry.get("operation", "*")), entry.get("kind"), entry.get("times", 1)
    if operation != "*" and not operation.startswith("paistudio:") and operation not in _known():
        raise BadCall(f"operation is the name of one, such as GetJob, or *, not {operation!r}")
    if not isinstance(kind, str) or kind not in KINDS:
        raise BadCall(f"kind is one of {', '.join(sorted(KINDS))}, not {kind!r}")
    if not isinstance(times, int) or isinstance(times, bool) or times < 1:
        raise BadCall("times is a whole number of at least 1")
    options = {name: value for name, value in entry.items() if name not in ("operation", "kind", "times")}
    if not isinstance(options.get("where", {}), dict):
        raise BadCall("where is an object of arguments")
    for name, default in _NUMBERS.get(kind, ()):
        options[name] = _positive(name, options.get(name, default))
    if kind == "status" and not (isinstance(options.get("status"), int) and 200 <= options["status"] <= 599):
        raise BadCall("status is an HTTP status from 200 to 599")
    return Fault(operation, kind, times, options)


def _known() -> set[str]:
    return {name for product in products().values() for name in product.operations}


def _page(options: dict[str, Any]) -> Answer:
    """Any status with any body: text as it stands (a proxy's page), anything else as JSON."""
    body, kind = options["body"], str(options.get("content_type", "text/html"))
    if isinstance(body, str):
        return Answer(options["status"], body.encode(), (("content-type", kind),))
    return Answer.of(options["status"], body)


def _positive(name: str, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
        raise BadCall(f"{name} is a number that is not negative")
    return value


Delivery = Callable[[Fault, str | None, Answer, Connection], Awaitable[int | None]]


async def _delay(fault: Fault, operation: str | None, answer: Answer, connection: Connection) -> int | None:
    if not fault.options.get("before"):
        await connection.pause(fault.options["seconds"])
    return answer.status if await connection.answer(answer) else None


async def _drop(fault: Fault, operation: str | None, answer: Answer, connection: Connection) -> int | None:
    await connection.drop()
    return None


async def _half(fault: Fault, operation: str | None, answer: Answer, connection: Connection) -> int | None:
    await connection.start(answer.status, [("content-length", str(len(answer.body)))])
    await connection.chunk(answer.body[: len(answer.body) // 2])
    await connection.hang_up()
    return None


async def _garbage(fault: Fault, operation: str | None, answer: Answer, connection: Connection) -> int | None:
    await connection.answer(Answer(200, b"\x00\xff<html>this is not JSON {\xc3("))
    return 200


async def _replaced(fault: Fault, operation: str | None, answer: Answer, connection: Connection) -> int | None:
    """Any JSON at all instead of the real answer."""
    if fault.encoded is None or fault.encoded.status != answer.status:
        fault.encoded = Answer.of(answer.status, fault.options.get("body"))
    await connection.answer(fault.encoded)
    return answer.status


async def _huge(fault: Fault, operation: str | None, answer: Answer, connection: Connection) -> int | None:
    """A well-formed answer of about that many bytes, generated while it is sent."""
    await connection.start(200)
    for piece in huge_pieces(operation, int(fault.options["bytes"])):
        if connection.gone:
            return None
        await connection.chunk(piece)
    await connection.end()
    return 200


def huge_pieces(operation: str | None, size: int) -> Iterator[bytes]:
    """JSON text of about ``size`` bytes in pieces; log lines for GetPodLogs, else one padded object."""
    if operation == "GetPodLogs":
        head, unit, tail = b'{"RequestId":"HUGE","Logs":[' + _LINE, b"," + _LINE, b"]}"
    else:
        head, unit, tail = b'{"RequestId":"HUGE","Padding":"', b"x" * 128, b'"}'
    yield head
    left = (size - len(head) - len(tail)) // len(unit)
    piece = unit * (_CHUNK // len(unit))
    for _ in range(left // (_CHUNK // len(unit))):
        yield piece
    yield unit * (left % (_CHUNK // len(unit))) + tail


async def _endless(fault: Fault, operation: str | None, answer: Answer, connection: Connection) -> int | None:
    """A JSON answer that drips and never ends; only the client can end it."""
    await connection.start(200)
    await connection.chunk(b'{"RequestId":"ENDLESS","Logs":[' + _LINE)
    while not connection.gone:
        await connection.chunk(b"," + _LINE)
        await connection.pause(fault.options["seconds"])
    return None


DELIVERIES: dict[str, Delivery] = {
    "delay": _delay,
    "drop_after": _drop,
    "half": _half,
    "garbage": _garbage,
    "answer": _replaced,
    "huge": _huge,
    "endless": _endless,
}
"""How a kind that lets the operation happen hands over its answer; the result is the status the client got to see,
None if it was cut off."""
KINDS = {"status", "throttle", "rate_limit", "drop_before"} | DELIVERIES.keys()
