"""One test for all cases of a long list, where thousands of tests would take longer to collect than to run."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

Test = Callable[..., Any]


class Faults:
    """Which cases failed, each with its name as a note of its exception."""

    def __init__(self) -> None:
        self.found: list[Exception] = []

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        try:
            yield
        except Exception as fault:  # noqa: BLE001 - raised at the end, with those of the other cases
            fault.add_note(f"at {name}")
            self.found.append(fault)

    def end(self, cases: int) -> None:
        """Raises ``ExceptionGroup`` where a case failed."""
        assert cases, "there is no case"
        if self.found:
            names = ", ".join(fault.__notes__[-1].removeprefix("at ") for fault in self.found)
            raise ExceptionGroup(f"{len(self.found)} of {cases} cases fail: {names}", self.found)


def for_every(argument: str, cases: Collection[Any], name: Callable[[Any], str] = str) -> Callable[[Test], Test]:
    """The test is called with each case under ``argument``; the other arguments stay fixtures, shared by the cases.

    For cases that take a few milliseconds, where as many tests would cost more to collect and report than to run.
    """

    def decorate(function: Test) -> Test:
        if inspect.iscoroutinefunction(function):

            async def of_all_awaited(**fixtures: Any) -> None:
                faults = Faults()
                for case in cases:
                    with faults.of(name(case)):
                        await function(**fixtures, **{argument: case})
                faults.end(len(cases))

            return _as(of_all_awaited, function, argument)

        def of_all(**fixtures: Any) -> None:
            faults = Faults()
            for case in cases:
                with faults.of(name(case)):
                    function(**fixtures, **{argument: case})
            faults.end(len(cases))

        return _as(of_all, function, argument)

    return decorate


def _as(test: Test, function: Test, argument: str) -> Test:
    """pytest sees the function's own name, place and fixtures."""
    signature = inspect.signature(function)
    kept = [one for one in signature.parameters.values() if one.name != argument]
    test.__name__, test.__qualname__, test.__doc__ = function.__name__, function.__qualname__, function.__doc__
    test.__module__ = function.__module__
    test.__dict__["pytestmark"] = list(getattr(function, "pytestmark", []))
    test.__dict__["__signature__"] = signature.replace(parameters=kept)
    return test
