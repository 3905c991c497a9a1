"""Settings: of a workspace, of the account, and which resource group a workspace is filed under."""

from __future__ import annotations

from typing import Annotated, Literal

from ...operation import ADMIT, AIWORKSPACE, DELETE, EXPOSE, READ, STOP, WRITE, Target, card, rows
from ...shapes import Input, Known, Shape, may, need
from ..kinds import WorkspaceId
from .shapes_common import Label

Category = Annotated[
    str,
    Known(
        "CommonResourceConfig",
        "DLCAutoRecycle",
        "DLCPriorityConfig",
        "DSWPriorityConfig",
        "QuotaMaximumDuration",
        "CommonTagConfig",
    ),
]
Key = Annotated[
    str,
    Known(
        "tempStoragePath",
        "tempTableLifecycle",
        "isAutoRecycle",
        "priorityConfig",
        "quotaMaximumDuration",
        "predefinedTags",
    ),
]
_KEY = (
    "tempStoragePath, tempTableLifecycle (of CommonResourceConfig), isAutoRecycle (DLCAutoRecycle), priorityConfig "
    "(DLCPriorityConfig, DSWPriorityConfig), quotaMaximumDuration (QuotaMaximumDuration: longest run of a job in a "
    "quota), predefinedTags (CommonTagConfig)."
)
_CATEGORY = "Group of settings."
_USER_KEY = "Only customizePAIAssumedRole is known."
_USER_CATEGORY = "Only DataPrivacyConfig is known."
_SCOPE = "subUser or owner: whose setting it is."


@AIWORKSPACE.get(
    "/api/v1/workspaces/{WorkspaceId}/config",
    READ,
    "paiworkspace:GetConfig",
    "admin",
    example={"workspace_id": "123456", "category_name": "DLCPriorityConfig", "config_key": "priorityConfig"},
    view=card("CategoryName ConfigKey ConfigValue Labels WorkspaceId GmtCreateTime GmtModifiedTime"),
)
class GetConfig(Input):
    """Read one setting of a workspace, such as the highest priority that its jobs may have."""

    workspace_id: WorkspaceId = need("Workspace to look in.")
    category_name: Category | None = may(_CATEGORY)
    config_key: Key | None = may(_KEY)
    verbose: str | None = may("true adds the labels of the setting.")


@AIWORKSPACE.get(
    "/api/v1/workspaces/{WorkspaceId}/configs",
    READ,
    "paiworkspace:ListConfigs",
    "admin",
    example={"workspace_id": "123456", "category_name": "CommonTagConfig"},
    view=rows("Configs", "ConfigId ConfigKey ConfigValue Labels GmtCreateTime GmtModifiedTime"),
)
class ListConfigs(Input):
    """List the settings of a workspace."""

    workspace_id: WorkspaceId = need("Workspace to look in.")
    category_name: Category | None = may(_CATEGORY)
    config_keys: str | None = may(f"Only these settings: {_KEY}")
    labels: str | None = may("Labels that all must be there, comma-separated.")
    options: str | None = may("ThrowExceptionOnError makes a failure an error instead of a gap.")
    verbose: Literal["true", "false"] | None = may("true adds the labels of each setting.")


@AIWORKSPACE.put(
    "/api/v1/workspaces/{WorkspaceId}/config",
    WRITE,
    "paiworkspace:UpdateConfig",
    "admin",
    example={
        "workspace_id": "123456",
        "category_name": "CommonResourceConfig",
        "config_key": "tempStoragePath",
        "config_value": "oss://team-bucket.oss-cn-hangzhou-internal.aliyuncs.com/tmp/",
    },
    target=Target("GetWorkspace"),
    touches_any_job=True,
    risks=(STOP, ADMIT),
)
class UpdateConfig(Input):
    """Write one setting of a workspace, for everybody in it. For several, use aiworkspace_update_configs."""

    workspace_id: WorkspaceId = need("Workspace to change.")
    category_name: Category | None = may(_CATEGORY, hint=True)
    config_key: Key | None = may(_KEY, hint=True)
    config_value: str | None = may("New value, as text.", hint=True)
    labels: list[Label] | None = may("Labels of the setting.")


class ConfigItem(Shape):
    """One setting of a workspace."""

    CategoryName: Category | None = may(_CATEGORY, hint=True)
    ConfigKey: Key | None = may(_KEY, hint=True)
    ConfigValue: str | None = may(
        'New value, as text; for predefinedTags JSON text of a list of {"Type": "Tag", "Key", "Value"}, where Value is '
        'JSON text {"Products": "DLC,DSW", "Values": "a,b"}.',
        hint=True,
    )
    Labels: list[Label] | None = may("Labels of the setting.")


@AIWORKSPACE.put(
    "/api/v1/workspaces/{WorkspaceId}/configs",
    WRITE,
    "paiworkspace:UpdateConfigs",
    "admin",
    example={
        "workspace_id": "123456",
        "configs": [{"CategoryName": "DLCAutoRecycle", "ConfigKey": "isAutoRecycle", "ConfigValue": "true"}],
    },
    target=Target("GetWorkspace"),
    touches_any_job=True,
    risks=(STOP, ADMIT),
)
class UpdateConfigs(Input):
    """Write several settings of a workspace at once, for everybody in it."""

    workspace_id: WorkspaceId = need("Workspace to change.")
    configs: list[ConfigItem] | None = may("Settings to write.", hint=True)


@AIWORKSPACE.delete(
    "/api/v1/workspaces/{WorkspaceId}/configs/{ConfigKey}",
    DELETE,
    "paiworkspace:DeleteConfig",
    "admin",
    example={"workspace_id": "123456", "config_key": "isAutoRecycle", "category_name": "DLCAutoRecycle"},
    rules="R30",
    target=Target("GetWorkspace"),
    touches_any_job=True,
)
class DeleteConfig(Input):
    """Delete a setting of a workspace; the service's default holds again."""

    workspace_id: WorkspaceId = need("Workspace to change.")
    config_key: str = need(f"Setting to delete: {_KEY}", slash=True)
    category_name: Category | None = may(_CATEGORY)
    labels: str | None = may("Only the setting with all these labels, comma-separated.")


@AIWORKSPACE.get(
    "/api/v1/userconfigs",
    READ,
    "pai:ListUserConfigs",
    "admin",
    example={"category_names": "DataPrivacyConfig"},
    view=rows("Configs", "CategoryName ConfigKey ConfigValue Scope"),
    is_account_wide=True,
)
class ListUserConfigs(Input):
    """List the account's own settings: the role that PAI takes on for it."""

    category_names: str | None = may(_USER_CATEGORY)
    config_keys: str | None = may(_USER_KEY)


class UserConfig(Shape):
    """One setting of the account."""

    CategoryName: str = need(_USER_CATEGORY)
    ConfigKey: str = need(_USER_KEY)
    ConfigValue: str = need("New value, such as the name of a RAM role.")
    Scope: str = need(_SCOPE)


@AIWORKSPACE.put(
    "/api/v1/userconfigs",
    WRITE,
    "pai:SetUserConfigs",
    "admin",
    example={
        "configs": [
            {
                "CategoryName": "DataPrivacyConfig",
                "ConfigKey": "customizePAIAssumedRole",
                "ConfigValue": "TeamPaiRole",
                "Scope": "subUser",
            }
        ]
    },
    risks=(EXPOSE, ADMIT),
)
class SetUserConfigs(Input):
    """Write the account's own settings: which RAM role PAI takes on, hence what it may reach."""

    configs: list[UserConfig] | None = may("Settings to write.", hint=True)


@AIWORKSPACE.delete(
    "/api/v1/userconfigs/{CategoryName}",
    DELETE,
    "pai:DeleteUserConfig",
    "admin",
    example={"category_name": "DataPrivacyConfig", "config_key": "customizePAIAssumedRole", "scope": "subUser"},
    rules="R30",
)
class DeleteUserConfig(Input):
    """Delete a setting of the account; PAI takes on its usual role again."""

    category_name: str = need(_USER_CATEGORY)
    config_key: str | None = may(_USER_KEY)
    scope: str | None = may(_SCOPE)


@AIWORKSPACE.put(
    "/resourcegroups/action/changeresourcegroup",
    WRITE,
    "paiworkspace:ChangeResourceGroup",
    "admin",
    example={"new_resource_group_id": "rg-abcd1234efgh", "resource_id": "123456", "resource_type": "workspace"},
    risks=(EXPOSE, ADMIT),
    target=Target("GetWorkspace", id_from="ResourceId"),
    action_confidence="secondary",
)
class ChangeResourceGroup(Input):
    """File a workspace under another Alibaba Cloud resource group, which can change who may reach it and who pays."""

    new_resource_group_id: str | None = may("Resource group that gets the workspace.", hint=True)
    resource_id: str | None = may("Id of the workspace.", hint=True)
    resource_type: Literal["workspace"] | None = may("Kind of the thing that moves.")
