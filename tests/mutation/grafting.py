"""A mutant put into modules that are already loaded, so that nothing has to be imported anew."""

from __future__ import annotations

import ast
import sys
import types
from collections.abc import Iterator
from typing import Any

from mutation.operators import Mutant


def graft(module: types.ModuleType, mutant: Mutant) -> None:
    """Let the loaded module be the mutant: a function gets the mutant's code, the module's own names its values."""
    assert module.__file__ is not None
    fresh = types.ModuleType(module.__name__)
    fresh.__file__, fresh.__package__ = module.__file__, module.__package__
    loaded = sys.modules[module.__name__]
    sys.modules[module.__name__] = fresh
    try:
        exec(compile(mutant.tree, module.__file__, "exec"), fresh.__dict__)  # the mutant is our own source
    finally:
        sys.modules[module.__name__] = loaded
    if mutant.place and not mutant.place.endswith("."):
        _function(module, fresh, mutant.place)
    else:
        _names(module, fresh, mutant)


def _function(module: Any, fresh: Any, place: str) -> None:
    for name in place.split("."):
        module, fresh = _member(module, name), _member(fresh, name)
    old, new = _plain(module), _plain(fresh)
    old.__code__, old.__defaults__, old.__kwdefaults__ = new.__code__, new.__defaults__, new.__kwdefaults__


def _member(holder: Any, name: str) -> Any:
    return holder.__dict__[name]


def _plain(function: Any) -> types.FunctionType:
    """The function itself behind properties, class methods, caches and context managers."""
    while not isinstance(function, types.FunctionType) or hasattr(function, "__wrapped__"):
        inner = (getattr(function, name, None) for name in ("__wrapped__", "fget", "__func__", "func"))
        function = next(found for found in inner if found is not None)
    return function


def _names(module: types.ModuleType, fresh: types.ModuleType, mutant: Mutant) -> None:
    """The module's values, wherever another module has taken them over: one table is made of another."""
    for name in _assigned(mutant):
        old, new = getattr(module, name, None), getattr(fresh, name, None)
        for other in list(sys.modules.values()):
            if getattr(other, "__dict__", {}).get(name, module) is old:
                setattr(other, name, new)
        setattr(module, name, new)


def _assigned(mutant: Mutant) -> Iterator[str]:
    for statement in mutant.tree.body:
        if isinstance(statement, ast.ClassDef):
            if statement.lineno <= mutant.line <= (statement.end_lineno or statement.lineno):
                yield statement.name
        elif not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            stored = (node for node in ast.walk(statement) if isinstance(node, ast.Name))
            yield from (node.id for node in stored if isinstance(node.ctx, ast.Store))
