"""R26: a create names a template only after this caller read it, in the version that counts."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.errors import InvalidArguments
from pai_dlc_mcp.guards.discovery import check as discovery
from pai_dlc_mcp.guards.discovery.ledger import Seen, find
from pai_dlc_mcp.runtime import Caller, Reply, Runtime
from support.discovery_calls import URI, allowed, show_lists
from support.discovery_calls import refusal as discovery_refusal
from support.fake_cloud import REGION, call_of, runtime_of

TEMPLATE = {
    "TemplateId": "tpl-1",
    "TemplateName": "base",
    "DefaultVersion": 2,
    "Versions": [
        {
            "Version": 2,
            "Constraints": {"JobSpecs[0].Image": "locked", "UserCommand": "overridable", "Envs.LR": "required"},
            "Content": '{"JobType": "PyTorchJob", "Envs": {"PASSWORD": "hunter2hunter2"}}',
        }
    ],
}


async def test_r26_a_template_that_was_not_read_is_refused_with_the_call_that_reads_it() -> None:
    runtime, _, _ = runtime_of({"GetJobTemplate": TEMPLATE})
    error = await discovery_refusal(runtime, {"TemplateId": "tpl-1", "Envs": {"LR": "1"}})
    assert (error.rule, error.field) == ("R26", "template_id")
    assert [(step.tool, dict(step.arguments)) for step in error.next] == [
        ("dlc_get_job_template", {"region": REGION, "template_id": "tpl-1"})
    ]


async def read_template(runtime: Runtime, template: dict[str, Any] = TEMPLATE, caller: str = "ada") -> None:
    await discovery.learn(call_of("GetJobTemplate", {"TemplateId": "tpl-1"}, caller=caller), Reply(template), runtime)


async def test_r26_after_the_read_what_is_required_must_be_given_and_what_is_locked_must_not() -> None:
    runtime, _, _ = runtime_of({"GetJobTemplate": TEMPLATE})
    await read_template(runtime)
    await allowed(runtime, {"TemplateId": "tpl-1", "Envs": {"LR": "1"}, "UserCommand": "python"})
    with pytest.raises(InvalidArguments) as missing:
        await allowed(runtime, {"TemplateId": "tpl-1"})
    assert (missing.value.rule, missing.value.field) == ("R26", "Envs.LR")
    await show_lists(runtime)
    with pytest.raises(InvalidArguments) as locked:
        await allowed(runtime, {"TemplateId": "tpl-1", "Envs": {"LR": "1"}, "JobSpecs": [{"Image": URI}]})
    assert (locked.value.rule, locked.value.field) == ("R26", "JobSpecs[0].Image")


async def test_r26_a_version_that_was_not_read_is_refused_also_when_it_became_the_default() -> None:
    newer = TEMPLATE | {"DefaultVersion": 3, "Versions": [TEMPLATE["Versions"][0] | {"Version": 3}]}
    runtime, _, _ = runtime_of({"GetJobTemplate": newer})
    await read_template(runtime)
    error = await discovery_refusal(runtime, {"TemplateId": "tpl-1", "Envs": {"LR": "1"}})
    assert dict(error.next[0].arguments)["version"] == "3"
    await read_template(runtime, newer)
    await allowed(runtime, {"TemplateId": "tpl-1", "Envs": {"LR": "1"}})
    await allowed(runtime, {"TemplateId": "tpl-1", "TemplateVersion": 2, "Envs": {"LR": "1"}})


async def test_r26_a_template_read_by_somebody_else_does_not_count() -> None:
    runtime, _, _ = runtime_of({"GetJobTemplate": TEMPLATE})
    await read_template(runtime, caller="bob")
    assert (await discovery_refusal(runtime, {"TemplateId": "tpl-1"})).rule == "R26"


async def test_the_ledger_keeps_no_content_of_a_template() -> None:
    runtime, _, _ = runtime_of()
    await read_template(runtime)
    assert "hunter2" not in str(await runtime.state.scan(""))


READ = "Read {} 'tpl-1' first: it may lock or require fields."


def template(*versions: Any, default: Any = 3) -> dict[str, Any]:
    rows = [{"Version": version, "Content": '{"UserCommand": "x"}'} for version in versions]
    return {"TemplateId": "tpl-1", "DefaultVersion": default, "Versions": rows}


async def read(runtime: Runtime, answer: dict[str, Any]) -> None:
    await discovery.learn(call_of("GetJobTemplate", {"TemplateId": "tpl-1"}), Reply(answer), runtime)


async def entry_of(runtime: Runtime) -> Seen | None:
    return await find(runtime, Caller("ada"), REGION, "template", "tpl-1")


async def test_r26_the_version_that_the_call_names_is_the_one_that_must_have_been_read() -> None:
    runtime, _, _ = runtime_of({"GetJobTemplate": template(3)})
    await read(runtime, template(2))
    await allowed(runtime, {"TemplateId": "tpl-1", "TemplateVersion": 2})
    await read(runtime, template(3))
    error = await discovery_refusal(runtime, {"TemplateId": "tpl-1", "TemplateVersion": 4})
    assert error.message == READ.format("version 4 of the job template")
    assert dict(error.next[0].arguments) == {"region": REGION, "template_id": "tpl-1", "version": "4"}


async def test_r26_of_a_long_id_the_beginning_is_named() -> None:
    runtime, _, _ = runtime_of({"GetJobTemplate": template(3)})
    error = await discovery_refusal(runtime, {"TemplateId": "t" * 161})
    assert error.message == f"Read the job template {'t' * 80!r} first: it may lock or require fields."
    assert error.next[0].arguments["template_id"] == "t" * 160


async def test_r26_a_template_nobody_read_is_named_without_a_version() -> None:
    runtime, _, _ = runtime_of({"GetJobTemplate": template(3)})
    assert (await discovery_refusal(runtime, {"TemplateId": "tpl-1"})).message == READ.format("the job template")


@pytest.mark.parametrize("default", [None, "", "newest", "-1", 2.5])
async def test_r26_a_default_version_that_is_no_number_was_never_read(default: Any) -> None:
    odd = template(default, default=default)
    runtime, _, _ = runtime_of({"GetJobTemplate": odd})
    await read(runtime, odd)
    error = await discovery_refusal(runtime, {"TemplateId": "tpl-1"})
    assert error.message == READ.format("the job template")
    assert "version" not in error.next[0].arguments


@pytest.mark.parametrize("versions", [None, "3", [], [None], ["3"], [{}], [{"Version": "newest"}]])
async def test_r26_a_read_that_shows_no_version_leaves_those_read_before(versions: Any) -> None:
    runtime, _, clock = runtime_of()
    await read(runtime, template(3, 1))
    await read(runtime, {"TemplateId": "tpl-1", "Versions": versions})
    entry = await entry_of(runtime)
    assert entry is not None
    assert (entry.about["Versions"], entry.at, entry.by) == ([1, 3], clock.at, "dlc_get_job_template")


async def test_r26_a_read_counts_for_the_id_that_was_asked_for() -> None:
    runtime, _, _ = runtime_of({"GetJobTemplate": template(3)})
    await read(runtime, {name: value for name, value in template(3).items() if name != "TemplateId"})
    await allowed(runtime, {"TemplateId": "tpl-1"})
