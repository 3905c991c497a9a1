"""Starting without the garbage collector.

Importing makes some hundred thousand objects, and nearly all of them stay: looking through them again and again costs
a quarter of the time from the start to the first list of tools.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def started() -> Iterator[None]:
    """No collection from here until :func:`done`, and surely none missing behind the block."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def done() -> None:
    """The server is built: collect from here on. What was made until now stays, and is not looked at again."""
    gc.freeze()
    gc.enable()
