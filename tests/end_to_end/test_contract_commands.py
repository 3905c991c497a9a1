"""What the contract says of the command line, tried from outside."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pai_dlc_mcp import cli
from pai_dlc_mcp.config.settings import ALWAYS_CONFIRMED

from .driving import Driver


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("words", [["--read-only"], ["--read-only", "true"], ["--read-only=true"]])
def test_a_switch_before_the_tool_does_not_swallow_its_name(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["call", "--emulator", *words, "pai_status"]) == 0
    assert re.search(r'"?read_only"?: ?true', capsys.readouterr().out)
    assert cli.main(["call", "--emulator", *words, "dlc_stop_job", "{}"]) == 2
    assert (
        "no enabled tool 'dlc_stop_job': it belongs to the toolset jobs, of which its operator enables a part"
        in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("dlc_create_signal", ": it belongs to the toolset signals, which its operator enables"),
        ("dlc_list_job", "; did you mean dlc_list_jobs"),
        ("zzz", "; see pai-dlc-mcp tools"),
    ],
)
def test_a_tool_that_is_not_offered_is_said_to_be_so_with_the_way_to_it(
    name: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["call", "--emulator", name]) == 2
    assert f"there is no enabled tool {name!r}{told}" in capsys.readouterr().err


def test_a_state_file_that_is_something_else_is_refused_at_the_start_and_left_alone(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notes = home / "notes.txt"
    notes.write_text("not a database\n")
    assert cli.main(["serve", "--state", str(notes)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "pai-dlc-mcp serve: --state names a file that is not a SQLite database\n"
    assert notes.read_text() == "not a database\n"


def test_the_catalogue_as_json_has_one_word_a_field(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["tools", "--json", "--toolsets", "all"]) == 0
    entries = {entry["tool"]: entry for entry in json.loads(capsys.readouterr().out)}
    stop, status = entries["dlc_stop_job"], entries["pai_status"]
    names = ("operation", "risk", "confirmed", "toolset", "ram_action")
    assert [stop[name] for name in names] == ["StopJob", "stop", True, "jobs", "paidlc:StopJob"]
    assert [status[name] for name in names] == [None, "read", False, "composites", "paidlc:ListJobs"]
    assert {entry["risk"] for entry in entries.values()} <= {
        "read", "write", "create", "stop", "delete", "spend", "expose"
    }  # fmt: skip


def test_status_tells_credentials_region_guards_and_toolsets(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["--emulator", "--structured", "--max-gpus-per-job", "3", "--confirm", "create", "--toolsets", "lean"]
    assert cli.main(["call", *words, "pai_status"]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    assert {"credentials", "region"} <= set(data)
    told = data["confirmation"].pop("with_this_client")
    assert "confirmation_token" in told, "nobody can be asked here"
    assert data["confirmation"] == {"effects": sorted({*ALWAYS_CONFIRMED, "create"}), "by": "auto"}
    assert (data["read_only"], data["limits"], data["toolsets"]) == (False, {"max_gpus_per_job": 3}, ["lean"])


async def test_status_tells_what_was_discovered(mcp: Driver) -> None:
    assert not (await mcp.data("pai_status")).get("discovered")
    await mcp.discover()
    assert (await mcp.data("pai_status"))["discovered"]["image"] > 0
