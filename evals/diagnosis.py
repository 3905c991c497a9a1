"""How often the diagnosis is right: ``python -m evals.diagnosis [DIR]`` prints the table for a folder of failures.

A failure is a JSON file, ``{"name", "kind", "pods", "platform", "truth"}`` (see ``failures/README.md``). An answer is
right when it names an accepted cause and blames the right pod, half right when it names a cause that is accepted in
part, or the right one at the wrong pod. A confident error is a wrong answer at high confidence.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import anyio

from pai_dlc_mcp.composites.catalog import COMPOSITES
from pai_dlc_mcp.composites.diagnose.tool import DiagnoseJob, run
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.protocol.result import presented
from pai_dlc_mcp.runtime import Call, Caller, Runtime
from pai_dlc_mcp.state.memory import MemoryState

from .recorded_job import JOB, RecordedJob

FAILURES = Path(__file__).with_name("failures")
RIGHT, HALF, WRONG = "right", "half", "wrong"


@dataclass(frozen=True)
class Score:
    """One diagnosis beside its truth: the operations and arguments of its ``requests``, its answer as ``data`` and as
    ``text``. ``faults`` names what was wanted and is not so."""

    name: str
    truth: str
    grade: str
    cause: str
    confidence: str
    tokens: int
    requests: list[tuple[str, dict[str, Any]]]
    cpu_ms: float
    is_held_out: bool = False
    faults: list[str] = field(default_factory=list)
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    text: str = field(default="", repr=False)

    @property
    def is_confident_error(self) -> bool:
        return self.grade == WRONG and self.confidence == "high"


async def diagnose(
    failure: dict[str, Any], view: Literal["report"] | None = None
) -> tuple[dict[str, Any], str, list[tuple[str, dict[str, Any]]], float]:
    """The tool's data, its text, the operations and arguments of its requests, and the milliseconds of CPU it took."""
    cloud = RecordedJob(failure)
    tool = next(one for one in COMPOSITES if one.name == "dlc_diagnose_job")
    call = Call(tool, DiagnoseJob(job_id=JOB, view=view), {}, "cn-hangzhou", Caller("os:evals"))
    runtime = Runtime(
        Settings(region="cn-hangzhou", dlc_endpoint="http://127.0.0.1:9"),
        cloud,
        MemoryState(),
        lambda: cloud.now,
        anyio.sleep,
    )
    began = time.process_time()
    outcome = await run(call, runtime)
    spent = (time.process_time() - began) * 1000
    answer = presented(call, outcome)
    return answer.structured["data"], answer.text, cloud.requests, spent


async def score(failure: dict[str, Any]) -> Score:
    data, text, requests, spent = await diagnose(failure)
    truth = failure["truth"]
    faults = faults_of(data, truth)
    grade = grade_of(data, truth, faults)
    return Score(
        failure["name"], truth["ok"][0], grade, data["cause"], data["confidence"], len(text.encode()) // 4, requests,
        spent, bool(failure.get("held_out")), faults, data, text,
    )  # fmt: skip


def faults_of(data: dict[str, Any], truth: dict[str, Any]) -> list[str]:
    """What of pod, category, first evidence and next calls is not as it should be."""
    found = []
    pods = truth["pod"] if isinstance(truth["pod"], list) else [truth["pod"]]
    blamed = int(data["pod"].rpartition("-")[2]) if data.get("pod") else None
    if blamed not in pods:
        found.append(f"pod {blamed}")
    if data["category"] not in truth["class"]:
        found.append(f"class {data['category']}")
    words = truth["must_quote"] if isinstance(truth["must_quote"], list) else [truth["must_quote"]]
    first = next(iter(data.get("untrusted_evidence") or []), "")
    if not any(word in first for word in words):
        found.append("quote")
    if not {step["tool"] for step in data.get("next") or []} & set(truth["next"]):
        found.append("next")
    if "rank" in truth and data.get("rank") != truth["rank"]:
        found.append(f"rank {data.get('rank')}")
    return found


def grade_of(data: dict[str, Any], truth: dict[str, Any], faults: list[str]) -> str:
    if data["cause"] in truth["ok"]:
        return HALF if any(fault.startswith("pod") for fault in faults) else RIGHT
    return HALF if data["cause"] in truth["partly"] else WRONG


def load(folder: Path) -> list[dict[str, Any]]:
    """Every failure of a folder; a file may hold one or a list of them."""
    found: list[dict[str, Any]] = []
    for path in sorted(folder.glob("*.json")):
        data = json.loads(path.read_text("utf-8"))
        found += data if isinstance(data, list) else [data]
    return [one for one in found if "truth" in one]


async def scores_of(failures: Iterable[dict[str, Any]]) -> list[Score]:
    return [await score(failure) for failure in failures]


def table(scores: list[Score]) -> str:
    """The confusion table by cause, what went wrong, and the figures."""
    rows: dict[str, Counter[str]] = defaultdict(Counter)
    for one in scores:
        rows[one.truth][one.grade] += 1
    lines = [f"{'cause':24} {RIGHT:>6} {HALF:>6} {WRONG:>6}   taken for"]
    for cause in sorted(rows):
        taken = Counter(one.cause for one in scores if one.truth == cause and one.grade != RIGHT)
        said = ", ".join(f"{name} {count}" for name, count in taken.most_common())
        lines.append(
            f"{cause:24} {rows[cause][RIGHT]:6} {rows[cause][HALF]:6} {rows[cause][WRONG]:6}   {said}".rstrip()
        )
    odd = [one for one in scores if one.grade != RIGHT or one.faults]
    lines += [
        "",
        *(f"{one.grade:5} {one.name}: {one.cause} ({one.confidence}); {', '.join(one.faults)}" for one in odd),
        "",
    ]
    return "\n".join([*lines, summary("all", scores), summary("held out", [one for one in scores if one.is_held_out])])


def summary(name: str, scores: list[Score]) -> str:
    if not scores:
        return f"{name}: none"
    grades = Counter(one.grade for one in scores)
    count, confident = len(scores), sum(one.is_confident_error for one in scores)
    tokens, requests = [one.tokens for one in scores], [len(one.requests) for one in scores]
    share, cpu = 100 * grades[RIGHT] / count, sum(one.cpu_ms for one in scores) / count
    return (
        f"{name}: {count} failures, right {grades[RIGHT]} ({share:.0f} %), half {grades[HALF]}, wrong {grades[WRONG]}, "
        f"confident errors {confident}; tokens mean {sum(tokens) / count:.0f}, most {max(tokens)}; "
        f"requests mean {sum(requests) / count:.1f}, most {max(requests)}; CPU mean {cpu:.1f} ms"
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="evals.diagnosis", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FAILURES)
    parser.add_argument("--seen", action="store_true", help="leave out the failures that are held out")
    parser.add_argument("--show", help="print the whole answer to the failure of this name")
    given = parser.parse_args()
    failures = load(given.folder)
    if given.show:
        one = next(one for one in failures if one["name"] == given.show)
        print(anyio.run(diagnose, one)[1])
        return 0
    chosen = [one for one in failures if not (given.seen and one.get("held_out"))]
    print(table(anyio.run(scores_of, chosen)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
