"""The file of tokens, where two processes change it."""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

from pai_dlc_mcp.config.tokens import add_token, read_tokens


def test_a_token_is_added_when_another_process_has_done_with_the_file(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    add_token(file, "ann", now=1_000_000.0)
    handle = os.open(tmp_path / "tokens.lock", os.O_WRONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    adding = threading.Thread(target=add_token, args=(file, "bob"), kwargs={"now": 1_000_000.0})
    adding.start()
    adding.join(0.3)
    assert adding.is_alive()
    assert "bob" not in file.read_text()
    os.close(handle)
    adding.join(30)
    assert "bob" in file.read_text()
    assert len(read_tokens(file)) == 2
