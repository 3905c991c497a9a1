"""How deep a job is looked into for its secrets, and that what is known of a field holds on every level."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.redaction.engine import MASK, hide_env_values, secret_values

DEEPEST = 40
KINDS = ("lists", "objects")


def nested(inner: Any, levels: int, kind: str) -> Any:
    for _ in range(levels):
        inner = [inner] if kind == "lists" else {"a": inner}
    return inner


@pytest.mark.parametrize("kind", KINDS)
def test_r67_a_variable_is_known_down_to_forty_levels(kind: str) -> None:
    assert secret_values({"Envs": nested("deep-value", DEEPEST - 1, kind)}) == {"deep-value"}
    assert secret_values({"Envs": nested("deep-value", DEEPEST, kind)}) == frozenset()


@pytest.mark.parametrize("kind", KINDS)
def test_r67_what_is_no_secret_in_an_environment_is_shown_down_to_forty_levels(kind: str) -> None:
    switch = nested(True, DEEPEST - 1, kind)
    assert hide_env_values({"Envs": switch}) == {"Envs": switch}
    assert hide_env_values({"Envs": nested(True, DEEPEST, kind)}) == {"Envs": nested(MASK, DEEPEST, kind)}


@pytest.mark.parametrize("kind", KINDS)
def test_r67_a_name_that_the_answer_shows_opens_its_value_down_to_forty_levels(kind: str) -> None:
    shown = {"NodeName": "node-17-abc"}
    job = {"Envs": {"HOST": "node-17-abc"}}
    assert secret_values(job | {"a": nested(shown, DEEPEST - 1, kind)}) == frozenset()
    assert secret_values(job | {"a": nested(shown, DEEPEST, kind)}) == {"node-17-abc"}


@pytest.mark.parametrize("kind", KINDS)
def test_r67_the_kind_of_a_credential_is_no_secret_on_any_level(kind: str) -> None:
    """Masked wherever it turns up, it would take half of the words of a log with it."""
    inner = {"Key": "first-credential", "RoleType": "service-role", "Secret": "the-secret"}
    for levels in (0, 1, 2, 5):
        assert secret_values({"CredentialConfig": nested(inner, levels, kind)}) == {"the-secret"}
