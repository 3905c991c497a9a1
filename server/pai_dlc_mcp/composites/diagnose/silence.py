"""Hangs: how long ago a log last grew, the rank that the others wait for, and the stacks that were dumped. Pure.

The times in a log's lines may be local, without a date or missing. The service's own window of time is then the proof:
lines that came in the last minutes are asked for, and where none came, the log is silent.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from .material import Material
from .stamps import LEADING, dated, seconds_in
from .subject import Pod, Subject
from .text import short

SHORT_S, LONG_S = 600, 1800
"""The windows that are asked for: a log without a line in the short one may have hung, in the long one it has."""
_WAITED_FOR = re.compile(
    r"(?:missing|waiting for|waits? for|stalled|absent|not (?:yet )?joined|did not join|have not (?:reached|joined))"
    r"[^\d\n]{0,30}\branks?\b[^\d\n]{0,12}(?P<after>\d+(?:\s*,\s*\d+)*)"
    r"|\branks?\b[^\d\n]{0,6}(?P<before>\d+(?:\s*,\s*\d+)*)[^\d\n]{0,24}"
    r"(?:is missing|are missing|missing|failed to (?:pass|join|reach)|has not|have not|did not|not ready)",
    re.IGNORECASE,
)
_THREAD = re.compile(
    r'Thread (?:0x)?[0-9a-fA-F]+ \((?:active|idle|active\+gil)\): "MainThread"'
    r"|(?:Current t|T)hread 0x[0-9a-f]+.*\(most recent call first\):"
)
_FRAME = re.compile(
    r'\s+File "(?P<file>[^"]+)", line (?P<line>\d+),? in (?P<name>\S+)|\s+(?P<short>\S+ \([^()]+:\d+\))'
)
MOST_FRAMES = 4


def time_of(line: str, near: float) -> float | None:
    """The time that a line bears, with the year put in where it bears none; ``None`` where it bears no date."""
    found = LEADING.match(line)
    at = seconds_in(found[0]) if found else None
    return dated(at, near) if at is not None else None


def stamped(line: str) -> float | None:
    """The time that a line bears, as if it were UTC; ``None`` where it bears no date."""
    found = LEADING.match(line)
    return seconds_in(found[0]) if found else None


def last_times(material: Material) -> dict[str, float]:
    """When each log last grew, at the latest; logs of which that is not known are left out.

    What the windows of the service show goes before what the lines say of themselves.
    """
    now, found = material.subject.now, dict[str, float]()
    for pod, lines in material.logs.items():
        stamps = [at for line in reversed(lines[-40:]) if (at := time_of(line, now)) is not None]
        written = next((at for at in stamps if at <= now + 60), None) if stamps and stamps[0] <= now + 60 else None
        age = _age(material, pod, now - written if written is not None else None)
        if age is not None and lines:
            found[pod] = now - age
    return found


def _age(material: Material, pod: str, written: float | None) -> float | None:
    """Seconds since a log grew: bounded by the windows that were asked for, else as its lines say."""
    in_short, in_long = material.recent.get((pod, SHORT_S)), material.recent.get((pod, LONG_S))
    if in_short:
        return written if written is not None and 0 <= written <= SHORT_S else 0.0
    if in_short is None:
        return written
    least = float(SHORT_S if in_long or in_long is None else LONG_S)
    return written if written is not None and written >= least else least


def needs_window(material: Material) -> list[Pod]:
    """The pods whose own lines do not prove that they are alive."""
    now = material.subject.now
    found = []
    for pod_id, lines in material.logs.items():
        at = next((at for line in reversed(lines[-10:]) if (at := time_of(line, now)) is not None), None)
        pod = material.subject.pod(pod_id)
        if pod is not None and lines and (at is None or not -60 <= now - at <= SHORT_S / 2):
            found.append(pod)
    return found


_COLLECTIVE = re.compile(
    r"all_?reduce|all_?gather|reduce_?scatter|broadcast|barrier|all_?to_?all|synchroni[sz]e|\brecv\b|\bsend\b"
    r"|distributed_c10d|c10d_logger|nccl|gloo|mpi4py",
    re.IGNORECASE,
)
_ENQUEUED = re.compile(
    r"\brank[ :#]?(?P<rank>\d+)\b.{0,200}?last enqueued(?: NCCL)? work: (?P<work>\d+)", re.IGNORECASE | re.DOTALL
)
_OWN_RANK = re.compile(r"^\[?(?:rank|Rank )(\d+)\]", re.IGNORECASE)


def apart_from_the_collective(found: Mapping[str, str]) -> str | None:
    """The pod whose main thread, by its dumped stack, stands outside the collective in which the others wait."""
    outside = [pod for pod, stack in found.items() if not _COLLECTIVE.search(stack)]
    return outside[0] if len(outside) == 1 and len(found) > 1 else None


def behind(logs: Mapping[str, Sequence[str]]) -> tuple[int, str, str] | None:
    """The rank that asked for fewer collectives than all others by the watchdogs' own count: with the line that says so
    and the pod that printed it. It is what the others wait for."""
    last: dict[int, tuple[int, str, str]] = {}
    for pod, lines in logs.items():
        for line in lines:
            if "ast enqueued" in line and (found := _ENQUEUED.search(line[:800])):
                last[int(found["rank"])] = (int(found["work"]), line, pod)
    counts = sorted(work for work, _, _ in last.values())
    if len(counts) < 2 or counts[0] == counts[1]:
        return None
    rank, (_, line, pod) = min(last.items(), key=lambda item: item[1][0])
    return rank, line, pod


def ranks_in(lines: Sequence[str]) -> set[int]:
    """The ranks whose prefix a log's lines bear."""
    return {int(found[1]) for line in lines[-60:] if (found := _OWN_RANK.match(line))}


def waited_for(material: Material) -> tuple[str, str] | None:
    """The pod that others say they wait for, and the words in which they say it; ``None`` where none does."""
    counted: Counter[str] = Counter()
    words: dict[str, str] = {}
    for lines in material.logs.values():
        for line in lines[-30:]:
            found = _WAITED_FOR.search(line[:400])
            for rank in re.findall(r"\d+", (found["after"] or found["before"]) if found else ""):
                pod = pod_of_rank(material.subject, int(rank), material.logs)
                if pod is not None:
                    counted[pod.id] += 1
                    words[pod.id] = line
    pod_id = max(counted, key=counted.__getitem__, default=None)
    return (pod_id, words[pod_id]) if pod_id is not None else None


def pod_of_rank(subject: Subject, rank: int, logs: Mapping[str, Sequence[str]] | None = None) -> Pod | None:
    """The pod in which a rank runs: the one that prints it, else by how many ranks a pod has. Ranks are spread over
    pods in order, as many as the prefixes of other pods show, or one for each GPU."""
    count = len(subject.pods)
    if not count:
        return None
    printed = {pod: ranks for pod, lines in (logs or {}).items() if (ranks := ranks_in(lines))}
    own = next((pod for pod, ranks in printed.items() if rank in ranks), None)
    if own is not None:
        return subject.pod(own)
    places = [(pod.index, min(printed[pod.id])) for pod in subject.pods if pod.index and pod.id in printed]
    gpus = subject.job.get("RequestGPU")
    each = int(gpus) // count if isinstance(gpus, int | float) and gpus >= count and rank >= count else 1
    each = next((least // index for index, least in places if least >= index), each)
    place = rank // max(1, each)
    return subject.pods[place] if place < count else None


def stacks(logs: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Where the main thread of each process stood in its last dump (py-spy or faulthandler), innermost first."""
    found = {}
    for pod, lines in logs.items():
        at = next(
            (
                place
                for place in range(len(lines) - 1, -1, -1)
                if "hread" in lines[place] and _THREAD.search(lines[place])
            ),
            None,
        )
        if at is not None:
            frames = [_shown(match) for line in lines[at + 1 : at + 1 + MOST_FRAMES] if (match := _FRAME.search(line))]
            found[pod] = short(" < ".join(frames), 240)
    return {pod: text for pod, text in found.items() if text}


def _shown(match: re.Match[str]) -> str:
    if match["short"]:
        return match["short"]
    return f"{match['name']} ({match['file'].rpartition('/')[2]}:{match['line']})"
