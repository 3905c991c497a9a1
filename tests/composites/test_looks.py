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
