"""The ten questions of ``questions.xml``, answered with calls and nothing else: proof that each answer can be found.

The file has the format of Anthropic's MCP builder evaluation; the world is the emulator's default seed, so
``pai-dlc-mcp serve --emulator`` is the server to ask.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from .variants import Connection

FILE = Path(__file__).with_name("questions.xml")
Answering = Callable[[Connection], Awaitable[str]]


def pairs() -> list[tuple[str, str]]:
    """Question and answer, in the order of the file."""
    root = ElementTree.parse(FILE).getroot()
    return [(pair.findtext("question", ""), pair.findtext("answer", "")) for pair in root.iter("qa_pair")]


async def read(connection: Connection, tool: str, **arguments: Any) -> Mapping[str, Any]:
    entry = await connection.call(tool, arguments)
    if not entry.ok:
        raise LookupError(entry.text)
    return entry.data


async def workspace(connection: Connection, fits: Callable[[Mapping[str, Any]], bool]) -> str:
    listed = await read(connection, "aiworkspace_list_workspaces")
    return str(next(one for one in listed["Workspaces"] if fits(one))["WorkspaceId"])


async def biggest_single(connection: Connection) -> str:
    listed = await read(connection, "dlc_list_ecs_specs", accelerator_type="GPU", page_size=50)
    fitting = [spec for spec in listed["EcsSpecs"] if spec["IsAvailable"] and spec["Gpu"] == 1]
    return str(max(fitting, key=lambda spec: float(str(spec["Memory"]).split()[0]))["InstanceType"])


async def biggest_quota(connection: Connection) -> str:
    rows = (await read(connection, "dlc_quota_status"))["quotas"]
    return str(max(rows, key=lambda row: int(row["total"].split(" GPU")[0]))["GPUType"])


async def nightly_job(connection: Connection) -> str:
    listed = await read(connection, "aiworkspace_list_resources", option="ListResource", page_size=50, view="full")
    quotas = [quota for resource in listed["Resources"] for quota in resource["Quotas"]]
    quota = next(one for one in quotas if "nightly" in one["DisplayName"])
    jobs = await read(connection, "dlc_list_jobs", resource_id=quota["Id"], status="Running")
    return str(jobs["Jobs"][0]["DisplayName"])


async def failed_job(connection: Connection, user: str) -> Mapping[str, Any]:
    jobs = await read(connection, "dlc_list_jobs", username=user, status="Failed")
    return await read(connection, "dlc_diagnose_job", job_id=jobs["Jobs"][0]["JobId"])


async def missing_module(connection: Connection) -> str:
    found = await failed_job(connection, "bob")
    return str(re.findall(r"No module named '([^']+)'", str(found["untrusted_evidence"]))[0])


async def exit_code(connection: Connection) -> str:
    found = await failed_job(connection, "alice")
    return str(re.findall(r"exit code (\d+)", str(found["summary"]))[0])


async def storage_of_pages(connection: Connection) -> str:
    home = await workspace(connection, lambda one: "LLM" in one["DisplayName"])
    listed = await read(connection, "aiworkspace_list_datasets", workspace_id=home, view="full")
    return str(next(one for one in listed["Datasets"] if "pages" in one["Description"])["DataSourceType"])


async def pinned_commit(connection: Connection) -> str:
    home = await workspace(connection, lambda one: "Vision" in one["DisplayName"])
    listed = await read(connection, "aiworkspace_list_code_sources", workspace_id=home)
    return str(listed["CodeSources"][0]["CodeCommit"])


async def seconds_of_success(connection: Connection) -> str:
    jobs = await read(
        connection, "dlc_list_jobs", status="Succeeded", sort_by="GmtCreateTime", order="desc", view="full"
    )
    return str(jobs["Jobs"][0]["Duration"])


async def processor_images(connection: Connection) -> str:
    await read(connection, "aiworkspace_list_image_labels")
    listed = await read(connection, "aiworkspace_list_images", labels="system.chipType=CPU,system.official=true")
    return str(listed["TotalCount"])


async def followed_branch(connection: Connection) -> str:
    jobs = await read(connection, "dlc_list_jobs", username="bob", view="full")
    bob = jobs["Jobs"][0]["UserId"]
    home = await workspace(connection, lambda one: one["Creator"] == bob)
    listed = await read(connection, "aiworkspace_list_code_sources", workspace_id=home)
    return str(listed["CodeSources"][0]["CodeBranch"])


ANSWERING: tuple[Answering, ...] = (
    biggest_single,
    biggest_quota,
    nightly_job,
    missing_module,
    exit_code,
    storage_of_pages,
    pinned_commit,
    seconds_of_success,
    processor_images,
    followed_branch,
)
"""In the order of the file."""
