"""Builds wheel and sdist, installs each with nothing but pip into an environment of its own, and runs the tour there.

``make release-check``. Network: pip fetches the build backend and the dependencies. The exit code is not 0 as soon as
something is missing, names another version, or the tour does not end as announced.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
IN_WHEEL = ("pai_dlc_mcp/cli.py", "pai_dlc_emulator/contract.json", "pai_dlc_mcp/_documents/SKILL.md")
PAGE = "pai_dlc_mcp/web/dist/index.html"
IN_SDIST = (
    "pyproject.toml",
    "hatch_build.py",
    "server/pai_dlc_mcp/web/package.json",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "SKILL.md",
    "server/pai_dlc_mcp/cli.py",
)


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
    has_npm = shutil.which("npm") is not None
    if package.suffix == ".whl":
        held = set(zipfile.ZipFile(package).namelist())
        needless = [f"no {name}" for name in held if "/web/" in name and "/web/dist/" not in name]
        return [*(name for name in (*IN_WHEEL, *([PAGE] if has_npm else [])) if name not in held), *needless]
    with tarfile.open(package) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    return [name for name in (*IN_SDIST, *([f"server/{PAGE}"] if has_npm else [])) if name not in held]


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
    page = page_of(command, folder)
    return f"ok    {package.name}: {len(tools)} tools, {last['steps']} steps of the tour in {last['seconds']} s, {page}"


def page_of(command: Path, folder: Path) -> str:
    """Whether the installed package serves the page; without npm it has none, and the command says so."""
    dashboard = subprocess.Popen([command, "dashboard", "--emulator"], cwd=folder, stdout=-1, stderr=-1, text=True)
    try:
        assert dashboard.stdout is not None
        address = dashboard.stdout.readline().strip()
        if not address:
            _, said = dashboard.communicate()
            return "no page: " + said.strip() if shutil.which("npm") is None else sys.exit(said)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(address) as answer:
            if b"<script" not in answer.read():
                sys.exit(f"{address} serves no page")
        return "the page"
    finally:
        dashboard.kill()
        dashboard.wait()


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
