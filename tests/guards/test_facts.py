"""What guards read of the cloud for one call is asked for by the right names, and once."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from guards.fakes import call_of, runtime_of

from pai_dlc_mcp.cloud.reads import job_of, template_of
from pai_dlc_mcp.state import canonical, digest_of


async def test_the_job_of_a_call_is_read_once() -> None:
    runtime, cloud, _ = runtime_of({"GetJob": {"JobId": "dlc1", "Status": "Running"}})
    call = call_of("StopJob", {"JobId": "dlc1"})
    first, second = await job_of(call, runtime), await job_of(call, runtime)
    assert first == second == {"JobId": "dlc1", "Status": "Running"}
    assert cloud.sent == [("GetJob", {"JobId": "dlc1"})]
    await job_of(call_of("StopJob", {"JobId": "dlc1"}), runtime)
    assert len(cloud.sent) == 2


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ({}, {}),
        ({"TemplateVersion": 3}, {"Version": "3"}),
        ({"TemplateVersion": None}, {}),
        ({"TemplateVersion": 0}, {"Version": "0"}),
    ],
)
async def test_r26_the_template_of_a_call_is_read_once_in_the_version_that_the_call_names(
    given: dict[str, Any], asked: dict[str, Any]
) -> None:
    runtime, cloud, _ = runtime_of({"GetJobTemplate": {"TemplateId": "tpl-1"}})
    call = call_of("CreateJob", {"TemplateId": "tpl-1", **given})
    assert await template_of(call, runtime) == await template_of(call, runtime) == {"TemplateId": "tpl-1"}
    assert cloud.sent == [("GetJobTemplate", {"TemplateId": "tpl-1", **asked})]


def test_a_value_has_one_text_whatever_the_order_of_its_names() -> None:
    assert canonical({"b": [1, None], "a": "é"}) == b'{"a":"\\u00e9","b":[1,null]}'
    assert digest_of({"b": 1, "a": 2}) == digest_of({"a": 2, "b": 1}) != digest_of({"a": 1, "b": 2})


def test_a_value_that_is_no_json_has_a_digest_too() -> None:
    """The audit digests whatever a call was given."""
    assert canonical({"day": date(2026, 1, 31)}) == b'{"day":"2026-01-31"}'
