"""A server on loopback that answers with bodies of the service's real form, and notes what it was asked."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from pai_dlc_emulator.contract import products

HERE = Path(__file__).parent
DIAGNOSIS = re.compile(r"/api/v1/quotas/([^/]+)/workloads/([^/]+)/diagnosis")
REQUEST_ID = "0F1E2D3C-4B5A-5697-8877-665544332211"
MADE = "dlc1made0by0clone"
Json = dict[str, Any]


def read(folder: str) -> dict[str, Json]:
    """The records of a folder by name."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((HERE / folder).glob("*.json"))}


@dataclass
class Raw:
    """An answer as bytes, whatever they are."""

    status: int
    body: bytes
    content_type: str = "application/json"


@dataclass
class Replay:
    """``jobs`` are records by job id; ``answers`` what an operation answers with, in place of what the records say."""

    jobs: dict[str, Json] = field(default_factory=dict)
    answers: dict[str, tuple[int, Any] | Raw] = field(default_factory=dict)
    asked: list[tuple[str, Json]] = field(default_factory=list)

    def answer(self, operation: str, args: Json) -> tuple[int, Any] | Raw:
        self.asked.append((operation, args))
        if operation in self.answers:
            return self.answers[operation]
        made = getattr(self, f"_{operation}", None)
        return (200, {"RequestId": REQUEST_ID}) if made is None else made(args)

    def _record(self, args: Json) -> Json:
        return self.jobs.get(str(args.get("JobId")), {})

    def _GetJob(self, args: Json) -> tuple[int, Any]:
        record = self._record(args)
        if not record:
            return 404, {"Code": "NotFound", "Message": "Job not exists", "RequestId": REQUEST_ID}
        return 200, record["job"]

    def _ListJobs(self, args: Json) -> tuple[int, Any]:
        rows = [one.get("listed") or one["job"] for one in self.jobs.values()]
        wanted = args.get("JobId"), args.get("DisplayName")
        rows = [row for row in rows if _is_wanted(row, *wanted)]
        return 200, {"Jobs": rows, "TotalCount": len(rows), "RequestId": REQUEST_ID}

    def _GetJobEvents(self, args: Json) -> tuple[int, Any]:
        return 200, {"JobId": args["JobId"], "Events": self._record(args).get("events", []), "RequestId": REQUEST_ID}

    def _GetPodLogs(self, args: Json) -> tuple[int, Any]:
        return 200, {"JobId": args["JobId"], "PodId": args["PodId"], "Logs": self._record(args).get("logs", [])}

    def _GetPodEvents(self, args: Json) -> tuple[int, Any]:
        return 200, {"JobId": args["JobId"], "PodId": args["PodId"], "Events": self._record(args).get("pod_events", [])}

    def _GetJobMetrics(self, args: Json) -> tuple[int, Any]:
        return 200, {"JobId": args["JobId"], "PodMetrics": [], "RequestId": REQUEST_ID}

    def _specs(self) -> Iterator[Mapping[str, Any]]:
        for record in self.jobs.values():
            specs = record["job"].get("JobSpecs")
            yield from (spec for spec in (specs if isinstance(specs, list) else []) if isinstance(spec, Mapping))

    def _ListImages(self, args: Json) -> tuple[int, Any]:
        uris = dict.fromkeys(spec["Image"] for spec in self._specs() if isinstance(spec.get("Image"), str))
        rows = [{"ImageUri": uri, "Name": "an-image"} for uri in uris if args.get("ImageUri") in (None, uri)]
        return 200, {"Images": rows, "TotalCount": len(rows), "RequestId": REQUEST_ID}

    def _ListEcsSpecs(self, args: Json) -> tuple[int, Any]:
        names = dict.fromkeys(spec["EcsSpec"] for spec in self._specs() if isinstance(spec.get("EcsSpec"), str))
        rows = [{"InstanceType": name, "Gpu": 0, "IsAvailable": True} for name in names if name]
        return 200, {"EcsSpecs": rows, "TotalCount": len(rows), "RequestId": REQUEST_ID}

    def _GetDataset(self, args: Json) -> tuple[int, Any]:
        return 200, {"DatasetId": args["DatasetId"], "Name": "a-dataset", "RequestId": REQUEST_ID}

    def _GetCodeSource(self, args: Json) -> tuple[int, Any]:
        return 200, {"CodeSourceId": args["CodeSourceId"], "DisplayName": "a-source", "RequestId": REQUEST_ID}

    def _CreateJob(self, args: Json) -> tuple[int, Any]:
        return 200, {"JobId": MADE, "RequestId": REQUEST_ID}

    def sent(self, operation: str) -> list[Json]:
        """The arguments of every request of an operation, oldest first."""
        return [args for name, args in self.asked if name == operation]


def _is_wanted(row: Any, job_id: Any, name: Any) -> bool:
    is_row = isinstance(row, Mapping)
    return is_row and job_id in (None, row.get("JobId")) and (name is None or str(name) in str(row.get("DisplayName")))


@contextmanager
def serving(replay: Replay) -> Iterator[str]:
    """The address of a server for all three products; requests are routed by the frozen contract of the SDKs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each body waits 40 ms for the acknowledgement of its headers

        def _reply(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            body = self.rfile.read(length)
            path, _, query = self.path.partition("?")
            given: Json = dict(parse_qsl(query)) | (json.loads(body) if body else {})
            name, found = _routed(self.command, path)
            answer = replay.answer(name, given | found)
            raw = answer if isinstance(answer, Raw) else Raw(answer[0], json.dumps(answer[1]).encode())
            self.send_response(raw.status)
            self.send_header("content-type", raw.content_type)
            self.send_header("content-length", str(len(raw.body)))
            self.end_headers()
            self.wfile.write(raw.body)

        do_GET = do_POST = do_PUT = do_DELETE = _reply  # noqa: N815 - the base class calls them by these names

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def _routed(method: str, path: str) -> tuple[str, Json]:
    if match := DIAGNOSIS.fullmatch(path):
        return "GetQuotaWorkloadDiagnosis", {"QuotaId": match[1], "WorkloadId": match[2]}
    for product in products().values():
        route = product.route(method, path)
        if route is not None:
            return route.operation.name, dict(route.arguments)
    return "unknown", {}
