"""Which pods are read of a job, and how many at most."""

from __future__ import annotations

from pai_dlc_mcp.composites.diagnose import failed, pending, running
from pai_dlc_mcp.composites.diagnose.reader import MOST_REQUESTS

from .building import pod, pod_id, subject


def test_the_first_to_fail_are_read_first_then_those_that_are_named_then_those_that_never_began() -> None:
    pods = [pod(rank, ended=1000.0 - rank) for rank in range(20)] + [pod(20, "Pending", began=False)]
    found = failed.suspects(subject("Failed", pods, ReasonMessage=f"Pod {pod_id(3)} failed: exit code 1"))
    ids = [one.id for one in found]
    assert ids[:4] == [pod_id(19), pod_id(18), pod_id(17), pod_id(16)]
    assert ids[4:6] == [pod_id(3), pod_id(20)]
    assert len(ids) == failed.MOST_PODS


def test_a_pod_whose_name_begins_like_another_is_not_taken_for_it() -> None:
    pods = [pod(rank, ended=100.0) for rank in range(12)]
    named = subject("Failed", pods).named_in(f"Pod {pod_id(11)} failed.")
    assert [one.id for one in named] == [pod_id(11)]


def test_of_a_large_job_pods_from_all_over_are_read() -> None:
    many = [pod(rank, "Running") for rank in range(1000)]
    waiting = [pod(rank, "Pending", began=False) for rank in range(1000)]
    for found in (running.sample(subject("Running", many)), pending.sample(subject("EnvPreparing", waiting))):
        ids = [one.id for one in found]
        assert (ids[0], ids[-1]) == (pod_id(0), pod_id(999))
        assert len(ids) <= 8


def test_every_first_look_stays_within_the_limit_of_reads() -> None:
    for count in (1, 8, 10, 1000):
        ended = [pod(rank, ended=100.0) for rank in range(count)]
        assert len(failed.first_look(subject("Failed", ended))) < MOST_REQUESTS - 8
        runs = [pod(rank, "Running") for rank in range(count)]
        assert len(running.first_look(subject("Running", runs), "cn-hangzhou")) < MOST_REQUESTS - 8


def test_the_health_check_of_a_running_job_is_read_where_it_was_asked_for() -> None:
    on, off = {"EnableSanityCheck": True}, {"EnableSanityCheck": False}
    for settings, is_read in ((on, True), (off, False), (None, False)):
        looked = running.first_look(subject("Running", [pod(0, "Running")], Settings=settings), "cn-hangzhou")
        assert (("sanity", "") in looked) is is_read


def test_of_those_that_are_named_and_of_those_that_never_began_two_each_are_read() -> None:
    failed_pods = [pod(rank, ended=100.0 + rank) for rank in range(10)]
    absent = [pod(rank, "Pending", began=False) for rank in (10, 11, 12)]
    reason = f"Pods {pod_id(7)}, {pod_id(8)} and {pod_id(9)} failed"
    found = failed.suspects(subject("Failed", [*failed_pods, *absent], ReasonMessage=reason))
    assert [one.index for one in found] == [0, 1, 2, 3, 7, 8, 10]
    found = failed.suspects(subject("Failed", [*failed_pods[:2], *absent]))
    assert [one.index for one in found] == [0, 1, 2, 3], "two that failed, two of the three that never began"


def test_where_no_pod_failed_or_is_named_the_first_two_are_read() -> None:
    found = failed.suspects(subject("Failed", [pod(rank, "Succeeded", ended=100.0) for rank in range(5)]))
    assert [one.index for one in found] == [0, 1]


def test_the_pods_that_the_last_restarts_blame_are_read() -> None:
    def record(rank: int) -> dict[str, object]:
        return {"DetailErrorInfoList": [{"Pod": pod_id(rank)}]}

    pods = [pod(rank, ended=100.0 + rank) for rank in range(9)]
    found = failed.suspects(subject("Failed", pods, RestartRecord=[record(8), record(7), record(7), record(6)]))
    assert [one.index for one in found] == [0, 1, 2, 3, 6, 7, 4], "of the last three records"


def test_around_a_job_that_waits_its_quotas_jobs_are_read_or_the_stock_of_its_machines() -> None:
    held = pending.wants_around(subject("Queuing", [], ResourceId="quota1"))
    assert {name: want.args["Status"] for (_, name), want in held.items()} == {"holders": "Running", "queue": "Queuing"}
    assert {want.args["ResourceId"] for want in held.values()} == {"quota1"}
    bought = pending.wants_around(subject("EnvPreparing", []))
    assert {name: want.args.get("InstanceTypes") for (_, name), want in bought.items()} == {
        "specs": None, "spec": "ecs.gpu",
    }  # fmt: skip
    assert bought["around", "specs"].args["AcceleratorType"] == "GPU"
    assert pending.wants_around(subject("EnvPreparing", [], RequestGPU=0))["around", "specs"].args == {
        "AcceleratorType": "CPU", "PageSize": pending.SPECS,
    }  # fmt: skip


def test_the_stock_of_each_instance_type_is_asked_once_and_of_roles_without_one_not() -> None:
    specs = [{"EcsSpec": "ecs.a"}, {"EcsSpec": "ecs.a"}, {"ResourceConfig": {"CPU": "4"}}, {"EcsSpec": "ecs.b"}, {}]
    found = pending.wants_around(subject("EnvPreparing", [], JobSpecs=specs))
    assert found["around", "spec"].args == {"InstanceTypes": "ecs.a,ecs.b"}
    assert ("around", "spec") not in pending.wants_around(subject("EnvPreparing", [], JobSpecs=[{}]))


def test_of_a_running_job_the_pods_that_have_begun_are_sampled_and_all_where_none_has() -> None:
    pods = [pod(rank, "Running", began=rank != 1) for rank in range(3)]
    assert [one.index for one in running.sample(subject("Running", pods))] == [0, 2]
    waiting = [pod(rank, "Pending", began=False) for rank in range(2)]
    assert [one.index for one in running.sample(subject("Running", waiting))] == [0, 1]
