"""What a kept list of resources depends on: the documents of the package or of the tree that it is run from."""

from __future__ import annotations

from pathlib import Path

import pytest

from pai_dlc_mcp.transports.front import _documents, start


@pytest.mark.parametrize("place", ["server/pai_dlc_mcp/references", "references"])
def test_documents_count_in_the_package_and_in_the_tree(place: str, tmp_path: Path) -> None:
    package, folder = tmp_path / "server/pai_dlc_mcp", tmp_path / place
    package.mkdir(parents=True)
    skill = str(tmp_path / "SKILL.md")
    assert list(_documents(str(package))) == [skill]
    folder.mkdir()
    (folder / "rules.md").write_text("R01")
    assert list(_documents(str(package))) == [str(folder), str(folder / "rules.md"), skill]


def test_at_a_terminal_nothing_is_answered_ahead_and_the_server_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.isatty", lambda _: True)
    assert start(["serve"])
    assert start(["serve", "--http", "127.0.0.1:0"])
