"""The frozen contract: which operation a request is, and what its arguments mean."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Any, NamedTuple
from urllib.parse import unquote

REQUEST_ID_SPELLINGS = ("RequestId", "requestId", "RequestID")


class Parameter(NamedTuple):
    """One argument: ``place`` is path, query or body; ``style`` is how a query carries what is not plain text."""

    name: str
    place: str
    type: str
    style: str | None
    required: bool


class Field(NamedTuple):
    """One field of a model."""

    name: str
    type: str
    required: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as the official SDK sends it."""

    name: str
    product: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    response: str

    @property
    def segments(self) -> list[str]:
        return self.path.split("/")


class Route(NamedTuple):
    """Where a request goes, with the decoded arguments of its path."""

    operation: Operation
    arguments: dict[str, str]


@dataclass(frozen=True, slots=True)
class Product:
    """One of the two services."""

    name: str
    version: str
    operations: dict[str, Operation]
    models: dict[str, tuple[Field, ...]]

    def request_id_field(self, operation: Operation) -> str | None:
        """How this operation spells the request id in its answer; some answers have none."""
        names = {field.name for field in self.models[operation.response]}
        return next((spelling for spelling in REQUEST_ID_SPELLINGS if spelling in names), None)

    def route(self, method: str, raw_path: str) -> Route | None:
        """The operation of a request, by the path as it stood on the wire (still percent-encoded).

        Each segment is decoded once, so only ``%2F`` puts a slash into an argument. A literal path wins over
        one with a placeholder, and an empty segment fills no placeholder.
        """
        segments = raw_path.split("/")
        found = [op for op in self._candidates(method, len(segments)) if _fits(op.segments, segments)]
        if not found:
            return None
        operation = min(found, key=lambda op: op.path.count("{"))
        pairs = zip(operation.segments, segments, strict=True)
        return Route(operation, {name[1:-1]: unquote(value) for name, value in pairs if name.startswith("{")})

    def _candidates(self, method: str, length: int) -> Iterator[Operation]:
        return (op for op in self.operations.values() if op.method == method and len(op.segments) == length)


def _fits(template: list[str], segments: list[str]) -> bool:
    pairs = zip(template, segments, strict=True)
    return all(bool(value) if name.startswith("{") else name == value for name, value in pairs)


def _operation(product: str, name: str, facts: dict[str, Any]) -> Operation:
    parameters = tuple(
        Parameter(p["name"], p["in"], p["type"], p.get("style"), p.get("required", False)) for p in facts["params"]
    )
    return Operation(name, product, facts["method"], facts["path"], parameters, facts["response"])


def _product(name: str, facts: dict[str, Any]) -> Product:
    operations = {op: _operation(name, op, details) for op, details in facts["operations"].items()}
    models = {
        model: tuple(Field(f["name"], f["type"], f.get("required", False)) for f in fields)
        for model, fields in facts["models"].items()
    }
    return Product(name, facts["version"], operations, models)


@functools.cache
def products() -> dict[str, Product]:
    """Both services by name, read from the package once: ``pai-dlc`` and ``aiworkspace``."""
    text = resources.files(__package__).joinpath("contract.json").read_text(encoding="utf-8")
    return {name: _product(name, facts) for name, facts in json.loads(text).items()}
