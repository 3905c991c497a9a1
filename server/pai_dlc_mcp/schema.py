"""The advertised JSON schema of a tool, in the small dialect that every client can take.

No ``$ref``, ``anyOf``, null types, ``const`` or ``additionalProperties``; optional means "not in required". The whole
list must stay small, so a tool advertises the text of a field only where it says ``hint``; all texts stand in
``pai-dlc://operations/{Operation}``.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic.fields import FieldInfo

from .shapes import Shape, wire_of

JsonSchema = dict[str, Any]
_SCALARS: Mapping[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}


def object_schema(fields: Mapping[str, FieldInfo], *, full: bool = False, depth: int = 0) -> JsonSchema:
    """Schema of an object with these fields. ``full`` writes every description; ``depth`` is how deep we are."""
    required = [name for name, info in fields.items() if info.is_required()]
    schema: JsonSchema = {
        "type": "object",
        "properties": {name: field_schema(info, full=full, depth=depth) for name, info in fields.items()},
    }
    return schema | ({"required": required} if required else {})


def field_schema(info: FieldInfo, *, full: bool = False, depth: int = 0) -> JsonSchema:
    """Schema of one field: its type, its bounds, and its description where it is wanted."""
    schema = type_schema(info.annotation, full=full, depth=depth) | _bounds(info.metadata)
    if info.description and (full or wire_of(info).hint):
        schema["description"] = info.description
    return schema


def type_schema(annotation: Any, *, full: bool, depth: int) -> JsonSchema:
    """Schema of a type: scalars, literals, lists, maps, shapes; an optional is its inner type."""
    origin, options = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return type_schema(options[0], full=full, depth=depth) | _bounds(options[1:])
    if origin in (Union, types.UnionType):
        return type_schema(options[0], full=full, depth=depth)
    if origin is Literal:
        return {"type": _SCALARS[type(options[0])], "enum": list(options)}
    if origin is list:
        return {"type": "array", "items": type_schema(options[0], full=full, depth=depth + 1)}
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        return _shape(annotation, full=full, depth=depth)
    if annotation in _SCALARS:
        return {"type": _SCALARS[annotation]}
    return {} if annotation is Any else {"type": "object"}


def _shape(shape: type[Shape], *, full: bool, depth: int) -> JsonSchema:
    """A shape to its leaves in full; in the tool list only the fields that say ``hint`` or are required.

    What is not advertised is accepted and checked all the same.
    """
    fields = shape.model_fields
    if not full:
        fields = {name: info for name, info in fields.items() if info.is_required() or wire_of(info).hint}
    return object_schema(fields, full=full, depth=depth + 1) if fields else {"type": "object"}


def _bounds(metadata: Any) -> JsonSchema:
    bounds: JsonSchema = {}
    for item in metadata:
        if isinstance(item, annotated_types.Ge):
            bounds["minimum"] = item.ge
        elif isinstance(item, annotated_types.Le):
            bounds["maximum"] = item.le
    return bounds
