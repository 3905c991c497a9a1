"""``make conformance``: the MCP conformance suite against ``serve --http --emulator``, both protocol versions.

It is not part of ``make test``: it needs Node.js 22 on the PATH and fetches the suite with npx. Run are the scenarios
that an ordinary server can pass; the others want fixtures (a tool called ``test_simple_text`` and the like) that only a
server written for the suite has. A check that the suite itself calls not testable for want of a fixture is told, and
does not fail.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))
from protocol.processes import VERSION_2025, VERSION_2026, http_server

SUITE = "@modelcontextprotocol/conformance@0.2.0-alpha.12"
SCENARIOS = {
    VERSION_2025: "server-initialize ping server-session-lifecycle tools-list resources-list prompts-list "
    "completion-complete server-sse-multiple-streams dns-rebinding-protection",
    VERSION_2026: "server-stateless tools-list resources-list prompts-list completion-complete caching "
    "http-header-validation server-sse-multiple-streams sep-2164-resource-not-found dns-rebinding-protection "
    "input-required-result-unsupported-methods",
}
NEEDS_FIXTURE = "Not testable"


def main() -> int:
    if shutil.which("npx") is None:
        print("Node.js 22 with npx is needed on the PATH.", file=sys.stderr)
        return 2
    failed = 0
    with tempfile.TemporaryDirectory() as folder, http_server("--emulator", home=Path(folder)) as url:
        for version, names in SCENARIOS.items():
            for name in names.split():
                failed += not passed(url, version, name, Path(folder) / version / name)
    print(f"{failed} scenario(s) failed." if failed else "All scenarios passed.")
    return 1 if failed else 0


def passed(url: str, version: str, name: str, place: Path) -> bool:
    """Run one scenario and print its line."""
    arguments = ["--url", url, "--scenario", name, "--spec-version", version, "--force", "--output-dir", str(place)]
    # The suite's own client must reach the loopback, whatever proxy is set for fetching the suite.
    environment = os.environ | {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
    done = subprocess.run(
        ["npx", "--yes", SUITE, "server", *arguments], env=environment, capture_output=True, text=True, timeout=180,
        check=False,
    )  # fmt: skip
    checks = [check for file in place.glob("*/checks.json") for check in json.loads(file.read_text(encoding="utf-8"))]
    counts = Counter(outcome(check) for check in checks)
    print(f"{version}  {name}: " + (", ".join(f"{count} {kind}" for kind, count in counts.items()) or "no checks"))
    for check in checks:
        if outcome(check) == "failed":
            print(f"    {check['id']}: {check.get('errorMessage', '')[:300]}")
    if not checks:
        print(done.stdout[-500:] + done.stderr[-500:])
    return bool(checks) and not counts["failed"]


def outcome(check: dict[str, Any]) -> str:
    if check["status"] != "FAILURE":
        return {"SUCCESS": "passed", "SKIPPED": "not applicable"}.get(check["status"], "told")
    return "without a fixture" if check.get("errorMessage", "").startswith(NEEDS_FIXTURE) else "failed"


if __name__ == "__main__":
    sys.exit(main())
