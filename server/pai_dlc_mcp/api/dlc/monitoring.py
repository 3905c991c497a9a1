"""What a job did: logs, events, metrics and the test of its machines."""

from __future__ import annotations

from typing import Literal

from ...operation import DLC, READ, Lines, rows, samples
from ...shapes import Input, may, need
from ..kinds import JobId, Timestamp
from .shapes import Order

MetricType = Literal[
    "GpuCoreUsage",
    "GpuMemoryUsage",
    "CpuCoreUsage",
    "MemoryUsage",
    "NetworkInputRate",
    "NetworkOutputRate",
    "DiskReadRate",
    "DiskWriteRate",
]
CHECKS = "CheckNumber Phase Status StartedAt FinishedAt Message"


@DLC.get(
    "/api/v1/jobs/{JobId}/pods/{PodId}/logs",
    READ,
    "paidlc:GetPodLogs",
    "monitoring",
    example={"job_id": "dlc1abcd2345", "pod_id": "dlc1abcd2345-worker-0", "max_lines": 100},
    rules="R60 R61 R64 R65 R66 R67",
    presets="default lean",
    lines=Lines("Logs", "untrusted_log_lines", "MaxLines", 100),
    also_reads="GetJob",
)
class GetPodLogs(Input):
    """Log lines of one pod, 100 unless asked. Pod ids: dlc_get_job. Over all pods or for a word:
    dlc_search_logs; cause of a failure: dlc_diagnose_job."""

    job_id: JobId = need("Job of the pod.")
    pod_id: str = need("PodId from dlc_get_job.")
    containers: str | None = may("Only these containers, comma-separated.")
    download_to_file: bool | None = may("true: the service prepares a file instead of lines; false by default.")
    end_time: Timestamp | None = may("Up to; now by default.")
    max_lines: int | None = may("At most 2000 (R60).", ge=1, rule="R60")
    pod_uid: str | None = may("PodUid of an earlier run of the pod, from HistoryPods.")
    start_time: Timestamp | None = may("From; the job's creation by default (R66).", sent_default="-7d")


@DLC.get(
    "/api/v1/jobs/{JobId}/events",
    READ,
    "paidlc:GetJobEvents",
    "monitoring",
    example={"job_id": "dlc1abcd2345"},
    rules="R60 R64 R66",
    presets="default lean",
    lines=Lines("Events", "untrusted_events", "MaxEventsNum", 50),
    also_reads="GetJob",
)
class GetJobEvents(Input):
    """System events of a job: queueing, image pulls, mounts, restarts, failures."""

    job_id: JobId = need("Job to read.")
    end_time: Timestamp | None = may("Up to; now by default.")
    max_events_num: int | None = may("At most 500 (R60).", ge=1, rule="R60")
    start_time: Timestamp | None = may("From; the job's creation by default (R66).", sent_default="-7d")


@DLC.get(
    "/api/v1/jobs/{JobId}/pods/{PodId}/events",
    READ,
    "paidlc:GetPodEvents",
    "monitoring",
    example={"job_id": "dlc1abcd2345", "pod_id": "dlc1abcd2345-worker-0"},
    rules="R60 R61 R64 R66",
    presets="default",
    lines=Lines("Events", "untrusted_events", "MaxEventsNum", 20),
    also_reads="GetJob",
)
class GetPodEvents(Input):
    """System events of one pod: scheduling, image, mounts, eviction. 20 unless asked."""

    job_id: JobId = need("Job of the pod.")
    pod_id: str = need("PodId from dlc_get_job.")
    end_time: Timestamp | None = may("Up to.")
    max_events_num: int | None = may("At most 500 (R60).", ge=1, rule="R60")
    pod_uid: str | None = may("PodUid of an earlier run of the pod, from HistoryPods.")
    start_time: Timestamp | None = may("From; the job's creation by default (R66).", sent_default="-7d")


@DLC.get(
    "/api/v1/jobs/{JobId}/metrics",
    READ,
    "paidlc:GetJobMetrics",
    "monitoring",
    example={"job_id": "dlc1abcd2345", "metric_type": "GpuCoreUsage"},
    view=samples("MetricType", "GetMetrics"),
    rules="R62",
    presets="default",
    also_reads="GetJob GetMetrics",
)
class GetJobMetrics(Input):
    """One metric of a job over time, by pod. The last hour, 5 minutes apart, unless asked."""

    job_id: JobId = need("Job to read.")
    end_time: Timestamp | None = may("Up to; now by default.")
    metric_type: MetricType = need("Usage or rate to read.", rule="R62")
    start_time: Timestamp | None = may("From; an hour ago by default.", sent_default="-1h")
    time_step: str | None = may("Distance of the points; 5 minutes by default.", sent_default="5m")
    token: str | None = may("Share token of dlc_get_token, to read without permission of one's own.", secret=True)


@DLC.get(
    "/api/v1/cms/metrics",
    READ,
    "paidlc:GetMetrics",
    "monitoring",
    example={"dimensions": '[{"jobId": "dlc1abcd2345"}]', "period": "60"},
)
class GetMetrics(Input):
    """Raw cloud-monitor query for DLC. For one job's usual metrics use dlc_get_job_metrics."""

    dimensions: str = need("What to query, as cloud monitor's JSON text.")
    end_time: Timestamp | None = may("Up to; now by default.")
    job_id: str | None = may("Job that is meant.")
    length: str | None = may("Points a page; 1000 by default.", sent_default="1000")
    metric_name: str | None = may("Not used by the service.")
    namespace: str | None = may("Data namespace of the product in cloud monitor.")
    next_token: str | None = may("NextToken of the page before.")
    period: str | None = may("Seconds between points: 15, 60, 900 or 3600.")
    start_time: Timestamp | None = may("From; an hour ago by default.", sent_default="-1h")
    token: str | None = may("Share token of dlc_get_token.", secret=True)


@DLC.get(
    "/api/v1/jobs/{JobId}/sanitycheckresult",
    READ,
    "paidlc:GetJobSanityCheckResult",
    "monitoring",
    example={"job_id": "dlc1abcd2345", "sanity_check_number": 1},
    view=rows("SanityCheckResult", CHECKS),
    presets="default",
)
class GetJobSanityCheckResult(Input):
    """One run of the GPU and network test before training. Numbers: dlc_list_job_sanity_check_results."""

    job_id: JobId = need("Job to read.")
    sanity_check_number: int = need("CheckNumber, from 1.", ge=1)
    sanity_check_phase: (
        Literal["CheckInit", "DeviceCheck", "SingleNodeCommCheck", "TwoNodeCommCheck", "AllNodeCommCheck"] | None
    ) = may("Only this phase: preparation, single cards, links within a node, between two, among all.")
    token: str | None = may("Share token of dlc_get_token.", secret=True)


@DLC.get(
    "/api/v1/jobs/{JobId}/sanitycheckresults",
    READ,
    "paidlc:ListJobSanityCheckResults",
    "monitoring",
    example={"job_id": "dlc1abcd2345"},
    view=rows("SanityCheckResults", CHECKS),
    presets="default",
)
class ListJobSanityCheckResults(Input):
    """All runs of the GPU and network test of a job, one list of phases for each."""

    job_id: JobId = need("Job to read.")
    order: Order | None = may("By number.")
