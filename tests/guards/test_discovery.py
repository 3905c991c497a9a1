"""R02-R05, R21, R26: what a create names was shown by a read, to this caller, in this region."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from guards.fakes import REGION, call_of, runtime_of
from pai_dlc_mcp.errors import DiscoveryRequired, InvalidArguments
from pai_dlc_mcp.guards import discovery, ledger
from pai_dlc_mcp.guards.templates import given_at, judge
from pai_dlc_mcp.runtime import Call, Caller, Reply, Runtime
from pai_dlc_mcp.settings import Settings
from pai_dlc_mcp.state import StateUnavailable
from pai_dlc_mcp.state.memory import MemoryState

URI = "dsw-registry.cn-hangzhou.cr.aliyuncs.com/pai/pytorch:2.4"
IMAGES = {"Images": [{"ImageUri": URI, "Name": "pytorch:2.4", "ImageId": "image-aaaabbbbccccdddd11"}]}
SPECS = {
    "EcsSpecs": [
        {"InstanceType": "ecs.gn7i", "IsAvailable": True, "Gpu": 1, "GpuType": "A10"},
        {"InstanceType": "ecs.gn6v", "IsAvailable": False, "Gpu": 1, "GpuType": "V100"},
        {"InstanceType": "ecs.gn6e", "IsAvailable": True, "Gpu": 1, "GpuType": "V100"},
        {"InstanceType": "ecs.gn7.8x", "IsAvailable": True, "Gpu": 8, "GpuType": "A100"},
    ]
}
DATASETS = {"Datasets": [{"DatasetId": "d-known", "Name": "corpus"}]}
SOURCES = {"CodeSources": [{"CodeSourceId": "code-known", "DisplayName": "trainer"}]}
QUOTAS = {"Quotas": [{"Id": "quota-known", "Name": "team"}]}
LISTS = {
    "ListImages": IMAGES,
    "ListEcsSpecs": SPECS,
    "ListDatasets": DATASETS,
    "ListCodeSources": SOURCES,
    "ListQuotas": QUOTAS,
}


def job(**more: Any) -> dict[str, Any]:
    return {
        "DisplayName": "train",
        "WorkspaceId": "11001",
        "JobSpecs": [{"Type": "Worker", "Image": URI, "EcsSpec": "ecs.gn7i"}],
        "DataSources": [{"DataSourceId": "d-known"}],
        "CodeSource": {"CodeSourceId": "code-known"},
        "ResourceId": "quota-known",
    } | more


def spec(**more: Any) -> dict[str, Any]:
    return job(JobSpecs=[{"Image": URI, "EcsSpec": "ecs.gn7i"} | more])


async def show(runtime: Runtime, *lists: str, caller: str = "ada", region: str = REGION) -> None:
    """The answers of these lists, as they pass through the pipeline."""
    for name in lists or tuple(LISTS):
        call = call_of(name, caller=caller)
        call.region = region
        await discovery.learn(call, Reply(dict(LISTS[name])), runtime)


@pytest.fixture
def runtime() -> Runtime:
    return runtime_of()[0]


async def refusal(runtime: Runtime, args: dict[str, Any], action: str = "CreateJob") -> DiscoveryRequired:
    with pytest.raises(DiscoveryRequired) as refused:
        await discovery.check(call_of(action, args), runtime)
    return refused.value


async def passed(runtime: Runtime, args: dict[str, Any], action: str = "CreateJob") -> Call:
    call = call_of(action, args)
    await discovery.check(call, runtime)
    return call


async def test_a_create_whose_ids_were_all_shown_passes_without_a_word(runtime: Runtime) -> None:
    await show(runtime)
    assert (await passed(runtime, job())).notices == []


@pytest.mark.parametrize(
    ("rule", "field", "args", "tool", "argument"),
    [
        ("R02", "JobSpecs[0].Image", spec(Image="reg.example/torch:9"), "aiworkspace_list_images", {"query": "torch"}),
        ("R03", "DataSources[0].DataSourceId", job(DataSources=[{"DataSourceId": "d-new"}]), "aiworkspace_get_dataset",
         {"dataset_id": "d-new"}),
        ("R04", "CodeSource.CodeSourceId", job(CodeSource={"CodeSourceId": "code-new"}),
         "aiworkspace_get_code_source", {"code_source_id": "code-new"}),
        ("R21", "JobSpecs[0].EcsSpec", spec(EcsSpec="ecs.none"), "dlc_list_ecs_specs", {"page_size": 100}),
    ],
    ids=["r02", "r03", "r04", "r21"],
)  # fmt: skip
async def test_r02_r03_r04_r21_an_id_that_nothing_showed_is_refused_with_the_call_that_would_show_it(
    runtime: Runtime, rule: str, field: str, args: dict[str, Any], tool: str, argument: dict[str, Any]
) -> None:
    await show(runtime)
    error = await refusal(runtime, args)
    assert (error.rule, error.field) == (rule, field)
    assert [(step.tool, step.arguments) for step in error.next] == [(tool, {"region": REGION, **argument})]


@pytest.mark.parametrize("wrong", [URI.upper(), URI + " ", URI.removesuffix("4"), "https://" + URI])
async def test_r02_an_image_that_differs_in_one_character_is_refused_and_the_nearest_is_named(
    runtime: Runtime, wrong: str
) -> None:
    await show(runtime)
    error = await refusal(runtime, spec(Image=wrong))
    assert error.rule == "R02"
    assert URI in error.message or wrong == URI.upper()


@pytest.mark.parametrize("other", ["pytorch:2.4", "PyTorch:2.4", "image-aaaabbbbccccdddd11"])
async def test_r02_the_name_or_id_of_an_image_is_refused_with_its_address(runtime: Runtime, other: str) -> None:
    await show(runtime)
    error = await refusal(runtime, spec(Image=other))
    assert (error.rule, error.field) == ("R02", "JobSpecs[0].Image")
    assert repr(URI) in error.message


async def test_r02_an_image_read_by_its_id_counts_and_its_id_is_remembered_beside_it(runtime: Runtime) -> None:
    await show(runtime, "ListEcsSpecs")
    read = call_of("GetImage", {"ImageId": "image-zzzz"})
    await discovery.learn(read, Reply({"ImageUri": "reg.example/own:1", "Name": "own"}), runtime)
    args = {"WorkspaceId": "1", "JobSpecs": [{"Image": "reg.example/own:1", "EcsSpec": "ecs.gn7i"}]}
    await passed(runtime, args)
    args["JobSpecs"] = [{"Image": "image-zzzz", "EcsSpec": "ecs.gn7i"}]
    assert "reg.example/own:1" in (await refusal(runtime, args)).message


async def test_one_refusal_names_everything_that_is_missing_and_each_call_once(runtime: Runtime) -> None:
    args = job(JobSpecs=[{"Image": "reg/a:1", "EcsSpec": "x"}, {"Image": "reg/a:1", "EcsSpec": "y"}])
    error = await refusal(runtime, args)
    for field in ("JobSpecs[0].Image", "JobSpecs[1].Image", "DataSources[0].DataSourceId", "CodeSource.CodeSourceId"):
        assert field in error.message
    tools = [step.tool for step in error.next]
    assert sorted(tools) == [
        "aiworkspace_get_code_source", "aiworkspace_get_dataset", "aiworkspace_list_images", "dlc_list_ecs_specs",
    ]  # fmt: skip


@pytest.mark.parametrize(("caller", "region"), [("bob", REGION), ("ada", "cn-shanghai")])
async def test_what_was_shown_to_another_caller_or_in_another_region_does_not_count(
    runtime: Runtime, caller: str, region: str
) -> None:
    await show(runtime, caller=caller, region=region)
    assert (await refusal(runtime, job())).rule == "R02"


@pytest.mark.parametrize("caller", ["ada/cn-hangzhou", "ada%2Fcn", "*", ""])
async def test_an_odd_callers_name_opens_no_other_ledger(runtime: Runtime, caller: str) -> None:
    await show(runtime, caller=caller)
    assert (await refusal(runtime, job())).rule == "R02"
    assert {entry.id for entry in await discovery.seen(runtime, Caller(caller), REGION, "image")} == {URI}


async def test_what_was_shown_is_forgotten_after_a_day() -> None:
    ticks = [0.0]
    runtime = replace(runtime_of()[0], state=MemoryState(lambda: ticks[0]))
    await show(runtime)
    ticks[0] = ledger.REMEMBERED - 1
    await passed(runtime, job())
    ticks[0] = ledger.REMEMBERED
    assert (await refusal(runtime, job())).rule == "R02"


async def test_the_ledger_tells_when_and_by_which_tool_an_id_was_shown(runtime: Runtime) -> None:
    await show(runtime, "ListDatasets")
    (entry,) = await discovery.seen(runtime, Caller("ada"), REGION, "dataset")
    assert (entry.id, entry.by, entry.about) == ("d-known", "aiworkspace_list_datasets", {"Name": "corpus"})
    assert entry.at == runtime.now()


async def test_r05_a_quota_that_no_listing_showed_gets_a_notice_and_is_never_filled_in(runtime: Runtime) -> None:
    await show(runtime)
    call = await passed(runtime, job(ResourceId="quota-new"))
    assert [notice.rule for notice in call.notices] == ["R05"]
    assert call.args["ResourceId"] == "quota-new"
    bare = job()
    del bare["ResourceId"]
    assert "ResourceId" not in (await passed(runtime, bare)).args


async def test_r21_an_instance_type_out_of_stock_gets_a_notice_with_those_that_are_not(runtime: Runtime) -> None:
    await show(runtime)
    (notice,) = (await passed(runtime, spec(EcsSpec="ecs.gn6v"))).notices
    assert notice.rule == "R21"
    assert "ecs.gn6e, ecs.gn7i" in notice.message
    assert "ecs.gn7.8x" not in notice.message


@pytest.mark.parametrize("action", ["CreateJobTemplate", "UpdateJobTemplate"])
@pytest.mark.parametrize("as_text", [True, False])
async def test_the_content_of_a_template_is_held_to_the_same_discovery(
    runtime: Runtime, action: str, as_text: bool
) -> None:
    import json

    content: Any = {"JobSpecs": [{"Image": "reg/a:1"}], "DataSources": [{"DataSourceId": "d-known"}]}
    args = {"TemplateId": "tpl-1", "Content": json.dumps(content) if as_text else content}
    await show(runtime)
    error = await refusal(runtime, args, action)
    assert (error.rule, error.field) == ("R02", "Content.JobSpecs[0].Image")
    content["JobSpecs"][0]["Image"] = URI
    await passed(runtime, args | {"Content": json.dumps(content) if as_text else content}, action)


async def test_r03_the_datasets_of_a_tensorboard_are_discovered_too(runtime: Runtime) -> None:
    args = {"DisplayName": "tb", "DataSources": [{"DataSourceId": "d-known"}]}
    assert (await refusal(runtime, args, "CreateTensorboard")).rule == "R03"
    await show(runtime)
    await passed(runtime, args, "CreateTensorboard")


@pytest.mark.parametrize(
    ("image", "served"),
    [
        ("reg.example/team/a:1", True),
        ("reg.example/team-evil/a:1", False),
        ("reg.example/teammate:1", False),
        ("reg.example.evil/team/a:1", False),
        ("REG.example/team/a:1", False),
    ],
)
async def test_r02_images_of_a_registry_that_the_operator_trusts_pass_with_a_notice(image: str, served: bool) -> None:
    runtime = runtime_of(settings=Settings(image_prefixes=("reg.example/team",)))[0]
    await show(runtime, "ListEcsSpecs")
    args = {"JobSpecs": [{"Image": image, "EcsSpec": "ecs.gn7i"}]}
    if not served:
        assert (await refusal(runtime, args)).rule == "R02"
        return
    (notice,) = (await passed(runtime, args)).notices
    assert notice.rule == "R02"
    assert "image_prefixes" in notice.message


class BrokenState(MemoryState):
    async def put(self, entries: Any, ttl: float) -> None:
        raise StateUnavailable("The keeper is gone.")

    async def get(self, key: str) -> str | None:
        raise StateUnavailable("The keeper is gone.")


async def test_a_broken_ledger_makes_no_error_of_a_read_and_lets_no_create_pass(runtime: Runtime) -> None:
    broken = replace(runtime, state=BrokenState())
    read = call_of("ListImages")
    await discovery.learn(read, Reply(IMAGES), broken)
    assert "could not be remembered" in read.notices[0].message
    with pytest.raises(StateUnavailable):
        await discovery.check(call_of("CreateJob", job()), broken)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"Images": None},
        {"Images": "many"},
        {"Images": [None, 3, []]},
        {"Images": [{"ImageUri": ""}, {"ImageUri": None}, {"ImageUri": "x" * 2000}, {"ImageUri": {"a": 1}}]},
    ],
)
async def test_an_odd_answer_teaches_nothing_and_breaks_nothing(runtime: Runtime, data: dict[str, Any]) -> None:
    call = call_of("ListImages")
    await discovery.learn(call, Reply(data), runtime)
    assert await discovery.seen(runtime, call.caller, REGION, "image") == []
    assert call.notices == []


async def test_a_write_teaches_nothing(runtime: Runtime) -> None:
    await discovery.learn(call_of("CreateDataset"), Reply({"DatasetId": "d-made"}), runtime)
    assert await discovery.seen(runtime, Caller("ada"), REGION, "dataset") == []


async def test_r46_a_label_is_remembered_as_the_pair(runtime: Runtime) -> None:
    labels = {"Labels": [{"Key": "system.framework", "Value": "PyTorch"}, {"Key": "system.framework", "Value": "TF"}]}
    await discovery.learn(call_of("ListImageLabels"), Reply(labels), runtime)
    found = await discovery.seen(runtime, Caller("ada"), REGION, "image_label")
    assert {entry.id for entry in found} == {"system.framework=PyTorch", "system.framework=TF"}


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


async def test_the_ledger_keeps_no_content_of_a_template(runtime: Runtime) -> None:
    await read_template(runtime)
    assert "hunter2" not in str(await runtime.state.scan(""))


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("UserCommand", True),
        ("$.UserCommand", True),
        ("JobSpecs[0].Image", True),
        ("$.JobSpecs[*].Image", True),
        ("JobSpecs[1].Image", False),
        ("JobSpecs[0].EcsSpec", False),
        ("JobSpecs", True),
        ("Envs.A", True),
        ("Envs.B", False),
        ("Tags", False),
        ("UserCommand.x", False),
        ("JobSpecs[0].LocalMountSpecs", False),
    ],
)
def test_r26_a_path_of_a_constraint_leads_to_what_is_given(path: str, there: bool) -> None:
    args = {
        "UserCommand": "x",
        "JobSpecs": [{"Image": "i", "LocalMountSpecs": []}],
        "Envs": {"A": "1", "B": ""},
        "Tags": {},
    }
    assert given_at(args, path) is there


def test_r26_what_the_template_itself_gives_counts_as_given() -> None:
    judge({"UserCommand": "required"}, {}, {"UserCommand": "python"})
    with pytest.raises(InvalidArguments):
        judge({"UserCommand": "required"}, {}, {"UserCommand": ""})
    judge({"UserCommand": "locked"}, {}, {"UserCommand": "python"})
