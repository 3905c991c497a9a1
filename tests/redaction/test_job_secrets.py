"""What of a job is a secret, and how it is shown by name only."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from pai_dlc_mcp.redaction import engine
from pai_dlc_mcp.redaction.engine import MASK, clean, hide_env_values, secret_values

JOB: dict[str, Any] = {
    "JobId": "dlc1abcd2345",
    "DisplayName": "resnet50-run",
    "Pods": [{"PodId": "dlc1abcd2345-worker-0", "Ip": "10.0.0.17", "NodeName": "node-17-a"}],
    "JobSpecs": [
        {
            "Image": "registry.cn-hangzhou.aliyuncs.com/pai/pytorch:2.1",
            "ImageConfig": {"Username": "robot-account", "Password": "docker-pass", "DockerRegistry": "hub.example"},
            "ExtraPodSpec": {"SideCarContainers": [{"Name": "s", "Env": [{"Name": "SIDE", "Value": "side-value-1"}]}]},
        }
    ],
    "Envs": {"WANDB_API_KEY": "k3y5", "BUCKET": "oss://my-bucket/data", "EMPTY": ""},
    "CustomEnvs": [{"Key": "GREETING", "Value": "bonjour-tous", "Visible": "true"}, {"Key": "NONE"}],
    "SystemEnvs": {"MASTER_ADDR": "dlc1abcd2345-worker-0.svc", "REGION": "cn-hangzhou", "SYS": "system-made-1"},
    "RoleSystemEnvs": {"Worker": {"ROLE_VALUE": "role-made-22", "WORLD_SIZE": 16}},
    "CredentialConfig": {
        "EnableCredentialInject": True,
        "AliyunEnvRoleKey": "0",
        "CredentialConfigItems": [
            {
                "Key": "0",
                "Type": "Role",
                "Roles": [{"RoleArn": "acs:ram::1:role/a", "AssumeUserInfo": {"SecurityToken": "CAIS"}}],
            }
        ],
    },
}  # fmt: skip


def test_r67_values_of_every_environment_and_credential_are_known() -> None:
    assert secret_values(JOB) == {
        "k3y5", "oss://my-bucket/data", "bonjour-tous", "side-value-1", "system-made-1", "role-made-22",
        "robot-account", "docker-pass", "acs:ram::1:role/a", "CAIS",
    }  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [
        "12345678", "3.1415926", "1,2,3,4,5", "00:00:00", "localhost", "DISABLED", "production", "development",
        "/mnt/training-data", "/root/code/", "short-7",
    ],
)  # fmt: skip
def test_r67_trivial_and_short_values_are_left_out(value: str) -> None:
    assert secret_values({"Envs": {"MODE": value}}) == frozenset()


@pytest.mark.parametrize("value", ["eight-ch", "/mnt/data/secret-file", "resnet50x", "12345678a", "two words"])
def test_r67_any_other_value_of_eight_characters_counts(value: str) -> None:
    assert secret_values({"Envs": {"MODE": value}}) == {value}


@pytest.mark.parametrize(
    "name",
    [
        "DB_PASSWORD", "db_passwd", "MYSQL_PWD", "HF_TOKEN", "AccessKeySecret", "API_KEY", "apiKey", "MY_SECRET",
        "SSH_PRIVATE_KEY", "OSS_AK", "KEY", "X_AUTH",
    ],
)  # fmt: skip
def test_r67_under_a_name_that_says_secret_four_characters_count_even_numbers(name: str) -> None:
    assert secret_values({"Envs": {name: "1234"}}) == {"1234"}
    assert secret_values({"Envs": {name: "123"}}) == frozenset()
    assert secret_values({"Env": [{"Name": name, "Value": "1234"}]}) == {"1234"}
    assert secret_values({"CustomEnvs": [{"Key": name, "Value": "1234"}]}) == {"1234"}


@pytest.mark.parametrize("name", ["TOKENIZER", "MAX_TOKENS", "KEYBOARD", "AUTHOR", "MONKEY"])
def test_r67_names_that_only_resemble_one_do_not(name: str) -> None:
    assert secret_values({"Envs": {name: "gpt2"}}) == frozenset()


def test_r67_ids_that_the_answer_shows_anyway_are_no_secrets() -> None:
    own = {"NAME": "resnet50-run", "POD": "dlc1abcd2345-worker-0", "HOST": "worker-0-x"}
    assert secret_values(JOB | {"Envs": own}) - secret_values(JOB | {"Envs": {}}) == {"worker-0-x"}


def test_r67_a_value_of_the_user_that_only_holds_an_id_is_a_secret_all_the_same() -> None:
    own = {"URL": "dlc1abcd2345:hunter22"}
    assert "dlc1abcd2345:hunter22" in secret_values(JOB | {"Envs": own})
    assert "dlc1abcd2345:hunter22" not in secret_values(JOB | {"Envs": {}, "SystemEnvs": own})
    pairs = [{"Key": "URL", "Value": "dlc1abcd2345:hunter22"}]
    assert "dlc1abcd2345:hunter22" in secret_values(JOB | {"CustomEnvs": pairs})


@pytest.mark.parametrize(("id", "opens"), [("dlc1", True), ("dlc", False)])
def test_r67_an_id_of_four_characters_opens_what_the_platform_makes_of_it(id: str, opens: bool) -> None:
    job = {"JobId": id, "SystemEnvs": {"ADDRESS": f"{id}-pods.example"}}
    assert (secret_values(job) == frozenset()) is opens


def test_r67_an_id_inside_an_environment_opens_nothing() -> None:
    assert secret_values({"Envs": {"JobId": "hidden-value", "A": "hidden-value"}}) == {"hidden-value"}


def test_r67_jobs_of_a_list_and_contents_of_templates_count() -> None:
    content = json.dumps({"Envs": {"A": "template-value"}})
    assert secret_values({"Jobs": [{"Envs": {"A": "listed-value"}}]}) == {"listed-value"}
    assert secret_values({"Versions": [{"Content": content}]}) == {"template-value"}
    assert secret_values({"Versions": [{"Content": json.loads(content)}]}) == {"template-value"}
    assert secret_values({"Content": "{broken"}) == frozenset()


def test_r67_logins_of_registries_are_secrets_whatever_the_registry_is_called() -> None:
    build = {"RegistryAuths": {"registry.example": "ann:hidden-value", "JobId": {"Password": "other-value"}}}
    assert secret_values(build) == {"ann:hidden-value", "other-value"}
    assert hide_env_values(build) == {"RegistryAuths": {"registry.example": "***", "JobId": {"Password": "***"}}}


def test_r67_only_a_templates_content_is_opened_where_it_is_text() -> None:
    content = json.dumps({"Envs": {"A": "template-value"}})
    assert secret_values({"UserCommand": content, "Jobs": [{"Description": content}]}) == frozenset()


def test_r67_environments_are_shown_by_name_and_with_what_is_plainly_no_secret() -> None:
    shown = hide_env_values(JOB)
    assert shown["Envs"] == {"WANDB_API_KEY": "***", "BUCKET": "***", "EMPTY": ""}
    assert shown["CustomEnvs"] == [{"Key": "GREETING", "Value": "***", "Visible": "true"}, {"Key": "NONE"}]
    assert shown["SystemEnvs"] == {"MASTER_ADDR": "***", "REGION": "***", "SYS": "***"}
    assert shown["RoleSystemEnvs"] == {"Worker": {"ROLE_VALUE": "***", "WORLD_SIZE": 16}}
    plain = {"BATCH": "64", "NCCL_DEBUG": "INFO", "API_KEY": "12345678", "BUCKET": "oss-secret-bucket"}
    assert hide_env_values({"Envs": plain})["Envs"] == {**plain, "API_KEY": "***", "BUCKET": "***"}
    pairs = [{"Key": "EPOCHS", "Value": "3", "Visible": "private"}, {"Key": "TOKEN", "Value": "3"}]
    assert hide_env_values({"CustomEnvs": pairs})["CustomEnvs"] == [pairs[0], {"Key": "TOKEN", "Value": "***"}]
    odd = {"RATE": 0.5, "A": None, "B": True, "C": "", "TOKEN": 0.5}
    assert hide_env_values({"Envs": odd}) == {"Envs": odd | {"TOKEN": "***"}}
    side = shown["JobSpecs"][0]["ExtraPodSpec"]["SideCarContainers"][0]
    assert side == {"Name": "s", "Env": [{"Name": "SIDE", "Value": "***"}]}


def test_r67_credentials_are_shown_by_kind_only() -> None:
    shown = hide_env_values(JOB)
    assert shown["JobSpecs"][0]["ImageConfig"] == {
        "Username": "***",
        "Password": "***",
        "DockerRegistry": "hub.example",
    }
    assert shown["CredentialConfig"] == {
        "EnableCredentialInject": True,
        "AliyunEnvRoleKey": "0",
        "CredentialConfigItems": [
            {"Key": "0", "Type": "Role", "Roles": [{"RoleArn": "***", "AssumeUserInfo": {"SecurityToken": "***"}}]}
        ],
    }
    assert hide_env_values({"Secrets": {"Password": "x", "Key": "y"}, "Configs": {"Host": "h"}}) == {
        "Secrets": {"Password": "***", "Key": "***"},
        "Configs": {"Host": "h"},
    }
    assert secret_values({"Secrets": {"Key": "four", "b": "12345678"}}) == {"four", "12345678"}
    login = {"ImageConfig": {"Username": "root", "Password": "four"}}
    assert secret_values(login) == {"four"}, "a short user name would mask half of every path"


def test_r67_everything_else_is_shown_as_it_is() -> None:
    shown = hide_env_values(JOB)
    assert shown["JobId"] == JOB["JobId"]
    assert shown["Pods"] == JOB["Pods"]
    assert shown["JobSpecs"][0]["Image"] == JOB["JobSpecs"][0]["Image"]
    assert JOB["Envs"]["WANDB_API_KEY"] == "k3y5", "the data that came is not touched"


def test_r67_a_templates_content_hides_its_values_as_object_and_as_text() -> None:
    content = {"Envs": {"A": "template-value"}, "UserCommand": "x"}
    hidden = {"Envs": {"A": "***"}, "UserCommand": "x"}
    assert hide_env_values({"Versions": [{"Content": content}]}) == {"Versions": [{"Content": hidden}]}
    text = hide_env_values({"Versions": [{"Content": json.dumps(content)}]})["Versions"][0]["Content"]
    assert json.loads(text) == hidden
    assert hide_env_values({"Content": "free text"}) == {"Content": "free text"}
    assert hide_env_values({"Content": '{"Name": "训练", "Envs": {}}'}) == {"Content": '{"Name":"训练","Envs":{}}'}


def nested(inner: Any, *, in_lists: bool) -> Any:
    for _ in range(3_000):
        inner = [inner] if in_lists else {"a": inner}
    return inner


@pytest.mark.parametrize("in_lists", [True, False])
def test_r67_endless_nesting_hides_everything(in_lists: bool) -> None:
    outside = nested({"Envs": {"A": "deep-value"}, "Image": "deep-value"}, in_lists=in_lists)
    inside = {"Envs": nested("deep-value", in_lists=in_lists), "Secrets": nested("deep-value", in_lists=in_lists)}
    for data in ({"a": outside}, inside):
        assert "deep-value" not in json.dumps(hide_env_values(data))
        assert secret_values(data) == frozenset()


def test_r67_a_jobs_values_are_masked_wherever_they_turn_up() -> None:
    answer = {
        "Logs": ["connect oss://my-bucket/data", "bonjour-tous!", "key=k3y5", "at dlc1abcd2345-worker-0"],
        "UserCommand": "echo docker-pass",
        "ReasonMessage": "role-made-22",
    }
    assert clean(answer, secret_values(JOB)) == {
        "Logs": ["connect ***", "***!", "key=***", "at dlc1abcd2345-worker-0"],
        "UserCommand": "echo ***",
        "ReasonMessage": "***",
    }


DEEPEST = 40
KINDS = ("lists", "objects")


def nested_in(kind: str, levels: int, inner: Any) -> Any:
    for _ in range(levels):
        inner = [inner] if kind == "lists" else {"a": inner}
    return inner


DEEP = "deep-value-1"
HOLDERS: Mapping[str, tuple[Any, int]] = {
    "Envs": ({"A": DEEP}, 1), "Secrets": ({"a": DEEP}, 1), "CredentialConfig": ({"a": DEEP}, 1),
    "ImageConfig": ({"x": DEEP}, 1), "RoleSystemEnvs": ({"Worker": {"A": DEEP}}, 2),
    "CustomEnvs": ([{"Key": "A", "Value": DEEP}], -1), "Content": (json.dumps({"Envs": {"A": DEEP}}), 2),
}  # fmt: skip
"""What holds a secret, and how many levels of the forty it takes itself beside its own; of a pair it is none."""


def deepest(is_so: Callable[[int], bool]) -> int:
    return max((levels for levels in range(DEEPEST + 3) if is_so(levels)), default=-1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("holder", HOLDERS)
def test_r67_a_secret_is_known_and_hidden_down_to_forty_levels_of_whatever_holds_it(holder: str, kind: str) -> None:
    inner, own = HOLDERS[holder]
    jobs = [nested_in(kind, levels, {holder: inner}) for levels in range(DEEPEST + 3)]
    assert deepest(lambda levels: DEEP in secret_values(jobs[levels])) == DEEPEST - 1 - own
    assert not [job for job in jobs if DEEP in json.dumps(hide_env_values(job))]
    if own in (1, 2) and not isinstance(inner, str):
        inside = [{holder: nested_in(kind, levels, inner)} for levels in range(DEEPEST + 3)]
        assert deepest(lambda levels: DEEP in secret_values(inside[levels])) == DEEPEST - 1 - own


@pytest.mark.parametrize("kind", KINDS)
def test_what_no_environment_holds_is_shown_down_to_forty_levels(kind: str) -> None:
    assert deepest(lambda levels: hide_env_values(nested_in(kind, levels, "x")) == nested_in(kind, levels, "x")) == 40


@pytest.mark.parametrize("kind", KINDS)
def test_r67_what_is_no_secret_in_an_environment_is_shown_down_to_forty_levels(kind: str) -> None:
    for holder in ("Envs", "Secrets", "CredentialConfig", "ImageConfig", "RoleSystemEnvs"):
        switch = nested_in(kind, DEEPEST - 1, True)
        assert hide_env_values({holder: switch}) == {holder: switch}
        assert hide_env_values({holder: nested_in(kind, DEEPEST, True)}) == {holder: nested_in(kind, DEEPEST, MASK)}


@pytest.mark.parametrize("kind", KINDS)
def test_r67_a_name_that_the_answer_shows_opens_its_value_down_to_forty_levels(kind: str) -> None:
    shown = {"NodeName": "node-17-abc"}
    job = {"Envs": {"HOST": "node-17-abc"}}
    assert secret_values(job | {"a": nested_in(kind, DEEPEST - 1, shown)}) == frozenset()
    assert secret_values(job | {"a": nested_in(kind, DEEPEST, shown)}) == {"node-17-abc"}


@pytest.mark.parametrize("kind", KINDS)
def test_r67_the_kind_of_a_credential_is_no_secret_on_any_level(kind: str) -> None:
    """Masked wherever it turns up, it would take half of the words of a log with it."""
    inner = {"Key": "first-credential", "RoleType": "service-role", "Secret": "the-secret"}
    for levels in (0, 1, 2, 5):
        assert secret_values({"CredentialConfig": nested_in(kind, levels, inner)}) == {"the-secret"}


def test_r67_what_is_nothing_or_a_switch_is_no_secret_and_no_value_to_mask() -> None:
    nothing = {"a": None, "b": True, "c": [None, False], "d": "value-of-it"}
    assert secret_values({"Secrets": nothing}) == {"value-of-it"}
    pairs = [None, "x", {"Key": "A", "Value": None}, {"Key": "A"}, {"Value": "nameless-value"}, {"Value": "four"}]
    assert secret_values({"CustomEnvs": pairs}) == {"nameless-value"}
    assert secret_values({"SystemEnvs": ["a-listed-value"], "ImageConfig": "login-of-it"}) == {
        "a-listed-value", "login-of-it",
    }  # fmt: skip


@pytest.mark.parametrize(("most", "shown"), [(34, True), (33, False)])
def test_r77_ids_are_compared_with_so_many_variables_as_a_bound_allows(
    monkeypatch: pytest.MonkeyPatch, most: int, shown: bool
) -> None:
    """What is not compared counts as not shown, and is masked."""
    monkeypatch.setattr(engine, "_COMPARED_CHARS", most)
    job = {"JobId": "12345678", "NodeName": "abcdefgh", "Envs": {"A": "abcdefgh", "B": "12345678"}}
    assert secret_values(job) == (frozenset() if shown else {"abcdefgh"})


@pytest.mark.parametrize(("most", "opened"), [(4_000, {"one.pod-1", "two.pod-2"}), (3_999, {"one.pod-1"})])
def test_r77_a_value_of_the_platform_is_compared_with_so_many_ids_as_a_bound_allows(
    monkeypatch: pytest.MonkeyPatch, most: int, opened: set[str]
) -> None:
    monkeypatch.setattr(engine, "_COMPARED_CHARS", most)
    made = {"A": "one.pod-1", "B": "two.pod-2"}
    ids = [{"PodId": "pod-1"}, {"PodId": "pod-2"}]
    assert secret_values({"Pods": ids, "SystemEnvs": made}) == {*made.values()} - opened


@pytest.mark.parametrize(
    "field",
    ["JobId", "DisplayName", "WorkspaceId", "WorkspaceName", "UserId", "Username", "ResourceId", "ClusterId",
     "TenantId", "PodId", "PodUid", "Ip", "NodeName", "Image", "EcsSpec", "MountPath"],
)  # fmt: skip
def test_r67_a_variable_that_repeats_what_an_answer_shows_anyway_is_no_secret(field: str) -> None:
    variables = {"Envs": {"ANYTHING": "node-17-abc"}}
    assert secret_values(variables) == {"node-17-abc"}
    assert secret_values({**variables, field: "node-17-abc"}) == frozenset()
    assert secret_values({**variables, f"{field}2": "node-17-abc"}) == {"node-17-abc"}
