"""AIWorkSpace: one module a noun. Importing this package registers the handlers of all of them."""

from . import (
    code_sources,
    configs,
    connections,
    dataset_files,
    dataset_jobs,
    dataset_versions,
    datasets,
    experiments,
    images,
    members,
    models,
    permissions,
    products,
    prompts,
    quotas,
    resources,
    roles,
    runs,
    workspaces,
)

__all__ = [
    "code_sources", "configs", "connections", "dataset_files", "dataset_jobs", "dataset_versions", "datasets",
    "experiments", "images", "members", "models", "permissions", "products", "prompts", "quotas", "resources", "roles",
    "runs", "workspaces",
]  # fmt: skip
