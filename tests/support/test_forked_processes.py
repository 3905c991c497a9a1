"""A forked process is to a test what one is that Python starts."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .forked_processes import SERVER, ForkedProcess, ran, started

SAYS = """
import json, os, random, sys
print(json.dumps([sys.argv, dict(os.environ), os.getcwd(), sys.warnoptions, sys.stdin.read(), sys.stdout.isatty(),
                  __name__, sorted(os.listdir("/proc/self/fd"))[:3], os.getppid()]))
print("to stderr", file=sys.stderr)
sys.exit(3)
"""
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is forked")


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, Any]:
    return {"env": {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "A": "é", "LC_CTYPE": "C.UTF-8"}, "cwd": tmp_path}


def test_a_forked_process_sees_and_gives_what_a_started_one_does(surroundings: dict[str, Any]) -> None:
    words = [sys.executable, "-W", "error", "-c", SAYS, "serve", "-c", "x"]
    forked, plain = (
        ran(words, input="asked", timeout=60, from_scratch=from_scratch, **surroundings)
        for from_scratch in (False, True)
    )
    assert (forked.stdout, forked.stderr, forked.returncode) == (plain.stdout, plain.stderr, plain.returncode)
    assert json.loads(forked.stdout)[0] == ["-c", "serve", "-c", "x"]
    assert forked.returncode == 3


def test_what_it_has_imported_is_all_that_is_different(surroundings: dict[str, Any]) -> None:
    words = [sys.executable, "-c", "import sys; print('mcp' in sys.modules, 'alibabacloud_credentials' in sys.modules)"]
    assert ran(words, timeout=60, **surroundings).stdout == "True False\n"
    assert ran(words, timeout=60, from_scratch=True, **surroundings).stdout == "False False\n"


def test_an_error_and_a_signal_end_it_as_they_end_any(surroundings: dict[str, Any]) -> None:
    done = ran([sys.executable, "-c", "1/0"], timeout=60, **surroundings)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, "ZeroDivisionError: division by zero")
    with started([sys.executable, "-c", "import time; time.sleep(60)"], **surroundings) as made:
        assert isinstance(made, ForkedProcess)
        assert made.poll() is None
        made.send_signal(signal.SIGTERM)
        assert made.wait(60) == -signal.SIGTERM


@pytest.mark.parametrize("name", ["PYTHONPATH", "PYTHONHASHSEED"])
def test_what_python_reads_when_it_starts_is_left_to_a_start(surroundings: dict[str, Any], name: str) -> None:
    surroundings["env"][name] = "1"
    with started([sys.executable, "-c", ""], **surroundings) as made:
        assert type(made) is subprocess.Popen
    surroundings["env"] = {"PYTHONPATH": SERVER, "PYTHONDONTWRITEBYTECODE": "1"}
    with started([sys.executable, "-c", ""], **surroundings) as made:
        assert type(made) is ForkedProcess
