"""Arguments for an operation, made up from its declaration: every field, or any choice of them."""

from __future__ import annotations

import types
from datetime import datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from hypothesis import strategies as st
from pydantic.fields import FieldInfo

from pai_dlc_mcp.api.exceptions import ADDED
from pai_dlc_mcp.api.kinds import TIME
from pai_dlc_mcp.operation import Operation
from pai_dlc_mcp.shapes import Shape, kind_of

Values = st.SearchStrategy[Any]

_TEXT = st.characters(exclude_categories=["Cs"])
_PATH_TEXT = st.characters(
    exclude_categories=["Cs", "Cc", "Cf", "Co", "Cn", "Zl", "Zp", "Zs"], exclude_characters="/\\"
)
_NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
_SCALARS = st.one_of(st.text(_TEXT, max_size=8), st.integers(-(2**53), 2**53), st.booleans(), _NUMBERS)
_TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1)).map(lambda at: f"{at:%Y-%m-%dT%H:%M:%S}Z")
"""As they travel (R69); what callers write for a time is tested beside."""
_KEYS = st.text(_TEXT, max_size=6)
_ANY = st.recursive(_SCALARS, lambda x: st.lists(x, max_size=2) | st.dictionaries(_KEYS, x, max_size=2), max_leaves=4)


def arguments(operation: Operation, *, every: bool) -> Values:
    """By Python name; required fields always, the others all or any."""
    fields = {name: _field(operation, name, info) for name, info in operation.inputs.model_fields.items()}
    needed = {n: s for n, s in fields.items() if every or operation.inputs.model_fields[n].is_required()}
    return st.fixed_dictionaries(needed, optional={n: s for n, s in fields.items() if n not in needed})


def _field(operation: Operation, name: str, info: FieldInfo) -> Values:
    if operation.fields[name][2] == "path" and not _bounded(info, "pattern"):
        longest = min(_bound(info, MaxLen, "max_length", 40), 40)
        text = st.text(_PATH_TEXT, min_size=1, max_size=longest)
        return text.filter(lambda value: value not in (".", ".."))
    return _value(info.annotation, info)


def _value(annotation: Any, info: FieldInfo | None = None) -> Values:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return st.one_of([_value(option, info) for option in inner if option is not types.NoneType])
    if origin is Annotated:
        return _TIMES if TIME in inner else _value(inner[0], info)
    if origin is Literal:
        return st.sampled_from(inner)
    if origin is list:
        least, most = _bound(info, MinLen, "min_length", 0), _bound(info, MaxLen, "max_length", 2)
        return st.lists(_value(inner[0]), min_size=least, max_size=min(most, least + 2))
    if origin is dict:
        return st.dictionaries(_KEYS, _value(inner[1]), max_size=2)
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        return st.deferred(lambda: _shape(annotation))
    return _scalar(annotation, info)


def _shape(shape: type[Shape]) -> Values:
    """Fields that lead back to a shape of the same kind are left out, and those that the SDKs do not know."""
    known = {n: i for n, i in shape.model_fields.items() if (shape.__name__, n) not in ADDED}
    fields = {n: i for n, i in known.items() if shape.__name__ not in str(i.annotation)}
    needed = {n: _value(i.annotation, i) for n, i in fields.items() if i.is_required()}
    return st.fixed_dictionaries(
        needed, optional={n: _value(i.annotation, i) for n, i in fields.items() if n not in needed}
    )


def _scalar(annotation: Any, info: FieldInfo | None) -> Values:
    if annotation is bool:
        return st.booleans()
    if annotation is int:
        return st.integers(_least(info), _most(info))
    if annotation is float:
        return st.floats(_least(info), _most(info), allow_nan=False, allow_infinity=False)
    if annotation is str:
        return _TIMES if info is not None and kind_of(info) is TIME else _text(info)
    assert annotation is Any or annotation is dict, f"no values for {annotation}"
    return st.dictionaries(_KEYS, _ANY, max_size=2)


def _text(info: FieldInfo | None) -> Values:
    least, most = _bound(info, MinLen, "min_length", 0), _bound(info, MaxLen, "max_length", 20)
    if pattern := _bounded(info, "pattern"):
        ascii_only = st.characters(codec="ascii")
        found = st.from_regex(pattern, fullmatch=True, alphabet=ascii_only)
        return found.filter(lambda text: least <= len(text) <= max(most, least))
    text = st.text(_TEXT, min_size=least, max_size=max(least, min(most, 20)))
    return text.filter(lambda value: value.strip() not in ("null", "undefined"))  # R76


def _least(info: FieldInfo | None) -> int:
    return int(_bound(info, Gt, "gt", _bound(info, Ge, "ge", -(2**31)) - 1)) + 1


def _most(info: FieldInfo | None) -> int:
    return int(_bound(info, Lt, "lt", _bound(info, Le, "le", 2**31) + 1)) - 1


def _bound(info: FieldInfo | None, kind: type[Any], name: str, default: int) -> int:
    found = next((item for item in (info.metadata if info else ()) if isinstance(item, kind)), None)
    return int(getattr(found, name)) if found else default


def _bounded(info: FieldInfo | None, name: str) -> str | None:
    return next((value for item in (info.metadata if info else ()) if (value := getattr(item, name, None))), None)
