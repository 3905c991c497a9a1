"""``dlc_diagnose_job``: one question, routed by the job's state, answered from a bounded number of reads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio

from ...api.kinds import JobId
from ...runtime import Call, Outcome, Runtime
from ...shapes import Input, need
from ..jobs import read_job
from .reader import Reader
from .subject import Subject, subject_of
from .verdict import Verdict

Examine = Callable[[Reader, Subject], Awaitable[Verdict]]


class DiagnoseJob(Input):
    """Why a job waits, failed, hangs or ended, or how it runs: the cause with its evidence, the pod that caused it, and
    next calls, from bounded reads of status, events, logs, metrics, quota and stock. Ask this before reading logs."""

    job_id: JobId = need("Job to diagnose.")


async def run(call: Call, runtime: Runtime) -> Outcome:
    """Read the job, examine it by its state, and report."""
    from ...redaction.engine import secret_values
    from .report import answer

    inputs = call.inputs_as(DiagnoseJob)
    began = anyio.current_time()
    job = await read_job(call, runtime, inputs.job_id)
    subject = subject_of(job, runtime.now())
    reader = Reader(call, runtime, secret_values(job), began=began)
    verdict = await _examiner(subject)(reader, subject)
    return Outcome(answer(subject, verdict, call.region, reader.requests, reader.missed))


def _examiner(subject: Subject) -> Examine:
    """By state; what is unknown is examined by whether its pods run."""
    from . import ended, failed, pending, running

    if subject.status in ("Failed", "FailedReserving"):
        return failed.examine
    if subject.status in ("Succeeded", "SucceededReserving", "Stopped"):
        return ended.examine
    if subject.status in ("Running", "Restarting", "Stopping"):
        return running.examine
    if subject.status not in pending.STATES and any(pod.status == "Running" for pod in subject.pods):
        return running.examine
    return pending.examine
