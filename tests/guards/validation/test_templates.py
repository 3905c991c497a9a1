"""R12 and R26: a job from a template, the constraints of the template, and the job that both make."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pai_dlc_mcp.errors import DiscoveryRequired, InvalidArguments, NotFound
from pai_dlc_mcp.guards.discovery import check as discovery
from pai_dlc_mcp.guards.discovery.ledger import Seen, find, remember
from pai_dlc_mcp.guards.validation import check as validation
from pai_dlc_mcp.guards.validation.templates import (
    check_constraints,
    constraints_of,
    content_of,
    keys_of,
    learn_template,
    merged,
    rooted_constraints,
    values_at,
)
from pai_dlc_mcp.runtime import Reply
from support.fake_cloud import REGION, call_of, runtime_of
from support.job_arguments import (
    job,
    refusal,
    worker,
)


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
    assert [reply.data for reply in call.known.answers.values()] == [template]
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


@pytest.mark.parametrize(("path", "asked"), [("Envs.UserCommand", True), ("UserCommand", False)])
@pytest.mark.parametrize("limit", ["locked", "required", "overridable"])
async def test_r26_only_the_templates_word_on_the_field_itself_replaces_asking_for_it(
    path: str, asked: bool, limit: str
) -> None:
    content = {"JobType": "PyTorchJob", "JobSpecs": [worker()]}
    version = {"Version": 1, "Content": content, "Constraints": {path: limit}}
    runtime, _, _ = runtime_of({"GetJobTemplate": {"TemplateId": "t1", "Versions": [version]}})
    call = call_of("CreateJob", job(TemplateId="t1", JobType=None, JobSpecs=None, UserCommand=None))
    if not asked and limit != "overridable":
        await validation.check(call, runtime)
        return
    with pytest.raises(InvalidArguments) as caught:
        await validation.check(call, runtime)
    assert (caught.value.rule, caught.value.field) == (None, "user_command")


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
        check_constraints({"UserCommand": "locked"}, {"UserCommand": value}, {})
    check_constraints({"UserCommand": "locked"}, {}, {"UserCommand": "x"})
    if value in ("python", False, 0):
        check_constraints({"UserCommand": "required"}, {"UserCommand": value}, {})
        return
    with pytest.raises(InvalidArguments):
        check_constraints({"UserCommand": "required"}, {"UserCommand": value}, {})


def test_r26_one_of_several_specs_that_gives_a_field_is_enough_for_both_limits() -> None:
    several = {"JobSpecs": [{"Image": "i"}, {"Image": ""}, {"Image": None}]}
    check_constraints({"JobSpecs[*].Image": "required"}, several, {})
    with pytest.raises(InvalidArguments):
        check_constraints({"JobSpecs[*].Image": "locked"}, several, {})


def test_r26_and_r54_of_a_long_path_the_beginning_is_named() -> None:
    with pytest.raises(InvalidArguments) as refused:
        check_constraints({"$." + "x" * 121: "required"}, {}, {})
    assert (refused.value.field, refused.value.message) == ("x" * 120, f"The template requires {'x' * 120}; give it.")
    with pytest.raises(InvalidArguments) as refused:
        rooted_constraints({"$." + "x" * 81: "locked", "x" * 81: "required"})
    assert refused.value.field == f"Constraints.{'x' * 80}"
    twice = "is constrained twice, with and without $.; keep one of them."
    assert refused.value.message == f"{'x' * 80} {twice}"


def test_r26_the_job_of_a_create_has_what_the_template_locks_where_the_call_leaves_it_out() -> None:
    content = '{"UserCommand": "a", "JobSpecs": [{"Type": "Worker", "Image": "i", "PodCount": 1}]}'
    limits = {"$.JobSpecs[0].Image": "locked", "JobSpecs[*].Type": "locked", "JobSpecs[0].PodCount": "overridable"}
    template = {"Versions": [{"Content": content, "Constraints": limits}]}
    job = merged({"JobSpecs": [{"EcsSpec": "e"}, {"Type": "Master"}]}, template)
    assert job == {
        "UserCommand": "a",
        "JobSpecs": [{"EcsSpec": "e", "Image": "i", "Type": "Worker"}, {"Type": "Master"}],
    }


ARGS = {
    "JobSpecs": [{"Image": "i"}, {"Image": "j", "EcsSpec": "e"}],
    "Envs": {"A": "1", "B": ""},
    "Options": '{"EnableRDMA": true}',
}


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("JobSpecs[0].Image", ["i"]),
        ("JobSpecs[1].Image", ["j"]),
        ("JobSpecs[*].Image", ["i", "j"]),
        ("Envs.*", ["1", ""]),
        ("JobSpecs[0].*", ["i"]),
        ("Options.EnableRDMA", [True]),
        ("*.A", ["1"]),
    ],
)
def test_r26_a_path_leads_to_all_that_it_names_and_no_further(path: str, values: list[Any]) -> None:
    assert values_at(ARGS, path) == values


def test_r26_of_a_path_with_filters_what_stands_before_the_first_counts() -> None:
    assert keys_of("JobSpecs[?(@.Type=='Worker')].Envs[?(@.Name=='A')]") == ["JobSpecs"]


@pytest.mark.parametrize(
    ("limit", "args", "message"),
    [
        ("locked", {"UserCommand": "x"}, "The template locks UserCommand; leave it out."),
        ("required", {}, "The template requires UserCommand; give it."),
    ],
)
def test_r26_the_refusal_names_the_field_without_the_paths_root_and_what_to_do(
    limit: str, args: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidArguments) as refused:
        check_constraints({"$.UserCommand": limit}, args, {})
    assert (refused.value.rule, refused.value.field, refused.value.message) == ("R26", "UserCommand", message)


@pytest.mark.parametrize("path", ["UserCommand", "$.UserCommand", "JobSpecs[0].Image", "JobSpecs[*].Image"])
def test_r54_a_required_field_may_stand_in_the_content_or_in_the_call(path: str) -> None:
    given = {"UserCommand": "x", "JobSpecs": [{"Image": "i"}]}
    check_constraints({path: "required"}, {}, given)
    check_constraints({path: "required"}, given, {})
    for nothing in ({}, {"UserCommand": " ", "JobSpecs": [{"Image": ""}]}):
        with pytest.raises(InvalidArguments) as refused:
            check_constraints({path: "required"}, nothing, nothing)
        assert refused.value.rule == "R26"


async def test_r54_what_the_content_gives_is_not_asked_of_the_job() -> None:
    content = {"JobType": "PyTorchJob", "JobSpecs": [worker()], "UserCommand": "x"}
    version = {"Version": 1, "Content": content, "Constraints": {"UserCommand": "required"}}
    runtime, _, _ = runtime_of({"GetJobTemplate": {"TemplateId": "t1", "DefaultVersion": 1, "Versions": [version]}})
    call = call_of("CreateJob", job(TemplateId="t1", JobType=None, JobSpecs=None, UserCommand=None))
    spec = worker()
    for kind, seen in (("template", "t1"), ("image", spec["Image"]), ("ecs_spec", spec["EcsSpec"])):
        await remember(runtime, call.caller, call.region, kind, [Seen(seen, {"Versions": [1]})])
    await validation.check(call, runtime)
    await discovery.check(call, runtime)
    assert "UserCommand" not in call.args


@pytest.mark.parametrize("action", ["CreateJobTemplate", "UpdateJobTemplate"])
async def test_r54_a_leading_root_is_taken_off_a_path_with_a_notice(action: str) -> None:
    limits = {"$.JobSpecs[0].Image": "locked", "$.UserCommand": "required", "JobType": "overridable"}
    runtime, _, _ = runtime_of()
    call = call_of(action, {"Content": {"UserCommand": "x"}, "Constraints": dict(limits), "SetAsDefault": True})
    await validation.check(call, runtime)
    assert call.args["Constraints"] == {
        "JobSpecs[0].Image": "locked",
        "UserCommand": "required",
        "JobType": "overridable",
    }
    taken_off = "The path of a constraint begins with the field; the leading $. was taken off: "
    said = [notice.message for notice in call.notices if notice.rule == "R54"]
    assert said == [f"{taken_off}$.JobSpecs[0].Image, $.UserCommand."]
    call.args["Constraints"] = {f"$.{letter}{'x' * 80}": "locked" for letter in "ABCDEF"}
    await validation.check(call, runtime)
    assert call.notices[-1].message == f"{taken_off}{', '.join(f'$.{letter}' + 'x' * 77 for letter in 'ABCDE')}."


async def test_r54_paths_that_begin_with_the_field_travel_as_they_are() -> None:
    limits = {"JobSpecs[0].Image": "locked", "Envs.$.A": "overridable"}
    runtime, _, _ = runtime_of()
    call = call_of("CreateJobTemplate", {"Content": {"UserCommand": "x"}, "Constraints": limits})
    await validation.check(call, runtime)
    assert call.args["Constraints"] is limits
    assert [notice for notice in call.notices if notice.rule == "R54"] == []


async def test_r54_one_field_with_two_values_is_refused_and_with_the_same_value_twice_is_one() -> None:
    content = {"Content": {"UserCommand": "x"}}
    error = await refusal("CreateJobTemplate", content | {"Constraints": {"$.A": "locked", "A": "required"}})
    assert (error.rule, error.field) == ("R54", "Constraints.A")
    runtime, _, _ = runtime_of()
    call = call_of("CreateJobTemplate", content | {"Constraints": {"$.A": "locked", "A": "locked"}})
    await validation.check(call, runtime)
    assert call.args["Constraints"] == {"A": "locked"}


SPECS = [{"Type": "Worker", "Image": "i", "ResourceConfig": {"CPU": "8", "GPU": "4"}}, {"Type": "Master", "Image": "j"}]


@pytest.mark.parametrize(
    ("path", "job"),
    [
        ("JobSpecs[0].Image", [{"Image": "i"}, {}]),
        ("JobSpecs[1].Image", [{}, {"Image": "j"}]),
        ("JobSpecs[*].Image", [{"Image": "i"}, {"Image": "j"}]),
        ("JobSpecs[].Image", [{"Image": "i"}, {"Image": "j"}]),
        ("JobSpecs[1].*", [{}, {"Type": "Master", "Image": "j"}]),
        ("JobSpecs[2].Image", [{}, {}]),
        ("JobSpecs[0].ResourceConfig.GPU", [{"ResourceConfig": {"GPU": "4"}}, {}]),
        ("JobSpecs[0].ResourceConfig", [{"ResourceConfig": {"CPU": "8", "GPU": "4"}}, {}]),
        ("JobSpecs[1].ResourceConfig.GPU", [{}, {}]),
    ],
)
def test_r26_what_is_locked_in_one_spec_comes_into_that_one_only(path: str, job: list[Any]) -> None:
    template = {"Versions": [{"Content": {"JobSpecs": SPECS}, "Constraints": {path: "locked"}}]}
    assert merged({"JobSpecs": [{}, {}]}, template) == {"JobSpecs": job}


def test_r26_what_the_call_gives_itself_is_not_written_over() -> None:
    limits = {"UserCommand": "locked", "Envs.A": "locked", "Envs.B": "locked"}
    template = {"Versions": [{"Content": {"UserCommand": "a", "Envs": {"A": "1", "B": "2"}}, "Constraints": limits}]}
    assert merged({"UserCommand": "own", "Envs": {"A": "own", "B": ""}}, template) == {
        "UserCommand": "own",
        "Envs": {"A": "own", "B": "2"},
    }


@pytest.mark.parametrize(
    ("own", "of_template", "path"),
    [
        ({"a": 1}, "abc", "Settings.*"),
        ("abc", {"a": 1}, "Settings.a"),
        ({"a": 1}, [{"a": 2}], "Settings[0].a"),
        ([{"a": 1}], {"a": 2}, "Settings[0].a"),
        (5, 6, "Settings.a"),
    ],
)
def test_r26_where_job_and_template_differ_in_shape_the_job_stands(own: Any, of_template: Any, path: str) -> None:
    template = {"Versions": [{"Content": {"Settings": of_template}, "Constraints": {path: "locked"}}]}
    assert merged({"Settings": own}, template) == {"Settings": own}


@pytest.mark.parametrize("versions", [[], "text", None, [None], ["text"], [{}]])
def test_a_template_without_a_readable_version_has_no_content(versions: Any) -> None:
    assert content_of({"Versions": versions}) is None
    assert constraints_of({"Versions": versions}) == {}


async def test_r12_a_create_that_is_refused_anyway_reads_no_template_and_asks_for_nothing_that_it_may_have() -> None:
    error = await refusal("CreateJob", job(TemplateId="t1", WorkspaceId=None, UserCommand=None))
    assert (error.rule, error.field, error.several) == ("R01", "workspace_id", ())


@pytest.mark.parametrize(
    ("own", "wanted", "is_refused"),
    [("T" * 41, "PyTorchJob", True), (None, "TFJob", False), ("", "TFJob", False), ("TFJob", None, False),
     ("TFJob", "TFJob", False)],
)  # fmt: skip
def test_r12_the_templates_job_type_wins_where_it_has_one(own: Any, wanted: Any, is_refused: bool) -> None:
    refused = validation.r12_template({"JobType": wanted}, {"JobType": own})
    said = f"The template is for a {'T' * 40} and its job type wins; give that one, or use no template."
    assert (refused and refused.message) == (said if is_refused else None)


async def test_r26_the_versions_that_a_read_showed_are_remembered_beside_those_of_earlier_reads() -> None:
    runtime, _, clock = runtime_of()
    read = call_of("GetJobTemplate", {"TemplateId": "t1"})
    rows = [{"Version": 3}, "odd", {"Version": "1"}, {"Version": "latest"}, {}]
    await learn_template(read, Reply({"TemplateId": "other", "Versions": rows}), runtime)
    found = await find(runtime, read.caller, REGION, "template", "t1")
    assert found == Seen("t1", {"Versions": [1, 3]}, clock.at, "dlc_get_job_template")
    clock.at += 60
    made = call_of("CreateJobTemplate", {})
    await learn_template(made, Reply({"TemplateId": "t1", "Versions": [{"Version": 2}]}), runtime)
    found = await find(runtime, read.caller, REGION, "template", "t1")
    assert found == Seen("t1", {"Versions": [1, 2, 3]}, clock.at, "dlc_create_job_template")
    await learn_template(read, Reply({"Versions": None}), runtime)
    found = await find(runtime, read.caller, REGION, "template", "t1")
    assert found is not None
    assert found.about == {"Versions": [1, 2, 3]}


@pytest.mark.parametrize(("wanted", "asked"), [(None, {}), (2, {"version": "2"}), (7, {"version": "7"})])
async def test_r26_a_version_that_was_not_read_is_the_one_to_read(wanted: int | None, asked: dict[str, str]) -> None:
    shown = {"TemplateId": "t1", "DefaultVersion": 2, "Versions": [{"Version": wanted or 2, "Content": "{}"}]}
    runtime, _, _ = runtime_of({"GetJobTemplate": shown})
    call = call_of("CreateJob", {"TemplateId": "t1", "TemplateVersion": wanted} if wanted else {"TemplateId": "t1"})
    if wanted:
        await remember(runtime, call.caller, REGION, "template", [Seen("t1", {"Versions": [1]})])
    with pytest.raises(DiscoveryRequired) as refused:
        await discovery.check(call, runtime)
    (step,) = refused.value.next
    assert (step.tool, step.arguments) == ("dlc_get_job_template", {"region": REGION, "template_id": "t1", **asked})
