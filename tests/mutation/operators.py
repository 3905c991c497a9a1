"""Small faults for a module's source, one at a time: the mutants that the tests of the guards have to notice.

Left alone are docstrings, annotations and prose: a text with a blank in it is for people, and no rule hangs on it.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
NONE = ast.Constant(None)


@dataclass(frozen=True)
class Mutant:
    """``place`` is the qualified name of the function it is in, empty for the module itself; ``first`` and ``last`` are
    that function's lines."""

    number: int
    place: str
    line: int
    first: int
    last: int
    what: str
    tree: ast.Module


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of a module. Each tree is a copy of its own."""
    tree = ast.parse(source)
    count, spans = len(list(_sites(tree))), _spans(tree)
    for number in range(count):
        mutated = copy.deepcopy(tree)
        place, node, change = next(site for index, site in enumerate(_sites(mutated)) if index == number)
        what = change()
        first, last = spans.get(place, (1, len(source.splitlines())))
        yield Mutant(number, place, node.lineno, first, last, what, ast.fix_missing_locations(mutated))


def unchanged(source: str) -> Mutant:
    """The module as it is, to see that the tests pass where nothing is wrong."""
    return Mutant(-1, "", 1, 1, len(source.splitlines()), "nothing", ast.parse(source))


def _spans(tree: ast.Module) -> dict[str, tuple[int, int]]:
    """The lines of functions and methods."""
    holders: list[tuple[str, ast.Module | ast.ClassDef]] = [("", tree)]
    holders += [(f"{node.name}.", node) for node in tree.body if isinstance(node, ast.ClassDef)]
    return {
        f"{prefix}{node.name}": (node.lineno, node.end_lineno or node.lineno)
        for prefix, holder in holders
        for node in holder.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def _sites(tree: ast.Module) -> Iterator[tuple[str, ast.expr | ast.stmt, _Change | _Removal]]:
    """Where something can be changed, in the order of the source, and how."""
    for place, node, holder in _walk(tree, "", None):
        for change in _changes(node, holder):
            yield place, node, change


class _Change:
    """A change that is made when it is called; it gives its description."""

    def __init__(self, what: str, target: object, field: str, value: object) -> None:
        self._what, self._target, self._field, self._value = what, target, field, value

    def __call__(self) -> str:
        setattr(self._target, self._field, self._value)
        return self._what


class _Removal:
    def __init__(self, body: list[ast.stmt], node: ast.stmt, what: str) -> None:
        self._body, self._node, self._what = body, node, what

    def __call__(self) -> str:
        self._body[self._body.index(self._node)] = ast.Pass()
        return self._what


def _walk(
    node: ast.AST, place: str, body: list[ast.stmt] | None
) -> Iterator[tuple[str, ast.expr | ast.stmt, list[ast.stmt] | None]]:
    """Expressions and statements with the function they are in and, for statements, the body they stand in."""
    if isinstance(node, ast.expr | ast.stmt):
        yield place, node, body
    outermost = place if place and not place.endswith(".") else ""
    for name, value in ast.iter_fields(node):
        if name in (
            "annotation",
            "returns",
            "decorator_list",
            "bases",
            "keywords" if isinstance(node, ast.ClassDef) else "",
        ):
            continue
        inner = _inside(node, place, outermost)
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_prose(child):
                yield from _walk(child, inner, value if name in ("body", "orelse", "finalbody") else None)


def _inside(node: ast.AST, place: str, outermost: str) -> str:
    """Classes are named on the way; functions inside functions belong to the outer one."""
    if outermost:
        return outermost
    if isinstance(node, ast.ClassDef):
        return f"{place}{node.name}."
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return f"{place}{node.name}"
    return place


def _is_prose(node: ast.AST) -> bool:
    docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return (
        docstring
        or isinstance(node, ast.JoinedStr)
        or (isinstance(node, ast.Constant) and isinstance(node.value, str) and (" " in node.value or not node.value))
    )


def _changes(node: ast.expr | ast.stmt, body: list[ast.stmt] | None) -> Iterator[_Change | _Removal]:
    if isinstance(node, ast.Compare):
        yield from _of_comparison(node)
    elif isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield _Change("and <-> or", node, "op", other)
    elif isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        yield _Change(f"other operator than {type(node.op).__name__}", node, "op", ARITHMETIC[type(node.op)]())
    elif isinstance(node, ast.Constant):
        yield from _of_constant(node)
    elif isinstance(node, ast.If | ast.While | ast.IfExp):
        yield _Change("condition turned round", node, "test", ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        yield from (_Change("filter left out", part, "ifs", []) for part in node.generators if part.ifs)
    elif isinstance(node, ast.Return) and node.value is not None and not _is_falsy(node.value):
        yield _Change("returns None", node, "value", NONE)
    elif isinstance(node, ast.Raise | ast.Expr | ast.Break | ast.Continue) and body is not None:
        yield _Removal(body, node, f"left out: {ast.unparse(node)[:60]}")
    elif isinstance(node, ast.AugAssign) and type(node.op) in ARITHMETIC:
        yield _Change("other operator", node, "op", ARITHMETIC[type(node.op)]())


def _of_comparison(node: ast.Compare) -> Iterator[_Change]:
    for index, op in enumerate(node.ops):
        if type(op) in COMPARISONS:
            other = [COMPARISONS[type(op)]() if at == index else one for at, one in enumerate(node.ops)]
            yield _Change(f"{type(op).__name__} -> {COMPARISONS[type(op)].__name__}", node, "ops", other)


def _of_constant(node: ast.Constant) -> Iterator[_Change]:
    value = node.value
    if isinstance(value, bool):
        yield _Change(f"{value} -> {not value}", node, "value", not value)
    elif isinstance(value, int | float):
        yield _Change(f"{value} -> {value + 1}", node, "value", value + 1)
    elif isinstance(value, str):
        yield _Change(f"{value[:40]!r} altered", node, "value", f"XX{value}XX")
    elif isinstance(value, bytes):
        yield _Change(f"{value[:40]!r} altered", node, "value", b"XX" + value)


def _is_falsy(node: ast.expr) -> bool:
    """``None`` in its place would mean the same."""
    return isinstance(node, ast.Constant) and not node.value
