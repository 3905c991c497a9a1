"""Use of the machines by pod: idle pods, and the pod unlike the others. Pure; usage in percent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median

IDLE_PERCENT, APART_PERCENT, TIGHT_PERCENT = 5.0, 25.0, 12.0
Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Use:
    """One pod's samples in short; ``None`` never stands for zero: a pod without samples has no ``Use``."""

    least: float
    mean: float
    most: float
    last: float
    recent: float


def uses(by_pod: Mapping[str, Points], recent: int = 5) -> dict[str, Use]:
    """Minimum, mean, maximum, last and the mean of the last few samples of each pod that has any."""
    found = {}
    for pod, points in by_pod.items():
        values = [value for _, value in points]
        if values:
            found[pod] = Use(min(values), mean(values), max(values), values[-1], mean(values[-recent:]))
    return found


def idle(found: Mapping[str, Use]) -> list[str]:
    return [pod for pod, use in found.items() if use.recent < IDLE_PERCENT]


def apart(found: Mapping[str, Use]) -> list[str]:
    """Pods far from the middle while most are near it; the farthest first. A pair has no middle."""
    if len(found) < 3:
        return []
    middle = median(use.recent for use in found.values())
    distance = {pod: abs(use.recent - middle) for pod, use in found.items()}
    if median(distance.values()) > TIGHT_PERCENT:
        return []
    far = [pod for pod, away in distance.items() if away > APART_PERCENT]
    return sorted(far, key=lambda pod: -distance[pod]) if len(far) * 3 <= len(found) else []


def describe_whole(found: Use | None, name: str) -> dict[str, object]:
    """One metric of the job as a whole, which CloudMonitor tells."""
    facts: dict[str, object] = {"metric": name, "source": "CloudMonitor, the whole job"}
    if found is None:
        return facts | {"samples": "none"}
    return facts | {"least": round(found.least, 1), "mean": round(found.recent, 1), "most": round(found.most, 1)}


def describe(found: Mapping[str, Use], pods: int, name: str) -> dict[str, object]:
    """One metric over all pods."""
    if not found:
        return {"metric": name, "samples": "none"}
    recent = [use.recent for use in found.values()]
    facts: dict[str, object] = {"metric": name, "pods_with_samples": f"{len(found)} of {pods}"}
    facts |= {"least": round(min(recent), 1), "mean": round(mean(recent), 1), "most": round(max(recent), 1)}
    quiet, odd = idle(found), apart(found)
    facts |= {"idle_pods": f"{len(quiet)}: {', '.join(quiet[:4])}"} if quiet else {}
    facts |= {"apart": [f"{pod} {found[pod].recent:.0f}%" for pod in odd[:4]]} if odd else {}
    return facts
