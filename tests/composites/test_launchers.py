"""Logs that hold no word of the cause but what launchers, libraries and repeated warnings report."""

from __future__ import annotations

import pytest

from pai_dlc_mcp.composites.diagnose.causes import KIND, SPECIFIC
from pai_dlc_mcp.composites.diagnose.evidence import PROGRAM, REPEATED, read_log
from pai_dlc_mcp.composites.diagnose.library_words import of_library

TRACE = ["Traceback (most recent call last):", '  File "/code/train.py", line 7, in <module>']


def cause_of(*lines: str) -> str | None:
    best = read_log(["2027-01-15 08:00:00,000 INFO step 1 | loss 2.3", *lines]).best
    return best.cause.code if best is not None else None


@pytest.mark.parametrize(
    ("report", "cause"),
    [
        ("srun: error: node1: task 3: Aborted (core dumped)", "aborted"),
        ("srun: error: node1: task 3: Killed", "killed"),
        ("srun: error: node1: task 3: Exited with exit code 1", "terminated"),
    ],
)
def test_a_task_that_died_says_more_than_that_its_step_was_cancelled(report: str, cause: str) -> None:
    step = "slurmstepd: error: *** STEP 12.0 ON node1 CANCELLED AT 2027-01-15T08:00:00 ***"
    assert cause_of(step, report) == cause


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("`Process abort signal` is detected by the operating system.", "aborted"),
        ("`Termination signal` is detected by the operating system.", "terminated"),
        ("`Segmentation fault` is detected by the operating system.", "segmentation_fault"),
    ],
)
def test_a_headline_of_paddles_says_less_than_the_line_below_it(said: str, cause: str) -> None:
    rule = "-" * 22
    assert cause_of(rule, "Error Message Summary:", rule, f"FatalError: {said}") == cause


WAITS = "connecting to broker-{} did not succeed, retrying"


@pytest.mark.parametrize("count", [REPEATED, REPEATED - 1])
def test_a_warning_that_comes_again_until_the_end_is_a_complaint_for_all_its_hope(count: int) -> None:
    lines = [f"2027-01-15 08:00:0{n},000 WARNING attempt {10**n} of {WAITS.format(n)}" for n in range(count)]
    assert (cause_of(*lines) is not None) == (count >= REPEATED)


def test_a_warning_that_says_that_it_does_no_harm_is_no_complaint_however_often_it_comes() -> None:
    assert cause_of(*(f"2027-01-15 08:00:0{n},000 WARNING skipping part {n}: not found" for n in range(5))) is None


@pytest.mark.parametrize(
    "text",
    [
        "RuntimeError: oneCCL: unknown state 7", "OSError: (External) BKCL error, BKCL_TIMEOUT in it",
        "RuntimeError: ucc_context said -6", "RuntimeError: HcclCommSplit gave 4", "RuntimeError: CNCL odd answer",
        "RuntimeError: all_gather_into_tensor gave up", "FaultOfItsOwn: MPI_Reduce gave up",
    ],
)  # fmt: skip
def test_an_error_in_any_words_that_names_a_library_of_collectives_is_of_the_collective(text: str) -> None:
    found = of_library(text)
    assert found is not None
    assert cause_of(*TRACE, text) == "collective_timeout"
    assert cause_of(*TRACE, text.replace(":", ": out of memory on the GPU,", 1)) == "gpu_memory"


@pytest.mark.parametrize("text", ["the uccello sang", "a cclass of its own", "all the gatherers", "reduced to tears"])
def test_words_that_only_hold_the_letters_of_such_a_name_name_none(text: str) -> None:
    assert of_library(text) is None


@pytest.mark.parametrize(
    ("writer", "cause"),
    [("btl_tcp_frag.c:241:mca_btl_tcp_frag_recv", "collective_timeout"), ("fetch.c:241:fetch_page", "unreachable")],
)
def test_the_systems_words_for_a_lost_connection_are_the_collectives_where_it_says_them(
    writer: str, cause: str
) -> None:
    assert cause_of(f"ERROR: {writer}: readv failed: Connection timed out (110)") == cause


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("Connection timed out", "collective_timeout"),
        ("No route to host", "unreachable"),
        ("Network is unreachable", "unreachable"),
        ("Permission denied", "file_permission"),
        ("Cannot allocate memory", "host_memory"),
    ],
)
def test_what_the_system_says_beside_a_library_of_collectives_is_no_lost_peer_where_it_says_more(
    reason: str, cause: str
) -> None:
    assert cause_of(f"ERROR: gloo: {reason}") == cause


@pytest.mark.parametrize(
    ("place", "cause"),
    [
        ("core/distributed_runtime/ring_gatherer.cc:100", "collective_timeout"),
        ("xla/service/rendezvous.cc:55", "collective_timeout"),
        ("core/common_runtime/odd_things.cc:100", "error_line"),
    ],
)
def test_an_error_of_a_source_file_of_collectives_is_of_the_collective(place: str, cause: str) -> None:
    assert cause_of(f"2027-01-15 08:00:09.000000: E tensorflow/{place}] something odd here") == cause


@pytest.mark.parametrize(
    ("lines", "cause"),
    [
        (["[ERROR] RTS_HWTS: aicore exception, slot_id=3", "RuntimeError: The Inner error is reported as above."],
         "device_assert"),
        (["[ERROR] nothing of note", "RuntimeError: The Inner error is reported below."], "exception"),
        (["x.cpp:1: fatal error: zoom.h: No such file or directory",
          "RuntimeError: Error compiling objects for extension"], "missing_library"),
        (["RuntimeError: Error compiling objects for extension"], "compile_failed"),
    ],
)  # fmt: skip
def test_an_exception_that_points_at_what_stands_above_says_less_than_that(lines: list[str], cause: str) -> None:
    assert cause_of(lines[0], *TRACE, *lines[1:]) == cause if len(lines) > 1 else cause_of(*TRACE, *lines) == cause


@pytest.mark.parametrize(("function", "cause"), [("from_state_dict", "checkpoint_mismatch"), ("lookup", "exception")])
def test_a_key_that_is_not_there_while_a_state_is_restored_is_the_checkpoints(function: str, cause: str) -> None:
    frame = [
        '  File "/opt/conda/lib/python3.10/site-packages/zoom/serial.py", line 70, in ' + function,
        "    return x[y]",
    ]
    assert cause_of(TRACE[0], *frame, "KeyError: 'Conv_2'") == cause


@pytest.mark.parametrize(
    ("lines", "cause"),
    [
        (["KeyError: 'rank'"], "exception"),
        (["KeyError: 'RANK'"], "missing_variable"),
        (["KeyError: 'world_size'"], "exception"),
        (["KeyError: 'WORLD_SIZE'"], "missing_variable"),
    ],
)
def test_a_key_in_small_letters_is_no_variable_of_the_environment(lines: list[str], cause: str) -> None:
    assert cause_of(*TRACE, *lines) == cause


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ("Failed to compile the module", "compile_failed"),
        ("lowering of the loop gave nothing", "compile_failed"),
        ("the answer is odd", None),
        ("Core halted unexpectedly", "gpu_hardware"),
    ],
)
def test_an_internal_error_of_xla_is_of_the_compiler_only_where_it_says_so(words: str, cause: str | None) -> None:
    best = PROGRAM.best(f"jaxlib.xla_extension.XlaRuntimeError: INTERNAL: {words}")
    assert (best.cause.code if best is not None and best.cause.weight >= KIND else None) == cause


def test_a_crash_that_is_only_one_possible_reason_is_not_taken_for_one() -> None:
    text = "TerminatedWorkerError: the worker is gone. This could be caused by a segmentation fault or by memory."
    found = {one.cause.code for one in PROGRAM.matches(text) if one.cause.weight >= SPECIFIC}
    assert "segmentation_fault" not in found
    assert PROGRAM.best("Segmentation fault (core dumped)") is not None


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("NCCL error(5), invalid usage (run with NCCL_DEBUG=WARN for details)", "invalid_collective"),
        ("Timed out waiting 1800000ms for recv operation to complete", "collective_timeout"),
        ("From /job:ps/replica:0/task:0: Session c4b8 is not found. Possibly, this master has restarted.",
         "collective_timeout"),
        ("rank 0 lost contact with rank 3", "collective_timeout"),
        ("The MPI_Comm_rank() function was called before MPI_INIT was invoked.", "invalid_collective"),
        ("synStatus=26 [Generic failure] Device acquire failed.", "gpu_busy"),
        ("MODULE:PT_DEVMEM Allocation failed for size::268435456 (256)MB", "gpu_memory"),
        ("Native API returns: 20 (UR_RESULT_ERROR_DEVICE_LOST)", "gpu_hardware"),
        ("Invalid handle. Cannot load symbol cudnnGetVersion", "missing_library"),
        ("CUDA backend failed to initialize: odd words of its own", "driver_mismatch"),
        ("This thread has been waiting for `x` for 10 seconds and may be stuck", "collective_timeout"),
        ("Aborting RingReduce with Cancelled", "collective_timeout"),
        ("pkg-config could not find libraries ['avformat']", "missing_library"),
    ],
)  # fmt: skip
def test_exact_words_of_libraries_name_their_cause(text: str, cause: str) -> None:
    best = PROGRAM.best(text)
    assert best is not None
    assert best.cause.code == cause


@pytest.mark.parametrize(
    ("below", "cause"),
    [
        ("RuntimeError: Cannot find a working triton installation.", "missing_module"),
        ("RuntimeError: CUDA error: out of memory", "gpu_memory"),
        ("odd words of no exception", "compile_failed"),
        ("RuntimeError: odd words of its own", "compile_failed"),
    ],
)
def test_an_exception_that_leads_to_the_next_line_says_less_than_what_stands_there(below: str, cause: str) -> None:
    assert cause_of(*TRACE, "torch._dynamo.exc.BackendCompilerFailed: backend='inductor' raised:", below) == cause


def test_an_exception_that_leads_to_nothing_in_the_next_line_keeps_what_it_says() -> None:
    wrapper = "torch._dynamo.exc.BackendCompilerFailed: backend='inductor' raised:"
    assert cause_of(*TRACE, wrapper, "", "a line", "", "a line", "KeyError: 'c'") == "compile_failed"


@pytest.mark.parametrize(
    ("function", "cause"),
    [("_get_config_dict", "bad_settings_file"), ("load_yaml", "bad_settings_file"), ("load_jsonl", "corrupt_data"),
     ("reconfigured_reader", "corrupt_data")],
)  # fmt: skip
def test_bytes_that_are_no_text_are_settings_where_a_function_reads_settings(function: str, cause: str) -> None:
    lines = [TRACE[0], f'  File "/code/x.py", line 7, in {function}', "    read(path)"]
    assert cause_of(*lines, "UnicodeDecodeError: 'utf-8' codec can't decode byte 0x80: invalid start byte") == cause
