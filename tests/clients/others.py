"""``make clients``: others' clients that need more than Python packages, against the emulator; prints what ran.

    python tests/clients/others.py MODULES     MODULES is the folder into which npm installed the cores for Node.js

Exit code 1 where one did not do its work.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from clients.driving import HERE, Drive, drive
from clients.environments import NNI_SCRIPT, folder, install, is_installed, python_of

ADAPTER = {"CreateJob": 1, "GetJob": 1, "StopJob": 1}


def run_all(modules: Path, home: Path) -> dict[str, Drive]:
    """Each client's drive by its name."""
    for name in ("alipai", "first-sdk", "nni"):
        if not is_installed(name):
            install(name)
    nni = [sys.executable, str(HERE / "nni_at.py"), str(folder("nni") / NNI_SCRIPT)]
    return {
        "the PAI SDK, alipai": drive([python_of("alipai"), str(HERE / "tour_alipai.py")], home=home),
        "the first official SDKs": drive(
            [sys.executable, str(HERE / "tour_first_sdk.py")], home=home, path=folder("first-sdk")
        ),
        "the cores for Node.js": drive(["node", str(HERE / "tour_node.mjs"), str(modules)], home=home),
        "NNI's adapter, its endpoint and pauses replaced": drive(
            nni, home=home, path=folder("nni"), given="update_status\ntracking_url\nstop\n"
        ),
    }


def main() -> int:
    is_right = True
    with tempfile.TemporaryDirectory() as home:
        drives = run_all(Path(sys.argv[1]).resolve(), Path(home))
    for name, ended in drives.items():
        wanted = ADAPTER if name.startswith("NNI") else {}
        did = ended.code == 0 and not ended.refused and all(ended.calls[key] >= least for key, least in wanted.items())
        is_right = is_right and did
        print(f"{ended.line(name)} ({' '.join(ended.output.split())[:120]}){'' if did else ': NOT RIGHT'}")
        if not did:
            print(ended.errors[-2000:], file=sys.stderr)
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
