"""The declarations are held against the contract frozen from the official SDKs, to the last nested field."""

from __future__ import annotations

import copy
import inspect
import json
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from pydantic.fields import FieldInfo

from contract.comparing import Json, differences, response_type, shapes_of
from pai_dlc_mcp.api import catalog
from pai_dlc_mcp.api.exceptions import ADDED, OMITTED, RELAXED
from pai_dlc_mcp.arguments import validate
from pai_dlc_mcp.guards.validation.check import MOST
from pai_dlc_mcp.operation import CREATE, DELETE, EXPOSE, READ, STOP, Card, Operation, Rows
from pai_dlc_mcp.runtime import Controls
from pai_dlc_mcp.shapes import wire_of
from proofs import Proved
from support.every import for_every

CONTRACT: dict[str, Json] = json.loads(
    (Path(__file__).parents[2] / "server/pai_dlc_emulator/contract.json").read_text(encoding="utf-8")
)
OPERATIONS = catalog.operations()
EACH = for_every("operation", OPERATIONS, lambda op: op.name)
SDKS = ("alibabacloud_pai_dlc20201203", "alibabacloud_aiworkspace20210204")
HIDDEN = re.compile(r"(?i)(password|passwd|secret|accesskey(id)?|(?<!next)(?<!page)(?<!client)token)$")


def facts_of(operation: Operation) -> Json:
    facts: Json = CONTRACT[operation.service.key]["operations"][operation.action_name]
    return facts


def models_of(operation: Operation) -> dict[str, list[Json]]:
    models: dict[str, list[Json]] = CONTRACT[operation.service.key]["models"]
    return models


def fields_of(operation: Operation) -> Iterator[tuple[str, str, FieldInfo]]:
    """Owner, API name and facts of every field, top level and nested."""
    for name, (api, _, _) in operation.fields.items():
        yield operation.action_name, api, operation.inputs.model_fields[name]
    for owner, shape in shapes_of(operation).items():
        yield from ((owner, name, info) for name, info in shape.model_fields.items())


def test_every_operation_of_the_contract_is_declared_and_no_other() -> None:
    declared = {(op.service.key, op.action_name) for op in OPERATIONS}
    wanted = {(key, name) for key, product in CONTRACT.items() for name in product["operations"]}
    assert declared == wanted


@EACH
def test_a_declaration_says_what_the_contract_says(operation: Operation, proved: Proved) -> None:
    assert differences(operation, facts_of(operation), models_of(operation)) == []
    proved("(a) declarations are what the frozen contract says", [operation.action_name])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda facts, _: facts.update(path="/api/v1/jobs/halt"), "CreateJob: ('POST', '/api/v1/jobs')"),
        (lambda facts, _: facts.update(method="PUT"), "CreateJob: ('POST', '/api/v1/jobs')"),
        (lambda facts, _: facts["params"].pop(), "CreateJob.WorkspaceId does not exist"),
        (lambda facts, _: facts["params"].append({"name": "New", "in": "body"}), "CreateJob.New is not declared"),
        (lambda facts, _: facts["params"].reverse(), "CreateJob: the order is"),
        (lambda facts, _: facts["params"][0].update({"in": "query"}), "CreateJob.Accessibility: travels as"),
        (lambda facts, _: facts["params"][0].update(required=True), "CreateJob.Accessibility: required is False"),
        (lambda facts, _: facts["params"][0].update(type="integer"), "CreateJob.Accessibility: "),
        (lambda _, models: models["SeccompProfile"][0].update(type="list[string]"), "LocalhostProfile"),
        (lambda _, models: models["SeccompProfile"].pop(), "Seccomp.Type does not exist"),
        (lambda _, models: models["EnvVar"].append({"name": "From", "type": "string"}), "EnvVar.From is not declared"),
    ],
)
def test_any_change_of_the_contract_is_noticed(change: Any, said: str) -> None:
    operation = next(op for op in OPERATIONS if op.action_name == "CreateJob")
    facts, models = copy.deepcopy(facts_of(operation)), copy.deepcopy(models_of(operation))
    change(facts, models)
    assert any(said in line for line in differences(operation, facts, models))


def test_the_listed_exceptions_exist_and_are_exceptions() -> None:
    names = {op.action_name for op in OPERATIONS}
    owners = names | {owner for op in OPERATIONS for owner in shapes_of(op)}
    declared = {(owner, api): info for op in OPERATIONS for owner, api, info in fields_of(op)}
    known = {
        field["name"] for product in CONTRACT.values() for fields in product["models"].values() for field in fields
    }
    known |= {p["name"] for product in CONTRACT.values() for op in product["operations"].values() for p in op["params"]}
    assert {owner for owner, _ in OMITTED} <= owners
    assert {field for _, field in OMITTED} <= known
    assert not OMITTED.keys() & declared.keys()
    assert declared.keys() >= ADDED.keys()
    assert all(not declared[key].is_required() for key in RELAXED)
    assert all([*OMITTED.values(), *RELAXED.values(), *ADDED.values()])


ANSWERED = {"GetJob": {"JobMaxRunningTimeMinutes", "TemplateId"}}
"""Fields that recorded answers of the service have and the SDK's models do not."""


@EACH
def test_views_and_lessons_name_fields_of_the_answer(operation: Operation, proved: Proved) -> None:
    models, answer = models_of(operation), facts_of(operation)["response"]
    paths = [f"{r.path}.{key}".lstrip(".") for r in operation.reveals for key in (r.key, *r.about)]
    if isinstance(operation.view, Rows):
        paths += [f"{operation.view.path}.{column}" for column in operation.view.columns]
        assert 2 <= len(operation.view.columns) <= 10
    elif isinstance(operation.view, Card):
        paths += operation.view.fields
    ours = {"IsYours", "OwnerName"}
    paths = [path for path in paths if path.rpartition(".")[2] not in ours]
    beyond = ANSWERED.get(operation.action_name, set())
    assert [path for path in paths if response_type(answer, path, models) is None and path not in beyond] == []
    proved("(d) views and lessons name fields of the SDK's answers", [operation.action_name])


@EACH
def test_the_example_is_a_valid_call(operation: Operation) -> None:
    assert set(operation.example) <= set(operation.inputs.model_fields)
    arguments = operation.wire_arguments(validate(operation.inputs, operation.example, tool=operation.name))
    assert len(arguments) == len(operation.example)
    assert json.loads(json.dumps(arguments)) == arguments


@EACH
def test_names_and_texts_keep_their_limits(operation: Operation) -> None:
    assert re.fullmatch(r"(dlc|aiworkspace)_[a-z0-9_]+", operation.name)
    assert len(operation.name) <= 52
    assert inspect.getdoc(operation.inputs) != inspect.getdoc(operation.inputs.__base__)
    assert 10 <= len(operation.description) <= 800
    texts = [(owner, name, (info.description or "").strip()) for owner, name, info in fields_of(operation)]
    assert [(owner, name) for owner, name, text in texts if not 3 <= len(text) <= 400] == []


@EACH
def test_no_argument_collides_with_ours(operation: Operation) -> None:
    ours = {"region", *Controls.__dataclass_fields__}
    assert not ours & set(operation.inputs.model_fields)
    assert not ours & {api for api, _, _ in operation.fields.values()}


@EACH
def test_the_effect_is_what_the_name_does(operation: Operation) -> None:
    name, effect = operation.action_name, operation.effect
    if name.startswith("Stop"):
        assert effect is STOP
    elif name.startswith("Publish"):
        assert effect is EXPOSE
    elif re.match("Delete|Remove|Untag", name):
        assert effect is DELETE
    elif operation.method == "GET":
        assert effect in (READ, EXPOSE)
        assert effect is READ or not name.startswith("List")
    else:
        assert effect not in (READ, EXPOSE, STOP, DELETE)
    assert ("R30" in operation.rules) == operation.may_be_confirmed


@EACH
def test_a_tool_stands_in_the_toolset_of_its_module(operation: Operation) -> None:
    modules = [f"pai_dlc_mcp.api.{module}" for module in catalog.MODULES[operation.toolset]]
    assert operation.inputs.__module__ in modules
    assert all(re.fullmatch(r"pai[a-z]*:[A-Z]\w+", action) for action in operation.ram_actions)
    assert all(re.fullmatch(r"R\d\d", rule) for rule in operation.rules)


WITHOUT_TARGET = {
    "UntagResources",
    "DeleteUserConfig",
    "CreateProductOrders",
    "SetUserConfigs",
    "UpdateDefaultWorkspace",
}
"""Acts that are confirmed and whose target no read shows: their preview is the call itself."""
CREATED_AT = "GmtCreateTime"
BY_NAME = {op.action_name: op for op in OPERATIONS}


def arguments_of(operation: Operation) -> set[str]:
    return {api for api, _, _ in operation.fields.values()}


def has_field(operation: Operation, path: str) -> bool:
    """Whether the answer has this field, in the contract."""
    return response_type(facts_of(operation)["response"], path, models_of(operation)) is not None


def test_every_confirmed_act_but_five_has_a_read_that_shows_its_target() -> None:
    acts = (op for op in OPERATIONS if op.guarded and op.effect not in (CREATE, READ))
    assert {op.action_name for op in acts if op.target is None} == WITHOUT_TARGET


@for_every("operation", [op for op in OPERATIONS if op.target], lambda op: op.name)
def test_the_read_of_an_acts_target_is_asked_by_what_the_act_is_given(operation: Operation) -> None:
    assert operation.target is not None
    reader = BY_NAME[operation.target.reader]
    assert (reader.effect, reader.service) == (READ, operation.service)
    named = {operation.target.id_from} if operation.target.id_from else set(reader.path_names)
    assert named <= arguments_of(operation)
    if operation.target.is_whole:
        assert operation.effect is DELETE
        assert set(reader.path_names) == set(operation.path_names)


@for_every("operation", [op for op in OPERATIONS if op.find], lambda op: op.name)
def test_what_is_created_is_found_by_names_that_create_list_and_rows_have(operation: Operation) -> None:
    find = operation.find
    assert find is not None
    lister = BY_NAME[find.lister]
    assert (operation.effect, lister.effect) == (CREATE, READ)
    asked = {find.name, *([find.since] if find.since else []), *(["ShowOwn"] if find.own else [])}
    assert find.name in arguments_of(operation)
    assert asked <= arguments_of(lister)
    assert all(has_field(lister, f"{find.rows}.{name}") for name in (find.id, find.name, CREATED_AT))
    assert find.is_checked_before == ("R24" in operation.rules)


def test_no_read_and_no_list_shows_things_of_two_kinds() -> None:
    assert [op.name for op in OPERATIONS if len({reveals.kind for reveals in op.reveals}) > 1] == []


@EACH
def test_what_a_read_must_have_shown_stands_under_a_rule_of_the_operation(operation: Operation) -> None:
    rules = {leaf.kind.rule for leaf in operation.requirements if leaf.kind}
    assert rules <= set(operation.rules)
    shown = {reveals.kind for op in OPERATIONS for reveals in op.reveals}
    assert {leaf.kind.name for leaf in operation.requirements if leaf.kind} <= shown


@EACH
def test_what_a_declaration_names_of_itself_is_declared(operation: Operation) -> None:
    paths = {leaf.path for leaf in operation.leaves}
    beside = [(leaf.path, leaf.wire.kind_by) for leaf in operation.leaves if leaf.wire.kind_by]
    assert all(".".join([*path.split(".")[:-1], by]) in paths for path, by in beside)
    assert not operation.overlay or operation.overlay in arguments_of(operation)
    assert operation.starts in ("", "instance") or any(path.endswith("JobSpecs[]") for path in paths)
    assert not operation.hands_out or has_field(operation, operation.hands_out)
    if operation.lines is not None:
        assert has_field(operation, operation.lines.field)
        assert operation.lines.count in arguments_of(operation)
        assert 1 <= operation.lines.default <= MOST[operation.lines.count]


@EACH
def test_what_guards_read_for_an_operation_are_reads(operation: Operation) -> None:
    kinds = [leaf.kind for leaf in operation.leaves if leaf.kind is not None]
    readers = [*operation.also_reads, *(kind.reader for kind in kinds if kind.reader)]
    assert {BY_NAME[name].effect for name in readers} <= {READ}
    assert all(len(BY_NAME[kind.reader].path_names) == 1 for kind in kinds if kind.reader)
    for lister, rows in [kind.lister for kind in kinds if kind.lister]:
        assert BY_NAME[lister].effect is READ
        assert has_field(BY_NAME[lister], rows)


@EACH
def test_what_is_said_to_be_lost_is_said_of_acts_that_may_be_confirmed(operation: Operation) -> None:
    assert not operation.lost or operation.may_be_confirmed
    assert not operation.is_account_wide or operation.effect is READ
    assert not operation.touches_any_job or operation.effect is not READ


@EACH
def test_what_looks_like_a_secret_is_declared_as_one(operation: Operation) -> None:
    open_ones = [
        f"{owner}.{name}"
        for owner, name, info in fields_of(operation)
        if HIDDEN.search(name) and not wire_of(info).secret
    ]
    assert open_ones == []


def test_no_sentence_is_one_of_the_sdks() -> None:
    theirs = {sentence for name in SDKS for sentence in sdk_sentences(name)}
    assert len(theirs) > 1000
    ours = {sentence for op in OPERATIONS for text in texts_of(op) for sentence in sentences(text)}
    assert sorted(ours & theirs) == []


def texts_of(operation: Operation) -> list[str]:
    return [operation.description, *(info.description or "" for _, _, info in fields_of(operation))]


def sdk_sentences(package: str) -> Iterator[str]:
    spec = find_spec(package)
    assert spec is not None, f"{package} is a development dependency"
    assert spec.origin is not None
    for file in Path(spec.origin).parent.rglob("*.py"):
        comments = re.findall(r"^\s*# ?(.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
        for comment in comments:
            yield from sentences(comment)


def sentences(text: str) -> Iterator[str]:
    """Sentences of at least four words, without case and punctuation; ``a-b==1.2`` is one word."""
    for sentence in re.split(r"[.:;!?]\s+|[.:;!?]$", text):
        words = [word.strip("`*()[],.'\"") for word in sentence.lower().split()]
        if len(words) >= 4:
            yield " ".join(words)
