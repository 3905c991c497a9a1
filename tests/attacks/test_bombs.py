"""Input and answers made to exhaust: huge and deeply nested JSON from either side, a log of a million lines."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from end_to_end.driving import Driver
from pai_dlc_mcp.guards.reading import check as reading
from pai_dlc_mcp.transports.service import application
from support.attack_scene import Scene, everything, text_of
from support.guard_removal import Removal, both_ways, replaced

LEVELS = 10_000
BOUND_S = 10.0
"""Processor seconds that any one of these may take: a machine that is busy with other things counts for nothing."""


def nested_text(levels: int = LEVELS, kind: str = "[") -> str:
    return "[" * levels + "]" * levels if kind == "[" else '{"a":' * levels + "1" + "}" * levels


TEXTS = {
    "deep list": nested_text(),
    "deep object": nested_text(kind="{"),
    "deep without end": "[" * 200_000,
    "wide list": "[" + "0," * 200_000 + "0]",
    "long number": "9" * 100_000,
    "same key": "{" + '"a":1,' * 50_000 + '"a":1}',
    "infinity": '{"a": 1e999, "b": NaN}',
    "half characters": '["\\ud800"]',
}
FIELDS = ("job_specs", "envs", "code_source", "data_sources")


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("field", FIELDS)
async def test_a_json_text_made_to_exhaust_is_refused_in_words(scene: Scene, field: str, text: str) -> None:
    async with scene.server() as driver:
        driver.seen = {"workspace": "1", "image": "i", "spec": "s"}
        started = time.process_time()
        error = await driver.error("dlc_create_job", **driver.job() | {field: TEXTS[text]})
        assert time.process_time() - started < BOUND_S
    assert error["code"] in ("invalid_arguments", "discovery_required"), error
    assert scene.requests() == []


@pytest.mark.parametrize("text", ["deep list", "deep object"])
async def test_a_template_content_of_ten_thousand_levels_is_refused_in_words(scene: Scene, text: str) -> None:
    async with scene.server() as driver:
        given = {"template_name": "t", "content": TEXTS[text], "workspace_id": "1"}
        error = await driver.error("dlc_create_job_template", **given)
    assert error["code"] == "invalid_arguments"


@asynccontextmanager
async def web(driver: Driver) -> AsyncIterator[httpx.AsyncClient]:
    """The server's HTTP side without a socket, for bodies that no client library would make."""
    driver.app.settings = driver.app.settings.model_copy(update={"no_auth": True})
    app = application(driver.app)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
            yield client


HEADERS = {"content-type": "application/json", "accept": "application/json, text/event-stream",
           "mcp-protocol-version": "2025-11-25"}  # fmt: skip


@pytest.mark.parametrize("levels", [100, 1_000, LEVELS, 100_000])
async def test_real_nesting_on_the_wire_harms_nobody(scene: Scene, levels: int) -> None:
    """The server refuses it, in time, and answers the next request."""
    async with scene.server() as driver, web(driver) as client:
        call = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"dlc_list_jobs","arguments":{"x":%s}}}'
        started = time.process_time()
        response = await client.post("/mcp", content=call % nested_text(levels), headers=HEADERS)
        assert time.process_time() - started < BOUND_S
        assert response.status_code < 600
        assert '"ok":true' not in response.text.replace(" ", "")
        assert (await client.get("/healthz")).status_code == 200


def in_the_answer(kind: str) -> Any:
    value: Any = 1
    for _ in range(900):
        value = [value] if kind == "[" else {"a": value}
    return value


@pytest.mark.parametrize("kind", ["[", "{"])
async def test_a_nested_answer_of_the_service_becomes_an_answer_in_its_size(scene: Scene, kind: str) -> None:
    async with scene.server() as driver:
        body = {"Jobs": [], "TotalCount": 0, "Deep": in_the_answer(kind), "Status": in_the_answer(kind)}
        for operation, tool, more in (("ListJobs", "dlc_list_jobs", {}), ("GetJob", "dlc_get_job", {"job_id": "x"})):
            scene.fault({"operation": operation, "kind": "answer", "body": body, "times": 99})
            for view in ("concise", "full"):
                result = await driver.raw(tool, view=view, **more)
                assert len(text_of(result)) <= 20_000
                if result.is_error:
                    assert result.structured_content["error"]["code"] != "internal"


def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """The body is read to the client's own limit, as any other."""
    r60 = reading.r60

    def lax(call: Any, name: str, default: int) -> None:
        r60(call, name, default)
        call.known.max_bytes = None

    monkeypatch.setattr(reading, "r60", lax)


READ_ON: Removal = unlimited


@both_ways(READ_ON)
async def test_r60_a_log_of_a_million_lines_is_read_no_further_than_it_is_shown(scene: Scene) -> list[str]:
    """Harm is a log that cannot be had at all, or one that does not say that it was cut."""
    job = scene.job()
    async with scene.server() as driver:
        pod = (await driver.data("dlc_get_job", job_id=job, view="full"))["Pods"][0]["PodId"]
        scene.fault({"operation": "GetPodLogs", "kind": "huge", "bytes": 130_000_000, "times": 9})
        started = time.process_time()
        result = await driver.raw("dlc_get_pod_logs", job_id=job, pod_id=pod, max_lines=2000)
        taken = time.process_time() - started
    shown = result.structured_content
    assert len(text_of(result)) <= 20_000
    if result.is_error:
        return [shown["error"]["code"]]
    assert shown["truncated"]
    return [f"{taken:.1f} s"] if taken > BOUND_S else []


async def test_r60_a_log_that_never_ends_is_given_up(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pai_dlc_mcp.protocol.call_tool.CALL_S", 2.0)
    job = scene.job()
    async with scene.server() as driver:
        pod = (await driver.data("dlc_get_job", job_id=job, view="full"))["Pods"][0]["PodId"]
        scene.fault({"operation": "GetPodLogs", "kind": "endless", "times": 9})
        started = time.process_time()
        result = await driver.raw("dlc_get_pod_logs", job_id=job, pod_id=pod)
        assert time.process_time() - started < BOUND_S
    assert len(everything(result)) < 60_000
    assert json.loads(json.dumps(result.structured_content))


@both_ways(
    replaced("pai_dlc_mcp.transports.limits.MAX_BODY_BYTES", 50_000_000),
    replaced("pai_dlc_mcp.transports.service.MAX_BODY_BYTES", 50_000_000),
)
async def test_a_request_body_of_ten_megabytes_is_not_taken(scene: Scene) -> list[int]:
    async with scene.server() as driver, web(driver) as client:
        hello = {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "x" * 10_000_000, "version": "1"},
        }
        call = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}
        response = await client.post("/mcp", json=call, headers=HEADERS)
    return [] if response.status_code in (400, 413) and len(response.content) < 2_000 else [response.status_code]
