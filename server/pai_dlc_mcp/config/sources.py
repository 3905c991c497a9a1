"""Where settings come from: a flag overrides the environment variable, the variable overrides the TOML file.

Anything wrong is one clear line that names the flag, variable or line of the file, and exit code 2.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..cloud.profiles import PROFILE, region_of_profile
from .files import CHECKS
from .settings import OPTIONS, Option, OptionError, Settings

CONFIG_VARIABLE = "PAI_DLC_MCP_CONFIG"


@dataclass(frozen=True, slots=True)
class _Given:
    """A text that was given for an option; ``source`` names the flag, variable or line for messages."""

    source: str
    text: str


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of all options, and ``--config``."""
    parser.add_argument(
        "--config", metavar="FILE", help=f"TOML file with these options by name [{CONFIG_VARIABLE}; default: none]"
    )
    for option in OPTIONS:
        add_flag(parser, option)


def add_flag(parser: argparse.ArgumentParser, option: Option) -> None:
    """One option's flag; its help names the variable and the default."""
    bare: dict[str, Any] = {"nargs": "?", "const": "true"} if option.is_switch else {}
    text = f"{option.help} [{option.variable}; default: {option.default}]".replace("`", "")
    parser.add_argument(option.flag, dest=option.field, metavar=option.metavar, help=text, **bare)


def settings_from(
    flags: argparse.Namespace, environ: Mapping[str, str] = os.environ, *, state: str = "memory"
) -> Settings:
    """The settings of flags, environment and file; ``state`` is the default for where state is stored.

    Raises:
        OptionError: with one line that names the flag, variable or file that is wrong.
    """
    _refuse_unknown_variables(environ)
    given = _given(flags, environ)
    texts = {field: one.text for field, one in given.items()}
    try:
        settings = Settings(**{"state": state, **texts}, profile_of_environment=environ.get(PROFILE) or None)
    except ValidationError as wrong:
        raise _as_option_error(wrong, given) from None
    return settings.model_copy(update=_checked(settings, given))


def _given(flags: argparse.Namespace, environ: Mapping[str, str]) -> dict[str, _Given]:
    """What was given, by field; of several sources the strongest. An empty text is refused like a wrong one.

    Most often it comes of a variable that was to hold a limit and was not set.
    """
    lines = _file_lines(flags, environ)
    found = {}
    for option in OPTIONS:
        sources = (
            (option.flag, getattr(flags, option.field, None)),
            (option.variable, environ.get(option.variable)),
            (f"{option.name} in the file", lines.get(option.name)),
        )
        for source, text in sources:
            if text is not None:
                if not text.strip(", \t\r\n"):
                    raise OptionError(f"{source} is empty; leave it out or give it a value")
                found[option.field] = _Given(source, text)
                break
    if "region" not in found and (region := environ.get("ALIBABA_CLOUD_REGION_ID")):
        found["region"] = _Given("ALIBABA_CLOUD_REGION_ID", region)
    if "region" not in found and not getattr(flags, "emulator", False):
        profile = found["profile"].text if "profile" in found else None
        if own := region_of_profile(environ, profile):
            found["region"] = _Given(f"the region of {own[1]}", own[0])
    return found


def text_of(flags: argparse.Namespace, field: str, environ: Mapping[str, str] = os.environ) -> str | None:
    """What was given for one option, unchecked, for commands that have few; ``None`` where nothing was.

    Raises:
        OptionError: something is wrong with the sources, or the text is empty.
    """
    _refuse_unknown_variables(environ)
    given = _given(flags, environ).get(field)
    return None if given is None else given.text


def _refuse_unknown_variables(environ: Mapping[str, str]) -> None:
    """A misspelt variable is refused: a limit that is not set must not look as if it were."""
    known = {CONFIG_VARIABLE, *(option.variable for option in OPTIONS)}
    if unknown := sorted(name for name in environ if name.startswith("PAI_DLC_MCP_") and name not in known):
        near = get_close_matches(unknown[0], sorted(known), 1)
        raise OptionError(f"{unknown[0]} is not a known variable" + (f"; did you mean {near[0]}?" if near else ""))


def _as_option_error(wrong: ValidationError, given: Mapping[str, _Given]) -> OptionError:
    """The first fault of the model in the words of its source; the value itself is not repeated."""
    fault = wrong.errors(include_url=False, include_input=False)[0]
    context = fault.get("ctx", {})
    words = f"takes {context['expected']}" if "expected" in context else str(context.get("error", fault["msg"]))
    return OptionError(f"{given[str(fault['loc'][0])].source} {words}")


def _checked(settings: Settings, given: Mapping[str, _Given]) -> dict[str, Any]:
    """The values of what was given that name something, each checked against what is there."""
    found = {}
    for field, check in CHECKS.items():
        if field in given:
            try:
                found[field] = check(getattr(settings, field))
            except ValueError as wrong:
                raise OptionError(f"{given[field].source} {wrong}") from None
    return found


def _file_lines(flags: argparse.Namespace, environ: Mapping[str, str]) -> Mapping[str, str]:
    """Lines of the TOML file by option name, as text; a list becomes its items joined by commas."""
    flag: str | None = getattr(flags, "config", None)
    name = environ.get(CONFIG_VARIABLE) if flag is None else flag
    if name is None:
        return {}
    if not name:
        raise OptionError("--config is empty; leave it out or name a file")
    import tomllib  # start-up: saves 4 ms

    try:
        lines = tomllib.loads(Path(name).expanduser().read_text(encoding="utf-8"))
    except OSError as wrong:
        raise OptionError(f"--config: cannot read {name} ({wrong.strerror})") from None
    except UnicodeDecodeError:
        raise OptionError(f"--config: cannot read {name} (it is not UTF-8)") from None
    except tomllib.TOMLDecodeError as wrong:
        raise OptionError(f"--config: {name} is not TOML: {wrong}") from None
    named = {key.replace("_", "-"): value for key, value in lines.items()}
    if extra := set(named) - {option.name for option in OPTIONS}:
        raise OptionError(f"--config: {name} has unknown lines: {', '.join(sorted(extra))}")
    return {key: ",".join(map(str, value)) if isinstance(value, list) else str(value) for key, value in named.items()}
