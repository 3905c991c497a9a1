"""The language of fields: nested shapes, tool inputs, how each field travels, and what a value of it stands for."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, ClassVar, Literal, TypeVar, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.alias_generators import to_pascal
from pydantic.fields import FieldInfo

Place = Literal["path", "query", "body"]
Style = Literal["json", "simple", "flat"]


class Effect(StrEnum):
    """What a call does to the world. The HTTP verb hides it: StopJob is POST, GetToken hands out a credential."""

    READ = "read"
    CREATE = "create"
    WRITE = "write"
    STOP = "stop"
    DELETE = "delete"
    SPEND = "spend"
    EXPOSE = "expose"
    ADMIT = "admit"
    REDIRECT = "redirect"
    FOREIGN = "foreign"
    OVERWRITE = "overwrite"


READ, CREATE, WRITE, STOP, DELETE, SPEND, EXPOSE, ADMIT, REDIRECT, FOREIGN, OVERWRITE = Effect


@dataclass(frozen=True, slots=True)
class Kind:
    """What the value of a field stands for; a type such as ``DatasetId`` carries it to wherever such a field stands.

    ``reader`` is the operation that reads one by its id, whose answer tells owner and workspace; where it does not tell
    the workspace, ``lister`` is the list of a workspace's own and the field with its rows. ``is_personal`` says that it
    is nobody's to change but its owner's. With ``rule`` a call that creates or changes something may only name
    a value that a read has shown to this caller under that rule; with ``is_advice`` the answer only remarks on it,
    where ``confirmed_by``, a read of the server's own, does not show it either.
    ``action`` is the RAM action that naming one needs beside the operation's own; ``listed_by`` is the list that shows
    it and that list's argument for exactly this value, empty where it has none (R55); ``ways`` says how a value that no
    read shows may be used all the same, ``form`` how a value is written; ``risk`` is what giving one does.
    """

    name: str
    reader: str | None = None
    lister: tuple[str, str] | None = None
    is_personal: bool = False
    rule: str | None = None
    is_advice: bool = False
    confirmed_by: str = ""
    words: str = ""
    action: str = ""
    listed_by: tuple[str, str] | None = None
    ways: str = ""
    form: str = ""
    risk: FieldRisk | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """The values that documents list for a text, where the list may be behind the service: others travel too, with a
    notice (R29). For what sorts, shows or permits something, and for what a rule reads, a ``Literal`` closes the list.
    """

    values: tuple[str, ...]

    def __init__(self, *values: str) -> None:
        object.__setattr__(self, "values", values)


@dataclass(frozen=True, slots=True)
class FieldRisk:
    """What giving a field does beside the operation's own effect (R30).

    ``applies`` is asked with the value and with the target's state as it was read, ``None`` where it was not: what
    cannot be determined then is a yes. ``needs_target`` says that the state matters.
    """

    effect: Effect
    applies: Callable[[Any, Mapping[str, Any] | None], bool] = lambda value, target: True
    needs_target: bool = False


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
    gathers: ClassVar[str] = ""
    """The argument into which names that this tool does not know are put: they are another tool's arguments."""


@dataclass(frozen=True, slots=True)
class Wire:
    """How one field travels and what giving it means.

    ``slash`` lets a path argument hold ``/``; ``hint`` puts its text into the tool list; ``json_text`` sends an object
    as one JSON text (R51); ``rule`` is the number a value out of bounds breaks. ``about`` says that the call is about
    what the field names, although it stands beside the path; ``kind_by`` names the field beside it that tells of which
    kind it is; ``risk`` is what giving it may do; ``address`` says that it leads to where a stored secret is sent
    (R38). ``sent_default`` is what a read sends where it is not given (R66): a value, a relative time, or a function of
    the other arguments. With ``is_sent`` false it never travels: the server does what it asks for.
    """

    api: str | None = None
    place: Place | None = None
    style: Style | None = None
    slash: bool = False
    hint: bool = False
    secret: bool = False
    json_text: bool = False
    rule: str | None = None
    about: bool = False
    kind_by: str | None = None
    risk: FieldRisk | None = None
    sent_default: Any = None
    is_sent: bool = True
    searches: tuple[str, ...] = ()
    address: bool = False


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
    about: bool = False,
    risk: FieldRisk | None = None,
    **bounds: Any,
) -> Any:
    """A required field. ``bounds`` are pydantic's: ge, le, min_length, max_length, pattern."""
    wire = Wire(api, place, style, slash, True, secret, json_text, rule, about, None, risk)
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
    about: bool = False,
    kind_by: str | None = None,
    risk: FieldRisk | None = None,
    sent_default: Any = None,
    is_sent: bool = True,
    searches: str = "",
    address: bool = False,
    **bounds: Any,
) -> Any:
    """An optional field (annotate it ``T | None``). With ``hint`` its text stands in the tool list, not only in the
    operation's own page; ``secret`` marks a value that is never shown, logged or previewed (R65, R67); ``searches``
    names the fields of the answer's rows in which its words are looked for, ``*`` where the service judges by any."""
    where = tuple(searches.split())
    wire = Wire(
        api, place, style, False, hint, secret, json_text, rule, about, kind_by, risk, sent_default, is_sent, where,
        address,
    )  # fmt: skip
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
    wire = wire_of(info)
    made = may(info.description or "", secret=wire.secret, rule=wire.rule, risk=wire.risk)
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


def kind_of(info: FieldInfo) -> Kind | None:
    """The kind that the type of a field carries, be it the field's own, an optional's or a list item's."""
    return next((item for item in _markers(info.annotation, info.metadata) if isinstance(item, Kind)), None)


@lru_cache(maxsize=2048)
def known_in(annotation: Any) -> tuple[str, ...]:
    """The documented values of a text, be it a type's own, an optional's or a list item's; empty where any will do."""
    return next((item.values for item in _markers(annotation) if isinstance(item, Known)), ())


def known_of(info: FieldInfo) -> tuple[str, ...]:
    """The same of a field: of a required one pydantic keeps the marker beside the type."""
    annotation: Any = info.annotation
    own = next((item.values for item in info.metadata if isinstance(item, Known)), ())
    return own or known_in(annotation)


def _markers(annotation: Any, metadata: Any = ()) -> Iterator[Any]:
    yield from metadata
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        return
    for option in get_args(annotation):
        yield from _markers(option, getattr(annotation, "__metadata__", ()))


def shape_in(annotation: Any) -> type[Shape] | None:
    """The nested shape that an annotation holds, in a list or an optional too."""
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        return annotation
    return next((found for option in get_args(annotation) if (found := shape_in(option)) is not None), None)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A declared field at any depth: its path by API names, ``[]`` behind the name of a list, the argument in which it
    lies, and what it carries."""

    path: str
    argument: str
    kind: Kind | None
    wire: Wire
    known: tuple[str, ...] = ()


def leaves(model: type[BaseModel], prefix: str = "") -> Iterator[Leaf]:
    """Every field of a tool's inputs, or of a shape, down to the innermost."""
    for name, info in model.model_fields.items():
        api = api_name(name, info) if issubclass(model, Input) else name
        path = f"{prefix}{api}" + ("[]" if _is_list(info.annotation) else "")
        yield Leaf(path, re.split(r"[.\[]", path, maxsplit=1)[0], kind_of(info), wire_of(info), known_of(info))
        inner = shape_in(info.annotation)
        if inner is not None:
            yield from leaves(inner, f"{path}.")


def _is_list(annotation: Any) -> bool:
    return any(get_origin(option) is list for option in (annotation, *get_args(annotation)))


def walk(value: Any, path: str) -> list[tuple[str, Any]]:
    """The values at the end of a path such as ``JobSpecs[].Image``, each with its place, such as ``JobSpecs[0].Image``.

    JSON text on the way is read as what it says.
    """
    found = [("", value)]
    for step in path.split("."):
        name = step.removesuffix("[]")
        inner = [(f"{place}.{name}" if place else name, (opened(one) or {}).get(name)) for place, one in found]
        if step != name:
            lists = [(place, items) for place, items in inner if isinstance(items, list)]
            inner = [(f"{place}[{number}]", item) for place, items in lists for number, item in enumerate(items)]
        found = inner
    return found


def values_under(
    args: Mapping[str, Any], names: re.Pattern[str], skipped: Container[str] = (), known: Container[str] = ()
) -> list[Any]:
    """Every plain value below a name in which the pattern finds something, at any depth, declared or not.

    Names are looked at in small letters and without all else. JSON text of objects and lists on the way is read as what
    it says, a name that is given twice with both values. Text that begins like one and is none, which others may read,
    is a value where it holds such a name. Below the paths (of names alone) in ``skipped`` nothing is looked at; those
    in ``known`` are no such names.
    """
    found, waiting = [], [("", args, False)]
    while waiting:
        path, value, is_named = waiting.pop()
        inner = _parsed(value)
        if isinstance(inner, Mapping):
            steps = ((f"{path}.{name}".lstrip("."), str(name), one) for name, one in inner.items())
            waiting += [(at, one, is_named or (at not in known and _is_in(names, name)))
                        for at, name, one in steps if at not in skipped]  # fmt: skip
        elif isinstance(inner, list):
            waiting += [(path, one, is_named) for one in inner]
        elif is_named or (
            _looks_like_json(inner) and any(colon and _is_in(names, key) for key, colon in _KEY.findall(inner))
        ):
            found.append(inner)
    return found


_NO_LETTER = re.compile("[^a-z]")
_KEY = re.compile(r"([\w./-]++)(?:[\"'\\\s]{0,8}+(:))?+")


def _is_in(names: re.Pattern[str], name: str) -> bool:
    return names.search(_NO_LETTER.sub("", name.lower())) is not None


def _looks_like_json(value: Any) -> bool:
    return isinstance(value, str) and value.lstrip("\ufeff \t\r\n")[:1] in ("{", "[")


def _all_values(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    several: dict[str, list[Any]] = {}
    for name, value in pairs:
        several.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in several.items()}


def _parsed(value: Any) -> Any:
    """What a JSON text of an object or a list says; anything else as it is."""
    try:
        return json.loads(value, object_pairs_hook=_all_values) if _looks_like_json(value) else value
    except (ValueError, RecursionError):
        return value


def opened(value: Any) -> dict[str, Any] | None:
    """An object, or the object that a JSON text holds; ``None`` where it is neither."""
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return None
    return dict(found) if isinstance(found, Mapping) else None


def snake(name: str) -> str:
    """``GetJobSanityCheckResult`` to ``get_job_sanity_check_result``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
