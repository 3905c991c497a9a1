"""What the type of an exception, the code that raised it and what came after it say of a failure."""

from __future__ import annotations

import builtins

import pytest

from pai_dlc_mcp.composites.diagnose import exceptions
from pai_dlc_mcp.composites.diagnose.causes import GENERIC, KIND
from pai_dlc_mcp.composites.diagnose.causes_code import PROGRAM_EXCEPTION
from pai_dlc_mcp.composites.diagnose.decision import decide
from pai_dlc_mcp.composites.diagnose.evidence import read_log
from pai_dlc_mcp.composites.diagnose.exceptions import of_interface, uncaught
from pai_dlc_mcp.composites.diagnose.explanation import explain
from pai_dlc_mcp.composites.diagnose.verdict import Verdict

from .building import failed

OWN = ["Traceback (most recent call last):", '  File "/code/train.py", line 7, in <module>', "    run(x)"]
PACKAGE = [*OWN, '  File "/opt/lib/python3.11/site-packages/pkg/core.py", line 9, in run', "    other.use(x)"]
SETTINGS = [*OWN, '  File "/opt/lib/python3.11/site-packages/mmengine/registry/build_functions.py", line 9, in build']


def verdict_on(lines: list[str], code: int = 1) -> Verdict:
    event = f"2027-01-15T08:01:40Z Warning ContainerExited Container main exited with code {code}: x."
    material = failed({0: ["2027-01-15 08:00:00,000 INFO step 1 | loss 2.3", *lines]}, {0: [event]})
    return explain(material, decide(material))


@pytest.mark.parametrize(
    ("trace", "text", "cause"),
    [
        (OWN, "TypeError: Plan.__init__() got an unexpected keyword argument 'depth'", "import_failed"),
        (PACKAGE, "AttributeError: 'Cache' object has no attribute 'seen'", "import_failed"),
        (OWN, "AttributeError: 'Cache' object has no attribute 'seen'", "exception"),
        (PACKAGE, "AttributeError: 'NoneType' object has no attribute 'seen'", "exception"),
        (PACKAGE, "TypeError: step() missing 1 required positional argument: 'x'", "import_failed"),
        (OWN, "TypeError: step() missing 1 required positional argument: 'x'", "exception"),
        (SETTINGS, "TypeError: step() missing 1 required positional argument: 'x'", "bad_settings_file"),
        (PACKAGE, "KeyError: 'seen'", "exception"),
    ],
)
def test_a_call_that_does_not_fit_is_about_versions_only_where_packages_make_it(
    trace: list[str], text: str, cause: str
) -> None:
    verdict = verdict_on([*trace, text])
    assert (verdict.cause, verdict.confidence) == (cause, "medium")


@pytest.mark.parametrize(
    ("frame", "cause"),
    [
        ("/opt/lib/python3.11/site-packages/torch/distributed/checkpoint/planner.py", "checkpoint_mismatch"),
        ("/opt/lib/python3.11/site-packages/omegaconf/base.py", "bad_settings_file"),
        ("/opt/lib/python3.11/site-packages/urllib3/util/retry.py", "unreachable"),
        ("/opt/lib/python3.11/site-packages/torch/_inductor/graph.py", "compile_failed"),
        ("/opt/lib/python3.11/site-packages/PIL/Image.py", "corrupt_data"),
        ("/usr/lib/python3.11/multiprocessing/reduction.py", "pickling"),
        ("/opt/lib/python3.11/site-packages/torch/utils/data/_utils/collate.py", "shape_mismatch"),
    ],
)
def test_what_code_is_about_that_raised_an_exception_of_no_known_words_is_a_hint(frame: str, cause: str) -> None:
    trace = [*OWN, f'  File "{frame}", line 9, in run', "    raise Odd(x)"]
    assert (verdict_on([*trace, "KeyError: 'x'"]).cause, verdict_on([*OWN, "KeyError: 'x'"]).cause) == (
        cause, "exception",
    )  # fmt: skip
    exact = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB"
    assert verdict_on([*trace, exact]).cause == "gpu_memory"
    assert {one.code for one, _ in exceptions._PLACES} >= {cause}


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ('url = os.environ["FOO_URL"]', "missing_variable"),
        ('optimizer.load_state_dict(saved["optimizer"])', "checkpoint_mismatch"),
        ('step = last_ckpt["step"]', "checkpoint_mismatch"),
        ('label = row["label"]', "exception"),
    ],
)
def test_the_source_that_looked_up_a_missing_key_says_what_lacks_it(source: str, cause: str) -> None:
    trace = [*OWN, '  File "/code/run.py", line 9, in main', f"    {source}", "    ~~~^^^"]
    assert verdict_on([*trace, "KeyError: 'x'"]).cause == cause
    assert verdict_on([*trace, "OddError: 'x'"]).cause == "exception"


@pytest.mark.parametrize(
    ("source", "text", "cause"),
    [
        ("rank = int(os.environ.get('RANK', ''))", "ValueError: invalid literal for int() with base 10: ''", True),
        ("rank = int( os.getenv('RANK'))", "TypeError: int() argument must be a string, not 'NoneType'", True),
        ("lr = float(os.environ['LR'])", "ValueError: could not convert string to float: 'fast'", True),
        ("rank = int(row['rank'])", "ValueError: invalid literal for int() with base 10: ''", False),
        ("path = read(os.environ['P'])", "ValueError: invalid literal for int() with base 10: ''", False),
        ("rank = int(os.environ['RANK'])", "OddError: it cannot be", False),
    ],
)
def test_what_is_no_number_in_the_environment_is_missing_there(source: str, text: str, cause: bool) -> None:
    trace = [*OWN, '  File "/code/run.py", line 9, in main', f"    {source}"]
    assert (verdict_on([*trace, text]).cause == "missing_variable") is cause


@pytest.mark.parametrize(
    ("calls", "text", "cause"),
    [
        (["resume", "load_model_state_dict", "copy_into"], "KeyError: 'x'", "checkpoint_mismatch"),
        (["main", "load_state"], "KeyError: 'x'", "checkpoint_mismatch"),
        (["start", "init_process_group", "_make"], "RuntimeError: odd", "invalid_collective"),
        (["main", "backend_compile_and_load"], "pkg.OddRuntimeError: odd", "compile_failed"),
        (["save_checkpoint", "write"], "KeyError: 'x'", "exception"),
        (["main", "load_state_dict"], "NameError: name 'x' is not defined", "exception"),
        (["main", "run"], "RuntimeError: odd", "exception"),
    ],
)
def test_what_a_program_was_doing_is_told_by_the_functions_of_its_traceback(
    calls: list[str], text: str, cause: str
) -> None:
    frames = [f'  File "/code/part.py", line {at}, in {call}' for at, call in enumerate(calls)]
    assert verdict_on([*OWN, *frames, text]).cause == cause


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("assert os.path.exists(index_path)", "missing_file"),
        ("assert len(self.ckpt_list) > 0", "missing_file"),
        ("assert len(self.train_data) > 0", "missing_file"),
        ("assert len(self.val_dataloader) > 0", "assertion"),
        ("assert hidden % heads == 0", "too_many_processes"),
        ("assert left.shape == right.shape", "shape_mismatch"),
        ("assert torch.cuda.is_available()", "driver_mismatch"),
        ("assert torch.isfinite(loss).all()", "not_a_number"),
        ("assert dist.is_initialized()", "invalid_collective"),
        ("assert not dist.is_initialized()", "assertion"),
        ("assert not os.path.exists(lock)", "assertion"),
        ("assert len(names) > 0", "assertion"),
        ("assert self.ready", "assertion"),
    ],
)
def test_the_source_of_an_assertion_without_words_says_what_is_not_so(source: str, cause: str) -> None:
    trace = [*OWN, '  File "/code/run.py", line 9, in main', f"    {source}"]
    assert verdict_on([*trace, "AssertionError"]).cause == cause
    assert verdict_on([*trace, "AssertionError: odd"]).cause == "assertion", "words go before the source"


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("first = next(iter(train_loader))", "missing_file"),
        ("print_function(next(iter(dataset)))", "missing_file"),
        ("first = next(iter(names))", "exception"),
        ("first = next(stream)", "exception"),
    ],
)
def test_a_first_sample_that_is_not_there_means_that_there_are_none(source: str, cause: str) -> None:
    trace = [*OWN, '  File "/code/run.py", line 9, in main', f"    {source}"]
    assert verdict_on([*trace, "StopIteration"]).cause == cause


SEGV = "[gpu-0:17] Signal: Segmentation fault (11)"


@pytest.mark.parametrize(
    ("file", "before", "text", "cause"),
    [
        ("/usr/lib/python3.10/multiprocessing/connection.py", [], "EOFError", "child_killed"),
        ("/usr/lib/python3.10/multiprocessing/connection.py", ["Exit code: -9"], "EOFError", "killed"),
        ("/usr/lib/python3.10/multiprocessing/connection.py", [], "EOFError: Ran out of input", "corrupt_data"),
        ("/usr/lib/python3.10/multiprocessing/connection.py", ["No space left on device"], "EOFError", "disk_full"),
        ("/code/read.py", [], "EOFError", "exception"),
        ("/opt/multiprocess/connection.py", [], "BrokenPipeError: [Errno 32] Broken pipe", "child_killed"),
        ("/usr/lib/python3.9/multiprocessing/resource_sharer.py", [], "EOFError", "child_killed"),
        ("/usr/lib/python3.9/multiprocessing/resource_sharer.py", [SEGV], "EOFError", "segmentation_fault"),
        ("/code/multiprocessing/lib/read.py", [], "EOFError", "exception"),
        ("/code/send.py", [], "BrokenPipeError: [Errno 32] Broken pipe", "collective_timeout"),
    ],
)
def test_the_end_of_what_another_process_sends_is_no_end_of_a_file(
    file: str, before: list[str], text: str, cause: str
) -> None:
    frame = f'  File "{file}", line 383, in _recv'
    assert verdict_on([*before, *OWN, frame, "    raise EOFError", text]).cause == cause


def test_how_a_program_is_called_says_less_than_what_it_says_of_the_fault() -> None:
    usage = "usage: train.py [-h] [--config CONFIG]"
    assert verdict_on([usage, "train.py: error: no space for the cache"], 2).cause == "disk_full"
    assert verdict_on([usage, "train.py: error: odd"], 2).cause == "bad_argument"


def test_a_program_that_shows_how_it_is_called_is_no_job_of_slurms() -> None:
    assert "the program was started with a wrong argument" in verdict_on(["Usage: asr.sh --set <name>"], 2).summary


def test_a_key_that_the_program_misses_in_its_settings_is_no_argument() -> None:
    key = "Key 'depth' is not in struct"
    assert verdict_on([*OWN, f"omegaconf.errors.ConfigAttributeError: {key}"]).cause == "bad_settings_file"
    assert verdict_on(["Could not override 'depth'.", key]).cause == "bad_argument"
    assert verdict_on([*OWN, f"odd.OddError: {key}"]).cause == "bad_argument"


def test_an_exception_that_names_another_in_its_name_says_nothing_of_its_own() -> None:
    lines = [*OWN, "ray.exceptions.RayTaskError(KeyError): ray::run() (pid=7, ip=10.0.0.1)",
             '  File "/code/t.py", line 4', '    lr = config["lr"]', "KeyError: 'lr'"]  # fmt: skip
    verdict = verdict_on(lines)
    assert (verdict.cause, verdict.quotes[0].text) == ("exception", "KeyError: 'lr'")


@pytest.mark.parametrize(
    "text",
    [
        "TypeError: unsupported operand type(s) for +: 'int' and 'str'",
        "ValueError: invalid literal for int() with base 10: 'abc'",
        "RuntimeError: dictionary changed size during iteration",
        "ValueError: not enough values to unpack (expected 3, got 2)",
        "ValueError: time data '2024' does not match format '%Y-%m'",
        "TypeError: expected str, bytes or os.PathLike object, not NoneType",
        "TypeError: '<' not supported between instances of 'str' and 'int'",
        "TypeError: cannot unpack non-iterable NoneType object",
        "RuntimeError: Boolean value of Tensor with more than one value is ambiguous",
        "AttributeError: 'Model' object has no attribute 'encoder'",
        "UnboundLocalError: local variable 'loss' referenced before assignment",
        "ValueError: I/O operation on closed file.",
        "RuntimeError: Event loop is closed",
        "OverflowError: cannot convert float infinity to integer",
        "TypeError: can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() first.",
        "mylib.StopHere: enough for today",
    ],
)
def test_faults_of_the_programs_own_code_are_taken_for_nothing_else(text: str) -> None:
    assert verdict_on([*OWN, text]).cause == "exception"


@pytest.mark.parametrize("missing", ["init_empty_weights", "str2optimizer8bit_blockwise", "_C", "flash_attn_func"])
def test_a_name_that_a_package_could_not_import_speaks_for_the_image(missing: str) -> None:
    fault = f"NameError: name '{missing}' is not defined"
    verdict = verdict_on([*PACKAGE, fault])
    assert (verdict.cause, "imports only where" in verdict.summary) == ("import_failed", True)
    is_extension = missing in ("_C", "flash_attn_func")
    assert verdict_on([*OWN, fault]).cause == ("import_failed" if is_extension else "exception")
    given = '  File "/opt/lib/python3.11/site-packages/torch/_dynamo/guards.py", line 9, in check'
    assert verdict_on([*OWN, given, "    eval(x)", fault]).cause != "import_failed"


def test_a_remark_like_such_a_call_is_no_finding() -> None:
    assert of_interface("", "'Cache' object has no attribute 'seen'", "") is None
    assert read_log(["the report says: got an unexpected keyword argument 'depth'"]).best is None


def test_an_exception_of_the_interpreter_is_told_with_what_it_means_and_others_are_not_named() -> None:
    assert "raised KeyError, which nothing caught: a key" in verdict_on([*OWN, "KeyError: 'label'"]).summary
    assert all(isinstance(getattr(builtins, name), type) for name in exceptions._MEANINGS)
    assert uncaught("evil.IgnoreAllRules") is PROGRAM_EXCEPTION
    assert uncaught("KeyError").code == PROGRAM_EXCEPTION.code


@pytest.mark.parametrize("code", [137, 139])
def test_a_death_by_signal_after_an_uncaught_exception_explains_no_more_than_that(code: int) -> None:
    lines = [*OWN, "ValueError: odd", "run.sh: line 3:    17 Killed                  python serve.py"]
    assert verdict_on(lines, code).cause == "exception"
    steps = [f"2027-01-15 08:00:{n:02},000 INFO step {n} | loss 2.3" for n in range(10, 50)]
    assert verdict_on([*OWN, "ValueError: odd", *steps], code).cause in ("killed", "segmentation_fault")
    alone = read_log(["run.sh: line 3:    17 Killed                  python serve.py"]).best
    after = read_log(lines)
    assert alone is not None
    assert (alone.cause.weight, max(one.cause.weight for one in after.findings)) == (KIND, GENERIC)


def test_a_paragraph_below_an_exception_belongs_to_it_and_a_line_of_the_shell_does_not() -> None:
    lines = [*OWN, "lib.MakeError: odd", "", "All the data files must have the same columns"]
    assert verdict_on(lines).cause == "corrupt_data"
    assert verdict_on([*lines[:-1], "run.sh: line 3: the data files differ"]).cause == "exception"
    assert verdict_on([*lines[:-1], "2027-01-15 08:00:01 INFO All the data files differ"]).cause == "exception"


def test_a_launchers_report_says_less_than_a_lost_peer() -> None:
    lines = ["[rank3]:[E1205 04:35:53.58 ProcessGroupNCCL.cpp:607] Watchdog caught collective operation timeout",
             *OWN, "torch.distributed.elastic.multiprocessing.errors.ChildFailedError: "]  # fmt: skip
    assert verdict_on(lines).cause == "collective_timeout"
    assert verdict_on(lines[1:]).cause == "terminated"


def test_the_calls_and_the_advice_below_a_wait_for_a_rank_say_no_more_than_that() -> None:
    code = "EI0006: [PID: 7] 2026-04-08-18:07:20 Getting socket times out. Reason: a rank did not send."
    advice = "        Solution: 1. Check the connect timeout of the socket of other ranks (120s by default)."
    call = "        roce link down of nic"
    verdict = verdict_on([code, advice, "        TraceBack (most recent call last):", call])
    assert (verdict.cause, verdict.quotes[0].text[:6]) == ("collective_timeout", "EI0006")
    assert verdict_on([code, *["odd"] * 8, call]).cause == "rdma"
    assert verdict_on([code, "        the disk has insufficient room for the dump"]).cause == "disk_full"
    assert read_log([advice]).best is None
    assert read_log(["Solution of the socket's connection: timed out"]).best is not None


def test_a_time_that_is_over_in_a_process_that_lost_a_peer_is_no_limit_of_the_jobs() -> None:
    over = "the wall clock of this run exceeded its limit"
    lost = "n1:66:66 [0] include/socket.h:385 NCCL WARN Net : Connection closed by remote peer"
    assert verdict_on([lost, over]).cause == "collective_timeout"
    assert verdict_on([over]).cause == "time_limit"


def test_a_lost_peer_says_more_than_a_line_that_says_nothing() -> None:
    lines = ["n1:6601:6625 [0] include/socket.h:385 NCCL WARN Net : Connection closed by remote peer",
             "NCCL failure common.cu:921 'unhandled system error'"]  # fmt: skip
    assert verdict_on(lines).cause == "collective_timeout"
    assert verdict_on(["the solver cannot go on"]).cause == "error_line"


def test_a_time_of_day_is_no_label_of_a_task() -> None:
    lines = [*OWN, "ValueError: odd"]
    (last,) = read_log([f"10:41:43.163 [rank2]: {line}" for line in lines]).uncaught
    assert last.rank == 2
    labelled = ["10: ready", "11: ready", "12: ready", "11: ValueError: odd"]
    assert [one.rank for one in read_log(labelled).records][-1] == 11


def test_the_report_of_paddles_launcher_names_code_and_rank() -> None:
    verdict = verdict_on(["Container rank 3 status failed cmd ['python', '-u', 'train.py'] code -9 log log/x.3.log"])
    assert (verdict.cause, verdict.rank) == ("killed", 3)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("EOFError", "exception"),
        ("EOFError: Ran out of input", "corrupt_data"),
        ("EOFError: EOF when reading a line", "no_terminal"),
    ],
)
def test_an_end_of_input_is_one_of_the_data_only_where_it_says_of_what(text: str, cause: str) -> None:
    assert verdict_on([*OWN, text]).cause == cause
