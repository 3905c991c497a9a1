"""A failed job: what is read of it, in two looks, and the verdict."""

from __future__ import annotations

from ...off_loop import in_thread
from ...timestamps import iso
from .decision import Decision, decide, is_symptom
from .explanation import explain
from .long_logs import long_logs, read_long
from .material import (
    MORE_LOG_LINES,
    Material,
    gather,
    is_earlier,
    of_earlier_runs,
    of_pods,
    want_job_events,
    want_listed,
    want_log,
    want_metric,
    want_pod_events,
    want_sanity,
)
from .reader import Reader, Want
from .restarts import details_of, records_of
from .subject import Pod, Subject, in_order_of_failure
from .verdict import Verdict

FIRST_PODS, MOST_PODS, MORE_PODS, LAST_LINES, LONG_LOGS = 4, 7, 8, 60, 3


async def examine(reader: Reader, subject: Subject) -> Verdict:
    """Decide after the first look; look again where that leaves the cause open, and then at more of long logs."""
    material = Material(subject)
    await gather(reader, material, first_look(subject))
    decision = await in_thread(decide, material)
    more = second_look(material, decision)
    if more:
        await gather(reader, material, more)
        decision = await in_thread(decide, material)
    if not decision.is_settled and (pods := long_logs(material, decision.pod)):
        await read_long(reader, material, pods)
        decision = await in_thread(decide, material)
    reader.missed += unread(material)
    return explain(material, decision, reader.missed)


def first_look(subject: Subject) -> dict[tuple[str, str], Want]:
    """Job events, and log and events of the pods that failed first or are named."""
    wants: dict[tuple[str, str], Want] = {
        ("job_events", ""): want_job_events(subject),
        ("listed", ""): want_listed(subject),
    }
    if (subject.job.get("Settings") or {}).get("EnableSanityCheck") or "sanity" in subject.reason.lower():
        wants["sanity", ""] = want_sanity(subject)
    return wants | of_pods(subject, suspects(subject))


def suspects(subject: Subject) -> list[Pod]:
    """The pods worth reading: the first to fail, those that the reason or a restart names, those that never began."""
    failed = in_order_of_failure(subject)
    named = subject.named_in(subject.reason) + subject.named_in(" ".join(_blamed(subject)))
    absent = [pod for pod in subject.pods if pod.started is None and any(other.started for other in subject.pods)]
    chosen = [*failed[:FIRST_PODS], *named[:2], *absent[:2], *failed[FIRST_PODS:MOST_PODS]] or list(subject.pods[:2])
    return list(dict.fromkeys(chosen))[:MOST_PODS]


def _blamed(subject: Subject) -> list[str]:
    return [str(detail.get("Pod")) for record in records_of(subject)[-3:] for detail in details_of(record)]


def second_look(material: Material, decision: Decision) -> dict[tuple[str, str], Want]:
    """What could settle what the first look left open."""
    subject, pod = material.subject, decision.pod
    wants: dict[tuple[str, str], Want] = {}
    if not decision.is_settled:
        wants |= _more(material, decision)
    if decision.chosen is not None and decision.chosen.cause.code in ("killed", "child_killed") and pod is not None:
        end = (pod.finished or subject.now) + 60
        start = max(pod.started or end - 3600, end - 6 * 3600)
        step = f"{max(15, int((end - start) / 60))}s"
        wants |= want_metric(subject, "MemoryUsage", iso(start), iso(end), step, "")
    if pod is not None and pod.id not in material.pod_events:
        wants["pod_events", pod.id] = want_pod_events(subject, pod)
    return wants


def _more(material: Material, decision: Decision) -> dict[tuple[str, str], Want]:
    """More of the logs of which only the end was read; earlier runs of the suspect, which may have said more; the pods
    that others name, and those that failed next."""
    subject, pod = material.subject, decision.pod
    history = list(pod.history) if pod is not None else []
    runs = list(dict.fromkeys([*history[:1], *history[-2:]]))
    words = " ".join(line for lines in material.logs.values() for line in lines[-LAST_LINES:])
    named = subject.named_in(f"{words} {' '.join(material.job_events[-LAST_LINES:])}")[:MORE_PODS]
    unread_pods = [
        one for one in [*named, *in_order_of_failure(subject), *subject.pods[-2:]] if one.id not in material.logs
    ]
    wants = of_earlier_runs(subject, runs)
    for key in [key for key in material.logs if not is_earlier(key) and not material.is_whole(key)][:LONG_LOGS]:
        known = subject.pod(key)
        if known is not None:
            wants["log", key] = want_log(subject, known, MORE_LOG_LINES)
    return wants | {("log", one.id): want_log(subject, one) for one in list(dict.fromkeys(unread_pods))[:MORE_PODS]}


def unread(material: Material) -> list[str]:
    """What was not read of the logs, in our words: it stands in the answer."""
    cut = [key for key in material.logs if not material.is_whole(key) and not is_earlier(key)]
    failed = sum(pod.failed for pod in material.subject.pods)
    read = sum(not is_earlier(key) for key in material.logs)
    found = [f"of the log of {cut[0]} only {_read_of(material, cut[0])}"] if len(cut) == 1 else []
    if len(cut) > 1:
        found.append(f"of the logs of {len(cut)} pods only a part (of {cut[0]} {_read_of(material, cut[0])})")
    left = failed - read
    return found + ([f"the logs of {left} failed pods" if left > 1 else "the log of 1 failed pod"] if left > 0 else [])


def _read_of(material: Material, key: str) -> str:
    """How much of a log was read."""
    count, first = len(material.logs[key]), material.beginnings.get(key)
    return f"the last {count} lines" if first is None else f"the first {first} and the last {count - first - 1} lines"


__all__ = ["examine", "first_look", "is_symptom", "second_look", "suspects"]
