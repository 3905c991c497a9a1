"""Records which lines of the server each test executes, in the processes that it starts too.

``coverage`` does the tracing: its C tracer costs about half of the run's time, it keeps one set of lines for each
context (here: a test), and it follows threads, in which the emulator runs. Python 3.11 has no ``sys.monitoring``.

``TRACE_DIRECTORY`` names where to write; a run leaves one JSON file for each test file there::

    {"tests": [[node id, seconds, passed], …], "sources": {path: {"sha": …, "lines": {"12": bits}}}}

``bits`` is an integer in hexadecimal, bit n set where test n executed the line. Lines that run at import belong to
no test; ``plugin`` writes the records. A process that a test starts finds that test through its parents
(``trace_child``, called from the sandbox's ``.pth`` file), since tests start servers in a bare environment.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
from pathlib import Path
from typing import Any

CURRENT, CHILD = "current-", "child-"
SOURCES = ("pai_dlc_mcp", "pai_dlc_emulator")
Lines = dict[str, dict[int, set[str]]]
"""Path of a source → line → node ids of the tests that executed it."""


def trace_name(test_file: str, content: bytes) -> str:
    """The name of a test file's record: another one as soon as the file's content changes."""
    return hashlib.sha256(test_file.encode() + b"\0" + content).hexdigest()[:24] + ".json"


def start_coverage(server: Path) -> Any:
    from coverage import Coverage  # start-up: saves 90 ms in runs that trace nothing; it is not installed for them

    tracer = Coverage(
        data_file=None, config_file=False, source=[str(server / name) for name in SOURCES], messages=False
    )
    tracer.set_option("run:disable_warnings", ["no-data-collected", "module-not-measured", "already-imported"])
    tracer.start()
    return tracer


def recorded_lines(tracer: Any, root: Path) -> Lines:
    """What the tracer saw, by source below ``root``."""
    tracer.stop()
    data = tracer.get_data()
    found: Lines = {}
    for file in data.measured_files():
        by_line = data.contexts_by_lineno(file)
        found[os.path.relpath(file, root)] = {line: set(tests) - {""} for line, tests in by_line.items()}
    return found


def trace_child(root: str, directory: str) -> None:
    """Trace this process for the test that started it; nothing where no test did."""
    test = _test_of_ancestors(Path(directory))
    if test is None:
        return
    tracer = start_coverage(Path(root) / "server")
    tracer.switch_context(test)
    process = os.getpid()

    def write() -> None:
        if os.getpid() == process:
            lines = recorded_lines(tracer, Path(root))
            plain = {path: [line for line, tests in of.items() if tests] for path, of in lines.items()}
            Path(directory, f"{CHILD}{process}").write_text(json.dumps({"test": test, "lines": plain}))

    atexit.register(write)


def _test_of_ancestors(directory: Path) -> str | None:
    process = os.getppid()
    while process > 1:
        file = directory / f"{CURRENT}{process}"
        if file.exists():
            return file.read_text()
        try:  # The parent is the fourth field, the second of those behind the name in parentheses.
            process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return None
    return None
