"""Routing, decoding, policy, journal and the admin calls."""

from __future__ import annotations

import json
import re
import socket
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from emulator.driving import RawClient, Sdk
from pai_dlc_emulator.contract import products
from pai_dlc_emulator.server import Emulator, started
from pai_dlc_emulator.service import PRODUCTS
from pai_dlc_emulator.world import HANDLERS


def test_every_operation_of_the_contract_has_a_handler_and_no_other_has(emulator: Emulator) -> None:
    names = {operation.key for product in PRODUCTS.values() for operation in product.operations.values()}
    assert set(HANDLERS) == names
    assert len(names) == 43 + 127 + 4


def test_a_slash_in_an_id_only_comes_from_its_escape() -> None:
    route = products()["pai-dlc"].route("GET", "/api/v1/jobs/a%2Fb%252Fc")
    assert route is not None
    assert (route.operation.name, route.arguments) == ("GetJob", {"JobId": "a/b%2Fc"})


@pytest.mark.parametrize(
    "path", ["/api/v1/jobs//stop", "/api/v1/jobs/a/b/stop", "/api/v1/Jobs/a/stop", "/api/v1/jobs/a/halt"]
)
def test_a_path_of_no_operation_is_not_routed(path: str) -> None:
    assert products()["pai-dlc"].route("POST", path) is None


def test_every_path_of_the_contract_routes_to_its_own_operation() -> None:
    for product in products().values():
        for operation in product.operations.values():
            route = product.route(operation.method, operation.path.replace("{", "x").replace("}", ""))
            assert route is not None
            assert route.operation is operation


def test_the_wrong_product_does_not_know_the_operation(raw: RawClient) -> None:
    response = raw.send("ListWorkspaces", base=raw.emulator.dlc)
    assert (response.status_code, response.json()["Code"]) == (404, "InvalidAction.NotFound")


def test_an_action_header_that_is_not_the_routed_operation_is_refused(raw: RawClient) -> None:
    response = raw.send("ListWorkspaces", override={"x-acs-action": "ListImages"})
    assert (response.status_code, response.json()["Code"]) == (404, "InvalidAction.NotFound")


def test_another_api_version_is_refused(raw: RawClient) -> None:
    response = raw.send("ListWorkspaces", override={"x-acs-version": "2020-12-03"})
    assert (response.status_code, response.json()["Code"]) == (400, "InvalidVersion")


@pytest.mark.parametrize(("text", "status"), [("True", 200), ("true", 200), ("False", 200), ("false", 200), ("1", 400)])
def test_a_boolean_of_the_query_comes_in_either_case(raw: RawClient, text: str, status: int) -> None:
    assert raw.send("ListWorkspaces", query={"Verbose": text}).status_code == status


@pytest.mark.parametrize("query", [{"PageSize": "ten"}, {"PageNumber": "0"}, {"Order": "newest"}, {"SortBy": "Size"}])
def test_a_wrong_query_value_is_an_invalid_parameter(raw: RawClient, query: dict[str, str]) -> None:
    response = raw.send("ListWorkspaces", query=query)
    assert (response.status_code, response.json()["Code"]) == (400, "InvalidParameter")


def test_an_unknown_argument_is_ignored(raw: RawClient) -> None:
    assert raw.send("ListWorkspaces", query={"Colour": "blue"}).json()["TotalCount"] == 3


def test_a_missing_required_argument_is_named(raw: RawClient) -> None:
    response = raw.send("ListCodeSources")
    assert (response.status_code, response.json()["Code"]) == (400, "MissingParameter")
    assert "WorkspaceId" in response.json()["Message"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "InvalidRequestBody"),
        (b"[]", "InvalidRequestBody"),
        (b'{"JobType":7}', "InvalidParameter"),
        (b'{"Envs":' + b"[" * 60_000, "InvalidRequestBody"),
        (b'{"DisplayName":"\\ud800"}', "InvalidRequestBody"),
        (b'{"Priority":NaN}', "InvalidRequestBody"),
    ],
)
def test_a_body_that_is_not_what_the_contract_says_is_refused(raw: RawClient, body: bytes, code: str) -> None:
    response = raw.send("CreateJob", body=body)
    assert (response.status_code, response.json()["Code"]) == (400, code)


def test_r15_create_job_takes_no_more_than_65536_bytes(raw: RawClient) -> None:
    response = raw.send("CreateJob", body={"UserCommand": "x" * 65_536})
    assert response.status_code == 400
    assert "65536" in response.json()["Message"]


def test_a_body_of_more_than_a_megabyte_is_too_large(raw: RawClient, admin: Any) -> None:
    assert raw.send("CreateWorkspace", body=b"x" * 1_200_000).status_code == 413
    assert admin("journal")[-1]["status"] == 413


def test_the_journal_shows_each_request_as_it_came_with_foreign_secrets_masked(raw: RawClient, admin: Any) -> None:
    raw.send("GetWorkspace", path={"WorkspaceId": "a/b"}, query={"Verbose": "True"}, key_id="STS.EMULATORKEYCAROL")
    foreign = {"x-acs-security-token": "a-real-token"}
    raw.send("CreateWorkspace", body={"WorkspaceName": "ü"}, key_id="NOBODYSKEY", override=foreign)
    first, second = admin("journal")
    assert set(first) == {"at", "operation", "method", "path", "query", "headers", "body", "status"}
    assert first["operation"] == "GetWorkspace"
    assert (first["path"], first["query"], first["body"]) == ("/api/v1/workspaces/a%2Fb", {"Verbose": "True"}, None)
    assert first["headers"]["authorization"].startswith("ACS3-HMAC-SHA256 Credential=STS.EMULATORKEYCAROL,")
    assert first["headers"]["x-acs-security-token"] == "emulator-token-of-carol"
    assert (second["headers"]["authorization"], second["headers"]["x-acs-security-token"]) == ("***", "***")
    assert (second["method"], second["body"], second["status"]) == ("POST", {"WorkspaceName": "ü"}, 404)
    assert "a-real-token" not in json.dumps([first, second])


def test_a_path_of_no_operation_is_journalled_too(emulator: Emulator, admin: Any) -> None:
    httpx.get(f"{emulator.dlc}/api/v1/nowhere?x=1")
    (entry,) = admin("journal")
    assert (entry["operation"], entry["path"], entry["status"]) == (None, "/api/v1/nowhere", 400)


@pytest.mark.parametrize("pattern", ["paiworkspace:ListWorkspaces", "paiworkspace:List*", "*"])
def test_r73_a_denied_action_is_forbidden_and_named(raw: RawClient, admin: Any, pattern: str) -> None:
    admin("policy", {"deny": [pattern]})
    response = raw.send("ListWorkspaces")
    assert (response.status_code, response.json()["Code"]) == (403, "Forbidden.RAM")
    assert "paiworkspace:ListWorkspaces" in response.json()["Message"]
    assert response.json()["AccessDeniedDetail"]["AuthAction"] == "paiworkspace:ListWorkspaces"


def test_a_denied_action_leaves_the_others_alone(raw: RawClient, admin: Any) -> None:
    admin("policy", {"deny": ["pai:StopJob", "paiimage:*"]})
    assert raw.send("ListWorkspaces").status_code == 200
    assert raw.send("ListImages").json()["Code"] == "Forbidden.RAM"
    assert "paidlc:StopJob" in raw.send("StopJob", path={"JobId": "dlcx"}).json()["Message"]


def test_reset_brings_the_same_world_back(sdk: Sdk, admin: Any) -> None:
    before = sdk.call("ListDatasets")["Datasets"][0]["DatasetId"]
    admin("policy", {"deny": ["*"]})
    admin("faults", [{"operation": "*", "kind": "drop_before", "times": 9}])
    assert admin("reset", {"seed": "default"}) == {"seed": "default"}
    assert admin("journal") == []
    assert sdk.call("ListDatasets")["Datasets"][0]["DatasetId"] == before


def test_the_large_world_is_large_and_quick(sdk: Sdk, admin: Any) -> None:
    admin("reset", {"seed": "large"})
    custom = sdk.call("ListImages", WorkspaceId=_id(sdk, "vision_training"))["TotalCount"]
    assert (sdk.call("ListImages")["TotalCount"] + custom, sdk.call("ListDatasets")["TotalCount"]) == (4999, 1999)


def _id(sdk: Sdk, name: str) -> str:
    (workspace,) = sdk.call("ListWorkspaces", WorkspaceName=name)["Workspaces"]
    return str(workspace["WorkspaceId"])


def test_the_state_is_the_whole_world(admin: Any) -> None:
    state = admin("state")
    assert {"seed", "now", "workspaces", "images", "datasets", "code_sources", "quotas", "jobs"} <= set(state)
    assert len(state["workspaces"]) == 3


def test_the_clock_goes_forward_only(emulator: Emulator, admin: Any) -> None:
    before = admin("state")["now"]
    assert admin("clock", {"advance_s": 3600})["now"] > before
    assert httpx.post(f"{emulator.admin}/clock", json={"advance_s": -1}).status_code == 400


@pytest.mark.parametrize(
    ("call", "body"),
    [
        ("reset", {"seed": "atlantis"}),
        ("reset", {"seed": 7}),
        ("clock", {"hours": 1}),
        ("clock", []),
        ("clock", {"advance_s": 1e30}),
        ("policy", {"deny": [1]}),
        ("faults", {"kind": "status"}),
        ("faults", [{"kind": "earthquake"}]),
        ("faults", [{"kind": "status"}]),
        ("faults", [{"kind": "garbage", "operation": "GetJobs"}]),
        ("faults", [{"kind": "delay", "seconds": "long"}]),
        ("faults", [{"kind": "endless", "seconds": "long"}]),
        ("faults", [{"kind": []}]),
        ("faults", [{"kind": "garbage", "times": 0}]),
    ],
)
def test_a_wrong_admin_call_is_refused_with_a_sentence(emulator: Emulator, call: str, body: Any) -> None:
    response = httpx.post(f"{emulator.admin}/{call}", json=body)
    assert response.status_code == 400
    assert response.json()["error"].endswith(".")


def test_the_admin_address_answers_to_loopback_names_only(emulator: Emulator) -> None:
    url = f"{emulator.admin}/journal"
    assert httpx.get(url, headers={"host": "evil.example"}).status_code == 403
    assert httpx.get(url, headers={"host": "localhost:1"}).status_code == 200


def test_there_are_no_admin_calls_on_the_product_addresses(emulator: Emulator) -> None:
    assert httpx.get(f"{emulator.dlc}/journal").json()["Code"] == "MissingParameter"


def test_the_announcement_has_the_fields_of_the_contract(emulator: Emulator) -> None:
    announced = emulator.announcement()
    keys = {"dlc", "aiworkspace", "paistudio", "admin", "access_key_id", "access_key_secret", "regions", "endpoints"}
    assert set(announced) == keys
    first, second = announced["regions"]
    assert announced["endpoints"][first] == {name: announced[name] for name in ("dlc", "aiworkspace", "paistudio")}
    urls = [url for region in announced["endpoints"].values() for url in region.values()]
    assert len(set(urls)) == 6
    assert set(announced["endpoints"][second]) == {"dlc", "aiworkspace", "paistudio"}
    json.dumps(announced)


def test_a_port_gives_its_addresses_in_a_row(emulator: Emulator) -> None:
    base = _free_run()
    with started(port=base) as second:
        other = second.announcement()["endpoints"]["cn-shanghai"]
        urls = (second.dlc, second.aiworkspace, second.admin, second.paistudio, *other.values())
        ports = [int(url.rsplit(":", 1)[1]) for url in urls]
    assert ports == list(range(base, base + 7))


def test_a_taken_port_is_an_error_and_not_a_hang(emulator: Emulator) -> None:
    taken = int(emulator.dlc.rsplit(":", 1)[1])
    with pytest.raises(OSError, match="in use"), started(port=taken):
        pass


def _free_run() -> int:
    """A port whose two successors are free as well, most likely."""
    import socket

    for base in range(23_400, 24_400, 7):
        with socket.socket() as a, socket.socket() as b, socket.socket() as c:
            try:
                for offset, one in enumerate((a, b, c)):
                    one.bind(("127.0.0.1", base + offset))
            except OSError:
                continue
            return base
    raise AssertionError("no three free ports in a row")


def test_an_admin_call_whose_body_is_too_large_is_answered_and_changes_nothing(emulator: Emulator, admin: Any) -> None:
    answer = httpx.post(f"{emulator.admin}/emulator/faults", content=b" " * 1_200_000, timeout=10)
    assert (answer.status_code, answer.json()["Code"]) == (413, "RequestTooLarge")


def test_a_request_id_has_the_services_form_and_is_another_each_time(raw: RawClient) -> None:
    found = {raw.send("ListWorkspaces").json()["RequestId"] for _ in range(3)}
    form = re.compile(r"[0-9A-F]{8}-[0-9A-F]{4}-5[0-9A-F]{3}-[0-9A-F]{4}-[0-9A-F]{12}")
    assert len(found) == 3
    assert all(form.fullmatch(one) for one in found)


def test_a_client_that_goes_away_within_its_body_leaves_nothing_behind(
    raw: RawClient, admin: Any, caplog: pytest.LogCaptureFixture
) -> None:
    place = urlsplit(raw.emulator.aiworkspace)
    with socket.create_connection((place.hostname, place.port), 10) as connection:
        connection.sendall(b"POST /api/v1/workspaces HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n{")
    assert raw.send("ListWorkspaces").status_code == 200
    assert [line["operation"] for line in admin("journal")] == ["ListWorkspaces"]
    assert not [record for record in caplog.records if record.exc_info]
