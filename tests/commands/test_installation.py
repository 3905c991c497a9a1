"""The command of a snippet is one that still starts the server when a cache has been cleaned."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pai_dlc_mcp import __version__
from pai_dlc_mcp.commands import installation as module
from pai_dlc_mcp.commands.installation import PACKAGE, Installation, _origin, installation, installation_of

INDEX = f"pai-dlc-mcp=={__version__}"
WHEEL = "/home/me/dist/pai_dlc_mcp-1-py3-none-any.whl"


def found_in(prefix: Path, tools: dict[str, str], environ: dict[str, str], origin: str | None = None) -> Installation:
    """The installation of an interpreter in ``prefix``, with these commands on the PATH."""

    def which(name: str, path: str | None = None) -> str | None:
        if path is None:
            return tools.get(name)
        script = Path(path) / name
        return str(script) if script.exists() else None

    return installation_of(prefix, prefix / "bin/python", environ, which, origin)


def environment(prefix: Path) -> Path:
    """An environment with the script in it."""
    (prefix / "bin").mkdir(parents=True)
    (prefix / "bin/pai-dlc-mcp").touch()
    return prefix


@pytest.mark.parametrize("cache", ["home/.cache/uv/archive-v0/abc", "home/.cache/uv/environments-v2/abc"])
@pytest.mark.parametrize(("origin", "wanted"), [(None, INDEX), (WHEEL, WHEEL)])
def test_uvx_is_called_again_by_its_whole_path_and_never_the_folder_of_its_cache(
    cache: str, origin: str | None, wanted: str, tmp_path: Path
) -> None:
    prefix = environment(tmp_path / cache)
    found = found_in(prefix, {}, {"UV": "/usr/bin/uv"}, origin)
    assert (found.how, found.command) == ("uvx", "/usr/bin/uv")
    assert found.arguments == ("tool", "run", "--from", wanted, "pai-dlc-mcp")
    assert str(tmp_path) not in " ".join((found.command, *found.arguments))
    assert bool(found.remark) is (origin is not None)
    assert found_in(prefix, {}, {}, origin).arguments == ("--from", wanted, "pai-dlc-mcp")


def test_a_cache_in_another_place_is_known_by_its_variable(tmp_path: Path) -> None:
    prefix = environment(tmp_path / "elsewhere/archive-v0/abc")
    assert found_in(prefix, {}, {"UV_CACHE_DIR": str(tmp_path / "elsewhere")}).how == "uvx"
    assert found_in(prefix, {}, {}).how == "environment"


@pytest.mark.parametrize("cache", ["home/.local/pipx/.cache/abc", "home/.cache/pipx/abc"])
def test_pipx_run_is_called_again_and_never_the_folder_of_its_cache(cache: str, tmp_path: Path) -> None:
    found = found_in(environment(tmp_path / cache), {"pipx": "/usr/bin/pipx"}, {})
    assert (found.how, found.command) == ("pipx run", "/usr/bin/pipx")
    assert found.arguments == ("run", "--spec", INDEX, "pai-dlc-mcp")


@pytest.mark.parametrize(
    ("place", "how"),
    [("share/pipx/venvs/pai-dlc-mcp", "pipx"), ("share/uv/tools/pai-dlc-mcp", "uv tool")],
)
def test_a_tool_is_called_by_the_link_that_outlives_its_environment(place: str, how: str, tmp_path: Path) -> None:
    prefix = environment(tmp_path / place)
    shim = tmp_path / "bin/pai-dlc-mcp"
    shim.parent.mkdir()
    shim.symlink_to(prefix / "bin/pai-dlc-mcp")
    found = found_in(prefix, {"pai-dlc-mcp": str(shim)}, {})
    assert (found.how, found.command, found.arguments) == (how, str(shim), ())
    other = tmp_path / "other"
    other.touch()
    assert found_in(prefix, {"pai-dlc-mcp": str(other)}, {}).command == str(prefix / "bin/pai-dlc-mcp")


def test_an_environment_is_called_by_the_script_beside_its_python(tmp_path: Path) -> None:
    prefix = environment(tmp_path / "venv")
    found = found_in(prefix, {"pai-dlc-mcp": "/usr/bin/pai-dlc-mcp"}, {"UV": "/usr/bin/uv"})
    assert (found.how, found.command, found.remark) == ("environment", str(prefix / "bin/pai-dlc-mcp"), "")


def test_a_copy_that_is_not_installed_says_so(tmp_path: Path) -> None:
    found = found_in(tmp_path, {"pai-dlc-mcp": "/usr/bin/pai-dlc-mcp"}, {})
    assert (found.how, found.arguments) == ("source", ("-m", "pai_dlc_mcp"))
    assert "not installed" in found.remark


def test_this_process_has_one_that_exists() -> None:
    assert os.access(installation().command, os.X_OK)


def test_what_the_package_was_installed_from_is_read_where_installers_note_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Noted:
        def __init__(self, text: str | None) -> None:
            self.text = text

        def read_text(self, name: str) -> str | None:
            return self.text if name == "direct_url.json" else None

    def origin(text: str | None) -> str | None:
        monkeypatch.setattr(module.metadata, "distribution", lambda name: {PACKAGE: Noted(text)}[name])
        return _origin()

    assert origin('{"url": "file:///opt/my%20wheels/p.whl"}') == "/opt/my wheels/p.whl"
    assert origin('{"url": "https://example.com/p.whl"}') == "https://example.com/p.whl"
    for text in (None, "", "{", "{}", '{"url": 1}', "[]", "7"):
        assert origin(text) is None
