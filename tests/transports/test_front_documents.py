"""What a kept list of resources depends on: the documents of the package or of the tree that it is run from; and how
the front begins and ends where there is no client."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pai_dlc_mcp.transports.front import _DEPENDENCIES, Front, Snapshot, _dependencies, _documents, start


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
    monkeypatch.setattr("os.isatty", lambda number: number == 0)
    assert start(["serve"])
    assert start(["serve", "--http", "127.0.0.1:0"])


def test_an_input_that_cannot_be_read_is_over(tmp_path: Path) -> None:
    source = os.open(tmp_path, os.O_RDONLY)  # a folder is ready to be read, and cannot be
    front = Front(Snapshot("/nowhere", "", {}), source, target=-1)
    front.run()
    assert front.hand_over() == b""
    assert front.is_over
    os.close(source)


def test_an_answer_is_written_to_its_end_however_little_goes_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = os.pipe()
    write = os.write
    monkeypatch.setattr("os.write", lambda handle, data: write(handle, data[:3]))
    Front(Snapshot("/nowhere", "", {}), source, target)._write(b"0123456789")
    os.close(target)
    with os.fdopen(source, "rb") as said:
        assert said.read() == b"0123456789"


def test_a_package_counts_where_it_is_found_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("first", "second"):
        for name in _DEPENDENCIES:
            (tmp_path / folder / name).mkdir(parents=True)
            (tmp_path / folder / name / "__init__.py").touch()
    monkeypatch.setattr("sys.path", [str(tmp_path / "none"), str(tmp_path / "first"), str(tmp_path / "second")])
    found = [path for path, *_ in _dependencies()]
    assert found == [str(tmp_path / "first" / name / "__init__.py") for name in _DEPENDENCIES]
