"""What wraps another failure, comes after it or only repeats it says less than the failure itself."""

from __future__ import annotations

import pytest

from pai_dlc_mcp.composites.diagnose.causes import SPECIFIC, Cause, Table
from pai_dlc_mcp.composites.diagnose.decision import decide
from pai_dlc_mcp.composites.diagnose.evidence import read_log
from pai_dlc_mcp.composites.diagnose.exceptions import of_parser
from pai_dlc_mcp.composites.diagnose.explanation import explain
from pai_dlc_mcp.composites.diagnose.tables import EVENTS
from pai_dlc_mcp.composites.diagnose.verdict import Verdict

from .building import failed

TRACE = ["Traceback (most recent call last):", '  File "/code/train.py", line 7, in <module>']
CHAIN = ["", "The above exception was the direct cause of the following exception:", "", *TRACE]
WRAPPER = "datasets.exceptions.DatasetGenerationError: An error occurred while generating the dataset"
RELAYED = "ray.exceptions.RayTaskError(AssertionError): ray::Worker.run() (pid=7, ip=10.0.0.1)"
LOST_ENVIRONMENT = "Could not find conda environment: train"


def verdict_on(*lines: str, code: int = 1) -> Verdict:
    ended = f"2027-01-15T08:01:40Z Warning ContainerExited Container main exited with code {code}: x."
    material = failed({0: list(lines)}, {0: [ended]})
    return explain(material, decide(material))


@pytest.mark.parametrize(
    ("inner", "cause"),
    [
        ("ImportError: To support decoding audio, please install 'soundfile'.", "missing_module"),
        ("OSError: [Errno 28] No space left on device", "disk_full"),
        ("PIL.UnidentifiedImageError: cannot identify image file 'x.jpg'", "corrupt_data"),
        ("datasets.arrow_writer.SchemaInferenceError: Please pass `features` or at least one example", "corrupt_data"),
    ],
)
def test_the_failed_making_of_a_data_set_says_less_than_what_failed_in_it(inner: str, cause: str) -> None:
    verdict = verdict_on(*TRACE, inner, *CHAIN, WRAPPER)
    assert (verdict.cause, verdict.quotes[0].text.startswith(inner[:20])) == (cause, True)
    alone = verdict_on(*TRACE, WRAPPER)
    assert (alone.cause, alone.confidence == "high") == ("corrupt_data", False)


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ("no supported devices found for platform CUDA", "driver_mismatch"),
        ("RET_CHECK failure (xla/service/hlo_verifier.cc:2330) sizes differ", "compile_failed"),
        ("of its own", "compile_failed"),
    ],
)
def test_an_internal_error_of_xla_is_its_compilers_only_where_its_words_say_nothing_else(
    words: str, cause: str
) -> None:
    last = f"RuntimeError: Unable to initialize backend 'cuda': INTERNAL: {words}" if cause == "driver_mismatch" else ""
    chain = ["", "During handling of the above exception, another exception occurred:", "", *TRACE, last]
    verdict = verdict_on(*TRACE, f"jaxlib.xla_extension.XlaRuntimeError: INTERNAL: {words}", *(chain if last else ()))
    assert verdict.cause == cause
    assert verdict.confidence != "high" or words != "of its own"


@pytest.mark.parametrize(
    ("killed", "later", "code", "cause"),
    [
        ('( "$CONDA_EXE" $_CE_M "$@" )', LOST_ENVIRONMENT, 137, "killed"),
        ("pip install -r /code/needs.txt", "ModuleNotFoundError: No module named 'deepspeed'", 137, "killed"),
        ("/usr/bin/wget -q http://10.0.0.1/a.tar", "cat: a.tar: No such file or directory", 137, "killed"),
        ("tensorboard --logdir /pip/logs", LOST_ENVIRONMENT, 1, "missing_file"),
        ("python watch_pip.py", LOST_ENVIRONMENT, 1, "missing_file"),
        ("pip install x", "RuntimeError: CUDA out of memory. Tried to allocate 2.00 GiB", 1, "gpu_memory"),
    ],
)
def test_what_is_missing_after_a_program_was_killed_that_fetches_it_is_a_consequence(
    killed: str, later: str, code: int, cause: str
) -> None:
    death = f"Solving: ...working... /opt/setup.sh: line 12:    88 Killed                  {killed}"
    assert verdict_on(death, "going on", later, code=code).cause == cause
    assert verdict_on(later, death, code=code).cause != "killed" or "CONDA" not in killed


def test_frames_below_the_name_of_an_exception_of_another_process_belong_to_the_one_that_ends_them() -> None:
    frames = ['  File "/code/engine.py", line 9, in load_state_dict', "    assert state.dtype == torch.int16"]
    verdict = verdict_on(*TRACE, RELAYED, *frames, "AssertionError")
    assert (verdict.cause, verdict.quotes[0].text) == ("checkpoint_mismatch", "AssertionError")
    other = verdict_on(*TRACE, "ValueError: odd", *frames, "AssertionError")
    assert other.cause == "assertion"


@pytest.mark.parametrize(
    ("call", "source", "cause"),
    [
        ("load_state_dict", "assert state.shape == own.shape", "checkpoint_mismatch"),
        ("forward", "assert state.shape == own.shape", "shape_mismatch"),
        ("load_state_dict", "assert torch.cuda.is_available()", "driver_mismatch"),
    ],
)
def test_what_does_not_fit_while_a_checkpoint_is_loaded_is_the_checkpoint(call: str, source: str, cause: str) -> None:
    assert (
        verdict_on(*TRACE, f'  File "/code/a.py", line 9, in {call}', f"    {source}", "AssertionError").cause == cause
    )


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("hjson.scanner.HjsonDecodeError", "bad_settings_file"),
        ("pyjson5.Json5DecoderException", "bad_settings_file"),
        ("tomllib.TOMLDecodeError", "bad_settings_file"),
        ("yaml.constructor.ConstructorError", "bad_settings_file"),
    ],
)
def test_what_cannot_be_parsed_where_settings_are_read_is_a_settings_file(name: str, cause: str) -> None:
    frame = ['  File "/opt/lib/pkg/part.py", line 9, in load', "    self.config = read(open(config))"]
    assert verdict_on(*TRACE, *frames_of("read_config"), f"{name}: odd 3").cause == cause
    assert verdict_on(*TRACE, *frame, f"{name}: odd 3").cause == cause
    assert of_parser(name, "", ("read_config",), ()) is not None
    assert of_parser(name, "", ("read_batch",), ()) is None


@pytest.mark.parametrize("name", ["JsonSchemaError", "TransformError", "InitializeError", "UnicodeError"])
def test_other_faults_where_settings_are_read_are_not_of_a_parser(name: str) -> None:
    assert of_parser(name, "", ("read_config",), ()) is None


def frames_of(call: str) -> list[str]:
    return [f'  File "/opt/lib/pkg/part.py", line 9, in {call}', "    return read(text)"]


def test_a_remark_on_when_an_option_counts_is_no_complaint() -> None:
    remark = "master_addr is only used for static rdzv_backend and when rdzv_endpoint is not specified."
    lost = "torch.distributed.elastic.rendezvous.api.RendezvousConnectionError: The connection to the store has failed."
    assert verdict_on(remark, *TRACE, lost).cause == "collective_timeout"
    assert verdict_on("rdzv_endpoint is not specified").cause == "bad_settings_file"


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("ERROR a.py:5] ABORT!!! Out of all 4 trainers, the trainer process with rank=[3] was aborted.", "terminated"),
        ("RuntimeError: NCCL error in: /a/B.hpp:82, invalid argument, NCCL version 2.4.8", "invalid_collective"),
        ("RuntimeError: NCCL error in: /a/B.hpp:82, unhandled system error, NCCL version 2", "collective_timeout"),
        ("ResolvePackageNotFound: ⏎   - openssl==1.1.1b=hfa6e2cd_2", "package_not_found"),
        ("        rtGetDevMsg execute failed, reason=[driver error:internal error][FUNC:A][LINE:53]", "gpu_hardware"),
        ("(raylet) The node with node id: 4d and node name: 10.0.0.3 has been marked dead because x", "node_lost"),
        ("ray.exceptions.ActorDiedError: it died. ⏎ Worker exit detail: Owner's node has crashed.", "node_lost"),
        ("ray.exceptions.ActorDiedError: it died. ⏎ Worker exit detail: ray stop was called.", "terminated"),
    ],
)  # fmt: skip
def test_reports_of_launchers_and_libraries_name_what_they_report(line: str, cause: str) -> None:
    assert verdict_on(*line.split(" ⏎ ")).cause == cause


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ("no healthy devices present; cannot allocate unhealthy devices nvidia.com/gpu", "gpu_hardware"),
        ("cannot allocate unhealthy devices nvidia.com/mig-1g.5gb", "gpu_hardware"),
        ("requested number of devices unavailable for nvidia.com/gpu", "container_start"),
    ],
)
def test_a_pod_that_gets_no_device_is_told_by_the_devices_health(words: str, cause: str) -> None:
    said = EVENTS.best(f"Warning UnexpectedAdmissionError Allocate failed due to {words}, which is unexpected")
    assert said is not None
    assert said.cause.code == cause


def test_words_of_a_form_are_found_where_the_program_breaks_its_lines() -> None:
    table = Table((Cause("x", "runtime", "code", SPECIFIC, "x", ("a new process before the current", "odd * end")),))
    wrapped = table.best("RuntimeError: \n        start a new process before\n        the current one")
    assert wrapped is not None
    assert (wrapped.start, wrapped.end) == (29, 29 + len("a new process before\n        the current"))
    assert table.best("odd\n  x end") is not None
    assert table.best("a new process\nbeforethe current") is None


def test_the_place_where_a_test_of_nccl_gave_up_says_nothing_of_the_device() -> None:
    place = ".. gpu-7 pid 2123: Test failure common.cu:842"
    said = (
        "gpu-7: Test NCCL failure common.cu:958 'internal error - please report this issue to the NCCL developers / '"
    )
    assert verdict_on(said, place).cause == "collective_timeout"
    cuda = "gpu-7: Test CUDA failure common.cu:958 'out of memory'"
    assert verdict_on(cuda, place).cause == "gpu_memory"
    assert read_log([place]).findings == []
