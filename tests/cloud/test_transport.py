"""One attempt on the wire: its headers and times, how far it reads, and the words for each kind of trouble."""

from __future__ import annotations

import re
import zlib
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from cloud.conftest import MakeClient
from cloud.raw import raw, reply, serving
from pai_dlc_mcp.cloud.client import CloudClient
from pai_dlc_mcp.cloud.credentials import Credential, StaticCredentials
from pai_dlc_mcp.cloud.endpoints import Endpoints
from pai_dlc_mcp.cloud.request import ERROR_BYTES, MOST_BYTES, USER_AGENT, Exchange
from pai_dlc_mcp.cloud.transport import Acs3, Transport, canonical, signature
from pai_dlc_mcp.errors import CloudError, Unavailable
from pai_dlc_mcp.operation import Operation

JOB = {"JobId": "dlc1"}
REGION = "cn-hangzhou"
SIGNED = "host;user-agent;x-acs-action;x-acs-content-sha256;x-acs-credentials-provider;x-acs-date;"
EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


async def test_a_read_carries_these_headers_and_signs_all_of_the_services_own(
    client: MakeClient, get_job: Operation
) -> None:
    async with serving(reply()) as server:
        await client(server.url).send(get_job, JOB, REGION)
    headers = server.seen[0].headers
    assert server.seen[0].line == "GET /api/v1/jobs/dlc1 HTTP/1.1"
    known = {
        "accept": "application/json",
        "accept-encoding": "identity",
        "user-agent": USER_AGENT,
        "x-acs-action": "GetJob",
        "x-acs-version": "2020-12-03",
        "x-acs-content-sha256": EMPTY_SHA256,
        "x-acs-credentials-provider": "static_ak",
        "connection": "keep-alive",
        "host": server.url.removeprefix("http://"),
    }
    assert known.items() <= headers.items()
    assert headers.keys() - known.keys() == {"x-acs-date", "x-acs-signature-nonce", "authorization"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", headers["x-acs-date"])
    assert re.fullmatch(r"[0-9a-f]{32}", headers["x-acs-signature-nonce"])
    scheme, _, rest = headers["authorization"].partition(" ")
    signed = f"SignedHeaders=accept;{SIGNED}x-acs-signature-nonce;x-acs-version"
    assert scheme == "ACS3-HMAC-SHA256"
    assert re.fullmatch(f"Credential=LTAIclienttest,{signed},Signature=[0-9a-f]{{64}}", rest)


async def test_a_write_carries_its_body_and_a_temporary_credential_its_token_and_all_of_it_is_signed(
    client: MakeClient, create_job: Operation
) -> None:
    async with serving(reply()) as server:
        known = StaticCredentials("STS.one", "secret", "the-token")
        await client(server.url, credentials=known).send(create_job, {"DisplayName": "作业"}, REGION)
    sent = server.seen[0]
    assert sent.body == '{"DisplayName":"作业"}'.encode()
    assert sent.headers["content-type"] == "application/json; charset=utf-8"
    assert sent.headers["x-acs-credentials-provider"] == "static_sts"
    assert (sent.headers["x-acs-accesskey-id"], sent.headers["x-acs-security-token"]) == ("STS.one", "the-token")
    more = "x-acs-accesskey-id;x-acs-action;x-acs-content-sha256;x-acs-credentials-provider;x-acs-date;"
    names = f"accept;content-type;host;user-agent;{more}x-acs-security-token;x-acs-signature-nonce;x-acs-version"
    assert f"SignedHeaders={names}," in sent.headers["authorization"]


def test_a_signature_is_of_the_text_that_the_service_makes_too() -> None:
    """The text as the signature's public description has it; the official SDK's own is compared in ``contract/``."""
    headers = {"x-acs-date": " 2026-01-31T08:00:00Z ", "host": "h", "accept": "a", "x-other": "no", "cookie": "no"}
    text, names = canonical("GET", "/a%20b", "b=%2F+~*&a=&c=%C3%BC", headers, EMPTY_SHA256)
    lines = "accept:a\nhost:h\nx-acs-date:2026-01-31T08:00:00Z\n"
    assert names == "accept;host;x-acs-date"
    assert text == f"GET\n/a%20b\na=&b=%2F%20~%2A&c=%C3%BC\n{lines}\n{names}\n{EMPTY_SHA256}"
    assert signature("text", "secret") == "b14b538fb16d4384cacfa27916f226fb0f50ff56f7736904d6bb406a8f85523b"


def test_a_request_is_stamped_with_the_time_of_its_sending_and_a_nonce_of_its_own() -> None:
    signer = Acs3(Credential("test", "LTAIone", "s"), now=lambda: 1_769_846_400.9)
    sent = [next(signer.auth_flow(httpx.Request("GET", "http://h/a?b=c"))) for _ in range(2)]
    assert {one.headers["x-acs-date"] for one in sent} == {"2026-01-31T08:00:00Z"}
    assert len({one.headers["x-acs-signature-nonce"] for one in sent}) == 2
    assert "x-acs-accesskey-id" not in sent[0].headers


Handle = Callable[[httpx.Request], httpx.Response]


def _empty_object() -> httpx.Response:
    async def streamed() -> AsyncIterator[bytes]:
        yield b"{}"

    return httpx.Response(200, content=streamed())


def _answered(monkeypatch: pytest.MonkeyPatch, handle: Handle) -> None:
    """Every connection of httpx ends in ``handle(request)``; nothing reaches the network."""

    async def handled(self: object, request: httpx.Request) -> httpx.Response:
        return handle(request)

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", handled)


async def test_r72_connecting_has_fifteen_seconds_and_every_read_thirty(
    get_job: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[httpx.Request] = []

    def noted(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return _empty_object()

    _answered(monkeypatch, noted)
    cloud = CloudClient(Endpoints(), StaticCredentials("LTAIone", "s"))
    await cloud.send(get_job, JOB, REGION)
    await cloud.close()
    assert seen[0].extensions["timeout"] == {"connect": 15.0, "read": 30.0, "write": 30.0, "pool": 30.0}
    assert str(seen[0].url) == "https://pai-dlc.cn-hangzhou.aliyuncs.com/api/v1/jobs/dlc1"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (httpx.ConnectTimeout, "could not be connected to within 15 s"),
        (httpx.ConnectError, "could not be connected to (name, network, proxy or certificate)"),
        (httpx.ProxyError, "could not be reached through the proxy"),
        (httpx.PoolTimeout, "could not be asked, too many requests are in flight"),
        (httpx.ReadTimeout, "sent nothing for 30 s"),
        (httpx.ReadError, "broke the connection"),
        (httpx.WriteTimeout, "broke the connection"),
        (httpx.RemoteProtocolError, "broke the connection"),
    ],
)
async def test_r72_each_trouble_with_a_connection_has_its_words(
    kind: type[httpx.TransportError], words: str, get_job: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(request: httpx.Request) -> httpx.Response:
        raise kind("the library's own words, which may hold anything")

    _answered(monkeypatch, fails)
    transport = Transport(Endpoints())
    x = Exchange.of(get_job, JOB, "https://pai-dlc.cn-hangzhou.aliyuncs.com", None)
    await transport.run(x, Credential("test", "LTAIone", "s"))
    await transport.close()
    assert (x.trouble, x.status, x.sent) == (words, None, False)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("deflate", zlib.compress(b'{"JobId": "dlc1"}')),
        (" Deflate ", zlib.compress(b'{"JobId": "dlc1"}')),
        ("identity", b'{"JobId": "dlc1"}'),
    ],
)
async def test_an_answer_in_a_known_encoding_is_read(
    encoding: str, body: bytes, client: MakeClient, get_job: Operation
) -> None:
    async with serving(reply(200, body, content_encoding=encoding)) as server:
        assert (await client(server.url).send(get_job, JOB, REGION)).data == {"JobId": "dlc1"}


async def test_an_answer_in_an_encoding_that_nobody_knows_is_not_the_services(
    client: MakeClient, get_job: Operation
) -> None:
    async with serving(reply(200, zlib.compress(b"{}"), content_encoding="br")) as server:
        with pytest.raises(Unavailable, match="not the service's"):
            await client(server.url).send(get_job, JOB, REGION)


@pytest.mark.parametrize("spare", [0, -1])
async def test_r60_a_compressed_answer_counts_by_what_it_swells_to(
    spare: int, client: MakeClient, get_job: Operation
) -> None:
    body = b'{"Logs": ["one", "two"]}'
    async with serving(reply(200, zlib.compress(body), content_encoding="deflate")) as server:
        answer = await client(server.url).send(get_job, JOB, REGION, max_bytes=len(body) + spare)
    assert (answer.data, answer.cut) == ({"Logs": ["one", "two"]}, bool(spare))


@pytest.mark.parametrize(("size", "is_whole"), [(ERROR_BYTES, True), (ERROR_BYTES + 1, False)])
async def test_r60_a_refusal_is_read_no_further_than_its_own_limit(
    size: int, is_whole: bool, client: MakeClient, get_job: Operation
) -> None:
    start, end = b'{"Code": "Odd", "RequestId": "R-1", "Message": "', b'"}'
    async with serving(reply(400, start + b"m" * (size - len(start) - len(end)) + end)) as server:
        with pytest.raises(CloudError if is_whole else Unavailable) as caught:
            await client(server.url).send(get_job, JOB, REGION)
    assert caught.value.request_id == ("R-1" if is_whole else None)
    assert ERROR_BYTES == 2**16


@pytest.mark.parametrize(
    ("asked", "limit"), [(None, 8_000_000), (9_000_000, 8_000_000), (100, 100), (1, 1), (0, 1), (-5, 1)]
)
def test_r60_what_is_read_at_most(asked: int | None, limit: int, get_job: Operation) -> None:
    x = Exchange.of(get_job, JOB, "https://h", asked)
    assert (x.limit, x.asked) == (limit, asked is not None)
    assert MOST_BYTES == 8_000_000


def test_another_attempt_knows_nothing_of_the_one_before(get_job: Operation) -> None:
    x, fresh = (Exchange.of(get_job, JOB, "https://h", 100) for _ in range(2))
    x.sent, x.status, x.more, x.trouble = True, 500, True, "broke the connection"
    x.answer_headers, x.body = {"x-acs-request-id": "R-1"}, bytearray(b"{")
    x.restart()
    assert x == fresh
    assert (x.sent, x.status, x.more, x.trouble, x.body) == (False, None, False, None, b"")


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
async def test_r79_a_server_of_this_machine_is_never_asked_through_a_proxy(
    host: str, get_job: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[str] = []

    async def noted(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        used.append("proxy" if type(self._pool).__name__ == "AsyncHTTPProxy" else "direct")
        return _empty_object()

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", noted)
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    for base, way in ((f"http://{host}:8080", "direct"), ("https://gateway.example.com", "proxy")):
        cloud = CloudClient(Endpoints({"pai-dlc": base}), StaticCredentials("LTAIone", "s"))
        await cloud.send(get_job, JOB, REGION)
        await cloud.close()
        assert used.pop() == way


async def test_an_answer_that_is_no_http_breaks_the_connection(client: MakeClient, get_job: Operation) -> None:
    async with serving(raw(b"220 mail.example.com\r\n\r\n")) as server:
        with pytest.raises(Unavailable, match=r"broke the connection\.$"):
            await client(server.url).send(get_job, JOB, REGION)
    assert len(server.seen) == 3
