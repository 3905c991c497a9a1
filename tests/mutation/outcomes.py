"""What became of mutmut's mutants, each with its change as a person reads it."""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mutmut.stats import status_by_exit_code

READABLE = 25
"""Letters that make a place known."""
UNNOTICED = ("survived", "no tests", "suspicious", "not checked", "skipped")


class Outcome(NamedTuple):
    """``name`` is mutmut's; ``function`` with ``before`` and ``after`` stays the same when lines move."""

    name: str
    function: str
    status: str
    before: str
    after: str

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.function, self.before, self.after)

    @property
    def survived(self) -> bool:
        return self.status in UNNOTICED

    @property
    def by_types(self) -> bool:
        return self.status == "caught by type check"


def outcomes(folder: Path) -> Iterator[Outcome]:
    """Of every mutant but those that only change prose: a text with a blank in it is for people."""
    for meta in sorted(folder.rglob("*.py.meta")):
        codes = json.loads(meta.read_text())["exit_code_by_key"]
        functions = _functions(ast.parse(meta.with_suffix("").read_text())) if codes else {}
        for name, code in codes.items():
            mutant = name.rpartition(".")[2]
            stem = mutant.partition("__mutmut_")[0]
            before, after = functions[f"{stem}__mutmut_orig"], functions[mutant]
            if _without_prose(before) != _without_prose(after):
                place = meta.relative_to(folder).as_posix().removesuffix(".py.meta")
                function = f"{place}:{stem.removeprefix('x_').removeprefix('xǁ').replace('ǁ', '.')}"
                yield Outcome(name, function, status_by_exit_code[code], *_change(before, after))


def forget_survivors(folder: Path) -> None:
    """Let mutmut try again what came through: there may be a test for it now."""
    for meta in folder.rglob("*.py.meta"):
        known = json.loads(meta.read_text())
        codes = known["exit_code_by_key"]
        known["exit_code_by_key"] = {name: code if _noticed(code) else None for name, code in codes.items()}
        meta.write_text(json.dumps(known))


def _noticed(code: int | None) -> bool:
    return status_by_exit_code[code] not in UNNOTICED


def _functions(module: ast.Module) -> dict[str, ast.AST]:
    found = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    functions: dict[str, ast.AST] = {node.name: node for node in found if "__mutmut_" in node.name}
    for node in found:
        node.name = node.name.partition("__mutmut_")[0]
    return functions


def _without_prose(function: ast.AST) -> str:
    return ast.dump(_Silenced().visit(copy.deepcopy(function)))


class _Silenced(ast.NodeTransformer):
    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        return ast.Constant("prose") if isinstance(node.value, str) and " " in node.value else node


def _change(before: ast.AST, after: ast.AST) -> tuple[str, str]:
    """The smallest part that differs and is long enough to tell where it is."""
    parts = [list(ast.iter_child_nodes(one)) for one in (before, after)]
    if [type(one) for one in parts[0]] == [type(one) for one in parts[1]]:
        differing = [pair for pair in zip(*parts, strict=True) if ast.dump(pair[0]) != ast.dump(pair[1])]
        if len(differing) == 1 and len(ast.unparse(differing[0][0])) >= READABLE:
            return _change(*differing[0])
    return ast.unparse(before), ast.unparse(after)
