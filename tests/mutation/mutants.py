"""The small faults that are planted: every meaningful mutant of a Python source, as an edit of its text.

Meaningful is what may change an answer: no docstring, annotation, import, log call, ``__repr__``, prose (a text with
blanks) or keyword that only words, speeds or hardens something (``_UNTRIED_KEYWORDS``); no assignment whose name has no
other value, since without it the code does not run at all.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

_COMPARED: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="), ast.NotEq: ("!=", "=="), ast.Is: (r"\bis\b", "is not"), ast.IsNot: (r"\bis\s+not\b", "is"),
    ast.In: (r"\bin\b", "not in"), ast.NotIn: (r"\bnot\s+in\b", "in"),
}  # fmt: skip
_CALCULATED: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: (r"\+", "-"), ast.Sub: ("-", "+"), ast.Mult: (r"\*", "/"), ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"), ast.Mod: ("%", "*"),
}  # fmt: skip
_OTHER_FUNCTION = {"min": "max", "max": "min", "any": "all", "all": "any"}
_OTHER_METHOD = {"startswith": "endswith", "endswith": "startswith"}
_LOGGERS = {"log", "_log", "logger", "_logger", "LOG", "logging", "warnings"}
_TYPES = {"cast", "TypeVar", "ParamSpec", "NewType", "getLogger", "lru_cache", "ContextVar", "TypeAdapter", "dataclass"}
_ANY_ORDER = {
    "isinstance", "issubclass", "min", "max", "zip", "print", "gather", "getattr", "hasattr", "range", "Field",
    "compare_digest",
}  # fmt: skip
_UNTRIED_KEYWORDS = {
    "encoding", "errors", "strict", "daemon", "flush", "stacklevel", "exc_info", "description", "help", "title",
    "summary", "message", "doc", "repr", "slots", "frozen", "kw_only", "maxsize", "name", "metavar", "epilog",
    "examples", "example", "rules",
}  # fmt: skip
_WORD = re.compile(r"[^\s]{1,60}")
_Function = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, order=True)
class Mutant:
    """One edit: bytes ``start`` to ``end`` of the file at ``path`` become ``replacement``.

    ``function``, ``before`` and ``after`` (the touched lines, blanks joined) stay the same when lines move.
    """

    path: str
    start: int
    end: int
    replacement: str
    kind: str
    line: int
    function: str
    before: str = field(compare=False)
    after: str = field(compare=False)

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.path, self.function, self.before, self.after

    def applied(self, source: bytes) -> bytes:
        return source[: self.start] + self.replacement.encode() + source[self.end :]


def find_mutants(path: str, source: bytes) -> list[Mutant]:
    """Every mutant of a file, in the order of the text."""
    finder = _Finder(path, source)
    finder.visit(ast.parse(source))
    return sorted(set(finder.found))


def is_changed_program(source: bytes, mutant: Mutant) -> bool:
    """Whether the mutant can be compiled and is another program than the source."""
    try:
        tree = ast.parse(mutant.applied(source))
        compile(tree, mutant.path, "exec")
    except SyntaxError:
        return False
    return ast.dump(tree) != ast.dump(ast.parse(source))


def _first_bindings(function: ast.AST) -> dict[str, int]:
    """The names that a function reads, with the line that binds each first: without that the code does not run."""
    names = [one for one in ast.walk(function) if isinstance(one, ast.Name)]
    read = {one.id for one in names if isinstance(one.ctx, ast.Load)}
    bound = [(one.id, one.lineno) for one in names if isinstance(one.ctx, ast.Store)]
    bound += [(one.arg, 0) for one in ast.walk(function) if isinstance(one, ast.arg)]
    return {name: min(line for other, line in bound if other == name) for name, _ in bound if name in read}


class _Finder(ast.NodeVisitor):
    def __init__(self, path: str, source: bytes) -> None:
        self.path, self.source = path, source
        self.found: list[Mutant] = []
        self.names: list[str] = []
        self.scopes: list[dict[str, int]] = []
        self.declaring = self.is_set = False
        self.starts = [0]
        for line in source.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    # Places in the text.

    def at(self, node: ast.expr | ast.stmt | ast.keyword) -> tuple[int, int]:
        start = self.starts[node.lineno - 1] + node.col_offset
        return start, self.starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)

    def text(self, start: int, end: int) -> str:
        return self.source[start:end].decode(errors="replace")

    def add(self, kind: str, start: int, end: int, replacement: str) -> None:
        first = self.source.rfind(b"\n", 0, start) + 1
        last = self.source.find(b"\n", end)
        last = len(self.source) if last < 0 else last
        before = self.text(first, last)
        after = self.text(first, start) + replacement + self.text(end, last)
        line = self.source.count(b"\n", 0, start) + 1
        function = ".".join(self.names) or "<module>"
        joined = [" ".join(text.split()) for text in (before, after)]
        self.found.append(Mutant(self.path, start, end, replacement, kind, line, function, *joined))

    def replace(self, kind: str, node: ast.expr | ast.stmt | ast.keyword, replacement: str) -> None:
        self.add(kind, *self.at(node), replacement)

    def between(self, kind: str, left: ast.expr, right: ast.expr, token: str, other: str) -> None:
        """Replace the operator between two operands, which may stand in parentheses."""
        start, end = self.at(left)[1], self.at(right)[0]
        text = self.text(start, end)
        changed = re.sub(token, other, text, count=1)
        if changed != text:
            self.add(kind, start, end, changed)

    # Definitions.

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        if node.name == "__repr__":
            return
        self.names.append(node.name)
        self._visit_declared(node.decorator_list)
        for default in [*node.args.defaults, *(one for one in node.args.kw_defaults if one is not None)]:
            self.visit(default)
        self.scopes.append(_first_bindings(node))
        self._visit_body(node.body)
        self.scopes.pop()
        self.names.pop()

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - the names that ast.NodeVisitor calls

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.names.append(node.name)
        self._visit_declared([*node.decorator_list, *(one.value for one in node.keywords)])
        outer, self.declaring = self.declaring, True
        self._visit_body(node.body)
        self.declaring = outer
        self.names.pop()

    def _visit_declared(self, nodes: Sequence[ast.expr]) -> None:
        outer, self.declaring = self.declaring, True
        for node in nodes:
            self.visit(node)
        self.declaring = outer

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for default in node.args.defaults:
            self.visit(default)
        self.visit(node.body)

    def _visit_body(self, body: Sequence[ast.stmt]) -> None:
        outer = self.declaring
        for statement in body:
            self.declaring = outer and not isinstance(statement, _Function)
            self.visit(statement)
        self.declaring = outer

    # Statements.

    def visit_Import(self, node: ast.stmt) -> None:
        """Nothing to plant."""

    visit_ImportFrom = visit_Import  # noqa: N815 - the names that ast.NodeVisitor calls

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self._remove_assignment(node, [node.target])
            self.visit(node.value)

    def visit_Assign(self, node: ast.Assign) -> None:
        if any(isinstance(one, ast.Name) and one.id in ("__all__", "__slots__") for one in node.targets):
            return
        self._remove_assignment(node, node.targets)
        for target in node.targets:
            self.visit(target)
        self.visit(node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.replace("removed statement", node, "pass")
        self.visit(node.value)

    def _remove_assignment(self, node: ast.stmt, targets: Sequence[ast.expr]) -> None:
        if self.scopes and all(self._has_alternative(target) for target in targets):
            self.replace("removed statement", node, "pass")

    def _has_alternative(self, target: ast.expr) -> bool:
        if isinstance(target, ast.Name):
            return self.scopes[-1].get(target.id, target.lineno) < target.lineno
        return isinstance(target, ast.Attribute | ast.Subscript)

    def visit_Expr(self, node: ast.Expr) -> None:
        called = node.value.value if isinstance(node.value, ast.Await) else node.value
        if isinstance(called, ast.Call) and not _is_log(called):
            if self.scopes:
                self.replace("removed statement", node, "pass")
            self.visit(node.value)
        elif isinstance(called, ast.Yield | ast.YieldFrom):
            self.visit(called)

    def visit_Raise(self, node: ast.Raise) -> None:
        self.replace("removed statement", node, "pass")
        if node.exc is not None:
            self.visit(node.exc)

    def visit_Delete(self, node: ast.stmt) -> None:
        self.replace("removed statement", node, "pass")

    visit_Continue = visit_Break = visit_Delete  # noqa: N815 - the names that ast.NodeVisitor calls

    def visit_Assert(self, node: ast.Assert) -> None:
        self.visit(node.test)

    def visit_If(self, node: ast.If) -> None:
        names = {one.id for one in ast.walk(node.test) if isinstance(one, ast.Name)}
        if names & {"TYPE_CHECKING", "__name__"}:
            return
        leaves = isinstance(node.body[-1], ast.Return | ast.Raise | ast.Continue | ast.Break)
        if leaves and not node.orelse:
            self.replace("early return", node.test, "False")
        self._negate(node.test)
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._negate(node.test)
        self.generic_visit(node)

    def _negate(self, test: ast.expr) -> None:
        if not isinstance(test, ast.Compare | ast.UnaryOp):  # These have mutants of their own that say the same.
            self.replace("negated condition", test, f"not ({self.text(*self.at(test))})")

    # Expressions.

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for condition in node.ifs:
            self.replace("filter", condition, "True")
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        operands = [node.left, *node.comparators]
        self.visit(node.left)
        for (left, right), operator in zip(pairwise(operands), node.ops, strict=True):
            self.between("comparison", left, right, *_COMPARED[type(operator)])
            if isinstance(operator, ast.In | ast.NotIn) and isinstance(right, ast.Constant) and _is_text(right):
                self.replace("text", right, repr(right.value[:-1]))  # type: ignore[index]  # text; a letter more is none
            else:
                self.visit(right)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        token, other = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in pairwise(node.values):
            self.between("and/or", left, right, rf"\b{token}\b", other)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not):
            start, end = self.at(node)
            self.add("dropped not", start, end, re.sub(r"^not\s*", "", self.text(start, end)))
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        sides = (node.left, node.right)
        if isinstance(node.op, ast.BitOr) and any(isinstance(side, ast.Constant) for side in sides):
            return  # ``str | None`` outside an annotation
        joined = any(isinstance(side, ast.List | ast.Tuple | ast.Dict | ast.ListComp | ast.JoinedStr) for side in sides)
        if joined or isinstance(node.op, ast.BitOr | ast.BitAnd):
            self.replace("operand", node, self.text(*self.at(node.left)))
        elif type(node.op) in _CALCULATED and not any(_is_text(side) for side in sides):
            self.between("arithmetic", *sides, *_CALCULATED[type(node.op)])
        self.generic_visit(node)

    def visit_Slice(self, node: ast.Slice) -> None:
        for bound in (node.lower, node.upper):
            if bound is not None and not isinstance(bound, ast.Constant):
                self.replace("off by one", bound, f"({self.text(*self.at(bound))}) + 1")
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if not (isinstance(node.value, ast.Name) and _is_type_name(node.value.id)):
            self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        for part in node.values:
            if isinstance(part, ast.FormattedValue) and self._is_placed_right(part.value):
                self.visit(part.value)

    def _is_placed_right(self, node: ast.expr) -> bool:
        """Before Python 3.12 the parts of a text in several lines say wrong places."""
        try:
            return ast.dump(ast.parse(self.text(*self.at(node)).strip(), mode="eval").body) == ast.dump(node)
        except SyntaxError:
            return False

    def visit_Dict(self, node: ast.Dict) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                self._change_text("dictionary key", key, key.value)
            elif key is not None:
                self.visit(key)
            self.visit(value)

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if _is_log(node) or name in _TYPES:
            return
        self._change_function(node.func)
        if name not in _ANY_ORDER and not any(isinstance(one, ast.Starred) for one in node.args):
            self._swap_arguments(node.args)
        if not (isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Constant)):
            self.visit(node.func)
        outer, self.is_set = self.is_set, name in ("strip", "lstrip", "rstrip")
        for argument in node.args:
            self.visit(argument)
        self.is_set = outer
        for keyword in node.keywords:
            self._change_keyword(keyword)

    def _change_function(self, function: ast.expr) -> None:
        if isinstance(function, ast.Name) and function.id in _OTHER_FUNCTION:
            self.replace("other function", function, _OTHER_FUNCTION[function.id])
        elif isinstance(function, ast.Attribute) and function.attr in ("startswith", "endswith"):
            end = self.at(function)[1]
            self.add("other function", end - len(function.attr), end, _OTHER_METHOD[function.attr])

    def _swap_arguments(self, arguments: Sequence[ast.expr]) -> None:
        for left, right in pairwise(arguments):
            first, second = self.text(*self.at(left)), self.text(*self.at(right))
            constants = isinstance(left, ast.Constant) + isinstance(right, ast.Constant)
            if first != second and constants != 1 and not (_is_text(left) or _is_text(right)):
                (start, middle), (after, end) = self.at(left), self.at(right)
                self.add("swapped arguments", start, end, f"{second}{self.text(middle, after)}{first}")

    def _change_keyword(self, keyword: ast.keyword) -> None:
        if keyword.arg in _UNTRIED_KEYWORDS:
            return
        if keyword.arg is not None:
            start, end = self.at(keyword)
            comma = re.match(rb"\s*,", self.source[end:])
            kind = "declaration's keyword" if self.declaring else "keyword"
            self.add(kind, start, end + (comma.end() if comma else 0), "")
        self.visit(keyword.value)

    def visit_Constant(self, node: ast.Constant) -> None:
        value = node.value
        if isinstance(value, bool):
            self.replace("boolean", node, repr(not value))
        elif isinstance(value, int):
            self.replace("number", node, repr(value + 1))
        elif isinstance(value, float):
            self.replace("number", node, repr(value * 2 or 1.0))
        elif isinstance(value, str) and (not value or _WORD.fullmatch(value)):
            self._change_text("text", node, value)

    def _change_text(self, kind: str, node: ast.expr, value: str) -> None:
        written = self.text(*self.at(node))
        if self.is_set:  # a letter that is there already changes nothing
            self.replace(kind, node, repr(value[:-1] or "_"))
        elif written[0] in "\"'" and written.count(written[0]) == 2 and not value.endswith("\\"):
            self.replace(kind, node, f"{written[:-1]}_{written[-1]}")
        else:
            self.replace(kind, node, repr(f"{value}_"))


def _is_log(call: ast.Call) -> bool:
    function = call.func
    return (
        isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id in _LOGGERS
    )


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str | bytes))


def _is_type_name(name: str) -> bool:
    """``Literal[…]``, ``Callable[…]`` or ``dict[…]`` outside an annotation; a table in capitals is none."""
    return name in ("dict", "list", "tuple", "set", "frozenset", "type") or (name[:1].isupper() and not name.isupper())
