"""The frozen contract: which operation a request is, and what its arguments mean."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

from .wire import ServiceError, invalid


def parse_json(text: str | bytes) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: not JSON, or what JSON cannot write again: NaN, half of a surrogate pair, nesting without end.
    """
    try:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except RecursionError:
        raise ValueError("nested too deep") from None
    return value


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
    def key(self) -> str:
        """What tells the operation from those of all products; only PAI Studio shares names with another one."""
        return f"{self.product}:{self.name}" if self.product == "paistudio" else self.name

    @property
    def segments(self) -> list[str]:
        return self.path.split("/")


class Route(NamedTuple):
    """Where a request goes, with the decoded arguments of its path."""

    operation: Operation
    arguments: dict[str, str]


@dataclass(frozen=True, slots=True)
class Product:
    """One of the services."""

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
        one with a placeholder, and an empty segment fills no placeholder. One slash too few at the end is forgiven.
        """
        segments = raw_path.split("/")
        found = [op for op in self._candidates(method, len(segments)) if _fits(op.segments, segments)]
        if not found:
            return None if raw_path.endswith("/") else self.route(method, f"{raw_path}/")
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


def make_product(name: str, facts: dict[str, Any]) -> Product:
    """A product from facts in the form of ``contract.json``."""
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
    return {name: make_product(name, facts) for name, facts in json.loads(text).items()}


_BOOLEANS = {"true": True, "True": True, "false": False, "False": False}


def invalid_argument(where: str, expected: str) -> ServiceError:
    return invalid(where, f"{expected} expected")


def decode_arguments(
    product: Product, operation: Operation, path: dict[str, str], query: str, body: bytes
) -> dict[str, Any]:
    """Every argument of the operation that was sent, by the API's own name."""
    pairs = dict(parse_qsl(query, keep_blank_values=True))
    fields = _body(operation, body)
    args: dict[str, Any] = dict(path)
    for parameter in operation.parameters:
        value = _argument(product, parameter, pairs, fields)
        if value is not None:
            args[parameter.name] = value
    for parameter in operation.parameters:
        if parameter.required and parameter.name not in args and not _in_template(operation, args, parameter):
            raise ServiceError(400, "MissingParameter", f"The parameter {parameter.name} is required.")
    return args


def _in_template(operation: Operation, args: dict[str, Any], parameter: Parameter) -> bool:
    """A create from a template takes what it does not say from there (rule R26)."""
    return operation.name == "CreateJob" and bool(args.get("TemplateId")) and parameter.place == "body"


def _body(operation: Operation, body: bytes) -> dict[str, Any]:
    if not any(parameter.place == "body" for parameter in operation.parameters):
        return {}
    try:
        fields = parse_json(body or b"{}")
    except ValueError:
        raise ServiceError(400, "InvalidRequestBody", "The request body is not JSON.") from None
    if not isinstance(fields, dict):
        raise ServiceError(400, "InvalidRequestBody", "The request body is not a JSON object.")
    return fields


def _argument(product: Product, parameter: Parameter, query: dict[str, str], body: dict[str, Any]) -> Any:
    if parameter.place == "body":
        value = body.get(parameter.name)
        return None if value is None else check_type(product, parameter.type, value, parameter.name)
    if parameter.place == "query" and parameter.style == "flat":
        return _flat(product, parameter, query)
    if parameter.place == "query" and parameter.name in query:
        return _from_query(product, parameter, query[parameter.name])
    return None


def _flat(product: Product, parameter: Parameter, query: dict[str, str]) -> dict[str, Any] | None:
    prefix = parameter.name + "."
    fields = {f.name: f.type for f in product.models[parameter.type]}
    inner = {key.removeprefix(prefix): value for key, value in query.items() if key.startswith(prefix)}
    found = {name: _scalar(fields[name], value, prefix + name) for name, value in inner.items() if name in fields}
    return found or None


def _from_query(product: Product, parameter: Parameter, text: str) -> Any:
    if parameter.style == "simple":
        return text.split(",") if text else []
    if parameter.style != "json":
        return _scalar(parameter.type, text, parameter.name)
    try:
        value = parse_json(text)
    except ValueError:
        raise invalid_argument(parameter.name, "JSON text") from None
    return check_type(product, parameter.type, value, parameter.name)


def _scalar(kind: str, text: str, where: str) -> Any:
    """A query value, which is always text on the wire."""
    try:
        if kind == "integer":
            return int(text)
        if kind == "number":
            return float(text)
    except ValueError:
        raise invalid_argument(where, kind) from None
    if kind == "boolean":
        if text not in _BOOLEANS:
            raise invalid_argument(where, "true or false")
        return _BOOLEANS[text]
    return text


_JSON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
}


def check_type(product: Product, kind: str, value: Any, where: str) -> Any:
    """A JSON value checked against a type of the contract; unknown keys of a model and nulls fall away."""
    if kind == "any":
        return value
    if kind.startswith("list["):
        return _check_list(product, kind[5:-1], value, where)
    if kind.startswith("map[string]"):
        return _check_map(product, kind.removeprefix("map[string]"), value, where)
    if kind in _JSON_TYPES:
        wrong = not isinstance(value, _JSON_TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")
        if wrong:
            raise invalid_argument(where, kind)
        return value
    return _check_model(product, kind, value, where)


def _check_list(product: Product, kind: str, value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise invalid_argument(where, "a list")
    return [check_type(product, kind, item, f"{where}[{n}]") for n, item in enumerate(value) if item is not None]


def _check_map(product: Product, kind: str, value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise invalid_argument(where, "an object")
    return {key: check_type(product, kind, item, f"{where}.{key}") for key, item in value.items() if item is not None}


def _check_model(product: Product, kind: str, value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise invalid_argument(where, "an object")
    known = [field for field in product.models[kind] if value.get(field.name) is not None]
    return {f.name: check_type(product, f.type, value[f.name], f"{where}.{f.name}") for f in known}
