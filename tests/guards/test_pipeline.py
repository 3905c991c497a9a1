"""THE order of the guards: which of them an operation meets, and what is done with its answer."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.api.catalog import operation
from pai_dlc_mcp.arguments import parse
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import InvalidArguments, NotFound, PolicyDenied
from pai_dlc_mcp.guards import pipeline
from pai_dlc_mcp.guards.pipeline import ORDER, Guard
from pai_dlc_mcp.runtime import Call, Reply, Runtime
from pai_dlc_mcp.toolsets import enabled
from support.fake_cloud import REGION, call_of, runtime_of


@pytest.mark.parametrize(
    ("action", "guards"),
    [
        ("GetJob", "policy validation reading confirmation"),
        ("CreateJob", "policy validation discovery creates confirmation"),
        ("StopJob", "policy validation effects confirmation"),
        ("UpdateJob", "policy validation discovery effects confirmation"),
        ("GetWebTerminal", "policy validation effects reading confirmation"),
        ("GetToken", "policy validation reading confirmation"),
        ("TagResources", "policy validation confirmation"),
        ("DeleteModel", "policy validation confirmation"),
    ],
)
def test_an_operation_meets_the_guards_that_its_declaration_asks_for_in_this_order(action: str, guards: str) -> None:
    assert [guard.name for guard in ORDER if guard.concerns(operation(action))] == guards.split()


STAGES = {
    "learn": (pipeline.discovery, "learn"),
    "report": (pipeline.effects, "report"),
    "describe": (pipeline.changes, "describe"),
    "filtered": (pipeline.masked_search, "filtered"),
    "finish": (pipeline.reading, "finish"),
    "sorted": (pipeline, "read_sorted"),
    "samples": (pipeline, "read_samples"),
    "send": (pipeline.send_once, "send"),
    "before": (pipeline.changes, "before"),
}


@pytest.mark.parametrize(
    ("action", "args", "stages"),
    [
        ("GetJob", {}, "before send learn describe finish"),
        ("ListJobs", {}, "before send learn describe filtered finish"),
        ("StopJob", {}, "before send report describe"),
        ("CreateJob", {}, "before send describe"),
        ("GetWebTerminal", {}, "before send report describe finish"),
        ("GetJobMetrics", {}, "before samples describe finish"),
        ("ListEcsSpecs", {"SortBy": "CPU"}, "before sorted learn describe finish"),
        ("ListEcsSpecs", {}, "before send learn describe finish"),
        ("ListImages", {"SortBy": "Name"}, "before send learn describe filtered finish"),
    ],
)
async def test_what_is_done_with_an_answer_follows_from_the_declaration(
    action: str, args: dict[str, Any], stages: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def noted(name: str) -> Any:
        async def stage(call: Call, *rest: Any) -> Any:
            done.append(name)
            assert isinstance(call, Call)
            return None if name in ("before", "learn") else Reply({"after": name}, "r")

        return stage

    def finish(call: Call, reply: Reply) -> Reply:
        done.append("finish")
        assert isinstance(call, Call)
        return reply

    for name, (module, function) in STAGES.items():
        monkeypatch.setattr(module, function, finish if name == "finish" else noted(name))
    monkeypatch.setattr(pipeline, "ORDER", ())
    runtime, _, _ = runtime_of()
    reply = await pipeline.perform(call_of(action, args), runtime)
    assert done == stages.split()
    assert reply.data == {"after": [name for name in done if name != "finish"][-1]}


def guard(name: str, *refusals: Exception, concerns: bool = True) -> Guard:
    async def check(call: Call, runtime: Runtime) -> None:
        call.notice("R00", name)
        for refusal in refusals:
            raise refusal

    return Guard(name, check, lambda operation: concerns)


POLICY, FORM, MISSING = PolicyDenied("no", rule="R68"), InvalidArguments("odd", rule="R06"), NotFound("gone")


async def tried(monkeypatch: pytest.MonkeyPatch, order: tuple[Guard, ...], **more: Any) -> tuple[Call, Any]:
    monkeypatch.setattr(pipeline, "ORDER", (*order, guard("last", FORM)))
    runtime, _, _ = runtime_of()
    call = call_of("GetJob")
    return call, await pipeline.dry_run(call, runtime, **more)


async def test_a_dry_run_gathers_what_every_guard_but_the_last_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    call, found = await tried(monkeypatch, (guard("a", FORM), guard("b"), guard("c", MISSING)))
    assert found == [FORM, MISSING]
    assert call.known.decisions == {"a": "R06", "b": "pass", "c": MISSING.code}


async def test_a_dry_run_ends_at_what_the_policy_forbids(monkeypatch: pytest.MonkeyPatch) -> None:
    call, found = await tried(monkeypatch, (guard("a", FORM), guard("b", POLICY), guard("c", MISSING)))
    assert found == [POLICY]
    assert call.known.decisions == {"a": "R06", "b": "R68"}


async def test_faults_of_form_speak_for_the_rules_of_form(monkeypatch: pytest.MonkeyPatch) -> None:
    order = (guard("validation", MISSING), guard("other", FORM, concerns=False), guard("c"))
    call, found = await tried(monkeypatch, order, malformed=[FORM, MISSING])
    assert (found, call.known.decisions) == ([FORM, MISSING], {"c": "pass"})
    call, found = await tried(monkeypatch, order)
    assert (found, call.known.decisions) == ([MISSING], {"validation": MISSING.code, "c": "pass"})


async def test_a_composite_tool_is_let_in_by_the_policy_on_what_it_names() -> None:
    runtime, cloud, _ = runtime_of({"GetJob": {"WorkspaceId": "3"}}, settings=Settings(workspaces=("1",)))
    call = call_of("GetJob", {"job_id": "dlc1", "text": "x", "start_time": "-2h"})
    call.tool = enabled(["all"])["dlc_search_logs"]
    with pytest.raises(PolicyDenied, match="workspace 3"):
        await pipeline.admit(call, runtime)
    assert call.known.decisions == {"policy": "R68"}
    cloud.answers = {"GetJob": {"WorkspaceId": "1"}}
    await pipeline.admit(call, runtime)
    assert (call.known.decisions, cloud.sent[-1]) == ({"policy": "pass"}, ("GetJob", {"JobId": "dlc1"}))
    elsewhere, cloud, _ = runtime_of(settings=Settings(regions=("cn-beijing",)))
    with pytest.raises(PolicyDenied, match="regions"):
        await pipeline.admit(call, elsewhere)
    assert cloud.sent == []


async def test_the_first_refusal_ends_a_call_and_is_kept_for_the_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    order = (guard("a"), guard("skipped", MISSING, concerns=False), guard("b", FORM), guard("c", MISSING))
    monkeypatch.setattr(pipeline, "ORDER", order)
    runtime, _, _ = runtime_of()
    call = call_of("GetJob")
    with pytest.raises(InvalidArguments):
        await pipeline.check(call, runtime)
    assert call.known.decisions == {"a": "pass", "b": "R06"}
    assert [one.message for one in call.notices] == ["a", "b"]


async def test_arguments_that_could_not_be_read_are_refused_with_every_fault_of_their_form() -> None:
    runtime, cloud, _ = runtime_of()
    tool = operation("CreateJob")
    parsed = parse(tool.inputs, {"display_name": 5, "priority": "high"}, tool=tool.name)
    refusal = await pipeline.malformed(tool, parsed, runtime, call_of("GetJob").caller, REGION)
    assert {one.field for one in refusal.several} == {"priority", "workspace_id"}
    assert cloud.sent == []
