"""Codes by which services refuse a call, statuses of HTTP, and who wrote an error that says too little itself."""

from __future__ import annotations

import pytest

from pai_dlc_mcp.composites.diagnose import service_codes
from pai_dlc_mcp.composites.diagnose.causes import SPECIFIC
from pai_dlc_mcp.composites.diagnose.error_numbers import READ_CHARS
from pai_dlc_mcp.composites.diagnose.evidence import read_log
from pai_dlc_mcp.composites.diagnose.platform_words import platform_findings
from pai_dlc_mcp.composites.diagnose.service_codes import of_code, of_status
from pai_dlc_mcp.composites.diagnose.service_families import OF_SERVICES
from pai_dlc_mcp.composites.diagnose.tables import EVENTS, PROGRAM
from pai_dlc_mcp.composites.diagnose.writers import WRITERS, of_writer

CODES = [
    ("rate_limited", "Throttling.Index"),
    ("rate_limited", "RequestLimitExceeded"),
    ("no_stock", "OperationDenied.NoStock"),
    ("no_stock", "InsufficientReservedInstanceCapacity"),
    ("workspace_limit", "QUOTA_EXCEEDED"),
    ("workspace_limit", "FooLimitExceeded"),
    ("credential", "AuthFailure"),
    ("credential", "SecurityTokenInvalid"),
    ("account_overdue", "UserDisable"),
    ("missing_file", "BlobNotFound"),
    ("service_fault", "ServiceUnavailable"),
    ("unreachable", "RequestTimeout"),
]
BEHIND_A_NAME = "foo.ClientError: {}: no"
"""There a code is known by its humps or its dot alone."""
SPELLINGS = [
    "botocore.exceptions.ClientError: An error occurred ({}) when calling the GetFoo operation: no",
    '{{"RequestId": "7", "Code": "{}", "Message": "no"}}',
    "call failed: ErrorCode={}, Message=no",
    "<Error><Code>{}</Code><Message>no</Message></Error>",
    "An error occurred ({}) when calling the GetFoo operation: no",
    "download failed, reason: {}, no",
    "com.foo.ServiceException: ({}) no",
    "the call ended with status={}, no",
    "CODE: {}, no",
    BEHIND_A_NAME,
]


@pytest.mark.parametrize(
    ("cause", "code", "spelling"),
    [(*one, spelling) for one in CODES for spelling in SPELLINGS if "_" not in one[1] or spelling is not BEHIND_A_NAME],
)
def test_a_services_code_names_its_cause_in_every_spelling(cause: str, code: str, spelling: str) -> None:
    found = of_code(spelling.format(code))
    assert found is not None
    assert found.cause.code == cause


@pytest.mark.parametrize(
    "text", ["exit code: 137", "status: Running", "the code of ServiceUnavailable is long", "torch.InternalError: x",
             '{"code": "OK", "message": "fine"}', "reason: first epoch"]
)  # fmt: skip
def test_what_is_no_code_of_a_refusal_names_nothing(text: str) -> None:
    assert of_code(text) is None


@pytest.mark.parametrize(
    ("cause", "text"),
    [
        ("credential", "call failed with status code 403"),
        ("rate_limited", "HTTP/1.1 429"),
        ("service_fault", "StatusCode: 503"),
        ("missing_file", "404 Not Found for url x"),
        (None, "loss 403 after 500 steps"),
        (None, "exit code 137"),
    ],
)
def test_a_status_of_http_names_its_cause(cause: str | None, text: str) -> None:
    found = of_status(text)
    assert (found.cause.code if found is not None else None) == cause


@pytest.mark.parametrize(
    ("cause", "line"),
    [
        ("rdma", "rdma_foo: Connection timed out"),
        ("container_start", "crun: open the rootfs: Resource temporarily unavailable"),
        ("unreachable", "feeder: Connection timed out"),
        ("file_permission", "docker: exec of /run.sh: Permission denied"),
    ],
)
def test_who_wrote_it_says_more_than_the_systems_words_for_any_failed_call(cause: str, line: str) -> None:
    best = read_log([f"ERROR {line}"]).best
    assert best is not None
    assert best.cause.code == cause


def test_the_modules_name_makes_an_exception_of_a_line() -> None:
    best = read_log(["foo.api.exceptions.TooManyRequests: slower, please"]).best
    assert best is not None
    assert (best.cause.code, best.final) == ("rate_limited", True)


def test_what_the_kernel_says_with_the_word_info_is_read() -> None:
    best = read_log(["[99.1] INFO: task python:7 blocked for more than 120 seconds."]).best
    assert best is not None
    assert best.cause.code == "hang_detected"
    assert read_log(["INFO: task 7 is done"]).best is None


@pytest.mark.parametrize(
    ("cause", "event"),
    [
        (
            "quota_full",
            "FailedScheduling 0/9 nodes are available: Insufficient quotas [[gpu]], quotaName: a. preemption: not"
            " eligible due to preemptionPolicy=Never",
        ),
        (
            "quota_full",
            "FailedScheduling 0/9 nodes are available: couldn't assign flavors to pod set main: 1 more needed."
            " Pending the preemption of 1 workload(s)",
        ),
        ("preempted", "Killing the pod ended through preemption by the scheduler"),
    ],
)
def test_a_preemption_that_is_only_spoken_of_is_none(cause: str, event: str) -> None:
    found = platform_findings([f"Warning {event}"], "pod_event")
    assert max(found, key=lambda one: one.strength).cause.code == cause


@pytest.mark.parametrize(
    ("cause", "lines"),
    [
        ("collective_timeout", ["n-0:7:9 [0] proxy.cc:808 NCCL WARN Proxy Call to rank 1 failed (Connect)"]),
        ("rdma", ["mlx5: Inappropriate ioctl for device"]),
        ("no_terminal", ["asker: Inappropriate ioctl for device"]),
        ("hang_detected", ["INFO: task feeder/:7 blocked on a semaphore likely last held by task other:8"]),
    ],
)
def test_what_a_part_of_the_machine_says_is_read_as_its_own(cause: str, lines: list[str]) -> None:
    best = read_log(lines).best
    assert best is not None
    assert best.cause.code == cause


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ("rdma", "file: the header of part 7 is odd"),
        ("rdma", "final: odd"),
        ("credential", "ValueError: token '<image>' not found in the prompt"),
        ("time_limit", "StepError: the task exceeded its memory limit"),
        ("workspace_limit", "SinkError: the storage quota is exceeded"),
        ("rate_limited", "GuardError: learning rate exceeded its bound"),
        ("storage_fault", "ERROR fused kernel: odd"),
    ],
)
def test_words_that_only_resemble_those_of_a_service_or_a_machine_are_none(wrong: str, text: str) -> None:
    best = read_log([f"ERROR {text}" if "Error: " not in text else text]).best
    assert best is None or best.cause.code != wrong


def test_an_event_takes_codes_of_the_account_and_none_of_grpc() -> None:
    assert [one.cause.code for one in platform_findings(["Warning Foo code: UserDisable"], "job_event")] == [
        "account_overdue"
    ]
    assert platform_findings(["Warning ContainerGCFailed rpc error: code = DeadlineExceeded"], "pod_event") == []


def test_a_code_of_two_parts_is_known_anywhere_in_an_error_and_only_there() -> None:
    text = "job: odd Throttling.User of it"
    found = of_code(text, is_error=True)
    assert found is not None
    assert (found.cause.code, text[found.start : found.end]) == ("rate_limited", "Throttling.User")
    assert of_code(text) is None
    assert of_code("job: odd InvalidParameter.Foo of it", is_error=True) is None


def test_every_cause_of_a_code_a_service_or_a_writer_is_one_that_the_tables_know() -> None:
    known = {one.code: one.category for one in (*PROGRAM.causes, *EVENTS.causes)}
    said = [*(cause for cause, _ in service_codes._BY_WORDS), *service_codes._BY_STATUS.values()]
    said += [cause for cause, _ in (*WRITERS, *OF_SERVICES)]
    assert {one.code for one in said} <= known.keys()
    assert {one.category for one in said} <= set(known.values())


@pytest.mark.parametrize("text", ["the reason=QuotaExceeded of it", "status: QUOTA_EXCEEDED", "a CODE=QuotaExceeded"])
def test_a_code_behind_any_of_its_keys_is_read(text: str) -> None:
    found = of_code(text)
    assert found is not None
    assert found.cause.code == "workspace_limit"


def test_a_last_complaint_is_read_for_codes_and_writers_too() -> None:
    for line, cause in (("2027-01-15 08:00:02 ERROR job: odd Throttling.User of it, failed", "rate_limited"),
                        ("ERROR ossfs: it is odd", "storage_fault")):  # fmt: skip
        best = read_log([line]).best
        assert best is not None
        assert best.cause.code == cause


def test_a_warning_of_nccl_explains_as_much_as_an_error() -> None:
    best = read_log(["n:1:1 [0] transport/net_ib.cc:9 NCCL WARN NET/IB : mlx5_0 could perhaps be down"]).best
    assert best is not None
    assert (best.cause.code, best.cause.weight) == ("rdma", SPECIFIC)


def test_a_complaint_that_was_read_beyond_its_bound_has_no_writer() -> None:
    assert of_writer("ossfs: odd") is not None
    assert of_writer(f"{'x' * READ_CHARS} ossfs: odd") is None
