"""What an operator may select: presets, toolsets, and each tool by its name."""

from __future__ import annotations

import pytest

from pai_dlc_mcp.errors import InvalidArguments
from pai_dlc_mcp.operation import Effect
from pai_dlc_mcp.toolsets import enabled, names, toolset_of, unknown

ALWAYS = set(enabled([]))
ALL = enabled(["all"])


def test_each_tool_can_be_named_alone() -> None:
    for name in ALL:
        assert set(enabled([name])) == {name} | ALWAYS
        assert unknown([name]) == []
    some = ["aiworkspace_get_workspace", "dlc_stop_job"]
    assert set(enabled(["lean", *some])) == set(enabled(["lean"])) | set(some)


def test_a_tool_that_acts_is_not_offered_by_its_name_where_reads_alone_are() -> None:
    acting = {name for name, tool in ALL.items() if tool.effect is not Effect.READ}
    assert set(enabled(acting, read_only=True)) == ALWAYS - acting


def test_what_is_none_of_them_is_named() -> None:
    assert unknown([*names(), "dlc_get_job", "dlc_no_such", "", "dlc_stop_job"]) == ["dlc_no_such", ""]
    assert toolset_of("dlc_no_such") is None
    with pytest.raises(InvalidArguments, match="There is no toolset or tool 'dlc_no_such'; toolsets are default, lean"):
        enabled(["default", "dlc_no_such"])
