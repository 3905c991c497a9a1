"""Where signed requests go, and where they never go."""

from __future__ import annotations

import sys

import pytest

from cloud.conftest import MakeClient
from cloud.raw import Answer, raw, reply, serving
from pai_dlc_mcp import __version__
from pai_dlc_mcp.cloud.client import CloudClient
from pai_dlc_mcp.cloud.credentials import Credential, StaticCredentials, _Described
from pai_dlc_mcp.cloud.endpoints import Endpoints
from pai_dlc_mcp.errors import InvalidArguments, LostAnswer, Unavailable
from pai_dlc_mcp.operation import Operation

JOB = {"JobId": "dlc1"}
REGION = "cn-hangzhou"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_error_and_nothing_travels_on(
    status: int, client: MakeClient, get_job: Operation
) -> None:
    async with serving(reply()) as thief, serving(reply(status, b"", location=f"{thief.url}/api/v1/jobs/x")) as server:
        with pytest.raises(Unavailable, match="redirect"):
            await client(server.url).send(get_job, JOB, REGION)
    assert thief.seen == []


async def test_a_cookie_is_never_sent_back(client: MakeClient, get_job: Operation) -> None:
    async with serving(reply(200, {}, set_cookie="a=b; Path=/")) as server:
        cloud = client(server.url)
        await cloud.send(get_job, JOB, REGION)
        await cloud.send(get_job, JOB, REGION)
    assert all("cookie" not in sent.headers for sent in server.seen)


async def test_r71_every_call_says_who_it_is(client: MakeClient, get_job: Operation) -> None:
    async with serving(reply()) as server:
        await client(server.url).send(get_job, JOB, REGION)
    agent = server.seen[0].headers["user-agent"]
    assert agent == f"AlibabaCloud-Agent-Skills/alibabacloud-pai-dlc-job pai-dlc-mcp/{__version__}"


async def test_a_proxy_of_the_environment_is_not_used_for_this_machine(
    client: MakeClient, get_job: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(reply()) as proxy, serving(reply(200, {"JobId": "dlc1"})) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        answer = await client(server.url).send(get_job, JOB, REGION)
    assert (answer.data, proxy.seen) == ({"JobId": "dlc1"}, [])


@pytest.mark.parametrize(
    ("variable", "value", "mend"),
    [
        ("ALL_PROXY", "socks5://me:hush@127.0.0.1:1", "SOCKS"),
        ("HTTPS_PROXY", "gopher://me:hush@127.0.0.1:1", "HTTPS_PROXY"),
        ("HTTPS_PROXY", "http://me:hush@[::1", "HTTPS_PROXY"),
        ("HTTPS_PROXY", "http://me:hush@127.0.0.1:99999", "HTTPS_PROXY"),
        ("SSL_CERT_FILE", "/nowhere/hush.pem", "SSL_CERT_FILE"),
    ],
)
async def test_an_environment_that_cannot_be_used_is_named_without_what_it_says(
    variable: str, value: str, mend: str, create_job: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    monkeypatch.setitem(sys.modules, "socksio", None)
    cloud = CloudClient(Endpoints(), StaticCredentials("LTAIclienttest", "secret"))
    with pytest.raises(Unavailable, match=f"Nothing was sent.*{mend}") as caught:
        await cloud.send(create_job, {"DisplayName": "a"}, REGION)
    assert "hush" not in str(caught.value)
    assert not isinstance(caught.value, LostAnswer)


FORBIDDEN = raw(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")


async def test_a_proxy_of_the_environment_is_used_for_the_cloud_and_sees_no_signature(
    create_job: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    async def noted(seconds: float) -> None:
        waited.append(seconds)

    async with serving(FORBIDDEN) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        cloud = CloudClient(Endpoints(), StaticCredentials("LTAIclienttest", "secret"), sleep=noted)
        with pytest.raises(Unavailable, match="proxy; nothing was sent") as caught:
            await cloud.send(create_job, {"DisplayName": "a"}, REGION)
        await cloud.close()
    assert not isinstance(caught.value, LostAnswer)
    assert {sent.line for sent in proxy.seen} == {"CONNECT pai-dlc.cn-hangzhou.aliyuncs.com:443 HTTP/1.1"}
    assert (len(proxy.seen), len(waited)) == (3, 2)
    assert all("authorization" not in sent.headers and not sent.body for sent in proxy.seen)


async def test_an_argument_that_would_change_the_path_sends_nothing(client: MakeClient, get_job: Operation) -> None:
    async with serving(reply()) as server:
        with pytest.raises(InvalidArguments):
            await client(server.url).send(get_job, {"JobId": ".."}, REGION)
        with pytest.raises(InvalidArguments):
            await client(server.url).send(get_job, JOB, "evil.example.com/")
    assert server.seen == []


class _Bearer(_Described):
    async def get(self) -> Credential:
        return Credential("test", bearer_token="a-bearer-token")

    async def renewed(self, refused: Credential) -> Credential | None:
        return None


async def test_a_bearer_token_travels_as_the_services_own_type_without_a_signature(
    client: MakeClient, get_job: Operation
) -> None:
    async with serving(reply()) as server:
        await client(server.url, credentials=_Bearer()).send(get_job, JOB, REGION)
    headers = server.seen[0].headers
    assert (headers["x-acs-bearer-token"], headers["x-acs-signature-type"]) == ("a-bearer-token", "BEARERTOKEN")
    assert "authorization" not in headers


@pytest.mark.parametrize("answer", [reply(200, {"requestId": "R-7", "A": 1}), reply(200, {"RequestID": "R-7", "A": 1})])
async def test_the_request_id_is_found_in_every_spelling(
    answer: Answer, client: MakeClient, get_job: Operation
) -> None:
    async with serving(answer) as server:
        reply_ = await client(server.url).send(get_job, JOB, REGION)
    assert (reply_.data, reply_.request_id) == ({"A": 1}, "R-7")
