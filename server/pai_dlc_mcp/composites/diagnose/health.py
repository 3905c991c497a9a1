"""How a running job does: hung, slowed by one pod, idle, diverged, or well. Pure."""

from __future__ import annotations

from collections import Counter
from statistics import mean
from typing import Any

from . import course, progress, silence, usage
from .causes import GENERIC, SPECIFIC, Category
from .evidence import Finding, strongest
from .material import Material
from .platform_words import platform_findings
from .restarts import budget_of, restart_facts, restart_findings
from .text import EVENTS_SHOWN, FRONT_CHARS, folded, short
from .verdict import Confidence, Quote, Verdict, quote
from .view import WAITS, View, late_findings, slow, suspects

SILENT_S, LONG_SILENT_S, START_S = 600.0, 1800.0, 900.0
"""A log silent for so long may have hung; for so long it has; a start without a step for so long is stuck."""
MANY_STEPS = 5
"""A log silent for so many steps has hung, where it is silent for long too."""
SHOWN, SANITY_COUNTED, SANITY_SHOWN = 8, 8, 4
MANY_RESTARTS, HUNGRY_PERCENT, BUSY_PERCENT, FULL_PERCENT = 3, 50.0, 90.0, 92.0


def decide(material: Material) -> Verdict:
    """The first of the findings that applies, with the numbers of the training beside it."""
    view = View(material)
    odd = suspects(material)
    verdict = _diverged(view) or _through(view) or _hung(view, odd) or _restarting(view) or _coming_back(view)
    verdict = verdict or _straggling(view, odd) or _ailing(view) or _starting(view) or _idle(view) or _starved(view)
    verdict = verdict or _well(view)
    pod = verdict.pod or next(iter(material.logs), None)
    verdict.facts |= _facts(view)
    verdict.lines |= _lines(view, pod)
    verdict.also += _also(view)
    return verdict


def _diverged(view: View) -> Verdict | None:
    pod = next((pod for pod, steps in view.steps.items() if progress.diverged(steps)), None)
    if pod is None:
        return None
    text = f"The loss in pod {pod} is not a number any more; the job goes on for nothing."
    line = next(line for line in reversed(view.material.logs[pod]) if progress.step_of(line))
    return Verdict("not_a_number", "runtime", text, "high", pod, [Quote("log", line, pod)])


def _through(view: View) -> Verdict | None:
    """All steps are done, and the process does not end."""
    found = course.ending(view)
    if found is None or view.silent is None or view.silent <= SILENT_S:
        return None
    pod, line = found
    text = f"All steps are done, but the process does not end; the last line is {_at_least(view.silent)} old."
    level: Confidence = "high" if view.silent > LONG_SILENT_S and not course.is_busy(view) else "medium"
    verdict = Verdict(
        "hang_at_end", "runtime", text, level, quotes=[Quote("log", short(line, FRONT_CHARS), pod)], area="code"
    )
    verdict.lines |= _dumped(view)
    return verdict


def _starting(view: View) -> Verdict | None:
    """No step yet, and the log tells of a start that gets on."""
    found = course.preparation(view)
    if found is None or view.silent is None or view.silent > SILENT_S:
        return None
    pod, line = found
    text = f"No step after {view.ran:.0f} s: the program still prepares, and its log is {view.silent:.0f} s old."
    return Verdict(
        "starting", "runtime", text, "medium", quotes=[Quote("log", short(line, FRONT_CHARS), pod)], area="code"
    )


def _hung(view: View, odd: list[str]) -> Verdict | None:
    silent = view.silent
    if silent is None or not view.subject.pods:
        return None
    stale = course.stale_steps(view)
    if stale is not None and silent <= SILENT_S:
        seconds, pod, line = stale
        text = f"No step for {seconds:.0f} s, though the log goes on"
        return _stuck(view, odd, "hang", text, silent, Quote("log", short(line, FRONT_CHARS), pod))
    if not view.stepped and view.ran > START_S and _waits_to_start(view, silent):
        return _stuck(view, odd, "hang_in_start", f"No step after {view.ran:.0f} s: the start does not get on", silent)
    if silent >= LONG_SILENT_S and (bar := course.untouched(view)) is not None:
        shown = Quote("log", short(bar[1], FRONT_CHARS), bar[0])
        return _stuck(
            view, odd, "hang_in_start", f"No step after {view.ran:.0f} s: the first one does not end", silent, shown
        )
    if not view.stepped and silent >= LONG_SILENT_S and (bar := course.filled(view)) is not None:
        shown = Quote("log", short(bar[1], FRONT_CHARS), bar[0])
        return _stuck(view, odd, "hang", "Nothing came after the end of a part", silent, shown)
    if not view.stepped and course.is_busy(view):
        return None
    usual = view.interval
    if silent > SILENT_S and (usual is None or silent > min(20 * usual, max(LONG_SILENT_S, MANY_STEPS * usual))):
        return _stuck(view, odd, "hang", "The training stands still", silent)
    return None


def _waits_to_start(view: View, silent: float) -> bool:
    """No step yet, and either silence, or the words of a start that waits, with idle GPUs."""
    last = [line.lower() for lines in view.material.logs.values() for line in lines[-3:]]
    waits = any(WAITS.search(line) for line in last)
    return (silent > SILENT_S and (waits or view.is_quiet)) or (waits and view.is_quiet)


def _stuck(view: View, odd: list[str], cause: str, text: str, silent: float, shown: Quote | None = None) -> Verdict:
    pod = odd[0] if odd else None
    awaited = silence.waited_for(view.material)
    late = silence.behind(view.material.logs)
    if awaited is None and late is not None and late[2] == pod:
        awaited = (late[2], late[1])
    dumped = silence.stacks(view.material.logs)
    hit = _why(view, pod)
    category: Category = hit.cause.category if hit is not None else "runtime" if cause == "hang" else "network"
    is_sure = pod is not None and (silent > LONG_SILENT_S or hit is not None or awaited is not None)
    is_likely = pod is not None or shown is not None or silent > START_S
    confidence: Confidence = "high" if is_sure else "medium" if is_likely else "low"
    where = f"; pod {pod} is unlike the others" if pod else ""
    where = f"; the others wait for pod {pod}" if awaited is not None and awaited[0] == pod else where
    because = f": {hit.cause.meaning}" if hit is not None else ""
    quotes = [quote(hit)] if hit is not None else []
    quotes += [shown] if shown is not None else []
    quotes += [Quote("log", short(awaited[1], FRONT_CHARS), None)] if awaited is not None else []
    quotes += [Quote("stack", dumped[pod], pod)] if pod in dumped else _last_line(view, pod) if pod else []
    quotes += [one for other in view.material.logs if other != pod for one in _last_line(view, other)][:1]
    verdict = Verdict(cause, category, f"{text}; the last line is {_at_least(silent)} old{where}{because}.", confidence)
    verdict.pod, verdict.quotes, verdict.area = pod, quotes, hit.cause.area if hit is not None else "code"
    verdict.lines |= _dumped(view)
    return verdict


def _dumped(view: View) -> dict[str, list[str]]:
    found = silence.stacks(view.material.logs)
    return {"untrusted_stacks": [f"{name}: {stack}" for name, stack in found.items()][:4]}


def _at_least(seconds: float) -> str:
    return f"at least {seconds:.0f} s" if seconds in (silence.SHORT_S, silence.LONG_S) else f"{seconds:.0f} s"


def _last_line(view: View, pod: str) -> list[Quote]:
    return [Quote("last log line", line, pod) for line in view.material.logs.get(pod, [])[-1:]]


def _why(view: View, pod: str | None) -> Finding | None:
    """What the suspect's own last lines and events say."""
    if pod is None:
        return None
    found = strongest([*_ailments(view, pod), *late_findings(view, pod)])
    return found if found is not None and found.cause.weight >= GENERIC else None


_AILMENTS = frozenset({"gpu_throttled", "gpu_hardware", "node_lost", "disk_full", "node_memory", "host_memory"})


def _restarting(view: View) -> Verdict | None:
    if view.subject.status != "Restarting":
        return None
    found = strongest([*platform_findings([view.subject.reason], "reason"), *restart_findings(view.subject)])
    meaning = found.cause.meaning if found is not None else "its records do not say why"
    category: Category = found.cause.category if found is not None else "system"
    pod = found.pod if found is not None else None
    named = view.subject.named_in(view.subject.reason)
    pod = pod or (named[0].id if named else None)
    quotes = [quote(found)] if found is not None else []
    return Verdict("restarting", category, f"The job restarts: {meaning}.", "medium", pod, quotes)


def _coming_back(view: View) -> Verdict | None:
    """A job that was restarted again and again runs at the moment, but not well."""
    facts, _ = restart_facts(view.subject)
    if facts.get("count", 0) < MANY_RESTARTS:
        return None
    found = strongest(restart_findings(view.subject))
    category: Category = found.cause.category if found is not None else "runtime"
    meaning = f": {found.cause.meaning}" if found is not None and found.cause.weight >= GENERIC else ""
    pod = next(iter(facts.get("by_pod", {})), None)
    text = f"The job was restarted {facts['count']} times{meaning}; it runs at the moment."
    quotes = [quote(found)] if found is not None else []
    return Verdict("restart_loop", category, text, "medium", pod, quotes)


def _starved(view: View) -> Verdict | None:
    """GPUs that wait: most of a step is data, or the CPUs are at their limit."""
    if (share := course.data_share(view)) is not None and share[2] >= course.DATA_SHARE:
        step, data, ratio = share
        text = f"{data:.2f} of the {step:.2f} s of a step ({100 * ratio:.0f} %) are spent waiting for data."
        return Verdict("input_bound", "resource", text, "high" if ratio > 0.75 else "medium")
    cpu = view.used("CpuCoreUsage")
    if not view.use or not cpu or view.metric != "GpuCoreUsage":
        return None
    gpus, cpus = mean(use.recent for use in view.use.values()), mean(use.recent for use in cpu.values())
    if gpus > HUNGRY_PERCENT or cpus < BUSY_PERCENT:
        return None
    text = f"The GPUs are used to {gpus:.0f}% while the CPUs are at {cpus:.0f}%: the input does not come fast enough."
    return Verdict("input_bound", "resource", text, "medium")


def _straggling(view: View, odd: list[str]) -> Verdict | None:
    pods = [pod for pod in odd if pod in usage.apart(view.use) or pod in slow(view)]
    if not pods:
        return None
    pod = pods[0]
    hit = _why(view, pod)
    signs = [
        name
        for name, found in (("its use of the GPU", usage.apart(view.use)), ("its times", slow(view)))
        if pod in found
    ]
    category: Category = hit.cause.category if hit is not None else "system"
    because = f": {hit.cause.meaning}" if hit is not None else ""
    confidence: Confidence = "high" if hit is not None or len(signs) > 1 else "medium"
    text = f"Pod {pod} is unlike the others in {' and '.join(signs)} and may slow all down{because}."
    quotes = ([quote(hit)] if hit is not None else []) + _last_line(view, pod)
    quotes += [one for other in view.material.logs if other not in pods for one in _last_line(view, other)][:1]
    return Verdict("straggler", category, text, confidence, pod, quotes)


def _ailing(view: View) -> Verdict | None:
    """A pod whose node or GPU ails, though nothing shows in the numbers that were read."""
    found = strongest(hit for pod in view.material.pod_events for hit in _ailments(view, pod))
    if found is None:
        return None
    text = f"The job runs, but for pod {found.pod} the platform reports: {found.cause.meaning}."
    return Verdict(found.cause.code, found.cause.category, text, "medium", found.pod, [quote(found)])


def _ailments(view: View, pod: str) -> list[Finding]:
    """What the events of a pod say of its node and its machines."""
    hits = platform_findings(view.material.pod_events.get(pod, []), "pod_event", pod)
    return [hit for hit in hits if hit.cause.code in _AILMENTS]


def _idle(view: View) -> Verdict | None:
    quiet = usage.idle(view.use)
    if len(quiet) < len(view.use) or not view.is_quiet:
        return None
    if view.ran < SILENT_S or not view.subject.job.get("RequestGPU"):
        return None
    alive = "though the log goes on" if view.silent is not None else "and nothing tells whether its log goes on"
    where = f"{len(quiet)} pods" if quiet else "the whole job"
    text = f"No GPU does anything ({where} under {usage.IDLE_PERCENT:.0f}%), {alive}."
    level: Confidence = "medium" if view.silent is not None else "low"
    pod = next(iter(quiet or view.material.logs), "")
    return Verdict("idle", "runtime", text, level, quotes=_last_line(view, pod))


def _well(view: View) -> Verdict:
    hits = [hit for pod in view.material.logs for hit in late_findings(view, pod)]
    worst = strongest(hit for hit in hits if hit.cause.weight >= SPECIFIC)
    silent = view.silent
    text = "The job runs" + (f"; the last line is {silent:.0f} s old" if silent is not None else "")
    if worst is not None:
        text = f"{text}, but its log names a fault: {worst.cause.meaning}."
        return Verdict("runs_with_errors", worst.cause.category, text, "medium", worst.pod, [quote(worst)])
    if silent is None or (not view.stepped and silent > SILENT_S):
        busy = "its machines are busy, but " if course.is_busy(view) else ""
        text += f"; {busy}nothing that was read tells whether it gets on."
        return Verdict("unclear", "runtime", text, "low")
    is_seen = silent is not None and view.stepped
    return Verdict("healthy", "runtime", f"{text}; nothing that was read is wrong.", "high" if is_seen else "medium")


def _facts(view: View) -> dict[str, Any]:
    """Progress of the first pod that prints it, the use of the machines, the limit, restarts, health checks."""
    subject, facts = view.subject, dict[str, Any]()
    reporter = next((pod for pod, steps in view.steps.items() if steps), None)
    facts["progress"] = (
        progress.describe(view.steps[reporter]) if reporter else "no step, loss or time a step in the logs read"
    )
    facts["last_line_seconds"] = round(view.silent) if view.silent is not None else None
    if view.metric in view.material.whole and not view.use:
        facts["usage"] = usage.describe_whole(view.whole_use, view.metric)
    elif view.metric in view.material.metrics:
        facts["usage"] = usage.describe(view.use, len(subject.pods), view.metric)
    facts["logs_read"] = f"{len(view.material.logs)} of {len(subject.pods)} pods"
    minutes = view.material.listed.get("JobMaxRunningTimeMinutes")
    if isinstance(minutes, int) and minutes > 0:
        facts["minutes_left_of_limit"] = round(minutes - view.ran / 60)
    restarts, _ = restart_facts(subject)
    facts["restarts"] = restarts | ({"budget": budget_of(subject)} if budget_of(subject) else {}) if restarts else None
    facts["sanity"] = _sanity(view)
    return {name: value for name, value in facts.items() if value or value == 0}


def _sanity(view: View) -> dict[str, int]:
    return dict(
        Counter(f"{one.get('Phase')} {one.get('Status')}" for one in view.material.sanity).most_common(SANITY_COUNTED)
    )


def _lines(view: View, pod: str | None) -> dict[str, list[str]]:
    bad = [f"{one.get('Phase')}: {one.get('Message')}" for one in view.material.sanity if one.get("Status") == "Failed"]
    lines = {"untrusted_sanity": [short(line) for line in bad[:SANITY_SHOWN]]}
    lines["untrusted_restart_records"] = restart_facts(view.subject)[1]
    if pod is not None:
        lines["untrusted_log_tail"] = [short(line) for line in view.material.logs.get(pod, [])[-SHOWN:]]
        lines["untrusted_pod_events"] = folded(view.material.pod_events.get(pod, []))[-EVENTS_SHOWN:]
    return lines


def _also(view: View) -> list[str]:
    """What is worth knowing beside the cause."""
    found = []
    restarts, budget = restart_facts(view.subject)[0], budget_of(view.subject)
    if budget and restarts.get("count", 0) > 0.8 * budget:
        found.append(f"{restarts['count']} of {budget} restarts are used: one of the next failures ends the job.")
    if restarts.get("same_node_each_time"):
        found.append("Every restart was caused on the same node.")
    minutes = view.material.listed.get("JobMaxRunningTimeMinutes")
    if isinstance(minutes, int) and minutes > 0 and view.ran > 0.9 * minutes * 60:
        found.append("The running-time limit is nearly reached.")
    full = {pod: use for pod, use in view.used("MemoryUsage").items() if use.most >= FULL_PERCENT}
    if full:
        found.append(
            f"The memory of {len(full)} pod(s) is nearly full, {max(full, key=lambda pod: full[pod].most)} first."
        )
    bad = [str(one.get("Phase")) for one in view.material.sanity if one.get("Status") == "Failed"]
    if bad:
        found.append(f"The health check before training failed in {', '.join(dict.fromkeys(bad))}.")
    slower = next((value for steps in view.steps.values() if (value := progress.slowed(steps))), None)
    if slower:
        found.append(f"Steps take {slower} times as long as at the start of what was read.")
    return found
