"""Workspaces: how many an account may have, which is a caller's default, and what that says of its making."""

from __future__ import annotations

import pytest

from emulator.training.scene import Scene
from pai_dlc_emulator.accounts import ALICE, BOB
from pai_dlc_emulator.aiworkspace.workspaces import CONFIG_KEYS, MOST_WORKSPACES
from pai_dlc_emulator.wire import ServiceError
from pai_dlc_mcp.api.catalog import operation
from pai_dlc_mcp.shapes import known_of


def made(scene: Scene, name: str) -> str:
    answer = scene.call("CreateWorkspace", WorkspaceName=name, Description="for a test", EnvTypes=["prod"])
    return str(answer["WorkspaceId"])


def test_an_account_has_as_many_workspaces_as_the_limits_say_and_no_more() -> None:
    scene = Scene("empty")
    limits = scene.call("ListWorkspaces", Option="GetResourceLimits")["ResourceLimits"]
    assert limits["WorkspaceCount"] == MOST_WORKSPACES
    for number in range(limits["WorkspaceCount"] - limits["UsedWorkspaceCount"]):
        made(scene, f"workspace_{number}")
    with pytest.raises(ServiceError) as refused:
        made(scene, "one_too_many")
    assert (refused.value.status, refused.value.code) == (400, "WorkspaceLimitExceeded")


def test_who_had_a_deleted_workspace_as_default_has_the_first_one_again_and_others_keep_theirs() -> None:
    scene = Scene("default")
    first = scene.call("GetDefaultWorkspace")["WorkspaceId"]
    gone, kept = made(scene, "soon_gone"), made(scene, "stays")
    scene.world.catalogue.defaults = {ALICE.user_id: gone, BOB.user_id: kept}
    scene.call("DeleteWorkspace", WorkspaceId=gone)
    assert scene.world.catalogue.defaults == {BOB.user_id: kept}
    assert scene.call("GetDefaultWorkspace")["WorkspaceId"] == first


def test_the_default_workspace_tells_the_steps_of_its_making_when_asked() -> None:
    scene = Scene("default")
    assert "Conditions" not in scene.call("GetDefaultWorkspace")
    told = scene.call("GetDefaultWorkspace", Verbose=True)["Conditions"]
    assert [one["Type"] for one in told] == ["CREATING", "WORKSPACE_CREATED", "MEMBERS_ADDED", "ENABLED"]
    assert {one["Code"] for one in told} == {200}


def test_the_configs_of_a_workspace_are_chosen_by_category_and_by_key() -> None:
    scene = Scene("default")
    home = scene.call("GetDefaultWorkspace")["WorkspaceId"]
    every = scene.call("ListConfigs", WorkspaceId=home)["Configs"]
    for row in every:
        by_category = scene.call("ListConfigs", WorkspaceId=home, CategoryName=row["CategoryName"])["Configs"]
        assert by_category == [one for one in every if one["CategoryName"] == row["CategoryName"]]
        by_key = scene.call("ListConfigs", WorkspaceId=home, ConfigKeys=row["ConfigKey"])["Configs"]
        assert by_key == [one for one in every if one["ConfigKey"] == row["ConfigKey"]]
    assert scene.call("ListConfigs", WorkspaceId=home, CategoryName="NoSuchCategory")["Configs"] == []


def test_every_setting_is_kept_under_its_category_and_no_other() -> None:
    scene = Scene("default")
    home = scene.call("GetDefaultWorkspace")["WorkspaceId"]
    arguments = operation("UpdateConfig").inputs.model_fields
    assert set(CONFIG_KEYS) == set(known_of(arguments["category_name"]))
    keys = {key for own in CONFIG_KEYS.values() for key in own}
    assert keys == {*known_of(arguments["config_key"]), "modelExportPath"}, "which the PAI SDK alone writes"
    described = str(arguments["config_key"].description)
    for category, own in CONFIG_KEYS.items():
        for key in sorted(keys):
            is_said = category in described.partition(key)[2].partition(")")[0] if key in described else key in own
            assert is_said is (key in own), f"{key} of {category}"
            place = {"WorkspaceId": home, "CategoryName": category, "ConfigKey": key}
            if key in own:
                scene.call("UpdateConfig", **place, ConfigValue="[]")
                assert scene.call("GetConfig", **place)["ConfigValue"] == "[]"
            else:
                with pytest.raises(ServiceError, match="is not a setting of"):
                    scene.call("UpdateConfig", **place, ConfigValue="[]")


def test_labels_of_images_are_chosen_by_each_condition_of_the_filter() -> None:
    scene = Scene("default")
    every = scene.call("ListImageLabels", LabelFilter="")["Labels"]
    chosen = [every[0], every[-1]]
    words = [f"{label['Key']}={label['Value']}" for label in chosen]
    assert scene.call("ListImageLabels", LabelFilter=", ".join([*words, "no=such"]))["Labels"] == chosen
    assert scene.call("ListImageLabels", LabelFilter=words[0])["Labels"] == chosen[:1]


def test_a_resource_of_another_type_is_none_of_those_that_a_request_names() -> None:
    scene = Scene("default")
    one = next(row for row in scene.world.catalogue.tables["resources"].values() if row["ResourceType"] == "ECS")
    named = {"WorkspaceId": one["WorkspaceId"], "ResourceIds": [one["Id"]], "IsDefault": True}
    assert scene.call("UpdateWorkspaceResource", **named, ResourceType="ECS")["ResourceIds"] == [one["Id"]]
    with pytest.raises(ServiceError) as refused:
        scene.call("UpdateWorkspaceResource", **named, ResourceType="MaxCompute")
    assert refused.value.status == 404
