"""Rules across the fields of a job: what it cannot do without, R02, R06-R09, R11, R15, R17-R19, R22, R23.

The last of them (R03, R04, R23) say what command and mounts do not do together; what a script or an image holds is not
known here, so nothing is said of it.
"""

from __future__ import annotations

import ipaddress
import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...errors import InvalidArguments, NextStep, Notice
from ...redaction.scan import harmless
from .rule import Case, closest, is_given, listing, refuse, says_something

_WORKER_MASTER = ("Worker", "Master")
ROLES: Mapping[str, tuple[str, ...]] = {
    "TFJob": ("Chief", "PS", "Worker", "Evaluator", "GraphLearn"),
    "PyTorchJob": _WORKER_MASTER,
    "XGBoostJob": _WORKER_MASTER,
    "OneFlowJob": _WORKER_MASTER,
    "ElasticBatchJob": _WORKER_MASTER,
    "MPIJob": _WORKER_MASTER,
    "RayJob": ("Worker", "Head"),
}
"""Roles that a job type knows; a type that is not here takes any."""

POLICIES = ("ChiefWorker", "AllWorkers")
UNDOCUMENTED_POLICIES = ("Never", "Partial")
CODE_FIELDS = ("branch", "codesourceid", "commit", "issharedmountpath", "mountpath")
REPOSITORY_FIELDS = (
    "uri", "url", "repo", "repository", "git", "giturl", "gitrepo", "coderepo", "coderepourl", "codeuri", "codeurl",
    "repourl",
)  # fmt: skip
"""Names under which a raw repository address is tried, without case and underscores; the service has none of them."""

_RAY_GROUP = re.compile(r"Worker-[A-Za-z0-9._-]+")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://|[\w.-]+@[\w.-]+:|[\w-]+(?:\.[\w-]+)+/", re.IGNORECASE)
"""With a scheme, as ``git@host:``, or bare as ``host.example/``."""
_BLOCK = re.compile(r"[^/]+/[0-9]{1,3}")
_INTERFACE = re.compile(r"[a-z]{2,12}[0-9]{1,3}")
_PYTHON = re.compile(r"(?:^|[\s;&|(])(?:\S*/)?python[\d.]*\s+(?:-[a-zA-Z]\s+)*(?!-)\S+\.py\b")
_LAUNCHER = re.compile(
    r"\b(?:torchrun|torch\.distributed|accelerate|deepspeed|mpirun|mpiexec|horovodrun|colossalai|msrun|srun|ray)\b"
)
_VARIABLE = re.compile(r"\$\{?(?:RANK|WORLD_SIZE|MASTER_ADDR|MASTER_PORT|NODE_RANK|NNODES)\b")
_TORCHRUN = re.compile(r"\b(?:torchrun|torch\.distributed\.(?:run|launch))\b")
_NODES = re.compile(r"--(?:nnodes|node[_-]rank|rdzv[_-]endpoint|rdzv[_-]backend|master[_-]addr)\b")
_SCRIPT = re.compile(r"(?:^|[\s;&|(])((?:[\w.~-]*/)*[\w.-]+\.(?:py|sh))\b")
_CHANGES_FOLDER = re.compile(r"(?:^|[\s;&|(])(?:cd|pushd|git clone|wget|curl|ossutil\w*|cp|pip|conda)\s")
_DATA_PATH = re.compile(r"(?:^|[\s=:,'\"(])(/(?:mnt|data|cpfs|nas|oss|input|dataset)[\w.-]*(?:/[\w.*-]+)+)")
MOST_SHOWN = 3
_LIST_SPECS = NextStep("dlc_list_ecs_specs", {}, "Instance types of the public resources.")


def has_type(case: Case) -> None:
    """A job has a type, its own or its template's."""
    _is_complete(case, "JobType", says_something(case.args.get("JobType")))


def has_specs(case: Case) -> None:
    """A job has specs, its own or its template's."""
    _is_complete(case, "JobSpecs", says_something(case.args.get("JobSpecs")))


def has_command(case: Case) -> None:
    """A job has a command: its own, its template's or each role's."""
    commands = [is_given(spec.get("UserCommand")) for _, spec in case.objects("JobSpecs")]
    is_each = bool(commands) and all(commands)
    _is_complete(case, "UserCommand", is_each or says_something(case.args.get("UserCommand")))


def _is_complete(case: Case, name: str, is_there: bool) -> None:
    if not is_there and not case.partial:
        field = case.top(name)
        raise InvalidArguments(f"{field} is required, unless a template has it.", field=field)


def r02(case: Case) -> None:
    """Every spec names an image; which ones may be named is the ledger's business."""
    for path, spec in case.objects("JobSpecs"):
        if not says_something(spec.get("Image")) and not case.partial:
            message = "Every spec needs an Image: an ImageUri as the listing of images shows it."
            step = listing(case, "aiworkspace_list_images", "Images with their ImageUri.")
            raise refuse("R02", f"{path}.Image", message, step)


def r06(case: Case) -> None:
    """EcsSpec and ResourceConfig exclude each other, and one of them is there."""
    for path, spec in case.objects("JobSpecs"):
        both = is_given(spec.get("EcsSpec")) and is_given(spec.get("ResourceConfig"))
        neither = not says_something(spec.get("EcsSpec")) and not says_something(spec.get("ResourceConfig"))
        if both:
            raise refuse(
                "R06",
                f"{path}.EcsSpec",
                "EcsSpec (public resources) and ResourceConfig (a quota) exclude each other; keep one of them.",
            )
        if neither and not case.partial:
            raise refuse(
                "R06",
                f"{path}.EcsSpec",
                "One of EcsSpec (public resources) and ResourceConfig (with resource_id) must be there.",
                _LIST_SPECS,
            )


def r07(case: Case) -> None:
    """EcsSpec goes without a quota, ResourceConfig with one; the quota comes from the user (R05)."""
    for path, spec in case.objects("JobSpecs"):
        named = (case.args.get("ResourceId"), spec.get("QuotaId"))
        if is_given(spec.get("EcsSpec")) and any(is_given(name) for name in named):
            raise refuse(
                "R07",
                f"{path}.EcsSpec",
                "EcsSpec is for public resources and goes without resource_id; in a quota give ResourceConfig.",
            )
        if (
            is_given(spec.get("ResourceConfig"))
            and not any(says_something(name) for name in named)
            and not case.partial
        ):
            raise refuse(
                "R07",
                f"{path}.ResourceConfig",
                "ResourceConfig needs resource_id, the quota, which the user names; without a quota give EcsSpec.",
                _LIST_SPECS,
            )


def r08(case: Case) -> None:
    """Uri and DataSourceId exclude each other, and one of them is there."""
    for path, source in case.objects("DataSources"):
        uri, known = is_given(source.get("Uri")), is_given(source.get("DataSourceId"))
        if uri and known:
            raise refuse("R08", f"{path}.Uri", "Uri and DataSourceId exclude each other; keep one of them.")
        if (
            not says_something(source.get("Uri"))
            and not says_something(source.get("DataSourceId"))
            and not case.partial
        ):
            raise refuse(
                "R08",
                f"{path}.DataSourceId",
                "A data source is a DataSourceId (a dataset) or a Uri; neither is there.",
                listing(case, "aiworkspace_list_datasets", "Datasets and their ids."),
            )


def r09(case: Case) -> None:
    """A raw repository address and CodeSourceId exclude each other, and the address is no field of the service."""
    at, source = f"{case.prefix}CodeSource", case.part("CodeSource")
    raw = next((str(name) for name, value in source.items() if _is_repository(str(name), value)), None)
    if raw is None and not any(
        _is_address(value) for value in (source.get("CodeSourceId"), case.args.get("CodeSource"))
    ):
        return
    also = raw is not None and is_given(source.get("CodeSourceId"))
    fault = f"{raw[:60]} and CodeSourceId exclude each other" if raw and also else "A job takes no raw address"
    field = f"{at}.{raw[:60]}" if raw else f"{at}.CodeSourceId" if source else case.top("CodeSource")
    mend = "register the repository with aiworkspace_create_code_source and give its CodeSourceId alone"
    raise refuse("R09", field, f"{fault}; {mend}.", _registered(case))


def _is_repository(name: str, value: Any) -> bool:
    """Whether a field that the service does not have holds a repository, by its name or by its value."""
    plain = name.replace("_", "").lower()
    return plain not in CODE_FIELDS and (_is_address(value) or (plain in REPOSITORY_FIELDS and is_given(value)))


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and bool(_ADDRESS.match(value.strip()))


def _registered(case: Case) -> NextStep:
    """Where the repository would stand if it is registered; that list is one of a workspace."""
    if not says_something(case.args.get("WorkspaceId")):
        return NextStep("aiworkspace_list_workspaces", {}, "Code sources are listed by workspace.")
    arguments = {"workspace_id": str(case.args.get("WorkspaceId"))}
    return NextStep("aiworkspace_list_code_sources", arguments, "It may be registered already.")


def r11(case: Case) -> None:
    """The role of each spec fits the job type."""
    job_type = str(case.args.get("JobType"))
    roles = ROLES.get(job_type, ())
    for path, spec in case.objects("JobSpecs") if roles else ():
        role = spec.get("Type")
        if role in roles or (role is None and case.partial):
            continue
        if job_type == "RayJob" and _RAY_GROUP.fullmatch(str(role)):
            continue
        fault = "needs a Type" if role is None else f"has no role {str(role)[:40]!r}"
        groups = " or Worker-<group>" if job_type == "RayJob" else ""
        raise refuse("R11", f"{path}.Type", f"A {job_type} {fault}; its roles are {', '.join(roles)}{groups}.")


def pods(case: Case) -> int:
    """Pods over all specs; a spec that does not say has one."""
    return sum(_pods_of(spec) for _, spec in case.objects("JobSpecs"))


def r17(case: Case) -> Notice | None:
    """ChiefWorker is for a TFJob of more than one pod; the default passes everywhere."""
    policy = case.args.get("SuccessPolicy")
    if not is_given(policy) or policy == "AllWorkers":
        return None
    field = case.top("SuccessPolicy")
    if policy in UNDOCUMENTED_POLICIES:
        return Notice(
            "R17", f"SuccessPolicy {policy} is named in the service's metadata and explained nowhere; sent on."
        )
    if policy != "ChiefWorker":
        known = (*POLICIES, *UNDOCUMENTED_POLICIES)
        raise refuse("R17", field, f"SuccessPolicy is {', '.join(known)}, exact case{closest(policy, known)}.")
    if "JobType" in case.args and case.args.get("JobType") != "TFJob":
        raise refuse("R17", field, "SuccessPolicy ChiefWorker is for a TFJob only; leave it out or give AllWorkers.")
    if pods(case) < 2 and not case.partial:
        raise refuse("R17", field, "SuccessPolicy ChiefWorker is for a TFJob of more than one pod; leave it out.")
    return None


def r18(case: Case) -> Notice | None:
    """Each CIDR block is valid, the default route is an interface; a vSwitch should come with the blocks of its VPC."""
    network, at = case.part("UserVpc"), f"{case.prefix}UserVpc"
    blocks = network.get("ExtendedCIDRs") or []
    for index, block in enumerate(blocks if isinstance(blocks, list) else [blocks]):
        if not _is_cidr(block):
            field = f"{at}.ExtendedCIDRs[{index}]"
            raise refuse("R18", field, f"{str(block)[:60]!r} is no CIDR block such as 192.168.0.0/16.")
    route = network.get("DefaultRoute")
    if is_given(route) and not _INTERFACE.fullmatch(str(route)):
        field = f"{at}.DefaultRoute"
        raise refuse("R18", field, f"DefaultRoute is the name of an interface such as eth0, not {str(route)[:60]!r}.")
    if is_given(network.get("SwitchId")) and not blocks:
        return Notice(
            "R18", "SwitchId without ExtendedCIDRs: the page asks for all CIDR blocks of the VPC; sent as given."
        )
    return None


def _is_cidr(block: Any) -> bool:
    """Host bits may be set, as in the service's own example; the length is a number, no netmask."""
    if not isinstance(block, str) or not _BLOCK.fullmatch(block):
        return False
    try:
        ipaddress.ip_interface(block)
    except ValueError:
        return False
    return True


def r23(case: Case) -> None:
    """One Worker spec with n pods for a multi-node PyTorchJob; a TFJob with PS has Worker; at most one chief."""
    specs = [spec for _, spec in case.objects("JobSpecs")]
    roles, field = [spec.get("Type") for spec in specs], f"{case.prefix}JobSpecs"
    if case.args.get("JobType") == "PyTorchJob" and roles.count("Worker") > 1:
        raise refuse("R23", field, "Multi-node PyTorch is one Worker spec with PodCount n, not n specs.")
    if case.args.get("JobType") == "TFJob" and "PS" in roles and "Worker" not in roles and not case.partial:
        raise refuse("R23", field, "A TFJob with PS needs a Worker spec too.")
    chiefs = sum(_pods_of(spec) for spec in specs if spec.get("Type") == "Chief" or spec.get("IsChief") is True)
    if chiefs > 1:
        raise refuse("R23", field, f"A job has at most one chief pod; {chiefs} were given.")


def _pods_of(spec: Mapping[str, Any]) -> int:
    count = spec.get("PodCount")
    return count if isinstance(count, int) else 1


MOST_PARAMETERS_BYTES = 65_536


def compact(value: Any) -> bytes:
    """A value as the client sends it: JSON without blanks, UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str).encode(errors="surrogatepass")


def r15(case: Case) -> None:
    """Refuse a body that is over the limit, with its size and its three largest fields."""
    size = len(compact(dict(case.args)))
    if size <= MOST_PARAMETERS_BYTES:
        return
    sizes = sorted(((len(compact(value)), name) for name, value in case.args.items()), reverse=True)[:3]
    largest = ", ".join(f"{name} {length:,}" for length, name in sizes)
    raise refuse(
        "R15",
        case.top(sizes[0][1]),
        f"All parameters together are {size:,} bytes and the service takes {MOST_PARAMETERS_BYTES:,}; "
        f"the largest: {largest}.",
    )


IGNORED = ("DebuggerConfigContent", "ElasticSpec")


def r19(case: Case) -> Notice | None:
    """Fields that the service ignores."""
    sent = [name for name in IGNORED if name in case.args and is_given(case.args[name])]
    return Notice("R19", f"The service ignores {' and '.join(sent)}; sent as given.") if sent else None


def r22_running_time(case: Case) -> Notice | None:
    """A job without an end costs until somebody stops it; a limit of 0 is none."""
    if (
        is_given(case.args.get("JobMaxRunningTimeMinutes"))
        and str(case.args.get("JobMaxRunningTimeMinutes")).strip() != "0"
    ):
        return None
    return Notice("R22", "No job_max_running_time_minutes: the job may run, and cost, until it is stopped.")


def _command(case: Case) -> str:
    """The command, of which nothing is said where its job is not whole: what it lacks may come later."""
    return "" if case.partial else str(case.args.get("UserCommand") or "")


def r23_alone(case: Case) -> Notice | None:
    """Several pods whose processes do not look for each other each do the whole work."""
    several, command = pods(case), _command(case)
    if case.args.get("JobType") != "PyTorchJob" or several < 2:
        return None
    if _TORCHRUN.search(command) and not _NODES.search(command) and not _VARIABLE.search(command):
        text = f"torchrun is given no --nnodes, so each of the {several} pods trains by itself; "
        return Notice("R23", text + "give --nnodes $WORLD_SIZE --node_rank $RANK --master_addr $MASTER_ADDR.")
    if _PYTHON.search(command) and not _LAUNCHER.search(command) and not _VARIABLE.search(command):
        text = f"The command starts one process in each of {several} pods without torchrun; they work together only "
        return Notice("R23", text + "if the program itself reads RANK, WORLD_SIZE and MASTER_ADDR.")
    return None


def _mounts(case: Case) -> list[str] | None:
    """The folders that are mounted, code and data; ``None`` where one of them stands in its dataset or code source."""
    parts = [part for _, part in case.objects("DataSources")]
    code = case.part("CodeSource")
    parts += [code] if says_something(code) else []
    paths = [part.get("MountPath") for part in parts]
    return [str(path).rstrip("/") for path in paths] if all(is_given(path) for path in paths) else None


def _is_below(path: str, mounts: list[str]) -> bool:
    plain = posixpath.normpath(path)
    return any(plain == mount or plain.startswith(f"{mount}/") for mount in mounts)


def r04_script(case: Case) -> Notice | None:
    """A script that neither code nor data can hold, so that the image has to."""
    command = _command(case)
    scripts = list(dict.fromkeys(found[1] for found in _SCRIPT.finditer(command)))
    if not scripts or _CHANGES_FOLDER.search(command):
        return None
    mounts = _mounts(case)
    if mounts == []:
        missing = scripts
    elif mounts is not None:
        missing = [one for one in scripts if one.startswith("/") and not _is_below(one, mounts)]
    else:
        missing = []
    if not missing:
        return None
    names = ", ".join(harmless(one)[:80] for one in missing[:MOST_SHOWN])
    where = "below none of the mounted folders" if mounts else "and neither code nor data is mounted"
    return Notice("R04", f"The command runs {names}, {where}: the image has to hold it.")


def r03_unmounted(case: Case) -> Notice | None:
    """Folders of data in the command that nothing mounts."""
    mounts, command = _mounts(case), _command(case)
    if mounts is None:
        return None
    named = list(dict.fromkeys(found[1] for found in _DATA_PATH.finditer(command)))
    missing = [one for one in named if not _is_below(one, mounts) and not _SCRIPT.fullmatch(one)]
    if not missing:
        return None
    names = ", ".join(harmless(one)[:80] for one in missing[:MOST_SHOWN])
    shown = ", ".join(harmless(one)[:80] for one in mounts[:MOST_SHOWN])
    has = f"mounted are {shown}" if mounts else "nothing is mounted"
    return Notice("R03", f"The command names {names}; {has}. What is written there is lost with the pod.")


def r03_written(case: Case) -> Notice | None:
    """Data that the job may change or delete."""
    named = [_name(part) for part in _written_sources(case)]
    if not named:
        return None
    return Notice("R03", f"Mounted for writing, so the job can change and delete it: {', '.join(named[:MOST_SHOWN])}.")


def _written_sources(case: Case) -> Iterator[Mapping[str, Any]]:
    return (part for _, part in case.objects("DataSources") if part.get("MountAccess") == "RW")


def _name(part: Mapping[str, Any]) -> str:
    what = harmless(str(part.get("DataSourceId") or part.get("Uri") or "?"))[:80]
    return f"{what} at {harmless(str(part['MountPath']))[:80]}" if is_given(part.get("MountPath")) else what
