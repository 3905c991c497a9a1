"""Clients without a model: the matrix makes the calls of a scene through them, one at a time."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .acts import PATIENCE_S, Call, Scene, said
from .headless import environment, run

LIBRARIES = str(Path(__file__).with_name("libraries.py"))


def by_lines(words: Sequence[str], scene: Scene, home: Path, *, person: str, model: str = "") -> dict[str, Any]:
    """Lead a program that takes calls as lines through the scene; what it said of itself at first.

    Raises:
        RuntimeError: it ended, or said nothing for too long; with the end of what it wrote to standard error.
    """
    given = {"command": scene.command, "environment": scene.environment, "person": person, "model": model}
    with (home / "errors").open("w+", encoding="utf-8") as errors:
        program = subprocess.Popen(
            [*words, json.dumps(given)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
            env=environment(home), cwd=home,
        )  # fmt: skip
        lines: queue.Queue[str] = queue.Queue()
        assert program.stdin is not None
        assert program.stdout is not None
        reader = threading.Thread(target=_read, args=(program.stdout, lines), daemon=True)
        reader.start()
        try:
            hello = _next(lines, errors)
            scene.listed(hello["tools"])
            shown: list[str] = []
            while (call := scene.next_call(shown)) is not None:
                program.stdin.write(json.dumps({"tool": call.tool, "arguments": dict(call.arguments)}) + "\n")
                program.stdin.flush()
                shown.append(_next(lines, errors)["shown"])
            program.stdin.close()
            program.wait(PATIENCE_S)
        finally:
            if program.poll() is None:
                program.kill()
                program.wait()
            reader.join(PATIENCE_S)
    return hello


def library(name: str, python: str, scene: Scene, home: Path, *, person: str) -> dict[str, Any]:
    """A Python library, by the interpreter of its environment."""
    return by_lines([python, LIBRARIES, name], scene, home, person=person)


def inspector(scene: Scene, home: Path) -> None:
    """The Inspector's command line: a process and a server for each call; what the server remembers is in its file."""
    place = home / "inspector.json"
    server = {"type": "stdio", "command": scene.command[0], "args": scene.command[1:], "env": scene.environment}
    place.write_text(json.dumps({"mcpServers": {"pai": server}}), encoding="utf-8")
    base = ["mcp-inspector", "--cli", "--config", str(place), "--server", "pai"]
    code, listed = run([*base, "--method", "tools/list", "--strict"], home)
    scene.listed(_names(listed))
    scene.cells["list"] = f"no, code {code}: {said(listed)}" if code else scene.cells["list"] + ", strict"
    shown: list[str] = []
    while (call := scene.next_call(shown)) is not None:
        shown.append(run([*base, "--method", "tools/call", "--tool-name", call.tool, *_words(call)], home)[1])


def _words(call: Call) -> list[str]:
    """Arguments as the command line takes them: texts as they are, all else as JSON."""
    pairs = [f"{name}={_word(value)}" for name, value in call.arguments.items()]
    return ["--tool-arg", *pairs] if pairs else []


def _word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _names(listed: str) -> list[str]:
    start = listed.find("{")
    try:
        found, _ = json.JSONDecoder().raw_decode(listed[start:]) if start >= 0 else ({}, 0)
    except ValueError:
        return []
    return [tool["name"] for tool in found.get("tools", [])]


def _read(stream: Any, lines: queue.Queue[str]) -> None:
    for line in stream:
        lines.put(line)
    lines.put("")


def _next(lines: queue.Queue[str], errors: Any) -> dict[str, Any]:
    try:
        line = lines.get(timeout=PATIENCE_S)
    except queue.Empty:
        line = ""
    if not line:
        errors.seek(0)
        raise RuntimeError(f"it said nothing more: {errors.read()[-600:]}")
    return dict(json.loads(line))
