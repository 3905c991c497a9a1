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
    ("CreateDataset", {"Accessibility": "PUBLIC"}, {"create", "expose"}),
    ("ListDatasets", {"Accessibility": "PUBLIC"}, {"read"}),
    ("StartTensorboard", {}, {"write", "create"}),
    ("UpdateTensorboard", {"MaxRunningTimeMinutes": 0}, {"write", "stop"}),
    ("UpdateTensorboard", {"MaxRunningTimeMinutes": 59}, {"write", "stop"}),
    ("UpdateTensorboard", {"MaxRunningTimeMinutes": 60}, {"write"}),
    ("UpdateTensorboard", {"MaxRunningTimeMinutes": None}, {"write"}),
    ("CreateSignal", {"Signal": "SIGUSR1"}, {"write"}),
    ("CreateSignal", {"Signal": "usr2"}, {"write"}),
    ("CreateSignal", {"Signal": "CONT"}, {"write"}),
    ("CreateSignal", {"Signal": "SIGTERM"}, {"write", "stop"}),
    ("CreateSignal", {"Signal": "10"}, {"write", "stop"}),
    ("CreateSignal", {}, {"write", "stop"}),
    ("CreateSignal", {}, {"write", "stop"}),
    ("AddMemberRole", {}, {"write", "expose"}),
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
    assert tools["dlc_update_tensorboard"].possible_risks == {"write", "stop", "expose"}
    assert tools["dlc_clone_job"].possible_risks == {"create", "expose"}
    assert tools["dlc_diagnose_job"].possible_risks == {"read"}
    assert tools["aiworkspace_list_datasets"].possible_risks == {"read"}


@pytest.mark.parametrize(
    ("tool", "risk", "confirmed"),
    [
        ("dlc_stop_job", "stop, confirmed", True),
        ("aiworkspace_create_product_orders", "spend, confirmed", True),
        ("dlc_create_signal", "write, sometimes confirmed", True),
        ("dlc_update_tensorboard", "write, sometimes confirmed", True),
        ("dlc_update_job", "write", False),
        ("dlc_clone_job", "create", False),
        ("dlc_get_token", "expose", False),
    ],
)
def test_r30_a_tools_risk_says_whether_any_of_its_calls_is_confirmed(tool: str, risk: str, confirmed: bool) -> None:
    one = enabled(("all",), read_only=False)[tool]
    assert (one.risk_text, one.may_be_confirmed) == (risk, confirmed)
