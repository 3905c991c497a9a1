"""Path tricks in every path argument of every operation: nothing may change which path, or whose, is asked."""

from __future__ import annotations

import posixpath
from typing import Any
from urllib.parse import unquote

import pytest

from pai_dlc_mcp.api.catalog import operations
from pai_dlc_mcp.cloud.request import build
from pai_dlc_mcp.errors import InvalidArguments
from pai_dlc_mcp.operation import Operation
from support.attack_scene import Scene
from support.guard_removal import always, both_ways, replaced

TRICKS = [
    "..", ".", "", "../x", "../../v1/jobs", "a/../b", "/", "/etc", "a/", "a//b", "a\\..\\b", "\\", "a\0b", "a\nb",
    "a\rb", "a\tb", "\x7f", "\x85", "\u2028", "\u2029", "a\u202eb", "\u200b", "%2e%2e", "%2e%2e%2fx", "..%2fx", "%2F",
    "%5c", "%00", "%0d%0aX-Injected:1", "..;/x", "a?b=c", "a#b", "?", "#", "a;b", "a@b", "a:b", "http://evil.example/x",
    "//evil.example", "\uff0e\uff0e", "\u2025", "..\u2215x", "\uff0fx", "\u2024\u2024", "a" * 300, "\ud800",
]  # fmt: skip
"""Dots and slashes plain, encoded, in full width and in look-alikes; control and invisible characters; a query, a
fragment, another host; too long; half a character."""

WITH_PATH = [one for one in operations() if "{" in one.path]
UNCHECKED = replaced("pai_dlc_mcp.cloud.request._fault", always(None))


def path_arguments(operation: Operation) -> list[tuple[str, bool]]:
    return [(api, wire.slash) for api, wire, place in operation.fields.values() if place == "path"]


def folded(path: str) -> str:
    """The path once dots and double slashes are folded; one operation's own path ends in a slash."""
    return posixpath.normpath(path) + "/" * path.endswith("/")


def strays(operation: Operation, name: str, slash: bool, trick: str) -> str | None:
    """What a trick does to the path, where it is not refused: it must stay one segment that means itself."""
    args: dict[str, Any] = {api: "x" for api, _ in path_arguments(operation)} | {name: trick}
    plain = build(operation, {api: "x" for api, _ in path_arguments(operation)}).path
    try:
        made = build(operation, args).path
    except InvalidArguments:
        return None
    except UnicodeEncodeError:
        return "half a character leaves as an error of ours"
    if made.isascii() and made.isprintable() and len(made.split("/")) == len(plain.split("/")):
        same = made.split("/")
        at = [index for index, part in enumerate(plain.split("/")) if part != same[index]]
        decoded = unquote(same[at[0]]) if at else "x"
        if len(at) <= 1 and decoded == trick and folded(made) == made and not set("?#;") & set(made):
            return None if slash or "/" not in decoded else f"{trick!r} holds a slash: {made}"
    return f"{trick!r} made {made}"


@pytest.mark.parametrize("operation", WITH_PATH, ids=lambda one: one.action_name)
@both_ways(UNCHECKED)
async def test_no_path_argument_leads_elsewhere(operation: Operation) -> list[str]:
    found = []
    for name, slash in path_arguments(operation):
        for trick in TRICKS:
            stray = strays(operation, name, slash, trick)
            found += [f"{name}: {stray}"] if stray else []
    return found


@both_ways(UNCHECKED)
async def test_a_trick_in_a_job_id_reaches_no_other_operation(scene: Scene) -> list[str]:
    async with scene.server(toolsets=("all",)) as driver:
        for trick in TRICKS:
            if trick.isascii() or trick.isprintable():
                await driver.raw("dlc_get_job", job_id=trick)
    asked = [(entry["operation"], entry["path"]) for entry in scene.requests()]
    return [f"{operation}: {path}" for operation, path in asked if operation != "GetJob"]


@both_ways(UNCHECKED)
async def test_a_trick_in_a_path_is_refused_before_anything_is_sent(scene: Scene) -> list[str]:
    async with scene.server() as driver:
        for trick in ("..", ".", "../x", "a/b", "a\\b"):
            await driver.raw("dlc_stop_job", job_id=trick, wait_seconds=0)
    return [str(entry["path"]) for entry in scene.requests()]


@pytest.mark.parametrize("region", ["../x", "evil.example/", "x@evil", "cn-hangzhou.evil.example", "a" * 80, "CN", "é"])
async def test_r75_a_region_that_would_name_another_host_is_refused(scene: Scene, region: str) -> None:
    async with scene.server(dlc_endpoint=None, aiworkspace_endpoint=None) as driver:
        error = await driver.error("dlc_list_jobs", region=region)
    assert error["code"] == "invalid_arguments"
