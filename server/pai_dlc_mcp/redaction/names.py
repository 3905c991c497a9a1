"""What a name or a value says of itself: whether it is a secret's name, and whether a value is plainly no secret (R67).

Everything here looks at one name or one short value, never at a text.
"""

from __future__ import annotations

import re
from functools import lru_cache

PLAIN_CHARS = 256
"""Longer values are never plainly harmless."""

_SECRET_NAME = re.compile(
    r"pass(?:word|wd|phrase|code)|pwd|secret(?!ar(?:y|ies))|token(?!s(?!ecret)|i[zs])|credential|signature|webhook"
    r"|(?:private|access|api|account|signing|encryption|master|license|shared|storage)[_.-]?key|access[_.-]?id"
    r"|authorization|cookie|密码|口令|密钥|秘钥|私钥|令牌|凭证|授权码"
    r"|(?:^|[_.-])(?:auth|key|ak|sk|pass|pw|pswd|cred|creds|pat|jwt)$",
    re.IGNORECASE,
)
_NO_SECRET_NAME = re.compile(
    r"(?:^|[_.-])(?:pad|eos|bos|unk|sep|cls|mask|stop|begin|start|end|special|next|prev|page|continuation)(?:[_.-]?page)?"
    r"[_.-]?tokens?(?:[_.-]?id)?$"
    r"|(?:public|primary|foreign|partition|sort)[_.-]?key$",
    re.IGNORECASE,
)
_SECRET_FIELD = re.compile(
    r"pass(?:word|wd|phrase)|secret(?!s$)|(?:access|security|session|refresh|share|auth|api|sts)[_-]?token|^token$"
    r"|access[_-]?key|private[_-]?key|api[_-]?key|credential$|^auth(?:orization)?$|^cookie$|webhook[_-]?url$",
    re.IGNORECASE,
)

_NUMBER_OR_FLAG = re.compile(
    r"[+-]?[0-9][0-9.,:_/%exEX+-]*(?: ?(?:ns|us|ms|s|sec|min|m|h|d|px|x|[KMGTP]i?[Bb]?|[Bb]))?"
    r"|true|false|yes|no|on|off|none|null|nil|nan|inf|undefined|default|auto|localhost|disabled?|enabled?"
    r"|trace|debug|info|warn(?:ing)?|error|fatal|production|development|staging|/|(?:/[^/\s]+){1,2}/?",
    re.IGNORECASE,
)
_PUBLIC_ADDRESS = re.compile(
    r"(?P<scheme>https?://)?(?P<host>[a-z0-9](?:[a-z0-9-]{0,62}\.){1,8}[a-z]{2,12})(?::[0-9]{1,5})?"
    r"(?P<path>(?:/[A-Za-z0-9._~+:/-]{0,200})?)",
    re.IGNORECASE,
)
_PUBLIC_HOSTS = (
    ".aliyuncs.com", ".aliyun.com", ".alibabacloud.com", "pypi.org", ".pythonhosted.org", ".python.org", "docker.io",
    "github.com", ".githubusercontent.com", "huggingface.co", "hf-mirror.com", "modelscope.cn", "quay.io", "nvcr.io",
    "gcr.io", "ghcr.io", ".edu.cn", "pytorch.org", "npmjs.org",
)  # fmt: skip
_PRIVATE_ENDS = (".internal", ".local", ".svc", ".corp", ".lan", ".intra", ".home", ".test", ".invalid")
_RANDOM_PART = re.compile(r"(?=[^/]*[0-9])(?=[^/]*[A-Za-z])[A-Za-z0-9_~+-]{16,}")


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether a variable of this name holds a secret by its name alone."""
    return bool(_SECRET_NAME.search(name)) and not _NO_SECRET_NAME.search(name)


@lru_cache(maxsize=4096)
def is_secret_field(name: str) -> bool:
    """Whether a field of an answer holds a secret by its name; narrower than a variable's, for fields are ours and
    the service's."""
    return bool(_SECRET_FIELD.search(name))


def is_plain_value(value: str) -> bool:
    """Whether a value is plainly no secret: a number, a switch, a log level, a short path, a public address (R67).

    An address is public when it has no user, no query, no part that looks random, and either a scheme and a name of the
    public internet, or the name of a well-known public host.
    """
    return len(value) <= PLAIN_CHARS and (bool(_NUMBER_OR_FLAG.fullmatch(value)) or _is_public_address(value))


def _is_public_address(value: str) -> bool:
    found = _PUBLIC_ADDRESS.fullmatch(value)
    if found is None:
        return False
    host = found["host"].lower()
    is_known = any(
        host.endswith(one) if one[0] == "." else host == one or host.endswith("." + one) for one in _PUBLIC_HOSTS
    )
    is_open = bool(found["scheme"]) and not host.endswith(_PRIVATE_ENDS)
    random = any(_RANDOM_PART.fullmatch(part) for part in found["path"].split("/"))
    is_hook = "hook" in found["path"].lower()
    return (is_known or is_open) and not random and not is_hook
