"""Rules of what reads are asked for: R46, R47, R53, R60, R62."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, get_args

from ...api.dlc.jobs import SpecOrder
from ...api.dlc.monitoring import MetricType
from ...errors import NextStep, Notice
from .rule import Case, closest, is_given, refuse

METRICS: tuple[str, ...] = get_args(MetricType)
SPEC_ORDERS: tuple[str, ...] = get_args(SpecOrder)
OFFICIAL = "system.official=true"

_PAIR = r"[^\s,={}\[\]\"']+=[^,={}\[\]\"']+"
_LABELS = re.compile(rf"{_PAIR}(?:, ?{_PAIR})*")
_STEP = re.compile(r"[1-9][0-9]{0,6}[smhd]?")
_SHOW_LABELS = NextStep("aiworkspace_list_image_labels", {}, "Shows the pairs that exist.")


def r46_syntax(case: Case) -> None:
    """Labels are ``Key=Value`` pairs with commas between them, no JSON; a value may hold blanks."""
    labels = case.args.get("Labels")
    if not is_given(labels) or (isinstance(labels, str) and _LABELS.fullmatch(labels.strip())):
        return
    mended = _as_pairs(labels)
    hint = f"; write {mended[:200]}" if mended else ""
    message = f"labels is text of Key=Value pairs with commas between them, no JSON{hint}."
    raise refuse("R46", "labels", message, _SHOW_LABELS)


def _as_pairs(labels: Any) -> str:
    """What was meant, where it can be determined."""
    if isinstance(labels, Mapping):
        pairs = [f"{key}={value}" for key, value in labels.items()]
    elif isinstance(labels, list):
        pairs = [str(item) for item in labels]
    else:
        pairs = [part.strip() for part in str(labels).split(",")]
    text = ",".join(pairs)
    return text if _LABELS.fullmatch(text) else ""


def r46_workspace(case: Case) -> Notice:
    """Official images belong to no workspace: which of the two an answer holds, its call decides."""
    if not is_given(case.args.get("WorkspaceId")):
        return Notice(
            "R46",
            "Only the official images were searched; call aiworkspace_list_images with workspace_id for those that a "
            "workspace has of its own.",
        )
    if OFFICIAL in [part.strip() for part in str(case.args.get("Labels")).split(",")]:
        return Notice("R46", "Official images belong to no workspace: leave workspace_id out to find them.")
    return Notice("R46", "With workspace_id only the images of that workspace are listed, not the official ones.")


def r47(case: Case) -> None:
    """Sort orders of instance types, any case; a quota id is no argument of ours."""
    if "QuotaId" in case.args:
        message = "A quota id narrows the specs only for allow-listed users and is not sent; leave it out."
        raise refuse("R47", "quota_id", message)
    value = case.args.get("SortBy")
    if value is not None and str(value).strip().lower() not in [order.lower() for order in SPEC_ORDERS]:
        raise refuse("R47", "sort_by", f"sort_by is one of {', '.join(SPEC_ORDERS)}{closest(value, SPEC_ORDERS)}.")


def r53(case: Case) -> None:
    """Only one order of templates is documented."""
    _one_of(case, "R53", "SortBy", ("GmtCreateTime",))


def r62(case: Case) -> None:
    """Eight metrics, exact case; steps such as 5m."""
    _one_of(case, "R62", "MetricType", METRICS)
    step = case.args.get("TimeStep")
    if is_given(step) and not _STEP.fullmatch(str(step)):
        raise refuse("R62", "time_step", "time_step is a number and a unit, such as 60s, 5m or 1h; left out it is 5m.")


def _one_of(case: Case, rule: str, name: str, legal: tuple[str, ...]) -> None:
    value = case.args.get(name)
    if value is None or value in legal:
        return
    kind = "is" if len(legal) == 1 else "is one of"
    hint = closest(value, legal)
    raise refuse(rule, case.top(name), f"{case.top(name)} {kind} {', '.join(legal)}, exact case{hint}.")
