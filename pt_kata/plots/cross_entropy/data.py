"""What is drawn: losses by logit in three dtypes, the gradient of a batch, and every function at logits far apart."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby

from pt_kata.plots.failure import Failure

CLOSE = 1e-5  # relative to 1 or to the number: what rounding leaves in float32
ROUNDINGS = 4  # of a loss in its dtype, each relative to 1 + |z|
Numbers = tuple[float, ...]
Rows = tuple[Numbers, ...]


@dataclass(frozen=True)
class Gap:
    """Neighbouring logits for which a loss is not a number that can be drawn; ``kind`` is NaN, inf or -inf."""

    kind: str
    first: float
    last: float


@dataclass(frozen=True)
class Curve:
    """The loss of the logits (z, 0) in one dtype, where the class of z is right.

    Attributes:
        zs: the logits, as the dtype holds them.
        truth: by torch in float64.
        naive: softmax, then log.
        yours: by ``cross_entropy``.
    """

    dtype: str
    eps: float
    zs: Numbers
    truth: Numbers
    naive: Numbers | Failure
    yours: Numbers | Failure

    @property
    def wrong(self) -> Numbers:
        """The logits for which the learner's loss is another one than the truth, or none at all."""
        if isinstance(self.yours, Failure):
            return ()
        rows = zip(self.zs, self.truth, self.yours, strict=True)
        return tuple(z for z, right, mine in rows if not abs(mine - right) <= self.rounding(z))

    def rounding(self, z: float) -> float:
        """What a few roundings to the dtype leave of a loss; no less than a logit is apart from its neighbours."""
        return ROUNDINGS * self.eps * (1 + abs(z))


@dataclass(frozen=True)
class Difference:
    """The largest difference of a gradient to ``cross_entropy_gradient``; ``name`` is the function that has it."""

    name: str
    words: str
    largest: float | Failure


@dataclass(frozen=True)
class Gradient:
    """A batch and the gradient of its mean loss.

    Attributes:
        about: a few words on each row of logits.
        found: by ``cross_entropy_gradient``.
        right: by autograd, of torch's function.
        differences: to the gradients that autograd finds.
    """

    logits: Rows
    targets: tuple[int, ...]
    about: tuple[str, ...]
    found: Rows | Failure
    right: Rows
    differences: tuple[Difference, ...]

    @property
    def wrong(self) -> list[tuple[int, int]]:
        """Row and column of each number that is another one than the right one."""
        if isinstance(self.found, Failure):
            return []
        places = [(row, column) for row, each in enumerate(self.right) for column in range(len(each))]
        return [(row, at) for row, at in places if not is_close(self.found[row][at], self.right[row][at])]

    @property
    def sums(self) -> Numbers:
        """Of each row."""
        return () if isinstance(self.found, Failure) else tuple(sum(row) for row in self.found)


@dataclass(frozen=True)
class Answer:
    """What a function finds, and what torch's does; ``about`` is what is asked of it."""

    name: str
    about: str
    found: Numbers | Failure
    right: Numbers

    @property
    def is_right(self) -> bool:
        """Whether both are the same."""
        if isinstance(self.found, Failure):
            return False
        return all(is_close(mine, right) for mine, right in zip(self.found, self.right, strict=True))


@dataclass(frozen=True)
class Data:
    """The whole picture."""

    curves: tuple[Curve, ...]
    gradient: Gradient
    answers: tuple[Answer, ...]
    notes: tuple[str, ...] = ()


def is_close(found: float, right: float) -> bool:
    """Whether two numbers are the same, but for what rounding leaves."""
    return math.isclose(found, right, rel_tol=CLOSE, abs_tol=CLOSE)


def gaps(zs: Numbers, losses: Numbers) -> tuple[Gap, ...]:
    """Where a loss is not finite, from left to right."""
    found = []
    for kind, run in groupby(zip(zs, losses, strict=True), key=lambda pair: kind_of(pair[1])):
        within = [z for z, _ in run]
        found += [Gap(kind, within[0], within[-1])] if kind else []
    return tuple(found)


def kind_of(number: float) -> str:
    """NaN, inf or -inf, and nothing for what is finite."""
    if math.isnan(number):
        return "NaN"
    return "" if math.isfinite(number) else "inf" if number > 0 else "-inf"
