"""``approve``: what a person reads at the terminal, and that only the typed name is a yes."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from pai_dlc_mcp import cli
from pai_dlc_mcp.commands import approve
from pai_dlc_mcp.commands.approve import as_text
from pai_dlc_mcp.commands.startup import default_state
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.guards.confirmation import approvals

REQUEST = approvals.Request(
    id="n1", caller="http:ann", tool="dlc_stop_job", region="cn-hangzhou", name="exp-7", at=1_000.0,
    preview={"Status": "Running", "Owner": "bob"}, holds=(), target="dlc1",
)  # fmt: skip


class Closed:
    closed = False

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def decided(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """What is decided about the one request that waits; a request named so that it has expired is too late."""
    made: list[tuple[str, bool]] = []

    async def open_requests(*_: object) -> list[approvals.Request]:
        return [REQUEST]

    async def decide(_state: object, _keys: object, id: str, *, approved: bool) -> bool:
        made.append((id, approved))
        return True

    monkeypatch.setattr(approvals, "open_requests", open_requests)
    monkeypatch.setattr(approvals, "decide", decide)
    monkeypatch.setattr("time.time", lambda: 1_090.0)
    return made


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def at_terminal(monkeypatch: pytest.MonkeyPatch, typed: str, *words: str) -> tuple[int, str]:
    shown = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    monkeypatch.setattr(sys, "stdout", shown)
    return cli.main(["approve", "--state", "memory", *words]), shown.getvalue()


def test_a_request_says_who_asks_for_what_and_since_when_a_line_each() -> None:
    assert REQUEST.ends_at == REQUEST.at + approvals.WAIT_S
    lines = as_text(REQUEST).splitlines()
    assert lines[1].startswith("dlc_stop_job on exp-7 in cn-hangzhou, asked by http:ann ")
    assert lines[2:] == ["  Status: Running", "  Owner: bob"]


@pytest.mark.parametrize(
    ("typed", "is_yes"), [("exp-7\n", True), ("  exp-7 \n", True), ("y\n", False), ("\n", False), ("", False)]
)
def test_r35_only_the_typed_name_is_a_yes_and_the_end_of_input_is_a_no(
    decided: list[tuple[str, bool]], monkeypatch: pytest.MonkeyPatch, typed: str, is_yes: bool
) -> None:
    code, shown = at_terminal(monkeypatch, typed)
    assert (code, decided) == (0, [("n1", is_yes)])
    assert "asked by http:ann 90 s ago" in shown
    assert "Type exp-7 to approve, anything else to deny: " in shown
    last = "Approved: the agent's next identical call goes through, once." if is_yes else "Denied."
    assert shown.rstrip().endswith(last)


def test_the_list_only_shows_and_decides_nothing(
    decided: list[tuple[str, bool]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["approve", "--state", "memory", "--list"]) == 0
    assert "dlc_stop_job on exp-7" in capsys.readouterr().out
    assert decided == []


def test_r35_without_a_terminal_at_both_ends_nobody_approves(
    decided: list[tuple[str, bool]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("exp-7\n"))
    assert cli.main(["approve", "--state", "memory"]) == 2
    assert "in a terminal, and this is not one" in capsys.readouterr().err
    monkeypatch.setattr(sys, "stdin", io.StringIO("exp-7\n"))
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert cli.main(["approve", "--state", "memory"]) == 2
    assert decided == []


def test_what_waits_is_looked_for_where_the_servers_keep_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[Settings] = []

    async def decide(settings: Settings, _: bool) -> int:
        asked.append(settings)
        return 0

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(approve, "_decide", decide)
    assert cli.main(["approve", "--list"]) == 0
    assert asked[0].state == default_state(emulator=False) != "memory"


async def test_a_yes_that_comes_too_late_is_no_yes_and_the_store_is_closed(
    decided: list[tuple[str, bool]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Closed()

    async def open_state(_: object) -> Closed:
        return store

    async def too_late(*_: object, approved: bool) -> bool:
        return False

    monkeypatch.setattr(approve, "open_state", open_state)
    monkeypatch.setattr(approvals, "decide", too_late)
    monkeypatch.setattr("builtins.input", lambda _: "exp-7")
    assert await approve._decide(Settings(state="memory"), False) == 0
    assert capsys.readouterr().out.endswith("The request has expired.\n")
    assert store.closed
