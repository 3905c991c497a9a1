"""A program outside plays scenarios over JSON lines."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from evals.agents.bridge import MOST_CALLS, Bridge

from evals import run

SCENARIO = "change-delete-failed"


class Program:
    """The other end: what it heard, and a policy that says what comes next."""

    def __init__(self, policy: Callable[[dict[str, Any], list[dict[str, Any]]], bytes | None]) -> None:
        self.heard: list[dict[str, Any]] = []
        self._policy = policy

    def play(self, port: int) -> None:
        with (
            suppress(ConnectionError),  # a run that has ended does not wait for what is still said
            socket.create_connection(("127.0.0.1", port)) as end,
            end.makefile("rwb") as stream,
        ):
            for line in stream:
                self.heard.append(json.loads(line))
                said = self._policy(self.heard[-1], self.heard)
                if said is None:
                    return
                stream.write(said + b"\n")
                stream.flush()


def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: Program) -> tuple[int, dict[str, Any]]:
    """One run of one scenario with the program at the other end; the exit code and the report."""
    bridges: list[Bridge] = []

    def made(name: str, port: int = 0) -> Bridge:
        bridges.append(Bridge(port))
        threading.Thread(target=program.play, args=(bridges[0].port,), daemon=True).start()
        return bridges[0]

    monkeypatch.setattr(run, "agent", made)
    code = run.main(["--agent", "bridge", "--scenarios", SCENARIO, "--results", str(tmp_path)])
    return code, json.loads((tmp_path / "bridge.json").read_text())


def line(message: dict[str, Any]) -> bytes:
    return json.dumps(message, ensure_ascii=False).encode()


def test_a_program_that_knows_the_way_solves_the_scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def policy(event: dict[str, Any], heard: list[dict[str, Any]]) -> bytes | None:
        results = [one for one in heard if one["event"] == "result"]
        if event["event"] == "begin":
            return line({"call": "dlc_list_jobs", "arguments": {"display_name": "resnet50-bigger-batch"}})
        rows = results[0]["text"].splitlines()
        job = next(row.split(" | ")[0] for row in rows if " | resnet50-bigger-batch | " in row)
        if len(results) == 1:
            return line({"call": "dlc_delete_job", "arguments": {"job_id": job}})
        if len(results) == 2:
            token = results[1]["text"].split("confirmation_token: ")[1].split()[0]
            return line({"call": "dlc_delete_job", "arguments": {"job_id": job, "confirmation_token": token}})
        return line({"answer": "resnet50-bigger-batch is deleted."})

    program = Program(policy)
    code, report = played(tmp_path, monkeypatch, program)
    begin, *rest = program.heard
    assert code == 0
    assert (begin["scenario"], "resnet50-bigger-batch" in begin["goal"]) == (SCENARIO, True)
    assert {"name", "description", "inputSchema"} == begin["tools"][0].keys()
    assert begin["instructions"].startswith("Alibaba Cloud PAI-DLC")
    assert [(one["event"], one["ok"]) for one in rest] == [("result", True), ("result", False), ("result", True)]
    found = report["variants"]["server"]["groups"]["all"]
    assert (found["solved_in_every_trial"], found["calls"], found["calls_over_fewest"]) == (1, 3.0, 1.0)


@pytest.mark.parametrize(
    "said", [b"no json", b"[1]", b'{"call": 7}', b'{"call": "x", "arguments": []}', b'{"answer": 1}']
)
def test_a_line_that_is_none_of_the_forms_is_said_to_be_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    program = Program(lambda event, heard: said if len(heard) == 1 else line({"answer": "I do not know."}))
    _, report = played(tmp_path, monkeypatch, program)
    assert [one["event"] for one in program.heard] == ["begin", "error"]
    trial = report["variants"]["server"]["scenarios"][0]["trials"][0]
    assert (trial["solved"], trial["calls"]) == (False, 0)
    assert "gave_up" not in trial


def test_a_program_that_goes_away_has_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, report = played(tmp_path, monkeypatch, Program(lambda event, heard: None))
    assert report["variants"]["server"]["scenarios"][0]["trials"][0]["gave_up"] == "the program outside went away"


def test_a_program_that_comes_to_no_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = Program(lambda event, heard: b"{}")
    _, report = played(tmp_path, monkeypatch, program)
    assert report["variants"]["server"]["scenarios"][0]["trials"][0]["gave_up"] == f"no answer after {MOST_CALLS} lines"
    assert len(program.heard) == 1 + MOST_CALLS


def test_the_fewest_calls_measure_only_what_was_solved() -> None:
    from evals.report import summed

    def one(fewest: int, *trials: tuple[bool, int]) -> dict[str, Any]:
        return {
            "fewest_calls": fewest,
            "trials": [
                {"solved": solved, "calls": calls, "tool_errors": 0, "result_tokens": 0} for solved, calls in trials
            ],
        }

    assert summed([one(2, (True, 3), (False, 99)), one(4, (True, 4))])["calls_over_fewest"] == 1.17
    assert summed([one(2, (False, 3))])["calls_over_fewest"] == 0
