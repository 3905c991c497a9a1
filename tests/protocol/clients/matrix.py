"""``make clients``: which client can do what with the server, as a table of clients and acts.

    python tests/protocol/clients/matrix.py [--write] [CLIENT...]

Each client is led through two scenes in front of an emulator of its own: it lists, reads, is refused a create and stops
a job with a confirmation; then a person says no to a stop, and the service takes a minute for an answer. No model and
no account is needed. ``--write`` puts the table into ``references/client-setup.md``. The exit code is the number of
cells that are not "yes".
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from clients.environments import PACKAGES, python_of
from pai_dlc_emulator.server import started
from protocol.clients import acts, callers, headless
from protocol.clients.acts import ACTS, Scene
from protocol.clients.stub_model import stub_model

DOCUMENT = headless.ROOT / "references/client-setup.md"
MARKS = ("<!-- clients: begin -->", "<!-- clients: end -->")
FIRST = (acts.read, acts.refused_create, acts.confirmed_stop)
SECOND = (acts.declined_stop, acts.late_answer)
BY_HUMAN, BY_TOKEN = ("--confirm-by", "human"), ("--confirm-by", "token")
Lead = Callable[[Scene, Path, str], str]


@dataclass(frozen=True)
class Client:
    """One row: how it is led through a scene, and which options the server has in each."""

    name: str
    lead: Lead
    """Leads it through a scene; the person's answer to questions comes last; gives its version or what it printed."""
    version: Callable[[], str] | None = None
    """Where ``lead`` does not give it."""
    first: tuple[str, ...] = ()
    second: tuple[str, ...] = ()


def agent(program: Callable[[Scene, Path, str], str]) -> Lead:
    def lead(scene: Scene, home: Path, person: str) -> str:
        with stub_model(scene) as url:
            return program(scene, home, url)

    return lead


def claude_with_hook(scene: Scene, home: Path, person: str) -> str:
    headless.add_hook(home, person)
    with stub_model(scene) as url:
        return headless.claude(scene, home, url)


def library(name: str, environment: str) -> Lead:
    def lead(scene: Scene, home: Path, person: str) -> str:
        return str(callers.library(name, python_of(environment), scene, home, person=person)["version"])

    return lead


def agent_library(name: str) -> Lead:
    def lead(scene: Scene, home: Path, person: str) -> str:
        with stub_model(scene) as url:
            given = {"command": scene.command, "environment": scene.environment, "person": person, "model": url}
            return headless.run([python_of(name), callers.LIBRARIES, name, json.dumps(given)], home)[1]

    return lead


def typescript(sdk: str) -> Lead:
    def lead(scene: Scene, home: Path, person: str) -> str:
        words = ["node", str(Path(__file__).with_name("lines.mjs")), str(headless.BIN.parent), sdk]
        callers.by_lines(words, scene, home, person=person)
        return ""

    return lead


def inspector(scene: Scene, home: Path, person: str) -> str:
    callers.inspector(scene, home)
    return ""


def package(name: str) -> Callable[[], str]:
    """The version of a package from npm."""
    place = headless.BIN.parent / name / "package.json"
    return lambda: str(json.loads(place.read_text(encoding="utf-8"))["version"])


def pinned(name: str) -> Callable[[], str]:
    """The version of an environment's first package."""
    return lambda: PACKAGES[name][0].partition("==")[2]


CLIENTS = (
    Client("Claude Code, `claude -p`", agent(headless.claude), package("@anthropic-ai/claude-code"), second=BY_HUMAN),
    Client("Claude Code, a hook answers", claude_with_hook, package("@anthropic-ai/claude-code")),
    Client("Codex, `codex exec`", agent(headless.codex), package("@openai/codex"), first=BY_TOKEN),
    Client("Gemini CLI, `gemini -p`", agent(headless.gemini), package("@google/gemini-cli"), second=BY_HUMAN),
    Client("Inspector, its command line", inspector, package("@modelcontextprotocol/inspector"), second=BY_HUMAN),
    Client("Python SDK, 2025-11-25", library("python-2-2025", "tests")),
    Client("Python SDK, 2026-07-28", library("python-2-2026", "tests")),
    Client("Python SDK 1", library("python-1", "mcp-1")),
    Client("TypeScript SDK 1", typescript("1"), package("@modelcontextprotocol/sdk")),
    Client("TypeScript SDK 2, 2025-11-25", typescript("2-2025"), package("@modelcontextprotocol/client")),
    Client("TypeScript SDK 2, 2026-07-28", typescript("2-2026"), package("@modelcontextprotocol/client")),
    Client("fastmcp", library("fastmcp", "fastmcp")),
    Client("pydantic-ai", agent_library("pydantic-ai"), pinned("pydantic-ai")),
    Client("openai-agents", agent_library("openai-agents"), pinned("openai-agents"), second=BY_HUMAN),
    Client("langchain-mcp-adapters", agent_library("langchain"), pinned("langchain")),
)


def played(client: Client) -> tuple[str, Mapping[str, str]]:
    """A client's version and its cells."""
    cells: dict[str, str] = {}
    version = ""
    for parts, options, person in ((FIRST, client.first, "accept"), (SECOND, client.second, "decline")):
        with tempfile.TemporaryDirectory() as folder, started() as emulator:
            home, own = Path(folder) / "client", Path(folder) / "server"
            home.mkdir()
            own.mkdir()
            scene = Scene(emulator, own, parts, options)
            try:
                end = client.lead(scene, home, person)
            except (RuntimeError, OSError) as failure:
                end = str(failure)
        wanted = ["connect", "list", *(part.__name__.replace("_", " ") for part in parts)]
        missing = dict.fromkeys(
            (act for act in wanted if act not in scene.cells), f"no: not reached: {acts.said(last_line(end))}"
        )
        cells = {**missing, **scene.cells, **{act: cell for act, cell in cells.items() if act not in scene.cells}}
        version = client.version() if client.version is not None else version or acts.said(end, 12)
    return version, cells


def last_line(text: str) -> str:
    """Where a program that failed says why."""
    return next((line for line in reversed(text.splitlines()) if line.strip()), "it said nothing")


def table(rows: Mapping[str, tuple[str, Mapping[str, str]]]) -> list[str]:
    head = ["client", "version", *ACTS]
    lines = [head, ["---"] * len(head)]
    lines += [[name, version, *(cells.get(act, "") for act in ACTS)] for name, (version, cells) in rows.items()]
    return ["| " + " | ".join(line) + " |" for line in lines]


def main(words: list[str]) -> int:
    chosen = [word for word in words if not word.startswith("--")]
    rows = {}
    for client in CLIENTS:
        if chosen and not any(word.lower() in client.name.lower() for word in chosen):
            continue
        rows[client.name] = played(client)
        print(table({client.name: rows[client.name]})[-1], flush=True)
    whole = table(rows)
    print("\n".join(["", *whole]))
    if "--write" in words:
        text = DOCUMENT.read_text(encoding="utf-8")
        between = re.compile(f"{MARKS[0]}.*?{MARKS[1]}", re.DOTALL)
        DOCUMENT.write_text(between.sub("\n".join([MARKS[0], *whole, MARKS[1]]), text), encoding="utf-8")
    return sum(not cell.startswith("yes") for _, cells in rows.values() for cell in cells.values())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
