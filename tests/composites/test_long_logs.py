"""Logs longer than one read: what explains the end may stand at the beginning, or pages before the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import anyio
import pytest
from evals.diagnosis import diagnose
from evals.recorded_job import RecordedJob

from pai_dlc_mcp.composites.diagnose.long_logs import _page
from pai_dlc_mcp.composites.diagnose.material import Material
from pai_dlc_mcp.composites.diagnose.reader import Want

from .building import pod, subject

TRACE = [
    "Traceback (most recent call last):",
    '  File "/code/train.py", line 31, in <module>',
    "ModuleNotFoundError: No module named 'apex'",
]


def failure(lines: list[Any], times: list[Any], ends: float) -> dict[str, Any]:
    pod = {"rank": 0, "lines": lines, "times": times, "exit": 1, "delay": 0, "hold": ends}
    return {"name": "long", "kind": "log", "pods": [pod]}


def diagnosis(one: Mapping[str, Any]) -> dict[str, Any]:
    return anyio.run(diagnose, dict(one))[0]


def spam(stamp: str, count: int) -> list[Any]:
    return [f"{stamp}[c10d] waiting for clients, attempt {{n}} of many", count]


def test_a_cause_at_the_very_beginning_is_found_behind_thousands_of_lines_without_a_time() -> None:
    data = diagnosis(failure([*TRACE, spam("", 7_000)], [1, 1, 1, [10, 1]], 7_020))
    assert (data["cause"], data["confidence"]) == ("missing_module", "medium")
    (missed,) = data["not_read"]
    assert "only the first 114 and the last 2000 lines" in missed


def test_a_cause_pages_before_the_end_is_found_by_going_back_in_time() -> None:
    before, behind = spam("{t} ", 9_000), spam("{t} ", 5_000)
    lines = [before, *TRACE, behind]
    data = diagnosis(failure(lines, [[10, 1], 9_011, 9_011, 9_011, [9_012, 1]], 14_020))
    assert data["cause"] == "missing_module"
    assert "only the first" in data["not_read"][0]


def test_a_log_of_a_few_pages_is_read_whole_and_then_nothing_is_said_to_be_missing() -> None:
    lines = [spam("{t} ", 1_000), *TRACE, spam("{t} ", 4_000)]
    data = diagnosis(failure(lines, [[10, 1], 1_011, 1_011, 1_011, [1_012, 1]], 5_020))
    assert data["cause"] == "missing_module"
    assert "not_read" not in data
    ends_alike = failure([spam("{t} ", 1_990), "bye"], [[10, 1], 2_005], 2_020)
    assert data["requests"] == diagnosis(ends_alike)["requests"] + 2, (
        "two pages back, and the beginning is not asked for"
    )


def test_a_beginning_that_comes_faster_than_a_page_is_asked_for_in_a_shorter_window() -> None:
    lines = [*TRACE, spam("", 1_000), ["starting {n}", 4_000], spam("", 5_000)]
    times = [1, 1, 1, [2, 0.01], [20, 0.02], [200, 1]]
    data = diagnosis(failure(lines, times, 5_300))
    assert data["cause"] == "missing_module"
    assert "the first 1003 and the last 2000 lines" in data["not_read"][0]


def test_an_end_that_explains_itself_costs_no_further_read() -> None:
    long = failure([spam("{t} ", 9_000), *TRACE], [[10, 1], 9_011, 9_011, 9_011], 9_020)
    short = failure([spam("{t} ", 90), *TRACE], [[10, 1], 101, 101, 101], 120)
    assert diagnosis(long)["requests"] == diagnosis(short)["requests"]


def test_the_lines_between_are_marked_as_not_read_and_a_doubtful_cause_is_less_sure() -> None:
    lines = ["error: something odd happened", spam("", 7_000)]
    data = diagnosis(failure(lines, [1, [10, 1]], 7_020))
    assert data["confidence"] == "low"


def test_a_stand_in_cuts_its_windows_by_the_times_of_the_lines() -> None:
    cloud = RecordedJob(failure([["a {n}", 10]], [[0, 60]], 700))
    found = cloud.logs(
        {"PodId": cloud.pod_id(0), "StartTime": "2027-01-15T08:02:00Z", "EndTime": "2027-01-15T08:04:00Z"}
    )
    assert found["Logs"] == ["a 2", "a 3", "a 4"]


@pytest.mark.parametrize("start", ["2027-01-15T08:00:00Z", ""])
def test_a_page_is_asked_for_from_a_time_only_where_one_is_given(start: str) -> None:
    asked: list[Mapping[str, Any]] = []

    class Listening:
        async def read(self, wants: Mapping[str, Want]) -> dict[str, Any]:
            asked.extend(one.args for one in wants.values())
            return {}

    material = Material(subject("Failed", [pod(0)]))
    end = "2027-01-15T09:00:00Z"
    assert anyio.run(_page, Listening(), material, material.subject.pods[0], start, end) is None
    ((args),) = asked
    assert (args.get("StartTime"), args["EndTime"]) == (start or None, end)
