"""Requests as text: what may stand in a path, and how queries and bodies are written."""

from __future__ import annotations

import json

import pytest

from pai_dlc_mcp.api import catalog
from pai_dlc_mcp.cloud.request import build
from pai_dlc_mcp.errors import InvalidArguments

GET_JOB = catalog.operation("GetJob")


@pytest.mark.parametrize(
    "job_id",
    [
        "",
        ".",
        "..",
        "a/b",
        "../../v2",
        "a\\b",
        "a\nb",
        "a\r\nx: y",
        "a\0",
        "a\x7f",
        "a\u2028b",
        "a\u202eb",
        "a" * 257,
        None,
    ],
)
def test_a_path_argument_that_would_change_the_path_is_refused(job_id: str | None) -> None:
    with pytest.raises(InvalidArguments) as caught:
        build(GET_JOB, {"JobId": job_id})
    assert caught.value.field == "job_id"


@pytest.mark.parametrize(
    ("job_id", "path"),
    [
        ("dlc1", "dlc1"),
        ("a b", "a%20b"),
        ("a%2Fb", "a%252Fb"),
        ("a~b*c", "a~b%2Ac"),
        ("a?b#c", "a%3Fb%23c"),
        ("作业", "%E4%BD%9C%E4%B8%9A"),
        ("...", "..."),
        ("a" * 256, "a" * 256),
    ],
)
def test_a_path_argument_is_encoded_once(job_id: str, path: str) -> None:
    assert build(GET_JOB, {"JobId": job_id}).path == f"/api/v1/jobs/{path}"


def test_a_slash_may_stand_where_the_declaration_says_so() -> None:
    allowed = [op for op in catalog.operations() for _, wire, _ in op.fields.values() if wire.slash]
    print(f"{len(allowed)} operations take a slash in the path")
    for operation in allowed:
        given = {api: "a/b" if wire.slash else "a" for api, wire, place in operation.fields.values() if place == "path"}
        assert "a%2Fb" in build(operation, given).path


def test_an_argument_that_the_operation_does_not_have_is_refused_with_the_nearest() -> None:
    with pytest.raises(InvalidArguments, match="DisplayName"):
        build(catalog.operation("CreateTensorboard"), {"DisplayNam": "x"})


def test_r29_a_new_job_may_have_what_only_the_record_knew_that_it_was_made_from() -> None:
    sent = build(catalog.operation("CreateJob"), {"DisplayName": "x", "Fresh": {"A": 1}})
    assert json.loads(sent.body or b"") == {"DisplayName": "x", "Fresh": {"A": 1}}


def test_queries_are_written_in_the_style_of_each_field() -> None:
    listed = build(
        catalog.operation("ListJobs"), {"Tags": {"a": "ä b"}, "ShowOwn": True, "PageSize": 5, "DisplayName": ""}
    )
    given = {"DisplayName": "", "PageSize": "5", "ShowOwn": "true", "Tags": '{"a":"ä b"}'}
    assert given.items() <= dict(listed.query).items()
    assert "Tags=%7B%22a%22%3A%22%C3%A4+b%22%7D" in listed.target
    found = build(catalog.operation("ListConnections"), {"ConnectionIds": ["a", "b"]})
    assert ("ConnectionIds", "a,b") in found.query
    token = build(catalog.operation("GetToken"), {"TokenSettings": {"ExpireTime": 60}, "TargetId": "dlc1"})
    assert ("TokenSettings.ExpireTime", "60") in token.query


def test_a_body_is_compact_utf8_and_there_whenever_the_operation_has_body_fields() -> None:
    create = catalog.operation("CreateJob")
    assert build(create, {}).body == b"{}"
    assert build(create, {"DisplayName": "作业", "Envs": None}).body == '{"DisplayName":"作业"}'.encode()
    assert build(catalog.operation("StopJob"), {"JobId": "dlc1"}).body is None


def test_body_fields_stand_in_the_order_of_the_declaration() -> None:
    create = catalog.operation("CreateJob")
    names = [api for api, _, place in create.fields.values() if place == "body"]
    body = build(create, dict.fromkeys(reversed(names), "x")).body
    assert body == ("{" + ",".join(f'"{name}":"x"' for name in names) + "}").encode()


@pytest.mark.parametrize(
    ("job_id", "fault"),
    [
        (None, "is required and must not be empty"),
        ("", "is required and must not be empty"),
        (".", "must not be a dot or two dots"),
        ("..", "must not be a dot or two dots"),
        ("a" * 257, "is longer than 256 characters"),
        ("a\x7f", "must not hold control characters"),
        ("a/b", "must not hold a slash or a backslash"),
        ("a\\b", "must not hold a slash or a backslash"),
    ],
)
def test_a_path_argument_is_refused_with_its_fault(job_id: str | None, fault: str) -> None:
    with pytest.raises(InvalidArguments) as caught:
        build(GET_JOB, {"JobId": job_id})
    assert caught.value.message == f"job_id {fault}."


def test_a_backslash_is_refused_where_a_slash_may_stand() -> None:
    operation, name = next(
        (op, api) for op in catalog.operations() for api, wire, _ in op.fields.values() if wire.slash
    )
    given = {api: "a" for api, _, place in operation.fields.values() if place == "path"}
    with pytest.raises(InvalidArguments, match="backslash"):
        build(operation, given | {name: "a\\b"})


@pytest.mark.parametrize("spare", [0, 1])
def test_an_address_that_is_too_long_is_refused_with_its_largest_argument(spare: int) -> None:
    listing = catalog.operation("ListJobs")
    names = {"DisplayName": "", "ShowOwn": False, "WorkspaceId": "w" * 40}
    bare = len(build(listing, names).target.partition("?")[2])
    given = names | {"DisplayName": "é" * ((32_768 - bare) // 6)}
    rest = 32_768 - len(build(listing, given).target.partition("?")[2])
    given["DisplayName"] += "x" * (rest + spare)
    if not spare:
        assert len(build(listing, given).target.partition("?")[2]) == 32_768
        return
    with pytest.raises(InvalidArguments) as caught:
        build(listing, given)
    said = "The arguments take 32,769 characters in the address, 32,768 are the most; shorten DisplayName."
    assert (caught.value.message, caught.value.field) == (said, "DisplayName")


def test_nested_query_values_are_written_out_by_name_and_number_from_one() -> None:
    given = {"A": {"B": [1, None, {"C": True}], "D": None}, "E": "x", "F": 1.5}
    query = build(catalog.operation("GetToken"), {"TargetId": "dlc1", "TokenSettings": given}).query
    found = [pair for pair in query if pair[0].startswith("TokenSettings")]
    names = ("A.B.1", "A.B.3.C", "E", "F")
    assert found == [
        (f"TokenSettings.{name}", value) for name, value in zip(names, ("1", "true", "x", "1.5"), strict=True)
    ]


def test_lists_in_queries_are_joined_by_commas_or_written_as_json() -> None:
    joined = build(catalog.operation("ListConnections"), {"ConnectionIds": ["a", 5, True]}).query
    assert ("ConnectionIds", "a,5,true") in joined
    assert ("ConnectionIds", "a") in build(catalog.operation("ListConnections"), {"ConnectionIds": "a"}).query
    written = build(catalog.operation("UntagResources"), {"ResourceType": "job", "ResourceId": ["a", "b"]}).query
    assert ("ResourceId", '["a","b"]') in written
