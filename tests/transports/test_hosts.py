"""R78: which names a request may call the server by, at the edges of what a host is."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.transports.hosts import KnownHosts, bracketed, is_loopback, parse_host, parse_origin


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("example.com", "example.com"),
        ("EXAMPLE.com:8080", "example.com"),
        ("h:0", "h"),
        ("h:65535", "h"),
        ("[::1]:80", "::1"),
        ("[FE80::1]", "fe80::1"),
        ("a" * 253, "a" * 253),
        *[
            (text, None)
            for text in ("", "h:65536", "h:", "h:123456", "localhost:80@evil", "a b", "-a", ".a", "a" * 254)
        ],
        *[(text, None) for text in ("[]", "[:]", "[g::1]", "::1", "h/x", "a_b", "h\n")],
    ],
)
def test_r78_a_host_is_a_name_or_an_address_with_an_optional_port(text: str, host: str | None) -> None:
    assert parse_host(text) == host


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("http://a.b:1", "a.b"),
        ("https://[::1]", "::1"),
        *[(text, None) for text in ("null", "a.b", "ftp://a.b", "http://", "http://a.b/", "HTTP://a.b", "file://a")],
    ],
)
def test_r78_an_origin_is_a_web_pages_host(text: str, host: str | None) -> None:
    assert parse_origin(text) == host


def test_loopback_is_this_machine_and_an_address_of_version_six_stands_in_brackets() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.9.9.9", "::1", "localhost")))
    assert not any(map(is_loopback, ("0.0.0.0", "10.0.0.1", "::", "localhost.example.com", "")))  # no bind
    assert (bracketed("::1"), bracketed("127.0.0.1")) == ("[::1]", "127.0.0.1")


async def answered(names: Any, path: str = "/mcp", kind: str = "http", **headers: str | list[str]) -> int:
    sent: list[int] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        sent.append(200)

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            sent.append(message["status"])

    lists = {name: value if isinstance(value, list) else [value] for name, value in headers.items()}
    given = [(name.encode(), one.encode()) for name, values in lists.items() for one in values]
    await KnownHosts(app, names)({"type": kind, "path": path, "headers": given}, None, send)  # type: ignore[arg-type]  # a scope by hand
    [status] = sent
    return status


@pytest.mark.parametrize(
    ("names", "headers", "status"),
    [
        (["Example.com"], {"host": "EXAMPLE.COM:80"}, 200),
        (["example.com"], {"host": "evil.com"}, 421),
        (["example.com"], {}, 421),
        (["example.com"], {"host": ["example.com", "example.com"]}, 421),
        (["example.com"], {"host": "example.com:80@evil.com"}, 421),
        (["a", "b"], {"host": "a", "origin": "http://b"}, 200),
        (["a", "b"], {"host": "a", "origin": "http://c"}, 403),
        (["a"], {"host": "a", "origin": "null"}, 403),
        (["a"], {"host": "a", "origin": ["http://a", "http://c"]}, 403),
        (None, {"host": "any.example", "origin": "https://any.example:9"}, 200),
        (None, {"host": "any.example", "origin": "https://other.example"}, 403),
        (None, {"host": "a b"}, 421),
    ],
)
async def test_r78_a_request_is_served_by_the_names_of_the_server(
    names: Any, headers: dict[str, Any], status: int
) -> None:
    assert await answered(names, **headers) == status


async def test_r78_probes_are_answered_by_any_host_and_what_is_no_request_by_none() -> None:
    for path, status in (("/healthz", 200), ("/readyz", 200), ("/metrics", 421), ("/healthz/", 421)):
        assert await answered(["a"], path, host="10.0.0.7:8080") == status
    assert await answered(["a"], "/readyz", host="10.0.0.7", origin="http://c") == 403
    assert await answered(["a"], kind="lifespan") == 200
