"""What of a private key is masked where its first line is not in the text."""

from __future__ import annotations

import pytest

from pai_dlc_mcp.redaction.engine import clean_text

END = "-----END RSA PRIVATE KEY-----"
LINE = "k" * 20


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"done!\n{LINE}\nx {END}", "done!\n***"),
        (f"done!\n{LINE}\n{LINE}\nx {END}", "done!\n***"),
        (f"two words {LINE}{END}", "two words ***"),
        (f"a\tb 'c' \"d\" {LINE}{END}", "a\tb 'c' \"d\" ***"),
        (f"key='{LINE}{END}'", "key='***'"),
    ],
)
def test_r65_the_line_or_word_right_before_its_last_line_is_a_keys(text: str, shown: str) -> None:
    assert clean_text(text) == shown
