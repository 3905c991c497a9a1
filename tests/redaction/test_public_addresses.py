"""R67: addresses of the public internet are no secrets; what only looks like one, or is not public, stays hidden."""

from __future__ import annotations

import pytest

from pai_dlc_mcp.redaction.names import is_plain_value

ENDINGS = ("aliyuncs.com", "aliyun.com", "alibabacloud.com", "pythonhosted.org", "python.org", "githubusercontent.com",
           "edu.cn")  # fmt: skip
HOSTS = ("pypi.org", "docker.io", "github.com", "huggingface.co", "hf-mirror.com", "modelscope.cn", "quay.io",
         "nvcr.io", "gcr.io", "ghcr.io", "pytorch.org", "npmjs.org")  # fmt: skip
PRIVATE = ("internal", "local", "svc", "corp", "lan", "intra", "home", "test", "invalid")


@pytest.mark.parametrize("host", HOSTS)
def test_r67_a_well_known_host_and_what_stands_below_it_is_plain_without_a_scheme(host: str) -> None:
    for value in (host, f"files.{host}", f"{host.upper()}:443/simple"):
        assert is_plain_value(value), value
    for value in (f"x{host}", f"{host}.evil.com", f"{host}/a1b2c3d4e5f6a7b8c9", f"user@{host}"):
        assert not is_plain_value(value), value


@pytest.mark.parametrize("ending", ENDINGS)
def test_r67_what_stands_below_a_well_known_ending_is_plain_and_not_the_ending_of_another_name(ending: str) -> None:
    assert is_plain_value(f"files.{ending}")
    assert is_plain_value(f"files.mirror.{ending}/pool")
    for value in (ending, f"x{ending}", f"files.{ending}x"):
        assert not is_plain_value(value), value


@pytest.mark.parametrize("ending", PRIVATE)
def test_r67_a_private_name_is_not_public_by_its_scheme(ending: str) -> None:
    assert not is_plain_value(f"https://files.{ending}")
    assert is_plain_value(f"https://files.{ending}.example.com")
