"""A pytest plugin for mutmut: every test starts with empty caches, so that it is seen which functions it needs."""

from __future__ import annotations

import sys

import pytest


def pytest_runtest_setup(item: pytest.Item) -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith("pai_dlc_mcp.guards."):
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()
