"""Holding a declaration against the frozen contract: every difference is one line of text."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from pai_dlc_mcp.api.exceptions import ADDED, OMITTED, RELAXED
from pai_dlc_mcp.operation import Operation
from pai_dlc_mcp.shapes import Shape

Json = dict[str, Any]
SCALARS = {"string": str, "integer": int, "boolean": bool, "number": float}


def differences(operation: Operation, facts: Json, models: Mapping[str, list[Json]]) -> list[str]:
    """What the declaration says and the contract does not, or the other way round."""
    return [
        *_request_line(operation, facts),
        *_names(operation.action_name, _api_names(operation), [p["name"] for p in facts["params"]]),
        *_parameters(operation, facts, models),
    ]


def _request_line(operation: Operation, facts: Json) -> Iterator[str]:
    ours, theirs = (operation.method, operation.path), (facts["method"], facts["path"])
    if ours != theirs:
        yield f"{operation.action_name}: {ours} is {theirs}"


def _names(owner: str, ours: list[str], theirs: list[str]) -> Iterator[str]:
    """Both ways, and in the same order, so that bodies are equal to the byte."""
    wanted = [name for name in theirs if (owner, name) not in OMITTED]
    ours = [name for name in ours if (owner, name) not in ADDED]
    yield from (f"{owner}.{name} is not declared" for name in wanted if name not in ours)
    yield from (f"{owner}.{name} does not exist" for name in ours if name not in wanted)
    if sorted(ours) == sorted(wanted) and ours != wanted:
        yield f"{owner}: the order is {wanted}"


def _api_names(operation: Operation) -> list[str]:
    return [api for api, _, _ in operation.fields.values()]


def _parameters(operation: Operation, facts: Json, models: Mapping[str, list[Json]]) -> Iterator[str]:
    params = {param["name"]: param for param in facts["params"]}
    for name, (api, wire, place) in operation.fields.items():
        if api not in params:
            continue
        param, info, where = params[api], operation.inputs.model_fields[name], f"{operation.action_name}.{api}"
        if (place, wire.style) != (param["in"], param.get("style")):
            yield f"{where}: travels as {place, wire.style}, not {param['in'], param.get('style')}"
        yield from _required(operation.action_name, api, info, param)
        if not (wire.json_text and param["type"] == "string"):
            yield from typed(where, info.annotation, param["type"], models)


def _required(owner: str, name: str, info: FieldInfo, facts: Json) -> Iterator[str]:
    wanted = bool(facts.get("required")) and (owner, name) not in RELAXED
    if info.is_required() != wanted:
        yield f"{owner}.{name}: required is {info.is_required()}, not {wanted}"


def typed(where: str, annotation: Any, wanted: str, models: Mapping[str, list[Json]]) -> Iterator[str]:
    """Differences between a Python type and a type of the contract, to the leaf."""
    kind, inner = bare(annotation), get_args(bare(annotation))
    if wanted.startswith("list["):
        ok, parts = get_origin(kind) is list, [(inner[0], wanted[5:-1])] if inner else []
    elif wanted.startswith("map[string]"):
        ok, parts = get_origin(kind) is dict, [(inner[1], wanted[len("map[string]") :])] if len(inner) == 2 else []
    elif wanted in models:
        ok, parts = isinstance(kind, type) and issubclass(kind, Shape), []
        if ok:
            yield from shaped(where, kind, wanted, models)
    else:
        ok, parts = _scalar(kind, wanted), []
    if not ok:
        yield f"{where}: {annotation} is not {wanted}"
    for part, name in parts if ok else ():
        yield from typed(f"{where}[]", part, name, models)


def shaped(where: str, shape: type[Shape], model: str, models: Mapping[str, list[Json]]) -> Iterator[str]:
    """Differences between a shape and a model of the contract."""
    facts = {field["name"]: field for field in models[model]}
    yield from (f"{where} -> {line}" for line in _names(shape.__name__, list(shape.model_fields), list(facts)))
    for name, info in shape.model_fields.items():
        if name in facts:
            yield from (f"{where} -> {line}" for line in _required(shape.__name__, name, info, facts[name]))
            yield from typed(f"{where}.{name}", info.annotation, facts[name]["type"], models)


def bare(annotation: Any) -> Any:
    """A type without its ``| None`` and without ``Annotated``."""
    if get_origin(annotation) is Annotated:
        return bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        options = [option for option in get_args(annotation) if option is not types.NoneType]
        return bare(options[0]) if len(options) == 1 else annotation
    return annotation


def _scalar(kind: Any, wanted: str) -> bool:
    if get_origin(kind) is Literal:
        return wanted == "any" or all(type(value) is SCALARS.get(wanted) for value in get_args(kind))
    if wanted in ("any", "object"):
        return kind is Any
    return kind is SCALARS.get(wanted)


def response_type(model: str, path: str, models: Mapping[str, list[Json]]) -> str | None:
    """The model that a dotted path of an answer leads to, through lists; None where the path breaks."""
    kind = model
    for step in path.split(".") if path else ():
        fields = {field["name"]: field["type"] for field in models.get(kind, [])}
        if step not in fields:
            return None
        kind = fields[step]
        while kind.startswith("list["):
            kind = kind[5:-1]
    return kind


def shapes_of(operation: Operation) -> dict[str, type[Shape]]:
    """Every shape an operation takes, by name."""
    found: dict[str, type[Shape]] = {}
    todo: list[Any] = [info.annotation for info in operation.inputs.model_fields.values()]
    while todo:
        kind = bare(todo.pop())
        todo.extend(get_args(kind) if get_origin(kind) in (list, dict) else ())
        if isinstance(kind, type) and issubclass(kind, Shape) and kind.__name__ not in found:
            found[kind.__name__] = kind
            todo.extend(info.annotation for info in kind.model_fields.values())
    return found
