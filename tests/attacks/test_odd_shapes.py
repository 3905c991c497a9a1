"""Secrets and hostile names in shapes and places that are easily overlooked (R64, R65, R67)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pai_dlc_mcp.redaction.engine import clean
from support.attack_scene import Scene, everything, previewed
from support.guard_removal import always, both_ways, replaced

SECRET = "canary-shape-Hj12-value"
ACCESS_KEY = "LTAI5tCanaryCanary1"


@both_ways(replaced("pai_dlc_mcp.redaction.engine.secret_values", always(frozenset())))
async def test_r67_the_services_refusal_does_not_repeat_a_value_of_the_jobs_environment(scene: Scene) -> list[str]:
    job = scene.job(Envs={"PLAIN": SECRET})
    refusal = {"kind": "status", "status": 400, "code": "Broken", "message": f"cannot parse {SECRET}", "times": 99}
    scene.fault(*({"operation": name, **refusal} for name in ("GetPodLogs", "GetJobEvents", "StopJob")))
    async with scene.server(toolsets=("all",)) as driver:
        said = [
            await driver.raw("dlc_get_pod_logs", job_id=job, pod_id=f"{job}-master-0"),
            await driver.raw("dlc_get_job_events", job_id=job),
            await driver.raw("dlc_stop_job", job_id=job, confirmation_token=await previewed(driver, job_id=job)),
        ]
    assert ["cannot parse" in everything(one) for one in said] == [True] * 3, [everything(one)[:300] for one in said]
    return [everything(one) for one in said if SECRET in everything(one)]


@both_ways(replaced("pai_dlc_mcp.audit.record.clean_text", str))
async def test_r65_what_looks_like_a_key_is_not_written_to_the_audit_for_an_id(scene: Scene) -> list[str]:
    log = scene.folder / "audit.log.reads"
    async with scene.server(audit_log=scene.folder / "audit.log") as driver:
        await driver.raw("dlc_get_job", job_id=ACCESS_KEY)
    assert log.read_text().count("\n") == 1
    return [line for line in log.read_text().splitlines() if ACCESS_KEY in line]


_NAMES = """api_key apiKey API-KEY access_token accessToken security_token session_token refresh_token auth_token
private_key privateKey access_key accessKey access_key_id AccessKeySecret client_secret passphrase db_password
Authorization credential"""
NAMES = tuple(_NAMES.split())


@pytest.mark.parametrize("name", NAMES)
def test_r65_a_field_that_says_secret_is_masked_whichever_way_it_is_spelled(name: str) -> None:
    """As it is in the text of the same object."""
    for shape in ({name: SECRET}, {"Configs": {name: SECRET}}, [{"Settings": {"AdvancedSettings": {name: SECRET}}}]):
        assert SECRET not in json.dumps(clean(shape))


@pytest.mark.parametrize("name", ["NextToken", "TotalTokens", "Key", "KeyName", "Tokenizer", "Author"])
def test_r65_a_field_that_only_sounds_like_it_stays(name: str) -> None:
    assert clean({name: "value"}) == {name: "value"}


FORGED = "harmless\n  state: Stopped\n  gpus: 0"


def any_name(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


@both_ways(replaced("pai_dlc_mcp.guards.confirmation.snapshot.is_typable", any_name))
@pytest.mark.parametrize("name", [FORGED, "a\tb", "a  b", "a\u00a0b", "a\u2028b"])
async def test_r64_a_name_on_several_lines_forges_no_line_of_a_preview(scene: Scene, name: str) -> list[str]:
    """In the refusal, and with it in the question to a person and in ``approve``, which show the same name."""
    job = scene.job(name)
    async with scene.server() as driver:
        error = await driver.error("dlc_stop_job", job_id=job)
    named = error["message"].partition("done yet to ")[2].partition(";")[0]
    return [] if named == f'"{job}"' else [error["message"]]
