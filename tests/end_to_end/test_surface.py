"""What the tools are, all together: each one operation or one named composite, and nothing that takes any path."""

from __future__ import annotations

from pai_dlc_mcp.api import catalog
from pai_dlc_mcp.arguments import ControlInput
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.operation import Operation
from pai_dlc_mcp.protocol.definitions import definition
from pai_dlc_mcp.runtime import Composite
from pai_dlc_mcp.shapes import api_name
from pai_dlc_mcp.toolsets import enabled

COMPOSITES = {
    "dlc_diagnose_job",
    "dlc_wait_for_job",
    "dlc_validate_job",
    "dlc_search_logs",
    "dlc_survey_jobs",
    "dlc_quota_status",
    "dlc_compare_jobs",
    "dlc_clone_job",
    "dlc_template_from_job",
    "pai_status",
}
STEERING = {"method", "path", "pathname", "url", "endpoint", "host", "headers", "action_name", "version_name_of_api"}
"""Arguments by which a tool could be steered to another operation."""


def test_every_operation_is_a_tool_and_the_rest_are_the_composites() -> None:
    tools = enabled(["all"])
    operations = {name for name, tool in tools.items() if isinstance(tool, Operation)}
    assert operations == {operation.name for operation in catalog.operations()}
    assert len(operations) == 170
    assert {name for name, tool in tools.items() if isinstance(tool, Composite)} == COMPOSITES


def test_r74_no_tool_can_be_steered_to_another_path() -> None:
    for tool in enabled(["all"]).values():
        controls = set(ControlInput.model_fields)
        names = {*tool.inputs.model_fields, *controls}
        assert not names & STEERING, tool.name
        if isinstance(tool, Operation):
            placeholders = {api_name(name, info) for name, info in tool.inputs.model_fields.items()}
            fixed = [part for part in tool.path.split("/") if part and not part.startswith("{")]
            assert fixed
            assert all(part[1:-1] in placeholders for part in tool.path.split("/") if part.startswith("{"))


def test_default_and_lean_hold_the_documented_number_of_tools() -> None:
    counts = {preset: len(enabled([preset])) for preset in ("default", "lean", "all")}
    assert counts == {"default": 49, "lean": 18, "all": 180}
    assert Settings().toolsets == ("default",)


def test_no_tool_has_a_schema_of_its_results_so_an_odd_answer_is_no_clients_error() -> None:
    """A write that was done must not end as an error because its answer has another form than was known."""
    assert [tool.name for tool in enabled(["all"]).values() if definition(tool, Settings()).output_schema] == []
