"""``emulator``: its options reach the emulator, within bounds, and a signal ends it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from pai_dlc_mcp import cli
from pai_dlc_mcp.commands import emulator

DEFAULTS = {"port": 0, "seed": "default", "speed": 1.0, "execute": False}


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What each emulator was started with; it is ended by a signal as soon as it is there."""
    found: list[dict[str, Any]] = []

    @asynccontextmanager
    async def running(**how: Any) -> AsyncIterator[Any]:
        found.append(how)
        if how["seed"] == "nowhere":
            raise ValueError("no world is called 'nowhere'")
        if how["port"] == 80:
            raise PermissionError(13, "Permission denied")
        os.kill(os.getpid(), signal.SIGTERM)
        yield SimpleNamespace(announcement=lambda: {"dlc": "http://127.0.0.1:1"})

    monkeypatch.setattr(emulator, "running", running)
    return found


@pytest.mark.parametrize(
    ("words", "how"),
    [
        ([], {}),
        (["--port", "65529", "--speed", "100000", "--execute", "--seed", "large"],
         {"port": 65_529, "speed": 100_000.0, "execute": True, "seed": "large"}),
        (["--speed", "0.001"], {"speed": 0.001}),
    ],
)  # fmt: skip
def test_options_reach_the_emulator_and_it_says_where_it_is(
    ran: list[dict[str, Any]], capsys: pytest.CaptureFixture[str], words: list[str], how: dict[str, Any]
) -> None:
    assert cli.main(["emulator", *words]) == 0
    assert ran == [DEFAULTS | how]
    assert json.loads(capsys.readouterr().out) == {"dlc": "http://127.0.0.1:1"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--port", "65530"], "--port takes 0 to 65529"),
        (["--port=-1"], "--port takes 0 to 65529"),
        (["--speed", "0"], "--speed takes a number above 0, at most 100,000"),
        (["--speed", "100001"], "--speed takes a number above 0, at most 100,000"),
        (["--speed", "nan"], "--speed takes a number above 0, at most 100,000"),
        (["--seed", "nowhere"], "--seed: no world is called 'nowhere'"),
        (["--port", "80"], "cannot listen: Permission denied"),
    ],
)
def test_what_the_emulator_cannot_do_is_one_line(
    ran: list[dict[str, Any]], capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert cli.main(["emulator", *words]) == 2
    assert capsys.readouterr().err == f"pai-dlc-mcp emulator: {said}\n"
