"""The picture of manual_gradient: the numbers on it, for right functions and for broken ones."""

from __future__ import annotations

import importlib
import math
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from pt_kata.drawing import THEMES, png
from pt_kata.plots.code import Code
from pt_kata.plots.failure import Failure
from pt_kata.plots.manual_gradient import data as numbers
from pt_kata.plots.manual_gradient.draw import draw
from pt_kata.plots.manual_gradient.run import run

REFERENCE = importlib.import_module("solutions.autograd.manual_gradient")
NAMES = (
    "value",
    "partials",
    "central_differences",
    "autograd_partials",
    "hessian",
    "unbroadcast",
    "SquareTimes",
)


def raises(*arguments: object, **options: object) -> Any:
    """Do not work."""
    raise ValueError("no")


def unwritten(*arguments: object, **options: object) -> Any:
    """Stand for a stub."""
    raise NotImplementedError


class Overwriting:
    """Writes to its inputs, and returns what it wrote."""

    @staticmethod
    def apply(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Return something that has no gradient."""
        with torch.no_grad():
            return x.fill_(0)


BROKEN: dict[str, Any] = {
    "unwritten": unwritten,
    "raises": raises,
    "nothing": lambda *arguments, **options: None,
    "nan": lambda x, y=None, step=None: torch.full((7,), torch.nan),
    "infinite": lambda x, y=None, step=None: (torch.full((49,), torch.inf),) * 2,
    "wrong shape": lambda *arguments, **options: torch.zeros(3, 3, 3),
    "wrong type": lambda *arguments, **options: ("two", [1.0]),
    "complex": lambda *arguments, **options: torch.zeros(64, dtype=torch.complex64),
    "no data": lambda *arguments, **options: torch.zeros((), device="meta"),
    "ends": lambda *arguments, **options: raise_exit(),
}


def raise_exit() -> None:
    """End the process, as sys.exit does."""
    raise SystemExit(3)


def drawn(**functions: Any) -> numbers.Data:
    """The data of the reference with other functions in it."""
    module = SimpleNamespace(**{name: getattr(REFERENCE, name) for name in NAMES} | functions)
    return run(Code(module, Path(REFERENCE.__file__ or "")), {})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def reference() -> numbers.Data:
    """Give the data of the reference."""
    return drawn()


def answer(data: numbers.Data, name: str) -> numbers.Answer:
    """The answer of one function."""
    return next(one for one in data.answers if one.name == name)


def test_the_surface_has_the_values_of_the_function(reference: numbers.Data) -> None:
    """At the corner (-2.5, 2.5) x²y is 2.5³, in the middle 0."""
    surface = reference.surface
    assert surface.values[-1][0] == 2.5**3
    assert surface.values[20][20] == 0
    assert (surface.xs[0], surface.ys[-1]) == (-2.5, 2.5)


def test_both_kinds_of_arrows_are_the_gradient(reference: numbers.Data) -> None:
    """At (x, y) it is (2xy, x²)."""
    gradients = reference.gradients
    right = [(2 * x * y, x * x) for x, y in gradients.points]
    for found in (gradients.autograd, gradients.hand):
        assert all(slopes == pytest.approx(wanted) for slopes, wanted in zip(found, right, strict=True))
    assert not any(gradients.apart)


def test_every_function_of_the_reference_is_right(reference: numbers.Data) -> None:
    """Each has its answer, and the slopes are those of the formula."""
    assert [one.name for one in reference.answers if one.is_right] == [one.name for one in reference.answers]
    assert {one.name for one in reference.answers} == set(NAMES)
    assert answer(reference, "SquareTimes").found == (30.0, 9.0)


def test_the_error_stays_below_the_sum_of_both_guides(reference: numbers.Data) -> None:
    """Truncation and rounding bound it from above, with a little for the next term of the series."""
    for errors in reference.errors:
        assert isinstance(errors.errors, tuple)
        for step, error in zip(errors.steps, errors.errors, strict=True):
            assert error <= numbers.truncation(step) * 1.06 + numbers.rounding(step, errors.eps)


@pytest.mark.parametrize("place", [0, 1], ids=["float32", "float64"])
def test_the_error_has_both_slopes(reference: numbers.Data, place: int) -> None:
    """It falls as 1/h on the left of the best step and rises as h² on the right."""
    errors = reference.errors[place]
    assert isinstance(errors.errors, tuple)
    logs = [(math.log(step), math.log(error)) for step, error in zip(errors.steps, errors.errors, strict=True)]
    assert slope(logs[:16]) == pytest.approx(-1, abs=0.1)
    assert slope(logs[-8:]) == pytest.approx(2, abs=0.1)


def slope(points: list[tuple[float, float]]) -> float:
    """How steep the line through the points is."""
    (first, low), (last, high) = points[0], points[-1]
    return (high - low) / (last - first)


def test_the_best_step_is_near_the_one_that_the_reference_takes(reference: numbers.Data) -> None:
    """That is the cube root of eps, and hardly any step is better."""
    for errors in reference.errors:
        assert errors.best
        assert isinstance(errors.own, tuple)
        assert errors.own[0] == pytest.approx(numbers.balanced(errors.eps), rel=0.01)
        assert errors.best[0] == pytest.approx(errors.own[0], rel=2)
        assert errors.own[1] < 3 * errors.best[1]


def test_a_wrong_partial_is_drawn_apart() -> None:
    """Both swapped, the arrows differ wherever 2xy is not x²."""
    data = drawn(partials=lambda x, y: (x * x, 2 * x * y))
    assert data.gradients.apart == [abs(2 * x * y - x * x) > 1e-6 for x, y in data.gradients.points]
    assert answer(data, "partials").found == (9.0, 30.0)
    assert not answer(data, "partials").is_right


def test_a_one_sided_difference_has_another_slope() -> None:
    """Its error rises as h, not as h²."""
    data = drawn(central_differences=lambda f, x, step=None: (f(x + (step or 1e-4)) - f(x)) / (step or 1e-4))
    errors = data.errors[1]
    assert isinstance(errors.errors, tuple)
    assert isinstance(errors.own, tuple)
    logs = [(math.log(step), math.log(error)) for step, error in zip(errors.steps, errors.errors, strict=True)]
    assert slope(logs[-8:-1]) == pytest.approx(1, abs=0.2)
    assert errors.own[0] == pytest.approx(1e-4)


def test_a_step_that_vanishes_is_seen() -> None:
    """In float32 1e-9 leaves most points where they are."""
    data = drawn(central_differences=lambda f, x, step=None: (f(x + 1e-9) - f(x - 1e-9)) / 2e-9)
    assert isinstance(data.errors[0].own, tuple)
    assert data.errors[0].own[0] == 0
    assert data.errors[0].own[1] >= 1


def test_a_function_that_is_not_written_says_so() -> None:
    """Every place of the picture that needs it has the reason."""
    data = drawn(central_differences=unwritten)
    failure = Failure("central_differences", "not written yet")
    assert answer(data, "central_differences").found == failure
    assert [one.errors for one in data.errors] == [failure, failure]
    assert answer(data, "partials").is_right


def test_what_is_not_finite_is_noted_once() -> None:
    """However often the function is called."""
    data = drawn(central_differences=lambda f, x, step=None: x * torch.nan)
    assert data.notes == ("central_differences gives NaN in 1 of 1 values",)
    assert data.errors[0].best is None


def test_a_switched_off_autograd_stays_with_its_function() -> None:
    """The functions that come after it can still record."""

    def switching(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        torch.set_grad_enabled(False)
        return x * x * y

    data = drawn(value=switching)
    assert torch.is_grad_enabled()
    assert all(one.is_right for one in data.answers)


@pytest.mark.parametrize("name", NAMES)
def test_the_other_functions_are_drawn_where_one_is_broken(name: str) -> None:
    """Whatever it does, nothing raises."""
    for broken in BROKEN.values():
        data = drawn(**{name: broken})
        assert not answer(data, name).is_right
        assert all(one.is_right for one in data.answers if one.name not in (name, "SquareTimes"))


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_everything_broken_in_the_same_way_is_drawn(theme: Any) -> None:
    """In both themes, to the last pixel."""
    for broken in BROKEN.values():
        png(lambda theme, b=broken: draw(drawn(**dict.fromkeys(NAMES, b)), theme), theme)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_the_reference_is_drawn_in_both_themes(reference: numbers.Data, theme: Any) -> None:
    """Without a warning."""
    assert png(lambda theme: draw(reference, theme), theme).startswith(b"\x89PNG")


@pytest.mark.parametrize("value", [1e300, math.inf, math.nan, 0.0, -1e30])
def test_slopes_of_any_size_are_drawn(value: float) -> None:
    """From nothing to what no axis holds."""
    data = drawn(
        value=lambda x, y: x * x * y * value,
        partials=lambda x, y: (torch.full_like(x, value), y),
        central_differences=lambda f, x, step=None: torch.full_like(x, value),
        SquareTimes=Overwriting,
    )
    assert isinstance(answer(data, "SquareTimes").found, Failure)
    png(lambda theme: draw(data, theme), THEMES[1])


def test_the_numbers_are_found_in_a_moment() -> None:
    """Less than a second is left to matplotlib."""
    began = time.perf_counter()
    drawn()
    assert time.perf_counter() - began < 1
