"""The official SDKs of 2021, in front of an emulator: they sign as ROA did then, with HMAC-SHA1.

    python tour_first_sdk.py PLACE     PLACE is JSON: endpoints by product, access_key_id, access_key_secret, region

Run with the old packages before the new ones on the path. Prints their versions; an assertion that does not hold ends
it.
"""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

from alibabacloud_aiworkspace20210204 import models as spaces
from alibabacloud_aiworkspace20210204.client import Client as Spaces
from alibabacloud_pai_dlc20201203 import models as dlc
from alibabacloud_pai_dlc20201203.client import Client as Dlc
from alibabacloud_tea_openapi.models import Config

NAME = "by-the-first-sdk"


def config(place: dict[str, Any], product: str) -> Config:
    url = urlsplit(place["endpoints"][product])
    return Config(
        access_key_id=place["access_key_id"],
        access_key_secret=place["access_key_secret"],
        region_id=place["region"],
        endpoint=url.netloc,
        protocol=url.scheme,
        signature_algorithm="v2",
    )


def catalogue(client: Spaces) -> tuple[str, str]:
    """The default workspace and an official image, found as they were then."""
    workspace = client.get_default_workspace().body.workspace_id
    listed = client.list_workspaces(spaces.ListWorkspacesRequest(page_size=10)).body
    assert workspace in {one.workspace_id for one in listed.workspaces}
    labels = "system.official=true,system.supported.dlc=true"
    found = client.list_images(spaces.ListImagesRequest(labels=labels, verbose=True, page_size=50)).body
    assert found.total_count >= len(found.images) > 0
    made = client.create_dataset(
        spaces.CreateDatasetRequest(
            name=NAME,
            property="DIRECTORY",
            data_source_type="OSS",
            uri="oss://bucket.oss-cn-hangzhou.aliyuncs.com/data/",
            workspace_id=workspace,
        )
    ).body.dataset_id
    assert client.get_dataset(made).body.name == NAME
    client.delete_dataset(made)
    return workspace, found.images[0].image_uri


def jobs(client: Dlc, workspace: str, image: str) -> None:
    """Created without a workspace, as the first SDK had no field for it: it lands in the caller's default one."""
    assert client.list_ecs_specs(dlc.ListEcsSpecsRequest(page_size=50, page_number=1)).body.total_count > 10
    request = dlc.CreateJobRequest(
        display_name=NAME,
        job_type="PyTorchJob",
        job_specs=[dlc.JobSpec(type="Worker", pod_count=1, image=image, ecs_spec="ecs.g6.large")],
        user_command="python train.py",
        envs={"LANG": "C"},
    )
    made = client.create_job(request).body.job_id
    while (job := client.get_job(made).body).status not in ("Running", "Succeeded"):
        assert job.status not in ("Failed", "Stopped"), job.to_map()
        time.sleep(0.2)
    assert (job.display_name, job.envs["LANG"], len(job.pods)) == (NAME, "C", 1)
    assert getattr(job, "workspace_id", workspace) == workspace
    assert made in {one.job_id for one in client.list_jobs(dlc.ListJobsRequest(display_name=NAME)).body.jobs}
    pod = job.pods[0].pod_id
    assert client.get_pod_logs(made, pod, dlc.GetPodLogsRequest(max_lines=5)).body.logs
    assert client.get_pod_events(made, pod, dlc.GetPodEventsRequest(max_events_num=5)).body.events
    assert client.get_job_events(made, dlc.GetJobEventsRequest(max_events_num=5)).body.events
    client.stop_job(made)
    while client.get_job(made).body.status != "Stopped":
        time.sleep(0.2)


def main() -> None:
    place = json.loads(sys.argv[1])
    workspace, image = catalogue(Spaces(config(place, "aiworkspace")))
    jobs(Dlc(config(place, "pai-dlc")), workspace, image)
    print(version("alibabacloud-pai-dlc20201203"), "and", version("alibabacloud-aiworkspace20210204"))


if __name__ == "__main__":
    main()
