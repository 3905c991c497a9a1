"""Live: one poll for a thing however many look, none when nobody does, and only the newest for the slow."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from typing import Any

import anyio
import pytest

from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.app import Application
from pai_dlc_mcp.errors import Unavailable
from pai_dlc_mcp.page import live, watches
from pai_dlc_mcp.page.live import MAX_TOPICS, Hub, TooMany, Viewer
from pai_dlc_mcp.page.sessions import MAX_STREAMS

from .serving import PATIENCE_S, application, dashboard
from .test_acts import begun, running_job


async def until(is_so: Any) -> None:
    with anyio.fail_after(PATIENCE_S):
        while not is_so():  # noqa: ASYNC110 - what is waited for has no event
            await anyio.sleep(0.01)


async def test_one_poll_serves_many_viewers_and_ends_when_nobody_looks(
    emulator: Emulator, admin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watches, "JOBS_S", 3_600.0)
    async with dashboard(application(emulator)) as (browser, made), AsyncExitStack() as stack:
        hub = made.page.hub
        streams = [await stack.enter_async_context(browser.events("jobs")) for _ in range(MAX_STREAMS)]
        for stream in streams:
            name, data = await anext(stream)
            assert (name, data["ok"]) == ("jobs", True)
        assert (hub.topics(), hub.polls) == (1, 1)
        assert [entry["operation"] for entry in admin("journal")].count("ListJobs") == 1
        answer = await browser.get("/api/events?watch=jobs")
        assert (answer.status_code, answer.json()["error"]["code"]) == (429, "too_many")
        await stack.aclose()
        await until(lambda: hub.topics() == 0)


async def test_r78_a_stream_is_counted_while_it_lasts(emulator: Emulator) -> None:
    async with dashboard(application(emulator)) as (browser, made):
        (cookie,) = browser.client.cookies.values()
        session = await made.page.sessions.find(cookie)
        assert session is not None
        streams = [made.page._stream(session, {}) for _ in range(2)]
        assert [await anext(stream) for stream in streams] == ["retry: 3000\n\n"] * 2
        assert session.load.streams == 2
        for stream in streams:
            await stream.aclose()
        assert session.load.streams == 0


async def test_a_jobs_stream_has_its_record_its_log_and_its_samples(emulator: Emulator) -> None:
    async with dashboard(application(emulator)) as (browser, _):
        job = await running_job(browser)
        async with browser.events(f"job:{job['JobId']}", "quotas") as events:
            found = dict([await anext(events), await anext(events)])
        data = found[f"job:{job['JobId']}"]
        assert data["job"]["data"]["JobId"] == job["JobId"]
        assert data["log"]["ok"]
        assert [pod["PodId"] for pod in data["metrics"]["data"]["PodMetrics"]] != []
        assert "error" not in data
        assert found["quotas"]["ok"]


async def test_a_stream_shows_the_region_and_the_workspace_that_it_names(emulator: Emulator, admin: Any) -> None:
    workspace = next(iter(emulator.world.catalogue.workspaces))
    async with dashboard(application(emulator)) as (browser, made):
        query = f"&region=cn-hangzhou&workspace_id={workspace}"
        async with browser.events("jobs", query=query) as named, browser.events("jobs") as plain:
            assert [(await anext(events))[1]["ok"] for events in (named, plain)] == [True, True]
            assert made.page.hub.topics() == 2
    asked = [entry["query"] for entry in admin("journal") if entry["operation"] == "ListJobs"]
    assert str(workspace) in [one.get("WorkspaceId") for one in asked]


async def test_what_waits_for_approval_comes_by_itself(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watches, "APPROVALS_S", 0.05)
    async with dashboard(application(emulator)) as (browser, _):
        job = await running_job(browser)
        async with browser.events("approvals") as events:
            assert await anext(events) == ("approvals", {"waiting": [], "decided": []})
            approval = await begun(browser, job["JobId"])
            _, data = await anext(events)
            assert [one["id"] for one in data["waiting"]] == [approval["id"]]


async def test_a_read_that_fails_is_an_event_and_the_stream_goes_on(emulator: Emulator, admin: Any) -> None:
    async with dashboard(application(emulator)) as (browser, _):
        admin("policy", {"deny": ["paidlc:ListJobs"]})
        async with browser.events("jobs") as events:
            _, data = await anext(events)
        assert data["error"]["code"] == "permission_denied"
        async with browser.events("job:dlc-nothing") as events:
            _, data = await anext(events)
        assert data["error"]["code"] == "not_found"


async def test_a_stream_says_that_it_lives_and_ends_when_its_session_does(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "KEEP_ALIVE_S", 0.05)
    async with (
        dashboard(application(emulator)) as (browser, _),
        browser.client.stream("GET", "/api/events?watch=approvals") as answer,
    ):
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        lines = answer.aiter_lines()
        assert await anext(lines) == "retry: 3000"
        with anyio.fail_after(PATIENCE_S):
            while await anext(lines) != ": keep-alive":
                pass
        headers = {"origin": browser.url, "x-pai-dlc-page": browser.page_key}
        assert (await browser.client.delete("/api/session", headers=headers)).status_code == 204
        assert [line async for line in lines][-3:] == ["event: signed_out", "data: {}", ""]


def test_polls_that_fail_come_twice_as_seldom_each_time_and_once_a_minute_at_least() -> None:
    pauses = [live.pause_after(failures, 5.0) for failures in range(6)]
    assert pauses == [5.0, 10.0, 20.0, 40.0, 60.0, 60.0]
    assert live.pause_after(1_000, 0.5) == 32.0


async def test_r78_what_cannot_be_watched_is_refused(emulator: Emulator) -> None:
    async with dashboard(application(emulator)) as (browser, made):
        for query in (
            "", "watch=", "watch=nothing", "watch=job:", "watch=job:a/b", "watch=jobs&region=a%2Fb",
            "watch=jobs&workspace_id=%00", "&".join(f"watch=job:dlc{number}" for number in range(9)),
        ):  # fmt: skip
            answer = await browser.get(f"/api/events?{query}")
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_arguments"), query
        assert made.page.hub.topics() == 0


async def test_r78_a_viewer_that_takes_nothing_holds_the_newest_of_each_watch_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live, "KEEP_ALIVE_S", 0.01)
    viewer = Viewer()
    for number in range(1_000):
        viewer.offer("jobs", str(number))
        viewer.offer("quotas", str(-number))
    assert await viewer.take() == {"jobs": "999", "quotas": "-999"}
    assert await viewer.take() == {}


async def test_r78_no_more_is_watched_than_the_limit_and_a_failure_slows_the_poll(emulator: Emulator) -> None:
    app: Application = application(emulator)
    async with app.running():
        hub, viewer = Hub(app), Viewer()

        async def failing() -> Any:
            raise Unavailable("Not now.")

        async def broken() -> Any:
            raise ZeroDivisionError

        async with hub.watching(viewer, {f"t{number}": (number, failing) for number in range(MAX_TOPICS)}):
            with pytest.raises(TooMany):
                async with hub.watching(viewer, {"one more": ("key", failing)}):
                    raise AssertionError("it was watched")
            await until(lambda: hub.polls == MAX_TOPICS)
            said = {"error": {"code": "unavailable", "message": "Not now."}}
            assert json.loads((await viewer.take())["t1"]) == said
        await until(lambda: hub.topics() == 0)
        async with hub.watching(viewer, {"broken": ("key", broken)}):
            message = "The server made a mistake; its log on stderr has the details."
            assert json.loads((await viewer.take())["broken"]) == {"error": {"code": "internal", "message": message}}


async def test_only_what_changed_is_sent_and_the_first_viewers_name_goes_with_them(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = application(emulator)
    readers: list[str] = []
    value = {"ok": True, "data": {"n": 1}, "request_id": "a"}

    def source(name: str) -> Any:
        async def read() -> Any:
            readers.append(name)
            return {**value, "request_id": str(len(readers))}, 0.01

        return read

    async with app.running():
        hub, ann, bob = Hub(app), Viewer(), Viewer()
        bobs, anns = {"jobs": ("key", source("bob"))}, {"liste": ("key", source("ann"))}
        async with hub.watching(bob, bobs), hub.watching(ann, anns):
            assert (await ann.take()).keys() == {"liste"}
            await until(lambda: len(readers) > 5)
            with monkeypatch.context() as soon:
                soon.setattr(live, "KEEP_ALIVE_S", 0.01)
                assert await ann.take() == {}
            value["data"] = {"n": 2}
            assert '"n": 2' in (await ann.take())["liste"]
            assert set(readers) == {"bob"}
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(hub.watching(bob, bobs))
            async with hub.watching(ann, anns):
                await stack.aclose()
                readers.clear()
                await until(lambda: len(readers) > 2)
                assert set(readers[1:]) == {"ann"}
