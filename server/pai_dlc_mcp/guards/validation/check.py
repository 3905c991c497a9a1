"""Cross-field rules of a call's arguments, before anything is sent: which rules guard which operation.

The rules themselves stand in ``rules_*.py``, each a pure function beside its number; this module only lists them and
reads what some of them need (the discovered workspaces, the template of a create).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...cloud.reads import template_of
from ...errors import InvalidArguments, NextStep, Notice, PaiError
from ...redaction.sanitize import harmless
from ...runtime import Call, Runtime
from ..discovery.ledger import seen
from . import template_content
from .advice import r19, r22_running_time, r22_sanity_check, r52
from .job import complete, r02, r06, r07, r08, r09, r11, r17, r18, r23
from .job_fields import r10, r13, r14, r16, r20
from .read_arguments import r46_syntax, r46_workspace, r47, r53, r60_events, r60_lines, r60_page, r62
from .rule import Case, Rule, given, refuse, told, with_region
from .size import r15
from .templates import keys_of, merged, plain
from .updates import r12_update, r41, r43, r50, r52_version

JOB: tuple[Rule, ...] = (r10, r13, r14, r20, r16, r02, r06, r07, r08, r09, r11, r17, r18, r23, r19)
"""What every job keeps, be it created or kept in a template."""

CREATED: tuple[Rule, ...] = (complete, *JOB, r22_running_time, r22_sanity_check)

RULES: Mapping[str, tuple[Rule, ...]] = {
    "UpdateJob": (r12_update, r41, r14, r20),
    "CreateTensorboard": (r43, r14),
    "GetJobTemplate": (r52_version,),
    "ListJobTemplates": (r53, r60_page),
    "ListEcsSpecs": (r47, r60_page),
    "GetJobMetrics": (r62,),
    "GetPodLogs": (r60_lines,),
    "GetPodEvents": (r60_events,),
    "GetJobEvents": (r60_events,),
    "ListImages": (r46_syntax, r46_workspace, r60_page),
}
"""Rules that need nothing but the arguments. CreateJob and the templates have functions of their own below."""

TEMPLATES = ("CreateJobTemplate", "UpdateJobTemplate")


async def check(call: Call, runtime: Runtime) -> None:
    """Run the rules of this operation: the first broken one refuses, advice becomes notices.

    Raises:
        InvalidArguments, NoEffect: a rule is broken.
        CloudFailure: the template of a create cannot be read.
    """
    found, notices = await _judged(call, runtime)
    if found:
        raise with_region(found[0], call.region)
    call.notices.extend(notices)


async def findings(call: Call, runtime: Runtime) -> list[PaiError]:
    """Every broken rule, not only the first; nothing is refused."""
    found, notices = await _judged(call, runtime)
    call.notices.extend(notices)
    return [with_region(one, call.region) for one in found]


Judged = tuple[list[PaiError], list[Notice]]


async def _judged(call: Call, runtime: Runtime) -> Judged:
    name = call.operation.action_name
    if name == "CreateJob":
        return await _created(call, runtime)
    if name in TEMPLATES:
        return _template(call)
    return judge(RULES.get(name, (r60_page,)), Case(call.args))


def judge(rules: Iterable[Rule], case: Case) -> Judged:
    """Every rule on one case: what refuses, and what advises."""
    found: list[PaiError] = []
    notices: list[Notice] = []
    for rule in rules:
        try:
            notice = rule(case)
        except PaiError as refusal:
            found.append(refusal)
        else:
            notices += [notice] if notice else []
    return found, notices


async def _created(call: Call, runtime: Runtime) -> Judged:
    """The job as it would run: the template's content under what the call gives (R12)."""
    found, _ = judge((r15,), Case(call.args))
    if not told(call.args.get("WorkspaceId")):
        found.append(await _r01(call, runtime))
    job, partial = dict(call.args), given(call.args.get("TemplateId"))
    if partial and not found:
        template = await template_of(call, runtime)
        content = template_content.content_of(template)
        job, partial = merged(call.args, template), content is None
        found = [clash] if (clash := r12_template(call.args, content or {})) else []
    more, notices = judge(CREATED, Case(job, partial=partial))
    return found + [one for one in more if one.rule or not _constrained(call, one)], notices


def _constrained(call: Call, missing: PaiError) -> bool:
    """Whether the template itself locks or requires what is missing: then R26 has the word."""
    limits = template_content.constraints_of(call.facts.get("template", {}))
    named = [plain(key) for path, value in limits.items() if value != "overridable" for key in keys_of(path)[:1]]
    return plain(str(missing.field)) in named


def r12_template(args: Mapping[str, Any], content: Mapping[str, Any]) -> InvalidArguments | None:
    """With a template, the template's job type wins; a different one is refused."""
    own, wanted = content.get("JobType"), args.get("JobType")
    if not given(own) or wanted is None or own == wanted:
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


def _template(call: Call) -> Judged:
    """The rules of a job for the content, where its fields are present."""
    found, notices = judge((r50, r52) if call.operation.action_name == "UpdateJobTemplate" else (r50,), Case(call.args))
    if not given(call.args.get("Content")):
        return found, notices
    content = template_content.opened(call.args["Content"])
    if content is None:
        return [*found, refuse("R51", "content", "content is an object with CreateJob's fields.")], notices
    more, advice = judge((r15, *JOB), Case(content, prefix="Content.", partial=True))
    return found + more, notices + advice
