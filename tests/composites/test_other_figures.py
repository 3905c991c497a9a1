"""The figures of waiting, comparing and the state of quotas, each by a value that only the right computation gives."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest

from pai_dlc_mcp.cloud.quotas import Quota
from pai_dlc_mcp.composites import compare, quota_status, wait
from pai_dlc_mcp.composites.differences import alike, differing, shown
from pai_dlc_mcp.timestamps import iso

from .building import NOW, START


def history(*states: tuple[str, float, float | None]) -> list[dict[str, Any]]:
    """States with their beginning and end in seconds after the start; ``None`` where a state lasts."""
    return [
        {"Status": name, "StartTime": iso(START + begin)} | ({"EndTime": iso(START + end)} if end is not None else {})
        for name, begin, end in states
    ]


def job(status: str, *pods: str, **more: Any) -> dict[str, Any]:
    rows = [{"PodId": f"p{number}", "Status": one} for number, one in enumerate(pods)]
    return {"JobId": "dlc1", "Status": status, "Pods": rows} | more


def test_phases_are_told_in_seconds_up_to_now_and_no_end_is_a_phase() -> None:
    states = history(("Creating", 0, 2), ("Running", 2, 62), ("Restarting", 62, 92), ("Running", 92, None))
    assert wait.phases({"StatusHistory": states}, START + 100) == [
        "Creating 2 s", "Running 60 s", "Restarting 30 s", "Running 8 s so far",
    ]  # fmt: skip
    assert wait.phases({"StatusHistory": history(("Failed", 0, None))}, START + 5) == []
    assert wait.phases({"StatusHistory": history(("Running", 9, None))}, START) == ["Running 0 s so far"], "its clock"
    many = history(*(("Running", float(n), n + 1.0) for n in range(20)))
    assert len(wait.phases({"StatusHistory": many}, NOW)) == wait.MOST_PHASES


def test_what_changed_is_told_field_by_field_and_pods_that_changed_alike_in_one_line() -> None:
    before = job("Queuing", "Pending", "Pending", "Pending", Priority=1)
    after = job("Running", "Running", "Running", "Pending", "Pending", Priority=3)
    assert wait.changes(before, after) == [
        "Status: Queuing -> Running",
        "Priority: 1 -> 3",
        "2 pods, p0 first: Pending -> Running",
        "pod p3: new -> Pending",
    ]
    assert wait.changes(after, after) == []


@pytest.mark.parametrize(
    ("until", "status", "reached", "ended", "again"),
    [
        ("end", "Running", False, False, 30),
        ("end", "Queuing", False, False, 10),
        ("end", "Stopped", True, True, None),
        ("running", "Running", True, False, None),
        ("running", "Failed", False, True, None),
        ("change", "Running", True, False, None),
        ("change", "Queuing", False, False, 10),
    ],
)
def test_a_wait_says_whether_it_was_reached_and_when_to_ask_again(
    until: str, status: str, reached: bool, ended: bool, again: int | None
) -> None:
    first, last = job("Queuing", "Pending"), job(status, "Running", "Running", "Failed", ReasonCode="X")
    if status == "Queuing":
        last = first
    data = wait._described(until, first, last, [], 12.345, NOW)
    assert (data["reached"], data["ended"], data.get("ask_again_after_seconds")) == (reached, ended, again)
    assert data["waited_seconds"] == 12.3
    if status != "Queuing":
        assert data["pods"] == {"Failed": 1, "Running": 2}
        assert data["ReasonCode"] == "X"


@pytest.mark.parametrize("pause", [1.0, 2.0, 4.0])
def test_the_turns_of_a_job_are_a_pause_apart_and_never_come_at_once(pause: float) -> None:
    for name in ("dlc1", "dlc2", "dlc3"):
        now = START
        turns = []
        for _ in range(4):
            left = wait._until_turn(name, now, pause)
            assert pause / 4 <= left < pause * 1.25
            now += left
            turns.append(now)
        apart = [later - earlier for earlier, later in pairwise(turns)]
        assert all(abs(one - pause) < 1e-3 for one in apart)


def test_seconds_in_each_state_are_summed_over_all_its_times() -> None:
    states = history(("Queuing", 0, 5), ("Running", 5, 65), ("Restarting", 65, 75), ("Running", 75, None))
    assert compare._phases({"StatusHistory": [*states, *history(("Failed", 90, None))]}, START + 100) == {
        "Queuing": 5, "Running": 85, "Restarting": 10,
    }  # fmt: skip


def test_the_facts_of_a_job_hold_its_limit_restarts_hours_and_pods() -> None:
    one = {"JobId": "dlc1", "Status": "Failed", "RequestGPU": 4, "RestartTimes": "3", "ReasonCode": "PodFailed"}
    one |= {"GmtRunningTime": iso(START), "GmtFinishTime": iso(START + 5_400), "Pods": [{"PodId": "a"}, {"PodId": "b"}]}
    facts = compare._facts(one, {"Jobs": [{"JobMaxRunningTimeMinutes": 240}]}, NOW)
    assert (facts["JobMaxRunningTimeMinutes"], facts["restarts"], facts["gpu_hours"], facts["pods"]) == (240, 3, 6.0, 2)
    assert (facts["Status"], facts["ReasonCode"]) == ("Failed", "PodFailed")
    assert compare._facts(one, {"Jobs": [{"JobMaxRunningTimeMinutes": 0}]}, NOW)["JobMaxRunningTimeMinutes"] is None


def test_more_rows_than_are_shown_are_counted() -> None:
    one, other = ({f"field{n}": value for n in range(43)} for value in (1, 2))
    data = compare._described(["dlc1", "dlc2"], [one | {"same": 7}, other | {"same": 7}], frozenset())
    assert len(data["differs"]) == compare.MOST_ROWS == 40
    assert data["left_out"] == "3 more fields differ"
    assert data["alike"] == "same"
    assert data["differs"][0] == {"field": "field0", "dlc1": "1", "dlc2": "2"}
    assert "left_out" not in compare._described(
        ["a", "b"], [dict(list(one.items())[:40]), dict(list(other.items())[:40])], frozenset()
    )


def test_jobs_differ_where_one_has_what_another_has_not_and_long_texts_are_cut_before_they_part() -> None:
    assert differing([{"a": 1, "b": ""}, {"a": 1, "b": "x"}, {"a": 1}]) == [("b", [None, "x", None])]
    assert alike([{"a": 1, "b": [], "c": 2}, {"a": 1, "b": [], "c": 3}]) == ["a"]
    same = "s" * 60
    texts = shown("UserCommand", [f"{same}A{'t' * 90}", f"{same}B{'t' * 90}"])
    assert texts == [f"…{'s' * 24}A{'t' * 75}…", f"…{'s' * 24}B{'t' * 75}…"]
    assert shown("UserCommand", ["x" * 100, "y"]) == ["x" * 100, "y"], "a hundred characters are shown whole"
    assert shown("Envs.TOKEN", ["p", "q", None, "p"]) == ["value A", "value B", "", "value A"]


def holder(name: str, gpus: float, **more: Any) -> dict[str, Any]:
    return {"JobId": f"dlc{name}", "DisplayName": name, "UserId": "1", "RequestGPU": gpus, "ResourceId": "q"} | more


def found_of(
    holders: list[dict[str, Any]], waiting: Sequence[dict[str, Any]] = (), **amounts: dict[str, float]
) -> quota_status._Found:
    """What was read of one quota; ``amounts`` are its total, used and allocatable."""
    found = quota_status._Found()
    known = {"total": {}, "used": {}, "allocatable": {}} | amounts
    found.quotas["q"] = Quota("q", "team", "ECS", "Enabled", "", (), (), "FIFO", "", **known)
    found.holders, found.waiting = [*holders], [*waiting]
    return found


def test_a_quotas_line_sums_its_holders_where_it_does_not_tell_what_is_used() -> None:
    jobs = [holder("a", 2.0), holder("b", 8.0), holder("c", 1.0), holder("d", 4.0), holder("x", 64.0, ResourceId="z")]
    row = quota_status._row(found_of(jobs, [holder("w", 1.0)], total={"GPU": 32.0}), "q")
    assert (row["total"], row["used"], row["free"], row["waiting"]) == ("32 GPU", "15 GPU", "17 GPU", 1)
    assert row["holders"].startswith('8 GPU dlcb "b" of '), "the largest first"
    assert row["holders"].endswith("; and 1 more")
    told = quota_status._row(
        found_of(jobs[:3], total={"GPU": 32.0}, used={"GPU": 20.0}, allocatable={"GPU": 25.0}), "q"
    )
    assert (told["used"], told["free"]) == ("20 GPU", "5 GPU"), "what the service tells goes before sums"
    assert "more" not in told["holders"]
    assert "used" not in quota_status._row(found_of(jobs), "q"), "no total, no figure"


def test_a_job_in_a_quota_is_told_with_the_hours_since_it_ran_or_else_was_created() -> None:
    ran = quota_status._job_row(holder("a", 2.0, GmtCreateTime=iso(START), GmtRunningTime=iso(START + 1_800)), NOW)
    waits = quota_status._job_row(holder("a", 2.0, GmtCreateTime=iso(START), Priority=0), NOW)
    assert (ran["hours"], waits["hours"]) == (0.5, 1.0)
    assert "Priority" not in waits, "R14: 0 is no priority"


def test_the_queue_is_told_by_priority_and_then_by_age() -> None:
    waiting = [
        holder("young", 1.0, Priority=5, GmtCreateTime=iso(START + 9)),
        holder("unset", 1.0, Priority=0, GmtCreateTime=iso(START)),
        holder("old", 1.0, Priority=5, GmtCreateTime=iso(START + 3)),
        holder("first", 1.0, Priority=9, GmtCreateTime=iso(START + 60)),
    ]
    rows = quota_status._queue(found_of([], waiting), "q", NOW)
    assert [row["DisplayName"] for row in rows] == ["first", "old", "young", "unset"]
    found = found_of([])
    enqueued = iso(NOW - 5_400)
    first = {"Position": 2, "WorkloadName": "a", "GmtEnqueuedTime": enqueued}
    found.workloads = [{"Position": "10", "WorkloadName": "b"}, first]
    rows = quota_status._queue(found, "q", NOW)
    assert [(row["DisplayName"], row.get("hours")) for row in rows] == [("a", 1.5), ("b", None)]
