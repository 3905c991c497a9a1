"""The risks of a call: by its operation, and by its arguments (R30)."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.api.catalog import operation
from pai_dlc_mcp.toolsets import enabled

WRITES: list[tuple[str, dict[str, Any], set[str]]] = [
    ("UpdateJob", {"JobId": "j", "Priority": 3}, {"write"}),
    ("UpdateJob", {"JobId": "j", "Accessibility": "PUBLIC"}, {"write", "expose"}),
    ("UpdateTensorboard", {"Accessibility": "PRIVATE"}, {"write"}),
    ("UpdateTensorboard", {"MaxRunningTimeMinutes": 1}, {"write", "stop"}),
    ("UpdateTensorboard", {"MaxRunningTimeMinutes": 1, "Accessibility": "PUBLIC"}, {"write", "stop", "expose"}),
    ("UpdateDataset", {"SharingConfig": {}, "AccessibleRoleIdList": [], "Accessibility": None}, {"write"}),
    ("UpdateDataset", {"AccessibleRoleIdList": ["r"]}, {"write", "expose"}),
    ("UpdateDataset", {"MountAccessReadWriteRoleIdList": ["*"]}, {"write", "expose"}),
    ("UpdateDataset", {"SharingConfig": {"SharedTo": []}}, {"write", "expose"}),
    ("CreateTensorboard", {"MaxRunningTimeMinutes": 1}, {"create"}),
    ("CreateDataset", {"Accessibility": "PUBLIC"}, {"create", "admit", "expose"}),
    ("ListDatasets", {"Accessibility": "PUBLIC"}, {"read"}),
    ("StartTensorboard", {}, {"write", "create"}),
    ("UpdateTensorboard", {"MaxRunningTimeMinutes": 0}, {"write", "stop"}),
    ("UpdateTensorboard", {"MaxRunningTimeMinutes": 100_000}, {"write", "stop"}),
    ("UpdateTensorboard", {"MaxRunningTimeMinutes": None}, {"write"}),
    ("CreateSignal", {"Signal": "SIGUSR1"}, {"write", "stop"}),
    ("CreateSignal", {"Signal": "CONT"}, {"write", "stop"}),
    ("CreateSignal", {"Signal": "SIGTERM"}, {"write", "stop"}),
    ("CreateSignal", {"Signal": "10"}, {"write", "stop"}),
    ("CreateSignal", {}, {"write", "stop"}),
    ("CreateSignal", {}, {"write", "stop"}),
    ("AddMemberRole", {}, {"write", "admit", "expose"}),
    ("PublishImage", {}, {"expose"}),
]


@pytest.mark.parametrize(("action", "args", "risks"), WRITES)
def test_r30_a_call_risks_what_its_operation_and_its_arguments_do(
    action: str, args: dict[str, Any], risks: set[str]
) -> None:
    assert operation(action).risks_of(args) == risks
    assert risks <= operation(action).possible_risks


def test_r30_a_tool_may_risk_what_one_of_its_calls_does() -> None:
    tools = enabled(("all",), read_only=False)
    assert tools["dlc_update_tensorboard"].possible_risks == {"write", "stop", "expose", "foreign"}
    assert tools["dlc_clone_job"].possible_risks == {"create", "expose", "admit"}
    assert tools["dlc_diagnose_job"].possible_risks == {"read"}
    assert tools["aiworkspace_list_datasets"].possible_risks == {"read"}


@pytest.mark.parametrize(
    ("tool", "risk", "confirmed"),
    [
        ("dlc_stop_job", "stop, confirmed", True),
        ("aiworkspace_create_product_orders", "spend, confirmed", True),
        ("dlc_create_signal", "write, confirmed", True),
        ("dlc_update_tensorboard", "write, sometimes confirmed", True),
        ("dlc_update_job", "write, sometimes confirmed", True),
        ("dlc_clone_job", "create, sometimes confirmed", True),
        ("dlc_get_token", "expose, sometimes confirmed", True),
        ("dlc_create_tensorboard", "create", False),
    ],
)
def test_r30_a_tools_risk_says_whether_any_of_its_calls_is_confirmed(tool: str, risk: str, confirmed: bool) -> None:
    one = enabled(("all",), read_only=False)[tool]
    assert (one.risk_text, one.may_be_confirmed) == (risk, confirmed)


RUNNING: dict[str, Any] = {
    "Status": "Running",
    "UserCommand": "python train.py",
    "JobSpecs": [{"Type": "Worker", "PodCount": 2, "Image": "a"}, {"Type": "Master", "PodCount": 1, "Image": "a"}],
}


def specs(workers: int, **more: Any) -> list[dict[str, Any]]:
    return [{"Type": "Worker", "PodCount": workers, **more}, {"Type": "Master", "PodCount": 1}]


@pytest.mark.parametrize(
    ("args", "target", "ends"),
    [
        ({"JobSpecs": specs(2)}, RUNNING, False),
        ({"JobSpecs": specs(3)}, RUNNING, False),
        ({"JobSpecs": specs(1)}, RUNNING, True),
        ({"JobSpecs": specs(3, Image="b")}, RUNNING, True),
        ({"JobSpecs": specs(3)[:1]}, RUNNING, True),
        ({"JobSpecs": []}, RUNNING, True),
        ({"JobSpecs": specs(1)}, RUNNING | {"Status": "Succeeded"}, False),
        ({"JobSpecs": specs(3)}, None, True),
        ({"UserCommand": "python train.py"}, RUNNING, False),
        ({"UserCommand": "true"}, RUNNING, True),
        ({"UserCommand": "true"}, RUNNING | {"Status": "Stopped"}, False),
        ({"UserCommand": "true"}, None, True),
        ({"Description": "quiet"}, RUNNING, False),
    ],
)
def test_r30_an_update_ends_work_where_it_takes_pods_or_the_command_of_a_job_that_is_not_over(
    args: dict[str, Any], target: dict[str, Any] | None, ends: bool
) -> None:
    assert ("stop" in operation("UpdateJob").risks_of(args, target)) is ends


@pytest.mark.parametrize(
    ("minutes", "target", "ends"),
    [
        (60, {"Status": "Running", "Duration": "60"}, False),
        (60, {"Status": "Running", "Duration": 60}, False),
        (60, {"Status": "Running", "Duration": "7200"}, True),
        (129, {"Status": "Running", "Duration": "7200"}, True),
        (130, {"Status": "Running", "Duration": "7200"}, False),
        (1, {"Status": "Stopped", "Duration": "7200"}, False),
        (60, {"Status": "running"}, True),
        (60, None, True),
    ],
)
def test_r30_a_time_limit_ends_a_tensorboard_that_has_run_about_as_long(
    minutes: int, target: dict[str, Any] | None, ends: bool
) -> None:
    assert ("stop" in operation("UpdateTensorboard").risks_of({"MaxRunningTimeMinutes": minutes}, target)) is ends
