"""R26: a job from a template that was read, with its constraints kept."""

from __future__ import annotations

from typing import Any

import pytest
from guards.discovering import URI, passed, refusal, show
from guards.fakes import REGION, call_of, runtime_of

from pai_dlc_mcp.errors import InvalidArguments
from pai_dlc_mcp.guards.discovery import check as discovery
from pai_dlc_mcp.guards.validation.templates import judge, merged, values_at
from pai_dlc_mcp.runtime import Reply, Runtime

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
    error = await refusal(runtime, {"TemplateId": "tpl-1", "Envs": {"LR": "1"}})
    assert (error.rule, error.field) == ("R26", "template_id")
    assert [(step.tool, dict(step.arguments)) for step in error.next] == [
        ("dlc_get_job_template", {"region": REGION, "template_id": "tpl-1"})
    ]


async def read_template(runtime: Runtime, template: dict[str, Any] = TEMPLATE, caller: str = "ada") -> None:
    await discovery.learn(call_of("GetJobTemplate", {"TemplateId": "tpl-1"}, caller=caller), Reply(template), runtime)


async def test_r26_after_the_read_what_is_required_must_be_given_and_what_is_locked_must_not() -> None:
    runtime, _, _ = runtime_of({"GetJobTemplate": TEMPLATE})
    await read_template(runtime)
    await passed(runtime, {"TemplateId": "tpl-1", "Envs": {"LR": "1"}, "UserCommand": "python"})
    with pytest.raises(InvalidArguments) as missing:
        await passed(runtime, {"TemplateId": "tpl-1"})
    assert (missing.value.rule, missing.value.field) == ("R26", "Envs.LR")
    await show(runtime)
    with pytest.raises(InvalidArguments) as locked:
        await passed(runtime, {"TemplateId": "tpl-1", "Envs": {"LR": "1"}, "JobSpecs": [{"Image": URI}]})
    assert (locked.value.rule, locked.value.field) == ("R26", "JobSpecs[0].Image")


async def test_r26_a_version_that_was_not_read_is_refused_also_when_it_became_the_default() -> None:
    newer = TEMPLATE | {"DefaultVersion": 3, "Versions": [TEMPLATE["Versions"][0] | {"Version": 3}]}
    runtime, _, _ = runtime_of({"GetJobTemplate": newer})
    await read_template(runtime)
    error = await refusal(runtime, {"TemplateId": "tpl-1", "Envs": {"LR": "1"}})
    assert dict(error.next[0].arguments)["version"] == "3"
    await read_template(runtime, newer)
    await passed(runtime, {"TemplateId": "tpl-1", "Envs": {"LR": "1"}})
    await passed(runtime, {"TemplateId": "tpl-1", "TemplateVersion": 2, "Envs": {"LR": "1"}})


async def test_r26_a_template_read_by_somebody_else_does_not_count() -> None:
    runtime, _, _ = runtime_of({"GetJobTemplate": TEMPLATE})
    await read_template(runtime, caller="bob")
    assert (await refusal(runtime, {"TemplateId": "tpl-1"})).rule == "R26"


async def test_the_ledger_keeps_no_content_of_a_template() -> None:
    runtime, _, _ = runtime_of()
    await read_template(runtime)
    assert "hunter2" not in str(await runtime.state.scan(""))


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("UserCommand", ["x"]),
        ("$.UserCommand", ["x"]),
        ("$['UserCommand']", ["x"]),
        ("$..UserCommand", ["x"]),
        ("/UserCommand", ["x"]),
        ("user_command", ["x"]),
        ("JobSpecs[0].Image", ["i"]),
        ("JobSpecs.0.Image", ["i"]),
        ("$.JobSpecs[*].Image", ["i"]),
        ("JobSpecs[].Image", ["i"]),
        ("JobSpecs[?(@.Type=='Worker')].Image", [[{"Image": "i", "LocalMountSpecs": []}]]),
        ("JobSpecs[1].Image", []),
        ("JobSpecs[0].EcsSpec", []),
        ("Envs.A", ["1"]),
        ("Envs.C", []),
        ("Tags", [{}]),
        ("UserCommand.x", []),
        ("$", []),
    ],
)
def test_r26_a_path_of_a_constraint_leads_to_what_is_given(path: str, values: list[Any]) -> None:
    args = {
        "UserCommand": "x",
        "JobSpecs": [{"Image": "i", "LocalMountSpecs": []}],
        "Envs": {"A": "1", "B": ""},
        "Tags": {},
    }
    assert values_at(args, path) == values


@pytest.mark.parametrize("value", ["", " ", {}, [], False, 0, "python"])
def test_r26_a_locked_field_is_given_by_any_value_and_a_required_one_by_none_that_is_empty(value: Any) -> None:
    with pytest.raises(InvalidArguments):
        judge({"UserCommand": "locked"}, {"UserCommand": value})
    judge({"UserCommand": "locked"}, {})
    if value in ("python", False, 0):
        judge({"UserCommand": "required"}, {"UserCommand": value})
        return
    with pytest.raises(InvalidArguments):
        judge({"UserCommand": "required"}, {"UserCommand": value})


def test_r26_the_job_of_a_create_has_what_the_template_locks_where_the_call_leaves_it_out() -> None:
    content = '{"UserCommand": "a", "JobSpecs": [{"Type": "Worker", "Image": "i", "PodCount": 1}]}'
    limits = {"$.JobSpecs[0].Image": "locked", "JobSpecs[*].Type": "locked", "JobSpecs[0].PodCount": "overridable"}
    template = {"Versions": [{"Content": content, "Constraints": limits}]}
    job = merged({"JobSpecs": [{"EcsSpec": "e"}, {"Type": "Master"}]}, template)
    assert job == {
        "UserCommand": "a",
        "JobSpecs": [{"EcsSpec": "e", "Image": "i", "Type": "Worker"}, {"Type": "Master"}],
    }
