"""How the emulator's modules may depend on each other."""

from __future__ import annotations

import ast
import functools
from graphlib import TopologicalSorter
from pathlib import Path

import pai_dlc_emulator

ROOT = Path(pai_dlc_emulator.__file__).parent


@functools.cache
def modules() -> dict[str, ast.Module]:
    """Every module of the emulator by its dotted name below the package."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): ast.parse(path.read_text(encoding="utf-8"))
        for path in ROOT.rglob("*.py")
    }


def imported(name: str, tree: ast.Module, known: set[str]) -> set[str]:
    """The modules of the emulator that a module imports, wherever the import stands."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = name.split(".")[: -node.level]
            target = ".".join([*base, *(node.module.split(".") if node.module else [])])
            inside = {".".join(filter(None, (target, alias.name))) for alias in node.names}
            found |= (inside & known) or {target}
    return found


def test_no_module_of_the_emulator_imports_itself_over_others() -> None:
    trees = modules()
    graph = {name: imported(name, tree, set(trees)) for name, tree in trees.items()}
    order = list(TopologicalSorter(graph).static_order())
    assert order.index("dlc.state") < order.index("world") < order.index("dlc.jobs") < order.index("service")


def test_the_emulator_imports_nothing_of_the_server_that_it_is_there_to_check() -> None:
    for name, tree in modules().items():
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(one.startswith("pai_dlc_mcp") for one in names), name
