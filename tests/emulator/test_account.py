"""What holds for the whole account: its regions, its third product, both signatures, its policy, its rate limits."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from email.utils import formatdate
from pathlib import Path
from typing import Any

import httpx
import pytest

import pai_dlc_emulator
from emulator.driving import CONTRACT, RawClient, Sdk
from emulator.tours_workspaces import refused
from pai_dlc_emulator.clock import Clock
from pai_dlc_emulator.contract import products
from pai_dlc_emulator.policy import passes_role, spellings
from pai_dlc_emulator.server import Emulator

ALICE = "EMULATORKEYALICE0000"


def roa(
    emulator: Emulator, base: str, method: str, path: str, query: dict[str, str], version: str, **change: str
) -> httpx.Response:
    """A GET signed in the older form, as the description of ROA signatures says; ``change`` acts after signing."""
    headers = {
        "accept": "application/json",
        "date": formatdate(usegmt=True),
        "x-acs-signature-method": "HMAC-SHA1",
        "x-acs-signature-nonce": uuid.uuid4().hex,
        "x-acs-signature-version": "1.0",
        "x-acs-version": version,
    }
    own = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers) if name.startswith("x-acs-"))
    resource = path + ("?" + "&".join(f"{name}={query[name]}" for name in sorted(query)) if query else "")
    text = f"{method}\n{headers['accept']}\n\n\n{headers['date']}\n{own}{resource}"
    digest = hmac.new(emulator.keys[ALICE].secret.encode(), text.encode(), hashlib.sha1).digest()
    headers |= {"authorization": f"acs {ALICE}:{base64.b64encode(digest).decode()}"} | change
    with httpx.Client(trust_env=False) as http:
        return http.request(method, base + path, params=query, headers=headers)


def test_the_older_signature_is_taken_and_checked(emulator: Emulator) -> None:
    call = (emulator, emulator.aiworkspace, "GET", "/api/v1/workspaces", {"WorkspaceName": "vision"}, "2021-02-04")
    answered = roa(*call)
    assert (answered.status_code, answered.json()["TotalCount"]) == (200, 1)
    assert roa(*call, **{"x-acs-version": "2021-02-05"}).json()["Code"] == "SignatureDoesNotMatch"
    assert roa(*call, date=formatdate(0, usegmt=True)).json()["Code"] == "InvalidTimeStamp.Expired"


def test_pai_studio_answers_at_its_own_address(emulator: Emulator, admin: Any) -> None:
    answered = roa(emulator, emulator.paistudio, "GET", "/api/v1/quotas/", {"QuotaName": "a10"}, "2022-01-12").json()
    assert [one["QuotaName"] for one in answered["Quotas"]] == ["vision-a10"]
    assert answered["RequestId"]
    without_slash = roa(emulator, emulator.paistudio, "GET", "/api/v1/quotas", {}, "2022-01-12").json()
    assert without_slash["TotalCount"] == 4
    assert {entry["operation"] for entry in admin("journal")} == {"paistudio:ListQuotas"}
    assert roa(emulator, emulator.dlc, "GET", "/api/v1/quotas/", {}, "2020-12-03").status_code == 404


def test_each_region_has_a_world_of_its_own(emulator: Emulator, raw: RawClient, admin: Any) -> None:
    first, second = emulator.regions
    other = emulator.announcement()["endpoints"][second]

    def names(base: str, operation: str) -> Any:
        return raw.send(operation, base=base, query={"ShowOwn": "false"} if operation == "ListJobs" else {}).json()

    here, there = (names(base, "ListWorkspaces")["Workspaces"] for base in (emulator.aiworkspace, other["aiworkspace"]))
    assert {row["WorkspaceName"] for row in here} == {row["WorkspaceName"] for row in there}
    assert not {row["WorkspaceId"] for row in here} & {row["WorkspaceId"] for row in there}
    assert second in names(other["aiworkspace"], "ListImages")["Images"][0]["ImageUri"]
    jobs = [{job["JobId"] for job in names(base, "ListJobs")["Jobs"]} for base in (emulator.dlc, other["dlc"])]
    assert jobs[0]
    assert jobs[1]
    assert not jobs[0] & jobs[1]
    state = httpx.get(f"{emulator.admin}/state", params={"region": second}, trust_env=False).json()
    assert (state["region"], {job["JobId"] for job in state["jobs"]}) == (second, jobs[1])
    assert admin("state")["region"] == first


def test_r73_the_table_of_ram_actions_has_every_operation_and_no_other() -> None:
    table = json.loads((Path(pai_dlc_emulator.__file__).parent / "ram.json").read_text(encoding="utf-8"))
    for name, facts in CONTRACT.items():
        assert set(table[name]) == set(facts["operations"])
    assert all(action.startswith("paidlc:") for action in table["pai-dlc"].values())
    stop = products()["pai-dlc"].operations["StopJob"]
    assert spellings(stop) == ["paidlc:StopJob", "pai:StopJob"]


@pytest.mark.parametrize("pattern", ["paidlc:GetJob", "pai:GetJob", "PaiDLC:getjob", "paidlc:Get*"])
def test_r73_jobs_are_refused_under_either_spelling_and_named_by_the_official_one(
    raw: RawClient, admin: Any, pattern: str
) -> None:
    admin("policy", {"deny": [pattern]})
    answer = raw.send("GetJob", path={"JobId": "dlcx"})
    detail = answer.json()["AccessDeniedDetail"]
    assert (answer.status_code, detail["AuthAction"]) == (403, "paidlc:GetJob")
    assert detail["NoPermissionType"] == "ExplicitDeny"


def test_r73_with_an_allow_list_only_what_it_names_is_permitted(raw: RawClient, admin: Any) -> None:
    admin("policy", {"allow": ["paidlc:List*", "paiimage:ListImages"]})
    assert raw.send("ListJobs").status_code == 200
    assert raw.send("ListImages").status_code == 200
    assert raw.send("ListJobTemplates").json()["Code"] == "MissingParameter", "no authorisation is said to be needed"
    denied = raw.send("ListWorkspaces").json()["AccessDeniedDetail"]
    assert denied == {"AuthAction": "paiworkspace:ListWorkspaces", "NoPermissionType": "ImplicitDeny"}


def test_r73_a_create_that_passes_a_role_on_needs_pass_role(sdk: Sdk, admin: Any) -> None:
    admin("policy", {"deny": ["ram:PassRole"]})
    spec = {"Type": "Worker", "PodCount": 1, "Image": "registry/train:1", "EcsSpec": "ecs.g6.large"}
    common = {"DisplayName": "j", "JobType": "PyTorchJob", "UserCommand": "true", "JobSpecs": [spec]}
    sdk.call("CreateJob", **common)
    roles = [{"RoleArn": "acs:ram::1000000000000001:role/train", "RoleType": "0"}]
    config = {"EnableCredentialInject": True, "CredentialConfigItems": [{"Key": "0", "Type": "Role", "Roles": roles}]}
    assert passes_role({"CredentialConfig": config})
    assert refused(sdk, "CreateJob", **common, CredentialConfig=config) == (403, "Forbidden.RAM")


def test_a_rate_limit_strikes_when_it_is_passed_and_stays(raw: RawClient, admin: Any) -> None:
    admin("faults", [{"operation": "ListImages", "kind": "rate_limit", "calls": 2, "window_s": 600}])
    assert [raw.send("ListImages").status_code for _ in range(4)] == [200, 200, 429, 429]
    assert raw.send("ListWorkspaces").status_code == 200


def test_a_fault_can_be_for_one_pod_and_of_any_status(sdk: Sdk, raw: RawClient, admin: Any) -> None:
    job = sdk.call("ListJobs", ShowOwn=False)["Jobs"][0]["JobId"]
    pod = f"{job}-master-0"
    page = "<html><body>Access denied by proxy</body></html>"
    fault = {"operation": "GetPodLogs", "kind": "status", "status": 403, "body": page, "where": {"PodId": pod}}
    admin("faults", [fault | {"times": 2}])
    other = raw.send("GetPodLogs", path={"JobId": job, "PodId": f"{job}-worker-0"})
    assert other.status_code != 403
    answer = raw.send("GetPodLogs", path={"JobId": job, "PodId": pod})
    assert (answer.status_code, answer.text, answer.headers["content-type"]) == (403, page, "text/html")


def test_the_clock_goes_on_from_where_it_is_at_another_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: real[0])
    monkeypatch.setattr("time.time", lambda: 5_000.0)
    clock = Clock(speed=6.0)
    real[0] += 10
    assert clock.now() == 5_060
    clock.run_at(1.0)
    assert clock.now() == 5_060
    real[0] += 10
    assert clock.now() == 5_070
