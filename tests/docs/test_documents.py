"""The documents are up to date, name only what exists, and the check would notice if they did not."""

from __future__ import annotations

import argparse
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from pai_dlc_mcp import documents
from pai_dlc_mcp.commands.skill import install
from pai_dlc_mcp.composites.diagnose.tables import PROGRAM
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.config.sources import settings_from
from pai_dlc_mcp.toolsets import composites

from . import causes, generated, names, tables

SKILL_LINES, SKILL_TOKENS, DESCRIPTION_CHARS = 500, 5_000, 1_024


def test_no_generated_document_is_stale() -> None:
    assert generated.stale() == []


def test_documents_name_only_what_exists() -> None:
    assert names.faults() == []


@pytest.mark.parametrize(
    "span",
    [
        "make wings",
        "pai-dlc-mcp fly",
        "pai-dlc-mcp serve --warp",
        "--warp",
        "PAI_DLC_MCP_WARP",
        "pai:FlyJob",
        "references/flying.md",
        "pai-dlc://references/flying",
        "pai-dlc://operations/FlyJob",
        "fly_high",
        "JobSpecs[].Wings",
    ],
)
def test_a_name_that_does_not_exist_is_noticed(span: str) -> None:
    assert list(names.of_span(span))


HEAD = "# Flying\n\nHow to fly a job from here to there and back.\n\n"


@pytest.mark.parametrize(
    "text",
    [
        "No title.\n",
        "# Flying\n\n| no | sentence |\n",
        HEAD + "line\n" * 200,
        f"{HEAD}As R99 says.\n",
        f"{HEAD}Call dlc_fly_job.\n",
        f"{HEAD}See [there](there.md).\n",
        f"{HEAD}```sh\npai-dlc-mcp serve --warp 9\n```\n",
        f"{HEAD}Like so:\n```json\n{{}}\n```\n",
    ],
)
def test_a_fault_in_a_text_is_noticed(text: str) -> None:
    assert list(names.in_text(Path("references/flying.md"), text))


def test_a_text_without_fault_is_let_pass() -> None:
    text = f"{HEAD}`dlc_get_job` is kept by R67, see [guards](guards.md).\n\n```sh\npai-dlc-mcp doctor\n```\n"
    assert not list(names.in_text(Path("references/flying.md"), text))


@pytest.mark.parametrize("span", ["dlc_get_job", "JobSpecs[].Image", "--read-only", "pai:StopJob", "no_effect"])
def test_a_name_that_exists_is_let_pass(span: str) -> None:
    assert not list(names.of_span(span))


def test_a_changed_table_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tables.SECTIONS, "README.md", {**tables.SECTIONS["README.md"], "presets": lambda: "nothing"})
    assert f"README.md is stale: run '{generated.HOW}'" in generated.stale()


def test_the_table_of_operations_has_all_of_both_products() -> None:
    lines = documents.reference("operations").splitlines()
    listed = [line.split("`")[1] for line in lines if line.startswith(("| `dlc_", "| `aiworkspace_"))]
    operations = [name for name in listed if name not in {tool.name for tool in composites()}]
    dlc = [name for name in operations if name.startswith("dlc_")]
    print(f"{len(operations)}/170 operations documented")
    assert (len(dlc), len(operations), len(set(operations))) == (43, 170, 170)


def test_the_skill_fits_what_agents_load() -> None:
    _, front, body = documents.skill().split("---\n", 2)
    description = front.partition("description: >-\n")[2].partition("\nlicense")[0]
    assert len(" ".join(description.split())) <= DESCRIPTION_CHARS
    assert len(body.splitlines()) < SKILL_LINES
    assert len(body.encode()) / 4 < SKILL_TOKENS


def test_the_skill_installs_into_a_folder_of_its_own_name_with_every_reference(tmp_path: Path) -> None:
    place = install(tmp_path)
    assert f"name: {place.name}\n" in (place / "SKILL.md").read_text(encoding="utf-8")
    installed = sorted(path.stem for path in (place / "references").glob("*.md"))
    assert installed == documents.reference_names()
    assert "guards" in installed


def test_every_reference_opens_with_the_sentence_that_describes_its_resource() -> None:
    for name in documents.reference_names():
        sentence = documents.first_line(documents.reference(name))
        assert sentence.endswith("."), name
        assert 20 < len(sentence) < 200, name


def test_the_wheel_carries_the_documents_where_the_package_looks_for_them() -> None:
    project = tomllib.loads((generated.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    carried = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    inside = "pai_dlc_mcp/_documents"
    assert carried == {"SKILL.md": f"{inside}/SKILL.md", "references": f"{inside}/references"}


def test_the_configuration_file_of_the_installation_page_is_accepted(tmp_path: Path) -> None:
    block = re.search(r"^```toml\n(.*?)^```$", documents.reference("installation"), re.M | re.S)
    assert block is not None
    file = tmp_path / "pai.toml"
    given = tomllib.loads(block[1])
    # Only the folders of its files are others: not everybody may write to those that an operator chooses.
    text = block[1]
    for place in {value for value in given.values() if isinstance(value, str) and value.startswith("/")}:
        text = text.replace(f'"{place}"', f'"{tmp_path / Path(place).name}"')
    file.write_text(text, encoding="utf-8")
    settings = settings_from(argparse.Namespace(config=str(file)), {})
    assert {key.replace("-", "_") for key in given} <= set(Settings.model_fields)
    assert (settings.region, settings.confirm_by) == (given["region"], given["confirm-by"])


def test_the_reference_of_causes_has_every_code_that_an_answer_may_bear() -> None:
    listed = set(re.findall(r"^\| `([a-z_]+)` \|", documents.reference("causes"), re.M))
    assert listed >= causes.codes()


def test_the_reference_of_causes_is_what_the_tables_say_and_stale_with_another_form(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path, (first, *rest) = "references/causes.md", PROGRAM.causes
    assert generated.filled(path) == f"{documents.reference('causes')}"
    monkeypatch.setattr(PROGRAM, "causes", (replace(first, forms=(*first.forms, "a new form")), *rest))
    assert generated.filled(path) != documents.reference("causes")
