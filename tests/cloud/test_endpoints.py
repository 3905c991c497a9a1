"""R75: the host of a product in a region, and which hosts may take its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pai_dlc_mcp.cloud.endpoints import Endpoints, checked
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import InvalidArguments

CONTRACT = json.loads((Path(__file__).parents[2] / "server/pai_dlc_emulator/contract.json").read_text(encoding="utf-8"))
REGIONS = {region for product in CONTRACT.values() for region in product["endpoint"]["overrides"]}
PUBLIC = {("aiworkspace", "ap-southeast-5"): "aiworkspace.ap-southeast-5.aliyuncs.com"}
"""Where the SDK names a host of the region's VPC alone; the service's own metadata names the public one."""


@pytest.mark.parametrize("product", list(CONTRACT))
def test_r75_every_region_has_the_host_that_the_official_sdk_uses(product: str) -> None:
    facts = CONTRACT[product]["endpoint"]
    plain = {"cn-hangzhou", "cn-shanghai", "ap-southeast-1", "us-west-1", "eu-central-1"}
    for region in REGIONS | plain:
        host = PUBLIC.get((product, region)) or facts["overrides"].get(region, facts["pattern"].format(region=region))
        assert Endpoints().base(product, region) == f"https://{host}", region
    assert not plain & REGIONS


@pytest.mark.parametrize(
    "region",
    ["", "hangzhou", "CN-hangzhou", "cn-hangzhou.evil.com", "cn-hangzhou/", "cn-a@b", "cn-hangzhou\n", "cn--b"],
)
def test_r75_what_is_not_the_name_of_a_region_is_refused(region: str) -> None:
    with pytest.raises(InvalidArguments) as caught:
        Endpoints({"pai-dlc": "http://127.0.0.1:1"}).base("pai-dlc", region)
    assert (caught.value.rule, caught.value.field) == ("R75", "region")


@pytest.mark.parametrize(
    ("endpoint", "base"),
    [
        ("pai-dlc-vpc.cn-hangzhou.aliyuncs.com", "https://pai-dlc-vpc.cn-hangzhou.aliyuncs.com"),
        ("https://example.com:8443/", "https://example.com:8443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_an_operators_endpoint_stands_in_for_the_regional_one(endpoint: str, base: str) -> None:
    endpoints = Endpoints.of(Settings(dlc_endpoint=endpoint))
    assert endpoints.base("pai-dlc", "cn-hangzhou") == base
    assert endpoints.base("aiworkspace", "cn-hangzhou") == "https://aiworkspace.cn-hangzhou.aliyuncs.com"


@pytest.mark.parametrize(
    ("endpoint", "fault"),
    [
        ("http://example.com", "plain http"),
        ("http://127.0.0.1.example.com", "plain http"),
        ("http://0.0.0.0:80", "plain http"),
        ("http://localhost.example.com", "plain http"),
        ("ftp://example.com", "only https"),
        ("https://example.com/path", "without path"),
        ("https://user:hunter2@example.com", "without path, query or user"),
        ("https://example.com?x=1", "without path"),
        ("https://", "not a host"),
        ("https://example.com:99999", "not a host"),
        ("https://exa mple.com", "not a host"),
        ("https://xn--a", "not a host"),
        (f"https://{'a' * 64}.com", "not a host"),
        ("http://[::1", "not a host"),
        ("https://user:hunter2@ex\u2100mple.com", "not a host"),
    ],
)
def test_an_endpoint_that_must_not_be_used_is_named_in_one_line(endpoint: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault) as caught:
        checked(endpoint)
    assert "\n" not in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_only_hosts_of_this_machine_are_kept_from_proxies() -> None:
    endpoints = Endpoints({"pai-dlc": "http://[::1]:80", "aiworkspace": "https://example.com"})
    assert endpoints.local_hosts == ["::1"]


EMULATOR = "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    ("endpoint", "configured", "own"),
    [
        ("pai-dlc-vpc.cn-hangzhou.aliyuncs.com", None, "cn-hangzhou"),
        ("pai-dlc-vpc.cn-hangzhou.aliyuncs.com", "cn-beijing", "cn-hangzhou"),
        ("https://gateway.example.com", "cn-beijing", "cn-beijing"),
        (EMULATOR, "cn-beijing", "cn-beijing"),
    ],
)
def test_r79_a_fixed_endpoint_answers_for_its_own_region_alone(endpoint: str, configured: str | None, own: str) -> None:
    endpoints = Endpoints.of(Settings(dlc_endpoint=endpoint, region=configured))
    assert endpoints.base("pai-dlc", own) == checked(endpoint)
    with pytest.raises(InvalidArguments, match=own) as caught:
        endpoints.base("pai-dlc", "ap-southeast-1")
    assert (caught.value.rule, caught.value.field) == ("R79", "region")
    assert endpoints.base("aiworkspace", "ap-southeast-1") == "https://aiworkspace.ap-southeast-1.aliyuncs.com"


def test_r79_an_emulator_answers_for_the_regions_that_it_announces() -> None:
    by_region = {"cn-hangzhou": {"pai-dlc": EMULATOR}, "cn-beijing": {"pai-dlc": f"{EMULATOR}1"}}
    endpoints = Endpoints.of(Settings(dlc_endpoint=EMULATOR, region="cn-hangzhou"), by_region)
    assert endpoints.base("pai-dlc", "cn-hangzhou") == EMULATOR
    assert endpoints.base("pai-dlc", "cn-beijing") == f"{EMULATOR}1"
    with pytest.raises(InvalidArguments, match="cn-hangzhou, cn-beijing"):
        endpoints.base("pai-dlc", "cn-shanghai")


def test_r79_where_nobody_knows_the_endpoints_region_the_call_names_it() -> None:
    endpoints = Endpoints.of(Settings(dlc_endpoint=EMULATOR))
    assert endpoints.base("pai-dlc", "cn-shanghai") == EMULATOR


def test_studio_is_asked_in_the_cloud_or_where_its_own_endpoint_is_set() -> None:
    assert Endpoints().base("pai", "ap-southeast-5") == "https://pai.ap-southeast-5.aliyuncs.com"
    assert Endpoints().is_reachable("pai")
    replaced = Settings(dlc_endpoint=EMULATOR, aiworkspace_endpoint=EMULATOR)
    assert not Endpoints.of(replaced).is_reachable("pai")
    both = Endpoints.of(replaced.model_copy(update={"studio_endpoint": "http://127.0.0.1:9090"}))
    assert both.is_reachable("pai")
    assert both.base("pai", "cn-hangzhou") == "http://127.0.0.1:9090"
    assert Endpoints.of(Settings(studio_endpoint=EMULATOR)).is_reachable("pai")


@pytest.mark.parametrize("endpoint", ["https://example.com:0", "https://exam_ple:1:2", "https://:80", "https://a b"])
def test_an_endpoint_without_a_host_or_with_a_port_that_there_is_not_is_none(endpoint: str) -> None:
    with pytest.raises(ValueError, match="not a host name with an optional port"):
        checked(endpoint)


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        ("ftp://example.com", "endpoint 'ftp://example.com': only https, or http to this machine"),
        (
            "https://u:p@example.com",
            "endpoint 'https://example.com': only a host and a port, without path, query or user",
        ),
        (
            "https://example.com#x",
            "endpoint 'https://example.com': only a host and a port, without path, query or user",
        ),
        (
            "http://example.com",
            "endpoint 'http://example.com': plain http is only for this machine (127.0.0.1, ::1, localhost); use https",
        ),
    ],
)
def test_an_endpoint_is_refused_with_its_fault_and_without_its_user(endpoint: str, words: str) -> None:
    with pytest.raises(ValueError) as caught:
        checked(endpoint)
    assert str(caught.value) == words


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "[::1]"])
def test_hosts_of_this_machine_may_be_plain_http_and_stay_off_proxies(host: str) -> None:
    endpoints = Endpoints.of(Settings(aiworkspace_endpoint=f"http://{host}:80"))
    assert endpoints.local_hosts == [host.strip("[]")]
    assert endpoints.base("aiworkspace", "cn-hangzhou") == f"http://{host}:80"
