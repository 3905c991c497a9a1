"""``--write`` makes the generated documents anew, ``--check`` fails on stale ones and on names that do not exist."""

from __future__ import annotations

import argparse
import sys

from docs import generated, names


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--write", action="store_true", help="write the generated documents and snapshots")
    wanted.add_argument("--check", action="store_true", help="exit 1 with a line for each document that is wrong")
    if parser.parse_args().write:
        for path in generated.write():
            print(f"wrote {path}")
        return 0
    wrong = [*generated.stale(), *names.faults()]
    print("\n".join(wrong), file=sys.stderr) if wrong else None
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
