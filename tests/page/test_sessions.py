"""Sessions of the page: how long they last, how many there are, and that servers of one state share them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.page import acts, live
from pai_dlc_mcp.page.sessions import (
    IDLE_S,
    LIFE_S,
    MAX_SESSIONS,
    MAX_SESSIONS_PER_CALLER,
    NOTED_S,
    Sessions,
)
from pai_dlc_mcp.runtime import Caller
from pai_dlc_mcp.state import StateStore, StateUnavailable
from pai_dlc_mcp.state.keys import Keys
from pai_dlc_mcp.state.memory import MemoryState

from .serving import Browser, application, service, tokens_file
from .test_acts import answered, begun, running_job
from .test_door import CLIENT, PERSON, line

KEYS = Keys((b"k" * 32,))


class Kept:
    """Sessions on a clock and a state of their own."""

    def __init__(self, keys: Keys = KEYS) -> None:
        self.now = 0.0
        self.state = MemoryState(lambda: self.now)
        self.sessions = self.another(keys)

    def another(self, keys: Keys = KEYS) -> Sessions:
        """What another server of the same state has."""

        async def place() -> tuple[StateStore, Keys]:
            return self.state, keys

        return Sessions(place, lambda: self.now)

    async def open(self, name: str = "ann", **more: Any) -> str:
        made = await self.sessions.open(Caller(name, **more), can_approve=False, credential=b"c")
        assert made is not None
        return made[0]

    async def writes(self, cookie: str) -> bool:
        """Whether a use of this session is written down."""
        before = await self.state.scan("page-used/")
        await self.sessions.find(cookie)
        return before != await self.state.scan("page-used/")


async def test_a_session_ends_by_age_however_much_it_is_used() -> None:
    kept = Kept()
    cookie = await kept.open()
    session = await kept.sessions.find(cookie)
    assert session is not None
    for _ in range(int(LIFE_S // (IDLE_S / 2)) - 1):
        kept.now += IDLE_S / 2
        assert await kept.sessions.find(cookie) is not None
    kept.now += IDLE_S / 2 - 1
    assert await kept.sessions.find(cookie) is not None
    assert await kept.sessions.is_open(session)
    kept.now += 1
    assert await kept.sessions.find(cookie) is None
    assert not await kept.sessions.is_open(session)


async def test_of_a_session_that_was_ended_nothing_is_left() -> None:
    kept = Kept()
    session = await kept.sessions.find(await kept.open())
    assert session is not None
    assert await kept.state.scan("page-") != {}
    await kept.sessions.close(session)
    assert await kept.state.scan("page-") == {}


async def test_a_session_ends_by_disuse_and_a_stream_uses_it() -> None:
    kept = Kept()
    cookie = await kept.open()
    session = await kept.sessions.find(cookie)
    assert session is not None
    kept.now += IDLE_S - 1
    assert await kept.sessions.is_open(session)
    kept.now += IDLE_S - 1
    assert await kept.sessions.find(cookie) is not None
    kept.now += IDLE_S
    assert not await kept.sessions.is_open(session)
    assert await kept.sessions.find(cookie) is None


async def test_a_use_is_written_down_once_a_minute() -> None:
    kept = Kept()
    cookie = await kept.open()
    kept.now += 59
    assert not await kept.writes(cookie)
    kept.now += 1
    assert await kept.writes(cookie)
    assert not await kept.writes(cookie)
    (use,) = await kept.state.scan("page-used/")
    await kept.state.put({use: "odd"}, IDLE_S)
    assert await kept.writes(cookie), "what somebody else wrote counts as the beginning of time"


async def test_the_session_that_was_used_least_lately_makes_room_and_other_callers_keep_theirs() -> None:
    kept = Kept()
    cookies = []
    for _ in range(MAX_SESSIONS_PER_CALLER):
        kept.now += NOTED_S
        cookies.append(await kept.open())
    kept.now += NOTED_S
    assert await kept.sessions.find(cookies[0]) is not None
    other = await kept.open("bob")
    assert all([await kept.sessions.find(one) is not None for one in cookies])
    kept.now += NOTED_S
    assert await kept.sessions.find(cookies[0]) is not None
    await kept.open()
    assert [await kept.sessions.find(one) is None for one in cookies].count(True) == 1
    assert await kept.sessions.find(cookies[0]) is not None
    assert await kept.sessions.find(other) is not None


async def test_nobody_takes_all_the_room_from_those_who_are_in() -> None:
    kept = Kept()
    own = [await kept.open() for _ in range(MAX_SESSIONS_PER_CALLER)]
    for number in range(MAX_SESSIONS - MAX_SESSIONS_PER_CALLER):
        await kept.open(f"caller-{number}")
    assert await kept.sessions.open(Caller("bob"), can_approve=False, credential=b"") is None
    assert await kept.open()
    assert [await kept.sessions.find(one) is not None for one in own].count(False) == 1


async def test_what_is_known_of_a_caller_comes_back_as_it_was() -> None:
    kept = Kept()
    for caller in (
        Caller("oauth:ann/b%c", frozenset({"pai-dlc:read"}), is_person=True, expires_at=5.0),
        Caller("http:bob"),
    ):
        for can_approve in (True, False):
            made = await kept.sessions.open(caller, can_approve=can_approve, credential=b"\x00\xff")
            assert made is not None
            found = await kept.another().find(made[0])
            assert found is not None
            assert (found.caller, found.caller.expires_at) == (caller, caller.expires_at)
            assert (found.can_approve, found.credential) == (can_approve, b"\x00\xff")
            assert [len(part) for part in made] == [43, 43], "32 random bytes each"
            assert found.holds(made[1])
            assert not found.holds(None)
            assert not found.holds(made[0])
            assert not found.holds("")


async def test_neither_cookie_nor_page_key_is_stored_and_no_entry_without_the_seal_counts() -> None:
    kept = Kept()
    made = await kept.sessions.open(Caller("ann"), can_approve=True, credential=b"")
    assert made is not None
    stored = await kept.state.scan("")
    assert not [part for part in made if part in str(stored)]
    other = await kept.open("bob")
    assert await kept.another(Keys((b"x" * 32,))).find(made[0]) is None
    # One session's record in the place of another's.
    records = await kept.state.scan("page-session/")
    (others,) = [place for place, text in records.items() if '"bob"' in text]
    (anns,) = [text for text in records.values() if '"ann"' in text]
    await kept.state.put({others: anns}, LIFE_S)
    assert await kept.sessions.find(other) is None
    assert await kept.sessions.find("") is None
    for damaged in ("{", "[]", "{}", anns.replace("ann", "eve")):
        await kept.state.put({others: damaged}, LIFE_S)
        assert await kept.sessions.find(other) is None


async def test_requests_and_streams_are_counted_for_the_session_not_for_the_request() -> None:
    kept = Kept()
    cookie = await kept.open()
    first, second = await kept.sessions.find(cookie), await kept.sessions.find(cookie)
    assert first is not None
    assert second is not None
    assert first.load is second.load
    other = await kept.sessions.find(await kept.open())
    assert other is not None
    assert other.load is not first.load


def stops(emulator: Emulator) -> int:
    return [entry["operation"] for entry in emulator.service.journal.entries()].count("StopJob")


@asynccontextmanager
async def two_servers(emulator: Emulator, folder: Path) -> AsyncIterator[tuple[Browser, Browser]]:
    """Two servers on one state, as behind one address: ann's browser, signed in at the first, at each of them."""
    tokens = tokens_file(folder, line("ann", PERSON, "person"), line("ann", CLIENT))
    async with AsyncExitStack() as stack:
        urls = []
        for _ in range(2):
            app = application(
                emulator, tokens=tokens, state=str(folder / "state.db"), public_url="http://127.0.0.1:4321"
            )
            urls.append((await stack.enter_async_context(service(app)))[0])
        here, there = (Browser(url) for url in urls)
        assert (await here.sign_in(PERSON)).status_code == 200
        there.client.cookies, there.page_key = here.client.cookies, here.page_key
        yield here, there


async def test_who_signed_in_at_one_server_is_signed_in_at_all_of_the_same_state(
    emulator: Emulator, tmp_path: Path
) -> None:
    async with two_servers(emulator, tmp_path) as (here, there):
        assert (await there.get("/api/session")).json()["caller"] == {"name": "http:ann", "person": True}
        assert (await there.tool("pai_status"))["ok"]
        assert (await there.post("/api/tools/pai_status", x_pai_dlc_page="x" * 43)).status_code == 401
        headers = {"origin": there.url, "x-pai-dlc-page": there.page_key}
        kept = "; ".join(f"{name}={value}" for name, value in here.client.cookies.items())
        assert (await there.client.delete("/api/session", headers=headers)).status_code == 204
        for one in (here, there):
            assert (await one.get("/api/session", cookie=kept)).status_code == 401


async def test_r35_an_act_begun_at_one_server_is_decided_and_carried_out_at_another(
    emulator: Emulator, tmp_path: Path
) -> None:
    async with two_servers(emulator, tmp_path) as (here, there):
        job = await running_job(here)
        approval = await begun(here, job["JobId"])
        answer = (await answered(there, approval["id"], "yes", job["DisplayName"])).json()
        assert (answer["answer"]["ok"], answer["answer"]["confirmed_by"]) == (True, "human"), answer
        assert stops(emulator) == 1


async def test_r35_an_act_that_may_hold_a_secret_waits_where_it_was_begun_and_a_yes_elsewhere_is_refused(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acts, "_may_be_stored", lambda arguments: False)
    async with two_servers(emulator, tmp_path) as (here, there):
        job = await running_job(here)
        approval = await begun(here, job["JobId"])
        refused = await answered(there, approval["id"], "yes", job["DisplayName"])
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "gone")
        assert stops(emulator) == 0
        assert (await answered(here, approval["id"], "yes", job["DisplayName"])).json()["answer"]["ok"]
        assert stops(emulator) == 1


@pytest.mark.parametrize(
    ("arguments", "is_stored"),
    [
        ({"job_id": "dlc1", "wait_seconds": 0, "x": 1.5, "y": True}, True),
        ({}, True),
        ({"job_id": "dlc1", "envs": {"A": "B"}}, False),
        ({"job_specs": []}, False),
        ({"code_repo_access_token": "hunter2hunter2"}, False),
        ({"user_command": "login --password hunter2hunter2"}, False),
    ],
)
def test_only_plain_arguments_without_a_secret_are_stored(arguments: dict[str, Any], is_stored: bool) -> None:
    assert acts._may_be_stored(arguments) is is_stored


async def test_where_the_state_cannot_answer_nobody_is_signed_in(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "KEEP_ALIVE_S", 0.05)
    app = application(emulator, tokens=tokens_file(tmp_path, line("ann", CLIENT)))
    async with service(app) as (url, _):
        browser = Browser(url)
        await browser.sign_in(CLIENT)

        async def gone(self: MemoryState, key: str) -> str | None:
            raise StateUnavailable("It is gone.")

        async with browser.events("approvals") as events:
            await anext(events)
            monkeypatch.setattr(MemoryState, "get", gone)
            answer = await browser.get("/api/session")
            said = {"code": "unavailable", "message": "It is gone."}
            assert (answer.status_code, answer.json()) == (503, {"error": said | {"rule": None}})
            told = [event async for event in events]
        assert told[-1] == ("failed", {"error": said})


async def test_a_use_is_written_down_a_minute_after_the_last_that_was() -> None:
    kept = Kept()
    cookie = await kept.open()
    kept.now += NOTED_S
    assert await kept.writes(cookie)
    kept.now += NOTED_S - 1
    assert not await kept.writes(cookie)
    kept.now += 1
    assert await kept.writes(cookie)
