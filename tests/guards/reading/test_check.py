"""Defaults and caps of reads, and what is said of their answers."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest

from pai_dlc_mcp.errors import DiscoveryRequired, InvalidArguments, NotFound, PaiError, PermissionDenied, Unavailable
from pai_dlc_mcp.guards.discovery import check as discovery
from pai_dlc_mcp.guards.reading import check as reading
from pai_dlc_mcp.operation import Effect
from pai_dlc_mcp.runtime import Call, Known, Reply
from pai_dlc_mcp.timestamps import iso
from support.creates import NOW
from support.fake_cloud import REGION, call_of, runtime_of

JOB: dict[str, Any] = {
    "JobId": "dlc1",
    "Status": "Running",
    "GmtCreateTime": "2026-01-02T03:04:05Z",
    "Pods": [
        {"PodId": "dlc1-worker-0", "Type": "Worker", "Status": "Running", "HistoryPods": [{"PodId": "dlc1-w0-old"}]},
        {"PodId": "dlc1-worker-1", "Type": "Worker", "Status": "Failed"},
    ],
}
READS = ("GetPodLogs", "GetPodEvents", "GetJobEvents")


async def prepared(action: str, job: dict[str, Any] | PaiError = JOB, **args: Any) -> Call:
    runtime, _, _ = runtime_of({"GetJob": job})
    call = call_of(action, {"JobId": "dlc1", "PodId": "dlc1-worker-0", **args})
    await reading.check(call, runtime)
    return call


@pytest.mark.parametrize(
    ("action", "name", "default"),
    [("GetPodLogs", "MaxLines", 100), ("GetPodEvents", "MaxEventsNum", 20), ("GetJobEvents", "MaxEventsNum", 50)],
)
async def test_r60_lines_and_events_have_a_default_that_is_sent(action: str, name: str, default: int) -> None:
    assert (await prepared(action)).args[name] == default
    assert (await prepared(action, **{name: 7})).args[name] == 7


async def test_r60_no_more_of_a_body_is_read_than_the_lines_can_need() -> None:
    few = (await prepared("GetPodLogs", MaxLines=1)).known.max_bytes
    some = (await prepared("GetPodLogs", MaxLines=100)).known.max_bytes
    many = (await prepared("GetPodLogs", MaxLines=2_000)).known.max_bytes
    assert (few, some, many) == (262_144, 400_000, 4_194_304)
    assert (await prepared("GetJobEvents")).known.max_bytes == 262_144
    assert (await prepared("GetPodEvents", MaxEventsNum=500)).known.max_bytes == 2_000_000


@pytest.mark.parametrize("pod", ["dlc1-worker-0", "dlc1-worker-1", "dlc1-w0-old"])
async def test_r61_every_pod_of_the_job_may_be_read_earlier_ones_too(pod: str) -> None:
    for action in ("GetPodLogs", "GetPodEvents"):
        assert (await prepared(action, PodId=pod)).args["PodId"] == pod


@pytest.mark.parametrize("action", ["GetPodLogs", "GetPodEvents"])
async def test_r61_an_unknown_pod_is_refused_with_the_jobs_pods(action: str) -> None:
    with pytest.raises(InvalidArguments) as caught:
        await prepared(action, PodId="dlc2-worker-0")
    error = caught.value
    assert (error.rule, error.field) == ("R61", "pod_id")
    assert "dlc1-worker-0 (Worker, Running), dlc1-worker-1 (Worker, Failed)" in error.message
    [step] = error.next
    assert step.tool == call_of(action).tool.name
    assert step.arguments == {"region": REGION, "job_id": "dlc1", "pod_id": "dlc1-worker-0"}


async def test_r61_of_many_pods_some_are_named_and_the_rest_counted() -> None:
    pods = [{"PodId": f"p{number}", "Type": "Worker", "Status": "Running"} for number in range(11)]
    with pytest.raises(InvalidArguments) as caught:
        await prepared("GetPodLogs", JOB | {"Pods": pods}, PodId="other")
    assert "p7 (Worker, Running) and 3 more" in caught.value.message
    assert "p8" not in caught.value.message


@pytest.mark.parametrize("pods", [None, [], ["odd"]])
async def test_r61_a_job_without_pods_says_what_it_is_doing(pods: Any) -> None:
    with pytest.raises(InvalidArguments) as caught:
        await prepared("GetPodLogs", JOB | {"Pods": pods, "Status": "Queuing"})
    assert "no pods yet, being Queuing" in caught.value.message
    assert [(step.tool, step.arguments["job_id"]) for step in caught.value.next] == [("dlc_get_job", "dlc1")]


async def test_r61_a_job_that_cannot_be_read_shows_no_pod() -> None:
    for failure in (NotFound("gone"), PermissionDenied("no"), Unavailable("silence")):
        with pytest.raises(type(failure)):
            await prepared("GetPodLogs", failure)


@pytest.mark.parametrize("action", READS)
async def test_r66_without_a_start_time_the_jobs_creation_is_sent(action: str) -> None:
    call = await prepared(action)
    assert call.args["StartTime"] == "2026-01-02T03:04:05Z"
    assert "EndTime" not in call.args
    assert (await prepared(action, StartTime="2026-02-01T00:00:00Z")).args["StartTime"] == "2026-02-01T00:00:00Z"
    if action == "GetJobEvents":
        given = await prepared(action, PermissionDenied("no"), StartTime="2026-02-01T00:00:00Z")
        assert [notice.rule for notice in given.notices] == ["R67"], "the window is the caller's, not the service's"
    unknown = (await prepared(action, JOB | {"GmtCreateTime": None})).args["StartTime"]
    assert unknown == iso(NOW - 7 * 86_400)


async def test_r66_events_of_a_job_that_may_not_be_read_are_asked_for_the_services_window_explicitly() -> None:
    call = await prepared("GetJobEvents", PermissionDenied("no"))
    assert call.args["StartTime"] == iso(NOW - 7 * 86_400)
    assert [(notice.rule, "seven days" in notice.message) for notice in call.notices] == [("R66", True), ("R67", False)]
    with pytest.raises(NotFound):
        await prepared("GetJobEvents", NotFound("gone"))


@pytest.mark.parametrize(
    ("action", "args"),
    [("GetJobEvents", {"StartTime": "2026-01-01T00:00:00Z"}), ("ListSignals", {}), ("ListJobSanityCheckResults", {})],
)
async def test_r67_what_is_read_of_a_job_is_masked_by_its_values_whatever_arguments_the_read_had(
    action: str, args: dict[str, Any]
) -> None:
    call = await prepared(action, **args)
    assert call.known.job is not None
    assert call.known.job["JobId"] == "dlc1"
    for failure in (NotFound("gone"), Unavailable("silence")):
        with pytest.raises(type(failure)):
            await prepared(action, failure, **args)


async def test_r67_the_job_itself_and_its_figures_are_read_without_another_read() -> None:
    runtime, cloud, _ = runtime_of()
    for action in ("GetJob", "GetJobMetrics"):
        await reading.check(call_of(action, {"JobId": "dlc1"}), runtime)
    assert cloud.sent == []


@pytest.mark.parametrize(("action", "field"), [("GetPodLogs", "Logs"), ("GetJobEvents", "Events")])
async def test_r66_an_empty_answer_names_the_window(action: str, field: str) -> None:
    for empty in ({field: []}, {}, {field: None}):
        call = await prepared(action)
        assert reading.finish(call, Reply(empty)).data == empty
        [notice] = call.notices
        assert (notice.rule, notice.message) == ("R66", "Nothing between 2026-01-02T03:04:05Z and now.")
    call = await prepared(action, EndTime="2026-01-03T00:00:00Z")
    reading.finish(call, Reply({field: []}))
    assert call.notices[0].message.endswith("and 2026-01-03T00:00:00Z.")
    full = await prepared(action)
    reading.finish(full, Reply({field: ["a line"]}))
    assert full.notices == []


async def test_r66_an_empty_answer_without_a_window_names_the_services_own() -> None:
    call = call_of("GetPodEvents", {})
    reading.finish(call, Reply({"Events": []}))
    assert call.notices[0].message == "Nothing in the last seven days."
    call = call_of("GetPodEvents", {"EndTime": "2026-01-03T00:00:00Z"})
    reading.finish(call, Reply({"Events": []}))
    assert call.notices[0].message == "Nothing between the default start and 2026-01-03T00:00:00Z."


async def test_r62_no_points_name_the_window() -> None:
    for empty in ({}, {"PodMetrics": []}, {"PodMetrics": [{"PodId": "p", "Metrics": []}]}):
        call = call_of("GetJobMetrics", {"MetricType": "GpuCoreUsage"})
        reading.finish(call, Reply(empty))
        assert [(notice.rule, "in the last hour" in notice.message) for notice in call.notices] == [("R62", True)]
    call = call_of("GetJobMetrics", {"StartTime": "a", "EndTime": "b"})
    reading.finish(call, Reply({}))
    assert "between a and b" in call.notices[0].message
    call = call_of("GetJobMetrics", {})
    reading.finish(call, Reply({"PodMetrics": [{"Metrics": []}, {"Metrics": [{"Time": 1, "Value": 2}]}]}))
    assert call.notices == []


async def listed(labels: str, *, caller: str = "ada", shown: Any = None) -> None:
    """List images after the labels were shown to ada."""
    runtime, _, _ = runtime_of()
    pairs = shown or [{"Key": "system.chipType", "Value": "GPU"}, {"Key": "system.chipType", "Value": "CPU"}]
    await discovery.learn(call_of("ListImageLabels"), Reply({"Labels": pairs}), runtime)
    await reading.check(call_of("ListImages", {"Labels": labels}, caller=caller), runtime)


@pytest.mark.parametrize(
    "labels", ["system.chipType=GPU", "system.chipType=CPU", "system.chipType=GPU,system.chipType=CPU"]
)
async def test_r46_labels_that_were_shown_pass(labels: str) -> None:
    await listed(labels)


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ("system.chipType=gpu", "The label system.chipType=gpu was not shown"),
        ("system.chipType=GPU,team=vision", "The label team=vision was not shown"),
        ("a=b,c=d", "(1 more)"),
        ("a=b,c=d,e=f", "(2 more)"),
        ("b" * 90, f"The label {'b' * 80} was not shown by list_image_labels."),
        ("system.chipTyp=GPU", "did you mean system.chipType=GPU?"),
    ],
)
async def test_r46_labels_that_were_not_shown_are_refused_with_the_nearest(labels: str, said: str) -> None:
    with pytest.raises(DiscoveryRequired) as caught:
        await listed(labels)
    error = caught.value
    assert (error.rule, error.field) == ("R46", "labels")
    assert said in error.message
    assert ("more)" in error.message) == labels.startswith("a=b")
    assert error.message.endswith(("list_image_labels.", "(1 more).", "(2 more).", "GPU?)."))
    assert [(step.tool, step.arguments) for step in error.next] == [
        ("aiworkspace_list_image_labels", {"region": REGION})
    ]


async def test_r46_what_another_caller_was_shown_does_not_count() -> None:
    with pytest.raises(DiscoveryRequired):
        await listed("team=vision", caller="bob", shown=[{"Key": "team", "Value": "vision"}])
    await listed("team=vision", shown=[{"Key": "team", "Value": "vision"}])


@pytest.mark.parametrize(
    "labels",
    ["system.official=true", "system.origin=Community", "system.framework=XGBoost 1.6.0,system.official=true",
     "system.pythonVersion=*", "system.chipType=*", " system.official=true , system.chipType=CPU ", "team=*"],
)  # fmt: skip
async def test_r46_documented_labels_and_any_value_of_a_known_key_pass(labels: str) -> None:
    await listed(labels, shown=[{"Key": "team", "Value": "vision"}])


@pytest.mark.parametrize("labels", ["system.origin=Mars", "system.pythonVersion=3.11", "squad=*", "system.officia=*"])
async def test_r46_a_value_that_no_source_names_and_a_key_that_nothing_showed_are_refused(labels: str) -> None:
    with pytest.raises(DiscoveryRequired):
        await listed(labels, shown=[{"Key": "team", "Value": "vision"}])


@pytest.mark.parametrize(("labels", "stays"), [("team=a=b", True), ("team=*", True), ("team=a=*", False)])
async def test_r46_the_value_of_a_label_may_hold_an_equals_sign(labels: str, stays: bool) -> None:
    with contextlib.nullcontext() if stays else pytest.raises(DiscoveryRequired):
        await listed(labels, shown=[{"Key": "team", "Value": "a=b"}])


async def test_r46_a_listing_without_labels_needs_none() -> None:
    runtime, _, _ = runtime_of()
    await reading.check(call_of("ListImages", {}), runtime)


@pytest.mark.parametrize("content", [{"JobType": "TFJob", "UserCommand": "训练"}, {}])
async def test_r51_a_templates_content_is_given_as_an_object(content: dict[str, Any]) -> None:
    versions = [{"Version": 1, "Content": json.dumps(content)}, {"Version": 2, "Content": content}]
    call = call_of("GetJobTemplate", {"TemplateId": "t1"})
    data = reading.finish(call, Reply({"TemplateId": "t1", "Versions": versions}, "req")).data
    assert data == {
        "TemplateId": "t1",
        "Versions": [{"Version": 1, "Content": content}, {"Version": 2, "Content": content}],
    }


@pytest.mark.parametrize("versions", [None, "odd", [None], [{"Content": "{broken"}], [{"Content": "[1]"}], [{}]])
async def test_r51_what_is_no_object_is_given_as_it_is(versions: Any) -> None:
    data = {"TemplateId": "t1", "Versions": versions}
    assert reading.finish(call_of("GetJobTemplate"), Reply(data)).data == data


@pytest.mark.parametrize(
    "action", ["GetToken", "GetWebTerminal", "GetTensorboardSharedUrl", "GetDashboard", "GetRayDashboard"]
)
async def test_r65_what_hands_out_access_is_marked_as_sensitive(action: str) -> None:
    call = call_of(action)
    assert call.tool.effect is Effect.EXPOSE
    reading.finish(call, Reply({"url": "x"}))
    assert [(notice.rule, notice.message.startswith("Sensitive")) for notice in call.notices] == [("R65", True)]


@pytest.mark.parametrize(
    ("action", "given", "sent"),
    [
        ("ListJobs", {}, {"ShowOwn": False, "PageNumber": 1, "PageSize": 10, "StartTime": iso(NOW - 7 * 86_400)}),
        ("ListJobs", {"ShowOwn": True, "PageSize": 3}, {"ShowOwn": True, "PageSize": 3}),
        ("ListJobs", {"FromAllWorkspaces": True}, {"FromAllWorkspaces": True, "ShowOwn": True}),
        ("ListTensorboards", {}, {"ShowOwn": False, "PageSize": 10, "StartTime": iso(NOW - 7 * 86_400)}),
        ("GetJobMetrics", {"JobId": "dlc1"}, {"StartTime": iso(NOW - 3_600), "TimeStep": "5m"}),
        ("ListImages", {"Labels": ""}, {"PageNumber": 1, "PageSize": 20}),
        ("ListRuns", {}, {"MaxResults": 10}),
    ],
)
async def test_r66_windows_and_defaults_are_sent_explicitly(
    action: str, given: dict[str, Any], sent: dict[str, Any]
) -> None:
    runtime, _, _ = runtime_of()
    call = call_of(action, given)
    await reading.check(call, runtime)
    assert sent.items() <= call.args.items()


async def test_r66_a_list_that_pages_by_number_gets_no_size_of_pages_by_token() -> None:
    runtime, _, _ = runtime_of()
    call = call_of("ListRuns", {"PageNumber": 2, "PageSize": 5})
    await reading.check(call, runtime)
    assert call.args == {"PageNumber": 2, "PageSize": 5}


async def test_r66_an_empty_list_names_the_window_that_it_looked_at() -> None:
    runtime, _, _ = runtime_of()
    call = call_of("ListJobs", {})
    await reading.check(call, runtime)
    reading.finish(call, Reply({"Jobs": [], "TotalCount": 0}))
    [notice] = call.notices
    assert (notice.rule, f"between {iso(NOW - 7 * 86_400)} and now" in notice.message) == ("R66", True)
    official = call_of("ListImages", {})
    reading.finish(official, Reply({"Images": [], "TotalCount": 0}))
    assert official.notices == [], "a list without a window"
    truncated = call_of("GetPodEvents", {})
    reading.finish(truncated, Reply({"Events": []}, cut=True))
    assert truncated.notices == [], "what was cut may hold some"
    full = call_of("ListJobs", {"StartTime": "2026-01-01T00:00:00Z"})
    reading.finish(full, Reply({"Jobs": [{"JobId": "dlc1"}]}))
    assert full.notices == []


async def test_other_reads_are_left_as_they_are() -> None:
    runtime, cloud, _ = runtime_of()
    for action in ("GetJob", "GetTensorboard"):
        call = call_of(action, {"JobId": "dlc1"})
        await reading.check(call, runtime)
        reply = Reply({"JobId": "dlc1"})
        assert reading.finish(call, reply) is reply
        assert (call.args, call.known, call.notices) == ({"JobId": "dlc1"}, Known(), [])
    assert cloud.sent == []
