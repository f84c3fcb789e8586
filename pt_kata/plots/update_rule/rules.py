"""The three update rules as their formulas have them, for one number: what the learner's paths are compared with."""

from __future__ import annotations

import math
from collections.abc import Callable

from pt_kata.plots.update_rule.data import STEEP, Point

Rule = Callable[[float], float]  # from a gradient to a step


def sgd(lr: float) -> Rule:
    """Steps of ``-lr * gradient``."""
    return lambda gradient: -lr * gradient


def momentum(lr: float, share: float) -> Rule:
    """Steps along a velocity, of which a share survives each step."""
    velocity = 0.0

    def step(gradient: float) -> float:
        nonlocal velocity
        velocity = share * velocity + gradient
        return -lr * velocity

    return step


def adam(lr: float, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8) -> Rule:
    """Steps of about ``lr``: the mean of the gradient over the root of the mean of its square."""
    mean = square = 0.0
    count = 0

    def step(gradient: float) -> float:
        nonlocal mean, square, count
        count += 1
        mean = beta1 * mean + (1 - beta1) * gradient
        square = beta2 * square + (1 - beta2) * gradient**2
        return -lr * mean / (1 - beta1**count) / (math.sqrt(square / (1 - beta2**count)) + eps)

    return step


def path(make: Callable[[], Rule], start: Point, steps: int) -> tuple[Point, ...]:
    """The way down the valley, each of the two directions by a rule of its own."""
    (along, across), places = (make(), make()), [start]
    for _ in range(steps):
        x, y = places[-1]
        places.append((x + along(x), y + across(STEEP * y)))
    return tuple(places)
