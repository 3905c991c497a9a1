"""What a client of the matrix is led through, and how each act is judged: by what the emulator saw and what was shown.

A scene is one conversation in front of an emulator of its own. Its script yields calls and gets back what a model at
the client would be shown of each answer; ids and confirmation tokens are taken from that text, as a model would.
"""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from pai_dlc_emulator.server import Emulator

SERVER = str(Path(__file__).parents[3] / "server")
PATIENCE_S = 180
"""The longest that anything is waited for; the machine may be slow and shared."""
LATE_S = 60
ACTS = ("connect", "list", "read", "refused create", "confirmed stop", "declined stop", "late answer")
TOKEN = re.compile(r"confirmation_token\W+([\w.-]{20,})")
JOB = re.compile(r"\bdlc[0-9a-z]{8,}\b")
OWN = "did not answer in full"
"""What the server says of a service that answers too late."""


@dataclass(frozen=True)
class Call:
    """A call of a tool, as a model makes it."""

    tool: str
    arguments: Mapping[str, Any]


Script = Generator[Call, str, None]


@dataclass
class Scene:
    """A conversation in front of an emulator, the calls made so far, and what became of each act."""

    emulator: Emulator
    home: Path
    parts: Sequence[Callable[[Scene], Script]]
    options: tuple[str, ...] = ()
    cells: dict[str, str] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    most: int = 0
    """The most tools that the client handed on at once."""

    def __post_init__(self) -> None:
        self._script, self._lock, self._ended = self._whole(), threading.Lock(), False

    @property
    def command(self) -> list[str]:
        """The server that the client starts."""
        return [sys.executable, "-m", "pai_dlc_mcp", "serve", "--region", "cn-hangzhou", *self.options]

    @property
    def environment(self) -> dict[str, str]:
        """All that the server knows: the emulator's addresses and its key."""
        return {
            "HOME": str(self.home),
            "PYTHONPATH": SERVER,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": self.emulator.access_key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": self.emulator.access_key_secret,
            "PAI_DLC_MCP_DLC_ENDPOINT": self.emulator.dlc,
            "PAI_DLC_MCP_AIWORKSPACE_ENDPOINT": self.emulator.aiworkspace,
            "PAI_DLC_MCP_STUDIO_ENDPOINT": self.emulator.paistudio,
        }

    def next_call(self, results: Sequence[str]) -> Call | None:
        """The call that follows these results; ``None`` at the end. The same results give the same call again."""
        with self._lock:
            while len(self.calls) <= len(results) and not self._ended:
                try:
                    if self.calls:
                        self.shown.append(results[len(self.calls) - 1])
                        self.calls.append(self._script.send(self.shown[-1]))
                    else:
                        self.calls.append(next(self._script))
                except StopIteration:
                    self._ended = True
            return self.calls[len(results)] if len(results) < len(self.calls) else None

    def listed(self, tools: Sequence[str], *, by_search: bool = False) -> None:
        """The names of tools as the client hands them on: all, or those that its own search has found."""
        own = [name for name in tools if re.search(r"(dlc|aiworkspace|pai)_", name)]
        if own:
            self.most = max(self.most, len(own))
            found = "by its search" if by_search else f"{self.most} tools"
            self.cells["connect"], self.cells["list"] = "yes", f"yes, {found}"

    def requests(self, operation: str) -> list[dict[str, Any]]:
        """Requests of an operation that reached the emulator."""
        entries = httpx.get(f"{self.emulator.admin}/journal", trust_env=False, timeout=30).json()
        return [entry for entry in entries if entry["operation"] == operation]

    def _whole(self) -> Script:
        for part in self.parts:
            yield from part(self)


def said(text: str, length: int = 90) -> str:
    """The beginning of a text, for a cell of the table."""
    words = " ".join(text.split()).replace("|", "/")
    return words if len(words) <= length else words[:length] + "…"


def read(scene: Scene) -> Script:
    shown = yield Call("dlc_list_jobs", {"status": "Running"})
    known = {str(job["JobId"]) for job in running(scene.emulator)}
    found = known & set(JOB.findall(shown))
    works = bool(scene.requests("ListJobs")) and bool(found)
    scene.cells["read"] = "yes" if works else f"no: {said(shown)}"


def refused_create(scene: Scene) -> Script:
    spec = {"Type": "Worker", "PodCount": 1, "Image": "nonsense", "EcsSpec": "ecs.c6.large"}
    job = {"display_name": "x", "job_type": "PyTorchJob", "workspace_id": "11001", "job_specs": [spec]}
    shown = yield Call("dlc_create_job", job | {"user_command": "python train.py"})
    works = not scene.requests("CreateJob") and "R02" in shown and "aiworkspace_list_images" in shown
    scene.cells["refused create"] = "yes" if works else f"no: {said(shown)}"


def confirmed_stop(scene: Scene) -> Script:
    """A stop, and where a token is shown, the same call with it."""
    stop = yield from _stop_of_what_runs(scene)
    shown = yield stop
    if (token := TOKEN.search(shown)) is not None:
        shown = yield Call(stop.tool, {**stop.arguments, "confirmation_token": token[1]})
    way = "the token" if token else "the person"
    done = [one for one in scene.requests("StopJob") if str(stop.arguments["job_id"]) in str(one["path"])]
    works = len(done) == 1 and ("two_step" if token else "human") in shown
    scene.cells["confirmed stop"] = f"yes, by {way}" if works else f"no: {said(shown)}"


def declined_stop(scene: Scene) -> Script:
    """A stop that a person says no to, and the same call again: the no holds."""
    stop = yield from _stop_of_what_runs(scene)
    first = yield stop
    where = "at the client"
    if "approve" in first and "answered no" not in first:
        where = "in `approve`"
        deny(scene)
    shown = yield stop
    works = not scene.requests("StopJob") and "R35" in shown and "the no holds" in shown
    scene.cells["declined stop"] = f"yes, {where}" if works else f"no: {said(shown)}"


def late_answer(scene: Scene) -> Script:
    """The service takes a minute; what the model is shown must be the server's answer, not a time-out of the client."""
    fault = [{"operation": "ListJobs", "kind": "delay", "seconds": LATE_S, "times": 5}]
    httpx.post(f"{scene.emulator.admin}/faults", json=fault, trust_env=False, timeout=30).raise_for_status()
    began = time.monotonic()
    shown = yield Call("dlc_list_jobs", {"status": "Queuing"})
    took = time.monotonic() - began
    works = OWN in shown
    scene.cells["late answer"] = "yes, said so" if works else f"no, after {took:.0f} s: {said(shown)}"


def _stop_of_what_runs(scene: Scene) -> Generator[Call, str, Call]:
    """The stop of a job that the client is shown as running."""
    shown = yield Call("dlc_list_jobs", {"status": "Running"})
    found = JOB.search(shown)
    return Call("dlc_stop_job", {"job_id": found[0] if found else "none-was-shown", "wait_seconds": 0})


def running(emulator: Emulator) -> list[dict[str, Any]]:
    jobs = httpx.get(f"{emulator.admin}/state", trust_env=False, timeout=30).json()["jobs"]
    return [job for job in jobs if job["Status"] == "Running"]


def deny(scene: Scene) -> None:
    """A person's no in a terminal of their own: ``pai-dlc-mcp approve`` wants one."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "pai_dlc_mcp", "approve"]
    person = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=scene.environment, cwd=scene.home
    )
    os.close(theirs)
    os.write(ours, b"no\n")
    try:
        person.wait(PATIENCE_S)
    finally:
        if person.poll() is None:
            person.kill()
            person.wait()
        os.close(ours)
