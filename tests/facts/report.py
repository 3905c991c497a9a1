"""What the product refuses, does not parse or declares otherwise than the service's own facts say: ``make facts``.

The folder holds ``metadata.json`` (fields of each operation: examples, values, bounds, endpoints), ``ram.json`` (RAM
actions), ``examples/{dlc,aiworkspace}/Operation.json`` (example answers) and ``recorded/*.json`` (bodies the service
sent: operation, status, kind, body). What is known and wanted stands in ``explained.json`` beside, with its reason.

    python tests/facts/report.py DIR        exit 1 where a line has no explanation
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from facts.extract import answers, documented, hosts, ram
from facts.fields import Field, fields, is_scalar, refusal, unknown_fields
from pai_dlc_mcp.api import catalog
from pai_dlc_mcp.arguments import parse, validate
from pai_dlc_mcp.cloud.answers import Failure, judge
from pai_dlc_mcp.cloud.endpoints import Endpoints
from pai_dlc_mcp.cloud.request import Exchange
from pai_dlc_mcp.composites.respec import respec
from pai_dlc_mcp.errors import InvalidArguments, NotFound, PaiError
from pai_dlc_mcp.guards.reading.check import finish
from pai_dlc_mcp.guards.validation.check import check_rules
from pai_dlc_mcp.operation import READ, Operation
from pai_dlc_mcp.protocol.result import presented
from pai_dlc_mcp.runtime import Call, Caller, Controls, Outcome

Json = dict[str, Any]
EXPLAINED = Path(__file__).with_name("explained.json")
BASE = "https://example.com"


class Line(NamedTuple):
    """One difference: ``key`` names it for ``explained.json``, ``text`` says what it is."""

    key: str
    text: str


def declared() -> dict[str, Operation]:
    return {operation.action_name: operation for operation in catalog.operations()}


def metadata_lines(metadata: Json, counts: Counter[str]) -> Iterator[Line]:
    """Operations, fields, values and bounds that the declarations do not have or do not take."""
    known = declared()
    values = documented(metadata)
    for product in ("dlc", "aiworkspace"):
        for name, facts in metadata["products"][product]["operations"].items():
            if name not in known:
                yield Line(f"operation {name}", "is not declared")
                continue
            operation = known[name]
            counts["operations"] += 1
            route = facts["method"], facts["path"].replace("{jobId}", "{JobId}")
            if route != (operation.method, operation.path):
                yield Line(f"route {name}", f"is {' '.join(route)}, declared {operation.method} {operation.path}")
            yield from _field_lines(operation, facts["request"], values[name], counts)


def _field_lines(operation: Operation, facts: Json, values: Json, counts: Counter[str]) -> Iterator[Line]:
    ours = {field.path: field for field in fields(operation.inputs)}
    for path, row in facts.items():
        path = path.replace("jobId", "JobId")
        counts["fields"] += 1
        field = ours.get(path)
        if field is None:
            if path.removesuffix("[]").removesuffix("{}") not in ours:
                yield Line(f"field {operation.action_name}.{path}", "is not declared")
            continue
        if "required" in row and "." not in path and bool(row["required"]) < field.info.is_required():
            yield Line(f"required {operation.action_name}.{path}", "is required here and optional in the metadata")
        if not is_scalar(field) and not path.endswith("[]"):
            continue
        for value in values.get(path, {}).get("values", ()):
            counts["values"] += 1
            if (why := refusal(operation, field, value)) is not None:
                yield Line(f"value {operation.action_name}.{path}={value}", why)
        yield from _bound_lines(operation, field, row)


def _bound_lines(operation: Operation, field: Field, row: Json) -> Iterator[Line]:
    """Bounds that refuse more than the documented ones: the documented extremes themselves must pass."""
    key = f"bound {operation.action_name}.{field.path}"
    is_number = row.get("type") in ("integer", "number")
    for name in ("minimum", "maximum"):
        if is_number and name in row and (why := refusal(operation, field, int(row[name]))) is not None:
            yield Line(f"{key} {name}", f"{row[name]} is documented; {why}")
    if row.get("type") == "string" and "maxLength" in row and "enum" not in row:
        why = refusal(operation, field, "a" * int(row["maxLength"]))
        if why is not None:
            yield Line(f"{key} maxLength", f"{row['maxLength']} is documented; {why[:120]}")


def filter_lines(table: Json, counts: Counter[str]) -> Iterator[Line]:
    """Values that an answer is documented to hold and that a filter of the same name, in the same toolset, refuses."""
    known = declared()
    for name, rows in table.items():
        for path, values in rows.items():
            leaf = path.rpartition(".")[2]
            for reader in known.values():
                if name not in known or reader.effect is not READ or reader.toolset != known[name].toolset:
                    continue
                if leaf in reader.path_names:
                    continue
                for field in (one for one in fields(reader.inputs) if one.path == leaf and is_scalar(one)):
                    counts["filters"] += len(values)
                    refused = ((value, refusal(reader, field, value)) for value in values)
                    yield from (
                        Line(f"filter {reader.action_name}.{leaf}={value} of {name}", why)
                        for value, why in refused
                        if why is not None
                    )


def ram_lines(table: Json, counts: Counter[str]) -> Iterator[Line]:
    known = declared()
    for name, row in ram(table).items():
        operation = known.get(name)
        ours = operation and (list(operation.ram_actions), list(operation.or_actions), operation.action_confidence)
        theirs = (row["actions"], row["elsewhere"], row["confidence"])
        counts["RAM"] += 1
        if ours != theirs:
            yield Line(f"RAM {name}", f"declared {ours}, in the table {theirs}")


def host_lines(metadata: Json, counts: Counter[str]) -> Iterator[Line]:
    for product, regions in hosts(metadata).items():
        for region, host in regions.items():
            counts["hosts"] += 1
            if (ours := Endpoints().base(product, region)) != f"https://{host}":
                yield Line(f"host {product} {region}", f"is {host}, declared {ours}")


def body_lines(key: str, name: str, status: int, body: Any, counts: Counter[str]) -> Iterator[Line]:
    """Whether one body of the service is read: understood, shown in short, and its job created again."""
    try:
        operation = catalog.operation(name)
    except InvalidArguments:
        yield Line(key, f"{name} is no operation that is called")
        return
    counts[f"{key.partition(' ')[0]} read"] += 1
    arguments = operation.wire_arguments(validate(operation.inputs, operation.example, tool=operation.name))
    x = Exchange.of(operation, arguments, BASE, None)
    x.status, x.sent, x.body = status, True, bytearray(json.dumps(body).encode())
    outcome = judge(x)
    if isinstance(outcome, Failure):
        wanted: type[PaiError] = NotFound if status == 404 else PaiError
        if status < 400 or not isinstance(outcome.error, wanted):
            yield Line(key, f"is read as {type(outcome.error).__name__}: {outcome.error.message[:160]}")
        return
    call = Call(operation, operation.inputs.model_construct(), arguments, "cn-hangzhou", Caller("facts"), Controls())
    reply = finish(call, outcome) if operation.effect is READ else outcome
    answer = presented(call, Outcome(reply.data, reply.request_id)).structured
    if answer.get("ok") is not True:
        yield Line(key, "cannot be shown")
    elif any(value not in (None, "", [], {}) for value in reply.data.values()) and not answer["data"]:
        yield Line(key, "nothing of it is shown in the concise view")
    if name == "GetJob":
        yield from request_lines(
            f"{key} again", respec(declared()["CreateJob"], reply.data).args, counts, is_partial=True
        )


def request_lines(
    key: str, body: Mapping[str, Any], counts: Counter[str], *, is_partial: bool = False
) -> Iterator[Line]:
    """Whether the arguments of a create that the service took, or that a job's record leads to, are taken."""
    create = declared()["CreateJob"]
    counts["creates"] += 1
    given = {"DisplayName": "again", **body} if is_partial else dict(body)
    for path in unknown_fields(given, create.inputs):
        yield Line(f"{key} {path}", "is not declared")
    parsed = parse(create.inputs, given, tool=create.name)
    broken, _ = check_rules(create, parsed.raw, is_partial=is_partial)
    for fault in (*parsed.faults, *broken):
        yield Line(f"{key} {fault.field}", f"is refused: {fault.message}")


def folder_lines(folder: Path, counts: Counter[str]) -> Iterator[Line]:
    """Every line of a folder of facts; ``counts`` is what was looked at."""
    metadata = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))
    yield from metadata_lines(metadata, counts)
    yield from filter_lines(answers(metadata), counts)
    yield from host_lines(metadata, counts)
    yield from ram_lines(json.loads((folder / "ram.json").read_text(encoding="utf-8")), counts)
    for product in ("dlc", "aiworkspace"):
        for file in sorted((folder / "examples" / product).glob("*.json")):
            counts["examples"] += 1
            body = json.loads(file.read_text(encoding="utf-8"))
            yield from body_lines(f"examples {file.stem}", file.stem, 200, body, counts)
    for file in sorted((folder / "recorded").glob("*.json")):
        counts["recorded"] += 1
        record = json.loads(file.read_text(encoding="utf-8"))
        key, name = f"recorded {file.stem}", str(record["operation"])
        if name == "CreateJob(request)":
            counts["recorded read"] += 1
            yield from request_lines(key, record["body"], counts)
        else:
            yield from body_lines(key, name, int(record["status"] or 200), record["body"], counts)


def main() -> int:
    counts: Counter[str] = Counter()
    lines = list(dict.fromkeys(folder_lines(Path(sys.argv[1]), counts)))
    explained: dict[str, str] = json.loads(EXPLAINED.read_text(encoding="utf-8"))
    open_lines = [line for line in lines if line.key not in explained]
    for line in lines:
        reason = explained.get(line.key)
        print(f"{line.key}: {line.text}" + (f"\n    explained: {reason}" if reason else ""))
    print(
        f"\n{counts['operations']} operations, {counts['fields']} fields, {counts['values']} documented values,"
        f" {counts['filters']} filters, {counts['RAM']} RAM rows, {counts['hosts']} hosts;"
        f" examples {counts['examples read']}/{counts['examples']} read, recorded {counts['recorded read']}"
        f"/{counts['recorded']} read, {counts['creates']} creates from records."
    )
    print(f"{len(lines)} lines, {len(lines) - len(open_lines)} explained, {len(open_lines)} open.")
    return 1 if open_lines else 0


if __name__ == "__main__":
    sys.exit(main())
