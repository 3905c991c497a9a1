"""The commands besides serve: exit codes, what doctor reports, the skill installed twice."""

from __future__ import annotations

import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_credentials.utils import auth_util

from pai_dlc_emulator.accounts import KEYS
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp import cli, documents
from support.forked_processes import ran

from .processes import PATIENCE_S, bare_environment, command

KEY = "EMULATORKEYALICE0000"
Said = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Said:
    """Run a command in this process with an empty home; its exit code, stdout and stderr."""
    for name in ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_REGION_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")

    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(arguments)
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out, said.err

    return run


@pytest.fixture
def cloud(emulator: Emulator, monkeypatch: pytest.MonkeyPatch, run: Said) -> Emulator:
    """The emulator as the cloud of this process, with Alice's key."""
    for name, value in {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": KEY,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEYS[KEY].secret,
        "PAI_DLC_MCP_DLC_ENDPOINT": emulator.dlc,
        "PAI_DLC_MCP_AIWORKSPACE_ENDPOINT": emulator.aiworkspace,
        "PAI_DLC_MCP_REGION": "cn-hangzhou",
    }.items():
        monkeypatch.setenv(name, value)
    # The credentials library reads the environment when it is imported, and another test may have imported it.
    monkeypatch.setattr(auth_util, "environment_access_key_id", KEY)
    monkeypatch.setattr(auth_util, "environment_access_key_secret", KEYS[KEY].secret)
    return emulator


def test_call_ends_with_0_when_done_and_prints_text_or_structure(cloud: Emulator, run: Said) -> None:
    code, out, _ = run("call", "aiworkspace_list_workspaces")
    assert (code, "WorkspaceId" in out) == (0, True)
    code, out, _ = run("call", "aiworkspace_list_workspaces", '{"page_size": 1}', "--structured")
    assert code == 0
    assert len(json.loads(out)["data"]["Workspaces"]) == 1


def test_call_reads_its_arguments_from_standard_input(
    cloud: Emulator, run: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"page_size": 1}'))
    assert run("call", "aiworkspace_list_workspaces", "-")[0] == 0


def test_call_ends_with_3_when_refused_and_4_when_the_cloud_fails(cloud: Emulator, run: Said, admin: Any) -> None:
    code, out, _ = run("call", "dlc_get_job", "{}")
    assert (code, "invalid_arguments" in out) == (3, True)
    assert run("call", "dlc_get_job", '{"job_id": "dlc-no-such-job"}')[0] == 4
    admin("policy", {"deny": ["paidlc:ListJobs", "pai:ListJobs"]})
    code, out, _ = run("call", "dlc_list_jobs")
    assert (code, "permission_denied" in out) == (4, True)


def test_r30_a_stop_by_call_takes_the_same_two_steps_over_two_processes(cloud: Emulator, run: Said) -> None:
    listed = json.loads(run("call", "dlc_list_jobs", '{"status": "Running"}', "--structured")[1])
    given = {"job_id": listed["data"]["Jobs"][0]["JobId"], "wait_seconds": 0}
    code, out, _ = run("call", "dlc_stop_job", json.dumps(given), "--structured")
    assert code == 3
    token = json.loads(out)["error"]["confirmation"]["token"]
    code, out, _ = run("call", "dlc_stop_job", json.dumps({**given, "confirmation_token": token}), "--structured")
    assert (code, json.loads(out)["confirmed_by"]) == (0, "two_step")


@pytest.mark.parametrize("arguments", [["dlc_get_job", "{"], ["dlc_get_job", "[]"], ["dlc_get_jobs", "{}"]])
def test_call_ends_with_2_for_what_is_no_call(cloud: Emulator, run: Said, arguments: list[str]) -> None:
    code, out, err = run("call", *arguments)
    assert (code, out, len(err.splitlines())) == (2, "", 1)


def bare(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    """A process of its own: the credentials library reads the environment when it is imported."""
    environment = bare_environment(home, ALIBABA_CLOUD_ECS_METADATA_DISABLED="true")
    return ran(command(*arguments), env=environment, cwd=home, timeout=PATIENCE_S)


def test_call_without_credentials_says_where_they_are_configured(emulator: Emulator, tmp_path: Path) -> None:
    flags = ["--region", "cn-hangzhou", "--dlc-endpoint", emulator.dlc]
    done = bare("call", "dlc_list_jobs", *flags, home=tmp_path)
    assert done.returncode == 4, done.stderr
    assert done.stdout.startswith("credentials [R70]")


def test_doctor_without_credentials_and_region_fails_with_what_to_do(tmp_path: Path) -> None:
    done = bare("doctor", home=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "FAIL  credentials" in done.stdout
    assert "FAIL  region" in done.stdout
    assert done.stdout.count("->") == 2


def test_doctor_finds_everything_well_in_front_of_the_emulator(cloud: Emulator, run: Said) -> None:
    code, out, _ = run("doctor")
    assert code == 0, out
    assert "All checks passed" in out
    assert KEYS[KEY].secret not in out
    assert KEY not in out


def test_doctor_names_an_endpoint_that_cannot_be_reached(cloud: Emulator, run: Said) -> None:
    code, out, _ = run("doctor", "--dlc-endpoint", "http://127.0.0.1:9")
    assert code == 1
    assert "FAIL  pai-dlc endpoint" in out
    assert "ok    aiworkspace endpoint" in out


def test_the_catalogue_of_tools_is_valid_json_and_the_same_list(run: Said) -> None:
    code, out, _ = run("tools", "--json", "--toolsets", "all")
    tools = json.loads(out)
    assert code == 0
    assert len({tool["operation"] for tool in tools if tool["operation"]}) == 170
    assert {"tool", "operation", "risk", "toolset", "ram_action", "inputSchema", "annotations"} <= set(tools[0])
    assert run("tools")[1].splitlines()[0].split()[0] == "tool"


def test_the_skill_is_installed_into_a_folder_of_its_name_and_again(run: Said, tmp_path: Path) -> None:
    below = tmp_path / "skills"
    for _ in range(2):
        code, out, _ = run("skill", "--install", str(below))
        assert code == 0
        place = Path(out.split()[-1])
        (place / "references" / "old.md").write_text("left over")
    assert run("skill", "--install", str(below))[0] == 0
    assert place.name in documents.skill()
    assert {file.stem for file in (place / "references").iterdir()} == set(documents.reference_names())
    assert (place / "SKILL.md").read_text(encoding="utf-8") == documents.skill()
    assert run("skill") == (0, f"{documents.skill()}\n", "")


def test_the_skill_in_an_impossible_place_is_one_line(run: Said, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, out, err = run("skill", "--install", str(tmp_path / "file"))
    assert (code, out, len(err.splitlines())) == (2, "", 1)


def test_the_least_policy_grows_with_the_toolsets(run: Said) -> None:
    actions = {
        name: set(json.loads(run("policy", "--toolsets", name)[1])["Statement"][0]["Action"])
        for name in ("lean", "all")
    }
    assert actions["lean"] < actions["all"]


def test_the_least_policy_names_the_official_actions_and_passes_roles_in_a_statement_of_its_own(run: Said) -> None:
    code, out, err = run("policy", "--toolsets", "jobs")
    own, roles = json.loads(out)["Statement"]
    assert code == 0
    spaces = {action.partition(":")[0] for action in own["Action"]}
    looked_up = {"paiimage", "paidataset", "paicodesource"}  # what a template gives (R55)
    assert spaces == {"paidlc", "pai", "paiworkspace", *looked_up}  # names of owners: the workspace's members
    assert [action for action in own["Action"] if action.startswith("pai:")] == ["pai:GetQuota"]  # R05
    assert roles == {"Effect": "Allow", "Action": ["ram:PassRole"], "Resource": "acs:ram:*:*:role/*"}
    assert "put those roles in place of acs:ram:*:*:role/*" in err
    code, out, err = run("policy", "--toolsets", "jobs", "--read-only")
    assert [statement["Resource"] for statement in json.loads(out)["Statement"]] == ["*"]
    assert (code, err) == (0, "")


def test_the_compatible_policy_adds_the_spellings_of_sources_that_disagree(run: Said) -> None:
    selection = ("policy", "--toolsets", "default,experiments")
    strict, compatible = (
        set(json.loads(run(*selection, *more)[1])["Statement"][0]["Action"]) for more in ((), ("--compat",))
    )
    added = compatible - strict
    assert strict < compatible
    assert {"pai:CreateJob", "aiworkspace:ListWorkspaces", "pai:GetQuotaWorkloadDiagnosis"} <= added
    assert {"paiexperiment:CreateTrial", "paiexperiment:GetTrial"} <= added
    assert {"paidlc:CreateJob", "paistudio:GetQuotaWorkloadDiagnosis", "paiexperiment:CreateRun"} <= strict


def test_approve_without_a_terminal_is_one_line(run: Said) -> None:
    code, out, err = run("approve")
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert run("approve", "--list")[:2] == (0, "Nothing waits for approval.\n")


@pytest.mark.parametrize("arguments", [["--port", "70000"], ["--speed", "0"], ["--seed", "no-such-world"]])
def test_a_wrong_option_of_the_emulator_is_one_line(run: Said, arguments: list[str]) -> None:
    code, out, err = run("emulator", *arguments)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
