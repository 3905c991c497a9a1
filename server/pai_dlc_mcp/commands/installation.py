"""How this copy of the program was installed, and the command that will still start it tomorrow.

A snippet is written once and read for months. The folder that ``uvx`` or ``pipx run`` works in is removed with the next
cleaning of a cache, so there the snippet names the tool; everywhere else it names the script itself.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import metadata
from itertools import pairwise
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from .. import __version__

PACKAGE = SCRIPT = "pai-dlc-mcp"
How = Literal["uvx", "pipx run", "uv tool", "pipx", "environment", "source"]
Find = Callable[..., str | None]


@dataclass(frozen=True, slots=True)
class Installation:
    """How it was installed, and the words that start it; ``remark`` says what could keep them from working."""

    how: How
    command: str
    arguments: tuple[str, ...] = ()
    remark: str = ""


def installation() -> Installation:
    """This process's own."""
    return installation_of(Path(sys.prefix), Path(sys.executable), os.environ, shutil.which, _origin())


def installation_of(
    prefix: Path, executable: Path, environ: Mapping[str, str], which: Find, origin: str | None
) -> Installation:
    """The installation of an interpreter.

    ``prefix`` is the environment's folder, ``which`` finds a command (as :func:`shutil.which`), ``origin`` is the file
    or address that the package was installed from, ``None`` for a package index.
    """
    how = _how(prefix, environ)
    wanted = origin or f"{PACKAGE}=={__version__}"
    if how == "uvx":
        uv = environ.get("UV") or which("uv")
        start = ("tool", "run") if uv else ()
        return Installation(how, uv or "uvx", (*start, "--from", wanted, SCRIPT), _unless_kept(origin))
    if how == "pipx run":
        return Installation(how, which("pipx") or "pipx", ("run", "--spec", wanted, SCRIPT), _unless_kept(origin))
    if how in ("uv tool", "pipx") and (shim := which(SCRIPT)) and Path(shim).resolve().is_relative_to(prefix.resolve()):
        # It stays where it is when the tool builds its environment anew.
        return Installation(how, shim)
    if script := which(SCRIPT, path=str(executable.parent)):
        return Installation(how, script)
    remark = "this copy is not installed; the snippet works only where Python finds the package (PYTHONPATH)"
    return Installation("source", str(executable), ("-m", "pai_dlc_mcp"), remark)


def _how(prefix: Path, environ: Mapping[str, str]) -> How:
    parts = prefix.parts
    cache = environ.get("UV_CACHE_DIR")
    is_cached = any(part.startswith(("archive-v", "environments-v", "builds-v")) for part in parts)
    if is_cached and ("uv" in parts or (cache and prefix.is_relative_to(cache))):
        return "uvx"
    if "pipx" in parts:
        return "pipx" if "venvs" in parts else "pipx run"
    return "uv tool" if ("uv", "tools") in pairwise(parts) else "environment"


def _unless_kept(origin: str | None) -> str:
    return f"keep {origin}: the snippet installs from it" if origin else ""


def _origin() -> str | None:
    """The file, folder or address that the package was installed from, as installers note it (PEP 610)."""
    try:
        text = metadata.distribution(PACKAGE).read_text("direct_url.json")
        url = json.loads(text)["url"] if text else None
    except (metadata.PackageNotFoundError, ValueError, KeyError, TypeError):
        return None
    if not isinstance(url, str):
        return None
    return unquote(urlsplit(url).path) if url.startswith("file:") else url
