"""Where state is kept when nobody says where."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def state_folder() -> Path:
    """The user's state folder for this product (not made here)."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local") / "pai-dlc-mcp"
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "pai-dlc-mcp"


def default_file() -> Path:
    return state_folder() / "state.sqlite"
