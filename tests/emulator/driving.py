"""Driving the emulator: with the official SDKs by operation name, and with requests signed by hand."""

from __future__ import annotations

import hashlib
import hmac
import importlib
import json
import re
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from pai_dlc_emulator.server import Emulator

RECORDED_EXTRAS = {"GetJob": {"JobMaxRunningTimeMinutes", "TemplateId"}}
"""Fields of recorded answers that the models of the official SDK lack."""
CONTRACT = json.loads((Path(__file__).parents[2] / "server/pai_dlc_emulator/contract.json").read_text(encoding="utf-8"))
PACKAGES = {"pai-dlc": "alibabacloud_pai_dlc20201203", "aiworkspace": "alibabacloud_aiworkspace20210204"}
PRODUCT_OF = {operation: product for product, facts in CONTRACT.items() for operation in facts["operations"]}


class Sdk:
    """``call("GetJob", JobId=...)`` through the official SDK; the answer is its own response model's map."""

    def __init__(self, emulator: Emulator, access_key_id: str) -> None:
        self._emulator, self._key_id = emulator, access_key_id
        self._clients: dict[str, Any] = {}
        self.called: set[str] = set()

    def call(self, operation: str, **args: Any) -> dict[str, Any]:
        product = PRODUCT_OF[operation]
        facts = CONTRACT[product]["operations"][operation]
        positional = [args.pop(p["name"]) for p in facts["params"] if p["in"] == "path"]
        unknown = set(args) - {p["name"] for p in facts["params"]}
        assert not unknown, f"{operation} has no {unknown}"
        models = importlib.import_module(PACKAGES[product] + ".models")
        if facts["request"]:
            request = getattr(models, facts["request"])().from_map(args)
            for parameter in facts["params"]:
                if parameter["in"] != "path" and parameter["name"] not in args:
                    setattr(request, parameter["attr"], None)  # from_map makes empty lists of what is absent
            positional.append(request)
        method = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
        response = getattr(self.client(product), method)(*positional)
        self.called.add(operation)
        assert type(response.body).__name__ == facts["response"]
        answer: dict[str, Any] = response.body.to_map()
        return answer

    def client(self, product: str) -> Any:
        if product not in self._clients:
            config = importlib.import_module("alibabacloud_tea_openapi.models").Config
            url = self._emulator.dlc if product == "pai-dlc" else self._emulator.aiworkspace
            key = self._emulator.keys[self._key_id]
            settings = config(
                access_key_id=self._key_id,
                access_key_secret=key.secret,
                security_token=key.token,
                endpoint=url.removeprefix("http://"),
                protocol="http",
            )
            self._clients[product] = importlib.import_module(PACKAGES[product] + ".client").Client(settings)
        return self._clients[product]


def sdk_error(error: Any) -> tuple[int, str]:
    """Status and code of an exception of the SDK."""
    return error.status_code, error.code


class RawClient:
    """Signs a request as the description of ACS3-HMAC-SHA256 says, with any part changed on the way."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.http = httpx.Client(trust_env=False, timeout=60)

    def send(
        self,
        operation: str,
        path: dict[str, str] | None = None,
        query: dict[str, str] | None = None,
        body: Any = None,
        key_id: str = "EMULATORKEYALICE0000",
        change: dict[str, str | None] | None = None,
        override: dict[str, str] | None = None,
        base: str | None = None,
    ) -> httpx.Response:
        """``override`` changes headers before signing, ``change`` afterwards (None takes one away)."""
        product = PRODUCT_OF[operation]
        facts = CONTRACT[product]["operations"][operation]
        target = re.sub(r"\{(\w+)\}", lambda found: quote((path or {})[found[1]], safe="~"), facts["path"])
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        base = base or (self.emulator.dlc if product == "pai-dlc" else self.emulator.aiworkspace)
        headers = self._headers(base, operation, CONTRACT[product]["version"], content, key_id) | (override or {})
        headers["authorization"] = self._sign(facts["method"], target, query or {}, headers, content, key_id)
        for name, value in (change or {}).items():
            headers = {n: v for n, v in headers.items() if n != name} | ({name: value} if value is not None else {})
        url = base + target + ("?" + urlencode(query) if query else "")
        return self.http.request(facts["method"], url, headers=headers, content=content)

    def _headers(self, base: str, operation: str, version: str, content: bytes, key_id: str) -> dict[str, str]:
        token = self.emulator.keys[key_id].token if key_id in self.emulator.keys else None
        return {
            "host": base.removeprefix("http://"),
            "x-acs-action": operation,
            "x-acs-version": version,
            "x-acs-date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": uuid.uuid4().hex,
            "x-acs-content-sha256": hashlib.sha256(content).hexdigest(),
            **({"x-acs-security-token": token} if token else {}),
            **({"content-type": "application/json; charset=utf-8"} if content else {}),
        }

    def _sign(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], content: bytes, key_id: str
    ) -> str:
        names = sorted(headers)
        pairs = "&".join(f"{name}={quote(query[name], safe='~')}" for name in sorted(query))
        lines = "".join(f"{name}:{headers[name]}\n" for name in names)
        digest = hashlib.sha256(content).hexdigest()
        canonical = f"{method}\n{path}\n{pairs}\n{lines}\n{';'.join(names)}\n{digest}"
        text = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
        secret = self.emulator.keys[key_id].secret if key_id in self.emulator.keys else "nobody knows"
        signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        return f"ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders={';'.join(names)},Signature={signature}"
