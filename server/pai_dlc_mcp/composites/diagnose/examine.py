"""Which examination a job gets: by its state, and where that is unknown by whether its pods run."""

from __future__ import annotations

from . import ended, failed, pending, running
from .reader import Reader
from .subject import Subject
from .verdict import Verdict


async def examine(reader: Reader, subject: Subject) -> Verdict:
    """Read what the job's state calls for, and decide."""
    if subject.status in ("Failed", "FailedReserving"):
        return await failed.examine(reader, subject)
    if subject.status in ("Succeeded", "SucceededReserving", "Stopped"):
        return await ended.examine(reader, subject)
    if subject.status in ("Running", "Restarting", "Stopping"):
        return await running.examine(reader, subject)
    if subject.status not in pending.STATES and any(pod.status == "Running" for pod in subject.pods):
        return await running.examine(reader, subject)
    return await pending.examine(reader, subject)
