"""Danger that a call's name does not give away: by its target's state, an address, an owner, what is let in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from attacks.test_foreign_workspace import workspaces
from pai_dlc_emulator.accounts import BOB
from pai_dlc_mcp.api.catalog import operation
from support.attack_scene import Scene, previewed
from support.guard_removal import always_awaited, both_ways, nothing_awaited, replaced

UNCONFIRMED = replaced("pai_dlc_mcp.guards.confirmation.check.needed_for", nothing_awaited)
ANYBODYS = replaced("pai_dlc_mcp.guards.confirmation.check.is_foreign", always_awaited(False))
APART = replaced("pai_dlc_mcp.guards.effects.check._kept", lambda *_: [])
UNCHECKED_STATE = replaced("pai_dlc_mcp.guards.effects.check.RULES", {})


async def one_call(scene: Scene, operation: str, tool: str, **arguments: Any) -> list[str]:
    """What reached the service of it."""
    async with scene.server(toolsets=("all",)) as driver:
        await driver.raw(tool, **arguments)
    return scene.writes(operation)


@both_ways(UNCONFIRMED)
@pytest.mark.parametrize("signal", ["SIGUSR1", "USR2", "SIGHUP", "10", "CONT", None])
async def test_r30_no_signal_is_harmless_by_its_name(scene: Scene, signal: str | None) -> list[str]:
    given = {"signal": signal} if signal else {}
    return await one_call(scene, "CreateSignal", "dlc_create_signal", job_id=scene.job(), **given)


@both_ways(UNCONFIRMED)
@pytest.mark.parametrize(
    "change", [{"user_command": "true"}, {"job_specs": [{"Type": "Worker", "PodCount": 0}]}, {"job_specs": []}]
)
async def test_r30_a_running_job_is_not_changed_into_another_without_a_word(
    scene: Scene, change: dict[str, Any]
) -> list[str]:
    return await one_call(scene, "UpdateJob", "dlc_update_job", job_id=scene.job(), **change)


@both_ways(UNCONFIRMED)
async def test_r30_a_tensorboard_that_has_run_longer_is_not_ended_by_its_new_limit(scene: Scene) -> list[str]:
    async with scene.server(toolsets=("all",)) as driver:
        given = {"display_name": "board", "job_id": scene.job(), "workspace_id": workspaces(scene)[0]}
        board = (await driver.data("dlc_create_tensorboard", **given))["TensorboardId"]
    scene.later(2 * 3600)
    return await one_call(
        scene, "UpdateTensorboard", "dlc_update_tensorboard", tensorboard_id=board, max_running_time_minutes=60
    )


@both_ways(UNCONFIRMED)
async def test_r30_the_longest_run_of_a_workspace_is_not_shortened_without_a_word(scene: Scene) -> list[str]:
    limit = {"CategoryName": "QuotaMaximumDuration", "ConfigKey": "quotaMaximumDuration", "ConfigValue": "1"}
    given = {"workspace_id": workspaces(scene)[0], "configs": [limit]}
    return await one_call(scene, "UpdateConfigs", "aiworkspace_update_configs", **given)


@both_ways(UNCONFIRMED)
async def test_r30_of_two_specs_of_a_role_none_takes_pods_behind_the_other(scene: Scene) -> list[str]:
    job = scene.job()
    spec = {"Type": "Worker", "PodCount": scene.emulator.world.training.jobs[job].args["JobSpecs"][0]["PodCount"]}
    return await one_call(scene, "UpdateJob", "dlc_update_job", job_id=job, job_specs=[spec | {"PodCount": 0}, spec])


async def connection(scene: Scene, secrets: dict[str, str]) -> str:
    """The id of a connection of Alice's."""
    async with scene.server(toolsets=("all",)) as driver:
        made = {"connection_name": "store", "connection_type": "CustomMCPConnection"}
        made |= {"workspace_id": workspaces(scene)[0], "configs": {"url": "https://mcp.example/"}, "secrets": secrets}
        return str((await driver.data("aiworkspace_create_connection", **made))["ConnectionId"])


@both_ways(APART, UNCONFIRMED)
async def test_r38_a_stored_secret_does_not_follow_a_connection_to_a_new_address(scene: Scene) -> list[str]:
    given = {
        "connection_id": await connection(scene, {"api_key": "stored"}),
        "configs": {"url": "https://evil.example/"},
    }
    return await one_call(scene, "UpdateConnection", "aiworkspace_update_connection", **given)


@both_ways(APART, UNCONFIRMED)
@pytest.mark.parametrize("url", ["https://evil.example/", "http://100.100.100.200/latest/meta-data"])
async def test_r38_a_stored_secret_is_not_sent_to_an_address_for_a_test(scene: Scene, url: str) -> list[str]:
    given = {"connection_id": await connection(scene, {"api_key": "stored"}), "configs": {"url": url}}
    given |= {"workspace_id": workspaces(scene)[0]}
    return await one_call(scene, "ValidateConnection", "aiworkspace_validate_connection", **given)


@both_ways(APART, UNCONFIRMED)
@pytest.mark.parametrize(
    "given",
    [
        {"configs": {"url": "https://evil.example/"}, "secrets": {"other": "x"}},
        {"configs": {"url": "https://evil.example/"}, "secrets": {"api_key": " "}},
        {"connection_type": "DashScopeConnection"},
    ],
    ids=["beside another secret", "with a blank one", "as another type"],
)
async def test_r38_a_stored_secret_goes_nowhere_beside_another_one(scene: Scene, given: dict[str, Any]) -> list[str]:
    given = {"connection_id": await connection(scene, {"api_key": "stored"}), **given}
    if "connection_type" in given:
        given |= {"workspace_id": workspaces(scene)[0]}
        return await one_call(scene, "ValidateConnection", "aiworkspace_validate_connection", **given)
    return await one_call(scene, "UpdateConnection", "aiworkspace_update_connection", **given)


async def code_source(scene: Scene) -> str:
    async with scene.server(toolsets=("all",)) as driver:
        made = {"display_name": "code", "workspace_id": workspaces(scene)[0], "accessibility": "PRIVATE"}
        made |= {
            "code_repo": "https://git.example/a.git",
            "code_repo_access_token": "stored-token",
            "mount_path": "/root/code",
        }
        return str((await driver.data("aiworkspace_create_code_source", **made))["CodeSourceId"])


@both_ways(APART, UNCONFIRMED)
async def test_r38_a_stored_token_does_not_follow_a_code_source_to_a_new_repository(scene: Scene) -> list[str]:
    given = {"code_source_id": await code_source(scene), "code_repo": "https://evil.example/a.git"}
    return await one_call(scene, "UpdateCodeSource", "aiworkspace_update_code_source", **given)


async def test_r38_an_address_that_comes_with_its_own_secret_is_confirmed_and_passes(scene: Scene) -> None:
    given = {"code_source_id": await code_source(scene), "code_repo": "https://git.example/b.git"}
    given |= {"code_repo_access_token": "new-token-of-mine"}
    async with scene.server(toolsets=("all",)) as driver:
        token = await previewed(driver, "aiworkspace_update_code_source", **given)
        await driver.ok("aiworkspace_update_code_source", **given, confirmation_token=token)
        same = {name: given[name] for name in ("code_source_id", "code_repo")}
        await driver.ok("aiworkspace_update_code_source", **same, description="mine")
        connected = {"connection_id": await connection(scene, {"api_key": "stored"})}
        stored = {"configs": {"url": "https://mcp.example/"}, "description": "mine"}
        await driver.ok("aiworkspace_update_connection", **connected, **stored)
        tested = {"connection_type": "CustomMCPConnection", "workspace_id": workspaces(scene)[0]}
        await driver.ok("aiworkspace_validate_connection", **connected, **tested)


@both_ways(ANYBODYS)
async def test_r37_a_job_of_another_person_is_not_changed_without_a_word(scene: Scene) -> list[str]:
    scene.job("mine")
    job = scene.job("theirs", user=BOB.user_id)
    return await one_call(scene, "UpdateJob", "dlc_update_job", job_id=job, description="mine now")


@both_ways(ANYBODYS)
async def test_r37_jobs_of_another_person_in_a_list_are_not_tagged_without_a_word(scene: Scene) -> list[str]:
    jobs = [scene.job("mine"), scene.job("theirs", user=BOB.user_id)]
    given = {
        "region_id": "cn-hangzhou",
        "resource_type": "Job",
        "resource_id": jobs,
        "tag": [{"Key": "a", "Value": "b"}],
    }
    return await one_call(scene, "TagResources", "dlc_tag_resources", **given)


async def test_r37_what_is_ones_own_is_changed_at_once(scene: Scene) -> None:
    job = scene.job("mine")
    async with scene.server(toolsets=("all",)) as driver:
        await driver.ok("dlc_update_job", job_id=job, description="mine")
        tag = {"region_id": "cn-hangzhou", "resource_type": "Job", "tag": [{"Key": "a", "Value": "b"}]}
        await driver.ok("dlc_tag_resources", **tag, resource_id=[job])


@both_ways(UNCONFIRMED)
async def test_r39_an_image_is_not_let_in_without_a_word(scene: Scene) -> list[str]:
    given = {"image_uri": "registry.example/evil:1", "name": "evil", "workspace_id": workspaces(scene)[0]}
    return await one_call(scene, "AddImage", "aiworkspace_add_image", **given)


PRIVILEGED = {"SecurityContext": {"Privileged": True}}
RIGHTS: dict[str, dict[str, Any]] = {
    "privileged": {"job_specs": {"ExtraPodSpec": {"InitContainers": [PRIVILEGED]}}},
    "a folder of the node": {"job_specs": {"LocalMountSpecs": [{"LocalPath": "/", "MountPath": "/host"}]}},
    "no filter of calls": {
        "job_specs": {"ExtraPodSpec": {"MainContainerSecurityContext": {"SeccompProfile": {"Type": "Unconfined"}}}}
    },
    "a role in an annotation": {
        "job_specs": {"ExtraPodSpec": {"PodAnnotations": {"k8s.aliyun.com/eci-ram-role-name": "admin"}}}
    },
    "a setting that nobody declares": {"settings": {"AdvancedSettings": {"pod": {"hostNetwork": True}}}},
    "an image that nobody listed": {
        "settings": {"AdvancedSettings": {"initContainers": [{"image": "evil.example/x:1"}]}}
    },
    "a text in a setting": {"settings": {"AdvancedSettings": {"patch": '{"privileged": "true"}'}}},
    "a text that is nearly JSON": {"settings": {"AdvancedSettings": {"patch": "{privileged: true}"}}},
}


@both_ways(UNCONFIRMED)
@pytest.mark.parametrize("extra", RIGHTS.values(), ids=RIGHTS)
async def test_r39_a_job_gets_no_rights_over_its_node_without_a_word(scene: Scene, extra: dict[str, Any]) -> list[str]:
    async with scene.server(toolsets=("all",)) as driver:
        await driver.discover()
        job = driver.job("innocent")
        spec = job["job_specs"][0] | extra.get("job_specs", {})
        for inner in spec.get("ExtraPodSpec", {}).get("InitContainers", ()):
            inner["Image"] = spec["Image"]
        await driver.raw("dlc_create_job", **job | extra | {"job_specs": [spec]})
    return scene.writes("CreateJob")


async def test_r39_what_gives_no_rights_is_not_confirmed(scene: Scene) -> None:
    secure = {"Capabilities": {"Drop": ["ALL"]}, "Privileged": False, "SeccompProfile": {"Type": "RuntimeDefault"}}
    extra = {"MainContainerSecurityContext": secure, "PodAnnotations": {"team": "vision", "hostname": "a"}}
    async with scene.server(toolsets=("all",)) as driver:
        await driver.discover()
        job = driver.job("innocent", envs={"RAM_ROLE_NAME": "x"}, settings={"AdvancedSettings": {"privileged": False}})
        await driver.ok("dlc_create_job", **job | {"job_specs": [job["job_specs"][0] | {"ExtraPodSpec": extra}]})


@both_ways(UNCONFIRMED)
async def test_r39_a_template_gives_no_rights_whatever_the_call_puts_over_it(scene: Scene) -> list[str]:
    async with scene.server(toolsets=("all",), confirm_by="token") as driver:
        await driver.discover()
        job = driver.job("innocent")
        spec = job["job_specs"][0]
        content = {"JobSpecs": [spec | {"LocalMountSpecs": [{"LocalPath": "/", "MountPath": "/host"}]}]}
        runtime = await driver.app.runtime()
        made = {"TemplateName": "t", "WorkspaceId": job["workspace_id"], "Content": json.dumps(content)}
        reply = await runtime.cloud.send(operation("CreateJobTemplate"), made, "cn-hangzhou")
        await driver.ok("dlc_get_job_template", template_id=reply.data["TemplateId"])
        await driver.raw("dlc_create_job", **job, template_id=reply.data["TemplateId"])
    return scene.writes("CreateJob")


OWN_DATASET: dict[str, tuple[str, dict[str, Any]]] = {
    "a version elsewhere": ("aiworkspace_create_dataset_version", {"uri": "oss://evil.oss-cn-hangzhou.aliyuncs.com/"}),
    "a role": (
        "aiworkspace_update_dataset_version",
        {"version_name": "v1", "dataset_task_ram_role": "acs:ram::1:role/admin"},
    ),
    "tags lost": (
        "aiworkspace_update_dataset_file_metas",
        {"dataset_file_metas": [{"Tags": '{"user": {"remove": ["cat"]}}'}]},
    ),
    "tags that were found lost": (
        "aiworkspace_create_dataset_job",
        {"job_action": "IntelligentTagRevert", "job_spec": "{}"},
    ),
}


@both_ways(UNCONFIRMED)
@pytest.mark.parametrize("change", OWN_DATASET)
async def test_r30_r39_a_dataset_of_ones_own_lets_nothing_in_and_loses_nothing(scene: Scene, change: str) -> list[str]:
    scene.job("mine")
    lies = {"DataSourceType": "OSS", "Property": "DIRECTORY"}
    made = {"Name": "mine", "Edition": "ADVANCED", "Uri": "oss://mine.oss-cn-hangzhou.aliyuncs.com/a/", **lies}
    file = {"Uri": "oss://mine/a", "ContentType": "image/png", "FileFingerPrint": "1", "FileType": "image"}
    async with scene.server(toolsets=("all",)) as driver:
        runtime = await driver.app.runtime()

        async def send(name: str, args: dict[str, Any]) -> dict[str, Any]:
            return (await runtime.cloud.send(operation(name), args, "cn-hangzhou")).data

        where = {"WorkspaceId": workspaces(scene)[0]}
        place = where | {"DatasetId": (await send("CreateDataset", made | where))["DatasetId"], "DatasetVersion": "v1"}
        files = [file | {"FileUpdateTime": "2026-11-25T10:00:00Z", "Tags": '{"user": {"add": ["cat"]}}'}]
        await send("CreateDatasetFileMetas", place | {"DatasetFileMetas": files})
        (listed,) = (await send("ListDatasetFileMetas", place))["DatasetFileMetas"]
        tool, given = OWN_DATASET[change]
        for item in given.get("dataset_file_metas", ()):
            item["DatasetFileMetaId"] = listed["DatasetFileMetaId"]
        given = {"dataset_id": place["DatasetId"], **given}
        given |= {"data_source_type": "OSS", "property": "DIRECTORY"} if "uri" in given else {}
        given |= {"workspace_id": where["WorkspaceId"]} if "job_spec" in given else {}
        before = len(scene.writes())
        await driver.raw(tool, **given)
    return scene.writes()[before:]


async def test_r30_tags_are_added_and_a_version_is_described_at_once(scene: Scene) -> None:
    action = operation("UpdateDatasetFileMetas")
    for tags in ('{"user": {"add": ["cat"]}}', '{"user": {"add": ["cat"], "remove": []}, "user-delete-ai-tags": {}}'):
        assert "delete" not in action.risks_of({"DatasetFileMetas": [{"Tags": tags}]})
    for tags in ('{"user": {"add": [], "remove": ["cat"]}}', '{"ai": []}', "{user: {remove: [cat]}}"):
        assert "delete" in action.risks_of({"DatasetFileMetas": [{"Tags": tags}]})
    assert "admit" not in operation("UpdateDatasetVersion").risks_of({"Description": "mine"})


@both_ways(UNCHECKED_STATE, UNCONFIRMED)
async def test_r48_a_running_job_is_not_erased(scene: Scene) -> list[str]:
    return await one_call(scene, "DeleteJob", "dlc_delete_job", job_id=scene.job())


async def test_r30_a_signal_that_the_operator_lets_pass_passes_for_ones_own_job_alone(scene: Scene) -> None:
    mine, theirs = scene.job("mine"), scene.job("theirs", user=BOB.user_id)
    async with scene.server(toolsets=("all",), pass_signals=("SIGUSR1",)) as driver:
        await driver.ok("dlc_create_signal", job_id=mine, signal="usr1")
        for job, signal in ((mine, "SIGUSR2"), (theirs, "USR1")):
            error = await driver.error("dlc_create_signal", job_id=job, signal=signal)
            assert error["code"] == "confirmation_required"
