"""From the text of a request to typed arguments, by the types of the frozen contract.

What the contract does not name is ignored, as the service does. A wrong type is 400 ``InvalidParameter``, a
required argument that is not there 400 ``MissingParameter``.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from .contract import Operation, Parameter, Product
from .jsontext import parse
from .wire import ServiceError

_BOOLEANS = {"true": True, "True": True, "false": False, "False": False}


def invalid(where: str, expected: str) -> ServiceError:
    return ServiceError(400, "InvalidParameter", f"The parameter {where} is not valid: {expected} expected.")


def decode(product: Product, operation: Operation, path: dict[str, str], query: str, body: bytes) -> dict[str, Any]:
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
        fields = parse(body or b"{}")
    except ValueError:
        raise ServiceError(400, "InvalidRequestBody", "The request body is not JSON.") from None
    if not isinstance(fields, dict):
        raise ServiceError(400, "InvalidRequestBody", "The request body is not a JSON object.")
    return fields


def _argument(product: Product, parameter: Parameter, query: dict[str, str], body: dict[str, Any]) -> Any:
    if parameter.place == "body":
        value = body.get(parameter.name)
        return None if value is None else typed(product, parameter.type, value, parameter.name)
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
        value = parse(text)
    except ValueError:
        raise invalid(parameter.name, "JSON text") from None
    return typed(product, parameter.type, value, parameter.name)


def _scalar(kind: str, text: str, where: str) -> Any:
    """A query value, which is always text on the wire."""
    try:
        if kind == "integer":
            return int(text)
        if kind == "number":
            return float(text)
    except ValueError:
        raise invalid(where, kind) from None
    if kind == "boolean":
        if text not in _BOOLEANS:
            raise invalid(where, "true or false")
        return _BOOLEANS[text]
    return text


_JSON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
}


def typed(product: Product, kind: str, value: Any, where: str) -> Any:
    """A JSON value checked against a type of the contract; unknown keys of a model and nulls fall away."""
    if kind == "any":
        return value
    if kind.startswith("list["):
        return _list(product, kind[5:-1], value, where)
    if kind.startswith("map[string]"):
        return _map(product, kind.removeprefix("map[string]"), value, where)
    if kind in _JSON_TYPES:
        wrong = not isinstance(value, _JSON_TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")
        if wrong:
            raise invalid(where, kind)
        return value
    return _model(product, kind, value, where)


def _list(product: Product, kind: str, value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise invalid(where, "a list")
    return [typed(product, kind, item, f"{where}[{n}]") for n, item in enumerate(value) if item is not None]


def _map(product: Product, kind: str, value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise invalid(where, "an object")
    return {key: typed(product, kind, item, f"{where}.{key}") for key, item in value.items() if item is not None}


def _model(product: Product, kind: str, value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise invalid(where, "an object")
    known = [field for field in product.models[kind] if value.get(field.name) is not None]
    return {f.name: typed(product, f.type, value[f.name], f"{where}.{f.name}") for f in known}
