"""Each kind of fault does what it says: to the answer, and to the world."""

from __future__ import annotations

import socket
import time
from typing import Any

import anyio
import httpx
import pytest

from emulator.driving import RawClient, Sdk
from pai_dlc_emulator.server import Emulator, running, started


def test_a_status_is_answered_once_and_then_all_is_well(raw: RawClient, admin: Any) -> None:
    admin(
        "faults",
        [
            {
                "operation": "ListWorkspaces",
                "kind": "status",
                "status": 503,
                "code": "ServiceUnavailable",
                "message": "Later.",
            }
        ],
    )
    response = raw.send("ListWorkspaces")
    assert (response.status_code, response.json()["Code"], response.json()["Message"]) == (
        503,
        "ServiceUnavailable",
        "Later.",
    )
    assert raw.send("ListWorkspaces").status_code == 200
    assert [entry["status"] for entry in admin("journal")] == [503, 200]


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_that_has_no_body_is_answered_without_one(raw: RawClient, admin: Any, status: int) -> None:
    admin("faults", [{"operation": "*", "kind": "status", "status": status}])
    response = raw.send("GetDefaultWorkspace")
    assert (response.status_code, response.content) == (status, b"")
    assert admin("journal")[-1]["status"] == status


def test_a_fault_waits_for_its_operation_and_counts_down(raw: RawClient, admin: Any) -> None:
    admin("faults", [{"operation": "ListImages", "kind": "status", "status": 500, "times": 2}])
    assert raw.send("ListWorkspaces").status_code == 200
    assert [raw.send("ListImages").status_code for _ in range(3)] == [500, 500, 200]


def test_a_throttle_says_when_to_come_back(raw: RawClient, sdk: Sdk, admin: Any) -> None:
    admin("faults", [{"operation": "*", "kind": "throttle", "retry_after_ms": 250, "times": 2}])
    response = raw.send("ListWorkspaces")
    assert (response.status_code, response.headers["x-acs-retry-after"]) == (429, "250")
    assert response.json()["Code"] == "Throttling.User"
    with pytest.raises(Exception, match=r"Throttling\.User") as caught:
        sdk.call("ListWorkspaces")
    error: Any = caught.value
    assert (type(error).__name__, error.retry_after) == ("ThrottlingException", 250)


def _create(raw: RawClient) -> httpx.Response:
    body = {"DisplayName": "dropped", "JobType": "PyTorchJob", "UserCommand": "true", "JobSpecs": [
        {"Type": "Worker", "PodCount": 1, "Image": "any", "EcsSpec": "ecs.g6.large"}]}  # fmt: skip
    return raw.send("CreateJob", body=body)


def _jobs(admin: Any) -> int:
    return sum(job["DisplayName"] == "dropped" for job in admin("state")["jobs"])


@pytest.mark.parametrize(("kind", "made"), [("drop_before", 0), ("drop_after", 1), ("half", 1)])
def test_r25_a_dropped_connection_leaves_the_job_made_or_not(raw: RawClient, admin: Any, kind: str, made: int) -> None:
    admin("faults", [{"operation": "CreateJob", "kind": kind}])
    with pytest.raises(httpx.RemoteProtocolError):
        _create(raw)
    assert _jobs(admin) == made
    assert admin("journal")[-1]["status"] is None


def test_r25_a_late_answer_comes_late_though_the_job_was_made_at_once(raw: RawClient, admin: Any) -> None:
    admin("faults", [{"operation": "CreateJob", "kind": "delay", "seconds": 30}])
    raw.http.timeout = httpx.Timeout(0.3)
    with pytest.raises(httpx.ReadTimeout):
        _create(raw)
    assert _jobs(admin) == 1


def test_a_delay_before_the_act_postpones_the_act(raw: RawClient, admin: Any) -> None:
    admin("faults", [{"operation": "CreateJob", "kind": "delay", "seconds": 0.8, "before": True}])
    raw.http.timeout = httpx.Timeout(0.2)
    with pytest.raises(httpx.ReadTimeout):
        _create(raw)
    assert _jobs(admin) == 0
    time.sleep(1)
    assert _jobs(admin) == 1


def test_a_delay_shorter_than_the_patience_only_takes_time(raw: RawClient, admin: Any) -> None:
    admin("faults", [{"operation": "*", "kind": "delay", "seconds": 0.2}])
    begun = time.monotonic()
    assert raw.send("ListWorkspaces").status_code == 200
    assert time.monotonic() - begun >= 0.2


def test_garbage_is_not_json_though_the_job_was_made(raw: RawClient, admin: Any) -> None:
    admin("faults", [{"operation": "CreateJob", "kind": "garbage"}])
    response = _create(raw)
    assert response.status_code == 200
    with pytest.raises(ValueError, match=r"codec|Expecting"):
        response.json()
    assert _jobs(admin) == 1


def test_an_odd_answer_can_be_anything(raw: RawClient, admin: Any) -> None:
    admin("faults", [{"operation": "ListWorkspaces", "kind": "answer", "body": {"Workspaces": "none"}}])
    assert raw.send("ListWorkspaces").json() == {"Workspaces": "none"}


@pytest.mark.parametrize("operation", ["GetPodLogs", "ListWorkspaces"])
def test_a_huge_answer_is_well_formed_and_of_about_that_size(raw: RawClient, admin: Any, operation: str) -> None:
    admin("faults", [{"operation": operation, "kind": "huge", "bytes": 3_000_000}])
    response = raw.send(operation, path={"JobId": "dlcx", "PodId": "p"})
    assert abs(len(response.content) - 3_000_000) < 1_000
    assert (len(response.json()["Logs"]) > 10_000) if operation == "GetPodLogs" else response.json()["Padding"]


def _peak_kib() -> int:
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def test_two_gigabytes_cost_no_memory_and_can_be_left_at_any_point(raw: RawClient, admin: Any) -> None:
    admin("faults", [{"operation": "*", "kind": "huge", "bytes": 2 * 10**9}])
    before, got = _peak_kib(), 0
    with httpx.stream("GET", f"{raw.emulator.aiworkspace}/api/v1/workspaces") as response:
        for piece in response.iter_bytes():
            got += len(piece)
            if got > 50_000_000:
                break
    assert _peak_kib() - before < 20_000
    assert raw.send("ListWorkspaces").status_code == 200


def test_an_endless_answer_drips_until_the_client_leaves(raw: RawClient, admin: Any) -> None:
    admin("faults", [{"operation": "*", "kind": "endless", "seconds": 0.01}])
    got = 0
    with httpx.stream("GET", f"{raw.emulator.aiworkspace}/api/v1/workspaces") as response:
        for piece in response.iter_raw():
            got += len(piece)
            if got > 2_000:
                break
    assert raw.send("ListWorkspaces").status_code == 200


async def test_it_runs_inside_a_foreign_event_loop_and_ends_quickly_though_a_client_hangs() -> None:
    async with running() as emulator, httpx.AsyncClient(trust_env=False) as client:
        await client.post(f"{emulator.admin}/faults", json=[{"operation": "*", "kind": "delay", "seconds": 60}])
        with pytest.raises(httpx.ReadTimeout):
            await client.get(f"{emulator.dlc}/api/v1/jobs", timeout=0.1)
        async with anyio.create_task_group() as group:
            await client.post(f"{emulator.admin}/faults", json=[{"operation": "*", "kind": "delay", "seconds": 60}])
            group.start_soon(_hang, client, emulator)
            await anyio.sleep(0.1)
            group.cancel_scope.cancel()


async def _hang(client: httpx.AsyncClient, emulator: Emulator) -> None:
    await client.get(f"{emulator.dlc}/api/v1/jobs", timeout=60)


def test_it_ends_without_waiting_for_a_client_that_hangs() -> None:
    with started() as emulator:
        httpx.post(f"{emulator.admin}/faults", json=[{"operation": "*", "kind": "delay", "seconds": 60}])
        port = int(emulator.dlc.rsplit(":", 1)[1])
        hanging, idle = socket.create_connection(("127.0.0.1", port)), socket.create_connection(("127.0.0.1", port))
        hanging.sendall(b"GET /api/v1/jobs HTTP/1.1\r\nhost: x\r\n\r\n")
        time.sleep(0.1)
        begun = time.monotonic()
    assert time.monotonic() - begun < 30  # the client hangs for a minute
    hanging.close()
    idle.close()
