"""What an error advises says less than what it says happened: it may name anything that the program depends on."""

from __future__ import annotations

import pytest

from pai_dlc_mcp.composites.diagnose.evidence import read_log
from pai_dlc_mcp.composites.diagnose.wording import of_words

from .test_families import WORDED, WORDED_IN_CHINESE

ADVICE = [
    ("missing_file", "Please check that the folder /mnt/x exists"),
    ("gpu_memory", "Please make sure there is not enough GPU memory in use elsewhere"),
    ("credential", "Check whether authentication failed"),
    ("shared_memory", "Check whether the shared memory is too small"),
    ("port_in_use", "Verify that port 8081 is not already in use"),
    ("unreachable", "请检查网络连接失败的原因"),
]


def known(text: str) -> str | None:
    found = of_words(text)
    return None if found is None else found.cause.code


@pytest.mark.parametrize(("advised", "advice"), ADVICE, ids=[advised for advised, _ in ADVICE])
@pytest.mark.parametrize(
    ("cause", "text"),
    [one for one in (*WORDED, *WORDED_IN_CHINESE) if one[0] != "bad_settings_file"],
    ids=lambda value: value[:40],
)
def test_what_an_error_says_is_heard_before_what_it_advises(cause: str, text: str, advised: str, advice: str) -> None:
    assert known(f"{text}. {advice}") == cause


@pytest.mark.parametrize(("advised", "advice"), ADVICE, ids=[advised for advised, _ in ADVICE])
@pytest.mark.parametrize(
    "text", ["FooError: the step was not done", "AdapterError: rank 64 is greater than max_rank 16", ""]
)
def test_advice_is_heard_where_the_error_says_nothing_or_only_the_commonest_words(
    text: str, advised: str, advice: str
) -> None:
    assert known(f"{text}. {advice}") == advised


@pytest.mark.parametrize("said", ["the folder exists", "if the path /data/x exists", "that checkpoint_3 exists there"])
def test_a_thing_whose_presence_is_to_be_checked_is_missing_and_not_in_the_way(said: str) -> None:
    assert known(f"FooError: make sure {said}") == "missing_file"
    assert known("FooError: the folder /data/x already exists") == "file_exists"


@pytest.mark.parametrize(
    "text",
    [
        "please check the logs",
        "Worker 3 failed, please check its output",
        "please check the stack trace above",
        "please see the log of rank 0 for details",
        "it did not work",
        "the run was not successful",
        "not ready",
    ],
)
@pytest.mark.parametrize("raised", ["RuntimeError: ", "ERROR: ", ""])
def test_everyday_words_name_no_cause(raised: str, text: str) -> None:
    best = read_log([raised + text]).best
    assert best is None or best.cause.code in ("exception", "error_line", "child_killed", "terminated")


def test_what_is_to_be_checked_of_the_settings_is_about_settings() -> None:
    assert known("RuntimeError: please check the values") == "bad_settings_file"
    assert known("RuntimeError: please check the logs") is None
