"""What libraries say of themselves: NCCL's warnings, Ascend's codes, and files that are no JSON."""

from __future__ import annotations

import pytest

from pai_dlc_mcp.composites.diagnose.error_numbers import BY_ASCEND, of_number
from pai_dlc_mcp.composites.diagnose.evidence import read_log

PARTS = (
    "configure_ep:213 NCCL WARN NET/OFI", "ib_plugin.c:88 NCCL WARN NET/IBext_v9 :", "ibvwrap.c:66 NCCL WARN ibv_open:",
    "sharp_plugin.c:203 NCCL WARN", "ucx_plugin.c:210 NCCL WARN", "gdrwrap.cc:205 NCCL WARN",
    "fastsocket.cc:31 NCCL WARN NET/FastSocket :", "shim.cc:88 NCCL WARN NET/FasTrak",
)  # fmt: skip
REASONS = (
    "Cannot connect to the daemon", "open failed: No such file or directory", "returned error -Input/output error",
    "connect to 10.1.0.2 timed out", "failed: Resource temporarily unavailable", "refused: Permission denied",
)  # fmt: skip


def _cause(*lines: str) -> str | None:
    best = read_log(["step 10 loss 2.3", *lines]).best
    return best.cause.code if best is not None else None


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("part", PARTS)
def test_a_warning_of_the_fast_network_says_so_whatever_the_systems_reason(part: str, reason: str) -> None:
    assert _cause(f"node3:771:902 [1] {part} {reason}") == "rdma"


@pytest.mark.parametrize("reason", REASONS)
def test_any_other_warning_of_nccl_is_of_the_collective_and_not_of_files_or_storage(reason: str) -> None:
    assert _cause(f"node3:771:902 [1] misc/socket.cc:484 NCCL WARN call {reason}") == "collective_timeout"


def test_a_warning_of_nccl_about_memory_keeps_its_words() -> None:
    assert _cause("node3:1:2 [1] include/alloc.h:1 NCCL WARN Cuda failure 2 'out of memory'") == "gpu_memory"


@pytest.mark.parametrize("code", BY_ASCEND)
def test_a_code_of_ascends_speaks_by_itself(code: str) -> None:
    found = of_number(f"{code}: [PID: 331] words that nobody knows")
    assert found is not None
    assert found.cause.code == BY_ASCEND[code][0]


@pytest.mark.parametrize(
    ("frame", "source", "cause"),
    [
        ("in load_ds_config", "return json.load(handle)", "bad_settings_file"),
        ("in main", "settings = json.load(open(path))", "bad_settings_file"),
        ("in load_jsonl", "return [json.loads(one) for one in handle]", "corrupt_data"),
        ("in __getitem__", "row = json.loads(self.lines[at])", "corrupt_data"),
    ],
)
def test_what_is_no_json_is_a_settings_file_where_the_traceback_names_settings(
    frame: str, source: str, cause: str
) -> None:
    lines = (
        "Traceback (most recent call last):",
        f'  File "/code/part.py", line 12, {frame}',
        f"    {source}",
        '  File "/usr/lib/python3.10/json/decoder.py", line 337, in decode',
        "    obj, end = self.raw_decode(s, idx=_w(s, 0).end())",
        "json.decoder.JSONDecodeError: Extra data: line 1 column 120 (char 119)",
    )
    assert _cause(*lines) == cause


def test_an_ascend_kernel_that_waited_for_a_rank_in_vain_is_no_fault_of_the_kernel() -> None:
    last = "RuntimeError: ACL stream synchronize failed, error code:507014"
    waits = "EI0002: The wait execution of the Notify register times out."
    assert _cause(waits, last) == "collective_timeout"
    assert _cause(last) == "device_assert"


def test_an_ended_process_is_no_network_for_the_letters_in_its_name() -> None:
    assert _cause("Exception: The frobnicator process has shutdown") != "rdma"
    assert _cause("ERROR: RoCE link down on bond0") == "rdma"


def test_a_launchers_report_of_an_abort_says_more_than_that_something_ended() -> None:
    report = "Container rank 0 status failed cmd ['python', 'train.py'] code -6 log log/a.log"
    assert _cause("LAUNCH ERROR 2026-10-25 15:17:31,067 Container failed !!!", report) == "aborted"
    assert _cause("RuntimeError: NCCL error: unhandled system error", report) == "collective_timeout"


def test_a_warning_that_comes_again_and_again_at_the_end_is_what_a_program_could_not_get_over() -> None:
    tries = [f"[LightGBM] [Warning] Connecting to rank 3 failed, waiting for {wait} milliseconds" for wait in range(4)]
    assert _cause(*tries) == "unreachable"
    assert _cause(*tries[:2]) is None
