"""Runs of an experiment, and the metrics logged in them."""

from __future__ import annotations

from typing import Literal

from ...operation import AIWORKSPACE, CREATE, DELETE, READ, WRITE, Target, card, rows
from ...shapes import Input, may, need
from ..kinds import ExperimentId, RunId, Timestamp, WorkspaceId
from .shapes_common import Order, rows_unless_paged
from .shapes_experiments import RunMetric, RunParam
from .shapes_labels import Label

_RUN = "/api/v1/runs/{RunId}"
_NAME = r"^[A-Za-z][A-Za-z0-9_-]*$"


@AIWORKSPACE.get(
    "/api/v1/runs",
    READ,
    "paiexperiment:ListRuns",
    "experiments",
    example={"experiment_id": "exp-4f2a81", "verbose": True, "workspace_id": "88001"},
    view=rows("Runs", "RunId Name ExperimentId SourceType SourceId OwnerId OwnerName WorkspaceId GmtCreateTime"),
    action_confidence="secondary",
)
class ListRuns(Input):
    """Find runs, by experiment or by the job they belong to (source_type DLC, source_id the job's id)."""

    experiment_id: ExperimentId | None = may("Only runs of this experiment.", hint=True, about=True)
    gmt_create_time: Timestamp | None = may("Time of creation.")
    labels: str | None = may("key:value, exact; comma between several, which must all fit.")
    max_results: int | None = may("Rows a page by page_token; 10 unless given.", ge=1, sent_default=rows_unless_paged)
    name: str | None = may("Name of the run.", searches="Name")
    order: Order | None = may("Direction of sort_by; DESC unless given.")
    order_by: str | None = may("Older form of sorting, such as GmtCreateTime DESC,Name ASC.")
    page_number: int | None = may("First page is 1, which is the default.", ge=1)
    page_size: int | None = may("Rows a page by page_number.", ge=1)
    page_token: int | None = may("NextPageToken of the page before; 0 (default) starts.", ge=0)
    sort_by: Literal["Name", "GmtCreateTime"] | None = may("GmtCreateTime unless given.")
    source_id: str | None = may("Only runs of this job.", hint=True)
    source_type: str | None = may("TrainingService or DLC.")
    verbose: bool | None = may("Bring metrics, parameters and labels; false unless given.", hint=True)
    workspace_id: WorkspaceId | None = may("Default workspace unless given.", hint=True)


@AIWORKSPACE.get(
    _RUN,
    READ,
    "paiexperiment:GetRun",
    "experiments",
    example={"run_id": "run-8c77d0", "verbose": True},
    view=card(
        "RunId Name ExperimentId SourceType SourceId Params Metrics Labels WorkspaceId OwnerId OwnerName GmtCreateTime"
    ),
    action_confidence="conflict",
    or_action="paiexperiment:GetTrial",
)
class GetRun(Input):
    """Read one run; with verbose its parameters, last metrics and labels. Curves: aiworkspace_list_run_metrics."""

    run_id: RunId = need("Id such as run-8c77d0, not the name.")
    verbose: bool | None = may("Bring metrics, parameters and labels; false unless given.", hint=True)


@AIWORKSPACE.post(
    "/api/v1/runs",
    CREATE,
    "paiexperiment:CreateRun",
    "experiments",
    example={
        "experiment_id": "exp-4f2a81",
        "name": "lr-0003",
        "params": [{"Key": "learning_rate", "Value": "0.003"}],
        "source_id": "dlc1abcd2345",
        "source_type": "DLC",
    },
    target=Target("GetExperiment"),
    action_confidence="conflict",
    or_action="paiexperiment:CreateTrial",
)
class CreateRun(Input):
    """Make a run in an experiment, for a job or on its own; then log points with aiworkspace_log_run_metrics."""

    experiment_id: ExperimentId = need("Experiment it belongs to.", about=True)
    labels: list[Label] | None = may("Labels of the run.")
    name: str | None = may("Letter, then also digits, _, -; the run's id unless given.", max_length=63, pattern=_NAME)
    params: list[RunParam] | None = may("Hyperparameters.", hint=True)
    source_id: str | None = may("Job it records.", hint=True)
    source_type: str | None = may("TrainingService or DLC where it records a job.", hint=True)


@AIWORKSPACE.put(
    _RUN,
    WRITE,
    "paiexperiment:UpdateRun",
    "experiments",
    example={"run_id": "run-8c77d0", "labels": [{"Key": "best", "Value": "true"}]},
    target=Target("GetRun"),
    action_confidence="secondary",
)
class UpdateRun(Input):
    """Change name, labels or parameters of a run."""

    run_id: RunId = need("Run to change.")
    labels: list[Label] | None = may("Labels of the run.")
    name: str | None = may("Letter, then also digits, _ and -; 63 at most.", max_length=63, pattern=_NAME)
    params: list[RunParam] | None = may("Hyperparameters.")


@AIWORKSPACE.delete(
    _RUN,
    DELETE,
    "paiexperiment:DeleteRun",
    "experiments",
    example={"run_id": "run-8c77d0"},
    rules="R30 R31",
    target=Target("GetRun", is_whole=True),
    action_confidence="secondary",
)
class DeleteRun(Input):
    """Delete a run with its metrics. Needs a confirmation. The job it records is not touched."""

    run_id: RunId = need("Run to delete.")


@AIWORKSPACE.delete(
    f"{_RUN}/labels/{{Key}}",
    DELETE,
    "paiexperiment:DeleteRunLabel",
    "experiments",
    example={"run_id": "run-8c77d0", "key": "best"},
    rules="R30 R31",
    target=Target("GetRun"),
    action_confidence="secondary",
)
class DeleteRunLabel(Input):
    """Take one label off a run. Needs a confirmation."""

    run_id: RunId = need("Run that has the label.")
    key: str = need("Key to take off.", slash=True)


@AIWORKSPACE.get(
    f"{_RUN}/metrics",
    READ,
    "paiexperiment:ListRunMetrics",
    "experiments",
    example={"run_id": "run-8c77d0", "key": "loss", "max_results": 100},
    view=rows("Metrics", "Key Step Value Timestamp"),
    action_confidence="secondary",
)
class ListRunMetrics(Input):
    """List the logged points of one metric of a run. Use of GPU, memory or disk: dlc_get_job_metrics."""

    run_id: RunId = need("Run the metric was logged in.")
    key: str = need("Metric, such as loss.")
    max_results: int | None = may("Points a page; 10 unless given.", ge=1, hint=True, sent_default=10)
    page_token: int | None = may("NextPageToken of the page before; 0 (default) starts.", ge=0)


@AIWORKSPACE.post(
    f"{_RUN}/metrics/action/log",
    WRITE,
    "paiexperiment:LogRunMetrics",
    "experiments",
    example={"run_id": "run-8c77d0", "metrics": [{"Key": "loss", "Step": 100, "Value": 0.42}]},
    target=Target("GetRun"),
    adds=True,
    action_confidence="secondary",
)
class LogRunMetrics(Input):
    """Add measured points to a run."""

    run_id: RunId = need("Run to log in.")
    metrics: list[RunMetric] | None = may("Points to add.", hint=True)
