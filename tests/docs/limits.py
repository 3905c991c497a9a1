"""The numbers that modules name (seconds, bytes, characters, counts), kept under version control: a limit that users
meet and that no option sets changes only where whoever reads the change sees it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

SERVER = Path(__file__).resolve().parents[2] / "server"
PATH = "tests/snapshots/limits.txt"
MOST_NUMBERS = 30
"""What holds more is a table, and has its own pages."""


def limits() -> str:
    """A line each: the module, the name, the value."""
    return "".join(f"{line}\n" for line in _lines())


def _lines() -> Iterator[str]:
    for path in sorted(SERVER.glob("pai_dlc_*/**/*.py")):
        names = list(_constants(ast.parse(path.read_text(encoding="utf-8"))))
        if not names or "node_modules" in path.parts:
            continue
        place = path.relative_to(SERVER).with_suffix("")
        module = import_module(".".join(place.parts).removesuffix(".__init__"))
        for name in names:
            shown = _shown(getattr(module, name, None))
            if shown:
                yield f"{place.as_posix()} {name} = {shown}"


def _constants(tree: ast.Module) -> Iterator[str]:
    """Names in capitals that a module gives a value, also several in one statement."""
    for statement in tree.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets = [statement.target]
        for target in targets:
            for name in target.elts if isinstance(target, ast.Tuple) else [target]:
                if isinstance(name, ast.Name) and name.id.isupper():
                    yield name.id


def _shown(value: object) -> str:
    """The value where it is a number, or holds some and nothing but text beside them; else nothing."""
    leaves = list(_leaves(value))
    numbers = sum(type(leaf) in (int, float) for leaf in leaves)
    plain = all(isinstance(leaf, (int, float, str, type(None))) for leaf in leaves)
    return _text(value) if numbers and plain and len(leaves) <= MOST_NUMBERS else ""


def _leaves(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from (*_leaves(key), *_leaves(item))
    elif isinstance(value, (tuple, list, set, frozenset)):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def _text(value: object) -> str:
    return repr(sorted(value, key=repr)) if isinstance(value, (set, frozenset)) else repr(value)
