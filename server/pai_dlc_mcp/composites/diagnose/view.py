"""What was read of a running job, with what follows from it, and the pods that are unlike the others. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from statistics import median

from ...timestamps import seconds_of
from . import progress, silence, usage
from .causes import GENERIC
from .evidence import Finding, strongest
from .material import Material
from .subject import Subject

_DIGITS = re.compile(r"0x[0-9a-f]+|\d+(?:\.\d+)?", re.IGNORECASE)


@dataclass
class View:
    """What was read, with what follows from it worked out once."""

    material: Material

    @property
    def subject(self) -> Subject:
        return self.material.subject

    @cached_property
    def steps(self) -> dict[str, list[progress.Step]]:
        return {pod: self.material.steps(pod) for pod in self.material.logs}

    @cached_property
    def last_words(self) -> dict[str, float]:
        """When each pod's log last grew; pods of which that is not known are left out."""
        return silence.last_times(self.material)

    @property
    def metric(self) -> str:
        """What pods are compared by: the GPUs' use, of a job without GPUs the CPUs'."""
        return "GpuCoreUsage" if self.subject.job.get("RequestGPU") else "CpuCoreUsage"

    @cached_property
    def use(self) -> dict[str, usage.Use]:
        return self.used(self.metric)

    def used(self, metric: str) -> dict[str, usage.Use]:
        return usage.uses(self.material.metrics.get(metric, {}))

    @cached_property
    def whole_use(self) -> usage.Use | None:
        """The use over the whole job, where the samples are not given pod by pod."""
        return usage.uses({"": self.material.whole.get(self.metric, [])}).get("")

    @property
    def is_quiet(self) -> bool:
        """Whether samples show most pods, or the whole job, to do nothing; without samples nothing is shown (R62)."""
        if self.use:
            return len(usage.idle(self.use)) * 2 > len(self.use)
        return self.whole_use is not None and self.whole_use.recent < usage.IDLE_PERCENT

    @cached_property
    def ran(self) -> float:
        began = seconds_of(self.subject.job.get("GmtRunningTime"))
        return self.subject.now - began if began is not None else 0.0

    @property
    def silent(self) -> float | None:
        """Seconds since any pod that was read printed anything."""
        return self.subject.now - max(self.last_words.values()) if self.last_words else None

    @cached_property
    def interval(self) -> float | None:
        """Seconds between lines of progress, as they used to come."""
        pairs = [pair for steps in self.steps.values() for pair in pairwise(steps)]
        gaps = [later.at - earlier.at for earlier, later in pairs if later.at is not None and earlier.at is not None]
        return median(gaps) if gaps else None

    @property
    def stepped(self) -> bool:
        return any(self.steps.values())


def suspects(material: Material) -> list[str]:
    """Pods unlike the others, the most telling sign first."""
    view = View(material)
    awaited = silence.waited_for(material)
    late = silence.behind(material.logs)
    outside = silence.apart_from_the_collective(silence.stacks(material.logs))
    signs = [[awaited[0]] if awaited else [], [late[2]] if late else [], [outside] if outside else []]
    signs += [_complaining(view), usage.apart(view.use), slow(view)]
    signs += [_odd_last_line(view), _stopped_first(view), _not_waiting(view)]
    return list(dict.fromkeys(pod for sign in signs for pod in sign))


def _complaining(view: View) -> list[str]:
    """Pods whose last lines name a cause that most others do not."""
    best = {pod: strongest(late_findings(view, pod)) for pod in view.material.logs}
    found = [pod for pod, hit in best.items() if hit is not None and hit.cause.weight >= GENERIC]
    return found if len(found) * 2 <= len(best) or len(best) == 1 else []


def late_findings(view: View, pod: str, lines: int = 40) -> list[Finding]:
    return view.material.reading(pod, lines).findings


def _odd_last_line(view: View) -> list[str]:
    """Pods whose log ends in another kind of line than most."""
    shapes = {pod: _DIGITS.sub("#", lines[-1])[:160] for pod, lines in view.material.logs.items() if lines}
    if len(shapes) < 3:
        return []
    common, count = Counter(shapes.values()).most_common(1)[0]
    return [pod for pod, shape in shapes.items() if shape != common] if count * 2 > len(shapes) else []


def _stopped_first(view: View) -> list[str]:
    """The pod whose log ended well before all others."""
    ends = sorted(view.last_words.items(), key=lambda item: item[1])
    return [ends[0][0]] if len(ends) > 2 and ends[1][1] - ends[0][1] > 30 else []


WAITS = re.compile(
    r"rendezvous|waiting for|nccl info|init_process_group|bootstrap|master_addr|connecting to|still waiting"
    r"|initializing process group|tcpstore|clients joined",
    re.IGNORECASE,
)
"""What processes print that look for each other at the start."""


def _not_waiting(view: View) -> list[str]:
    """Before the first step, the one pod that is not yet looking for the others."""
    if view.stepped or len(view.material.logs) < 2:
        return []
    others = [pod for pod, lines in view.material.logs.items() if not any(WAITS.search(line) for line in lines[-3:])]
    return others if len(others) == 1 else []


def slow(view: View) -> list[str]:
    """Pods whose named times differ: longer at work, or not waiting where all others wait."""
    times: dict[str, dict[str, float]] = {}
    for pod, steps in view.steps.items():
        for name in {name for step in steps[-10:] for name in step.timed}:
            times.setdefault(name, {})[pod] = median(step.timed[name] for step in steps[-10:] if name in step.timed)
    found = [pod for name, by_pod in sorted(times.items()) if len(by_pod) > 2 for pod in _outliers(name, by_pod)]
    return list(dict.fromkeys(found))


def _outliers(name: str, by_pod: Mapping[str, float]) -> list[str]:
    middle = median(by_pod.values())
    waits = any(word in name for word in ("wait", "idle", "sync", "barrier"))
    odd = [pod for pod, value in by_pod.items() if (value < middle / 2 if waits else value > middle * 1.5)]
    return odd if middle > 0 and len(odd) * 3 <= len(by_pod) else []
