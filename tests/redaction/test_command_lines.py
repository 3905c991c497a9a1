"""Where a command begins and ends, and what is printed into a tool that reads a secret."""

from __future__ import annotations

import pytest

from pai_dlc_mcp.redaction.engine import clean_text

STDIN = "docker login --password-stdin"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("done; mysql -pabcd", "done; mysql -p***"),
        ("a | b && c\nmysql -pabcd", "a | b && c\nmysql -p***"),
        ("mysql -pabcd\nx -pefgh; y", "mysql -p***\nx -pefgh; y"),
        ("mysql -pabcd; x -pefgh; y", "mysql -p***; x -pefgh; y"),
        ("mysql - abcd", "mysql - abcd"),
        ("mysql -=abcd", "mysql -=abcd"),
        ("smbclient -Uabcd -U efgh", "smbclient -Uabcd -U ***"),
        ("redis-cli -aabcd -a efgh", "redis-cli -a*** -a ***"),
    ],
)
def test_r65_an_option_is_a_tools_own_up_to_the_end_of_its_command(text: str, shown: str) -> None:
    assert clean_text(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"echo abcdef | {STDIN}", f"echo *** | {STDIN}"),
        (f"x; echo -n 'ab cd' | {STDIN}", f"x; echo -n '***' | {STDIN}"),
        (f"printf '%s\\n' abcdef | {STDIN}", f"printf '%s\\n' *** | {STDIN}"),
        (f"echo echo abcdef | {STDIN}", f"echo echo *** | {STDIN}"),
        (f"printf abcdef | {STDIN} || echo bad", f"printf *** | {STDIN} || echo bad"),
        ("echo root:abcdef | chpasswd", "echo *** | chpasswd"),
        (f"echo password=abcdef | {STDIN}", f"echo password=*** | {STDIN}"),
        (f"echo one | sort\necho two | {STDIN}", f"echo one | sort\necho *** | {STDIN}"),
        (f"echo one |\n{STDIN} | echo two", f"echo one |\n{STDIN} | echo two"),
        (f"echo one | tr a b | {STDIN}", f"echo one | tr a b | {STDIN}"),
        (f"echo $TOKEN | {STDIN}", f"echo $TOKEN | {STDIN}"),
        (f"cat abcdef | {STDIN}", f"cat abcdef | {STDIN}"),
        (f"echo one two | {STDIN}", f"echo one two | {STDIN}"),
        (f"echo abcdef {STDIN}", f"echo abcdef {STDIN}"),
        (f"echo {'a' * 300} | {STDIN}", f"echo *** | {STDIN}"),
    ],
)
def test_r65_what_is_printed_into_a_tool_that_reads_a_secret_is_masked(text: str, shown: str) -> None:
    assert clean_text(text) == shown
