"""Who gets into the page, and what a request must bring: cookie, page key, origin, host, size (R78)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.app import Application
from pai_dlc_mcp.operation import Tool
from pai_dlc_mcp.page import routes
from pai_dlc_mcp.page.gate import MAX_BODY_BYTES
from pai_dlc_mcp.page.sessions import KEY_LIFE_S, OneTimeKey
from pai_dlc_mcp.page.watches import MAX_CHARS
from pai_dlc_mcp.protocol.call_tool import Peer, call_tool
from pai_dlc_mcp.protocol.result import Answer
from pai_dlc_mcp.transports.dashboard import build_dashboard

from .conftest import PACKED, SCRIPT
from .serving import Browser, application, dashboard, served, service, tokens_file

CLIENT, PERSON = "a-clients-token", "a-persons-token"


def line(name: str, token: str, *marks: str) -> str:
    return " ".join((f"{name}: {hashlib.sha256(token.encode()).hexdigest()}", *marks))


POLICY = {
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'",
    "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
}  # fmt: skip


async def test_every_answer_of_the_page_has_a_strict_policy_and_no_address_outside(emulator: Emulator) -> None:
    async with dashboard(application(emulator)) as (browser, _):
        paths = ("/", "/jobs", "/jobs/dlc1", "/quotas", "/approvals", "/audit", "/login", "/assets/main-1.js")
        for path in (*paths, "/api/session", "/api/nothing", "/nothing", "/assets/../index.html", "/?key=wrong"):
            answer = await browser.get(path)
            assert set(answer.headers["content-security-policy"].split("; ")) == POLICY, path
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["x-frame-options"] == "DENY"
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"
            is_asset = path == "/assets/main-1.js"
            assert ("immutable" if is_asset else "no-store") in answer.headers["cache-control"], path
            assert (answer.status_code == 200) == (path in paths or path == "/api/session"), path
            assert "access-control-allow-origin" not in answer.headers


async def test_built_files_are_looked_up_by_name_and_packed_where_that_is_taken(emulator: Emulator) -> None:
    async with dashboard(application(emulator)) as (browser, _):
        plain = await browser.get("/assets/main-1.js", **{"accept-encoding": "identity"})
        assert (plain.content, plain.headers["content-type"]) == (SCRIPT, "text/javascript; charset=utf-8")
        async with browser.client.stream("GET", "/assets/main-1.js") as packed:
            assert packed.headers["content-encoding"] == "gzip"
            assert b"".join([part async for part in packed.aiter_raw()]) == PACKED
        for odd in ("/assets/../index.html", "/assets/..%2f..%2ffiles.py", "/assets//etc/passwd", "/assets/app.html"):
            assert (await browser.get(odd)).status_code == 404


async def test_the_terminals_key_serves_once_and_leaves_the_address(emulator: Emulator) -> None:
    key = OneTimeKey()
    app = application(emulator)
    async with served(app, lambda port: build_dashboard(app, key, port, is_terminal=True)) as url:
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            first = key.renew()
            second = key.renew()
            old = await client.get(f"/?key={first}")
            assert (old.status_code, old.headers["location"]) == (303, "/login")
            answer = await client.get(f"/?key={second}")
            assert answer.status_code == 303
            place, _, fragment = answer.headers["location"].partition("#")
            assert place == "/"
            assert second not in fragment
            cookie = answer.headers["set-cookie"]
            assert "httponly" in cookie.lower()
            assert "samesite=strict" in cookie.lower()
            assert "path=/" in cookie.lower()
            assert "domain" not in cookie.lower()
            assert (await client.get("/api/session")).status_code == 200
        async with httpx.AsyncClient(base_url=url, trust_env=False) as stranger:
            assert (await stranger.get(f"/?key={second}")).headers["location"] == "/login"
            answer = await stranger.get("/api/session")
            assert answer.status_code == 401
            assert answer.json()["error"]["login"] == "dashboard"
            assert (await Browser(url).sign_in(second)).status_code == 401


async def test_a_request_that_changes_something_needs_more_than_the_cookie(emulator: Emulator) -> None:
    wrong: list[tuple[dict[str, str], int, str]] = [
        ({"x_pai_dlc_page": ""}, 401, "not_signed_in"),
        ({"x_pai_dlc_page": "1"}, 401, "not_signed_in"),
        ({"x_pai_dlc_page": "login"}, 401, "not_signed_in"),
        ({"origin": ""}, 403, "other_site"),
        ({"origin": "http://127.0.0.1:1"}, 403, "other_site"),
        ({"origin": "http://localhost"}, 403, "other_site"),
        ({"sec_fetch_site": "same-site"}, 403, "other_site"),
        ({"sec_fetch_site": "cross-site"}, 403, "other_site"),
        ({"content_type": "text/plain"}, 415, "invalid_arguments"),
        ({"content_type": "application/x-www-form-urlencoded"}, 415, "invalid_arguments"),
    ]
    async with dashboard(application(emulator)) as (browser, _):
        for path in ("/api/tools/pai_status", "/api/acts/dlc_stop_job", "/api/approvals/x"):
            for headers, status, code in wrong:
                answer = await browser.post(path, **headers)
                assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), (path, headers)


async def test_a_form_of_another_site_signs_nobody_in(emulator: Emulator, tmp_path: Path) -> None:
    tokens = tokens_file(tmp_path, line("ann", CLIENT))
    async with service(application(emulator, tokens=tokens)) as (url, _):
        for mark in ("", "1", "Login"):
            answer = await Browser(url).post("/api/session", {"token": CLIENT}, x_pai_dlc_page=mark)
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "other_site"), mark
            assert "set-cookie" not in answer.headers
        for odd in (3, None, [CLIENT], {"token": CLIENT}):
            answer = await Browser(url).post("/api/session", {"token": odd}, x_pai_dlc_page="login")
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_arguments"), odd
        same = {"origin": url, "x-pai-dlc-page": "login", "content-type": "application/json"}
        client = Browser(url).client
        for odd in ("\\ud800", CLIENT + "\\udfff", "\\u0000", "é"):
            answer = await client.post("/api/session", content=f'{{"token": "{odd}"}}', headers=same)
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not_signed_in"), odd
        assert (await client.get("/?key=%ED%A0%80")).status_code == 303
        for name in ("cookie", "x-pai-dlc-page"):
            odd_bytes = f"pai_dlc_mcp_{urlsplit(url).port}=".encode() + b"\xed\xa0\x80"
            answer = await client.get("/api/session", headers={name: odd_bytes})
            assert answer.status_code == 401, name
        answer = await Browser(url).post("/api/session", {"token": CLIENT}, x_pai_dlc_page="login")
        assert answer.status_code == 200


async def test_r78_requests_at_once_have_a_limit_and_arguments_a_form(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with dashboard(application(emulator)) as (browser, _):
        for odd in ([], "x", 3):
            answer = await browser.post("/api/acts/dlc_stop_job", {"arguments": odd})
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_arguments"), odd
        monkeypatch.setattr(routes, "MAX_REQUESTS", 1)
        async with browser.events("jobs") as events:  # what a session does is counted while it does anything
            await anext(events)
            for _ in range(2):
                assert (await browser.post("/api/tools/pai_status")).status_code == 200
        monkeypatch.setattr(routes, "MAX_REQUESTS", 0)
        answer = await browser.post("/api/tools/pai_status")
        assert (answer.status_code, answer.json()["error"]["code"]) == (429, "too_many")
        assert answer.headers["cache-control"] == "no-store"


async def test_the_nearest_legal_request_passes(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    peers = list[Peer]()

    async def noted(app: Application, tool: Tool, given: Mapping[str, Any], peer: Peer) -> Answer:
        peers.append(peer)
        return await call_tool(app, tool, given, peer)

    monkeypatch.setattr(routes, "call_tool", noted)
    async with dashboard(application(emulator)) as (browser, _):
        answer = await browser.post("/api/tools/pai_status", sec_fetch_site="same-origin")
        assert answer.status_code == 200
        assert answer.json()["ok"]
    assert [peer.max_chars for peer in peers] == [MAX_CHARS], "a program reads it, no model"


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT", "PATCH"])
async def test_an_address_that_is_none_says_so_for_every_method(emulator: Emulator, method: str) -> None:
    async with dashboard(application(emulator)) as (browser, _):
        answer = await browser.client.request(method, "/api/nothing")
        said = {"code": "not_found", "message": "There is no such address."}
        assert (answer.status_code, answer.json()) == (404, {"error": said})


async def test_the_session_tells_the_regions_and_workspaces_that_may_be_used(emulator: Emulator) -> None:
    settings = {"regions": ("cn-shanghai", "cn-hangzhou"), "workspaces": ("1",)}
    async with dashboard(application(emulator, **settings)) as (browser, _):
        session = (await browser.get("/api/session")).json()
        assert (session["regions"], session["workspaces"]) == (["cn-hangzhou", "cn-shanghai"], ["1"])


async def test_a_page_that_points_its_name_at_loopback_is_turned_away(emulator: Emulator) -> None:
    async with dashboard(application(emulator)) as (browser, _):
        for headers, status in (
            ({"host": "evil.example"}, 421),
            ({"host": "127.0.0.1.evil.example"}, 421),
            ({"origin": "http://evil.example"}, 403),
            ({"origin": "null"}, 403),
        ):
            assert (await browser.get("/api/session", **headers)).status_code == status, headers
        assert (await browser.get("/", **headers)).status_code == status


async def test_r78_bodies_of_the_page_have_limits(emulator: Emulator) -> None:
    async with dashboard(application(emulator)) as (browser, _):
        big = await browser.post("/api/tools/pai_status", {"x": "y" * MAX_BODY_BYTES})
        assert big.status_code == 413
        for odd in ([], "x", 3, None):
            headers = {"origin": browser.url, "x-pai-dlc-page": browser.page_key, "content-type": "application/json"}
            answer = await browser.client.post("/api/tools/pai_status", content=f"{odd!r}", headers=headers)
            assert answer.status_code == 400, odd
        deep: Any = "x"
        for _ in range(60):
            deep = {"a": deep}
        assert (await browser.post("/api/tools/pai_status", {"x": deep})).status_code == 400


async def test_without_a_session_nothing_but_the_files_is_served(emulator: Emulator, tmp_path: Path) -> None:
    tokens = tokens_file(tmp_path, line("ann", CLIENT))
    async with service(application(emulator, tokens=tokens)) as (url, _), httpx.AsyncClient(trust_env=False) as client:
        for path in ("/", "/login", "/jobs/dlc1", "/assets/main-1.js"):
            assert (await client.get(url + path)).status_code == 200
            assert (await client.post(url + path)).status_code == 401
        for path in ("/api/session", "/api/approvals", "/api/audit", "/api/events?watch=jobs"):
            answer = await client.get(url + path, headers={"authorization": f"Bearer {CLIENT}"})
            assert (answer.status_code, answer.json()["error"]["login"]) == (401, "token"), path
        assert (await client.get(f"{url}/metrics")).status_code == 401
        assert (await client.get(f"{url}/anything")).status_code == 401


async def test_r35_a_clients_token_opens_the_page_to_look_and_a_persons_to_approve(
    emulator: Emulator, tmp_path: Path
) -> None:
    tokens = tokens_file(tmp_path, line("ann", CLIENT), line("ann", PERSON, "person"))
    async with service(application(emulator, tokens=tokens)) as (url, _):
        for token, is_person in ((CLIENT, False), (PERSON, True)):
            browser = Browser(url)
            assert (await browser.sign_in(token)).status_code == 200
            found = (await browser.get("/api/session")).json()
            assert (found["caller"], found["can_approve"]) == ({"name": "http:ann", "person": is_person}, is_person)
            assert (await browser.tool("pai_status"))["ok"]
            answer = await browser.post("/api/acts/dlc_stop_job", {"arguments": {"job_id": "dlc1"}})
            denied = (answer.status_code, answer.json().get("error", {}).get("code"))
            assert (denied == (403, "not_a_person")) is not is_person
            if not is_person:
                error = answer.json()["error"]
                assert error["rule"] == "R35"
                assert "pai-dlc-mcp token ann --person" in error["hint"]
            answer = await browser.post("/api/approvals/x", {"decision": "yes"})
            assert answer.status_code == (404 if is_person else 403)


async def test_a_wrong_token_signs_nobody_in_and_is_counted(emulator: Emulator, tmp_path: Path) -> None:
    tokens = tokens_file(tmp_path, line("ann", CLIENT))
    app = application(emulator, tokens=tokens, audit_log=tmp_path / "audit.log")
    async with service(app) as (url, _):
        for wrong in ("", "x", CLIENT + "x", "ä" * 20, "x" * 10_000, "a b\x00"):
            answer = await Browser(url).sign_in(wrong)
            assert answer.status_code == 401, wrong
            assert "set-cookie" not in answer.headers
            assert wrong[:20] not in answer.text or not wrong
    assert '"rejected"' in (tmp_path / "audit.log").read_text()


async def test_a_session_ends_with_its_token(emulator: Emulator, tmp_path: Path) -> None:
    tokens = tokens_file(tmp_path, line("ann", CLIENT), line("bob", PERSON))
    async with service(application(emulator, tokens=tokens)) as (url, made):
        ann, bob = Browser(url), Browser(url)
        await ann.sign_in(CLIENT)
        await bob.sign_in(PERSON)
        tokens.write_text(line("bob", PERSON) + "\n")
        assert (await ann.get("/api/session")).status_code == 200
        assert made.reload()
        assert (await ann.get("/api/session")).status_code == 401
        assert (await bob.get("/api/session")).status_code == 200


async def test_signing_out_ends_the_session(emulator: Emulator) -> None:
    async with dashboard(application(emulator)) as (browser, _):
        headers = {"origin": browser.url, "x-pai-dlc-page": browser.page_key}
        kept = "; ".join(f"{name}={value}" for name, value in browser.client.cookies.items())
        assert (await browser.get("/api/session", cookie=kept)).status_code == 200
        assert (await browser.client.delete("/api/session", headers=headers)).status_code == 204
        assert (await browser.get("/api/session", cookie=kept)).status_code == 401


async def test_with_no_auth_everybody_on_loopback_may_look_and_nobody_may_approve(emulator: Emulator) -> None:
    app = application(emulator, no_auth=True)
    async with service(app) as (url, _):
        browser = Browser(url)
        assert (await browser.get("/api/session")).json()["error"]["login"] == "open"
        assert (await browser.sign_in()).status_code == 200
        assert (await browser.get("/api/session")).json()["can_approve"] is False
        assert app.page is None


async def test_a_program_that_reads_the_address_from_a_pipe_may_look_only(emulator: Emulator) -> None:
    async with dashboard(application(emulator), is_terminal=False) as (browser, _):
        assert (await browser.get("/api/session")).json()["can_approve"] is False
        assert (await browser.post("/api/acts/dlc_stop_job", {"arguments": {"job_id": "x"}})).status_code == 403


async def test_with_https_the_cookie_is_bound_to_the_very_host(emulator: Emulator, tmp_path: Path) -> None:
    tokens = tokens_file(tmp_path, line("ann", CLIENT))
    app = application(emulator, tokens=tokens, public_url="https://pai.example:8443")
    async with service(app) as (url, _):
        browser = Browser(url)
        headers = {"x-pai-dlc-page": "login", "host": "pai.example:8443", "origin": "https://pai.example:8443"}
        answer = await browser.client.post("/api/session", json={"token": CLIENT}, headers=headers)
        assert answer.status_code == 200, answer.text
        name, marks = "__Host-pai_dlc_mcp_8443", "HttpOnly; {}Path=/; SameSite=strict; Secure"
        cookie, _, rest = answer.headers["set-cookie"].partition("; ")
        assert (cookie.partition("=")[0], rest) == (name, marks.format(""))
        headers |= {"x-pai-dlc-page": answer.json()["page_key"], "cookie": cookie}
        answer = await browser.client.delete("/api/session", headers=headers)
        past = re.sub(r"expires=[^;]+; ", "", answer.headers["set-cookie"])
        assert (answer.status_code, past) == (204, f'{name}=""; {marks.format("Max-Age=0; ")}')
        assert app.page == "https://pai.example:8443/approvals"


def test_a_key_is_good_once_for_a_quarter_of_an_hour_and_until_the_next() -> None:
    now = [0.0]
    key = OneTimeKey(lambda: now[0])
    assert not key.redeem("")
    first = key.renew()
    assert len(first) == 43, "32 random bytes"
    assert not key.redeem(first + "x")
    assert key.redeem(first)
    assert not key.redeem(first)
    in_time = key.renew()
    now[0] += KEY_LIFE_S - 1
    assert key.redeem(in_time)
    late = key.renew()
    now[0] += KEY_LIFE_S
    assert not key.redeem(late)
