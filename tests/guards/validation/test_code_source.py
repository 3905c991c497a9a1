"""R09: a job names a registered code source, never a raw repository address."""

from __future__ import annotations

import json

import pytest

from pai_dlc_mcp.errors import PaiError
from pai_dlc_mcp.guards.validation.check import run_rules
from pai_dlc_mcp.guards.validation.job import r09
from pai_dlc_mcp.guards.validation.rule import Case
from support.job_arguments import (
    client_refusal,
    client_refusal_or_none,
    job,
    noticed_rules,
    refusal,
)


@pytest.mark.parametrize(
    "address",
    ["https://github.com/a/b.git", "HTTPS://host/a", "git@github.com:a/b.git", "ssh://git@host/a", "github.com/a/b"],
)
async def test_r09_an_address_is_no_code_source_id(address: str) -> None:
    error = await refusal("CreateJob", job(CodeSource={"CodeSourceId": address}))
    assert (error.code, error.rule, error.field) == ("invalid_arguments", "R09", "CodeSource.CodeSourceId")
    step = error.next[0]
    assert (step.tool, step.arguments["workspace_id"]) == ("aiworkspace_list_code_sources", job()["WorkspaceId"])
    assert "aiworkspace_create_code_source" in error.message


@pytest.mark.parametrize(
    "field",
    ["Uri", "Url", "CodeRepo", "Repo", "Repository", "GitUrl", "CodeUri", "code_repo", "repoUrl", "git", "Address"],
)
async def test_r09_a_raw_repository_address_is_refused_with_and_without_an_id(field: str) -> None:
    for source in ({field: "https://host/a"}, {field: "https://host/a", "CodeSourceId": "code-1"}):
        for given in (source, json.dumps(source)):
            error = await client_refusal("CreateJob", job(CodeSource=given))
            assert (error.rule, error.field) == ("R09", f"CodeSource.{field}")
            assert ("exclude each other" in error.message) == ("CodeSourceId" in source)


async def test_r09_an_address_in_place_of_the_code_source_is_refused() -> None:
    error = await client_refusal("CreateJob", job(CodeSource="https://host/a.git"))
    assert (error.rule, error.field) == ("R09", "code_source")
    assert [step.tool for step in error.next] == ["aiworkspace_list_code_sources"]
    template = {"template_name": "t", "workspace_id": "1", "content": {"CodeSource": "https://host/a.git"}}
    error = await client_refusal("CreateJobTemplate", template)
    assert (error.rule, error.field) == ("R09", "Content.CodeSource")
    assert [step.tool for step in error.next] == ["aiworkspace_list_workspaces"]


async def test_r09_a_code_source_id_alone_passes() -> None:
    assert (
        await noticed_rules("CreateJob", job(CodeSource={"CodeSourceId": "code-20210111103721-abc", "Branch": "main"}))
        == []
    )


REPOSITORY = (
    "uri", "url", "repo", "repository", "git", "giturl", "gitrepo", "coderepo", "coderepourl", "codeuri", "codeurl",
    "repourl", "Code_Repo", "GitURL",
)  # fmt: skip


async def code_refusal(**source: str) -> PaiError | None:
    return await client_refusal_or_none("CreateJob", job(CodeSource=source))


@pytest.mark.parametrize("field", REPOSITORY)
async def test_r09_a_raw_repository_is_refused_under_any_name(field: str) -> None:
    error = await code_refusal(**{field: "mine"})
    assert error is not None
    assert (error.rule, error.field) == ("R09", f"CodeSource.{field}")


@pytest.mark.parametrize("field", ["Branch", "Commit", "MountPath"])
async def test_r09_the_fields_of_a_code_source_are_taken_whatever_they_hold(field: str) -> None:
    assert await code_refusal(**{field: "https://code.example.com/a.git"}) is None


@pytest.mark.parametrize("field", ["Anything", "address"])
async def test_r09_an_address_under_another_name_is_a_repository_too(field: str) -> None:
    address, plain = [await code_refusal(**{field: value}) for value in ("git@code.example.com:a.git", "plain")]
    assert (address and address.rule) == "R09"
    assert plain is not None
    assert plain.rule == "R29", "no field of a code source, but no repository either"


MEND = "register the repository with aiworkspace_create_code_source and give its CodeSourceId alone."


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({"CodeSourceId": "https://a"}, f"A job takes no raw address; {MEND}"),
        ({"Repo": "a", "CodeSourceId": ""}, f"A job takes no raw address; {MEND}"),
        ({"x" * 61: "https://a", "CodeSourceId": "c"}, f"{'x' * 60} and CodeSourceId exclude each other; {MEND}"),
        ({"Repo": "", "CodeSourceId": "c"}, None),
        ({"IsSharedMountPath": "https://a"}, None),
        ({"Odd": "plain", "CodeSourceId": "c"}, None),
    ],
)
def test_r09_the_refusal_says_what_is_wrong_with_the_code_source(source: dict[str, str], said: str | None) -> None:
    refused, _ = run_rules([r09], Case({"CodeSource": source}))
    assert [(one.message, len(one.field or "") <= len("CodeSource.") + 60) for one in refused] == (
        [(said, True)] if said else []
    )
