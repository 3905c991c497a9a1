"""Start and memory of other people's MCP servers for clusters, beside ours, where ``make peers`` has installed them.

They are given an address where nobody answers and keys that are nobody's: what is measured is the way from the spawn to
the list of tools, and what a server holds that nobody calls.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import anyio
import anyio.to_thread

from .figures import Figure, note
from .pairs import ratio
from .startup import memory_at_rest, until_listed

INSTALLED = Path(__file__).parents[2] / ".peers"
PAIRS = 5
_CLUSTER = """apiVersion: v1
kind: Config
clusters: [{name: nobody, cluster: {server: "http://127.0.0.1:9"}}]
users: [{name: nobody, user: {token: nobody}}]
contexts: [{name: nobody, context: {cluster: nobody, user: nobody}}]
current-context: nobody
"""
_KEYS = {"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nobody"}


def installed() -> Iterator[tuple[str, str]]:
    """The peers that are there: the name to show, with the version, and the program."""
    for found in sorted(INSTALLED.glob("node_modules/kubernetes-mcp-server-*/bin/kubernetes-mcp-server-*")):
        yield "kubernetes-mcp-server (Go)", str(found)
    for found in sorted(INSTALLED.glob("eks/bin/awslabs.eks-mcp-server")):
        yield "awslabs.eks-mcp-server (Python)", str(found)


async def main() -> None:
    peers = list(installed())
    if not peers:
        print("no peers to compare with: `make peers` installs them")
    with tempfile.TemporaryDirectory() as directory:
        cluster = Path(directory, "config")
        await anyio.Path(cluster).write_text(_CLUSTER)
        for name, program in peers:
            await _compare(name, program, {**_KEYS, "KUBECONFIG": str(cluster)})


async def _compare(name: str, program: str, environment: dict[str, str]) -> None:
    async def ours() -> float:
        return await anyio.to_thread.run_sync(until_listed, "-m", "pai_dlc_mcp", "serve", "--state", "memory")

    async def theirs() -> float:
        return await anyio.to_thread.run_sync(lambda: until_listed(program=program, **environment))

    for way in (ours, theirs):  # the first start of either fills caches
        await way()
    await ratio(f"spawn to tools/list, beside {name}", ours, theirs, pairs=PAIRS)
    resident = await anyio.to_thread.run_sync(lambda: memory_at_rest(program=program, **environment))
    note(Figure(f"memory at rest of {name}", resident, "MB"))
