"""A person's visit, request by request: what the page is answered, whole, as it was read and approved
(tests/snapshots/exchanges/page.txt)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from composites.approved import check
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.page import files, live, routes
from pai_dlc_mcp.page.gate import MAX_BODY_BYTES, MAX_DEPTH
from pai_dlc_mcp.page.sessions import Sessions
from pai_dlc_mcp.state import StateUnavailable
from pai_dlc_mcp.state.memory import MemoryState

from .serving import Browser, application, dashboard, service, tokens_file
from .test_acts import answered, begun, running_job
from .test_door import CLIENT, PERSON, line

LEFT_OUT = {"date", "content-length", "etag", "last-modified", "server"}
CHANGING = (
    (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME"),
    (r'"(request_id|call_id|audit_id|id|next)": "[0-9A-Za-z_-]{12,}"', r'"\1": "ID"'),
    (r'"version": "[^"]+"', '"version": "VERSION"'),
    (r'"page_key": "[^"]+"', '"page_key": "KEY"'),
    (r"127\.0\.0\.1:\d+", "HOST"),
    (r"=[0-9A-Za-z_-]{40,}", "=SECRET"),
    (r"pai_dlc_mcp_\d+", "pai_dlc_mcp_PORT"),
    (r"os:[A-Za-z0-9_-]+", "os:USER"),
    (r"expires=[^;]+", "expires=TIME"),
    (r'"(running_time|gpu_hours)": [^,\n]+', r'"\1": "SO FAR"'),
)


def told(request: str, answer: httpx.Response, known: dict[str, str]) -> str:
    """A request and its answer, without what changes from one run to the next."""
    headers = [f"{name}: {value}" for name, value in sorted(answer.headers.items()) if name not in LEFT_OUT]
    is_json = answer.headers.get("content-type", "").startswith("application/json")
    body = json.dumps(answer.json(), indent=1, ensure_ascii=False, sort_keys=True) if is_json else answer.text[:400]
    text = "\n".join([f"> {request}", str(answer.status_code), *headers, body, "", ""])
    for value, name in known.items():
        text = text.replace(value, name)
    for pattern, by in CHANGING:
        text = re.sub(pattern, by, text)
    return text


async def test_what_a_visit_with_an_approval_is_answered_is_what_was_approved(
    emulator: Emulator, tmp_path: Path
) -> None:
    text = ""
    async with dashboard(application(emulator, audit_log=tmp_path / "audit.log")) as (browser, _):
        job = await running_job(browser)
        known = {job["JobId"]: "JOB", job["WorkspaceId"]: "WORKSPACE"}

        async def get(path: str) -> None:
            nonlocal text
            text += told(f"GET {path}", await browser.get(path), known)

        for path, taken in (("/", "identity"), ("/assets/main-1.js", "br, gzip;q=0.5"), ("/assets/main-2.js", "gzip")):
            answer = await browser.get(path, **{"accept-encoding": taken})
            text += told(f"GET {path} taking {taken}", answer, known)
        await get("/api/session")
        begin = {"arguments": {"job_id": job["JobId"], "wait_seconds": 0}}
        started = await browser.post("/api/acts/dlc_stop_job", begin)
        known[started.json()["approval"]["id"]] = "APPROVAL"
        text += told("POST /api/acts/dlc_stop_job", started, known)
        for decision, name in (("no", ""), ("yes", "another"), ("yes", job["DisplayName"])):
            approval = await begun(browser, job["JobId"])
            known[approval["id"]] = "APPROVAL"
            await get("/api/approvals")
            answer = await answered(browser, approval["id"], decision, name)
            text += told(f"POST /api/approvals/APPROVAL {decision} {name}".rstrip(), answer, known)
        await get("/api/approvals")
        await get("/api/audit?limit=2")
        await get("/api/audit?limit=0")
        await get("/api/nothing")
        text += told("POST /api/tools/dlc_stop_job", await browser.post("/api/tools/dlc_stop_job"), known)
        text += told("POST /api/acts/pai_status", await browser.post("/api/acts/pai_status"), known)
        headers = {"origin": browser.url, "x-pai-dlc-page": browser.page_key}
        text += told("DELETE /api/session", await browser.client.delete("/api/session", headers=headers), known)
        await get("/api/session")
    check("exchanges/page.txt", text)


async def test_what_signing_in_with_a_token_is_answered_is_what_was_approved(
    emulator: Emulator, tmp_path: Path
) -> None:
    tokens, text = tokens_file(tmp_path, line("ann", CLIENT), line("ann", PERSON, "person")), ""
    async with service(application(emulator, tokens=tokens)) as (url, _):
        for name, token in (("nothing", ""), ("a client's", CLIENT), ("a person's", PERSON)):
            browser = Browser(url)
            text += told(f"POST /api/session {name} token", await browser.sign_in(token), {})
            text += told("GET /api/session", await browser.get("/api/session"), {})
            refused = await browser.post("/api/acts/dlc_stop_job", {"arguments": {"job_id": "dlc1"}})
            text += told("POST /api/acts/dlc_stop_job", refused, {})
    check("exchanges/sign-in.txt", text)


async def test_what_is_refused_is_refused_as_it_was_approved(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens, text = tokens_file(tmp_path, line("ann", PERSON, "person")), ""
    async with service(application(emulator, tokens=tokens)) as (url, _):
        browser = Browser(url)
        await browser.sign_in(PERSON)

        async def post(path: str, body: Any, **headers: str) -> None:
            nonlocal text
            answer = await browser.post(path, body, **headers)
            text += told(" ".join([f"POST {path} {json.dumps(body)}", *headers.values()]), answer, {PERSON: "TOKEN"})

        async def get(path: str, why: str) -> None:
            nonlocal text
            text += told(f"GET {path} {why}", await browser.get(path), {})

        async def gone(self: MemoryState, key: str) -> str | None:
            raise StateUnavailable("It is gone.")

        async def is_full(self: Sessions, *_: Any, **__: Any) -> None:
            return None

        for decision in ({"decision": "maybe"}, {"decision": "yes", "typed_name": 3}, {"decision": "no"}):
            await post("/api/approvals/x", decision)
        await post("/api/session", {"token": PERSON}, x_pai_dlc_page="login", origin="http://127.0.0.1:1")
        await post("/api/tools/pai_status", {}, content_type="application/jsonp")
        await get("/?key=wrong", "where there are no keys")
        for module, name, path in (
            (routes, "MAX_REQUESTS", "/api/session"),
            (routes, "MAX_STREAMS", "/api/events?watch=jobs"),
            (live, "MAX_TOPICS", "/api/events?watch=jobs"),
        ):
            with monkeypatch.context() as none:
                none.setattr(module, name, 0)
                await get(path, f"where {name} is 0")
        with monkeypatch.context() as full:
            full.setattr(Sessions, "open", is_full)
            await post("/api/session", {"token": PERSON}, x_pai_dlc_page="login")
        with monkeypatch.context() as unbuilt:
            unbuilt.setattr(files, "BUILT", tmp_path)
            await get("/", "where nothing is built")
        monkeypatch.setattr(MemoryState, "get", gone)
        await get("/api/session", "where the state cannot answer")
    check("exchanges/refusals.txt", text)


async def test_r78_a_body_of_the_greatest_length_and_depth_is_read_and_one_more_is_not(emulator: Emulator) -> None:
    def nested(levels: int) -> Any:
        return {"a": nested(levels - 1)} if levels else 1

    async with dashboard(application(emulator)) as (browser, _):
        headers = {"origin": browser.url, "x-pai-dlc-page": browser.page_key}
        headers["content-type"] = "Application/JSON; charset=utf-8"

        async def status(body: str) -> int:
            answer = await browser.client.post("/api/tools/pai_status", content=body, headers=headers)
            return answer.status_code

        blank = "{" + " " * (MAX_BODY_BYTES - 2) + "}"
        assert [await status(blank), await status(blank + " ")] == [200, 413]
        deep = [await status(json.dumps(nested(levels))) for levels in (MAX_DEPTH - 1, MAX_DEPTH)]
        assert deep == [200, 400]


def test_the_built_page_stands_beside_its_source() -> None:
    assert (files.BUILT.parent / "package.json").is_file()
    assert f'outDir: "{files.BUILT.name}"' in (files.BUILT.parent / "vite.config.ts").read_text()


async def test_every_address_of_the_page_gives_its_document_to_whoever_has_no_token(
    emulator: Emulator, tmp_path: Path
) -> None:
    tokens = tokens_file(tmp_path, line("ann", CLIENT))
    async with service(application(emulator, tokens=tokens)) as (url, _):
        for path in ("/", "/login", "/jobs", "/quotas", "/approvals", "/audit", "/jobs/dlc1"):
            answer = await Browser(url).get(path)
            is_document = answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
            is_unbuilt = answer.status_code == 503 and not files.built_files()
            assert is_document or is_unbuilt, (path, answer.status_code)
        for path in ("/jobs/dlc1/x", "/job", "/jobs/"):
            assert (await Browser(url).get(path)).status_code in (401, 404), path
