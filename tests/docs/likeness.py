"""``likeness.txt``: how much each word of an error speaks for each cause, counted in labelled texts."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from pai_dlc_mcp.composites.diagnose.likeness import SCALE, features
from pai_dlc_mcp.composites.diagnose.prefixes import EXCEPTION_LINE
from pai_dlc_mcp.composites.diagnose.tables import PROGRAM

PATH = "server/pai_dlc_mcp/composites/diagnose/likeness.txt"
TEXTS = Path(__file__).resolve().parents[2] / "evals/error_texts.txt"
FORM = 0.5
"""How much a form of the tables counts beside a text: forms are shorter than what programs print."""
SMOOTHING, PRIOR, CHANGE, LEAST_PAIRS, LEAST_WEIGHT = 0.6, 0.5, 0.5, 2, 1


def texts() -> Iterator[tuple[str, str]]:
    """Every labelled text with its cause: sections that begin with ``# cause``."""
    code = ""
    for line in TEXTS.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            code = line[2:].strip()
        elif line.strip():
            yield code, line.strip()


def _documents() -> Iterator[tuple[str, dict[str, float], float]]:
    for code, text in texts():
        named = EXCEPTION_LINE.match(text)
        yield code, features(text, named[1] if named is not None else ""), 1.0
    for cause in PROGRAM.causes:
        for form in cause.forms:
            words = form.partition(" ! ")[0].replace("*", " ").replace(" & ", " ")
            named = EXCEPTION_LINE.match(words)
            yield cause.code, features(words, named[1] if named is not None else ""), FORM


def likeness() -> str:
    """The file: a line of causes with what each begins with, then a line a word with what it adds to which cause.

    A word adds ``1 + log(p/q)``, where p is its share among a cause's texts and q its share among all, smoothed.
    """
    documents = list(_documents())
    seen = Counter(word for _, found, _ in documents for word in found)
    of_all, of_cause = Counter[str](), defaultdict[str, Counter[str]](Counter)
    sizes, total = Counter[str](), 0.0
    for code, found, weight in documents:
        sizes[code] += weight
        total += weight
        for word in found:
            if "_" not in word or seen[word] >= LEAST_PAIRS:
                of_all[word] += weight
                of_cause[word][code] += weight
    codes = sorted(code for code, size in sizes.items() if size >= 1)
    lines = [" ".join(f"{code}:{round(SCALE * PRIOR * math.log(sizes[code] / total))}" for code in codes)]
    for word in sorted(of_all):
        share, pairs = of_all[word] / total, []
        for number, code in enumerate(codes):
            if of_cause[word][code]:
                own = (of_cause[word][code] + SMOOTHING * share) / (sizes[code] + SMOOTHING)
                weight = round(SCALE * CHANGE * (1 + math.log(own / share)))
                pairs += [f"{number}:{weight}"] if weight >= LEAST_WEIGHT else []
        lines += [f"{word} {' '.join(pairs)}"] if pairs else []
    return "\n".join(lines) + "\n"
