"""The picture of relu_approximation: curves, their ReLUs, and the error beside its bound."""

from __future__ import annotations

import importlib
import math
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from pt_kata.drawing import THEMES, png
from pt_kata.plots.code import Code
from pt_kata.plots.failure import Failure
from pt_kata.plots.relu_approximation.data import Data, Weights
from pt_kata.plots.relu_approximation.draw import draw
from pt_kata.plots.relu_approximation.run import COUNTS, TOLERANCE, run

REFERENCE = importlib.import_module("solutions.approximation.relu_approximation")


def data(**replaced: Callable[..., Any]) -> Data:
    """What is drawn of the reference with some functions replaced."""
    module = types.ModuleType("made_up")
    for name, value in vars(REFERENCE).items():
        if isinstance(value, types.FunctionType):  # a copy that looks for its helpers in the new module
            value = types.FunctionType(value.__code__, vars(module), name, value.__defaults__, value.__closure__)
        if not name.startswith("__"):
            setattr(module, name, value)
    vars(module).update(replaced)
    return run(Code(module, Path(str(REFERENCE.__file__))), {})


@pytest.fixture(scope="module")
def right() -> Data:
    """What is drawn of the reference."""
    return data()


def test_the_weights_of_a_parabola_are_its_changes_of_slope(right: Data) -> None:
    """On five intervals of 0.2 the slopes are 0.2, 0.6, 1.0, 1.4, 1.8."""
    weights = right.fits[0].weights
    assert isinstance(weights, Weights)
    assert weights.bias == 0
    assert weights.each == pytest.approx((0.2, 0.4, 0.4, 0.4, 0.4))


def test_the_weighted_relus_add_up_to_the_sum(right: Data) -> None:
    """Together with the bias, at every point that is drawn, for all three functions."""
    for fit in right.fits:
        assert isinstance(fit.weighted, tuple)
        assert isinstance(fit.weights, Weights)
        assert isinstance(fit.total, tuple)
        sums = [fit.weights.bias + sum(hinge[i] for hinge in fit.weighted) for i in range(len(fit.xs))]
        assert sums == pytest.approx(fit.total)


def test_the_sum_meets_the_function_at_the_knots(right: Data) -> None:
    """And nowhere else has to."""
    for fit in right.fits:
        assert isinstance(fit.total, tuple)
        at = {x: (y, g) for x, y, g in zip(fit.xs, fit.ys, fit.total, strict=True)}
        assert len(fit.knots) == 6
        for knot in fit.knots:
            assert at[knot][1] == pytest.approx(at[knot][0], abs=1e-9)


def test_no_error_is_above_the_bound(right: Data) -> None:
    """For the parabola, whose second derivative is the same everywhere, it is the bound."""
    for errors in right.errors:
        assert isinstance(errors.found, tuple)
        bounds = [errors.target.bound(count) for count in COUNTS]
        assert all(found <= bound * (1 + 1e-9) for found, bound in zip(errors.found, bounds, strict=True))
    parabola = right.errors[0]
    assert parabola.found == pytest.approx([parabola.target.bound(count) for count in COUNTS])
    assert parabola.target.bound(1) == 0.25


def test_the_bound_is_that_of_the_theorem(right: Data) -> None:
    """The width of an interval squared, an eighth, the largest second derivative."""
    bounds = {errors.target.name: errors.target.bound(10) for errors in right.errors}
    assert bounds["exp x"] == pytest.approx(0.4**2 / 8 * math.exp(2))
    assert bounds["sin x"] == pytest.approx((0.2 * math.pi) ** 2 / 8)


def test_the_errors_are_those_of_straight_lines(right: Data) -> None:
    """Found without ReLUs; nothing is called wrong."""
    for errors in right.errors:
        assert errors.found == pytest.approx(errors.right)
        assert errors.wrong == []


def test_as_many_relus_are_needed_as_the_bound_allows_at_most(right: Data) -> None:
    """For the parabola exactly as many: the square root of 0.25 / 0.001, rounded up."""
    assert right.errors[0].needed == math.ceil(math.sqrt(0.25 / TOLERANCE)) == 16
    for errors in right.errors:
        assert isinstance(errors.needed, int)
        assert errors.needed <= errors.target.enough(TOLERANCE)


def test_a_wrong_error_is_found_out() -> None:
    """Here it is half of what it should be."""
    found = data(largest_error=lambda f, knots, samples=32: REFERENCE.largest_error(f, knots, samples) / 2)
    assert found.errors[0].wrong == list(COUNTS)


def test_lines_with_wrong_weights_are_drawn_as_they_are() -> None:
    """Slopes in place of their changes: the sum leaves the parabola behind the second knot."""

    def slopes(knots: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        return values[0], values.diff() / knots.diff()

    fit = data(interpolation_weights=slopes).fits[0]
    assert isinstance(fit.total, tuple)
    assert fit.total[-1] > fit.ys[-1] + 0.5
    assert isinstance(fit.weights, Weights)
    assert fit.weights.each == pytest.approx((0.2, 0.6, 1.0, 1.4, 1.8))


def stub(*_: object, **__: object) -> None:
    """Stand for a function that is not written yet."""
    raise NotImplementedError


BROKEN: dict[str, dict[str, Callable[..., Any]]] = {
    "stubs": dict.fromkeys(
        ("relu", "hinge_basis", "interpolation_weights", "piecewise_linear", "largest_error", "relus_needed"), stub
    ),
    "no weights": {"interpolation_weights": stub},
    "no sum": {"piecewise_linear": stub},
    "None": {"hinge_basis": lambda *_: None},
    "a wrong shape": {"hinge_basis": lambda x, knots: torch.zeros(len(knots), len(x))},
    "one of two": {"interpolation_weights": lambda knots, values: values},
    "NaN": {"relu": lambda x: x * float("nan")},
    "infinity": {"piecewise_linear": lambda x, *_: x / 0},
    "too large": {"relu": lambda x: x * 1e300},
    "integers": {"largest_error": lambda *_: torch.tensor(1)},
    "a number": {"largest_error": lambda *_: 0.5},
    "text": {"relus_needed": lambda *_: "many"},
    "none needed": {"relus_needed": lambda *_: 0},
    "too many": {"relus_needed": lambda *_: 10**30},
    "it raises": {"relus_needed": lambda *_: 1 / 0},
    "inputs written to": {"relu": lambda x: x.mul_(0)},
}


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("name", ["the reference", *BROKEN])
def test_everything_that_functions_do_can_be_drawn(name: str, theme: Any) -> None:
    """In both themes, without a warning."""
    found = data(**BROKEN.get(name, {}))
    assert png(lambda theme: draw(found, theme), theme, is_shaded=True).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("name", "function", "words"),
    [
        ("None", "hinge_basis", "returns None, wanted a tensor"),
        ("a wrong shape", "hinge_basis", "returns shape (5, 126), wanted (126, 5)"),
        ("one of two", "interpolation_weights", "returns one Tensor, wanted a bias and weights"),
        ("text", "relus_needed", "returns one str, wanted an int"),
        ("it raises", "relus_needed", "raises ZeroDivisionError: division by zero"),
    ],
)
def test_a_failure_is_that_of_the_function_that_made_it(name: str, function: str, words: str) -> None:
    """Whatever is built on it says the same."""
    found = data(**BROKEN[name])
    fit, errors = found.fits[0], found.errors[0]
    failures = [
        each for each in (fit.hinges, fit.weights, fit.total, errors.found, errors.needed) if isinstance(each, Failure)
    ]
    assert failures
    assert {(one.name, one.words) for one in failures} == {(function, words)}


def test_what_is_not_finite_is_noted() -> None:
    """The picture says so below."""
    assert any(note.startswith("hinge_basis gives NaN") for note in data(**BROKEN["NaN"]).notes)
