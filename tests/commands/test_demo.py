"""The tour: it ends as announced, fits a terminal of 100 columns, and shows what each step is about."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from pai_dlc_mcp.demo.story import MAX_LINE_CHARS, MAX_LINES, shown_of
from protocol.processes import PATIENCE_S, bare_environment, command


def tour(home: Path, *flags: str) -> str:
    done = subprocess.run(
        command("demo", *flags), env=bare_environment(home), cwd=home, capture_output=True, text=True,
        timeout=2 * PATIENCE_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_tour_fits_100_columns_and_no_heading_stands_without_content(tmp_path: Path) -> None:
    lines = tour(tmp_path).splitlines()
    assert max(map(len, lines)) <= 100
    for number, line in enumerate(lines):
        if line.strip().endswith(":"):
            assert lines[number + 1].strip(), line
    assert any("The token is used up: it does not stop the other job" in line for line in lines)
    assert "steps ended as announced" in lines[-2]
    assert lines[-1].endswith("pai-dlc-mcp dashboard --emulator")


@pytest.mark.slow
def test_the_tokens_second_use_is_refused_on_a_job_that_still_runs(tmp_path: Path) -> None:
    steps = [json.loads(line) for line in tour(tmp_path, "--json").splitlines()]
    refused, after = steps[-3], steps[-2]
    assert (refused["tool"], refused["expected"]) == ("dlc_stop_job", "confirmation_invalid")
    assert (after["tool"], "Status: Running" in after["shown"]) == ("dlc_get_job", True)
    assert steps[-1]["ok"] is True


def test_sentences_are_wrapped_rows_cut_and_dangling_headings_dropped() -> None:
    sentence = "confirmation_required [R30]: " + "word " * 100
    shown = shown_of([sentence, "row " + "x" * 200, "region: cn-hangzhou", "changed (7):"])
    assert max(map(len, shown)) <= MAX_LINE_CHARS
    assert shown[-1].endswith("…")
    assert not [line for line in shown if line.endswith(":")]
    assert len(shown_of([f"line {n}" for n in range(50)])) == MAX_LINES
    assert shown_of(["a: 1", "b: 2"], ("b:",)) == ["b: 2"]
