"""Copies of the tree in which mutants are tried: each with a Python of its own, so that child processes see it too.

A sandbox is a folder with ``tree/`` (the files that git knows or would add, as they are now) and ``venv/`` (a bare
environment that looks into ``tree/server`` first and then into the packages of the real one). Tests start servers with
``sys.executable`` in an empty environment; PYTHONPATH would not reach those.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import sysconfig
import time
import tomllib
import venv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_CHILD = """
import os, sys
if any(name.startswith("current-") for name in os.listdir({trace!r})):
    sys.path.append({tree!r} + "/tests")
    from mutation.tracing import trace_child
    sys.path.pop()
    trace_child({tree!r}, {trace!r})
"""
"""What a Python of the sandbox does first: nothing, unless tests are being traced."""


@dataclass(frozen=True)
class Finished:
    """A command that ended: its exit code (None where the time limit did), its output and its seconds."""

    code: int | None
    output: str
    seconds: float


def tracked_files(root: Path) -> list[str]:
    """Paths below ``root`` of every file that git tracks or would add."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, capture_output=True, check=True).stdout.decode().split("\0")
    return sorted({path for path in listed if path and (root / path).is_file()})


def tree_digest(root: Path, paths: Iterable[str]) -> str:
    """A digest of the files' names and contents: what a result was found with."""
    digest = hashlib.sha256()
    for path in paths:
        content = (root / path).read_bytes()
        digest.update(f"{path}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def run_limited(command: Sequence[str], cwd: Path, env: dict[str, str], limit_s: float) -> Finished:
    """Run in a process group of its own, ended whole at the limit: a mutant may loop, and so may its children."""
    began = time.monotonic()
    with subprocess.Popen(
        command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        text=True, errors="replace", start_new_session=True,
    ) as process:  # fmt: skip
        try:
            output, _ = process.communicate(timeout=limit_s)
            code: int | None = process.returncode
        except subprocess.TimeoutExpired:
            code, output = None, ""
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    return Finished(code, output, time.monotonic() - began)


class Sandbox:
    """One copy of the tree, and what is asked of it. Not for two threads at once."""

    def __init__(self, root: Path, folder: Path, trace: Path) -> None:
        self.root, self.folder, self.trace = root, folder, trace
        self.tree, self.venv = folder / "tree", folder / "venv"
        self.python = str(self.venv / "bin/python")
        self.runner: subprocess.Popen[str] | None = None

    def prepare(self, paths: Sequence[str]) -> None:
        """Make the copy equal to the tree in these paths, and the environment where it is missing."""
        self.tree.mkdir(parents=True, exist_ok=True)
        wanted = set(paths)
        for file in self.tree.rglob("*"):
            path = str(file.relative_to(self.tree))
            if path not in wanted and not file.is_dir() and "_cache" not in path and not path.startswith("."):
                file.unlink()
        for path in paths:
            source, target = self.root / path, self.tree / path
            content = source.read_bytes()
            if not target.exists() or target.read_bytes() != content:
                self.write(path, content)
                target.chmod(source.stat().st_mode)
        self._make_environment()

    def write(self, path: str, content: bytes) -> None:
        """Write a file of the copy, a second later than before: Python and mypy tell changes by that and the size."""
        target = self.tree / path
        target.parent.mkdir(parents=True, exist_ok=True)
        second = max(int(time.time()), int(target.stat().st_mtime) + 1 if target.exists() else 0)
        target.write_bytes(content)
        os.utime(target, (second, second))
        for stale in (target.parent / "__pycache__").glob(f"{target.stem}.*"):
            stale.unlink()

    def _make_environment(self) -> None:
        if not self.venv.exists():
            venv.create(self.venv, symlinks=True, with_pip=False)
        packages = Path(sysconfig.get_path("purelib", vars={"base": str(self.venv)}))
        places = [str(self.tree / "server"), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
        (packages / "trace_child.py").write_text(_CHILD.format(tree=str(self.tree), trace=str(self.trace)))
        (packages / "tree.pth").write_text("\n".join([*dict.fromkeys(places), "import trace_child"]) + "\n")
        script = self.venv / "bin/pai-dlc-mcp"
        script.write_text(f"#!{self.python}\nimport sys\nfrom pai_dlc_mcp.__main__ import main\nsys.exit(main())\n")
        script.chmod(0o755)
        for tool in Path(sys.executable).parent.iterdir():
            beside = self.venv / "bin" / tool.name
            if not os.path.lexists(beside) and not tool.name.startswith(("python", "pip", "activate")):
                beside.symlink_to(tool)

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHON", "MAKE"))}
        path = f"{self.venv / 'bin'}{os.pathsep}{kept.get('PATH', os.defpath)}"
        return kept | {"PATH": path, "VIRTUAL_ENV": str(self.venv), "PYTHONPATH": str(self.tree / "tests")} | more

    def record(self, files: Sequence[str], limit_s: float) -> Finished:
        """Run these test files and leave a record of each in the trace directory; no test that is marked as slow."""
        return self._pytest(files, ["-m", "not slow"], limit_s, TRACE_DIRECTORY=str(self.trace))

    def run_tests(self, tests: Sequence[str], limit_s: float, *, stop: bool = True) -> Finished:
        """Run these tests by node id, until the first failure unless told otherwise."""
        chosen = self.folder / "chosen.json"
        chosen.write_text(json.dumps(tests))
        files = dict.fromkeys(test.partition("::")[0] for test in tests)
        return self._pytest(list(files), ["-x"] if stop else [], limit_s, CHOSEN_TESTS=str(chosen))

    def _pytest(self, files: Sequence[str], options: Sequence[str], limit_s: float, **variables: str) -> Finished:
        plugins = ["-p", "no:cacheprovider", "-p", "mutation.plugin"]
        arguments = ["-q", "--tb=no", "-rfE", *plugins, *options, *files]
        output = self.folder / "output.txt"
        asked = {"arguments": arguments, "variables": variables, "output": str(output), "limit_s": limit_s}
        began = time.monotonic()
        code = self._ask_runner(json.dumps(asked) + "\n")
        return Finished(code, output.read_text(errors="replace"), time.monotonic() - began)

    def _ask_runner(self, line: str) -> int | None:
        if self.runner is None:
            self.runner = subprocess.Popen(
                [self.python, "-m", "mutation.runner"], cwd=self.tree, env=self.environment(), text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
            )  # fmt: skip
        assert self.runner.stdin is not None
        assert self.runner.stdout is not None
        self.runner.stdin.write(line)
        self.runner.stdin.flush()
        code: int | None = json.loads(self.runner.stdout.readline())
        return code

    def check_types(self, limit_s: float) -> Finished:
        """mypy as ``make test`` runs it, by a daemon that checks again what a change touches. Exit code 1: errors."""
        settings = tomllib.loads((self.tree / "pyproject.toml").read_text())
        packages = [word for name in settings["tool"]["mypy"]["packages"] for word in ("-p", name)]
        return run_limited([*self._dmypy, "run", "--", *packages], self.tree, self.environment(), limit_s)

    def check_documents(self, limit_s: float) -> Finished:
        """Whether what is generated into the repository is as it was; a tree without such documents has them right."""
        script = self.tree / "tests/documents.py"
        if not script.exists():
            return Finished(0, "", 0.0)
        return run_limited([self.python, str(script), "--check"], self.tree, self.environment(), limit_s)

    def close(self) -> None:
        if self.runner is not None:
            self.runner.communicate()
            self.runner = None
        self.forget_types()

    def forget_types(self) -> None:
        """End the daemon; the next check starts another one."""
        run_limited([*self._dmypy, "stop"], self.tree, self.environment(), 30)

    @property
    def _dmypy(self) -> list[str]:
        return [sys.executable, "-m", "mypy.dmypy", "--status-file", str(self.folder / "dmypy.json")]
