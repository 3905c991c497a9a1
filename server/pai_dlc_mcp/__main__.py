"""``pai-dlc-mcp``, also as ``python -m pai_dlc_mcp``: the front answers first, then the command is imported."""

from __future__ import annotations

import sys

from .transports.front import start


def main() -> int:
    """Run the command line of this process; its exit code."""
    if not start(sys.argv[1:]):
        return 0
    from .cli import main as run  # start-up: saves 560 ms before the lists are answered

    return run()


if __name__ == "__main__":
    sys.exit(main())
