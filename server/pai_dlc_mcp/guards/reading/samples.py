"""R62: samples of a metric from the source that serves the job, whichever that is, with its name beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...api.catalog import operation
from ...cloud import metrics
from ...cloud.reads import job_of
from ...errors import PaiError
from ...operation import Samples
from ...runtime import Call, Reply, Runtime

MOST_PAGES = 5


async def read_samples(call: Call, runtime: Runtime, view: Samples) -> Reply:
    """Ask the source that serves such a job; the other one too where the first has no samples.

    Raises:
        CloudFailure: the first source refuses or cannot be reached, or the only one that has such a metric.
    """
    job = await _job(call, runtime)
    is_monitored = metrics.is_monitored(job)
    first, second = (_monitored, _direct) if is_monitored else (_direct, _monitored)
    reply = await first(call, runtime, view, job)
    if reply is not None and metrics.has_points(reply.data):
        return reply
    try:
        other = await second(call, runtime, view, job)
    except PaiError as failure:
        if reply is None:
            raise
        call.notice("R62", f"The other source of metrics was not read: {failure.code}.")
        other = None
    answers = [answer for answer in (other, reply) if answer is not None]
    found = next((answer for answer in answers if metrics.has_points(answer.data)), answers[-1])
    if not metrics.has_points(found.data):
        page = metrics.monitor_page(job, str(call.args.get("JobId")), call.region)
        unknown = str(call.args.get(view.metric)) not in metrics.MONITOR_NAMES
        why = "; CloudMonitor's name of this metric is not known here, dlc_get_metrics takes any" if unknown else ""
        call.notice("R62", f"Neither GetJobMetrics nor CloudMonitor gave samples{why}. The console: {page}")
        return replace(found, data={**found.data, "Source": "none"})
    return found


async def _job(call: Call, runtime: Runtime) -> Mapping[str, Any]:
    """The job's record, which tells where it runs; nothing where it may not be read, as with a share token."""
    try:
        return await job_of(call, runtime)
    except PaiError:
        return {}


async def _direct(call: Call, runtime: Runtime, view: Samples, job: Mapping[str, Any]) -> Reply | None:
    reply = await runtime.cloud.send(call.operation, call.args, call.region)
    return replace(reply, data={**reply.data, "Source": call.operation.action_name})


async def _monitored(call: Call, runtime: Runtime, view: Samples, job: Mapping[str, Any]) -> Reply | None:
    """CloudMonitor's points in the form of GetJobMetrics; ``None`` where it has no such metric."""
    args = metrics.monitor_args(job, call.args, call.region)
    if args is None:
        return None
    known = metrics.MONITOR_NAMES[str(call.args[view.metric])]
    points: list[Mapping[str, Any]] = []
    for _ in range(MOST_PAGES):
        reply = await runtime.cloud.send(operation(view.elsewhere), args, call.region)
        points += metrics.data_points(reply.data)
        if not reply.data.get("NextToken"):
            break
        args |= {"NextToken": str(reply.data["NextToken"])}
    else:
        call.notice("R62", "CloudMonitor has more points in this window than were read; take a shorter one.")
    stated = {"MetricName": known.name, "Unit": known.unit, "Meaning": known.meaning}
    source = {"Source": metrics.MONITOR, **{name: value for name, value in stated.items() if value}}
    pods = {"JobId": call.args.get("JobId"), "PodMetrics": metrics.by_pod(points)}
    return replace(reply, data={**pods, **source})
