"""The tour: it ends as announced, fits a terminal of 100 columns, shows what each step is about, and then the page."""

from __future__ import annotations

import gzip
import io
import json
import queue
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx
import pytest
from mcp import StdioServerParameters

from page.serving import PATIENCE_S as LONG_S
from page.test_command import with_page
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.commands import demo
from pai_dlc_mcp.commands.demo import Printer, show_page
from pai_dlc_mcp.commands.installation import Installation
from pai_dlc_mcp.demo.story import MAX_LINE_CHARS, MAX_LINES, Step, UnexpectedResult, shown_of
from pai_dlc_mcp.page import files
from pai_dlc_mcp.transports import http
from protocol.processes import PATIENCE_S, bare_environment

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_the_tour_ends_as_announced_fits_100_columns_and_ends_with_the_address_of_the_page(tmp_path: Path) -> None:
    done = subprocess.run(
        with_page("demo"), env=bare_environment(tmp_path), cwd=tmp_path, capture_output=True, text=True,
        timeout=2 * PATIENCE_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 100
    for number, line in enumerate(lines):
        if line.strip().endswith(":"):
            assert lines[number + 1].strip(), line
    # The token's second use is refused, on a job that still runs.
    used_up = next(at for at, line in enumerate(lines) if "The token is used up: it does not stop" in line)
    assert lines[used_up + 1].strip() == "[dlc_stop_job: refused, as announced]"
    assert "     Status: Running" in lines[used_up + 2 :]
    assert "steps ended as announced" in lines[-5]
    assert re.fullmatch(r"  http://127\.0\.0\.1:\d+/\?key=\S{43}", lines[-3])
    assert re.search(r"showed \d+ jobs", lines[-2])
    assert lines[-1].endswith("pai-dlc-mcp dashboard --emulator")


NPM = """#!/bin/sh
echo "$@" >> "{log}"
[ "$1" = run ] && mkdir dist && touch dist/index.html
exit {code}
"""


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
def test_in_a_clone_the_page_is_built_once_before_the_tour_where_npm_is_there(tmp_path: Path) -> None:
    log, npm, runtime, web = (tmp_path / name for name in ("log", "npm", "runtime", "web"))
    web.mkdir()
    runtime.touch()
    (tmp_path / "pai-dlc-mcp").write_text(f'#!/bin/sh\necho "tour $@" >> "{log}"\n')
    (tmp_path / "pai-dlc-mcp").chmod(0o755)

    def demo_with(code: int | None) -> tuple[list[str], str]:
        """What is called, and what is said, with an npm that ends so (``None``: there is none)."""
        log.write_text("")
        if code is not None:
            npm.write_text(NPM.format(log=log, code=code))
            npm.chmod(0o755)
        given = {"BIN": tmp_path, "WEB": web, "NPM": npm, "RUNTIME": runtime}
        words = ["make", "-s", "-o", str(runtime), "demo", *(f"{name}={value}" for name, value in given.items())]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=True)
        return [line.split(" --")[0] for line in log.read_text().splitlines()], done.stdout

    assert demo_with(None) == (["tour demo"], "")
    called, said = demo_with(1)
    assert (called, "make web tells why" in said) == (["ci", "tour demo"], True)
    called, said = demo_with(0)
    assert (called, said) == (["ci", "run build", "tour demo"], "Building the page for people, once ...\n")
    assert demo_with(0) == (["tour demo"], "")


def test_out_of_a_cache_the_last_line_names_the_tool_and_not_the_folder_that_is_cleaned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "argv", ["/home/me/.cache/uv/archive-v0/abc/bin/pai-dlc-mcp", "demo"])
    monkeypatch.setattr(demo, "built_files", lambda: {"index.html": INDEX})
    for how, said in (
        ("uvx", "uvx --from pai-dlc-mcp==1 pai-dlc-mcp dashboard --emulator"),
        ("environment", "/home/me/.cache/uv/archive-v0/abc/bin/pai-dlc-mcp dashboard --emulator"),
    ):
        own = Installation(how, "uvx", ("--from", "pai-dlc-mcp==1", "pai-dlc-mcp"))  # type: ignore[arg-type]  # one of How
        monkeypatch.setattr(demo, "installation", lambda own=own: own)
        assert demo.how_to_see() == said


def test_a_program_reads_a_line_a_step_and_how_it_ended(capsys: pytest.CaptureFixture[str]) -> None:
    printer = Printer(as_json=True)
    printer.title()
    printer.step(Step("Stop it", "dlc_stop_job", True, "confirmation_invalid", ["a line"], {"ok": False}))
    printer.done(1.26)
    printer.page("http://127.0.0.1:1/?key=k")
    printer.end(4)
    step, end = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert step == {
        "step": 1, "title": "Stop it", "tool": "dlc_stop_job", "expected": "confirmation_invalid", "ok": True,
        "shown": ["a line"],
    }  # fmt: skip
    assert end == {"ok": True, "steps": 1, "seconds": 1.3, "page": "http://127.0.0.1:1/?key=k", "jobs": 4}


def test_a_person_reads_numbered_steps_and_how_it_ended(capsys: pytest.CaptureFixture[str]) -> None:
    printer = Printer(as_json=False)
    printer.title()
    printer.step(Step("List", "dlc_list_jobs", True, "ok", ["a line", "another"], {"ok": True}))
    printer.progress("waiting")
    printer.step(Step("Stop it", "dlc_stop_job", True, "confirmation_invalid", [], {"ok": False}))
    printer.done(61.5)
    assert capsys.readouterr().out.splitlines() == [
        "PAI-DLC over MCP: a real client, the real server, an emulated cloud",
        "", " 1. List", "     [dlc_list_jobs: ok]", "     a line", "     another",
        "     … waiting",
        "", " 2. Stop it", "     [dlc_stop_job: refused, as announced]",
        "", "2 steps ended as announced in 62 s.",
    ]  # fmt: skip


def tour_of(monkeypatch: pytest.MonkeyPatch, emulator: Emulator, *steps: Step | UnexpectedResult) -> dict[str, Any]:
    """The tour is these steps, in front of this emulator; what its server is started with."""
    started: dict[str, Any] = {}

    @asynccontextmanager
    async def running(**how: Any) -> AsyncIterator[Emulator]:
        started.update(how)
        yield emulator

    @asynccontextmanager
    async def client(server: StdioServerParameters) -> AsyncIterator[None]:
        started["server"] = server
        yield

    class Tour:
        def __init__(self, *_: Any) -> None:
            pass

        async def steps(self) -> AsyncIterator[Step]:
            for step in steps:
                if isinstance(step, UnexpectedResult):
                    raise step
                yield step

    monkeypatch.setattr(demo, "running", running)
    monkeypatch.setattr(demo, "Client", client)
    monkeypatch.setattr(demo, "Tour", Tour)
    monkeypatch.setattr(demo, "built_files", dict)
    return started


STEP = Step("List", "dlc_list_jobs", True, "ok", ["a line"], {"ok": True})


async def test_the_tours_server_sees_the_emulator_and_nothing_of_the_users_account(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI-of-the-user")
    monkeypatch.setenv("PAI_DLC_MCP_TOOLSETS", "all")
    started = tour_of(monkeypatch, emulator, STEP)
    assert await demo._run(Printer(as_json=False)) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("PAI-DLC over MCP: a real client, the real server, an emulated cloud\n\n 1. List\n")
    assert "1 steps ended as announced" in shown
    assert await demo._run(Printer(as_json=True)) == 0
    end = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (end["ok"], end["steps"]) == (True, 1)
    assert (started["execute"], started["server"].command) == (True, sys.executable)
    assert started["server"].args == ["-m", "pai_dlc_mcp", "serve"]
    own = {name: value for name, value in started["server"].env.items() if name.startswith(("PAI_", "ALIBABA_"))}
    assert own == {
        "PAI_DLC_MCP_DLC_ENDPOINT": emulator.dlc, "PAI_DLC_MCP_AIWORKSPACE_ENDPOINT": emulator.aiworkspace,
        "PAI_DLC_MCP_STUDIO_ENDPOINT": emulator.paistudio, "PAI_DLC_MCP_REGION": "cn-hangzhou",
        "PAI_DLC_MCP_STATE": "memory", "ALIBABA_CLOUD_ACCESS_KEY_ID": emulator.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": emulator.access_key_secret,
    }  # fmt: skip


async def test_a_step_or_a_page_that_is_not_as_announced_ends_the_tour_with_1(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tour_of(monkeypatch, emulator, STEP, UnexpectedResult("no job was created"))
    assert await demo._run(Printer(as_json=False)) == 1
    said = capsys.readouterr()
    assert ("no job was created" in said.err, "as announced in" in said.out) == (True, False)

    async def no_page(*_: Any) -> int:
        raise UnexpectedResult("the page shows no jobs")

    tour_of(monkeypatch, emulator, STEP)
    monkeypatch.setattr(demo, "built_files", lambda: {"index.html": INDEX})
    monkeypatch.setattr(demo, "show_page", no_page)
    assert await demo._run(Printer(as_json=False)) == 1
    assert "the page shows no jobs" in capsys.readouterr().err


def test_on_a_terminal_with_colours_a_refusal_is_yellow_and_the_rest_green(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setattr(sys, "stdout", terminal)
    printer = Printer(as_json=False)
    printer.step(STEP)
    printer.step(Step("Stop it", "dlc_stop_job", True, "confirmation_invalid", [], {"ok": False}))
    shown = terminal.getvalue().splitlines()
    assert shown[1:3] == ["\x1b[1m 1. List\x1b[0m", "     [dlc_list_jobs: \x1b[32mok\x1b[0m]"]
    assert shown[-1] == "     [dlc_stop_job: \x1b[33mrefused, as announced\x1b[0m]"
    monkeypatch.setenv("NO_COLOR", "1")
    Printer(as_json=False).progress("plain")
    assert terminal.getvalue().endswith("\n     … plain\n")


@pytest.mark.parametrize("as_json", [True, False])
def test_what_was_not_as_announced_is_said_on_stderr_and_to_a_program(
    as_json: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    Printer(as_json=as_json).failed("the page shows no jobs")
    said = capsys.readouterr()
    assert said.err == "\nNot as announced: the page shows no jobs\n"
    assert said.out == ('{"ok": false, "error": "the page shows no jobs"}\n' if as_json else "")


INDEX = files.BuiltFile(b"<!doctype html>", gzip.compress(b"<!doctype html>"), files.KINDS[".html"])


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(files._built, files.BUILT, {"index.html": INDEX})
    monkeypatch.setattr(http, "resume_collection", lambda: None)


class Terminal(io.StringIO):
    """A terminal: what is typed comes when it is, and ``""`` ends it."""

    def __init__(self) -> None:
        super().__init__()
        self.typed: queue.Queue[str] = queue.Queue()

    def isatty(self) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(self.typed.get, "")


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    made = Terminal()
    monkeypatch.setattr(sys, "stdin", made)
    monkeypatch.setenv("NO_COLOR", "1")
    yield made
    made.typed.put("")


async def said(output: Terminal, count: int) -> list[str]:
    """The addresses that were shown, once there are so many."""
    with anyio.fail_after(LONG_S):
        while len(found := re.findall(r"http://\S+", output.getvalue())) < count:  # noqa: ASYNC110 - printed, no event
            await anyio.sleep(0.01)
    return found


@pytest.mark.usefixtures("page")
async def test_r35_on_a_terminal_the_page_of_the_tours_jobs_stays_until_the_input_ends(
    emulator: Emulator, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", terminal)
    async with anyio.create_task_group() as group:
        group.start_soon(show_page, emulator, Printer(as_json=False))
        (first,) = await said(terminal, 1)
        terminal.typed.put("\n")
        _, second = await said(terminal, 2)
        place = urlsplit(second)
        async with httpx.AsyncClient(base_url=f"http://{place.netloc}", trust_env=False) as browser:
            assert (await browser.get(first)).headers["location"] == "/login"
            await browser.get(second)
            session = (await browser.get("/api/session")).json()
        assert (session["can_approve"], session["emulator"]) == (True, True)
        assert session["regions"] == sorted(emulator.regions)
        assert "Ctrl-C ends it" in terminal.getvalue()
        terminal.typed.put("")


@pytest.mark.usefixtures("page")
async def test_a_page_that_nobody_opens_does_not_hold_the_demo_up(
    emulator: Emulator, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(demo, "OPEN_WITHIN_S", 0.0)
    with anyio.fail_after(LONG_S):
        assert await show_page(emulator, Printer(as_json=False)) is None


def test_for_a_program_the_page_does_not_stay_on_a_terminal_either(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", terminal)
    assert Printer(as_json=False).stays
    assert not Printer(as_json=True).stays


@pytest.mark.usefixtures("page")
async def test_without_a_terminal_the_page_is_opened_once_and_a_page_without_jobs_is_a_failure(
    emulator: Emulator,
) -> None:
    printer = Printer(as_json=True)
    jobs = len(emulator.world.training.jobs)
    assert await show_page(emulator, printer) == jobs > 2
    emulator.service.reset("empty")
    with pytest.raises(UnexpectedResult, match="no jobs"):
        await show_page(emulator, printer)
    emulator.service.policy.deny.append("paidlc:ListJobs")
    with pytest.raises(UnexpectedResult, match="does not answer"):
        await show_page(emulator, printer)


def test_sentences_are_wrapped_rows_cut_and_dangling_headings_dropped() -> None:
    sentence = "confirmation_required [R30]: " + "word " * 100
    shown = shown_of([sentence, "row " + "x" * 200, "region: cn-hangzhou", "changed (7):"])
    assert max(map(len, shown)) <= MAX_LINE_CHARS
    assert shown[-1].endswith("…")
    assert not [line for line in shown if line.endswith(":")]
    assert len(shown_of([f"line {n}" for n in range(50)])) == MAX_LINES
    assert shown_of(["a: 1", "b: 2"], ("b:",)) == ["b: 2"]
