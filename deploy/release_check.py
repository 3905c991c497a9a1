"""Builds wheel and sdist, installs each with nothing but pip into an environment of its own, and runs the tour there.

``make release-check``. Network: pip fetches the build backend and the dependencies. The exit code is not 0 as soon as
something is missing, names another version, or the tour does not end as announced.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
IN_WHEEL = ("pai_dlc_mcp/cli.py", "pai_dlc_emulator/contract.json", "pai_dlc_mcp/_documents/SKILL.md")
IN_SDIST = ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "SKILL.md", "server/pai_dlc_mcp/cli.py")


def run(*words: str | Path, cwd: Path = ROOT) -> str:
    """Output of a command that must succeed."""
    done = subprocess.run([str(word) for word in words], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, words))} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def environment(folder: Path, *install: str) -> Path:
    """A new environment with these installed by pip; its folder of programs."""
    venv.create(folder, with_pip=True)
    programs = folder / ("Scripts" if sys.platform == "win32" else "bin")
    run(programs / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *install)
    return programs


def built(folder: Path) -> list[Path]:
    programs = environment(folder / "build", "build>=1.2")
    run(programs / "python", "-m", "build", "--outdir", folder / "dist", ROOT)
    return sorted((folder / "dist").iterdir())


def missing(package: Path) -> list[str]:
    """What the package ought to hold and does not."""
    if package.suffix == ".whl":
        held = set(zipfile.ZipFile(package).namelist())
        return [name for name in IN_WHEEL if name not in held]
    with tarfile.open(package) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    return [name for name in IN_SDIST if name not in held]


def check(package: Path, folder: Path) -> str:
    """Install the package and run what a newcomer runs; the line of the report."""
    if absent := missing(package):
        sys.exit(f"{package.name} lacks {', '.join(absent)}")
    command = environment(folder / package.suffix.strip("."), str(package)) / "pai-dlc-mcp"
    version = run(command, "--version").split()[-1]
    if f"-{version}" not in package.name:
        sys.exit(f"{package.name} says that it is {version}")
    run(command, "skill", "--install", folder / "skills")
    # The report's last line says how the tour ended.
    last = json.loads(run(command, "demo", "--json", cwd=folder).splitlines()[-1])
    if not last["ok"]:
        sys.exit(f"{package.name}: {last}")
    tools = json.loads(run(command, "tools", "--json", "--toolsets", "all"))
    return f"ok    {package.name}: {len(tools)} tools, {last['steps']} steps of the tour in {last['seconds']} s"


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        packages = built(folder)
        if {package.suffix for package in packages} != {".whl", ".gz"}:
            sys.exit(f"built {[package.name for package in packages]}, not a wheel and an sdist")
        for package in packages:
            print(check(package, folder), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
