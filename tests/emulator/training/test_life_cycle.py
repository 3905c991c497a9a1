"""A job's life under a clock that only the test moves."""

from __future__ import annotations

import pytest

from emulator.training.scene import Scene
from pai_dlc_emulator.dlc.behaviour import Mark, within
from pai_dlc_emulator.wire import ServiceError


def test_a_job_goes_through_every_state_to_success() -> None:
    scene = Scene("empty")
    job = scene.create(pods=2)
    seen = [scene.status(job)]
    for _ in range(250):
        scene.clock.advance(1)
        status = scene.status(job)
        seen += [] if status == seen[-1] else [status]
    assert seen == ["Creating", "Queuing", "EnvPreparing", "Running", "Succeeded"]
    answer = scene.job(job)
    assert [one["Status"] for one in answer["StatusHistory"]] == seen
    assert {pod["Status"] for pod in answer["Pods"]} == {"Succeeded"}
    assert answer["Duration"] == 195
    assert answer["GmtSuccessedTime"] == answer["GmtFinishTime"]


def test_a_stop_passes_through_stopping_and_ends_the_pods() -> None:
    scene = Scene("empty")
    job = scene.create()
    scene.clock.advance(60)
    scene.call("StopJob", JobId=job)
    assert scene.status(job) == "Stopping"
    scene.clock.advance(6)
    answer = scene.job(job)
    assert answer["Status"] == "Stopped"
    assert answer["ReasonCode"] == "JobStoppedByUser"
    assert answer["Pods"][0]["GmtFinishTime"] <= answer["GmtStoppedTime"]


def test_a_finished_job_cannot_be_stopped_and_a_running_one_not_deleted() -> None:
    scene = Scene("empty")
    job = scene.create()
    scene.clock.advance(60)
    with pytest.raises(ServiceError) as running:
        scene.call("DeleteJob", JobId=job)
    scene.clock.advance(600)
    with pytest.raises(ServiceError) as finished:
        scene.call("StopJob", JobId=job)
    assert {running.value.status, finished.value.status} == {400}
    assert "Succeeded" in finished.value.message
    scene.call("DeleteJob", JobId=job)
    with pytest.raises(ServiceError) as gone:
        scene.job(job)
    assert gone.value.status == 404


def test_the_time_limit_ends_a_job() -> None:
    scene = Scene("empty")
    job = scene.create(JobMaxRunningTimeMinutes=1)
    scene.clock.advance(15 + 59)
    assert scene.status(job) == "Running"
    scene.clock.advance(10)
    answer = scene.job(job)
    assert (answer["Status"], answer["ReasonCode"]) == ("Stopped", "JobMaxRunningTimeExceeded")


def test_r24_two_equal_creates_make_two_jobs() -> None:
    scene = Scene("empty")
    assert scene.create() != scene.create()
    assert scene.call("ListJobs")["TotalCount"] == 2


def test_r01_a_create_without_workspace_lands_in_the_callers_default() -> None:
    scene = Scene("empty")
    job = scene.job(scene.create())
    assert job["WorkspaceId"] == scene.world.catalogue.default_workspace(scene.caller.user_id)


def test_r41_a_job_can_be_widened_but_not_narrowed_and_not_renamed() -> None:
    scene = Scene("empty")
    job = scene.create()
    scene.call("UpdateJob", JobId=job, Accessibility="PUBLIC", DisplayName="another")
    assert scene.job(job)["Accessibility"] == "PUBLIC"
    assert scene.job(job)["DisplayName"] == "a-job"
    with pytest.raises(ServiceError):
        scene.call("UpdateJob", JobId=job, Accessibility="PRIVATE")


@pytest.mark.parametrize(
    "changes",
    [
        {"DisplayName": "two words"},
        {"DisplayName": ""},
        {"JobType": "pytorch"},
        {"UserCommand": ""},
        {"Priority": 10},
        {"WorkspaceId": "1"},
        {"ResourceId": "quota-nobody"},
        {"JobSpecs": [{"Type": "PS", "PodCount": 1, "Image": "i", "EcsSpec": "ecs.g6.large"}]},
        {"JobSpecs": [{"Type": "Worker", "PodCount": 1, "Image": "", "EcsSpec": "ecs.g6.large"}]},
        {"JobSpecs": [{"Type": "Worker", "PodCount": 1, "Image": "i", "EcsSpec": "ecs.nothing"}]},
        {"JobSpecs": [{"Type": "Worker", "PodCount": 1, "Image": "i"}]},
        {"JobSpecs": [{"Type": "Worker", "Image": "i", "EcsSpec": "ecs.g6.large", "ResourceConfig": {"CPU": "1"}}]},
        {"DataSources": [{"DataSourceId": "d-1", "Uri": "oss://b.e/"}]},
        {"Envs": {"A": "x" * 70_000}},
    ],
)
def test_a_create_the_service_would_refuse_is_refused_and_makes_nothing(changes: dict[str, object]) -> None:
    scene = Scene("empty")
    with pytest.raises(ServiceError) as refused:
        scene.create(**changes)
    assert refused.value.status == 400
    assert scene.call("ListJobs")["TotalCount"] == 0


def test_a_job_that_asks_for_it_is_reserved_before_it_ends() -> None:
    scene = Scene("empty")
    job = scene.create(Settings={"JobReservedMinutes": 2})
    scene.clock.advance(200)
    assert scene.status(job) == "SucceededReserving"
    scene.clock.advance(120)
    assert scene.status(job) == "Succeeded"


def test_specs_that_are_sent_change_those_of_their_type_and_leave_the_others() -> None:
    scene = Scene("empty")
    spec = {"Image": "i", "EcsSpec": "ecs.g6.large", "PodCount": 1}
    job = scene.create("hang", JobType="TFJob", JobSpecs=[{**spec, "Type": "Chief"}, {**spec, "Type": "PS"}])
    scene.call("UpdateJob", JobId=job, JobSpecs=[{"Type": "PS", "PodCount": 2}])
    found = scene.world.training.jobs[job].args["JobSpecs"]
    assert found == [{**spec, "Type": "Chief"}, {**spec, "Type": "PS", "PodCount": 2}]


@pytest.mark.parametrize("seed", ["default", "failures", "huge"])
def test_no_job_that_was_let_in_stands_in_a_queue(seed: str) -> None:
    training = Scene(seed).world.training
    assert [job.id for job in training.queue if job.admitted is not None] == []
    assert len({job.id for job in training.admitted}) == len(training.admitted)


@pytest.mark.parametrize(
    ("text", "at"), [("Running+5", 6.0), ("Running+9", 10.0), ("Running+9.5", None), ("Lost", None)]
)
def test_what_was_to_come_after_a_stop_never_comes(text: str, at: float | None) -> None:
    marks = (Mark("Created", 0.0, 1.0), Mark("Running", 1.0, 10.0), Mark("Stopped", 10.0, None))
    assert within(text, marks) == at


ROLES = {
    "TFJob": "Chief PS Worker Evaluator GraphLearn", "PyTorchJob": "Worker Master", "XGBoostJob": "Worker Master",
    "OneFlowJob": "Worker Master", "ElasticBatchJob": "Worker Master", "MPIJob": "Worker Master",
    "RayJob": "Head Worker Worker-big",
}  # fmt: skip


@pytest.mark.parametrize(("job_type", "names"), ROLES.items())
def test_a_job_takes_the_roles_of_its_type_and_no_other(job_type: str, names: str) -> None:
    scene, every = Scene("empty"), {name for of in ROLES.values() for name in of.split()}
    spec = {"PodCount": 1, "Image": "i", "EcsSpec": "ecs.g6.large"}
    for role in sorted(every):
        if role in names.split():
            scene.create(JobType=job_type, JobSpecs=[{**spec, "Type": role}])
        else:
            with pytest.raises(ServiceError, match=f"no role {role}"):
                scene.create(JobType=job_type, JobSpecs=[{**spec, "Type": role}])


def test_a_job_has_at_most_twenty_tags_whenever_they_came() -> None:
    scene = Scene("empty")
    job = scene.create()

    def tag(*numbers: int) -> None:
        tags = [{"Key": f"k{number}", "Value": "v"} for number in numbers]
        scene.call("TagResources", RegionId="cn-hangzhou", ResourceType="job", ResourceId=[job], Tag=tags)

    tag(*range(18))
    tag(18, 19, 0)
    with pytest.raises(ServiceError, match="20 tags"):
        tag(20)
