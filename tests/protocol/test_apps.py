"""MCP Apps: tools name their view to clients that show views, and to nobody else; a view confirms nothing (R35)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from page.serving import application, service
from pai_dlc_emulator.server import Emulator, started
from pai_dlc_mcp.composites.catalog import COMPOSITES
from pai_dlc_mcp.page import files
from pai_dlc_mcp.protocol import apps
from pai_dlc_mcp.toolsets import enabled
from pai_dlc_mcp.transports.front import key_of, session_revision

from .over_http import Http
from .processes import VERSION_2025, VERSION_2026, envelope

SHOWS = {"extensions": {apps.EXTENSION: {"mimeTypes": [apps.MIME]}}}
HTML = "<!doctype html><title>PAI-DLC</title>"


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "view.html").write_text(HTML)
    monkeypatch.setattr(files, "BUILT", tmp_path)


@pytest.fixture(scope="module")
def world() -> Iterator[Emulator]:
    with started() as emulator:
        yield emulator


async def lists(world: Emulator, can: Any) -> tuple[dict[str, Any], list[str], dict[str, Any]]:
    """What a client with these capabilities lists in both eras: metas by tool, resources, the server's extensions."""
    import anyio.to_thread

    def ask(url: str) -> tuple[dict[str, Any], list[str], dict[str, Any]]:
        with Http(f"{url}/mcp") as http:
            tools = http.modern("tools/list", can=can)["result"]["tools"]
            names = [one["uri"] for one in http.modern("resources/list", can=can)["result"]["resources"]]
            http.greet(can)
            extensions = http.modern("server/discover", can=can)["result"]["capabilities"].get("extensions") or {}
            assert [one.get("_meta") for one in http.legacy("tools/list")["result"]["tools"]] == [
                one.get("_meta") for one in tools
            ]
        return {one["name"]: one["_meta"] for one in tools if "_meta" in one}, names, extensions

    async with service(application(world, no_auth=True)) as (url, _):
        return await anyio.to_thread.run_sync(ask, url)


@pytest.mark.usefixtures("built")
async def test_a_client_that_shows_views_is_told_of_them(world: Emulator) -> None:
    metas, names, extensions = await lists(world, SHOWS)
    shown = {name: meta["ui"]["resourceUri"].removeprefix(apps.PREFIX) for name, meta in metas.items()}
    assert shown["dlc_get_job"] == "job"
    assert shown["dlc_survey_jobs"] == "survey"
    assert shown["dlc_quota_status"] == "quota"
    assert shown["dlc_diagnose_job"] == "diagnosis"
    assert shown["dlc_stop_job"] == "confirmation"
    assert set(shown.values()) == set(apps.VIEWS)
    assert {name.removeprefix(apps.PREFIX) for name in names if name.startswith("ui://")} == set(apps.VIEWS)
    assert apps.EXTENSION in extensions


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    "can",
    [
        {},
        {"extensions": {}},
        {"extensions": {apps.EXTENSION: {}}},
        {"extensions": {apps.EXTENSION: {"mimeTypes": ["text/html"]}}},
    ],
)
async def test_nobody_else_is(world: Emulator, can: Any) -> None:
    metas, names, _ = await lists(world, can)
    assert metas == {}
    assert not [name for name in names if name.startswith("ui://")]


async def test_where_nothing_is_built_nothing_is_promised(
    world: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "BUILT", tmp_path)
    metas, names, extensions = await lists(world, SHOWS)
    assert metas == {}
    assert apps.EXTENSION not in extensions
    assert not [name for name in names if name.startswith("ui://")]
    assert apps.contents(apps.PREFIX + "job") is None


@pytest.mark.usefixtures("built")
def test_a_view_is_a_document_that_asks_nobody_outside() -> None:
    for view in apps.VIEWS:
        found = apps.contents(apps.PREFIX + view)
        assert found is not None
        assert (found.mime_type, found.text) == ("text/html;profile=mcp-app", HTML)
        assert found.meta == {"ui": {"csp": {}, "prefersBorder": True}}
    for odd in ("ui://pai-dlc-mcp/", "ui://pai-dlc-mcp/../index", "ui://other/job", "job", "ui://pai-dlc-mcp/job.html"):
        assert apps.contents(odd) is None


@pytest.mark.usefixtures("built")
def test_r35_no_tool_that_acts_may_be_called_from_a_frame() -> None:
    for tool in enabled(["all"]).values():
        meta = apps.meta_of(tool)
        if meta is not None:
            assert meta["ui"].get("visibility") == (None if tool.effect.value == "read" else ["model"]), tool.name


def test_a_recorded_list_serves_only_clients_that_show_the_same() -> None:
    plain = {"protocolVersion": VERSION_2025, "capabilities": {}, "clientInfo": {"name": "x"}}
    shows = plain | {"capabilities": SHOWS}
    assert key_of("initialize", plain, None) != key_of("initialize", shows, None)
    listed = {key_of("tools/list", {}, session_revision(one)) for one in (plain, shows)}
    assert len(listed) == 2
    modern = {key_of("tools/list", {"_meta": envelope(can)}, None) for can in ({}, {"elicitation": {}}, SHOWS)}
    assert modern == {f"tools/list {VERSION_2026}", f"tools/list {VERSION_2026}+views"}


def test_every_view_that_a_composite_names_is_one() -> None:
    named = {one.name: one.app_view for one in COMPOSITES if one.app_view}
    assert named == {"dlc_diagnose_job": "diagnosis", "dlc_survey_jobs": "survey", "dlc_quota_status": "quota"}
    assert set(named.values()) <= set(apps.VIEWS)
