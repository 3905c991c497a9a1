"""The model registry: versions of a model and their labels."""

from __future__ import annotations

from typing import Any

from ...operation import AIWORKSPACE, CREATE, DELETE, READ, WRITE, Target, card, rows
from ...shapes import Input, may, need
from ..kinds import ModelId
from .shapes_common import Order
from .shapes_labels import Label
from .shapes_models import Approval, Format, Framework, Source

_VERSIONS = "/api/v1/models/{ModelId}/versions"
_VERSION = f"{_VERSIONS}/{{VersionName}}"


@AIWORKSPACE.get(
    _VERSIONS,
    READ,
    "paimodel:ListModelVersions",
    "models",
    example={"model_id": "model-5b1c9d2e"},
    view=rows("Versions", "VersionName VersionDescription FrameworkType FormatType ApprovalStatus Uri GmtCreateTime"),
)
class ListModelVersions(Input):
    """List the versions of a model: address, framework, format, approval."""

    model_id: ModelId = need("Model whose versions are wanted.")
    approval_status: Approval | None = may("Only versions in this state of approval.")
    format_type: Format | None = may("Only versions of this format.")
    framework_type: Framework | None = may("Only versions of this framework.")
    label: str | None = may("Text inside a label's key or value.", searches="Labels")
    order: Order | None = may("Direction of sort_by; ASC unless given.")
    page_number: int | None = may("First page is 1, which is the default.", ge=1, sent_default=1)
    page_size: int | None = may("Rows a page; 10 unless given.", ge=1, sent_default=10)
    sort_by: str | None = may("Only GmtCreateTime is known.")
    source_id: str | None = may("Id at the source; for a pipeline or service job region=…,workspaceId=…,kind=…,id=….")
    source_type: Source | None = may("Only versions of this origin.")
    version_name: str | None = may("Only the version of this name.")


@AIWORKSPACE.get(
    _VERSION,
    READ,
    "paimodel:GetModelVersion",
    "models",
    example={"model_id": "model-5b1c9d2e", "version_name": "0.1.0"},
    view=card(
        "VersionName VersionDescription Uri FrameworkType FormatType ApprovalStatus SourceType SourceId Metrics "
        "InferenceSpec Labels GmtCreateTime"
    ),
)
class GetModelVersion(Input):
    """Read one version of a model: address, metrics, and how to train on or serve it."""

    model_id: ModelId = need("Model the version is of.")
    version_name: str = need("Such as 0.1.0; aiworkspace_list_model_versions shows them.")


@AIWORKSPACE.post(
    _VERSIONS,
    CREATE,
    "paimodel:CreateModelVersion",
    "models",
    example={
        "model_id": "model-5b1c9d2e",
        "format_type": "SavedModel",
        "framework_type": "TensorFlow",
        "uri": "oss://models.oss-cn-hangzhou.aliyuncs.com/bert-sentiment/2/",
    },
    target=Target("GetModel"),
)
class CreateModelVersion(Input):
    """Add a version to a registered model from files that lie in OSS or behind a web address. Nothing is copied."""

    model_id: ModelId = need("Model that gets the version.")
    approval_status: Approval | None = may("Whether it may be deployed.")
    compression_spec: dict[str, Any] | None = may("How to compress it.")
    distillation_spec: dict[str, Any] | None = may("How to distil it.")
    evaluation_spec: dict[str, Any] | None = may("How to evaluate it.")
    extra_info: dict[str, Any] | None = may("Anything else worth noting.")
    format_type: Format | None = may("Format of the files.", hint=True)
    framework_type: Framework | None = may("Framework it was trained with.", hint=True)
    inference_spec: dict[str, Any] | None = may("How EAS serves it, such as its processor.")
    labels: list[Label] | None = may("Labels of this version.")
    metrics: dict[str, Any] | None = may("What was measured; 8,192 bytes at most as JSON.")
    options: str | None = may("JSON text of extras.")
    source_id: str | None = may("Free text for Custom; else region=…,workspaceId=…,kind=PipelineRun|ServiceJob,id=….")
    source_type: Source | None = may("Custom unless given.")
    training_spec: dict[str, Any] | None = may("How to fine-tune it.")
    uri: str = need("oss://bucket.endpoint/path/ or an http(s) address of the files.")
    version_description: str | None = may("What is new in this version.")
    version_name: str | None = may("major.minor.patch, such as 2.3.4_beta; 0.1.0, 0.2.0 … unless given.", hint=True)


@AIWORKSPACE.put(
    _VERSION,
    WRITE,
    "paimodel:UpdateModelVersion",
    "models",
    example={"model_id": "model-5b1c9d2e", "version_name": "0.1.0", "approval_status": "Approved"},
    target=Target("GetModelVersion"),
)
class UpdateModelVersion(Input):
    """Change a version's approval, description, metrics or specs; its files and format stay."""

    model_id: ModelId = need("Model the version is of.")
    version_name: str = need("Version to change.")
    approval_status: Approval | None = may("Whether it may be deployed.", hint=True)
    compression_spec: dict[str, Any] | None = may("How to compress it.")
    distillation_spec: dict[str, Any] | None = may("How to distil it.")
    evaluation_spec: dict[str, Any] | None = may("How to evaluate it.")
    extra_info: dict[str, Any] | None = may("Anything else worth noting.")
    inference_spec: dict[str, Any] | None = may("How EAS serves it, such as its processor.")
    metrics: dict[str, Any] | None = may("What was measured; 8,192 bytes at most as JSON.")
    options: str | None = may("JSON text of extras.")
    source_id: str | None = may("Free text for Custom; else region=…,workspaceId=…,kind=PipelineRun|ServiceJob,id=….")
    source_type: Source | None = may("Where the version comes from.")
    training_spec: dict[str, Any] | None = may("How to fine-tune it.")
    version_description: str | None = may("New description.")


@AIWORKSPACE.delete(
    _VERSION,
    DELETE,
    "paimodel:DeleteModelVersion",
    "models",
    example={"model_id": "model-5b1c9d2e", "version_name": "0.1.0"},
    rules="R30 R31",
    target=Target("GetModelVersion", is_whole=True),
)
class DeleteModelVersion(Input):
    """Delete one version of a model from the registry. Needs a confirmation."""

    model_id: ModelId = need("Model the version is of.")
    version_name: str = need("Version to delete.")


@AIWORKSPACE.post(
    f"{_VERSION}/labels",
    WRITE,
    "paimodel:CreateModelVersionLabels",
    "models",
    example={"model_id": "model-5b1c9d2e", "version_name": "0.1.0", "labels": [{"Key": "stage", "Value": "canary"}]},
    target=Target("GetModelVersion"),
)
class CreateModelVersionLabels(Input):
    """Label one version of a model."""

    model_id: ModelId = need("Model the version is of.")
    version_name: str = need("Version to label.")
    labels: list[Label] | None = may("Labels to add.", hint=True)


@AIWORKSPACE.delete(
    f"{_VERSION}/labels",
    DELETE,
    "paimodel:DeleteModelVersionLabels",
    "models",
    example={"model_id": "model-5b1c9d2e", "version_name": "0.1.0", "label_keys": "stage"},
    rules="R30 R31",
    target=Target("GetModelVersion"),
)
class DeleteModelVersionLabels(Input):
    """Take labels off one version of a model. Needs a confirmation."""

    model_id: ModelId = need("Model the version is of.")
    version_name: str = need("Version that has the labels.")
    label_keys: str | None = may("Keys to take off; comma between several.", hint=True)
