"""``likeness.txt``: how much each word of an error speaks for and against each cause, learned from labelled texts."""

from __future__ import annotations

import json
import math
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pai_dlc_mcp.composites.diagnose.likeness import SCALE, features, of_event, of_record
from pai_dlc_mcp.composites.diagnose.prefixes import EXCEPTION, EXCEPTION_LINE, Record
from pai_dlc_mcp.composites.diagnose.records import read_records
from pai_dlc_mcp.composites.diagnose.tables import EVENTS, PROGRAM

PATH = "server/pai_dlc_mcp/composites/diagnose/likeness.txt"
EVALS = Path(__file__).resolve().parents[2] / "evals"
FORM = 0.5
"""How much a form of the tables counts beside a text: forms are shorter than what programs print."""
SMOOTHING, PRIOR, CHANGE, LEAST_PAIRS = 0.6, 0.5, 0.5, 2
ROUNDS, STEP, MARGIN, BEGIN = 5, 0.3, 1.0, 0.5
"""So often every text is gone through, so far one text moves the weights at most, by so much its cause has to be ahead,
and so much of a step goes to what a cause begins with."""
ORDERS = 3
"""In so many orders the texts are learned, and the mean is taken: of 971 held-out records the likest cause of 23 to 35
changed from one order to another, of 12 from one mean of three to another."""
COUNTED, LEAST_WEIGHT = 0.15, 0.12
"""How much of the counted weights is added to the learned ones, and the least that is written down."""


@dataclass(frozen=True, slots=True)
class Text:
    """What counts of one labelled text, and how much the text itself counts."""

    code: str
    found: dict[str, float]
    weight: float
    order: str


def texts(name: str = "error_texts.txt") -> Iterator[tuple[str, str]]:
    """Every labelled text of a file with its cause: sections that begin with ``# cause``."""
    code = ""
    for line in (EVALS / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            code = line[2:].strip()
        elif line.strip():
            yield code, line.strip()


def documents() -> Iterator[Text]:
    """Everything that is learned from: texts, forms of the tables, failures that are not held out."""
    for code, text in texts():
        yield Text(code, _of_line(text), 1.0, text)
    for code, text in texts("event_texts.txt"):
        yield Text(code, of_event(text), 1.0, text)
    for cause in (*PROGRAM.causes, *EVENTS.causes):
        for form in cause.forms:
            words = form.partition(" ! ")[0].replace("*", " ").replace(" & ", " ")
            yield Text(cause.code, _of_line(words), FORM, form)
    known = {cause.code for cause in (*PROGRAM.causes, *EVENTS.causes)} | {code for code, _ in texts()}
    for path in sorted((EVALS / "failures").glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        for failure in data if isinstance(data, list) else [data]:
            record = _deciding(failure) if "truth" in failure and not failure.get("held_out") else None
            if record is not None and failure["truth"]["ok"][0] in known:
                yield Text(failure["truth"]["ok"][0], of_record(record), 1.0, failure["name"])


def _of_line(text: str) -> dict[str, float]:
    named = EXCEPTION_LINE.match(text)
    return features(text, named[1] if named is not None else "")


def _deciding(failure: dict[str, Any]) -> Record | None:
    """The record of a failure's log that an answer has to quote: the last exception that has the words, else the last
    record."""
    quoted = failure["truth"]["must_quote"]
    words = [quoted] if isinstance(quoted, str) else quoted
    for pod in failure.get("pods", []):
        lines = [line if isinstance(line, str) else line[0] for line in pod.get("lines", [])]
        found = [one for one in read_records(lines) if any(word in one.text for word in words)]
        if found:
            return ([one for one in found if one.kind == EXCEPTION] or found)[-1]
    return None


Weights = dict[str, dict[str, float]]
"""By word, what it adds to which cause. What each cause begins with stands under no word."""


def counted(known: Sequence[Text]) -> Weights:
    """``1 + log(p/q)``, where p is a word's share among a cause's texts and q its share among all, smoothed."""
    of_all, of_cause, sizes, total = Counter[str](), defaultdict[str, Counter[str]](Counter), Counter[str](), 0.0
    for one in known:
        sizes[one.code] += one.weight
        total += one.weight
        for word in one.found:
            of_all[word] += one.weight
            of_cause[word][one.code] += one.weight
    weights: Weights = {"": {code: PRIOR * math.log(size / total) for code, size in sizes.items()}}
    for word, count in of_all.items():
        share = count / total
        for code, times in of_cause[word].items():
            own = (times + SMOOTHING * share) / (sizes[code] + SMOOTHING)
            weight = CHANGE * (1 + math.log(own / share))
            if weight > 0:
                weights.setdefault(word, {})[code] = weight
    return weights


def mean_of_orders(known: Sequence[Text]) -> Weights:
    """The mean of what is learned in several orders of the texts."""
    weights: Weights = {}
    for order in range(ORDERS):
        for word, row in learned([replace(one, order=f"{order}{one.order}") for one in known]).items():
            own = weights.setdefault(word, {})
            for code, weight in row.items():
                own[code] = own.get(code, 0.0) + weight / ORDERS
    return weights


def learned(known: Sequence[Text]) -> Weights:
    """Weights by which each text's cause is ahead of every other, as far as they can: where it is not, the text's words
    are moved from the cause that is ahead to its own (passive-aggressive learning, the mean of all steps). The order
    of the texts hangs on their words alone, so that one text more changes little."""
    begin = {"": BEGIN}
    codes = sorted({one.code for one in known})
    weights: Weights = {"": dict.fromkeys(codes, 0.0)}
    late: Weights = {"": dict.fromkeys(codes, 0.0)}
    at = 1
    for turn in range(ROUNDS):
        for one in sorted(known, key=lambda one: (zlib.crc32(f"{turn} {one.order}".encode()), one.order, one.code)):
            sums = dict(weights[""])
            for word, value in one.found.items():
                for code, weight in weights.get(word, {}).items():
                    sums[code] += value * weight
            own = sums.pop(one.code)
            other = max(sums, key=lambda code: (sums[code], code))
            lack = MARGIN - own + sums[other]
            if lack > 0:
                found = {**one.found, **begin}
                size = 2 * sum(value * value for value in found.values())
                step = min(STEP * one.weight, lack / size)
                for word, value in found.items():
                    for table, much in ((weights, step * value), (late, at * step * value)):
                        row = table.setdefault(word, {})
                        row[one.code] = row.get(one.code, 0.0) + much
                        row[other] = row.get(other, 0.0) - much
            at += 1
    for word, row in late.items():
        for code, much in row.items():
            weights[word][code] -= much / at
    return weights


def likeness() -> str:
    """The file: a line of causes with what each begins with, then a line a word with what it adds to which cause."""
    every = list(documents())
    seen = Counter(word for one in every for word in one.found)
    known = [replace(one, found={w: v for w, v in one.found.items() if "_" not in w or seen[w] >= LEAST_PAIRS})
             for one in every]  # fmt: skip
    of_counts, weights = counted(known), mean_of_orders(known)
    for word, row in of_counts.items():
        own = weights.setdefault(word, {})
        for code, weight in row.items():
            own[code] = own.get(code, 0.0) + COUNTED * weight
    codes = {code: str(number) for number, code in enumerate(sorted(weights[""]))}
    lines = [" ".join(f"{code}:{round(SCALE * weights[''][code])}" for code in codes)]
    for word in sorted(weights.keys() - {""}):
        row = {code: round(SCALE * weight) for code, weight in weights[word].items() if abs(weight) >= LEAST_WEIGHT}
        pairs = [f"{codes[code]}:{row[code]}" for code in codes if row.get(code)]
        lines += [f"{word} {' '.join(pairs)}"] if pairs else []
    return "\n".join(lines) + "\n"
