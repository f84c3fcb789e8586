"""What is drawn: the paths of three update rules over a valley, and the tables of two fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pt_kata.plots.failure import Failure

STEEP = 40.0  # times steeper across the valley than along it
Point = tuple[float, float]
Numbers = tuple[float, ...]


def valley(along: Any, across: Any) -> Any:
    """The loss whose surface is an elongated valley with its lowest place at (0, 0)."""
    return (along * along + STEEP * across * across) / 2


@dataclass(frozen=True)
class Descent:
    """The way of one update rule down the valley.

    Attributes:
        name: the function or class.
        words: what it is, with its settings.
        path: the start, and where each step led; it ends where the rule failed.
        truth: the path by the formula.
    """

    name: str
    words: str
    path: tuple[Point, ...]
    truth: tuple[Point, ...]
    failure: Failure | None

    @property
    def losses(self) -> list[float]:
        """The height of each point of the path."""
        return [float(valley(*point)) for point in self.path]

    @property
    def true_losses(self) -> list[float]:
        """The same by the formula."""
        return [float(valley(*point)) for point in self.truth]


@dataclass(frozen=True)
class Row:
    """One step: what stood in the parameters before it, and in their ``.grad``; None where there was nothing."""

    step: int
    loss: float | None
    params: Numbers
    gradients: tuple[float | None, ...]

    @property
    def cells(self) -> list[float | None]:
        """The row of a table with the columns of ``Fit.columns``."""
        pairs = zip(self.params, self.gradients, strict=True)
        return [self.step, self.loss, *(value for pair in pairs for value in pair)]


@dataclass(frozen=True)
class Fit:
    """One run of ``fit_line``.

    Attributes:
        optimizer: the optimizer, with its settings.
        names: those of the parameters.
        steps: how many were wanted.
        rows: a row for each step, and one for what came out.
        right: the parameters with the least loss there is.
        blur: about how large the weight of an input of noise is at the end; 0 where there is none.
        failures: why there are no more rows.
    """

    optimizer: str
    names: tuple[str, ...]
    steps: int
    rows: tuple[Row, ...]
    right: Numbers
    blur: float
    failures: tuple[Failure, ...]

    @property
    def columns(self) -> list[str]:
        """The head of the table: step, loss, then each parameter and its gradient."""
        return ["step", "loss", *(column for name in self.names for column in (name, f"{name}.grad"))]

    def curve(self, name: str) -> Numbers:
        """The values of one parameter, step by step."""
        place = self.names.index(name)
        return tuple(row.params[place] for row in self.rows)


@dataclass(frozen=True)
class Data:
    """The whole picture; ``points`` are those that the line is fitted to."""

    descents: tuple[Descent, ...]
    points: tuple[Point, ...]
    line: Fit
    noise: Fit
    notes: tuple[str, ...] = ()
