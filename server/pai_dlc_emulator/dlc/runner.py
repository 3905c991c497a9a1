"""Really running a job's command: a process a pod, as its container would, with ranks that can talk.

A pod gets its own process group, a private working folder and an environment that holds nothing of the server's.
The shell here is the product: a job's command is a line for ``/bin/sh``, as in its container.
"""

from __future__ import annotations

import atexit
import shutil
import signal
import socket
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from ..clock import Clock
from . import timeline
from .container import Container, environment
from .pods import Place, places
from .state import Job

GRACE_S = 3.0
"""Real seconds between SIGTERM and SIGKILL."""
HARD_LIMIT_S = 600.0
"""Real seconds after which any run is ended, whatever the job asked for."""
_TICK_S = 0.05
_RATES = ("NetworkInputRate", "NetworkOutputRate", "DiskReadRate", "DiskWriteRate")


class Run:
    """All pods of one job. ``ended`` is None until the last process is gone; times are the emulated clock's."""

    def __init__(self, job: Job, clock: Clock, folder: Path) -> None:
        self._job, self._clock, self._folder = job, clock, folder
        self.containers: list[Container] = []
        self.started: float | None = None
        self.ended: float | None = None
        self.status, self.reason_code, self.reason_message = "Succeeded", "JobSucceeded", "All pods completed."
        self._real_start = 0.0
        self._kill_at: float | None = None

    def start(self) -> None:
        """A command or an environment that no process can be given fails the job, as a container's would."""
        self.started, self._real_start = self._clock.now(), time.monotonic()
        try:
            self._start_all(places(self._job), _free_port())
        except (OSError, ValueError) as fault:
            self.status, self.reason_code = "Failed", "PodStartFailed"
            self.reason_message = f"Pod {len(self.containers)} could not be started ({type(fault).__name__})."
            self.stop()

    def _start_all(self, every: list[Place], port: int) -> None:
        for place in every:
            folder = self._folder / str(place.rank)
            folder.mkdir(parents=True)
            values = environment(self._job, place, len(every), port, folder)
            command = str(place.spec.get("UserCommand") or self._job.args["UserCommand"])
            self.containers.append(Container(command, folder, values, self._clock))

    def watch(self) -> None:
        """Look at the processes: end what is over its time, note the end of the run."""
        if self.ended is not None or self.started is None:
            return
        if self._kill_at is None and time.monotonic() - self._real_start > HARD_LIMIT_S:
            self.stop()
        if self._kill_at is not None and time.monotonic() > self._kill_at:
            for container in self.containers:
                container.kill()
        failed = [rank for rank, one in enumerate(self.containers) if one.poll() not in (None, 0)]
        if failed and self._kill_at is None:
            self._fail(failed[0])
        if all(container.poll() is not None for container in self.containers):
            self.ended = max((container.ended or 0.0 for container in self.containers), default=self.started)

    def stop(self) -> None:
        """SIGTERM to every process group now, SIGKILL after the grace."""
        if self._kill_at is None:
            self._kill_at = time.monotonic() + GRACE_S
            for container in self.containers:
                container.terminate()

    def signal(self, name: str, pods: list[str]) -> None:
        """Send a signal, by its name or number, to some pods; an unknown one goes to nobody."""
        known = {one.name: one for one in signal.Signals} | {str(one.value): one for one in signal.Signals}
        number = known.get(name.upper()) or known.get(f"SIG{name.upper()}")
        for place, container in zip(places(self._job), self.containers, strict=False):
            if number is not None and place.pod_id(self._job) in pods:
                container.send(number)

    def close(self) -> None:
        for container in self.containers:
            container.kill()
            container.join()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _fail(self, rank: int) -> None:
        """One pod's failure is the job's: the others are taken down."""
        code, reason = self.exit(rank)
        name = places(self._job)[rank].pod_id(self._job)
        self.status, self.reason_code = "Failed", "PodFailed"
        self.reason_message = f"Pod {name} failed: container main exited with code {code} ({reason})."
        self.stop()

    def exit(self, rank: int) -> tuple[int, str]:
        code = self.containers[rank].poll() if rank < len(self.containers) else None
        if code is None:
            return 143, "Terminated"
        return code, {0: "Completed", 143: "Terminated", 137: "Killed"}.get(code, "Error")

    def times(self, rank: int, began: float | None, ended: float | None) -> tuple[float | None, float | None]:
        """The real start and end of a pod; what was planned where the run has not begun."""
        if rank >= len(self.containers):
            return None, ended if self.started is None else None
        return self.containers[rank].began, self.containers[rank].ended

    def tail(self, rank: int, start: float, end: float, most: int) -> list[str]:
        return self.containers[rank].tail(start, end, most) if rank < len(self.containers) else []

    def samples(self, rank: int, kind: str, start: float, end: float, step: float) -> list[dict[str, Any]]:
        """What was measured; network and disk are not, and have no samples."""
        if rank >= len(self.containers) or kind in _RATES or kind.startswith("Gpu"):
            return []
        return self.containers[rank].samples(kind, start, end, step)


class Runner:
    """Starts runs when their time has come, and watches them, in one thread of its own."""

    def __init__(self, clock: Clock, lock: threading.RLock) -> None:
        self._clock, self._lock = clock, lock
        self._folder = Path(tempfile.mkdtemp(prefix="pai-dlc-emulator-"))
        self._jobs: list[Job] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="emulator-runner", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def take(self, job: Job) -> None:
        """From now on this job's Running is a real one."""
        job.run = Run(job, self._clock, self._folder / job.id)
        self._jobs.append(job)

    def close(self) -> None:
        """End every process and remove every folder; may be called twice."""
        self._over.set()
        if self._thread is not threading.current_thread():
            self._thread.join(timeout=5)
        with self._lock:
            for job in self._jobs:
                if job.run is not None:
                    job.run.close()
            self._jobs.clear()
        shutil.rmtree(self._folder, ignore_errors=True)
        atexit.unregister(self.close)

    def _loop(self) -> None:
        while not self._over.wait(_TICK_S):
            with self._lock:
                for job in list(self._jobs):
                    self._tend(job)

    def _tend(self, job: Job) -> None:
        run = job.run
        if run is None or run.ended is not None:
            return
        status = timeline.current(job, self._clock.now()).status
        if run.started is None:
            if status == "Running":
                run.start()
            elif status == "Stopped":
                run.ended = self._clock.now()
        else:
            if status in ("Stopping", "Stopped"):
                run.stop()
            run.watch()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
