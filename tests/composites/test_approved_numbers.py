"""What each number, status and writer of an error stands for, as it was approved: facts from the modules' sources."""

from __future__ import annotations

from collections.abc import Mapping

from pai_dlc_mcp.composites.diagnose import service_codes
from pai_dlc_mcp.composites.diagnose.causes import Cause
from pai_dlc_mcp.composites.diagnose.error_numbers import BY_ACL, BY_ASCEND, BY_CUDA, BY_ERRNO, BY_WORDS
from pai_dlc_mcp.composites.diagnose.exceptions import _PLACES, _SOURCES
from pai_dlc_mcp.composites.diagnose.families import FAMILIES
from pai_dlc_mcp.composites.diagnose.likeness import _EXACT, _OF_THE_PROGRAM, _SAYS_NOTHING
from pai_dlc_mcp.composites.diagnose.platform_words import _CHAINED, _WRAPPED
from pai_dlc_mcp.composites.diagnose.writers import WRITERS

from .approved import check


def row(cause: Cause) -> str:
    return f"{cause.code} ({cause.category}, {cause.area}; {cause.weight}): {cause.meaning}"


def part(name: str, rows: Mapping[object, str]) -> list[str]:
    return [f"## {name}", *(f"{key}: {said}" for key, said in rows.items()), ""]


def test_the_approved_numbers_statuses_and_writers_stand_for_what_they_stood_for() -> None:
    numbers = {"errno": BY_ERRNO, "CUDA": BY_CUDA, "ACL": BY_ACL, "Ascend": BY_ASCEND}
    lines = [line for name, rows in numbers.items() for line in part(name, {k: " | ".join(v) for k, v in rows.items()})]
    lines += part("words of the system, by errno", {words: str(number) for words, number in BY_WORDS.items()})
    lines += part("status of HTTP", {status: row(cause) for status, cause in service_codes._BY_STATUS.items()})
    asked = {"codes": service_codes._BY_WORDS, "writers": WRITERS, "places": _PLACES, "sources": _SOURCES}
    asked["families"] = FAMILIES
    for name, pairs in asked.items():
        lines += part(name, {number: f"{row(cause)} | {words.pattern}" for number, (cause, words) in enumerate(pairs)})
    lines += part("wrapped", {code: ", ".join(sorted(codes)) for code, codes in _WRAPPED.items()})
    named = {"chained": _CHAINED, "exact": _EXACT, "of the program": _OF_THE_PROGRAM, "nothing": _SAYS_NOTHING}
    lines += part("codes", {name: ", ".join(sorted(codes)) for name, codes in named.items()})
    check("diagnosis_words.txt", "\n".join(lines))
