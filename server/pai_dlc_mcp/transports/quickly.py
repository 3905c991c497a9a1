"""Starting without the garbage collector.

Importing makes some hundred thousand objects, and nearly all of them stay: looking through them again and again costs
a quarter of the time from the start to the first list of tools.
"""

from __future__ import annotations

import gc


def begin() -> None:
    """No collection while the server is being built."""
    gc.disable()


def done() -> None:
    """Collect from here on; what was made until now stays, and is not looked at again."""
    gc.freeze()
    gc.enable()
