"""``pai-dlc-mcp doctor``: checks what a server needs; each failure is a line with what to do, and exit code 1."""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import anyio
import httpx

from ..cloud.credentials import ChainCredentials
from ..cloud.endpoints import Endpoints
from ..composites.status import described
from ..config.settings import Settings
from ..config.sources import add_flags, settings_from
from ..errors import PaiError
from ..operation import AIWORKSPACE, DLC, Service
from ..toolsets import enabled

MAX_CLOCK_DIFFERENCE_S = 600
"""A signature is refused when the clocks differ by 15 minutes; warn well before."""
READ_TOOLSETS = ("lean",)


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: whether it passed, what was found, and what to do where it failed."""

    name: str
    ok: bool
    found: str
    remedy: str = ""

    def __str__(self) -> str:
        mark = "ok  " if self.ok else "FAIL"
        return f"{mark}  {self.name}: {self.found}" + (f"\n      -> {self.remedy}" if not self.ok else "")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_flags(parser)


def run(flags: argparse.Namespace) -> int:
    return int(anyio.run(_run, settings_from(flags)))


async def _run(settings: Settings) -> int:
    failed = 0
    async for finding in examine(settings):
        print(finding, flush=True)
        failed += not finding.ok
    print("\nReads need these RAM actions: " + ", ".join(_read_actions()))
    print(f"{failed} check(s) failed." if failed else "All checks passed.")
    return 1 if failed else 0


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """The findings, in the order in which one depends on the other."""
    version = platform.python_version()
    yield Finding("python", sys.version_info >= (3, 11), version, "Use Python 3.11 or newer.")
    yield await _credentials(settings)
    configure = "Set ALIBABA_CLOUD_REGION_ID or pass --region."
    yield Finding("region", settings.region is not None, settings.region or "none configured", configure)
    for service in (DLC, AIWORKSPACE):
        for finding in await _endpoint(service, settings):
            yield finding


async def _credentials(settings: Settings) -> Finding:
    try:
        facts = await described(ChainCredentials(settings.profile))
    except PaiError as error:
        remedy = "Run `aliyun configure` in a terminal of your own, or set the variables of the credential chain there."
        return Finding("credentials", False, error.message, remedy)
    return Finding("credentials", True, f"{facts['kind']} from {facts['source']}")


async def _endpoint(service: Service, settings: Settings) -> list[Finding]:
    """Reachable or not, and how far its clock is off: an unsigned request is refused, but the answer has a date."""
    if settings.region is None and not (settings.dlc_endpoint and settings.aiworkspace_endpoint):
        return []
    url = Endpoints.of(settings).base(service.key, settings.region or "cn-hangzhou")
    try:
        async with httpx.AsyncClient(timeout=10) as client:
            answer = await client.get(url)
    except httpx.HTTPError as wrong:
        remedy = "Check the region, the proxy variables and whether this host may reach it."
        return [Finding(f"{service.key} endpoint", False, f"{url}: {type(wrong).__name__}", remedy)]
    return [Finding(f"{service.key} endpoint", True, f"{url} answers"), _clock(service, answer.headers)]


def _clock(service: Service, headers: Any) -> Finding:
    try:
        difference = abs(time.time() - parsedate_to_datetime(headers.get("date", "")).timestamp())
    except (TypeError, ValueError):
        return Finding(f"{service.key} clock", True, "the endpoint gives no date to compare with")
    return Finding(
        f"{service.key} clock",
        difference < MAX_CLOCK_DIFFERENCE_S,
        f"{difference:.0f} s apart",
        "Set this machine's clock.",
    )


def _read_actions() -> list[str]:
    return sorted({action for tool in enabled(READ_TOOLSETS, read_only=True).values() for action in tool.actions})
