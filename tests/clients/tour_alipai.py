"""What a user of the PAI SDK (alipai) does, in front of an emulator; run with the Python that has it.

    python tour_alipai.py PLACE        PLACE is JSON: endpoints by product, access_key_id, access_key_secret, region

Nothing of the SDK is replaced but where it sends to: host and scheme. Prints its version; an assertion that does not
hold ends it.
"""

from __future__ import annotations

import json
import sys
import time
import uuid
from typing import Any
from urllib.parse import urlsplit

from pai.api.client_factory import ClientFactory
from pai.common.consts import DataType, Network
from pai.common.oss_utils import OssUriObj
from pai.dataset import list_common_datasets
from pai.experiment import Experiment
from pai.image import ImageScope, list_images, retrieve
from pai.libs.alibabacloud_aiworkspace20210204.models import CreateCodeSourceRequest, LabelInfo
from pai.libs.alibabacloud_pai_dlc20201203.models import CreateJobRequest, JobSpec
from pai.model import Model, RegisteredModel
from pai.session import Session, get_default_session, setup_default_session
from pai.tensorboard import TensorBoard
from pai.version import VERSION

Json = dict[str, Any]
NAME = f"by-alipai-{uuid.uuid4().hex[:6]}"


def point_at(endpoints: dict[str, str]) -> None:
    """Send to these addresses: the one thing about the SDK that is not as installed."""
    create = ClientFactory.create_client

    def create_client(service_name: str, **options: Any) -> Any:
        return create(service_name=service_name, protocol=urlsplit(endpoints[service_name]).scheme, **options)

    ClientFactory.create_client = staticmethod(create_client)
    ClientFactory.get_endpoint = classmethod(
        lambda cls, service_name, region_id, network=None: urlsplit(endpoints[service_name]).netloc
    )


def session(place: Json) -> Session:
    """The default session, first without a workspace to find one, then in it."""
    setup_default_session(
        access_key_id=place["access_key_id"],
        access_key_secret=place["access_key_secret"],
        region_id=place["region"],
        network=Network.PUBLIC,
    )
    found = get_default_session().workspace_api.list(page_size=10, order="ASC", sort_by="GmtCreateTime")
    default = get_default_session().workspace_api.get_default_workspace()
    assert default["WorkspaceId"] in {one["WorkspaceId"] for one in found}
    made: Session = setup_default_session(workspace_id=default["WorkspaceId"])
    assert made.workspace_name == default["WorkspaceName"]
    return made


def workspaces(pai: Session) -> None:
    store = "oss://bucket.oss-cn-hangzhou-internal.aliyuncs.com/models/"
    pai.workspace_api.update_configs(pai.workspace_id, {"tempTableLifecycle": "7", "modelExportPath": store})
    configs = pai.workspace_api.list_configs(pai.workspace_id, ["tempTableLifecycle", "modelExportPath"])["Configs"]
    assert {one["ConfigKey"]: one["ConfigValue"] for one in configs}["tempTableLifecycle"] == "7"
    assert OssUriObj(pai.workspace_api.get_default_storage_uri(pai.workspace_id)).bucket_name == "bucket"
    members = pai.workspace_api.list_members(pai.workspace_id, roles=["PAI.AlgoDeveloper"])
    member = pai.workspace_api.get_member(pai.workspace_id, user_id=members[0]["UserId"])
    assert member["MemberId"] == members[0]["MemberId"]


def images() -> str:
    """Official images by framework and by accelerator; the newest one's address."""
    found = list_images("PyTorch", image_scope=ImageScope.TRAINING)
    assert found
    assert all(one.framework_name == "PyTorch" for one in found)
    newest = retrieve("PyTorch", "latest", accelerator_type="GPU")
    assert newest.image_uri in {one.image_uri for one in found}
    assert newest.accelerator_type == "GPU"
    assert newest.python_version or newest.framework_version
    labels = get_default_session().image_api.list_labels(label_keys="system.chipType", workspace_id=0)
    assert {one["Value"] for one in labels} >= {"CPU", "GPU"}
    return str(newest.image_uri)


def datasets(pai: Session) -> str:
    made = pai.dataset_api.create(
        uri="oss://bucket.oss-cn-hangzhou.aliyuncs.com/data/",
        name=NAME,
        data_source_type="OSS",
        data_type=DataType.COMMON,
        labels={"from": "alipai"},
    )
    assert pai.dataset_api.get(made)["Name"] == NAME
    assert [one["DatasetId"] for one in pai.dataset_api.list(name=NAME, data_source_type="OSS").items] == [made]
    assert isinstance(list(list_common_datasets()), list)
    return str(made)


class Code:
    """What ``CodeSourceAPI.create`` asks for: an object that gives its fields by name."""

    def to_api_object(self) -> Json:
        request = CreateCodeSourceRequest(
            display_name=NAME,
            code_repo="https://git.example.com/team/train.git",
            code_branch="main",
            mount_path="/mnt/code",
            workspace_id=get_default_session().workspace_id,
        )
        return dict(request.to_map())


def code_sources(pai: Session) -> None:
    made = pai.code_source_api.create(Code())
    assert pai.code_source_api.get(made)["CodeBranch"] == "main"
    assert made in {one["CodeSourceId"] for one in pai.code_source_api.list(display_name=NAME, order="desc").items}
    assert pai.code_source_api.count(display_name=NAME) == 1
    pai.code_source_api.delete(made)
    assert pai.code_source_api.count(display_name=NAME) == 0


def models() -> None:
    """A name in double quotes is the exact one, a bare one any that holds it."""
    for name in (f"{NAME}-model", f"{NAME}-model-large"):
        Model(model_data="oss://bucket.oss-cn-hangzhou.aliyuncs.com/m/").register(name, version="0.1.0")
    exact = RegisteredModel(f"{NAME}-model")
    assert (exact.model_name, exact.model_version) == (f"{NAME}-model", "0.1.0")
    Model(model_data="oss://bucket.oss-cn-hangzhou.aliyuncs.com/m2/").register(f"{NAME}-model", version="0.2.0")
    assert RegisteredModel(f"{NAME}-model").model_version == "0.2.0"
    assert RegisteredModel(f"{NAME}-model", model_version="0.1.0").uri.endswith("/m/")
    assert len(list(exact.list_versions())) == 2
    assert sorted(one.model_name for one in RegisteredModel.list(f"{NAME}-model")) == [
        f"{NAME}-model",
        f"{NAME}-model-large",
    ]
    assert get_default_session().model_api.list(model_name=f'"{NAME}"').total_count == 0, "a part is not the whole name"
    RegisteredModel(f"{NAME}-model-large").delete()
    RegisteredModel(f"{NAME}-model").delete(delete_all_version=True)
    assert [one.model_name for one in RegisteredModel.list(f"{NAME}-model")] == [f"{NAME}-model-large"]


def experiments(pai: Session) -> Experiment:
    made = Experiment.create("oss://bucket.oss-cn-hangzhou.aliyuncs.com/runs/", NAME, session=pai)
    assert Experiment.get(made.experiment_id).name == NAME
    made.update(f"{NAME}-2")
    assert Experiment.get_by_name(f"{NAME}-2").experiment_id == made.experiment_id
    assert made.tensorboard_data().startswith("oss://bucket.")
    pai.experiment_api.set_experiment_labels(made.experiment_id, [LabelInfo(key="team", value="vision")])
    assert {"team": "vision"} in [
        {one["Key"]: one["Value"]} for one in pai.experiment_api.get(made.experiment_id)["Labels"]
    ]
    pai.experiment_api.delete_experiment_label(made.experiment_id, "team")
    return made


def jobs(pai: Session, image: str) -> None:
    """A job created with the SDK's own DLC client, followed by its job API to the end."""
    specs = pai.job_api.list_ecs_specs(accelerator_type="GPU", page_size=50, sort_by=None).items
    spec = next(one["InstanceType"] for one in specs if one["IsAvailable"])
    request = CreateJobRequest(
        display_name=NAME,
        job_type="PyTorchJob",
        job_specs=[JobSpec(type="Worker", pod_count=2, image=image, ecs_spec=spec)],
        user_command="python train.py",
        workspace_id=pai.workspace_id,
    )
    made = str(pai.job_api.acs_client.create_job(request).body.job_id)
    while (job := pai.job_api.get(made))["Status"] not in ("Running", "Succeeded"):
        assert job["Status"] not in ("Failed", "Stopped"), job
        time.sleep(0.2)
    assert {pod["PodId"] for pod in job["Pods"]} == {f"{made}-master-0", f"{made}-worker-0"}
    assert made in {one["JobId"] for one in pai.job_api.list(display_name=NAME).items}
    assert pai.job_api.list_logs(made, f"{made}-master-0", max_lines=10)
    assert pai.job_api.list_events(made)
    pai.job_api.stop(made)
    while pai.job_api.get(made)["Status"] != "Stopped":
        time.sleep(0.2)
    pai.job_api.delete(made)


def tensorboards(pai: Session, experiment: Experiment) -> None:
    """One of its own, one of an experiment: started with ``wait``, which asks the application itself."""
    own = TensorBoard.create("oss://bucket.oss-cn-hangzhou.aliyuncs.com/logs/", display_name=NAME, wait=True)
    assert (own.status, own.display_name) == ("Running", NAME)
    own.stop()
    while own.status != "Stopped":
        time.sleep(0.2)
    own.start(wait=True)
    assert own.status == "Running"
    first = experiment.tensorboard(wait=True)
    assert experiment.tensorboard(wait=True).tensorboard_id == first.tensorboard_id != own.tensorboard_id
    for one in (own, first):
        one.stop()
        while one.status != "Stopped":
            time.sleep(0.2)
        one.delete()


def main() -> None:
    place = json.loads(sys.argv[1])
    point_at(place["endpoints"])
    pai = session(place)
    workspaces(pai)
    image, dataset = images(), datasets(pai)
    code_sources(pai)
    models()
    experiment = experiments(pai)
    jobs(pai, image)
    tensorboards(pai, experiment)
    experiment.delete()
    pai.dataset_api.delete(dataset)
    print(VERSION)


if __name__ == "__main__":
    main()
