"""R55: what is taken over unchanged from a job's or a template's record is looked up at that moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import DiscoveryRequired, NotFound, PermissionDenied
from pai_dlc_mcp.guards.discovery import check as discovery
from pai_dlc_mcp.guards.discovery.ledger import Seen, find, remember
from pai_dlc_mcp.guards.discovery.lookup import MOST_LOOKUPS
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
    runtime, _, call = taken_over()
    await discovery.check(call, runtime)
    (said,) = [notice.message for notice in call.notices if notice.rule == "R55"]
    assert all(one in said for one in (URI, "ecs.gn7i", "d-known", "code-known"))
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
    assert cloud.actions.count("GetDataset") <= MOST_LOOKUPS


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
