"""Canaries for secrets, walked through every tool: they come back in no answer, error, audit line or log (R65, R67)."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from end_to_end.driving import Driver
from pai_dlc_emulator.accounts import KEYS
from support.attack_scene import Scene, everything
from support.every_tool import answers, newest, there
from support.guard_removal import both_ways

CANARIES = {
    "env": "canary-env-Zx81-value",
    "custom env": "canary-custom-Yw72-value",
    "connection": "canary-conn-Xv63-value",
    "code source": "canary-code-Wu54-value",
    "dataset job": "canary-dsjob-Vt45-value",
    "registry": "canary-registry-Us36-value",
    "credential": "canary-credential-Tr27-value",
}


def unmasked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers leave as the service gave them."""
    monkeypatch.setattr("pai_dlc_mcp.redaction.engine.clean", lambda value, *_: value)
    monkeypatch.setattr("pai_dlc_mcp.redaction.engine.hide_env_values", lambda data, *_: data)


def found(shown: list[tuple[str, str]], values: dict[str, str] = CANARIES) -> list[str]:
    return sorted(f"{where}: {name}" for where, text in shown for name, value in values.items() if value in text)


async def plant(scene: Scene, driver: Driver) -> str:
    """Secrets where people put them; the job writes its own into its command and its log."""
    workspace = next(iter(scene.emulator.world.catalogue.workspaces))
    dataset = newest(scene.emulator.world, "datasets")
    calls: list[tuple[str, dict[str, Any]]] = [
        ("create_connection", {"connection_name": "canary", "connection_type": "OpenLLMConnection",
                               "configs": {"base_url": "https://x.example.com"},
                               "secrets": {"k": CANARIES["connection"]},
                               "models": [{"Model": "m", "ModelType": "LLM"}]}),
        ("create_code_source", {"code_repo": "https://code.example.com/a.git", "display_name": "canary",
                                "mount_path": "/root/code", "code_repo_access_token": CANARIES["code source"]}),
        ("create_dataset_job_config", {"dataset_id": dataset, "config_type": "MultimodalSemanticIndex",
                                       "config": json.dumps({"apiKey": CANARIES["dataset job"]})}),
    ]  # fmt: skip
    for tool, given in calls:
        result = await driver.raw(f"aiworkspace_{tool}", workspace_id=workspace, **given)
        assert not result.is_error, result.structured_content
        assert found([(tool, everything(result))]) == []
    envs = {"DB_PASSWORD": CANARIES["env"], "CUSTOM": CANARIES["custom env"]}
    return scene.job("canary", Envs=envs, UserCommand=f"train --db {CANARIES['env']} {CANARIES['custom env']}")


def talkative(scene: Scene) -> None:
    lines = [f"connecting with {CANARIES['env']}", f"x={CANARIES['custom env']}"]
    scene.fault(
        {"operation": "GetPodLogs", "kind": "answer", "body": {"Logs": lines}, "times": 9999},
        {"operation": "GetPodEvents", "kind": "answer", "body": {"Events": lines}, "times": 9999},
        {"operation": "GetJobEvents", "kind": "answer", "body": {"Events": lines}, "times": 9999},
    )


@both_ways(unmasked)
async def test_r65_no_tool_shows_a_secret_of_the_account(
    scene: Scene, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> list[str]:
    caplog.set_level(logging.DEBUG)
    log = scene.folder / "audit.log"
    async with scene.server(toolsets=("all",), audit_log=log, caller="os:canary") as driver:
        await driver.live_by_the_emulated_clock()
        job = await plant(scene, driver)
        talkative(scene)
        secrets = CANARIES | {name: key.secret for name, key in KEYS.items()}
        count = succeeded = 0
        async for name, result in answers(driver, there(scene.emulator.world, job)):
            if leaks := found([(name, everything(result))], secrets):
                return leaks  # one is enough: without the guard the walk need not go on
            count, succeeded = count + 1, succeeded + (not result.is_error)
    assert count >= 2 * 170
    assert succeeded >= 130, "the walk led almost nowhere; writes to what is not Alice's are confirmed"
    reads = log.with_name("audit.log.reads")
    logs = [
        ("audit", log.read_text()),
        ("audit of reads", reads.read_text()),
        ("log", caplog.text),
        ("stderr", "".join(capfd.readouterr())),
    ]
    return found(logs, secrets)


SECRET = "canary-everywhere-Qp99-value"
HOLDERS: dict[str, Any] = {
    "Envs": {"ANY": SECRET},
    "SystemEnvs": {"ANY": SECRET},
    "CustomEnvs": [{"Key": "ANY", "Value": SECRET, "Visible": "public"}],
    "CredentialConfig": {"EnableCredentialInject": True, "CredentialConfigItems": [{"Key": "k", "Value": SECRET}]},
    "ImageConfig": {"Auth": SECRET, "Password": SECRET, "Username": "bot"},
    "Secrets": {"api_key": SECRET},
    "CodeRepoAccessToken": SECRET,
    "AccessKeySecret": SECRET,
    "Password": SECRET,
    "Config": json.dumps({"apiKey": SECRET}),
    "Parameters": [{"Name": "api_token", "Value": SECRET}],
    "UserCommand": f"train --token {SECRET}",
    "ReasonMessage": f"pull failed: Authorization: Bearer {SECRET}",
    "Description": f"password={SECRET}",
}
BODY = {
    "RequestId": "r",
    "Status": "Running",
    "DisplayName": "canary",
    "Content": json.dumps(HOLDERS),
    "Logs": [f"password={SECRET}"],
    "Events": [f"Authorization: Bearer {SECRET}"],
    "TotalCount": 1,
    **HOLDERS,
    **{
        rows: [HOLDERS | {"JobId": "dlc1", "Status": "Running", "DisplayName": "canary"}]
        for rows in ("Jobs", "Connections", "CodeSources", "Images", "DatasetJobConfigs", "Versions", "JobSpecs",
                     "JobTemplates", "Configs", "UserConfigs", "Datasets", "Models", "Pods", "Workspaces")
    },
}  # fmt: skip


@both_ways(unmasked)
async def test_r65_whatever_the_service_answers_secrets_in_known_places_are_masked(scene: Scene) -> list[str]:
    """Every operation is answered with secrets in every place that is known to hold one."""
    async with scene.server(toolsets=("all",), audit_log=scene.folder / "audit.log") as driver:
        await driver.live_by_the_emulated_clock()
        scene.fault({"operation": "*", "kind": "answer", "body": BODY, "times": 100_000})
        async for name, result in answers(driver, there(scene.emulator.world, scene.job())):
            if leaks := found([(name, everything(result))], {"everywhere": SECRET}):
                return leaks
    return found([("audit", (scene.folder / "audit.log").read_text())], {"everywhere": SECRET})


def unmasked_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    unmasked(monkeypatch)
    monkeypatch.setattr("pai_dlc_mcp.cloud.answers.clean", lambda text, *_: text, raising=False)


@both_ways(unmasked_errors)
async def test_r65_errors_of_the_service_are_masked_as_well(scene: Scene) -> list[str]:
    message = f"Signature mismatch: AccessKeySecret={SECRET} Authorization: Bearer {SECRET} for LTAI5tCanaryCanary1"
    async with scene.server(toolsets=("all",)) as driver:
        for status, code in ((400, "InvalidParameter"), (403, "Forbidden.RAM"), (500, "InternalError")):
            scene.fault(
                {"operation": "*", "kind": "status", "status": status, "code": code, "message": message, "times": 99}
            )
            result = await driver.raw("dlc_get_job", job_id="dlc1")
            if SECRET in everything(result) or "LTAI5t" in everything(result):
                return [f"{status}: {everything(result)[:200]}"]
    return []


async def test_r65_a_token_that_is_handed_out_is_shown_once_and_marked(scene: Scene) -> None:
    """The operations whose purpose it is: the value once in the structure, once in the text that repeats it."""
    job = scene.job()
    async with scene.server() as driver:
        result = await driver.ok("dlc_get_token", target_id=job, target_type="job")
        token = result["data"]["Token"]
        assert json.dumps(result).count(token) == 1
        assert "R65" in {notice["rule"] for notice in result["notices"]}
