"""Input and answers made to exhaust: huge and deeply nested JSON from either side, a log of a million lines."""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from end_to_end.driving import Driver
from pai_dlc_mcp.guards.reading import check as reading
from pai_dlc_mcp.shapes import values_under
from pai_dlc_mcp.transports.service import application
from protocol.processes import VERSION_2025, VERSION_2026, envelope
from support.attack_scene import Scene, everything, text_of
from support.guard_removal import Removal, both_ways, replaced

LEVELS = 10_000
BOUND_S = 10.0
"""Processor seconds that any one of these may take: a machine that is busy with other things counts for nothing."""


def nested_text(levels: int = LEVELS, kind: str = "[") -> str:
    return "[" * levels + "]" * levels if kind == "[" else '{"a":' * levels + "1" + "}" * levels


NO_JSON, UNKNOWN, NOT_FINITE = "is text that is not JSON", "a is not a field here", "holds NaN or an infinite number"
TEXTS = {
    "deep list": (nested_text(), NO_JSON),
    "deep object": (nested_text(kind="{"), NO_JSON),
    "deep without end": ("[" * 200_000, NO_JSON),
    "wide list": ("[" + "0," * 200_000 + "0]", "holds more than 10,000 items"),
    "wide lists": ("[" + "[" + "0," * 6_000 + "0],[" + "0," * 6_000 + "0]]", "holds more than 10,000 items"),
    "long number": ("9" * 100_000, NO_JSON),
    "same key": ("{" + '"a":1,' * 50_000 + '"a":1}', UNKNOWN),
    "infinity": ('{"a": 1e999}', NOT_FINITE),
    "no number": ('{"b": [NaN]}', NOT_FINITE),
    "half characters": ('["\\ud800"]', "holds half of a surrogate pair"),
}
"""Each with what is said of it."""
FIELDS = ("job_specs", "envs", "code_source", "data_sources")


@pytest.mark.parametrize(
    ("field", "text"), [(field, text) for field in FIELDS for text in TEXTS if (field, text) != ("envs", "same key")]
)
async def test_a_json_text_made_to_exhaust_is_refused_in_words(scene: Scene, field: str, text: str) -> None:
    async with scene.server() as driver:
        driver.seen = {"workspace": "1", "image": "i", "spec": "s"}
        started = time.process_time()
        given, said = TEXTS[text]
        error = await driver.error("dlc_create_job", **driver.job() | {field: given})
        assert time.process_time() - started < BOUND_S
    assert error["code"] == "invalid_arguments"
    assert error["field"].lower().replace("_", "").startswith(field.replace("_", ""))
    assert said in error["message"]
    assert scene.requests() == []


async def test_a_list_that_is_not_text_is_bounded_too_and_ten_thousand_items_are_read(scene: Scene) -> None:
    async with scene.server() as driver:
        driver.seen = {"workspace": "1", "image": "i", "spec": "s"}
        wide = await driver.error("dlc_create_job", **driver.job() | {"thirdparty_libs": ["a"] * 10_001})
        full = await driver.error("dlc_create_job", **driver.job() | {"thirdparty_libs": ["a"] * 10_000})
    assert (wide["field"], wide["rule"]) == ("thirdparty_libs", "R77")
    assert full["rule"] != "R77"


async def test_a_key_that_comes_fifty_thousand_times_is_the_last_one(scene: Scene) -> None:
    async with scene.server() as driver:
        await driver.discover()
        data = await driver.data("dlc_create_job", **driver.job() | {"envs": "{" + '"a":1,' * 50_000 + '"a":2}'})
    assert scene.emulator.world.training.jobs[data["JobId"]].args["Envs"] == {"a": "2"}


@pytest.mark.parametrize("text", ["deep list", "deep object"])
async def test_a_template_content_of_ten_thousand_levels_is_refused_in_words(scene: Scene, text: str) -> None:
    async with scene.server() as driver:
        given = {"template_name": "t", "content": TEXTS[text][0], "workspace_id": "1"}
        error = await driver.error("dlc_create_job_template", **given)
    assert (error["code"], error["field"]) == ("invalid_arguments", "content")
    assert NO_JSON in error["message"]


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
           "mcp-protocol-version": VERSION_2026, "mcp-method": "tools/call", "mcp-name": "dlc_list_jobs"}  # fmt: skip


@pytest.mark.parametrize(
    ("levels", "said"),
    [
        (100, "has no argument 'x'"),
        (1_000, "Parse error"),
        (LEVELS, "Parse error"),
        (100_000, "Parse error"),
    ],
)
async def test_real_nesting_on_the_wire_is_refused_and_the_next_request_is_answered(
    scene: Scene, levels: int, said: str
) -> None:
    call = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "dlc_list_jobs", "arguments": {"x": "NESTED"}, "_meta": envelope(None)},
    }
    body = json.dumps(call).replace('"NESTED"', nested_text(levels))
    async with scene.server() as driver, web(driver) as client:
        started = time.process_time()
        response = await client.post("/mcp", content=body, headers=HEADERS)
        assert time.process_time() - started < BOUND_S
        assert said in response.text
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
                said = result.structured_content
                if tool == "dlc_list_jobs":
                    assert said["data"] == {"Jobs": [], "TotalCount": 0} or view == "full"
                    assert view == "concise" or "***" in text_of(result)
                else:  # the emulator itself cannot write so deep a job: what comes is no answer of the service
                    assert said["error"]["code"] == "unavailable"


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
        response = await client.post(
            "/mcp", json=call, headers=HEADERS | {"mcp-protocol-version": VERSION_2025, "mcp-method": "initialize"}
        )
    return [] if response.status_code in (400, 413) and len(response.content) < 2_000 else [response.status_code]


def test_r77_an_object_that_gives_a_name_twice_is_read_in_one_pass_and_with_both_values() -> None:
    text = "{" + "".join(f'"k{number}": 1, ' for number in range(40_000)) + '"WorkspaceId": "1", "WorkspaceId": "2"}'
    begun = time.process_time()
    assert sorted(values_under({"Content": text}, re.compile("workspaceid$"))) == ["1", "2"]
    assert time.process_time() - begun < BOUND_S
