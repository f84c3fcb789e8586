"""Calls the functions of update_rule."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor

from pt_kata.plots.code import Code
from pt_kata.plots.failure import Failure
from pt_kata.plots.update_rule import rules
from pt_kata.plots.update_rule.data import Data, Descent, Fit, Numbers, Point, valley
from pt_kata.plots.update_rule.journal import Journal

START = (-4.0, 0.8)
STEPS = 40
SGD, MOMENTUM, ADAM = 0.045, 0.02, 0.3  # learning rates in the valley
SHARE = 0.8  # of a velocity that survives a step
LINE = (2.0, -1.0)
LINE_POINTS, LINE_STEPS, LINE_SPREAD, LINE_RATE = 24, 40, 0.3, 0.05
WEIGHTS = (1.5, 0.0, 0.0, 0.0)  # the last three belong to inputs of noise
BEGIN = (0.0, 2.0, -3.0, 1.5)
BIAS = 0.5
NOISE_POINTS, NOISE_STEPS, NOISE_SPREAD, NOISE_RATE = 100, 120, 0.5, 0.1
Make = Callable[[list[Tensor]], Any]


def run(code: Code, options: Mapping[str, str]) -> Data:
    """Find out what is to be drawn."""
    descents = (_sgd(code), _momentum(code), _adam(code))
    broken = _broken_descend(code)
    x, y = _points()
    points = tuple(zip(x[:, 0].tolist(), y.tolist(), strict=True))
    line, noise = _line(code, x, y, broken), _noise(code, broken)
    return Data(descents, points, line, noise, tuple(dict.fromkeys(code.notes)))


def _sgd(code: Code) -> Descent:
    def make(params: list[Tensor]) -> Callable[[], None]:
        return lambda: code.module.sgd_step(params, SGD)

    return _descent(code, "sgd_step", f"SGD, lr {SGD:g}", make, partial(rules.sgd, SGD))


def _momentum(code: Code) -> Descent:
    def make(params: list[Tensor]) -> Any:
        return code.module.Momentum(params, lr=MOMENTUM, momentum=SHARE).step

    words = f"momentum {SHARE:g}, lr {MOMENTUM:g}"
    return _descent(code, "Momentum", words, make, partial(rules.momentum, MOMENTUM, SHARE))


def _adam(code: Code) -> Descent:
    def make(params: list[Tensor]) -> Any:
        return code.module.Adam(params, lr=ADAM).step

    return _descent(code, "Adam", f"Adam, lr {ADAM:g}", make, partial(rules.adam, ADAM))


def _descent(code: Code, name: str, words: str, make: Make, rule: Callable[[], rules.Rule]) -> Descent:
    path = [START]
    found = code.run(name, lambda: _go(make, path))
    failure = found if isinstance(found, Failure) else None
    lost = next((step for step, point in enumerate(path) if not all(map(math.isfinite, point))), None)
    if lost:
        code.notes.append(f"{name} leads to {path[lost][0]:g}, {path[lost][1]:g} in step {lost}")
    return Descent(name, words, tuple(path), rules.path(rule, START, STEPS), failure)


def _go(make: Make, path: list[Point]) -> None:
    """Take all steps of a rule, and write down where each has led."""
    with torch.enable_grad():  # whatever a step does to it ends with this block
        place = torch.tensor(START, dtype=torch.float64, requires_grad=True)
        step = make([place])
        for _ in range(STEPS):
            place.grad = None
            valley(*place).backward()
            step()
            path.append((float(place.detach()[0]), float(place.detach()[1])))


def _broken_descend(code: Code) -> Failure | None:
    """Why ``descend`` does not work, if it does not: a ``fit_line`` that calls it fails too."""

    def halve() -> None:
        with torch.enable_grad():
            w = torch.tensor(4.0, requires_grad=True)
            code.module.descend(lambda: w**2, [w], lambda: w.data.mul_(0.5), 3)

    return code.run("descend", halve)


def _points() -> tuple[Tensor, Tensor]:
    """Points along a line, a little off it."""
    x = torch.linspace(-1, 2, LINE_POINTS, dtype=torch.float64)[:, None]
    return x, LINE[0] * x[:, 0] + LINE[1] + LINE_SPREAD * _random(0, LINE_POINTS)


def _random(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def _line(code: Code, x: Tensor, y: Tensor, broken: Failure | None) -> Fit:
    def make(params: list[Tensor]) -> Any:
        return code.module.Momentum(params, lr=LINE_RATE, momentum=SHARE)

    journal = Journal(code, "Momentum", 2)
    journal.fit(x.clone(), y.clone(), make, LINE_STEPS, None)
    words = f"momentum {SHARE:g}, lr {LINE_RATE:g}"
    return Fit(words, ("slope", "bias"), LINE_STEPS, journal.rows(), _best(x, y), 0.0, _failures(journal, broken))


def _noise(code: Code, broken: Failure | None) -> Fit:
    def make(params: list[Tensor]) -> Any:
        return code.module.Adam(params, lr=NOISE_RATE)

    x = _random(1, NOISE_POINTS, len(WEIGHTS))
    y = x @ torch.tensor(WEIGHTS, dtype=torch.float64) + BIAS + NOISE_SPREAD * _random(2, NOISE_POINTS)
    names = ("signal", "noise1", "noise2", "noise3", "bias")
    journal = Journal(code, "Adam", len(names))
    journal.fit(x.clone(), y.clone(), make, NOISE_STEPS, torch.tensor(BEGIN, dtype=torch.float64))
    blur = NOISE_SPREAD / math.sqrt(NOISE_POINTS)
    return Fit(
        f"Adam, lr {NOISE_RATE:g}", names, NOISE_STEPS, journal.rows(), _best(x, y), blur, _failures(journal, broken)
    )


def _best(x: Tensor, y: Tensor) -> Numbers:
    """The weights and the bias with the least loss."""
    with_ones = torch.cat([x, torch.ones(len(x), 1, dtype=x.dtype)], dim=1)
    return tuple(torch.linalg.lstsq(with_ones, y[:, None]).solution[:, 0].tolist())


def _failures(journal: Journal, broken: Failure | None) -> tuple[Failure, ...]:
    return tuple(one for one in (journal.failure, broken) if one) if journal.failure else ()
