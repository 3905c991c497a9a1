"""Models, experiments, prompts and connections through their lives, by the official SDK."""

from __future__ import annotations

from emulator.driving import Sdk
from emulator.tours_workspaces import Advance, refused, workspace_of


def models(sdk: Sdk, advance: Advance) -> None:
    home = workspace_of(sdk, "vision_training")
    tag = [{"Key": "team", "Value": "vision"}]
    fields = {"ModelName": "detector", "Task": "detection", "OrderNumber": 3, "WorkspaceId": home}
    key = sdk.call("CreateModel", **fields, Tag=tag, ExtraInfo={"license": "internal"})["ModelId"]
    assert refused(sdk, "CreateModel", **fields) == (409, "ModelNameAlreadyExists")
    sdk.call("UpdateModel", ModelId=key, ModelDescription="Finds things", Accessibility="PUBLIC")
    sdk.call("CreateModelLabels", ModelId=key, Labels=[{"Key": "stage", "Value": "beta"}])
    found = sdk.call("GetModel", ModelId=key)
    assert (found["ModelDescription"], found["Accessibility"], len(found["Labels"])) == ("Finds things", "PUBLIC", 2)
    sdk.call("DeleteModelLabels", ModelId=key, LabelKeys="stage")
    by_tag = sdk.call(
        "ListModels", Tag=tag, Conditions=[{"Column": "OrderNumber", "Operator": "LessThan", "Value": "4"}]
    )
    assert [row["ModelId"] for row in by_tag["Models"]] == [key]
    assert (
        sdk.call("ListModels", Conditions=[{"Column": "OrderNumber", "Operator": "GreaterThan", "Value": "3"}])[
            "TotalCount"
        ]
        == 0
    )
    assert sdk.call("ListModels", Label="stage=beta")["TotalCount"] == 0
    _model_versions(sdk, key)
    sdk.call("DeleteModel", ModelId=key)
    assert refused(sdk, "GetModel", ModelId=key) == (404, "201900002")


def _model_versions(sdk: Sdk, key: str) -> None:
    names = [
        sdk.call("CreateModelVersion", ModelId=key, Uri="oss://b/m/", FrameworkType="Pytorch")["VersionName"]
        for _ in "ab"
    ]
    assert names == ["0.1.0", "0.2.0"]
    assert sdk.call("GetModel", ModelId=key)["LatestVersion"]["VersionName"] == "0.2.0"
    version = {"ModelId": key, "VersionName": "0.1.0"}
    assert refused(sdk, "CreateModelVersion", **version, Uri="oss://b/m/") == (409, "ModelVersionAlreadyExists")
    sdk.call("UpdateModelVersion", **version, ApprovalStatus="Approved", Metrics={"map": 0.5})
    sdk.call("CreateModelVersionLabels", **version, Labels=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    sdk.call("DeleteModelVersionLabels", **version, LabelKeys="b")
    found = sdk.call("GetModelVersion", **version)
    assert (found["ApprovalStatus"], found["Metrics"]) == ("Approved", {"map": 0.5})
    assert found["Labels"] == [{"Key": "a", "Value": "1"}]
    listed = sdk.call("ListModelVersions", ModelId=key, ApprovalStatus="Approved", Label="a=1")
    assert [row["VersionName"] for row in listed["Versions"]] == ["0.1.0"]
    large = {"Metrics": {"text": "x" * 9000}}
    assert refused(sdk, "UpdateModelVersion", **version, **large)[1] == "InvalidParameter"
    sdk.call("DeleteModelVersion", **version)
    assert refused(sdk, "GetModelVersion", **version) == (404, "201900003")


def experiments(sdk: Sdk, advance: Advance) -> None:
    home = workspace_of(sdk, "vision_training")
    keys = []
    for n in range(12):
        made = sdk.call("CreateExperiment", WorkspaceId=home, Name=f"sweep-{n}", Labels=[{"Key": "n", "Value": str(n)}])
        keys.append(made["ExperimentId"])
        advance(1)
    assert refused(sdk, "CreateExperiment", WorkspaceId=home, Name="sweep-0") == (409, "ExperimentNameAlreadyExists")
    first = sdk.call("ListExperiment", WorkspaceId=home)
    rest = sdk.call("ListExperiment", WorkspaceId=home, PageToken=first["NextPageToken"])
    assert [row["ExperimentId"] for row in first["Experiments"] + rest["Experiments"]] == keys[::-1]
    assert rest.get("NextPageToken") is None
    exact = sdk.call("ListExperiment", Name="sweep-1", Options={"match_name_exactly": "true"})
    assert exact["TotalCount"] == 1
    one = {"ExperimentId": keys[0]}
    sdk.call("UpdateExperiment", **one, Name="baseline", Accessibility="PUBLIC")
    sdk.call("SetExperimentLabels", **one, Labels=[{"Key": "n", "Value": "zero"}, {"Key": "best", "Value": "no"}])
    sdk.call("DeleteExperimentLabel", **one, Key="best")
    found = sdk.call("GetExperiment", **one)
    assert (found["Name"], found["Accessibility"], found["Labels"][0]["Value"]) == ("baseline", "PUBLIC", "zero")
    assert sdk.call("ListExperiment", Labels="n=zero")["TotalCount"] == 1
    _runs(sdk, keys[0], advance)
    sdk.call("DeleteExperiment", **one)
    assert refused(sdk, "GetExperiment", **one) == (404, "200000002")
    assert sdk.call("ListRuns", ExperimentId=keys[0])["TotalCount"] == 0


def _runs(sdk: Sdk, experiment: str, advance: Advance) -> None:
    fields = {
        "ExperimentId": experiment,
        "Params": [{"Key": "lr", "Value": "0.1"}],
        "Labels": [{"Key": "gpu", "Value": "a10"}],
    }
    key = sdk.call("CreateRun", **fields, Name="first", SourceType="DLC", SourceId="dlc1")["RunId"]
    other = sdk.call("CreateRun", **fields, Name="second")["RunId"]
    assert refused(sdk, "CreateRun", **fields, Name="first") == (409, "RunNameAlreadyExists")
    points = [{"Key": "loss", "Value": 1 / step, "Step": step} for step in range(1, 16)]
    sdk.call("LogRunMetrics", RunId=key, Metrics=points)
    page = sdk.call("ListRunMetrics", RunId=key, Key="loss")
    more = sdk.call("ListRunMetrics", RunId=key, Key="loss", PageToken=page["NextPageToken"])
    assert [point["Step"] for point in page["Metrics"] + more["Metrics"]] == list(range(1, 16))
    assert sdk.call("GetRun", RunId=key, Verbose=True)["Metrics"][0]["Step"] == 15
    sdk.call(
        "UpdateRun", RunId=key, Name="best", Params=[{"Key": "seed", "Value": "1"}], Labels=[{"Key": "x", "Value": "y"}]
    )
    sdk.call("DeleteRunLabel", RunId=key, Key="gpu")
    found = sdk.call("GetRun", RunId=key, Verbose=True)
    assert (found["Name"], [param["Key"] for param in found["Params"]]) == ("best", ["lr", "seed"])
    assert [label["Key"] for label in found["Labels"]] == ["x"]
    assert [row["RunId"] for row in sdk.call("ListRuns", ExperimentId=experiment, SourceId="dlc1")["Runs"]] == [key]
    assert sdk.call("GetExperiment", ExperimentId=experiment, Verbose=True)["LatestRun"]["RunId"] == other
    sdk.call("DeleteRun", RunId=other)
    assert refused(sdk, "GetRun", RunId=other) == (404, "200000002")


def prompts(sdk: Sdk, advance: Advance) -> None:
    home, elsewhere = workspace_of(sdk, "vision_training"), workspace_of(sdk, "llm_pretraining")
    fields = {"WorkspaceId": home, "PromptName": "caption", "FrameworkType": "jinja", "FrameworkContent": "{{ image }}"}
    prompt = {"PromptId": sdk.call("CreatePrompt", **fields)["PromptId"]}
    sdk.call("UpdatePrompt", **prompt, WorkspaceId=home, FrameworkContent="{{ picture }}")
    found = sdk.call("GetPrompt", **prompt, WorkspaceId=home)
    assert (found["PromptName"], found["FrameworkContent"]) == ("caption", "{{ picture }}")
    assert refused(sdk, "GetPrompt", **prompt, WorkspaceId=elsewhere) == (404, "200000002")
    listed = sdk.call("ListPrompts", WorkspaceId=home, SortBy="Name", PageNumber="1", PageSize="5")
    assert [row["PromptId"] for row in listed["Prompts"]] == [prompt["PromptId"]]
    sdk.call("DeletePrompt", **prompt, WorkspaceId=home)
    assert sdk.call("ListPrompts", WorkspaceId=home)["TotalCount"] == 0


def connections(sdk: Sdk, advance: Advance) -> None:
    home = workspace_of(sdk, "vision_training")
    model = {"Model": "large", "ModelType": "LLM", "ToolCall": True}
    fields = {
        "WorkspaceId": home, "ConnectionName": "llm", "ConnectionType": "OpenLLMConnection", "Models": [model],
        "Configs": {"base_url": "https://llm.example.com"}, "Secrets": {"api_key": "not-for-everyone"},
    }  # fmt: skip
    key = {"ConnectionId": sdk.call("CreateConnection", **fields)["ConnectionId"]}
    assert sdk.call("GetConnection", **key)["Secrets"] == {"api_key": "******"}
    assert sdk.call("GetConnection", **key, EncryptOption="PlainText")["Secrets"] == fields["Secrets"]
    sdk.call("UpdateConnection", **key, Description="ours", Secrets={"api_key": "changed"})
    (found,) = sdk.call("ListConnections", ConnectionTypes=["OpenLLMConnection"], ModelTypes=["LLM"])["Connections"]
    assert (found["Description"], found["Secrets"]) == ("ours", {"api_key": "******"})
    (found,) = sdk.call("ListConnections", ConnectionIds=[key["ConnectionId"]], EncryptOption="PlainText")[
        "Connections"
    ]
    assert found["Secrets"] == {"api_key": "changed"}
    assert sdk.call("ListConnections", Model="small")["TotalCount"] == 0
    assert sdk.call("ValidateConnection", WorkspaceId=home, **key)["Status"] == "success"
    assert sdk.call("ValidateConnection", WorkspaceId=home, Configs={}, Secrets={})["Status"] == "failed"
    assert (
        refused(sdk, "CreateConnection", **fields | {"ConnectionName": "b", "ConnectionType": "Odd"})[1]
        == "InvalidParameter"
    )
    sdk.call("DeleteConnection", **key)
    assert refused(sdk, "GetConnection", **key) == (404, "200000002")


TOURS = (models, experiments, prompts, connections)
