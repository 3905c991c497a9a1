"""``pai-dlc-mcp watch JOB``: follows a job in the terminal until it ends: phase, progress, last lines.

A terminal shows the present state below the lines: a bar of the steps done and the course of the loss. Elsewhere there
are the lines alone.

It only reads, whatever the settings allow. The exit code is the job's: 0 succeeded, 1 failed, 2 stopped.
"""

from __future__ import annotations

import argparse
import math
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import anyio

from ..app import Application, local_caller
from ..composites.compare import overview_of
from ..composites.diagnose.progress import step_of
from ..config.settings import OptionError
from ..config.sources import add_flags, settings_from
from ..logs import configure_logging
from ..protocol.call_tool import Peer, call_tool
from ..protocol.result import Answer
from .call import REFUSED
from .rendering import lines_of
from .startup import default_state, embedded_emulator, load_credentials_library

EXITS = {"Succeeded": 0, "Failed": 1, "Stopped": 2}
TOOLSETS = ("lean",)
WAIT_S = 20
MOST_FAILURES = 5
"""Reads that may fail one after the other for reasons that pass by themselves."""
PASSING = frozenset({"throttled", "unavailable"})
PAUSE_S = 3.0
MOST_LINES = 50


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("job", metavar="JOB", help="the job's id")
    parser.add_argument("--lines", metavar="N", type=int, default=3, help="last lines of the log to show (default: 3)")
    parser.add_argument(
        "--on-end",
        metavar="COMMAND",
        help="run this when it ends, with PAI_JOB_ID, PAI_JOB_NAME and PAI_JOB_STATUS set",
    )
    parser.add_argument("--emulator", action="store_true", help="use a private embedded emulator: no account needed")
    add_flags(parser)


def run(flags: argparse.Namespace) -> int:
    settings = settings_from(flags, state=default_state(flags.emulator))
    command = _command(flags.on_end)
    if not 0 <= flags.lines <= MOST_LINES:
        raise OptionError(f"--lines takes a number from 0 to {MOST_LINES}")
    configure_logging(settings.log_level, settings.log_format)
    settings = settings.model_copy(update={"toolsets": TOOLSETS, "read_only": True})
    app = Application(settings, emulate=embedded_emulator if flags.emulator else None)
    if not flags.emulator:
        load_credentials_library()
    code, job = anyio.run(_Watch(app, flags.job, flags.lines).follow)
    if command and code in EXITS.values() and job:
        _run_command(command, job)
    return code


def _command(text: str | None) -> list[str]:
    """The words of ``--on-end``. No shell reads them, so that nothing but they can be run.

    Raises:
        OptionError: quotes that do not end, or a program that there is not.
    """
    try:
        words = shlex.split(text or "")
    except ValueError:
        raise OptionError("--on-end: a quote does not end") from None
    if text is not None and not words:
        raise OptionError("--on-end is empty; leave it out or give a command")
    if words and shutil.which(words[0]) is None:
        raise OptionError(f"--on-end: there is no program {words[0][:80]!r}; no shell reads the command")
    return words


def _run_command(words: list[str], job: Mapping[str, Any]) -> None:
    """What others wrote (the job's name) travels in a variable, never in the command's words."""
    variables = {"PAI_JOB_ID": "JobId", "PAI_JOB_NAME": "DisplayName", "PAI_JOB_STATUS": "Status"}
    values = {name: str(job.get(key) or "").replace("\0", "") for name, key in variables.items()}
    ended = subprocess.run(words, env=os.environ | values, check=False)  # noqa: S603 - the operator's own command
    if ended.returncode:
        print(f"--on-end ended with {ended.returncode}", file=sys.stderr)


class Ended(Exception):
    """The watch is over before the job: an answer that waiting does not mend."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.text)
        self.answer = answer


@dataclass
class _Watch:
    """One job that is followed. On a terminal the present state stands in one line that is written anew."""

    app: Application
    job_id: str
    most_lines: int
    shown: set[str] = field(default_factory=set)
    phase: str = ""
    losses: list[float] = field(default_factory=list)
    is_terminal: bool = field(default_factory=lambda: sys.stdout.isatty() and os.environ.get("TERM") != "dumb")

    async def follow(self) -> tuple[int, Mapping[str, Any]]:
        """The exit code, and the job as it was read last."""
        async with self.app.running():
            try:
                return await self._until_end()
            except Ended as over:
                self._print(over.answer.text)
                return (3 if over.answer.structured["error"]["code"] in REFUSED else 4), {}

    async def _until_end(self) -> tuple[int, Mapping[str, Any]]:
        seconds = 0
        while True:
            job = await self._read("dlc_wait_for_job", job_id=self.job_id, until="change", max_seconds=seconds)
            self._tell_phase(job)
            await self._tell_log(job)
            if job["ended"]:
                self._tell_end(job)
                return EXITS.get(str(job["Status"]), 1), job
            seconds = WAIT_S

    async def _read(self, tool: str, **given: Any) -> Mapping[str, Any]:
        answer = await self._answer(tool, given)
        if answer.is_error:
            raise Ended(answer)
        data: Mapping[str, Any] = answer.structured["data"]
        return data

    async def _answer(self, name: str, given: Mapping[str, Any]) -> Answer:
        """One read, made again where the reason of a failure passes by itself."""
        failures = 0
        while True:
            answer = await call_tool(self.app, self.app.tools[name], given, Peer(local_caller()))
            failures += 1
            is_passing = answer.is_error and answer.structured["error"]["code"] in PASSING
            if not is_passing or failures >= MOST_FAILURES:
                return answer
            self._print(f"{_now()}  {answer.structured['error']['message']} Trying again.")
            await anyio.sleep(PAUSE_S * failures)

    def _tell_phase(self, job: Mapping[str, Any]) -> None:
        pods = ", ".join(f"{count} {status}" for status, count in job["pods"].items())
        phase = f"{job['Status']}{f' ({pods})' if pods else ''}"
        if phase != self.phase:
            name = f"{job['DisplayName']}: " if not self.phase and job.get("DisplayName") else ""
            self._print(f"{_now()}  {name}{phase}")
            self.phase = phase
        for change in job["changed"]:
            if not change.startswith(("Status:", "pod ")) and "pods, " not in change:
                self._print(f"{_now()}  {change}")
        self._show(f"{job['phases'][-1] if job['phases'] else job['Status']}")

    async def _tell_log(self, job: Mapping[str, Any]) -> None:
        """New ones among the last lines of the first pod, and what they say of the progress."""
        if not self.most_lines or not any(status in job["pods"] for status in ("Running", "Succeeded", "Failed")):
            return
        pods = (await self._read("dlc_get_job", job_id=self.job_id)).get("Pods") or []
        if not pods:
            return
        given = {"job_id": self.job_id, "pod_id": pods[0]["PodId"], "max_lines": self.most_lines}
        answer = await self._answer("dlc_get_pod_logs", given)
        lines = [] if answer.is_error else lines_of(answer) or []
        for line in lines:
            if line not in self.shown:
                self._print(f"          | {line}")
                self.losses += losses_of([line])
        self.shown, self.losses = set(lines), self.losses[-SPARK_CHARS:]
        if progress := progress_of(lines):
            plain = not (sys.stdout.encoding or "").lower().startswith("utf")
            drawn = (bar(done_of(lines), plain=plain), sparkline(self.losses, plain=plain))
            self._show("  ".join(part for part in (self.phase, *drawn, progress) if part))

    def _tell_end(self, job: Mapping[str, Any]) -> None:
        phases = ", ".join(job["phases"])
        self._print(f"{_now()}  {job['Status']}{f' after {phases}' if phases else ''}")
        if reason := job.get("ReasonMessage") or job.get("ReasonCode"):
            self._print(f"          reason: {overview_of(reason)}")
        if job["Status"] == "Failed":
            self._print(f"          why: pai-dlc-mcp call dlc_diagnose_job job_id={self.job_id}")

    def _print(self, line: str) -> None:
        """A line that stays; the present state below it is written anew."""
        print(f"\r\x1b[2K{line}" if self.is_terminal else line, flush=True)

    def _show(self, state: str) -> None:
        """The present state, on a terminal alone."""
        if self.is_terminal:
            width = shutil.get_terminal_size().columns - 1
            print(f"\r\x1b[2K{state[:width]}", end="", flush=True)


def progress_of(lines: list[str]) -> str:
    """What the newest line of progress says: step, loss, throughput; empty where there is none."""
    for line in reversed(lines):
        if (found := step_of(line)) is not None:
            step = f"step {found.step}{f' of {found.of}' if found.of else ''}" if found.step is not None else ""
            percent = f" ({100 * found.step / found.of:.0f} %)" if found.step is not None and found.of else ""
            epoch = f"epoch {found.epoch}" if found.epoch else ""
            loss = f"loss {found.loss}" if found.loss else ""
            return ", ".join(part for part in (epoch, step + percent, loss, found.rate or "") if part)
    return ""


BAR_CHARS, SPARK_CHARS = 20, 24
_RAMP, _PLAIN_RAMP = "▁▂▃▄▅▆▇█", "_.-=+*#@"


def done_of(lines: list[str]) -> float | None:
    """The part of all steps that the newest line of progress says is done, from 0 to 1; ``None`` where none says it."""
    for line in reversed(lines):
        if (found := step_of(line)) is not None and found.step is not None and found.of:
            return min(1.0, max(0.0, found.step / found.of))
    return None


def losses_of(lines: list[str]) -> list[float]:
    """The losses that lines of progress state, as far as they are finite numbers."""
    stated = [found.loss for line in lines if (found := step_of(line)) is not None and found.loss]
    numbers = []
    for loss in stated:
        with suppress(ValueError):
            numbers.append(float(loss))
    return [number for number in numbers if math.isfinite(number)]


def bar(done: float | None, *, plain: bool = False) -> str:
    """``done`` (0 to 1) as a bar of ``BAR_CHARS`` cells; empty where it is not known."""
    if done is None:
        return ""
    full = int(done * BAR_CHARS)
    return f"[{'#' * full}{'-' * (BAR_CHARS - full)}]" if plain else "█" * full + "░" * (BAR_CHARS - full)


def sparkline(values: list[float], *, plain: bool = False) -> str:
    """The course of values, one character each, lowest to highest; empty for fewer than two."""
    if len(values) < 2:
        return ""
    ramp, low, high = _PLAIN_RAMP if plain else _RAMP, min(values), max(values)
    steps = [round((value - low) / (high - low) * (len(ramp) - 1)) if high > low else 0 for value in values]
    return "".join(ramp[step] for step in steps)


def _now() -> str:
    return time.strftime("%H:%M:%S")
