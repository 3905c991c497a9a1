"""R55: what is taken over unchanged from a job's or a template's record is looked up at that moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from pai_dlc_mcp.api.kinds import DATASET, IMAGE_URI, INSTANCE_TYPE
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import DiscoveryRequired, NotFound, PermissionDenied
from pai_dlc_mcp.guards.discovery import check as discovery
from pai_dlc_mcp.guards.discovery.ledger import Seen, find, remember
from pai_dlc_mcp.guards.discovery.lookup import MOST_LOOKUPS, MOST_PAGES, Lookup, look_up
from pai_dlc_mcp.guards.discovery.suggestions import Named
from pai_dlc_mcp.runtime import Call, Runtime
from support.discovery_calls import URI, job
from support.fake_cloud import REGION, Answer, FakeCloud, call_of, runtime_of

OTHER = "dsw-registry.cn-hangzhou.cr.aliyuncs.com/pai/pytorch:2.3"


def images(args: Mapping[str, Any]) -> Mapping[str, Any]:
    """The one official image, where it is asked for or no other is; a workspace has none of its own."""
    is_asked = args.get("ImageUri") in (None, URI) and "WorkspaceId" not in args
    rows = [{"ImageUri": URI, "Name": "pytorch:2.4", "ImageId": "image-1"}] if is_asked else []
    return {"Images": rows, "TotalCount": len(rows)}


def types(args: Mapping[str, Any]) -> Mapping[str, Any]:
    rows = [{"InstanceType": name, "IsAvailable": name == "ecs.gn7i", "Gpu": 1} for name in ("ecs.gn7i", "ecs.gn6v")]
    wanted = args.get("InstanceTypes")
    return {"EcsSpecs": [row for row in rows if wanted in (None, row["InstanceType"])]}


THERE: dict[str, Answer | list[Answer]] = {
    "ListImages": images,
    "ListEcsSpecs": types,
    "GetDataset": {"Name": "corpus", "WorkspaceId": "11001"},
    "ListDatasets": {"Datasets": [{"DatasetId": "d-knowm", "Name": "corpus-2"}], "TotalCount": 1},
    "GetCodeSource": {"CodeSourceId": "code-known", "WorkspaceId": "11001"},
    "ListCodeSources": {"CodeSources": [], "TotalCount": 0},
}
STILL_THERE = "Taken over unchanged; looked up just now, and still there: "
PLAIN = {name: value for name, value in job().items() if name != "ResourceId"}


def taken_over(
    answers: dict[str, Any] | None = None, *, args: dict[str, Any] = PLAIN, record: dict[str, Any] = PLAIN, **set_: Any
) -> tuple[Runtime, FakeCloud, Call]:
    """A create whose arguments stand in the record that it was made from."""
    runtime, cloud, _ = runtime_of({**THERE, **(answers or {})}, settings=Settings(**set_))
    call = call_of("CreateJob", args)
    call.known.record = record
    return runtime, cloud, call


async def refused(call: Call, runtime: Runtime) -> DiscoveryRequired:
    with pytest.raises(DiscoveryRequired) as caught:
        await discovery.check(call, runtime)
    return caught.value


async def test_r55_what_still_exists_counts_as_seen_from_then_on() -> None:
    runtime, cloud, call = taken_over()
    await discovery.check(call, runtime)
    (said,) = [notice.message for notice in call.notices if notice.rule == "R55"]
    assert said == f"{STILL_THERE}{URI}, d-known, code-known, ecs.gn7i."
    asked = [args for action, args in cloud.sent if action == "ListImages"]
    assert {one.get("ImageUri") for one in asked} == {URI}
    for kind, id in (("image", URI), ("ecs_spec", "ecs.gn7i"), ("dataset", "d-known"), ("code_source", "code-known")):
        assert await find(runtime, call.caller, REGION, kind, id) is not None
    again = call_of("CreateJob", PLAIN)
    await discovery.check(again, runtime)
    assert again.notices == []


async def test_r55_without_a_record_nothing_is_looked_up() -> None:
    runtime, cloud, call = taken_over(record={})
    error = await refused(call, runtime)
    assert "R55" not in error.message
    assert cloud.sent == []


async def test_r55_what_the_caller_changed_is_not_looked_up() -> None:
    runtime, cloud, call = taken_over(
        args=PLAIN | {"JobSpecs": [{"Type": "Worker", "Image": OTHER, "EcsSpec": "ecs.gn7i"}]}
    )
    error = await refused(call, runtime)
    assert (error.rule, error.field) == ("R02", "JobSpecs[0].Image")
    assert OTHER not in str(cloud.sent)


@pytest.mark.parametrize(
    ("change", "answers", "rule", "nearest"),
    [
        (
            {"JobSpecs": [{"Type": "Worker", "Image": OTHER, "EcsSpec": "ecs.gn7i"}]},
            {},
            "R02",
            f"'{URI}' ('pytorch:2.4')",
        ),
        ({"JobSpecs": [{"Type": "Worker", "Image": URI, "EcsSpec": "ecs.gn5"}]}, {}, "R21", "'ecs.gn7i', 'ecs.gn6v'"),
        ({}, {"GetDataset": NotFound("no such dataset")}, "R03", "'d-knowm' ('corpus-2')"),
        ({}, {"GetCodeSource": NotFound("no such code source")}, "R04", ""),
    ],
)
async def test_r55_what_is_gone_is_named_with_the_nearest_that_is_there(
    change: dict[str, Any], answers: dict[str, Any], rule: str, nearest: str
) -> None:
    record = PLAIN | change
    runtime, _, call = taken_over(answers, args=record, record=record)
    error = await refused(call, runtime)
    assert error.rule == rule
    assert "was taken over and does not exist" in error.message
    assert ("nearest that does" in error.message) is bool(nearest)
    assert nearest in error.message
    kind = {"R02": "image", "R21": "ecs_spec", "R03": "dataset", "R04": "code_source"}[rule]
    value = {"R02": OTHER, "R21": "ecs.gn5", "R03": "d-known", "R04": "code-known"}[rule]
    assert await find(runtime, call.caller, REGION, kind, value) is None


async def test_r55_what_may_not_be_read_is_refused_and_not_said_to_be_gone() -> None:
    runtime, _, call = taken_over({"GetDataset": PermissionDenied("no")})
    error = await refused(call, runtime)
    assert (error.rule, error.field) == ("R03", "DataSources[0].DataSourceId")
    assert "could not be looked up" in error.message
    assert "does not exist" not in error.message


async def test_r55_a_look_shows_nothing_that_the_operators_settings_forbid_to_read() -> None:
    runtime, _, call = taken_over({"GetDataset": {"Name": "theirs", "WorkspaceId": "999"}}, workspaces=("11001",))
    error = await refused(call, runtime)
    assert error.rule == "R03"
    assert "theirs" not in error.message
    assert await find(runtime, call.caller, REGION, "dataset", "d-known") is None


async def test_r21_r55_a_type_that_is_out_of_stock_now_is_noticed() -> None:
    record = PLAIN | {"JobSpecs": [{"Type": "Worker", "Image": URI, "EcsSpec": "ecs.gn6v"}]}
    runtime, _, call = taken_over(args=record, record=record)
    await discovery.check(call, runtime)
    assert "R21" in [notice.rule for notice in call.notices]


async def test_r55_a_record_that_names_many_is_looked_up_in_part() -> None:
    record = PLAIN | {"DataSources": [{"DataSourceId": f"d-{number}"} for number in range(MOST_LOOKUPS * 2)]}
    runtime, cloud, call = taken_over(args=record, record=record)
    error = await refused(call, runtime)
    assert error.rule == "R03"
    assert cloud.actions.count("GetDataset") == MOST_LOOKUPS - 1, "the image before them was looked up too"


@pytest.mark.parametrize("is_there", [True, False])
async def test_r55_what_a_template_gives_is_looked_up_when_a_job_is_made_of_it(is_there: bool) -> None:
    content = {"JobType": "PyTorchJob", "UserCommand": "x", **PLAIN} | {
        "JobSpecs": [{"Type": "Worker", "Image": URI if is_there else OTHER, "EcsSpec": "ecs.gn7i"}]
    }
    template = {"TemplateId": "t1", "DefaultVersion": 1, "Versions": [{"Version": 1, "Content": content}]}
    runtime, _, _ = runtime_of({**THERE, "GetJobTemplate": template})
    call = call_of("CreateJob", {"DisplayName": "a", "WorkspaceId": "11001", "TemplateId": "t1"})
    await remember(runtime, call.caller, REGION, "template", [Seen("t1", {"Versions": [1]})])
    if is_there:
        await discovery.check(call, runtime)
        assert [notice.rule for notice in call.notices] == ["R55"]
        return
    error = await refused(call, runtime)
    assert (error.rule, error.field) == ("R02", "JobSpecs[0].Image")
    assert URI in error.message


async def test_r55_a_template_that_was_not_read_is_asked_for_before_anything_is_looked_up() -> None:
    template = {"TemplateId": "t1", "DefaultVersion": 1, "Versions": [{"Version": 1, "Content": PLAIN}]}
    runtime, cloud, _ = runtime_of({**THERE, "GetJobTemplate": template})
    error = await refused(call_of("CreateJob", {"DisplayName": "a", "TemplateId": "t1"}), runtime)
    assert error.rule == "R26"
    assert cloud.actions == ["GetJobTemplate"]


async def test_r05_the_quota_of_a_template_is_its_own_business() -> None:
    content = {"JobType": "PyTorchJob", "UserCommand": "x", "ResourceId": "quota-x", "JobSpecs": [{"Image": URI}]}
    template = {"TemplateId": "t1", "DefaultVersion": 1, "Versions": [{"Version": 1, "Content": content}]}
    runtime, _, _ = runtime_of({**THERE, "GetJobTemplate": template})
    call = call_of("CreateJob", {"DisplayName": "a", "WorkspaceId": "11001", "TemplateId": "t1"})
    await remember(runtime, call.caller, REGION, "template", [Seen("t1", {"Versions": [1]})])
    await discovery.check(call, runtime)
    assert "R05" not in [notice.rule for notice in call.notices]


async def test_r55_an_answer_that_shows_others_as_well_is_searched_and_one_that_shows_only_others_is_none() -> None:
    def others_too(args: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"EcsSpecs": [{"InstanceType": name, "IsAvailable": True, "Gpu": 1} for name in ("ecs.a", "ecs.gn7i")]}

    runtime, _, call = taken_over({"ListEcsSpecs": others_too})
    await discovery.check(call, runtime)
    assert await find(runtime, call.caller, REGION, "ecs_spec", "ecs.gn7i") is not None
    assert await find(runtime, call.caller, REGION, "ecs_spec", "ecs.a") is None
    only_others = {"EcsSpecs": [{"InstanceType": "ecs.a", "IsAvailable": True, "Gpu": 1}]}
    runtime, _, call = taken_over({"ListEcsSpecs": only_others})
    assert (await refused(call, runtime)).rule == "R21"


@pytest.mark.parametrize(("more", "rest"), [(1, ""), (2, " and 1 more")])
async def test_r55_five_of_what_was_looked_up_are_named_and_the_rest_is_counted(more: int, rest: str) -> None:
    sources = [{"DataSourceId": "d" * 161}, *({"DataSourceId": f"d-{number}"} for number in range(more))]
    record = PLAIN | {"DataSources": sources}
    runtime, _, call = taken_over(args=record, record=record)
    await discovery.check(call, runtime)
    named = [URI, "d" * 160, *(f"d-{number}" for number in range(more)), "code-known", "ecs.gn7i"][:5]
    assert call.notices[0].message == f"{STILL_THERE}{', '.join(named)}{rest}."


async def test_r55_the_refusal_says_of_each_value_what_the_look_gave() -> None:
    missing = discovery.Missing(Named("F", "v" * 161, INSTANCE_TYPE), [], Lookup(None, True, ("'a'", "'b'")))
    gone = "was taken over and does not exist as an instance type here; nearest that does: 'a', 'b' (R21, R55)"
    assert missing.reason() == f"F {'v' * 160!r} {gone}"
    missing = discovery.Missing(Named("F", "v", DATASET), [], Lookup())
    unread = "was not shown to you as a dataset here (R03); it was taken over and could not be looked up"
    assert missing.reason() == f"F 'v' {unread}"


async def test_r55_where_one_of_several_was_looked_up_they_were_not_found() -> None:
    record = PLAIN | {"CodeSource": {}}
    args = PLAIN | {"CodeSource": {"CodeSourceId": "code-new"}}
    runtime, _, call = taken_over({"GetDataset": NotFound("none")}, args=args, record=record)
    assert (await refused(call, runtime)).message.startswith("2 values were not found: ")


async def nearest_of(
    value: str, answers: dict[str, Any] | None = None, kind: Any = INSTANCE_TYPE, **more: Any
) -> tuple[tuple[str, ...], FakeCloud]:
    runtime, cloud, call = taken_over(answers, **more)
    return (await look_up(call, runtime, Named("F", value, kind))).nearest, cloud


async def test_r55_the_nearest_are_named_however_far_with_so_many_characters_and_no_more() -> None:
    found, _ = await nearest_of("zz")
    assert set(found) == {"'ecs.gn7i'", "'ecs.gn6v'"}
    rows = [{"DatasetId": "d" * 161, "Name": "n" * 61}]
    there = {"GetDataset": NotFound("none"), "ListDatasets": {"Datasets": rows, "TotalCount": 1}}
    found, cloud = await nearest_of("d-1", there, DATASET)
    assert found == (f"{'d' * 160!r} ({'n' * 60!r})",)
    assert {args["WorkspaceId"] for action, args in cloud.sent if action == "ListDatasets"} == {"11001"}


async def test_r55_no_list_is_asked_without_its_workspace_of_one_that_is_forbidden_or_beyond_five_pages() -> None:
    away = {"GetDataset": NotFound("none")}
    nowhere = {name: value for name, value in PLAIN.items() if name != "WorkspaceId"}
    for more in ({"args": nowhere}, {"workspaces": ("12",)}):
        found, cloud = await nearest_of("d-1", away, DATASET, **more)
        assert found == ()
        assert "ListDatasets" not in cloud.actions
    endless = {"EcsSpecs": [{"InstanceType": "ecs.x"}] * 100, "TotalCount": 10**6}
    found, cloud = await nearest_of("ecs.y", {"ListEcsSpecs": endless})
    assert found == ()
    assert cloud.actions.count("ListEcsSpecs") == 1 + MOST_PAGES


async def test_r55_what_the_settings_are_judged_by_is_what_the_look_shows_and_read_once() -> None:
    runtime, cloud, call = taken_over(workspaces=("11001",))
    await discovery.check(call, runtime)
    for reader in ("GetDataset", "GetCodeSource"):
        assert cloud.actions.count(reader) == 1


async def test_r55_where_a_workspace_is_forbidden_what_belongs_to_all_is_still_searched() -> None:
    found, cloud = await nearest_of(f"{URI}x", kind=IMAGE_URI, workspaces=("12",))
    assert found == (f"{URI!r} ({'pytorch:2.4'!r})",)
    assert {args.get("WorkspaceId") for action, args in cloud.sent if action == "ListImages"} == {None}


async def test_r55_what_a_call_gives_itself_beside_a_template_is_not_looked_up_and_what_is_empty_names_nothing() -> (
    None
):
    content = {"JobType": "PyTorchJob", "DataSources": [{"DataSourceId": ""}, {"DataSourceId": 5}]}
    template = {"TemplateId": "t1", "DefaultVersion": 1, "Versions": [{"Version": 1, "Content": content}]}
    runtime, cloud, _ = runtime_of({**THERE, "GetJobTemplate": template})
    specs = [{"Type": "Worker", "Image": OTHER, "EcsSpec": "ecs.gn7i"}]
    call = call_of("CreateJob", {"DisplayName": "a", "WorkspaceId": "11001", "TemplateId": "t1", "JobSpecs": specs})
    await remember(runtime, call.caller, REGION, "template", [Seen("t1", {"Versions": [1]})])
    error = await refused(call, runtime)
    assert error.message.startswith("2 values were not shown yet: JobSpecs[0].Image")
    assert cloud.actions == ["GetJobTemplate"]


@pytest.mark.parametrize("action", ["UpdateJobTemplate", "UpdateJob"])
async def test_r55_what_an_update_leaves_as_it_was_is_looked_up(action: str) -> None:
    stored: dict[str, Any] = {"JobSpecs": [{"Image": URI}]}
    template = {"TemplateId": "t1", "Versions": [{"Content": stored}]}
    runtime, _, _ = runtime_of({**THERE, "GetJobTemplate": template, "GetJob": {"JobId": "dlc1", **stored}})
    call = call_of(action, {"TemplateId": "t1", "Content": stored, "JobId": "dlc1", **stored})
    await discovery.check(call, runtime)
    assert [notice.message for notice in call.notices] == [f"{STILL_THERE}{URI}."]
    assert call.known.workspace is None
