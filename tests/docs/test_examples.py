"""Every JSON example of the documents is a call that ends as the document says, in front of the emulator."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from end_to_end.driving import driving
from pai_dlc_emulator.server import Emulator

from . import examples, names
from .generated import ROOT
from .scene import Scene


def with_examples() -> list[Path]:
    texts = {path: (ROOT / path).read_text(encoding="utf-8") for path in names.documents() if (ROOT / path).is_file()}
    return [path for path, text in texts.items() if any(examples.of(text))]


@pytest.mark.parametrize("path", with_examples(), ids=str)
async def test_the_examples_of_a_document_end_as_it_says(
    path: Path, emulator: Emulator, admin: Callable[..., Any]
) -> None:
    async with driving(emulator, toolsets=("all",)) as driver:
        scene = Scene(driver, admin)
        for example in examples.of((ROOT / path).read_text(encoding="utf-8")):
            answer = await scene.run(example)
            ended = "done" if answer["ok"] else answer["error"]["code"]
            assert ended == (example.code or "done"), f"{example.tool} {example.body}: {answer}"


def test_an_example_that_the_guards_would_refuse_is_noticed() -> None:
    text = 'It works so.\n\n`dlc_stop_job` (`no_effect`):\n```json\n{"job_id": "<job_id>"}\n```\n'
    assert [(one.tool, one.code) for one in examples.of(text)] == [("dlc_stop_job", "no_effect")]
    assert list(examples.misplaced("Like so:\n```json\n{}\n```\n")) == [
        "no line names the tool of the JSON block '{}\\n'"
    ]
    assert list(examples.misplaced("`a`:\n```json\n{'x': 1}\n```\n")) == ["a JSON block is not JSON: \"{'x': 1}\\n\""]
