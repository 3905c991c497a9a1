"""The skills extension (SEP-2640) on both transports and in both eras: listed, read, and worth the digests."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pai_dlc_mcp import documents
from pai_dlc_mcp.protocol import skills

from .over_http import Http
from .processes import VERSION_2025, envelope, http_server, process

Ask = Callable[[str, dict[str, Any]], dict[str, Any]]


@pytest.fixture(scope="module", params=["http-modern", "http-legacy", "stdio-modern", "stdio-legacy"])
def ask(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """One request to a real server, over one transport in one era; the whole answer."""
    transport, _, era = request.param.partition("-")
    home = tmp_path_factory.mktemp("skills")
    if transport == "http":
        with http_server("--emulator", home=home) as url, Http(url) as client:
            if era == "legacy":
                client.greet()
            yield client.legacy if era == "legacy" else client.modern
    else:
        yield from _over_stdio(home, is_legacy=era == "legacy")


def _over_stdio(home: Path, *, is_legacy: bool) -> Iterator[Ask]:
    with process("serve", "--emulator", home=home) as made:
        assert made.stdin is not None
        assert made.stdout is not None
        pipe_in, pipe_out = made.stdin, made.stdout

        def ask(method: str, params: dict[str, Any]) -> dict[str, Any]:
            given = params if is_legacy else {**params, "_meta": envelope()}
            pipe_in.write(json.dumps({"jsonrpc": "2.0", "id": 7, "method": method, "params": given}) + "\n")
            pipe_in.flush()
            while (answer := json.loads(pipe_out.readline())).get("id") != 7:
                pass
            return dict(answer)

        if is_legacy:
            client = {"name": "tests", "version": "1"}
            ask("initialize", {"protocolVersion": VERSION_2025, "capabilities": {}, "clientInfo": client})
            pipe_in.write(json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}) + "\n")
        yield ask


def test_the_skill_is_listed_with_every_file_and_each_is_read_as_its_digest_says(ask: Ask) -> None:
    result = ask("skills/list", {})["result"]
    assert (result["ttlMs"] > 0, result["cacheScope"]) == (True, "public")
    (skill,) = result["skills"]
    root = skill["uri"].removesuffix("/SKILL.md")
    assert root.rpartition("/")[2] == skill["frontmatter"]["name"]
    names = {"SKILL.md", *(f"references/{name}.md" for name in documents.reference_names())}
    assert [one["uri"] for one in skill["resources"]].count(skill["uri"]) == 1
    assert {one["uri"] for one in skill["resources"]} == {f"{root}/{name}" for name in names}
    for one in skill["resources"]:
        (content,) = ask("resources/read", {"uri": one["uri"]})["result"]["contents"]
        served = content["text"].encode()
        assert (content["mimeType"], len(served)) == ("text/markdown", one["size"])
        assert one["digest"] == f"sha256:{hashlib.sha256(served).hexdigest()}"
    assert ask("skills/get", {"uri": skill["uri"]})["result"]["skill"] == skill


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("skills/get", {"uri": "skill://nothing/SKILL.md"}),
        ("skills/get", {"uri": "pai-dlc://skill"}),
        ("skills/get", {}),
        ("skills/list", {"cursor": "second"}),
        ("resources/read", {"uri": "skill://alibabacloud-pai-dlc/references/../../pyproject.toml"}),
        ("resources/read", {"uri": "skill://alibabacloud-pai-dlc"}),
    ],
)
def test_what_is_no_skill_or_no_file_of_it_is_an_error_of_the_protocol(
    ask: Ask, method: str, params: dict[str, Any]
) -> None:
    assert ask(method, params)["error"]["code"] == -32602


def test_the_extension_is_declared_where_the_protocol_has_a_place_for_it(tmp_path: Path) -> None:
    with http_server("--emulator", home=tmp_path) as url, Http(url) as client:
        capabilities = client.modern("server/discover")["result"]["capabilities"]
        assert capabilities["extensions"][skills.EXTENSION] == {}
        assert "resources" in capabilities


def test_the_front_matter_is_what_a_reader_of_yaml_finds() -> None:
    text = documents.skill()
    found = re.match(r"\A---\n(.*?)\n---\n", text, flags=re.S)
    assert found is not None
    assert skills.front_matter(text) == yaml.safe_load(found[1])


@pytest.mark.parametrize("text", ["# no front matter", "---\nname: [a, b\n  - x\nother\n---\n", "---\n- a\n---\n"])
def test_front_matter_of_another_kind_is_not_guessed_at(text: str) -> None:
    with pytest.raises(ValueError, match="front matter"):
        skills.front_matter(text)


def test_the_skill_stays_within_what_every_client_accepts() -> None:
    files = skills.skill()["resources"]
    assert len(files) <= 512
    assert sum(one["size"] for one in files) <= 16 * 1024 * 1024
