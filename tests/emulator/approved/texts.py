"""The approved texts by file: ``python -m emulator.approved.texts`` (PYTHONPATH=server:tests) writes them anew."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from emulator.approved import front
from emulator.approved.declared import KNOWN, Words, words_of
from emulator.approved.probing import named_in, variations
from emulator.approved.showing import MOST_ROWS, compact, difference, grouped, lines_of, listed, refusal, rows_of
from emulator.approved.stage import Args, Stage, Wire
from emulator.approved.stories import STORIES
from pai_dlc_emulator.wire import ServiceError
from pai_dlc_emulator.world import SEEDS
from pai_dlc_mcp.api.catalog import operation, operations
from pai_dlc_mcp.operation import READ, Operation

FOLDER = Path(__file__).parents[2] / "snapshots/emulator"
UNNEEDED = ("SortBy", "Order")
AS_BOB = "as bob"
WAITS_S = (0.0, 10.0, 90.0, 1_000.0)
MOST_LISTED, MOST_EVENTS, COPIES = 6, 20, 130
METRICS = ("GpuCoreUsage", "MemoryUsage")
MONITORED = ("CARD_GPU_DRAM_ACTIVE_UTIL", "JOB_MEMORY_FREE")
STUDIO_WORDS = {
    "Status": ("Enqueued", "Dequeued"),
    "SortBy": ("GmtCreatedTime", "GmtEnqueuedTime", "Priority", "QuotaName", "Status", "CPU", "GPU", "Memory"),
}


@cache
def stage() -> Stage:
    return Stage()


def toolsets() -> list[str]:
    return sorted({one.toolset for one in operations()})


def of_toolset(toolset: str) -> str:
    """Every operation of a toolset: what its example answers and changes, and what each other value makes of that."""
    stage().restore()
    own = [one for one in operations() if one.toolset == toolset]
    return "".join(f"{line}\n" for one in own for line in (_read(one) if one.effect is READ else _write(one)))


def _call(args: Args) -> str:
    return " ".join(f"{name}={compact(value)}" if value is not None else f"no {name}" for name, value in args.items())


def _read(declared: Operation) -> Iterator[str]:
    name = declared.action_name
    base, is_list = base_of(declared), name.startswith("List")
    yield from probed(stage(), name, base, words_of(declared), is_list)


def probed(wire: Wire, name: str, base: Args, words: Words, is_list: bool) -> Iterator[str]:
    """What a read answers, and what it answers to every variation."""
    yield f"{name} {_call(base)}"
    answer = wire.send(name, base)
    if isinstance(answer, ServiceError):
        lines, rows = [refusal(answer)], []
        yield f"  {refusal(answer)}"
    else:
        lines = list(lines_of(answer))
        yield from (f"    {line}" for line in lines)
        found = rows_of(answer)
        rows = list(found[1]) if found else []

    def outcomes() -> Iterator[tuple[str, str]]:
        tried = deque([(AS_BOB, dict[str, Any]()), *variations(name, base, rows, words)])
        while tried:
            call, given = tried.popleft()
            other = wire.send(name, {**base, **given}, "bob" if call is AS_BOB else "alice")
            if isinstance(other, ServiceError):
                yield call, refusal(other)
                tried.extendleft((_call(one), one) for one in named_in(other.message, given))
            else:
                yield call, listed(rows, other) if is_list and rows else difference(lines, list(lines_of(other)))

    yield from grouped(outcomes())


def base_of(declared: Operation) -> dict[str, Any]:
    """The example of a read; a list is asked for all that there is."""
    name = declared.action_name
    base = {key: value for key, value in stage().example(declared).items() if key not in UNNEEDED}
    if not name.startswith("List"):
        return base
    parameters = KNOWN[name][1].parameters
    known, needed = (
        {one.name for one in parameters},
        {one.name for one in parameters if one.place == "path" or one.required},
    )
    wanted = {
        "PageSize": 100,
        "ShowOwn": False,
        **({"WorkspaceId": stage().made.ids["88001"]} if name == "ListResources" else {}),
    }
    base = {key: value for key, value in base.items() if key in needed}
    return base | {key: value for key, value in wanted.items() if key in known}


def _write(declared: Operation) -> Iterator[str]:
    name, base = declared.action_name, stage().example(declared)
    yield f"{name} {_call(base)}"
    lines = _done(name, base)
    yield from (f"    {line}" for line in lines)

    def outcomes() -> Iterator[tuple[str, str]]:
        tried = deque([(AS_BOB, dict[str, Any]()), *variations(name, base, (), words_of(declared))])
        while tried:
            call, given = tried.popleft()
            other = _done(name, {**base, **given}, "bob" if call is AS_BOB else "alice")
            yield call, difference(lines, other)
            tried.extendleft((_call(one), one) for one in named_in(other[0] if other else "", given))

    yield from grouped(outcomes())


def _done(name: str, args: Args, caller: str = "alice") -> list[str]:
    """What a write answers and changes; the world is put back."""
    answer = stage().send(name, args, caller)
    lines = [refusal(answer)] if isinstance(answer, ServiceError) else list(lines_of(answer))
    changed = stage().changes()
    if changed or not isinstance(answer, ServiceError):
        stage().restore(changed)
    return [*lines, *changed]


def afterwards(toolset: str) -> str:
    """What each write of a toolset, and time, make of its other examples: only what is no longer as before."""
    own = [one for one in operations() if one.toolset == toolset]
    return "".join(f"{line}\n" for write in (None, *own) if write is None or write.effect is not READ
                   for line in _after(write, own))  # fmt: skip


def _after(write: Operation | None, own: list[Operation]) -> Iterator[str]:
    def begin(*, again: bool = False) -> bool:
        stage().restore(stage().changes() if again else None)
        return write is None or not isinstance(stage().send(write.action_name, stage().example(write)), ServiceError)

    last = {one.action_name: _before(one.action_name) for one in own}
    if not begin():
        return
    yield f"after {write.action_name}" if write else "after nothing"
    for seconds in WAITS_S:
        stage().at(seconds)
        for one in (one for one in own if one.effect is READ):
            name = one.action_name
            lines = _lines(name, base_of(one))
            if lines != last[name]:
                yield f"  {seconds:g} s later {name}: {difference(last[name], lines)}"
            last[name] = lines
    stage().restore()
    for one in (one for one in own if one.effect is not READ and write is not None):
        begin(again=True)
        lines = _lines(one.action_name, stage().example(one))
        if lines != last[one.action_name]:
            yield f"  {one.action_name}: {difference(last[one.action_name], lines)}"
    stage().restore()


@cache
def _before(name: str) -> list[str]:
    stage().restore()
    one = operation(name)
    found = _lines(name, base_of(one) if one.effect is READ else stage().example(one))
    stage().restore()
    return found


def _lines(name: str, args: Args) -> list[str]:
    answer = stage().send(name, args)
    return [refusal(answer)] if isinstance(answer, ServiceError) else list(lines_of(answer, most=MOST_LISTED))


def pages() -> str:
    """How many rows a list gives that is asked for no number, in a world with many of each."""
    stage().restore()
    tables, found = stage().scene.world.catalogue.tables, list[str]()
    for rows in tables.values():
        key, row = next(reversed(rows.items()))
        rows |= {f"{key}-{number}": row for number in range(COPIES)} if isinstance(row, dict) else {}
    for one in (one for one in operations() if one.action_name.startswith("List")):
        needed = {parameter.name for parameter in KNOWN[one.action_name][1].parameters if parameter.required}
        base = {name: value for name, value in base_of(one).items() if name != "PageSize" or name in needed}
        answer = stage().send(one.action_name, base)
        if isinstance(answer, ServiceError):
            found.append(f"{one.action_name}: {refusal(answer)}\n")
            continue
        counts = [f"{name} {len(value)}" for name, value in answer.items() if isinstance(value, list)]
        scalars = [f"{name} = {compact(value)}" for name, value in answer.items() if not isinstance(value, list | dict)]
        found.append(f"{one.action_name}: {', '.join([*counts, *scalars])}\n")
    stage().restore()
    return "".join(found)


def world(seed: str) -> str:
    """What a fresh world holds: the default one whole, of the others the first records and some in between."""
    wire = Wire(seed)
    catalogue = wire.scene.world.catalogue
    found = [f"defaults {compact(catalogue.defaults)}"]
    for table, rows in catalogue.tables.items():
        every = list(rows.values())
        shown = every if seed == "default" else [*every[:1], *every[100:2000:631], *every[-1:]]
        found += [f"{table} {len(every)}", *(f"  {line}" for row in shown for line in lines_of(row))]
    for page in (1, 2, 700):
        jobs = wire.send("ListJobs", {"ShowOwn": False, "StartTime": "2020-01-01T00:00:00Z", "PageNumber": page})
        assert not isinstance(jobs, ServiceError)
        found += [f"jobs, page {page}", *(f"  {line}" for line in lines_of(jobs))]
    return "".join(f"{line}\n" for line in found)


def jobs() -> str:
    """Every job of the furnished world by what it has otherwise than the first."""
    stage().restore()
    found, first = list[str](), list[str]()
    for job in list(stage().scene.world.training.jobs.values()):
        seen = _seen(stage(), "GetJob", JobId=job.id)
        found.append(f"{job.args['DisplayName']}: {difference(first, seen)}\n")
        first = first or seen
    return "".join(found)


def failures() -> str:
    """Every job of the failing world, and what can be read of it and of two of its pods.

    The first is told whole, the others by what they have otherwise.
    """
    wire, found, first = Wire("failures"), list[str](), list[str]()
    for job in list(wire.scene.world.training.jobs.values()):
        seen = _seen(wire, "GetJob", JobId=job.id)
        found += [f"{job.args['DisplayName']} {job.behaviour.name}", f"  {difference(first, seen)}"]
        first = first or seen
        for name, args in _reads_of(wire, job.id):
            found += [f"  {name} {_call(args)}", *(f"    {line}" for line in _seen(wire, name, JobId=job.id, **args))]
    return "".join(f"{line}\n" for line in found)


def _reads_of(wire: Wire, job: str) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "GetJobEvents", {"MaxEventsNum": 200}
    yield "ListJobSanityCheckResults", {}
    yield "GetJobSanityCheckResult", {"SanityCheckNumber": 1}
    yield from (("GetJobMetrics", {"MetricType": kind}) for kind in METRICS)
    pods = wire.scene.job(job).get("Pods", [])
    for pod in pods[:: max(1, len(pods) - 1)][:2]:
        yield "GetPodEvents", {"PodId": pod["PodId"]}
        yield "GetPodLogs", {"PodId": pod["PodId"], "MaxLines": 200}
        for old in pod["HistoryPods"][:1]:
            yield "GetPodLogs", {"PodId": pod["PodId"], "PodUid": old["PodUid"], "MaxLines": 50}


def _seen(wire: Wire, name: str, **args: Any) -> list[str]:
    answer = wire.send(name, args)
    most = MOST_EVENTS if name.endswith("Events") else MOST_ROWS
    return [refusal(answer)] if isinstance(answer, ServiceError) else list(lines_of(answer, most=most))


def _fullest(wire: Wire) -> str:
    """The quota with most jobs in it."""
    return Counter(job.quota_id for job in wire.scene.world.training.admitted).most_common(1)[0][0]


def lists_of_failures() -> str:
    """The lists of jobs and quotas where there are jobs of every state, quotas that are full and jobs that wait."""
    wire, found = Wire("failures"), list[str]()
    found += probed(wire, "ListJobs", {"ShowOwn": False, "PageSize": 100}, words_of(operation("ListJobs")), True)
    found += probed(wire, "paistudio:ListQuotas", {"PageSize": 100}, STUDIO_WORDS, True)
    for quota in wire.scene.world.catalogue.quotas:
        found += [f"paistudio:GetQuota {quota}", *_seen(wire, "paistudio:GetQuota", QuotaId=quota, WithNodeMeta=True)]
        found += _seen(wire, "paistudio:ListQuotaWorkloads", QuotaId=quota, ShowOwn=False)
    base = {"QuotaId": _fullest(wire), "ShowOwn": False, "Status": "Dequeued"}
    found += probed(wire, "paistudio:ListQuotaWorkloads", base, STUDIO_WORDS, True)
    running = wire.scene.world.training.admitted[0]
    for name in ("", *MONITORED):
        base = {"JobId": running.id, "Dimensions": "[]", "Period": "900", "MetricName": name}
        found += probed(wire, "GetMetrics", base, {}, False)
    for job in list(wire.scene.world.training.jobs.values()):
        args = {"QuotaId": job.quota_id or next(iter(wire.scene.world.catalogue.quotas)), "WorkloadId": job.id}
        name = "paistudio:GetQuotaWorkloadDiagnosis"
        found += [f"{name} {job.args['DisplayName']}", *_seen(wire, name, **args)]
    return "".join(f"{line}\n" for line in found)


TEXTS: Mapping[str, Callable[[], str]] = {
    **{f"{one}.txt": partial(of_toolset, one) for one in toolsets()},
    **{f"{one}.after.txt": partial(afterwards, one) for one in toolsets()},
    "pages.txt": pages,
    **{f"world.{name}.txt": partial(world, name) for name in SEEDS if name != "vast"},
    "jobs.all.txt": jobs,
    "failures.jobs.txt": failures,
    "failures.lists.txt": lists_of_failures,
    **STORIES,
    "front.txt": front.text,
}
"""What makes each file."""


def write() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, make in TEXTS.items():
        (FOLDER / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    write()
