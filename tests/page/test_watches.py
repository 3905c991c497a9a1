"""What each watch reads and how often, in time that is made: no pause is waited for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import anyio
import pytest

from composites.emulated_time import MadeTimeLoop
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.app import Application
from pai_dlc_mcp.errors import Unavailable
from pai_dlc_mcp.operation import Tool
from pai_dlc_mcp.page import live, watches
from pai_dlc_mcp.page.acts import Acts
from pai_dlc_mcp.page.curves import Runs
from pai_dlc_mcp.page.live import Hub, Viewer
from pai_dlc_mcp.page.watches import Looking
from pai_dlc_mcp.protocol.call_tool import Peer
from pai_dlc_mcp.protocol.result import Answer
from pai_dlc_mcp.runtime import Caller

from .serving import application

NOT_OFFERED = {"error": {"code": "not_allowed", "message": "This caller may not read it."}}


class Reads:
    """Answers of tools by name, and what was asked; a tool without one is not offered."""

    def __init__(self, **answers: dict[str, Any]) -> None:
        self.answers, self.asked = answers, list[tuple[str, dict[str, Any]]]()

    async def read(self, name: str, **given: Any) -> dict[str, Any] | None:
        self.asked.append((name, given))
        return self.answers.get(name)

    async def now(self) -> float:
        return 0.0


def in_made_time(work: Callable[[], Awaitable[None]]) -> None:
    anyio.run(work, backend_options={"loop_factory": MadeTimeLoop})


@asynccontextmanager
async def hub() -> AsyncIterator[Hub]:
    async with anyio.create_task_group() as group:
        yield Hub(cast(Application, SimpleNamespace(spawn=group.start_soon)))


def test_jobs_and_quotas_are_read_whole_and_a_tool_that_is_not_offered_is_said() -> None:
    async def work() -> None:
        reads = Reads(dlc_list_jobs={"ok": True}, dlc_quota_status={"ok": False})
        assert await watches._jobs(reads) == ({"ok": True}, 10.0)
        assert await watches._quotas(reads) == ({"ok": False}, 20.0)
        asked = [("dlc_list_jobs", {"view": "full", "page_size": 100, "show_own": False}), ("dlc_quota_status", {})]
        assert reads.asked == asked
        assert await watches._jobs(Reads()) == (NOT_OFFERED, 10.0)

    in_made_time(work)


def test_a_job_is_read_with_the_log_of_its_first_pod_and_its_samples_once_a_minute() -> None:
    pods = ["odd", {"Type": "Worker"}, {"PodId": "pod-1"}, {"PodId": "pod-2"}]
    record = {"ok": True, "data": {"Status": "Running", "Pods": pods}}
    job = ("dlc_get_job", {"job_id": "dlc1", "view": "full"})
    log = ("dlc_get_pod_logs", {"job_id": "dlc1", "pod_id": "pod-1", "max_lines": 200})
    samples = ("dlc_get_job_metrics", {"job_id": "dlc1", "metric_type": "GpuCoreUsage", "view": "full"})

    async def work() -> None:
        reads = Reads(dlc_get_job=record, dlc_get_pod_logs={"log": 1}, dlc_get_job_metrics={"metrics": 1})
        watch = watches._Job(reads, "dlc1")
        shown = {"job": record, "log": {"log": 1}, "metrics": {"metrics": 1}}
        for wait_s, asked in ((0, [job, log, samples]), (59, [job, log]), (1, [job, log, samples])):
            await anyio.sleep(wait_s)
            reads.asked.clear()
            assert await watch.read() == (shown, 5.0)
            assert reads.asked == asked

    in_made_time(work)


@pytest.mark.parametrize("status", ["Succeeded", "Failed", "Stopped"])
def test_a_job_that_is_over_is_read_once_a_minute(status: str) -> None:
    record = {"ok": True, "data": {"Status": status}}

    async def work() -> None:
        shown = {"job": record, "log": None, "metrics": None}
        assert await watches._Job(Reads(dlc_get_job=record), "dlc1").read() == (shown, 60.0)

    in_made_time(work)


def test_a_job_that_cannot_be_read_is_said_and_its_samples_are_not_asked_for() -> None:
    async def work() -> None:
        for reads, answer in (
            (Reads(dlc_get_job={"ok": False, "error": {"code": "not_found"}}), {"error": {"code": "not_found"}}),
            (Reads(), NOT_OFFERED),
        ):
            data, pause_s = await watches._Job(reads, "dlc1").read()
            record = reads.answers.get("dlc_get_job", NOT_OFFERED)
            assert data == {"job": record, "log": None, "metrics": None, **answer}
            assert (pause_s, [name for name, _ in reads.asked]) == (5.0, ["dlc_get_job"])

    in_made_time(work)


def test_a_read_is_for_the_region_and_workspace_that_are_looked_at_where_the_tool_takes_them_and_for_a_program(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[tuple[str, Mapping[str, Any], Peer]]()

    async def noted(app: Application, tool: Tool, given: Mapping[str, Any], peer: Peer) -> Answer:
        asked.append((tool.name, given, peer))
        return Answer({"ok": True}, "")

    monkeypatch.setattr(watches, "call_tool", noted)
    place, ann = {"region": "cn-beijing", "workspace_id": "1"}, Caller("http:ann")
    looking = Looking(application(emulator), ann, place)

    async def work() -> None:
        assert await looking.read("dlc_get_job", job_id="dlc1") == {"ok": True}
        assert await looking.read("dlc_list_jobs") == {"ok": True}
        assert await looking.read("no_such_tool") is None

    in_made_time(work)
    assert [(name, given, peer.caller, peer.max_chars) for name, given, peer in asked] == [
        ("dlc_get_job", {"region": "cn-beijing", "job_id": "dlc1"}, ann, 2_000_000),
        ("dlc_list_jobs", place, ann, 2_000_000),
    ]


def test_r78_a_stream_takes_one_to_eight_watches_and_callers_of_one_place_share_them(emulator: Emulator) -> None:
    def keys(names: list[str], caller: str = "ann", **place: str) -> list[Any]:
        looking = Looking(app, Caller(caller), place)
        found = watches.watches_of(names, looking, Acts(sees_all=True), Runs())
        assert list(found) == list(dict.fromkeys(names))
        return [key for key, _ in found.values()]

    app = application(emulator)
    eight = ["jobs", "quotas", "approvals", "job:a", "job:b", "job:" + "x" * 64, "curves:a:pod-0", "curves:a:pod.1_x"]
    assert len(set(keys(eight))) == 8
    assert keys(["jobs", "jobs"]) == keys(["jobs"], "bob") != keys(["jobs"], region="cn-beijing")
    assert keys(["approvals"]) != keys(["approvals"], "bob")


def test_a_viewer_is_woken_by_what_is_offered_and_else_after_a_quarter_of_a_minute() -> None:
    async def work() -> None:
        viewer = Viewer()
        assert (await viewer.take(), anyio.current_time()) == ({}, 15.0)

        async def offer() -> None:
            await anyio.sleep(3)
            viewer.offer("jobs", "1")

        async with anyio.create_task_group() as group:
            group.start_soon(offer)
            assert (await viewer.take(), anyio.current_time()) == ({"jobs": "1"}, 18.0)

    in_made_time(work)


def test_a_thing_is_read_when_its_source_says_and_twice_as_seldom_for_each_failure_in_a_row() -> None:
    reads: list[float] = []

    async def source() -> tuple[Mapping[str, Any], float]:
        reads.append(anyio.current_time())
        if len(reads) in (1, 2, 3, 4, 5, 8):
            raise Unavailable("Not now.")
        return {"ok": True, "n": len(reads)}, 3.0

    async def work() -> None:
        async with hub() as polled, polled.watching(Viewer(), {"jobs": ("key", source)}):
            await anyio.sleep(219)
        assert reads == [0, 10, 30, 70, 130, 190, 193, 196, 206, 209, 212, 215, 218]

    in_made_time(work)


def test_who_comes_later_has_the_newest_at_once_and_what_nobody_awaits_is_not_read_on() -> None:
    ended: list[float] = []

    async def quick() -> tuple[Mapping[str, Any], float]:
        return {"ok": True}, 3_600.0

    async def slow() -> tuple[Mapping[str, Any], float]:
        try:
            await anyio.sleep(3_600)
        finally:
            ended.append(anyio.current_time())
        return {"ok": True}, 1.0

    async def work() -> None:
        async with hub() as polled:
            first, second = Viewer(), Viewer()
            async with polled.watching(first, {"jobs": ("key", quick), "quotas": ("slow", slow)}):
                assert await first.take() == {"jobs": '{"ok": true}'}
                await anyio.sleep(5)
                async with polled.watching(second, {"liste": ("key", quick)}):
                    assert (await second.take(), anyio.current_time()) == ({"liste": '{"ok": true}'}, 5.0)
                assert polled.topics() == 2
        assert (polled.topics(), polled.polls, ended, anyio.current_time()) == (0, 2, [5.0], 5.0)

    in_made_time(work)


def test_neither_ids_of_requests_nor_the_order_of_keys_is_a_change() -> None:
    part = {"ok": True, "request_id": "a", "data": {"request_id": "its own"}}
    data = {"request_id": "b", "job": part, "log": None, "other": {"request_id": "c"}}
    told = {"job": {"ok": True, "data": part["data"]}, "log": None, "other": {"request_id": "c"}}
    assert live._without_ids(data) == told
    values = [{"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": 1, "b": 3}]

    async def source() -> tuple[Mapping[str, Any], float]:
        return values.pop(0), 1.0

    async def work() -> None:
        async with hub() as polled:
            viewer = Viewer()
            async with polled.watching(viewer, {"jobs": ("key", source)}):
                taken = [(await viewer.take(), anyio.current_time()) for _ in range(2)]
        assert taken == [({"jobs": '{"a": 1, "b": 2}'}, 0.0), ({"jobs": '{"a": 1, "b": 3}'}, 2.0)]

    in_made_time(work)
