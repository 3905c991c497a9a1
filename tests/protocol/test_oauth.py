"""OAuth 2.1: callers by the access tokens of a real authorization server, and tokens that look like its own."""

from __future__ import annotations

import hmac
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.utils import base64url_encode
from mcp.client import Client
from mcp.client.auth.extensions.client_credentials import ClientCredentialsOAuthProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

from pai_dlc_mcp.transports.oauth import MAX_BYTES, IssuerKeys, JwtAuthenticator
from pai_dlc_mcp.transports.refusals import IssuerUnavailable
from support.authorization_server import AuthorizationServer, authorization_server, secret_of

from .over_http import Http
from .processes import process, url_of

ISSUER, AUDIENCE = "https://issuer.example", "https://mcp.example/mcp"


@pytest.fixture(scope="module")
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def issuer(port: int) -> Iterator[AuthorizationServer]:
    with authorization_server(f"http://127.0.0.1:{port}/mcp") as server:
        yield server


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("audit") / "log"


@pytest.fixture(scope="module")
def url(port: int, issuer: AuthorizationServer, audit: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    flags = ["--emulator", "--oauth-issuer", issuer.issuer, "--audit-log", str(audit)]
    home = tmp_path_factory.mktemp("oauth")
    with process("serve", "--http", f"127.0.0.1:{port}", *flags, home=home) as server:
        yield url_of(server)
        server.terminate()


def tools(http: Http) -> list[str]:
    return [tool["name"] for tool in http.modern("tools/list")["result"]["tools"]]


def test_a_token_of_the_issuer_names_the_caller(url: str, issuer: AuthorizationServer, audit: Path) -> None:
    with Http(url, issuer.token("ann", "pai-dlc")) as ann:
        assert "dlc_create_job" in tools(ann)
        assert ann.call("pai_status")["result"]["structuredContent"]["ok"]
    files = [file.read_text() for file in audit.parent.iterdir()]
    assert any('"caller":"oauth:ann"' in text for text in files)


def test_scopes_say_which_tools_there_are_in_both_eras(url: str, issuer: AuthorizationServer) -> None:
    with (
        Http(url, issuer.token("ann", "pai-dlc:read")) as reader,
        Http(url, issuer.token("bob", "pai-dlc:jobs")) as jobs,
    ):
        listed = tools(reader)
        assert "dlc_list_jobs" in listed
        assert not {"dlc_create_job", "dlc_stop_job"} & set(listed)
        assert reader.call("dlc_stop_job", job_id="dlc-1")["error"]["code"] == -32602
        assert {"dlc_create_job", "dlc_stop_job"} <= set(tools(jobs))
        assert "aiworkspace_list_images" not in tools(jobs)
        jobs.greet()
        assert [tool["name"] for tool in jobs.legacy("tools/list")["result"]["tools"]] == tools(jobs)
    with Http(url, issuer.token("ann", "pai-dlc:jobs:read pai-dlc:read")) as both:
        assert tools(both) == listed


def test_a_token_without_a_scope_of_ours_is_told_which_it_needs(url: str, issuer: AuthorizationServer) -> None:
    with Http(url, issuer.token("ann", "unrelated")) as http:
        answer = http.post({"id": 1, "method": "ping"})
    assert answer.status_code == 403
    challenge = answer.headers["www-authenticate"]
    assert 'error="insufficient_scope"' in challenge
    assert 'scope="pai-dlc pai-dlc:read"' in challenge


def test_a_token_for_another_resource_is_refused(url: str, issuer: AuthorizationServer) -> None:
    with Http(url, issuer.token("ann", "pai-dlc", "https://elsewhere.example/mcp")) as http:
        answer = http.post({"id": 1, "method": "ping"})
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_who_brings_no_token_is_led_to_the_authorization_server(url: str, issuer: AuthorizationServer) -> None:
    with Http(url) as nobody:
        challenge = nobody.post({"id": 1, "method": "ping"}).headers["www-authenticate"]
    assert "error=" not in challenge
    place = challenge.split('resource_metadata="')[1].split('"')[0]
    metadata = httpx.get(place, trust_env=False).json()
    assert metadata["resource"] == url
    assert metadata["authorization_servers"] == [issuer.issuer]
    assert {"pai-dlc", "pai-dlc:read", "pai-dlc:jobs"} <= set(metadata["scopes_supported"])


@pytest.mark.parametrize(("scope", "may_approve"), [("pai-dlc", False), ("pai-dlc pai-dlc:person", True)])
def test_r35_its_token_signs_in_at_the_page_and_a_persons_scope_alone_approves(
    url: str, issuer: AuthorizationServer, scope: str, may_approve: bool
) -> None:
    token, site = issuer.token("ann", scope), url.removesuffix("/mcp")
    with httpx.Client(base_url=site, trust_env=False, headers={"origin": site}, timeout=60) as browser:
        assert browser.get("/api/session").json()["error"]["login"] == "oauth"
        entered = browser.post("/api/session", json={"token": token}, headers={"x-pai-dlc-page": "login"})
        assert entered.status_code == 200, entered.text
        session = browser.get("/api/session").json()
        assert session["caller"] == {"name": "oauth:ann", "person": may_approve}
        headers = {"x-pai-dlc-page": entered.json()["page_key"]}
        answer = browser.post("/api/approvals/none", json={"decision": "no"}, headers=headers)
        assert answer.json()["error"]["code"] == ("not_found" if may_approve else "not_a_person")
        wrong = issuer.token("ann", scope, "https://elsewhere.example/mcp")
        refused = browser.post("/api/session", json={"token": wrong}, headers={"x-pai-dlc-page": "login"})
        assert refused.status_code == 401
        assert "pai-dlc-mcp token oauth:SUBJECT" in refused.json()["error"]["hint"]
    with Http(url, token) as client:
        assert (client.post({"id": 1, "method": "ping"}).status_code == 403) is may_approve


class Tokens:
    """Where the SDK's client keeps what it got."""

    def __init__(self) -> None:
        self.tokens: Any = None
        self.client: Any = None

    async def get_tokens(self) -> Any:
        return self.tokens

    async def set_tokens(self, tokens: Any) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> Any:
        return self.client

    async def set_client_info(self, client: Any) -> None:
        self.client = client


async def test_the_sdks_client_finds_its_way_by_itself(
    url: str, issuer: AuthorizationServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a refused request by our metadata and the issuer's to a token and a call."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    auth = ClientCredentialsOAuthProvider(
        url, Tokens(), "ann", secret_of("ann"), scope="pai-dlc:read", issuer=issuer.issuer
    )
    async with (
        create_mcp_http_client(auth=auth) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        result = await client.call_tool("pai_status", {})
    assert not result.is_error


class Issuer:
    """An issuer of our own, whose tokens can be wrong in every way."""

    def __init__(self) -> None:
        self.private = {kid: rsa.generate_private_key(65537, 2048) for kid in ("one", "two")}
        self.published = ["one"]
        self.asked: list[str] = []
        self.is_up, self.says = True, ISSUER
        self.more: dict[str, Any] = {}

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if not self.is_up:
            return httpx.Response(503)
        if request.url.path == "/.well-known/openid-configuration":
            return httpx.Response(200, json={"issuer": self.says, "jwks_uri": f"{ISSUER}/keys"})
        if request.url.path == "/keys":
            return httpx.Response(200, json={"keys": [self.jwk(kid) for kid in self.published]} | self.more)
        return httpx.Response(404)

    def jwk(self, kid: str) -> dict[str, Any]:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self.private[kid].public_key())
        return {**json.loads(public), "kid": kid, "use": "sig", "alg": "RS256"}

    def token(self, *, key: str = "one", headers: dict[str, Any] | None = None, **claims: Any) -> str:
        now = int(time.time())
        body = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "ann",
            "iat": now,
            "exp": now + 300,
            "scope": "pai-dlc",
            **claims,
        }
        body = {name: value for name, value in body.items() if value is not None}
        named = {"kid": key, "typ": "at+jwt", **(headers or {})}
        named = {name: value for name, value in named.items() if value is not None}
        return jwt.encode(body, self.private[key], "RS256", headers=named)

    def authenticator(self) -> JwtAuthenticator:
        transport = httpx.MockTransport(self.answer)
        return JwtAuthenticator(IssuerKeys(ISSUER, lambda: httpx.AsyncClient(transport=transport)), AUDIENCE)


@pytest.fixture(scope="module")
def keys() -> Issuer:
    return Issuer()


@pytest.fixture
def own(keys: Issuer) -> Issuer:
    keys.published, keys.is_up, keys.says, keys.asked, keys.more = ["one"], True, ISSUER, [], {}
    return keys


async def test_a_good_token_of_an_issuer_is_taken_and_its_keys_are_fetched_once(own: Issuer) -> None:
    """Else the tokens below would be refused for another reason."""
    authenticator = own.authenticator()
    for _ in range(3):
        caller = await authenticator.identify(f"Bearer {own.token()}")
        assert caller is not None
        assert (caller.name, caller.scopes) == ("oauth:ann", frozenset({"pai-dlc"}))
        authenticator._keys._tried_at -= 60  # a minute later they are fresh
    assert own.asked.count("/keys") == 1


def symmetric(own: Issuer) -> str:
    """Signed with the published key as though it were a shared secret."""
    body = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ann", "exp": int(time.time()) + 300}
    parts = [{"alg": "HS256", "typ": "at+jwt", "kid": "one"}, body]
    signed = b".".join(base64url_encode(json.dumps(part).encode()) for part in parts)
    seal = hmac.digest(json.dumps(own.jwk("one")).encode(), signed, "sha256")
    return (signed + b"." + base64url_encode(seal)).decode()


def unsigned(own: Issuer) -> str:
    body = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ann", "exp": int(time.time()) + 300}
    return jwt.encode(body, None, "none", headers={"kid": "one"})


def changed(own: Issuer) -> str:
    head, body, seal = own.token().split(".")
    return ".".join([head, own.token(sub="bob").split(".")[1], seal]) if body else ""


WRONG = {
    "no algorithm": unsigned,
    "a shared secret": symmetric,
    "claims changed": changed,
    "another audience": lambda own: own.token(aud="https://other.example/mcp"),
    "no audience": lambda own: own.token(aud=None),
    "another issuer": lambda own: own.token(iss="https://issuer.example.evil.example"),
    "no issuer": lambda own: own.token(iss=None),
    "expired": lambda own: own.token(exp=int(time.time()) - 60),
    "no end": lambda own: own.token(exp=None),
    "not yet": lambda own: own.token(nbf=int(time.time()) + 300),
    "another key under this name": lambda own: own.token(key="two", headers={"kid": "one"}),
    "a key that is not published": lambda own: own.token(key="two"),
    "no key named": lambda own: own.token(headers={"kid": None}),
    "another kind of token": lambda own: own.token(headers={"typ": "id+jwt"}),
    "nobody": lambda own: own.token(sub=None),
    "a name with a line break": lambda own: own.token(sub="ann\nbob"),
    "a name of 5,000 letters": lambda own: own.token(sub="a" * 5_000),
    "half a token": lambda own: own.token()[:-20],
    "words": lambda own: "a.b.c",
    "two parts": lambda own: "a.b",
    "nothing": lambda own: "",
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_token_that_is_wrong_in_one_thing_is_refused(own: Issuer, name: str) -> None:
    assert await own.authenticator().identify(f"Bearer {WRONG[name](own)}") is None


async def test_a_token_is_taken_in_its_own_scheme_alone(own: Issuer) -> None:
    assert await own.authenticator().identify(f"Basic {own.token()}") is None
    assert await own.authenticator().identify(own.token()) is None


@pytest.mark.parametrize("kind", ["", "JWT", "at+jwt", "AT+JWT"])
async def test_a_token_of_no_kind_is_taken_as_one_that_says_it_is_a_token(own: Issuer, kind: str) -> None:
    assert await own.authenticator().identify(f"Bearer {own.token(headers={'typ': kind})}") is not None


async def test_blanks_round_a_token_are_none_of_it(own: Issuer) -> None:
    assert await own.authenticator().identify(f"bearer   {own.token()} ") is not None


@pytest.mark.parametrize(
    ("claims", "scopes"),
    [
        ({"scope": "pai-dlc:read  other"}, {"pai-dlc:read", "other"}),
        ({"scope": None, "scp": ["pai-dlc:read", 7]}, {"pai-dlc:read"}),
        ({"scope": None, "scp": "pai-dlc"}, {"pai-dlc"}),
        ({"scope": 7}, set()), ({"scope": None}, set()), ({"scope": {"pai-dlc": 1}}, set()),
    ],
)  # fmt: skip
async def test_scopes_stand_in_a_text_or_a_list_and_nothing_else_gives_any(
    own: Issuer, claims: dict[str, Any], scopes: set[str]
) -> None:
    caller = await own.authenticator().identify(f"Bearer {own.token(**claims)}")
    assert caller is not None
    assert caller.scopes == scopes


@pytest.mark.parametrize("more", [0, 1])
async def test_an_answer_of_an_issuer_is_a_megabyte_at_most(more: int) -> None:
    body = b'{"a": "' + b"x" * (MAX_BYTES - 9 + more) + b'"}'
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=body))
    async with httpx.AsyncClient(transport=transport) as client:
        if more:
            with pytest.raises(ValueError, match="too long"):
                await IssuerKeys(ISSUER)._fetched(client, ISSUER)
        else:
            assert len(await IssuerKeys(ISSUER)._fetched(client, ISSUER)) == 1


async def test_a_key_that_was_added_is_found_and_unknown_ones_do_not_make_a_flood(own: Issuer) -> None:
    authenticator = own.authenticator()
    assert await authenticator.identify(f"Bearer {own.token()}") is not None
    own.published = ["one", "two"]
    keys = authenticator._keys
    for _ in range(20):
        assert await authenticator.identify(f"Bearer {own.token(key='two')}") is None
    assert own.asked.count("/keys") == 1, "asked again within ten seconds"
    keys._tried_at -= 60
    assert await authenticator.identify(f"Bearer {own.token(key='two')}") is not None


async def test_an_issuer_that_is_away_is_no_reason_to_let_anybody_in_or_to_forget_its_keys(own: Issuer) -> None:
    own.is_up = False
    with pytest.raises(IssuerUnavailable):
        await own.authenticator().identify(f"Bearer {own.token()}")
    own.is_up = True
    authenticator = own.authenticator()
    assert await authenticator.identify(f"Bearer {own.token()}") is not None
    own.is_up = False
    authenticator._keys._tried_at -= 7_200
    authenticator._keys._fetched_at -= 7_200
    assert await authenticator.identify(f"Bearer {own.token()}") is not None


@pytest.mark.parametrize("chars", [MAX_BYTES - 2_000, MAX_BYTES])
async def test_keys_of_more_than_a_megabyte_are_not_read(own: Issuer, chars: int) -> None:
    own.more = {"padding": "x" * chars}
    if chars < MAX_BYTES:
        assert await own.authenticator().identify(f"Bearer {own.token()}") is not None
        return
    with pytest.raises(IssuerUnavailable):
        await own.authenticator().identify(f"Bearer {own.token()}")


async def test_the_metadata_of_another_issuer_is_not_believed(own: Issuer) -> None:
    own.says = "https://other.example"
    with pytest.raises(IssuerUnavailable):
        await own.authenticator().identify(f"Bearer {own.token()}")
