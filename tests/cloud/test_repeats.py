"""R72 and R25: what is sent again, what never is, and what a write whose answer was lost becomes."""

from __future__ import annotations

import socket

import pytest

from cloud.conftest import MakeClient
from cloud.raw import Answer, drop, raw, refusal, reply, serving
from pai_dlc_mcp.errors import CloudError, CredentialsError, LostAnswer, NotFound, PaiError, Throttled, Unavailable
from pai_dlc_mcp.operation import Operation

JOB = {"JobId": "dlc1"}
GOOD = reply(200, {"JobId": "dlc1", "RequestId": "R-2"})
THROTTLED = refusal(429, "Throttling.User")
REGION = "cn-hangzhou"


@pytest.mark.parametrize("first", [drop, THROTTLED, refusal(500, "InternalError"), refusal(503, "ServiceUnavailable")])
async def test_r72_a_read_is_sent_again_after_a_passing_trouble(
    first: Answer, client: MakeClient, get_job: Operation, waits: list[float]
) -> None:
    async with serving(first, first, GOOD) as server:
        answer = await client(server.url).send(get_job, JOB, REGION)
    assert (answer.data, answer.request_id) == ({"JobId": "dlc1"}, "R-2")
    assert len(server.seen) == 3
    assert waits == [0.3, 0.6]


@pytest.mark.parametrize(("always", "error"), [(drop, Unavailable), (THROTTLED, Throttled)])
async def test_r72_a_read_is_given_up_after_two_repeats(
    always: Answer, error: type[PaiError], client: MakeClient, get_job: Operation
) -> None:
    async with serving(always) as server:
        with pytest.raises(error) as caught:
            await client(server.url).send(get_job, JOB, REGION)
    assert len(server.seen) == 3
    assert not isinstance(caught.value, LostAnswer)


async def test_r72_every_attempt_carries_a_signature_of_its_own(client: MakeClient, get_job: Operation) -> None:
    async with serving(drop, drop, GOOD) as server:
        await client(server.url).send(get_job, JOB, REGION)
    assert len({sent.headers["x-acs-signature-nonce"] for sent in server.seen}) == 3
    assert len({sent.headers["authorization"] for sent in server.seen}) == 3


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry_after": "3"}, 3.0),
        ({"x_acs_retry_after": "2500"}, 2.5),
        ({"date": "Sat, 31 Jan 2026 08:00:00 GMT", "retry_after": "Sat, 31 Jan 2026 08:00:04 GMT"}, 4.0),
        ({"retry_after": "soon"}, 0.3),
        ({"retry_after": "Mon, 01 Jan 99999999999 00:00:00 GMT"}, 0.3),
        ({"x_acs_retry_after": "-1"}, 0.3),
    ],
)
async def test_r72_the_wait_that_the_service_asks_for_is_minded(
    headers: dict[str, str], wait: float, client: MakeClient, get_job: Operation, waits: list[float]
) -> None:
    async with serving(refusal(429, "Throttling", **headers), GOOD) as server:
        await client(server.url).send(get_job, JOB, REGION)
    assert waits == [wait]


async def test_r72_a_wait_beyond_the_deadline_is_not_begun(
    client: MakeClient, get_job: Operation, waits: list[float]
) -> None:
    async with serving(refusal(429, "Throttling", retry_after="60")) as server:
        with pytest.raises(Throttled, match="call again after 60 s"):
            await client(server.url, deadline_s=10).send(get_job, JOB, REGION)
    assert (len(server.seen), waits) == (1, [])


@pytest.mark.parametrize("status", [400, 403, 404, 409])
async def test_r72_a_plain_refusal_is_not_sent_again(status: int, client: MakeClient, get_job: Operation) -> None:
    async with serving(refusal(status, "Whatever")) as server:
        with pytest.raises(PaiError):
            await client(server.url).send(get_job, JOB, REGION)
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "answer",
    [
        drop,
        refusal(500, "InternalError"),
        reply(502, b"<html>bad gateway</html>"),
        reply(200, b"<html>hello</html>"),
        reply(200, b"[1, 2]"),
        reply(302, b"", location="http://127.0.0.1:9/"),
        raw(b"this is not HTTP\r\n\r\n"),
    ],
    ids=["dropped", "500", "502 html", "200 html", "200 list", "302", "no http"],
)
async def test_r25_a_write_that_may_have_been_done_is_sent_once_and_called_lost(
    answer: Answer, client: MakeClient, create_job: Operation
) -> None:
    async with serving(answer, GOOD) as server:
        with pytest.raises(LostAnswer, match="may have been carried out") as caught:
            await client(server.url).send(create_job, {"DisplayName": "a"}, REGION)
    assert len(server.seen) == 1
    assert (caught.value.rule, caught.value.code) == ("R25", "unavailable")


@pytest.mark.parametrize(
    ("wait", "when"), [({}, "call again later"), ({"x_acs_retry_after": "2500"}, "call again after 3 s")]
)
async def test_r72_a_throttled_write_is_sent_once_and_says_when_to_call_again(
    wait: dict[str, str], when: str, client: MakeClient, create_job: Operation, waits: list[float]
) -> None:
    async with serving(refusal(429, "Throttling.User", **wait), GOOD) as server:
        with pytest.raises(Throttled, match=when) as caught:
            await client(server.url).send(create_job, {"DisplayName": "a"}, REGION)
    assert (len(server.seen), waits, caught.value.rule) == (1, [], "R72")


async def test_r72_a_write_that_found_nobody_listening_is_tried_again_and_nothing_is_lost(
    client: MakeClient, create_job: Operation, waits: list[float]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        with pytest.raises(Unavailable, match="nothing was sent") as caught:
            await client(f"http://127.0.0.1:{taken.getsockname()[1]}").send(create_job, {}, REGION)
    assert not isinstance(caught.value, LostAnswer)
    assert len(waits) == 2


@pytest.mark.parametrize(
    "body", [b"", b'{"JobId": "dlc1", "Name": "x', b'{"JobId": "dlc1", "N": NaN}', b'\xef\xbb\xbf{"JobId": "dlc1"}']
)
async def test_a_write_that_was_done_stays_done_however_odd_its_answer(
    body: bytes, client: MakeClient, create_job: Operation
) -> None:
    async with serving(reply(200, body, x_acs_request_id="R-9")) as server:
        answer = await client(server.url).send(create_job, {"DisplayName": "a"}, REGION)
    assert answer.data.get("JobId", "dlc1") == "dlc1"
    assert ("JobId" in answer.data, answer.request_id) == (bool(body), "R-9")


async def test_a_read_with_an_answer_that_is_not_the_services_is_unavailable(
    client: MakeClient, get_job: Operation
) -> None:
    async with serving(reply(200, b"<html>log in</html>", content_type="text/html")) as server:
        with pytest.raises(Unavailable, match="not the service's") as caught:
            await client(server.url).send(get_job, JOB, REGION)
    assert "text/html" in caught.value.message
    assert "log in" not in caught.value.message
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [(404, "InvalidAccessKeyId.NotFound", CredentialsError), (404, "Job.NotFound", NotFound), (400, "Odd", CloudError)],
)
async def test_a_refusal_keeps_its_request_id(
    status: int, code: str, error: type[PaiError], client: MakeClient, get_job: Operation
) -> None:
    async with serving(refusal(status, code)) as server:
        with pytest.raises(error) as caught:
            await client(server.url).send(get_job, JOB, REGION)
    assert caught.value.request_id == "R-1"
