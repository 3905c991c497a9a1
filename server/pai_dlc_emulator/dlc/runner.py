"""Really running a job's command: a process a pod, as its container would, with ranks that can talk.

A pod gets its own process group, a private working folder and an environment that holds nothing of the server's.
The shell here is the product: a job's command is a line for ``/bin/sh``, as in its container.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from bisect import bisect_left, bisect_right
from pathlib import Path
from typing import Any

from ..clock import Clock
from . import timeline
from .environment import pod_environment
from .pods import Replica, replicas
from .state import Job

MOST_BYTES = 20 * 1024 * 1024
"""What one pod may print; then its log is cut and the process ended."""
_MOST_LINE = 64 * 1024
_SAMPLE_S = 0.5
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def environment(job: Job, replica: Replica, port: int, home: Path) -> dict[str, str]:
    """What a pod finds in its environment, with an address that is reachable here; nothing of this process goes in."""
    own = {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "TMPDIR": str(home),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "LOCAL_RANK": "0",
    }
    values = own | pod_environment(job, replica)
    return values | ({"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)} if "MASTER_ADDR" in values else {})


class Container:
    """A running ``/bin/sh -c`` command in a process group of its own, with a thread that reads what it prints."""

    def __init__(self, command: str, folder: Path, env: dict[str, str], clock: Clock) -> None:
        self._clock = clock
        self.began = clock.now()
        self.ended: float | None = None
        self._code: int | None = None
        self._at: list[float] = []
        self._lines: list[str] = []
        self._use: list[tuple[float, float, float]] = []
        self._gone = threading.Event()
        self._process = subprocess.Popen(  # noqa: S603 - the job's own command, as its container would run it
            ["/bin/sh", "-c", command],
            cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True, preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._reader.start()
        self._watcher.start()

    def poll(self) -> int | None:
        """The exit code as a container reports it: 128 plus the signal; None while it runs."""
        return self._code if self._gone.is_set() else None

    def terminate(self) -> None:
        self.send(signal.SIGTERM)

    def kill(self) -> None:
        self.send(signal.SIGKILL)

    def join(self) -> None:
        self._watcher.join(timeout=5)

    def tail(self, start: float, end: float, most: int) -> list[str]:
        low, high = bisect_left(self._at, start), bisect_right(self._at, end)
        return self._lines[max(low, high - most) : high] if most else []

    def samples(self, kind: str, start: float, end: float, step: float) -> list[dict[str, Any]]:
        """The last measurement in each stretch of ``step`` seconds."""
        column = 1 if kind == "CpuCoreUsage" else 2
        found = {int(use[0] // step): use for use in self._use if start <= use[0] <= end}
        return [{"Time": int(use[0] * 1000), "Value": round(use[column], 2)} for use in found.values()]

    def send(self, number: signal.Signals) -> None:
        """To the whole group: what the command started goes with it."""
        try:
            os.killpg(self._process.pid, number)
        except (ProcessLookupError, PermissionError):
            return

    def _read(self) -> None:
        stream, size = self._process.stdout, 0
        while stream is not None and (raw := stream.readline(_MOST_LINE)):
            size += len(raw)
            if size > MOST_BYTES:
                self._keep(f"The log was cut after {MOST_BYTES} bytes and the process ended.")
                self.kill()
                return
            self._keep(raw.decode("utf-8", "replace").rstrip("\r\n"))

    def _watch(self) -> None:
        """Measure until the command ends; then, as in a container, whatever it left behind ends too."""
        before: int | None = 0
        while (code := self._wait()) is None:
            before = self._measure(before)
        self.kill()
        self._reader.join(timeout=2)
        if self._process.stdout is not None and not self._reader.is_alive():
            self._process.stdout.close()
        self._code, self.ended = (128 - code if code < 0 else code), self._clock.now()
        self._gone.set()

    def _wait(self) -> int | None:
        try:
            return self._process.wait(_SAMPLE_S)
        except subprocess.TimeoutExpired:
            return None

    def _measure(self, before: int | None) -> int | None:
        """CPU in percent of one core, memory in percent of the machine, from /proc; nothing where there is none."""
        after = _ticks(self._process.pid)
        if before is not None and after is not None:
            cpu = 100.0 * (after - before) / os.sysconf("SC_CLK_TCK") / _SAMPLE_S
            self._use.append((self._clock.now(), max(cpu, 0.0), _memory(self._process.pid)))
        return after

    def _keep(self, line: str) -> None:
        self._lines.append(line)
        self._at.append(self._clock.now())


def _die_with_parent() -> None:
    """Have the kernel end this process should the emulator die without closing (Linux: PR_SET_PDEATHSIG)."""
    if _LIBC is not None:
        _LIBC.prctl(1, signal.SIGKILL)


def _group(leader: int) -> list[list[str]]:
    """The fields after the name in /proc/PID/stat, of every process in the group."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:
            continue
        if len(fields) > 21 and fields[2] == str(leader):
            found.append(fields)
    return found


def _ticks(leader: int) -> int | None:
    group = _group(leader)
    return sum(int(fields[11]) + int(fields[12]) for fields in group) if group else None


def _memory(leader: int) -> float:
    """Resident memory of the group, in percent of the machine's."""
    pages = sum(int(fields[21]) for fields in _group(leader))
    return 100.0 * pages / os.sysconf("SC_PHYS_PAGES")


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
        self.status = "Succeeded"
        self._real_start = 0.0
        self._kill_at: float | None = None

    def start(self) -> None:
        """A command or an environment that no process can be given fails the job, as a container's would."""
        self.started, self._real_start = self._clock.now(), time.monotonic()
        try:
            self._start_all(replicas(self._job), _free_port())
        except (OSError, ValueError):
            self.status = "Failed"
            self.stop()

    def _start_all(self, every: list[Replica], port: int) -> None:
        for replica in every:
            folder = self._folder / str(replica.rank)
            folder.mkdir(parents=True)
            values = environment(self._job, replica, port, folder)
            command = str(replica.spec.get("UserCommand") or self._job.args["UserCommand"])
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
            self.status = "Failed"  # one pod's failure is the job's: the others are taken down
            self.stop()
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
        for replica, container in zip(replicas(self._job), self.containers, strict=False):
            if number is not None and replica.pod_id(self._job) in pods:
                container.send(number)

    def close(self) -> None:
        for container in self.containers:
            container.kill()
            container.join()
        shutil.rmtree(self._folder, ignore_errors=True)

    def exit(self, rank: int) -> tuple[int, str]:
        if rank >= len(self.containers):
            return 128, "ContainerCannotRun"
        code = self.containers[rank].poll()
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
        self._runs: list[tuple[Job, Run]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="emulator-runner", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def take(self, job: Job) -> None:
        """From now on this job's Running is a real one."""
        job.run = run = Run(job, self._clock, self._folder / job.id)
        self._runs.append((job, run))

    def close(self) -> None:
        """End every process and remove every folder; may be called twice."""
        self._over.set()
        if self._thread is not threading.current_thread():
            self._thread.join(timeout=5)
        with self._lock:
            for _, run in self._runs:
                run.close()
            self._runs.clear()
        shutil.rmtree(self._folder, ignore_errors=True)
        atexit.unregister(self.close)

    def _loop(self) -> None:
        while not self._over.wait(_TICK_S):
            with self._lock:
                for job, run in self._runs:
                    if run.ended is None:
                        self._tend(job, run)

    def _tend(self, job: Job, run: Run) -> None:
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
