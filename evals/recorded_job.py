"""A job of one failure file as the service would answer for it, without a network: a stand-in for the cloud.

Times are the platform's own: a pod begins with the job, waits ``delay`` seconds, prints, waits ``hold`` seconds and
ends. Its lines come evenly between; a window of GetPodLogs cuts by those times, as the service does, whatever the
lines themselves say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pai_dlc_mcp.operation import Operation
from pai_dlc_mcp.runtime import Reply
from pai_dlc_mcp.timestamps import iso, seconds_of

START = 1_800_000_000.0
JOB = "dlc0recorded0001"
REASONS = {137: "Killed", 139: "Segmentation fault", 143: "Terminated", 0: "Completed"}


class RecordedJob:
    """Answers the reads of a diagnosis for one failure; ``requests`` are their operations and arguments."""

    def __init__(self, failure: Mapping[str, Any]) -> None:
        self.failure = failure
        self.platform: Mapping[str, Any] = failure.get("platform") or {}
        self.pods: list[dict[str, Any]] = sorted(failure["pods"], key=lambda pod: pod["rank"])
        self.status = str(self.platform.get("status") or failure.get("status") or "Failed")
        self.is_over = self.status in ("Failed", "Succeeded", "Stopped")
        self.ran = bool(self.platform.get("ran", failure["kind"] != "platform"))
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.ends = {
            pod["rank"]: START + float(pod.get("delay") or 0) + float(pod.get("hold") or 0) for pod in self.pods
        }
        self.lines = {pod["rank"]: self._lines(pod["rank"]) for pod in self.pods}
        last = max(self.ends.values(), default=START)
        self.now = last + float(failure.get("silent_s") or 60)

    async def send(
        self, operation: Operation, args: Mapping[str, Any], region: str, *, max_bytes: int | None = None
    ) -> Reply:
        self.requests.append((operation.action_name, dict(args)))
        answers = {
            "GetJob": self.job,
            "GetPodLogs": self.logs,
            "GetPodEvents": self.pod_events,
            "GetJobEvents": lambda args: {"Events": list(self.platform.get("job_events") or [])},
            "GetJobMetrics": self.metrics,
            "ListJobs": self.jobs,
            "GetQuota": lambda args: next(iter(self.failure.get("quotas") or []), {}),
        }
        return Reply(answers.get(operation.action_name, lambda args: {})(args))

    async def identity(self) -> str:
        return "recorded"

    async def close(self) -> None:
        return None

    def pod_id(self, rank: int) -> str:
        return f"{JOB}-worker-{rank}"

    def job(self, args: Mapping[str, Any]) -> dict[str, Any]:
        code, message = self._reason()
        data: dict[str, Any] = {
            "JobId": JOB, "DisplayName": self.failure["name"][:60], "Status": self.status, "JobType": "PyTorchJob",
            "WorkspaceId": "10001", "UserId": "1001", "UserCommand": "bash run.sh", "GmtCreateTime": iso(START - 60),
            "ReasonCode": code, "ReasonMessage": message, "RequestGPU": 8,
            "Pods": [self._pod(pod) for pod in self.pods],
            "JobSpecs": [{"Type": "Worker", "PodCount": len(self.pods), "EcsSpec": "ecs.gn7i-c8g1.2xlarge"}],
            "StatusHistory": [{"Status": self.status, "StartTime": iso(START)}],
        }  # fmt: skip
        if self.ran:
            data["GmtRunningTime"] = iso(START)
        if self.is_over:
            data["GmtFinishTime"] = iso(max(self.ends.values(), default=START))
        return data | dict(self.failure.get("job") or {})

    def _reason(self) -> tuple[str, str]:
        if self.platform:
            code, message = self.platform.get("reason") or ["", ""]
            return str(code), str(message)
        if not self.is_over:
            return "", ""
        first = min(self.pods, key=lambda pod: (pod["exit"] in (0, 143), self.ends[pod["rank"]]))
        words = REASONS.get(first["exit"], "Error")
        return (
            "PodFailed",
            f"Pod {self.pod_id(first['rank'])} failed: container main exited with code {first['exit']} ({words}).",
        )

    def _pod(self, pod: Mapping[str, Any]) -> dict[str, Any]:
        rank = pod["rank"]
        status = ("Failed" if pod["exit"] else "Succeeded") if self.is_over else "Running" if self.ran else "Pending"
        found = {
            "PodId": self.pod_id(rank),
            "PodUid": f"uid-{rank}",
            "Type": "Worker",
            "Status": status,
            "NodeName": f"node-{rank}",
        }
        found |= {"GmtStartTime": iso(START)} if self.ran else {}
        return found | ({"GmtFinishTime": iso(self.ends[rank])} if self.is_over else {})

    def jobs(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """The job's own row with its limit, or the rows that hold its quota or wait for it."""
        if args.get("JobId"):
            return {"Jobs": [self.failure["listed"]] if self.failure.get("listed") else [], "TotalCount": 1}
        rows = list((self.failure.get("others") or {}).get(str(args.get("Status")), []))
        return {"Jobs": rows, "TotalCount": len(rows)}

    def _lines(self, rank: int) -> list[tuple[float, str]]:
        """The lines of a pod with the times at which they came.

        ``[text, count]`` is a line that came so often; ``{n}`` in it is its number. Where the pod has ``times``, one
        for
        each entry (``[first, apart]`` for a repeated one, in seconds after the start), ``{t}`` is the time in UTC and
        ``{t8}`` in Beijing.
        """
        pod = next(pod for pod in self.pods if pod["rank"] == rank)
        entries = [(one[0], int(one[1])) if isinstance(one, list) else (one, 1) for one in pod["lines"]]
        if "times" in pod:
            return sorted(
                (one for entry, time in zip(entries, pod["times"], strict=True) for one in _timed(*entry, time)),
                key=lambda one: one[0],
            )
        texts = [text.replace("{n}", str(number)) for text, count in entries for number in range(count)]
        lines = [line for text in texts for line in text.split("\n")]
        begins, span = START + float(pod.get("delay") or 0), float(pod.get("spread") or 0)
        return [(begins + span * at / max(1, len(lines) - 1), line) for at, line in enumerate(lines)]

    def logs(self, args: Mapping[str, Any]) -> dict[str, Any]:
        rank = int(str(args["PodId"]).rpartition("-")[2])
        low, high = seconds_of(args.get("StartTime")) or 0.0, seconds_of(args.get("EndTime")) or self.now
        lines = [line for at, line in self.lines[rank] if low <= at <= high]
        return {"Logs": lines[-int(args.get("MaxLines") or 2000) :]}

    def pod_events(self, args: Mapping[str, Any]) -> dict[str, Any]:
        rank = int(str(args["PodId"]).rpartition("-")[2])
        events = [f"{iso(START)} {text}" for text in self.platform.get("pod_events") or []]
        pod = next(pod for pod in self.pods if pod["rank"] == rank)
        events += [f"{iso(self.ends[rank])} {text}" for text in pod.get("events") or []]
        if self.ran and self.is_over:
            code = pod["exit"]
            kind = "Warning" if code else "Normal"
            events.append(
                f"{iso(self.ends[rank])} {kind} ContainerExited Container main exited with code {code}: "
                f"{REASONS.get(code, 'Error')}."
            )
        return {"Events": events}

    def metrics(self, args: Mapping[str, Any]) -> dict[str, Any]:
        level = (self.failure.get("metrics") or {}).get(str(args["MetricType"]))
        if level is None:
            return {"PodMetrics": []}
        values = level if isinstance(level, list) else [level] * len(self.pods)
        points = [self.now - 60 * n for n in reversed(range(10))]
        found = []
        for pod, value in zip(self.pods, values, strict=False):
            samples = [{"Time": int(at * 1000), "Value": value} for at in points]
            found.append({"PodId": self.pod_id(pod["rank"]), "Metrics": samples})
        return {"PodMetrics": found}


def _timed(text: str, count: int, time: float | list[float]) -> list[tuple[float, str]]:
    """A line at its time, or a repeated one at each of its times."""
    first, apart = time if isinstance(time, list) else (time, 0.0)
    found = []
    for number in range(count):
        at = START + first + apart * number
        line = text.replace("{n}", str(number)).replace("{t}", _stamp(at)).replace("{t8}", _stamp(at + 8 * 3600))
        found.append((at, line))
    return found


def _stamp(at: float) -> str:
    return iso(at).replace("T", " ").removesuffix("Z")
