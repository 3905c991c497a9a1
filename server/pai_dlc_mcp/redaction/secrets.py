"""What a secret looks like (R65), masked in linear time, and where a job holds secrets (R67).

Each pattern starts at a literal or a keyword and runs over bounded classes, so no text makes it slow; a cheap search
for the literal decides whether the pattern runs at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

MASK = "***"

_TOKENS = re.compile(
    r"LTAI[0-9A-Za-z]{8,64}"  # Alibaba Cloud access key id
    r"|(?<![A-Za-z0-9])(?:"
    r"STS\.[0-9A-Za-z+/=_-]{8,1024}"  # its temporary kind
    r"|A[KS]IA[0-9A-Z]{16}"  # AWS access key id
    r"|gh[pousr]_[0-9A-Za-z]{16,255}|github_pat_[0-9A-Za-z_]{16,255}"
    r"|glpat-[0-9A-Za-z_-]{16,255}|hf_[0-9A-Za-z]{16,255}|npm_[0-9A-Za-z]{20,255}|pypi-[0-9A-Za-z_-]{20,512}"
    r"|sk-[0-9A-Za-z_-]{16,512}|xox[a-z]-[0-9A-Za-z-]{10,255}|AIza[0-9A-Za-z_-]{30,64}"
    r"|eyJ[0-9A-Za-z_-]{8,4096}\.[0-9A-Za-z_-]{4,8192}(?:\.[0-9A-Za-z_-]{0,2048})?"  # JSON web token
    r")"
)
_TOKEN_STARTS = ("LTAI", "STS.", "KIA", "SIA", "gh", "github_pat_", "glpat-", "hf_", "npm_", "pypi-", "sk-", "xox",
                 "AIza", "eyJ")  # fmt: skip

_VALUE = (
    r"(?:\"(?:[^\"\\\n]|\\.){1,8192}\"?|'(?:[^'\\\n]|\\.){1,8192}'?"  # quoted, the end maybe cut off
    r"|\\\"[^\"\\\n]{1,8192}(?:\\\")?"  # quoted inside quoted text
    r"|[^\s\"'`,;&|<>(){}\[\]\\]{1,8192})"
)
_NAMED = re.compile(
    r"(?P<name>(?:pass(?:word|wd|phrase)|pwd|secret|credential|signature|token(?!iz|s|ed|ing)"
    r"|(?:private|access|api|account|signing|encryption|master)[_-]?key)"
    r"[A-Za-z0-9_.-]{0,48}(?:\\?[\"'])?[ \t]{0,4}(?:=>|:=|[:=])[ \t]{0,4})(?P<value>" + _VALUE + ")",
    re.IGNORECASE,
)
_NAME_WORDS = ("pass", "pwd", "secret", "key", "credential", "signature", "token")

_OPTION = re.compile(
    r"(?P<name>(?<!-)--(?:[A-Za-z0-9]{1,24}-){0,4}(?:password|passwd|passphrase|secret|token|key)[ \t]{1,4})"
    r"(?P<value>(?!-)" + _VALUE + ")",
    re.IGNORECASE,
)
_BEARER = re.compile(r"(?P<name>\b(?:Bearer|Basic)[ \t]{1,4})(?P<value>[A-Za-z0-9._~+/=-]{8,8192})", re.IGNORECASE)
_HEADER = re.compile(
    r"(?P<name>\b(?:proxy-)?(?:authorization|set-cookie|cookie)(?:\\?[\"'])?[ \t]{0,4}[:=][ \t]{0,4})"
    r"(?:\\?[\"'])?(?:[A-Za-z0-9-]{2,24}[ \t]{1,2})?[^\s\"'\\]{1,8192}",
    re.IGNORECASE,
)
_USER_INFO = re.compile(r"://(?P<user>[^\s/@\"']{1,1024})@")
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----.*?"
    r"(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\Z)",  # where the end is missing: all the rest
    re.DOTALL,
)

_PLAIN_VALUE = re.compile(r"[0-9.,:%/ex+-]{1,24}|\*{3}|none|null|true|false|nan|inf", re.IGNORECASE)
"""Numbers and their like: ``eos_token_id: 2`` is no secret."""

_SHORTEST_TOKEN, _SHORTEST_BEARER = 4, 16


def mask_shapes(text: str) -> str:
    """The text with everything masked that looks like a secret."""
    low = text.lower()
    if "private key" in low:
        text = _PRIVATE_KEY.sub(MASK, text)
    if any(start in text for start in _TOKEN_STARTS):
        text = _TOKENS.sub(MASK, text)
    if "authorization" in low or "cookie" in low:
        text = _HEADER.sub(_keep_name, text)
    if "bearer" in low or "basic" in low:
        text = _BEARER.sub(_mask_bearer, text)
    if any(word in low for word in _NAME_WORDS):
        text = _OPTION.sub(_keep_name, _NAMED.sub(_mask_value, text))
    return _USER_INFO.sub(_mask_user, text)


def _keep_name(found: re.Match[str]) -> str:
    return f"{found['name']}{MASK}"


def _mask_bearer(found: re.Match[str]) -> str:
    """A word after "basic" or "bearer" is a word: a credential is long or has a digit."""
    value = found["value"]
    is_word = len(value) < _SHORTEST_BEARER and value.isalpha()
    return found[0] if is_word else f"{found['name']}{MASK}"


def _mask_value(found: re.Match[str]) -> str:
    name, value = found["name"], found["value"]
    bare = value.strip("\\\"'")
    if _is_harmless(name.lower(), bare):
        return found[0]
    quote = '\\"' if value[:2] == '\\"' else value[0] if value[0] in "\"'" else ""
    return f"{name}{quote}{MASK}{quote}"


def _is_harmless(name: str, bare: str) -> bool:
    """What only looks like it: numbers and special tokens of a language model, the working directory."""
    if name.startswith("pwd"):
        return bare.startswith("/")
    if name.startswith("token"):
        return len(bare) < _SHORTEST_TOKEN or bare[0] in "<[" or bool(_PLAIN_VALUE.fullmatch(bare))
    return "key" in name and bool(_PLAIN_VALUE.fullmatch(bare))


def _mask_user(found: re.Match[str]) -> str:
    """A password, or a long user name that is a token, between ``://`` and ``@``; ``git@`` stays."""
    user = found["user"]
    return found[0] if ":" not in user and len(user) < 16 else f"://{MASK}@"


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
