"""The declarations held against what the service itself documents: values, RAM actions, hosts."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from facts.extract import documented
from facts.fields import fields, is_scalar, refusal
from facts.report import EXPLAINED, Line, filter_lines, folder_lines
from pai_dlc_mcp.api import catalog
from pai_dlc_mcp.cloud.endpoints import REGIONS, Endpoints, is_known_region
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.guards.validation.check import check_rules
from pai_dlc_mcp.operation import READ, Operation
from pai_dlc_mcp.shapes import Leaf
from proofs import Noted, Proved
from support.every import for_every

HERE = Path(__file__).parent
OPERATIONS = catalog.operations()
EACH = for_every("operation", OPERATIONS, lambda op: op.name)


def table(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    return found


DOCUMENTED, ANSWERS, RAM, HOSTS = table("documented"), table("answers"), table("ram"), table("hosts")
REASONS = table("explained")
VALUES = sum(len(row.get("values", ())) for rows in DOCUMENTED.values() for row in rows.values())
"""What the tables of facts hold in all."""


@EACH
def test_every_documented_value_and_bound_is_taken(operation: Operation, proved: Proved) -> None:
    rows = DOCUMENTED.get(operation.action_name, {})
    ours = {field.path: field for field in fields(operation.inputs)}
    refused = {
        f"value {operation.action_name}.{path}={value}": why
        for path, row in rows.items()
        if path in ours and (is_scalar(ours[path]) or path.endswith("[]"))
        for value in row.get("values", ())
        if (why := refusal(operation, ours[path], value)) is not None
    }
    assert {key: why for key, why in refused.items() if key not in REASONS} == {}
    values = [
        f"{operation.action_name}.{path}={value}" for path, row in rows.items() for value in row.get("values", ())
    ]
    proved("facts: documented values taken, or refused with a reason", values, of=VALUES)


def test_every_value_that_an_answer_is_documented_to_show_is_taken_by_the_filter_of_its_name(noted: Noted) -> None:
    counts: Counter[str] = Counter()
    refused = list(filter_lines(ANSWERS, counts))
    assert counts["filters"] > 300
    assert [line for line in refused if line.key not in REASONS] == []
    taken = counts["filters"] - len(refused)
    noted(f"facts: {taken} of {counts['filters']} values that answers show are taken by the filter of their name")


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("ListJobs", "Order", "desc"),
        ("ListCodeSources", "Order", "desc"),
        ("ListEcsSpecs", "SortBy", "Gpu"),
    ],
)
def test_a_value_that_was_once_refused_wrongly_is_taken(name: str, path: str, value: str) -> None:
    operation = catalog.operation(name)
    field = next(field for field in fields(operation.inputs) if field.path == path)
    assert refusal(operation, field, value) is None
    assert refusal(operation, field, "no-such-value") is not None


LISTS = [(operation, leaf) for operation in OPERATIONS for leaf in operation.leaves if leaf.known]


@pytest.mark.parametrize(("operation", "leaf"), LISTS, ids=[f"{one.name}-{leaf.path}" for one, leaf in LISTS])
def test_r29_a_value_beyond_the_list_of_a_page_travels_with_a_notice(operation: Operation, leaf: Leaf) -> None:
    """Generated from the declarations: each text whose documented values are not the only ones."""
    field = next(one for one in fields(operation.inputs) if one.path == leaf.path)
    for value in (*leaf.known, "as-yet-unheard-of"):
        assert refusal(operation, field, value) is None
        assert refusal(operation, field, value.swapcase()) is None
    given = nested(leaf.path, "as-yet-unheard-of")
    _, notices = check_rules(operation, given, is_partial=True)
    (notice,) = [one for one in notices if one.rule == "R29"]
    assert "as-yet-unheard-of" in notice.message
    assert leaf.known[0] in notice.message
    _, notices = check_rules(operation, nested(leaf.path, leaf.known[-1]), is_partial=True)
    assert [one for one in notices if one.rule == "R29"] == []


def nested(path: str, value: str) -> dict[str, Any]:
    """Arguments with a value at a path such as ``JobSpecs[].ServiceSpec.ServiceMode``."""
    name, _, rest = path.partition(".")
    inner = nested(rest, value) if rest else value
    return {name.removesuffix("[]"): [inner] if name.endswith("[]") else inner}


def test_lists_are_closed_where_a_wrong_value_would_show_sort_or_permit() -> None:
    """The lists that stay closed: who may see it, an order, an effect, what a rule reads."""
    open_ends = {leaf.path.rpartition(".")[2] for _, leaf in LISTS}
    assert {"CategoryName", "ConfigKey", "FrameworkType", "DataSourceType", "ResourceType"} <= open_ends
    assert open_ends.isdisjoint({"Accessibility", "Order", "SortBy", "JobType", "MetricType", "TargetType", "Option"})


@EACH
def test_the_ram_actions_are_those_of_the_table(operation: Operation, proved: Proved) -> None:
    row = RAM[operation.action_name]
    assert list(operation.ram_actions) == row["actions"]
    assert list(operation.or_actions) == row["elsewhere"]
    assert operation.action_confidence == row["confidence"]
    proved("RAM", [operation.action_name])


def test_the_table_of_ram_actions_has_no_operation_that_is_not_declared() -> None:
    assert RAM.keys() == {operation.action_name for operation in OPERATIONS}


@EACH
def test_r73_naming_a_role_is_what_needs_the_permission_to_pass_one(operation: Operation) -> None:
    named = {
        field.path for field in fields(operation.inputs) if field.path.endswith(("RoleArn", "RoleChain", "RamRole"))
    }
    passed = {path.replace("[].", ".").removesuffix("[]") for path in operation.field_actions}
    assert passed == (set() if operation.effect is READ else {path.replace("[].", ".") for path in named})
    assert set(operation.field_actions.values()) <= {"ram:PassRole"}


@pytest.mark.parametrize("product", HOSTS)
def test_r75_every_public_region_has_the_host_that_the_service_lists(product: str, proved: Proved) -> None:
    assert len(HOSTS[product]) >= 15
    for region, host in HOSTS[product].items():
        assert Endpoints().base(product, region) == f"https://{host}"
        assert Endpoints.of(Settings(region=region)).base(product, region) == f"https://{host}"
    hosts = [f"{product} {region}" for region in HOSTS[product]]
    proved("facts: public hosts", hosts, of=sum(map(len, HOSTS.values())))


def test_r75_the_regions_that_are_suggested_are_those_that_the_service_lists_for_jobs() -> None:
    assert set(REGIONS) == set(HOSTS["pai-dlc"])
    assert all(map(is_known_region, REGIONS))
    assert not is_known_region("cn-hangzou")


def test_every_explanation_has_its_reason() -> None:
    assert all(len(reason) > 10 for reason in REASONS.values())


def folder_of(tmp_path: Path, metadata: dict[str, Any], ram: dict[str, Any]) -> Path:
    """A folder of facts in the layout that ``make facts`` reads, with nothing in it but what is given."""
    for product in ("dlc", "aiworkspace"):
        metadata["products"].setdefault(product, {"operations": {}, "endpoints": {}})
    for name, content in (("metadata", metadata), ("ram", {"operations": ram})):
        (tmp_path / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    for name in ("examples/dlc", "recorded"):
        (tmp_path / name).mkdir(parents=True)
    return tmp_path


def keys(lines: list[Line]) -> list[str]:
    return [line.key for line in lines]


def test_the_report_names_everything_that_the_product_does_not_take(tmp_path: Path) -> None:
    get = {
        "method": "GET",
        "path": "/api/v2/jobs/{JobId}",
        "request": {
            "JobId": {"type": "string", "example": "dlc1"},
            "NeedDetail": {"type": "boolean", "example": "perhaps"},
            "Brand": {"type": "string", "example": "new"},
        },
    }
    listed = {"method": "GET", "path": "/api/v1/jobs", "request": {"PageSize": {"type": "integer", "maximum": "5000"}}}
    products = {
        "dlc": {"operations": {"GetJob": get, "ListJobs": listed, "FlyJob": get}, "endpoints": {"cn-x": "odd.com"}}
    }
    ram = {"GetJob": {"actions": ["pai:GetJob"], "confidence": "official"}}
    folder = folder_of(tmp_path, {"products": products}, ram)
    (folder / "examples/dlc/GetJob.json").write_text('["no object"]', encoding="utf-8")
    record = {"operation": "CreateJob(request)", "status": None, "body": {"JobType": "Odd", "Wings": 2}}
    (folder / "recorded/create.json").write_text(json.dumps(record), encoding="utf-8")
    missing = {"operation": "GetJob", "status": 404, "body": {"Code": "Throttling"}}
    (folder / "recorded/missing.json").write_text(json.dumps(missing), encoding="utf-8")
    found = keys(list(folder_lines(folder, Counter())))
    for key in (
        "operation FlyJob",
        "route GetJob",
        "field GetJob.Brand",
        "value GetJob.NeedDetail=perhaps",
        "bound ListJobs.PageSize maximum",
        "RAM GetJob",
        "host pai-dlc cn-x",
        "examples GetJob",
        "recorded create Wings",
        "recorded create job_type",
        "recorded missing",
    ):
        assert key in found
    assert "value GetJob.JobId=dlc1" not in found


def test_the_report_of_a_folder_that_says_nothing_new_is_empty(tmp_path: Path) -> None:
    get = {"method": "GET", "path": "/api/v1/jobs/{JobId}", "request": {"JobId": {"type": "string", "example": "dlc1"}}}
    row = {"GetJob": {"actions": ["paidlc:GetJob"], "confidence": "official"}}
    folder = folder_of(tmp_path, {"products": {"dlc": {"operations": {"GetJob": get}, "endpoints": {}}}}, row)
    body = {"JobId": "dlc1", "Priority": 0, "ResourceId": "", "JobMaxRunningTimeMinutes": 0, "DisplayName": "a"}
    record = {"operation": "GetJob", "status": 200, "body": body}
    (folder / "recorded/job.json").write_text(json.dumps(record), encoding="utf-8")
    assert list(folder_lines(folder, Counter())) == []
    assert documented({"products": {"dlc": {"operations": {"GetJob": get}}, "aiworkspace": {"operations": {}}}}) == {
        "GetJob": {"JobId": {"values": ["dlc1"]}}
    }
    assert EXPLAINED.exists()
