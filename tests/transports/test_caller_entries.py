"""What the file of callers gives a caller: its own lists and limits, never more than the server's."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pai_dlc_mcp.app import Application
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.runtime import Caller
from pai_dlc_mcp.transports import callers, service
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


def test_a_role_is_assumed_in_a_session_that_bears_the_callers_name_as_far_as_sts_takes_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made: list[tuple[object, str, str]] = []

    class Chain:
        def __init__(self, profile: object, *, role: str, session: str) -> None:
            made.append((profile, role, session))

    monkeypatch.setattr(callers, "ChainCredentials", Chain)
    file = tmp_path / "callers"
    file.write_text('[default]\nrole = "acs:ram::1:role/r"\n')
    file.chmod(0o600)
    applications = CallerApplications(Application(SERVER.model_copy(update={"callers": file, "profile": "mine"})))
    applications.of(Caller("oauth:" + "é/ann" * 20))
    applications.of(Caller("http:ann"))
    assert made == [
        ("mine", "acs:ram::1:role/r", ("oauth-" + "--ann" * 20)[:64]), ("mine", "acs:ram::1:role/r", "http-ann"),
    ]  # fmt: skip


def test_keys_tokens_and_callers_are_read_again_and_what_fails_leaves_the_rest(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    read: list[str] = []

    class Source:
        def reload(self) -> None:
            read.append("source")
            raise ValueError("is damaged")

    monkeypatch.setattr(service, "reload_keys", lambda path: read.append(path.name))
    app = Application(SERVER.model_copy(update={"keys": tmp_path / "keys"}))
    source: Any = Source()
    other: Any = None
    probes: Any = SimpleNamespace(is_ending=False)
    made = service.Service(app, other, probes, source, source, other, "")
    assert probes.is_ending is False
    made.begin_shutdown()
    assert probes.is_ending is True
    with caplog.at_level("WARNING"):
        assert made.reload() is False
    assert read == ["source", "source", "keys"]
    assert "--callers was not read again, what was read before stays in force: is damaged" in caplog.text
