"""What each caller on HTTP may use: the file of callers, a proxy in front, TLS."""

from __future__ import annotations

import json
import ssl
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.app import Application
from pai_dlc_mcp.cloud.credentials import ChainCredentials
from pai_dlc_mcp.config.settings import OptionError, Settings
from pai_dlc_mcp.config.tokens import add_token
from pai_dlc_mcp.runtime import Caller
from pai_dlc_mcp.transports.callers import CallerApplications, NotServed, granted, read_callers
from pai_dlc_mcp.transports.http import tls_context
from pai_dlc_mcp.transports.service import build_service

from . import processes
from .over_http import Http
from .processes import process, url_of

ROLE = "acs:ram::1234567890123456:role/training"


def private(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o600)
    return path


def applications(tmp_path: Path, text: str, **settings: Any) -> CallerApplications:
    return CallerApplications(Application(Settings(callers=private(tmp_path / "callers", text), **settings)))


def test_a_callers_table_only_ever_tightens(tmp_path: Path) -> None:
    text = (
        '["http:ann"]\nmax_gpus_per_job = 64\nmax_running_jobs = 2\nregions = ["cn-hangzhou", "cn-beijing"]\n'
        'toolsets = ["all"]\n["http:bob"]\nread_only = true\ntoolsets = ["jobs"]\n'
    )
    by = applications(tmp_path, text, max_gpus_per_job=8, regions=("cn-hangzhou",), read_only=False)
    ann, bob = by.of(Caller("http:ann")), by.of(Caller("http:bob"))
    assert (ann.settings.max_gpus_per_job, ann.settings.max_running_jobs) == (8, 2)
    assert ann.settings.regions == ("cn-hangzhou",)
    assert len(ann.tools) <= 50, "no more than the server itself offers"
    assert bob.settings.max_gpus_per_job == 8
    assert "dlc_list_jobs" in bob.tools
    assert not {"dlc_create_job", "aiworkspace_list_images"} & bob.tools.keys()
    with pytest.raises(NotServed):
        by.of(Caller("http:carol"))


def test_a_callers_role_is_assumed_for_them_alone_under_their_name(tmp_path: Path) -> None:
    text = '["http:ann"]\nrole = "acs:ram::1234567890123456:role/training"\n["http:bob"]\n'
    by = applications(tmp_path, text)
    ann, bob = by.of(Caller("http:ann")), by.of(Caller("http:bob"))
    assert isinstance(ann.credentials, ChainCredentials)
    assert (ann.credentials._role, ann.credentials._session) == ("acs:ram::1234567890123456:role/training", "http-ann")
    assert bob.credentials is None


def test_scopes_that_grant_no_tool_serve_nobody_and_say_which_would(tmp_path: Path) -> None:
    by = applications(tmp_path, "[default]\n")
    assert by.of(Caller("http:ann", scopes=frozenset({"pai-dlc:read"}))).tools
    with pytest.raises(NotServed, match=r"pai-dlc pai-dlc:read"):
        by.of(Caller("http:ann", scopes=frozenset({"another"})))


def test_a_default_table_serves_whoever_has_none(tmp_path: Path) -> None:
    by = applications(tmp_path, "[default]\nread_only = true\n")
    assert "dlc_create_job" not in by.of(Caller("http:carol")).tools
    assert "dlc_list_jobs" in by.of(Caller("http:carol")).tools


def test_without_a_file_and_scopes_everybody_uses_the_servers_own_application() -> None:
    app = Application(Settings())
    assert CallerApplications(app).of(Caller("http:ann")) is app


@pytest.mark.parametrize(
    "text",
    [
        '["http:ann"]\nmax_gpu = 8\n', '["http:ann"]\nrole = "training"\n', '["http:ann"]\ntoolsets = ["nothing"]\n',
        '["http:ann"]\nread_only = "no"\n', "ann = 1\n", "[", '["http:ann"]\nregions = ["cn-beijing"]\n',
        '["http:ann"]\nregions = []\n', '["http:ann"]\nmax_gpus_per_job = "8"\n',
    ],
)  # fmt: skip
def test_a_file_of_callers_of_another_form_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match=r"file|server allows"):
        applications(tmp_path, text, regions=("cn-hangzhou",))


def test_a_file_of_callers_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = private(tmp_path / "callers", "[default]\n")
    path.chmod(0o644)
    with pytest.raises(ValueError, match="0600"):
        read_callers(path)


@pytest.mark.parametrize(
    "scope", ["", "openid", "pai-dlc:", "pai-dlc:nothing", "pai-dlc:jobs:write", "pai-dlcx", "Pai-Dlc"]
)
def test_a_scope_that_is_none_of_ours_grants_nothing(scope: str) -> None:
    assert granted(Application(Settings()).tools, frozenset({scope})) == {}


STS = """
import json, sys
import Tea.core
from pai_dlc_mcp import cli

def answer(request, options=None):
    with open("asked", "a") as file:
        file.write(json.dumps({**request.query, "host": request.headers["host"]}) + "\\n")
    found = {"AccessKeyId": "STS.EMULATORKEYCAROL", "AccessKeySecret": "emulator-secret-of-carol",
             "SecurityToken": "emulator-token-of-carol", "Expiration": "2099-01-01T00:00:00Z"}
    body = json.dumps({"Credentials": found}).encode()
    return type("Answer", (), {"status_code": 200, "body": body, "headers": {}})()

Tea.core.TeaCore.do_action = staticmethod(answer)
sys.exit(cli.main(sys.argv[1:]))
"""
"""A server whose security token service hands out Carol's temporary key for every role, and writes down what it was
asked: the one exchange that the emulator does not speak."""


@asynccontextmanager
async def served(app: Application) -> AsyncIterator[httpx.AsyncClient]:
    service = build_service(app)
    async with app.running(), service.asgi.router.lifespan_context(service.asgi):
        transport = httpx.ASGITransport(app=service.asgi)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
            yield client


def test_a_callers_role_is_assumed_and_its_requests_bear_that_roles_token(
    emulator: Emulator, admin: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = tmp_path / "tokens"
    ann, bob = (add_token(tokens, name, now=time.time()) for name in ("ann", "bob"))
    callers = private(tmp_path / "callers", f'["http:ann"]\nrole = "{ROLE}"\n["http:bob"]\n')
    environment = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": emulator.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": emulator.access_key_secret,
        "PAI_DLC_MCP_DLC_ENDPOINT": emulator.dlc,
        "PAI_DLC_MCP_AIWORKSPACE_ENDPOINT": emulator.aiworkspace,
        "PAI_DLC_MCP_REGION": "cn-hangzhou",
    }
    monkeypatch.setattr(processes, "command", lambda *words: [sys.executable, "-c", STS, *words])
    flags = ["--tokens", str(tokens), "--callers", str(callers)]
    with process("serve", "--http", "127.0.0.1:0", *flags, home=tmp_path, environment=environment) as server:
        url = url_of(server)
        for token in (ann, bob):
            with Http(url, token) as http:
                http.data("dlc_list_jobs")
        server.terminate()
    sent = [entry["headers"].get("x-acs-security-token") for entry in admin("journal")]
    assert sent == ["emulator-token-of-carol", None], "the other caller acts as the server itself"
    asked = [json.loads(line) for line in (tmp_path / "asked").read_text().splitlines()]
    assert [(one["RoleArn"], one["RoleSessionName"]) for one in asked] == [(ROLE, "http-ann")]


async def test_a_forwarded_address_is_believed_of_a_named_proxy_alone(tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    add_token(tokens, "ann", now=0)
    for proxies, seen in (((), "127.0.0.1"), (("127.0.0.0/8",), "192.0.2.7"), (("10.0.0.0/8",), "127.0.0.1")):
        audit = tmp_path / f"audit-{len(proxies)}-{seen}"
        app = Application(Settings(tokens=tokens, audit_log=audit, trusted_proxies=proxies))
        async with served(app) as client:
            await client.post("/mcp", headers={"x-forwarded-for": "192.0.2.7"})
        assert json.loads(audit.read_text().splitlines()[-1])["client"] == seen


async def test_the_public_name_is_served_where_it_is_named(tmp_path: Path) -> None:
    app = Application(Settings(no_auth=True, public_url="https://mcp.example.com"))
    async with served(app) as client:
        for host, status in (("mcp.example.com", 405), ("mcp.example.com.evil.example", 421), ("localhost", 405)):
            answer = await client.put("/mcp", headers={"host": host})
            assert answer.status_code == status, (host, answer.text)


@pytest.mark.parametrize(
    "settings",
    [{"no_auth": True, "tokens": Path("x")}, {"no_auth": True, "oauth_issuer": "https://a.example"},
     {"oauth_audience": "x"}],
)  # fmt: skip
def test_settings_that_do_not_go_together_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        build_service(Application(Settings(**settings)))


def test_an_issuer_needs_the_address_that_clients_know() -> None:
    with pytest.raises(OptionError, match="public-url"):
        build_service(Application(Settings(oauth_issuer="https://issuer.example")), "0.0.0.0", 80)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    key, chain = folder / "key.pem", folder / "cert.pem"
    make_certificate(key, chain)
    return chain, key


def make_certificate(key: Path, chain: Path) -> None:
    """A self-signed certificate for 127.0.0.1."""
    import datetime
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    private_key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private_key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(private_key, hashes.SHA256())
    )  # fmt: skip
    key.write_bytes(
        private_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    key.chmod(0o600)
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))


def test_https_is_served_with_the_operators_certificate(certificate: tuple[Path, Path], tmp_path: Path) -> None:
    chain, key = certificate
    flags = ["--emulator", "--no-auth", "--tls-cert", str(chain), "--tls-key", str(key)]
    with process("serve", "--http", "127.0.0.1:0", *flags, home=tmp_path) as server:
        url = url_of(server)
        assert url.startswith("https://127.0.0.1:")
        with Http(url) as http:
            http.client = httpx.Client(
                verify=ssl.create_default_context(cafile=str(chain)), trust_env=False, timeout=60
            )
            assert http.modern("tools/list")["result"]["tools"]
        with pytest.raises(httpx.HTTPError):
            httpx.get(url.replace("https", "http"), trust_env=False)
        server.terminate()


def test_a_key_that_does_not_fit_its_certificate_is_refused(certificate: tuple[Path, Path], tmp_path: Path) -> None:
    chain, key = certificate
    other_key, other_chain = tmp_path / "key.pem", tmp_path / "cert.pem"
    make_certificate(other_key, other_chain)
    context = tls_context(Settings(tls_cert=chain, tls_key=key))
    assert context is not None
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    for cert, private_key in ((chain, other_key), (chain, None), (None, key), (key, chain)):
        with pytest.raises(OptionError, match="tls"):
            tls_context(Settings(tls_cert=cert, tls_key=private_key))
