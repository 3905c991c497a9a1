"""``watch``: phases, progress and last lines of a job until it ends, its exit code, and a command at the end."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pai_dlc_emulator.accounts import KEYS
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp import cli
from pai_dlc_mcp.commands import watch
from pai_dlc_mcp.commands.startup import default_state
from pai_dlc_mcp.commands.watch import bar, done_of, losses_of, progress_of, sparkline
from pai_dlc_mcp.protocol.result import Answer

ALICE = "EMULATORKEYALICE0000"
Said = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Said:
    from alibabacloud_credentials import client  # now, lest a busy machine spend a call's own time on it
    from alibabacloud_credentials.utils import auth_util

    assert client
    values = {
        "HOME": str(tmp_path),
        "ALIBABA_CLOUD_ACCESS_KEY_ID": ALICE,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEYS[ALICE].secret,
        "PAI_DLC_MCP_DLC_ENDPOINT": emulator.dlc,
        "PAI_DLC_MCP_AIWORKSPACE_ENDPOINT": emulator.aiworkspace,
        "PAI_DLC_MCP_REGION": "cn-hangzhou",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(auth_util, "environment_ecs_metadata_disabled", "true")  # no thread that asks for a role
    monkeypatch.setattr(auth_util, "environment_access_key_id", ALICE)
    monkeypatch.setattr(auth_util, "environment_access_key_secret", KEYS[ALICE].secret)
    monkeypatch.setattr(watch, "PAUSE_S", 0.01)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(list(arguments))
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out, said.err

    return run


def job_in(run: Said, status: str) -> str:
    out = run("call", "dlc_list_jobs", f"status={status}", "--structured")[1]
    return str(json.loads(out)["data"]["Jobs"][0]["JobId"])


@pytest.mark.parametrize(("status", "code"), [("Succeeded", 0), ("Failed", 1)])
def test_the_exit_code_is_the_jobs(status: str, code: int, run: Said) -> None:
    job = job_in(run, status)
    ended, out, _ = run("watch", job)
    assert (ended, status in out) == (code, True)
    assert "\x1b" not in out
    assert ("dlc_diagnose_job" in out) is (status == "Failed")


def test_a_job_is_followed_from_running_to_its_end_with_its_last_lines(run: Said, admin: Any) -> None:
    job = job_in(run, "Running")
    code, out, _ = run("call", "dlc_stop_job", f"job_id={job}", "--structured")
    token = json.loads(out)["error"]["confirmation"]["token"]
    assert run("call", "dlc_stop_job", f"job_id={job}", f"confirmation_token={token}", "wait_seconds=0")[0] == 0
    code, out, _ = run("watch", job, "--lines", "2")
    assert code == 2
    assert "Stopped" in out.splitlines()[-1] or "reason:" in out


def test_a_command_that_fails_at_the_end_is_said_on_stderr_and_the_exit_code_stays_the_jobs(run: Said) -> None:
    command = f"{sys.executable} -c 'raise SystemExit(5)'"
    code, _, err = run("watch", job_in(run, "Succeeded"), "--on-end", command)
    assert (code, err) == (0, "--on-end ended with 5\n")


def test_a_command_at_the_end_gets_the_job_in_variables_and_no_shell(run: Said, tmp_path: Path) -> None:
    script = tmp_path / "note.py"
    script.write_text(
        "import json, os, sys; open(sys.argv[1], 'w').write(json.dumps([sys.argv[2:],"
        " {k: v for k, v in os.environ.items() if k.startswith('PAI_JOB')}]))"
    )
    job = job_in(run, "Succeeded")
    told = tmp_path / "told"
    command = f"{sys.executable} {script} {told} '$(id) `id` ; id'"
    assert run("watch", job, "--on-end", command)[0] == 0
    arguments, variables = json.loads(told.read_text())
    assert arguments == ["$(id) `id` ; id"]
    assert (variables["PAI_JOB_ID"], variables["PAI_JOB_STATUS"]) == (job, "Succeeded")
    assert variables["PAI_JOB_NAME"]


@pytest.mark.parametrize(("command", "why"), [("", "empty"), ("'", "quote"), ("no-such-program-here x", "no program")])
def test_a_command_that_cannot_be_run_is_refused_before_anything_is_watched(
    command: str, why: str, run: Said, admin: Any
) -> None:
    code, out, err = run("watch", "dlc1", "--on-end", command)
    assert (code, out, len(err.splitlines()), why in err) == (2, "", 1, True)
    assert not [one for one in admin("journal") if one["operation"] == "GetJob"]


@pytest.mark.parametrize("lines", ["-1", "51"])
def test_the_number_of_lines_has_bounds_that_are_named_before_anything_is_watched(lines: str, run: Said) -> None:
    code, out, err = run("watch", "dlc1", "--lines", lines)
    assert (code, out, "--lines takes a number from 0 to 50" in err) == (2, "", True)


def test_a_job_that_there_is_not_ends_with_4(run: Said) -> None:
    code, out, _ = run("watch", "dlc-no-such-job")
    assert (code, "not_found" in out) == (4, True)


def test_what_passes_by_itself_is_read_again_and_told(run: Said, admin: Any) -> None:
    job = job_in(run, "Succeeded")
    admin("faults", [{"operation": "GetJob", "kind": "throttle", "retry_after_ms": 1, "times": 3}])
    code, out, _ = run("watch", job)
    assert (code, "Trying again" in out) == (0, True)


def test_watching_writes_nothing_whatever_the_settings(run: Said, admin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made, real = [], watch.Application

    def application(settings: Any, **how: Any) -> Any:
        made.append((settings.toolsets, settings.read_only))
        return real(settings, **how)

    monkeypatch.setattr(watch, "Application", application)
    run("watch", job_in(run, "Succeeded"), "--toolsets", "all")
    assert made == [(("lean",), True)]
    assert {one["method"] for one in admin("journal")} == {"GET"}


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["step 37/40 loss 0.2146 throughput 117 samples/s"], "step 37 of 40 (92 %), loss 0.2146, 117 samples/s"),
        (["epoch 2 step 5 loss nan", "some other words"], "epoch 2, step 5, loss nan"),
        (["nothing to see"], ""),
        ([], ""),
    ],
)
def test_the_newest_line_of_progress_is_told(lines: list[str], told: str) -> None:
    assert progress_of(lines) == told


def test_the_terminals_own_line_is_for_terminals_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def is_terminal(isatty: bool, term: str) -> bool:
        monkeypatch.setattr(sys.stdout, "isatty", lambda: isatty, raising=False)
        monkeypatch.setenv("TERM", term)
        return watch._Watch(None, "dlc1", 3).is_terminal  # type: ignore[arg-type]  # no client is needed

    assert (is_terminal(False, "xterm"), is_terminal(True, "xterm"), is_terminal(True, "dumb")) == (False, True, False)


def test_on_a_terminal_the_present_state_is_one_line_that_fits_and_is_written_anew(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    seen = watch._Watch(None, "dlc1", 3, is_terminal=True)  # type: ignore[arg-type]  # no client is needed
    seen._show("x" * 100)
    seen._print("a line that stays")
    assert capsys.readouterr().out == f"\r\x1b[2K{'x' * 39}\r\x1b[2Ka line that stays\n"


async def test_on_a_terminal_the_present_state_shows_how_far_the_log_is_and_its_losses(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = watch._Watch(None, "dlc1", 3, is_terminal=True)  # type: ignore[arg-type]  # no client is needed
    seen.phase = "Running (1 Running)"

    async def read(*_: Any, **__: Any) -> Any:
        return {"Pods": [{"PodId": "p0"}]}

    async def answer(name: str, given: Any) -> Answer:
        assert (name, given) == ("dlc_get_pod_logs", {"job_id": "dlc1", "pod_id": "p0", "max_lines": 3})
        return Answer({"data": {"untrusted_logs": ["step 1/4 loss 2.0", "step 2/4 loss 1.0"]}}, "")

    monkeypatch.setattr(seen, "_read", read)
    monkeypatch.setattr(seen, "_answer", answer)
    await seen._tell_log({"pods": {"Running": 1}})
    *lines, state = capsys.readouterr().out.split("\r\x1b[2K")[1:]
    assert lines == ["          | step 1/4 loss 2.0\n", "          | step 2/4 loss 1.0\n"]
    assert state == f"Running (1 Running)  {'█' * 10}{'░' * 10}  █▁  step 2 of 4 (50 %), loss 1.0"
    await seen._tell_log({"pods": {"Running": 1}})
    assert "|" not in capsys.readouterr().out, "a line is shown once"


@pytest.mark.parametrize(
    ("done", "drawn"),
    [
        (None, ""),
        (0.0, "░" * 20),
        (0.049, "░" * 20),
        (0.05, "█" + "░" * 19),
        (0.5, "█" * 10 + "░" * 10),
        (1.0, "█" * 20),
    ],
)
def test_a_bar_shows_the_part_that_is_done(done: float | None, drawn: str) -> None:
    assert bar(done) == drawn


def test_a_terminal_without_these_characters_gets_plain_ones() -> None:
    assert bar(0.25, plain=True) == "[#####---------------]"
    assert sparkline([1.0, 8.0], plain=True) == "_@"


def test_a_sparkline_shows_the_course_from_the_lowest_to_the_highest() -> None:
    assert sparkline([8.0, 7.0, 5.0, 1.0, 2.0]) == "█▇▅▁▂"
    assert sparkline([3.0, 3.0]) == "▁▁"
    assert sparkline([3.0]) == sparkline([]) == ""


def test_what_is_drawn_comes_from_the_newest_line_that_says_it() -> None:
    lines = ["step 10/100 loss: 2.5", "step 20/100 loss: nan", "step 30/100 loss: 1.5", "saved"]
    assert done_of(lines) == 0.3
    assert done_of(["nothing", "step 5 loss 1.0"]) is None
    assert losses_of(lines) == [2.5, 1.5]


def test_each_phase_is_told_once_with_its_pods_and_what_changed_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    told = watch._Watch(None, "dlc1", 9, is_terminal=False)  # type: ignore[arg-type]  # no call is made
    queued = {"Status": "Queuing", "pods": {}, "DisplayName": "night", "changed": [], "phases": []}
    running = {**queued, "Status": "Running", "pods": {"Running": 2, "Failed": 1}}
    running["changed"] = ["Status: Queuing -> Running", "pod a: Running", "3 pods, 2 Running", "Priority: 1 -> 5"]
    for job in (queued, queued, running, {**running, "changed": []}):
        told._tell_phase(job)
    lines = [line.partition("  ")[2] for line in capsys.readouterr().out.splitlines()]
    assert lines == ["night: Queuing", "Running (2 Running, 1 Failed)", "Priority: 1 -> 5"]


def test_the_emulators_jobs_are_kept_in_memory_and_those_of_an_account_in_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert default_state(True) == "memory"
    assert default_state(False).startswith(str(tmp_path))


async def test_a_job_that_ended_in_a_state_that_nobody_knows_did_not_succeed(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = watch._Watch(None, "dlc1", 0)  # type: ignore[arg-type]  # no client is needed
    job = {"Status": "Evaporated", "ended": True, "phases": [], "pods": {}, "changed": []}

    async def read(tool: str, **given: Any) -> Any:
        assert (tool, given) == ("dlc_wait_for_job", {"job_id": "dlc1", "until": "change", "max_seconds": 0})
        return job

    monkeypatch.setattr(seen, "_read", read)
    assert await seen._until_end() == (1, job)
