"""AIWorkSpace: one module a noun. Importing this package registers the handlers of all of them."""

from . import code_sources, datasets, images, quotas, workspaces

__all__ = ["code_sources", "datasets", "images", "quotas", "workspaces"]
