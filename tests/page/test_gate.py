"""Which requests the page answers, and where the ones that change something may come from."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from pai_dlc_mcp.page.gate import Denied, check_source, is_page_path

HOST = "127.0.0.1:80"


@pytest.mark.parametrize(
    ("paths", "methods"),
    [
        (("/", "/login", "/jobs", "/quotas", "/approvals", "/audit"), "GET HEAD"),
        (("/jobs/dlc1", "/jobs/", "/assets/a.js"), "GET HEAD"),
        (("/api/session", "/api/"), "GET HEAD POST DELETE"),
        (("/jobs/dlc1/x", "/job", "/a/b", "/x/assets/", "/assets", "/api", "/x/api/", "/mcp", "/metrics", ""), ""),
    ],
)
def test_what_the_page_answers_is_told_by_method_and_path(paths: tuple[str, ...], methods: str) -> None:
    for path in paths:
        answered = [method for method in ("GET", "HEAD", "POST", "DELETE") if is_page_path(method, path)]
        assert answered == methods.split(), path


def passes(method: str, *headers: tuple[str, str]) -> bool:
    """Whether a request of these headers comes from the page itself, which may stand at ``pai.example`` too."""
    raw = [(name.encode(), value.encode()) for name, value in headers]
    try:
        check_source(Request({"type": "http", "method": method, "headers": raw}), {"pai.example"})
    except Denied as denied:
        return (denied.status, denied.code) != (403, "other_site")
    return True


def test_r78_a_read_comes_from_anywhere_but_another_site() -> None:
    for method in ("GET", "HEAD"):
        assert passes(method)
        assert passes(method, ("origin", "http://elsewhere.example"))
        sites = {"none": True, "same-origin": True, "same-site": False, "": False, "x": False}
        assert {site: passes(method, ("sec-fetch-site", site)) for site in sites} == sites


@pytest.mark.parametrize(
    ("origin", "is_ours"),
    [
        (f"http://{HOST}", True),
        (f"https://{HOST}", True),
        ("https://PAI.example", True),
        (f"ftp://{HOST}", False),
        (f"http://{HOST}/", False),
        (f"http:{HOST}", False),
        ("http://", False),
        ("http://_", False),
        ("http://[", False),
        ("null", False),
        ("", False),
        ("http://elsewhere.example", False),
    ],
)
def test_r78_what_changes_something_says_that_it_comes_from_the_page(origin: str, is_ours: bool) -> None:
    for method in ("POST", "DELETE"):
        assert passes(method, ("host", HOST), ("origin", origin)) is is_ours
        assert passes(method, ("origin", origin)) is (origin == "https://PAI.example"), "without a host that was asked"
    assert not passes("POST", ("host", HOST))
    assert not passes("POST", ("host", HOST), ("origin", f"http://{HOST}"), ("origin", f"http://{HOST}"))
    assert not passes("POST", ("host", HOST), ("origin", f"http://{HOST}"), ("sec-fetch-site", "cross-site"))
