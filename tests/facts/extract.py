"""Freeze the facts that the tests hold the declarations against: documented values, RAM actions, public hosts.

Only names, figures and value lists are taken; no sentence of anybody.

    python tests/facts/extract.py DIR        DIR as tests/facts/report.py takes it; writes the three tables beside
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PRODUCTS = {"dlc": "pai-dlc", "aiworkspace": "aiworkspace", "paistudio": "pai"}
"""Names of the folders and of the metadata's products to the keys of ours."""
NOT_VALUES = {"Valid", "id", "Single-label", "Multi-label"}
"""Words of running text that a pattern took for values."""
BOUNDS = ("minimum", "maximum", "minLength", "maxLength", "pattern")
Json = dict[str, Any]


def documented(metadata: Json) -> Json:
    """Operation to request field to its documented values and bounds, for the products that have tools."""
    found: Json = {}
    for product in ("dlc", "aiworkspace"):
        for name, operation in metadata["products"][product]["operations"].items():
            rows = {path: row for path, facts in operation["request"].items() if (row := _row(facts))}
            found[name] = {path.replace("jobId", "JobId"): row for path, row in rows.items()}
    return found


def _row(facts: Mapping[str, Any]) -> Json:
    row: Json = {}
    if values := list(dict.fromkeys(values_of(facts))):
        row["values"] = values
    row |= {name: facts[name] for name in BOUNDS if name in facts}
    return row


def values_of(facts: Mapping[str, Any]) -> Iterator[Any]:
    """Example, default and listed values of a field."""
    for name in ("example", "default"):
        if facts.get(name) not in (None, ""):
            yield facts[name]
    yield from (value for value in facts.get("enum") or () if value not in NOT_VALUES)


def answers(metadata: Json) -> Json:
    """Operation to the values that its answer is documented to hold, by field: what a filter must take again."""
    found: Json = {}
    for product in ("dlc", "aiworkspace"):
        for name, operation in metadata["products"][product]["operations"].items():
            rows = {path: _words(facts) for path, facts in (operation.get("response") or {}).items()}
            found[name] = {path: words for path, words in rows.items() if words}
    return found


def _words(facts: Mapping[str, Any]) -> list[str]:
    return [one for one in dict.fromkeys(values_of(facts)) if isinstance(one, str) and len(one) < 40]


def ram(table: Json) -> Json:
    """Operation to the actions that RAM checks, what else they are called, and how sure that is."""
    found: Json = {}
    for name, row in table["operations"].items():
        others = [action for other in row.get("alternatives") or () for action in other["actions"]]
        own = row["actions"] or others
        found[name] = {
            "actions": own,
            "elsewhere": [action for action in others if action not in own],
            "confidence": row["confidence"],
            "is_checked": bool(row["actions"]),
            "beside": [[one["action"], one["confidence"]] for one in row.get("related_permissions") or ()],
        }
    return found


def hosts(metadata: Json) -> Json:
    """Product to region to its public host."""
    return {PRODUCTS[name]: dict(sorted(facts["endpoints"].items())) for name, facts in metadata["products"].items()}


def main() -> int:
    folder = Path(sys.argv[1])
    metadata = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))
    tables = {
        "documented.json": documented(metadata),
        "answers.json": answers(metadata),
        "ram.json": ram(json.loads((folder / "ram.json").read_text(encoding="utf-8"))),
        "hosts.json": hosts(metadata),
    }
    for name, table in tables.items():
        rows = (f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in sorted(table.items()))
        (HERE / name).write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
