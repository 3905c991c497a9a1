"""The reference of the clients: it names each of them and where its snippet goes."""

from __future__ import annotations

from pai_dlc_mcp import documents
from pai_dlc_mcp.commands.config import CLIENTS


def test_the_reference_names_every_client_and_where_its_snippet_goes() -> None:
    rows = [line for line in documents.reference("client-setup").splitlines() if line.startswith("| ")]
    listed = {cells[1].strip() for line in rows if len(cells := line.split("|")) == 5}
    assert set(CLIENTS) <= listed
