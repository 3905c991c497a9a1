"""A secret of each kind as it may stand in other people's text, and whether it is to be seen in what was shown."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from urllib.parse import quote

import pytest

VALUE = 'canary+"värde"/Qp99&x=1'
"""A variable of the job, whose forms must be known: as it is, escaped, in a URL, in Base64."""
PLAIN = "canaryZx81Wq72Lk53"
KEY_BODY = "MIIEpAIBAAKCAQEA7canaryCanaryCanaryCanaryCanaryCanaryCanary0123"
KINDS: Mapping[str, tuple[str, str]] = {
    "variable": (f"got {VALUE} back", VALUE),
    "variable in JSON": (f"got {json.dumps(VALUE)} back", json.dumps(VALUE)[1:-1]),
    "variable in a URL": (f"GET /x?v={quote(VALUE, safe='')} back", quote(VALUE, safe="")),
    "variable in Base64": (
        base64.b64encode(f"user:{VALUE}!".encode()).decode(),
        base64.b64encode(f"user:{VALUE}!".encode()).decode()[8:24],
    ),
    "password": (f"DB_PASSWORD={PLAIN} ok", PLAIN),
    "password in JSON": ('{"db": {"password": "' + PLAIN + '"}}', PLAIN),
    "password in Chinese": (f"密码：{PLAIN} 好", PLAIN),
    "access key": ("LTAI5tCanaryCanaryCanary,canarySecretCanarySecret012345", "LTAI5tCanary"),
    "temporary token": ("STS.NUcanaryCanaryCanary0123", "NUcanaryCanary"),
    "bearer": (f"Authorization: Bearer {PLAIN}012345", PLAIN),
    "address with a login": (f"https://bot:{PLAIN}@registry.example/v2", PLAIN),
    "option": (f"mysql -p{PLAIN} -h db", PLAIN),
    "private key": (f"-----BEGIN RSA PRIVATE KEY-----\n{KEY_BODY}\n-----END RSA PRIVATE KEY-----", KEY_BODY[-20:]),
    "end of a private key": (f"{KEY_BODY}\n-----END RSA PRIVATE KEY-----", KEY_BODY[-20:]),
    "web token": ("eyJhbGciOiJIUzI1NiJ9.eyJjYW5hcnkiOiJ4In0.c2lnbmF0dXJlQ2FuYXJ5", "c2lnbmF0dXJl"),
    "webhook": (f"https://oapi.dingtalk.com/robot/send?access_token={PLAIN}", PLAIN),
}
"""A kind of secret: how it stands in a text, and what of it must not be seen."""


def unmasked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pai_dlc_mcp.redaction.engine.clean", lambda value, *_: value)
    monkeypatch.setattr("pai_dlc_mcp.redaction.engine.clean_lines", lambda lines, *_: list(lines))
    monkeypatch.setattr("pai_dlc_mcp.redaction.engine.hide_env_values", lambda data, *_: data)


def leaks(where: str, shown: str, kinds: list[str]) -> list[str]:
    plain = shown.replace("\\\\", "\\").replace('\\"', '"')
    return [f"{where}: {kind}" for kind in kinds if KINDS[kind][1] in shown or KINDS[kind][1] in plain]
