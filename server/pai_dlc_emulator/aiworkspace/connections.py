"""Connections to outside services. Their secrets only leave in plain text when that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..wire import Received, handles
from .nouns import ACCESS, Noun, Record, invalid
from .paging import Listing, answer, next_page
from .store import create, crud, find, rows, shown, update

if TYPE_CHECKING:
    from ..world import World

_SERVICES = (
    "DashScope", "OpenLLM", "Milvus", "OpenSearch", "Lindorm", "Elasticsearch", "Hologres", "RDS", "Custom",
    "DeepSeek", "FunctionAIMCP", "CustomMCP",
)  # fmt: skip
TYPES = tuple(f"{service}Connection" for service in _SERVICES)
CONNECTION = Noun(
    "Connection",
    "connections",
    "ConnectionId",
    "conn-",
    unique="ConnectionName",
    enums=ACCESS | {"ConnectionType": TYPES},
    defaults={"Accessibility": "PRIVATE", "Secrets": {}},
)
LISTING = Listing(
    exact={
        "ConnectionIds": "ConnectionId", "ConnectionTypes": "ConnectionType", "Creator": "Creator",
        "Accessibility": "Accessibility", "WorkspaceId": "WorkspaceId",
    },
    fuzzy={"ConnectionName": ("ConnectionName",)},
    order="DESC",
)  # fmt: skip
crud(CONNECTION, delete_="DeleteConnection")


def _guarded(record: Record, args: Record) -> Record:
    option = args.get("EncryptOption", "Secret")
    if option not in ("PlainText", "Secret"):
        raise invalid("EncryptOption", "it is PlainText or Secret")
    return record if option == "PlainText" else record | {"Secrets": dict.fromkeys(record["Secrets"], "******")}


@handles("CreateConnection")
def create_connection(world: World, received: Received) -> dict[str, Any]:
    if not received.args.get("ConnectionType"):
        raise invalid("ConnectionType", "it is missing")
    return shown(create(world, CONNECTION, received), "CreateConnection")


@handles("GetConnection")
def get_connection(world: World, received: Received) -> dict[str, Any]:
    return shown(_guarded(find(world, CONNECTION, received), received.args), "GetConnection")


@handles("UpdateConnection")
def update_connection(world: World, received: Received) -> dict[str, Any]:
    return shown(update(world, CONNECTION, received), "UpdateConnection")


@handles("ListConnections")
def list_connections(world: World, received: Received) -> dict[str, Any]:
    args = received.args
    found = [row for row in rows(world, CONNECTION, received) if _has_model(row.get("Models") or [], args)]
    found = LISTING.select(found, args)
    page, more = next_page(found, args, size=20)
    return answer("ListConnections", [_guarded(row, args) for row in page], TotalCount=len(found), **more)


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
    stored = find(world, CONNECTION, received) if args.get("ConnectionId") else {}
    configs, secrets = (
        args.get("Configs") or stored.get("Configs") or {},
        args.get("Secrets") or stored.get("Secrets") or {},
    )
    addresses = [value for value in configs.values() if value.startswith(("http://", "https://"))]
    if addresses and secrets:
        return {"Status": "success", "Code": "OK", "Message": "connected", "Details": {"address": addresses[0]}}
    lacking = "address" if not addresses else "secret"
    return {"Status": "failed", "Code": "ConnectionFailed", "Message": f"no {lacking}", "Details": {"missing": lacking}}
