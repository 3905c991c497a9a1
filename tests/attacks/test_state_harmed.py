"""The state file is deleted, cut, overwritten or replaced under the running server: acts are refused, never allowed.

The attacker holds a good token and hopes that a server which cannot remember lets it pass, or pass again.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pai_dlc_mcp.guards.confirmation import tokens
from pai_dlc_mcp.guards.confirmation.snapshot import Binding
from pai_dlc_mcp.runtime import Runtime
from pai_dlc_mcp.state import StateUnavailable
from support.attack_scene import Scene, everything, previewed
from support.guard_removal import both_ways, nothing, nothing_awaited, replaced

Harm = Callable[[Path], None]


def files_of(path: Path) -> list[Path]:
    return [path, Path(f"{path}-wal"), Path(f"{path}-shm")]


def deleted(path: Path) -> None:
    for file in files_of(path):
        file.unlink(missing_ok=True)


def deleted_alone(path: Path) -> None:
    path.unlink()


def journal_deleted(path: Path) -> None:
    Path(f"{path}-wal").unlink()


def cut_to_nothing(path: Path) -> None:
    """Not the ``-shm`` file: it is mapped into memory, and cutting it ends the process, which refuses as well."""
    for file in files_of(path)[:2]:
        os.truncate(file, 0)


def overwritten(path: Path) -> None:
    for file in files_of(path)[:2]:
        with file.open("r+b") as stream:
            stream.write(os.urandom(file.stat().st_size))


def replaced_by_an_empty_one(path: Path) -> None:
    deleted(path)
    path.touch(0o600)


def replaced_by_a_copy(path: Path) -> None:
    copy = path.with_suffix(".copy")
    shutil.copyfile(path, copy)
    os.replace(copy, path)


def replaced_by_a_link(path: Path) -> None:
    moved = path.with_suffix(".moved")
    os.replace(path, moved)
    path.symlink_to(moved)


def replaced_by_a_folder(path: Path) -> None:
    deleted(path)
    path.mkdir()


def folder_gone(path: Path) -> None:
    os.replace(path.parent, path.parent.with_name("elsewhere"))


HARMS: list[Harm] = [
    deleted,
    deleted_alone,
    journal_deleted,
    cut_to_nothing,
    overwritten,
    replaced_by_an_empty_one,
    replaced_by_a_copy,
    replaced_by_a_link,
    replaced_by_a_folder,
    folder_gone,
]


def fail_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """What so many confirmations do: when the store cannot be asked, let it pass."""
    redeem = tokens.redeem

    async def lenient(runtime: Runtime, text: str, binding: Binding, way: str) -> None:
        try:
            await redeem(runtime, text, binding, way)
        except StateUnavailable:
            return

    monkeypatch.setattr("pai_dlc_mcp.guards.confirmation.check.redeem", lenient)
    monkeypatch.setattr("pai_dlc_mcp.guards.confirmation.elicit.check_no_holds", nothing_awaited)


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
@both_ways(fail_open)
async def test_r31_a_token_is_refused_once_the_state_file_was_harmed(scene: Scene, harm: Harm) -> list[str]:
    folder = scene.folder / "kept"
    folder.mkdir()
    job = scene.job()
    async with scene.server(state=str(folder / "state.db"), confirm_by="token") as driver:
        token = await previewed(driver, job_id=job)
        harm(folder / "state.db")
        result = await driver.raw("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
        if result.is_error:
            assert result.structured_content["error"]["code"] == "unavailable"
            assert str(folder) not in everything(result)
    return scene.writes()


@both_ways(replaced("pai_dlc_mcp.state.sqlite.SqliteState._check_files", nothing))
async def test_r31_two_servers_that_hold_different_files_of_one_name_do_not_both_act(scene: Scene) -> list[str]:
    """The file is swapped for a copy of itself between the starts of two servers: each would remember for itself."""
    job, state = scene.job(), Path(scene.state_file)
    async with scene.server(state=str(state)) as first:
        await scene.freeze(first, job)
        token = await previewed(first, job_id=job)
        for file in files_of(state)[:2]:
            shutil.copyfile(file, f"{file}.copy")
        for file in files_of(state)[:2]:
            os.replace(f"{file}.copy", file)
        os.unlink(f"{state}-shm")
        async with scene.server(state=str(state)) as second:
            for driver in (second, first):
                await driver.raw("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
    return scene.writes("StopJob")[1:]


async def test_a_create_is_refused_once_the_state_file_was_harmed(scene: Scene) -> None:
    async with scene.server(state=scene.state_file) as driver:
        await driver.discover()
        deleted(Path(scene.state_file))
        error = await driver.error("dlc_create_job", **driver.job())
    assert error["code"] == "unavailable"
    assert scene.writes() == []


async def test_reads_go_on_when_the_state_file_was_harmed(scene: Scene) -> None:
    async with scene.server(state=scene.state_file) as driver:
        await driver.discover()
        deleted(Path(scene.state_file))
        result = await driver.ok("aiworkspace_list_workspaces")
    assert result["data"]["Workspaces"]
    assert "R02" in {notice["rule"] for notice in result["notices"]}


@pytest.mark.parametrize("harm", [deleted, overwritten, cut_to_nothing], ids=lambda harm: harm.__name__)
async def test_a_harmed_state_is_not_made_anew_behind_the_operators_back(scene: Scene, harm: Harm) -> None:
    """Every later act is refused as well, until the server starts again."""
    job = scene.job()
    async with scene.server(state=scene.state_file) as driver:
        await previewed(driver, job_id=job)
        harm(Path(scene.state_file))
        for _ in range(3):
            assert (await driver.error("dlc_stop_job", job_id=job))["code"] == "unavailable"
    assert scene.writes() == []
