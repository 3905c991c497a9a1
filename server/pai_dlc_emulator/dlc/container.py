"""One process that stands for a pod's container: its environment, its output, its end, its use of the machine."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
from bisect import bisect_left, bisect_right
from pathlib import Path
from typing import Any

from ..clock import Clock
from .pods import Place
from .state import Job

MOST_BYTES = 20 * 1024 * 1024
"""What one pod may print; then its log is cut and the process ended."""
_MOST_LINE = 64 * 1024
_SAMPLE_S = 0.5
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def environment(job: Job, place: Place, world_size: int, port: int, home: Path) -> dict[str, str]:
    """What a pod finds in its environment; nothing of this process goes in."""
    gpus = str((place.spec.get("ResourceConfig") or {}).get("GPU") or 0)
    own = {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "TMPDIR": str(home),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "JOB_NAME": job.id,
        "POD_NAME": place.pod_id(job),
        "HOSTNAME": place.pod_id(job),
    }
    own |= {str(key): str(value) for key, value in (job.args.get("Envs") or {}).items()}
    ranks = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(world_size)}
    return own | ranks | {"RANK": str(place.rank), "LOCAL_RANK": "0", "NPROC_PER_NODE": gpus if gpus != "0" else "1"}


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
