"""Calls the functions of relu_approximation."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from pt_kata.plots.code import Code
from pt_kata.plots.failure import Failure
from pt_kata.plots.relu_approximation.data import Data, Errors, Fit, Numbers, Target, Weights

TARGETS: tuple[tuple[Target, Callable[[Tensor], Tensor]], ...] = (
    (Target("x²", 0.0, 1.0, 2.0), torch.square),
    (Target("exp x", -2.0, 2.0, math.exp(2)), torch.exp),
    (Target("sin x", 0.0, 2 * math.pi, 1.0), torch.sin),
)
RELUS = 5  # that are drawn one by one
POINTS = 120  # of a curve
BESIDE = 0.15  # of the interval, on both sides of it
COUNTS = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 20, 24, 32, 48, 64, 96, 128, 192, 256)
SAMPLES = 32  # in each interval, as the kata has it
TOLERANCE = 1e-3


def run(code: Code, options: Mapping[str, str]) -> Data:
    """Find out what is to be drawn."""
    fits = tuple(_fit(code, target, f) for target, f in TARGETS)
    failure = next((fit.total for fit in fits if isinstance(fit.total, Failure)), None)
    errors = tuple(_errors(code, target, f, failure) for target, f in TARGETS)
    return Data(fits, errors, TOLERANCE, tuple(code.notes))


def _fit(code: Code, target: Target, f: Callable[[Tensor], Tensor]) -> Fit:
    knots, xs = _knots(target, RELUS), _points(target)
    basis = _numbers(
        code, "hinge_basis", (len(xs), RELUS), lambda: code.module.hinge_basis(xs.clone(), knots[:-1].clone())
    )
    weights = _weights(code, knots, f(knots))
    total = _total(code, xs, knots, weights, basis)
    return Fit(
        target,
        _plain(xs),
        _plain(f(xs)),
        _plain(knots),
        weights,
        basis if isinstance(basis, Failure) else tuple(_plain(hinge) for hinge in basis.T),
        total if isinstance(total, Failure) else _plain(total),
    )


def _knots(target: Target, relus: int) -> Tensor:
    return torch.linspace(target.low, target.high, relus + 1, dtype=torch.float64)


def _points(target: Target) -> Tensor:
    """On both sides of the interval too, and at each knot."""
    beside = BESIDE * (target.high - target.low)
    across = torch.linspace(target.low - beside, target.high + beside, POINTS, dtype=torch.float64)
    return torch.cat([across, _knots(target, RELUS)]).sort().values


def _weights(code: Code, knots: Tensor, values: Tensor) -> Weights | Failure:
    name = "interpolation_weights"

    def read() -> Weights | Failure:
        found = code.module.interpolation_weights(knots.clone(), values)
        if not isinstance(found, tuple | list) or len(found) != 2:
            return Failure(name, f"returns {_kind(found)}, wanted a bias and weights")
        bias = code.expected(name, found[0], ())
        if isinstance(bias, Failure):
            return bias
        weights = code.expected(name, found[1], (RELUS,))
        return weights if isinstance(weights, Failure) else Weights(float(bias), _plain(weights))

    return code.run(name, read)


def _total(
    code: Code, xs: Tensor, knots: Tensor, weights: Weights | Failure, basis: Tensor | Failure
) -> Tensor | Failure:
    """The sum, unless what it is made of has failed: then that is what a learner should see."""
    if isinstance(basis, Failure):
        return basis
    if isinstance(weights, Failure):
        return weights
    bias, each = _tensor(weights.bias), _tensor(weights.each)
    return _numbers(
        code,
        "piecewise_linear",
        xs.shape,
        lambda: code.module.piecewise_linear(xs.clone(), knots.clone(), bias, each),
    )


def _errors(code: Code, target: Target, f: Callable[[Tensor], Tensor], failure: Failure | None) -> Errors:
    """The errors, unless the sum that they are of has failed."""
    found = failure or _found(code, target, f)
    needed = found if isinstance(found, Failure) else _needed(code, target, f, found)
    return Errors(target, COUNTS, found, tuple(_right(target, f, relus) for relus in COUNTS), needed)


def _found(code: Code, target: Target, f: Callable[[Tensor], Tensor]) -> Numbers | Failure:
    errors = []
    for relus in COUNTS:
        error = _numbers(code, "largest_error", (), partial(_call, code, f, _knots(target, relus)))
        if isinstance(error, Failure):
            return error
        errors.append(float(error))
    return tuple(errors)


def _call(code: Code, f: Callable[[Tensor], Tensor], knots: Tensor) -> Any:
    return code.module.largest_error(f, knots)


def _right(target: Target, f: Callable[[Tensor], Tensor], relus: int) -> float:
    """The largest error of straight lines between the knots."""
    knots = _knots(target, relus)
    share = torch.linspace(0, 1, SAMPLES + 1, dtype=torch.float64)
    xs, lines = (torch.lerp(ends[:-1, None], ends[1:, None], share) for ends in (knots, f(knots)))
    return float((f(xs) - lines).abs().max())


def _needed(code: Code, target: Target, f: Callable[[Tensor], Tensor], errors: Numbers) -> int | Failure:
    """How many there must be; not asked where the errors never fall, because a loop over them would not end."""
    if not errors[-1] <= TOLERANCE:
        return Failure("relus_needed", f"not asked, {COUNTS[-1]} ReLUs leave an error of {errors[-1]:.3g}")
    found = code.call("relus_needed", f, target.low, target.high, TOLERANCE)
    if isinstance(found, Failure):
        return found
    if isinstance(found, int) and not isinstance(found, bool):
        return int(found)
    return Failure("relus_needed", f"returns {_kind(found)}, wanted an int")


def _numbers(code: Code, name: str, shape: Sequence[int], action: Callable[[], Any]) -> Tensor | Failure:
    """The tensor of this shape that ``action`` returns, in float64."""

    def read() -> Tensor | Failure:
        found = code.expected(name, action(), shape)
        return found if isinstance(found, Failure) else found.double()

    return code.run(name, read)


def _kind(found: object) -> str:
    return f"{len(found)} values" if isinstance(found, tuple | list) else f"one {type(found).__name__}"


def _tensor(numbers: float | Numbers) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


def _plain(numbers: Tensor) -> Numbers:
    return tuple(numbers.double().tolist())
