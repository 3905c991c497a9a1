"""``pai-dlc-mcp demo``: a tour in the terminal; exit code 1 as soon as a step does not end as announced.

It ends with the address of the page, which shows the tour's own jobs. On a terminal the page stays; elsewhere it is
tried once, as a browser would.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

import anyio
import anyio.from_thread
import anyio.lowlevel
import httpx
from mcp import Client, StdioServerParameters

from pai_dlc_emulator.server import Emulator, running

from ..app import Application
from ..config.settings import Settings
from ..demo.story import Step, Tour, UnexpectedResult
from ..page.files import built_files
from ..page.gate import PAGE_HEADER
from ..page.sessions import OneTimeKey
from ..transports.dashboard import HOST, Dashboard, build_dashboard
from ..transports.http import run_service
from .dashboard import ENTER, on_enter, print_address
from .installation import installation

SPEED = 6.0
"""How much faster the emulator's clock runs, so that queues and image pulls take a second each."""
OPEN_WITHIN_S = 300.0
"""On a terminal the page ends by itself where nobody has opened it in this time: the terminal may be a program's."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON line a step, for a program to check")


def run(flags: argparse.Namespace) -> int:
    return int(anyio.run(_run, Printer(as_json=flags.json)))


async def _run(printer: Printer) -> int:
    began = time.monotonic()
    printer.title()
    async with running(execute=True, speed=SPEED) as emulator:
        arguments = ["-m", "pai_dlc_mcp", "serve"]
        server = StdioServerParameters(command=sys.executable, args=arguments, env=dict(_environment(emulator)))
        async with Client(server) as client:
            tour = Tour(client, sys.executable, printer.progress)
            try:
                async for step in tour.steps():
                    printer.step(step)
            except UnexpectedResult as failure:
                printer.failed(str(failure))
                return 1
            printer.done(time.monotonic() - began)
        emulator.world.clock.run_at(1.0)
        try:
            jobs = await show_page(emulator, printer) if built_files() else None
        except UnexpectedResult as failure:
            printer.failed(str(failure))
            return 1
    printer.end(jobs)
    return 0


async def show_page(emulator: Emulator, printer: Printer) -> int | None:
    """Serve the page in front of the tour's emulator: on a terminal until the person ends it, elsewhere for one visit,
    which gives the number of jobs that it shows.

    Raises:
        UnexpectedResult: it does not show them.
    """
    key, made = OneTimeKey(), list[Dashboard]()
    jobs: int | None = None
    failure: UnexpectedResult | None = None

    @asynccontextmanager
    async def same_emulator() -> AsyncIterator[Emulator]:
        yield emulator

    app = Application(Settings(), emulate=same_emulator)

    def build(port: int) -> Dashboard:
        made.append(build_dashboard(app, key, port, is_terminal=printer.stays))
        return made[0]

    async def until(url: str) -> None:
        nonlocal jobs, failure
        address = f"{url}/?key={key.renew()}"
        printer.page(address)
        if printer.stays:
            await _end_of_input(url, key, made[0])
            return
        try:
            jobs = await _visit(address)
        except UnexpectedResult as wrong:
            failure = wrong

    await run_service(app, HOST, 0, build, lambda url: None, until)
    if failure is not None:
        raise failure
    return jobs


async def _end_of_input(url: str, key: OneTimeKey, dashboard: Dashboard) -> None:
    """Return when the terminal's input ends, or where nobody has opened the page in ``OPEN_WITHIN_S``."""
    ended, token = anyio.Event(), anyio.lowlevel.current_token()

    def end() -> None:
        with suppress(anyio.RunFinishedError):
            anyio.from_thread.run_sync(ended.set, token=token)

    on_enter(lambda: print_address(url, key), end)
    with anyio.move_on_after(OPEN_WITHIN_S):
        await ended.wait()
    if dashboard.page.hub.polls:
        await ended.wait()


async def _visit(address: str) -> int:
    """Open the page as a browser does; how many jobs it shows.

    Raises:
        UnexpectedResult: it does not show them.
    """
    place = urlsplit(address)
    site = f"{place.scheme}://{place.netloc}"
    try:
        async with httpx.AsyncClient(base_url=site, trust_env=False, timeout=30) as browser:
            entered = await browser.get(address)
            (page_key,) = parse_qs(urlsplit(entered.headers["location"]).fragment)["page_key"]
            document = (await browser.get("/")).raise_for_status()
            headers = {"origin": site, PAGE_HEADER: page_key}
            jobs = await browser.post("/api/tools/dlc_list_jobs", json={"view": "full"}, headers=headers)
            found = len(jobs.raise_for_status().json()["data"]["Jobs"])
    except (httpx.HTTPError, KeyError, ValueError) as wrong:
        raise UnexpectedResult(f"the page does not answer: {type(wrong).__name__}") from None
    if not found or not document.headers["content-type"].startswith("text/html"):
        raise UnexpectedResult("the page shows no jobs")
    return found


def _environment(emulator: Emulator) -> Mapping[str, str]:
    """What the server gets: the emulator's endpoints and key, and nothing of the user's account."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH", "SYSTEMROOT") if name in os.environ}
    return kept | {
        "PAI_DLC_MCP_DLC_ENDPOINT": emulator.dlc,
        "PAI_DLC_MCP_AIWORKSPACE_ENDPOINT": emulator.aiworkspace,
        "PAI_DLC_MCP_STUDIO_ENDPOINT": emulator.paistudio,
        "PAI_DLC_MCP_REGION": emulator.regions[0],
        "PAI_DLC_MCP_STATE": "memory",
        "ALIBABA_CLOUD_ACCESS_KEY_ID": emulator.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": emulator.access_key_secret,
    }


class Printer:
    """Steps as lines for people, coloured where the terminal can, or as JSON lines for programs."""

    def __init__(self, *, as_json: bool) -> None:
        self._json, self._number, self._seconds = as_json, 0, 0.0
        self._address: str | None = None
        self.stays = not as_json and sys.stdin.isatty() and sys.stdout.isatty()
        """Whether somebody is there to look at the page."""
        self._colours = not as_json and sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def _coloured(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colours else text

    def _print(self, text: str) -> None:
        if not self._json:
            print(text, flush=True)

    def title(self) -> None:
        self._print(self._coloured("1", "PAI-DLC over MCP: a real client, the real server, an emulated cloud"))

    def progress(self, line: str) -> None:
        self._print(self._coloured("2", f"     … {line}"))

    def step(self, step: Step) -> None:
        self._number += 1
        if self._json:
            print(json.dumps(_as_line(self._number, step), ensure_ascii=False), flush=True)
            return
        refused = step.expected != "ok"
        mark = self._coloured("33" if refused else "32", "refused, as announced" if refused else "ok")
        self._print(f"\n{self._coloured('1', f'{self._number:2}. {step.title}')}\n     [{step.tool}: {mark}]")
        for line in step.shown:
            self._print(f"     {line}")

    def failed(self, why: str) -> None:
        if self._json:
            print(json.dumps({"ok": False, "error": why}), flush=True)
        print(self._coloured("31", f"\nNot as announced: {why}"), file=sys.stderr)

    def done(self, seconds: float) -> None:
        """The tour has ended as announced."""
        self._seconds = round(seconds, 1)
        self._print(self._coloured("1", f"\n{self._number} steps ended as announced in {seconds:.0f} s."))

    def page(self, address: str) -> None:
        """The page is there."""
        self._address = address
        self._print(f"These jobs in a browser:\n  {self._coloured('36', address)}")
        if self.stays:
            self._print(ENTER)

    def end(self, jobs: int | None) -> None:
        """The last words; ``jobs`` is how many the page has shown on its visit."""
        if self._json:
            facts = {"ok": True, "steps": self._number, "seconds": self._seconds, "page": self._address, "jobs": jobs}
            print(json.dumps(facts), flush=True)
        if jobs is not None:
            self._print(f"  It was opened once and showed {jobs} jobs; on a terminal it stays until Ctrl-C.")
        self._print(f"Such jobs at any time: {how_to_see()}")


def how_to_see() -> str:
    """The command that serves the page, as this one was called; where the page is not built, that first."""
    own = installation()
    called = [sys.argv[0] if os.path.basename(sys.argv[0]) == "pai-dlc-mcp" else "pai-dlc-mcp"]
    if own.how in ("uvx", "pipx run"):  # the script stands in a cache, which is cleaned
        called = [own.command, *own.arguments]
    return f"{'' if built_files() else 'make web && '}{shlex.join(called)} dashboard --emulator"


def _as_line(number: int, step: Step) -> dict[str, Any]:
    names = ("title", "tool", "expected", "ok", "shown")
    return {"step": number, **{name: getattr(step, name) for name in names}}
