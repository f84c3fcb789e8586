"""What is drawn: curves, the sums of ReLUs that meet them at the knots, and errors by the number of ReLUs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pt_kata.plots.failure import Failure

CLOSE = 1e-9  # relative to the error of one ReLU: what rounding leaves of it in float64
Numbers = tuple[float, ...]


@dataclass(frozen=True)
class Target:
    """A function on an interval; ``bend`` is the largest absolute value of its second derivative there."""

    name: str
    low: float
    high: float
    bend: float

    def bound(self, relus: float) -> float:
        """What the theorem allows for the error: h²/8 · max|f''|, where h is the width of one interval."""
        return ((self.high - self.low) / relus) ** 2 / 8 * self.bend

    def enough(self, tolerance: float) -> int:
        """A number of ReLUs whose bound is within the tolerance; the error itself may be so with fewer."""
        return math.ceil(math.sqrt(self.bound(1) / tolerance) * (1 - CLOSE))


@dataclass(frozen=True)
class Weights:
    """What ``interpolation_weights`` gives."""

    bias: float
    each: Numbers


@dataclass(frozen=True)
class Fit:
    """A function and the sum of ReLUs that stands for it.

    Attributes:
        xs, ys: points and the values of the function there.
        knots: of all ReLUs, and the end of the last interval.
        hinges: for each ReLU its values at the points, without a weight.
        total: the sum at the points.
    """

    target: Target
    xs: Numbers
    ys: Numbers
    knots: Numbers
    weights: Weights | Failure
    hinges: tuple[Numbers, ...] | Failure
    total: Numbers | Failure

    @property
    def weighted(self) -> tuple[Numbers, ...] | Failure:
        """Each ReLU times its weight, or as it is while there are no weights."""
        if isinstance(self.hinges, Failure) or isinstance(self.weights, Failure):
            return self.hinges
        pairs = zip(self.weights.each, self.hinges, strict=True)
        return tuple(tuple(weight * value for value in hinge) for weight, hinge in pairs)


@dataclass(frozen=True)
class Errors:
    """The largest error for each number of ReLUs.

    Attributes:
        counts: the numbers of ReLUs.
        found: by ``largest_error``.
        right: the same by torch, without ReLUs.
        needed: what ``relus_needed`` says for the tolerance of the picture.
    """

    target: Target
    counts: tuple[int, ...]
    found: Numbers | Failure
    right: Numbers
    needed: int | Failure

    @property
    def wrong(self) -> list[int]:
        """The numbers of ReLUs for which the error is not the right one."""
        if isinstance(self.found, Failure):
            return []
        rows = zip(self.counts, self.found, self.right, strict=True)
        least = CLOSE * self.target.bound(1)
        return [count for count, mine, right in rows if not abs(mine - right) <= least]


@dataclass(frozen=True)
class Data:
    """The whole picture."""

    fits: tuple[Fit, ...]
    errors: tuple[Errors, ...]
    tolerance: float
    notes: tuple[str, ...] = ()
