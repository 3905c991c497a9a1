"""What each caller on HTTP may use: by the scopes of an access token, and by the operator's file of callers.

Scopes are ``pai-dlc`` (all that the server offers), ``pai-dlc:read`` (its reads), ``pai-dlc:TOOLSET`` and
``pai-dlc:TOOLSET:read``; several of them add up. The file is TOML with a table for each caller, named as the audit
names it; ``default`` is for whoever has none, and without it they are not served. It only ever tightens::

    ["http:ann"]
    role = "acs:ram::1234567890123456:role/training"
    toolsets = ["jobs", "monitoring"]
    max_gpus_per_job = 8

    [default]
    read_only = true
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from .. import toolsets
from ..app import Application, CallerApplication
from ..cloud.credentials import ChainCredentials
from ..config.private_files import private_file
from ..config.settings import Settings
from ..operation import Effect, Tool
from ..runtime import Caller

SCOPE = "pai-dlc"
READ_SCOPE = "pai-dlc:read"
MAX_APPLICATIONS = 500
SESSION_CHARS = 64
"""The longest name of a session that STS takes (RoleSessionName of AssumeRole)."""
_LISTS = ("regions", "workspaces", "owners")
_LIMITS = ("max_gpus_per_job", "max_running_jobs", "max_running_gpus", "max_creates_per_hour")


def scopes_supported() -> list[str]:
    """The scopes that the metadata names."""
    return [SCOPE, READ_SCOPE, *(f"{SCOPE}:{name}" for name in toolsets.names())]


def granted(tools: Mapping[str, Tool], scopes: frozenset[str]) -> dict[str, Tool]:
    """Those of the offered tools that the scopes allow; none where no scope is ours."""
    if SCOPE in scopes:
        return dict(tools)
    allowed: set[str] = set()
    for scope in scopes:
        head, _, rest = scope.partition(":")
        name, _, access = rest.partition(":")
        if head != SCOPE or access not in ("", "read"):
            continue
        if name == "read" and not access:
            allowed |= {tool.name for tool in tools.values() if tool.effect is Effect.READ}
        elif name in toolsets.names():
            allowed |= toolsets.enabled([name], read_only=access == "read").keys()
    return {name: tool for name, tool in tools.items() if name in allowed}


def parse_role(value: str | None) -> str | None:
    """The name of a RAM role.

    Raises:
        ValueError: it is none.
    """
    if value is not None and not re.fullmatch(r"acs:ram::\d{1,20}:role/[A-Za-z0-9._-]{1,64}", value):
        raise ValueError("takes a role's ARN, acs:ram::ACCOUNT:role/NAME")
    return value


class Entry(BaseModel):
    """One table of the file; what it leaves out is as the server has it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    role: Annotated[str | None, AfterValidator(parse_role)] = None
    toolsets: list[str] | None = None
    read_only: bool = False
    regions: list[str] | None = None
    workspaces: list[str] | None = None
    owners: list[str] | None = None
    max_gpus_per_job: int | None = None
    max_running_jobs: int | None = None
    max_running_gpus: int | None = None
    max_creates_per_hour: int | None = None
    require_max_running_time: bool = False

    def updates(self, settings: Settings) -> dict[str, Any]:
        """The settings that are tighter for this caller.

        Raises:
            ValueError: a list that has nothing in common with the server's: as an empty list it would allow all.
        """
        found: dict[str, Any] = {
            "read_only": settings.read_only or self.read_only,
            "require_max_running_time": settings.require_max_running_time or self.require_max_running_time,
        }
        for name in _LISTS:
            own, servers = getattr(self, name), getattr(settings, name)
            if own is not None:
                kept = tuple(value for value in own if not servers or value in servers)
                if not kept:
                    raise ValueError(f"{name} has nothing that the server allows")
                found[name] = kept
        for name in _LIMITS:
            limits = [limit for limit in (getattr(self, name), getattr(settings, name)) if limit is not None]
            found[name] = min(limits, default=None)
        return found


def read_callers(path: Path) -> Mapping[str, Entry]:
    """The callers of a private file.

    Raises:
        ValueError: it cannot be read, can be read by others, or has a table of another form. No value is repeated.
    """
    import tomllib  # start-up: saves 4 ms

    path = private_file(path)
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as wrong:
        raise ValueError(f"names a file that cannot be read ({type(wrong).__name__})") from None
    except tomllib.TOMLDecodeError as wrong:
        raise ValueError(f"names a file that is not TOML: {wrong}") from None
    found = {}
    for name, table in tables.items():
        try:
            found[name] = Entry.model_validate(table)
        except ValidationError as wrong:
            fault = wrong.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, (name, *fault["loc"])))
            raise ValueError(f"names a file with a wrong line: {where[:100]}: {fault['msg']}") from None
        if wrong_names := toolsets.unknown(found[name].toolsets or ()):
            raise ValueError(f"names a file with a toolset that is none: {', '.join(sorted(wrong_names))[:100]}")
    return found


@dataclass(frozen=True, slots=True)
class NotServed(Exception):
    """A caller who is known and may use nothing; ``scope`` is what a token would need."""

    scope: str | None


class CallerApplications:
    """The application of each caller: the server's own, or one with fewer tools, tighter limits, another role."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._made: dict[tuple[str | None, frozenset[str] | None], Application] = {}
        self._entries: Mapping[str, Entry] | None = None
        self.reload()

    def reload(self) -> None:
        """Read the file again; one that is not usable changes nothing.

        Raises:
            ValueError: it is not.
        """
        path = self._app.settings.callers
        if path is not None:
            entries = read_callers(path)
            for entry in entries.values():
                entry.updates(self._app.settings)
            self._entries = entries
            self._made.clear()

    def of(self, caller: Caller) -> Application:
        """The caller's application.

        Raises:
            NotServed: the scopes or the file allow nothing.
        """
        entry_name = self._entry_name(caller)
        if entry_name is None and caller.scopes is None:
            return self._app
        key = (caller.name if entry_name is not None else None, caller.scopes)
        if key not in self._made:
            if len(self._made) >= MAX_APPLICATIONS:
                del self._made[next(iter(self._made))]
            self._made[key] = self._make(caller, entry_name)
        return self._made[key]

    def _entry_name(self, caller: Caller) -> str | None:
        if self._entries is None:
            return None
        name = caller.name if caller.name in self._entries else "default"
        if name not in self._entries:
            raise NotServed(None)
        return name

    def _make(self, caller: Caller, entry_name: str | None) -> Application:
        entry = self._entries[entry_name] if self._entries is not None and entry_name is not None else Entry()
        tools: Mapping[str, Tool] = self._app.tools
        if caller.scopes is not None and not (tools := granted(tools, caller.scopes)):
            raise NotServed(f"{SCOPE} {READ_SCOPE}")
        if entry.toolsets is not None:
            own = toolsets.enabled(entry.toolsets)
            tools = {name: tool for name, tool in tools.items() if name in own}
        if entry.read_only:
            tools = {name: tool for name, tool in tools.items() if tool.effect is Effect.READ}
        credentials = None
        if entry.role is not None:
            session = re.sub(r"[^A-Za-z0-9.@_-]", "-", caller.name)[:SESSION_CHARS]
            credentials = ChainCredentials(self._app.settings.profile, role=entry.role, session=session)
        return CallerApplication(self._app, tools, entry.updates(self._app.settings), credentials)
