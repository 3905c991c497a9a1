"""Freeze what the official SDKs send and expect into ``emulator/contract.json``.

The emulator routes from that file and the declarations of the server are held against it, so neither can
drift from the SDKs unseen. Only names, places and types are taken: no text of the SDKs.

    python tests/contract/freeze.py            writes the file
    python tests/contract/freeze.py --check    exits 1 when it is stale
"""

from __future__ import annotations

import ast
import importlib.metadata
import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[2] / "server/pai_dlc_emulator/contract.json"
PRODUCTS = {"pai-dlc": "alibabacloud_pai_dlc20201203", "aiworkspace": "alibabacloud_aiworkspace20210204"}
PRIMITIVES = {"str": "string", "int": "integer", "bool": "boolean", "float": "number", "Any": "any", "dict": "object"}
REQUIRED_MARK = "This parameter is required."
Json = dict[str, Any]


def type_name(annotation: ast.expr) -> str:
    """``List[main_models.Label]`` as ``list[Label]``, ``Dict[str, Any]`` as ``map[string]any``."""
    if isinstance(annotation, ast.Name):
        return PRIMITIVES[annotation.id]
    if isinstance(annotation, ast.Attribute):
        return annotation.attr
    assert isinstance(annotation, ast.Subscript), ast.dump(annotation)
    if isinstance(annotation.slice, ast.Tuple):
        return f"map[string]{type_name(annotation.slice.elts[1])}"
    return f"list[{type_name(annotation.slice)}]"


def functions(tree: ast.AST) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def constants(node: ast.AST) -> list[str]:
    return [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]


def attributes(node: ast.AST, owner: str) -> list[str]:
    """Every ``owner.<name>`` in the order of the source."""
    found = [
        n
        for n in ast.walk(node)
        if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id == owner
    ]
    return [n.attr for n in sorted(found, key=lambda n: (n.lineno, n.col_offset))]


def marked_required(lines: list[str], init: ast.FunctionDef) -> set[str]:
    """Attributes whose comment, right above the assignment, carries the mark."""
    required, comment = set(), ""
    for line in lines[init.lineno - 1 : init.end_lineno]:
        text = line.strip()
        if text.startswith("#"):
            comment += text
        elif text.startswith("self."):
            required |= (
                {text[5:].split(" ")[0]} if REQUIRED_MARK in comment or comment.startswith("# (Required)") else set()
            )
            comment = ""
    return required


def model_fields(model: ast.ClassDef, lines: list[str]) -> list[Json]:
    """The fields of a model: wire name, Python attribute, type."""
    methods = functions(model)
    init = methods["__init__"]
    types = {arg.arg: type_name(arg.annotation) for arg in init.args.args[1:] if arg.annotation}
    required = marked_required(lines, init)
    fields = []
    for statement in methods["from_map"].body:
        if isinstance(statement, ast.If):
            attr, name = attributes(statement, "self")[0], constants(statement.test)[0]
            field: Json = {"name": name, "attr": attr, "type": types[attr]}
            fields.append(field | ({"required": True} if attr in required else {}))
    assert len(fields) == len(types), model.name
    return fields


def load_models(folder: Path) -> dict[str, list[Json]]:
    models = {}
    for path in sorted(folder.glob("_[a-z]*.py")):
        source = path.read_text(encoding="utf-8")
        classes = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
        models.update({model.name: model_fields(model, source.splitlines()) for model in classes})
    return models


def query_and_body(method: ast.FunctionDef) -> list[tuple[str, str, str]]:
    """``(place, wire name, attribute)`` of each ``query['X'] = request.x``."""
    found = []
    for node in ast.walk(method):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            target = node.targets[0]
            assert isinstance(target.value, ast.Name)
            assert isinstance(node.value, ast.Attribute)
            found.append((target.value.id, constants(target)[0], node.value.attr))
    return found


def shrunk_styles(method: ast.FunctionDef) -> dict[str, str]:
    """Attributes that the client turns into text before they travel, and how: json or simple."""
    calls = [n for n in ast.walk(method) if isinstance(n, ast.Call) and "specified_style" in ast.dump(n.func)]
    return {attributes(call, "tmp_req")[0]: constants(call)[-1] for call in calls}


def path_of(method: ast.FunctionDef) -> tuple[str, list[Json]]:
    """The path with ``{Placeholders}`` and the path parameters, from the f-string of the client."""
    value = next(
        k.value for n in ast.walk(method) if isinstance(n, ast.Call) for k in n.keywords if k.arg == "pathname"
    )
    assert isinstance(value, ast.JoinedStr)
    path, params = "", []
    for part in value.values:
        if isinstance(part, ast.Constant):
            path += str(part.value)
            continue
        attr = next(a.id for n in ast.walk(part) if isinstance(n, ast.Call) for a in n.args if isinstance(a, ast.Name))
        name = "".join(word.capitalize() for word in attr.split("_"))
        path += "{" + name + "}"
        params.append({"name": name, "attr": attr, "in": "path", "type": "string", "required": True})
    return path, params


def parameter(place: str, name: str, field: Json, style: str | None) -> Json:
    if place == "query" and style is None and field["type"][0].isupper():
        style = "flat"
    extras = {"style": style} if style else {}
    required = {"required": True} if field.get("required") else {}
    return {"name": name, "attr": field["attr"], "in": place, "type": field["type"]} | extras | required


def operation(method: ast.FunctionDef, models: dict[str, list[Json]]) -> tuple[str, Json]:
    keywords = {
        k.arg: k.value.value
        for n in ast.walk(method)
        if isinstance(n, ast.Call)
        for k in n.keywords
        if isinstance(k.value, ast.Constant)
    }
    path, params = path_of(method)
    annotations = [
        type_name(a.annotation) for a in method.args.args if a.arg in {"request", "tmp_req"} and a.annotation
    ]
    request = annotations[0] if annotations else None
    fields = {f["attr"]: f for f in models[request]} if request else {}
    styles = shrunk_styles(method)
    for place, name, attr in query_and_body(method):
        original = attr.removesuffix("_shrink")
        params.append(parameter(place, name, fields[original], styles.get(original)))
    envelope = method.returns
    assert envelope is not None
    response = next(f["type"] for f in models[type_name(envelope)] if f["name"] == "body")
    return str(keywords["action"]), {
        "method": keywords["method"],
        "path": path,
        "version": keywords["version"],
        "request": request,
        "response": response,
        "params": params,
    }


def reachable(operations: Json, models: dict[str, list[Json]]) -> dict[str, list[Json]]:
    """The models that some operation sends or answers, however deep."""
    todo = [name for op in operations.values() for name in (op["request"], op["response"]) if name]
    seen: set[str] = set()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        inner = [f["type"].removeprefix("map[string]").removeprefix("list[").rstrip("]") for f in models[name]]
        todo += [
            i.removeprefix("list[").removeprefix("map[string]") for i in inner if i.removeprefix("list[") in models
        ]
    return {name: models[name] for name in sorted(seen)}


def endpoint(client: ast.AST, product: str) -> Json:
    """The endpoint rule and its regional exceptions (white space around a host is a slip of the SDK)."""
    table = next(
        n.value for n in ast.walk(client) if isinstance(n, ast.Assign) and "_endpoint_map" in ast.dump(n.targets[0])
    )
    overrides = {region: host.strip() for region, host in ast.literal_eval(table).items()}
    host = "{product}{network}.{region}.aliyuncs.com".replace("{product}", product)
    return {"pattern": host.replace("{network}", ""), "vpc": host.replace("{network}", "-vpc"), "overrides": overrides}


def product(name: str, package: str) -> Json:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent
    client = ast.parse((folder / "client.py").read_text(encoding="utf-8"))
    models = load_models(folder / "models")
    methods = [m for n, m in functions(client).items() if n.endswith("_with_options")]
    operations = dict(sorted(operation(m, models) for m in methods))
    version = next(iter(operations.values()))["version"]
    assert all(op.pop("version") == version for op in operations.values())
    distribution = package.replace("_", "-")
    return {
        "version": version,
        "sdk": f"{distribution} {importlib.metadata.version(distribution)}",
        "endpoint": endpoint(client, name),
        "operations": operations,
        "models": reachable(operations, models),
    }


def render(contract: Json) -> str:
    """JSON with one operation or model a line, so that a change of the SDK reads as a short diff."""

    def line(value: object) -> str:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)

    blocks = []
    for name, facts in contract.items():
        rows = [f"{line(k)}:{line(facts[k])}" for k in ("version", "sdk", "endpoint")]
        for table in ("operations", "models"):
            rows.append(f'"{table}":{{\n' + ",\n".join(f"{line(k)}:{line(v)}" for k, v in facts[table].items()) + "\n}")
        blocks.append(f"{line(name)}:{{\n" + ",\n".join(rows) + "\n}")
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def freeze() -> str:
    return render({name: product(name, package) for name, package in PRODUCTS.items()})


def main(arguments: list[str]) -> int:
    text = freeze()
    if "--check" not in arguments:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    stale = not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text
    print("stale: run tests/contract/freeze.py" if stale else "the contract is what the SDKs say")
    return int(stale)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
