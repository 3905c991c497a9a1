"""Secrets that are known by their own form: access key ids, tokens, headers, logins in addresses, webhooks, Base64."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

from . import private_keys
from .harmless import is_nothing
from .likeness import is_of_words, is_random
from .scan import MASK, Handler, Scan

_WORD, _URL_WORD = "0-9A-Za-z", "0-9A-Za-z_-"
_FORMS: tuple[tuple[str, str, int], ...] = (
    ("STS.", "0-9A-Za-z+/=_-", 8),  # Alibaba Cloud, temporary access key id
    ("CAIS", "0-9A-Za-z+/=", 64),  # Alibaba Cloud, security token
    ("AKIA", "0-9A-Z", 16),  # AWS
    ("ASIA", "0-9A-Z", 16),
    ("AKID", _WORD, 13),  # Tencent Cloud
    ("ghp_", _WORD, 16),
    ("gho_", _WORD, 16),
    ("ghu_", _WORD, 16),
    ("ghs_", _WORD, 16),
    ("ghr_", _WORD, 16),
    ("github_pat_", "0-9A-Za-z_", 16),
    ("glpat-", _URL_WORD, 16),
    ("hf_", _WORD, 16),
    ("npm_", _WORD, 20),
    ("pypi-", _URL_WORD, 20),
    ("sk-", _URL_WORD, 16),  # DashScope, OpenAI and many of their kind
    ("sk_live_", _WORD, 16),
    ("dckr_pat_", _URL_WORD, 16),
    ("hvs.", _URL_WORD, 16),
    ("xoxa-", "0-9A-Za-z-", 10),
    ("xoxb-", "0-9A-Za-z-", 10),
    ("xoxe-", "0-9A-Za-z-", 10),
    ("xoxp-", "0-9A-Za-z-", 10),
    ("xoxr-", "0-9A-Za-z-", 10),
    ("xoxs-", "0-9A-Za-z-", 10),
    ("AIza", _URL_WORD, 30),
    ("AGE-SECRET-KEY-", "0-9A-Z", 16),
    ("AKLT", _WORD, 32),  # Volcengine
    ("nvapi-", _URL_WORD, 32),
    ("gsk_", _WORD, 32),
    ("tvly-", _URL_WORD, 20),
    ("pplx-", _WORD, 32),
    ("ya29.", _URL_WORD, 24),
    ("dapi", "0-9a-f", 32),
    ("wandb_v1_", "0-9A-Za-z_", 24),
    ("ms-", "0-9a-f-", 36),  # ModelScope
)
"""The beginning of a secret, the characters that it goes on with, and how many of them at least."""

_BEFORE_WORDS = ("sk-", "pypi-")
"""What also begins names made of words."""

_KEY_ID = re.compile(r"[0-9A-Za-z]{8,}+")
_SECRET_AFTER_ID = re.compile(r"[\"']?+[\s,:;|/]{1,4}+[\"']?+(?P<value>[0-9A-Za-z]{30}+)(?![0-9A-Za-z])")
_WEB_RUN = re.compile(r"[0-9A-Za-z_-]++")
_BASE64_RUN = re.compile(r"[0-9A-Za-z+/_-]++={0,2}+")
_ENCODED_NAME = re.compile(r"[A-Za-z0-9_.\" '-]{0,24}+[:=]\s*+\S")
_LOOKED_AT_CHARS, _SHORTEST_BASE64 = 4 * 256, 24
_BEARER = re.compile(r"[ \t]{1,4}+(?P<value>[A-Za-z0-9._~+/=-]{8,}+)")
_OPENING = r"(?:\\{0,4}+[\"'])?+[ \t]{0,4}+[:=][ \t]{0,4}+(?:\\{0,4}+[\"'])?+"
_AUTHORIZATION = re.compile(_OPENING + r"(?P<value>(?:[A-Za-z0-9-]{2,24}+[ \t]{1,2}+(?=[^\s\"'\\]))?+[^\s\"'\\]++)")
_COOKIE = re.compile(_OPENING + r"(?P<value>[^\s\"'\\][^\n\"'\\]*+)")
_USER_INFO = re.compile(r"([^\s/@\"'`<>]++)(@)?+")
_ENCODED_USER_INFO = re.compile(r"(?:[^\s%&\"'@/]++|%(?!40|2[fF]))++")
_REST_OF_ADDRESS = re.compile(r"[^\s\"'`<>?&),\\]{8,}+")
_KEY_IN_ADDRESS = re.compile(r"[A-Za-z0-9_-]{16,}+")
_LOGIN_PAIR = re.compile(r"[ \t]*+[^\s,()]{1,80}+,[ \t]*+[\"'](?P<value>[A-Za-z0-9+/=_-]{16,}+)[\"']")
_ROBOT_SECRET = re.compile(r"SEC[0-9a-f]{64}+(?![0-9a-zA-Z])")
_SHORTEST_BEARER, _SHORTEST_USER_TOKEN, _LOGIN_CHARS = 16, 16, 128
_HOOKS = (
    "/bot/v2/hook/", "/bot/hook/", "/flow/api/trigger-webhook/", "hooks.slack.com/services/",
    "/api/webhooks/", "/webhookb2/", "api.telegram.org/bot", "sctapi.ftqq.com/",
)  # fmt: skip
"""What stands before the secret part of a webhook's address; DingTalk's and WeCom's are named in the query."""


def _form(prefix: str, chars: str, shortest: int) -> Handler:
    run, has_words = re.compile(f"[{chars}]++"), prefix in _BEFORE_WORDS

    def handle(scan: Scan, start: int, end: int) -> int | None:
        if scan.is_inside_word(start) or not scan.text.startswith(prefix, start):
            return None
        found = run.match(scan.text, end)
        if found is None or found.end() - end < shortest or (has_words and is_of_words(found[0])):
            return None
        return scan.mask(start, found.end())

    return handle


def _access_key_id(scan: Scan, start: int, end: int) -> int | None:
    """An access key id, and the secret that stands right behind one, as in the file that the console hands out."""
    found = _KEY_ID.match(scan.text, end) if scan.text.startswith("LTAI", start) else None
    if found is None:
        return None
    scan.mask(start, found.end())
    after = _SECRET_AFTER_ID.match(scan.text, found.end())
    return scan.mask(*after.span("value")) if after else found.end()


def _web_token(scan: Scan, start: int, end: int) -> int | None:
    """A JSON web token, or JSON in Base64 that holds secrets, such as the logins of a registry."""
    text = scan.text
    if scan.is_inside_word(start) or not text.startswith("eyJ", start) or not (run := _WEB_RUN.match(text, end)):
        return None
    stop = run.end()
    if stop - end >= 8 and text.startswith(".", stop):
        body = _WEB_RUN.match(text, stop + 1)
        if body and body.end() - stop > 4:
            last = _WEB_RUN.match(text, body.end() + 1) if text.startswith(".", body.end()) else None
            return scan.mask(start, last.end() if last else body.end())
    head = _BASE64_RUN.match(text, start, start + _LOOKED_AT_CHARS)
    if head is None or head.end() - start < _SHORTEST_BASE64 or not (shown := _decoded(head[0])):
        return -stop
    run = _BASE64_RUN.match(text, start) if scan.holds_secret(shown) else None
    return scan.mask(start, run.end()) if run else -stop


def _decoded(text: str) -> str:
    """The text that Base64 of either alphabet stands for; empty where it is no Base64."""
    text = text[:-1] if len(text) % 4 == 1 else text + "=" * (-len(text) % 4)
    try:
        return base64.urlsafe_b64decode(text).decode(errors="replace")
    except ValueError:
        return ""


def _name_in_base64(shown: str, skipped: int) -> Handler:
    """The word of a secret's name in Base64: what follows it there is masked. The first ``skipped`` characters hold the
    rest of a group of four that began before."""

    def handle(scan: Scan, start: int, end: int) -> int | None:
        text = scan.text
        head = _BASE64_RUN.match(text, start, start + 96) if text.startswith(shown, start) else None
        if head is None or not _ENCODED_NAME.match(_decoded(head[0][skipped:])):
            return None
        run = _BASE64_RUN.match(text, start)
        return scan.mask(start, run.end()) if run else None

    return handle


NAMES_IN_BASE64 = (
    "password",
    "passwd",
    "secret",
    "accesskey",
    "access_key",
    "accessKey",
    "api_key",
    "apikey",
    "apiKey",
)


def _names_in_base64() -> Iterator[tuple[str, Handler]]:
    """The characters of Base64 that a name has wherever it begins in a group of three bytes: seven or more."""
    for word in NAMES_IN_BASE64:
        for form in sorted({word, word.upper(), word[0].upper() + word[1:]}):
            for offset, first in enumerate((0, 2, 3)):
                encoded = base64.b64encode(b"\0" * offset + form.encode() + b"\0\0").decode()
                shown = encoded[first : (offset + len(form)) * 8 // 6]
                yield shown, _name_in_base64(shown, -first % 4)


def _bearer(scan: Scan, start: int, end: int) -> int | None:
    """A word after "basic" or "bearer" is a word: a credential is long or has a digit."""
    found = None if scan.is_inside_word(start) else _BEARER.match(scan.text, end)
    if found is None:
        return None
    value = found["value"]
    is_word = len(value) < _SHORTEST_BEARER and value.isalpha()
    return None if is_word else scan.mask(*found.span("value"))


def _header(pattern: re.Pattern[str]) -> Handler:
    def handle(scan: Scan, start: int, end: int) -> int | None:
        found = None if scan.is_inside_word(start) else pattern.match(scan.text, end)
        if found is None or is_nothing(found["value"][:96]):
            return None
        return scan.mask(*found.span("value"))

    return handle


def _user_info(scan: Scan, start: int, end: int) -> int | None:
    """A password, or a long user name that is a token, between ``://`` and ``@``; ``git@`` stays."""
    found = _USER_INFO.match(scan.text, end)
    if found is None or found[2] is None:
        return -_before_next_user(scan.text, found.end() if found else end)
    user = found[1]
    is_name = ":" not in user and len(user) < _SHORTEST_USER_TOKEN
    return None if is_name or user == MASK else scan.mask(end, found.end() - 1)


def _before_next_user(text: str, at: int) -> int:
    """The place up to which no ``://`` begins that an ``@`` follows, so that lists of addresses cost nothing."""
    sign = text.find("@", at)
    if sign < 0:
        return len(text)
    return max(at, max(text.rfind(char, at, sign) for char in "/ \n") - len("//"))


def _encoded_user_info(scan: Scan, start: int, end: int) -> int | None:
    found = _ENCODED_USER_INFO.match(scan.text, end)
    if found is None or not scan.text.startswith("%40", found.end()):
        return -found.end() if found else None
    is_secret = "%3a" in found[0].lower() or len(found[0]) >= _SHORTEST_USER_TOKEN
    return scan.mask(end, found.end()) if is_secret else None


def _data_source_name(scan: Scan, start: int, end: int) -> int | None:
    """``user:password@tcp(host:3306)/db``."""
    low = max(scan.at, start - _LOGIN_CHARS)
    begin = max(scan.text.rfind(char, low, start) for char in " \t\n\"'=/") + 1 or low
    colon = scan.text.find(":", begin, start)
    return scan.mask(colon + 1, start) if begin < colon < start - 1 else None


def _rest_of_address(scan: Scan, start: int, end: int) -> int | None:
    found = _REST_OF_ADDRESS.match(scan.text, end)
    return scan.mask(*found.span()) if found else None


def _key_in_address(scan: Scan, start: int, end: int) -> int | None:
    found = _KEY_IN_ADDRESS.match(scan.text, end)
    return scan.mask(*found.span()) if found and not found[0].isalpha() else None


def _code_in_address(scan: Scan, start: int, end: int) -> int | None:
    """What a person's login hands over, once."""
    found = _KEY_IN_ADDRESS.match(scan.text, end)
    return scan.mask(*found.span()) if found and is_random(found[0], _SHORTEST_USER_TOKEN) else None


def _second_of_pair(scan: Scan, start: int, end: int) -> int | None:
    """``oss2.Auth(ID, "…")``."""
    found = _LOGIN_PAIR.match(scan.text, end)
    return scan.mask(*found.span("value")) if found and is_random(found["value"], _SHORTEST_USER_TOKEN) else None


def _robot_secret(scan: Scan, start: int, end: int) -> int | None:
    """The signing secret of a DingTalk robot."""
    found = _ROBOT_SECRET.match(scan.text, start)
    return scan.mask(*found.span()) if found and not scan.is_inside_word(start) else None


def _key_from_first_line(scan: Scan, start: int, end: int) -> int | None:
    span = private_keys.after_first_line(scan.text, start)
    return scan.mask(*span) if span else None


def _key_to_last_line(scan: Scan, start: int, end: int) -> int | None:
    span = private_keys.before_last_line(scan.text, start, scan.at)
    return scan.mask(*span) if span else None


def _key_from_its_body(scan: Scan, start: int, end: int) -> int | None:
    span = None if scan.is_inside_word(start) else private_keys.after_start_of_body(scan.text, start)
    return scan.mask(*span) if span else None


def forms() -> Iterator[tuple[str, Handler]]:
    """The words that such secrets begin with, and their handlers."""
    for prefix, chars, shortest in _FORMS:
        yield prefix, _form(prefix, chars, shortest)
    yield "LTAI", _access_key_id
    yield "eyJ", _web_token
    yield from _names_in_base64()
    yield from (("bearer", _bearer), ("basic", _bearer))
    yield "authorization", _header(_AUTHORIZATION)
    yield from ((name, _header(_COOKIE)) for name in ("cookie", "set-cookie"))
    yield from (("://", _user_info), ("%3a%2f%2f", _encoded_user_info))
    yield from ((f"@{net}(", _data_source_name) for net in ("tcp", "unix"))
    yield from ((hook, _rest_of_address) for hook in _HOOKS)
    yield from (("?key=", _key_in_address), ("&key=", _key_in_address))
    yield from (("?code=", _code_in_address), ("&code=", _code_in_address))
    yield "auth(", _second_of_pair
    yield from (("?sig=", _rest_of_address), ("&sig=", _rest_of_address))
    yield from ((f"sec{digit:x}", _robot_secret) for digit in range(16))
    yield private_keys.FIRST_LINE, _key_from_first_line
    yield private_keys.LAST_LINE, _key_to_last_line
    yield from ((start, _key_from_its_body) for start in private_keys.STARTS)
