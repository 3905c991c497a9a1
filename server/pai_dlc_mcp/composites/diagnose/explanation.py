"""From a decision to a verdict: the causal pod in full, other suspects and other failed pods in a line each. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...timestamps import iso
from .causes import SPECIFIC, Cause, exit_meaning
from .chatter import FRESH
from .decision import Case, Decision, is_symptom
from .evidence import Finding, LogReading, explains
from .exits import exit_code
from .material import Material, is_earlier
from .restarts import restart_facts
from .subject import Pod, Subject, in_order_of_failure
from .text import folded, plain, quoted, short
from .verdict import Quote, Verdict, confidence_in, quote, quotes_of

TAIL_LINES, TAIL_CHARS, AROUND, FRAMES = 8, 160, 3, 5
MOST_OTHERS, MOST_SUSPECTS = 4, 3
_SAVED = re.compile(
    r"(?:sav(?:ed|ing)|wrote|written|successfully saved|stor(?:ed|ing))\b.{0,80}(?:checkpoint|ckpt|global_step"
    r"|model_states|weights)|(?:checkpoint|ckpt)\b.{0,80}\b(?:saved|written)",
    re.IGNORECASE,
)
_RESUMED = re.compile(
    r"(?:resum(?:ed|ing)\b.{0,60}(?:from|at|checkpoint|step)|loaded? (?:successfully )?checkpoint|restor(?:ed"
    r"|ing) (?:checkpoint|from)|loading checkpoint from|continuing training from)",
    re.IGNORECASE,
)


def explain(material: Material, decision: Decision, missed: Sequence[str] = ()) -> Verdict:
    """The verdict on a failed job. What was not read (``missed``) lowers the confidence where it could matter."""
    verdict = _named(material, decision, missed)
    subject, case, pod = material.subject, decision.case, decision.pod
    verdict.quotes = _quotes(subject, decision)
    verdict.rank = _rank(decision)
    if pod is not None:
        verdict.facts["causal_pod"] = _facts_of(pod, decision)
        events = folded(material.pod_events.get(case.key if case is not None else pod.id, []), TAIL_CHARS)
        verdict.lines["untrusted_pod_events"] = [line for line in events if exit_code([line]) or " Warning " in line][
            -3:
        ]
    if case is not None:
        verdict.lines["untrusted_log_tail"] = _around(material, case, decision.chosen)
        verdict.lines |= _last_exception(case.reading, verdict.quotes)
        verdict.lines |= checkpoints(case.reading)
    verdict.facts["other_failed_pods"] = _others(subject, decision)
    verdict.lines["untrusted_other_suspects"] = _suspects(decision)
    restarts, records = restart_facts(subject)
    if restarts:
        verdict.facts["restarts"], verdict.lines["untrusted_restart_records"] = restarts, records
    return verdict


def _named(material: Material, decision: Decision, missed: Sequence[str]) -> Verdict:
    chosen, pod, code = decision.chosen, decision.pod, decision.code
    pod_id = pod.id if pod is not None else None
    if chosen is None or not explains(chosen):
        return _unexplained(material, decision)
    alike = [one for case in decision.cases for one in case.findings if one.cause.code == chosen.cause.code]
    others = [one for one in alike if one is not chosen]
    is_seconded = any(one.source != "log" for one in (others if chosen.is_generic else alike))
    is_repeated = any(not one.is_generic and one.line != chosen.line for one in others)
    is_confirmed = chosen.source != "log" or bool(code) or is_seconded
    rank = _rank(decision)
    where = f"Pod {pod_id}{f' (rank {rank})' if rank is not None else ''}: " if pod_id else ""
    ended = f"; exit code {code} ({exit_meaning(code)})" if code else ""
    summary = f"{where}{chosen.cause.meaning}{ended}."
    is_ambiguous = chosen.is_ambiguous and not any(one.final and not one.is_ambiguous for one in others)
    is_doubtful = decision.has_conflict or is_ambiguous or (chosen.is_generic and not is_seconded and not is_repeated)
    is_doubtful = is_doubtful or _is_unread(material, decision, missed)
    level = confidence_in(chosen, is_confirmed, is_doubtful=is_doubtful)
    return Verdict(
        chosen.cause.code,
        chosen.cause.category,
        f"{summary[0].upper()}{summary[1:]}",
        level,
        pod_id,
        area=chosen.cause.area,
    )


def _is_unread(material: Material, decision: Decision, missed: Sequence[str]) -> bool:
    """Whether something that could have said otherwise was not read: a log, or the beginning of one."""
    chosen, pod = decision.chosen, decision.pod
    if pod is not None and any(f"log of {pod.id}" in line for line in missed):
        return True
    key = decision.case.key if decision.case is not None else ""
    return (
        chosen is not None and chosen.source == "log" and chosen.cause.weight < SPECIFIC and not material.is_whole(key)
    )


def _unexplained(material: Material, decision: Decision) -> Verdict:
    """Only consequences were found, or nothing: say what is known, what to look for and where, and no more."""
    chosen, code = decision.chosen, decision.code
    pod_id = decision.pod.id if decision.pod is not None else None
    if chosen is not None and is_symptom(chosen):
        if chosen.cause.code == "terminated":
            child = decision.case.reading.child_code if decision.case is not None else None
            text = "Only a launcher's report is in the log: a child process failed"
            text += f" (exit code {child})" if child else ""
        else:
            read = sum(not is_earlier(case.key) for case in decision.cases)
            text = f"{chosen.cause.meaning[0].upper()}{chosen.cause.meaning[1:]}"
            text += f"; none of the {read} pods that were read shows another cause"
        if (missing := silent_rank(material, decision)) is not None:
            pod_id, where = missing
            text += f". {where} is the one without such an error, and so the suspect"
        text += ". What failed first is not in what was read: look for the first 'Traceback' or 'Error' of any rank."
        return Verdict(chosen.cause.code, chosen.cause.category, text, "low", pod_id, area=chosen.cause.area)
    ended = f"Exit code {code}: {exit_meaning(code)}" if code else "No exit code is known"
    text = f"{ended}; neither log nor events say more."
    return Verdict(f"exit_{code}" if code else "unknown", "runtime", text, "low", pod_id, area="code")


def silent_rank(material: Material, decision: Decision) -> tuple[str, str] | None:
    """The pod, or the rank within a pod, that is missing among those that complain of a collective; and its name.

    One that is alone in not complaining is what the others waited for.
    """
    cases = [case for case in decision.cases if not is_earlier(case.key) and case.key in material.logs]
    quiet = [case for case in cases if not _complaints(case)]
    if len(quiet) == 1 and len(cases) > 2:
        return quiet[0].pod.id, f"Pod {quiet[0].pod.id}"
    for case in cases:
        ranks = {one.rank for one in _complaints(case) if one.rank is not None}
        missing = set(range(min(ranks), min(ranks) + 8)) - ranks if len(ranks) in (3, 7) else set()
        missing = {rank for rank in missing if rank <= max(ranks) or len(ranks) == 7}
        if len(missing) == 1:
            return case.pod.id, f"Rank {missing.pop()}"
    return None


def _complaints(case: Case) -> list[Finding]:
    return [one for one in case.findings if one.cause.code == "collective_timeout"]


def _rank(decision: Decision) -> int | None:
    """The rank to blame, where the chosen words or a launcher name it."""
    chosen, case = decision.chosen, decision.case
    if chosen is not None and chosen.rank is not None:
        return chosen.rank
    return case.reading.root_rank if case is not None and chosen is not None and chosen.source == "log" else None


def _quotes(subject: Subject, decision: Decision) -> list[Quote]:
    """What speaks for the cause, then what ended the pod, then the platform's reason."""
    case, chosen = decision.case, decision.chosen
    findings = [*(case.findings if case is not None else ()), *decision.of_job]
    quotes = quotes_of(chosen, findings) if chosen is not None else []
    if chosen is not None and is_symptom(chosen) and case is not None:
        quotes += [quote(one) for one in case.findings if one.source == "exit"][:1]
    if subject.reason and not subject.reported and all(subject.reason != one.text for one in quotes):
        quotes.append(Quote("reason", quoted(subject.reason, most=200)))
    return quotes


def _facts_of(pod: Pod, decision: Decision) -> dict[str, object]:
    code = decision.code
    facts: dict[str, object] = {"Type": pod.role, "Status": pod.status, "NodeName": pod.node}
    if pod.finished is not None:
        facts["failed_at"] = iso(pod.finished)
    if pod.started is not None and pod.finished is not None:
        facts["ran_seconds"] = int(pod.finished - pod.started)
    if code is not None:
        facts["exit_code"] = code
    return {name: value for name, value in facts.items() if value not in ("", None)}


def _around(material: Material, case: Case, chosen: Finding | None) -> list[str]:
    """The lines around what decided, else the last ones; what is quoted already is left out."""
    lines = material.logs.get(case.key, [])
    if chosen is not None and chosen.source == "log" and chosen in case.findings:
        traced = any(one.line == chosen.line and one.traced for one in case.reading.records)
        before, after = (FRAMES, 0) if traced else (AROUND, AROUND)
        window = range(max(0, chosen.line - before), min(len(lines), chosen.line + 1 + after))
        return [short(lines[at], TAIL_CHARS) for at in window if at != chosen.line and lines[at].strip()]
    return [short(line, TAIL_CHARS) for line in lines[-TAIL_LINES:] if line.strip()]


def _last_exception(reading: LogReading, quotes: Sequence[Quote]) -> dict[str, list[str]]:
    """The last exception that nothing caught is always in the answer."""
    last = reading.uncaught[-1] if reading.uncaught else None
    if last is None:
        return {}
    text = quoted(last.text, last.start, last.end, 240)
    known = any(plain(last.text)[:60] == one.text[:60] for one in quotes)
    return {} if known else {"untrusted_last_exception": [text]}


def checkpoints(reading: LogReading) -> dict[str, list[str]]:
    """The last checkpoint that the log tells of, and whether the run had been resumed from one."""
    found: dict[str, list[str]] = {}
    saved = next((one for one in reversed(reading.records) if _SAVED.search(one.front)), None)
    if saved is not None:
        found["untrusted_last_checkpoint"] = [short(saved.message, TAIL_CHARS)]
    resumed = next(
        (one for one in reading.records if _RESUMED.search(one.front) and not FRESH.search(one.message)), None
    )
    if resumed is not None:
        found["untrusted_resumed"] = [short(resumed.message, TAIL_CHARS)]
    return found


def _suspects(decision: Decision) -> list[str]:
    """Other causes that are named as exactly, once each."""
    chosen, found = decision.chosen, dict[str, str]()
    for case in decision.cases:
        for one in sorted(case.findings, key=lambda one: one.strength, reverse=True):
            if one.cause.weight >= SPECIFIC and chosen is not None and one.cause.code != chosen.cause.code:
                found.setdefault(
                    one.cause.code, f"{one.cause.code} in {case.pod.id}: {quoted(one.text, one.start, one.end, 110)}"
                )
    return list(found.values())[:MOST_SUSPECTS]


def _others(subject: Subject, decision: Decision) -> list[str]:
    """The other failed pods, one line each in the order of their failure, the rest counted."""
    causal = decision.pod
    failed = [pod for pod in in_order_of_failure(subject) if causal is None or pod.id != causal.id]
    first = causal.finished if causal is not None else None
    lines = [
        _line_of(pod, next((one for one in decision.cases if one.key == pod.id), None), first)
        for pod in failed[:MOST_OTHERS]
    ]
    if len(failed) > MOST_OTHERS:
        lines.append(f"and {len(failed) - MOST_OTHERS} more failed pods")
    return lines


def _line_of(pod: Pod, case: Case | None, first: float | None) -> str:
    parts = [pod.id]
    if case is not None and case.code:
        parts.append(f"exit code {case.code}")
    if case is not None and case.best is not None:
        parts.append(case.best.cause.meaning)
    if first is not None and pod.finished is not None:
        parts.append(f"{pod.finished - first:+.0f} s")
    return ", ".join(parts) if len(parts) > 1 else f"{pod.id}, not read"


__all__ = ["Cause", "checkpoints", "explain"]
