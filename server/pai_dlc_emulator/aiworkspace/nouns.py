"""How a kind of record is described, and where all records are kept.

What differs between nouns is data here; what they do is in ``store``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..wire import Record, ServiceError, invalid

ACCESS = {"Accessibility": ("PUBLIC", "PRIVATE")}
LABEL_BYTES = 128


_MISSING = {
    "Workspace": "100400027",
    "Member": "100600006",
    "Dataset": "201300003",
    "DatasetVersion": "201300003",
    "CodeSource": "201400002",
    "Model": "201900002",
    "ModelVersion": "201900003",
}
"""The service's codes of what does not exist: nine digits as text, the workspace's recorded with status and message."""
_MISSING_OTHERWISE = "200000002"
"""A code of the same form for the nouns of which none is on record, so that nobody learns to read words here."""


def not_found(noun: str, key: str) -> ServiceError:
    return ServiceError(404, _MISSING.get(noun, _MISSING_OTHERWISE), f"{noun} not exists {key}")


@dataclass(frozen=True, slots=True)
class Noun:
    """A kind of record.

    ``unique`` is the field that no two records of one ``scope`` may share, and ``pattern`` what it looks like.
    A noun with a ``parent`` lives and dies with it; ``children`` are the tables of those that live in this one.
    ``created`` and ``modified`` are what the API calls this noun's times, in milliseconds unless ``seconds``.
    """

    name: str
    table: str
    key: str
    prefix: str = ""
    length: int = 18
    unique: str | None = None
    pattern: str | None = None
    scope: str = "WorkspaceId"
    parent: Noun | None = None
    children: tuple[str, ...] = ()
    created: str = "GmtCreateTime"
    modified: str = "GmtModifiedTime"
    seconds: bool = False
    enums: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)

    def place(self, args: Mapping[str, Any], key: str) -> str:
        """Where a record stands in its table: children under their parent's key."""
        return f"{args[self.parent.key]}/{key}" if self.parent else key

    def check(self, fields: Mapping[str, Any]) -> None:
        """Refuse what the service documents as not allowed: enums, the form of the name, labels."""
        for name, allowed in self.enums.items():
            if name in fields and fields[name] not in allowed:
                raise invalid(name, f"{fields[name]!r} is not one of {', '.join(map(str, allowed))}")
        text = fields.get(self.unique or "")
        if self.pattern and text is not None and not re.fullmatch(self.pattern, text):
            raise invalid(self.unique or "", f"it must match {self.pattern}")
        check_labels(fields.get("Labels") or [])


def check_labels(labels: list[Record]) -> None:
    """Keys and values have at most 128 bytes and contain neither ``=`` nor ``,``, which separate them in queries."""
    for label in labels:
        key, value = label.get("Key", ""), label.get("Value", "")
        if not key:
            raise invalid("Labels", "a label needs a Key")
        if max(len(key.encode()), len(value.encode())) > LABEL_BYTES:
            raise invalid("Labels", f"keys and values have at most {LABEL_BYTES} bytes")
        if set("=,") & set(key + value):
            raise invalid("Labels", "keys and values contain neither = nor ,")


def put_labels(record: Record, labels: list[Record]) -> None:
    """Add labels; a key that is there gets the new value."""
    check_labels(labels)
    kept = {label["Key"]: label for label in record.get("Labels") or []}
    record["Labels"] = list((kept | {label["Key"]: label for label in labels}).values())


def drop_labels(record: Record, keys: str) -> None:
    """Take away the labels of a comma-separated list of keys; one that is not there is an error."""
    wanted = [key.strip() for key in keys.split(",") if key.strip()]
    present = {label["Key"] for label in record.get("Labels") or []}
    missing = [key for key in wanted if key not in present]
    if missing or not wanted:
        raise not_found("Label", ", ".join(missing) or "with an empty key")
    record["Labels"] = [label for label in record["Labels"] if label["Key"] not in wanted]


class Catalogue:
    """All records of AIWorkSpace: tables by noun, each of records by id, with the API's own field names.

    What the API does not name starts with an underscore and never leaves. ``defaults`` are workspaces by user id.
    """

    def __init__(self) -> None:
        self.tables: defaultdict[str, dict[str, Record]] = defaultdict(dict)
        self.defaults: dict[str, str] = {}

    @property
    def workspaces(self) -> dict[str, Record]:
        return self.tables["workspaces"]

    @property
    def images(self) -> dict[str, Record]:
        return self.tables["images"]

    @property
    def datasets(self) -> dict[str, Record]:
        return self.tables["datasets"]

    @property
    def code_sources(self) -> dict[str, Record]:
        return self.tables["code_sources"]

    @property
    def quotas(self) -> dict[str, Record]:
        return self.tables["quotas"]

    def default_workspace(self, user_id: str) -> str:
        """Where the service files what a user creates without naming a workspace (rule R01)."""
        return self.defaults.get(user_id) or next(iter(self.workspaces), "")
