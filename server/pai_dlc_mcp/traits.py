"""What a declaration says of an operation beside its fields: how its answer is shown, its target, how it is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

UNITS = ("seconds", "minutes", "bytes", "GiB", "pieces", "limit", "rank", "pairs")
"""What the number of a shown field may count: ``limit`` is minutes of which 0 are none, ``rank`` says nothing as 0,
``pairs`` are labels in one line."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The concise view of a list: where the rows are, and the columns a person looks at first."""

    path: str
    columns: tuple[str, ...]
    units: Mapping[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> tuple[str, ...]:
        """The fields that are shown of each."""
        return self.columns


@dataclass(frozen=True, slots=True)
class Card:
    """The concise view of one thing: the fields a person looks at first, in order."""

    fields: tuple[str, ...]
    units: Mapping[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> tuple[str, ...]:
        """The fields that are shown."""
        return self.fields


@dataclass(frozen=True, slots=True)
class Samples:
    """The concise view of a metric over time: the argument that names it; points become figures and curves.

    ``elsewhere`` is the operation that has the samples of what this one does not serve (R62).
    """

    metric: str
    elsewhere: str = ""
    shown: tuple[str, ...] = ()


View = Rows | Card | Samples


def rows(path: str, columns: str) -> Rows:
    """A view of rows; a column is written ``Name``, or ``Name:unit`` where its number counts something."""
    return Rows(path, *_columns(columns))


def card(fields: str) -> Card:
    """A view of one thing; its fields are written as in :func:`rows`."""
    return Card(*_columns(fields))


def _columns(text: str) -> tuple[tuple[str, ...], Mapping[str, str]]:
    pairs = [word.partition(":")[::2] for word in text.split()]
    units = {name: unit for name, unit in pairs if unit}
    if wrong := set(units.values()) - set(UNITS):
        raise ValueError(f"no unit: {', '.join(sorted(wrong))}; one of {', '.join(UNITS)}")
    return tuple(name for name, _ in pairs), units


def samples(metric: str, elsewhere: str = "") -> Samples:
    return Samples(metric, elsewhere)


@dataclass(frozen=True, slots=True)
class Reveals:
    """What an answer of this read teaches the discovery ledger.

    ``path`` leads to the objects (``Images`` for a list, ``""`` for the answer itself), ``key`` is the id that counts
    as seen, ``about`` the fields remembered beside it for suggestions (a name, an id, stock).
    """

    kind: str
    path: str
    key: str
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """The read that shows what an act is about; its path arguments are the act's own.

    ``is_whole`` says that a delete leaves nothing for the read to find; else it takes a part of what the read shows.
    ``id_from`` is the act's argument that holds the id, where it is not named as the read's path argument is.
    """

    reader: str
    is_whole: bool = False
    id_from: str = ""


@dataclass(frozen=True, slots=True)
class Find:
    """How something that was just created is found again by its name (R24, R25).

    ``lister`` answers with ``rows``, each with ``id``; ``name`` is the create's argument, the lister's filter and the
    row's field alike. ``since`` is the lister's argument for a start time, ``own`` asks it for the caller's own only.
    ``is_checked_before`` asks for a look before the create, too (R24).
    """

    lister: str
    rows: str
    id: str
    name: str
    since: str | None = None
    own: bool = False
    is_checked_before: bool = False


@dataclass(frozen=True, slots=True)
class Precondition:
    """What must be so before an act (R48): the service refuses it while the target's status is one of ``refused_in``.

    ``first`` is the operation that leads out of those states, where there is one. ``never`` is an argument and a value
    of it for which the act never works. ``is_for_service``: no caller may use it at all.
    """

    refused_in: tuple[str, ...] = ()
    first: str = ""
    never: tuple[str, str] | None = None
    is_for_service: bool = False


@dataclass(frozen=True, slots=True)
class Sorting:
    """A list that the service refuses to sort: the server reads all of it and sorts (R47).

    ``rows`` is the field of the answer with the rows; ``fields`` leads from a value of ``SortBy`` to a row's field.
    """

    rows: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Lines:
    """A read whose answer is lines that other people wrote (R60, R64).

    ``field`` holds them, ``shown_as`` is what the result calls them, ``count`` is the argument that bounds their number
    and ``default`` that number where the call does not say.
    """

    field: str
    shown_as: str
    count: str
    default: int
