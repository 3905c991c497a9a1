"""``dlc_diagnose_job``: one question, routed by the job's state, answered from a bounded number of reads."""

from __future__ import annotations

from typing import Literal

import anyio

from ...api.kinds import JobId
from ...cloud.people import with_names
from ...runtime import Call, Outcome, Runtime
from ...shapes import Input, may, need
from ..jobs import answer_on_job
from .reader import Reader
from .subject import subject_of


class DiagnoseJob(Input):
    """Why a job waits, failed, hangs or ended, or how it runs: the cause with its evidence, the pod and rank that
    caused it, and next calls. Ask this before reading logs."""

    job_id: JobId = need("Job to diagnose.")
    view: Literal["concise", "full", "report"] | None = may("report: Markdown for a ticket, with timeline and links.")


async def run(call: Call, runtime: Runtime) -> Outcome:
    """Read the job, examine it by its state, and report."""
    from ...redaction.engine import secret_values_off_loop  # start-up: saves 5 ms, the patterns of secrets
    from .examine import examine  # start-up: saves 150 ms, the tables of causes
    from .markdown import markdown  # start-up: saves 70 ms, with its tables
    from .report import answer  # start-up: saves 70 ms, with its tables

    inputs = call.inputs_as(DiagnoseJob)
    began = anyio.current_time()
    reply = await answer_on_job(call, runtime, inputs.job_id)
    (job,) = await with_names(call, runtime, [reply.data], only_kept=True)
    subject = subject_of(job, runtime.now())
    reader = Reader(call, runtime, await secret_values_off_loop(reply.data), began=began)
    reader.request_ids |= {"GetJob": reply.request_id} if reply.request_id else {}
    verdict = await examine(reader, subject)
    data = answer(subject, verdict, call.region, reader.requests, reader.missed)
    if inputs.view == "report":
        return Outcome(markdown(subject, verdict, data, call.region, reader.request_ids), reply.request_id)
    return Outcome(data, reply.request_id)
