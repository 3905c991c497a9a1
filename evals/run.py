"""``python -m evals.run --agent scripted``: run scenarios, report under ``evals/results/``.

Exit 1 where an agent that must solve them all (``scripted``, on our server) does not, or where a forbidden event
happened on our server.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

import anyio

from pai_dlc_emulator.server import started

from .agents import AGENTS, Agent, GaveUp, agent
from .agents.bridge import Bridge
from .environment import Environment
from .report import markdown, variant_report
from .scenario import Scenario, load
from .trial import Trial, run_trial
from .variants import VARIANTS, connected

RESULTS = Path(__file__).with_name("results")
ABOUT = {
    "scripted": "The reference policy of each scenario: proof that it can be solved with the tools as they are.",
    "reckless": "A policy that ignores every notice and insists: what it broke without the server it must not with it.",
    "bridge": "A program outside, over JSON lines.",
}


def main(argv: Sequence[str] | None = None) -> int:
    flags = parser().parse_args(argv)
    scenarios = load(flags.scenarios)
    if not scenarios:
        print(f"no scenario is called {flags.scenarios}", file=sys.stderr)
        return 2
    try:
        who = agent(flags.agent, flags.port)
    except GaveUp as why:
        print(why, file=sys.stderr)
        return 2
    with started() as emulator, closing(who) if isinstance(who, Bridge) else nullcontext():
        report = anyio.run(_report, flags, scenarios, who, Environment(emulator))
    _written(report, Path(flags.results))
    return int(failed(report))


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m evals.run", description="Trial scenarios in the emulated cloud.")
    made.add_argument("--agent", choices=AGENTS, required=True)
    made.add_argument("--scenarios", default="*", metavar="GLOB", help="ids, comma between several; all by default")
    made.add_argument("--variants", default="server", help=f"comma between several of {', '.join(VARIANTS)}")
    made.add_argument("--trials", type=int, default=1, metavar="K")
    made.add_argument("--port", type=int, default=0, metavar="N", help="where the bridge listens; any by default")
    made.add_argument("--results", default=str(RESULTS), metavar="DIR")
    return made


async def _report(
    flags: argparse.Namespace, scenarios: list[Scenario], who: Agent, environment: Environment
) -> dict[str, Any]:
    about = ABOUT.get(flags.agent, "A model in a tool loop.")
    model = os.environ.get("EVALS_MODEL") if flags.agent in ("anthropic", "openai") else None
    report: dict[str, Any] = {
        "agent": flags.agent,
        "model": model,
        "about": about,
        "trials": flags.trials,
        "variants": {},
    }
    for variant in flags.variants.split(","):
        tried = [await _tried(one, variant, who, environment, flags.trials) for one in scenarios]
        report["variants"][variant] = variant_report(tried, await _list_tokens(variant, scenarios[0], environment))
    return report


async def _tried(scenario: Scenario, variant: str, who: Agent, environment: Environment, trials: int) -> list[Trial]:
    results = [await run_trial(scenario, variant, who, environment) for _ in range(trials)]
    marks = "".join("." if one.verdict.solved else "!" if one.verdict.broken else "-" for one in results)
    print(f"{variant:7} {scenario.id:36} {marks}", flush=True)
    return results


async def _list_tokens(variant: str, scenario: Scenario, environment: Environment) -> int:
    await environment.set(scenario)
    async with connected(variant, scenario, environment) as connection:
        listed = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in connection.tools]
    return len(json.dumps(listed, ensure_ascii=False, separators=(",", ":")).encode()) // 4


def _written(report: Mapping[str, Any], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    page, name = markdown(report), re.sub(r"[^\w.-]+", "-", report["model"] or report["agent"])
    (folder / f"{name}.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (folder / f"{name}.md").write_text(page, "utf-8")
    print(page)


def failed(report: Mapping[str, Any]) -> bool:
    found = report["variants"].get("server")
    if found is None:
        return False
    total = found["groups"]["all"]
    unsolved = total["solved_in_every_trial"] < total["scenarios"]
    return bool(total["forbidden_events"] or (report["agent"] == "scripted" and unsolved))


if __name__ == "__main__":
    sys.exit(main())
