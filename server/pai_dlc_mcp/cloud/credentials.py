"""Who signs: credentials of the provider chain of alibabacloud-credentials, and of nothing else (R70).

The chain keeps and renews what expires; this module asks it in a worker thread, because it reads files and the network.
When the service says that a credential is invalid or expired, the chain is built anew once, so that a key that was
rotated in a file is seen without a restart.
"""

from __future__ import annotations

import hashlib
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

import anyio
import anyio.to_thread

from ..errors import CredentialsError

Kind = Literal["access_key", "sts", "bearer"]
WHERE = (
    "configure one outside of this conversation: `aliyun configure`, the variables ALIBABA_CLOUD_ACCESS_KEY_ID and "
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET of the server's environment, or a role of the machine"
)
RENEW_EVERY_S = 30.0
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Credential:
    """What signs one request. ``source`` is the provider's name, as it travels in ``x-acs-credentials-provider``."""

    source: str
    access_key_id: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    security_token: str | None = field(default=None, repr=False)
    bearer_token: str | None = field(default=None, repr=False)

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

    ``profile`` replaces ``ALIBABA_CLOUD_PROFILE``. Each rebuilt chain may start a thread of the library's own, hence
    at most one in ``renew_every_s`` seconds.
    """

    def __init__(self, profile: str | None = None, *, renew_every_s: float = RENEW_EVERY_S) -> None:
        self._profile, self._renew_every_s = profile, renew_every_s
        self._lock = anyio.Lock()
        self._chain: Any = None
        self._built_again = -renew_every_s

    async def get(self) -> Credential:
        async with self._lock:
            if self._chain is None:
                self._chain = await _in_thread(_build, self._profile)
            chain = self._chain
        return await _in_thread(_ask, chain)

    async def renewed(self, refused: Credential) -> Credential | None:
        async with self._lock:
            if time.monotonic() - self._built_again >= self._renew_every_s:
                self._chain, self._built_again = None, time.monotonic()
        found = await self.get()
        return None if found == refused else found


async def _in_thread(work: Callable[[Any], Answer], given: Any) -> Answer:
    return await anyio.to_thread.run_sync(work, given, abandon_on_cancel=True)


def _build(profile: str | None) -> Any:
    """The library's client. It reads the environment when it is imported, so a profile from elsewhere is put beside."""
    from alibabacloud_credentials.client import Client  # start-up: saves 400 ms
    from alibabacloud_credentials.utils import auth_util  # start-up: saves 400 ms

    # Its log lines can hold paths and whole answers of a credential service.
    logging.getLogger("credentials").disabled = True
    if profile:
        auth_util.environment_profile_name = auth_util.client_type = profile
    return Client()


def _ask(chain: Any) -> Credential:
    """One credential of the chain. Its own message is dropped: it can hold paths, or the answer of a key service."""
    from alibabacloud_credentials.exceptions import CredentialException  # start-up: saves 400 ms
    from Tea.exceptions import RetryError, TeaException  # start-up: saves 400 ms

    faults = (CredentialException, TeaException, RetryError, OSError, ValueError, LookupError, TypeError, RuntimeError)
    try:
        model = chain.get_credential()
    except (*faults, AttributeError):
        raise CredentialsError(f"No Alibaba Cloud credential was found; {WHERE}.", rule="R70") from None
    return _checked(model)


def _checked(model: Any) -> Credential:
    found = Credential(
        model.provider_name or "default",
        model.access_key_id or "",
        model.access_key_secret or "",
        model.security_token or None,
        model.bearer_token or None,
    )
    if not found.bearer_token and not (found.access_key_id and found.secret):
        raise CredentialsError(f"The credential of {found.source} is not complete; {WHERE}.", rule="R70")
    if not found.fits_headers:
        raise CredentialsError(f"The credential of {found.source} holds blanks or odd characters; {WHERE}.", rule="R70")
    return found
