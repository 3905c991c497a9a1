"""The advertised JSON schema of a tool, in the small dialect that every client can take.

No ``$ref``, ``anyOf``, null types, ``const`` or ``additionalProperties``; optional means "not in required"; no enum of
numbers and no object without properties, which some clients refuse. The whole list must stay small, so a tool
advertises texts and bounds only where a field says ``hint``; all of them stand in ``pai-dlc://operations/{Operation}``.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic.fields import FieldInfo

from .shapes import Known, Shape, kind_of, wire_of

JsonSchema = dict[str, Any]
_SCALARS: Mapping[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}
_JSON_TEXT: JsonSchema = {"type": "string", "description": "JSON object."}
"""How an object of any keys is advertised: its text is taken as well as the object (R76)."""


def object_schema(fields: Mapping[str, FieldInfo], *, full: bool = False, words: bool = True) -> JsonSchema:
    """Schema of an object with these fields.

    ``full`` writes every description and bound; without ``words`` not even those of hinted fields are written.
    """
    required = [name for name, info in fields.items() if info.is_required()]
    schema: JsonSchema = {
        "type": "object",
        "properties": {name: field_schema(info, full=full, words=words) for name, info in fields.items()},
    }
    return schema | ({"required": required} if required else {})


def field_schema(info: FieldInfo, *, full: bool = False, words: bool = True) -> JsonSchema:
    """Schema of one field: its type, and its bounds and description where they are wanted."""
    wire = wire_of(info)
    schema = type_schema(info.annotation, full=full, words=words and wire.hint) | _examples(info.metadata)
    if full or wire.hint or wire.rule:
        schema |= _bounds(info.metadata)
    if full or (words and wire.hint):
        schema |= {"description": _text(info)} if info.description else {}
    return schema


def _text(info: FieldInfo) -> str:
    kind = kind_of(info)
    return f"{info.description} {kind.form}" if kind is not None and kind.form else str(info.description)


def type_schema(annotation: Any, *, full: bool, words: bool) -> JsonSchema:
    """Schema of a type: scalars, literals, lists, maps, shapes; an optional is its inner type."""
    origin, options = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return type_schema(options[0], full=full, words=words) | _bounds(options[1:]) | _examples(options[1:])
    if origin in (Union, types.UnionType):
        return type_schema(options[0], full=full, words=words)
    if origin is Literal:
        return _choice(options)
    if origin is list:
        items = type_schema(options[0], full=full, words=words)
        return {"type": "array", "items": {"type": "string"} if items == _JSON_TEXT else items}
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        return _shape(annotation, full=full, words=words)
    if annotation in _SCALARS:
        return {"type": _SCALARS[annotation]}
    return {"type": "object"} if full and annotation is not Any else {} if full else dict(_JSON_TEXT)


def _choice(values: tuple[Any, ...]) -> JsonSchema:
    """One of some texts, or a number between the least and the largest."""
    if isinstance(values[0], int):
        return {"type": "integer", "minimum": min(values), "maximum": max(values)}
    return {"type": _SCALARS[type(values[0])], "enum": list(values)}


def _examples(metadata: Any) -> JsonSchema:
    """The documented values of a text that takes others too: an enum would have clients refuse those."""
    return next(({"examples": [*item.values]} for item in metadata if isinstance(item, Known)), {})


def _shape(shape: type[Shape], *, full: bool, words: bool) -> JsonSchema:
    """A shape to its leaves in full; in the tool list only the fields that say ``hint`` or are required.

    What is not advertised is accepted and checked all the same.
    """
    fields = shape.model_fields
    if not full:
        fields = {name: info for name, info in fields.items() if info.is_required() or wire_of(info).hint}
    return object_schema(fields, full=full, words=words) if fields else dict(_JSON_TEXT)


def _bounds(metadata: Any) -> JsonSchema:
    bounds: JsonSchema = {}
    for item in metadata:
        if isinstance(item, annotated_types.Ge):
            bounds["minimum"] = item.ge
        elif isinstance(item, annotated_types.Le):
            bounds["maximum"] = item.le
    return bounds
