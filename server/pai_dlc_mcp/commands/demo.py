"""``pai-dlc-mcp demo``: a tour in the terminal; exit code 1 as soon as a step does not end as announced."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
import time
from collections.abc import Mapping
from typing import Any

import anyio
from mcp import Client, StdioServerParameters

from pai_dlc_emulator.server import Emulator, running

from ..demo.story import Step, Tour, UnexpectedResult
from ..page.files import built_files

SPEED = 6.0
"""How much faster the emulator's clock runs, so that queues and image pulls take a second each."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON line a step, for a program to check")


def run(flags: argparse.Namespace) -> int:
    return int(anyio.run(_run, _Printer(as_json=flags.json)))


async def _run(printer: _Printer) -> int:
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
    return 0


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


class _Printer:
    """Steps as lines for people, coloured where the terminal can, or as JSON lines for programs."""

    def __init__(self, *, as_json: bool) -> None:
        self._json, self._number = as_json, 0
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
        if self._json:
            print(json.dumps({"ok": True, "steps": self._number, "seconds": round(seconds, 1)}), flush=True)
        self._print(self._coloured("1", f"\n{self._number} steps ended as announced in {seconds:.0f} s."))
        self._print(f"To see such jobs in a browser: {how_to_see()}")


def how_to_see() -> str:
    """The command that serves the page, as this one was called; where the page is not built, that first."""
    called = sys.argv[0] if os.path.basename(sys.argv[0]) == "pai-dlc-mcp" else "pai-dlc-mcp"
    return f"{'' if built_files() else 'make web && '}{shlex.quote(called)} dashboard --emulator"


def _as_line(number: int, step: Step) -> dict[str, Any]:
    names = ("title", "tool", "expected", "ok", "shown")
    return {"step": number, **{name: getattr(step, name) for name in names}}
