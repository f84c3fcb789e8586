"""What a model with given weights says of every place in the plane, and of rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from pt_kata.plots.code import Code
from pt_kata.plots.failure import Failure
from pt_kata.plots.mlp_training.data import Boundary, Points, Rows
from pt_kata.plots.mlp_training.problem import NOISE, Pair, Problem
from pt_kata.plots.mlp_training.watch import State

ACROSS = torch.linspace(-2.6, 2.6, 53)
UP = torch.linspace(-1.6, 1.6, 33)
SAME = 1e-4  # of a standardized coordinate


class Plane:
    """The plane as ``standardize`` puts it before a model."""

    def __init__(self, code: Code, model: nn.Module, standardize: Callable[[Tensor], Any]) -> None:
        """See the plane through ``model``, which is put in eval mode."""
        self.failures: tuple[Failure, ...] = ()
        self._code = code
        self._model = model.eval()
        places = torch.cartesian_prod(UP, ACROSS).flip(1)
        rows = code.run("split", lambda: standardize(places))
        self._rows = rows if isinstance(rows, Failure) else code.expected("split", rows, tuple(places.shape))

    def boundaries(self, states: Mapping[int, State]) -> tuple[Boundary, ...]:
        """The plane at each of these epochs."""
        return tuple(Boundary(epoch, chances) for epoch, state in states.items() if (chances := self.chances(state)))

    def chances(self, state: State) -> Rows:
        """The probability of label 1 at each place, a row for each of ``UP``; nothing where the model fails."""
        if isinstance(self._rows, Failure):
            self._fail(self._rows)
            return ()
        scores = self._scores(state, self._rows)
        if isinstance(scores, Failure):
            return ()
        chances = scores.double().sigmoid().view(len(UP), len(ACROSS))
        return tuple(tuple(round(chance, 4) for chance in row) for row in chances.tolist())

    def losses(self, states: Sequence[State], rows: Pair) -> tuple[float, ...]:
        """The mean loss over the rows with each of these weights."""
        every = [self._scores(state, rows[0]) for state in states]
        loss = nn.functional.binary_cross_entropy_with_logits
        return tuple(loss(scores, rows[1]).item() for scores in every if isinstance(scores, Tensor))

    def _scores(self, state: State, rows: Tensor) -> Tensor | Failure:
        with torch.no_grad():
            found = self._code.run("make_mlp", lambda: functional_call(self._model, state, (rows,)))
        scores = found if isinstance(found, Failure) else self._code.expected("make_mlp", found, (len(rows), 1))
        if isinstance(scores, Failure):
            self._fail(scores)
        return scores

    def _fail(self, failure: Failure) -> None:
        self.failures = tuple(dict.fromkeys((*self.failures, failure)))


def points_of(code: Code, problem: Problem) -> Points:
    """The points, their labels, and which of them were kept apart: those that come out as a validation row does."""
    rows = code.run("split", lambda: problem.parts.standardize(problem.points.clone()))
    there = rows if isinstance(rows, Failure) else code.expected("split", rows, tuple(problem.points.shape))
    kept_apart = torch.zeros(len(problem.points), dtype=torch.bool)
    if isinstance(there, Tensor):
        kept_apart = torch.cdist(there.double(), problem.parts.validation[0].double()).amin(dim=1) < SAME
    places = tuple((x, y) for x, y in problem.points.tolist())
    return Points(places, tuple(problem.labels[:, 0].tolist()), tuple(kept_apart.tolist()), NOISE)
