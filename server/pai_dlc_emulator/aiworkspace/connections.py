"""What jobs reach outside: Git repositories to clone, and connections to services with their secrets."""

from __future__ import annotations

from typing import Any

from ..listing import Listing, answer, next_page
from ..wire import Received, Record, invalid
from ..world import World, handles
from .nouns import ACCESS, Noun
from .store import as_answer, create_record, find_record, register_crud, update_record, visible_records

CODE_SOURCE = Noun(
    "CodeSource",
    "code_sources",
    "CodeSourceId",
    "code-",
    20,
    unique="DisplayName",
    modified="GmtModifyTime",
    enums=ACCESS | {"CloneType": (0, 1)},
    defaults={"Accessibility": "PRIVATE", "CloneType": 0},
)
CODE_SOURCE_LISTING = Listing(
    exact={"WorkspaceId": "WorkspaceId"},
    fuzzy={"DisplayName": ("DisplayName",)},
    sortable=("GmtCreateTime", "GmtModifyTime", "DisplayName", "CodeSourceId"),
)
register_crud(
    CODE_SOURCE,
    create_="CreateCodeSource",
    update_="UpdateCodeSource",
    delete_="DeleteCodeSource",
    publish="PublishCodeSource",
)


def _mask_token(record: Record) -> Record:
    """A stored access token is never handed out again: the answer only shows that there is one."""
    return record | {"CodeRepoAccessToken": "******"} if record.get("CodeRepoAccessToken") else record


@handles("ListCodeSources")
def list_code_sources(world: World, received: Received) -> dict[str, Any]:
    return CODE_SOURCE_LISTING.answer(received, visible_records(world, CODE_SOURCE, received), _mask_token)


@handles("GetCodeSource")
def get_code_source(world: World, received: Received) -> dict[str, Any]:
    return as_answer(_mask_token(find_record(world, CODE_SOURCE, received)), "GetCodeSource")


_SERVICES = (
    "DashScope", "OpenLLM", "Milvus", "OpenSearch", "Lindorm", "Elasticsearch", "Hologres", "RDS", "Custom",
    "DeepSeek", "FunctionAIMCP", "CustomMCP",
)  # fmt: skip
CONNECTION_TYPES = tuple(f"{service}Connection" for service in _SERVICES)
CONNECTION = Noun(
    "Connection",
    "connections",
    "ConnectionId",
    "conn-",
    unique="ConnectionName",
    enums=ACCESS | {"ConnectionType": CONNECTION_TYPES},
    defaults={"Accessibility": "PRIVATE", "Secrets": {}},
)
CONNECTION_LISTING = Listing(
    exact={
        "ConnectionIds": "ConnectionId", "ConnectionTypes": "ConnectionType", "Creator": "Creator",
        "Accessibility": "Accessibility", "WorkspaceId": "WorkspaceId",
    },
    fuzzy={"ConnectionName": ("ConnectionName",)},
    order="DESC",
)  # fmt: skip
register_crud(CONNECTION, delete_="DeleteConnection")


def _mask_secrets(record: Record, args: Record) -> Record:
    option = args.get("EncryptOption", "Secret")
    if option not in ("PlainText", "Secret"):
        raise invalid("EncryptOption", "it is PlainText or Secret")
    return record if option == "PlainText" else record | {"Secrets": dict.fromkeys(record["Secrets"], "******")}


@handles("CreateConnection")
def create_connection(world: World, received: Received) -> dict[str, Any]:
    if not received.args.get("ConnectionType"):
        raise invalid("ConnectionType", "it is missing")
    return as_answer(create_record(world, CONNECTION, received), "CreateConnection")


@handles("GetConnection")
def get_connection(world: World, received: Received) -> dict[str, Any]:
    return as_answer(_mask_secrets(find_record(world, CONNECTION, received), received.args), "GetConnection")


@handles("UpdateConnection")
def update_connection(world: World, received: Received) -> dict[str, Any]:
    return as_answer(update_record(world, CONNECTION, received), "UpdateConnection")


@handles("ListConnections")
def list_connections(world: World, received: Received) -> dict[str, Any]:
    args = received.args
    found = [row for row in visible_records(world, CONNECTION, received) if _has_model(row.get("Models") or [], args)]
    found = CONNECTION_LISTING.select(found, args)
    page, more = next_page(found, args, size=20)
    return answer("ListConnections", [_mask_secrets(row, args) for row in page], TotalCount=len(found), **more)


def _has_model(models: list[Record], args: Record) -> bool:
    """Whether one of a connection's models is what the request asks for, if it asks for models."""
    wanted = [name for name in ("Model", "ModelTypes", "ToolCall") if args.get(name) is not None]
    return not wanted or any(
        args.get("Model", model.get("Model")) == model.get("Model")
        and model.get("ModelType") in args.get("ModelTypes", [model.get("ModelType")])
        and args.get("ToolCall", model.get("ToolCall")) == model.get("ToolCall")
        for model in models
    )


@handles("ValidateConnection")
def validate_connection(world: World, received: Received) -> dict[str, Any]:
    """Whether a connection could work: it needs an address and a secret, given or stored."""
    args = received.args
    stored = find_record(world, CONNECTION, received) if args.get("ConnectionId") else {}
    configs, secrets = (
        args.get("Configs") or stored.get("Configs") or {},
        args.get("Secrets") or stored.get("Secrets") or {},
    )
    addresses = [value for value in configs.values() if value.startswith(("http://", "https://"))]
    if addresses and secrets:
        return {"Status": "success", "Code": "OK", "Message": "connected", "Details": {"address": addresses[0]}}
    lacking = "address" if not addresses else "secret"
    return {"Status": "failed", "Code": "ConnectionFailed", "Message": f"no {lacking}", "Details": {"missing": lacking}}
