"""One JSON line a call: who did what to what, what the guards said, and what became of it. No argument's value.

Acts and reads have files of their own, so that reads never push acts out. The only values that are written are those
that name what a call is about, wherever they stand in its arguments, and never a secret. Arguments stand there as a
keyed digest: equal ones can be seen to be equal, and nobody can guess a secret from it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import anyio

from ..errors import PaiError, PolicyDenied
from ..logs import CALL_ID
from ..operation import DELETE, READ, SPEND, STOP, Operation
from ..redaction.engine import clean_text
from ..runtime import Call, Paused, Runtime
from ..shapes import Leaf, kind_of, walk
from ..state import StateUnavailable, canonical
from ..state.keys import keys_of
from ..timestamps import iso
from .file import AuditFile

log = logging.getLogger(__name__)
LONGEST_CHARS = 200
"""Characters of a caller's name or of an id."""


@dataclass
class Line:
    """What the protocol layer adds while the call runs."""

    request_id: str | None = None
    outcome: str = "broken_off"
    rule: str | None = None


@asynccontextmanager
async def record(call: Call, runtime: Runtime) -> AsyncIterator[Line]:
    """Around one call: refuses an act when its line could not be written, and writes the line whatever happens.

    Raises:
        PolicyDenied: an act, and the audit log cannot be written.
    """
    line, started, is_act = Line(), runtime.now(), call.tool.effect is not READ
    if runtime.settings.audit_log is None:
        yield line
        return
    path = runtime.settings.audit_log if is_act else reads_path(runtime.settings.audit_log)
    try:
        if is_act:
            await _fit(path)
        yield line
        line.outcome = "ok"
    except PaiError as error:
        line.outcome, line.rule, line.request_id = error.code, error.rule, error.request_id or line.request_id
        raise
    except Paused:
        line.outcome = "paused"
        raise
    finally:
        if line.outcome == "broken_off" and call.known.carried_out is not None:  # nobody heard the answer
            line.outcome, line.request_id = "ok", call.known.carried_out or None
        with anyio.CancelScope(shield=True):
            await _write(path, _text(call, runtime, line, started), call, is_act)


def reads_path(acts: Path) -> Path:
    """The file of the reads beside that of the acts."""
    return acts.with_name(f"{acts.name}.reads")


async def note_rejected(path: Path, *, client: str, count: int, now: float) -> None:
    """The line of requests on HTTP whose credentials were rejected: from where, and how many since the line before."""
    line = {"when": iso(now), "caller": None, "client": client[:LONGEST_CHARS], "outcome": "rejected", "count": count}
    await _write(path, line, None, False)


async def note(runtime: Runtime, *, tool: str, caller: str, region: str | None, error: PaiError) -> None:
    """The line of a call that was refused before it was one: an unknown tool, malformed arguments."""
    path = runtime.settings.audit_log
    if path is None:
        return
    entry = {
        "when": iso(runtime.now()),
        "call_id": CALL_ID.get(),
        "caller": caller[:LONGEST_CHARS],
        "tool": tool[:LONGEST_CHARS],
        "region": region,
        "outcome": error.code,
        "rule": error.rule,
    }
    await _write(path, entry, None, False)


def check_writable(path: Path) -> None:
    """Look whether an act's line could be written now. Blocking.

    Raises:
        OSError: it could not.
    """
    _file(path).fit()


async def _fit(path: Path) -> None:
    try:
        await anyio.to_thread.run_sync(check_writable, path)
    except OSError as failure:
        _complain("the audit log cannot be written", failure)
        raise PolicyDenied("The audit log cannot be written, so nothing is changed (audit_log).") from None


async def _write(path: Path, entry: Mapping[str, Any], call: Call | None, is_act: bool) -> None:
    """Append the line. An act that was done stays done when it fails; the next act is refused."""
    text = json.dumps(entry, separators=(",", ":"), default=str).encode() + b"\n"
    try:
        await anyio.to_thread.run_sync(lambda: _file(path).write(text, sync=is_act))
    except OSError as failure:
        _complain("a line of the audit log was not written", failure)
        if call is not None and is_act:
            call.notice("audit", "The audit line of this act could not be written; further acts will be refused.")


def _complain(what: str, failure: OSError) -> None:
    """One clear line for the operator; where it came from says nothing about the disk."""
    log.error("%s: %s", what, failure.strerror or failure)


@lru_cache(maxsize=8)
def _file(path: Path) -> AuditFile:
    return AuditFile(path)


def _text(call: Call, runtime: Runtime, line: Line, started: float) -> dict[str, Any]:
    return {
        "when": iso(started),
        "caller": call.caller.name[:LONGEST_CHARS],
        "tool": call.tool.name,
        "operation": call.tool.action_name if isinstance(call.tool, Operation) else None,
        "effect": call.tool.effect.value,
        "region": call.region,
        "target": _target(call),
        "arguments": _digest(call, runtime),
        "guards": call.known.decisions,
        "confirmed_by": call.confirmed_by,
        "approved_by": call.approved_by and call.approved_by[:LONGEST_CHARS],
        "created": call.known.created,
        "call_id": CALL_ID.get(),
        "request_id": line.request_id,
        "outcome": line.outcome,
        "rule": line.rule,
        "duration_ms": max(0, round((runtime.now() - started) * 1000)),
    }


NAMING = ("Id", "Ids", "IdList", "Key", "Keys", "Code", "CategoryName", "RoleName", "GroupName", "Uri")
"""How the names of fields end that say what an act is about, beside those whose type does."""


def _target(call: Call) -> dict[str, Any]:
    """What a call is about, by argument: the ids in the path, and every other that names something. Of an act also
    what else names its target, such as members, labels, resources; of one that takes away or orders, all that it gives
    but secrets."""
    found: dict[str, Any] = {}
    if not isinstance(call.tool, Operation):
        for name, info in call.tool.inputs.model_fields.items():
            kind = kind_of(info)
            if kind is not None and not kind.form and call.args.get(name):  # a time has a form, what is named has none
                found[name] = _ids(call.args[name])
        return found
    for api in call.tool.path_names:
        if call.args.get(api) is not None:
            found[api] = _ids(call.args[api])
    for leaf in call.tool.leaves:
        is_named = leaf.kind is not None and leaf.kind.reader is not None and leaf.kind.rule is None
        names_one = is_named or leaf.wire.kind_by is not None or _names_target(call.tool, leaf)
        if names_one and leaf.path not in found and not leaf.wire.secret:
            values = [value for _, value in walk(call.args, leaf.path) if value and not isinstance(value, Mapping)]
            if values:
                found[leaf.path] = _ids(values if len(values) > 1 else values[0])
    return found


def _names_target(operation: Operation, leaf: Leaf) -> bool:
    """Whether a field of an act says what it is about by its name, or because the act takes away what it names."""
    if operation.effect is READ or operation.starts:
        return False
    is_whole = operation.effect in (DELETE, SPEND, STOP)
    return is_whole or leaf.path.removesuffix("[]").endswith(NAMING)


def _ids(value: Any) -> Any:
    """Ids as they may stand in a line: cleaned, short, at most fifty of them."""
    if isinstance(value, list | tuple):
        return [clean_text(str(one))[:LONGEST_CHARS] for one in value[:50]]
    return clean_text(str(value))[:LONGEST_CHARS]


def _digest(call: Call, runtime: Runtime) -> str | None:
    """A digest under the server's key; none where the key cannot be had."""
    try:
        return keys_of(runtime.settings).seal(b"audit" + canonical(call.args)).hex()[:32]
    except StateUnavailable:
        return None
