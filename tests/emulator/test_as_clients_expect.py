"""What the service's own clients rely on and no page says, found by running them (tests/clients)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from emulator.driving import RawClient, Sdk
from pai_dlc_emulator.server import Emulator


def workspace(sdk: Sdk) -> str:
    return str(sdk.call("GetDefaultWorkspace")["WorkspaceId"])


@pytest.mark.parametrize("order", ["ASC", "DESC", "asc", "desc"])
@pytest.mark.parametrize("operation", ["ListCodeSources", "ListWorkspaces", "ListJobs", "ListTensorboards"])
def test_an_order_is_taken_in_either_case(raw: RawClient, operation: str, order: str) -> None:
    place = raw.send("GetDefaultWorkspace").json()["WorkspaceId"]
    page = {"PageNumber": "1", "PageSize": "10"} | ({"WorkspaceId": place} if operation == "ListCodeSources" else {})
    assert raw.send(operation, query={**page, "Order": order}).status_code == 200
    assert raw.send(operation, query={**page, "Order": f"{order}ending"}).json()["Code"] == "InvalidParameter"


def test_either_case_of_an_order_sorts_the_same_way(raw: RawClient) -> None:
    def names(order: str) -> list[str]:
        found = raw.send("ListWorkspaces", query={"Order": order, "SortBy": "GmtCreateTime"}).json()["Workspaces"]
        return [one["WorkspaceId"] for one in found]

    assert names("asc") == names("ASC") == names("desc")[::-1]
    assert len(names("asc")) > 1


def test_double_quotes_make_the_name_of_a_model_the_whole_name(sdk: Sdk) -> None:
    for name in ("bert", "bert-large"):
        sdk.call("CreateModel", ModelName=name, WorkspaceId=workspace(sdk))

    def named(words: str) -> list[str]:
        return sorted(one["ModelName"] for one in sdk.call("ListModels", ModelName=words)["Models"])

    assert named("BERT") == ["bert", "bert-large"]
    assert named('"bert"') == ["bert"]
    assert named('"ber"') == []
    assert named('"') == []


def test_a_setting_without_its_category_is_one_of_the_common_ones(sdk: Sdk) -> None:
    place = workspace(sdk)
    sdk.call(
        "UpdateConfigs", WorkspaceId=place, Configs=[{"ConfigKey": "modelExportPath", "ConfigValue": "oss://b/m/"}]
    )
    (found,) = sdk.call("ListConfigs", WorkspaceId=place, ConfigKeys="modelExportPath,tempTableLifecycle")["Configs"]
    assert (found["ConfigKey"], found["ConfigValue"]) == ("modelExportPath", "oss://b/m/")
    with pytest.raises(Exception, match="isAutoRecycle"):
        sdk.call("UpdateConfig", WorkspaceId=place, ConfigKey="isAutoRecycle", ConfigValue="true")


def test_a_tensorboard_of_an_experiment_is_listed_by_its_source(sdk: Sdk) -> None:
    source = {"SourceType": "experiment", "SourceId": "exp-1"}
    made = sdk.call("CreateTensorboard", DisplayName="curves", DataSourceType="OSS", Uri="oss://b.e/l/", **source)
    sdk.call("CreateTensorboard", DisplayName="others", DataSourceType="OSS", Uri="oss://b.e/l/")

    def listed(**asked: str) -> list[str]:
        return [one["TensorboardId"] for one in sdk.call("ListTensorboards", **asked)["Tensorboards"]]

    assert listed(**source) == listed(SourceType="experiment") == [made["TensorboardId"]]
    assert listed(SourceType="job", SourceId="exp-1") == []


def test_the_page_of_a_tensorboard_is_there_once_it_runs(
    sdk: Sdk, admin: Any, emulator: Emulator, http: httpx.Client
) -> None:
    """The PAI SDK asks the application itself until it answers with something else than 5xx."""
    one = sdk.call("CreateTensorboard", DisplayName="curves", DataSourceType="OSS", Uri="oss://b.e/l/")["TensorboardId"]
    address = f"{emulator.dlc}/tensorboard/{one}"
    assert http.get(address).status_code == 503
    admin("clock", {"advance_s": 6})
    assert sdk.call("GetTensorboard", TensorboardId=one)["TensorboardUrl"] == address
    answer = http.get(address)
    assert (answer.status_code, one in answer.text) == (200, True)
    sdk.call("StopTensorboard", TensorboardId=one)
    assert http.get(address).status_code == 503
    assert http.get(f"{emulator.dlc}/tensorboard/none").status_code == 404
    assert all(entry["operation"] for entry in admin("journal")), "pages are no requests of the API"
    assert http.post(address).json()["Code"] != "", "only GET has pages"


def test_a_page_has_the_address_of_its_own_region(emulator: Emulator, raw: RawClient) -> None:
    base = emulator.by_region["cn-shanghai"]["dlc"]
    body = {"DisplayName": "curves", "DataSourceType": "OSS", "Uri": "oss://b.e/l/"}
    made = raw.send("CreateTensorboard", body=body, base=base).json()["TensorboardId"]
    shared = raw.send("GetTensorboard", path={"TensorboardId": made}, base=base).json()
    assert shared["Status"] == "Creating"
    assert httpx.get(f"{base}/tensorboard/{made}", trust_env=False).status_code == 503
    assert httpx.get(f"{emulator.dlc}/tensorboard/{made}", trust_env=False).status_code == 404
