"""Runs the authorization server of the tests; its package is fetched by ``make oauth``."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

HERE = Path(__file__).parent
MISSING = "node and oidc-provider are not installed, so OAuth is not tried with a real server here: make oauth"


@dataclass(frozen=True)
class AuthorizationServer:
    """``issuer`` is its address; clients are ann and bob."""

    issuer: str
    audience: str

    def token(self, client: str, scope: str, resource: str | None = None) -> str:
        """An access token by client credentials."""
        answer = httpx.post(
            f"{self.issuer}/token", auth=(client, secret_of(client)), trust_env=False, timeout=60,
            data={"grant_type": "client_credentials", "scope": scope, "resource": resource or self.audience},
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])


def secret_of(client: str) -> str:
    return f"{client}-secret-of-a-test-only"


@contextmanager
def authorization_server(audience: str, lifetime_s: int = 600) -> Iterator[AuthorizationServer]:
    """A server for this audience. Without Node.js or its package the test is skipped, with the reason."""
    node = shutil.which("node")
    if node is None or not (HERE / "node_modules" / "oidc-provider").is_dir():
        pytest.skip(MISSING)
    process = subprocess.Popen(
        [node, str(HERE / "server.mjs"), audience, str(lifetime_s)], cwd=HERE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        issuer = process.stdout.readline().strip()
        assert issuer.startswith("http://127.0.0.1:"), issuer
        yield AuthorizationServer(issuer, audience)
    finally:
        process.terminate()
        process.communicate(timeout=30)
