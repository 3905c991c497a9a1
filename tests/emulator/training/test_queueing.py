"""Quotas that fill and empty, priorities, and bids."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.training.scene import Scene, quota_spec
from pai_dlc_emulator.dlc.resources import Demand, job_demand, parse_amount, parse_gib
from pai_dlc_emulator.wire import ServiceError


def quota(scene: Scene, name: str) -> str:
    return next(key for key, one in scene.world.catalogue.quotas.items() if one["Name"] == name)


def queued(scene: Scene, name: str, gpus: int, **more: Any) -> str:
    return scene.create(JobSpecs=quota_spec(gpus), ResourceId=quota(scene, name), **more)


@pytest.mark.parametrize(
    ("written", "cores"), [("4", 4.0), ("500m", 0.5), (" 1500m ", 1.5), (2, 2.0), ("0.5", 0.5), (None, 0.0), ("", 0.0)]
)
def test_an_amount_is_read_in_whole_ones_and_in_thousandths(written: Any, cores: float) -> None:
    assert parse_amount(written) == cores


@pytest.mark.parametrize(
    ("written", "gib"),
    [("8Gi", 8.0), ("8G", 8.0), ("512Mi", 0.5), ("2 TiB", 2048.0), ("1048576Ki", 1.0), (str(2**30), 1.0), (None, 0.0)],
)
def test_memory_is_read_in_gib(written: Any, gib: float) -> None:
    assert parse_gib(written) == pytest.approx(gib)


def test_a_job_asks_for_the_sum_of_its_pods() -> None:
    parts = [{"ResourceConfig": {"CPU": "500m", "GPU": "1", "Memory": "512Mi"}, "PodCount": 4}, {"PodCount": None}]
    assert job_demand({"JobSpecs": parts}) == Demand(2.0, 4.0, 2.0)


def test_a_job_waits_until_its_quota_has_room() -> None:
    scene = Scene("empty")
    first, second = queued(scene, "vision-night", 2), queued(scene, "vision-night", 2)
    scene.clock.advance(100)
    assert (scene.status(first), scene.status(second)) == ("Running", "Queuing")
    events = scene.call("GetJobEvents", JobId=second)["Events"]
    assert any("QuotaNotEnough" in line and "0 of 2 GPU" in line and "asks for 2 GPU" in line for line in events)
    scene.clock.advance(180)
    assert (scene.status(first), scene.status(second)) == ("Succeeded", "Running")


def test_of_two_waiting_jobs_the_higher_priority_goes_first() -> None:
    scene = Scene("empty")
    queued(scene, "vision-night", 2)
    scene.clock.advance(20)
    low, high = queued(scene, "vision-night", 2, Priority=1), queued(scene, "vision-night", 2, Priority=9)
    scene.clock.advance(220)
    assert (scene.status(low), scene.status(high)) == ("Queuing", "Running")


def test_r40_a_priority_counts_after_twenty_seconds_and_reorders_the_queue() -> None:
    scene = Scene("empty")
    queued(scene, "vision-night", 2)
    scene.clock.advance(20)
    first, second = queued(scene, "vision-night", 2), queued(scene, "vision-night", 2)
    scene.clock.advance(10)
    scene.call("UpdateJob", JobId=second, Priority=9)
    assert scene.job(second)["Priority"] == 1
    scene.clock.advance(21)
    assert scene.job(second)["Priority"] == 9
    scene.clock.advance(180)
    assert (scene.status(first), scene.status(second)) == ("Queuing", "Running")


def test_r40_a_priority_of_a_running_or_public_job_is_dropped_without_a_word() -> None:
    scene = Scene("empty")
    running, public = queued(scene, "vision-night", 2), scene.create()
    scene.call("UpdateJob", JobId=public, Priority=9)
    scene.clock.advance(60)
    scene.call("UpdateJob", JobId=running, Priority=9)
    scene.clock.advance(60)
    assert (scene.job(running)["Priority"], scene.job(public)["Priority"]) == (1, 0)


def test_a_quota_above_that_is_full_holds_a_job_back() -> None:
    scene = Scene("empty")
    for _ in range(2):
        queued(scene, "root-ecs", 16)
    scene.clock.advance(30)
    job = queued(scene, "vision-a10", 1)
    scene.clock.advance(60)
    assert scene.status(job) == "Queuing"
    events = scene.call("GetJobEvents", JobId=job)["Events"]
    assert any(quota(scene, "root-ecs") in line for line in events)


def test_a_stopped_job_leaves_the_queue_and_is_never_let_in() -> None:
    scene = Scene("empty")
    queued(scene, "vision-night", 2)
    waiting = queued(scene, "vision-night", 2)
    scene.clock.advance(30)
    scene.call("StopJob", JobId=waiting)
    scene.clock.advance(600)
    assert [one["Status"] for one in scene.job(waiting)["StatusHistory"]] == [
        "Creating",
        "Queuing",
        "Stopping",
        "Stopped",
    ]


def spot(spec: str, limit: float) -> list[dict[str, Any]]:
    bid = {"SpotStrategy": "SpotWithPriceLimit", "SpotDiscountLimit": limit}
    return [{"Type": "Worker", "PodCount": 1, "Image": "i", "EcsSpec": spec, "SpotSpec": bid}]


def test_a_bid_over_the_price_runs_and_one_under_it_keeps_bidding() -> None:
    scene = Scene("empty")
    fair = scene.create(JobSpecs=spot("ecs.gn7i-c8g1.2xlarge", 0.9))
    low = scene.create(JobSpecs=spot("ecs.gn7i-c8g1.2xlarge", 0.1))
    scene.clock.advance(10)
    assert (scene.status(fair), scene.status(low)) == ("Bidding", "Bidding")
    scene.clock.advance(60)
    assert (scene.status(fair), scene.status(low)) == ("Running", "Bidding")
    assert scene.job(low)["ReasonCode"] == "SpotPriceTooLow"


def test_a_spot_job_on_scarce_stock_is_reclaimed_and_says_so() -> None:
    scene = Scene("empty")
    job = scene.create(JobSpecs=spot("ecs.gn6v-c8g1.2xlarge", 0.9))
    scene.clock.advance(1000)
    answer = scene.job(job)
    assert answer["Status"] == "Failed"
    assert answer["RestartRecord"][0]["DetailErrorInfoList"][0]["ErrorCode"] == "SpotReclaimed"
    assert answer["Pods"][0]["SubStatus"] == "Evicted"
    assert len(answer["Pods"][0]["HistoryPods"]) == 1


def test_a_bid_and_a_health_check_come_in_the_order_of_their_phases() -> None:
    scene = Scene("empty")
    job = scene.create(JobSpecs=spot("ecs.gn7i-c8g1.2xlarge", 0.9), Settings={"EnableSanityCheck": True})
    scene.clock.advance(600)
    seen = [one["Status"] for one in scene.job(job)["StatusHistory"]]
    assert [seen.index(name) for name in ("Queuing", "Bidding", "SanityChecking", "Running")] == sorted(
        seen.index(name) for name in ("Queuing", "Bidding", "SanityChecking", "Running")
    )
    assert seen[seen.index("Running") - 1] == "SanityChecking"


@pytest.mark.parametrize("name", ["StartTime", "EndTime"])
def test_a_time_of_the_end_that_cannot_be_read_is_named(name: str) -> None:
    with pytest.raises(ServiceError, match=name):
        Scene("empty").call("ListJobs", TimeRangeField="GmtFinishTime", **{name: "noon"})
