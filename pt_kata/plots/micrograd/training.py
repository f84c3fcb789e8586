"""Lets the learner's network tell two half circles apart, and torch's the same one."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from itertools import pairwise
from random import Random
from typing import Any

import torch
from torch import Tensor

from pt_kata.plots.code import Code
from pt_kata.plots.failure import Failure
from pt_kata.plots.micrograd.data import Number, Training
from pt_kata.plots.micrograd.graph import distinct, number, size

SIZES = (8, 8, 1)
EACH = 16  # points of a half circle
STEPS = 80
AT_ONCE = 8  # steps of one call, so that a long training shows how far it is
RATE = 0.5
PENALTY = 1e-4
SEED = 5
CELLS = 24  # of the scores that are drawn, in each direction
MARGIN = 0.5  # around the points
MOST = 10**6  # nodes that are counted
Numbers = tuple[float, ...]


def training_of(code: Code) -> Training:
    """What the learner's network learns, beside what torch's does."""
    blank = _by_torch()
    model = code.run("MLP", lambda: code.module.MLP(2, list(SIZES), generator=Random(SEED)))
    if isinstance(model, Failure):
        return replace(blank, losing=(model,), scoring=(model,))
    nodes = code.run("max_margin_loss", lambda: size(_loss(code, model, blank), MOST))
    losses, failure = _train(code, model, blank)
    scores = code.run("MLP.__call__", lambda: _scores(model, blank))
    losing = tuple(distinct(nodes, failure))
    made = replace(blank, losses=losses, nodes=0 if isinstance(nodes, Failure) else nodes, losing=losing)
    if isinstance(scores, Failure):
        return replace(made, scoring=(scores,))
    if odd := sum(not math.isfinite(score) for row in scores for score in row):
        code.notes.append(f"MLP gives NaN or infinity at {odd} of {CELLS**2} points")
    return replace(made, scores=scores)


def half_circles() -> tuple[list[list[float]], list[int]]:
    """Points of two half circles that reach into each other, and +1 or -1 for each."""
    noise = Random(0)
    angles = [math.pi * step / (EACH - 1) for step in range(EACH)]
    upper = [(math.cos(angle), math.sin(angle)) for angle in angles]
    lower = [(1 - x, 0.5 - y) for x, y in upper]
    points = [[x + noise.gauss(0, 0.05), y + noise.gauss(0, 0.05)] for x, y in upper + lower]
    return points, [1] * EACH + [-1] * EACH


def _points(training: Training) -> list[list[float]]:
    return [list(point) for point in training.points]


def _loss(code: Code, model: Any, training: Training) -> Any:
    return code.module.max_margin_loss(model, _points(training), list(training.labels), PENALTY)


def _train(code: Code, model: Any, training: Training) -> tuple[Numbers, Failure | None]:
    """The losses up to the end, or up to the call that failed."""
    losses: Numbers = ()
    while len(losses) < STEPS:
        code.progress("training your network", len(losses) / STEPS)
        points, labels = _points(training), list(training.labels)
        found = code.call("train", model, points, labels, AT_ONCE, RATE, PENALTY)
        more = found if isinstance(found, Failure) else code.run("train", partial(_numbers, found))
        if isinstance(more, Failure):
            return losses, more
        losses += more
    return losses, None


def _numbers(found: object) -> Numbers | Failure:
    if not isinstance(found, list):
        return Failure("train", f"returns {number(found)}, wanted a list of the losses")
    if len(found) != AT_ONCE:
        return Failure("train", f"returns {len(found)} losses for {AT_ONCE} steps")
    losses: Numbers = ()
    for loss in map(number, found):
        if isinstance(loss, str):
            return Failure("train", f"returns a list with {loss}, wanted floats")
        losses += (loss,)
    return losses


def _scores(model: Any, training: Training) -> tuple[Numbers, ...] | Failure:
    rows = []
    for y in training.up:
        row = [_score(model([x, y])) for x in training.across]
        if odd := next((score for score in row if isinstance(score, str)), None):
            return Failure("MLP.__call__", f"gives {odd}, wanted a Value for the one output")
        rows.append(tuple(score for score in row if isinstance(score, float)))
    return tuple(rows)


def _score(found: Any) -> Number:
    return number(found.data if hasattr(found, "data") else found)


def _by_torch() -> Training:
    """The whole of the truth: the same numbers at the start, the same steps."""
    points, labels = half_circles()
    across, up = _axis([x for x, _ in points]), _axis([y for _, y in points])
    network, losses = _network(), []
    inputs, signs = _tensor(points), _tensor(labels)
    for _ in range(STEPS):
        squares = sum((parameter.square().sum() for parameter in network), _tensor(0.0))
        loss = (1 - signs * _forward(network, inputs)).relu().mean() + PENALTY * squares
        gradients = torch.autograd.grad(loss, network)
        losses.append(loss.item())
        with torch.no_grad():
            for parameter, gradient in zip(network, gradients, strict=True):
                parameter -= RATE * gradient
    scores = _forward(network, _tensor([(x, y) for y in up for x in across])).view(CELLS, CELLS).tolist()
    known = tuple((x, y) for x, y in points), tuple(labels), tuple(losses)
    return Training(*known, across, up, tuple(map(tuple, scores)))


def _network() -> list[Tensor]:
    """A matrix for each layer, whose last column is the bias, drawn in the order that the kata prescribes."""
    generator = Random(SEED)
    rows = [
        [[*(generator.uniform(-1, 1) for _ in range(inputs)), 0.0] for _ in range(outputs)]
        for inputs, outputs in pairwise((2, *SIZES))
    ]
    return [_tensor(row).requires_grad_() for row in rows]


def _forward(network: list[Tensor], inputs: Tensor) -> Tensor:
    for layer in network[:-1]:
        inputs = (inputs @ layer[:, :-1].T + layer[:, -1]).relu()
    return (inputs @ network[-1][:, :-1].T + network[-1][:, -1]).squeeze(1)


def _tensor(numbers: Any) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


def _axis(numbers: list[float]) -> Numbers:
    low, high = min(numbers) - MARGIN, max(numbers) + MARGIN
    return tuple(low + (high - low) * cell / (CELLS - 1) for cell in range(CELLS))
