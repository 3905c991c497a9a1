"""The operator's options, declared once: each is a flag of ``serve``, a variable ``PAI_DLC_MCP_…`` and a TOML line.

A flag wins over the environment, the environment over the file. Anything wrong is one clear line and exit code 2.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from . import files
from .settings import ALWAYS_CONFIRMED, Settings


class OptionError(ValueError):
    """A wrong option, variable or file, in one line."""


@dataclass(frozen=True, slots=True)
class Option:
    """``field`` is its name in :class:`Settings`; ``read`` makes the value of its text."""

    name: str
    field: str
    read: Callable[[str], Any]
    help: str
    metavar: str = "…"

    @property
    def flag(self) -> str:
        return f"--{self.name}"

    @property
    def variable(self) -> str:
        return "PAI_DLC_MCP_" + self.name.upper().replace("-", "_")


def words(text: str) -> tuple[str, ...]:
    return tuple(part for part in re.split(r"[,\s]+", text.strip()) if part)


def switch(text: str) -> bool:
    known = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if text.strip().lower() not in known:
        raise ValueError("takes true or false")
    return known[text.strip().lower()]


def count(text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text.strip()):
        raise ValueError("takes a whole number, 0 or more")
    return int(text)


def region(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]{2,40}", text):
        raise ValueError("takes a region id such as cn-hangzhou")
    return text


def regions(text: str) -> tuple[str, ...]:
    return tuple(region(name) for name in words(text))


def one_of(*values: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in values:
            raise ValueError(f"takes one of {', '.join(values)}")
        return text

    return read


def risks(text: str) -> frozenset[str]:
    known = {"stop", "delete", "spend", "expose", "create"}
    if wrong := set(words(text)) - known:
        raise ValueError(f"knows {', '.join(sorted(known))}, not {', '.join(sorted(wrong))}")
    return frozenset(words(text)) | ALWAYS_CONFIRMED


def toolset_names(text: str) -> tuple[str, ...]:
    from ..toolsets import names

    if wrong := [name for name in words(text) if name not in names()]:
        raise ValueError(f"knows {', '.join(names())}, not {', '.join(wrong)}")
    return words(text) or ("default",)


def endpoint(text: str) -> str:
    from ..cloud.endpoints import checked

    return checked(text)


def state_place(text: str) -> str:
    if text == "memory":
        return text
    if "\0" in text or ("://" in text and not text.startswith(("redis://", "rediss://"))):
        raise ValueError("takes memory, a file path or redis://host:port/db")
    return files.redis_address(text) if "://" in text else str(files.state_file(text))


OPTIONS: tuple[Option, ...] = (
    Option("toolsets", "toolsets", toolset_names, "presets and toolsets to offer: default, lean, all, jobs, …", "LIST"),
    Option("read-only", "read_only", switch, "offer reads only", "BOOL"),
    Option("region", "region", region, "region of calls that name none", "REGION"),
    Option("regions", "regions", regions, "regions that calls may name", "LIST"),
    Option("workspaces", "workspaces", words, "workspaces that calls may touch", "LIST"),
    Option("owners", "owners", words, "user ids whose jobs may be changed, stopped or deleted", "LIST"),
    Option("image-prefixes", "image_prefixes", words, "registry prefixes whose images need no discovery", "LIST"),
    Option("confirm", "confirm", risks, "effects confirmed beside stop, delete and spend: expose, create", "LIST"),
    Option("confirm-by", "confirm_by", one_of("auto", "human", "token"), "who confirms", "auto|human|token"),
    Option("max-gpus-per-job", "max_gpus_per_job", count, "most GPUs that one job may ask for", "N"),
    Option("max-running-jobs", "max_running_jobs", count, "most jobs that may be under way", "N"),
    Option("max-running-gpus", "max_running_gpus", count, "most GPUs that jobs under way may hold", "N"),
    Option("max-creates-per-hour", "max_creates_per_hour", count, "most creates in an hour", "N"),
    Option("require-max-running-time", "require_max_running_time", switch, "refuse jobs without a time limit", "BOOL"),
    Option("state", "state", state_place, "memory, a SQLite file or redis://…", "WHERE"),
    Option("keys", "keys", files.keys, "file of keys that seal tokens, for several servers on one state", "FILE"),
    Option("tokens", "tokens", files.tokens, "file of bearer tokens (names and hashes) for HTTP", "FILE"),
    Option("audit-log", "audit_log", files.writable, "file for one JSON line a call", "FILE"),
    Option("log-level", "log_level", one_of("debug", "info", "warning", "error"), "what goes to stderr", "LEVEL"),
    Option("dlc-endpoint", "dlc_endpoint", endpoint, "replaces the regional pai-dlc endpoint", "URL"),
    Option("aiworkspace-endpoint", "aiworkspace_endpoint", endpoint, "replaces the AIWorkSpace endpoint", "URL"),
    Option("studio-endpoint", "studio_endpoint", endpoint, "replaces the PAI Studio endpoint", "URL"),
)


def add_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", help="TOML file with these options by name")
    for option in OPTIONS:
        add_flag(parser, option)


def add_flag(parser: argparse.ArgumentParser, option: Option) -> None:
    bare: dict[str, Any] = {"nargs": "?", "const": "true"} if option.read is switch else {}
    parser.add_argument(option.flag, dest=option.field, metavar=option.metavar, help=option.help, **bare)


def settings_from(
    flags: argparse.Namespace, environ: Mapping[str, str] = os.environ, *, state: str = "memory"
) -> Settings:
    """One frozen :class:`Settings` of flags, environment and file; ``state`` is where it is kept when nobody says.

    Raises:
        OptionError: with one line that names the flag, variable or file that is wrong.
    """
    _no_unknown_variable(environ)
    named = getattr(flags, "config", None)
    filed = _file(environ.get("PAI_DLC_MCP_CONFIG") if named is None else named)
    chosen: dict[str, Any] = {"state": state}
    for option in OPTIONS:
        for where, text in _sources(option, flags, environ, filed):
            if text is not None:
                chosen[option.field] = _read(option, where, str(text))
                break
    chosen.setdefault("region", _region_of(environ))
    return Settings(**chosen, profile=environ.get("ALIBABA_CLOUD_PROFILE") or None)


def _no_unknown_variable(environ: Mapping[str, str]) -> None:
    """A misspelt variable is refused: a limit that is not set must not look as if it were."""
    known = {"PAI_DLC_MCP_CONFIG", *(option.variable for option in OPTIONS)}
    if unknown := sorted(name for name in environ if name.startswith("PAI_DLC_MCP_") and name not in known):
        near = get_close_matches(unknown[0], sorted(known), 1)
        raise OptionError(f"{unknown[0]} is no variable of ours" + (f"; did you mean {near[0]}?" if near else ""))


def _region_of(environ: Mapping[str, str]) -> str | None:
    text = environ.get("ALIBABA_CLOUD_REGION_ID")
    try:
        return region(text) if text else None
    except ValueError as wrong:
        raise OptionError(f"ALIBABA_CLOUD_REGION_ID {wrong}") from None


def _sources(
    option: Option, flags: argparse.Namespace, environ: Mapping[str, str], filed: Mapping[str, str]
) -> list[tuple[str, Any]]:
    return [
        (option.flag, getattr(flags, option.field, None)),
        (option.variable, environ.get(option.variable)),
        (f"{option.name} in the file", filed.get(option.name)),
    ]


def _read(option: Option, where: str, text: str) -> Any:
    """An empty text is refused like a wrong one: most often a variable that was to hold a limit was not set."""
    if not text.strip(", \t\r\n"):
        raise OptionError(f"{where} is empty; leave it out or give it a value")
    try:
        return option.read(text)
    except OptionError as wrong:
        raise OptionError(f"{where}: {str(wrong).removeprefix(f'{option.flag}: ')}") from None
    except ValueError as wrong:
        raise OptionError(f"{where} {wrong}") from None


def _file(name: str | None) -> Mapping[str, str]:
    """Lines of the TOML file by option name, as text; a list becomes its items joined by commas."""
    if name is None:
        return {}
    if not name:
        raise OptionError("--config is empty; leave it out or name a file")
    import tomllib

    try:
        lines = tomllib.loads(Path(name).expanduser().read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as wrong:
        raise OptionError(f"--config: cannot read {name} ({type(wrong).__name__})") from None
    except tomllib.TOMLDecodeError as wrong:
        raise OptionError(f"--config: {name} is not TOML: {wrong}") from None
    named = {key.replace("_", "-"): value for key, value in lines.items()}
    if extra := set(named) - {option.name for option in OPTIONS}:
        raise OptionError(f"--config: {name} has unknown lines: {', '.join(sorted(extra))}")
    return {key: ",".join(map(str, value)) if isinstance(value, list) else str(value) for key, value in named.items()}
