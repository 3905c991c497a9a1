"""Experiments: runs of one question kept together."""

from __future__ import annotations

from ...operation import AIWORKSPACE, CREATE, DELETE, READ, WRITE, Find, Target, card, rows
from ...shapes import Input, may, need
from ..kinds import SHOWS, ExperimentId, WorkspaceId
from .shapes_common import Accessibility, Order, rows_unless_paged
from .shapes_experiments import ExperimentOptions, LabelInfo

_EXPERIMENT = "/api/v1/experiments/{ExperimentId}"
_NAME = r"^[A-Za-z][A-Za-z0-9_-]*$"


@AIWORKSPACE.get(
    "/api/v1/experiments",
    READ,
    "paiexperiment:ListExperiments",
    "experiments",
    example={"workspace_id": "88001", "name": "sentiment"},
    view=rows("Experiments", "ExperimentId Name ArtifactUri Accessibility WorkspaceId OwnerId OwnerName GmtCreateTime"),
)
class ListExperiment(Input):
    """Find experiments. Their runs: aiworkspace_list_runs."""

    labels: str | None = may("Key=Value; comma between several.")
    max_results: int | None = may("Rows a page by page_token; 10 unless given.", ge=1, sent_default=rows_unless_paged)
    name: str | None = may("Name, or part of it; see options.", hint=True, searches="Name")
    options: ExperimentOptions | None = may("How name is compared.", style="json")
    order: Order | None = may("Direction of sort_by; DESC unless given.")
    order_by: str | None = may(
        "Older form of sorting, by GmtCreateTime, Name, GmtModifiedTime or ExperimentId: Name DESC."
    )
    page_number: int | None = may("First page is 1.", ge=1)
    page_size: int | None = may("Rows a page by page_number.", ge=1)
    page_token: int | None = may("NextPageToken of the page before; 0 (default) starts.", ge=0)
    sort_by: str | None = may("Only GmtCreateTime is known.")
    verbose: bool | None = may("Bring the newest run of each.")
    workspace_id: WorkspaceId | None = may("Default workspace unless given.", hint=True)


@AIWORKSPACE.get(
    _EXPERIMENT,
    READ,
    "paiexperiment:GetExperiment",
    "experiments",
    example={"experiment_id": "exp-4f2a81", "verbose": True},
    view=card(
        "ExperimentId Name ArtifactUri TensorboardLogUri Accessibility WorkspaceId OwnerId OwnerName LatestRun.RunId "
        "Labels GmtCreateTime"
    ),
)
class GetExperiment(Input):
    """Read one experiment: where artifacts and TensorBoard logs go, labels, on wish the newest run."""

    experiment_id: ExperimentId = need("Id such as exp-4f2a81, not the name.")
    verbose: bool | None = may("Bring the newest run too.")


@AIWORKSPACE.post(
    "/api/v1/experiments",
    CREATE,
    "paiexperiment:CreateExperiment",
    "experiments",
    example={
        "artifact_uri": "oss://experiments.oss-cn-hangzhou.aliyuncs.com/sentiment/",
        "name": "sentiment",
        "workspace_id": "88001",
    },
    find=Find("ListExperiment", "Experiments", "ExperimentId", "Name"),
)
class CreateExperiment(Input):
    """Make an experiment to compare runs in; then aiworkspace_create_run."""

    accessibility: Accessibility | None = may("PRIVATE (default): its maker and the main account.", risk=SHOWS)
    artifact_uri: str | None = may("OSS directory where jobs of the experiment write unless set otherwise.", hint=True)
    labels: list[LabelInfo] | None = may("Labels of the experiment.")
    name: str = need("Letter, then also digits, _ and -; 63 at most.", max_length=63, pattern=_NAME)
    workspace_id: WorkspaceId = need("Workspace to make it in.")


@AIWORKSPACE.put(
    _EXPERIMENT,
    WRITE,
    "paiexperiment:UpdateExperiment",
    "experiments",
    example={"experiment_id": "exp-4f2a81", "name": "sentiment-2"},
    target=Target("GetExperiment"),
)
class UpdateExperiment(Input):
    """Rename an experiment or change who sees it."""

    experiment_id: ExperimentId = need("Experiment to change.")
    accessibility: Accessibility | None = may("PUBLIC shows it to the whole workspace.", risk=SHOWS)
    name: str | None = may("Letter, then also digits, _ and -; 63 at most.", max_length=63, pattern=_NAME)


@AIWORKSPACE.delete(
    _EXPERIMENT,
    DELETE,
    "paiexperiment:DeleteExperiment",
    "experiments",
    example={"experiment_id": "exp-4f2a81"},
    rules="R30 R31",
    target=Target("GetExperiment", is_whole=True),
    lost="the experiment and what is recorded in it",
)
class DeleteExperiment(Input):
    """Delete an experiment. Needs a confirmation. One run only: aiworkspace_delete_run."""

    experiment_id: ExperimentId = need("Experiment to delete.")


@AIWORKSPACE.post(
    f"{_EXPERIMENT}/labels",
    WRITE,
    "paiexperiment:SetExperimentLabel",
    "experiments",
    example={"experiment_id": "exp-4f2a81", "labels": [{"Key": "team", "Value": "nlp"}]},
    target=Target("GetExperiment"),
)
class SetExperimentLabels(Input):
    """Set labels of an experiment."""

    experiment_id: ExperimentId = need("Experiment to label.")
    labels: list[LabelInfo] | None = may("Labels to set.", hint=True)


@AIWORKSPACE.delete(
    f"{_EXPERIMENT}/labels/{{Key}}",
    DELETE,
    "paiexperiment:DeleteExperimentLabel",
    "experiments",
    example={"experiment_id": "exp-4f2a81", "key": "team"},
    rules="R30 R31",
    target=Target("GetExperiment"),
)
class DeleteExperimentLabel(Input):
    """Take one label off an experiment. Needs a confirmation."""

    experiment_id: ExperimentId = need("Experiment that has the label.")
    key: str = need("Key to take off.", slash=True)
