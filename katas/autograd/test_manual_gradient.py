"""What the derivatives of x²y must do. Read a test, make it green, go on with the next."""

import pytest
import torch

from katas.autograd.manual_gradient import (
    SquareTimes,
    autograd_partials,
    central_differences,
    hessian,
    partials,
    unbroadcast,
    value,
)
from pt_kata.checks import assert_close, assert_equal, fail, gradients, operations, unchanged

CUT = "A result that was detached has the right values and no way back to x and y: nothing can learn through it."
CONSTANT = "In each partial derivative the other variable is a constant: it stays as it is. The one for x comes first."
STEP = (
    "A step too small leaves only rounding error in the difference (1e-8 does not even move a float32 near 1), "
    "a step too large cuts across the curve. Where the two balance depends on eps of x's dtype."
)
PILE_UP = "backward() adds to .grad, call after call. Take the gradients without going through the caller's .grad."
GRAPH_ON = (
    "Under no_grad nothing is recorded, so there is nothing to differentiate: recording must be on where you need it."
)
SUM_BACK = (
    "An element that broadcasting used k times gets the sum of k gradients, in the shape of its own tensor. "
    "The autograd engine happens to repair many such shapes afterwards, so this test calls your backward itself."
)
TWICE = (
    "The gradient is itself a function of x, y and upstream. detach, data, no_grad, numpy or once_differentiable "
    "inside backward hide that from autograd."
)


def square_times(x, y):
    """x²y as the tests know it."""
    return x * x * y


def is_plain(value):
    """Whether a value is a setting or a shape, which holds no elements of any tensor."""
    if isinstance(value, tuple | list):
        return all(is_plain(item) for item in value)
    return value is None or isinstance(value, int | str | torch.dtype | torch.device)


def attempt(why, function, *args):
    """Return ``function(*args)``; where autograd refuses, fail with ``why``."""
    try:
        return function(*args)
    except NotImplementedError:
        raise
    except (RuntimeError, TypeError) as error:
        said = str(error).strip().partition("\n")[0]
        fail(f"{function.__name__} raised {type(error).__name__}.", why, said=said)


def test_value_at_two_and_three(draw):
    """At x = 2 and y = 3 the value is 12."""
    assert_close(value(draw.tensor(2.0), draw.tensor(3.0)), 12.0, "Only x is squared.")


def test_value_broadcasts(draw):
    """A column of x against a row of y gives a table, one value for every pair."""
    x, y = draw.normal(3, 1, dtype=torch.float64), draw.normal(4, dtype=torch.float64)
    table = [[a * a * b for b in y.tolist()] for a in x.flatten().tolist()]
    assert_close(value(x, y), draw.tensor(table, dtype=torch.float64), "Only x is squared.")


def test_autograd_goes_through_value(draw):
    """The value of fresh x and y has the gradients of x²y."""
    n = draw.size()
    x, y = draw.normal(n, requires_grad=True), draw.normal(n, requires_grad=True)
    assert_close(gradients(value(x, y), (x, y), why=CUT), gradients(square_times(x, y), (x, y)), CUT)


def test_partials_at_two_and_three(draw):
    """At x = 2 and y = 3 the partial derivatives are 12 and 4."""
    wanted = draw.tensor(12.0), draw.tensor(4.0)
    assert_close(partials(draw.tensor(2.0), draw.tensor(3.0)), wanted, CONSTANT)


def test_partials_come_as_a_tuple(draw):
    """The two derivatives are a tuple, as the docstring says, and no list."""
    found = partials(draw.tensor(2.0), draw.tensor(3.0))
    assert_equal(type(found), tuple, "A tuple says that there are always two, the one for x first; a list may grow.")


def test_partials_of_fresh_tensors(draw):
    """For every element the formulas give what autograd finds, in the same shape and dtype."""
    shape = draw.sizes(2)
    x = draw.normal(*shape, dtype=torch.float64, requires_grad=True)
    y = draw.normal(*shape, dtype=torch.float64, requires_grad=True)
    assert_close(partials(x.detach(), y.detach()), gradients(square_times(x, y), (x, y)), CONSTANT)


def test_partials_are_exact_where_numbers_are_large(draw):
    """In the thousands and in float32 the formulas lose no digits."""
    x, y = draw.uniform(1e3, 1e4, 20), draw.uniform(1e3, 1e4, 20)
    wanted = 2 * x.double() * y.double(), x.double() ** 2
    why = "The difference of two large values has few digits left; a formula has them all, and needs no step."
    assert_close(partials(x, y), wanted, why, dtype=torch.float32, rtol=1e-6, atol=0)


def test_autograd_goes_through_partials(draw):
    """Each partial derivative can be differentiated again, and the mixed ones agree: both are 2x."""
    x, y = draw.normal(5, requires_grad=True), draw.normal(5, requires_grad=True)
    by_x, by_y = partials(x, y)
    assert_close(gradients(by_x, (x, y), why=CUT), (2 * y.detach(), 2 * x.detach()), CUT)
    assert_close(gradients(by_y, x, why=CUT), 2 * x.detach(), CUT)


def test_differences_at_two_and_three(draw):
    """At x = 2 and y = 3 central differences find 12 and 4, one variable at a time."""
    x, y = draw.tensor(2.0, dtype=torch.float64), draw.tensor(3.0, dtype=torch.float64)
    assert_close(central_differences(lambda moved: square_times(x, moved), y), 4.0)
    assert_close(central_differences(lambda moved: square_times(moved, y), x), 12.0)


def test_differences_look_both_ways(draw):
    """With the step h, the slope of x³ comes out as 3x² + h²."""
    x = draw.tensor([1.0, -2.0, 0.0, draw.integers(1, 9).item() / 2])
    why = "Central differences go one step up and one down, over two steps. One side alone is off by 3xh more."
    assert_close(central_differences(lambda t: t**3, x, 0.5), 3 * x**2 + 0.25, why)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_the_default_step_suits_the_dtype(draw, dtype):
    """The slope of exp comes out as exp, to two thirds of the digits that the dtype has."""
    x = draw.uniform(0.5, 2, 1000, dtype=dtype)
    allowed = 4 * torch.finfo(dtype).eps ** (2 / 3)
    assert_close(central_differences(torch.exp, x), x.double().exp(), STEP, dtype=dtype, rtol=allowed, atol=0)


def test_the_default_step_does_not_vanish_near_zero(draw):
    """At x = 0 and close to it the slope of exp is still 1."""
    x = draw.tensor([0.0, 1e-6, -1e-6, 1e-30])
    why = "A step in proportion to x vanishes with x: the difference is then 0, or 0 / 0."
    assert_close(central_differences(torch.exp, x), x.double().exp(), why, dtype=x.dtype, rtol=1e-3, atol=0)


def test_the_default_step_grows_with_each_element(draw):
    """From 1 to a million, on either side, the slope of x³ comes out as 3x², whatever the other elements are."""
    x = draw.uniform(1, 2, 5) * draw.tensor([1.0, -1e2, 1e4, 1e6, -1e6])
    why = "In float32, 1e6 + 0.005 is 1e6: the step must grow with x, and with each element's own x."
    wanted = 3 * x.double() ** 2
    assert_close(central_differences(lambda t: t**3, x), wanted, why, dtype=x.dtype, rtol=1e-4, atol=0)


def test_the_slope_of_a_straight_line_is_exact(draw):
    """For 4x the slope is 4, without the error that rounding x + h and x - h would bring, whoever chose the step."""
    x = draw.uniform(100, 1000, 100)
    why = "x + h is rounded, so the two points are not 2h apart: divide by the distance that they really have."
    for step in (None, 0.01):
        assert_close(central_differences(lambda t: 4 * t, x, step), torch.full_like(x, 4.0), why, rtol=1e-6, atol=0)


def test_f_is_called_twice_on_whole_tensors(draw):
    """Two calls of f, with tensors like x, are enough for all elements."""
    x, seen = draw.normal(*draw.sizes(2)), []
    result = central_differences(lambda t: seen.append((t.shape, t.dtype)) or t.sin(), x)
    why = "f is elementwise, so that all elements move at once, and it may accept no other shape or dtype than x's."
    if seen != [(x.shape, x.dtype)] * 2:
        fail("central_differences does not call f twice with tensors like x.", why, result, received=seen)
    assert_close(result, x.cos(), rtol=0, atol=2e-4)


@pytest.mark.parametrize(
    ("function", "wanted"),
    [
        (lambda x, y: torch.stack(list(partials(x, y))), [12.0, 4.0]),
        (lambda x, y: central_differences(lambda t: square_times(t, y), x), 12.0),
        (lambda x, y: unbroadcast(torch.stack([x, y]), (1,)), [5.0]),
    ],
    ids=["partials", "central_differences", "unbroadcast"],
)
def test_formulas_and_differences_need_no_autograd(draw, function, wanted):
    """In inference mode, where torch can record nothing at all, the answers at x = 2 and y = 3 are the same."""
    why = "By hand and by differences a derivative is plain arithmetic: no graph, no engine, under whatever name."
    with torch.inference_mode():
        found = attempt(why, function, draw.tensor(2.0), draw.tensor(3.0))
        assert_close(found, wanted, why, rtol=1e-4)


def test_autograd_partials_at_two_and_three(draw):
    """At x = 2 and y = 3 autograd finds 12 and 4, though neither input requires grad."""
    wanted = draw.tensor(12.0), draw.tensor(4.0)
    why = "Autograd records only what starts from a tensor that requires grad; these two do not."
    assert_close(attempt(why, autograd_partials, square_times, draw.tensor(2.0), draw.tensor(3.0)), wanted, why)


def test_autograd_partials_of_another_function(draw):
    """The partial derivatives are those of the f that is given, for tensors of any shape."""
    shape = draw.sizes(2)
    x, y = draw.normal(*shape, dtype=torch.float64), draw.normal(*shape, dtype=torch.float64)
    why = "Autograd differentiates what f does; a formula for x²y knows nothing of f."
    found = attempt(why, autograd_partials, lambda x, y: x.sin() * y.exp(), x, y)
    assert_close(found, (x.cos() * y.exp(), x.sin() * y.exp()), why, rtol=1e-12, atol=1e-12)


def test_gradients_do_not_pile_up(draw):
    """Two calls give the same answer twice; a gradient held in .grad stays, and none is put there."""
    x, y = draw.normal(3, requires_grad=True), draw.normal(3, requires_grad=True)
    x.grad = held = torch.full_like(x, 7.0)
    wanted = gradients(square_times(x, y), (x, y))
    for _ in range(2):
        assert_close(autograd_partials(square_times, x, y), wanted, PILE_UP)
    if x.grad is not held or not torch.equal(held, torch.full_like(held, 7.0)):
        fail("autograd_partials changed x.grad.", PILE_UP, before=torch.full_like(held, 7.0), after=x.grad)
    if y.grad is not None:
        fail("autograd_partials left something in y.grad.", PILE_UP, before=None, after=y.grad)


def test_no_trace_is_left(draw):
    """The results belong to no graph, and the inputs and what they came from are as before."""
    source, y = draw.normal(3, requires_grad=True), draw.normal(3)
    x = 2 * source
    found = autograd_partials(square_times, x, y)
    assert_close(found, (2 * x.detach() * y, x.detach() ** 2), PILE_UP)
    if any(result.requires_grad for result in found):
        why = "A result that requires grad keeps the graph behind it alive for as long as somebody holds it."
        fail("autograd_partials returned results that belong to a graph.", why, found)
    if y.requires_grad or not x.requires_grad:
        why = "requires_grad_() changes the caller's tensor. Ask for gradients of a tensor of your own."
        fail("autograd_partials changed requires_grad of an input.", why, found)
    if source.grad is not None:
        fail("autograd_partials left a gradient in the tensor that x was computed from.", PILE_UP, found)


def test_one_tensor_as_both_inputs(draw):
    """With the same tensor for x and y, the two are still different variables: 2x² and x², not 3x² twice."""
    x = draw.normal(3, requires_grad=True)
    why = "Autograd tells variables apart by tensor: given one tensor twice, it adds up both ways into it."
    assert_close(autograd_partials(square_times, x, x), (2 * x.detach() ** 2, x.detach() ** 2), why)


def test_hessian_of_another_function(draw):
    """The second derivatives are those of the f that is given, in the dtype of x and y."""
    x, y = draw.normal(dtype=torch.float64), draw.normal(dtype=torch.float64)
    mixed, twice = x.cos() * y.exp(), x.sin() * y.exp()
    wanted = torch.stack([torch.stack([-twice, mixed]), torch.stack([mixed, twice])])
    why = "Second derivatives are first derivatives of first derivatives, which must be part of a graph themselves."
    found = attempt(why, hessian, lambda x, y: x.sin() * y.exp(), x, y)
    assert_close(found, wanted, why, rtol=1e-12, atol=1e-12)


def test_hessian_at_two_and_three(draw):
    """At x = 2 and y = 3 the second derivatives of x²y are 6, 4, 4 and 0, and those of xy² are 0, 6, 6 and 4."""
    why = "x² does not depend on y. Autograd finds no way there and complains or says None; the derivative is 0."
    found = attempt(why, hessian, square_times, draw.tensor(2.0), draw.tensor(3.0))
    assert_close(found, [[6.0, 4.0], [4.0, 0.0]], why)
    found = attempt(why, hessian, lambda x, y: x * y * y, draw.tensor(2.0), draw.tensor(3.0))
    assert_close(found, [[0.0, 6.0], [6.0, 4.0]], f"For xy² it is y² that does not depend on x. {why}")


def test_hessian_leaves_no_trace(draw):
    """The matrix belongs to no graph, .grad stays as it was, and an input that requires no grad still does not."""
    x, y = draw.normal(requires_grad=True), draw.normal()
    x.grad = held = draw.tensor(7.0)
    found = hessian(square_times, x, y)
    if x.grad is not held or held.item() != 7.0 or y.grad is not None:
        fail("hessian changed .grad of its inputs.", PILE_UP, found, x_grad=x.grad, y_grad=y.grad)
    if y.requires_grad:
        why = "requires_grad_() changes the caller's tensor. Ask for gradients of a tensor of your own."
        fail("hessian changed requires_grad of an input.", why, found)
    if found.requires_grad:
        why = "The graph of the first derivatives is needed inside only; the caller gets numbers."
        fail("hessian returned a result that belongs to a graph.", why, found)


@pytest.mark.parametrize("function", [autograd_partials, hessian], ids=["autograd_partials", "hessian"])
def test_no_grad_of_the_caller_makes_no_difference(draw, function):
    """Where the caller has switched autograd off, the answer is the same, and autograd is still off afterwards."""
    x, y = draw.normal(requires_grad=True), draw.normal(requires_grad=True)
    wanted = function(square_times, x, y)
    for recording in (True, False):
        with torch.set_grad_enabled(recording):
            assert_close(attempt(GRAPH_ON, function, square_times, x, y), wanted, GRAPH_ON)
            if torch.is_grad_enabled() != recording:
                why = "set_grad_enabled() as a plain call outlives your function: use a with statement."
                fail("The call switched the caller's autograd on or off.", why, before=recording, after=not recording)


@pytest.mark.parametrize(
    ("shape", "wanted"),
    [
        ((2, 3), [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]),
        ((3,), [2.0, 2.0, 2.0]),
        ((1, 3), [[2.0, 2.0, 2.0]]),
        ((2, 1), [[3.0], [3.0]]),
        ((), 6.0),
    ],
    ids=["(2, 3)", "(3,)", "(1, 3)", "(2, 1)", "()"],
)
def test_unbroadcast_counts_how_often_each_element_was_used(draw, shape, wanted):
    """Six ones, of shape (2, 3), are summed to the shape that was broadcast."""
    why = "Sum over axes that are missing on the left, and over axes of length 1, which stay. Leave the others alone."
    found = attempt(why, unbroadcast, draw.tensor([[1.0] * 3] * 2), shape)
    assert_close(found, wanted, why, dtype=torch.float32)


def test_unbroadcast_agrees_with_torch(draw):
    """For every shape that broadcasts to (n, n, m, k), the sums are those of torch."""
    n, m, k = draw.sizes(3, 2, 5)
    gradient = draw.normal(n, n, m, k, dtype=torch.float64)
    why = "Axes are matched from the right. With equal lengths a wrong axis raises nothing, and sums the wrong numbers."
    for shape in [(n, n, m, k), (n, m, k), (n, 1, k), (n, 1, 1, k), (1, n, m, 1), (m, 1), (k,), (1,), ()]:
        assert_close(attempt(why, unbroadcast, gradient, shape), gradient.sum_to_size(shape), why)
    empty = draw.normal(n, 0)
    assert_close(attempt(why, unbroadcast, empty, (0,)), empty.sum(0), "An axis of length 0 stays as it is.")


def test_autograd_goes_through_unbroadcast(draw):
    """Each element of the gradient counts once in the sum it went into."""
    gradient, weights = draw.normal(4, 2, 3, requires_grad=True), draw.normal(2, 1)
    found = gradients(unbroadcast(gradient, (2, 1)), gradient, weights, CUT)
    assert_close(found, weights.expand(4, 2, 3), CUT)


def test_function_returns_the_value(draw):
    """The forward of your autograd.Function is x²y, also for shapes that broadcast."""
    x, y = draw.normal(3, 1), draw.normal(4)
    assert_close(SquareTimes.apply(x, y), square_times(x, y))


def test_function_multiplies_by_the_incoming_gradient(draw):
    """Each gradient is the incoming one times the partial derivative."""
    n = draw.size()
    x, y, upstream = draw.normal(n, requires_grad=True), draw.normal(n, requires_grad=True), draw.normal(n)
    why = "x²y may be anywhere in a longer computation; upstream is the gradient of all that comes after it."
    found = gradients(SquareTimes.apply(x, y), (x, y), upstream)
    assert_close(found, gradients(square_times(x, y), (x, y), upstream), why)


def test_backward_only_reads_the_incoming_gradient(draw):
    """The incoming gradient is the same after backward as before."""
    x, y, upstream = draw.normal(3, requires_grad=True), draw.normal(3, requires_grad=True), draw.normal(3)
    node = SquareTimes.apply(x, y).grad_fn
    with unchanged("upstream belongs to the caller, who may hand it to another node as well.", upstream=upstream):
        SquareTimes.backward(node, upstream)


@pytest.mark.parametrize(
    ("x_shape", "y_shape"),
    [((3, 1), (4,)), ((), (5,)), ((5,), ()), ((2, 3), (4, 2, 3)), ((4, 1, 3), (2, 1))],
    ids=str,
)
def test_backward_sums_what_was_broadcast(draw, x_shape, y_shape):
    """Each gradient that backward returns has the shape of its input."""
    x = draw.normal(*x_shape, dtype=torch.float64, requires_grad=True)
    y = draw.normal(*y_shape, dtype=torch.float64, requires_grad=True)
    result = SquareTimes.apply(x, y)
    upstream = draw.normal(*result.shape, dtype=torch.float64)
    found = SquareTimes.backward(result.grad_fn, upstream)
    assert_close(found, gradients(square_times(x, y), (x, y), upstream), SUM_BACK)


def test_nodes_keep_their_inputs_apart(draw):
    """Of two nodes in one graph, each has its own x and y."""
    inputs = [draw.normal(3, requires_grad=True) for _ in range(4)]
    a, b, x, y = inputs
    found = gradients(SquareTimes.apply(a, b) + SquareTimes.apply(x, y), inputs)
    why = "All backward passes come after all forward passes: a global, or the class, holds only the latest inputs."
    assert_close(found, gradients(square_times(a, b) + square_times(x, y), inputs), why)


def test_function_passes_gradcheck(draw):
    """Its backward agrees with finite differences in float64."""
    x = draw.normal(3, 1, dtype=torch.float64, requires_grad=True)
    y = draw.normal(4, dtype=torch.float64, requires_grad=True)
    attempt("backward must be the derivative of forward.", torch.autograd.gradcheck, SquareTimes.apply, (x, y))


def test_function_can_be_differentiated_twice(draw):
    """The gradient of x is a function of upstream, x and y, with gradients by each of them."""
    x, y, upstream = (draw.normal(4, requires_grad=True) for _ in range(3))
    slope, wanted = (
        torch.autograd.grad((function(x, y) * upstream).sum(), x, create_graph=True)[0]
        for function in (SquareTimes.apply, square_times)
    )
    assert_close(gradients(slope, upstream, why=TWICE), gradients(wanted, upstream), TWICE)
    assert_close(gradients(slope, (x, y), why=TWICE), gradients(wanted, (x, y)), TWICE)


def test_function_passes_gradgradcheck(draw):
    """Its backward can be differentiated again, and agrees with finite differences then too."""
    x = draw.normal(3, 1, dtype=torch.float64, requires_grad=True)
    y = draw.normal(4, dtype=torch.float64, requires_grad=True)
    attempt(TWICE, torch.autograd.gradgradcheck, SquareTimes.apply, (x, y))


def test_function_saves_its_inputs_and_nothing_else(draw):
    """The node holds on to x and y, which exist anyway, and to no tensor of its own."""
    x, y = draw.normal(3, 1, requires_grad=True), draw.normal(4, requires_grad=True)
    saved = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: saved.append(t) or t, lambda t: t):
        result = SquareTimes.apply(x, y)
    if {x.data_ptr(), y.data_ptr()} != {tensor.data_ptr() for tensor in saved}:
        why = "A saved tensor lives until backward. The inputs cost nothing, and the formulas need nothing else."
        fail("SquareTimes does not save exactly x and y.", why, result, saved=saved, wanted=[x, y])
    kept = [name for name, kept in vars(result.grad_fn).items() if not is_plain(kept)]
    if kept:
        why = "A value set as an attribute of ctx, or inside of one, escapes autograd's bookkeeping."
        why += " Tensors belong into ctx.save_for_backward; shapes and settings may be attributes."
        fail("SquareTimes keeps values outside save_for_backward.", why, result, kept=kept)


@pytest.mark.parametrize("needs", [(True, False), (False, True)], ids=["x", "y"])
def test_backward_computes_only_what_is_asked(draw, needs):
    """For an input that requires no grad backward returns None, without computing it first."""
    inputs, upstream = (draw.normal(4), draw.normal(4)), draw.normal(4)
    both = SquareTimes.apply(*(tensor.clone().requires_grad_() for tensor in inputs)).grad_fn
    one = SquareTimes.apply(*(tensor.requires_grad_(need) for tensor, need in zip(inputs, needs, strict=True))).grad_fn
    found = SquareTimes.backward(one, upstream)
    why = "Most inputs of a network (data, frozen weights) need no gradient: ctx.needs_input_grad says which do."
    if [gradient is not None for gradient in found] != list(needs):
        fail("backward returned a gradient that nobody asked for, or left one out.", why, found, needs=needs)
    few, many = (operations(SquareTimes.backward, node, upstream) for node in (one, both))
    if few >= many:
        fail("backward runs as many operators for one gradient as for both.", why, found, one=few, both=many)


@pytest.mark.parametrize(
    "function",
    [
        lambda x, y: value(x, y),
        lambda x, y: partials(x, y),
        lambda x, y: central_differences(torch.square, x),
        lambda x, y: autograd_partials(square_times, x, y),
        lambda x, y: hessian(square_times, x[0], y[0]),
        lambda x, y: unbroadcast(x, (1,)),
        lambda x, y: gradients(SquareTimes.apply(x.requires_grad_(), y.requires_grad_()), (x, y)),
    ],
    ids=["value", "partials", "central_differences", "autograd_partials", "hessian", "unbroadcast", "SquareTimes"],
)
def test_inputs_are_left_alone(draw, function):
    """Nothing writes to x or y, not even for a moment."""
    x, y = draw.normal(5), draw.normal(5)
    with unchanged("x += h writes into the caller's tensor, and rounding keeps x -= h from undoing it.", x=x, y=y):
        function(x, y)
