"""R24 and R25: the look before a create, the one sending, the look after a lost answer."""

from __future__ import annotations

from typing import Any

import anyio
import pytest
from guards.duplicating import ARGS, NONE, NOW, jobs, row, sender
from guards.fakes import REGION, FakeCloud, call_of, runtime_of

from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import (
    CloudError,
    CloudFailure,
    Duplicate,
    NextStep,
    PermissionDenied,
    PolicyDenied,
    Unavailable,
)
from pai_dlc_mcp.guards.creates import duplicates, reservations, send_once
from pai_dlc_mcp.runtime import Runtime
from pai_dlc_mcp.state import StateUnavailable
from pai_dlc_mcp.state.memory import MemoryState
from pai_dlc_mcp.timestamps import iso


async def checked(answers: dict[str, Any], action: str = "CreateJob", args: Any = None, **controls: Any) -> FakeCloud:
    runtime, cloud, _ = runtime_of(answers)
    await duplicates.check(call_of(action, args or ARGS, **controls), runtime)
    return cloud


async def test_r24_the_look_asks_for_the_callers_own_recent_things_of_that_name() -> None:
    cloud = await checked({"ListJobs": NONE})
    ((action, args),) = cloud.sent
    assert action == "ListJobs"
    assert args == {
        "DisplayName": "train",
        "ShowOwn": True,
        "StartTime": iso(NOW - 600),
        "WorkspaceId": "11001",
        "PageNumber": 1,
        "PageSize": 100,
    }


async def test_r24_a_job_of_that_name_made_in_the_last_ten_minutes_is_shown_and_refuses() -> None:
    with pytest.raises(Duplicate) as refused:
        await checked({"ListJobs": jobs(row())})
    error = refused.value
    assert (error.rule, error.field) == ("R24", "display_name")
    assert "dlc-old" in error.message
    assert "allow_duplicate" in error.message
    assert error.next[0].tool == "dlc_list_jobs"
    assert dict(error.next[0].arguments) == {"region": REGION, "display_name": "train", "workspace_id": "11001"}


@pytest.mark.parametrize(
    "other",
    [row(name="train-2"), row(name="Train"), row(name="mytrain"), row(ago=601), row(name="train ")],
    ids=["longer", "case", "part", "old", "blank"],
)
async def test_r24_another_name_or_an_older_job_does_not_refuse(other: dict[str, Any]) -> None:
    await checked({"ListJobs": jobs(other)})


async def test_r24_a_job_whose_time_is_not_told_counts_as_recent() -> None:
    with pytest.raises(Duplicate):
        await checked({"ListJobs": jobs(row(GmtCreateTime="soon"))})


async def test_r24_a_twin_on_the_last_page_is_found() -> None:
    def page(args: Any) -> dict[str, Any]:
        last = args["PageNumber"] == 3
        return {"Jobs": [row() if last else row(name="train-x")] * (1 if last else 50), "TotalCount": 101}

    with pytest.raises(Duplicate):
        await checked({"ListJobs": page})


async def test_r24_a_list_that_cannot_be_read_whole_refuses() -> None:
    endless = {"Jobs": [row(name="train-x")] * 100, "TotalCount": 100_000}
    with pytest.raises(Duplicate, match="Too many"):
        await checked({"ListJobs": endless})


async def test_r24_allow_duplicate_goes_on() -> None:
    await checked({"ListJobs": jobs(row())}, allow_duplicate=True)
    await checked({"ListJobs": Unavailable("down")}, allow_duplicate=True)


@pytest.mark.parametrize("failure", [Unavailable("down"), PermissionDenied("no")])
async def test_r24_a_look_that_fails_refuses_the_create(failure: CloudFailure) -> None:
    with pytest.raises(type(failure), match="Nothing was created") as refused:
        await checked({"ListJobs": failure})
    assert refused.value.rule == "R24"


async def test_r24_the_failure_of_the_look_keeps_what_the_service_said_and_the_way_out() -> None:
    way = NextStep("pai_status", {}, "Shows the credentials.")
    failure = PermissionDenied("no", rule="R73", request_id="req-list", next=[way])
    failure.service_code, failure.status = "Forbidden.RAM", 403
    with pytest.raises(PermissionDenied) as refused:
        await checked({"ListJobs": failure})
    told = refused.value
    assert (told.rule, told.request_id, told.next) == ("R73", "req-list", [way])
    assert (told.service_code, told.status) == ("Forbidden.RAM", 403)


async def test_r24_a_row_without_an_id_is_nothing_and_a_long_one_is_cut_in_the_refusal() -> None:
    await checked({"ListJobs": jobs(row(id=""), row(JobId=None))})
    with pytest.raises(Duplicate) as refused:
        await checked({"ListJobs": jobs(row(id="j" * 200, Status="S" * 200))})
    assert f": JobId {'j' * 80}, {'S' * 40}. " in refused.value.message


@pytest.mark.parametrize(
    ("action", "args", "lister", "answer"),
    [
        ("CreateJobTemplate", {"TemplateName": "base", "WorkspaceId": "1"}, "ListJobTemplates",
         {"JobTemplates": [{"TemplateId": "tpl-1", "TemplateName": "base", "GmtCreateTime": iso(NOW - 9)}]}),
        ("CreateTensorboard", {"DisplayName": "board", "WorkspaceId": "1"}, "ListTensorboards",
         {"Tensorboards": [{"TensorboardId": "tb-1", "DisplayName": "board", "GmtCreateTime": iso(NOW - 9)}]}),
    ],
)  # fmt: skip
async def test_r24_templates_and_tensorboards_are_looked_up_alike(
    action: str, args: dict[str, Any], lister: str, answer: dict[str, Any]
) -> None:
    with pytest.raises(Duplicate) as refused:
        await checked({lister: answer}, action, args)
    assert ("tpl-1" in refused.value.message) or ("tb-1" in refused.value.message)


async def test_a_create_that_has_no_name_or_needs_no_look_asks_nothing() -> None:
    assert (await checked({}, "CreateTensorboard", {"JobId": "dlc1"})).sent == []
    assert (await checked({}, "CreateDataset", {"Name": "d"})).sent == []
    assert (await checked({}, "StopJob", {"JobId": "dlc1"})).sent == []


async def test_r24_of_two_creates_at_once_on_two_servers_one_is_sent() -> None:
    state = MemoryState()
    servers = [sender({"ListJobs": NONE, "CreateJob": {"JobId": f"dlc{number}"}}, state=state) for number in (1, 2)]
    outcomes: list[str] = []

    async def create(runtime: Runtime) -> None:
        call = call_of("CreateJob", ARGS)
        try:
            await duplicates.check(call, runtime)
            outcomes.append(str((await send_once.send_once(call, runtime)).data["JobId"]))
        except Duplicate as refused:
            outcomes.append(str(refused.rule))

    async with anyio.create_task_group() as group:
        for runtime, _ in servers:
            group.start_soon(create, runtime)
    assert sorted(outcomes)[0] == "R24"
    assert sum(cloud.actions.count("CreateJob") for _, cloud in servers) == 1


async def test_r24_a_refused_create_gives_the_name_back_at_once() -> None:
    runtime, cloud = sender({"CreateJob": [CloudError("bad spec"), {"JobId": "dlc1"}]})
    with pytest.raises(CloudError):
        await send_once.send_once(call_of("CreateJob", ARGS), runtime)
    assert (await send_once.send_once(call_of("CreateJob", ARGS), runtime)).data == {"JobId": "dlc1"}
    assert cloud.actions == ["CreateJob", "CreateJob"]


async def test_r24_other_names_workspaces_and_regions_do_not_hold_each_other_up() -> None:
    runtime, cloud = sender({"CreateJob": {"JobId": "dlc1"}})
    for args in (ARGS, ARGS | {"DisplayName": "other"}, ARGS | {"WorkspaceId": "2"}):
        await send_once.send_once(call_of("CreateJob", args), runtime)
    assert len(cloud.sent) == 3
    with pytest.raises(Duplicate):
        await send_once.send_once(call_of("CreateJob", ARGS), runtime)
    await send_once.send_once(call_of("CreateJob", ARGS, allow_duplicate=True), runtime)
    assert len(cloud.sent) == 4


class BrokenState(MemoryState):
    async def add(self, key: str, value: str, ttl: float) -> bool:
        raise StateUnavailable("gone")


async def test_r24_without_the_shared_state_nothing_is_created() -> None:
    runtime, cloud = sender({"CreateJob": {"JobId": "dlc1"}}, state=BrokenState())
    with pytest.raises(StateUnavailable):
        await send_once.send_once(call_of("CreateJob", ARGS), runtime)
    assert cloud.sent == []


async def test_creates_an_hour_are_counted_over_servers_and_a_refused_one_does_not_count() -> None:
    state, settings = MemoryState(), Settings(max_creates_per_hour=2)
    answers: Any = {"CreateDataset": [CloudError("bad"), {"DatasetId": "d"}]}
    runtime, cloud = sender(answers, settings, state)
    other, _ = sender({"CreateDataset": {"DatasetId": "e"}}, settings, state)
    with pytest.raises(CloudError):
        await send_once.send_once(call_of("CreateDataset", {"Name": "a"}), runtime)
    await send_once.send_once(call_of("CreateDataset", {"Name": "b"}), runtime)
    await send_once.send_once(call_of("CreateDataset", {"Name": "c"}), other)
    for server in (runtime, other):
        with pytest.raises(PolicyDenied, match="max_creates_per_hour"):
            await send_once.send_once(call_of("CreateDataset", {"Name": "d"}), server)
        with pytest.raises(PolicyDenied, match="max_creates_per_hour"):
            await reservations.hourly_left(server)
    assert cloud.actions.count("CreateDataset") == 2


async def test_of_many_creates_at_once_only_the_hours_share_is_sent() -> None:
    runtime, cloud = sender({"CreateDataset": {"DatasetId": "d"}}, Settings(max_creates_per_hour=3))
    refused: list[int] = []

    async def create(number: int) -> None:
        try:
            await send_once.send_once(call_of("CreateDataset", {"Name": f"d{number}"}), runtime)
        except PolicyDenied:
            refused.append(number)

    async with anyio.create_task_group() as group:
        for number in range(10):
            group.start_soon(create, number)
    assert (len(cloud.sent), len(refused)) == (3, 7)
