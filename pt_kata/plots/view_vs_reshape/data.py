"""What the picture of views and copies shows."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from pt_kata.plots.failure import Failure

PLACES = 18  # of the storage; the number at each is the place itself
SOME, BEFORE = 5, 2  # numbers that tell an order, and how many of them may be right
Index = tuple[int, ...]


@dataclass(frozen=True)
class Walk:
    """A tensor: how it walks over a storage, and what it reads.

    Attributes:
        is_view: whether the storage is that of the 18 numbers.
        numbers: what it reads, row by row.
    """

    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int
    is_view: bool
    numbers: tuple[float, ...]

    @property
    def indices(self) -> tuple[Index, ...]:
        """Every index, row by row."""
        return tuple(product(*map(range, self.sizes)))

    def place(self, index: Index) -> int:
        """Where an element stands in the storage."""
        return self.offset + sum(one * stride for one, stride in zip(index, self.strides, strict=True))

    @property
    def readers(self) -> dict[int, list[Index]]:
        """The indices that read each place, lowest place first."""
        found: dict[int, list[Index]] = {}
        for index in self.indices:
            found.setdefault(self.place(index), []).append(index)
        return dict(sorted(found.items()))

    @property
    def cells(self) -> dict[int, int]:
        """Where each place is drawn: a view over the 18 numbers, the places of a copy side by side."""
        return {place: place if self.is_view else rank for rank, place in enumerate(self.readers)}

    @property
    def stored(self) -> tuple[float, ...]:
        """The numbers that it reads, in the order in which they lie in the storage."""
        by_place = dict(zip(map(self.place, self.indices), self.numbers, strict=True))
        return tuple(by_place[place] for place in sorted(by_place))

    @property
    def overlaps(self) -> bool:
        """Whether a place is read more than once."""
        return len(self.readers) < len(self.indices)

    def step(self, axis: int) -> tuple[int, int] | None:
        """The places of the first element and of the next one along an axis, None where nobody takes a step."""
        if self.sizes[axis] < 2:
            return None
        return self.offset, self.offset + self.strides[axis]


@dataclass(frozen=True)
class Refusal:
    """A RuntimeError where there is no view."""


@dataclass(frozen=True)
class Band:
    """One call.

    Attributes:
        call: what was called with what.
        found: what came back.
        wanted: torch's own answer, None where there is no view and a view was asked for.
        why: the reason for that.
    """

    call: str
    found: Walk | Refusal | Failure
    wanted: Walk | None
    why: str = ""

    @property
    def fault(self) -> str:
        """What is wrong with the answer, in a few words; nothing for a right one."""
        if not isinstance(self.found, Walk):
            return ""
        if not self.wanted:
            return f"a {'view' if self.found.is_view else 'copy'}, where there is no view and an error was asked for"
        faults = []
        if self.found.is_view != self.wanted.is_view:
            faults.append(
                "a copy, though there is a view" if self.wanted.is_view else "a view: writing to it changes the input"
            )
        if self.found.numbers != self.wanted.numbers:
            faults.append(_difference(self.found.numbers, self.wanted.numbers))
        return "; ".join(faults)


def _difference(found: tuple[float, ...], wanted: tuple[float, ...]) -> str:
    """Some numbers of both, from a little before the first that differs."""
    first = next(place for place, pair in enumerate(zip(found, wanted, strict=True)) if pair[0] != pair[1])
    start = max(0, first - BEFORE)
    some, others = (" ".join(f"{number:g}" for number in numbers[start : start + SOME]) for numbers in (found, wanted))
    dots = "… " if start else ""
    return f"reads {dots}{some} …, wanted {dots}{others} …"


@dataclass(frozen=True)
class Answer:
    """What a function says, beside what torch says, both as Python writes them."""

    question: str
    found: str | Failure
    truth: str

    @property
    def is_wrong(self) -> bool:
        """Whether it says something else."""
        return not isinstance(self.found, Failure) and self.found != self.truth


@dataclass(frozen=True)
class Data:
    """All of it."""

    bands: tuple[Band, ...]
    answers: tuple[Answer, ...]
    notes: tuple[str, ...] = ()
