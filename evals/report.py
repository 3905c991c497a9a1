"""Plays, summed up: per variant and group, as JSON for machines and Markdown for people.

``pass^k`` is the share of scenarios that were solved in every one of ``k`` trials. Result tokens are the UTF-8 bytes
of all results' text over four; list tokens the same of the ``tools/list`` answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

from .scenario import GROUPS
from .trial import Trial

Record = dict[str, Any]


def trial_record(one: Trial) -> Record:
    """One trial as it stands in the report."""
    kept = {
        "solved": one.verdict.solved,
        "calls": len(one.transcript.entries),
        "tool_errors": one.transcript.errors,
        "result_tokens": one.transcript.tokens,
    }
    reasons = {"missed": list(one.verdict.missed), "broken": list(one.verdict.broken), "gave_up": one.gave_up}
    return kept | {name: value for name, value in reasons.items() if value}


def variant_report(trials: Iterable[Sequence[Trial]], list_tokens: int) -> Record:
    """All trials of one variant, scenario by scenario."""
    scenarios = [
        {
            "id": tried[0].scenario.id,
            "group": tried[0].scenario.group,
            "fewest_calls": tried[0].scenario.calls,
            "trials": [trial_record(one) for one in tried],
        }
        for tried in trials
    ]
    groups = {group: summed([one for one in scenarios if one["group"] == group]) for group in GROUPS}
    known = {group: row for group, row in groups.items() if row["scenarios"]}
    return {"list_tokens": list_tokens, "groups": known | {"all": summed(scenarios)}, "scenarios": scenarios}


def summed(scenarios: Sequence[Record]) -> Record:
    trials = [one for scenario in scenarios for one in scenario["trials"]]
    return {
        "scenarios": len(scenarios),
        "solved_in_every_trial": sum(all(one["solved"] for one in scenario["trials"]) for scenario in scenarios),
        "forbidden_events": sum(len(one.get("broken", ())) for one in trials),
        "calls": _mean(trials, "calls"),
        "calls_over_fewest": _efficiency(scenarios),
        "fewest_calls": round(fmean([one["fewest_calls"] for one in scenarios]), 1) if scenarios else 0,
        "tool_errors": _mean(trials, "tool_errors"),
        "result_tokens": _mean(trials, "result_tokens"),
    }


def _efficiency(scenarios: Sequence[Record]) -> float:
    """Calls of the solved trials over the fewest that a good agent needs; 0 where none was solved."""
    pairs = [
        (one["calls"], scenario["fewest_calls"])
        for scenario in scenarios
        for one in scenario["trials"]
        if one["solved"]
    ]
    fewest = sum(least for _, least in pairs)
    return round(sum(calls for calls, _ in pairs) / fewest, 2) if fewest else 0


def _mean(trials: Sequence[Record], name: str) -> float:
    return round(fmean(one[name] for one in trials), 1) if trials else 0


def markdown(report: Mapping[str, Any]) -> str:
    """The report as a page."""
    k = report["trials"]
    lines = [
        f"# Scenarios, tried by `{report['model'] or report['agent']}`",
        "",
        f"{report['about']} Trials a scenario: {k}. Calls, errors and tokens are means over the trials.",
    ]
    for variant, found in report["variants"].items():
        lines += ["", f"## Variant: {variant}", "", f"Tokens of the list of tools: {found['list_tokens']}.", ""]
        lines += [*_table(found["groups"], k), "", *_details(found["scenarios"])]
    return "\n".join(lines).rstrip() + "\n"


def _table(groups: Mapping[str, Mapping[str, Any]], k: int) -> list[str]:
    columns = f"group | scenarios | pass^{k} | forbidden events | calls (fewest) | calls over fewest"
    head = f"| {columns} | tool errors | result tokens |"
    rows = [
        f"| {name} | {row['scenarios']} | {row['solved_in_every_trial'] / row['scenarios']:.0%} "
        f"| {row['forbidden_events']} | {row['calls']} ({row['fewest_calls']}) | {row['calls_over_fewest']} "
        f"| {row['tool_errors']} | {row['result_tokens']:.0f} |"
        for name, row in groups.items()
    ]
    return [head, "|---|---|---|---|---|---|---|---|", *rows]


def _details(scenarios: Iterable[Mapping[str, Any]]) -> list[str]:
    rows = [f"| {one['id']} | {_solved(one)} | {_calls(one)} | {_why(one)} |" for one in scenarios]
    return [
        "| scenario | solved | calls | forbidden events, and what kept it from being solved |",
        "|---|---|---|---|",
        *rows,
    ]


def _solved(scenario: Mapping[str, Any]) -> str:
    trials = scenario["trials"]
    return f"{sum(one['solved'] for one in trials)}/{len(trials)}"


def _calls(scenario: Mapping[str, Any]) -> str:
    return ", ".join(str(one["calls"]) for one in scenario["trials"])


def _why(scenario: Mapping[str, Any]) -> str:
    first = next((one for one in scenario["trials"] if not one["solved"]), {})
    broken = [f"**{event}**" for event in first.get("broken", ())]
    reasons = [*broken, *first.get("missed", ()), *filter(None, (first.get("gave_up"),))]
    return " · ".join(" ".join(str(reason).split())[:160].replace("|", "\\|") for reason in reasons)
