"""The risks of a call: by its operation, and by its arguments (R30)."""

from __future__ import annotations

from typing import Any

import pytest
from pai_dlc_mcp.guards.confirmation.risks import (
    ADMITTING,
    ENDING,
    STARTING,
    TELLING,
    may_be_confirmed,
    possible,
    risk_of,
    risks_of,
)

from pai_dlc_mcp.api.catalog import operation, operations
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
    ("AddMemberRole", {}, {"write", "expose"}),
    ("PublishImage", {}, {"expose"}),
]


@pytest.mark.parametrize(("action", "args", "risks"), WRITES)
def test_r30_a_call_risks_what_its_operation_and_its_arguments_do(
    action: str, args: dict[str, Any], risks: set[str]
) -> None:
    assert risks_of(operation(action), args) == risks
    assert risks <= possible(operation(action))


def test_r30_a_tool_may_risk_what_one_of_its_calls_does() -> None:
    tools = enabled(("all",), read_only=False)
    assert possible(tools["dlc_update_tensorboard"]) == {"write", "stop", "expose"}
    assert possible(tools["dlc_clone_job"]) == {"create", "expose"}
    assert possible(tools["dlc_diagnose_job"]) == {"read"}
    assert possible(tools["aiworkspace_list_datasets"]) == {"read"}


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
    assert (risk_of(one), may_be_confirmed(one)) == (risk, confirmed)


def test_r30_the_tables_name_what_there_is() -> None:
    assert {one.action_name for one in operations()} >= {*ADMITTING, *STARTING, *ENDING}
    arguments = {api for one in operations() for api, _, _ in one.fields.values()}
    assert arguments >= TELLING
