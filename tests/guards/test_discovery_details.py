"""How much is remembered of what a read shows, and how a refusal counts and words what is missing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from guards.discovering import URI, job, passed, refusal, show, spec
from guards.fakes import REGION, call_of, runtime_of

from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.guards.creates import duplicates
from pai_dlc_mcp.guards.discovery import check as discovery
from pai_dlc_mcp.guards.discovery.ledger import Seen, one, remember, seen
from pai_dlc_mcp.runtime import Caller, Reply, Runtime
from pai_dlc_mcp.state import key_of
from pai_dlc_mcp.timestamps import iso, seconds_of

ADA = Caller("ada")


@pytest.fixture
def runtime() -> Runtime:
    return runtime_of()[0]


async def learn(runtime: Runtime, action: str, data: dict[str, Any], args: dict[str, Any] | None = None) -> None:
    await discovery.learn(call_of(action, args), Reply(data), runtime)


async def test_one_missing_thing_is_not_counted_and_two_are(runtime: Runtime) -> None:
    await show(runtime)
    lone = await refusal(runtime, spec(Image="other/image:1"))
    assert not lone.message[0].isdigit()
    assert lone.message.startswith("JobSpecs[0].Image")
    both = await refusal(runtime, spec(Image="other/image:1", EcsSpec="ecs.other"))
    assert both.message.startswith("2 things were not shown yet: ")


async def test_five_of_many_missing_things_are_told(runtime: Runtime) -> None:
    specs = [{"Image": f"other/image:{number}", "EcsSpec": "ecs.gn7i"} for number in range(7)]
    await show(runtime)
    error = await refusal(runtime, job(JobSpecs=specs))
    assert error.message.startswith("7 things")
    assert sum(f"other/image:{number}" in error.message for number in range(7)) == 5


async def test_r21_a_type_out_of_stock_that_has_no_like_is_told_without_a_list(runtime: Runtime) -> None:
    await learn(runtime, "ListEcsSpecs", {"EcsSpecs": [{"InstanceType": "ecs.x", "IsAvailable": False, "Gpu": 3}]})
    call = await passed(runtime, {"JobSpecs": [{"EcsSpec": "ecs.x"}]}, "UpdateJob")
    told = ("R21", "JobSpecs[0].EcsSpec ecs.x was out of stock when it was listed.")
    assert [(notice.rule, notice.message) for notice in call.notices] == [told]


async def test_r05_only_advice_is_noticed_and_only_once_for_each_quota(runtime: Runtime) -> None:
    await show(runtime)
    call = await passed(runtime, job(ResourceId="quota-unknown"))
    assert [notice.rule for notice in call.notices] == ["R05"]
    call = call_of("CreateJob", spec(Image="other/image:1"))
    with pytest.raises(discovery.DiscoveryRequired):
        await discovery.check(call, runtime)
    assert call.notices == []


@pytest.mark.parametrize(("length", "kept"), [(1, True), (1024, True), (1025, False), (0, False)])
async def test_an_id_is_remembered_up_to_its_longest(runtime: Runtime, length: int, kept: bool) -> None:
    await learn(runtime, "ListDatasets", {"Datasets": [{"DatasetId": "d" * length}]})
    assert bool(await seen(runtime, ADA, REGION, "dataset")) is kept


@pytest.mark.parametrize(("value", "kept"), [(7, ["7"]), (True, []), (1.5, []), (["x"], []), (None, [])])
async def test_an_id_is_text_or_a_whole_number(runtime: Runtime, value: Any, kept: list[str]) -> None:
    await learn(runtime, "ListDatasets", {"Datasets": [{"DatasetId": value}]})
    assert [item.id for item in await seen(runtime, ADA, REGION, "dataset")] == kept


async def test_what_stands_beside_an_id_is_cut_to_its_longest(runtime: Runtime) -> None:
    await learn(runtime, "ListDatasets", {"Datasets": [{"DatasetId": "d-1", "Name": "n" * 3000}]})
    entry = await one(runtime, ADA, REGION, "dataset", "d-1")
    assert entry is not None
    assert entry.about["Name"] == "n" * 1024


async def test_of_one_answer_ten_thousand_rows_are_remembered(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert discovery.MOST_LEARNT == 10_000
    monkeypatch.setattr(discovery, "MOST_LEARNT", 2)
    rows = [{"DatasetId": f"d-{number}"} for number in range(5)]
    await learn(runtime, "ListDatasets", {"Datasets": rows})
    assert {item.id for item in await seen(runtime, ADA, REGION, "dataset")} == {"d-0", "d-1"}


async def test_an_answer_about_one_thing_keeps_the_id_it_was_asked_by_unless_it_tells_one(runtime: Runtime) -> None:
    await learn(runtime, "GetImage", {"ImageUri": URI, "Name": "n"}, {"ImageId": "image-1", "Verbose": True})
    entry = await one(runtime, ADA, REGION, "image", URI)
    assert entry is not None
    assert dict(entry.about) == {"Name": "n", "ImageId": "image-1"}
    await learn(runtime, "GetImage", {"ImageUri": URI, "ImageId": "image-own"}, {"ImageId": "image-asked"})
    entry = await one(runtime, ADA, REGION, "image", URI)
    assert entry is not None
    assert dict(entry.about) == {}


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
    await show(runtime)
    if passes:
        call = await passed(runtime, spec(Image="registry/team/image:1"))
        assert [notice.rule for notice in call.notices] == ["R02"]
    else:
        assert (await refusal(runtime, spec(Image="registry/team/image:1"))).rule == "R02"


async def test_r02_a_trusted_registry_may_have_a_port() -> None:
    runtime, _, _ = runtime_of(settings=Settings(image_prefixes=("registry:5000/team",)))
    await show(runtime)
    await passed(runtime, spec(Image="registry:5000/team/image:1"))
    assert (await refusal(runtime, spec(Image="registry:5000/team/image:1:2"))).rule == "R02"


async def test_what_was_seen_is_told_newest_first_and_whole(runtime: Runtime) -> None:
    await remember(runtime, ADA, REGION, "dataset", [Seen("d-1", {"Name": "é"}, 5.0, "tool_a")])
    await remember(runtime, ADA, REGION, "dataset", [Seen("d/2", {}, 6.0, "tool_b")])
    found = await seen(runtime, ADA, REGION, "dataset")
    assert found == [Seen("d/2", {}, 6.0, "tool_b"), Seen("d-1", {"Name": "é"}, 5.0, "tool_a")]
    assert await seen(runtime, ADA, REGION, "data") == []
    await remember(runtime, ADA, REGION, "dataset", [])
    assert len(await seen(runtime, ADA, REGION, "dataset")) == 2


async def test_the_ledger_has_a_place_of_its_own_in_a_state_that_servers_share(runtime: Runtime) -> None:
    await remember(runtime, ADA, REGION, "dataset", [Seen("d-1")])
    assert list(await runtime.state.scan("")) == [f"ledger/ada/{REGION}/dataset/d-1"]


def test_a_key_keeps_its_parts_apart() -> None:
    assert key_of("a/b", "c") == "a%2Fb/c"
    assert key_of("a", "b/c") != key_of("a/b", "c")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:10Z", 10.0),
        ("1970-01-01T00:00:10", 10.0),
        (" 1970-01-01T08:00:10+08:00 ", 10.0),
        ("1970-01-01T00:01Z", 60.0),
        ("", None),
        ("yesterday", None),
        (10, None),
        (None, None),
    ],
)
def test_a_time_of_the_service_is_read_as_utc(text: object, seconds: float | None) -> None:
    assert seconds_of(text) == seconds


@pytest.fixture
def in_china(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as there:
        there.setenv("TZ", "CST-8")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("in_china")
def test_a_time_without_a_zone_is_utc_wherever_the_server_stands() -> None:
    assert seconds_of("1970-01-01T00:00:10") == 10.0
    assert iso(10.0) == "1970-01-01T00:00:10Z"


def test_a_time_is_written_to_the_second() -> None:
    assert iso(10.9) == "1970-01-01T00:00:10Z"


async def test_r24_of_two_of_that_name_the_newest_is_told_with_its_state() -> None:
    now = runtime_of()[0].now()
    rows = [
        {"JobId": "dlc-old", "DisplayName": "train", "GmtCreateTime": iso(now - 90), "Status": "Failed"},
        {"JobId": "dlc-new", "DisplayName": "train", "GmtCreateTime": iso(now - 30), "Status": "Running"},
        {"JobId": "dlc-when", "DisplayName": "train"},
    ]
    runtime, _, _ = runtime_of({"ListJobs": {"Jobs": rows, "TotalCount": 3}})
    with pytest.raises(duplicates.Duplicate) as refused:
        await duplicates.check(call_of("CreateJob", {"DisplayName": "train", "WorkspaceId": "1"}), runtime)
    assert f"JobId dlc-new, Running. {duplicates.WAY_ON}" in refused.value.message
    assert f"at {iso(now - 30)}:" in refused.value.message


async def test_r24_a_twin_without_time_and_state_is_told_by_its_id_alone() -> None:
    rows = [{"JobId": "dlc-when", "DisplayName": "train"}]
    runtime, _, _ = runtime_of({"ListJobs": {"Jobs": rows, "TotalCount": 1}})
    with pytest.raises(duplicates.Duplicate) as refused:
        await duplicates.check(call_of("CreateJob", {"DisplayName": "train", "WorkspaceId": "1"}), runtime)
    assert f"was just made: JobId dlc-when. {duplicates.WAY_ON}" in refused.value.message


async def test_r24_too_many_of_a_name_to_tell_bears_the_rule_and_the_field() -> None:
    rows = [{"JobId": f"dlc-{number}", "DisplayName": "other"} for number in range(100)]
    runtime, cloud, _ = runtime_of({"ListJobs": {"Jobs": rows, "TotalCount": 10**6}})
    with pytest.raises(duplicates.Duplicate) as refused:
        await duplicates.check(call_of("CreateJob", {"DisplayName": "train", "WorkspaceId": "1"}), runtime)
    assert (refused.value.rule, refused.value.field) == ("R24", "display_name")
    assert len(cloud.sent) == 10


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
    await show(runtime)
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
    assert [notice.rule for notice in (await passed(runtime, args, action)).notices] == ["R05"]
    await learn(runtime, "ListQuotas", {"Quotas": [{"QuotaId": "quota-x", "Id": "quota-x"}]})
    assert (await passed(runtime, args, action)).notices == []


@pytest.mark.parametrize("value", ["", None, 5, ["x"]])
async def test_what_names_nothing_needs_no_discovery(runtime: Runtime, value: Any) -> None:
    await passed(runtime, {"JobSpecs": [{"Image": value}]}, "UpdateJob")


async def test_r24_a_create_that_names_no_workspace_is_looked_up_in_none() -> None:
    rows = [{"JobId": "dlc-1", "DisplayName": "train"}]
    runtime, cloud, _ = runtime_of({"ListJobs": {"Jobs": rows, "TotalCount": 1}})
    with pytest.raises(duplicates.Duplicate) as refused:
        await duplicates.check(call_of("CreateJob", {"DisplayName": "train"}), runtime)
    assert "WorkspaceId" not in cloud.sent[0][1]
    assert dict(refused.value.next[0].arguments) == {"region": REGION, "display_name": "train"}


async def test_r24_a_job_made_exactly_ten_minutes_ago_still_counts() -> None:
    runtime, _, clock = runtime_of()
    rows = [{"JobId": "dlc-1", "DisplayName": "train", "GmtCreateTime": iso(clock.at - 600)}]
    runtime, _, _ = runtime_of({"ListJobs": {"Jobs": rows, "TotalCount": 1}})
    with pytest.raises(duplicates.Duplicate):
        await duplicates.check(call_of("CreateJob", {"DisplayName": "train"}), runtime)


@pytest.mark.parametrize("create", ["CreateRayHistoryServer", "CreateDataset", "CreateModel"])
async def test_creates_that_no_rule_wants_looked_up_are_not(create: str) -> None:
    runtime, cloud, _ = runtime_of()
    args = {"DisplayName": "train", "Name": "train", "ModelName": "train"}
    await duplicates.check(call_of(create, args), runtime)
    assert cloud.sent == []


@pytest.mark.parametrize("versions", [[], "text", None, [None], ["text"], [{}]])
def test_a_template_without_a_readable_version_has_no_content(versions: Any) -> None:
    from pai_dlc_mcp.guards.validation.template_content import constraints_of, content_of

    assert content_of({"Versions": versions}) is None
    assert constraints_of({"Versions": versions}) == {}
