"""R12: the job type with and without a template."""

from __future__ import annotations

import json

import pytest
from guards.a_job import job, worker
from guards.fakes import call_of, runtime_of
from pai_dlc_mcp.guards.validation.refusals import special_refusals

from pai_dlc_mcp.errors import InvalidArguments, NoEffect, NotFound
from pai_dlc_mcp.guards.validation import check as validation


async def test_r12_with_a_template_a_different_job_type_is_refused() -> None:
    content = json.dumps({"JobType": "TFJob", "JobSpecs": [worker()], "UserCommand": "x"})
    template = {"TemplateId": "t1", "DefaultVersion": 3, "Versions": [{"Version": 3, "Content": content}]}
    runtime, cloud, _ = runtime_of({"GetJobTemplate": template})
    args = job(TemplateId="t1", TemplateVersion=3, JobSpecs=None, UserCommand=None)
    with pytest.raises(InvalidArguments) as caught:
        await validation.check(call_of("CreateJob", args), runtime)
    assert (caught.value.rule, caught.value.field) == ("R12", "job_type")
    assert "TFJob" in caught.value.message
    assert cloud.sent == [("GetJobTemplate", {"TemplateId": "t1", "Version": "3"})]


async def test_r12_the_templates_type_counts_where_none_is_given() -> None:
    content = {"JobType": "TFJob", "JobSpecs": [worker(Type="Master")], "UserCommand": "x"}
    template = {"TemplateId": "t1", "Versions": [{"Version": 1, "Content": content}]}
    runtime, cloud, _ = runtime_of({"GetJobTemplate": template})
    args = job(TemplateId="t1", JobType=None, JobSpecs=None, UserCommand=None)
    with pytest.raises(InvalidArguments) as caught:
        await validation.check(call_of("CreateJob", args), runtime)
    assert (caught.value.rule, caught.value.field) == ("R11", "JobSpecs[0].Type")
    call = call_of("CreateJob", args | {"JobSpecs": [worker()]})
    await validation.check(call, runtime)
    assert cloud.sent[-1] == ("GetJobTemplate", {"TemplateId": "t1"})
    assert call.facts["template"] == template
    assert call.args == args | {"JobSpecs": [worker()]}, "the template's fields are not sent"


async def test_r12_a_template_that_cannot_be_read_stops_the_create() -> None:
    runtime, _, _ = runtime_of({"GetJobTemplate": NotFound("no such template")})
    with pytest.raises(NotFound):
        await validation.check(call_of("CreateJob", job(TemplateId="gone")), runtime)


async def test_r12_a_template_whose_content_is_unreadable_leaves_the_rules_of_what_is_given() -> None:
    runtime, _, _ = runtime_of({"GetJobTemplate": {"Versions": [{"Content": "{not json"}]}})
    await validation.check(call_of("CreateJob", job(TemplateId="t1", JobType=None, UserCommand=None)), runtime)
    with pytest.raises(InvalidArguments) as caught:
        await validation.check(call_of("CreateJob", job(TemplateId="t1", Priority=10)), runtime)
    assert caught.value.rule == "R14"


@pytest.mark.parametrize("path", ["UserCommand", "$.UserCommand", "$", "JobSpecs[0].Image"])
async def test_r26_what_the_template_requires_is_not_asked_for_without_the_rules_number(path: str) -> None:
    content = {"JobType": "PyTorchJob", "JobSpecs": [worker()]}
    version = {"Version": 1, "Content": content, "Constraints": {path: "required"}}
    runtime, _, _ = runtime_of({"GetJobTemplate": {"TemplateId": "t1", "Versions": [version]}})
    call = call_of("CreateJob", job(TemplateId="t1", JobType=None, JobSpecs=None, UserCommand=None))
    if "UserCommand" in path:
        await validation.check(call, runtime)
        return
    with pytest.raises(InvalidArguments) as caught:
        await validation.check(call, runtime)
    assert (caught.value.rule, caught.value.field) == (None, "user_command")


async def test_r06_the_spec_of_a_call_has_what_the_template_locks() -> None:
    content = {"JobType": "PyTorchJob", "JobSpecs": [worker()], "UserCommand": "x"}
    limits = {f"JobSpecs[0].{name}": "locked" for name in ("Type", "Image", "EcsSpec")}
    template = {"TemplateId": "t1", "Versions": [{"Version": 1, "Content": content, "Constraints": limits}]}
    runtime, _, _ = runtime_of({"GetJobTemplate": template})
    args = job(TemplateId="t1", JobType=None, JobSpecs=[{"PodCount": 4}])
    await validation.check(call_of("CreateJob", args), runtime)


async def test_r12_the_job_type_is_fixed_at_creation() -> None:
    with pytest.raises(NoEffect) as caught:
        special_refusals("dlc_update_job", {"job_id": "dlc1", "job_type": "TFJob"})
    assert (caught.value.rule, caught.value.field) == ("R12", "job_type")
