"""Each noun around a workspace through its life, by the official SDK: made, read, listed, changed, erased."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulator.driving import Sdk, sdk_error

Advance = Callable[[float], Any]
ALICE, BOB, DAVE = "200000000000000011", "200000000000000022", "200000000000000044"


def refused(sdk: Sdk, operation: str, **args: Any) -> tuple[int, str]:
    """The status and code with which an operation is refused."""
    with pytest.raises(Exception, match=r"^Error|code") as caught:
        sdk.call(operation, **args)
    return sdk_error(caught.value)


def workspace_of(sdk: Sdk, name: str) -> str:
    (workspace,) = sdk.call("ListWorkspaces", WorkspaceName=name)["Workspaces"]
    return str(workspace["WorkspaceId"])


def workspaces(sdk: Sdk, advance: Advance) -> None:
    fields = {"WorkspaceName": "speech_team", "Description": "Speech", "EnvTypes": ["prod"]}
    key = sdk.call("CreateWorkspace", **fields)["WorkspaceId"]
    assert refused(sdk, "CreateWorkspace", **fields) == (409, "WorkspaceNameAlreadyExists")
    assert refused(sdk, "CreateWorkspace", **fields | {"WorkspaceName": "1x"})[1] == "InvalidParameter"
    assert refused(sdk, "CreateWorkspace", **fields | {"EnvTypes": ["dev"]})[1] == "InvalidParameter"
    advance(60)
    sdk.call("UpdateWorkspace", WorkspaceId=key, DisplayName="Speech team", Description="Speech and sound")
    found = sdk.call("GetWorkspace", WorkspaceId=key)
    assert (found["DisplayName"], found["Description"], found["Status"]) == (
        "Speech team",
        "Speech and sound",
        "ENABLED",
    )
    assert found["GmtModifiedTime"] > found["GmtCreateTime"]
    assert (found["Owner"]["UserId"], found["IsDefault"]) == (ALICE, False)
    listed = sdk.call("ListWorkspaces", Order="DESC", PageSize=1, Verbose=True)
    assert (listed["TotalCount"], listed["Workspaces"][0]["WorkspaceId"]) == (4, key)
    assert sdk.call("ListWorkspaces", Option="GetResourceLimits")["ResourceLimits"]["UsedWorkspaceCount"] == 4
    _default_workspace(sdk, key)
    sdk.call("DeleteWorkspace", WorkspaceId=key)
    assert refused(sdk, "GetWorkspace", WorkspaceId=key) == (404, "100400027")


def _default_workspace(sdk: Sdk, key: str) -> None:
    before = sdk.call("GetDefaultWorkspace")["WorkspaceId"]
    assert refused(sdk, "UpdateDefaultWorkspace", WorkspaceId="1")[1] == "100400027"
    sdk.call("UpdateDefaultWorkspace", WorkspaceId=key)
    found = sdk.call("GetDefaultWorkspace", Verbose=True)
    assert (found["WorkspaceId"], found["Conditions"][-1]["Type"]) == (key, "ENABLED")
    sdk.call("UpdateDefaultWorkspace", WorkspaceId=before)
    move = {"ResourceType": "workspace", "ResourceId": key, "NewResourceGroupId": "rg-speech"}
    sdk.call("ChangeResourceGroup", **move)
    assert sdk.call("GetWorkspace", WorkspaceId=key)["ResourceGroupId"] == "rg-speech"
    assert refused(sdk, "ChangeResourceGroup", **move | {"ResourceId": "1"})[1] == "100400027"


def members(sdk: Sdk, advance: Advance) -> None:
    key = workspace_of(sdk, "vision_training")
    outside = sdk.call("ListWorkspaceUsers", WorkspaceId=key)["Users"]
    assert outside == [{"UserId": DAVE, "UserName": "dave"}]
    new = [{"UserId": DAVE, "Roles": ["PAI.LabelManager"]}]
    (made,) = sdk.call("CreateMember", WorkspaceId=key, Members=new)["Members"]
    assert refused(sdk, "CreateMember", WorkspaceId=key, Members=new) == (409, "MemberAlreadyExists")
    assert sdk.call("ListWorkspaceUsers", WorkspaceId=key)["TotalCount"] == 0
    member = {"WorkspaceId": key, "MemberId": made["MemberId"]}
    sdk.call("AddMemberRole", **member, RoleName="PAI.AlgoDeveloper")
    assert refused(sdk, "AddMemberRole", **member, RoleName="PAI.King")[1] == "InvalidParameter"
    sdk.call("RemoveMemberRole", **member, RoleName="PAI.LabelManager")
    assert refused(sdk, "RemoveMemberRole", **member, RoleName="PAI.AlgoDeveloper")[1] == "LastRole"
    found = sdk.call("GetMember", WorkspaceId=key, UserId=DAVE)
    assert (found["MemberName"], found["Roles"]) == ("dave", ["PAI.AlgoDeveloper"])
    developers = sdk.call("ListMembers", WorkspaceId=key, Roles="PAI.AlgoDeveloper")
    assert {row["UserId"] for row in developers["Members"]} == {BOB, DAVE}
    sdk.call("DeleteMembers", WorkspaceId=key, MemberIds=made["MemberId"])
    assert refused(sdk, "GetMember", **member) == (404, "100600006")
    assert refused(sdk, "DeleteMembers", WorkspaceId=key, MemberIds=f"{key}-{ALICE}")[1] == "OwnerCannotBeRemoved"


def roles(sdk: Sdk, advance: Advance) -> None:
    key = workspace_of(sdk, "vision_training")
    modules = [{"ModuleName": "DLC", "PermissionType": "ReadOnly"}]
    job = sdk.call("CreateWorkspaceRole", WorkspaceId=key, RoleName="watcher", ModulePermissions=modules)[
        "InstanceJobId"
    ]
    found = sdk.call("GetInstanceJob", InstanceJobId=job)
    assert (found["Status"], found["Type"]) == ("Creating", "CreateWorkspaceCustomRole")
    role = {"WorkspaceId": key, "RoleId": found["InstanceId"]}
    assert sdk.call("GetWorkspaceRole", **role)["Status"] == "Creating"
    assert refused(sdk, "UpdateWorkspaceRole", **role, RoleName="seer") == (409, "RoleStatusConflict")
    advance(10)
    assert sdk.call("GetInstanceJob", InstanceJobId=job)["Status"] == "Successful"
    wider = [{"ModuleName": "DLC", "PermissionType": "FullAccess"}]
    sdk.call("UpdateWorkspaceRole", **role, RoleName="doer", ModulePermissions=wider)
    advance(10)
    found = sdk.call("GetWorkspaceRole", **role)
    assert (found["Status"], found["RoleName"]) == ("Succeeded", "doer")
    assert found["ModulePermissions"][0]["PermissionType"] == "FullAccess"
    assert sdk.call("ListWorkspaceRoles", WorkspaceId=key, RoleName="do")["TotalCount"] == 1
    sdk.call("DeleteWorkspaceRoles", WorkspaceId=key, RoleIds=[role["RoleId"]])
    assert sdk.call("GetWorkspaceRole", **role)["Status"] == "Deleting"
    advance(10)
    assert refused(sdk, "GetWorkspaceRole", **role) == (404, "200000002")
    assert refused(sdk, "GetInstanceJob", InstanceJobId="job-none") == (404, "200000002")


def permissions(sdk: Sdk, advance: Advance) -> None:
    """They follow from the roles: a guest may read, an owner may do everything."""
    key = workspace_of(sdk, "vision_training")
    ask = {"WorkspaceId": key, "PermissionCode": "PaiDLC:StopJob"}
    assert sdk.call("GetPermission", **ask)["PermissionRules"] == [{"Accessibility": "ANY", "EntityAccessType": "ANY"}]
    others = sdk.call("ListPermissions", WorkspaceId=key)["TotalCount"]
    assert others == 170
    carol = {"CallerUid": "200000000000000033"}
    private = {"Accessibility": "PRIVATE", "Creator": BOB, "Labels": {"team": "vision"}}
    assert refused(sdk, "GetPermission", **ask, **carol, **private) == (403, "PermissionDenied")
    assert refused(sdk, "GetPermission", **ask | {"PermissionCode": "PaiDLC:Fly"}) == (404, "200000002")


def configs(sdk: Sdk, advance: Advance) -> None:
    key = workspace_of(sdk, "vision_training")
    path = {"WorkspaceId": key}
    one = {"CategoryName": "CommonResourceConfig", "ConfigKey": "tempStoragePath", "ConfigValue": "oss://tmp/"}
    recycle = {"CategoryName": "DLCAutoRecycle", "ConfigKey": "isAutoRecycle", "ConfigValue": "true"}
    sdk.call("UpdateConfig", **path, **one)
    sdk.call("UpdateConfigs", **path, Configs=[recycle, one | {"ConfigValue": "oss://other/"}])
    found = sdk.call("GetConfig", **path, CategoryName="CommonResourceConfig", ConfigKey="tempStoragePath")
    assert (found["ConfigValue"], found["WorkspaceId"]) == ("oss://other/", key)
    assert sdk.call("ListConfigs", **path)["TotalCount"] == 2
    assert refused(sdk, "UpdateConfig", **path, **one | {"ConfigKey": "colour"})[1] == "InvalidParameter"
    sdk.call("DeleteConfig", **path, ConfigKey="isAutoRecycle", CategoryName="DLCAutoRecycle")
    assert [row["ConfigKey"] for row in sdk.call("ListConfigs", **path)["Configs"]] == ["tempStoragePath"]
    assert refused(sdk, "GetConfig", **path, ConfigKey="isAutoRecycle") == (404, "200000002")
    _user_configs(sdk)


def _user_configs(sdk: Sdk) -> None:
    mine = {"CategoryName": "DataPrivacyConfig", "ConfigKey": "customizePAIAssumedRole", "Scope": "subUser"}
    sdk.call("SetUserConfigs", Configs=[mine | {"ConfigValue": "acs:ram::1:role/trainer"}])
    (found,) = sdk.call("ListUserConfigs", CategoryNames="DataPrivacyConfig")["Configs"]
    assert found["ConfigValue"] == "acs:ram::1:role/trainer"
    assert refused(sdk, "SetUserConfigs", Configs=[mine | {"Scope": "all", "ConfigValue": ""}])[1] == "InvalidParameter"
    sdk.call("DeleteUserConfig", CategoryName="DataPrivacyConfig", Scope="subUser")
    assert sdk.call("ListUserConfigs")["TotalCount"] == 0
    assert refused(sdk, "DeleteUserConfig", CategoryName="DataPrivacyConfig") == (404, "200000002")


def resources(sdk: Sdk, advance: Advance) -> None:
    key = workspace_of(sdk, "vision_training")
    assert [spec["Name"] for row in sdk.call("ListQuotas")["Quotas"] for spec in row["Specs"]] == ["cu"]
    assert sdk.call("ListQuotas", Name="a10")["TotalCount"] == 0
    bound = sdk.call("ListResources", WorkspaceId=key, ResourceTypes="ECS,Lingjun")["Resources"]
    assert {row["Name"] for row in bound} == {"root-ecs", "vision-a10", "vision-night", "llm-lingjun"}
    quota = next(row for row in bound if row["Name"] == "vision-a10")["Quotas"][0]
    fields = {"EnvType": "prod", "ResourceType": "ECS", "WorkspaceId": key, "Quotas": [{"Id": quota["Id"]}]}
    made = sdk.call(
        "CreateWorkspaceResource", WorkspaceId=key, Resources=[fields | {"Name": "a10s"}, fields | {"Name": "b10s"}]
    )
    first, second = (row["Id"] for row in made["Resources"])
    changed = sdk.call("UpdateWorkspaceResource", WorkspaceId=key, ResourceIds=[first], IsDefault=True)
    assert changed["ResourceIds"] == [first]
    listed = sdk.call("ListResources", WorkspaceId=key)["Resources"][len(bound) :]
    assert [(row["Name"], row["IsDefault"]) for row in listed] == [("a10s", True), ("b10s", False)]
    assert listed[0]["Quotas"][0]["Name"] == "vision-a10"
    sdk.call("DeleteWorkspaceResource", WorkspaceId=key, ResourceIds=first)
    sdk.call("DeleteWorkspaceResource", WorkspaceId=key, GroupName="b10s", Option="Detach")
    assert sdk.call("ListResources", WorkspaceId=key)["TotalCount"] == len(bound)
    everything = {row["Id"] for row in sdk.call("ListResources", Option="ListResource", PageSize=50)["Resources"]}
    assert second in everything
    assert first not in everything
    assert refused(sdk, "DeleteWorkspaceResource", WorkspaceId=key)[1] == "InvalidParameter"
    assert refused(sdk, "UpdateWorkspaceResource", WorkspaceId=key, ResourceIds=["x"])[1] == "200000002"


def products(sdk: Sdk, advance: Advance) -> None:
    def bought() -> bool:
        (product,) = sdk.call("ListProducts", ProductCodes="MaxCompute_share")["Products"]
        return bool(product["IsPurchased"])

    order = {"ProductCode": "MaxCompute_share", "OrderType": "BUY", "ChargeType": "POSTPAY", "PricingCycle": "Hour"}
    assert not bought()
    unpaid = sdk.call("CreateProductOrders", Products=[order], AutoPay=False)
    assert not bought()
    paid = sdk.call("CreateProductOrders", Products=[order], AutoPay=True)
    assert bought()
    assert (paid["OrderId"] != unpaid["OrderId"], paid["ProductIds"]) == (True, ["product-MaxCompute_share"])
    assert refused(sdk, "CreateProductOrders", Products=[order | {"ProductCode": "Moon"}])[1] == "InvalidParameter"
    assert sdk.call("ListFeatures", Names="JobTemplate,Teleport")["Features"] == ["JobTemplate"]
    sdk.call("AcceptDataworksEvent", MessageId="m-1", Data={"eventType": "commit"})
    assert refused(sdk, "AcceptDataworksEvent")[1] == "InvalidParameter"


TOURS = (workspaces, members, roles, permissions, configs, resources, products)
