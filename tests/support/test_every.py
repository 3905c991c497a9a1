"""The cases of one test: each is run, and what fails is named."""

from __future__ import annotations

import pytest

from support.every import for_every


def test_every_case_is_run_and_those_that_fail_are_named() -> None:
    seen = list[int]()

    @for_every("number", [1, 2, 3, 4], lambda number: f"case {number}")
    def check(number: int, least: int) -> None:
        seen.append(number)
        assert number >= least

    check(least=0)
    with pytest.raises(ExceptionGroup, match="2 of 4 cases fail: case 1, case 2"):
        check(least=3)
    assert seen == [1, 2, 3, 4] * 2


async def test_cases_are_awaited_one_after_the_other_and_no_case_is_a_fault() -> None:
    @for_every("number", [1, 2])
    async def check(number: int) -> None:
        assert number == 1

    with pytest.raises(ExceptionGroup, match="1 of 2 cases fail: 2"):
        await check()
    with pytest.raises(AssertionError, match="no case"):
        for_every("number", [])(lambda number: None)()


@for_every("case", ["a", "b"])
def test_other_arguments_stay_fixtures(case: str, tmp_path: object) -> None:
    assert case in "ab"
    assert tmp_path
