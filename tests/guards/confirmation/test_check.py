"""R30: which calls are confirmed, what their refusal offers, and that the confirmed call passes."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.api import catalog
from pai_dlc_mcp.errors import ConfirmationRequired, NotFound, Unavailable
from pai_dlc_mcp.guards.confirmation import check as confirmation
from pai_dlc_mcp.operation import DELETE, SPEND, STOP, Operation
from support.fake_cloud import call_of, runtime_of
from support.stop_calls import JOB, preview_of, refusal_of, server, stop_call

GUARDED = [op for op in catalog.operations() if op.effect in (STOP, DELETE, SPEND)]
ALL_READS = [op.action_name for op in catalog.operations() if op.action_name.startswith("Get")]


async def test_r31_a_token_that_does_not_serve_names_its_argument() -> None:
    runtime, _, _ = server(confirm_by="token")
    assert (await refusal_of(runtime, stop_call("pai1.nonsense"))).field == "confirmation_token"


async def test_the_next_call_repeats_up_to_500_bytes_and_only_the_path_of_what_is_longer() -> None:
    runtime, _, _ = server(confirm_by="token", more={"GetWorkspace": {"WorkspaceName": "vision"}})
    around = len('{"workspace_id":"1","member_ids":""}')
    calls = [call_of("DeleteMembers", {"WorkspaceId": "1", "MemberIds": "a" * (size - around)}) for size in (500, 501)]
    steps = [(await refusal_of(runtime, call)).next[0] for call in calls]
    assert [step.tool for step in steps] == ["aiworkspace_delete_members"] * 2
    assert [step.why.split(",")[0] for step in steps] == ["The same arguments", "The same arguments"]
    assert [sorted(step.arguments) for step in steps] == [
        ["confirmation_token", "member_ids", "region", "workspace_id"],
        ["confirmation_token", "region", "workspace_id"],
    ]


@pytest.mark.parametrize(("page", "shown"), [(0, 1), (1, 1), (2, 2), (99, 3)])
async def test_r36_a_page_that_there_is_not_is_the_first_or_the_last(page: int, shown: int) -> None:
    runtime, _, _ = server()
    call = call_of("UntagResources", {"ResourceType": "x" * 1_700}, preview_page=page)
    error = await refusal_of(runtime, call)
    assert f"This is page {shown} of 3 of what it would do" in error.message
    assert error.next[0].arguments["preview_page"] == (2 if shown == 1 else 1)
    assert error.confirmation is not None
    assert (error.confirmation.token, error.confirmation.expires_at) == ("", "")


async def test_r36_pages_of_one_preview_that_were_read_are_no_pages_of_another() -> None:
    runtime, _, _ = server()
    for letter in "xy":
        for page, unread in ((1, [2]), (2, [3]), (3, [])):
            call = call_of("UntagResources", {"ResourceType": letter * 1_700}, preview_page=page)
            error = await refusal_of(runtime, call)
            assert [step.arguments.get("preview_page") for step in error.next] == (unread or [None])
            assert error.confirmation is not None
            assert bool(error.confirmation.token) is (page == 3)


async def test_only_a_create_is_looked_at_with_what_its_template_gives() -> None:
    template = {"UserId": "20001", "Versions": [{"Version": 1, "Content": {"Accessibility": "PUBLIC"}}]}
    runtime, cloud, _ = server(more={"GetJobTemplate": template}, confirm=frozenset({"expose"}))
    await confirmation.check(call_of("UpdateJobTemplate", {"TemplateId": "t"}), runtime)
    assert cloud.sent == [("GetJobTemplate", {"TemplateId": "t"})]
    await preview_of(runtime, call_of("CreateJob", {"TemplateId": "t"}))
    assert ("GetJobTemplate", {"TemplateId": "t"}) in cloud.sent


async def test_r30_a_stop_without_a_token_shows_the_job_and_gives_a_token_that_lets_the_next_call_pass() -> None:
    runtime, cloud, _ = server()
    first = stop_call()
    with pytest.raises(ConfirmationRequired) as required:
        await confirmation.check(first, runtime)
    error = required.value
    assert (error.rule, first.confirmed_by) == ("R30", None)
    assert error.message.startswith('Nothing was done yet to "resnet-ddp"')
    assert error.confirmation is not None
    assert dict(error.next[0].arguments) == {
        "region": "cn-hangzhou",
        "job_id": "dlc1",
        "confirmation_token": error.confirmation.token,
    }
    second = stop_call(error.confirmation.token)
    await confirmation.check(second, runtime)
    assert second.confirmed_by == "two_step"
    assert "StopJob" not in cloud.actions


@pytest.mark.parametrize("failure", [NotFound("no such job"), Unavailable("down")])
async def test_r30_a_target_that_cannot_be_read_is_not_confirmed(failure: Any) -> None:
    runtime, _, _ = server(failure)
    with pytest.raises(type(failure)):
        await confirmation.check(stop_call(), runtime)


@pytest.mark.parametrize("op", GUARDED, ids=lambda op: op.action_name)
async def test_r30_every_stop_delete_remove_and_order_needs_a_token_and_passes_with_it(op: Operation) -> None:
    reads = {reader: {"Name": "thing", "Status": "Running"} for reader in ALL_READS}
    runtime, cloud, _ = server(JOB, more={name: answer for name, answer in reads.items() if name != "GetJob"})
    args = {api: f"{api.lower()}-1" for api, _, place in op.fields.values() if place == "path"}
    error = await refusal_of(runtime, call_of(op.action_name, args))
    assert (error.code, error.rule) == ("confirmation_required", "R30")
    assert error.confirmation is not None
    assert error.confirmation.preview["act"] == op.action_name
    call = call_of(op.action_name, args, confirmation_token=error.confirmation.token)
    await confirmation.check(call, runtime)
    assert call.confirmed_by == "two_step"
    assert op.action_name not in cloud.actions


def test_r30_names_and_effects_agree_over_the_whole_catalogue() -> None:
    by_name = {
        op.action_name
        for op in catalog.operations()
        if op.action_name.startswith(("Stop", "Delete", "Remove")) or op.action_name == "CreateProductOrders"
    }
    assert by_name <= {op.action_name for op in GUARDED}
    assert len(GUARDED) >= 35


@pytest.mark.parametrize(
    ("action", "reads"), [("CreateJob", []), ("GetJob", []), ("GetWebTerminal", ["GetJob"]), ("UpdateJob", ["GetJob"])]
)
async def test_other_effects_are_confirmed_only_where_the_operator_says_so(action: str, reads: list[str]) -> None:
    """Of a write to one's own job only the job is read, to see whose it is."""
    runtime, cloud, _ = server(confirm=frozenset())
    await confirmation.check(call_of(action, {"JobId": "dlc1"}), runtime)
    assert cloud.actions == reads


async def test_r30_the_operators_setting_adds_to_what_is_confirmed_and_never_takes_away() -> None:
    empty, _, _ = server(confirm=frozenset())
    await refusal_of(empty, stop_call())
    more, _, _ = server(confirm=frozenset({"create", "expose"}))
    terminal = await refusal_of(more, call_of("GetWebTerminal", {"JobId": "dlc1", "PodId": "p"}))
    assert terminal.confirmation is not None
    args = {"DisplayName": "new", "WorkspaceId": "1", "JobSpecs": [{"PodCount": 4, "ResourceConfig": {"GPU": "8"}}],
            "Envs": {"PASSWORD": "hunter2hunter2"}}  # fmt: skip
    create = await refusal_of(more, call_of("CreateJob", args))
    assert create.confirmation is not None
    assert create.confirmation.preview["gpus"] == 32
    assert create.confirmation.preview["time_limit"] == "none"
    assert "hunter2" not in str(create.as_dict())


async def test_a_token_by_settings_alone_is_the_same_for_every_confirm_by_but_human() -> None:
    for by in ("auto", "token"):
        runtime, _, _ = server(confirm_by=by)
        call = stop_call((await preview_of(runtime)).token)
        await confirmation.check(call, runtime)
        assert call.confirmed_by == "two_step"


@pytest.mark.parametrize(
    ("given", "in_template", "is_confirmed"),
    [
        ({"Type": "Worker"}, {"SecurityContext": {"Privileged": True}}, True),
        ({"Type": "Worker"}, {"SecurityContext": {"Privileged": False}}, False),
        ({"Type": "Worker"}, {"SecurityContext": {"Privileged": "False"}}, False),
        ({"Type": "Worker"}, {"SecurityContext": {"Privileged": "yes"}}, True),
        ({"Type": "Worker"}, {"Labels": {"a": "b"}}, False),
        ({"Type": "Worker", "SecurityContext": {"Privileged": True}}, {}, True),
        ({"Type": "Worker"}, {"ExtraPodSpec": {"MainContainerSecurityContext": {"Privileged": True}}}, True),
    ],
)
async def test_r39_rights_that_a_template_gives_are_confirmed_whatever_the_call_puts_in_their_place(
    given: dict[str, Any], in_template: dict[str, Any], is_confirmed: bool
) -> None:
    content = {"JobSpecs": [{"Type": "Worker", **in_template}]}
    template = {"TemplateId": "t1", "DefaultVersion": 1, "Versions": [{"Version": 1, "Content": content}]}
    runtime, _, _ = runtime_of({"GetJobTemplate": template})
    args = {"DisplayName": "new", "WorkspaceId": "1", "TemplateId": "t1", "JobSpecs": [given]}
    assert (await confirmation.needed_for(call_of("CreateJob", args), runtime) is not None) is is_confirmed


@pytest.mark.parametrize(("status", "is_confirmed"), [("Running", True), ("Succeeded", False)])
async def test_r30_an_update_is_judged_by_what_it_does_to_its_target_as_it_stands(
    status: str, is_confirmed: bool
) -> None:
    runtime, _, _ = server(JOB | {"Status": status})
    update = call_of("UpdateJob", {"JobId": "dlc1", "UserCommand": "true"})
    assert (await confirmation.needed_for(update, runtime) is not None) is is_confirmed


async def test_r39_a_change_of_a_template_is_judged_by_what_it_sets_and_not_by_what_stands_in_it() -> None:
    content = {"JobSpecs": [{"Type": "Worker", "SecurityContext": {"Privileged": True}}], "hostPath": "/"}
    template = {"TemplateId": "t1", "UserId": "20001", "Versions": [{"Version": 1, "Content": content}]}
    runtime, _, _ = runtime_of({"GetJobTemplate": template})
    change = call_of("UpdateJobTemplate", {"TemplateId": "t1", "Metadata": {"Team": "vision"}})
    assert await confirmation.needed_for(change, runtime) is None
    create = call_of("CreateJob", {"DisplayName": "new", "WorkspaceId": "1", "TemplateId": "t1"})
    assert await confirmation.needed_for(create, runtime) is not None


IN_JOB = {"DisplayName": "new", "WorkspaceId": "1", "JobType": "PyTorchJob"}


def within(context: dict[str, Any]) -> dict[str, Any]:
    """A job whose containers run in this security context."""
    return IN_JOB | {"JobSpecs": [{"Type": "Worker", "ExtraPodSpec": {"MainContainerSecurityContext": context}}]}


OWN = {"UserId": "20001", "Versions": [{"Version": 1, "Content": {}}]}
RIGHTS_BY_NAME = (
    "privileged", "allowPrivilegeEscalation", "capabilities", "procMount", "hostPath", "hostNetwork", "hostPID",
    "host_ipc", "RoleArn", "role-arns", "RoleChain", "RamRole", "k8s.aliyun.com/eci-ram-role-name", "RamRoleArn",
    "image", "ImageUri", "init_image", "sidecarImageUrl", "initContainerImage",
    "seLinuxOptions", "container.apparmor.security.beta.kubernetes.io/main", "seccomp.security.alpha.kubernetes.io/pod",
)  # fmt: skip


@pytest.mark.parametrize(
    ("action", "args", "is_confirmed"),
    [
        *(("CreateJob", IN_JOB | {"Settings": {"AdvancedSettings": {name: "x"}}}, True) for name in RIGHTS_BY_NAME),
        *(("CreateJob", IN_JOB | {"Settings": {"AdvancedSettings": {name: "x"}}}, False)
          for name in ("hostname", "RoleName", "chain", "host", "path", "network", "ipc", "privilegedUsers",
                       "imagePullPolicy", "EnableImageCache", "OfficialImage", "images")),
        ("CreateJob", IN_JOB | {"Settings": {"AdvancedSettings": {"capabilities": [], "privileged": ""}}}, False),
        ("CreateJob", within({"Capabilities": {"Drop": ["ALL"]}, "SeccompProfile": {"Type": "RuntimeDefault"}}), False),
        ("CreateJob", within({"Capabilities": {"Drop": ["ALL"], "Add": ["SYS_ADMIN"]}}), True),
        ("CreateJob", within({"SeccompProfile": {"Type": "Unconfined"}}), True),
        ("CreateJob", IN_JOB | {"CustomEnvs": [{"Key": "A", "Value": '{"privileged": "x"}'}]}, False),
        ("CreateJobTemplate", {"Content": IN_JOB, "Constraints": {"JobSpecs.x.Privileged": "locked"}}, False),
        ("CreateJobTemplate", {"Content": {"Constraints": {"x.Privileged": "locked"}}}, False),
        ("CreateJobTemplate", {"Content": IN_JOB, "Metadata": {"privileged": "never"}}, False),
        ("CreateJobTemplate", {"Content": {"Metadata": {"privileged": "never"}}}, True),
        ("UpdateJobTemplate", {"TemplateId": "t", "Content": {"Other": {"hostPath": "/"}}}, True),
        ("UpdateJobTemplate", {"TemplateId": "t", "Metadata": {"hostPath": "/"}}, False),
        ("UpdateModel", {"ModelId": "m", "ExtraInfo": {"privileged": "x"}}, False),
    ],
)  # fmt: skip
async def test_r39_rights_are_known_by_their_names_where_a_job_gets_them_and_nowhere_else(
    action: str, args: dict[str, Any], is_confirmed: bool
) -> None:
    runtime, _, _ = runtime_of({"GetJobTemplate": OWN, "GetModel": OWN})
    assert (await confirmation.needed_for(call_of(action, args), runtime) is not None) is is_confirmed
