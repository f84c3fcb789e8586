"""What the picture of broadcasting shows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import zip_longest

from pt_kata.plots.failure import Failure

Shape = tuple[int, ...]
Cells = tuple[tuple[float, ...], ...]
NEAR = 1e-4  # of a value: as close as a float32 comes in these few steps


@dataclass(frozen=True)
class Axis:
    """Two sizes that meet; None where a shape has no such axis.

    Attributes:
        number: counted from the right, -1 is the last.
    """

    number: int
    first: int | None
    second: int | None

    @property
    def sizes(self) -> tuple[int, int]:
        """Both, with 1 for an axis that is missing."""
        return (1 if self.first is None else self.first), (1 if self.second is None else self.second)

    @property
    def clashes(self) -> bool:
        """Whether the sizes don't fit."""
        return self.sizes[0] != self.sizes[1] and 1 not in self.sizes

    @property
    def size(self) -> int | None:
        """That of the result, None where the sizes clash."""
        first, second = self.sizes
        return None if self.clashes else second if first == 1 else first

    @property
    def stretched(self) -> tuple[bool, bool]:
        """Which of the two is read again for every index of the other."""
        first, second = self.sizes
        return first == 1 != second, second == 1 != first

    @property
    def clash(self) -> str:
        """The words that an error has for it."""
        return f"axis {self.number}: {self.sizes[0]} against {self.sizes[1]}"


@dataclass(frozen=True)
class Refusal:
    """A ValueError, and what it says."""

    message: str


@dataclass(frozen=True)
class Rule:
    """Two shapes, and what ``broadcast_shape`` and torch make of them.

    Attributes:
        found: what the function returned or raised.
        truth: torch's shape, None where torch refuses.
    """

    first: Shape
    second: Shape
    found: Shape | Refusal | Failure
    truth: Shape | None

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The sizes as they meet, the leftmost axis first."""
        pairs = zip_longest(reversed(self.first), reversed(self.second))
        return tuple(Axis(-number, *pair) for number, pair in enumerate(pairs, 1))[::-1]

    @property
    def unnamed(self) -> tuple[str, ...]:
        """The clashes that a refusal does not name."""
        message = self.found.message if isinstance(self.found, Refusal) else ""
        return tuple(axis.clash for axis in self.axes if axis.clashes and axis.clash not in message)

    @property
    def agrees(self) -> bool:
        """Whether the function says what torch says."""
        if isinstance(self.found, Refusal):
            return self.truth is None and not self.unnamed
        return self.found == self.truth


@dataclass(frozen=True)
class Table:
    """What a function returned, as rows of numbers, beside what it should be.

    Attributes:
        input: what it was called with, in short.
    """

    name: str
    input: str
    found: Cells | Failure
    truth: Cells

    @property
    def wrong(self) -> frozenset[tuple[int, int]]:
        """The rows and columns of the numbers that differ."""
        if isinstance(self.found, Failure):
            return frozenset()
        pairs = (zip(found, truth, strict=True) for found, truth in zip(self.found, self.truth, strict=True))
        return frozenset(
            (row, column)
            for row, line in enumerate(pairs)
            for column, (found, truth) in enumerate(line)
            if not math.isclose(found, truth, rel_tol=NEAR, abs_tol=NEAR)
        )


@dataclass(frozen=True)
class Sum:
    """Two tensors of at most two axes, and their sum.

    Attributes:
        first, second: the numbers, a row for each index of the first axis.
        shapes: theirs, as they were asked for.
        table: the learner's sum, or torch's where no function of the kata adds tensors of these shapes.
        is_yours: whether it is the learner's.
    """

    shapes: tuple[Shape, Shape]
    first: Cells
    second: Cells
    table: Table
    is_yours: bool


@dataclass(frozen=True)
class Loss:
    """The loss, and the pairs that it may be a mean over.

    Attributes:
        found: what the learner's function returned.
    """

    predictions: tuple[float, ...]
    targets: tuple[float, ...]
    found: float | Failure

    @property
    def squares(self) -> Cells:
        """Every prediction against every target: what (n, 1) minus (n,) makes."""
        return tuple(tuple((one - other) ** 2 for other in self.targets) for one in self.predictions)

    @property
    def own(self) -> float:
        """The mean over each prediction and its own target."""
        return sum(row[place] for place, row in enumerate(self.squares)) / len(self.targets)

    @property
    def every(self) -> float:
        """The mean over all pairs."""
        return sum(sum(row) for row in self.squares) / len(self.targets) ** 2

    @property
    def verdict(self) -> str:
        """Which of the two the learner's number is."""
        if isinstance(self.found, Failure):
            return ""
        means = {"its own target": self.own, "every target": self.every}
        return next((name for name, mean in means.items() if math.isclose(self.found, mean, rel_tol=NEAR)), "neither")


@dataclass(frozen=True)
class Data:
    """All of it; ``tables`` are of the other functions."""

    rule: Rule
    sum: Sum
    loss: Loss
    tables: tuple[Table, ...]
    notes: tuple[str, ...] = ()
