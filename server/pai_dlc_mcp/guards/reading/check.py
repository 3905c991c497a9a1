"""Reads: defaults and caps that a rule names, and what an answer does not say itself (R46, R60, R61, R65, R66)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from ...api.aiworkspace.shapes_images import DOCUMENTED_LABELS
from ...api.kinds import JOB
from ...cloud.metrics import has_points
from ...cloud.reads import job_of
from ...errors import DiscoveryRequired, NextStep, PaiError, PermissionDenied
from ...operation import READ, Rows, Samples
from ...runtime import LINE_CHARS, Call, Reply, Runtime
from ...shapes import opened
from ..discovery.ledger import seen
from ..effects.job_states import r61
from ..validation.rule import closest, is_given, with_region

LEAST_BYTES, MOST_BYTES = 262_144, 4_194_304
"""How much of a log or event answer is read, whatever the service sends (R60)."""

BYTES_A_CHARACTER = 2
"""Lines mix ASCII with Chinese and with the escapes of JSON."""


async def check(call: Call, runtime: Runtime) -> None:
    """Fill in what the call left to a rule and refuse what it cannot mean.

    Raises:
        InvalidArguments: a pod that the job does not have (R61).
        DiscoveryRequired: a label that no listing showed (R46).
    """
    try:
        for rule in call.operation.rules:
            if rule in RULES:
                await RULES[rule](call, runtime)
        await _know_secrets(call, runtime)
    except PaiError as refusal:
        raise with_region(refusal, call.region) from None
    call.args = call.operation.with_defaults(call.args, runtime.now())


async def _is_pod_of_job(call: Call, runtime: Runtime) -> None:
    r61(await job_of(call, runtime), str(call.args.get("PodId")), call.tool.name)


async def _know_secrets(call: Call, runtime: Runtime) -> None:
    """R67: what the service says of a job is masked by the job's own values, whatever arguments the read had."""
    operation = call.operation
    about = [leaf.path for leaf in operation.leaves if leaf.kind is JOB and leaf.path in operation.path_names]
    is_itself, is_numbers = operation.action_name == JOB.reader, isinstance(operation.view, Samples)
    if not about or operation.effect is not READ or is_itself or is_numbers or call.known.job is not None:
        return
    try:
        await job_of(call, runtime)
    except PermissionDenied:
        call.notice(
            "R67", "The job may not be read, so values of its variables are masked only where they look secret."
        )


async def _fill_count(call: Call, runtime: Runtime) -> None:
    if call.operation.lines is not None:
        r60(call, call.operation.lines.count, call.operation.lines.default)


def r60(call: Call, name: str, default: int) -> None:
    """The default number of lines or events, and how much of the answer is read for them."""
    call.args.setdefault(name, default)
    wanted = int(call.args[name]) * LINE_CHARS * BYTES_A_CHARACTER
    call.known.max_bytes = max(LEAST_BYTES, min(MOST_BYTES, wanted))


async def _fill_start(call: Call, runtime: Runtime) -> None:
    """R66: without a start time the job's creation time; the service's own window is the last seven days."""
    if is_given(call.args.get("StartTime")):
        return
    try:
        created = (await job_of(call, runtime)).get("GmtCreateTime")
    except PermissionDenied:
        call.notice("R66", "The job may not be read, so the service's own window applies: the last seven days.")
    else:
        if is_given(created):
            call.args["StartTime"] = created


async def _are_known_labels(call: Call, runtime: Runtime) -> None:
    """R46: each label is documented, or a pair that list_image_labels showed this caller in this region."""
    if not is_given(call.args.get("Labels")):
        return
    call.args["Labels"] = ",".join(part.strip() for part in str(call.args["Labels"]).split(","))
    shown = [one.id for one in await seen(runtime, call.caller, call.region, "image_label")]
    r46(call.args["Labels"], tuple(shown))


def r46(labels: str, shown: tuple[str, ...]) -> None:
    """Refuse pairs that are neither documented nor were shown, with the nearest that were."""
    missing = [pair for pair in labels.split(",") if not _is_known_label(pair, shown)]
    if not missing:
        return
    why = f"the label {missing[0][:80]} was not shown by list_image_labels{closest(missing[0], shown)}"
    more = f" ({len(missing) - 1} more)" if len(missing) > 1 else ""
    step = NextStep("aiworkspace_list_image_labels", {}, "Shows the pairs that exist.")
    raise DiscoveryRequired(f"{why[0].upper()}{why[1:]}{more}.", rule="R46", field="labels", next=[step])


def _is_known_label(pair: str, shown: tuple[str, ...]) -> bool:
    """Whether the pair was shown or is documented; ``*`` stands for any value of a key that is known."""
    key, _, value = pair.partition("=")
    if value == "*":
        return key in DOCUMENTED_LABELS or any(one.partition("=")[0] == key for one in shown)
    return pair in shown or value in DOCUMENTED_LABELS.get(key, ())


RULES: Mapping[str, Callable[[Call, Runtime], Awaitable[None]]] = {
    "R46": _are_known_labels,
    "R60": _fill_count,
    "R61": _is_pod_of_job,
    "R66": _fill_start,
}
"""The rules that this guard looks at, for the reads that declare them."""


def finish(call: Call, reply: Reply) -> Reply:
    """Say which window was empty (R66) and what is sensitive (R65); give a template's content as an object (R51)."""
    operation = call.operation
    if operation.lines is not None and not reply.cut and not reply.data.get(operation.lines.field):
        call.notice("R66", f"Nothing {window_text(call.args)}.")
    if isinstance(operation.view, Rows) and not reply.data.get(operation.view.path) and call.args.get("StartTime"):
        call.notice("R66", f"Nothing {window_text(call.args)}; start_time looks further back.")
    if isinstance(operation.view, Samples) and not has_points(reply.data):
        call.notice("R62", f"No points {window_text(call.args, 'in the last hour')}; an ended job needs start_time.")
    if operation.hands_out:
        call.notice("R65", "Sensitive: this gives access to whoever holds it; it is shown once, keep it out of logs.")
    return replace(reply, data=open_contents(reply.data)) if "R51" in operation.rules else reply


def window_text(args: Mapping[str, Any], default: str = "in the last seven days") -> str:
    """The stretch of time that an answer covers, in words."""
    start, end = args.get("StartTime"), args.get("EndTime")
    if not is_given(start) and not is_given(end):
        return default
    return f"between {start or 'the default start'} and {end or 'now'}"


def open_contents(data: dict[str, Any]) -> dict[str, Any]:
    """R51: the content of each version as an object, where it is one."""
    versions = data.get("Versions")
    if not isinstance(versions, list):
        return data
    return {**data, "Versions": [_open_version(version) for version in versions]}


def _open_version(version: Any) -> Any:
    content = opened(version.get("Content")) if isinstance(version, Mapping) else None
    return version if content is None else {**version, "Content": content}
