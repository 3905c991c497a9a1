"""The page where an authorization server names the callers: its tokens sign in, and so do tokens for its subjects."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import httpx
import pytest

from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.config.tokens import add_token, read_tokens, revoke_token
from pai_dlc_mcp.protocol.call_tool import Peer, call_tool
from pai_dlc_mcp.runtime import Caller
from pai_dlc_mcp.transports.oauth import IssuerKeys
from protocol.test_oauth import AUDIENCE, ISSUER, Issuer

from .serving import Browser, application, service, tokens_file
from .test_acts import answered, running_job

PERSON = "a-persons-token"


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture(autouse=True)
def reached(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    client = httpx.AsyncClient
    transport = httpx.MockTransport(issuer.answer)
    monkeypatch.setattr(IssuerKeys, "_default_client", lambda self: client(transport=transport))


async def test_r35_an_access_token_signs_in_to_look_and_with_the_persons_scope_to_approve_until_it_ends(
    emulator: Emulator, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with service(application(emulator, oauth_issuer=ISSUER, oauth_audience=AUDIENCE)) as (url, made):
        for scope, is_person in (("pai-dlc:read", False), ("pai-dlc:read pai-dlc:person", True)):
            browser = Browser(url)
            assert (await browser.sign_in(issuer.token(scope=scope))).status_code == 200
            session = (await browser.get("/api/session")).json()
            assert (session["caller"]["name"], session["can_approve"]) == ("oauth:ann", is_person)
            assert "dlc_list_jobs" in session["tools"]
            assert "dlc_stop_job" not in session["tools"]
            denied = (await browser.post("/api/approvals/x", {"decision": "no"})).json()["error"]
            assert denied["code"] == ("not_found" if is_person else "not_a_person")
            assert is_person or "pai-dlc-mcp token oauth:ann --person" in denied["hint"]
        later = time.time() + 301
        monkeypatch.setattr(made.authenticator, "_now", lambda: later)
        assert (await browser.get("/api/session")).status_code == 401


async def test_what_signs_nobody_in_is_told_what_does(emulator: Emulator, issuer: Issuer) -> None:
    async with service(application(emulator, oauth_issuer=ISSUER, oauth_audience=AUDIENCE)) as (url, _):
        browser = Browser(url)
        assert (await browser.get("/api/session")).json()["error"]["login"] == "oauth"
        answer = await browser.sign_in(issuer.token(aud="https://other.example/mcp"))
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["login"]) == (401, "not_signed_in", "oauth")
        assert "The page sends nobody to the authorization server" in error["hint"]
        assert "pai-dlc-mcp token oauth:SUBJECT --person" in error["hint"]
        assert (await browser.sign_in(issuer.token(scope="unrelated"))).status_code == 403
        issuer.is_up = False
        assert (await browser.sign_in(issuer.token(key="two"))).status_code in (401, 503)
        issuer.is_up = True


async def test_r35_a_persons_token_for_a_subject_decides_what_its_clients_ask(
    emulator: Emulator, issuer: Issuer, tmp_path: Path
) -> None:
    entries = [("oauth:ann", PERSON), ("ann", "another-persons")]
    lines = [f"{name}: {hashlib.sha256(token.encode()).hexdigest()} person" for name, token in entries]
    app = application(
        emulator, oauth_issuer=ISSUER, oauth_audience=AUDIENCE, tokens=tokens_file(tmp_path, *lines), confirm_by="human"
    )
    async with service(app) as (url, _):
        ann, other = Browser(url), Browser(url)
        await ann.sign_in(PERSON)
        await other.sign_in("another-persons")
        job = await running_job(ann)
        arguments = {"job_id": job["JobId"], "wait_seconds": 0}
        agent = Peer(Caller("oauth:ann", frozenset({"pai-dlc"})))
        await call_tool(app, app.tools["dlc_stop_job"], arguments, agent)
        assert (await other.get("/api/approvals")).json()["waiting"] == []
        (waiting,) = (await ann.get("/api/approvals")).json()["waiting"]
        assert (await answered(ann, waiting["id"], "yes", job["DisplayName"])).json()["decision"] == "yes"
        assert (await call_tool(app, app.tools["dlc_stop_job"], arguments, agent)).structured["ok"]
        # It serves no client.
        refused = await ann.client.post("/mcp", json={}, headers={"authorization": f"Bearer {PERSON}"})
        assert refused.status_code == 403


def test_a_token_for_a_subject_is_a_persons_alone(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    with pytest.raises(ValueError, match="authorization server"):
        add_token(file, "oauth:auth0|ann", now=0.0)
    for name in ("oauth:", "oauth:a b", "other:ann", "oauth:" + "x" * 201, "x" * 65):
        with pytest.raises(ValueError, match="takes a name"):
            add_token(file, name, now=0.0, is_person=True)
    add_token(file, "oauth:auth0|ann/b-1", now=0.0, is_person=True)
    add_token(file, "oauth", now=0.0)
    assert [(one.name, one.is_person) for one in read_tokens(file)] == [("oauth:auth0|ann/b-1", True), ("oauth", False)]
    assert revoke_token(file, "oauth:auth0|ann/b-1")
    file.write_text(f"oauth:ann: {'0' * 64}\n")
    with pytest.raises(ValueError, match="authorization server"):
        read_tokens(file)
