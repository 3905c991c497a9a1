"""Where the declarations knowingly differ from the official SDKs, and what they assume. Held true by a test."""

from __future__ import annotations

from collections.abc import Mapping

OMITTED: Mapping[tuple[str, str], str] = {
    ("JobSpec", "IsCheif"): "A misspelling that the service has replaced by IsChief.",
    ("UpdateJobTemplate", "version"): "The service calls it invalid: it numbers the versions itself.",
    ("ListResources", "ProductTypes"): "Retired in favour of ResourceTypes.",
    ("CreateModel", "Labels"): "Retired in favour of Tag.",
    ("NewResource", "ProductType"): "Retired in favour of ResourceType.",
    ("UpdateWorkspaceResource", "ProductType"): "Retired in favour of ResourceType.",
    ("DeleteWorkspaceResource", "ProductType"): "Retired in favour of ResourceType.",
    ("GetPermission", "CallerAccessKeyId"): "A key of the caller; no tool takes one (R70).",
    ("GetPermission", "CallerSecurityToken"): "A credential, and it would travel in the query (R70).",
    ("GetPermission", "SecurityToken"): "A credential, and it would travel in the query (R70).",
}
"""(operation or shape, API name of a field) that is not declared, and why."""

ADDED: Mapping[tuple[str, str], str] = {
    ("DatasetFileMetaContentCreate", "SyncTime"): "The service's own metadata has it, the SDKs do not.",
}
"""(operation or shape, API name of a field) that is declared although the official SDKs do not know it, and why."""

RELAXED: Mapping[tuple[str, str], str] = {
    ("CreateJob", "JobSpecs"): "A template can give it; a guard asks for it otherwise.",
    ("CreateJob", "JobType"): "A template can give it; a guard asks for it otherwise.",
    ("CreateJob", "UserCommand"): "A template can give it; a guard asks for it otherwise.",
}
"""(operation or shape, API name of a field) that the SDKs call required and the schema does not, and why."""
