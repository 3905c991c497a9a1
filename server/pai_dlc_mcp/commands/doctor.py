"""``pai-dlc-mcp doctor``: checks what a server needs; each failure is a line with what to do, and exit code 1."""

from __future__ import annotations

import argparse
import platform
import re
import socket
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, Literal

import anyio
import httpx

from ..api.catalog import operation
from ..cloud.answers import clock_difference_s
from ..cloud.client import CloudClient
from ..cloud.credentials import WHERE, ChainCredentials, Credential
from ..cloud.endpoints import REGIONS, Endpoints, is_known_region
from ..cloud.profiles import NAMES, NO_FILE, Place, search
from ..cloud.proxies import Proxies, of_environment
from ..cloud.transport import CERTIFICATES, open_pool, words_of
from ..config.settings import Settings
from ..config.sources import add_flags, settings_from
from ..errors import CredentialsError, PaiError, PermissionDenied, Throttled
from ..operation import AIWORKSPACE, DLC, Service
from ..redaction.engine import clean_text
from ..toolsets import enabled

MAX_CLOCK_DIFFERENCE_S = 600
"""A signature is refused when the clocks differ by 15 minutes; warn well before."""
SOON_S = 900
"""A credential that nothing renews and that ends within this time is worth a word."""
CONNECT_S = 10.0
READ_TOOLSETS = ("lean",)
PROBES: tuple[tuple[Service, str, dict[str, Any]], ...] = (
    (DLC, "ListJobs", {"PageSize": 1}),
    (AIWORKSPACE, "ListWorkspaces", {"PageSize": 1}),
)
"""The signed read of each product: harmless, small, and allowed to whoever may do anything at all."""
CONFIGURE = "Run `aliyun configure` in a terminal of your own, or set the variables of the credential chain there."

Level = Literal["ok", "note", "FAIL"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: how it ended, what was found, and what to do where it failed."""

    name: str
    level: Level
    found: str
    remedy: str = ""

    @classmethod
    def of(cls, name: str, ok: bool, found: str, remedy: str = "") -> Finding:
        return cls(name, "ok" if ok else "FAIL", found, "" if ok else remedy)

    def __str__(self) -> str:
        return f"{self.level:<4}  {self.name}: {self.found}" + (f"\n      -> {self.remedy}" if self.remedy else "")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_flags(parser)


def run(flags: argparse.Namespace) -> int:
    return int(anyio.run(_run, settings_from(flags)))


async def _run(settings: Settings) -> int:
    failed, has_read = 0, False
    async for finding in examine(settings):
        print(finding, flush=True)
        failed += finding.level == "FAIL"
        has_read |= finding.name.endswith(" read")
    if has_read:
        print("\nReads need these RAM actions: " + ", ".join(_read_actions()))
    print(f"{failed} check(s) failed." if failed else "All checks passed.")
    return 1 if failed else 0


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """The findings, in the order in which one depends on the other; what cannot be checked any more is left out."""
    version = platform.python_version()
    yield Finding.of("python", sys.version_info >= (3, 11), version, "Use Python 3.11 or newer.")
    credential = await _credential(settings)
    for finding in _of_credential(credential, _places(settings)):
        yield finding
    region = await _region(settings)
    yield region
    proxies = of_environment()
    for finding in _proxies(proxies):
        yield finding
    if region.level == "FAIL" or proxies.faults:
        return
    try:
        pool = open_pool(Endpoints.of(settings), proxies)
    except (ValueError, OSError):
        name, _, remedy = CERTIFICATES.partition("; ")
        yield Finding("certificates", "FAIL", name, f"{remedy[0].upper()}{remedy[1:]}.")
        return
    reached = []
    async with pool:
        for service, _, _ in PROBES:
            for finding in await _endpoint(service, settings, pool, proxies):
                yield finding
            reached += [service] if finding.level == "ok" else []
    if isinstance(credential, Finding):
        return
    for service, name, args in PROBES:
        if service in reached:
            yield await _signed_read(service, name, args, settings, credential)


async def _credential(settings: Settings) -> Credential | Finding:
    try:
        return await ChainCredentials(settings.profile).get()
    except CredentialsError as error:
        return Finding("credentials", "FAIL", _without_advice(error), CONFIGURE)


def _without_advice(error: CredentialsError) -> str:
    """The reason alone: what to do stands in a line of its own."""
    return re.sub(rf"(; mend that)?(; |, or ){re.escape(WHERE)}\.$", "", error.message)


def _of_credential(credential: Credential | Finding, notes: list[Finding]) -> list[Finding]:
    """What there is to say of it: after a failure the notes that say something else, and in its own line which profiles
    there are."""
    if isinstance(credential, Credential):
        return [_described(credential), *notes]
    failure, kept = credential, []
    for note in notes:
        fault, separator, names = note.found.partition(NAMES)
        if failure.found.casefold().endswith(fault.casefold()):
            failure = replace(failure, found=failure.found + separator + names)
        elif fault.casefold() not in failure.found.casefold():
            kept.append(note)
    return [failure, *kept]


def _described(credential: Credential) -> Finding:
    """Kind, place, provider and a digest that tells accounts apart; never the key (R70)."""
    kind = {"access_key": "access key", "sts": "temporary key", "bearer": "bearer token"}[credential.kind]
    found = f"{kind} from {credential.origin} ({credential.source}, digest {credential.identity})"
    if (ends := credential.expires_at_s) is None:
        return Finding("credentials", "ok", found)
    left_s = ends - time.time()
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ends))
    return Finding("credentials", "ok" if left_s > SOON_S else "note", f"{found}, until {until}")


def _places(settings: Settings) -> list[Finding]:
    """What is configured beside and cannot be used, and files that others can read."""
    looked = search(settings.profile)
    places = [*looked.places, *([looked.named] if looked.named else [])]
    return [finding for place in places for finding in _of_place(place, place is looked.named)]


def _of_place(place: Place, is_named: bool) -> list[Finding]:
    found = []
    is_said = is_named and NAMES not in (place.fault or "")
    if place.fault and place.fault != NO_FILE and not is_said:
        found.append(Finding("credentials", "note", f"{place.where} {place.fault}"))
    if place.readable_by_others:
        remedy = "Let nobody else read it: chmod 600."
        found.append(Finding("credentials", "note", f"{place.where} can be read by others", remedy))
    return found


async def _region(settings: Settings) -> Finding:
    """Whether there is one, and whether it exists. A region that no page names may be new: then its host decides."""
    region = settings.region
    if region is None:
        how = "Set ALIBABA_CLOUD_REGION_ID, pass --region, or give the profile a region (`aliyun configure`)."
        return Finding("region", "FAIL", "none configured", how)
    is_replaced = settings.dlc_endpoint and settings.aiworkspace_endpoint
    if is_replaced or is_known_region(region):
        return Finding("region", "ok", region)
    try:
        host = Endpoints().base(DLC.key, region).removeprefix("https://")
        await anyio.getaddrinfo(host, None)
    except (PaiError, OSError):
        near = get_close_matches(region, REGIONS, 1)
        found = f"{region} is no region of PAI-DLC" + (f"; did you mean {near[0]}?" if near else "")
        return Finding("region", "FAIL", found, f"The regions are {', '.join(REGIONS)}.")
    return Finding("region", "note", f"{region} is not among the documented regions, but has an endpoint")


def _proxies(proxies: Proxies) -> list[Finding]:
    found = [Finding("proxy", "FAIL", f"{one.variable} {one.why}", _sentence(one.remedy)) for one in proxies.faults]
    found += [Finding("proxy", "note", f"{one.variable} {one.why}", _sentence(one.remedy)) for one in proxies.ignored]
    return found or [Finding("proxy", "ok", ", ".join(proxies.variables) or "none")]


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


async def _endpoint(service: Service, settings: Settings, pool: httpx.AsyncClient, proxies: Proxies) -> list[Finding]:
    """Reachable or not, and how far its clock is off: an unsigned request is refused, but the answer has a date."""
    name = f"{service.key} endpoint"
    try:
        url = Endpoints.of(settings).base(service.key, settings.region or "")
        with anyio.fail_after(CONNECT_S):
            answer = await pool.get(url)
    except PaiError as error:
        return [Finding(name, "FAIL", error.message, "Name the endpoint's own region, or leave the endpoint out.")]
    except (httpx.TransportError, TimeoutError) as fault:
        return [Finding(name, "FAIL", f"{url} {_why(fault)}", _way_to(url, proxies))]
    return [_clock(service, answer.headers.get("date")), Finding(name, "ok", f"{url} answers")]


def _why(fault: Exception) -> str:
    if isinstance(fault, httpx.TransportError):
        cause: BaseException | None = fault
        while cause is not None and not isinstance(cause, socket.gaierror):
            cause = cause.__cause__ or cause.__context__
        return "has no address: its name cannot be resolved" if cause else words_of(fault)
    return f"did not answer within {CONNECT_S:.0f} s"


def _way_to(url: str, proxies: Proxies) -> str:
    if proxies.variables and "//127." not in url:
        return f"Look at {', '.join(proxies.variables)}: is it the right proxy, and may it reach this host?"
    return "Look at the region, at name resolution and firewall; behind a proxy set HTTPS_PROXY."


def _clock(service: Service, date: str | None) -> Finding:
    name = f"{service.key} clock"
    off_s = clock_difference_s(date)
    if off_s is None:
        return Finding(name, "ok", "the endpoint gives no date to compare with")
    how = "ahead of" if off_s > 0 else "behind"
    found = f"{abs(off_s):.0f} s {how} the service"
    return Finding.of(name, abs(off_s) < MAX_CLOCK_DIFFERENCE_S, found, "Set this machine's clock (NTP).")


async def _signed_read(
    service: Service, name: str, args: dict[str, Any], settings: Settings, credential: Credential
) -> Finding:
    """One read with the credential: whether the service takes it, and whether it may read."""
    read = f"{service.key} read"
    cloud = CloudClient.of(settings)
    try:
        reply = await cloud.send(operation(name), args, settings.region or "")
    except PermissionDenied as error:
        remedy = "Grant the action to this user or role; `pai-dlc-mcp policy` prints what the tools need."
        return Finding(read, "FAIL", clean_text(error.message), remedy)
    except Throttled:
        return Finding(read, "note", f"{name} was throttled: the service knows the credential, ask again later")
    except CredentialsError as error:
        return Finding(read, "FAIL", _without_advice(error), _mending(credential))
    except PaiError as error:
        remedy = "If it stays so, look at the endpoint and at proxies on the way."
        return Finding(read, "FAIL", clean_text(error.message), remedy)
    finally:
        await cloud.close()
    total = reply.data.get("TotalCount")
    count = f", {total} in all" if isinstance(total, int) else ""
    return Finding(read, "ok", f"{name} answers{count} (request {reply.request_id or 'without an id'})")


def _mending(credential: Credential) -> str:
    """What to do about a credential that the service refuses: mend it where it comes from."""
    if credential.origin.startswith("ALIBABA_CLOUD_"):
        return f"Set {credential.origin} and what belongs to it anew, where the server is started."
    return CONFIGURE


def _read_actions() -> list[str]:
    return sorted({action for tool in enabled(READ_TOOLSETS, read_only=True).values() for action in tool.actions})
