"""Where in its course a running job stands: at its start, between steps, without steps, waiting for data, at its end.
Pure."""

from __future__ import annotations

import re
from statistics import median

from . import progress
from .silence import stamped
from .text import BACK_CHARS, FRONT_CHARS
from .view import View

STALE_S, STALE_LONG_S, STALE_STEPS = 600.0, 1800.0, 20
"""Steps are stale when none came for so long, and for so many times the time that they used to take. While something
announced is going on that takes its time, so long."""
DATA_SHARE = 0.5
"""From this share of a step on, waiting for data is what a step consists of."""
BUSY_PERCENT = 20.0
LAST_LINES = 6
_PREPARES = re.compile(
    r"compil|autotun|captur\w* (?:the )?(?:cuda )?graph|cuda graph|warm(?:ing)?[ -]?up|loading|load(?:ed|s)? (?:weights"
    r"|model|shards)|shards|download|unpack|extract|install|building|tokeniz|preprocess|generating|indexing|caching"
    r"|mapping|converting|initiali[sz]|profil",
    re.IGNORECASE,
)
"""What programs say while they prepare the first step."""
_TAKES_TIME = re.compile(
    r"evaluat|validation|running (?:test|eval|pred)|saving|checkpoint|\bsav(?:e|ing)\b|testing|inference|generat",
    re.IGNORECASE,
)
"""What programs say before something between two steps that takes its time."""
_ENDED = re.compile(
    r"training (?:is )?(?:complete|completed|finished|done|ended)|(?:complete|finish)(?:d|ed)? training|\ball done\b"
    r"|waiting for w&b process|run history|finished (?:successfully|in \d)|saved to \S*(?:final|last)|train_runtime",
    re.IGNORECASE,
)
"""What programs say when they have done their steps."""
_AT_NOTHING = re.compile(r"\b0%\|.{0,100}?\| *0/\d+ \[[^\]]*\]\s*$")
"""A bar of progress before its first step."""
_AT_ALL = re.compile(r"\b100%\|.{0,100}?\| *(\d+)/\1 \[[^\]]*\]\s*$")
"""A bar of progress after its last step."""
_DATA = re.compile(r"\b(?:data|dataload\w*|loader|fetch|input|batch gen\w*)\b", re.IGNORECASE)
_WHOLE = re.compile(r"\b(?:step|iter(?:ation)?|total|batch)\b", re.IGNORECASE)


def last_words(view: View, count: int = LAST_LINES) -> list[tuple[str, str]]:
    """The last lines of each log that was read, each with its pod."""
    return [(pod, line) for pod, lines in view.material.logs.items() for line in lines[-count:] if line.strip()]


def preparation(view: View) -> tuple[str, str] | None:
    """The pod and line that show that a start is in progress, where no step came yet; ``None`` where none does."""
    if view.stepped:
        return None
    return next(((pod, line) for pod, line in reversed(last_words(view)) if _PREPARES.search(line[:FRONT_CHARS])), None)


def untouched(view: View) -> tuple[str, str] | None:
    """The pod and line of a bar of progress that stands at nothing, where no step came yet."""
    if view.stepped:
        return None
    return next(((pod, line) for pod, line in last_words(view, 1) if _AT_NOTHING.search(line[-BACK_CHARS:])), None)


def filled(view: View) -> tuple[str, str] | None:
    """The pod and line of a bar of progress at its end, of what is no preparation, which nothing follows in any log."""
    words = last_words(view, 1)
    bars = [
        (pod, line)
        for pod, line in words
        if _AT_ALL.search(line[-BACK_CHARS:]) and not _PREPARES.search(line[:FRONT_CHARS])
    ]
    return bars[0] if bars and len(bars) == len(words) else None


def ending(view: View) -> tuple[str, str] | None:
    """The pod and line that tell that all steps are done; ``None`` where that is not so."""
    for pod, steps in view.steps.items():
        lines = view.material.logs[pod]
        said = next((line for line in reversed(lines[-LAST_LINES:]) if _ENDED.search(line[:FRONT_CHARS])), None)
        last = steps[-1] if steps else None
        is_through = last is not None and last.of is not None and last.step is not None and last.step >= last.of
        if said is not None and (is_through or last is None or last.of is None):
            return pod, said
        if is_through:
            return pod, next(line for line in reversed(lines) if progress.step_of(line))
    return None


def stale_steps(view: View) -> tuple[float, str, str] | None:
    """Seconds since the last step of the pod that stepped last, with the pod and that step's line, where the log goes
    on
    without steps; ``None`` where steps come, or where the times of the lines do not tell."""
    if view.interval is None or view.silent is None:
        return None
    found: list[tuple[float, str, str]] = []
    announced = False
    for pod, steps in view.steps.items():
        lines = view.material.logs[pod]
        place = next((at for at in range(len(lines) - 1, -1, -1) if progress.step_of(lines[at])), None)
        if place is None or steps[-1].at is None:
            continue
        later = [at for line in lines[place + 1 :] if (at := stamped(line)) is not None]
        since = view.subject.now - view.last_words.get(pod, view.subject.now)
        found.append(((max(later) - steps[-1].at if later else 0.0) + since, pod, lines[place]))
        announced = announced or any(_TAKES_TIME.search(line[:FRONT_CHARS]) for line in lines[place + 1 : place + 4])
    least = min(found, default=None)
    limit = max(STALE_LONG_S if announced else STALE_S, STALE_STEPS * view.interval)
    return least if least is not None and least[0] > limit else None


def data_share(view: View) -> tuple[float, float, float] | None:
    """Seconds of a step, seconds of it that wait for data, and their ratio, where programs print both."""
    shares = []
    for steps in view.steps.values():
        last = steps[-20:]
        data = [value for step in last for name, value in step.timed.items() if _DATA.search(name.replace("_", " "))]
        whole = [
            value
            for step in last
            for name, value in step.timed.items()
            if _WHOLE.search(name.replace("_", " ")) and not _DATA.search(name.replace("_", " "))
        ]
        seconds = median(whole) if whole else progress.pace(steps)
        if data and seconds:
            shares.append((seconds, median(data), median(data) / seconds))
    return max(shares, key=lambda one: one[2], default=None)


def is_busy(view: View) -> bool:
    """Whether the machines of most pods do something."""
    busy = [use for use in view.use.values() if use.recent >= BUSY_PERCENT]
    if not view.use:
        return view.whole_use is not None and view.whole_use.recent >= BUSY_PERCENT
    return len(busy) * 2 > len(view.use)
