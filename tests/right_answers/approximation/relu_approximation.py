"""Right answers to approximation/relu_approximation by other routes."""

import math
from itertools import count

import torch

from pt_kata.stand_ins import right_answer
from solutions.approximation.relu_approximation import (
    hinge_basis,
    interpolation_weights,
    largest_error,
    piecewise_linear,
    relu,
)


@right_answer("relu")
def clamped(x):
    """By clamp, which has the slope 1 at the kink."""
    return x.clamp(min=0)


@right_answer("relu")
def larger_of_two(x):
    """By maximum, which halves the gradient at the kink."""
    return torch.maximum(x, torch.zeros_like(x))


@right_answer("relu")
def times_a_mask(x):
    """By a product with a mask."""
    return x * (x > 0)


@right_answer("relu")
def half_of_a_sum(x):
    """By the absolute value."""
    return (x + x.abs()) / 2


@right_answer("relu")
def zeros_filled_in(x):
    """In place on a copy of its own."""
    out = x.clone()
    out[x < 0] = 0
    return out


@right_answer("hinge_basis")
def mapped_over_points(x, knots):
    """By torch.func.vmap over the points."""
    return torch.func.vmap(lambda point: relu(point - knots))(x)


@right_answer("hinge_basis")
def subtracted_in_place(x, knots):
    """In place on a table of its own."""
    table = x.unsqueeze(1).repeat(1, len(knots))
    table -= knots
    return table.clamp_(min=0)


@right_answer("hinge_basis")
def over_a_grid(x, knots):
    """By meshgrid."""
    points, kinks = torch.meshgrid(x, knots, indexing="ij")
    return relu(points - kinks)


@right_answer("interpolation_weights")
def differences_from_zero(knots, values):
    """By differences of the slopes, with a 0 in front."""
    if torch.any(knots[1:] <= knots[:-1]):
        raise ValueError(f"the knots {knots.tolist()} are not increasing")
    slopes = (values[1:] - values[:-1]) / (knots[1:] - knots[:-1])
    return values[0], slopes.diff(prepend=slopes.new_zeros(1))


@right_answer("interpolation_weights")
def turns_in_place(knots, values):
    """In place on a copy of the slopes."""
    widths = knots.diff()
    if widths.min() <= 0:
        raise ValueError("increasing knots are needed")
    slopes = values.diff() / widths
    weights = slopes.clone()
    weights[1:] -= slopes[:-1]
    return values[0], weights


@right_answer("interpolation_weights")
def equations_solved(knots, values):
    """By solving for the weights that meet the values, in float64."""
    if not bool((knots.diff() > 0).all()):
        raise ValueError("not increasing")
    table = hinge_basis(knots[1:], knots[:-1]).double()
    weights = torch.linalg.solve_triangular(table, (values[1:] - values[0]).double()[:, None], upper=False)
    return values[0], weights[:, 0].to(values.dtype)


@right_answer("interpolation_weights")
def in_float64(knots, values):
    """In float64 inside."""
    wide, high = knots.double().diff(), values.double().diff()
    if (wide <= 0).any():
        raise ValueError("the knots are not strictly increasing")
    slopes = high / wide
    before = torch.nn.functional.pad(slopes[:-1], (1, 0))
    return values[0], (slopes - before).to(values.dtype)


@right_answer("piecewise_linear")
def summed_by_einsum(x, knots, bias, weights):
    """By einsum."""
    return torch.einsum("nk,k->n", hinge_basis(x, knots)[:, :-1], weights) + bias


@right_answer("piecewise_linear")
def products_summed(x, knots, bias, weights):
    """By a sum over products."""
    return (weights * relu(x[:, None] - knots[None, :-1])).sum(dim=-1).add(bias)


@right_answer("piecewise_linear")
def knots_padded(x, knots, bias, weights):
    """With a weight of 0 for the last knot, and addmv."""
    padded = torch.cat([weights, weights.new_zeros(1)])
    return torch.addmv(bias.expand(len(x)), hinge_basis(x, knots), padded)


@right_answer("largest_error")
def lerp_between_knots(f, knots, samples=32):
    """By lerp from knot to knot, and the infinity norm."""
    fractions = torch.linspace(0, 1, samples + 1, dtype=knots.dtype, device=knots.device)
    points = torch.lerp(knots[:-1, None], knots[1:, None], fractions[None]).reshape(-1)
    weights = interpolation_weights(knots, f(knots))
    return torch.linalg.vector_norm(f(points) - piecewise_linear(points, knots, *weights), math.inf)


@right_answer("largest_error")
def straight_lines(f, knots, samples=32):
    """By the straight line of each interval, without the ReLUs."""
    part = torch.arange(samples + 1, dtype=knots.dtype, device=knots.device) / samples
    values = f(knots)
    points = torch.outer(knots[:-1], 1 - part) + torch.outer(knots[1:], part)
    chords = torch.outer(values[:-1], 1 - part) + torch.outer(values[1:], part)
    return (f(points.flatten()) - chords.flatten()).abs().amax()


@right_answer("largest_error")
def both_signs(f, knots, samples=32):
    """By the larger of the highest and the deepest difference, on a table of points."""
    part = torch.arange(1, samples + 1, dtype=knots.dtype, device=knots.device) / samples
    points = knots[:-1] + part[:, None] * (knots[1:] - knots[:-1])
    bias, weights = interpolation_weights(knots, f(knots))
    error = f(points).ravel() - piecewise_linear(points.ravel(), knots, bias, weights)
    return torch.maximum(error.max(), -error.min())


@right_answer("relus_needed")
def knots_by_hand(f, low, high, tolerance):
    """A while loop over knots that are computed in Python."""
    if math.isnan(tolerance) or tolerance <= 0:
        raise ValueError(f"a tolerance of {tolerance} can't be met")
    n = 1
    while True:
        knots = torch.tensor([low + (high - low) * i / n for i in range(n + 1)], dtype=torch.float64)
        if largest_error(f, knots).item() <= tolerance:
            return n
        n += 1


@right_answer("relus_needed")
def first_of_a_generator(f, low, high, tolerance):
    """By the first number in a generator."""
    if not tolerance > 0:
        raise ValueError("tolerance")
    steps = (torch.arange(n + 1, dtype=torch.float64).div(n) for n in count(1))
    return next(len(step) - 1 for step in steps if largest_error(f, low + (high - low) * step) <= tolerance)
