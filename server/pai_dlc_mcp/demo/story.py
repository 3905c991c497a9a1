"""The steps of the demo's tour, each with what it announces and how it must end."""

from __future__ import annotations

import textwrap
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mcp.shared.exceptions import MCPError

TRAIN = Path(__file__).with_name("train.py")
COMMON_LINES = ("region:", "request id:", "TotalCount:")
"""How lines begin that every answer has; the tour leaves them out."""
MAX_LINES, MAX_LINE_CHARS = 7, 94
"""With the indent of the terminal's output a line stays within 100 columns."""
SENTENCE_LINES = 3


class UnexpectedResult(Exception):
    """A step did not end as announced."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step as it ended: what was called, what came back, and the few lines worth showing."""

    title: str
    tool: str
    ok: bool
    expected: str
    shown: list[str]
    structured: Mapping[str, Any]


def shown_of(lines: list[str], show: tuple[str, ...] = ()) -> list[str]:
    """The few lines worth showing: sentences wrapped, rows cut, and no heading whose lines are left out."""
    own = [line for line in lines if not line.startswith(COMMON_LINES)]
    own = [line for line in own if not show or any(part in line for part in show)]
    found: list[str] = []
    for line in own:
        is_sentence = " [R" in line[:40] or line.startswith("next:")
        found += _wrapped(line) if is_sentence else [line]
    found = found[:MAX_LINES]
    while found and found[-1].endswith(":"):
        found.pop()
    return [line if len(line) <= MAX_LINE_CHARS else line[: MAX_LINE_CHARS - 1] + "…" for line in found]


def _wrapped(sentence: str) -> list[str]:
    lines = textwrap.wrap(sentence, MAX_LINE_CHARS - 2, subsequent_indent="  ", break_on_hyphens=False)
    return lines if len(lines) <= SENTENCE_LINES else [*lines[: SENTENCE_LINES - 1], lines[SENTENCE_LINES - 1] + " …"]


@dataclass
class Tour:
    """Drives a connected MCP client; ``show_progress`` gets the progress lines while a step waits."""

    client: Any
    python: str
    show_progress: Callable[[str], None] = lambda line: None
    facts: dict[str, Any] = field(default_factory=dict)

    async def call(self, tool: str, arguments: dict[str, Any]) -> Any:
        async def progress(done: float, total: float | None, message: str | None) -> None:
            self.show_progress(f"{message}")

        try:
            return await self.client.call_tool(tool, arguments, progress_callback=progress)
        except MCPError as error:
            raise UnexpectedResult(f"{tool}: {error.message}") from None

    async def step(self, title: str, tool: str, arguments: dict[str, Any], expected: str, *show: str) -> Step:
        """One call; ``expected`` is ``ok`` or the error code that was announced, ``show`` parts of lines to show."""
        result = await self.call(tool, arguments)
        structured = result.structured_content
        ended = "ok" if structured["ok"] else structured["error"]["code"]
        lines = result.content[0].text.splitlines()
        step = Step(title, tool, ended == expected, expected, shown_of(lines, show), structured)
        if not step.ok:
            raise UnexpectedResult(f"{title}: announced {expected}, got {ended}: {' / '.join(lines[:3])}")
        return step

    async def steps(self) -> AsyncIterator[Step]:
        """The whole tour, in order."""
        for part in (self.refused_create, self.discovery, self.launch, self.follow, self.diagnosis, self.stopping):
            async for step in part():
                yield step

    def job(self, name: str, command: str, **more: Any) -> dict[str, Any]:
        spec = {"Type": "Worker", "PodCount": 1, "Image": self.facts["image"], "EcsSpec": self.facts["spec"]}
        return {
            "display_name": name,
            "job_type": "PyTorchJob",
            "workspace_id": self.facts["workspace"],
            "job_specs": [spec | more],
            "user_command": command,
            "job_max_running_time_minutes": 10,
        }

    async def refused_create(self) -> AsyncIterator[Step]:
        self.facts |= {"image": "pytorch:latest", "spec": "ecs.g6.xlarge", "workspace": "ws-1"}
        arguments = self.job("demo-guess", "python train.py")
        title = "Guessed ids are refused before anything is sent, with the calls that mend it"
        yield await self.step(title, "dlc_create_job", arguments, "discovery_required", "discovery", "next")

    async def discovery(self) -> AsyncIterator[Step]:
        step = await self.step("Discover the workspace", "aiworkspace_list_workspaces", {}, "ok")
        self.facts["workspace"] = step.structured["data"]["Workspaces"][0]["WorkspaceId"]
        yield step
        yield await self.step("Discover what images can be asked for by", "aiworkspace_list_image_labels", {}, "ok")
        step = await self.step(
            "Discover an image, by its whole address", "aiworkspace_list_images", {"page_size": 3}, "ok"
        )
        self.facts["image"] = step.structured["data"]["Images"][0]["ImageUri"]
        yield step
        arguments = {"accelerator_type": "CPU", "page_size": 3}
        step = await self.step("Discover an instance type that is in stock", "dlc_list_ecs_specs", arguments, "ok")
        available = [spec for spec in step.structured["data"]["EcsSpecs"] if spec.get("IsAvailable", True)]
        self.facts["spec"] = available[0]["InstanceType"]
        yield step

    async def launch(self) -> AsyncIterator[Step]:
        command = f"{self.python} {TRAIN} --steps 40 --seconds-per-step 0.05"
        arguments = self.job("demo-two-pods", command, PodCount=2)
        yield await self.step(
            "Validate a job of two pods: what would be refused, and what it would take",
            "dlc_validate_job",
            {"job": arguments},
            "ok",
        )
        step = await self.step("The same create with discovered ids goes through", "dlc_create_job", arguments, "ok")
        self.facts["job"] = step.structured["data"]["JobId"]
        yield step

    async def follow(self) -> AsyncIterator[Step]:
        arguments = {"job_id": self.facts["job"], "until": "end", "max_seconds": 20}
        step = await self.step(
            "Wait for its end in one call, with progress", "dlc_wait_for_job", arguments, "ok", *WAITED
        )
        if step.structured["data"]["Status"] != "Succeeded":
            raise UnexpectedResult(f"the training did not succeed: {step.structured['data']}")
        yield step
        step = await self.step("Read the job", "dlc_get_job", {"job_id": self.facts["job"]}, "ok", *JOB)
        yield step
        pod = step.structured["data"]["Pods"][0]["PodId"]
        arguments = {"job_id": self.facts["job"], "pod_id": pod, "max_lines": 5}
        step = await self.step(
            "Read the end of its log: the training really ran", "dlc_get_pod_logs", arguments, "ok", "step", "done"
        )
        if not any("loss" in line for line in step.shown):
            raise UnexpectedResult("the log shows no loss")
        yield step

    async def diagnosis(self) -> AsyncIterator[Step]:
        command = f"{self.python} -c 'import no_such_module'"
        step = await self.step(
            "Create a job that will fail: it imports what is not there",
            "dlc_create_job",
            self.job("demo-fails", command),
            "ok",
        )
        yield step
        job = step.structured["data"]["JobId"]
        step = await self.step("Wait for its end", "dlc_wait_for_job", {"job_id": job, "until": "end"}, "ok", *WAITED)
        if step.structured["data"]["Status"] != "Failed":
            raise UnexpectedResult(f"the job that should fail ended as {step.structured['data']['Status']}")
        yield step
        step = await self.step(
            "Ask why: the cause, how sure, and the line that shows it",
            "dlc_diagnose_job",
            {"job_id": job},
            "ok",
            "cause:",
            "category:",
            "confidence:",
            "ModuleNotFoundError",
        )
        if "no_such_module" not in str(step.structured["data"]):
            raise UnexpectedResult("the diagnosis does not name the missing module")
        yield step

    async def stopping(self) -> AsyncIterator[Step]:
        jobs: list[str] = []
        for name in ("demo-long", "demo-other"):
            title = "Create a job that runs for long" if not jobs else "And another one"
            step = await self.step(title, "dlc_create_job", self.job(name, "sleep 300"), "ok")
            yield step
            jobs.append(step.structured["data"]["JobId"])
        for job in jobs:
            arguments = {"job_id": job, "until": "running", "max_seconds": 20}
            title = "Wait until it runs" if job == jobs[0] else "And the other one too"
            yield await self.step(title, "dlc_wait_for_job", arguments, "ok", *WAITED[:2])
        title = "A stop does nothing at first: it shows what would be lost, and gives a token"
        step = await self.step(title, "dlc_stop_job", {"job_id": jobs[0]}, "confirmation_required")
        confirmation = step.structured["error"]["confirmation"]
        yield replace(step, shown=[*step.shown[:SENTENCE_LINES], *_preview(confirmation["preview"])][:MAX_LINES])
        token = confirmation["token"]
        arguments = {"job_id": jobs[0], "confirmation_token": token}
        step = await self.step("The same call with the token stops it", "dlc_stop_job", arguments, "ok")
        if step.structured["data"].get("Status") not in ("Stopped", "Stopping"):
            raise UnexpectedResult(f"the job is {step.structured['data'].get('Status')} after the stop")
        yield step
        title = "The token is used up: it does not stop the other job"
        arguments = {"job_id": jobs[1], "confirmation_token": token}
        yield await self.step(title, "dlc_stop_job", arguments, "confirmation_invalid", " [R31]")
        title = "Which runs on"
        step = await self.step(title, "dlc_get_job", {"job_id": jobs[1]}, "ok", *JOB)
        if step.structured["data"]["Status"] != "Running":
            raise UnexpectedResult(f"the other job is {step.structured['data']['Status']}")
        yield step


WAITED = ("Status:", "waited_seconds:", "phases")
JOB = ("DisplayName:", "Status:", "Reason", "JobType:")


def _preview(preview: Mapping[str, Any]) -> list[str]:
    """The facts of a preview that fit on a line, one each."""
    lines = [f"{name}: {value}" for name, value in preview.items() if isinstance(value, str | int | float)]
    return [line for line in lines if len(line) <= MAX_LINE_CHARS and not line.startswith(("act:", "region:"))]
