"""What stands before the handlers: the admin address, faults on request, the policy, and which request is which."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from typing import Any

from emulator.approved.declared import KNOWN
from emulator.approved.showing import compact, refusal
from pai_dlc_emulator.admin import administer
from pai_dlc_emulator.contract import decode_arguments, products
from pai_dlc_emulator.faults import BadCall, Faults, huge_pieces, parse
from pai_dlc_emulator.paistudio import PRODUCT
from pai_dlc_emulator.policy import Denied, Policy, passes_role, spellings
from pai_dlc_emulator.service import Service
from pai_dlc_emulator.wire import ServiceError

LOOPBACK = {"host": "127.0.0.1:8080"}
ADMIN: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/state?region=cn-shanghai", None), ("GET", "/state?region=mars", None), ("GET", "/state?x=1", None),
    ("GET", "/journal/", None), ("POST", "/journal", None), ("GET", "/none", None),
    ("POST", "/reset", {"seed": "empty"}), ("POST", "/reset", {"seed": "moon"}), ("POST", "/reset", {"seed": 3}),
    ("POST", "/reset", []), ("POST", "/clock", {"advance_s": "1"}), ("POST", "/clock", {"advance_s": True}),
    ("POST", "/clock", {"by": 1}), ("POST", "/policy", {"deny": ["pai:StopJob"]}), ("POST", "/policy", None),
    ("POST", "/policy", {"deny": [], "allow": ["paidlc:*"]}), ("POST", "/policy", {"deny": "x"}),
    ("POST", "/policy", {"allow": [1]}), ("POST", "/policy", {"permit": []}), ("POST", "/policy", []),
    ("POST", "/faults", [{"kind": "throttle"}, {"kind": "garbage", "times": 2}]), ("POST", "/faults", {}),
)  # fmt: skip
FAULTS: tuple[Any, ...] = (
    {"kind": "throttle"}, {"kind": "rate_limit"}, {"kind": "delay"}, {"kind": "endless"}, {"kind": "huge"},
    {"kind": "half"}, {"kind": "drop_before"}, {"kind": "answer", "body": {"a": 1}},
    {"kind": "status", "status": 500}, {"kind": "status", "status": 204}, {"kind": "status", "status": 304},
    {"kind": "status", "status": 200, "body": [1]}, {"kind": "status", "status": 599, "body": "<p>"},
    {"kind": "status", "status": 403, "code": "C", "message": "m"},
    {"kind": "status", "status": 502, "body": "t", "content_type": "text/plain"},
    {"kind": "throttle", "retry_after_ms": 7.9, "operation": "GetJob", "where": {"JobId": "a"}, "times": 3},
    {"operation": "paistudio:GetQuota", "kind": "drop_after"},
    "text", {}, {"kind": "none"}, {"kind": 3}, {"operation": "Get", "kind": "throttle"},
    {"kind": "throttle", "times": 0},
    {"kind": "throttle", "times": True}, {"kind": "throttle", "times": "1"}, {"kind": "throttle", "where": []},
    {"kind": "delay", "seconds": -1}, {"kind": "delay", "seconds": True}, {"kind": "delay", "seconds": 0},
    {"kind": "huge", "bytes": "x"}, {"kind": "status"}, {"kind": "status", "status": 199},
    {"kind": "status", "status": 600}, {"kind": "status", "status": "500"},
)  # fmt: skip
POLICIES = (
    Policy(["paidlc:StopJob"]), Policy(["PAI:stop*"]), Policy([], []), Policy([], ["paidlc:*", "ram:PassRole"]),
    Policy(["aiworkspace:*"]), Policy(["ram:*"]),
)  # fmt: skip
CREATES: tuple[dict[str, Any], ...] = (
    {}, {"CredentialConfig": {"CredentialConfigItems": [{"Roles": [{"RoleArn": "a"}]}]}},
    {"CredentialConfig": {"CredentialConfigItems": [{"Roles": [{"RoleType": "1"}]}, {}]}},
    {"DataSources": [{"RoleArn": "a"}]}, {"DataSources": [{}, {"RoleChain": "a"}]}, {"UserVpc": {"RoleArn": "a"}},
)  # fmt: skip
PATHS = (
    ("GET", "/api/v1/jobs"), ("GET", "/api/v1/jobs/"), ("GET", "/api/v1/jobs/a%2Fb"), ("GET", "/api/v1/jobs//events"),
    ("POST", "/api/v1/jobs/a/stop"), ("PUT", "/api/v1/jobs/a/stop"), ("GET", "/api/v1/jobs/a/b/c/d/e/f"), ("GET", "/"),
    ("DELETE", "/api/v1/workspaces/1/members"), ("GET", "/api/v1/quotas"), ("GET", "/api/v1/quotas/q/workloads"),
)  # fmt: skip
BODIES = (
    b"",
    b"{}",
    b"[]",
    b"{",
    b'{"DisplayName": 3}',
    b'{"DisplayName": null, "JobSpecs": {}}',
    b'{"Envs": {"a": 1}}',
)
QUERIES = (
    "",
    "PageNumber=x",
    "PageNumber=2",
    "ShowOwn=yes",
    "ShowOwn=True",
    "Tags={",
    "Tags=[]",
    "Tags=%7B%22a%22%3A1%7D",
)


def _of_admin() -> Iterator[str]:
    service = Service("default", 1.0, execute=False)
    for host in ("localhost", "[::1]:9", "example.com", "127.0.0.1.example.com", "127.0.0.1:123456"):
        yield f"admin at {host}: {administer(service, 'GET', '/journal', {'host': host}, b'').status}"
    for method, path, body in ADMIN:
        sent = b"" if body is None else json.dumps(body).encode()
        answer = administer(service, method, path, LOOPBACK, sent)
        said = json.loads(answer.body)
        shown = f"{said['seed']} {said['region']} {said['deny']}" if "region" in said else compact(said)
        yield f"admin {method} {path} {compact(body)}: {answer.status} {shown}"
    yield f"admin, no JSON: {administer(service, 'POST', '/reset', LOOPBACK, b'{').body.decode()}"


def _of_policy() -> Iterator[str]:
    for name, (_, operation) in KNOWN.items():
        denied = "".join("+" if _is_permitted(policy, name) else "-" for policy in POLICIES)
        yield f"policy {name}: {' '.join(spellings(operation))} {denied}"
    for args in CREATES:
        yield f"role {compact(args)}: {passes_role(args)} {[_passes(policy, args) for policy in POLICIES]}"


def _of_requests() -> Iterator[str]:
    for product in (*products().values(), PRODUCT):
        for method, path in PATHS:
            route = product.route(method, path)
            yield f"route {product.name} {method} {path}: {route and (route.operation.key, route.arguments)}"
    requests = [("CreateJob", "", body) for body in BODIES] + [("ListJobs", query, b"") for query in QUERIES]
    for name, query, body in requests:
        product, operation = KNOWN[name]
        try:
            shown = compact(decode_arguments(product, operation, {}, query, body))
        except ServiceError as error:
            shown = refusal(error)
        yield f"{name} {query} {body.decode()}: {shown}"


def _fault(entry: Any) -> str:
    try:
        fault = parse(entry)
    except BadCall as error:
        return str(error)
    answer = fault.replacement()
    options = compact({**fault.options, "times": fault.times, "operation": fault.operation})
    return options if answer is None else f"{options} {answer.status} {answer.headers} {answer.body.decode()}"


def _taken() -> Iterator[str]:
    """Which requests a list of faults strikes: in order, as often as it says, the one that is meant."""
    faults = Faults()
    faults.set([
        {"operation": "GetJob", "kind": "garbage", "where": {"JobId": "a"}, "times": 2},
        {"operation": "*", "kind": "half"}, {"kind": "rate_limit", "calls": 2, "window_s": 1e9},
    ])  # fmt: skip
    for operation, query, body in (
        ("ListJobs", {}, None), ("GetJob", {"JobId": "b"}, None), ("GetJob", {"JobId": "a"}, "x"),
        ("GetJob", {}, {"JobId": "a"}), ("GetJob", {"JobId": "a"}, None), (None, {}, None), (None, {}, None),
    ):  # fmt: skip
        taken = faults.take(operation, query, body)
        yield f"take {operation} {query} {body}: {taken.kind if taken else None}"
    faults.clear()
    yield f"cleared: {faults.take('GetJob', {}, None)}"
    for name in ("GetPodLogs", "GetJob"):
        pieces = list(huge_pieces(name, 200_000))
        whole = b"".join(pieces)
        yield f"huge {name}: {len(pieces)} pieces, {len(whole)} bytes, {list(json.loads(whole))}"


def _is_permitted(policy: Policy, name: str) -> bool:
    try:
        policy.enforce(KNOWN[name][1])
    except Denied:
        return False
    return True


def _passes(policy: Policy, args: dict[str, Any]) -> bool:
    try:
        policy.enforce_role(args)
    except Denied:
        return False
    return True


def text() -> str:
    faults = (f"fault {compact(entry)}: {_fault(entry)}" for entry in FAULTS)
    return "".join(f"{line}\n" for line in chain(_of_admin(), faults, _taken(), _of_policy(), _of_requests()))
