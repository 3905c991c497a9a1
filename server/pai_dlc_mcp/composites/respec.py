"""From what GetJob answers to what CreateJob takes: known fields only, secrets left out by name. Pure.

Only values of variables that are plainly no secret go on into the new job, and the answer shows names alone (R67).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from ..api.dlc.shapes import without_unset
from ..operation import Operation
from ..redaction.engine import CREDENTIALS, ENVIRONMENTS, PAIRS, SECRETS, holds_secret, is_plain_value, is_secret_name
from ..shapes import Shape, api_name

NOT_COPIED = frozenset({"ElasticSpec", "DebuggerConfigContent", "TemplateId", "TemplateVersion"})
"""What the service ignores on a create (R19), or would apply twice."""
SECRET_FIELDS = frozenset({*CREDENTIALS, *SECRETS})
"""Objects that hold secrets: named, never copied."""


@dataclass
class Respec:
    """``args`` by API name for CreateJob; ``secrets`` the paths and variables that were left out for being secret,
    ``variables`` those that were copied."""

    args: dict[str, Any]
    secrets: list[str] = field(default_factory=list)
    variables: list[str] = field(default_factory=list)


def respec(create: Operation, source: Mapping[str, Any]) -> Respec:
    """The arguments that would make the same job again, as far as they may be copied."""
    secrets: list[str] = []
    known = {api_name(name, info): info.annotation for name, info in create.inputs.model_fields.items()}
    args = {
        name: _pruned(value, known[name], name, secrets)
        for name, value in without_unset(renamed(source)).items()
        if name in known and name not in NOT_COPIED and not _secret(name, value, name, secrets)
    }
    if not isinstance(variables := args.pop("Envs", None) or {}, Mapping):
        secrets.append("Envs")
        variables = {}
    secrets += [f"Envs.{name}" for name, value in variables.items() if is_secret_variable(name, value)]
    args["Envs"] = {name: value for name, value in variables.items() if not is_secret_variable(name, value)}
    args["DataSources"] = _each(args.get("DataSources"), _one_source)
    has_quota = bool(args.get("ResourceId"))
    args["JobSpecs"] = _each(args.get("JobSpecs"), lambda spec: _one_resource(spec, has_quota))
    args = {name: value for name, value in args.items() if value not in (None, "", [], {})}
    return Respec(args, secrets, sorted(set(_variables(args))))


def is_secret_variable(name: str, value: object) -> bool:
    """Whether the value of a variable stays in its job (R67): any but a number, a flag, a short path, a public address.

    Who may read a job may not run with what its variables hold: a copy with another command would print it.
    """
    return is_secret(name, value) or not is_plain_value(str(value))


def _each(items: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """The objects of a list changed; whatever else stands there is left for the types of a create to refuse."""
    if not isinstance(items, list):
        return items
    return [change(item) if isinstance(item, dict) else item for item in items]


def is_secret(name: str, value: object) -> bool:
    return is_secret_name(name) or holds_secret(str(value))


def _open_pairs(pairs: list[Any], path: str, secrets: list[str]) -> list[Any]:
    """A list of variables without the secret ones, whose names are noted."""
    kept = []
    for pair in pairs:
        name = _name_of(pair)
        if isinstance(pair, Mapping) and is_secret_variable(name, pair.get("Value")):
            secrets.append(f"{path}.{name}")
        else:
            kept.append(pair)
    return kept


def _name_of(pair: Any) -> str:
    return str(pair.get("Key") or pair.get("Name") or "") if isinstance(pair, Mapping) else ""


def _variables(value: Any) -> Iterator[str]:
    """The names of all variables, wherever they stand."""
    for name, item in value.items() if isinstance(value, Mapping) else ():
        if name in ENVIRONMENTS and isinstance(item, Mapping):
            yield from map(str, item)
        elif name in PAIRS and isinstance(item, list):
            yield from filter(None, map(_name_of, item))
        else:
            yield from _variables(item)
    for item in value if isinstance(value, list) else ():
        yield from _variables(item)


def renamed(source: Mapping[str, Any]) -> dict[str, Any]:
    """The answer spells one field of the VPC otherwise than the request."""
    found = dict(source)
    if isinstance(vpc := found.get("UserVpc"), Mapping):
        found["UserVpc"] = {"ExtendedCIDRs" if name == "ExtendedCidrs" else name: vpc[name] for name in vpc}
    return found


def _secret(name: str, value: Any, path: str, secrets: list[str]) -> bool:
    if name not in SECRET_FIELDS:
        return False
    if value not in (None, "", [], {}):
        secrets.append(path)
    return True


def _pruned(value: Any, annotation: Any, path: str, secrets: list[str]) -> Any:
    """Only what the request's shape knows, without what is empty or secret."""
    shape = _shape_in(annotation)
    if isinstance(value, list) and path.rpartition(".")[2] in PAIRS:
        value = _open_pairs(value, path, secrets)
    if isinstance(value, list):
        return [_pruned(item, annotation, f"{path}[{at}]", secrets) for at, item in enumerate(value)]
    if shape is None or not isinstance(value, Mapping):
        return dict(value) if isinstance(value, Mapping) else value
    kept = {
        name: _pruned(item, shape.model_fields[name].annotation, f"{path}.{name}", secrets)
        for name, item in value.items()
        if name in shape.model_fields and not _secret(name, item, f"{path}.{name}", secrets)
    }
    return {name: item for name, item in kept.items() if item not in (None, "", [], {})}


def _shape_in(annotation: Any) -> type[Shape] | None:
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        return annotation
    return next((found for option in get_args(annotation) if (found := _shape_in(option)) is not None), None)


def _one_source(source: dict[str, Any]) -> dict[str, Any]:
    """R08: an answer tells the dataset and where it lies; the dataset alone makes the same mount again."""
    return {name: value for name, value in source.items() if name != "Uri" or not source.get("DataSourceId")}


def _one_resource(spec: dict[str, Any], quota: bool) -> dict[str, Any]:
    """R06, R07: an answer may tell both how a pod was asked for and what that came to."""
    drop = "EcsSpec" if quota and spec.get("ResourceConfig") else "ResourceConfig" if spec.get("EcsSpec") else ""
    return {name: value for name, value in spec.items() if name != drop}
