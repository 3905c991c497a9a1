"""R29 in a record: what the declarations do not know is carried on into the new job, secrets excepted."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest

from pai_dlc_mcp.api.catalog import operation
from pai_dlc_mcp.api.dlc.shapes import OUTCOME_FIELDS
from pai_dlc_mcp.composites.unknown_fields import grafted, kept, unknown_fields

CREATE = operation("CreateJob")
TOKEN = "hf_abcdefghijklmnopqrstuvwx"  # the shape of a token, of no account
RECORD: dict[str, Any] = {
    "JobId": "dlc1abcd2345",
    "Status": "Succeeded",
    "GmtSomethingNewTime": "2026-11-25T00:00:00Z",
    "Placement": {"Zone": "b"},
    "Settings": {"EnableRDMA": True, "FutureSwitch": True, "Blank": "", "RegistryPassword": "hunter2hunter2"},
    "ElasticSpec": {"Odd": 1},
    "UserVpc": {"VpcId": "v", "ExtendedCidrs": ["10.0.0.0/8"]},
    "JobSpecs": [
        {"Type": "Worker", "Image": "i", "Topology": {"Ring": 2}, "ImageConfig": {"Odd": "x"}},
        {"Type": "Master", "Image": "i", "ResourceConfig": {"CPU": "4", "Burst": "8"}, "Boot": [{"Value": TOKEN}]},
    ],
}


def test_r29_every_field_that_is_not_declared_is_found_by_its_path_and_no_other() -> None:
    found, secret = unknown_fields(CREATE, RECORD)
    assert found == {
        "Placement": {"Zone": "b"},
        "Settings.FutureSwitch": True,
        "JobSpecs[0].Topology": {"Ring": 2},
        "JobSpecs[1].ResourceConfig.Burst": "8",
    }
    assert secret == ["Settings.RegistryPassword", "JobSpecs[1].Boot"]


@pytest.mark.parametrize(
    "value",
    [
        TOKEN,
        [TOKEN],
        {"Inner": [{"ApiToken": "abcdefgh"}]},
        [{"Name": "DB_PASSWORD", "Value": "abcdefgh"}],
        {"Key": "WANDB_API_KEY", "Value": "abcdefgh"},
        {"RegistryAuths": [{"Host": "h"}]},
    ],
)
def test_r67_an_unknown_field_that_holds_a_secret_is_named_and_not_copied(value: Any) -> None:
    assert unknown_fields(CREATE, {"JobSpecs": [{"Fresh": value}]}) == ({}, ["JobSpecs[0].Fresh"])


def test_r29_fields_stand_again_where_they_stood() -> None:
    found, _ = unknown_fields(CREATE, RECORD)
    args = {"Settings": {"EnableRDMA": True}, "JobSpecs": [{"Image": "j"}, {"ResourceConfig": {"CPU": "4"}}]}
    whole = grafted(args, found)
    assert whole == {
        "Placement": {"Zone": "b"},
        "Settings": {"EnableRDMA": True, "FutureSwitch": True},
        "JobSpecs": [{"Image": "j", "Topology": {"Ring": 2}}, {"ResourceConfig": {"CPU": "4", "Burst": "8"}}],
    }
    assert args == {"Settings": {"EnableRDMA": True}, "JobSpecs": [{"Image": "j"}, {"ResourceConfig": {"CPU": "4"}}]}


def test_r29_a_field_whose_place_is_gone_is_left_out_and_one_that_is_given_stands() -> None:
    found = {"JobSpecs[1].A": 1, "Settings.B": 1, "UserCommand.C": 1, "JobSpecs[0].D": 1}
    args = {"JobSpecs": [{"D": 2}], "UserCommand": "x"}
    assert grafted(args, found) == args


@pytest.mark.parametrize(
    ("changed", "left"),
    [
        ([], ["Settings.A", "JobSpecs[0].B", "JobSpecs[10].C"]),
        (["JobSpecs"], ["Settings.A"]),
        (["JobSpecs[0]"], ["Settings.A", "JobSpecs[10].C"]),
        (["JobSpecs[1]"], ["Settings.A", "JobSpecs[0].B", "JobSpecs[10].C"]),
        (["JobSpecs[0].Image", "Setting"], ["Settings.A", "JobSpecs[0].B", "JobSpecs[10].C"]),
        (["Settings.A"], ["JobSpecs[0].B", "JobSpecs[10].C"]),
    ],
)
def test_r29_what_a_change_replaces_takes_the_unknown_fields_below_it_with_it(
    changed: list[str], left: list[str]
) -> None:
    assert list(kept({"Settings.A": 1, "JobSpecs[0].B": 1, "JobSpecs[10].C": 1}, changed)) == left


def test_r29_every_documented_field_of_a_record_is_known_as_an_argument_or_as_an_outcome() -> None:
    text = resources.files("pai_dlc_emulator").joinpath("contract.json").read_text(encoding="utf-8")
    models = json.loads(text)["pai-dlc"]["models"]
    names = {field["name"] for model in ("GetJobResponseBody", "JobItem") for field in models[model]}
    assert len(names) > 60
    assert unknown_fields(CREATE, dict.fromkeys(names, "x")) == ({}, [])
    arguments = {api for api, _, _ in CREATE.fields.values()}
    assert not OUTCOME_FIELDS & arguments


def test_r29_every_documented_nested_field_of_a_record_is_declared() -> None:
    text = resources.files("pai_dlc_emulator").joinpath("contract.json").read_text(encoding="utf-8")
    models = json.loads(text)["pai-dlc"]["models"]
    record = _filled("GetJobResponseBody", models, 0)
    assert list(unknown_fields(CREATE, record)[0]) == ["JobSpecs[0].IsCheif"], "the misspelt one, which is deprecated"


def _filled(type_: str, models: Any, depth: int) -> Any:
    """A value with every documented field, some levels deep."""
    if type_.startswith("list["):
        return [_filled(type_[5:-1], models, depth)]
    if type_ in models and depth < 6:
        return {field["name"]: _filled(field["type"], models, depth + 1) for field in models[type_]}
    return "x"
