"""The language of fields: nested shapes, tool inputs, and how each field travels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.alias_generators import to_pascal
from pydantic.fields import FieldInfo

Place = Literal["path", "query", "body"]
Style = Literal["json", "simple", "flat"]


class Shape(BaseModel):
    """A nested object; its attributes carry the API's own names."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True, defer_build=True, protected_namespaces=())


class Input(BaseModel):
    """The arguments of one tool, by Python name; the API's spelling is taken as well."""

    model_config = ConfigDict(
        extra="forbid",
        coerce_numbers_to_str=True,
        defer_build=True,
        validate_by_name=True,
        validate_by_alias=True,
        protected_namespaces=(),
    )


@dataclass(frozen=True, slots=True)
class Wire:
    """How one field travels. ``slash`` lets a path argument hold ``/``; ``hint`` puts its text into the tool list;
    ``json_text`` sends an object as one JSON text (R51); ``rule`` is the number a value out of bounds breaks."""

    api: str | None = None
    place: Place | None = None
    style: Style | None = None
    slash: bool = False
    hint: bool = False
    secret: bool = False
    json_text: bool = False
    rule: str | None = None


def need(
    description: str,
    *,
    api: str | None = None,
    place: Place | None = None,
    style: Style | None = None,
    slash: bool = False,
    secret: bool = False,
    json_text: bool = False,
    rule: str | None = None,
    **bounds: Any,
) -> Any:
    """A required field. ``bounds`` are pydantic's: ge, le, min_length, max_length, pattern."""
    wire = Wire(api, place, style, slash, True, secret, json_text, rule)
    return _field(wire, default=..., description=description, **bounds)


def may(
    description: str,
    *,
    api: str | None = None,
    place: Place | None = None,
    style: Style | None = None,
    hint: bool = False,
    secret: bool = False,
    json_text: bool = False,
    rule: str | None = None,
    **bounds: Any,
) -> Any:
    """An optional field (annotate it ``T | None``). With ``hint`` its text stands in the tool list, not only in the
    operation's own page; ``secret`` marks a value that is never shown, logged or previewed (R65, R67)."""
    wire = Wire(api, place, style, False, hint, secret, json_text, rule)
    return _field(wire, default=None, description=description, **bounds)


def _field(wire: Wire, **given: Any) -> Any:
    made = Field(**given)
    made.metadata.append(wire)
    return made


ShapeT = TypeVar("ShapeT", bound=Shape)


def with_fields_of(inputs: type[Input]) -> Callable[[type[ShapeT]], type[ShapeT]]:
    """Fill a shape with an operation's fields by API name, all of them optional and none hinted."""
    fields: dict[str, Any] = {api_name(name, info): _optional(info) for name, info in inputs.model_fields.items()}

    def fill(shape: type[ShapeT]) -> type[ShapeT]:
        module, text = shape.__module__, shape.__doc__
        return create_model(shape.__name__, __base__=shape, __module__=module, __doc__=text, **fields)

    return fill


def _optional(info: FieldInfo) -> tuple[Any, FieldInfo]:
    bounds = [item for item in info.metadata if not isinstance(item, Wire)]
    made = may(info.description or "", secret=wire_of(info).secret, rule=wire_of(info).rule)
    made.metadata[:0] = bounds
    return cast(Any, info.annotation) | None, made


def wire_of(info: FieldInfo) -> Wire:
    return next((item for item in info.metadata if isinstance(item, Wire)), Wire())


def api_name(name: str, info: FieldInfo) -> str:
    return wire_of(info).api or to_pascal(name)


def plain(value: Any) -> Any:
    """A validated value as JSON data, as the official SDKs send it: inside a shape a null is left out, and a list of
    shapes that was not given is ``[]``."""
    if isinstance(value, Shape):
        return {
            name: [] if given is None else plain(given)
            for name, info in type(value).model_fields.items()
            if (given := getattr(value, name)) is not None or is_shape_list(info.annotation)
        }
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def json_text(value: Any) -> Any:
    """A shape as the JSON text it travels as: what was given and nothing else (R51)."""
    return value.model_dump_json(exclude_none=True) if isinstance(value, Shape) else value


def is_shape_list(annotation: Any) -> bool:
    """Whether an annotation, optional or not, is a list of shapes."""
    return any(
        get_origin(option) is list and isinstance(item, type) and issubclass(item, Shape)
        for option in (annotation, *get_args(annotation))
        for item in get_args(option)[:1]
    )
