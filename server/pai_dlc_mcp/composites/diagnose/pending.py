"""A job that does not run yet: what is read to say what it waits for."""

from __future__ import annotations

from typing import Any

from ...cloud.quotas import GET_QUOTA
from ...timestamps import iso, seconds_of
from . import studio
from .material import Material, events_of, gather, want_job_events, want_sanity
from .reader import Reader, Want
from .subject import Pod, Subject
from .verdict import Verdict
from .waiting import Surroundings, decide

STATES = frozenset({"Creating", "Queuing", "Bidding", "EnvPreparing", "SanityChecking"})
LISTED_DAYS, LISTED_ROWS, SPECS, SAMPLE = 60, 100, 100, 8


async def examine(reader: Reader, subject: Subject) -> Verdict:
    """Events and pods beside what surrounds the job: its quota and who holds it, or the stock of its type."""
    material, around = Material(subject), Surroundings()
    own = {("job_events", ""): want_job_events(subject)} | events_of(subject, sample(subject))
    if subject.status == "SanityChecking":
        own["sanity", ""] = want_sanity(subject)
    others = wants_around(subject) | _wants_of_studio(reader, subject)
    answers = await reader.read({**own, **others})
    material.take({key: answer for key, answer in answers.items() if key in own})
    around.take({key: answer for key, answer in answers.items() if key in others})
    await gather(reader, material, _named_pods(material))
    return decide(material, around)


def sample(subject: Subject) -> list[Pod]:
    """Pods that have not begun, some from all over the job: any of them can be the one that holds it up."""
    pods = [pod for pod in subject.pods if pod.started is None] or list(subject.pods)
    if len(pods) <= SAMPLE:
        return pods
    return [pods[round(at * (len(pods) - 1) / (SAMPLE - 1))] for at in range(SAMPLE)]


def _named_pods(material: Material) -> dict[tuple[str, str], Want]:
    """Events of pods that the reason or the events name and that were not read."""
    subject = material.subject
    named = subject.named_in(" ".join([subject.reason, *material.job_events[-20:]]))
    return events_of(subject, [pod for pod in named if pod.id not in material.pod_events][:2])


def wants_around(subject: Subject) -> dict[tuple[str, str], Want]:
    """For a quota job the quota, its running and its waiting jobs; for any other the stock."""
    if subject.quota:
        since = iso((seconds_of(subject.created) or subject.now) - LISTED_DAYS * 86_400)
        args: dict[str, Any] = {"ResourceId": subject.quota, "StartTime": since, "PageSize": LISTED_ROWS}
        return {
            ("around", "holders"): Want("ListJobs", args | {"Status": "Running"}, "jobs that hold the quota"),
            ("around", "queue"): Want("ListJobs", args | {"Status": "Queuing"}, "jobs that wait for the quota"),
        }
    types = ",".join(dict.fromkeys(str(spec["EcsSpec"]) for spec in subject.specs if spec.get("EcsSpec")))
    kind = "GPU" if subject.job.get("RequestGPU") else "CPU"
    wants = {("around", "specs"): Want("ListEcsSpecs", {"AcceleratorType": kind, "PageSize": SPECS}, "stock")}
    if types:
        wants["around", "spec"] = Want("ListEcsSpecs", {"InstanceTypes": types}, "stock of the job's type")
    return wants


def _wants_of_studio(reader: Reader, subject: Subject) -> dict[tuple[str, str], Want]:
    """Of a quota job: what its quota has, and why it waits there."""
    if not subject.quota:
        return {}
    if not studio.reachable(reader.runtime):
        reader.missed.append("quota and workload diagnosis of PAI Studio: not asked, the endpoints are replaced")
        return {}
    of_quota = {"QuotaId": subject.quota}
    return {
        ("around", "quota"): Want(GET_QUOTA, of_quota, "quota"),
        ("around", "studio"): Want(
            "GetQuotaWorkloadDiagnosis", of_quota | {"WorkloadId": subject.id}, "workload diagnosis of PAI Studio"
        ),
    }
