"""A failed job: what is read of it, in two looks."""

from __future__ import annotations

from ...timestamps import iso
from .failure import Judgement, judged
from .material import (
    Material,
    gather,
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

FIRST_PODS, MOST_PODS, MORE_PODS, LAST_LINES = 4, 7, 8, 60


async def examine(reader: Reader, subject: Subject) -> Verdict:
    """Judge after the first look; look again, once, where that leaves the cause open."""
    material = Material(subject)
    await gather(reader, material, first_look(subject))
    judgement = judged(material)
    more = second_look(material, judgement)
    if more:
        await gather(reader, material, more)
        judgement = judged(material)
    return judgement.verdict


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
    named = subject.named_in(" ".join([subject.reason, *_blamed(subject)]))
    absent = [pod for pod in subject.pods if pod.started is None and any(other.started for other in subject.pods)]
    chosen = [*failed[:FIRST_PODS], *named[:2], *absent[:2], *failed[FIRST_PODS:MOST_PODS]] or list(subject.pods[:2])
    return list(dict.fromkeys(chosen))[:MOST_PODS]


def _blamed(subject: Subject) -> list[str]:
    return [str(detail.get("Pod")) for record in records_of(subject)[-3:] for detail in details_of(record)]


def second_look(material: Material, judgement: Judgement) -> dict[tuple[str, str], Want]:
    """What could settle what the first look left open."""
    subject, pod = material.subject, judgement.pod
    wants: dict[tuple[str, str], Want] = {}
    if not judgement.settled:
        wants |= _more(material, pod)
    if judgement.exit_code == 137 and judgement.verdict.cause == "killed" and pod is not None:
        end = (pod.finished or subject.now) + 60
        start = max(pod.started or end - 3600, end - 6 * 3600)
        step = f"{max(15, int((end - start) / 60))}s"
        wants["metric", "MemoryUsage"] = want_metric(subject, "MemoryUsage", iso(start), iso(end), step)
    blamed = subject.pod(judgement.verdict.pod or "")
    if blamed is not None and blamed.id not in material.pod_events:
        wants["pod_events", blamed.id] = want_pod_events(subject, blamed)
    return wants


def _more(material: Material, pod: Pod | None) -> dict[tuple[str, str], Want]:
    """Earlier runs of the suspect, which may have said more; the pods that others name, and those that failed next."""
    subject = material.subject
    history = list(pod.history) if pod is not None else []
    runs = list(dict.fromkeys([*history[:1], *history[-2:]]))
    words = " ".join(line for lines in material.logs.values() for line in lines[-LAST_LINES:])
    named = subject.named_in(f"{words} {' '.join(material.job_events[-LAST_LINES:])}")[:MORE_PODS]
    unread = [one for one in [*named, *in_order_of_failure(subject), *subject.pods[-2:]] if one.id not in material.logs]
    chosen = list(dict.fromkeys(unread))[:MORE_PODS]
    return of_earlier_runs(subject, runs) | {("log", one.id): want_log(subject, one) for one in chosen}
