"""The curves of a whole run: read in a fixed number of requests, added to, and honest about what lies between."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import pytest

from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.page import curves
from pai_dlc_mcp.page.curves import RunCurves, Runs
from pai_dlc_mcp.timestamps import iso, seconds_of

from .serving import application, dashboard
from .test_acts import running_job

TAIL_LINES, PLACES, PLACE_LINES, PLACES_AT_ONCE = 2_000, 24, 60, 4
OVERLAP_S, NEW_S, MORE_S, ENDED_S = 60.0, 10.0, 0.5, 60.0
BEGAN = 1_795_000_000.0
POD = "dlc1-master-0"


@dataclass
class Log:
    """A pod that prints a step a second, and the service as it gives windows of its log."""

    steps: int
    ahead_s: float = 0.0
    """How far the pod's clock is ahead of UTC."""
    ended: bool = False
    text: str = "step {step} | loss {loss} | {rate} samples/s"
    asked: list[dict[str, Any]] = field(default_factory=list)
    error: dict[str, Any] | None = None
    refused: bool = False

    async def now(self) -> float:
        return BEGAN + self.steps + (2 * OVERLAP_S if self.ended else 0)

    async def read(self, name: str, **given: Any) -> dict[str, Any] | None:
        if self.refused:
            return None
        if self.error is not None:
            return {"ok": False, "error": self.error}
        if name == "dlc_get_job":
            assert given == {"job_id": "dlc1", "view": "full"}
            pod = {"PodId": POD, "GmtStartTime": iso(BEGAN)}
            end = {"GmtFinishTime": iso(BEGAN + self.steps)} if self.ended else {}
            return {"ok": True, "data": {"GmtCreateTime": iso(BEGAN - 500), "Pods": [pod | end]}}
        assert (name, given["job_id"], given["pod_id"]) == ("dlc_get_pod_logs", "dlc1", POD)
        self.asked.append(given)
        start, end_time = seconds_of(given["start_time"]), seconds_of(given.get("end_time"))
        assert start is not None
        first, last = math.ceil(start - BEGAN), self.steps if end_time is None else int(end_time - BEGAN)
        lines = [self.line(step) for step in range(max(0, first), min(last, self.steps - 1) + 1)]
        return {"ok": True, "data": {"untrusted_log_lines": lines[-given["max_lines"] :]}}

    def line(self, step: int) -> str:
        stamp = iso(BEGAN + step + self.ahead_s)[:-1].replace("T", " ")
        return f"{stamp} INFO " + self.text.format(step=step, loss=5 - step / 10_000, rate=100 + step % 7)


async def all_of(run: RunCurves, log: Log) -> dict[str, Any]:
    """What is shown once all places have been looked at."""
    while True:
        shown, pause_s = await run.read(log)
        if pause_s != MORE_S:
            return dict(shown)


@pytest.mark.parametrize("ahead_s", [0.0, 8 * 3_600.0])
async def test_a_short_log_is_read_whole_and_then_only_what_is_new(ahead_s: float) -> None:
    log, run = Log(steps=300, ahead_s=ahead_s), RunCurves("dlc1", POD)
    shown, pause_s = await run.read(log)
    assert pause_s == NEW_S
    assert (shown["pod"], shown["unit"], shown["values"], shown["is_whole"]) == (POD, "samples/s", 300, True)
    assert shown["places"] == {"looked": 0, "of": 0}
    assert shown["points"][0] == [BEGAN, 0, 5.0, 100.0]
    assert shown["points"][-1] == [BEGAN + 299, 299, 5 - 299 / 10_000, 100 + 299 % 7]
    log.steps = 400
    shown, _ = await run.read(log)
    assert (shown["values"], shown["is_whole"], shown["points"][-1][1]) == (400, True, 399)
    assert [seconds_of(one["start_time"]) for one in log.asked] == [BEGAN, BEGAN + 300 - OVERLAP_S]
    assert [one["max_lines"] for one in log.asked] == [TAIL_LINES] * 2


async def test_of_a_run_that_is_over_nothing_is_asked_any_more() -> None:
    log, run = Log(steps=300, ended=True), RunCurves("dlc1", POD)
    first = await run.read(log)
    assert first[1] == ENDED_S
    assert (await run.read(log)) == first
    assert len(log.asked) == 1


@pytest.mark.parametrize("ahead_s", [0.0, 8 * 3_600.0])
async def test_a_long_log_is_looked_at_over_its_whole_time_in_a_fixed_number_of_requests(ahead_s: float) -> None:
    log, run = Log(steps=12_000, ahead_s=ahead_s), RunCurves("dlc1", POD)
    shown, pause_s = await run.read(log)
    assert (pause_s, shown["is_whole"], shown["values"]) == (MORE_S, False, TAIL_LINES)
    assert shown["places"] == {"looked": 0, "of": PLACES}
    shown, pause_s = await run.read(log)
    assert (pause_s, shown["places"]) == (MORE_S, {"looked": PLACES_AT_ONCE, "of": PLACES})
    shown = await all_of(run, log)
    # The last sixth is told by the last lines, which begin where a place does.
    width, places = 500, 20
    assert len(log.asked) == 1 + places
    assert shown["places"] == {"looked": places, "of": places}
    times = [at - BEGAN for at, *_ in shown["points"]]
    assert times == sorted(times)
    assert times[-1] == 11_999
    for at in range(places):
        ends = width * (at + 1)
        assert any(ends - PLACE_LINES <= time <= ends + 1 for time in times), at
    assert all(one["max_lines"] == PLACE_LINES for one in log.asked[1:])
    # Later only new lines.
    log.steps, before = 12_100, len(log.asked)
    shown, pause_s = await run.read(log)
    assert (pause_s, shown["is_whole"], len(log.asked)) == (NEW_S, False, before + 1)
    assert shown["points"][-1][1] == 12_099


async def test_a_log_that_tells_no_progress_is_not_looked_at_everywhere() -> None:
    log, run = Log(steps=4_000, text="still here {step}"), RunCurves("dlc1", POD)
    shown = await all_of(run, log)
    assert (shown["points"], shown["unit"], shown["values"]) == ([], "", 0)
    assert len(log.asked) == 1 + PLACES_AT_ONCE


async def test_more_new_lines_than_one_read_gives_leave_a_gap_that_is_said() -> None:
    log, run = Log(steps=300), RunCurves("dlc1", POD)
    await run.read(log)
    log.steps = 300 + TAIL_LINES
    shown, pause_s = await run.read(log)
    assert (shown["is_whole"], pause_s) == (False, NEW_S)
    assert (await run.read(log))[0]["is_whole"] is False


async def test_a_read_that_fails_is_said_and_made_again() -> None:
    log, run = Log(steps=4_000), RunCurves("dlc1", POD)
    log.error = {"code": "throttled", "message": "Slower."}
    assert await run.read(log) == ({"error": log.error}, NEW_S)
    log.error = None
    await run.read(log)
    log.error = {"code": "unavailable", "message": "Not now."}
    assert (await run.read(log))[0] == {"error": log.error}
    log.error = None
    shown = await all_of(run, log)
    assert shown["points"][0][0] <= BEGAN + 4_000 / PLACES, "no place was lost"
    log.refused = True
    shown, _ = await RunCurves("dlc1", POD).read(log)
    assert shown == {"error": {"code": "not_allowed", "message": "This caller may not read it."}}


async def test_of_many_points_the_newest_and_the_first_are_always_drawn_and_no_more_than_the_limit_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert (curves.MOST_POINTS, curves.KEPT_POINTS) == (2_000, 12_000)
    monkeypatch.setattr(curves, "MOST_POINTS", 100)
    log, run = Log(steps=250), RunCurves("dlc1", POD)
    shown, _ = await run.read(log)
    assert [step for _, step, *_ in shown["points"]] == list(range(249, -1, -3))[::-1]
    log.steps = 251
    shown, _ = await run.read(log)
    assert [step for _, step, *_ in shown["points"]] == [0, *range(1, 251, 3)]
    assert shown["values"] == 251
    log.steps = 250
    monkeypatch.setattr(curves, "KEPT_POINTS", 249)
    shown, _ = await RunCurves("dlc1", POD).read(log)
    assert shown["values"] == 125
    monkeypatch.setattr(curves, "KEPT_POINTS", 250)
    monkeypatch.setattr(curves, "MOST_POINTS", 250)
    shown, _ = await RunCurves("dlc1", POD).read(log)
    assert (shown["values"], len(shown["points"])) == (250, 250)


async def test_what_is_no_number_is_no_point_and_the_commonest_unit_is_drawn() -> None:
    lines = [
        "2026-11-20 10:00:00 step 1 loss nan",
        "2026-11-20 10:00:01 step 2 loss inf 10 samples/s",
        "2026-11-20 10:00:02 step 3 loss 0.5 20 Samples/s",
        "2026-11-20 10:00:03 step 4 7 tokens/s",
        "step 5 loss 0.4",
        *(f"2026-11-20 10:00:0{step}.1239 step {step} loss 0.4" for step in (6, 7, 8)),
    ]
    points = curves._points_in(lines, BEGAN)
    ten = seconds_of("2026-11-20T10:00:00Z") or 0.0
    assert [(round(at - ten, 4), *values) for at, *values in points] == [
        (1, 2, None, 10.0, "samples/s"), (2, 3, 0.5, 20.0, "samples/s"), (3, 4, None, 7.0, "tokens/s"),
        (6.1239, 6, 0.4, None, ""), (7.1239, 7, 0.4, None, ""), (8.1239, 8, 0.4, None, ""),
    ]  # fmt: skip
    run = RunCurves("dlc1", POD, points={point[0]: point for point in points})
    assert run._shown() == {
        "pod": POD,
        "points": [
            [ten + 1, 2, None, 10.0], [ten + 2, 3, 0.5, 20.0], [ten + 3, 4, None, None],
            *([ten + step + 0.124, step, 0.4, None] for step in (6, 7, 8)),
        ],
        "unit": "samples/s", "values": 6, "is_whole": None, "places": {"looked": 0, "of": 0},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("job", "times"),
    [
        ({"Pods": [{"PodId": POD, "GmtStartTime": iso(30), "GmtFinishTime": iso(60)}, {"PodId": "x"}]}, (30, 60, True)),
        ({"Pods": [{"PodId": "x", "GmtStartTime": iso(30)}], "GmtRunningTime": iso(40)}, (40, 200, False)),
        ({"GmtCreateTime": iso(50), "GmtFinishTime": iso(139)}, (50, 139, True)),
        ({"GmtCreateTime": iso(50), "GmtFinishTime": iso(140)}, (50, 140, False)),
        ({"GmtCreateTime": iso(150), "GmtFinishTime": iso(100)}, (100, 100, True)),
        ({"Pods": ["odd", None], "GmtCreateTime": "odd"}, (200, 200, False)),
    ],
)
def test_the_pods_own_times_come_before_the_jobs(job: dict[str, Any], times: tuple[float, float, bool]) -> None:
    run = RunCurves("dlc1", POD)
    run._take_times(job, 200.0)
    assert (run.began, run.ended, run.is_over) == times


def test_the_curves_of_fifty_pods_are_kept_and_the_one_that_was_looked_at_least_lately_makes_room() -> None:
    runs = Runs()
    made = [runs.of(number, f"dlc{number}", POD) for number in range(50)]
    assert (made[7].job_id, made[7].pod_id) == ("dlc7", POD)
    assert runs.of(0, "dlc0", POD) is made[0]
    runs.of(50, "dlc50", POD)
    assert runs.of(0, "dlc0", POD) is made[0]
    assert runs.of(2, "dlc2", POD) is made[2]
    assert runs.of(1, "dlc1", POD) is not made[1]


async def test_the_curves_of_a_pod_come_live(emulator: Emulator) -> None:
    async with dashboard(application(emulator)) as (browser, made):
        job = await running_job(browser)
        pod = (await browser.tool("dlc_get_job", job_id=job["JobId"], view="full"))["data"]["Pods"][0]["PodId"]
        name = f"curves:{job['JobId']}:{pod}"
        async with browser.events(name) as events:
            seen, data = await anext(events)
        assert (seen, data["pod"]) == (name, pod)
        assert data["points"]
        assert (await browser.get(f"/api/events?watch=curves:{job['JobId']}")).status_code == 400
        assert len(made.page._runs._runs) == 1
