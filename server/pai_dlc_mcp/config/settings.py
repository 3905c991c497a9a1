"""Everything an operator can set: one frozen model in which each option is declared once.

A field with a metavar is an option: a flag of ``serve``, a variable ``PAI_DLC_MCP_…`` and a line of a TOML file. Its
type says what it takes; ``--help`` and the README's table are made of its default and its help text. Texts are parsed
here; what they name (files, servers, toolsets) is checked in :mod:`.files`.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

ConfirmBy = Literal["auto", "human", "token"]
LogFormat = Literal["text", "json"]
Sessions = Literal["auto", "kept", "none"]
LogLevel = Literal["debug", "info", "warning", "error"]
Risk = Literal["stop", "delete", "spend", "redirect", "admit", "foreign", "expose", "overwrite", "create"]
ALWAYS_CONFIRMED: frozenset[Risk] = frozenset({"stop", "delete", "spend", "redirect", "admit", "foreign"})
"""What R30 confirms whatever is set; ``--confirm`` only adds to it."""
_BOOLEANS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


class OptionError(ValueError):
    """A wrong option, variable or file, in one line; the command ends with exit code 2."""


def parse_list(value: Any) -> Any:
    """A text as its items, which stand between commas or blanks; any other value unchanged."""
    return tuple(item for item in re.split(r"[,\s]+", value) if item) if isinstance(value, str) else value


def parse_boolean(value: Any) -> Any:
    """``true`` or ``false`` in the usual spellings; any other value unchanged.

    Raises:
        ValueError: a text that is neither.
    """
    if not isinstance(value, str):
        return value
    if (word := value.strip().lower()) not in _BOOLEANS:
        raise ValueError("takes true or false")
    return _BOOLEANS[word]


def parse_count(value: Any) -> Any:
    """A text as a whole number; any other value unchanged.

    Raises:
        ValueError: a text that is none, or a number below 0 or above nine digits.
    """
    if not isinstance(value, str):
        return value
    if not re.fullmatch(r"[0-9]{1,9}", value.strip()):
        raise ValueError("takes a whole number, 0 or more")
    return int(value)


def parse_region(value: str) -> str:
    """A region id as it is.

    Raises:
        ValueError: it does not look like one.
    """
    if not re.fullmatch(r"[a-z0-9-]{2,40}", value):
        raise ValueError("takes a region id such as cn-hangzhou")
    return value


def parse_risks(value: Any) -> Any:
    """Effects to confirm, with those that always are.

    Raises:
        ValueError: an effect that nobody can add.
    """
    names = frozenset(parse_list(value))
    if wrong := names - set(get_args(Risk)):
        raise ValueError(f"takes {', '.join(get_args(Risk))}, not {', '.join(sorted(map(str, wrong)))}")
    return names | ALWAYS_CONFIRMED


def parse_networks(value: Any) -> Any:
    """Addresses and networks (``10.0.0.0/8``) of a list.

    Raises:
        ValueError: one is neither.
    """
    try:
        return tuple(str(ipaddress.ip_network(one, strict=False)) for one in parse_list(value))
    except ValueError:
        raise ValueError("takes addresses and networks, such as 10.0.0.5,192.168.0.0/16") from None


Switch = Annotated[bool, BeforeValidator(parse_boolean)]
Count = Annotated[int, BeforeValidator(parse_count)]
Names = Annotated[tuple[str, ...], BeforeValidator(parse_list)]
Region = Annotated[str, AfterValidator(parse_region)]
Regions = Annotated[tuple[Region, ...], BeforeValidator(parse_list)]
Networks = Annotated[tuple[str, ...], BeforeValidator(parse_networks)]
Risks = Annotated[frozenset[Risk], BeforeValidator(parse_risks)]


def _option(default: Any, metavar: str, help: str, *, shown: str | None = None, repr: bool = True) -> Any:
    """A field that operators can set; ``shown`` is its default in words, where the value does not say it."""
    return Field(default, description=help, repr=repr, json_schema_extra={"metavar": metavar, "shown": shown})


class Settings(BaseModel):
    """The operator's limits and choices: a call can meet a limit or be refused, never loosen it.

    Frozen and hashable; ``settings.model_copy(update={...})`` gives a changed copy. ``regions``, ``workspaces`` and
    ``owners`` are allow lists, empty for "any"; ``None`` is no limit. GPUs are counted over all pods of a job.

    Raises:
        pydantic.ValidationError: a value that the field does not take, or a name that is no field.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    toolsets: Names = _option(("default",), "LIST", "presets, toolsets and tools to offer: default, lean, all, jobs, …")
    read_only: Switch = _option(False, "BOOL", "offer reads only")
    region: Region | None = _option(
        None,
        "REGION",
        "region of calls that name none",
        shown="`ALIBABA_CLOUD_REGION_ID`, else the profile's, else none",
    )
    profile: str | None = _option(
        None,
        "NAME",
        "credential profile to use, and no other credential",
        shown="`ALIBABA_CLOUD_PROFILE`, else the chain",
    )
    regions: Regions = _option((), "LIST", "regions that calls may name", shown="any")
    workspaces: Names = _option((), "LIST", "workspaces that calls may touch", shown="any")
    owners: Names = _option((), "LIST", "user ids whose jobs and resources may be changed or ended", shown="any")
    image_prefixes: Names = _option((), "LIST", "registry prefixes whose images need no discovery")
    confirm: Risks = _option(
        ALWAYS_CONFIRMED,
        "LIST",
        "effects to confirm besides those that always are: expose, overwrite, create",
        shown="no others",
    )
    confirm_by: ConfirmBy = _option(
        "auto", "auto|human|token", "who confirms: a person where the client can ask one, a person only, or a token"
    )
    max_gpus_per_job: Count | None = _option(None, "N", "most GPUs that one job may request", shown="no limit")
    max_running_jobs: Count | None = _option(None, "N", "most jobs that may be active at once", shown="no limit")
    max_running_gpus: Count | None = _option(None, "N", "most GPUs that active jobs may use together", shown="no limit")
    max_creates_per_hour: Count | None = _option(None, "N", "most creates in an hour", shown="no limit")
    requests_per_second: Count | None = _option(
        None, "N", "most requests a second of one API in one region, over all servers of one state",
        shown="100; no limit where the endpoints are on this machine",
    )  # fmt: skip
    require_max_running_time: Switch = _option(False, "BOOL", "refuse jobs without a time limit")
    max_running_time_minutes: Count | None = _option(
        None, "N", "longest time limit, in minutes, that a call may ask for", shown="no limit"
    )
    pass_signals: Names = _option((), "LIST", "signals to jobs that need no confirmation, such as USR1")
    state: str = _option(
        "memory", "WHERE", "where state is stored: memory, a SQLite file or redis://…", repr=False,
        shown="a file in the user's state folder; memory with `--emulator`",
    )  # fmt: skip
    keys: Path | None = _option(None, "FILE", "file of keys that seal tokens, for several servers on one state")
    tokens: Path | None = _option(None, "FILE", "file of bearer tokens (names and hashes) for HTTP")
    oauth_issuer: str | None = _option(None, "URL", "OAuth 2.1 authorization server whose access tokens name callers")
    oauth_audience: str | None = _option(
        None, "TEXT", "audience that access tokens must be for", shown="the address of `/mcp`"
    )
    callers: Path | None = _option(None, "FILE", "TOML file of callers on HTTP: RAM role, toolsets, limits of each")
    sessions: Sessions = _option(
        "auto", "auto|kept|none",
        "sessions of the older protocol: kept in the process, or none, so that any replica can serve any request",
        shown="none with Redis, else kept",
    )  # fmt: skip
    public_url: str | None = _option(None, "URL", "address of the server behind a proxy, without `/mcp`")
    trusted_proxies: Networks = _option((), "LIST", "proxies whose X-Forwarded-For and X-Forwarded-Proto are believed")
    tls_cert: Path | None = _option(None, "FILE", "certificate chain (PEM) to serve HTTPS with")
    tls_key: Path | None = _option(None, "FILE", "private key (PEM) of the certificate")
    no_auth: Switch = _option(False, "BOOL", "serve HTTP on loopback to whoever asks: one user's own machine")
    audit_log: Path | None = _option(None, "FILE", "file that gets one JSON line for each call")
    grace_seconds: Count = _option(10, "N", "how long calls in flight may still take when the server ends")
    log_format: LogFormat = _option("text", "text|json", "form of the lines on stderr")
    log_level: LogLevel = _option("warning", "LEVEL", "what goes to stderr: debug, info, warning, error")
    dlc_endpoint: str | None = _option(None, "URL", "replaces the regional pai-dlc endpoint", shown="the region's")
    aiworkspace_endpoint: str | None = _option(
        None, "URL", "replaces the regional AIWorkSpace endpoint", shown="the region's"
    )
    studio_endpoint: str | None = _option(
        None, "URL", "replaces the regional PAI Studio endpoint", shown="the region's; none where others are replaced"
    )
    profile_of_environment: str | None = Field(None, repr=False)
    """What ``ALIBABA_CLOUD_PROFILE`` names: a place among others, to which a confirmation is bound all the same."""


@dataclass(frozen=True, slots=True)
class Option:
    """One field of :class:`Settings` that operators can set. ``default`` is text for people."""

    field: str
    metavar: str
    help: str
    default: str
    is_switch: bool

    @property
    def name(self) -> str:
        """Its name in a TOML file; a file may write ``_`` for ``-``."""
        return self.field.replace("_", "-")

    @property
    def flag(self) -> str:
        return f"--{self.name}"

    @property
    def variable(self) -> str:
        return f"PAI_DLC_MCP_{self.field.upper()}"


def _declared_options() -> tuple[Option, ...]:
    found = []
    for name, field in Settings.model_fields.items():
        extra = field.json_schema_extra
        if isinstance(extra, dict):
            default = extra["shown"] or _as_text(field.default)
            is_switch = field.annotation is bool
            found.append(Option(name, str(extra["metavar"]), field.description or "", str(default), is_switch))
    return tuple(found)


def _as_text(default: Any) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return ",".join(default) or "none" if isinstance(default, tuple) else str(default or "none")


OPTIONS = _declared_options()
