"""What masking and its lists of results remember is forgotten before a run.

mutmut forks for each fault from a process in which all tests have run already: a table of words, or a list, that was
made before would hide the fault.
"""

from __future__ import annotations

import sys

MODULES = ("pai_dlc_mcp.redaction.", "docs.masking")


def forget_remembered() -> None:
    """Empty every cache of a function in the modules of masking that are loaded."""
    for name, module in list(sys.modules.items()):
        if name.startswith(MODULES):
            for value in list(vars(module).values()):
                if callable(clear := getattr(value, "cache_clear", None)):
                    clear()
