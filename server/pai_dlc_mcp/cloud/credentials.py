"""Who signs: credentials of the provider chain of alibabacloud-credentials, and of nothing else (R70).

The chain keeps and renews what expires; this module asks it in a worker thread, because it reads files and the network.
What :mod:`.profiles` finds says which place a credential is from, and why there is none.
When the service says that a credential is invalid or expired, the chain is built anew once, so that a key that was
rotated in a file is seen without a restart.
"""

from __future__ import annotations

import hashlib
import logging
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

import anyio
import anyio.to_thread

from ..errors import CredentialsError
from .profiles import KEY_ID, Place, PlaceKind, Search, is_temporary, search

Kind = Literal["access_key", "sts", "bearer"]
WHERE = (
    "configure one outside of this conversation: `aliyun configure`, the variables ALIBABA_CLOUD_ACCESS_KEY_ID and "
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET of the server's environment, or a role of the machine"
)
RENEW_EVERY_S = 30.0
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Credential:
    """What signs one request.

    ``source`` is the provider's name, as it travels in ``x-acs-credentials-provider``; ``origin`` the variable, profile
    or role in words for people; ``expires_at_s`` the end that is known, in seconds since the epoch.
    """

    source: str
    access_key_id: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    security_token: str | None = field(default=None, repr=False)
    bearer_token: str | None = field(default=None, repr=False)
    origin: str = field(default="", compare=False)
    expires_at_s: float | None = field(default=None, compare=False)

    @property
    def kind(self) -> Kind:
        if self.bearer_token:
            return "bearer"
        return "sts" if self.security_token else "access_key"

    @property
    def identity(self) -> str:
        """A short digest that tells accounts apart and shows nothing of the key."""
        return hashlib.sha256((self.access_key_id or self.bearer_token or "").encode()).hexdigest()[:16]

    @property
    def fits_headers(self) -> bool:
        """Whether every part is printable ASCII without blanks, as a header needs."""
        parts = (self.access_key_id, self.secret, self.security_token or "", self.bearer_token or "")
        return all(part.isascii() and part.isprintable() and " " not in part for part in parts)


class Credentials(Protocol):
    async def get(self) -> Credential:
        """The credential to sign with now.

        Raises:
            CredentialsError: none could be had.
        """

    async def renewed(self, refused: Credential) -> Credential | None:
        """Another credential than the one the service refused, or ``None`` where there is no other."""

    async def kind(self) -> Kind: ...

    async def source(self) -> str:
        """Which provider gave it, such as ``env`` or ``cli_profile/static_ak``; never the key."""

    async def identity(self) -> str:
        """A digest of the account's key id, to bind things to the account without naming it."""


class _Described(ABC):
    """The descriptions, which follow from the credential."""

    @abstractmethod
    async def get(self) -> Credential: ...

    async def kind(self) -> Kind:
        return (await self.get()).kind

    async def source(self) -> str:
        return (await self.get()).source.removeprefix("default/")

    async def identity(self) -> str:
        return (await self.get()).identity


class StaticCredentials(_Described):
    """One known key: the emulator's."""

    def __init__(self, access_key_id: str, secret: str, security_token: str | None = None) -> None:
        source = "static_sts" if security_token else "static_ak"
        self._credential = Credential(source, access_key_id, secret, security_token)

    async def get(self) -> Credential:
        return self._credential

    async def renewed(self, refused: Credential) -> Credential | None:
        return None if refused == self._credential else self._credential


class ChainCredentials(_Described):
    """The default chain: environment, OIDC, ``~/.aliyun/config.json``, ``~/.alibabacloud/credentials.ini``, role, URI.

    A ``profile`` that the operator named is used alone, whatever else is there; with ``role`` (an ARN) what is found
    assumes that role, in a session of the name ``session``. Each rebuilt chain may start a thread of the library's own,
    hence at most one in ``renew_every_s`` seconds.
    """

    def __init__(
        self,
        profile: str | None = None,
        *,
        role: str | None = None,
        session: str | None = None,
        renew_every_s: float = RENEW_EVERY_S,
    ) -> None:
        self._profile, self._renew_every_s, self._role, self._session = profile, renew_every_s, role, session
        self._lock = anyio.Lock()
        self._chain: _Chain | None = None
        self._built_again = -renew_every_s

    async def get(self) -> Credential:
        async with self._lock:
            if self._chain is None:
                self._chain = await (
                    _in_thread(_build_for_role, self._profile, self._role, self._session)
                    if self._role
                    else _in_thread(_build, self._profile)
                )
            chain = self._chain
        return await _in_thread(_ask, chain)

    async def renewed(self, refused: Credential) -> Credential | None:
        async with self._lock:
            if time.monotonic() - self._built_again >= self._renew_every_s:
                self._chain, self._built_again = None, time.monotonic()
        found = await self.get()
        return None if found == refused else found


async def _in_thread(work: Callable[..., Answer], *given: Any) -> Answer:
    return await anyio.to_thread.run_sync(work, *given, abandon_on_cancel=True)


@dataclass(frozen=True, slots=True)
class _Chain:
    """The library's client, and what was found before it was built."""

    client: Any
    found: Search

    def origin(self, source: str) -> tuple[str, float | None]:
        """Where a credential of this source is from, in words, and when it ends."""
        if self.found.named is not None:
            return self.found.named.where, self.found.named.expires_at_s
        for prefix, kinds in _SOURCES:
            if source.removeprefix("default/").startswith(prefix):
                places = sorted(
                    (one for one in self.found.places if one.kind in kinds), key=lambda one: bool(one.fault)
                )
                place = places[0] if places else None
                return (place.where, place.expires_at_s) if place else (_OTHER.get(prefix, source), None)
        return source, None


_SOURCES: tuple[tuple[str, tuple[PlaceKind, ...]], ...] = (
    ("env", ("env",)),
    ("oidc_role_arn", ("oidc",)),
    ("cli_profile", ("cli",)),
    ("profile", ("ini",)),
    ("ecs_ram_role", ()),
    ("credential_uri", ("uri", "cli")),
)
"""Beginnings of the providers' names, and the kinds of places that they read."""
_OTHER = {"ecs_ram_role": "the RAM role of this machine", "env": KEY_ID}


def _build(profile: str | None) -> _Chain:
    """The library's client for what is there.

    Raises:
        CredentialsError: the profile that was named cannot be used; nothing else takes its place.
    """
    from alibabacloud_credentials import provider  # start-up: saves 400 ms
    from alibabacloud_credentials.client import Client  # start-up: saves 400 ms

    # Its log lines can hold paths and whole answers of a credential service.
    logging.getLogger("credentials").disabled = True
    # Its timer that asks for the machine's role tells on stderr when a busy machine delays it; nobody can act on that.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    found = search(profile)
    named = found.named
    if named is not None and named.fault is not None:
        raise CredentialsError(f"{_capitalised(named.where)} {named.reason}; mend that, or {WHERE}.", rule="R70")
    first = found.first
    if first is not None and first.uri:
        # The command line's mode that the library's chain does not know; its provider for it is there all the same.
        return _Chain(Client(provider=provider.URLCredentialsProvider(uri=first.uri)), found)
    if named is not None:
        return _Chain(Client(provider=_provider_of(named)), found)
    return _Chain(Client(), found)


def _build_for_role(profile: str | None, role: str, session: str | None) -> _Chain:
    """What ``_build`` finds, which then assumes a role."""
    from alibabacloud_credentials import provider  # start-up: saves 400 ms
    from alibabacloud_credentials.client import Client  # start-up: saves 400 ms

    chain = _build(profile)
    assumed = provider.RamRoleArnCredentialsProvider(
        credentials_provider=chain.client.cloud_credential.provider, role_arn=role, role_session_name=session
    )
    return _Chain(Client(provider=assumed), chain.found)


def _provider_of(place: Place) -> Any:
    from alibabacloud_credentials import provider  # start-up: saves 400 ms

    if place.kind == "cli":
        return provider.CLIProfileCredentialsProvider(profile_name=place.profile)
    return provider.ProfileCredentialsProvider(profile_name=place.profile)


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _ask(chain: _Chain) -> Credential:
    """One credential of the chain. Its own message is dropped: it can hold paths, or the answer of a key service."""
    from alibabacloud_credentials.exceptions import CredentialException  # start-up: saves 400 ms
    from Tea.exceptions import RetryError, TeaException  # start-up: saves 400 ms

    faults = (CredentialException, TeaException, RetryError, OSError, ValueError, LookupError, TypeError, RuntimeError)
    try:
        model = chain.client.get_credential()
    except (*faults, AttributeError) as wrong:
        raise CredentialsError(_why_none(chain.found, str(wrong)), rule="R70") from None
    return _checked(model, chain)


_SERVICE_CODE = re.compile(r"""["']?[Cc]ode["']?\s*[:=]\s*["']?([A-Z][A-Za-z]{2,40}(?:\.[A-Za-z]{2,40}){0,3})\b""")
_UNREACHED = re.compile(r"timed? ?out|[Cc]onnection (refused|reset|aborted)|Max retries|[Nn]ame or service|resolve")


def _why_none(found: Search, said: str) -> str:
    """The reason in words of ours; of the library's message at most a service's error code is taken."""
    first = found.first
    if first is not None:
        code = _SERVICE_CODE.search(said)
        why = f"the credential service refused it ({code[1]})" if code else "its provider failed"
        if not code and _UNREACHED.search(said):
            why = "the credential service could not be reached"
        mode = f" (mode {first.mode})" if first.mode else ""
        return f"{_capitalised(first.where)}{mode} gave no credential: {why}; {WHERE}."
    if reasons := found.why_none():
        return f"No Alibaba Cloud credential could be used: {reasons}; mend that, or {WHERE}."
    return f"No Alibaba Cloud credential was found; {WHERE}."


def _checked(model: Any, chain: _Chain) -> Credential:
    source = model.provider_name or "default"
    origin, ends = chain.origin(source)
    found = Credential(
        source,
        model.access_key_id or "",
        model.access_key_secret or "",
        model.security_token or None,
        model.bearer_token or None,
        origin,
        ends,
    )
    if not found.bearer_token and not (found.access_key_id and found.secret):
        raise CredentialsError(f"The credential of {origin} is not complete; {WHERE}.", rule="R70")
    if is_temporary(found.access_key_id) and not found.security_token:
        raise CredentialsError(f"The credential of {origin} is a temporary key without its token; {WHERE}.", rule="R70")
    if not found.fits_headers:
        raise CredentialsError(f"The credential of {origin} holds blanks or odd characters; {WHERE}.", rule="R70")
    return found
