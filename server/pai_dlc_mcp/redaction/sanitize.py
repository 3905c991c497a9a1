"""Text of other people made harmless (R64): no control characters, terminal sequences or invisible characters.

All patterns are linear: every quantifier is bounded or over a class that its successor does not share.
"""

from __future__ import annotations

import re

_ANSI = re.compile(
    r"\x1b(?:"
    r"\[[0-?]{0,64}[ -/]{0,8}[@-~]?"  # CSI: colours, cursor movements
    r"|[\]PX^_][^\x07\x1b\n]{0,1024}(?:\x07|\x1b\\)?"  # OSC, DCS and their like: titles, links
    r"|[ -/]{0,4}[0-~]?"  # everything shorter
    r")"
    r"|\x9b[0-?]{0,64}[ -/]{0,8}[@-~]?"
)

_INVISIBLE = re.compile(
    "["
    "\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f"  # C0 and C1 controls but \t, \n and \r
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"  # soft hyphen, joiners, fillers, Mongolian selectors
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f"  # zero width, bidirectional overrides and isolates
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"  # fillers, variation selectors, byte order mark
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"  # tags and more variation selectors: a whole alphabet nobody sees
    "]"
)
_BREAKS = re.compile("\r\n?|[\u2028\u2029]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def harmless(text: str) -> str:
    """The text as a person would read it: what a terminal would obey and what nobody can see is gone.

    Carriage returns become line breaks, so that nothing overwrites what stood before; half characters become U+FFFD.
    """
    if "\x1b" in text or "\x9b" in text:
        text = _ANSI.sub("", text)
    text = _INVISIBLE.sub("", text)
    return _SURROGATES.sub("�", _BREAKS.sub("\n", text))
