"""What is drawn: slopes of x²y on the plane, the answer of every function at a point, and errors by step."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pt_kata.plots.failure import Failure

CLOSE = 1e-6  # relative: differences in float64 come to 1e-10 or so, a wrong formula never to this
Numbers = tuple[float, ...]


@dataclass(frozen=True)
class Surface:
    """The values of ``value``, a row for each y."""

    xs: Numbers
    ys: Numbers
    values: tuple[Numbers, ...] | Failure


@dataclass(frozen=True)
class Gradients:
    """Slopes (by x, by y) of x²y at points of the plane, by ``partials`` and by torch's autograd."""

    points: tuple[tuple[float, float], ...]
    hand: tuple[tuple[float, float], ...] | Failure
    autograd: tuple[tuple[float, float], ...]

    @property
    def apart(self) -> list[bool]:
        """At which points the two differ."""
        if isinstance(self.hand, Failure):
            return []
        return [not close(mine, truth) for mine, truth in zip(self.hand, self.autograd, strict=True)]


@dataclass(frozen=True)
class Answer:
    """What a function finds for the example, or for one of its own, which ``about`` names."""

    name: str
    found: Numbers | Failure
    right: Numbers
    about: str = ""

    @property
    def is_right(self) -> bool:
        """Whether it is what comes out."""
        return not isinstance(self.found, Failure) and close(self.found, self.right)


@dataclass(frozen=True)
class Errors:
    """How far the slopes of exp by ``central_differences`` are off, in one dtype.

    Attributes:
        errors: for each of the steps the largest relative error of all points.
        own: the step that the function takes if it is given none, and its error.
    """

    dtype: str
    eps: float
    steps: Numbers
    errors: Numbers | Failure
    own: tuple[float, float] | Failure

    @property
    def best(self) -> tuple[float, float] | None:
        """The step with the smallest error, and this error."""
        if isinstance(self.errors, Failure):
            return None
        pairs = [(step, error) for step, error in zip(self.steps, self.errors, strict=True) if math.isfinite(error)]
        return min(pairs, key=lambda pair: pair[1], default=None)


@dataclass(frozen=True)
class Data:
    """The whole picture; ``at`` is the (x, y) of the example."""

    surface: Surface
    gradients: Gradients
    at: tuple[float, float]
    answers: tuple[Answer, ...]
    errors: tuple[Errors, ...]
    notes: tuple[str, ...] = ()


def close(found: Numbers, right: Numbers) -> bool:
    """Whether two rows of numbers are the same, but for what differences leave."""
    pairs = zip(found, right, strict=True)
    return all(math.isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE) for one, other in pairs)


def truncation(step: float) -> float:
    """The relative error of a central difference of exp that comes from the curve: h²/6, for a small h."""
    return step**2 / 6


def rounding(step: float, eps: float) -> float:
    """The most that comes from the rounding of both values, each by at most one unit in the last place: eps/h."""
    return eps / step


def balanced(eps: float) -> float:
    """The step near which both errors are as large."""
    return float(eps ** (1 / 3))
