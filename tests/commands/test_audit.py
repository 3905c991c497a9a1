"""``audit``: the newest lines first, filtered, as a table, as they stand in the file, or one act whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pai_dlc_mcp import cli
from pai_dlc_mcp.audit.record import reads_path

Said = Callable[..., tuple[int, str, str]]
STOP = {
    "when": "2026-11-25T10:00:00Z", "caller": "ann", "tool": "dlc_stop_job", "target": {"JobId": "dlc1"},
    "region": "cn-hangzhou", "outcome": "ok", "confirmed_by": "token", "request_id": "R-1",
}  # fmt: skip
DENIED = {
    "when": "2026-11-25T11:00:00Z", "caller": "bob", "tool": "dlc_delete_job", "target": {"JobId": "dlc" + "2" * 60},
    "region": "cn-beijing", "outcome": "policy_denied", "rule": "R80", "confirmed_by": None, "request_id": "",
}  # fmt: skip
CREATED = {**STOP, "when": "2026-11-25T12:00:00Z", "tool": "dlc_create_job", "target": {}, "request_id": "R-3"}
LOOKED = {**STOP, "when": "2026-11-25T13:00:00Z", "tool": "dlc_get_job", "request_id": "R-4"}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    log = tmp_path / "audit.log"
    monkeypatch.setenv("HOME", str(tmp_path))
    for path, lines in ((log, (STOP, DENIED, CREATED)), (reads_path(log), (LOOKED,))):
        path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        path.chmod(0o600)

    def run(*words: str) -> tuple[int, str, str]:
        code = cli.main(["audit", "--audit-log", str(log), *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_the_table_shows_the_newest_first_in_columns_and_cuts_what_is_long(run: Said) -> None:
    code, out, err = run()
    assert (code, err) == (0, "")
    rows = [line.split() for line in out.splitlines()]
    assert rows[0] == ["when", "caller", "tool", "target", "outcome", "rule", "confirmed_by", "request_id"]
    assert rows[2] == ["2026-11-25T12:00:00Z", "ann", "dlc_create_job", "-", "ok", "-", "token", "R-3"]
    assert rows[3][3:] == [f"JobId=dlc{'2' * 34}…", "policy_denied", "R80", "-", "-"]
    assert rows[4][3] == "JobId=dlc1"
    assert len({line.index("dlc_") for line in out.splitlines()[2:]}) == 1


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ((), [CREATED, DENIED, STOP]),
        (("--last", "1"), [CREATED]),
        (("--caller", "ann"), [CREATED, STOP]),
        (("--tool", "dlc_stop_job"), [STOP]),
        (("--outcome", "policy_denied"), [DENIED]),
        (("--rule", "R80"), [DENIED]),
        (("--region", "cn-hangzhou"), [CREATED, STOP]),
        (("--since", "2026-11-25T11:00:00Z"), [CREATED, DENIED]),
        (("--caller", "ann", "--last", "1", "--since", "2026-11-25T12:00:01Z"), []),
        (("--reads",), [LOOKED]),
    ],
)
def test_whole_lines_are_chosen_by_each_filter(words: tuple[str, ...], shown: list[dict[str, Any]], run: Said) -> None:
    code, out, _ = run("--json", *words)
    assert (code, [json.loads(line) for line in out.splitlines() if line]) == (0, shown)


def test_one_act_is_shown_whole_by_its_request_id(run: Said) -> None:
    code, out, _ = run("--act", "R-1")
    assert (code, json.loads(out)) == (0, STOP)
    assert out.count("\n") == len(STOP) + 4


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--act", "R-9"), "no line has the request id R-9"),
        (("--last", "0"), "--last takes a number of at least 1"),
    ],
)
def test_what_cannot_be_shown_is_one_line(words: tuple[str, ...], why: str, run: Said) -> None:
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert why in err
    assert len(err.splitlines()) == 1


def test_lines_that_do_not_fit_are_said_to(run: Said) -> None:
    assert run("--caller", "nobody")[:2] == (0, "No line fits.\n")
