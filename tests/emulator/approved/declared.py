"""What is known of an operation: its place in the contract, the words its arguments take, a value for each type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emulator.every_answer import MODELS
from pai_dlc_emulator.contract import Operation as Contracted
from pai_dlc_emulator.contract import Product, products
from pai_dlc_emulator.paistudio import PRODUCT
from pai_dlc_mcp.operation import Operation
from pai_dlc_mcp.schema import object_schema

KNOWN: dict[str, tuple[Product, Contracted]] = {
    operation.key: (product, operation)
    for product in (*products().values(), PRODUCT)
    for operation in product.operations.values()
}
"""All operations by their key; those of PAI Studio bear its name."""
Words = Mapping[str, Sequence[Any]]


def words_of(operation: Operation) -> Words:
    """The values that the declaration allows, by path, as ``JobSpecs.Type``."""
    schema = object_schema(operation.inputs.model_fields, full=True)
    names = {snake: api for snake, (api, _, _) in operation.fields.items()}
    found: dict[str, Sequence[Any]] = {}

    def walk(node: Mapping[str, Any], path: str) -> None:
        if "enum" in node:
            found[path] = node["enum"]
        if isinstance(node.get("items"), Mapping):
            walk(node["items"], path)
        for name, inner in node.get("properties", {}).items():
            walk(inner, f"{path}.{name}" if path else names.get(name, name))

    walk(schema, "")
    return found


def filled(kind: str, path: str, words: Words) -> Any:
    """A value of a type of the contract with every field in it."""
    name = path.rpartition(".")[2]
    if kind == "string":
        return words[path][-1] if words.get(path) else f"the-{name.lower()}"
    if kind.startswith("list["):
        return [filled(kind[5:-1], path, words)]
    if kind.startswith("map[string]"):
        return {"key": filled(kind.removeprefix("map[string]"), f"{path}.key", words)}
    if kind in MODELS:
        return {field.name: filled(field.type, f"{path}.{field.name}", words) for field in MODELS[kind]}
    return {"integer": 3, "number": 0.5, "boolean": True}.get(kind, {"key": "value"})
