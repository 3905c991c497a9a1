"""A tool's arguments from words of the shell: a JSON object, a file, standard input, or ``key=value``."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from ..config.settings import OptionError

MOST_BYTES = 1_000_000
_WORD = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
_YAML_SCALARS = (
    ("tag:yaml.org,2002:null", r"(?:~|null|)", "~n"),
    ("tag:yaml.org,2002:bool", r"(?:true|false)", "tf"),
    ("tag:yaml.org,2002:int", r"-?(?:0|[1-9][0-9]*)", "-0123456789"),
    ("tag:yaml.org,2002:float", r"-?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+]?[0-9]+)?", "-0123456789"),
)
"""Plain scalars that are no text: as JSON has them. Nothing else turns into a date, an octal number or a "no"."""


def read_arguments(words: Sequence[str], stdin: IO[str]) -> dict[str, Any]:
    """The arguments that the words give: at most one object, file or standard input, then ``key=value`` over it.

    Raises:
        OptionError: a word that is none of these, a key given twice, or a file that cannot be read.
    """
    found: dict[str, Any] = {}
    bases, keys = 0, set()
    for word in words:
        pair = _WORD.fullmatch(word)
        if pair is None:
            bases += 1
            if bases > 1:
                raise OptionError("ARGUMENTS takes one object, file or -, and key=value words beside it")
            found = {**_object(word, stdin), **found}
        elif pair[1] in keys:
            raise OptionError(f"ARGUMENTS: {pair[1]} is given twice; write a list as {pair[1]}=A,B or as JSON")
        else:
            keys.add(pair[1])
            found[pair[1]] = _value(pair[1], pair[2])
    return found


def _object(word: str, stdin: IO[str]) -> dict[str, Any]:
    if word.startswith("@"):
        path = Path(word[1:]).expanduser()
        return _checked(_of_file(path), str(path))
    if word != "-" and not word.lstrip().startswith(("{", "[")):
        raise OptionError(f"ARGUMENTS: {word[:40]!r} is neither JSON nor @FILE, - or key=value")
    return _checked(_json(stdin.read() if word == "-" else word, "ARGUMENTS"), "ARGUMENTS")


def _checked(value: Any, source: str) -> dict[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise OptionError(f"{source}: takes an object of arguments")
    return value


def _value(key: str, text: str) -> Any:
    """Text as it is, since every argument takes text; JSON where it looks like it; ``@FILE`` is a file's text."""
    if text.startswith("@"):
        return _text_of(Path(text[1:]).expanduser())
    return _json(text, key) if text.lstrip().startswith(("{", "[")) else text


def _json(text: str, source: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_once)
    except RecursionError:
        raise OptionError(f"{source}: is nested too deep") from None
    except ValueError as wrong:
        where = f" (line {wrong.lineno}, column {wrong.colno})" if isinstance(wrong, json.JSONDecodeError) else ""
        why = "not valid JSON" if where or not wrong.args else str(wrong)
        raise OptionError(f"{source}: {why}{where}") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise OptionError(f"{path}: is larger than {MOST_BYTES:,} bytes")
        return path.read_text(encoding="utf-8-sig")
    except OSError as wrong:
        raise OptionError(f"{path}: cannot be read ({wrong.strerror})") from None
    except UnicodeDecodeError:
        raise OptionError(f"{path}: is not UTF-8 text") from None


def _of_file(path: Path) -> Any:
    text = _text_of(path)
    if path.suffix.lower() in (".yaml", ".yml"):
        return _yaml(text, path)
    return _json(text, str(path))


def _yaml(text: str, path: Path) -> Any:
    """YAML in the part that says what JSON could: no tags, no anchors, every scalar read as JSON would."""
    try:
        import yaml  # start-up: saves 20 ms, and is an extra
    except ImportError:
        raise OptionError(f"{path}: YAML needs one more package: pip install 'pai-dlc-mcp[yaml]'") from None

    class Plain(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML has no types
        """SafeLoader without aliases, which can swell without end, and without YAML 1.1's readings of plain words."""

        yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - the library's own form

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise yaml.composer.ComposerError(None, None, "aliases are not taken", self.peek_event().start_mark)
            return super().compose_node(parent, index)

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            names = [key.value for key, _ in node.value]
            if len(set(map(str, names))) < len(names):
                raise yaml.constructor.ConstructorError(None, None, "a name stands twice", node.start_mark)
            return super().construct_mapping(node, deep)

    for tag, pattern, first in _YAML_SCALARS:
        Plain.add_implicit_resolver(tag, re.compile(rf"^{pattern}$"), [*first, *([""] if "null" in tag else [])])
    try:
        return yaml.load(text, Loader=Plain)  # noqa: S506 - a SafeLoader
    except RecursionError:
        raise OptionError(f"{path}: is nested too deep") from None
    except yaml.YAMLError as wrong:
        mark = getattr(wrong, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        problem = getattr(wrong, "problem", None) or "cannot be read"
        if problem.startswith("but "):  # it goes on where the context ends
            problem = f"{getattr(wrong, 'context', None) or 'there is more'} {problem}"
        raise OptionError(f"{path}: not valid YAML{where}: {problem}") from None
