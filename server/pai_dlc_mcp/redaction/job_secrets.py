"""What of a job is secret (R67): values of its environment and its credentials, by value and by name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .patterns import MASK

ENVIRONMENTS = ("Envs", "SystemEnvs", "RoleSystemEnvs")
"""Fields that map names of variables to values, the last by role."""

PAIRS = ("CustomEnvs", "Env")
"""Lists of objects with a name (Key or Name) and a Value."""

CREDENTIALS = ("CredentialConfig", "ImageConfig")
"""Objects of known fields: their values are hidden but for what only says of which kind they are."""

SECRETS = ("Secrets", "RegistryAuths")
"""Maps of free names, all of whose values are secrets."""

_CLOSED = frozenset((*ENVIRONMENTS, *PAIRS, *CREDENTIALS, *SECRETS))
_KINDS = frozenset({"Key", "Name", "Type", "RoleType", "DockerRegistry", "AliyunEnvRoleKey"})
_OPEN = ("JobId", "DisplayName", "WorkspaceId", "WorkspaceName", "UserId", "Username", "ResourceId", "ClusterId",
         "TenantId", "PodId", "PodUid", "Ip", "NodeName", "Image", "EcsSpec", "MountPath")  # fmt: skip
"""Fields that an answer shows anyway: a variable that repeats one of them is no secret."""

SECRET_NAME = re.compile(
    r"pass(?:word|wd|phrase)|pwd|secret|token(?!s|iz)|credential|private_?key|access_?key|api_?key|(?:^|_)(?:auth|key|ak|sk)$",
    re.IGNORECASE,
)
_TRIVIAL = re.compile(
    r"[+-]?[0-9][0-9.,:_/%exEX+-]*|true|false|yes|no|on|off|none|null|default|localhost|disabled|enabled"
    r"|debug|info|warn(?:ing)?|error|production|development|/|(?:/[^/\s]+){1,2}/?",
    re.IGNORECASE,
)
SHORT, SHORTEST, DEEPEST = 8, 4, 40


def secret_values(job: Mapping[str, Any]) -> frozenset[str]:
    """The values of a job that are masked wherever they turn up.

    Under a name that says secret: four characters and more. Under any other name: eight and more, and neither trivial
    (numbers, switches, log levels, paths of at most two parts) nor part of an id or name that the answer shows anyway.
    What the platform sets may also be made of such an id, as the address of a pod is.
    """
    variables = list(_variables(job, 0))
    shown = [value for value in _shown(job, 0) if len(value) >= SHORTEST] if variables else []
    return frozenset(one.value for one in variables if _counts(one, shown))


class _Variable(NamedTuple):
    name: str
    value: str
    of_platform: bool = False


def _counts(one: _Variable, shown: list[str]) -> bool:
    if SECRET_NAME.search(one.name):
        return len(one.value) >= SHORTEST
    if len(one.value) < SHORT or _TRIVIAL.fullmatch(one.value):
        return False
    return not any(one.value in open_value or (one.of_platform and open_value in one.value) for open_value in shown)


def _shown(value: Any, depth: int) -> Iterator[str]:
    """Values of the open fields, outside environments and credentials."""
    if depth > DEEPEST:
        return
    for name, item in value.items() if isinstance(value, Mapping) else enumerate(_items(value)):
        if name in _OPEN and isinstance(item, str):
            yield item
        elif name not in _CLOSED and isinstance(item, Mapping | list):
            yield from _shown(item, depth + 1)


def _variables(value: Any, depth: int) -> Iterator[_Variable]:
    """Everything secret in a job-like answer."""
    if depth > DEEPEST:
        return
    for name, item in value.items() if isinstance(value, Mapping) else enumerate(_items(value)):
        if name in CREDENTIALS:
            yield from (_Variable(key, text) for key, text in _leaves(item, depth + 1, hidden=_KINDS))
        elif name in SECRETS:
            yield from (_Variable("secret", text) for _, text in _leaves(item, depth + 1))
        elif name in ENVIRONMENTS:
            yield from (_Variable(key, text, name != "Envs") for key, text in _leaves(item, depth + 1))
        elif name in PAIRS:
            yield from (_Variable(key, text) for key, text in _pairs(item))
        elif not isinstance(item, str) or name == "Content":
            yield from _variables(_parsed(item) if isinstance(item, str) else item, depth + 1)


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _pairs(items: Any) -> Iterator[tuple[str, str]]:
    for item in _items(items):
        if isinstance(item, Mapping) and item.get("Value") is not None:
            yield str(item.get("Key") or item.get("Name") or ""), str(item["Value"])


def _leaves(value: Any, depth: int, name: str = "", hidden: frozenset[str] = frozenset()) -> Iterator[tuple[str, str]]:
    """Every value below under its nearest name, but for those under the ``hidden`` names."""
    if depth > DEEPEST:
        return
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key not in hidden:
                yield from _leaves(item, depth + 1, str(key), hidden)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, depth + 1, name, hidden)
    elif value is not None and not isinstance(value, bool):
        yield name, str(value)


def hide_env_values(data: Any, depth: int = 0) -> Any:
    """A job-like answer with its variables and credentials by name only (R67)."""
    if depth > DEEPEST:
        return MASK
    if isinstance(data, list):
        return [hide_env_values(item, depth + 1) for item in data]
    if not isinstance(data, Mapping):
        return data
    return {name: _hidden(name, item, depth + 1) for name, item in data.items()}


def _hidden(name: str, item: Any, depth: int) -> Any:
    if name in ENVIRONMENTS or name in SECRETS:
        return _masked(item, frozenset(), depth)
    if name in CREDENTIALS:
        return _masked(item, _KINDS, depth)
    if name in PAIRS:
        return [_masked(pair, _KINDS | {"Visible"}, depth) for pair in _items(item)]
    if name == "Content" and isinstance(item, str) and isinstance(content := _parsed(item), Mapping):
        return json.dumps(hide_env_values(content, depth), ensure_ascii=False, separators=(",", ":"))
    return hide_env_values(item, depth)


def _masked(value: Any, open_names: frozenset[str], depth: int) -> Any:
    """The same shape with every value masked but those of open names, switches and what is empty."""
    if depth > DEEPEST:
        return MASK
    if isinstance(value, Mapping):
        return {
            name: item if name in open_names and isinstance(item, str) else _masked(item, open_names, depth + 1)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_masked(item, open_names, depth + 1) for item in value]
    return value if value is None or isinstance(value, bool) or value == "" else MASK
