"""On the page: a yes that no person gave, a cookie that leaked, another site, another caller's request (R35, R78)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from page.serving import Browser, application, dashboard, service, tokens_file
from page.test_door import CLIENT, PERSON, line
from pai_dlc_mcp.protocol.call_tool import Peer, call_tool
from pai_dlc_mcp.runtime import Caller
from support.attack_scene import Scene
from support.guard_removal import both_ways, replaced

BOBS = "bobs-token"
NAME = "victim"
PERSON_CHECK = "pai_dlc_mcp.page.routes._check_person"
PAGE_KEY = "pai_dlc_mcp.page.sessions.Session.holds"
SOURCE = "pai_dlc_mcp.page.routes.check_source"
OWN = "pai_dlc_mcp.page.acts.Acts._sees"


def let(*given: Any) -> bool:
    return True


@asynccontextmanager
async def asked(scene: Scene, folder: Path) -> AsyncIterator[tuple[str, str, Any]]:
    """A server where ann's agent has asked to stop a job: its address, the request's number, and the agent's call."""
    lines = (line("ann", CLIENT), line("ann", PERSON, "person"), line("bob", BOBS, "person"))
    app = application(scene.emulator, tokens=tokens_file(folder, *lines), confirm_by="human")
    job = scene.job(NAME)

    async def act() -> None:
        arguments = {"job_id": job, "wait_seconds": 0}
        await call_tool(app, app.tools["dlc_stop_job"], arguments, Peer(Caller("http:ann")))

    async with service(app) as (url, _):
        await act()
        ann = Browser(url)
        await ann.sign_in(PERSON)
        (waiting,) = (await ann.get("/api/approvals")).json()["waiting"]
        yield url, waiting["id"], act


async def press_yes(browser: Browser, number: str, **headers: str) -> httpx.Response:
    return await browser.post(f"/api/approvals/{number}", {"decision": "yes", "typed_name": NAME}, **headers)


async def stopped_by_holder(token: str, scene: Scene, folder: Path) -> list[str]:
    """What is stopped where the holder of this token says yes to what ann's agent has asked."""
    async with asked(scene, folder) as (url, number, act):
        browser = Browser(url)
        await browser.sign_in(token)
        await press_yes(browser, number)
        await act()
    return scene.writes("StopJob")


@both_ways(replaced(PERSON_CHECK, let))
async def test_r35_an_agent_cannot_press_yes_with_its_clients_token(scene: Scene, tmp_path: Path) -> list[str]:
    return await stopped_by_holder(CLIENT, scene, tmp_path)


@both_ways(replaced(PAGE_KEY, let))
async def test_r35_a_cookie_that_another_port_of_this_machine_was_given_presses_no_yes(
    scene: Scene, tmp_path: Path
) -> list[str]:
    async with asked(scene, tmp_path) as (url, number, act):
        thief = Browser(url)
        thief.client.cookies = Browser.opened[0].client.cookies
        await press_yes(thief, number)
        await act()
    return scene.writes("StopJob")


@both_ways(replaced(SOURCE, let), replaced(PAGE_KEY, let))
async def test_r78_another_site_presses_no_yes_with_the_persons_cookie(scene: Scene, tmp_path: Path) -> list[str]:
    async with asked(scene, tmp_path) as (_, number, act):
        await press_yes(Browser.opened[0], number, origin="http://localhost:3000", x_pai_dlc_page="")
        await act()
    return scene.writes("StopJob")


@both_ways(replaced(OWN, let))
async def test_r35_another_caller_presses_no_yes(scene: Scene, tmp_path: Path) -> list[str]:
    return await stopped_by_holder(BOBS, scene, tmp_path)


@both_ways(replaced(PERSON_CHECK, let))
async def test_r35_a_program_that_starts_a_dashboard_itself_stops_nothing(scene: Scene) -> list[str]:
    job = scene.job(NAME)
    app = application(scene.emulator, state=scene.state_file)
    async with dashboard(app, is_terminal=False) as (browser, _):
        answer = await browser.post("/api/acts/dlc_stop_job", {"arguments": {"job_id": job, "wait_seconds": 0}})
        if "approval" in answer.json():
            await press_yes(browser, answer.json()["approval"]["id"])
    return scene.writes("StopJob")


async def test_r35_the_person_themselves_stops_it(scene: Scene, tmp_path: Path) -> None:
    """Else the attacks above would fail for another reason."""
    async with asked(scene, tmp_path) as (_, number, act):
        assert (await press_yes(Browser.opened[0], number)).status_code == 200
        await act()
    assert scene.writes("StopJob") != []
