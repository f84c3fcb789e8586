"""What is drawn of a training: two losses per epoch, the boundary at some epochs, and readings of digits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pt_kata.plots.failure import Failure

SECONDS = 60.0
CLOSE = 1e-3  # of a loss: floats that were added up in another order differ by less
PASSES = 0.96  # of the digits, as the kata asks

Rows = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Points:
    """The problem that is learned.

    Attributes:
        places: the two coordinates of each point, as make_problem gave them.
        labels: 0 or 1 for each.
        kept_apart: whether split put the point among the validation rows, for each.
        noise: the share of labels that was to be flipped.
    """

    places: Rows = ()
    labels: tuple[float, ...] = ()
    kept_apart: tuple[bool, ...] = ()
    noise: float = 0.0

    @property
    def floor(self) -> float:
        """The lowest mean loss that any model has on ever more new points: the entropy of the flipped labels."""
        shares = [share for share in (self.noise, 1 - self.noise) if share > 0]
        return -sum(share * math.log(share) for share in shares)


@dataclass(frozen=True)
class Boundary:
    """The probability of label 1 over the plane, after so many epochs; a row for each of ``Training.up``."""

    epoch: int
    chances: Rows


@dataclass(frozen=True)
class Training:
    """One run of ``fit``, and what was seen of it from outside.

    Attributes:
        points: what it learns from.
        train: the training losses, as they came back.
        validation: the validation losses, as they came back.
        counted_train: the training losses as counted from outside, every row alike.
        counted_validation: the same for validation.
        across, up: the coordinates of the plane that the boundaries are over.
        boundaries: some epochs, the untrained network first.
        final: the plane after ``fit``, in the network that it left behind; nothing where there is none.
        held: the epoch whose weights that network has; None for those of no epoch.
        is_by_hand: whether the epochs were run one by one, for want of ``fit``.
        problem_failures: why there is no problem to learn, or no model.
        failures: why there are no losses.
    """

    points: Points = Points()
    train: tuple[float, ...] = ()
    validation: tuple[float, ...] = ()
    counted_train: tuple[float, ...] = ()
    counted_validation: tuple[float, ...] = ()
    across: tuple[float, ...] = ()
    up: tuple[float, ...] = ()
    boundaries: tuple[Boundary, ...] = ()
    final: Rows = ()
    held: int | None = None
    is_by_hand: bool = False
    problem_failures: tuple[Failure, ...] = ()
    failures: tuple[Failure, ...] = ()

    @property
    def best(self) -> int:
        """The epoch with the lowest validation loss, the first of several; 0 where no loss is a number."""
        return best(self.validation)

    @property
    def stopped(self) -> int:
        """The epoch after which the training ended."""
        return max(len(self.train), len(self.validation))

    @property
    def every_failure(self) -> tuple[Failure, ...]:
        """All, each once."""
        return tuple(dict.fromkeys((*self.problem_failures, *self.failures)))

    @property
    def differing(self) -> list[str]:
        """Which of the two losses are not those that were counted from outside."""
        pairs = {
            "training": (self.train, self.counted_train),
            "validation": (self.validation, self.counted_validation),
        }
        return [name for name, (said, counted) in pairs.items() if said and counted and _differ(said, counted)]


@dataclass(frozen=True)
class Misread:
    """A digit that was read as another; ``read_as`` is None where the scores are no numbers.

    ``image`` has 64 pixels from 0 to 16; ``sureness`` is the probability of the wrong answer.
    """

    image: tuple[float, ...]
    is_digit: int
    read_as: int | None
    sureness: float = 0.0

    @property
    def text(self) -> str:
        """As it stands below the image."""
        answer = "no answer" if self.read_as is None else f"read as {self.read_as}"
        return f"{answer}, is {self.is_digit}"


@dataclass(frozen=True)
class Digits:
    """What the learner's reader makes of digits that it never saw.

    Attributes:
        confusion: how often each digit (row) was read as which (column).
        misread: all digits that were read wrongly, the surest first.
        failures: why there is nothing.
    """

    confusion: tuple[tuple[int, ...], ...] = ()
    misread: tuple[Misread, ...] = ()
    failures: tuple[Failure, ...] = ()

    @property
    def right(self) -> int:
        """How many were read correctly."""
        return sum(row[digit] for digit, row in enumerate(self.confusion))

    @property
    def total(self) -> int:
        """How many there are."""
        return self.right + len(self.misread)

    @property
    def share(self) -> float:
        """What part of them was read correctly."""
        return self.right / self.total if self.total else 0.0


@dataclass(frozen=True)
class MlpTraining:
    """All that is drawn of the kata."""

    training: Training
    digits: Digits
    notes: tuple[str, ...] = ()


def once(notes: Sequence[str]) -> tuple[str, ...]:
    """The first note of each function on values that are not finite, and all others."""
    first: dict[str, str] = {}
    for note in notes:
        first.setdefault(note.partition(" in ")[0] if " gives " in note else note, note)
    return tuple(first.values())


def best(losses: Sequence[float]) -> int:
    """The number of the epoch with the lowest loss, counted from 1; 0 where no loss is a number."""
    finite = [loss for loss in losses if math.isfinite(loss)]
    return losses.index(min(finite)) + 1 if finite else 0


def spread(last: int, most: int) -> list[int]:
    """At most so many epochs from 0 to ``last``: all at first, when much happens, fewer and fewer later on."""
    if last < most:
        return list(range(last + 1))
    growth = [(last + 1) ** (step / (most - 1)) - 1 for step in range(most)]
    return sorted({round(epoch) for epoch in growth})


def _differ(said: Sequence[float], counted: Sequence[float]) -> bool:
    if len(said) != len(counted):
        return False  # other epochs, which can't be compared
    pairs = [pair for pair in zip(said, counted, strict=True) if any(map(math.isfinite, pair))]
    return any(not math.isclose(*pair, rel_tol=CLOSE, abs_tol=CLOSE) for pair in pairs)
