"""Connections: what a workspace knows of model services and databases outside it, secrets included."""

from __future__ import annotations

from typing import Annotated, Literal

from ...operation import AIWORKSPACE, CREATE, DELETE, READ, WRITE, Find, Target, card, rows
from ...shapes import Input, Known, Shape, may, need
from ..kinds import SHOWS, ConnectionId, WorkspaceId, redirects
from .shapes_common import Accessibility, Order

Encryption = Literal["PlainText", "Secret"]
ModelKind = Annotated[str, Known("LLM", "Embedding", "ReRank")]
_TYPES = (
    "DashScopeConnection, OpenLLMConnection, MilvusConnection, OpenSearchConnection, LindormConnection, "
    "ElasticsearchConnection, HologresConnection, RDSConnection, CustomConnection"
)
_ENCRYPTION = "How secrets come: PlainText in the clear, Secret encrypted."


@AIWORKSPACE.get(
    "/api/v1/connections",
    READ,
    "paiworkspace:ListConnections",
    "connections",
    example={"workspace_id": "123456", "connection_types": ["DashScopeConnection"]},
    view=rows(
        "Connections",
        "ConnectionId ConnectionName ConnectionType Accessibility Creator OwnerName WorkspaceId GmtCreateTime",
    ),
)
class ListConnections(Input):
    """List connections to model services and databases, by workspace, type, model or name."""

    accessibility: Accessibility | None = may("PUBLIC: seen by the workspace; PRIVATE: by their creators only.")
    connection_ids: list[str] | None = may("Only these connections.", style="simple")
    connection_name: str | None = may("Part of the name.", searches="ConnectionName")
    connection_types: list[str] | None = may(f"Only these types: {_TYPES}.", style="simple")
    creator: str | None = may("Only those that this account made.")
    encrypt_option: Encryption | None = may(_ENCRYPTION)
    max_results: int | None = may("Connections on one page.", ge=1, sent_default=20)
    model: str | None = may("Only connections that offer this model.")
    model_types: list[ModelKind] | None = may("Only connections with models of these kinds.", style="simple")
    next_token: str | None = may("NextToken of the page before.")
    order: Order | None = may("Direction of sort_by (default DESC, newest first).")
    sort_by: Literal["GmtCreateTime"] | None = may("Field to sort by; there is one.")
    tool_call: bool | None = may("Only connections whose models can, or cannot, call tools.")
    workspace_id: WorkspaceId | None = may("Workspace whose connections are wanted.", hint=True)


@AIWORKSPACE.get(
    "/api/v1/connections/{ConnectionId}",
    READ,
    "paiworkspace:GetConnection",
    "connections",
    example={"connection_id": "conn-abcd1234"},
    view=card(
        "ConnectionId ConnectionName ConnectionType Accessibility Configs Models ResourceMeta Description Creator "
        "OwnerName"
    ),
)
class GetConnection(Input):
    """Read one connection: type, settings, models."""

    connection_id: ConnectionId = need("Connection to read.")
    encrypt_option: Encryption | None = may(_ENCRYPTION)


class NewConnectionModel(Shape):
    """A model that a new connection offers."""

    DisplayName: str | None = may("Name that people see.")
    MaxModelLength: int | None = may("Length of the context, in tokens.", ge=1)
    Model: str | None = may("Name that a request puts into its model field.", hint=True)
    ModelType: ModelKind | None = may("What it does.", hint=True)
    SupportReasoning: bool | None = may("Whether it can think aloud (reasoning_content).")
    SupportResponseSchema: bool | None = may("Whether it can keep to a JSON Schema.")
    SupportVision: bool | None = may("Whether it takes images.")
    ToolCall: bool | None = may("Whether it can call tools.")


class ConnectionModel(Shape):
    """A model of a connection."""

    DisplayName: str | None = may("Name that people see.")
    Model: str | None = may("Name that a request puts into its model field.", hint=True)
    ModelType: ModelKind | None = may("What it does.", hint=True)
    ToolCall: bool | None = may("Whether it can call tools.")


class ConnectionResource(Shape):
    """The cloud instance behind a connection to a database."""

    Extra: str | None = may("Further settings, as text.")
    InstanceId: str | None = may("Id of the instance.", hint=True)
    InstanceName: str | None = may("Name of the instance.")


@AIWORKSPACE.post(
    "/api/v1/connections",
    CREATE,
    "paiworkspace:CreateConnection",
    "connections",
    example={
        "configs": {"base_url": "https://llm.example.com/v1"},
        "connection_name": "team-llm",
        "connection_type": "OpenLLMConnection",
        "models": [{"Model": "qwen-max", "ModelType": "LLM"}],
        "workspace_id": "123456",
    },
    find=Find("ListConnections", "Connections", "ConnectionId", "ConnectionName"),
)
class CreateConnection(Input):
    """Store a connection to a model service or a database in a workspace. A secret given here passes through the
    conversation: prefer the console where that matters."""

    accessibility: Accessibility | None = may(
        "PUBLIC: seen by the workspace; PRIVATE (default): by its creator only.", risk=SHOWS
    )
    configs: dict[str, str] = need("Open settings; which keys are needed depends on the type.")
    connection_name: str = need("Name of the connection.")
    connection_type: str | None = may(f"One of {_TYPES}.", hint=True)
    description: str | None = may("What the connection is for.")
    models: list[NewConnectionModel] | None = may("Models that a model service offers.")
    resource_meta: ConnectionResource | None = may("Instance behind a database connection.")
    secrets: dict[str, str] | None = may("Settings that the service keeps encrypted: keys, passwords.", secret=True)
    workspace_id: WorkspaceId | None = may("Workspace that gets the connection.", hint=True)


@AIWORKSPACE.put(
    "/api/v1/connections/{ConnectionId}",
    WRITE,
    "paiworkspace:UpdateConnection",
    "connections",
    example={"connection_id": "conn-abcd1234", "description": "For evaluation only"},
    target=Target("GetConnection"),
    rules="R38",
)
class UpdateConnection(Input):
    """Change settings, models or secrets of a connection; its name and type stay."""

    connection_id: ConnectionId = need("Connection to change.")
    configs: dict[str, str] | None = may("New open settings.", address=True, risk=redirects("Configs"))
    description: str | None = may("New description.")
    models: list[ConnectionModel] | None = may("New list of models.")
    secrets: dict[str, str] | None = may("New settings that the service keeps encrypted.", secret=True)


@AIWORKSPACE.delete(
    "/api/v1/connections/{ConnectionId}",
    DELETE,
    "paiworkspace:DeleteConnection",
    "connections",
    example={"connection_id": "conn-abcd1234"},
    rules="R30",
    target=Target("GetConnection", is_whole=True),
)
class DeleteConnection(Input):
    """Delete a connection together with the secrets that it holds."""

    connection_id: ConnectionId = need("Connection to delete.")


@AIWORKSPACE.post(
    "/api/v1/connections/validate",
    WRITE,
    "paiworkspace:ValidateConnection",
    "connections",
    example={"connection_id": "conn-abcd1234", "validate_type": "Connectivity", "workspace_id": "123456"},
    rules="R38",
)
class ValidateConnection(Input):
    """Test whether a connection, stored or not yet stored, reaches its service. Sends its secrets there. Only services
    on the public network can be tested."""

    configs: dict[str, str] | None = may("Open settings, when the connection is not stored yet.", address=True)
    connection_id: ConnectionId | None = may("Stored connection to test.", hint=True, about=True)
    connection_type: (
        Annotated[
            str, Known("DashScopeConnection", "DeepSeekConnection", "FunctionAIMCPConnection", "CustomMCPConnection")
        ]
        | None
    ) = may("Type of the connection to test.", address=True)
    secrets: dict[str, str] | None = may("Keys and passwords, when the connection is not stored yet.", secret=True)
    validate_type: str | None = may("Kind of test; only Connectivity is known.", hint=True)
    workspace_id: WorkspaceId = need("Workspace of the connection.")
