"""NNI's adapter for pai-dlc (its script dlcUtil.py, as installed) in front of an emulator.

    python nni_at.py SCRIPT PLACE      standard input: what NNI's manager writes to it, a word a line

Replaced: the endpoint, which the script makes of the region, and its pauses of a minute.
"""

from __future__ import annotations

import json
import runpy
import sys
import tempfile
import time
from typing import Any
from urllib.parse import urlsplit

from alibabacloud_aiworkspace20210204 import models as spaces
from alibabacloud_aiworkspace20210204.client import Client as Spaces
from alibabacloud_tea_openapi import models

PAUSE_S = 0.5


def main() -> None:
    script, place = sys.argv[1], json.loads(sys.argv[2])
    key = {name: place[name] for name in ("access_key_id", "access_key_secret")}
    plain, pause = models.Config, time.sleep

    class Config(plain):
        def __init__(self, **given: Any) -> None:
            product = "pai-dlc" if "pai-dlc" in str(given.get("endpoint")) else "aiworkspace"
            url = urlsplit(place["endpoints"][product])
            super().__init__(**{**given, "endpoint": url.netloc, "protocol": url.scheme})

    models.Config = Config
    catalogue = Spaces(Config(**key, endpoint="aiworkspace"))
    workspace = catalogue.get_default_workspace(spaces.GetDefaultWorkspaceRequest()).body.workspace_id
    dataset = catalogue.list_datasets(spaces.ListDatasetsRequest(workspace_id=workspace)).body.datasets[0].dataset_id
    images = catalogue.list_images(spaces.ListImagesRequest(labels="system.official=true", verbose=True)).body.images
    time.sleep = lambda seconds: pause(min(seconds, PAUSE_S))
    given = {
        "type": "Worker",
        "image": images[0].image_uri,
        "job_type": "PyTorchJob",
        "pod_count": "1",
        "ecs_spec": "ecs.g6.large",
        "region": place["region"],
        "workspace_id": workspace,
        "nas_data_source_id": dataset,
        "experiment_name": "nni_exp_x_env_y",
        "user_command": "python trial.py",
        "log_dir": tempfile.mkdtemp(),
        **key,
    }
    sys.argv = [script, *(word for name, value in given.items() for word in (f"--{name}", value))]
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()
