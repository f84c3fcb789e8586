"""What the approximation by ReLUs must do. Read a test, make it green, go on with the next."""

import functools
import math
from contextlib import contextmanager
from itertools import count, pairwise

import numpy as np
import pytest
import torch

from katas.approximation.relu_approximation import (
    hinge_basis,
    interpolation_weights,
    largest_error,
    piecewise_linear,
    relu,
    relus_needed,
)
from pt_kata.checks import (
    assert_close,
    assert_equal,
    assert_no_loop,
    assert_own_memory,
    assert_raises,
    fail,
    gradients,
    unchanged,
)

FIRST_SLOPE = (
    "The first weight is the whole first slope, not a change of it: before the first knot the sum of ReLUs is flat."
)
ONLY_AT_THE_KNOTS = (
    "At the knots the error is 0 by construction. It has to be measured between them, as a distance without a sign."
)
ENDLESS = (
    "Nothing small enough is found. Does the error fall as n grows? Are the knots float64? "
    "In float32 its rounding alone can be larger than the tolerance."
)


def uneven_knots(draw, k):
    """``k`` increasing float64 knots at unequal distances; the first is not 0."""
    return draw.uniform(0.3, 1.5, k, dtype=torch.float64).cumsum(0) + draw.number(0.5, 2) * draw.choice([-1, 1])


def even_knots(draw, low, high, intervals):
    """The knots of ``intervals`` equal intervals from ``low`` to ``high``, in float64."""
    return draw.tensor(np.linspace(low, high, intervals + 1).tolist(), dtype=torch.float64)


def interpolate(x, knots, values):
    """The chain of straight lines through the values, by numpy."""
    return torch.from_numpy(np.interp(*(tensor.cpu().numpy() for tensor in (x, knots, values)))).to(x)


def measured_error(f, knots):
    """The largest error, by numpy, on the grid of 32 parts per interval."""
    grid = torch.cat([torch.linspace(a, b, 33, dtype=knots.dtype) for a, b in pairwise(knots.tolist())])
    return (f(grid) - interpolate(grid, knots, f(knots))).abs().max().item()


def chain(x, knots, values):
    """Your piecewise_linear with your weights, once these have the right shapes."""
    found = interpolation_weights(knots, values)
    assert_close(found, (values[0], values[1:]), "One bias, of shape (), and a weight per interval.", atol=math.inf)
    return piecewise_linear(x, knots, *found)


def one_number(error):
    """The error, once it is a single one."""
    assert_close(error, 0.0, "The largest of all errors is one number, of shape ().", atol=math.inf)
    return error


@contextmanager
def shapes_fit(name, why):
    """Fail where the code inside combines shapes that don't go together."""
    try:
        yield
    except NotImplementedError:
        raise
    except RecursionError:
        raise
    except RuntimeError as error:
        fail(f"{name} combined shapes that don't go together.", f"{why} torch said: {error}")


def patient(f, why=ENDLESS):
    """The function f, which fails the test when a search goes far beyond all answers of these tests."""
    calls = count()

    @functools.wraps(f)
    def watched(x):
        if next(calls) >= 80 or x.numel() > 2500:
            fail("relus_needed searches on, far beyond the answer.", why)
        return f(x)

    return watched


def test_relu_keeps_what_is_positive(draw):
    """Negative numbers become 0, positive ones stay, in a tensor of any shape."""
    assert_close(relu(draw.tensor([[-2.0, 0.0, 3.0], [0.5, -0.5, 9.0]])), [[0.0, 0.0, 3.0], [0.5, 0.0, 9.0]])
    assert_close(relu(draw.tensor([[[1e8]], [[1e-8]], [[-1e-8]]])), [[[1e8]], [[1e-8]], [[0.0]]], rtol=1e-6, atol=0)
    assert_close(relu(draw.tensor(-1.0)), 0.0, "A single number is a tensor of shape ().")


def test_relu_gives_a_new_tensor(draw):
    """Where nothing is negative the result is still a tensor of its own."""
    x = draw.uniform(1, 2, 3)
    assert_own_memory(relu(x), x, "Who writes to the result would otherwise write to x.")


def test_relu_has_the_slopes_zero_and_one(draw):
    """The gradient is 1 where x is positive, 0 where it is negative, and anything from 0 to 1 at the kink."""
    x = draw.tensor([-1.0, 3.0, 2.0, -0.5, 0.0], requires_grad=True)
    result = relu(x)
    assert_close(result, [0.0, 3.0, 2.0, 0.0, 0.0], "Get the values right first.")
    slopes = gradients(result, x)
    assert_close(slopes[:-1], [0.0, 1.0, 1.0, 0.0], "What was cut off to 0 no longer depends on x.")
    assert_close(slopes[-1], 0.5, "0 / 0 and 0 x inf are NaN: sqrt(x**2) has no slope at 0.", rtol=0, atol=0.5)


def test_hinge_basis_of_three_points_and_two_knots(draw):
    """Each column is 0 up to its knot and then rises with slope 1."""
    x, knots = draw.tensor([0.5, 2.0, 5.0]), draw.tensor([0.0, 1.0])
    with shapes_fit("hinge_basis", "Every point meets every knot: that is a table, and it takes two axes."):
        basis = hinge_basis(x, knots)
    assert_close(basis, [[0.5, 0.0], [2.0, 1.0], [5.0, 4.0]], "Row i is point i, column j is knot j: x[i] - knots[j].")


def test_hinge_basis_agrees_with_a_loop(draw):
    """Entry [i, j] is relu(x[i] - knots[j]), whatever the order of the points."""
    n, k = draw.sizes(2)
    x, knots = draw.normal(n), draw.normal(k)
    wanted = torch.stack([torch.stack([torch.relu(point - knot) for knot in knots]) for point in x])
    assert_close(hinge_basis(x, knots), wanted, "A hinge opens to the right of its knot: x minus knot, then relu.")


def test_weights_of_a_straight_line(draw):
    """On a straight line one ReLU, at the first knot, does it all."""
    knots, slope, height = uneven_knots(draw, 4), draw.number(1, 3), draw.number(1, 3)
    values = height + slope * knots
    wanted = values[0], draw.tensor([slope, 0.0, 0.0], dtype=torch.float64)
    why = FIRST_SLOPE + " The bias is the value at the first knot, not the height of the line at x = 0."
    assert_close(interpolation_weights(knots, values), wanted, why)


def test_weights_of_a_hat(draw):
    """A hat over the knots 0, 1, 2 rises with slope 1, turns by -2 at its peak and by 1 at its foot."""
    knots, values = draw.tensor([0.0, 1.0, 2.0, 3.0]), draw.tensor([0.0, 1.0, 0.0, 0.0])
    why = "Weight j is the turn at knot j itself, not at the next one: the slope after it minus the slope before it."
    assert_close(interpolation_weights(knots, values), (draw.tensor(0.0), draw.tensor([1.0, -2.0, 1.0])), why)


def test_weights_add_up_to_the_slopes(draw):
    """The first j + 1 weights together are the slope between knot j and knot j + 1, however far apart the two are."""
    knots, values = uneven_knots(draw, 6), draw.normal(6, dtype=torch.float64)
    rises = zip(pairwise(values.tolist()), pairwise(knots.tolist()), strict=True)
    slopes = [(after - before) / (right - left) for (before, after), (left, right) in rises]
    weights = interpolation_weights(knots, values)[1]
    why = "Each interval has a width of its own, and every slope is a rise over that width. " + FIRST_SLOPE
    assert_close(weights, np.diff(slopes, prepend=0.0).tolist(), why)


@pytest.mark.parametrize("knots", [[2.0, 1.0, 3.0], [0.0, 1.0, 1.0]], ids=["not sorted", "one knot twice"])
def test_weights_need_increasing_knots(draw, knots):
    """Knots that do not increase raise a ValueError that says so."""
    why = "Between equal knots the slope is a division by 0; between unsorted ones it belongs to no interval."
    args = interpolation_weights, draw.tensor(knots), draw.tensor([1.0, 2.0, 3.0])
    assert_raises(ValueError, *args, mentions=["increasing"], why=why)


def test_the_bias_follows_the_first_value(draw):
    """The bias is the first value, and so is its gradient."""
    knots, values = uneven_knots(draw, 4), draw.normal(4, dtype=torch.float64, requires_grad=True)
    bias, _ = interpolation_weights(knots, values)
    why = "item() or a new torch.tensor takes the number and leaves the graph behind."
    assert_close(gradients(bias, values, why=why), [1.0, 0.0, 0.0, 0.0], why)


def test_piecewise_linear_by_hand(draw):
    """3 + 2 relu(x) - relu(x - 1) is 4 at 0.5, 5.5 at 1.5 and 9 at 5."""
    x, knots = draw.tensor([0.5, 1.5, 5.0]), draw.tensor([0.0, 1.0, 2.0])
    why = "Each weight belongs to the knot where g turns. Nothing turns at the last one, 2: the slope goes on."
    with shapes_fit("piecewise_linear", "Three knots have two weights: the last knot has no ReLU."):
        result = piecewise_linear(x, knots, draw.tensor(3.0), draw.tensor([2.0, -1.0]))
    assert_close(result, [4.0, 5.5, 9.0], why)
    result = piecewise_linear(x[:1], knots, draw.tensor(3.0), draw.tensor([2.0, -1.0]))
    assert_close(result, [4.0], "One point is still a row of points: squeeze() without an axis drops that too.")


def test_piecewise_linear_meets_the_values(draw):
    """With your weights the sum is exact at the knots and straight between them."""
    knots, values = uneven_knots(draw, 6), draw.normal(6, dtype=torch.float64) + 3
    x = torch.cat([knots, draw.uniform(knots[0].item(), knots[-1].item(), 20, dtype=torch.float64)])
    why = "Bias, first slope and turns have to meet at the same knots. Try it by hand with two knots first."
    assert_close(chain(x, knots, values), interpolate(x, knots, values), why)


def test_piecewise_linear_is_flat_before_the_first_knot(draw):
    """To the left of the first knot the sum is the bias, whatever the first slope is."""
    knots, values = uneven_knots(draw, 4), draw.normal(4, dtype=torch.float64) + 3
    x = knots[0] - draw.tensor([0.5, 2.0, 100.0], dtype=torch.float64)
    why = "There every ReLU is 0. The first slope begins at the first knot: it needs a ReLU too, not a plain x - knot."
    assert_close(chain(x, knots, values), [values[0].item()] * 3, why)


def test_piecewise_linear_can_be_trained(draw):
    """Gradients reach the point, the knots, the bias and the weights."""
    inputs = [draw.tensor(values, requires_grad=True) for values in ([1.5], [0.0, 1.0, 3.0], 5.0, [2.0, -1.0])]
    wanted = [draw.tensor(values) for values in ([1.0], [-2.0, 1.0, 0.0], 1.0, [1.5, 0.5])]
    why = "The slope at x is the sum of the weights of the knots before x; the last knot has no part in it."
    assert_close(gradients(piecewise_linear(*inputs), inputs), wanted, why)


def test_each_point_leans_on_two_values(draw):
    """A quarter of the way between two knots, g has 3/4 of its gradient at the left value and 1/4 at the right."""
    knots, values = draw.tensor([0.0, 1.0, 3.0, 4.0]), draw.normal(4, requires_grad=True)
    result = chain(draw.tensor([1.5]), knots, values)
    why = "g is linear in the values, so weights and bias have to stay in the graph: no item, no detach."
    assert_close(gradients(result, values), [0.0, 0.75, 0.25, 0.0], why)


def test_error_of_x_squared_on_one_interval(draw):
    """Between 0 and 1 the line through the ends is at most 1/4 above x squared, at x = 1/2."""
    error = largest_error(torch.square, draw.tensor([0.0, 1.0], dtype=torch.float64))
    assert_close(error, draw.tensor(0.25, dtype=torch.float64), ONLY_AT_THE_KNOTS)


@pytest.mark.parametrize("c", [0.5, -3.0], ids=["f below g", "f above g"])
def test_error_of_a_parabola_is_the_known_bound(draw, c):
    """On n equal intervals the error of c x squared is abs(c) (width / n)**2 / 4, wherever they lie."""
    low, width, n = draw.number(-100, 100), draw.number(1, 4), draw.size(2, 9)
    error = largest_error(lambda x: c * x**2, even_knots(draw, low, low + width, n))
    why = "The theorem: h**2 / 8 times abs(f''). Neither the sign of f - g nor the place of the interval matters."
    assert_close(error, abs(c) * (width / n) ** 2 / 4, why)


def test_the_widest_interval_decides(draw):
    """With unequal intervals the error of x squared is a quarter of the widest one squared."""
    knots = draw.number() + draw.tensor([0.0, 0.4, 1.9, 2.6], dtype=torch.float64)
    why = "Each interval is cut into parts of its own, here into two. A grid over the whole range misses the middles."
    assert_close(largest_error(torch.square, knots, 2), 1.5**2 / 4, why)


def test_error_is_sought_all_over_the_interval(draw):
    """For x cubed on [0, 1] three parts give 10/27, at x = 2/3, and 32 parts nearly the true 2 / sqrt(27)."""
    knots = draw.tensor([0.0, 1.0], dtype=torch.float64)
    why = "The error of x cubed is largest near 0.577, not in the middle: all points of the grid count."
    assert_close(largest_error(lambda x: x**3, knots, 3), 10 / 27, why)
    assert_close(largest_error(lambda x: x**3, knots), 2 / math.sqrt(27), why, rtol=1e-3)


@pytest.mark.parametrize(
    ("f", "high", "least", "most"),
    [(torch.exp, 1.0, lambda h: math.exp(1 - h), math.e), (torch.sin, math.pi, math.cos, 1.0)],
    ids=["exp", "sin"],
)
def test_error_obeys_the_theorem(draw, f, high, least, most):
    """The error is h**2 / 8 times a value of abs(f'') from the interval where f bends most."""
    n = draw.size(4, 12)
    h = high / n
    error = one_number(largest_error(f, even_knots(draw, 0.0, high, n)))
    if not least(h) * h**2 / 8 <= error <= most * h**2 / 8:
        bounds = {"at_least": least(h) * h**2 / 8, "at_most": most * h**2 / 8}
        fail("largest_error is outside the bounds of the theorem.", ONLY_AT_THE_KNOTS, error, returned=error, **bounds)


@pytest.mark.parametrize(("f", "high"), [(torch.exp, 1.0), (torch.sin, math.pi)], ids=["exp", "sin"])
def test_twice_the_relus_make_a_quarter_of_the_error(draw, f, high):
    """When n doubles, the error falls by a factor of 4, up to 5 percent."""
    n = draw.size(16, 24)
    coarse, fine = (one_number(largest_error(f, even_knots(draw, 0.0, high, k))) for k in (n, 2 * n))
    why = "Half the width is a quarter of the error, since h is squared. A sum over the intervals falls otherwise."
    assert_close(coarse / fine, 4.0, why, rtol=0.05)


def test_four_relus_for_a_quarter(draw):
    """On [0, 4] four ReLUs bring x squared within exactly 1/4, and not within less."""
    why = "Four intervals of width 1 have the error 1/4. At most 1/4 includes 1/4, and n intervals have n ReLUs."
    assert_equal(relus_needed(patient(torch.square), 0.0, 4.0, 0.25), 4, why)
    assert_equal(relus_needed(patient(torch.square), 0.0, 4.0, 0.25 - 1e-9), 5, "The tolerance has no tolerance.")


def test_relus_for_x_squared_follow_from_the_theorem(draw):
    """For x squared the answer is width / (2 sqrt(tolerance)), rounded up, wherever the interval lies."""
    low, width, n = draw.number(10000, 20000), draw.number(1, 4), draw.size(2, 16)
    tolerance = (width / (2 * n - 1)) ** 2
    why = "The error with n ReLUs is (width / n)**2 / 4. Solve it for n; the smallest one that is enough is wanted."
    assert_equal(relus_needed(patient(torch.square), low, low + width, tolerance), n, why)


@pytest.mark.parametrize(("f", "low", "high"), [(torch.exp, -1.0, 1.0), (torch.sin, 0.0, math.pi)], ids=["exp", "sin"])
def test_one_relu_less_is_too_few(draw, f, low, high):
    """With the answer the error is within the tolerance, and with one ReLU less it is not."""
    n = draw.size(2, 16)
    enough, too_few = (measured_error(f, even_knots(draw, low, high, intervals)) for intervals in (n, n - 1))
    why = "The bound h**2 / 8 x max abs(f'') is only an upper one, exact for parabolas: measure the error of this f."
    assert_equal(relus_needed(patient(f), low, high, math.sqrt(enough * too_few)), n, why)


def test_the_bound_is_not_the_error(draw):
    """On [0, 1] the bound for x cubed with one ReLU is 6/8, and its error is 0.385."""
    why = "h**2 / 8 x max abs(f'') is never too small, but may be too large: measure the error of this f."
    assert_equal(relus_needed(patient(lambda x: x**3), 0.0, 1.0, draw.number(0.39, 0.7)), 1, why)


@pytest.mark.parametrize("pieces", [1, 3, 7])
def test_no_number_of_relus_is_skipped(draw, pieces):
    """On [0, 1] a line takes one ReLU, and a kink at 1/3 or 1/7 takes three or seven: a knot must stand on it."""
    steepness = draw.number(1, 3)
    why = "The error may rise with n: one ReLU on the kink beats many beside it. Doubling n skips answers."
    f = patient(lambda x: steepness * (x - 1 / pieces).abs(), why)
    assert_equal(relus_needed(f, 0.0, 1.0, 1e-6), pieces, why)


@pytest.mark.parametrize("tolerance", [0.0, -1.0, math.nan], ids=str)
def test_relus_needed_refuses_an_impossible_tolerance(draw, tolerance):
    """A tolerance that is not positive raises a ValueError that says so."""
    why = "No n would ever do, and the search would not end. NaN is neither positive nor <= 0."
    args = relus_needed, patient(torch.exp, why), 0.0, 1.0, tolerance
    assert_raises(ValueError, *args, mentions=["tolerance"], why=why)


EVERYTHING = {
    "relu": lambda knots, values: relu(values),
    "hinge_basis": lambda knots, values: hinge_basis(values, knots),
    "bias": lambda knots, values: interpolation_weights(knots, values)[0],
    "weights": lambda knots, values: interpolation_weights(knots, values)[1],
    "piecewise_linear": lambda knots, values: piecewise_linear(values, knots, values[0], values[1:]),
    "largest_error": lambda knots, values: largest_error(torch.exp, knots),
}


@pytest.mark.parametrize("function", EVERYTHING.values(), ids=EVERYTHING.keys())
def test_the_dtype_is_kept(draw, function):
    """What comes in as float32 goes out as float32, and float64 stays float64."""
    knots, values = uneven_knots(draw, 5), draw.normal(5, dtype=torch.float64)
    for dtype in (torch.float32, torch.float64):
        result = function(knots.to(dtype), values.to(dtype))
        assert_equal(
            getattr(result, "dtype", None), dtype, "A constant or a grid of your own takes the dtype of the input."
        )


@pytest.mark.parametrize("function", EVERYTHING.values(), ids=EVERYTHING.keys())
def test_inputs_are_left_alone(draw, function):
    """Nothing writes to the points, the knots or the values."""
    knots, values = uneven_knots(draw, 5), draw.normal(5, dtype=torch.float64)
    with unchanged("Names that end in _ and += write into the caller's tensor.", knots=knots, values=values):
        function(knots, values)


@pytest.mark.parametrize("function", EVERYTHING.values(), ids=EVERYTHING.keys())
def test_no_loop_over_points_or_knots(draw, function):
    """Ten times as many points and knots take the same number of torch operators."""
    small, large = ((uneven_knots(draw, k), draw.normal(k, dtype=torch.float64)) for k in (4, 40))
    assert_no_loop(function, small, large, "One operator over all points and knots at once: broadcast, or multiply.")
