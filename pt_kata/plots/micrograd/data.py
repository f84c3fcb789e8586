"""What is drawn of an autograd engine: expressions as graphs of numbers, and the training of a small network."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from pt_kata.plots.failure import Failure

Number = float | str  # or the name of what stands where a number was wanted
SAME = 1e-9  # relative, for gradients of float64


@dataclass(frozen=True)
class Node:
    """A number of an expression.

    Attributes:
        name: what the expression calls it, as in "s = p + q".
        data: the number; None where the operation gave none.
        grad: what backward left.
        torch_data: the number that torch finds.
        torch_grad: the gradient that torch finds.
        parents: the places in the graph's ``nodes`` of those that its links lead to, once for each use.
        slopes: its local gradients, one for each of ``parents``; none where it keeps none.
        inside: how many nodes that the expression does not name are between it and ``parents``.
        lost: operands that no link leads to.
        place: where it stands in topological_order, from 1 on; 0 where it does not.
    """

    name: str
    data: Number | None
    grad: Number | None
    torch_data: float = 0.0
    torch_grad: float = 0.0
    parents: tuple[int, ...] = ()
    slopes: tuple[float, ...] = ()
    inside: int = 0
    lost: tuple[int, ...] = ()
    place: int = 0

    @property
    def has_other_data(self) -> bool:
        """Whether torch finds another number."""
        return self.data is not None and _differs(self.data, self.torch_data)

    @property
    def has_other_grad(self) -> bool:
        """Whether torch finds another gradient."""
        return self.grad is not None and _differs(self.grad, self.torch_grad)

    @property
    def differs(self) -> bool:
        """Whether torch finds anything else."""
        return self.has_other_data or self.has_other_grad


@dataclass(frozen=True)
class Graph:
    """One expression: all that it names."""

    title: str
    nodes: tuple[Node, ...]
    failures: tuple[Failure, ...] = ()

    @cached_property
    def misplaced(self) -> frozenset[int]:
        """The nodes that topological_order lists before one of their parents, or forgets while it lists others."""
        places = [node.place for node in self.nodes]
        if not any(places):
            return frozenset()
        early = {i for i, node in enumerate(self.nodes) if any(places[i] <= places[parent] for parent in node.parents)}
        return frozenset(early | {i for i, node in enumerate(self.nodes) if node.data is not None and not node.place})

    @property
    def links(self) -> list[tuple[int, ...]]:
        """For each node those that stand before it in the drawing, linked or not."""
        return [node.parents + node.lost for node in self.nodes]


@dataclass(frozen=True)
class Training:
    """A network that learns to tell two half circles apart.

    Attributes:
        points: what it learns from.
        labels: +1 or -1 for each.
        torch_losses: what torch finds before each step, for the same network and steps.
        across, up: the coordinates of the points at which the scores are.
        torch_scores: the scores of torch's network afterwards, a row for each of ``up``.
        losses: what ``train`` returned.
        scores: those of the learner's network, after as many steps as went well.
        nodes: how many there are in the graph of one loss.
        losing: which functions gave no losses, and why.
        scoring: which functions gave no scores, and why.
    """

    points: tuple[tuple[float, float], ...]
    labels: tuple[int, ...]
    torch_losses: tuple[float, ...]
    across: tuple[float, ...]
    up: tuple[float, ...]
    torch_scores: tuple[tuple[float, ...], ...]
    losses: tuple[float, ...] = ()
    scores: tuple[tuple[float, ...], ...] = ()
    nodes: int = 0
    losing: tuple[Failure, ...] = ()
    scoring: tuple[Failure, ...] = ()


@dataclass(frozen=True)
class Micrograd:
    """All that is drawn of the kata."""

    graphs: tuple[Graph, ...]
    training: Training
    notes: tuple[str, ...] = ()


def text(number: Number | None, other: float | None = None) -> str:
    """A number as a node shows it, with as many digits as it takes to tell it from ``other``."""
    if number is None or isinstance(number, str):
        return number or "nothing"
    digits = range(4, 9)
    found = (f"{number:.{n}g}" for n in digits if other is None or f"{number:.{n}g}" != f"{other:.{n}g}")
    return next(found, f"{number:.4g}").replace("-", "\N{MINUS SIGN}")


def _differs(found: Number, wanted: float) -> bool:
    return isinstance(found, str) or not math.isclose(found, wanted, rel_tol=SAME, abs_tol=SAME)
