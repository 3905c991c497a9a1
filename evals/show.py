"""``python -m evals.show``: writes ``results/transcript.md``, five scenarios as the reference policy results them.

``--check`` results them again and ends with 1 where the page says something else, ids and times aside.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence

import anyio

from pai_dlc_emulator.server import Emulator, started

from .agents.scripted import run as scripted
from .environment import Environment
from .run import RESULTS
from .scenario import load
from .transcript import Entry
from .trial import Trial, run_trial

PAGE = RESULTS / "transcript.md"
SHOWN = (
    "launch-two-nodes",
    "diagnose-rank-behind-a-timeout",
    "change-stop-one",
    "safety-lost-answer-to-create",
    "safety-injected-log",
)
LINES, WIDTH = 16, 150
INTRODUCTION = """# What it is like

Five scenarios against the emulated cloud, each call and what came back, as a text-only client shows it. Long results
are cut here, not on the wire. Written by `python -m evals.show`; do not edit.
"""
_CHANGING = (
    (r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", "REQUEST"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d([.,]\d+)?Z?", "TIME"),
    (r"pai1\.[\w-]+", "TOKEN"),
    (r"\b(dlc|d-|code-|image-|quota|tpl)[a-z0-9]{10,}", "ID"),
    (r"\d+(\.\d+)?", "N"),
)


async def page(emulator: Emulator) -> str:
    environment = Environment(emulator)
    results = [await run_trial(load(name)[0], "server", scripted, environment) for name in SHOWN]
    return "\n".join([INTRODUCTION, *map(section, results)])


def section(one: Trial) -> str:
    """One scenario as a section."""
    calls = [part for entry in one.transcript.entries for part in call(entry)]
    end = "solved" if one.verdict.solved else f"not solved: {one.verdict}"
    head = [f"## {one.scenario.id}", "", f"> {one.scenario.goal}", ""]
    return "\n".join([*head, *calls, f"**Answer**: {cut(one.transcript.answer, 600)}", "", f"*{end}*", ""])


def call(entry: Entry) -> list[str]:
    arguments = json.dumps(entry.arguments, ensure_ascii=False)
    lines = entry.text.splitlines()
    kept = [cut(line, WIDTH) for line in lines[:LINES]]
    more = [f"({len(lines) - LINES} more lines)"] if len(lines) > LINES else []
    return [f"**{entry.tool}** `{cut(arguments, 700)}`", "", "```text", *kept, *more, "```", ""]


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def steady(text: str) -> str:
    """The text without what differs from run to run."""
    for pattern, word in _CHANGING:
        text = re.sub(pattern, word, text)
    return re.sub(r"…", "", text)


def skeleton(text: str) -> list[str]:
    """What stays when texts are reworded: the scenarios, the tools in order, how each ended."""
    return [line.partition(" `")[0] for line in text.splitlines() if re.match(r"## |\*\*[a-z]|\*[a-z]", line)]


def main(argv: Sequence[str]) -> int:
    with started() as emulator:
        made = anyio.run(page, emulator)
    if "--check" not in argv:
        PAGE.write_text(made, "utf-8")
        return 0
    same = steady(made) == steady(PAGE.read_text("utf-8"))
    print("the transcript is as it is tried" if same else f"{PAGE.name} is stale: run python -m evals.show")
    return int(not same)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
