"""From a declaration and its arguments to one unsigned request. Pure; what it makes is held against the SDKs."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from .. import __version__
from ..arguments import unknown
from ..errors import InvalidArguments
from ..operation import Operation
from ..shapes import Style, Wire

LONGEST_PATH_ARGUMENT = 256
LONGEST_QUERY = 32_768
"""Characters of a query as it travels; neither the HTTP library nor any gateway takes an endless address."""
JSON_TYPE = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Request:
    """``path`` is percent-encoded, ``query`` holds plain text, ``body`` is ``None`` where nothing at all is sent."""

    method: str
    path: str
    query: list[tuple[str, str]]
    body: bytes | None

    @property
    def target(self) -> str:
        """Path and query as they stand on the wire."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


def build(operation: Operation, args: Mapping[str, Any]) -> Request:
    """The request of one operation; ``args`` are by API name, ``None`` is the same as absent.

    What the service would assume is sent explicitly, whoever makes the call (R66). A new job may have fields that only
    the record knew that it was made from (R29); those of a call have been checked before.

    Raises:
        InvalidArguments: an argument the operation does not have, one that would change the path, or too long a query.
    """
    api_names = [api for api, _, _ in operation.fields.values()]
    strays = {name: args[name] for name in args if name not in api_names}
    for stray in strays if operation.starts != "job" else ():
        raise unknown(stray, api_names, f"{operation.action_name} has no argument {stray[:60]!r}")
    args = operation.with_defaults(args, time.time())
    path, body = operation.path, strays
    query: list[tuple[str, str]] = []
    for name, (api, wire, place) in operation.fields.items():
        value = args.get(api)
        if place == "path":
            path = path.replace(f"{{{api}}}", _segment(value, name, slash=wire.slash))
        elif value is None or not wire.is_sent:
            continue
        elif place == "query":
            query += _pairs(api, value, wire)
        else:
            body[api] = value
    _short_enough(query)
    return Request(operation.method, path, query, _json(body).encode() if operation.has_body else None)


def _short_enough(query: list[tuple[str, str]]) -> None:
    size = len(urlencode(query))
    if size > LONGEST_QUERY:
        largest = max(query, key=lambda pair: len(pair[1]))[0]
        message = (
            f"The arguments take {size:,} characters in the address, {LONGEST_QUERY:,} are the most; shorten {largest}."
        )
        raise InvalidArguments(message, field=largest)


def path_faults(operation: Operation, args: Mapping[str, Any]) -> list[InvalidArguments]:
    """What is wrong with the arguments that stand in the path, missing ones aside; nothing is sent or read."""
    given = ((name, args.get(api), wire) for name, (api, wire, place) in operation.fields.items() if place == "path")
    return [
        InvalidArguments(f"{name} {fault}.", field=name)
        for name, value, wire in given
        if value is not None and (fault := _fault(str(value), slash=wire.slash))
    ]


def _segment(value: Any, field: str, *, slash: bool) -> str:
    """A path argument, percent-encoded once. Dots alone would be folded away on the wire, none leaves a hole."""
    text = "" if value is None else str(value)
    if fault := _fault(text, slash=slash):
        raise InvalidArguments(f"{field} {fault}.", field=field)
    return quote(text, safe="~")


def _fault(text: str, *, slash: bool) -> str | None:
    if not text:
        return "is required and must not be empty"
    if text in (".", ".."):
        return "must not be a dot or two dots"
    if len(text) > LONGEST_PATH_ARGUMENT:
        return f"is longer than {LONGEST_PATH_ARGUMENT} characters"
    if not text.isprintable():
        return "must not hold control characters"
    if "\\" in text or ("/" in text and not slash):
        return "must not hold a slash or a backslash"
    return None


def _pairs(api: str, value: Any, wire: Wire) -> Iterator[tuple[str, str]]:
    if wire.style == "flat":
        yield from _leaves(api, value)
    else:
        yield api, _text(value, wire.style)


def _leaves(key: str, value: Any) -> Iterator[tuple[str, str]]:
    """``{"A": {"B": 1}}`` as ``A.B=1``; the items of a list are numbered from one."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _leaves(f"{key}.{name}", item)
    elif isinstance(value, list):
        for number, item in enumerate(value, 1):
            yield from _leaves(f"{key}.{number}", item)
    elif value is not None:
        yield key, _text(value, None)


def _text(value: Any, style: Style | None) -> str:
    """A query value. Booleans are lower case, where the Python SDKs send ``True`` and ``False``."""
    if style == "simple" and isinstance(value, list):
        return ",".join(_text(item, None) for item in value)
    if isinstance(value, str):
        return value
    return _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


MOST_BYTES = 8_000_000
"""An answer is read no further than this."""
ERROR_BYTES = 65_536
USER_AGENT = f"AlibabaCloud-Agent-Skills/alibabacloud-pai-dlc-job pai-dlc-mcp/{__version__}"


@dataclass(slots=True)
class Exchange:
    """``sent`` says that the request may have reached the service; ``trouble`` why the answer ended early.

    ``actions`` are the RAM actions that it needs.
    ``more`` says that the answer was longer than ``limit`` bytes, decoded; ``asked`` that the caller set that limit.
    """

    operation: Operation
    request: Request
    base: str
    actions: tuple[str, ...] = ()
    limit: int = MOST_BYTES
    asked: bool = False
    origin: str = ""
    sent: bool = False
    status: int | None = None
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    more: bool = False
    trouble: str | None = None

    @classmethod
    def of(cls, operation: Operation, args: Mapping[str, Any], base: str, max_bytes: int | None) -> Exchange:
        limit = MOST_BYTES if max_bytes is None else max(1, min(max_bytes, MOST_BYTES))
        actions = operation.actions_of(args)
        return cls(operation, build(operation, args), base, actions, limit, asked=max_bytes is not None)

    def restart(self) -> None:
        """Forget the attempt before."""
        self.sent, self.status, self.more, self.trouble = False, None, False, None
        self.answer_headers, self.body = {}, bytearray()

    @property
    def url(self) -> str:
        return self.base + self.request.target

    @property
    def headers(self) -> dict[str, str]:
        """What is sent beside the signature (R71)."""
        headers = {
            "accept": "application/json",
            "accept-encoding": "identity",
            "user-agent": USER_AGENT,
            "x-acs-action": self.operation.action_name,
            "x-acs-version": self.operation.service.version,
        }
        return headers if self.request.body is None else headers | {"content-type": JSON_TYPE}

    @property
    def is_read(self) -> bool:
        """Whether a repeat does no harm. Every GET of both products only reads."""
        return self.operation.effect == "read" or self.request.method == "GET"

    @property
    def done(self) -> bool:
        """Whether the service said that it did what was asked."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def host(self) -> str:
        return self.base.partition("://")[2]

    def header(self, name: str) -> str | None:
        return self.answer_headers.get(name)


_LONE_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def parse(text: str) -> Any:
    """A JSON text as data that can be written again: no NaN, no infinity, no half of a surrogate pair.

    Raises:
        ValueError: not JSON, or nested beyond reason.
    """
    try:
        data = json.loads(text, parse_constant=lambda _: None, parse_float=_finite)
        return _mended(data) if _LONE_SURROGATE.search(text) else data
    except RecursionError:
        raise ValueError("nested too deep") from None


def _finite(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {_mended(key): _mended(item) for key, item in value.items()}
    return value
