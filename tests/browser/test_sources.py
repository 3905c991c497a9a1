"""The page's source, read without Node: its words follow the package, its lock records no address."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pai_dlc_mcp.api.catalog import operations
from pai_dlc_mcp.composites.diagnose import (
    causes_code,
    causes_network,
    causes_platform,
    causes_resources,
    causes_setup,
)
from pai_dlc_mcp.composites.diagnose.causes import Cause
from pai_dlc_mcp.guards.confirmation import job_preview
from pai_dlc_mcp.guards.confirmation.snapshot import SHOWN

WEB = Path(__file__).parents[2] / "server/pai_dlc_mcp/web"
DIAGNOSE = Path(causes_code.__file__).parent


def test_every_cause_of_a_diagnosis_has_its_words_in_both_languages() -> None:
    words = json.loads((WEB / "src/i18n/causes.json").read_text())
    modules = (causes_code, causes_network, causes_platform, causes_resources, causes_setup)
    tables = [value for module in modules for value in vars(module).values() if isinstance(value, tuple)]
    codes = {cause.code for table in tables for cause in table if isinstance(cause, Cause)}
    sources = "\n".join(path.read_text() for path in DIAGNOSE.glob("*.py"))
    codes |= set(re.findall(r'Verdict\(\s*"(\w+)"', sources)) | set(re.findall(r'_stuck\(\w+, \w+, "(\w+)"', sources))
    assert len(codes) > 100
    assert codes - words.keys() == set()


def test_the_lock_records_no_address() -> None:
    lock = (WEB / "package-lock.json").read_text()
    assert "://" not in lock
    assert all("integrity" in package for path, package in json.loads(lock)["packages"].items() if path)


def test_the_page_names_no_address_outside() -> None:
    """Nothing is fetched from elsewhere, neither scripts nor styles nor pictures; the name of SVG is no address."""
    sources = [path for path in (WEB / "src").rglob("*") if path.suffix in {".ts", ".tsx", ".css", ".json", ".svg"}]
    found = {
        (path.name, address)
        for path in [*sources, WEB / "index.html"]
        for address in re.findall(r"(?:https?:)?//[\w-]+\.[\w.-]+", path.read_text())
        if address != "http://www.w3.org"
    }
    assert len(sources) > 20
    assert found == set()


def test_the_page_never_makes_markup_of_text() -> None:
    for path in (WEB / "src").rglob("*.ts*"):
        assert not re.search(
            r"dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function",
            path.read_text(),
        ), path


@pytest.mark.skipif(not (WEB / "dist/index.html").is_file(), reason="the page is not built: make web")
def test_the_built_page_carries_the_licences_of_all_that_is_bundled() -> None:
    package = json.loads((WEB / "package.json").read_text(encoding="utf-8"))
    text = (WEB / "dist/LICENSES.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^## (\S+) - ", text, re.MULTILINE)) == set(package["dependencies"])
    assert text.count("Permission is hereby granted") == len(package["dependencies"])


def test_what_a_preview_names_and_what_an_act_loses_has_its_words_in_both_languages() -> None:
    """The names of facts are keys of the dictionaries; our own sentences are forms of the phrases."""
    names = set(SHOWN.values()) | set(
        re.findall(r'^ {8}"(\w+)": ', Path(job_preview.__file__).read_text(), re.MULTILINE)
    )
    assert len(names) > 20
    for language in ("en", "zh"):
        words = json.loads((WEB / f"src/i18n/{language}.json").read_text(encoding="utf-8"))
        assert {f"preview.{name}" for name in names} - words.keys() == set()
    phrases = (WEB / "src/i18n/phrases.ts").read_text(encoding="utf-8")
    lost = {one.lost for one in operations() if one.lost}
    assert len(lost) > 5
    assert [text for text in lost if f"/^{text}$/" not in phrases] == []
