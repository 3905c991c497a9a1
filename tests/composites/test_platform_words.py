"""What events, reasons and the words of a cluster's programs lead to, and what they must not."""

from __future__ import annotations

from typing import Any

import pytest
from evals.diagnosis import diagnose

from pai_dlc_mcp.composites.diagnose.evidence import read_log
from pai_dlc_mcp.composites.diagnose.platform_words import platform_findings

pytestmark = pytest.mark.anyio
NODES = "Warning FailedScheduling 0/9 nodes are available:"
EVENTS = {
    f"{NODES} 9 node(s) didn't satisfy existing pods anti-affinity rules.": "node_refused",
    f"{NODES} 9 node(s) didn't have free ports for the requested pod ports.": "node_refused",
    f"{NODES} 9 node(s) had untolerated taint {{node.kubernetes.io/not-ready: }}.": "node_cordoned",
    f"{NODES} 9 node(s) had untolerated taint {{team: infra}}.": "node_refused",
    f"{NODES} 1 Insufficient nvidia.com/gpu, 8 node(s) had untolerated taint {{node.kubernetes.io/unreachable: }}.":
        "unschedulable",
    "Warning ProvisioningFailed storageclass.storage.k8s.io \"essd\" not found": "mount_missing",
    "Warning FailedCreate Error creating: pods \"w\" is forbidden: no PriorityClass with name urgent was found":
        "bad_settings_file",
    "Warning FailedCreate Error creating: admission webhook \"v.org\" denied the request: no team": "bad_settings_file",
    "Warning FailedCreate Error creating: Internal error occurred: failed calling webhook \"m.io\"": "service_fault",
    "Normal Pending couldn't assign flavors to pod set main: insufficient unused quota for gpus": "quota_full",
    "Warning NetworkNotReady network is not ready: cni plugin not initialized": "container_start",
    "Warning Failed Error: couldn't find key token in Secret train/hub": "container_start",
    "Warning Failed Error: failed to start container: nvidia-container-cli: detection error: nvml error: unknown error":
        "gpu_hardware",
    "Warning TaskHung kernel: INFO: task python:4012 blocked for more than 120 seconds.": "node_lost",
    "Warning FailedMount MountVolume.SetUp failed for volume \"d\" : hostPath type check failed: /x is no directory":
        "mount_missing",
    "Warning FailedMount Unable to mount volumes: timeout expired waiting for volumes to attach or mount":
        "mount_failed",
    "Warning FailedMount Unable to attach or mount volumes: unmounted volumes=[d], failed: context deadline exceeded":
        "mount_failed",
    "Warning FailedMount MountVolume.SetUp failed for volume \"d\" : desc = context deadline exceeded":
        "mount_unreachable",
    "Warning ApplicationRejected application 'spark-8' rejected, cannot create queue 'root.spark'": "bad_settings_file",
    "Warning NICDown RoCE NIC mlx5_2 is down": "gpu_hardware",
    "Warning SomeReason oss2: AccessDenied, the bucket belongs to another account": "credential",
}  # fmt: skip


@pytest.mark.parametrize(("event", "cause"), EVENTS.items())
async def test_an_event_leads_to_its_cause(event: str, cause: str) -> None:
    assert [one.cause.code for one in platform_findings([event], "pod_event")] == [cause]


@pytest.mark.parametrize(
    "event",
    [
        "Warning DNSConfigForming Nameserver limits were exceeded, some nameservers have been omitted",
        "2027-01-15T08:00:00Z Normal Created Created container init-wait: nfs failed before",
        "Warning ContainerGCFailed rpc error: code = DeadlineExceeded desc = context deadline exceeded",
        "Warning PossibleMemoryBackedVolumesOnDisk The tmpfs noswap option is not supported",
    ],
)
async def test_a_harmless_event_leads_to_nothing(event: str) -> None:
    assert platform_findings([event], "pod_event") == []


@pytest.mark.parametrize(
    "event",
    [
        f"{NODES} 9 Insufficient nvidia.com/gpu.",
        f"{NODES} 9 node(s) had untolerated taint {{team: infra}}.",
        'Warning FailedMount MountVolume.SetUp failed for volume "v": timed out',
        "Warning Unhealthy Readiness probe failed: dial tcp 10.0.3.4:8080: connect: connection refused",
    ],
)
async def test_a_pod_that_ran_got_over_what_it_waited_for(event: str) -> None:
    lines = ["Traceback (most recent call last):", '  File "/code/t.py", line 3, in <module>', "KeyError: 'lr'"]
    job: dict[str, Any] = {
        "name": "ran", "kind": "log", "pods": [{"rank": 0, "lines": lines, "exit": 1, "delay": 0.0, "hold": 0.0}],
        "platform": {"status": "Failed", "reason": ["", ""], "pod_events": [event], "job_events": [event], "ran": True},
    }  # fmt: skip
    answer, _, _, _ = await diagnose(job)
    assert answer["cause"] == "exception"


async def test_what_nccl_says_for_information_explains_nothing() -> None:
    lines = [
        "worker-0:95:310 [0] NCCL INFO NET/Plugin: Failed to find ncclNetPlugin_v8 symbol.",
        "worker-0:95:310 [0] NCCL INFO NET/OFI No NIC info for dev 0",
        "Traceback (most recent call last):",
        '  File "/code/t.py", line 3, in <module>',
        "KeyError: 'lr'",
    ]
    assert [one.cause.code for one in read_log(lines).findings] == ["exception"]


async def test_a_failed_probe_says_why_a_container_was_killed() -> None:
    events = [
        "Warning Unhealthy Liveness probe failed: HTTP probe failed with statuscode: 500",
        "Normal Killing Container main failed liveness probe, will be restarted",
    ]
    job: dict[str, Any] = {
        "name": "probed", "kind": "log",
        "pods": [{"rank": 0, "lines": ["step 1 | loss 2.3"], "exit": 137, "delay": 0.0}],
        "platform": {"status": "Failed", "reason": ["", ""], "pod_events": events, "job_events": [], "ran": True},
    }  # fmt: skip
    for shown, cause in ((events, "hang_detected"), (events[:1], "killed")):
        answer, _, _, _ = await diagnose({**job, "platform": {**job["platform"], "pod_events": shown}})
        assert answer["cause"] == cause


LOGS = {
    "slurmstepd: error: *** JOB 83 ON gpu-3 CANCELLED AT 2026-01-02T03:04:05 DUE TO NODE FAILURE ***": "node_lost",
    "slurmstepd: error: *** JOB 83 ON gpu-3 CANCELLED AT 2026-01-02T03:04:05 DUE TO PREEMPTION ***": "preempted",
    "slurmstepd: error: *** JOB 83 ON gpu-3 CANCELLED AT 2026-01-02T03:04:05 DUE TO TIME LIMIT ***": "time_limit",
    "sbatch: error: Batch job submission failed: Requested node configuration is not available": "node_refused",
    "srun: error: Unable to contact slurm controller (connect failure)": "unreachable",
    "slurmstepd: error: pyxis: [ERROR] URL https://auth.corp/token returned error code: 401 Unauthorized":
        "image_refused",
    "sbatch: error: Batch job submission failed: I/O error writing script/environment to file": "storage_fault",
    "srun: error: task 0 launch failed: Plugin initialization failed": "mpi_launch",
    "kernel: NVRM: Xid (PCI:0000:dc:00): 45, pid=18, Ch 00000001 caused by previous Xid 149": "gpu_hardware",
    "kernel: NVRM: Xid (PCI:0000:dc:00): 45, pid=18, Ch 00000001": "device_assert",
    "[   38.7] NVRM: RmInitAdapter failed! (0x26:0xffff:1127)": "gpu_hardware",
    "worker-0:95:310 [0] nccl_net_ofi_init:160 NCCL WARN NET/OFI Failed to initialize the protocol": "rdma",
    "FATAL: cannot go on: mkdir /data/out: file exists": "file_exists",
    "botocore.ClientError: An error occurred (VcpuLimitExceeded) when calling StartInstances": "workspace_limit",
    "F20250825 11:10:33.5 3 util.h:9] Check failed: ncclIbRoceGetVersionNum(name, port)": "rdma",
    "wandb.errors.Error: Couldn't communicate with backend after 15 seconds": "unreachable",
    "cloud.exceptions.CredentialException: Failed to get session credentials from the metadata": "credential",
    "kafka.errors.NoBrokersAvailable: NoBrokersAvailable": "unreachable",
    "curl: (52) Empty reply from server": "unreachable",
    "RuntimeError: no usable RDMA device found": "rdma",
    "ERROR: nvidia_peermem is not loaded, GPUDirect RDMA is not possible": "rdma",
    "RuntimeError: cpfs client: mount point /cpfs was disconnected": "storage_fault",
    "ERROR health check: dcgmi diag -r 2 reports Fail on GPU 5": "gpu_hardware",
    "ValueError: feature fusion failed: expected 3 channels but got 4": "shape_mismatch",
    "RuntimeError: license expired on 2026-01-01": "credential",
    "KeyError: 'no license header'": "exception",
}  # fmt: skip


@pytest.mark.parametrize(("line", "cause"), LOGS.items())
async def test_a_line_about_machines_or_slurm_leads_to_its_cause(line: str, cause: str) -> None:
    frame = ["Traceback (most recent call last):", '  File "/code/t.py", line 3, in <module>']
    best = read_log([*(frame if "Error: " in line.split(" ")[0] + " " else []), line]).best
    assert best is not None
    assert best.cause.code == cause


def test_a_bare_end_of_a_container_is_not_taken_for_what_common_words_beside_it_say() -> None:
    (found,) = platform_findings(["Warning BackOff Back-off restarting failed container: sizes do not match"], "event")
    assert found.cause.code == "crash_loop"


def test_the_words_that_decide_are_marked_and_of_a_chain_its_end() -> None:
    plain = "Warning FailedScheduling 0/5 nodes are available: 5 Too many pods. And more words here."
    chain = "Warning FailedMount MountVolume.SetUp failed for volume x: mount failed: exit status 32"
    (of_plain,), (of_chain,) = platform_findings([plain], "event"), platform_findings([chain], "event")
    assert plain[of_plain.start : of_plain.end] == "Too many pods"
    assert (of_chain.start, of_chain.end) == (len(chain), len(chain))
