"""The scripted failures: what the service serves about each shows its truth, and never says it."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from emulator.training.scene import Scene
from pai_dlc_emulator.dlc.behaviour import load, names
from pai_dlc_emulator.dlc.seeds import failures

LONG_AGO = "2020-01-01T00:00:00Z"
CATEGORIES = {"network", "image", "runtime", "resource", "configuration", "system"}


@pytest.fixture(scope="module")
def world() -> Scene:
    return Scene("failures")


def found(scene: Scene, behaviour: str) -> dict[str, Any]:
    name = load(behaviour).setting["name"]
    listed = scene.call("ListJobs", DisplayName=name, StartTime=LONG_AGO, ShowOwn=False)["Jobs"]
    return scene.job(listed[0]["JobId"])


def served(scene: Scene, job: dict[str, Any]) -> str:
    """Everything the service tells about a job."""
    job_id, told = job["JobId"], [json.dumps(job)]
    told += scene.call("GetJobEvents", JobId=job_id, StartTime=LONG_AGO, MaxEventsNum=2000)["Events"]
    told.append(json.dumps(scene.call("ListJobSanityCheckResults", JobId=job_id)))
    for pod in job.get("Pods", []):
        for one in [pod, *pod["HistoryPods"]]:
            which = {"JobId": job_id, "PodId": one["PodId"], "PodUid": one["PodUid"], "StartTime": LONG_AGO}
            told += scene.call("GetPodEvents", **which)["Events"]
            told += scene.call("GetPodLogs", MaxLines=50, **which)["Logs"]
    return "\n".join(told)


def test_there_are_twenty_four_scripted_failures_with_a_truth_each() -> None:
    assert len(failures()) == 24
    assert len({load(name).setting["name"] for name in failures()}) == 24
    assert {load(name).truth["category"] for name in failures()} == CATEGORIES


@pytest.mark.parametrize("behaviour", failures())
def test_a_failure_shows_its_evidence_and_keeps_its_truth(world: Scene, behaviour: str) -> None:
    truth, job = load(behaviour).truth, found(world, behaviour)
    text = served(world, job)
    assert job["Status"] == truth["status"]
    assert truth["evidence"] in text
    assert truth["cause"] not in text
    assert behaviour not in job["DisplayName"]
    assert "PAI_EMULATOR" not in text


@pytest.mark.parametrize("behaviour", [name for name in failures() if load(name).truth["pod"] is not None])
def test_the_causal_pod_is_one_of_the_job_and_ended_no_later_than_the_others(world: Scene, behaviour: str) -> None:
    job = found(world, behaviour)
    rank = load(behaviour).truth["pod"]
    ends = [pod.get("GmtFinishTime") for pod in job["Pods"]]
    assert rank < len(ends)
    if all(ends):
        assert ends[rank] == min(ends)


@pytest.mark.parametrize("behaviour", names())
def test_every_behaviour_fits_a_job_of_one_pod_and_of_many(behaviour: str) -> None:
    scene = Scene("empty")
    jobs = [scene.create(behaviour, pods=pods) for pods in (1, 3)]
    for seconds in (1, 4, 10, 15, 30, 60, 60, 90, 90, 180, 300, 600, 900, 1_260):
        scene.clock.advance(seconds)
        for job in jobs:
            answer = scene.job(job)
            served(scene, answer)
            assert answer["Status"] in {one["Status"] for one in answer["StatusHistory"]}


def test_a_restarted_job_has_its_history_and_records(world: Scene) -> None:
    job = found(world, "restart-loop")
    assert job["RestartTimes"] == "3"
    assert {one["DetailErrorInfoList"][0]["Pod"] for one in job["RestartRecord"]} == {world.pod(job["JobId"], 5)}
    assert len({one["PodUid"] for one in job["Pods"][5]["HistoryPods"]} | {job["Pods"][5]["PodUid"]}) == 4
    assert {one["NodeName"] for one in job["Pods"][5]["HistoryPods"]} == {job["Pods"][5]["NodeName"]}


def test_after_a_crash_loop_the_last_attempt_has_no_log_but_the_first_has(world: Scene) -> None:
    job = found(world, "crash-loop")
    pod = job["Pods"][0]
    assert world.logs(job["JobId"]) == []
    oldest = pod["HistoryPods"][-1]["PodUid"]
    assert "FileNotFoundError" in "".join(world.logs(job["JobId"], PodUid=oldest))


def test_r66_the_old_jobs_log_needs_a_start_time(world: Scene) -> None:
    job = found(world, "old-job")["JobId"]
    assert world.logs(job, 1) == []
    assert "IndexError" in "".join(world.logs(job, 1, StartTime=LONG_AGO))


def test_a_preempted_job_gave_its_place_back(world: Scene) -> None:
    job = found(world, "preemption")
    assert {pod["SubStatus"] for pod in job["Pods"]} == {"Evicted"}
    running = world.call("ListJobs", ResourceId=job["ResourceId"], Status="Running", StartTime=LONG_AGO, ShowOwn=False)[
        "Jobs"
    ]
    assert sum(float(one["RequestGPU"]) for one in running) == 104


def test_a_thousand_pods_and_ten_million_lines_are_read_in_moments() -> None:
    scene = Scene("huge")
    listed = scene.call("ListJobs", DisplayName="pretrain-full", ShowOwn=False)["Jobs"]
    begun = time.process_time()
    job = scene.job(listed[0]["JobId"])
    assert len(job["Pods"]) == 1000
    first = min(job["Pods"], key=lambda pod: pod["GmtFinishTime"])
    assert first["PodId"] == scene.pod(job["JobId"], 617)
    lines = scene.call("GetPodLogs", JobId=job["JobId"], PodId=first["PodId"], MaxLines=100)["Logs"]
    assert "CUDA out of memory" in lines[-1]
    assert len(scene.logs(job["JobId"], 3, MaxLines=20_000)) >= 9_990
    assert time.process_time() - begun < 10  # all of them would take minutes
