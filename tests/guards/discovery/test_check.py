"""R02-R05, R21: what a create names was shown by a read, to this caller, in this region."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from pai_dlc_mcp.api.catalog import operations
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.guards.discovery import check as discovery
from pai_dlc_mcp.guards.discovery import ledger
from pai_dlc_mcp.operation import READ
from pai_dlc_mcp.runtime import Caller, Reply, Runtime
from pai_dlc_mcp.state import StateUnavailable
from pai_dlc_mcp.state.memory import MemoryState
from support.discovery_calls import IMAGES, URI, allowed, job, refusal, show_lists, spec
from support.fake_cloud import REGION, call_of, runtime_of


@pytest.fixture
def runtime() -> Runtime:
    return runtime_of(offered=[one.name for one in operations()])[0]


async def test_a_create_whose_ids_were_all_shown_passes_without_a_word(runtime: Runtime) -> None:
    await show_lists(runtime)
    assert (await allowed(runtime, job())).notices == []


@pytest.mark.parametrize(
    ("rule", "field", "args", "tool", "argument"),
    [
        ("R02", "JobSpecs[0].Image", spec(Image="reg.example/torch:9"), "aiworkspace_list_images",
         {"query": "torch", "workspace_id": "11001"}),
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
    await show_lists(runtime)
    error = await refusal(runtime, args)
    assert (error.rule, error.field) == (rule, field)
    assert [(step.tool, step.arguments) for step in error.next] == [(tool, {"region": REGION, **argument})]


@pytest.mark.parametrize("wrong", [URI.upper(), URI + " ", URI.removesuffix("4"), "https://" + URI])
async def test_r02_an_image_that_differs_in_one_character_is_refused_and_the_nearest_is_named(
    runtime: Runtime, wrong: str
) -> None:
    await show_lists(runtime)
    error = await refusal(runtime, spec(Image=wrong))
    assert error.rule == "R02"
    assert (URI in error.message) is (wrong != URI.upper())


@pytest.mark.parametrize("other", ["pytorch:2.4", "PyTorch:2.4", "image-aaaabbbbccccdddd11"])
async def test_r02_the_name_or_id_of_an_image_is_refused_with_its_address(runtime: Runtime, other: str) -> None:
    await show_lists(runtime)
    error = await refusal(runtime, spec(Image=other))
    assert (error.rule, error.field) == ("R02", "JobSpecs[0].Image")
    assert repr(URI) in error.message


async def test_r02_an_image_read_by_its_id_counts_and_its_id_is_remembered_beside_it(runtime: Runtime) -> None:
    await show_lists(runtime, "ListEcsSpecs")
    read = call_of("GetImage", {"ImageId": "image-zzzz"})
    await discovery.learn(read, Reply({"ImageUri": "reg.example/own:1", "Name": "own"}), runtime)
    args = {"WorkspaceId": "1", "JobSpecs": [{"Image": "reg.example/own:1", "EcsSpec": "ecs.gn7i"}]}
    await allowed(runtime, args)
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
    await show_lists(runtime, caller=caller, region=region)
    assert (await refusal(runtime, job())).rule == "R02"


@pytest.mark.parametrize("caller", ["ada/cn-hangzhou", "ada%2Fcn", "*", ""])
async def test_an_odd_callers_name_opens_no_other_ledger(runtime: Runtime, caller: str) -> None:
    await show_lists(runtime, caller=caller)
    assert (await refusal(runtime, job())).rule == "R02"
    assert {entry.id for entry in await ledger.seen(runtime, Caller(caller), REGION, "image")} == {URI}


async def test_what_was_shown_is_forgotten_after_a_day() -> None:
    ticks = [0.0]
    runtime = replace(runtime_of()[0], state=MemoryState(lambda: ticks[0]))
    await show_lists(runtime)
    ticks[0] = ledger.REMEMBERED_S - 1
    await allowed(runtime, job())
    ticks[0] = ledger.REMEMBERED_S
    assert (await refusal(runtime, job())).rule == "R02"


async def test_the_ledger_tells_when_and_by_which_tool_an_id_was_shown(runtime: Runtime) -> None:
    await show_lists(runtime, "ListDatasets")
    (entry,) = await ledger.seen(runtime, Caller("ada"), REGION, "dataset")
    assert (entry.id, entry.by, entry.about) == ("d-known", "aiworkspace_list_datasets", {"Name": "corpus"})
    assert entry.at == runtime.now()


async def test_r05_a_quota_that_no_listing_showed_gets_a_notice_and_is_never_filled_in(runtime: Runtime) -> None:
    await show_lists(runtime)
    call = await allowed(runtime, job(ResourceId="quota-new"))
    assert [notice.rule for notice in call.notices] == ["R05"]
    assert call.args["ResourceId"] == "quota-new"
    (notice,) = (await allowed(runtime, job(ResourceId="q" * 200))).notices
    assert f"quota {'q' * 80!r};" in notice.message
    bare = job()
    del bare["ResourceId"]
    assert "ResourceId" not in (await allowed(runtime, bare)).args


async def test_r21_an_instance_type_out_of_stock_gets_a_notice_with_those_that_are_not(runtime: Runtime) -> None:
    await show_lists(runtime)
    (notice,) = (await allowed(runtime, spec(EcsSpec="ecs.gn6v"))).notices
    assert notice.rule == "R21"
    assert "ecs.gn6e, ecs.gn7i" in notice.message
    assert "ecs.gn7.8x" not in notice.message


@pytest.mark.parametrize("action", ["CreateJobTemplate", "UpdateJobTemplate"])
@pytest.mark.parametrize("as_text", [True, False])
async def test_the_content_of_a_template_is_held_to_the_same_discovery(
    runtime: Runtime, action: str, as_text: bool
) -> None:
    content: Any = {"JobSpecs": [{"Image": "reg/a:1"}], "DataSources": [{"DataSourceId": "d-known"}]}
    args = {"TemplateId": "tpl-1", "Content": json.dumps(content) if as_text else content}
    await show_lists(runtime)
    stored = {"WorkspaceId": "12", "Versions": [{"Content": {"JobSpecs": [{"Image": "reg/older:1"}]}}]}
    runtime.cloud.answers["GetJobTemplate"] = stored  # type: ignore[attr-defined] # a fake cloud
    error = await refusal(runtime, args, action)
    assert (error.rule, error.field) == ("R02", "Content.JobSpecs[0].Image")
    workspaces = [step.arguments.get("workspace_id") for step in error.next]
    assert workspaces == (["12"] if action == "UpdateJobTemplate" else [None])
    content["JobSpecs"][0]["Image"] = URI
    await allowed(runtime, args | {"Content": json.dumps(content) if as_text else content}, action)


async def test_r03_the_datasets_of_a_tensorboard_are_discovered_too(runtime: Runtime) -> None:
    args = {"DisplayName": "tb", "DataSources": [{"DataSourceId": "d-known"}]}
    assert (await refusal(runtime, args, "CreateTensorboard")).rule == "R03"
    await show_lists(runtime)
    await allowed(runtime, args, "CreateTensorboard")


@pytest.mark.parametrize(
    ("image", "served"),
    [
        ("reg.example/team/a:1", True),
        ("reg.example/team-evil/a:1", False),
        ("reg.example/teammate:1", False),
        ("reg.example.evil/team/a:1", False),
        ("REG.example/team/a:1", False),
        ("reg.example/team/a/b@sha256:0a", True),
        ("reg.example/team/../evil:1", False),
        ("reg.example/team/a/../../evil:1", False),
        ("reg.example/team//a:1", False),
        ("reg.example/team/a:1\n", False),
        ("reg.example/team/", False),
    ],
)
async def test_r02_images_of_a_registry_that_the_operator_trusts_pass_with_a_notice(image: str, served: bool) -> None:
    runtime = runtime_of(settings=Settings(image_prefixes=("reg.example/team",)))[0]
    await show_lists(runtime, "ListEcsSpecs")
    args = {"JobSpecs": [{"Image": image, "EcsSpec": "ecs.gn7i"}]}
    if not served:
        assert (await refusal(runtime, args)).rule == "R02"
        return
    (notice,) = (await allowed(runtime, args)).notices
    assert notice.rule == "R02"
    assert "image_prefixes" in notice.message
    of_data = {"DataSources": [{"DataSourceId": "reg.example/team/data"}]}
    assert (await refusal(runtime, args | of_data)).rule == "R03", "another kind of id is not trusted for its beginning"


class BrokenState(MemoryState):
    async def put(self, entries: Any, ttl: float) -> None:
        raise StateUnavailable("The store is gone.")

    async def get(self, key: str) -> str | None:
        raise StateUnavailable("The store is gone.")


async def test_a_broken_ledger_makes_no_error_of_a_read_and_lets_no_create_pass(runtime: Runtime) -> None:
    broken = replace(runtime, state=BrokenState())
    read = call_of("ListImages")
    await discovery.learn(read, Reply(IMAGES), broken)
    assert read.notices[0].rule == "R02"
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
    assert await ledger.seen(runtime, call.caller, REGION, "image") == []
    assert call.notices == []


async def test_a_write_teaches_nothing(runtime: Runtime) -> None:
    await discovery.learn(call_of("CreateDataset"), Reply({"DatasetId": "d-made"}), runtime)
    assert await ledger.seen(runtime, Caller("ada"), REGION, "dataset") == []


async def test_r46_a_label_is_remembered_as_the_pair(runtime: Runtime) -> None:
    labels = {"Labels": [{"Key": "system.framework", "Value": "PyTorch"}, {"Key": "system.framework", "Value": "TF"}]}
    await discovery.learn(call_of("ListImageLabels"), Reply(labels), runtime)
    found = await ledger.seen(runtime, Caller("ada"), REGION, "image_label")
    assert {entry.id for entry in found} == {"system.framework=PyTorch", "system.framework=TF"}


async def test_r46_a_label_without_a_value_is_a_pair_and_one_without_a_key_is_none(runtime: Runtime) -> None:
    labels = {"Labels": [{"Key": "official"}, {"Key": "", "Value": "x"}]}
    await discovery.learn(call_of("ListImageLabels"), Reply(labels), runtime)
    assert [entry.id for entry in await ledger.seen(runtime, Caller("ada"), REGION, "image_label")] == ["official="]


async def learn(runtime: Runtime, action: str, data: dict[str, Any], args: dict[str, Any] | None = None) -> None:
    await discovery.learn(call_of(action, args), Reply(data), runtime)


async def test_one_missing_value_is_not_counted_and_two_are(runtime: Runtime) -> None:
    await show_lists(runtime)
    lone = await refusal(runtime, spec(Image="other/image:1"))
    assert not lone.message[0].isdigit()
    assert lone.message.startswith("JobSpecs[0].Image")
    both = await refusal(runtime, spec(Image="other/image:1", EcsSpec="ecs.other"))
    assert both.message.startswith("2 values were not shown yet: ")


async def test_five_of_many_missing_values_are_spelled_out(runtime: Runtime) -> None:
    specs = [{"Image": f"other/image:{number}", "EcsSpec": "ecs.gn7i"} for number in range(7)]
    await show_lists(runtime)
    error = await refusal(runtime, job(JobSpecs=specs))
    assert len(error.next) == 1, "one list shows them all"
    sources = [{"DataSourceId": f"d-{number}"} for number in range(7)]
    several = await refusal(runtime, job(DataSources=sources, JobSpecs=specs))
    assert [step.tool.rpartition("_")[2] for step in several.next] == ["images"] + ["dataset"] * 5
    assert error.message.startswith("7 values were not shown yet: ")
    assert sum(f"other/image:{number}" in error.message for number in range(7)) == 5


async def test_r21_a_type_out_of_stock_without_an_alternative_is_noticed_without_a_list(runtime: Runtime) -> None:
    await learn(runtime, "ListEcsSpecs", {"EcsSpecs": [{"InstanceType": "ecs.x", "IsAvailable": False, "Gpu": 3}]})
    call = await allowed(runtime, {"JobSpecs": [{"EcsSpec": "ecs.x"}]}, "UpdateJob")
    expected = ("R21", "JobSpecs[0].EcsSpec ecs.x was out of stock when it was listed.")
    assert [(notice.rule, notice.message) for notice in call.notices] == [expected]


async def test_r05_only_advice_is_noticed_and_only_once_for_each_quota(runtime: Runtime) -> None:
    await show_lists(runtime)
    call = await allowed(runtime, job(ResourceId="quota-unknown"))
    assert [notice.rule for notice in call.notices] == ["R05"]
    call = call_of("CreateJob", spec(Image="other/image:1"))
    with pytest.raises(discovery.DiscoveryRequired):
        await discovery.check(call, runtime)
    assert call.notices == []


@pytest.mark.parametrize(
    ("prefix", "passes"),
    [
        ("registry/team/", True),
        ("registry/team", True),
        ("registry/tea", False),
        ("registry/teamX", False),
        ("registry/team/X/", False),
        ("/", False),
        ("", False),
    ],
)
async def test_r02_a_trusted_prefix_ends_at_a_slash(prefix: str, passes: bool) -> None:
    runtime, _, _ = runtime_of(settings=Settings(image_prefixes=(prefix,)))
    await show_lists(runtime)
    if passes:
        call = await allowed(runtime, spec(Image="registry/team/image:1"))
        assert [notice.rule for notice in call.notices] == ["R02"]
    else:
        assert (await refusal(runtime, spec(Image="registry/team/image:1"))).rule == "R02"


async def test_r02_a_trusted_registry_may_have_a_port() -> None:
    runtime, _, _ = runtime_of(settings=Settings(image_prefixes=("registry:5000/team",)))
    await show_lists(runtime)
    await allowed(runtime, spec(Image="registry:5000/team/image:1"))
    assert (await refusal(runtime, spec(Image="registry:5000/team/image:1:2"))).rule == "R02"


OTHERS: list[tuple[str, dict[str, Any], str, str, str]] = [
    ("UpdateJob", {"JobSpecs": [{"Image": "x/y:1"}]}, "R02", "JobSpecs[0].Image", "an ImageUri"),
    ("UpdateJob", {"JobSpecs": [{"EcsSpec": "ecs.x"}]}, "R21", "JobSpecs[0].EcsSpec", "an instance type"),
    ("CreateTensorboard", {"DataSourceId": "d-x"}, "R03", "DataSourceId", "a dataset"),
    ("CreateTensorboard", {"DataSources": [{"DataSourceId": "d-x"}]}, "R03", "DataSources[0].DataSourceId",
     "a dataset"),
    ("CreateJobTemplate", {"Content": '{"JobSpecs":[{"Image":"x/y:1"}]}'}, "R02", "Content.JobSpecs[0].Image",
     "an ImageUri"),
]  # fmt: skip


@pytest.mark.parametrize(("action", "args", "rule", "field", "kind"), OTHERS, ids=[f"{a[0]} {a[3]}" for a in OTHERS])
async def test_other_acts_are_held_to_what_was_shown_under_the_same_rules(
    runtime: Runtime, action: str, args: dict[str, Any], rule: str, field: str, kind: str
) -> None:
    await show_lists(runtime)
    error = await refusal(runtime, args, action)
    assert (error.rule, error.field) == (rule, field)
    assert f"as {kind} here" in error.message


@pytest.mark.parametrize(
    ("action", "args"),
    [
        ("CreateJob", {"JobSpecs": [{"QuotaId": "quota-x"}]}),
        ("CreateTensorboard", {"QuotaId": "quota-x"}),
        ("CreateJobTemplate", {"Content": '{"ResourceId":"quota-x"}'}),
    ],
)
async def test_r05_a_quota_anywhere_gets_a_notice_unless_a_listing_showed_it(
    runtime: Runtime, action: str, args: dict[str, Any]
) -> None:
    assert [notice.rule for notice in (await allowed(runtime, args, action)).notices] == ["R05"]
    await learn(runtime, "ListQuotas", {"Quotas": [{"QuotaId": "quota-x", "Id": "quota-x"}]})
    retired = (await allowed(runtime, args, action)).notices
    assert [notice.rule for notice in retired] == ["R05"]  # the list of older quotas proves nothing
    await learn(runtime, "ListResources", {"Resources": [{"Id": "r-1", "Quotas": [{"Id": "quota-x"}]}]})
    assert (await allowed(runtime, args, action)).notices == []


@pytest.mark.parametrize("value", ["", None, 5, ["x"]])
async def test_what_names_nothing_needs_no_discovery(runtime: Runtime, value: Any) -> None:
    await allowed(runtime, {"JobSpecs": [{"Image": value}]}, "UpdateJob")


async def test_r03_a_dataset_that_is_one_file_is_noticed(runtime: Runtime) -> None:
    rows = [{"DatasetId": f"d-{kind}", "Property": kind} for kind in ("FILE", "DIRECTORY")]
    await learn(runtime, "ListDatasets", {"Datasets": rows})
    sources = [{"DataSourceId": "d-DIRECTORY"}, {"DataSourceId": "d-FILE"}]
    call = await allowed(runtime, {"DataSources": sources}, "CreateTensorboard")
    said = "DataSources[1].DataSourceId d-FILE is a single file: it is mounted as one, not as a folder."
    assert [(notice.rule, notice.message) for notice in call.notices] == [("R03", said)]


def test_r39_only_reads_show_anything_so_that_no_write_lets_a_caller_in_by_itself() -> None:
    assert [one.action_name for one in operations() if one.reveals and one.effect is not READ] == []
