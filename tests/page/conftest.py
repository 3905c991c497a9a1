from __future__ import annotations

import gzip

import pytest

from pai_dlc_mcp.page import files
from pai_dlc_mcp.page.files import BuiltFile

INDEX = b"<!doctype html><title>page</title>"
SCRIPT = b"console.log(1)" * 100
PACKED = gzip.compress(SCRIPT)


@pytest.fixture(autouse=True)
def built(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of two files: what a browser makes of the real one is tried elsewhere."""
    index = BuiltFile(INDEX, gzip.compress(INDEX), files.KINDS[".html"])
    script = BuiltFile(SCRIPT, PACKED, files.KINDS[".js"])
    monkeypatch.setitem(files._built, files.BUILT, {"index.html": index, "assets/main-1.js": script})
