"""Resources, templates, completions and prompts: what they hold, how long they keep, what they refuse."""

from __future__ import annotations

from typing import Any

import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import PromptReference, ResourceTemplateReference, TextContent, TextResourceContents

from end_to_end.driving import Driver, driving
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp import documents
from pai_dlc_mcp.api import catalog
from support.every import Faults

from .processes import VERSION_2026

ERAS = pytest.mark.parametrize("mode", ["legacy", VERSION_2026])


async def read(driver: Driver, uri: str) -> str:
    (content,) = (await driver.client.read_resource(uri)).contents
    assert isinstance(content, TextResourceContents)
    assert str(content.uri) == uri
    assert content.mime_type == "text/markdown"
    return content.text


async def test_the_skill_and_every_reference_are_listed_and_read_as_they_are(emulator: Emulator) -> None:
    async with driving(emulator) as driver:
        listed = {str(one.uri): one for one in (await driver.client.list_resources()).resources}
        names = documents.reference_names()
        assert set(listed) == {"pai-dlc://skill", *(f"pai-dlc://references/{name}" for name in names)}
        assert all(one.description and one.mime_type == "text/markdown" for one in listed.values())
        assert await read(driver, "pai-dlc://skill") == documents.skill()
        for name in names:
            assert await read(driver, f"pai-dlc://references/{name}") == documents.reference(name)


async def test_every_operation_has_a_page_with_its_arguments_risk_and_ram_action(shared_emulator: Emulator) -> None:
    faults = Faults()
    async with driving(shared_emulator) as driver:
        for operation in catalog.operations():
            with faults.of(operation.name):
                page = await read(driver, f"pai-dlc://operations/{operation.action_name}")
                assert f"`{operation.name}`" in page
                assert operation.ram_action in page
                assert f"effect: {operation.effect.value}" in page
                for name in operation.inputs.model_fields:
                    assert f"`{name}`" in page
    faults.end(len(catalog.operations()))


async def test_a_page_shows_nested_fields_bounds_and_who_may_call(shared_emulator: Emulator) -> None:
    async with driving(shared_emulator) as driver:
        page = await read(driver, "pai-dlc://operations/CreateJob")
    lines = page.splitlines()
    at = next(
        number for number, line in enumerate(lines) if line.startswith("- `job_specs` (JobSpecs): list of object")
    )
    inside = [line for line in lines[at + 1 :] if line.startswith("  - `")]
    assert any(line.startswith("  - `PodCount`: integer") for line in inside), inside[:10]
    assert any(line.startswith("    - `") for line in lines), "the fields of ResourceConfig stand below it"
    priority = next(line for line in lines if line.startswith("- `priority`"))
    assert "1–9" in priority


async def test_a_job_is_live(emulator: Emulator, admin: Any) -> None:
    async with driving(emulator) as driver:
        job = await driver.create("live-job")
        uri = f"pai-dlc://jobs/cn-hangzhou/{job}"
        before = await read(driver, uri)
        admin("clock", {"advance_s": 100_000})
        after = await read(driver, uri)
    assert "live-job" in before
    assert "Succeeded" not in before
    assert "Succeeded" in after


@ERAS
@pytest.mark.parametrize(
    "uri",
    [
        "pai-dlc://nothing",
        "pai-dlc://references/no-such-page",
        "pai-dlc://references/../SKILL",
        "pai-dlc://references/%2e%2e%2fSKILL",
        "pai-dlc://operations/NoSuchOperation",
        "pai-dlc://jobs/cn-hangzhou/dlc-no-such-job",
        "pai-dlc://jobs/cn-hangzhou/../x",
        "pai-dlc://jobs/CN/x",
        "file:///etc/passwd",
        "https://example.com/",
    ],
)
async def test_a_resource_that_is_none_is_minus_32602_with_its_uri(emulator: Emulator, mode: str, uri: str) -> None:
    async with driving(emulator, client={"mode": mode}) as driver:
        with pytest.raises(MCPError) as caught:
            await driver.client.read_resource(uri)
    assert caught.value.code == -32602
    assert "Traceback" not in caught.value.message
    assert "/work" not in caught.value.message


async def test_lists_and_documents_may_be_kept_and_jobs_may_not(emulator: Emulator) -> None:
    async with driving(emulator, client={"mode": VERSION_2026}) as driver:
        job = await driver.create("kept")
        session = driver.client.session
        for result in (
            await session.list_tools(),
            await session.list_prompts(),
            await session.list_resources(),
            await session.list_resource_templates(),
            await session.read_resource("pai-dlc://skill"),
        ):
            assert result.ttl_ms == 3_600_000
            assert result.cache_scope == "public"
        live = await session.read_resource(f"pai-dlc://jobs/cn-hangzhou/{job}")
        assert (live.ttl_ms, live.cache_scope) == (0, "private")


async def test_template_arguments_complete_from_what_is_known(emulator: Emulator) -> None:
    async with driving(emulator) as driver:
        await driver.discover()
        jobs = [job["JobId"] for job in (await driver.data("dlc_list_jobs"))["Jobs"]]

        async def values(uri: str, name: str, start: str, **context: str) -> list[str]:
            argument, known = {"name": name, "value": start}, context or None
            found = await driver.client.complete(ResourceTemplateReference(uri=uri), argument, context_arguments=known)
            return list(found.completion.values)

        place = "pai-dlc://jobs/{region}/{job_id}"
        assert await values("pai-dlc://references/{name}", "name", "guard") == ["guards"]
        assert "ListImages" in await values("pai-dlc://operations/{Operation}", "Operation", "list")
        assert await values(place, "region", "cn-hangz") == ["cn-hangzhou"]
        assert set(await values(place, "job_id", "", region="cn-hangzhou")) >= set(jobs)
        assert await values(place, "job_id", "", region="cn-shanghai") == []
        assert await values("pai-dlc://nothing/{x}", "x", "") == []
        by_prompt = await driver.client.complete(
            PromptReference(name="inspect_running_job"), {"name": "job_id", "value": jobs[0][:6]}
        )
        assert jobs[0] in by_prompt.completion.values


async def test_a_completion_never_gives_more_than_a_hundred_values(emulator: Emulator) -> None:
    async with driving(emulator) as driver:
        reference = ResourceTemplateReference(uri="pai-dlc://operations/{Operation}")
        found = (await driver.client.complete(reference, {"name": "Operation", "value": ""})).completion
    assert (len(found.values), found.total, found.has_more) == (100, 170, True)


async def test_every_prompt_names_its_arguments_and_keeps_what_it_is_given(emulator: Emulator) -> None:
    async with driving(emulator) as driver:
        for prompt in (await driver.client.list_prompts()).prompts:
            given = {argument.name: f"<{argument.name}> {{x}}" for argument in prompt.arguments or []}
            got = await driver.client.get_prompt(prompt.name, given)
            content = got.messages[0].content
            assert isinstance(content, TextContent)
            assert all(value in content.text for value in given.values()), content.text
            required = [argument.name for argument in prompt.arguments or [] if argument.required]
            with pytest.raises(MCPError) as caught:
                await driver.client.get_prompt(prompt.name, {})
            assert caught.value.code == -32602
            assert all(name in caught.value.message for name in required)


async def test_an_unknown_prompt_is_minus_32602(emulator: Emulator) -> None:
    async with driving(emulator) as driver:
        with pytest.raises(MCPError) as caught:
            await driver.client.get_prompt("no_such_prompt", {})
    assert caught.value.code == -32602


async def test_of_a_long_name_of_no_resource_two_hundred_characters_are_repeated(emulator: Emulator) -> None:
    uri = "pai-dlc://" + "x" * 300
    async with driving(emulator) as driver:
        with pytest.raises(MCPError) as caught:
            await driver.client.read_resource(uri)
    assert caught.value.message == f"There is no resource {uri[:200]!r}."
    assert caught.value.data == {"uri": uri[:200]}
