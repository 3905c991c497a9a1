"""How answers, refusals and changes of the world are written down: a line a value, so that differences read well."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

from pai_dlc_emulator.wire import ServiceError

MOST_ROWS, MOST_TITLES, MOST_CHARS = 2, 30, 300
ABSENT = object()


def compact(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return text if len(text) <= MOST_CHARS else f"{text[:MOST_CHARS]}… {len(text)} characters"


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return sorted(value) if isinstance(value, set | frozenset) else repr(value)


def lines_of(value: Any, path: str = "", most: int = MOST_ROWS) -> Iterator[str]:
    """Every value with its path; of a long list the first rows and how many there are."""
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from lines_of(item, f"{path}.{key}" if path else str(key), most)
    elif isinstance(value, list) and value and isinstance(value[0], Mapping | list):
        for number, item in enumerate(value[:most]):
            yield from lines_of(item, f"{path}[{number}]", most)
        if len(value) > most:
            yield f"{path}[] {len(value)} in all, then {' '.join(map(_title, value[most:][:MOST_TITLES]))}"
    elif isinstance(value, list) and len(value) > 2 * most:
        yield f"{path} = {compact(value[:most])} … {compact(value[-most:])} {len(value)} in all"
    else:
        yield f"{path} = {compact(value)}"


def _title(row: Any) -> str:
    """What tells a row from the others: its first name, code or id, else its first value."""
    if not isinstance(row, Mapping) or not row:
        return compact(row)
    named = [value for name, value in row.items() if name.endswith(("Name", "Code", "Id", "Key", "Type"))]
    return compact((named or list(row.values()))[0])


def refusal(error: ServiceError) -> str:
    return f"{error.status} {error.code}: {error.message}"


def changes(before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """What a write did to the world: records that came, went or have other fields."""
    for table in sorted({*before, *after}):
        old, new = before.get(table, {}), after.get(table, {})
        if old == new:
            continue
        for key in [*new, *(key for key in old if key not in new)]:
            was, now = old.get(key, ABSENT), new.get(key, ABSENT)
            if now is ABSENT:
                yield f"{table}/{key} gone"
            elif was is ABSENT:
                yield from lines_of(now, f"{table}/{key}", 4)
            else:
                yield from _changed(was, now, f"{table}/{key}")


def _changed(was: Any, now: Any, path: str) -> Iterator[str]:
    if was == now:
        return
    if not isinstance(was, Mapping) or not isinstance(now, Mapping):
        yield from lines_of(now, path, 4)
        return
    yield from (f"{path}.{name} gone" for name in was if name not in now)
    for name, value in now.items():
        yield from _changed(was.get(name, ABSENT), value, f"{path}.{name}")


def difference(base: Sequence[str], lines: Sequence[str]) -> str:
    """What other lines say than those of the example, in one line."""
    if (lines[:1] and lines[0][:1].isdigit()) or (base[:1] and base[0][:1].isdigit()):
        return "  ".join(lines) if lines != base else "the same"
    more = [line for line in lines if line not in base]
    paths = {line.partition(" = ")[0] for line in more}
    less = [line.partition(" = ")[0] for line in base if line not in lines and line.partition(" = ")[0] not in paths]
    return "  ".join([*(f"-{path}" for path in less), *(f"+{line}" for line in more)]) or "the same"


def rows_of(answer: Mapping[str, Any]) -> tuple[str, list[Mapping[str, Any]]] | None:
    """The list that an answer is about: its field and rows."""
    for name, value in answer.items():
        if isinstance(value, list) and (not value or isinstance(value[0], Mapping)):
            return name, value
    return None


def listed(every: Sequence[Mapping[str, Any]], answer: Mapping[str, Any]) -> str:
    """A list's answer by the numbers of its rows among all; rows that look otherwise stand for themselves."""
    found = rows_of(answer)
    rest = [
        line for name, value in answer.items() if found is None or name != found[0] for line in lines_of(value, name)
    ]
    texts = [compact(row) for row in every]
    own = [compact(row) for row in (found[1] if found else ())]
    numbers = " ".join(str(texts.index(text)) if text in texts else "?" for text in own)
    other = [row for row, text in zip(found[1] if found else (), own, strict=True) if text not in texts][:1]
    return "  ".join([f"rows {numbers or 'none'}", *(line for row in other for line in lines_of(row)), *rest])


def grouped(outcomes: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Outcomes with the calls that lead there, in the order of appearance."""
    by_outcome: dict[str, list[str]] = {}
    for call, outcome in outcomes:
        by_outcome.setdefault(outcome, []).append(call)
    for outcome, calls in by_outcome.items():
        yield f"  {outcome}"
        yield f"    ← {' | '.join(dict.fromkeys(calls))}"
