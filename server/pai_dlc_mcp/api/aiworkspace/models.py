"""The model registry: models and their labels."""

from __future__ import annotations

from typing import Any

from ...operation import AIWORKSPACE, CREATE, DELETE, READ, WRITE, Find, Target, card, rows
from ...shapes import Input, may, need
from ..kinds import SHOWS, ModelId, WorkspaceId
from .shapes_common import Accessibility, Order
from .shapes_labels import Label
from .shapes_models import Condition, TagFilter

_MODEL = "/api/v1/models/{ModelId}"


@AIWORKSPACE.get(
    "/api/v1/models",
    READ,
    "paimodel:ListModels",
    "models",
    example={"workspace_id": "88001", "query": "bert", "page_size": 20},
    view=rows(
        "Models", "ModelId ModelName ModelType Domain Task LatestVersion.VersionName Accessibility GmtCreateTime"
    ),
)
class ListModels(Input):
    """Find registered models, your own or, by provider, public ones."""

    collections: str | None = may("Collections the model is in; comma between several.")
    conditions: list[Condition] | None = may(
        "Comparisons, such as ParameterSize LessThan 3000.", style="json", searches="*"
    )
    domain: str | None = may("Field of use, such as nlp or cv.")
    label: str | None = may("Text inside a label's key or value.", searches="Labels")
    model_name: str | None = may("Name of the model.", hint=True, searches="ModelName")
    model_type: str | None = may("Such as Checkpoint or LoRA.")
    order: Order | None = may("Direction of sort_by; ASC unless given.")
    origin: str | None = may("Community it comes from, such as ModelScope.")
    page_number: int | None = may("First page is 1, which is the default.", ge=1, sent_default=1)
    page_size: int | None = may("Rows a page; 10 unless given.", ge=1, sent_default=10)
    provider: str | None = may("Shows public models of this provider; your own unless given.", hint=True)
    query: str | None = may(
        "Text inside name, domain, task or labels.", hint=True, searches="ModelName ModelDescription Domain Task Labels"
    )
    sort_by: str | None = may("Only GmtCreateTime is known.")
    tag: list[TagFilter] | None = may("Tags the model has.", style="json")
    task: str | None = may("Such as text-classification.")
    workspace_id: WorkspaceId | None = may("Only models of this workspace.", hint=True)


@AIWORKSPACE.get(
    _MODEL,
    READ,
    "paimodel:GetModel",
    "models",
    example={"model_id": "model-5b1c9d2e"},
    view=card(
        "ModelId ModelName ModelDescription ModelType Domain Task Origin Accessibility WorkspaceId UserId OwnerName "
        "LatestVersion.VersionName LatestVersion.Uri Labels GmtCreateTime"
    ),
)
class GetModel(Input):
    """Read one model with its newest version. Other versions: aiworkspace_list_model_versions."""

    model_id: ModelId = need("Id such as model-5b1c9d2e, not the name.")


@AIWORKSPACE.post(
    "/api/v1/models",
    CREATE,
    "paimodel:CreateModel",
    "models",
    example={"model_name": "bert-sentiment", "domain": "nlp", "task": "text-classification", "workspace_id": "88001"},
    find=Find("ListModels", "Models", "ModelId", "ModelName"),
)
class CreateModel(Input):
    """Register a model, still without files; then add a version with aiworkspace_create_model_version."""

    accessibility: Accessibility | None = may("PRIVATE (default): maker and admins of the workspace.", risk=SHOWS)
    domain: str | None = may("Field of use, such as nlp or cv.")
    extra_info: dict[str, Any] | None = may("Anything else worth noting.")
    model_description: str | None = may("What tells this model from others.")
    model_doc: str | None = may("Address or text of its documentation.")
    model_name: str = need("1 to 127 characters.", min_length=1, max_length=127)
    model_type: str | None = may("Such as Checkpoint or LoRA.")
    order_number: int | None = may("Place in a sorting of your own.")
    origin: str | None = may("Community it comes from, such as ModelScope or HuggingFace.")
    parameter_size: int | None = may("Millions of parameters.", ge=0)
    tag: list[Label] | None = may("Labels of the model.")
    task: str | None = may("What it solves, such as text-classification.")
    workspace_id: WorkspaceId | None = may("Workspace to register it in.", hint=True)


@AIWORKSPACE.put(
    _MODEL,
    WRITE,
    "paimodel:UpdateModel",
    "models",
    example={"model_id": "model-5b1c9d2e", "model_description": "trained on reviews of 2024"},
    target=Target("GetModel"),
)
class UpdateModel(Input):
    """Change a model's name, description or visibility; what is left out stays. Labels have their own tools."""

    model_id: ModelId = need("Model to change.")
    accessibility: Accessibility | None = may("PUBLIC shows it to the whole workspace.", hint=True, risk=SHOWS)
    domain: str | None = may("Field of use, such as nlp or cv.")
    extra_info: dict[str, Any] | None = may("Anything else worth noting.")
    model_description: str | None = may("New description.")
    model_doc: str | None = may("Address or text of its documentation.")
    model_name: str | None = may("New name, 1 to 127 characters.", min_length=1, max_length=127)
    model_type: str | None = may("Such as Checkpoint or LoRA.")
    order_number: int | None = may("Place in a sorting of your own.")
    origin: str | None = may("Community it comes from, such as ModelScope or HuggingFace.")
    parameter_size: int | None = may("Millions of parameters.", ge=0)
    task: str | None = may("What it solves, such as text-classification.")


@AIWORKSPACE.delete(
    _MODEL,
    DELETE,
    "paimodel:DeleteModel",
    "models",
    example={"model_id": "model-5b1c9d2e"},
    rules="R30 R31",
    target=Target("GetModel", is_whole=True),
    lost="the model's registration and labels",
)
class DeleteModel(Input):
    """Delete a model from the registry. Needs a confirmation."""

    model_id: ModelId = need("Model to delete.")


@AIWORKSPACE.post(
    f"{_MODEL}/labels",
    WRITE,
    "paimodel:CreateModelLabels",
    "models",
    example={"model_id": "model-5b1c9d2e", "labels": [{"Key": "team", "Value": "nlp"}]},
    target=Target("GetModel"),
)
class CreateModelLabels(Input):
    """Label a model, so that aiworkspace_list_models finds it by label."""

    model_id: ModelId = need("Model to label.")
    labels: list[Label] | None = may("Labels to add.", hint=True)


@AIWORKSPACE.delete(
    f"{_MODEL}/labels",
    DELETE,
    "paimodel:DeleteModelLabels",
    "models",
    example={"model_id": "model-5b1c9d2e", "label_keys": "team,stage"},
    rules="R30 R31",
    target=Target("GetModel"),
)
class DeleteModelLabels(Input):
    """Take labels off a model. Needs a confirmation."""

    model_id: ModelId = need("Model that has the labels.")
    label_keys: str | None = may("Keys to take off; comma between several.", hint=True)
