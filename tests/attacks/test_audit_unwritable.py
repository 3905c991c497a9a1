"""The audit log cannot be written, so that an act would leave no trace: acts are refused, reads go on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from support.attack_scene import Scene, previewed
from support.guard_removal import both_ways, nothing_awaited, replaced

UNLOOKED = replaced("pai_dlc_mcp.audit.record._fit", nothing_awaited)


def a_folder(log: Path) -> None:
    log.unlink(missing_ok=True)
    log.mkdir()


def a_link(log: Path) -> None:
    log.unlink(missing_ok=True)
    log.symlink_to(log.with_name("elsewhere"))


def a_file_in_place_of_its_folder(log: Path) -> None:
    log.unlink(missing_ok=True)
    log.parent.rmdir()
    log.parent.touch()


def a_pipe(log: Path) -> None:
    import os

    log.unlink(missing_ok=True)
    os.mkfifo(log)


@pytest.mark.parametrize("harm", [a_folder, a_link, a_file_in_place_of_its_folder, a_pipe], ids=lambda h: h.__name__)
@both_ways(UNLOOKED)
async def test_an_act_that_would_leave_no_trace_is_refused(scene: Scene, harm: Callable[[Path], None]) -> list[str]:
    job, log = scene.job(), scene.folder / "audit" / "audit.log"
    log.parent.mkdir()
    async with scene.server(audit_log=log) as driver:
        token = await previewed(driver, job_id=job)
        harm(log)
        await driver.raw("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
        assert (await driver.ok("dlc_get_job", job_id=job))["ok"]
    return scene.writes()


@both_ways(replaced("pai_dlc_mcp.audit.file.ROOM", 0))
async def test_an_act_is_refused_when_the_disk_of_the_audit_log_is_full(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    import os
    from types import SimpleNamespace

    monkeypatch.setattr(os, "fstatvfs", lambda handle: SimpleNamespace(f_bavail=1, f_frsize=4096))
    job = scene.job()
    async with scene.server(audit_log=scene.folder / "audit.log") as driver:
        shown = await driver.raw("dlc_stop_job", job_id=job)
        token = (shown.structured_content["error"].get("confirmation") or {}).get("token", "")
        await driver.raw("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
    return scene.writes()
