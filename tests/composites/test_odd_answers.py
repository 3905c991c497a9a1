"""An odd answer of the service makes a poorer diagnosis, never a mistake of ours."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pai_dlc_mcp.composites.diagnose import health, waiting
from pai_dlc_mcp.composites.diagnose.decision import decide
from pai_dlc_mcp.composites.diagnose.ended import stopped
from pai_dlc_mcp.composites.diagnose.explanation import explain
from pai_dlc_mcp.composites.diagnose.material import Material
from pai_dlc_mcp.composites.diagnose.report import answer
from pai_dlc_mcp.composites.diagnose.subject import subject_of

from .building import JOB, NOW, pod_id

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-5, 10**6), st.floats(allow_nan=False), st.text(max_size=12))
PODS = st.fixed_dictionaries(
    {"PodId": st.sampled_from([pod_id(0), pod_id(1), "", None])},
    optional=dict.fromkeys(("Status", "GmtStartTime", "GmtFinishTime", "NodeName", "PodUid", "Type"), SCALARS),
)
ROWS = st.lists(st.dictionaries(st.sampled_from(["Status", "StartTime", "EndTime", "Reason", "OccurTime"]), SCALARS))
FIELDS = (
    "ReasonCode ReasonMessage RequestGPU RequestCPU Duration RestartTimes Priority GmtCreateTime GmtRunningTime "
    "GmtFinishTime ResourceId UserId"
)
JOBS = st.fixed_dictionaries(
    {"JobId": st.just(JOB), "Status": st.sampled_from(["Failed", "Queuing", "Running", "Stopped", "Odd", None])},
    optional={
        "Pods": st.one_of(st.none(), st.lists(PODS, max_size=3)),
        "StatusHistory": st.one_of(st.none(), ROWS),
        "RestartRecord": st.one_of(st.none(), ROWS),
        "JobSpecs": st.one_of(st.none(), st.lists(st.dictionaries(st.sampled_from(["EcsSpec", "PodCount"]), SCALARS))),
        "Settings": st.one_of(st.none(), st.dictionaries(st.sampled_from(["ErrorMonitoringArgs", "Tags"]), SCALARS)),
    }
    | dict.fromkeys(FIELDS.split(), SCALARS),
)
LINES = st.lists(
    st.one_of(st.text(max_size=40), st.sampled_from(["Traceback (most recent call last):", "step 1 loss nan"]))
)
TABLES = st.lists(st.dictionaries(st.sampled_from(["Id", "Specs", "InstanceType", "Priority", "RequestGPU"]), SCALARS))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(job=JOBS, log=LINES, events=LINES, rows=TABLES)
def test_every_decision_gives_a_verdict_and_the_report_fits(
    job: dict[str, Any], log: list[str], events: list[str], rows: list[dict[str, Any]]
) -> None:
    subject = subject_of(job, NOW)
    material = Material(subject, job_events=events)
    for one in subject.pods:
        material.logs[one.id], material.pod_events[one.id] = log, events
    around = waiting.Surroundings()
    around.take({("around", name): {field: rows} for name, field in waiting.TABLES.items()})
    verdicts = [
        explain(material, decide(material)),
        health.decide(material),
        waiting.decide(material, around),
        stopped(material),
    ]
    for verdict in verdicts:
        data = answer(subject, verdict, "cn-hangzhou", 1, [])
        assert data["cause"]
        assert data["category"] in ("network", "image", "runtime", "resource", "configuration", "system")
