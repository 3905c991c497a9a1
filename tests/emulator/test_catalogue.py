"""The official SDK drives all of AIWorkSpace: every answer fits its model, and what was done can be read back."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from emulator import tours_data, tours_models, tours_workspaces
from emulator.approved.stories import Teller
from emulator.driving import CONTRACT, Sdk
from emulator.tours_workspaces import Advance, refused, workspace_of
from pai_dlc_emulator.contract import check_type, products
from pai_dlc_emulator.wire import Received
from pai_dlc_emulator.world import HANDLERS
from proofs import Proved

TOURS = tours_workspaces.TOURS + tours_data.TOURS + tours_models.TOURS


@pytest.fixture
def advance(admin: Any) -> Advance:
    return lambda seconds: admin("clock", {"advance_s": seconds})


@pytest.fixture
def misfits(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Answers of handlers that are not, to the last field, what the contract says; there must be none."""
    found: list[str] = []
    for name, handler in HANDLERS.items():
        if name.startswith("paistudio:"):
            continue
        monkeypatch.setitem(HANDLERS, name, _checked(name, handler, found))
    yield found
    assert found == []


def _checked(name: str, handler: Any, found: list[str]) -> Callable[..., dict[str, Any]]:
    product = next(product for product in products().values() if name in product.operations)

    def check(world: Any, received: Received) -> dict[str, Any]:
        body: dict[str, Any] = handler(world, received)
        sent = {key: value for key, value in body.items() if value is not None}
        if check_type(product, product.operations[name].response, sent, name) != sent:
            found.append(f"{name}: {sorted(sent)}")
        return body

    return check


def test_the_official_sdk_takes_every_noun_through_its_life_and_calls_every_operation_of_aiworkspace(
    sdk: Sdk, admin: Any, advance: Advance, misfits: list[str], proved: Proved
) -> None:
    for tour in TOURS:
        admin("reset", {"seed": "default"})
        tour(sdk, advance)
    everything = set(CONTRACT["aiworkspace"]["operations"])
    proved("(c) the official SDK drives the emulator and parses its answers", sdk.called & everything)
    assert everything - sdk.called == set()


@pytest.mark.parametrize("tour", TOURS, ids=lambda tour: str(tour.__name__))
def test_no_write_is_a_success_that_changes_nothing(
    tour: Callable[[Any, Advance], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every write of the tours that succeeded has left the state other than it was."""
    idle: list[str] = []
    teller = Teller("default")
    original = teller.call

    def watched(operation: str, **args: Any) -> dict[str, Any]:
        before = _still(teller) if not operation.startswith(("Get", "List")) else None
        answer = original(operation, **args)
        if before is not None and _still(teller) == before:
            idle.append(operation)
        return answer

    monkeypatch.setattr(teller, "call", watched)  # the tours then call it
    tour(teller, teller.wait)
    repeated = {"CreateDataset", "CreateImageBuild", "CreateDatasetFileMetas", "ValidateConnection"}
    assert set(idle) <= repeated, "a dry run, a repeated token and a duplicate change nothing, the others must"


def _still(teller: Teller) -> bytes:
    catalogue = teller.scene.world.catalogue
    return pickle.dumps((dict(catalogue.tables), catalogue.defaults))


def test_a_private_record_is_its_owners_and_a_public_one_is_for_all(sdk: Sdk, bob: Sdk) -> None:
    home = workspace_of(sdk, "default_workspace")
    fields = {"WorkspaceId": home, "Name": "secret-image", "ImageUri": "registry.example.com/a:1"}
    key = sdk.call("AddImage", **fields)["ImageId"]
    assert refused(bob, "GetImage", ImageId=key) == (404, "200000002")
    assert bob.call("ListImages", WorkspaceId=home)["TotalCount"] == 0
    sdk.call("PublishImage", ImageId=key)
    assert bob.call("GetImage", ImageId=key)["Name"] == "secret-image"
    assert refused(bob, "RemoveImage", ImageId=key) == (403, "Forbidden")


def test_r01_what_names_no_workspace_goes_to_the_callers_default_one(sdk: Sdk, bob: Sdk) -> None:
    fields = {"Name": "stray", "DataSourceType": "OSS", "Property": "FILE", "Uri": "oss://b.oss/x"}
    places = []
    for caller in (sdk, bob):
        key = caller.call("CreateDataset", **fields)["DatasetId"]
        places.append(caller.call("GetDataset", DatasetId=key)["WorkspaceId"])
    assert places == [workspace_of(sdk, "default_workspace"), workspace_of(bob, "llm_pretraining")]


def test_two_records_of_one_name_may_live_in_two_workspaces(sdk: Sdk) -> None:
    for name in ("vision_training", "default_workspace"):
        home = workspace_of(sdk, name)
        sdk.call("AddImage", WorkspaceId=home, Name="twin", ImageUri="registry.example.com/a:1")


@pytest.mark.parametrize("label", [{"Key": "a=b"}, {"Key": "a", "Value": "b,c"}, {"Key": "k" * 129}, {"Value": "v"}])
def test_a_label_that_could_not_be_queried_is_refused(sdk: Sdk, label: dict[str, str]) -> None:
    (dataset,) = sdk.call("ListDatasets", Name="imagenet-mini")["Datasets"]
    assert refused(sdk, "CreateDatasetLabels", DatasetId=dataset["DatasetId"], Labels=[label])[1] == "InvalidParameter"


def test_deleting_a_workspace_takes_along_what_lives_in_it(sdk: Sdk) -> None:
    home = workspace_of(sdk, "vision_training")
    (dataset,) = sdk.call("ListDatasets", Name="imagenet-mini")["Datasets"]
    sdk.call("DeleteWorkspace", WorkspaceId=home)
    assert refused(sdk, "GetDataset", DatasetId=dataset["DatasetId"]) == (404, "201300003")
    assert sdk.call("ListImages", WorkspaceId=home)["TotalCount"] == 0


def test_the_large_world_pages_to_the_end_without_a_gap_or_a_double(sdk: Sdk, admin: Any) -> None:
    admin("reset", {"seed": "large"})
    seen: list[str] = []
    for number in range(1, 100):
        page = sdk.call("ListDatasets", PageNumber=number, PageSize=100)
        seen += [row["DatasetId"] for row in page["Datasets"]]
        if len(page["Datasets"]) < 100:
            break
    assert len(seen) == len(set(seen)) == page["TotalCount"] == 1999
