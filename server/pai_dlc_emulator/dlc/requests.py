"""How requests to pai-dlc are served: under the world's lock, with what was due done first; reading times and ids."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any, TypeVar

from ..wire import Received, ServiceError
from ..world import Handler, World, handles
from . import queueing
from .pods import Pod, find_pod
from .state import Job

T = TypeVar("T")
DEFAULT_WINDOW_S = 7 * 86_400.0
"""Logs, events and job lists cover the last seven days unless a start is given (R66)."""


def bad_request(message: str, code: str = "BadRequest") -> ServiceError:
    return ServiceError(400, code, message)


def not_found(kind: str, name: str) -> ServiceError:
    return ServiceError(404, "NotFound", f"{kind} {name} does not exist.")


def parse_time(value: Any, field: str) -> float | None:
    """An ISO 8601 time, with or without seconds and fractions, as epoch seconds; UTC unless it says otherwise."""
    if value in (None, ""):
        return None
    try:
        parsed = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        raise bad_request(f"{field} is not a time: {value}.", "InvalidParameter") from None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()


def format_minute(at: float) -> str:
    """UTC to the minute, as templates have it: ``2026-01-31T08:00Z``."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%MZ")


def time_window(args: dict[str, Any], now: float) -> tuple[float, float]:
    """The asked StartTime and EndTime, both inside; by default the last seven days."""
    end = parse_time(args.get("EndTime"), "EndTime")
    start = parse_time(args.get("StartTime"), "StartTime")
    end = now if end is None else end
    return (min(end, now) - DEFAULT_WINDOW_S if start is None else start), end


def dlc_handler(operation: str) -> Callable[[Handler], Handler]:
    """Register a handler that runs under the lock of the jobs, with everything done that was due by now."""

    def register(handler: Handler) -> Handler:
        @wraps(handler)
        def locked(world: World, received: Received) -> dict[str, Any]:
            with world.training.lock:
                queueing.admit_due(world)
                return handler(world, received)

        return handles(operation)(locked)

    return register


def job_of(world: World, received: Received) -> Job:
    training = world.training
    job = training.jobs.get(str(received.args.get("JobId")))
    if job is None:
        raise not_found("Job", str(received.args.get("JobId")))
    return job


def pod_of(world: World, received: Received) -> tuple[Job, Pod]:
    """The job and the pod of the request; the pod is looked for in earlier attempts too where PodUid says so."""
    job = job_of(world, received)
    uid = str(received.args.get("PodUid") or "")
    found = find_pod(job, str(received.args.get("PodId")), world.clock.now(), uid)
    if found is None:
        raise not_found("Pod", str(received.args.get("PodId")))
    return job, found
