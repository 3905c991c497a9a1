"""The administration address: look into the world, and interfere with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from .clock import iso
from .connection import Answer
from .contract import parse_json
from .faults import BadCall
from .policy import Policy
from .service import Service, describe
from .world import REGIONS

_LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?")


def administer(service: Service, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
    """One admin call. Only a loopback ``Host`` is served, so no web page can reach it by rebinding a name."""
    if not _LOOPBACK.fullmatch(headers.get("host", "")):
        return _error(403, "The Host header is not a loopback name.")
    path, _, query = path.partition("?")
    call = _CALLS.get((method, path.rstrip("/")))
    if call is None:
        known = ", ".join(f"{verb} {name}" for verb, name in _CALLS)
        return _error(404, f"There is no such call; there are {known}.")
    try:
        given = parse_json(body) if body else dict(parse_qsl(query)) or None
    except ValueError:
        return _error(400, "The body is not JSON.")
    try:
        return Answer.of(200, call(service, given))
    except ValueError as error:
        return _error(400, f"{error}.")


def _error(status: int, message: str) -> Answer:
    return Answer.of(status, {"error": message})


def _state(service: Service, body: Any) -> Any:
    region = _field(body, "region", str, REGIONS[0])
    if region not in REGIONS:
        raise BadCall(f"region is one of {', '.join(REGIONS)}")
    return describe(service.world_of(region)) | {"deny": service.policy.deny}


def _journal(service: Service, body: Any) -> Any:
    return service.journal.entries()


def _reset(service: Service, body: Any) -> Any:
    seed = _field(body, "seed", str, service.world.seed)
    service.reset(seed)
    return {"seed": seed}


def _clock(service: Service, body: Any) -> Any:
    service.world.clock.advance(_field(body, "advance_s", int | float, 0))
    return {"now": iso(service.world.clock.now())}


def _faults(service: Service, body: Any) -> Any:
    return {"faults": service.faults.set(body)}


def _policy(service: Service, body: Any) -> Any:
    """What is denied; with ``allow``, all that is not allowed too."""
    fields = {} if body is None else body
    if not isinstance(fields, dict) or set(fields) - {"deny", "allow"}:
        raise BadCall("an object with deny and allow is expected")
    deny, allow = fields.get("deny", []), fields.get("allow")
    for name, patterns in (("deny", deny), ("allow", allow or [])):
        if not isinstance(patterns, list) or not all(isinstance(one, str) for one in patterns):
            raise BadCall(f"{name} is a list of RAM actions")
    service.policy = Policy(deny, allow)
    return {"deny": deny} | ({} if allow is None else {"allow": allow})


def _field(body: Any, name: str, kind: Any, default: Any) -> Any:
    fields = {} if body is None else body
    if not isinstance(fields, dict) or set(fields) - {name}:
        raise BadCall(f"an object with {name} is expected")
    value = fields.get(name, default)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise BadCall(f"{name} has the wrong type")
    return value


_CALLS: dict[tuple[str, str], Callable[[Service, Any], Any]] = {
    ("GET", "/state"): _state,
    ("GET", "/journal"): _journal,
    ("POST", "/reset"): _reset,
    ("POST", "/clock"): _clock,
    ("POST", "/faults"): _faults,
    ("POST", "/policy"): _policy,
}
