"""The plan of ``server/`` as its own source states it: modules, what each imports, and where."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

SERVER = Path(__file__).parents[2] / "server"


@dataclass(frozen=True)
class Module:
    """One file: the modules of ``server/`` that it imports, type-only imports included, and imports inside functions
    as their source lines by line number."""

    name: str
    path: Path
    imports: frozenset[str]
    inner: Mapping[int, str] = field(repr=False)

    @property
    def lines(self) -> int:
        return len(self.path.read_text(encoding="utf-8").splitlines())


def read_plan(root: Path = SERVER) -> dict[str, Module]:
    """Every module below ``root`` by its dotted name."""
    files = {_dotted(path.relative_to(root)): path for path in sorted(root.rglob("*.py"))}
    return {name: _module(name, path, set(files)) for name, path in files.items()}


def _dotted(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _module(name: str, path: Path, known: set[str]) -> Module:
    text = path.read_text(encoding="utf-8")
    tree, lines = ast.parse(text), text.splitlines()
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    found = {target for node in ast.walk(tree) for target in _targets(node, package, known)}
    inner = {node.lineno: lines[node.lineno - 1].strip() for node in _inside_functions(tree)}
    return Module(name, path, frozenset(found - {name}), inner)


def _targets(node: ast.AST, package: str, known: set[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name in known)
    elif isinstance(node, ast.ImportFrom):
        above = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1]) if node.level else ""
        source = ".".join(part for part in (above, node.module or "") if part)
        for alias in node.names:
            inner = f"{source}.{alias.name}"
            yield from (target for target in (inner if inner in known else source,) if target in known)


def _inside_functions(tree: ast.AST) -> list[ast.stmt]:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inner = {
        id(node): node for one in functions for node in ast.walk(one) if isinstance(node, ast.Import | ast.ImportFrom)
    }
    return list(inner.values())


def circles(graph: Mapping[str, frozenset[str]]) -> list[list[str]]:
    """The groups of modules of which each leads back to itself (Tarjan's strongly connected components)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        order[name] = lowest[name] = len(order)
        stack.append(name)
        for target in graph[name]:
            if target not in order:
                visit(target)
                lowest[name] = min(lowest[name], lowest[target])
            elif target in stack:
                lowest[name] = min(lowest[name], order[target])
        if lowest[name] == order[name]:
            group = [stack.pop()]
            while group[-1] != name:
                group.append(stack.pop())
            if len(group) > 1:
                found.append(sorted(group))

    for name in graph:
        if name not in order:
            visit(name)
    return found


def operation_tables(text: str, names: frozenset[str]) -> list[int]:
    """Lines of a module's source where a dictionary or a set, or a tuple or a text at its top level, lists two or more
    operations or tools. A text that says more than names is prose."""
    tree = ast.parse(text)
    top = [node.value for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign) and node.value]
    lines = []
    for node in ast.walk(tree):
        keys: list[ast.expr | None] = []
        if isinstance(node, ast.Dict):
            keys = node.keys
        elif isinstance(node, ast.Set):
            keys = list(node.elts)
        elif node in top and isinstance(node, ast.Constant | ast.Tuple):
            keys = list(node.elts) if isinstance(node, ast.Tuple) else [node]
        words = [word for key in keys if isinstance(key, ast.Constant) for word in str(key.value).split()]
        prose = isinstance(node, ast.Constant) and not all(word in names for word in words)
        if sum(word in names for word in words) >= 2 and not prose:
            lines.append(node.lineno)
    return lines
