"""Puts the built page into wheel and sdist, so that who installs them needs no Node.js.

It builds the page where npm is there and nobody has (``make web``); a package that is built without has no page,
and ``pai-dlc-mcp dashboard`` says so.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WEB = "server/pai_dlc_mcp/web"
PLACES = {"wheel": "pai_dlc_mcp/web/dist", "sdist": f"{WEB}/dist"}
STEPS = (("ci", "--ignore-scripts", "--no-audit", "--no-fund"), ("run", "build"))
LONGEST_STEP_S = 600


class PageBuildHook(BuildHookInterface[Any]):
    """Adds ``web/dist`` to what is packed."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """See ``BuildHookInterface``; an editable install takes the files from where they are."""
        if version == "editable" or self.target_name not in PLACES:
            return
        web = Path(self.root) / WEB
        index = web / "dist" / "index.html"
        if not index.is_file():
            self._build(web)
        if index.is_file():
            build_data["force_include"][str(web / "dist")] = PLACES[self.target_name]
        else:
            self.app.display_warning("built without the page: `make web` builds it, which needs Node.js 20.19")

    def _build(self, web: Path) -> None:
        npm = shutil.which("npm")
        if npm is None or not (web / "package-lock.json").is_file():
            return
        for words in STEPS:
            try:
                done = subprocess.run(  # noqa: S603 - npm of this machine with words of ours
                    [npm, *words], cwd=web, capture_output=True, text=True, timeout=LONGEST_STEP_S, check=False
                )
            except (OSError, subprocess.TimeoutExpired) as wrong:
                self.app.display_warning(f"npm {words[0]}: {type(wrong).__name__}")
                return
            if done.returncode:
                self.app.display_warning(f"npm {' '.join(words)} ended with {done.returncode}: {done.stderr[-500:]}")
                return
