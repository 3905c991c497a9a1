"""From the forms that clients really send to the declared ones, before types are checked (R76).

A JSON text where an object or a list belongs is read, at any depth; one object where a list belongs is a list of one; a
whole float where an id belongs is that number; true and false where text belongs are those words; a documented value in
another case is the documented one, unless a rule says that case matters. What a client's own conversion has spoilt
(``"undefined"``, an id beyond 2**53) is refused: nobody can tell what was meant. So is what would keep everybody
waiting while it is looked through.
"""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from .errors import InvalidArguments
from .shapes import Known, Shape, api_name, known_in, wire_of


class _Unreadable(Exception):
    """A value that nobody can read: its path by API names, and why."""

    def __init__(self, path: str, why: str, rule: str | None = "R76") -> None:
        super().__init__(why)
        self.path, self.why, self.rule = path, why, rule


LARGEST_EXACT = 2**53
"""From here on a client that keeps numbers as floats has lost digits of an id."""
MOST_ITEMS = 10_000
"""Items that one argument may hold, at all depths together: more than any operation takes."""
_SPOILT = frozenset({"null", "undefined"})
_ANY_CASE_RULES = frozenset({None, "R47"})
"""Fields without a rule, and those whose rule takes any case."""


def coerce(info: FieldInfo, name: str, value: Any) -> Any:
    """The value of a field in its declared form, as far as it can be understood; types are checked afterwards.

    Raises:
        InvalidArguments: JSON text that is none, a text that stands for nothing, an id that lost its digits, or text
            that cannot be written.
    """
    try:
        _check_count(value, name)
        coerced = _coerce_field(info, value, api_name(name, info))
    except _Unreadable as fault:
        path = name if fault.path == api_name(name, info) else fault.path
        rule = fault.rule or (wire_of(info).rule if path == name else None)
        raise InvalidArguments(f"{path} {fault.why}.", rule=rule, field=path) from None
    try:  # JSON text inside the value may spell what the value itself could not hold
        json.dumps([value, coerced], ensure_ascii=False, allow_nan=False, default=str).encode()
    except UnicodeEncodeError:
        raise InvalidArguments(f"{name} holds half of a surrogate pair, which is no text.", field=name) from None
    except ValueError:
        raise InvalidArguments(f"{name} holds NaN or an infinite number, which JSON has none of.", field=name) from None
    return coerced


def _check_count(value: Any, path: str) -> None:
    """Refuse before anything walks through it what holds more than any operation takes (R77)."""
    count, todo = 0, [value]
    while todo:
        one = todo.pop()
        if isinstance(one, Mapping | list):
            count += len(one)
            if count > MOST_ITEMS:
                raise _Unreadable(path, f"holds more than {MOST_ITEMS:,} items", "R77")
            todo += one.values() if isinstance(one, Mapping) else one


def is_absent(info: FieldInfo, value: Any) -> bool:
    """Whether a value of an optional argument of a read says nothing: an empty or blank text."""
    return isinstance(value, str) and not value.strip() and not info.is_required()


def _coerce_field(info: FieldInfo, value: Any, path: str) -> Any:
    annotation: Any = info.annotation
    known = next((item.values for item in info.metadata if isinstance(item, Known)), ()) or known_in(annotation)
    coerced = _coerce(annotation, value, path, wire_of(info).rule in _ANY_CASE_RULES)
    if known and isinstance(coerced, list):
        return [_as_documented(known, item) for item in coerced]
    return _as_documented(known, coerced) if known else coerced


def _coerce(annotation: Any, value: Any, path: str, is_any_case: bool) -> Any:
    kind = _bare(annotation)
    if isinstance(value, str) and value.strip() in _SPOILT and kind is not Any:
        raise _Unreadable(path, f"is {value.strip()!r}, which stands for nothing; leave it out")
    if get_origin(kind) is list:
        return _coerce_list(kind, _read_json(kind, value, path), path, is_any_case)
    if get_origin(kind) is dict or kind is dict:
        return _read_json(kind, value, path)
    if isinstance(kind, type) and issubclass(kind, Shape):
        return _coerce_shape(kind, _read_json(kind, value, path), path)
    if get_origin(kind) is Literal and is_any_case:
        return _as_documented(get_args(kind), value)
    if kind in (int, float) and isinstance(value, bool):
        raise _Unreadable(path, f"is a number; {str(value).lower()} was given", None)
    if kind is str and isinstance(value, bool):
        return value if _is_id(path) else str(value).lower()
    if kind is str and isinstance(value, int | float):
        return _as_id(value, path)
    return value


def _coerce_list(kind: Any, value: Any, path: str, is_any_case: bool) -> Any:
    items = [value] if isinstance(value, Mapping) else value
    if not isinstance(items, list) or not get_args(kind):
        return items
    inner = get_args(kind)[0]
    return [_coerce(inner, item, f"{path}[{index}]", is_any_case) for index, item in enumerate(items)]


def _coerce_shape(shape: type[Shape], value: Any, path: str) -> Any:
    if not isinstance(value, Mapping):
        return value
    fields = shape.model_fields
    return {
        name: _coerce_field(fields[name], item, f"{path}.{name}") if name in fields and item is not None else item
        for name, item in value.items()
    }


def _read_json(kind: Any, value: Any, path: str) -> Any:
    """A text as the list or object that it spells; plain text for a list of texts is parted at its commas."""
    if not isinstance(value, str):
        return value
    try:
        read = json.loads(value)
        _check_count(read, path)
        return read
    except (ValueError, RecursionError):
        items = get_args(kind)[:1] if get_origin(kind) is list else ()
        is_of_text = any(_bare(item) is str or get_origin(_bare(item)) is Literal for item in items)
        if is_of_text and not value.lstrip().startswith(("[", "{", '"')):
            return [part.strip() for part in value.split(",")]
        if "." in path or "[" in path:
            return value  # the types, or a rule that knows better, will say what is wrong inside an object
        raise _Unreadable(path, "is text that is not JSON; give the value itself or valid JSON", None) from None


def _as_documented(known: tuple[Any, ...], value: Any) -> Any:
    """The documented spelling of a value in another case."""
    text = str(value).lower() if isinstance(value, bool) else value
    if text in known or not isinstance(text, str):
        return text
    return next((one for one in known if str(one).lower() == text.strip().lower()), value)


def _is_id(path: str) -> bool:
    return path.rpartition(".")[2].rstrip("]0123456789[").lower().endswith(("id", "ids"))


def _as_id(value: float, path: str) -> Any:
    """A number where text belongs. An id that a float carries is read while no digit can be lost."""
    if not _is_id(path):
        return value
    if (isinstance(value, float) and not value.is_integer()) or abs(value) >= LARGEST_EXACT:
        raise _Unreadable(path, f"was given as the number {value!r}, which may have lost digits; give it as text")
    return str(int(value))


def _bare(annotation: Any) -> Any:
    """A type without its ``| None`` and without ``Annotated``."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        options = [option for option in get_args(annotation) if option is not types.NoneType]
        return _bare(options[0]) if len(options) == 1 else annotation
    return annotation
