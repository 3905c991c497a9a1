"""``pai-dlc-mcp audit``: the lines of the audit log, newest first, filtered, or one act whole."""

from __future__ import annotations

import argparse
import json
from typing import Any

from ..audit.reading import newest_first
from ..audit.record import reads_path
from ..config.settings import OptionError
from ..config.sources import add_flags, settings_from

COLUMNS = ("when", "caller", "tool", "target", "outcome", "rule", "confirmed_by", "request_id")
FILTERS = ("caller", "tool", "outcome", "rule", "region")
MOST_CELL_CHARS = 44


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--last", type=int, default=20, metavar="N", help="most lines to show (default 20)")
    parser.add_argument("--reads", action="store_true", help="the reads instead of the acts")
    parser.add_argument("--json", action="store_true", help="whole lines, as they stand in the file")
    parser.add_argument("--act", metavar="REQUEST_ID", help="one line whole, by the request id of the service")
    parser.add_argument("--since", metavar="TIME", help="only lines from this UTC time on, such as 2026-01-31T08:00")
    for name in FILTERS[:-1]:
        parser.add_argument(f"--{name}", dest=f"only_{name}", metavar=name.upper(), help=f"only lines with this {name}")
    add_flags(parser)


def run(flags: argparse.Namespace) -> int:
    settings = settings_from(flags)
    if settings.audit_log is None:
        raise OptionError("--audit-log names the file; without it nothing is recorded")
    path = reads_path(settings.audit_log) if flags.reads else settings.audit_log
    if flags.last < 1:
        raise OptionError("--last takes a number of at least 1")
    try:
        found = [line for line in newest_first(path) if _is_wanted(line, flags)][: flags.last]
    except OSError as wrong:
        raise OptionError(f"--audit-log: {path.name} cannot be read ({wrong.strerror})") from None
    if flags.act and not found:
        raise OptionError(f"no line has the request id {flags.act[:80]}")
    if flags.act:
        print(json.dumps(found[0], ensure_ascii=False, indent=2))
    elif flags.json:
        print("\n".join(json.dumps(line, ensure_ascii=False) for line in found))
    else:
        print(as_table(found) if found else "No line fits.")
    return 0


def _is_wanted(line: dict[str, Any], flags: argparse.Namespace) -> bool:
    if flags.act and line.get("request_id") != flags.act:
        return False
    if flags.since and str(line.get("when")) < flags.since:
        return False
    wanted = {name: getattr(flags, f"only_{name}", None) for name in FILTERS}
    wanted["region"] = flags.region
    return all(value is None or str(line.get(name)) == value for name, value in wanted.items())


def as_table(lines: list[dict[str, Any]]) -> str:
    """The lines in columns as wide as their widest cell."""
    rows = [{name: _cell(line.get(name)) for name in COLUMNS} for line in lines]
    widths = {name: max(len(name), *(len(row[name]) for row in rows)) for name in COLUMNS}
    head = "  ".join(name.ljust(widths[name]) for name in COLUMNS).rstrip()
    body = ["  ".join(row[name].ljust(widths[name]) for name in COLUMNS).rstrip() for row in rows]
    return "\n".join([head, "  ".join("-" * widths[name] for name in COLUMNS), *body])


def _cell(value: Any) -> str:
    if value in (None, "", {}, []):
        return "-"
    text = " ".join(f"{name}={one}" for name, one in value.items()) if isinstance(value, dict) else str(value)
    return text if len(text) <= MOST_CELL_CHARS else f"{text[: MOST_CELL_CHARS - 1]}…"
