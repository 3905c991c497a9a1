"""The declared fields of an operation by their path on the wire, and whether one takes a documented value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import BaseModel, create_model
from pydantic.fields import FieldInfo

from pai_dlc_mcp.arguments import parse
from pai_dlc_mcp.guards.validation.check import check_rules
from pai_dlc_mcp.operation import Operation
from pai_dlc_mcp.shapes import Input, Shape, api_name, shape_in


@dataclass(frozen=True)
class Field:
    """One declared field: its path (``JobSpecs[].Image``), and the argument that it is or stands in."""

    path: str
    name: str
    info: FieldInfo


def fields(model: type[BaseModel], prefix: str = "") -> Iterator[Field]:
    """Every field of a tool's arguments, to the leaf; the items of a list are a field of their own."""
    for name, info in model.model_fields.items():
        path = prefix + (api_name(name, info) if issubclass(model, Input) else name)
        yield Field(path, name, info)
        inner = shape_in(info.annotation)
        below = f"{path}[]" if is_list(info.annotation) else path
        if inner is not None:
            yield from fields(inner, f"{below}.")
        elif below != path:
            yield Field(below, name, info)


def is_list(annotation: Any) -> bool:
    return any(get_origin(option) is list for option in (annotation, *get_args(annotation)))


def is_scalar(field: Field) -> bool:
    """Whether the field holds one value: no shape, no map, no list of anything."""
    options = (field.info.annotation, *get_args(field.info.annotation))
    return shape_in(field.info.annotation) is None and not any(get_origin(one) in (list, dict) for one in options)


def refusal(operation: Operation, field: Field, value: Any) -> str | None:
    """Why a value of a scalar field, or an item of a list, is refused by the schema or a rule; ``None`` where it is
    taken."""
    given = [value] if field.path.endswith("[]") else value
    annotation: Any = field.info.annotation
    definition: dict[str, Any] = {field.name.lower(): (annotation, field.info)}
    parsed = parse(create_model("One", __base__=Input, **definition), {field.name.lower(): given}, tool=operation.name)
    if parsed.faults:
        return parsed.faults[0].message
    if "." in field.path or field.path.endswith("[]"):
        return None
    found, _ = check_rules(operation, {field.path: given}, is_partial=True)
    return found[0].message if found else None


def unknown_fields(record: Mapping[str, Any], model: type[BaseModel], prefix: str = "") -> list[str]:
    """Paths of a record that the declared arguments do not know."""
    names = {
        api_name(name, info) if issubclass(model, Input) else name: info for name, info in model.model_fields.items()
    }
    found: list[str] = []
    for name, value in record.items():
        inner = shape_in(names[name].annotation) if name in names else None
        if name not in names:
            found.append(prefix + name)
        elif isinstance(inner, type) and issubclass(inner, Shape):
            rows = value if isinstance(value, list) else [value]
            found += [
                one
                for row in rows
                if isinstance(row, Mapping)
                for one in unknown_fields(row, inner, f"{prefix}{name}.")
            ]
    return found
