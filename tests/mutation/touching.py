"""Which tests touch a place of the server: the records of ``tracing``, made where they are missing, and the choice.

A record belongs to the content of its test file; it is made again when that changes. It says lines, which hold while
the source is the one that was traced. Of a source that has changed since, the functions are compared instead, so that
a change of the server does not cost a new map.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .mutants import Mutant
from .sandbox import Sandbox
from .tracing import trace_name

_FILES_A_RUN, _TRACE_S = 6, 1800.0
_ALIKE = 2
"""So many cases of one parametrized test come before the others of their rank."""
_Function = (ast.FunctionDef, ast.AsyncFunctionDef)
Say = Callable[[str], None]
Bits = list[tuple[int, int]]
"""Tests, as the number of a record's first test and the record's own bits."""


def is_test_file(path: str) -> bool:
    """The tests of the sampler itself touch nothing of the server."""
    folder, _, name = path.rpartition("/")
    return (
        path.startswith("tests/") and folder != "tests/mutation" and name.startswith("test_") and name.endswith(".py")
    )


def trace_missing(boxes: Sequence[Sandbox], paths: Sequence[str], say: Say) -> None:
    """Make the records that are missing, side by side. A test that fails under the tracer is tried without it."""
    root, directory = boxes[0].tree, boxes[0].trace
    for path in (one for one in paths if one.startswith("server/") and one.endswith(".py")):
        _remember_functions(directory, (root / path).read_bytes())
    files = {one: directory / trace_name(one, (root / one).read_bytes()) for one in paths if is_test_file(one)}
    left = [one for one, record in files.items() if not record.exists()]
    if not left:
        return
    for stale in directory.glob("c*-*"):
        stale.unlink()
    chunks = [left[start : start + _FILES_A_RUN] for start in range(0, len(left), _FILES_A_RUN)]
    say(f"tracing {len(left)} test files in {len(chunks)} runs (kept for the next time)")
    free = list(boxes)

    def trace(chunk: list[str]) -> None:
        box = free.pop()
        done = box.record(chunk, _TRACE_S)
        say(f"  {chunk[0]} and {len(chunk) - 1} more: {done.output.strip().rpartition(chr(10))[2]}")
        for file in chunk:
            _try_failed_again(box, files[file])
        free.append(box)

    with ThreadPoolExecutor(len(boxes)) as pool:
        list(pool.map(trace, chunks))
    for file, record in files.items():
        if not record.exists():
            say(f"  no test ran of {file}")


def _try_failed_again(box: Sandbox, record: Path) -> None:
    if not record.exists():
        return
    content = json.loads(record.read_text())
    failed = [row for row in content["tests"] if not row[2]]
    for row in failed:
        row[2] = box.run_tests([row[0]], _TRACE_S).code == 0
    if failed:
        record.write_text(json.dumps(content))


def _remember_functions(directory: Path, source: bytes) -> None:
    file = directory / f"functions-{hashlib.sha256(source).hexdigest()}.json"
    if not file.exists():
        file.write_text(json.dumps(list(function_lines(source))))


def function_lines(source: bytes) -> Iterator[tuple[str, int, int]]:
    """Qualified name, first and last line of the body of every function that is not inside another one."""
    for name, node in _functions(ast.parse(source)):
        yield name, node.body[0].lineno, node.end_lineno or node.lineno


@dataclass(frozen=True)
class Test:
    """One test case: its node id and how long it took when it was traced, in seconds."""

    __test__ = False
    id: str
    seconds: float

    @property
    def function(self) -> str:
        return self.id.partition("[")[0]


class TestMap:
    """All records of a tree: which of its passing tests touch a line, a function, a file."""

    __test__ = False

    def __init__(self, root: Path, directory: Path, paths: Iterable[str]) -> None:
        self.root, self.directory = root, directory
        self.sources = {path: (root / path).read_bytes() for path in paths if path.startswith("server/")}
        self.sources = {path: source for path, source in self.sources.items() if path.endswith(".py")}
        self.trees = {path: ast.parse(source) for path, source in self.sources.items()}
        self.shas = {path: hashlib.sha256(source).hexdigest() for path, source in self.sources.items()}
        self.tests: list[Test] = []
        self.failing: set[int] = set()
        self.lines: dict[tuple[str, int], Bits] = defaultdict(list)
        self.functions: dict[tuple[str, str], Bits] = defaultdict(list)
        self.files: dict[str, Bits] = defaultdict(list)
        self.read_at_import = {name for tree in self.trees.values() for name in _names_at_import(tree)}
        self._tables: dict[str, list[tuple[str, int, int]]] = {}
        for path in paths:
            record = directory / trace_name(path, (root / path).read_bytes()) if is_test_file(path) else None
            if record is not None and record.exists():
                self._add(json.loads(record.read_text()))

    def _add(self, record: dict[str, Any]) -> None:
        first = len(self.tests)
        for number, (test, seconds, passed) in enumerate(record["tests"]):
            self.tests.append(Test(test, seconds))
            if not passed:
                self.failing.add(first + number)
        for path, traced in record["sources"].items():
            if path not in self.sources:
                continue
            by_function: dict[str, int] = defaultdict(int)
            owners = {line: name for name, start, end in self._table(traced["sha"]) for line in range(start, end + 1)}
            for line, text in traced["lines"].items():
                bits, function = int(text, 16), owners.get(int(line))
                if function is not None:
                    by_function[function] |= bits
                if traced["sha"] == self.shas[path]:
                    self.lines[path, int(line)].append((first, bits))
            for function, bits in by_function.items():
                self.functions[path, function].append((first, bits))
                self.files[path].append((first, bits))

    def _table(self, sha: str) -> list[tuple[str, int, int]]:
        if sha not in self._tables:
            file = self.directory / f"functions-{sha}.json"
            self._tables[sha] = json.loads(file.read_text()) if file.exists() else []
        return self._tables[sha]

    @property
    def seconds(self) -> float:
        """How long all tests took when they were traced."""
        return sum(test.seconds for test in self.tests)

    def choose(self, mutant: Mutant) -> list[Test]:
        """The tests that touch a mutant, nearest first: those of its statement, its function and its file.

        Of what runs at import no record says who touches it: the tests of the function whose head it is and of those
        that read the name it binds come before those of the file, and all others follow.
        Among equals those of the folder of the same name come first, then a few cases of each test, then short ones.
        """
        folders = names_of_folders(mutant.path)
        chosen: dict[int, Test] = {}
        for rank in self._ranks(mutant):
            fresh = {number for number in _numbers(rank) if number not in chosen} - self.failing
            alike: dict[str, int] = defaultdict(int)
            keys: dict[int, tuple[bool, bool, float]] = {}
            for number in sorted(fresh):
                test = self.tests[number]
                alike[test.function] += 1
                near = bool(folders & set(test.id.partition("::")[0].split("/")))
                keys[number] = (not near, alike[test.function] > _ALIKE, test.seconds)
            chosen |= {number: self.tests[number] for number in sorted(fresh, key=keys.__getitem__)}
        return list(chosen.values())

    def _ranks(self, mutant: Mutant) -> Iterator[Bits]:
        path = mutant.path
        outer = next(
            (name for name, start, end in function_lines(self.sources[path]) if start <= mutant.line <= end), None
        )
        if outer is not None:
            first, last = _statement_lines(self.trees[path], mutant.line)
            yield [bits for line in range(first, last + 1) for bits in self.lines.get((path, line), [])]
            yield self.functions[path, outer]
        runs_at_import = outer is None or not self.functions[path, outer] or set(outer.split(".")) & self.read_at_import
        if runs_at_import:
            for name in _heads(self.trees[path], mutant.line):
                yield self.functions[path, name]
            for user in self._users(path, mutant.line):
                yield self.functions[user]
        yield self.files[path]
        if runs_at_import:
            yield [(0, (1 << len(self.tests)) - 1)]

    def _users(self, path: str, line: int) -> list[tuple[str, str]]:
        """The functions that read what a statement outside functions binds, also through other such names."""
        names = _bound_names(self.trees[path], line)
        for _ in range(3):
            more = {
                name
                for tree in self.trees.values()
                for statement in tree.body
                if isinstance(statement, ast.Assign | ast.AnnAssign) and names & _read_names(statement)
                for name in _bound_names(tree, statement.lineno)
            }
            if more <= names:
                break
            names |= more
        found: list[tuple[str, str]] = []
        for other, tree in self.trees.items():
            found += [(other, name) for name, node in _functions(tree) if names & _read_names(node)]
        return sorted(found, key=lambda one: (one[0] != path, one))


def names_of_folders(path: str) -> set[str]:
    """How the folder of a source's nearest tests may be called: as its packages, without the prefix, or as itself."""
    return {part.removesuffix(".py").removeprefix("pai_dlc_") for part in path.split("/")[1:]}


def _numbers(rank: Bits) -> Iterator[int]:
    for first, bits in rank:
        number = first
        while bits:
            if bits & 1:
                yield number
            bits, number = bits >> 1, number + 1


def _functions(
    node: ast.AST, names: tuple[str, ...] = ()
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _Function):
            yield ".".join((*names, child.name)), child
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, (*names, child.name))
        elif isinstance(child, ast.stmt):
            yield from _functions(child, names)


def _heads(tree: ast.Module, line: int) -> list[str]:
    """The function whose head stands at a line: its name, decorators, arguments and their defaults."""
    return [name for name, node in _functions(tree) if _first_line(node) <= line < node.body[0].lineno]


def _first_line(node: ast.stmt) -> int:
    return min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))])


def _read_names(node: ast.AST) -> set[str]:
    found = {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)}
    return found | {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}


def _names_at_import(node: ast.AST) -> Iterator[str]:
    """The names that a module reads outside the bodies of its functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _Function):
            for part in (*child.decorator_list, child.args):
                yield from _read_names(part)
        elif isinstance(child, ast.stmt) and hasattr(child, "body"):
            yield from _names_at_import(child)
        else:
            yield from _read_names(child)


def _bound_names(tree: ast.Module, line: int) -> set[str]:
    """What the outermost statement at a line binds: its targets, or the class or function with its inner name."""
    names: set[str] = set()
    for statement in tree.body:
        first = _first_line(statement)
        if first <= line <= (statement.end_lineno or first):
            names |= {
                one.id for one in ast.walk(statement) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
            }
            if isinstance(statement, (*_Function, ast.ClassDef)):
                names = {statement.name}
    return names


def _statement_lines(tree: ast.Module, line: int) -> tuple[int, int]:
    """First and last line of the innermost statement at a line; of one with a body, its head."""
    best = (line, line)
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno):
            body = getattr(node, "body", None)
            last = body[0].lineno - 1 if body else node.end_lineno or node.lineno
            if line <= last:
                best = (node.lineno, max(last, node.lineno))
    return best
