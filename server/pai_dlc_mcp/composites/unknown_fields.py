"""Fields of a record that the declarations do not know: carried on unchanged into the new job (R29). Pure.

The service knows more fields than its documents. A clone that dropped one would make another job than it says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from ..api.dlc.shapes import OUTCOME_FIELDS
from ..operation import Operation
from ..redaction.engine import ENVIRONMENTS
from ..shapes import Shape, api_name, shape_in
from .respec import NOT_COPIED, SECRET_FIELDS, is_secret, is_secret_variable, renamed

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def unknown_fields(create: Operation, record: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What the record of a job says beyond the declarations: path to value, and the paths of what looks like a secret.

    ``JobSpecs[0].Image`` is the form of a path. What a job's record tells of its fate is no field of the new job;
    an empty value says nothing.
    """
    known = {api_name(name, info): info.annotation for name, info in create.inputs.model_fields.items()}
    found: dict[str, Any] = {}
    for name, value in renamed(record).items():
        if name in known:
            _collect(value, known[name], name, found) if name not in (*NOT_COPIED, *SECRET_FIELDS) else None
        elif name not in OUTCOME_FIELDS and not name.startswith("Gmt"):
            found[name] = value
    said = {path: value for path, value in found.items() if value not in (None, "", [], {})}
    secret = [path for path, value in said.items() if holds_secret(path.rpartition(".")[2], value)]
    return {path: value for path, value in said.items() if path not in secret}, secret


def _collect(value: Any, annotation: Any, path: str, found: dict[str, Any]) -> None:
    shape: type[Shape] | None = shape_in(annotation)
    if shape is None:
        return
    for at, item in enumerate(value if isinstance(value, list) else ()):
        _collect(item, annotation, f"{path}[{at}]", found)
    for name, item in value.items() if isinstance(value, Mapping) else ():
        info = shape.model_fields.get(name)
        if info is None:
            found[f"{path}.{name}"] = item
        elif name not in SECRET_FIELDS:
            _collect(item, info.annotation, f"{path}.{name}", found)


def holds_secret(name: str, value: Any) -> bool:
    """Whether a value, or anything in it, is named or shaped like a secret; such a value is never copied (R67)."""
    if isinstance(value, Mapping):
        named = value.get("Key") or value.get("Name")
        pair = isinstance(named, str) and "Value" in value and is_secret_variable(named, value["Value"])
        if name in ENVIRONMENTS:
            return any(is_secret_variable(str(key), item) for key, item in value.items())
        return pair or name in SECRET_FIELDS or any(holds_secret(str(key), item) for key, item in value.items())
    if isinstance(value, list):
        return any(holds_secret(name, item) for item in value)
    return is_secret(name, value)


def kept(carried: Mapping[str, Any], changed: Iterable[str]) -> dict[str, Any]:
    """The fields that no change replaces: one of ``JobSpecs`` or ``JobSpecs[0]`` replaces all that stands below it."""
    replaced = tuple(changed)
    return {path: value for path, value in carried.items() if not any(_is_below(path, one) for one in replaced)}


def _is_below(path: str, replaced: str) -> bool:
    return path == replaced or path.startswith((f"{replaced}.", f"{replaced}["))


def grafted(args: Mapping[str, Any], carried: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments with the fields put back where they stood; one whose place is gone is left out."""
    whole: dict[str, Any] = deepcopy(dict(args))
    for path, value in carried.items():
        *way, last = [int(number) if number else name for name, number in _STEP.findall(path)]
        place = _at(whole, way)
        if isinstance(place, dict) and last not in place:
            place[last] = deepcopy(value)
    return whole


def _at(value: Any, way: list[str | int]) -> Any:
    for step in way:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value
