"""``dlc_search_logs``: a literal text over the logs of one or all pods, with totals that say what they cover."""

from __future__ import annotations

from typing import Any

import anyio

from ..api.kinds import JobId, Timestamp
from ..errors import InvalidArguments
from ..off_loop import in_thread
from ..runtime import Call, Outcome, Runtime
from ..shapes import Input, may, need
from .diagnose.reader import Reader
from .diagnose.subject import Pod, Subject, in_order_of_failure, subject_of
from .jobs import read_job
from .log_matching import Group, Match, counted, grouped, matches_in, rendered
from .log_pages import Window, read_logs

MOST_PODS = 16
"""Pods read in one call; the next call goes on behind them."""
MOST_KINDS = 12
ENVELOPE = 1_800
"""Characters of the result that are not matches."""


class SearchLogs(Input):
    """Find a literal text in the logs of one pod or all, newest part read first, failed pods first: lines with numbers
    and context, repeats folded."""

    job_id: JobId = need("Job whose logs to search.")
    text: str = need("Literal text to find.", min_length=1, max_length=200)
    pod_id: str | None = may("Only this pod; all pods otherwise.")
    case_sensitive: bool | None = may("false by default.")
    context: int | None = may("Lines before and after each match (default 1).", ge=0, le=10)
    start_time: Timestamp | None = may("From; the job's creation by default (R66).")
    end_time: Timestamp | None = may("Up to; now by default.")
    from_end: bool | None = may("Newest matches first.")
    fold: bool | None = may("false shows each match, also where lines differ only in numbers.")
    count_only: bool | None = may("Only how often, by pod and by kind of line.")
    skip_pods: int | None = may("Leave out so many pods: the next page of a large job.", ge=0)
    skip: int | None = may("Leave out so many matches: the next page of the result.", ge=0)


async def run(call: Call, runtime: Runtime) -> Outcome:
    """Read within the budget, find, fold, and say how to go on."""
    from ..redaction.engine import secret_values_off_loop  # start-up: saves 5 ms, the patterns of secrets

    inputs = call.inputs_as(SearchLogs)
    began = anyio.current_time()
    job = await read_job(call, runtime, inputs.job_id)
    subject = subject_of(job, runtime.now())
    pods, later = _pods(subject, inputs)
    reader = Reader(call, runtime, await secret_values_off_loop(job), began=began, keeps_long_lines=True)
    start = inputs.start_time or subject.created
    windows = await read_logs(reader, subject, pods, start, inputs.end_time or "")
    return await in_thread(_searched, call, inputs, reader, windows, later)


def _pods(subject: Subject, inputs: SearchLogs) -> tuple[list[Pod], int]:
    """The pods of this call, failed ones first, and how many are left for the next.

    Raises:
        InvalidArguments: a pod that the job does not have (R61).
    """
    if inputs.pod_id is not None:
        from ..guards.effects.job_states import r61  # start-up: saves 60 ms, with the guards

        r61(subject.job, inputs.pod_id, "dlc_search_logs")
        return [pod for pod in subject.pods if pod.id == inputs.pod_id], 0
    failed = in_order_of_failure(subject)
    order = [*failed, *(pod for pod in subject.pods if not pod.failed)]
    skipped = inputs.skip_pods or 0
    if skipped and skipped >= len(order):
        raise InvalidArguments(f"The job has {len(order)} pods; skip_pods leaves none.", field="skip_pods")
    chosen = order[skipped : skipped + MOST_PODS]
    return chosen, max(0, len(order) - skipped - len(chosen))


def _searched(call: Call, inputs: SearchLogs, reader: Reader, windows: list[Window], later: int) -> Outcome:
    """What is done with the lines once they are read, off the event loop (R77)."""
    return _outcome(call, inputs, reader, windows, _found(windows, inputs), later)


def _found(windows: list[Window], inputs: SearchLogs) -> list[Match]:
    text, cased = inputs.text, bool(inputs.case_sensitive)
    return [match for window in windows for match in matches_in(window.pod, window.lines, text, cased)]


def _outcome(
    call: Call, inputs: SearchLogs, reader: Reader, windows: list[Window], found: list[Match], later: int
) -> Outcome:
    lines = {window.pod: window.lines for window in windows}
    groups = grouped(found, fold=inputs.fold is not False, from_end=bool(inputs.from_end))
    if inputs.count_only:
        return _counted(call, inputs, reader, windows, found, groups, later)
    context = 1 if inputs.context is None else inputs.context
    shown, count = rendered(groups[inputs.skip or 0 :], lines, inputs.text, context, call.controls.max_chars - ENVELOPE)
    data: dict[str, Any] = {
        "JobId": inputs.job_id,
        "matches": len(found),
        "different": len(groups),
        "by_pod": _by_pod(found),
        "read": [window.described() for window in windows if len(windows) <= 4] or _summed(windows),
        "untrusted_matches": shown,
        "not_read": reader.missed[:5],
    }
    data = {name: value for name, value in data.items() if value not in ({}, []) or name == "untrusted_matches"}
    return Outcome(data, truncated=_more(call, inputs, windows, len(groups), count, later))


def _counted(
    call: Call,
    inputs: SearchLogs,
    reader: Reader,
    windows: list[Window],
    found: list[Match],
    groups: list[Group],
    later: int,
) -> Outcome:
    """How often, without context: by pod, and by kind of line with its first and last place."""
    kinds = sorted(groups, key=lambda group: -group.count)[:MOST_KINDS]
    data: dict[str, Any] = {
        "JobId": inputs.job_id,
        "matches": len(found),
        "different": len(groups),
        "by_pod": _by_pod(found),
        "untrusted_kinds": [counted(group, inputs.text) for group in kinds],
        "read": _summed(windows),
        "not_read": reader.missed[:5],
    }
    data = {name: value for name, value in data.items() if value not in ({}, [])}
    return Outcome(data, truncated=_more(call, inputs, windows, len(groups), len(groups), later))


def _by_pod(found: list[Match], most: int = 12) -> dict[str, int]:
    counts: dict[str, int] = {}
    for match in found:
        counts[match.pod] = counts.get(match.pod, 0) + 1
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    rest = {"other pods": sum(count for _, count in ordered[most:])} if len(ordered) > most else {}
    return dict(ordered[:most]) | rest


def _summed(windows: list[Window]) -> str:
    whole = sum(window.whole for window in windows)
    lines = sum(len(window.lines) for window in windows)
    rest = f", of {len(windows) - whole} only the newest lines" if whole < len(windows) else ""
    return f"{lines} lines of {len(windows)} pods: {whole} whole logs{rest}"


def _more(
    call: Call, inputs: SearchLogs, windows: list[Window], groups: int, shown: int, later: int
) -> dict[str, Any] | None:
    """What is left, nearest first: more matches, earlier lines, more pods; and the call that goes on."""
    given = inputs.model_dump(exclude_unset=True) | {"region": call.region}
    skip = (inputs.skip or 0) + shown
    cut: dict[str, Any] = {}
    if skip < groups:
        cut = {"matches_left": groups - skip, "more": _again(given | {"skip": skip})}
    open_ends = [window for window in windows if not window.whole]
    if open_ends:
        cut["not_searched"] = f"earlier lines of {len(open_ends)} pod(s)"
        earlier = next((window for window in open_ends if window.reached), None)
        if earlier is not None and "more" not in cut:
            back = {name: value for name, value in given.items() if name not in ("skip", "skip_pods")}
            cut["more"] = _again(back | {"pod_id": earlier.pod, "end_time": earlier.reached})
    if later:
        cut["pods_left"] = later
        cut.setdefault("more", _again(given | {"skip_pods": (inputs.skip_pods or 0) + len(windows)}))
        if open_ends:
            cut["more_pods"] = _again(given | {"skip_pods": (inputs.skip_pods or 0) + len(windows)})
    return cut or None


def _again(arguments: dict[str, Any]) -> dict[str, Any]:
    return {"tool": "dlc_search_logs", "arguments": arguments}
