"""What all words of a log say where its strongest words say little, and where an exception follows a line that ended
nothing."""

from __future__ import annotations

import pytest

from pai_dlc_mcp.composites.diagnose import second_look
from pai_dlc_mcp.composites.diagnose.causes import GENERIC, SPECIFIC
from pai_dlc_mcp.composites.diagnose.evidence import read_log
from pai_dlc_mcp.composites.diagnose.findings import Finding
from pai_dlc_mcp.composites.diagnose.likeness import clearest, of_record, scores
from pai_dlc_mcp.composites.diagnose.records import read_records

TRACE = ["Traceback (most recent call last):", '  File "/opt/app/train.py", line 7, in <module>']
CLEAR = "the restored optimizer states failed: nothing of the checkpoint goes with this tensor name"
"""A line that no table knows, and whose words speak for ``checkpoint_mismatch`` alone."""
UNCLEAR = "the optimizer states failed"
"""A line whose words speak for the same cause, but less than is asked of a line beside the one that decides."""
TRACKER = "Checkpoint tracker file does not exist: /mnt/out/latest.txt"
OTHER = "TypeError: ServerArgs.__init__() got an unexpected keyword argument 'mm_backend'"
"""An exception that no table knows, and whose words speak for ``import_failed``."""


def best_of(*lines: str) -> Finding:
    best = read_log(list(lines)).best
    assert best is not None
    return best


@pytest.mark.parametrize("end", ["AssertionError", "OddError: wibble"])
def test_where_the_end_says_little_a_line_before_it_is_heard_whose_words_are_clear(end: str) -> None:
    best = best_of(CLEAR, *TRACE, end)
    assert (best.cause.code, best.cause.weight, best.is_generic) == ("checkpoint_mismatch", GENERIC, True)
    assert best.text == CLEAR
    assert (best.start, best.end) == (0, len(CLEAR))


@pytest.mark.parametrize(
    "line", [f"INFO {CLEAR}", f"WARNING {CLEAR}", f"DEBUG {CLEAR}", f"retrying, {CLEAR}", f"Solution: {CLEAR}", UNCLEAR,
             f"UserWarning: {CLEAR}", "the restored optimizer states: the checkpoint goes with this tensor name"],
)  # fmt: skip
def test_what_informs_advises_does_not_complain_or_is_not_clear_is_not_heard(line: str) -> None:
    assert best_of(line, *TRACE, "AssertionError").cause.code == "assertion"


@pytest.mark.parametrize(
    ("end", "cause"),
    [
        ("ZeroDivisionError: division by zero", "exception"),
        ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB", "gpu_memory"),
        ("FileNotFoundError: [Errno 2] No such file or directory: '/mnt/a.txt'", "missing_file"),
    ],
)
def test_an_end_that_says_all_needs_no_other_line(end: str, cause: str) -> None:
    assert best_of(CLEAR, *TRACE, end).cause.code == cause


def test_what_comes_after_the_end_is_not_heard() -> None:
    late = f"2027-01-15 08:00:00,000 ERROR {CLEAR}"
    assert best_of(*TRACE, "AssertionError", late).cause.code == "assertion"
    assert best_of(late, *TRACE, "AssertionError").cause.code == "checkpoint_mismatch"
    assert best_of("ERROR: odd frobnication", CLEAR).cause.code == "checkpoint_mismatch"


def test_an_exception_that_was_caught_is_not_heard_among_the_other_lines() -> None:
    caught = [*TRACE, f"OddError: {CLEAR}", *(f"step {number} loss 1.{number}" for number in range(20))]
    assert best_of(*caught, *TRACE, "AssertionError").cause.code == "assertion"


def test_of_several_lines_the_clearest_is_heard() -> None:
    lines = [CLEAR, "Odd cuda line: device ordinal of the GPU invalid"]
    for order in (lines, lines[::-1]):
        found = clearest(read_records(order))
        assert found is not None
        assert (found[0].message, found[1].code) == (CLEAR, "checkpoint_mismatch")
    assert clearest(read_records([UNCLEAR])) is None
    (first, _), (second, _), *_ = scores(of_record(read_records([UNCLEAR])[0]))
    assert first - second > 0.5


def test_only_the_last_lines_that_complain_are_compared() -> None:
    quiet = [f"widget {number} failed oddly" for number in range(second_look.MOST_OTHERS)]
    assert best_of(CLEAR, *quiet[1:], *TRACE, "AssertionError").cause.code == "checkpoint_mismatch"
    assert best_of(CLEAR, *quiet, *TRACE, "AssertionError").cause.code == "assertion"


def test_an_exception_after_a_line_that_ended_nothing_is_heard_where_its_words_are_clear() -> None:
    best = best_of(TRACKER, *TRACE, OTHER)
    assert (best.cause.code, best.cause.weight, best.is_generic, best.final) == ("import_failed", SPECIFIC, True, True)
    assert best.text == OTHER


@pytest.mark.parametrize(
    "lines",
    [
        [TRACKER],
        [TRACKER, *TRACE, "TypeError: odd frobnication"],
        [TRACKER, *TRACE, "RuntimeError: the child process died unexpectedly of a signal"],
        [*TRACE, OTHER, TRACKER],
        [TRACKER, *TRACE, OTHER, *(f"step {number} loss 1.{number}" for number in range(20))],
    ],
    ids=["no exception", "unclear", "a consequence", "before", "caught"],
)
def test_the_line_stands_where_no_clear_exception_follows(lines: list[str]) -> None:
    assert best_of(*lines).cause.code == "checkpoint_missing"


def test_the_words_below_an_exception_count_where_its_own_line_has_none() -> None:
    below = "     nothing of the restored optimizer states goes with this tensor name"
    assert best_of(*TRACE, "RuntimeError: ", below).cause.code == "checkpoint_mismatch"
    assert best_of(*TRACE, "OddError: wibble", below).cause.code == "exception"


def test_an_error_that_names_no_cause_may_be_most_like_a_consequence() -> None:
    assert best_of("ERROR: the peers of the ring were cancelled in the collective").cause.code == "collective_timeout"
    assert best_of("ERROR: the workers were cancelled").cause.code == "error_line"
    assert best_of(*TRACE, "FooError: there is no such mode: the peers of the ring were cancelled").cause.code not in (
        "collective_timeout", "terminated")  # fmt: skip


def test_a_line_below_the_last_exception_explains_no_more_than_it_unless_its_words_are_exact() -> None:
    raised = [*TRACE, "OddError: wibble"]
    after = "2027-01-15 08:00:00,000 ERROR launcher: Rank 6 crashed: invalid setting of the run"
    assert best_of(after).cause.code == "bad_settings_file"
    assert best_of(*raised, after).cause.code == "exception"
    exact = "2027-01-15 08:00:00,000 ERROR CUDA out of memory. Tried to allocate 2 GiB"
    assert best_of(*raised, exact).cause.code == "gpu_memory"


def test_a_bare_error_says_less_than_a_lost_peer() -> None:
    lost = "n1:66:66 [0] include/socket.h:385 NCCL WARN Net : Connection closed by remote peer"
    bare = "ERROR: failure count == 3 -> stop running"
    assert best_of(bare).cause.code == "error_line"
    assert best_of(lost, bare).cause.code == "collective_timeout"
    assert best_of(bare, lost).cause.code == "collective_timeout"


@pytest.mark.parametrize(
    ("lines", "cause"),
    [
        (["torch._dynamo.exc.TorchRuntimeError: Failed running call_function add:",
          "Attempting to broadcast a dimension of length 7 at -1! Mismatching argument at index 1 had torch.Size([7])"],
         "shape_mismatch"),
        (["ray.exceptions.RayActorError: The actor died unexpectedly.",
          "The actor is dead because its node has died. Node Id: 677d"], "node_lost"),
        (["datasets.exceptions.DatasetGenerationError: No module named 'soundfile'"], "missing_module"),
        (["torch._dynamo.exc.TorchRuntimeError: Failed running call_function add:", "odd frobnication"],
         "compile_failed"),
        (["datasets.exceptions.DatasetGenerationError: An error occurred while generating the dataset"],
         "corrupt_data"),
    ],
)  # fmt: skip
def test_an_exception_that_passes_on_what_failed_in_it_says_what_its_words_say(lines: list[str], cause: str) -> None:
    assert best_of(*TRACE, *lines).cause.code == cause


def test_an_environment_that_could_not_be_made_is_no_missing_file() -> None:
    missing = "EnvironmentNameNotFound: Could not find conda environment: train"
    assert best_of(missing).cause.code == "missing_file"
    terms = "CondaToSNonInteractiveError: Terms of Service have not been accepted for the following channels."
    assert best_of(terms, missing).cause.code == "no_terminal"
    killed = "/opt/conda/etc/profile.d/conda.sh: line 1:    88 Killed                  ( conda env create )"
    assert best_of(killed, missing).cause.code in ("killed", "child_killed")


def test_a_text_that_was_not_decoded_is_the_settings_where_the_exception_raised_for_it_says_so() -> None:
    decoding = [*TRACE, "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xfe in position 0: invalid start byte"]
    handling = ["During handling of the above exception, another exception occurred:", ""]
    config = [*TRACE, "ValueError: Expected a string path to an existing deepspeed config, or a dictionary"]
    assert best_of(*decoding).cause.code == "corrupt_data"
    assert best_of(*decoding, *handling, *config).cause.code == "bad_settings_file"
    assert best_of(*decoding, *config).cause.code == "corrupt_data"
    assert best_of(*decoding, *handling, *TRACE, "OddError: wibble").cause.code == "corrupt_data"
    missing = [*TRACE, "FileNotFoundError: [Errno 2] No such file or directory: '/mnt/a.json'"]
    assert best_of(*missing, *handling, *config).cause.code == "missing_file"


def test_a_program_that_ends_its_own_processes_was_not_killed_from_outside() -> None:
    lost = "RuntimeError: Gloo connectFullMesh failed with [../gloo/transport/tcp/pair.cc:144] no error"
    own = "[2025-01-30 18:11:34] Received sigquit from a child proces. It usually means the child failed."
    assert best_of(*TRACE, lost, own, "Killed").cause.code == "collective_timeout"
    assert best_of(own, "Killed").cause.code != "killed"
    assert best_of(own, *("step of the run" for _ in range(9)), "Killed").cause.code == "killed"
    assert best_of("Killed").cause.code == "killed"


def test_what_launchers_write_below_an_exception_is_not_its_cause() -> None:
    assert best_of(*TRACE, "OddError: wibble", "Killing subprocess 2310").cause.code == "exception"
    assert best_of("ERROR: Killing all remaining subprocesses of the launcher, terminated").cause.code != "exception"


def test_a_process_that_says_much_more_got_over_an_exception() -> None:
    raised = [*TRACE, "OddError: wibble"]
    said = [f"2027-01-15 08:00:{second:02},000 INFO saving part {second} of the state" for second in range(13)]
    assert read_log([*raised, *said[:11]]).uncaught
    assert not read_log([*raised, *said]).uncaught


def test_an_exact_message_goes_before_the_name_that_it_stands_behind() -> None:
    best = best_of(*TRACE, "FileNotFoundError: odd, Name or service not known")
    assert best.cause.code == "name_resolution"
    assert best_of(*TRACE, "FileNotFoundError: odd frobnication, failed").cause.code == "missing_file"
    assert best_of(*TRACE, "ray.exceptions.OutOfMemoryError: terminated by the node").cause.code == "host_memory"


def test_the_workers_of_a_node_that_was_marked_dead_died_of_it() -> None:
    dead = "2022-10-17 12:23:49,079 WARNING worker.py:1829 -- The node with node id: a5f8 has been marked dead because"
    crashed = [*TRACE, "ray.exceptions.WorkerCrashedError: The worker died unexpectedly while executing this task."]
    assert best_of(*crashed).cause.code == "child_killed"
    assert best_of(dead, *crashed).cause.code == "node_lost"
    assert best_of(*crashed, dead).cause.code == "child_killed"
    other = [*TRACE, "RuntimeError: CUDA out of memory. Tried to allocate 2 GiB"]
    assert best_of(dead, *other).cause.code == "gpu_memory"


def test_what_loads_a_file_and_was_given_none_misses_it() -> None:
    frame = '  File "/opt/conda/lib/python3.7/site-packages/sentencepiece/__init__.py", line 171, in LoadFromFile'
    load = "    return _sentencepiece.SentencePieceProcessor_LoadFromFile(self, arg)"
    raised = [TRACE[0], frame, load, "TypeError: not a string"]
    assert best_of(*raised).cause.code == "missing_file"
    assert (
        best_of(TRACE[0], frame, "    return self.decode(arg)", "TypeError: not a string").cause.code != "missing_file"
    )
    assert best_of(*raised[:3], "RuntimeError: not a string").cause.code != "missing_file"


def test_a_failed_check_without_words_stays_one() -> None:
    check = (
        "xgboost.core.XGBoostError: b'[18:53:36] /src/host_device_vector.cu:355: Check failed: a_.Empty() || b.Empty()"
    )
    assert best_of(*TRACE, check).cause.code == "assertion"
