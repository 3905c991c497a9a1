"""What the file of callers gives a caller: its own lists and limits, never more than the server's."""

from __future__ import annotations

import pytest

from pai_dlc_mcp.app import Application
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.runtime import Caller
from pai_dlc_mcp.transports import callers
from pai_dlc_mcp.transports.callers import CallerApplications, Entry

SERVER = Settings(regions=("cn-hangzhou", "cn-beijing"), max_running_jobs=5, max_running_gpus=64)


def test_a_callers_lists_and_limits_are_the_tighter_of_both() -> None:
    entry = Entry(
        regions=["cn-beijing", "cn-shanghai"], workspaces=["1"], max_running_jobs=9, max_running_gpus=8,
        max_gpus_per_job=2, require_max_running_time=True,
    )  # fmt: skip
    assert entry.updates(SERVER) == {
        "read_only": False,
        "require_max_running_time": True,
        "regions": ("cn-beijing",),
        "workspaces": ("1",),
        "max_gpus_per_job": 2,
        "max_running_jobs": 5,
        "max_running_gpus": 8,
        "max_creates_per_hour": None,
    }


def test_a_caller_without_entries_of_its_own_has_the_servers() -> None:
    changed = SERVER.model_copy(update=Entry().updates(SERVER))
    assert changed == SERVER
    strict = SERVER.model_copy(update={"read_only": True, "require_max_running_time": True})
    assert strict.model_copy(update=Entry().updates(strict)) == strict


def test_a_list_that_has_nothing_in_common_with_the_servers_is_no_empty_list() -> None:
    with pytest.raises(ValueError, match="regions has nothing that the server allows"):
        Entry(regions=["cn-shanghai"]).updates(SERVER)


def test_applications_of_callers_are_kept_up_to_a_number_and_the_oldest_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "MAX_APPLICATIONS", 2)
    applications = CallerApplications(Application(SERVER))

    def of(scope: str) -> Application:
        return applications.of(Caller("oauth:ann", scopes=frozenset({scope})))

    first, second = of("pai-dlc:read"), of("pai-dlc:jobs")
    assert of("pai-dlc:read") is first
    of("pai-dlc:jobs:read")
    assert of("pai-dlc:jobs") is second
    assert len(applications._made) == 2
    assert of("pai-dlc:read") is not first
