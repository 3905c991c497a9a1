"""Jobs whose commands really run."""

from __future__ import annotations

import json
import math
import os
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.driving import Sdk
from emulator.training.scene import Scene
from pai_dlc_emulator.clock import Clock
from pai_dlc_emulator.dlc.runner import Container
from pai_dlc_emulator.server import started

PATIENCE_S = 20.0
RANKS_TALK = """
import os, socket
rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
address = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
if rank == 0:
    with socket.create_server(address) as server:
        for _ in range(size - 1):
            peer, _ = server.accept()
            print("heard from rank", peer.recv(10).decode())
else:
    while True:
        try:
            with socket.create_connection(address) as line:
                line.sendall(str(rank).encode())
            break
        except ConnectionRefusedError:
            continue
    print("told rank 0")
"""


@pytest.fixture
def scene() -> Iterator[Scene]:
    """A world in a hurry that executes; closed in the end, whatever happened."""
    made = Scene("empty", execute=True, clock=Clock(speed=20))
    yield made
    made.world.close()


def until(true: Callable[[], Any]) -> None:
    """Wait for something, but not for ever."""
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """Running, and not merely a zombie nobody has waited for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_two_ranks_of_one_job_talk_at_the_masters_address(scene: Scene) -> None:
    job = scene.create(pods=2, UserCommand=f"python -c {shlex.quote(RANKS_TALK)}")
    until(lambda: scene.status(job) == "Succeeded")
    assert scene.logs(job, 0) == ["heard from rank 1"]
    assert scene.logs(job, 1) == ["told rank 0"]
    assert {pod["Status"] for pod in scene.job(job)["Pods"]} == {"Succeeded"}


def test_a_pod_sees_its_own_environment_and_nothing_of_the_servers(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "of-the-server")
    job = scene.create(UserCommand="env; pwd", Envs={"BATCH": "32"})
    until(lambda: scene.status(job) == "Succeeded")
    lines = scene.logs(job)
    assert {"BATCH=32", "RANK=0", "WORLD_SIZE=1", f"JOB_NAME={job}"} <= set(lines)
    assert "of-the-server" not in "".join(lines)
    folder = Path(lines[-1])
    assert folder.is_dir()
    scene.world.close()
    assert not folder.exists()


def test_a_command_is_over_when_its_last_line_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep, never = Container._keep, threading.Event()

    def keep_late(self: Container, line: str) -> None:
        never.wait(0.3)
        keep(self, line)

    monkeypatch.setattr(Container, "_keep", keep_late)
    command = Container("echo the last line", tmp_path, {"PATH": os.defpath}, Clock())
    until(lambda: command.poll() is not None)
    assert command.tail(0, math.inf, 9) == ["the last line"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with the one that began it")
def test_a_command_ends_with_an_emulator_that_was_killed(tmp_path: Path) -> None:
    program = (
        "import pathlib, sys, time\n"
        "from pai_dlc_emulator.clock import Clock\n"
        "from pai_dlc_emulator.dlc.runner import Container\n"
        "Container('echo $$ > pid; exec sleep 300', pathlib.Path('.'), {'PATH': '/usr/bin:/bin'}, Clock())\n"
        "time.sleep(300)\n"
    )
    emulator = subprocess.Popen([sys.executable, "-c", program], cwd=tmp_path)
    pid = tmp_path / "pid"
    until(lambda: pid.exists() and pid.read_text().strip())
    emulator.kill()
    emulator.wait()
    until(lambda: not alive(int(pid.read_text())))


def test_a_failing_command_fails_the_job_with_its_exit_code(scene: Scene) -> None:
    job = scene.create(UserCommand="echo about to fail >&2; exit 7")
    until(lambda: scene.status(job) == "Failed")
    reason = json.loads(scene.job(job)["ReasonMessage"])
    assert reason["overview"] == f"PyTorchJob {job} failed because 1 Master replica(s) failed."
    assert [(one["pods"], one["reason"]) for one in reason["content"]] == [({"Master": [0]}, "7")]
    assert scene.logs(job) == ["about to fail"]
    events = scene.call("GetPodEvents", JobId=job, PodId=scene.pod(job))["Events"]
    assert any("exited with code 7" in line for line in events)


@pytest.mark.parametrize(
    "args",
    [{"UserCommand": "echo \0"}, {"UserCommand": "true", "Envs": {"A=B": "1"}}],
    ids=["command", "environment"],
)
def test_what_no_process_can_be_given_fails_its_job_and_no_other(scene: Scene, args: dict[str, Any]) -> None:
    job = scene.create(**args)
    until(lambda: scene.status(job) == "Failed")
    answer = scene.job(job)
    assert answer["ReasonCode"] == "JobFailed"
    assert json.loads(answer["ReasonMessage"])["content"][0]["reason"] == "128"
    after = scene.create(UserCommand="true")
    until(lambda: scene.status(after) == "Succeeded")


def test_no_name_in_a_request_leads_out_of_the_jobs_folder(scene: Scene) -> None:
    job = scene.create(
        JobType="SlurmJob",
        UserCommand="pwd",
        JobSpecs=[{"Type": "x/../../../away", "Image": "a", "EcsSpec": "ecs.gn7i-c8g1.2xlarge", "PodCount": 1}],
    )
    until(lambda: scene.status(job) == "Succeeded")
    (pod,) = scene.job(job)["Pods"]
    (folder,) = scene.call("GetPodLogs", JobId=job, PodId=pod["PodId"])["Logs"]
    assert Path(folder).parent.name == job


def test_one_failed_rank_takes_the_others_down(scene: Scene) -> None:
    job = scene.create(pods=2, UserCommand='if [ "$RANK" = 1 ]; then exit 3; fi; sleep 300')
    until(lambda: scene.status(job) == "Failed")
    assert json.loads(scene.job(job)["ReasonMessage"])["content"][0]["pods"] == {"Worker": [0]}


def test_a_stop_ends_the_command_its_children_and_theirs(scene: Scene, tmp_path: Path) -> None:
    note = tmp_path / "pids"
    inner = f"echo $$ >> {note}; sleep 300"
    job = scene.create(UserCommand=f"echo $$ > {note}; sh -c {shlex.quote(inner + ' & wait')} & wait")
    until(lambda: note.exists() and len(note.read_text().split()) == 2)
    pids = [int(word) for word in note.read_text().split()]
    assert all(alive(pid) for pid in pids)
    scene.call("StopJob", JobId=job)
    until(lambda: scene.status(job) == "Stopped" and not any(alive(pid) for pid in pids))


def test_a_command_that_ignores_the_signal_is_killed_after_the_grace(scene: Scene, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    job = scene.create(UserCommand=f"trap '' TERM; echo $$ > {note}; while :; do sleep 0.2; done")
    until(note.exists)
    scene.call("StopJob", JobId=job)
    until(lambda: not alive(int(note.read_text())))


def test_closing_the_world_ends_everything(scene: Scene, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    scene.create(UserCommand=f"echo $$ > {note}; sleep 300")
    until(lambda: note.exists() and note.read_text().strip())
    scene.world.close()
    assert not alive(int(note.read_text()))


def test_a_log_without_end_is_cut_and_its_process_ended(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    from pai_dlc_emulator.dlc import runner

    monkeypatch.setattr(runner, "MOST_BYTES", 10_000)
    job = scene.create(UserCommand="yes a line that is printed for ever")
    until(lambda: scene.status(job) == "Failed")
    lines = scene.logs(job)
    assert "cut after 10000 bytes" in lines[-1]
    assert len(lines) < 2000


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="samples are read from /proc")
def test_cpu_and_memory_of_a_running_pod_are_measured(scene: Scene) -> None:
    job = scene.create(UserCommand="python -c 'while True: pass'")

    def used() -> list[float]:
        answer = scene.call("GetJobMetrics", JobId=job, MetricType="CpuCoreUsage", TimeStep="1s")
        return [point["Value"] for point in answer["PodMetrics"][0]["Metrics"]] if answer["PodMetrics"] else []

    until(lambda: any(value > 10 for value in used()))


def test_the_time_limit_really_ends_the_process(scene: Scene, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    job = scene.create(UserCommand=f"echo $$ > {note}; sleep 300", JobMaxRunningTimeMinutes=1)
    until(note.exists)
    scene.clock.advance(60)
    until(lambda: scene.status(job) == "Stopped" and not alive(int(note.read_text())))


def test_a_job_made_over_the_wire_really_runs_and_ends_with_the_emulator(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    with started(seed="empty", speed=20, execute=True) as emulator:
        sdk = Sdk(emulator, "EMULATORKEYALICE0000")
        spec = {"Type": "Worker", "PodCount": 1, "Image": "registry/train:1", "EcsSpec": "ecs.g6.large"}
        job = sdk.call(
            "CreateJob", DisplayName="real", JobType="PyTorchJob", UserCommand="expr 6 '*' 7", JobSpecs=[spec]
        )
        until(lambda: sdk.call("GetJob", JobId=job["JobId"])["Status"] == "Succeeded")
        pod = f"{job['JobId']}-master-0"
        assert sdk.call("GetPodLogs", JobId=job["JobId"], PodId=pod)["Logs"] == ["42"]
        endless = f"echo $$ > {note}; sleep 300"
        sdk.call("CreateJob", DisplayName="long", JobType="PyTorchJob", UserCommand=endless, JobSpecs=[spec])
        until(lambda: note.exists() and note.read_text().strip())
    assert not alive(int(note.read_text()))
