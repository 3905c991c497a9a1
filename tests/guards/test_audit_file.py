"""The audit's file: rotation, and many writers at once."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading
from pathlib import Path

from pai_dlc_mcp.audit.file import AuditFile


def test_a_full_file_is_put_aside_and_only_so_many_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    file = AuditFile(path, full=100, kept=3)
    for number in range(60):
        file.write(f"{number:04} {'x' * 20}\n".encode(), sync=False)
    names = sorted(item.name for item in tmp_path.iterdir())
    assert names == ["audit.log", "audit.log.1", "audit.log.2", "audit.log.3"]
    kept = [line[:4] for name in reversed(names) for line in (tmp_path / name).read_text().splitlines()]
    assert kept == sorted(kept)
    assert kept[-1] == "0059"
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in names} == {0o600}


WRITER = """
import sys
from pathlib import Path
from pai_dlc_mcp.guards.auditfile import AuditFile
file = AuditFile(Path(sys.argv[1]), full=2_000, kept=500)
for number in range(200):
    file.write(f"{sys.argv[2]} {number:03} {'x' * 40}\\n".encode(), sync=False)
"""


def test_threads_and_processes_that_write_and_rotate_together_lose_and_mix_no_line(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    others = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), f"p{number}"]) for number in range(2)]
    file = AuditFile(path, full=2_000, kept=500)

    def write(name: str) -> None:
        for number in range(200):
            file.write(f"{name} {number:03} {'x' * 40}\n".encode(), sync=False)

    threads = [threading.Thread(target=write, args=(f"t{number}",)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert [other.wait(timeout=60) for other in others] == [0, 0]
    found = [line for item in tmp_path.iterdir() for line in item.read_text().splitlines()]
    assert sorted(found) == sorted(
        f"{name} {number:03} {'x' * 40}" for name in ("p0", "p1", "t0", "t1") for number in range(200)
    )
