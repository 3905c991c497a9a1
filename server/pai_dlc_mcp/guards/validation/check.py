"""The rules of form: which of them an operation declares, run once over a call's arguments, all faults in one refusal.

The rules of every call stand here (R60, R29), the others beside this module, each a pure function of the arguments
under its number. Where names and types are wrong already they run over what could be read, so that a call hears of
everything at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ...arguments import Parsed, combined
from ...cloud.reads import template_of
from ...cloud.request import path_faults
from ...errors import InvalidArguments, NextStep, Notice, PaiError
from ...operation import Operation, Tool
from ...redaction.scan import harmless
from ...runtime import Call, Caller, Runtime
from ...shapes import opened, walk
from ..discovery.ledger import seen
from . import job, job_fields, read_arguments, updates
from .features import check_features, where_of
from .rule import Case, Rule, closest, is_given, refuse, says_something, with_region
from .templates import ROOT, constraints_of, content_of, keys_of, merged, normalized, rooted_constraints

OF_A_JOB: Mapping[str, tuple[Rule, ...]] = {
    "R10": (job_fields.r10,),
    "R13": (job_fields.r13,),
    "R14": (job_fields.r14,),
    "R20": (job_fields.r20,),
    "R16": (job_fields.r16,),
    "R28": (job_fields.r28,),
    "R02": (job.r02,),
    "R06": (job.r06,),
    "R07": (job.r07,),
    "R08": (job.r08,),
    "R09": (job.r09,),
    "R11": (job.r11,),
    "R17": (job.r17,),
    "R18": (job.r18,),
    "R23": (job.r23, job.r23_alone),
    "R03": (job.r03_unmounted, job.r03_written),
    "R04": (job.r04_script,),
    "R19": (job.r19,),
    "R22": (job.r22_running_time,),
}
"""Rules about a job, be it created or kept in a template, in the order in which they speak."""

OF_A_CALL: Mapping[str, tuple[Rule, ...]] = {
    "R12": (updates.r12,),
    "R41": (updates.r41,),
    "R42": (updates.r42,),
    "R43": (updates.r43,),
    "R46": (read_arguments.r46_syntax, read_arguments.r46_workspace),
    "R47": (read_arguments.r47,),
    "R50": (updates.r50,),
    "R52": (updates.r52_version, updates.r52),
    "R53": (read_arguments.r53,),
    "R62": (read_arguments.r62,),
}
"""Rules about the arguments of the call itself."""

MOST: Mapping[str, int] = {"MaxLines": 2_000, "MaxEventsNum": 500, "PageSize": 1_000}
"""By argument, the largest number that it takes (R60)."""


def r60(case: Case) -> None:
    """Lines, events and rows of a page: more than this never fits an answer."""
    for name, most in MOST.items():
        _check_most(case, name, most)


def _check_most(case: Case, name: str, most: int) -> None:
    value = case.args.get(name)
    text = str(value).strip()
    if not re.fullmatch(r"-?[0-9]+", text):
        return
    if len(text) > 12 or not 1 <= int(text) <= most:
        field = case.top(name)
        raise refuse("R60", field, f"{field} is a number from 1 to {most:,}; {text[:20]} was given.")


def every_call(case: Case) -> Notice | None:
    """What holds for whatever is called: R60, and what R29 says of values."""
    r60(case)
    return r29_undocumented(case)


MOST_ODD = 5
"""Undocumented values of one call that are named."""


def r29_undocumented(case: Case) -> Notice | None:
    """A value that no document lists, where lists are known to be behind the service: it travels, and is named."""
    leaves = case.operation.leaves if case.operation is not None else ()
    given = repr(case.args)  # most calls name none of these fields, however many there are
    odd = [
        f"{place} {value!r:.60} is none of {', '.join(leaf.known)}{closest(value, leaf.known)}"
        for leaf in leaves
        if leaf.known and leaf.path.rpartition(".")[2].removesuffix("[]") in given
        for place, value in _texts(case.args, leaf.path)
        if value not in leaf.known
    ]
    shown = "; ".join(odd[:MOST_ODD])
    return Notice("R29", f"Not among the documented values, which may be behind the service: {shown}.") if odd else None


def _texts(args: Mapping[str, Any], path: str) -> list[tuple[str, str]]:
    """The texts at a path; the items of a list of texts stand there each."""
    return [
        (place, item)
        for place, value in walk(args, path)
        for item in (value if isinstance(value, list) else [value])
        if isinstance(item, str) and item
    ]


EVERY_CALL: tuple[Rule, ...] = (every_call,)

Result = tuple[list[PaiError], list[Notice]]


async def check(call: Call, runtime: Runtime) -> None:
    """Run the rules that the operation declares: all that are broken refuse together, advice becomes notices.

    Raises:
        InvalidArguments, NoEffect: rules are broken.
        CloudFailure: the template of a create cannot be read.
    """
    found: list[PaiError] = [*path_faults(call.operation, call.args)]
    more, notices = await _checked(call, runtime)
    found += more
    call.notices.extend(notices)
    if found:
        raise with_region(combined(found), call.region)


async def refusal(tool: Tool, parsed: Parsed[Any], runtime: Runtime, caller: Caller, region: str) -> PaiError:
    """The refusal of arguments that are malformed, with what the rules say of them beside.

    A rule that speaks of a field that is malformed takes the place of the schema's words: it knows the way out.
    """
    broken: list[PaiError] = []
    if isinstance(tool, Operation):
        draft = Call(tool, tool.inputs.model_construct(), dict(parsed.raw), region, caller)
        broken, _ = check_rules(tool, draft.args, is_partial=True)
        broken += path_faults(tool, draft.args)
        if tool.starts == "job" and not says_something(draft.args.get("WorkspaceId")):
            broken.append(await _r01(draft, runtime))
    by_field = {normalized(str(fault.field)): fault for fault in broken}
    malformed = [by_field.pop(normalized(str(fault.field)), fault) for fault in parsed.faults]
    faults = list(dict.fromkeys([*malformed, *by_field.values()]))
    return with_region(combined(faults), region) if region else combined(faults)


async def _checked(call: Call, runtime: Runtime) -> Result:
    if call.operation.starts == "job":
        return await _check_new_job(call, runtime)
    found, notices = check_rules(call.operation, call.args, is_partial=call.operation.starts == "change")
    if "R27" in call.operation.rules and (content := opened(call.args.get("Content"))) is not None:
        notices += await _features(call, runtime, Case(content))
    if "R54" in call.operation.rules:
        more, advice = _take_off_roots(call)
        found, notices = [*found, *more], [*notices, *advice]
    if "R51" in call.operation.rules and is_given(call.args.get("Content")) and opened(call.args["Content"]) is None:
        found.append(refuse("R51", "content", "content is an object with CreateJob's fields."))
    return found, notices


def _take_off_roots(call: Call) -> Result:
    """R54: constraint paths travel without a leading ``$.``, and the answer says so."""
    try:
        mended = rooted_constraints(call.args.get("Constraints"))
    except InvalidArguments as fault:
        return [fault], []
    if mended is None:
        return [], []
    call.args["Constraints"], rooted = mended
    shown = ", ".join(harmless(path)[:80] for path in rooted[:5])
    message = f"The path of a constraint begins with the field; the leading {ROOT} was taken off: {shown}."
    return [], [Notice("R54", message)]


def check_rules(operation: Operation, args: Mapping[str, Any], *, is_partial: bool) -> Result:
    """What the declared rules say of a call, and of the job that it keeps as its content."""
    case = Case(args, partial=is_partial, operation=operation)
    found, notices = run_rules([*_declared(OF_A_CALL, operation), *EVERY_CALL], case)
    content = opened(args.get("Content")) if "R51" in operation.rules else None
    held = Case(content or {}, prefix="Content.", partial=True) if "R51" in operation.rules else case
    more, advice = run_rules(_declared(OF_A_JOB, operation), held)
    large, _ = run_rules([job.r15] if "R15" in operation.rules else [], held)
    return [*found, *large, *more], [*notices, *advice]


def _declared(rules: Mapping[str, tuple[Rule, ...]], operation: Operation) -> list[Rule]:
    return [rule for number, several in rules.items() if number in operation.rules for rule in several]


def run_rules(rules: Iterable[Rule], case: Case) -> Result:
    """Every rule on one case: what refuses, and what advises."""
    found: list[PaiError] = []
    notices: list[Notice] = []
    for rule in rules:
        try:
            notice = rule(case)
        except PaiError as broken:
            found.append(broken)
        else:
            notices += [notice] if notice else []
    return found, notices


async def _check_new_job(call: Call, runtime: Runtime) -> Result:
    """The job as it would run: the template's content under what the call gives (R12)."""
    found, odd = run_rules([job.r15, *EVERY_CALL], Case(call.args, operation=call.operation))
    if not says_something(call.args.get("WorkspaceId")):
        found.append(await _r01(call, runtime))
    whole, template = dict(call.args), None
    if is_given(call.args.get(call.operation.overlay)) and not found:
        template = await template_of(call, runtime)
        content = content_of(template)
        whole = merged(call.args, template)
        found = [clash] if (clash := r12_template(call.args, content or {})) else []
    is_partial = is_given(call.args.get(call.operation.overlay)) and (template is None or content_of(template) is None)
    rules = [job.has_type, job.has_specs, job.has_command, *_declared(OF_A_JOB, call.operation)]
    case = Case(whole, partial=is_partial)
    more, notices = run_rules(rules, case)
    notices += odd
    notices += await _features(call, runtime, case) if not found and not more else []
    return found + [one for one in more if one.rule or not _is_constrained(template, one)], notices


async def _features(call: Call, runtime: Runtime, case: Case) -> list[Notice]:
    """R27 and R22: features that cannot work on what the job runs on."""
    if not _asks_for_more(case):
        return []
    where = await where_of(call, runtime, case)
    return [notice for notice in check_features(case, where) if notice.rule in call.operation.rules]


def _asks_for_more(case: Case) -> bool:
    """Whether there is anything about a job beyond pods of a general-purpose instance type."""
    if says_something(case.args.get("Settings")) or says_something(case.args.get("ResourceId")):
        return True
    more = ("UseSpotInstance", "SpotSpec", "ElasticSpotSpecs", "QuotaId")
    specs = [spec for _, spec in case.objects("JobSpecs")]
    return any(
        str(spec.get("EcsSpec")).startswith("ml.") or any(name in spec and says_something(spec[name]) for name in more)
        for spec in specs
    )


def _is_constrained(template: Mapping[str, Any] | None, missing: PaiError) -> bool:
    """Whether the template itself locks or requires what is missing: then R26 has the word."""
    limits = constraints_of(template or {})
    named = [normalized(key) for path, value in limits.items() if value != "overridable" for key in keys_of(path)[:1]]
    return normalized(str(missing.field)) in named


def r12_template(args: Mapping[str, Any], content: Mapping[str, Any]) -> InvalidArguments | None:
    """With a template, the template's job type wins; a different one is refused."""
    own, wanted = content.get("JobType"), args.get("JobType")
    if not is_given(own) or wanted is None or own == wanted:
        return None
    message = f"The template is for a {str(own)[:40]} and its job type wins; give that one, or use no template."
    return refuse("R12", "job_type", message)


async def _r01(call: Call, runtime: Runtime) -> InvalidArguments:
    """Left out, the service would file the job under the caller's default workspace."""
    known = await seen(runtime, call.caller, call.region, "workspace")
    named = ((one.id, harmless(str(one.about.get("WorkspaceName") or "unnamed"))[:60]) for one in known[:10])
    names = ", ".join(f"{workspace_id} ({name})" for workspace_id, name in named)
    step = NextStep("aiworkspace_list_workspaces", {}, "Shows the workspaces and their ids.")
    shown = f"shown so far: {names}" if names else "none was listed yet"
    message = f"workspace_id is missing; without it the job would land in your default workspace ({shown})."
    return refuse("R01", "workspace_id", message, step)
