"""Which family of words an error's text belongs to. Pure."""

from __future__ import annotations

import re

from .causes import Match
from .error_numbers import READ_CHARS
from .families import FAMILIES
from .widest import WIDEST

OF_CODE = frozenset(
    {"NullPointerException", "TypeError", "NameError", "UnboundLocalError", "AttributeError", "ZeroDivisionError"}
)
"""Exceptions by which the interpreter says that the program's code is wrong."""
_OWN_WORDS = re.compile(r"AttributeError: (?!.{0,200}\battribute\b)")
"""What the interpreter does not say so: a package took the name of its exception."""
_ADVICE = re.compile(
    r"(?:\bplease (?:\w+ly )?(?:make sure|ensure|check|verify|confirm|see|refer|consider|try|report|contact)"
    r"|\b(?:make sure|ensure) (?:that |to |the |your |you )|\b(?:check|verify|confirm) (?:that|if|whether|the|your)"
    r"|请(?:检查|确认|确保|查看|联系|尝试))",
    re.IGNORECASE,
)
"""Where an error goes over to what to do about it."""


def of_words(text: str, name: str = "") -> Match | None:
    """The cause that the words of an error point to, by their kind: likely, and never more. ``name`` is the exception's
    own: what the interpreter says of the program's code is not about settings or files, whatever its words. What an
    error advises is asked only where the words before the advice point to nothing."""
    text = text[:READ_CHARS]
    advice = _ADVICE.search(text)
    said = _of_family(text[: advice.start()], name) if advice is not None else None
    return said if said is not None and said.cause is not WIDEST[0] else _of_family(text, name)


def _of_family(text: str, name: str) -> Match | None:
    is_of_code = name.rpartition(".")[2] in OF_CODE and not _OWN_WORDS.match(text)
    for cause, pattern in FAMILIES:
        if is_of_code and cause.category == "configuration":
            continue
        found = pattern.search(text)
        if found is not None:
            return Match(cause, *found.span())
    return None


__all__ = ["OF_CODE", "of_words"]
