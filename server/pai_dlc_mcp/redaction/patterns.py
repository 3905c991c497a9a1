"""What a secret looks like (R65), masked in linear time.

Each pattern starts at a literal or a keyword and runs over bounded classes, so no text makes it slow; a cheap search
for the literal decides whether the pattern runs at all.
"""

from __future__ import annotations

import re

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
