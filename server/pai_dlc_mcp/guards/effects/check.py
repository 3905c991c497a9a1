"""Calls that the service would answer with 200 and not carry out, and what became of the acts that were sent.

``check`` reads the target and asks the rules; ``report`` looks after the act. An act that was carried out stays so:
whatever fails in looking after it becomes a notice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import anyio

from ...api.catalog import operation
from ...cloud.reads import job_of, read
from ...errors import NextStep, Notice, PaiError, PermissionDenied
from ...operation import Precondition, snake
from ...runtime import Call, Reply, Runtime
from ..confirmation.snapshot import target_of
from ..validation.rule import is_given, no_effect, refuse, says_something, with_region
from .job_states import FINAL, r32, r40, r44, r45

MOST_WAIT_S = 20
"""Seconds that an effect is waited for at most; every call ends within 25."""

LOOK_S = 3
"""What the last look may take beyond the wait, so that a wait of nothing still looks once."""

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 3.0
"""Seconds between looks, doubled from the first to the longest."""


async def check(call: Call, runtime: Runtime) -> None:
    """Refuse what would do nothing.

    Raises:
        NoEffect: the service would swallow the call.
        CloudFailure: the target cannot be read, so it cannot be decided.
    """
    try:
        for rule in call.operation.rules:
            if rule in RULES:
                await RULES[rule](call, runtime)
    except PaiError as refusal:
        raise with_region(refusal, call.region) from None


async def _is_stoppable(call: Call, runtime: Runtime) -> None:
    if notice := r32(await job_of(call, runtime)):
        call.notice("R32", notice)


async def _takes_priority(call: Call, runtime: Runtime) -> None:
    if is_given(call.args.get("Priority")):
        r40(await job_of(call, runtime))


async def _has_dashboard(call: Call, runtime: Runtime) -> None:
    r44(await job_of(call, runtime), call.args)


async def _has_terminal(call: Call, runtime: Runtime) -> None:
    if notice := r45(await job_of(call, runtime), str(call.args.get("PodId"))):
        call.notice("R45", notice)


async def _is_unused_template(call: Call, runtime: Runtime) -> None:
    """R34: a template that a job refers to cannot be deleted; said before a token is given."""
    found = await _jobs_of_template(call, runtime)
    if found is None:
        call.notice("R34", "Whether a job refers to this template could not be read; if one does, it stays.")
    elif found:
        raise r34(found)


def r34(jobs: list[Mapping[str, Any]]) -> PaiError:
    """The refusal that names the jobs that refer to a template."""
    shown = ", ".join(str(job.get("JobId"))[:40] for job in jobs[:3])
    return no_effect("R34", "template_id", f"Jobs refer to this template ({shown}); the service would not delete it.")


async def _jobs_of_template(call: Call, runtime: Runtime) -> list[Mapping[str, Any]] | None:
    """Jobs of the template since it was made, a few; ``None`` where the caller may not look."""
    template_id = call.args["TemplateId"]
    try:
        template = await runtime.cloud.send(operation("GetJobTemplate"), {"TemplateId": template_id}, call.region)
        args = {
            "PageNumber": 1,
            "PageSize": 3,
            "StartTime": template.data.get("GmtCreateTime"),
            "TemplateId": template_id,
            "WorkspaceId": template.data.get("WorkspaceId"),
        }
        sent = {name: value for name, value in args.items() if value is not None}
        answer = await runtime.cloud.send(operation("ListJobs"), sent, call.region)
    except PermissionDenied:
        return None
    found = answer.data.get("Jobs")
    return [job for job in found if isinstance(job, Mapping)] if isinstance(found, list) else None


async def _is_one_unit(call: Call, runtime: Runtime) -> None:
    """R38: an address and the secret that is stored for it go together."""
    leaves = call.operation.leaves
    given = [leaf.path for leaf in leaves if leaf.wire.address and is_given(call.args.get(leaf.path))]
    target = target_of(call) if given else None
    if target is None:
        return
    stored = await read(call, runtime, target.reader.action_name, target.args)
    other = [path for path in given if stored.get(path) != call.args[path]]
    secrets = [leaf.path for leaf in leaves if leaf.wire.secret]
    kept = _kept(stored, call.args, secrets) if other else []
    if not kept:
        return
    raise refuse(
        "R38",
        snake(other[0]),
        f"A secret is stored for this address; another address must come with its own: give {' and '.join(kept)} anew, "
        f"or leave {snake(other[0])} as it is.",
    )


def _kept(stored: Mapping[str, Any], given: Mapping[str, Any], secrets: list[str]) -> list[str]:
    """The secrets that would go along with another address, each name of a map by itself: those that are stored, or may
    be, and are not given anew. Blank text is none; where one of several is given, the others that are shown as stored
    stay as they were."""
    is_one_given = any(says_something(given.get(name)) for name in secrets)
    found = []
    for name in secrets:
        shown, anew = stored.get(name), given.get(name)
        if isinstance(shown, Mapping):
            new = anew if isinstance(anew, Mapping) else {}
            found += [f"{snake(name)}.{key[:60]}" for key, value in shown.items()
                      if is_given(value) and not says_something(new.get(key))]  # fmt: skip
        elif (is_given(shown) or (name not in stored and not is_one_given)) and not says_something(anew):
            found.append(snake(name))
    return found


async def _fits_state(call: Call, runtime: Runtime) -> None:
    """R48: what a page says must be so before an act."""
    wanted = call.operation.precondition
    if wanted is None:
        return
    if wanted.is_for_service:
        raise no_effect("R48", None, f"{call.operation.action_name} is for the service's own use; no caller needs it.")
    if wanted.never is not None and str(call.args.get(wanted.never[0])) == wanted.never[1]:
        what = f"{snake(wanted.never[0])} {wanted.never[1]}"
        raise no_effect("R48", snake(wanted.never[0]), f"{what} stays for as long as what it belongs to.")
    target = target_of(call)
    if target is None or not wanted.refused_in:
        return
    status = (await read(call, runtime, target.reader.action_name, target.args)).get("Status")
    if str(status).casefold() in {one.casefold() for one in wanted.refused_in}:
        raise no_effect(
            "R48",
            snake(call.operation.path_names[-1]),
            _too_early(call, str(status), wanted),
            *_first_steps(call, wanted),
        )


def _too_early(call: Call, status: str, wanted: Precondition) -> str:
    """Why the act does not fit the state, and what comes first."""
    first = f"; {operation(wanted.first).name} comes first" if wanted.first else ""
    return f"The target is {status}, and {call.operation.action_name} does not work in that state{first}."


def _first_steps(call: Call, wanted: Precondition) -> list[NextStep]:
    if not wanted.first:
        return []
    first = operation(wanted.first)
    names = {api: name for name, (api, _, _) in first.fields.items()}
    arguments = {names[api]: call.args[api] for api in first.path_names}
    return [NextStep(first.name, arguments, "Leads to the state that this act needs.")]


RULES: Mapping[str, Callable[[Call, Runtime], Awaitable[None]]] = {
    "R32": _is_stoppable,
    "R34": _is_unused_template,
    "R40": _takes_priority,
    "R44": _has_dashboard,
    "R45": _has_terminal,
    "R38": _is_one_unit,
    "R48": _fits_state,
}
"""The rules that this guard looks at, for the operations that declare them."""


async def report(call: Call, reply: Reply, runtime: Runtime) -> Reply:
    """The reply of an act with what became of it: ``Status`` or ``Priority``, and ``reached``. Never an error."""
    rules = call.operation.rules
    if "R33" in rules:
        return await _stopped(call, reply, runtime)
    if "R40" in rules and is_given(call.args.get("Priority")):
        return await _reprioritised(call, reply, runtime)
    if "R44" in rules and not says_something(reply.data.get(call.operation.hands_out)):
        call.notice("R44", f"There is no address: {_why_empty(call.known.job or {})}.")
    return reply


def _why_empty(job: Mapping[str, Any]) -> str:
    """Why the service gave an empty address for a RayJob."""
    status = str(job.get("Status"))[:40]
    if status == "Running":
        return "the dashboard is not up yet, ask again in a minute"
    return f"a dashboard lives while its job is Running, and this one is {status}"


async def _stopped(call: Call, reply: Reply, runtime: Runtime) -> Reply:
    """R33: Stopped within the wait, or still on the way."""
    job = await _await_job(call, runtime, lambda job: job.get("Status") in FINAL, call.controls.wait_seconds)
    if job is None:
        call.notice("R33", "The stop was sent; what became of the job could not be read, look with dlc_get_job.")
        return reply
    status = job.get("Status")
    if status != "Stopped":
        call.notices.append(_not_stopped(status))
    return _with(reply, {"Status": status, "reached": status == "Stopped"})


def _not_stopped(status: Any) -> Notice:
    if status in FINAL:
        return Notice("R33", f"The job ended as {status} before the stop reached it.")
    return Notice("R33", f"The stop was sent and the job is {str(status)[:40]}; dlc_wait_for_job tells when it ended.")


async def _reprioritised(call: Call, reply: Reply, runtime: Runtime) -> Reply:
    """R40: the new priority shows after 10 to 60 s; on request it is waited for."""
    wanted = call.args["Priority"]
    if not call.controls.wait_seconds:
        call.notice("R40", "A new priority shows in dlc_get_job after 10 to 60 s; wait_seconds waits for it.")
        return reply
    seen = await _await_job(call, runtime, lambda job: job.get("Priority") == wanted, call.controls.wait_seconds)
    if seen is None:
        call.notice("R40", "The priority was sent; whether it counts could not be read, look with dlc_get_job.")
        return reply
    shown = seen.get("Priority")
    if shown != wanted:
        call.notice("R40", f"The priority was sent and get_job shows {shown} still; it takes 10 to 60 s.")
    return _with(reply, {"Priority": shown, "reached": shown == wanted})


def _with(reply: Reply, more: Mapping[str, Any]) -> Reply:
    return replace(reply, data={**reply.data, **more})


async def _await_job(
    call: Call, runtime: Runtime, has_arrived: Callable[[Mapping[str, Any]], bool], seconds: float
) -> Mapping[str, Any] | None:
    """Look at the job until it has arrived or ``seconds`` are over: the last look, ``None`` where none succeeded."""
    budget, pause = min(seconds, MOST_WAIT_S), FIRST_PAUSE_S
    until, job = runtime.now() + budget, None
    with anyio.move_on_after(budget + LOOK_S):
        while True:
            job = await _look(call, runtime) or job
            left = until - runtime.now()
            if (job is not None and has_arrived(job)) or left <= 0:
                return job
            await runtime.sleep(min(pause, left))
            pause = min(pause * 2, LONGEST_PAUSE_S)
    return job


async def _look(call: Call, runtime: Runtime) -> Mapping[str, Any] | None:
    try:
        reply = await runtime.cloud.send(operation("GetJob"), {"JobId": call.args["JobId"]}, call.region)
    except PaiError:
        return None
    return reply.data
