"""What each number, status and writer of an error stands for, as it was approved: facts from the modules' sources."""

from __future__ import annotations

import dataclasses
import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module
from types import ModuleType

from pai_dlc_mcp.composites import diagnose
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


def modules() -> Iterator[ModuleType]:
    for one in pkgutil.iter_modules(diagnose.__path__, f"{diagnose.__name__}."):
        yield import_module(one.name)


def _is_words(value: object) -> bool:
    """Whether a constant is nothing but text, alone or as a set, a row or a table of it."""
    if isinstance(value, dict):
        return all(isinstance(one, str) for one in (*value, *value.values()))
    return isinstance(value, str) or (isinstance(value, (tuple, frozenset)) and all(isinstance(x, str) for x in value))


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} = {said}" for key, said in value.items())
    return " | ".join(sorted(value) if isinstance(value, frozenset) else value) if not isinstance(value, str) else value


def test_the_approved_words_by_which_modules_decide_are_what_they_were() -> None:
    lines = []
    for module in modules():
        place = module.__name__.rpartition(".")[2]
        for name, value in vars(module).items():
            if name.isupper() and value and _is_words(value):
                lines.append(f"{place} {name}: {_shown(value)}")
    check("diagnosis_constants.txt", "\n".join(sorted(set(lines))))


GIVEN = {"Reader.most_requests": 30, "Reader.requests": 1, "Reader.seconds": 20.0, "Want.max_bytes": 1_048_576,
         "Record.kind": "text", "_Open.indent": -1}  # fmt: skip
"""Fields that stand for something where nobody gives them."""


def test_what_a_record_a_finding_or_a_verdict_is_not_given_is_empty() -> None:
    """Of every class of the package whose fields have defaults, so that nothing is said that nobody said."""
    found, seen = {}, 0
    for module in modules():
        for one in vars(module).values():
            if isinstance(one, type) and dataclasses.is_dataclass(one) and one.__module__ == module.__name__:
                for field in dataclasses.fields(one):
                    has_maker = field.default_factory is not dataclasses.MISSING
                    default = field.default_factory() if has_maker else field.default
                    seen += default is not dataclasses.MISSING
                    if default and default is not dataclasses.MISSING:
                        found[f"{one.__name__}.{field.name}"] = default
    assert found == GIVEN
    assert seen > 20
