"""What would be lost, in our words (R36): facts of the target, never a line of a log, never a secret."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from ...api.kinds import JOB
from ...cloud.people import described_owner, owner_of
from ...cloud.reads import own_user_id
from ...operation import SPEND
from ...redaction.engine import MASK, clean, clean_text, hide_env_values, secret_values_off_loop
from ...runtime import Call, Runtime
from . import job_preview
from .ownership import is_foreign
from .snapshot import SHOWN, Snapshot

LONGEST_FACT_CHARS = 160
PAGE_CHARS = 900
"""Longest fact about a target, and longest page of a preview beside a token; an error has 2,000 characters in all."""


async def preview_of(call: Call, runtime: Runtime, snapshot: Snapshot) -> dict[str, Any]:
    """The preview, flat, short, every text of others made harmless."""
    shown: dict[str, Any] = {"act": call.operation.action_name, "name": snapshot.name, "region": call.region}
    if call.operation.starts == "job":
        shown |= await job_preview.of_new(call, runtime)
    elif snapshot.data and call.operation.target and call.operation.target.reader == JOB.reader:
        shown |= await job_preview.of_job(call, runtime, snapshot.data)
    else:
        shown |= {name: snapshot.data[field] for field, name in SHOWN.items() if _scalar(snapshot.data.get(field))}
        if owner := await described_owner(call, runtime, snapshot.data):
            shown.pop("owner_name", None)
            shown["owner"] = owner
    if snapshot.data and call.operation.may_be_foreign:
        shown["yours"] = await _whose(call, runtime, snapshot, str(shown.get("owner") or ""))
    secrets = await secret_values_off_loop(call.known.job or {})
    shown = {name: _clean(value, secrets) for name, value in shown.items() if value not in (None, "")}
    shown |= _arguments(call, secrets)
    if call.operation.lost:
        shown["costs" if call.tool.effect is SPEND else "would_be_lost"] = call.operation.lost
    return shown


async def _whose(call: Call, runtime: Runtime, snapshot: Snapshot, owner: str) -> str:
    """Whether the target belongs to the account that acts, in words."""
    if not await is_foreign(call, runtime, snapshot.data):
        return "yes"
    if owner_of(snapshot.data) is None:
        return "cannot be determined"
    belongs = f"it belongs to {owner or 'another account'}"
    own = await own_user_id(call, runtime)
    return f"no, {belongs}" if own is not None or not owner else f"cannot be determined; {belongs}"


def _arguments(call: Call, secrets: Collection[str]) -> dict[str, Any]:
    """All of the call's own arguments, whole, secrets by name: what is not shown is not agreed to."""
    fields = [(api, wire.secret, call.args.get(api)) for api, wire, _ in call.operation.fields.values()]
    given = {api: value for api, secret, value in fields if not secret and value not in (None, "", [], {})}
    named = hide_env_values(given)
    cleaned = clean(named, secrets)
    shown = {f"argument {api}": _in_one_line(api, value) for api, value in cleaned.items()}
    for api, value in cleaned.items():
        if hidden := _chars_of(named[api]) - _chars_of(value):
            shown[f"argument {api}"] = f"({hidden:,} characters are not shown) {shown[f'argument {api}']}"
    for api, secret, value in fields:
        if secret and value not in (None, "", [], {}):
            names = ", ".join(_clean(str(name)) for name in value) if isinstance(value, Mapping) else "a value"
            shown[f"argument {api}"] = f"{names} (values are not shown)"
    return shown


def _chars_of(value: Any) -> int:
    """How many characters a value shows. What is masked may only look like a secret: nobody agrees to it unseen."""
    if isinstance(value, Mapping):
        return sum(_chars_of(one) for pair in value.items() for one in pair)
    return sum(map(_chars_of, value)) if isinstance(value, list) else len(str(value).replace(MASK, ""))


def _in_one_line(api: str, value: Any) -> Any:
    """An argument in one line. Of a list it is said how long it is: nobody agrees to ten by seeing two."""
    if _scalar(value) and not isinstance(value, str):
        return value
    items = value.split(",") if isinstance(value, str) and api.endswith("Ids") else value
    text = ", ".join(map(_item, value)) if isinstance(value, list) else _item(value)
    many = f"{len(items)} in all: " if isinstance(items, list) and len(items) > 1 else ""
    return f"{many}{' '.join(text.split())}"


def pages_of(shown: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The preview in pages that fit beside a token; a long value goes on over several of them."""
    pages: list[dict[str, Any]] = [{}]
    used = 0
    for name, value in shown.items():
        text = str(value)
        parts = [text[start : start + PAGE_CHARS // 2] for start in range(0, len(text), PAGE_CHARS // 2)] or [""]
        for number, part in enumerate(parts, 1):
            label = f"{name} ({number} of {len(parts)})" if len(parts) > 1 else name
            size = len(quoted(label)) + len(quoted(part)) + 2
            if used + size > PAGE_CHARS and pages[-1]:
                pages.append({})
                used = 0
            pages[-1][label] = part if len(parts) > 1 else value
            used += size
    return pages


def _item(value: Any) -> str:
    return str(value) if _scalar(value) else json.dumps(value, ensure_ascii=False)


def _scalar(value: Any) -> bool:
    return isinstance(value, (str, int, float, bool)) and value != ""


def _clean(value: Any, secrets: Collection[str] = ()) -> Any:
    if not isinstance(value, str):
        return value
    text = " ".join(clean_text(value, secrets).split())
    return text if len(text) <= LONGEST_FACT_CHARS else f"{text[:LONGEST_FACT_CHARS]}…"


def sentence(shown: Mapping[str, Any]) -> str:
    """The preview as one line of text; words of others are quoted in it."""
    return "; ".join(f"{name}: {quoted(value)}" for name, value in shown.items())


def quoted(value: Any) -> str:
    """A text of others where it stands in a sentence of ours."""
    return json.dumps(value, ensure_ascii=False)
