"""Which calls are tried of an operation: its example, and that with one argument after the other in other values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from emulator.approved.declared import KNOWN, Words
from emulator.approved.showing import compact
from emulator.approved.stage import Args
from emulator.every_answer import MODELS
from emulator.training.scene import START
from pai_dlc_emulator.clock import iso

UNKNOWN = "no-such-thing"
NUMBERS: Sequence[Any] = (-1, 0, 2, 101, 20_000)
INNER_NUMBERS: Sequence[Any] = (-1, 0, 2, 20_000)
DEPTH = 4
TIMES = tuple(iso(START + shift) for shift in (-9 * 86_400.0, -3_000.0, 3.0))
TOGETHER: tuple[dict[str, Any], ...] = (
    {"PageSize": 2, "PageNumber": 2}, {"PageSize": 1, "PageNumber": 3}, {"MaxResults": 2, "NextToken": "2"},
    {"MaxResults": 2, "PageToken": 2}, {"PageSize": 3, "PageToken": 1}, {"StartTime": TIMES[0], "EndTime": TIMES[1]},
    {"StartTime": TIMES[2], "EndTime": TIMES[0]}, {"MaxResults": 2},
)  # fmt: skip
"""Arguments that are tried together, where an operation has all of them."""
_RANGES = ("RequestGPU", "RequestCPU", "RequestMemory", "PodCount")
_OPERATORS = ("Equals", "NotEquals", "LessThan", "LessThanOrEquals", "GreaterThan", "GreaterThanOrEquals")
SPECIAL: Mapping[str, Sequence[dict[str, Any]]] = {
    "ListJobs": (
        *({"NumericRangeField": field, f"NumericRange{end}": value} for field in _RANGES for end in ("Min", "Max")
          for value in (1.0, 8.0)),
        {"NumericRangeField": "PodCount", "NumericRangeMin": 2.0, "NumericRangeMax": 4.0},
        *({"TimeRangeField": "GmtFinishTime", "StartTime": TIMES[0], "EndTime": end} for end in (*TIMES, None)),
        *({"PaymentType": word} for word in ("PrePaid", "Spot", "PostPaid")),
        *({"OversoldInfo": word} for word in ("ForbiddenQuotaOverSold", "ForceQuotaOverSold",
                                              "AcceptQuotaOverSold-false")),
        *({"DisplayNameSearchMode": mode, "DisplayName": name} for mode in ("exact", "EQUAL") for name in
          ("target", "TARGET")),
        {"EnableAssignNode": "true"}, {"EnableAssignNode": "False"}, {"ReasonSearch": "RUNNING"},
        {"Tags": {"team": "as it was"}}, {"Tags": {"team": "other"}}, {"ImageSearch": "PyTorch"},
        {"UserCommandSearch": "TRAIN"}, {"FromAllWorkspaces": True, "ShowOwn": True},
        {"FromAllWorkspaces": False, "ShowOwn": True}, {"Username": "BO"}, {"Description": "the"},
    ),
    "ListModels": (
        *({"Conditions": [{"Column": column, "Operator": word, "Value": value}]} for word in _OPERATORS
          for column, value in (("OrderNumber", "3"), ("OrderNumber", "4"), ("ModelName", "resnet"))),
        {"Conditions": [{"Column": "OrderNumber", "Operator": "Equals", "Value": "x"}]},
        {"Tag": [{"Key": "team", "Value": "as it was"}]}, {"Tag": [{"Key": "team"}]},
    ),
    "ListImages": (
        *({"Name": name, "Options": "ExactMatchName"} for name in ("pytorch-train", "PYTORCH-TRAIN")),
        {"WorkspaceId": None, "Verbose": True}, {"Verbose": True}, {"Query": "build"},
    ),
    "ListExperiment": (
        *({"Name": name, "Options": {"match_name_exactly": word}} for name in ("resnet", "resnet-lr")
          for word in ("true", "True", "false")),
        {"Verbose": True},
    ),
    "GetDatasetFileMetasStatistics": tuple(
        {"AggregateBy": word} for word in ("filedir", "filetype", "tags.user", "tags.user-delete-ai-tags", "tags.ai",
                                           "tags.all")
    ),
    "ListDatasets": ({"ShareScope": "BY_ME"}, {"ShareScope": "TO_ME"}),
    "CreateRayHistoryServer": ({"EcsSpec": None}, {"EcsSpec": None, "ResourceId": UNKNOWN}),
    "CreateModelVersion": ({"Metrics": {"a": "b" * 8_182}}, {"Metrics": {"a": "b" * 8_183}}),
    "GetMetrics": (
        *({"Length": length, "NextToken": token} for length in ("1", "2") for token in ("0", "1", "3")),
        *({"Period": period} for period in ("15", "60", "900", "3600", "61")),
        {"StartTime": TIMES[1], "EndTime": TIMES[2], "Period": "900"}, {"EndTime": TIMES[1], "Period": "3600"},
    ),
    "ListResources": ({"Option": "ListResource"}, {"Option": "ListResource", "WorkspaceId": None}),
    "ListWorkspaces": ({"Option": "GetResourceLimits"}, {"Fields": "Id"}, {"UserId": "200000000000000044"}),
}  # fmt: skip
"""What no single argument shows."""
Variation = tuple[str, dict[str, Any]]
"""How it is called in the text, and the arguments that replace those of the example."""


def variations(name: str, base: Args, rows: Sequence[Args], words: Words) -> Iterator[Variation]:
    """What differs from the example: each argument in other values or left out (None), and some together."""
    parameters = KNOWN[name][1].parameters
    for one in parameters:
        if one.name in base:
            yield f"no {one.name}", {one.name: None}
        for label, value in _values(one.type, one.name, base.get(one.name), words):
            yield label, {one.name: value}
        yield from (_together({one.name: value}) for value in _from_rows(one.name, one.type, rows))
    known = {one.name for one in parameters}
    yield from (_together(one) for one in TOGETHER if known >= one.keys())
    yield from (_together(one) for one in SPECIAL.get(name, ()))
    if {"SortBy", "Order"} <= known:
        orders = words.get("Order") or ("ASC", "DESC")
        for field in words.get("SortBy") or ("GmtCreateTime",):
            yield from (_together({"SortBy": field, "Order": order}) for order in orders)


_CHOICE = re.compile(r"(?:one of|it is|be|with) ([\w.@/-]+(?:(?:, | or | and )[\w.@/-]+)*)")


def named_in(message: str, given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The same arguments with each of the words that a refusal of the unknown one names."""
    text = json.dumps(given)
    if json.dumps(UNKNOWN) not in text:
        return
    for choice in _CHOICE.findall(message):
        for word in re.split(", | or | and ", choice):
            yield json.loads(text.replace(json.dumps(UNKNOWN), json.dumps(word.strip("."))))


def _together(given: dict[str, Any]) -> Variation:
    return " ".join(f"{name}={compact(value)}" for name, value in given.items()), given


def _values(kind: str, path: str, now: Any, words: Words, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Other values of a type, each under what it changes, as ``JobSpecs.Type="no-such-thing"``."""
    if kind.startswith("list["):
        yield from _lists(kind[5:-1], path, now, words, depth)
    elif kind in MODELS:
        yield from _models(kind, path, now, words, depth) if depth < DEPTH else ()
    else:
        yield from ((f"{path}={compact(value)}", value) for value in _plain(kind, path, now, words, depth))


def _plain(kind: str, path: str, now: Any, words: Words, depth: int) -> Iterator[Any]:
    name = path.rpartition(".")[2]
    if kind == "string":
        yield from (word for word in words.get(path, ()) if word != now)
        yield UNKNOWN
        yield from ("",) if depth < 2 else ()
        yield from TIMES if name.endswith(("Time", "Timestamp")) else ()
        yield from ("2", "-1") if name in ("PageSize", "PageNumber", "Priority", "NextToken", "MaxResults") else ()
    elif kind in ("integer", "number"):
        yield from NUMBERS if depth == 0 else INNER_NUMBERS
    elif kind == "boolean":
        yield from (True, False)
    elif kind.startswith("map[string]"):
        yield from ({}, {"a": 1 if kind.endswith("]any") else UNKNOWN})
    else:
        yield from ({"a": 1}, UNKNOWN)


def _lists(kind: str, path: str, now: Any, words: Words, depth: int) -> Iterator[tuple[str, Any]]:
    first = now[0] if isinstance(now, list) and now else None
    yield f"{path}=[]", []
    if depth == 0:
        yield f"{path} is a text", UNKNOWN
    if first is not None:
        yield f"{path} twice", [first, first]
    yield from ((label, [value]) for label, value in _values(kind, path, first, words, depth + 1))


def _models(kind: str, path: str, now: Any, words: Words, depth: int) -> Iterator[tuple[str, Any]]:
    own = dict(now) if isinstance(now, Mapping) else {}
    for field in MODELS[kind]:
        inner = f"{path}.{field.name}"
        if field.name in own:
            yield f"no {inner}", {name: value for name, value in own.items() if name != field.name}
        for label, value in _values(field.type, inner, own.get(field.name), words, depth + 1):
            yield label, own | {field.name: value}


def _from_rows(name: str, kind: str, rows: Sequence[Args]) -> Iterator[Any]:
    """Values that a list's rows have in the field that an argument names: two, both, one in capitals, a part."""
    if kind not in ("string", "list[string]"):
        return
    fields = {name, name.removesuffix("s"), name.removesuffix("List"), name.removesuffix("ForFilter")}
    fields |= {name.removesuffix("ies") + "y"}
    values = [row[field] for row in rows for field in sorted(fields) if isinstance(row.get(field), str) and row[field]]
    values += [str(one) for row in rows for field in sorted(fields) for one in _scalars(row.get(field))]
    if name.startswith("Label"):
        pairs = [label for row in rows for label in row.get("Labels") or []]
        values += [f"{label['Key']}={label.get('Value', '')}" for label in pairs]
        values += [str(label["Key"]) for label in pairs]
    several = list(dict.fromkeys(values))[:3]
    if kind != "string":
        yield from ([value] for value in several)
        yield several[:2]
        return
    yield from several
    if several:
        yield from (several[0].swapcase(), several[0][1:-1], ",".join(several[:2]), f'"{several[0]}"')


def _scalars(value: Any) -> list[Any]:
    if isinstance(value, bool | int):
        return [value]
    return [one for one in value if isinstance(one, str | int)] if isinstance(value, list) else []
