"""Proxies of the environment: what is used, what is reached without one, and which variable cannot be used and why."""

from __future__ import annotations

import sys

import httpx
import pytest

from cloud.conftest import MakeClient
from cloud.raw import reply, serving
from pai_dlc_mcp.cloud.endpoints import Endpoints
from pai_dlc_mcp.cloud.proxies import of_environment
from pai_dlc_mcp.cloud.transport import open_pool
from pai_dlc_mcp.operation import Operation

JOB, REGION = {"JobId": "dlc1"}, "cn-hangzhou"


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://me:hush@proxy:99999", "port that is no number"),
        ("http://me:hush@proxy:0", "not an address"),
        ("http://me:hush@proxy:port", "port that is no number"),
        ("http://me:hush@[::1", "not an address"),
        ("http://", "not an address"),
        ("http://me:hush@a b:80", "not an address"),
        ("gopher://me:hush@proxy:1", "kind of proxy"),
        ("socks4://me:hush@proxy:1", "kind of proxy"),
    ],
)
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "http_proxy"])
def test_a_proxy_that_cannot_be_used_is_named_by_its_variable_and_not_by_its_value(
    variable: str, address: str, why: str
) -> None:
    [fault] = of_environment({variable: address}).faults
    assert fault.variable == variable
    assert why in fault.why
    assert "hush" not in str(fault)
    assert "hush" not in repr(of_environment({variable: address}))


@pytest.mark.parametrize("address", ["http://proxy:3128", "proxy:3128", "https://me:hush@proxy", "http://[::1]:80"])
def test_a_proxy_that_can_be_used_is_no_fault(address: str) -> None:
    found = of_environment({"HTTPS_PROXY": address})
    assert (found.faults, found.variables) == ((), ("HTTPS_PROXY",))


def test_a_socks_proxy_without_its_package_says_which_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)
    [fault] = of_environment({"all_proxy": "socks5://proxy:1080"}).faults
    assert (fault.variable, "httpx[socks]" in fault.remedy) == ("all_proxy", True)


@pytest.mark.parametrize(
    ("no_proxy", "host", "is_direct"),
    [
        ("[::1]", "[::1]", True),
        ("[fd00::1]:8443", "[fd00::1]:8443", True),
        ("[fd00::]/8", "[fd00::1]", True),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("10.0.0.1", "10.0.0.1", True),
        (".aliyuncs.com", "pai-dlc.cn-hangzhou.aliyuncs.com", True),
        ("*.aliyuncs.com", "pai-dlc.cn-hangzhou.aliyuncs.com", True),
        ("aliyuncs.com", "pai-dlc.cn-hangzhou.aliyuncs.com", True),
        ("example.com, aliyuncs.com", "pai-dlc.cn-hangzhou.aliyuncs.com", True),
        ("example.com aliyuncs.com", "pai-dlc.cn-hangzhou.aliyuncs.com", True),
        ("aliyuncs.com", "pai-dlc.example.com", False),
        ("*", "pai-dlc.cn-hangzhou.aliyuncs.com", True),
        ("::nonsense::,aliyuncs.com", "pai-dlc.cn-hangzhou.aliyuncs.com", True),
        ("::nonsense::", "pai-dlc.cn-hangzhou.aliyuncs.com", False),
    ],
)
async def test_every_form_of_no_proxy_means_what_it_says(no_proxy: str, host: str, is_direct: bool) -> None:
    endpoints = Endpoints({"pai-dlc": f"https://{host}"})
    proxies = of_environment({"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": no_proxy})
    async with open_pool(endpoints, proxies) as pool:
        transport = pool._transport_for_url(httpx.URL(f"https://{host}/"))
    assert (transport is pool._transport) is is_direct


def test_an_entry_of_no_proxy_that_means_nothing_is_named() -> None:
    found = of_environment({"NO_PROXY": "localhost,http//,10.0.0.0/8,ftp//"})
    assert [one.variable for one in found.ignored] == ["NO_PROXY"]
    assert found.faults == ()


async def test_brackets_and_networks_in_no_proxy_keep_no_request_from_leaving(
    client: MakeClient, get_job: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1,[::1],10.0.0.0/8,.svc.cluster.local")
    async with serving(reply(200, {"JobId": "dlc1"})) as server:
        assert (await client(server.url).send(get_job, JOB, REGION)).data == {"JobId": "dlc1"}
