"""Every declared operation leaves the client exactly as it leaves the official SDK.

Known and wanted differences: booleans in a query are lower case, and the User-Agent is ours (R71).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import HealthCheck, Phase, given, settings

from contract.values import arguments
from contract.wiretap import CONTRACT, KEY, SECRET, Official, Seen, Wiretap
from pai_dlc_mcp.api import catalog
from pai_dlc_mcp.arguments import validate
from pai_dlc_mcp.cloud.client import CloudClient
from pai_dlc_mcp.cloud.credentials import StaticCredentials
from pai_dlc_mcp.cloud.endpoints import Endpoints
from pai_dlc_mcp.cloud.request import USER_AGENT
from pai_dlc_mcp.cloud.transport import canonical, signature
from pai_dlc_mcp.operation import Operation
from proofs import Proved
from support.every import for_every

OPERATIONS = catalog.operations()
LEFT_OUT = {
    "CreateModel": {"Labels"},  # deprecated in favour of Tag
    "DeleteWorkspaceResource": {"ProductType"},  # deprecated
    "GetPermission": {"CallerAccessKeyId", "CallerSecurityToken", "SecurityToken"},  # no tool takes a key (R70)
    "ListResources": {"ProductTypes"},  # deprecated
    "UpdateJobTemplate": {"version"},  # documented as unused
    "UpdateWorkspaceResource": {"ProductType"},  # deprecated
}
"""What the SDK has and no tool takes."""
QUICK = settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class Both:
    """Our client and the official one, side by side in front of one wiretap."""

    def __init__(self, tap: Wiretap, portal: BlockingPortal, token: str | None = None) -> None:
        url = f"http://{tap.address}"
        self._tap, self._portal = tap, portal
        self._official = Official(tap.address, token)
        self._ours = CloudClient(
            Endpoints({"pai-dlc": url, "aiworkspace": url}), StaticCredentials(KEY, SECRET, token), deadline_s=20
        )

    def send(self, operation: Operation, given: dict[str, Any]) -> tuple[Seen, Seen]:
        """What each of them sent for these arguments, ours first."""
        wire = operation.wire_arguments(validate(operation.inputs, given, tool=operation.name))
        whole = operation.with_defaults(wire, time.time())
        self._portal.call(self._ours.send, operation, whole, "cn-hangzhou")
        ours = self._tap.take()
        unsent = {api for api, facts, _ in operation.fields.values() if not facts.is_sent}
        self._official.send(operation, {api: value for api, value in whole.items() if api not in unsent})
        return ours, self._tap.take()

    def close(self) -> None:
        self._portal.call(self._ours.close)


@pytest.fixture(scope="module")
def portal() -> Iterator[BlockingPortal]:
    with start_blocking_portal() as running:
        yield running


@pytest.fixture(scope="module")
def tap() -> Iterator[Wiretap]:
    with pytest.MonkeyPatch.context() as patch, Wiretap().listening() as running:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            patch.delenv(name, raising=False)
            patch.delenv(name.lower(), raising=False)
        yield running


@pytest.fixture(scope="module")
def both(tap: Wiretap, portal: BlockingPortal) -> Iterator[Both]:
    made = Both(tap, portal)
    yield made
    made.close()


def same(ours: Seen, official: Seen) -> None:
    assert (ours.method, ours.path) == (official.method, official.path)
    assert query(ours) == query(official, fold=True)
    assert body(ours) == body(official)
    assert ours.signed.keys() == official.signed.keys()
    differ = {name for name, value in ours.signed.items() if official.signed[name] != value} - {"x-acs-date"}
    if sorted(ours.body) == sorted(official.body) and ours.body != official.body:
        differ.discard("x-acs-content-sha256")  # the same fields in another order
    assert differ == {"x-acs-signature-nonce", "user-agent"}
    assert ours.headers["user-agent"] == USER_AGENT
    assert our_signature(official) == official.signature
    assert official_signature(ours) == ours.signature


def query(seen: Seen, *, fold: bool = False) -> list[tuple[str, str]]:
    """Sorted pairs, as text on the wire; ``fold`` makes the SDK's booleans lower case."""
    pairs = [tuple(part.split("=", 1)) for part in seen.query.split("&") if part]
    booleans = ("True", "False") if fold else ()
    return sorted((key, value.lower() if value in booleans else value) for key, value in pairs)


def body(seen: Seen) -> Any:
    """The parsed body, which must be compact: nothing but its fields and their order may differ."""
    if not seen.body:
        return None
    parsed = json.loads(seen.body)
    assert seen.body == json.dumps(parsed, ensure_ascii=False, separators=(",", ":")).encode()
    return parsed


def our_signature(seen: Seen) -> str:
    """What this package's algorithm makes of a request."""
    text, names = canonical(seen.method, seen.path, seen.query, seen.headers, seen.headers["x-acs-content-sha256"])
    assert names == ";".join(seen.signed)
    return signature(text, SECRET)


def official_signature(seen: Seen) -> str:
    """What the official SDK's algorithm makes of a request."""
    from alibabacloud_tea_openapi.utils import Utils
    from darabonba.request import DaraRequest

    request = DaraRequest()
    request.method, request.pathname, request.headers = seen.method, seen.path, dict(seen.signed)
    request.query = dict(parse_qsl(seen.query, keep_blank_values=True))
    digest = seen.headers["x-acs-content-sha256"]
    return str(Utils.get_authorization(request, "ACS3-HMAC-SHA256", digest, KEY, SECRET)).rpartition("=")[2]


@for_every("operation", OPERATIONS, lambda operation: operation.action_name)
def test_an_operation_is_sent_as_the_official_sdk_sends_it(operation: Operation, both: Both, proved: Proved) -> None:
    same(*both.send(operation, dict(operation.example)))
    for every in (True, False):

        @QUICK
        @given(arguments(operation, every=every))
        def generated(values: dict[str, Any]) -> None:
            same(*both.send(operation, values))

        generated()
    proved("(b) requests equal the official SDK's on the wire", [operation.action_name])


def test_every_operation_of_both_sdks_is_compared() -> None:
    known = {name for product in CONTRACT.values() for name in product["operations"]}
    assert {operation.action_name for operation in OPERATIONS} == known


@for_every("operation", OPERATIONS, lambda operation: operation.action_name)
def test_an_operation_has_the_arguments_that_the_official_sdk_has(operation: Operation) -> None:
    facts = CONTRACT[operation.service.key]["operations"][operation.action_name]
    left_out = LEFT_OUT.get(operation.action_name, set())
    theirs = {(p["name"], p["in"], p.get("style")) for p in facts["params"] if p["name"] not in left_out}
    ours = {(api, place, wire.style) for api, wire, place in operation.fields.values()}
    assert ours == theirs


def test_a_temporary_credential_is_signed_as_the_official_sdk_signs_it(tap: Wiretap, portal: BlockingPortal) -> None:
    both = Both(tap, portal, token="a-security-token")
    try:
        ours, official = both.send(catalog.operation("CreateJob"), dict(catalog.operation("CreateJob").example))
    finally:
        both.close()
    same(ours, official)
    assert ours.signed["x-acs-security-token"] == "a-security-token"
    assert ours.signed["x-acs-accesskey-id"] == KEY


def test_the_comparison_sees_a_changed_path_and_a_changed_field(both: Both) -> None:
    stop = catalog.operation("StopJob")
    ours, official = both.send(stop, dict(stop.example))
    for spoilt in (
        replace(ours, path=ours.path.replace("/stop", "/halt")),
        replace(ours, query="Force=true"),
        replace(ours, body=b"{}"),
        replace(ours, headers=ours.headers | {"x-acs-action": "DeleteJob"}),
    ):
        with pytest.raises(AssertionError):
            same(spoilt, official)
    same(ours, official)
