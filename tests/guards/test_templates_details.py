"""R26 in detail: which version counts, how a path of a constraint is walked, and what a read of a template leaves."""

from __future__ import annotations

from typing import Any

import pytest
from guards.discovering import passed, refusal
from guards.fakes import REGION, call_of, runtime_of

from pai_dlc_mcp.errors import InvalidArguments
from pai_dlc_mcp.guards.discovery import check as discovery
from pai_dlc_mcp.guards.discovery.ledger import Seen, one
from pai_dlc_mcp.guards.validation.templates import judge, keys_of, merged, values_at
from pai_dlc_mcp.runtime import Caller, Reply, Runtime

READ = "Read {} 'tpl-1' first: it may lock or require fields."


def template(*versions: Any, default: Any = 3) -> dict[str, Any]:
    rows = [{"Version": version, "Content": '{"UserCommand": "x"}'} for version in versions]
    return {"TemplateId": "tpl-1", "DefaultVersion": default, "Versions": rows}


async def read(runtime: Runtime, answer: dict[str, Any]) -> None:
    await discovery.learn(call_of("GetJobTemplate", {"TemplateId": "tpl-1"}), Reply(answer), runtime)


async def entry_of(runtime: Runtime) -> Seen | None:
    return await one(runtime, Caller("ada"), REGION, "template", "tpl-1")


async def test_r26_the_version_that_the_call_names_is_the_one_that_must_have_been_read() -> None:
    runtime, _, _ = runtime_of({"GetJobTemplate": template(3)})
    await read(runtime, template(2))
    await passed(runtime, {"TemplateId": "tpl-1", "TemplateVersion": 2})
    await read(runtime, template(3))
    error = await refusal(runtime, {"TemplateId": "tpl-1", "TemplateVersion": 4})
    assert error.message == READ.format("version 4 of the job template")
    assert dict(error.next[0].arguments) == {"region": REGION, "template_id": "tpl-1", "version": "4"}


async def test_r26_of_a_long_id_80_characters_are_told_and_160_go_into_the_next_call() -> None:
    runtime, _, _ = runtime_of({"GetJobTemplate": template(3)})
    error = await refusal(runtime, {"TemplateId": "t" * 200})
    assert f"template {'t' * 80!r} first" in error.message
    assert error.next[0].arguments["template_id"] == "t" * 160


async def test_r26_a_template_nobody_read_is_named_without_a_version() -> None:
    runtime, _, _ = runtime_of({"GetJobTemplate": template(3)})
    assert (await refusal(runtime, {"TemplateId": "tpl-1"})).message == READ.format("the job template")


@pytest.mark.parametrize("default", [None, "", "newest", "-1", 2.5])
async def test_r26_a_default_version_that_is_no_number_was_never_read(default: Any) -> None:
    odd = template(default, default=default)
    runtime, _, _ = runtime_of({"GetJobTemplate": odd})
    await read(runtime, odd)
    error = await refusal(runtime, {"TemplateId": "tpl-1"})
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
    await passed(runtime, {"TemplateId": "tpl-1"})


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


@pytest.mark.parametrize("limit", ["locked", "required"])
def test_r26_the_refusal_names_the_field_without_the_paths_root_and_at_most_120_characters(limit: str) -> None:
    name = "E" + "n" * 150
    args = {name: "x"} if limit == "locked" else {}
    with pytest.raises(InvalidArguments) as refused:
        judge({f"$.{name}": limit}, args)
    assert refused.value.field == name[:120]
    told = f"locks {name[:120]}; leave it out" if limit == "locked" else f"requires {name[:120]}; give it"
    assert refused.value.message == f"The template {told}."


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
    made = {"Versions": [{"Content": {"JobSpecs": SPECS}, "Constraints": {path: "locked"}}]}
    assert merged({"JobSpecs": [{}, {}]}, made) == {"JobSpecs": job}


def test_r26_what_the_call_gives_itself_is_not_written_over() -> None:
    limits = {"UserCommand": "locked", "Envs.A": "locked", "Envs.B": "locked"}
    made = {"Versions": [{"Content": {"UserCommand": "a", "Envs": {"A": "1", "B": "2"}}, "Constraints": limits}]}
    assert merged({"UserCommand": "own", "Envs": {"A": "own", "B": ""}}, made) == {
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
    made = {"Versions": [{"Content": {"Settings": of_template}, "Constraints": {path: "locked"}}]}
    assert merged({"Settings": own}, made) == {"Settings": own}
