"""What an event names as the reason goes before that something could not be done, but not what only mounts."""

from __future__ import annotations

import pytest

from pai_dlc_mcp.composites.diagnose.platform_words import platform_findings
from pai_dlc_mcp.composites.diagnose.wrapped_words import WITHIN

MOUNT, PULL = "Warning FailedMount the agent gave this:", "Warning ImagePullFailed the agent gave this:"
START, EVICT = "Warning CreateContainerError the agent gave this:", "Warning Evicted the agent gave this:"
NAMED = [
    ("mount_refused", f"{MOUNT} access point fsap-01 denies it"),
    ("mount_refused", f"{MOUNT} client 172.18.0.2 is not in the permission group of the target"),
    ("mount_refused", f"{MOUNT} WRONGPASS for the engine of the metadata"),
    ("mount_missing", f"{MOUNT} dataset d-0f7k has been removed from the workspace"),
    ("mount_missing", f"{MOUNT} the prefix holds no object"),
    ("mount_unreachable", f"{MOUNT} no quorum nodes answer"),
    ("mount_unreachable", f"{MOUNT} could not reach the target, 30 tries"),
    ("open_files", f"{MOUNT} fsnotify watcher has no handle left"),
    ("image_rate_limited", f"{PULL} status 429 of the free tier"),
    ("image_disk", f"{PULL} no room for its layers"),
    ("image_architecture", f"{PULL} its operating system cannot be used here"),
    ("image_refused", f"{PULL} the credentials of the robot are old"),
    ("image_not_found", f"{PULL} version 3.1 was deleted"),
    ("image_unreachable", f"{PULL} the registry stopped answering"),
    ("open_files", f"{START} inotify has no handle left"),
    ("image_architecture", f"{START} cannot execute binary, ELF is AArch64"),
    ("command_not_found", f"{START} the image has no such program"),
    ("vpc", f"{START} IPAM: the pool is empty"),
    ("preempted", f"{EVICT} reclaim: queue team-b takes its share"),
    ("node_memory", f"{EVICT} memory.available is under 500Mi"),
    ("disk_full", f"{EVICT} nodefs is under 5 %"),
]
UNNAMED = [
    ("mount_failed", f"{MOUNT} timed out waiting for the condition"),
    ("mount_failed", f"{MOUNT} the driver for it is not found on the node"),
    ("mount_failed", f"{MOUNT} mountProxySocket not found in publishContext"),
    ("mount_failed", f"{MOUNT} odd options"),
    ("image_pull", f"{PULL} unexpected media type text/html: not found"),
    ("image_pull", f"{PULL} signature validation did not pass"),
    ("image_pull", f"{PULL} odd layers"),
    ("container_start", f"{START} odd flags"),
    ("evicted", f"{EVICT} it is the turn of this one"),
]


@pytest.mark.parametrize(("code", "event"), [*NAMED, *UNNAMED])
def test_an_event_leads_to_the_reason_that_it_names_and_to_what_failed_where_it_names_none(
    code: str, event: str
) -> None:
    found = platform_findings([event], "pod_event")
    assert [one.cause.code for one in found] == [code]


@pytest.mark.parametrize(("code", "event"), NAMED)
def test_common_words_beside_a_wrapper_are_never_more_than_likely(code: str, event: str) -> None:
    (found,) = platform_findings([event], "pod_event")
    assert found.is_generic
    assert event[found.start : found.end]


def test_every_kind_of_reason_has_an_example() -> None:
    named = {(wrapper, cause.code) for wrapper, causes in WITHIN.items() for cause, _ in causes}
    lead = {MOUNT: "mount_failed", PULL: "image_pull", START: "container_start", EVICT: "evicted"}
    assert named == {(lead[event.partition(":")[0] + ":"], code) for code, event in NAMED}
