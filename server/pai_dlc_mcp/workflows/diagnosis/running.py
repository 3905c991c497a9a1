"""A running job: its last words and its use of the machines."""

from __future__ import annotations

from .failure import judged
from .material import Material, gather, of_pods, want_job_events
from .reader import Reader
from .subject import Subject
from .verdict import Verdict


async def examine(reader: Reader, subject: Subject) -> Verdict:
    material = Material(subject)
    wants = {("job_events", ""): want_job_events(subject)} | of_pods(subject, subject.pods[:4])
    await gather(reader, material, wants)
    return judged(material).verdict
