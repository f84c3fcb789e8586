"""Known wrong answers to approximation/relu_approximation."""

import math
from itertools import count

import torch

from pt_kata.stand_ins import mistake
from solutions.approximation.relu_approximation import (
    hinge_basis,
    interpolation_weights,
    largest_error,
    piecewise_linear,
    relu,
)
from solutions.approximation.relu_approximation import interpolation_weights as right_weights
from solutions.approximation.relu_approximation import largest_error as right_error
from solutions.approximation.relu_approximation import piecewise_linear as right_sum
from solutions.approximation.relu_approximation import relu as right_relu
from solutions.approximation.relu_approximation import relus_needed as right_number


@mistake("relu", caught_by="test_relu_keeps_what_is_positive", forbidden=True)
def the_built_in(x):
    """The ready-made ReLU called.

    torch.relu, or one of its relatives, gives the right values without a line of your own. It is what you are
    building here, out of a comparison.

    Try:
        >>> relu(torch.tensor([-1.0], requires_grad=True)).grad_fn.name()
        'ReluBackward0'
    """
    return torch.relu(x)


@mistake("relu", caught_by="test_relu_gives_a_new_tensor")
def changed_in_place(x):
    """The input changed in place.

    A name that ends in _, or an assignment to x[x < 0], writes the zeros into the tensor of the caller. The result
    was to be a new tensor, and x is to stay as it is.

    Try:
        >>> x = torch.tensor([-2.0, 3.0])
        >>> _ = relu(x)
        >>> x
        tensor([0., 3.])
    """
    return x.clamp_(min=0)


@mistake("relu", caught_by="test_relu_keeps_what_is_positive")
def absolute_value(x):
    """The absolute value.

    Negative numbers lose their sign. They were to become 0: a ReLU is flat on the left and does not rise again.

    Try:
        >>> relu(torch.tensor([-2.0, 3.0]))
        tensor([2., 3.])
    """
    return x.abs()


@mistake("relu", caught_by="test_relu_keeps_what_is_positive")
def negative_part(x):
    """The negative numbers kept.

    The smaller of x and 0 is taken, or the condition is the wrong way round. A ReLU keeps what is positive.

    Try:
        >>> relu(torch.tensor([-2.0, 3.0]))
        tensor([-2.,  0.])
    """
    return x.clamp(max=0)


@mistake("relu", caught_by="test_relu_keeps_what_is_positive")
def step_function(x):
    """1 where x is positive, instead of x.

    The result of the comparison is returned as numbers. That is the slope of the ReLU, and the ReLU itself is x
    there.

    Try:
        >>> relu(torch.tensor([-2.0, 3.0]))
        tensor([0., 1.])
    """
    return (x > 0).to(x.dtype)


@mistake("relu", caught_by="test_relu_keeps_what_is_positive")
def leak_on_the_left(x):
    """A small slope on the left.

    Negative numbers are scaled down and not cut off, as in a leaky ReLU. Then no sum of them is flat before the first
    knot.

    Try:
        >>> relu(torch.tensor([-2.0, 3.0]))
        tensor([-0.0200,  3.0000])
    """
    return torch.where(x > 0, x, 0.01 * x)


@mistake("relu", caught_by="test_relu_keeps_what_is_positive")
def limited_above(x):
    """Cut off at 1 as well.

    The values are limited on both sides. A ReLU goes on rising without an end.

    Try:
        >>> relu(torch.tensor([-2.0, 0.5, 3.0]))
        tensor([0.0000, 0.5000, 1.0000])
    """
    return x.clamp(0, 1)


@mistake("relu", caught_by="test_relu_keeps_what_is_positive")
def positives_alone(x):
    """The positive numbers alone, in a row.

    A mask as index picks out the positive numbers and leaves the others out. The result was to have the shape of x,
    with a 0 in every other place.

    Try:
        >>> relu(torch.tensor([-2.0, 3.0]))
        tensor([3.])
    """
    return x[x > 0]


@mistake("relu", caught_by="test_relu_has_the_slopes_zero_and_one")
def root_of_the_square(x):
    """The absolute value as the root of a square.

    (x + sqrt(x**2)) / 2 has the right values. But the root has an infinite slope at 0 and the square the slope 0
    there, and their product is NaN.

    Try:
        >>> x = torch.tensor([0.0], requires_grad=True)
        >>> relu(x).sum().backward()
        >>> x.grad
        tensor([nan])
    """
    return (x + x.square().sqrt()) / 2


@mistake("relu", caught_by="test_relu_has_the_slopes_zero_and_one")
def cut_off_from_autograd(x):
    """Right values, cut off from autograd.

    The values take a way on which autograd can't follow: detach, data, numpy or a new torch.tensor. Then nothing
    before a ReLU can be trained.

    Try:
        >>> relu(torch.tensor([3.0], requires_grad=True)).requires_grad
        False
    """
    return right_relu(x.detach())


@mistake("hinge_basis", caught_by="test_hinge_basis_of_three_points_and_two_knots")
def mirrored_hinges(x, knots):
    """Knot minus point.

    The difference is taken the wrong way round, so every hinge falls to the left of its knot and is flat to the
    right. A hinge is to rise to the right of its knot.

    Try:
        >>> hinge_basis(torch.tensor([0.0, 5.0]), torch.tensor([1.0]))
        tensor([[1.],
                [0.]])
    """
    return relu(knots - x[:, None])


@mistake("hinge_basis", caught_by="test_hinge_basis_of_three_points_and_two_knots")
def rows_of_knots(x, knots):
    """Knots as rows and points as columns.

    The new axis is put on the knots and not on the points. So the table is transposed: a row was to belong to a point.

    Try:
        >>> hinge_basis(torch.tensor([0.0, 1.0, 2.0]), torch.tensor([0.0, 1.0])).shape
        torch.Size([2, 3])
    """
    return relu(x - knots[:, None])


@mistake("hinge_basis", caught_by="test_hinge_basis_of_three_points_and_two_knots")
def axes_not_spread(x, knots):
    """Points and knots along the same axis.

    The knots are subtracted from the points one by one. With other numbers of points than of knots that fails, and
    with equal ones each point meets a single knot only.

    Try:
        >>> hinge_basis(torch.tensor([0.0, 5.0]), torch.tensor([1.0, 2.0]))
        tensor([0., 3.])
    """
    return relu(x - knots)


@mistake("hinge_basis", caught_by="test_hinge_basis_of_three_points_and_two_knots")
def differences_alone(x, knots):
    """The differences without the ReLU.

    Point minus knot is returned as it is, also where it is negative. Every column was to be 0 up to its knot.

    Try:
        >>> hinge_basis(torch.tensor([0.0, 5.0]), torch.tensor([1.0]))
        tensor([[-1.],
                [ 4.]])
    """
    return x[:, None] - knots


@mistake("hinge_basis", caught_by="test_hinge_basis_agrees_with_a_loop")
def relu_before_the_difference(x, knots):
    """The ReLU taken before the difference.

    relu(x) - relu(knot) has its kink at 0, wherever the knot lies. The knot is to be subtracted first, since that
    shifts the kink to it.

    Try:
        >>> hinge_basis(torch.tensor([0.0, 5.0]), torch.tensor([1.0]))
        tensor([[-1.],
                [ 4.]])
    """
    return relu(x)[:, None] - relu(knots)


@mistake("hinge_basis", caught_by="test_hinge_basis_of_three_points_and_two_knots")
def distances(x, knots):
    """Distances from the knots.

    The absolute value makes every column rise on both sides of its knot. A hinge is flat on the left.

    Try:
        >>> hinge_basis(torch.tensor([0.0, 5.0]), torch.tensor([1.0]))
        tensor([[1.],
                [4.]])
    """
    return (x[:, None] - knots).abs()


@mistake("hinge_basis", caught_by="test_hinge_basis_of_three_points_and_two_knots")
def steps(x, knots):
    """Steps instead of ramps.

    The table says whether a point lies to the right of a knot. How far it lies to the right is what makes a sum of
    hinges a chain of straight lines.

    Try:
        >>> hinge_basis(torch.tensor([0.0, 5.0]), torch.tensor([1.0]))
        tensor([[0.],
                [1.]])
    """
    return (x[:, None] > knots).to(x.dtype)


@mistake("hinge_basis", caught_by="test_hinge_basis_of_three_points_and_two_knots", forbidden=True)
def relu_of_torch(x, knots):
    """The ready-made ReLU called in place of yours.

    torch.relu, clamp or one of their relatives cuts off the differences. You wrote a relu above for that, and it is
    the one to call.

    Try:
        >>> hinge_basis(torch.ones(1, requires_grad=True), torch.zeros(1)).grad_fn.name()
        'ReluBackward0'
    """
    return torch.relu(x[:, None] - knots)


@mistake("hinge_basis", caught_by="test_no_loop_over_points_or_knots")
def one_column_at_a_time(x, knots):
    """A Python loop over the knots or the points.

    The table is put together from one column or row after the other. Broadcasting makes all entries in one
    operation, which takes no longer to write and far less time to run.

    Try:
        >>> hinge_basis(torch.zeros(2, requires_grad=True), torch.zeros(3)).grad_fn.name()
        'StackBackward0'
    """
    return torch.stack([relu(x - knot) for knot in knots], dim=1)


def _slopes(knots, values):
    if not (knots.diff() > 0).all():
        raise ValueError("the knots must be strictly increasing")
    return values.diff() / knots.diff()


@mistake("interpolation_weights", caught_by="test_weights_of_a_straight_line")
def first_slope_lost(knots, values):
    """The first slope lost.

    The first weight is 0, as if there were a slope before the first knot that goes on. There every ReLU is flat, so
    the first weight has to make the whole first slope.

    Try:
        >>> interpolation_weights(torch.tensor([0.0, 1.0, 2.0]), torch.tensor([0.0, 3.0, 6.0]))
        (tensor(0.), tensor([0., 0.]))
    """
    slopes = _slopes(knots, values)
    return values[0], torch.cat([torch.zeros_like(slopes[:1]), slopes.diff()])


@mistake("interpolation_weights", caught_by="test_weights_of_a_straight_line")
def slopes_as_weights(knots, values):
    """The slopes themselves as weights.

    Each weight is the slope of its interval. But the ReLUs before it go on rising, so a weight only adds the change
    of the slope at its knot.

    Try:
        >>> interpolation_weights(torch.tensor([0.0, 1.0, 2.0]), torch.tensor([0.0, 3.0, 6.0]))
        (tensor(0.), tensor([3., 3.]))
    """
    return values[0], _slopes(knots, values)


@mistake("interpolation_weights", caught_by="test_weights_of_a_straight_line")
def turns_alone(knots, values):
    """Only the changes of the slope.

    The differences of neighbouring slopes are returned, and these are one fewer than the intervals. The first slope is
    a weight as well and stands before them.

    Try:
        >>> interpolation_weights(torch.tensor([0.0, 1.0, 2.0]), torch.tensor([0.0, 3.0, 5.0]))
        (tensor(0.), tensor([-1.]))
    """
    return values[0], _slopes(knots, values).diff()


@mistake("interpolation_weights", caught_by="test_weights_of_a_straight_line")
def turns_moved(knots, values):
    """Each turn one knot too early.

    The list of weights starts with the turn at the second knot and ends with one at the last. Weight j belongs to the
    ReLU with its kink at knot j, so all of them have moved by one place.

    Try:
        >>> interpolation_weights(torch.tensor([0.0, 1.0, 2.0]), torch.tensor([0.0, 3.0, 5.0]))
        (tensor(0.), tensor([-1., -2.]))
    """
    slopes = _slopes(knots, values)
    return values[0], torch.cat([slopes.diff(), -slopes[-1:]])


@mistake("interpolation_weights", caught_by="test_weights_of_a_straight_line")
def last_knot_with_a_relu(knots, values):
    """A weight for the last knot too.

    One ReLU more than there are intervals ends the last slope. The last knot has no ReLU, and the last slope simply
    goes on.

    Try:
        >>> interpolation_weights(torch.tensor([0.0, 1.0]), torch.tensor([0.0, 3.0]))
        (tensor(0.), tensor([ 3., -3.]))
    """
    slopes = _slopes(knots, values)
    return values[0], torch.cat([slopes[:1], slopes.diff(), -slopes[-1:]])


@mistake("interpolation_weights", caught_by="test_weights_of_a_hat")
def turns_reversed(knots, values):
    """The slope before minus the slope after.

    The difference of the slopes is taken the wrong way round. A weight is what has to be added to the old slope to
    get the new one.

    Try:
        >>> interpolation_weights(torch.tensor([0.0, 1.0, 2.0]), torch.tensor([0.0, 1.0, 3.0]))
        (tensor(0.), tensor([ 1., -1.]))
    """
    slopes = _slopes(knots, values)
    return values[0], torch.cat([slopes[:1], -slopes.diff()])


@mistake("interpolation_weights", caught_by="test_weights_of_a_straight_line")
def bias_at_zero(knots, values):
    """The height at x = 0 as the bias.

    The first straight line is followed back to x = 0, as in school. A sum of ReLUs stops falling at the first knot, so
    its bias is the value there.

    Try:
        >>> interpolation_weights(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 5.0]))
        (tensor(1.), tensor([2.]))
    """
    bias, weights = right_weights(knots, values)
    return bias - weights[0] * knots[0], weights


@mistake("interpolation_weights", caught_by="test_weights_of_a_straight_line")
def no_bias(knots, values):
    """A bias of 0.

    The sum starts at 0, whatever the first value is. At the first knot every ReLU is 0, so only the bias can give the
    value there.

    Try:
        >>> interpolation_weights(torch.tensor([0.0, 1.0]), torch.tensor([3.0, 5.0]))
        (tensor(0.), tensor([2.]))
    """
    bias, weights = right_weights(knots, values)
    return torch.zeros_like(bias), weights


@mistake("interpolation_weights", caught_by="test_weights_of_a_straight_line")
def rises_as_slopes(knots, values):
    """The rise without the width.

    The differences of the values are taken for slopes. A slope is the rise divided by the width of its interval,
    which is not always 1.

    Try:
        >>> interpolation_weights(torch.tensor([0.0, 2.0]), torch.tensor([0.0, 3.0]))
        (tensor(0.), tensor([3.]))
    """
    _slopes(knots, values)
    return values[0], torch.cat([values.diff()[:1], values.diff().diff()])


@mistake("interpolation_weights", caught_by="test_weights_of_a_straight_line")
def first_width_for_all(knots, values):
    """The first width used for every interval.

    All rises are divided by the distance of the first two knots. The knots need not be equally far apart.

    Try:
        >>> interpolation_weights(torch.tensor([0.0, 1.0, 3.0]), torch.tensor([0.0, 1.0, 3.0]))
        (tensor(0.), tensor([1., 1.]))
    """
    _slopes(knots, values)
    slopes = values.diff() / (knots[1] - knots[0])
    return values[0], torch.cat([slopes[:1], slopes.diff()])


@mistake("interpolation_weights", caught_by="test_weights_of_a_straight_line")
def mean_width_for_all(knots, values):
    """The mean width used for every interval.

    The range of the knots is divided by the number of intervals, and that width serves for all slopes. Each slope
    needs the width of its own interval.

    Try:
        >>> interpolation_weights(torch.tensor([0.0, 1.0, 3.0]), torch.tensor([0.0, 3.0, 9.0]))
        (tensor(0.), tensor([2., 2.]))
    """
    _slopes(knots, values)
    slopes = values.diff() / ((knots[-1] - knots[0]) / (len(knots) - 1))
    return values[0], torch.cat([slopes[:1], slopes.diff()])


@mistake("interpolation_weights", caught_by="test_weights_of_a_straight_line")
def width_over_rise(knots, values):
    """The width divided by the rise.

    The slopes are turned upside down. A slope tells how much the value rises for each unit of x.

    Try:
        >>> interpolation_weights(torch.tensor([0.0, 2.0]), torch.tensor([0.0, 1.0]))
        (tensor(0.), tensor([2.]))
    """
    slopes = 1 / _slopes(knots, values)
    return values[0], torch.cat([slopes[:1], slopes.diff()])


@mistake("interpolation_weights", caught_by="test_weights_need_increasing_knots")
def knots_not_checked(knots, values):
    """Knots taken as they come.

    Whether they increase is not checked. Between equal knots the slope is a division by 0, and nothing tells where
    the infinite weights come from.

    Try:
        >>> interpolation_weights(torch.tensor([0.0, 0.0]), torch.tensor([1.0, 2.0]))
        (tensor(1.), tensor([inf]))
    """
    slopes = values.diff() / knots.diff()
    return values[0], torch.cat([slopes[:1], slopes.diff()])


@mistake("interpolation_weights", caught_by="test_weights_need_increasing_knots")
def knots_sorted(knots, values):
    """Knots sorted without a word.

    Knots in disorder are put in order, with their values, and equal ones are divided by their distance of 0. The
    weights then belong to knots that the caller does not have.

    Try:
        >>> interpolation_weights(torch.tensor([1.0, 0.0]), torch.tensor([2.0, 5.0]))
        (tensor(5.), tensor([-3.]))
    """
    knots, order = knots.sort()
    values = values[order]
    slopes = values.diff() / knots.diff()
    return values[0], torch.cat([slopes[:1], slopes.diff()])


@mistake("interpolation_weights", caught_by="test_weights_need_increasing_knots")
def equal_knots_accepted(knots, values):
    """Equal neighbours accepted.

    Only knots that fall are refused. Two knots at the same place have no interval between them, and its slope would
    be a division by 0.

    Try:
        >>> interpolation_weights(torch.tensor([0.0, 0.0]), torch.tensor([1.0, 2.0]))
        (tensor(1.), tensor([inf]))
    """
    if (knots.diff() < 0).any():
        raise ValueError("the knots must be increasing")
    slopes = values.diff() / knots.diff()
    return values[0], torch.cat([slopes[:1], slopes.diff()])


@mistake("interpolation_weights", caught_by="test_weights_of_a_straight_line")
def bias_as_a_float(knots, values):
    """The bias as a Python number.

    item takes the first value out of its tensor. It loses its dtype and its place in the graph, so no gradient
    reaches the value through the bias.

    Try:
        >>> interpolation_weights(torch.tensor([0.0, 1.0]), torch.tensor([3.0, 5.0]))
        (3.0, tensor([2.]))
    """
    bias, weights = right_weights(knots, values)
    return bias.item(), weights


@mistake("interpolation_weights", caught_by="test_weights_of_a_straight_line")
def bias_in_a_row(knots, values):
    """A bias of shape (1,).

    A slice of one value keeps its axis. The bias is one number, of shape ().

    Try:
        >>> interpolation_weights(torch.tensor([0.0, 1.0]), torch.tensor([3.0, 5.0]))
        (tensor([3.]), tensor([2.]))
    """
    return values[:1], right_weights(knots, values)[1]


@mistake("interpolation_weights", caught_by="test_each_point_leans_on_two_values")
def weights_detached(knots, values):
    """Bias and weights cut off from the values.

    detach, data, a list or a new torch.tensor takes them out of the graph. g is linear in the values, and its gradient
    has to find the way back to them.

    Try:
        >>> bias, weights = interpolation_weights(torch.tensor([0.0, 1.0]), torch.zeros(2, requires_grad=True))
        >>> bias.requires_grad, weights.requires_grad
        (False, False)
    """
    return right_weights(knots, values.detach())


@mistake("interpolation_weights", caught_by="test_the_bias_follows_the_first_value")
def bias_cut_off(knots, values):
    """A bias cut off from the first value.

    item, detach or a new torch.tensor takes the number and leaves the graph behind. The bias is the first value
    itself, and a gradient for it belongs to that value.

    Try:
        >>> bias, weights = interpolation_weights(torch.tensor([0.0, 1.0]), torch.zeros(2, requires_grad=True))
        >>> bias.requires_grad, weights.requires_grad
        (False, True)
    """
    bias, weights = right_weights(knots, values)
    return bias.detach(), weights


@mistake("interpolation_weights", caught_by="test_weights_of_a_straight_line")
def weights_in_a_new_tensor(knots, values):
    """The weights computed as Python numbers and put into a new tensor.

    torch.tensor makes float32 of a list of numbers, whatever the dtype of the values was. The new tensor has no past,
    so no gradient finds the way from the weights to the values.

    Try:
        >>> _, weights = interpolation_weights(torch.tensor([0.0, 1.0]).double(), torch.tensor([3.0, 5.0]).double())
        >>> weights
        tensor([2.])
    """
    bias, weights = right_weights(knots, values)
    return bias, torch.tensor(weights.tolist(), device=weights.device)


@mistake("interpolation_weights", caught_by="test_no_loop_over_points_or_knots")
def one_slope_at_a_time(knots, values):
    """A Python loop over the intervals.

    The weights are found one after the other. Differences of neighbours take one operation for all intervals at once.

    Try:
        >>> _, weights = interpolation_weights(torch.tensor([0.0, 1.0]), torch.zeros(2, requires_grad=True))
        >>> weights.grad_fn.name()
        'StackBackward0'
    """
    _slopes(knots, values)
    slopes = [(values[j + 1] - values[j]) / (knots[j + 1] - knots[j]) for j in range(len(knots) - 1)]
    turns = [slopes[j] - slopes[j - 1] for j in range(1, len(slopes))]
    return values[0], torch.stack([slopes[0], *turns])


@mistake("piecewise_linear", caught_by="test_piecewise_linear_by_hand")
def kinks_one_knot_late(x, knots, bias, weights):
    """Every kink one knot too late.

    The ReLUs stand on the second knot to the last. The first weight belongs to the first knot, and it is the last one
    that has no ReLU.

    Try:
        >>> knots, bias, weights = torch.tensor([0.0, 1.0]), torch.tensor(5.0), torch.tensor([2.0])
        >>> piecewise_linear(torch.tensor([0.5, 1.5]), knots, bias, weights)
        tensor([5., 6.])
    """
    return bias + hinge_basis(x, knots[1:]) @ weights


@mistake("piecewise_linear", caught_by="test_piecewise_linear_by_hand")
def relu_on_every_knot(x, knots, bias, weights):
    """A ReLU on every knot, the last one too.

    The table of hinges has one column more than there are weights. So the two can't be multiplied, until the last
    knot is left out.

    Try:
        >>> knots, bias, weights = torch.tensor([0.0, 1.0, 3.0]), torch.tensor(5.0), torch.tensor([2.0, -2.0])
        >>> piecewise_linear(torch.tensor([0.5]), knots, bias, weights)
        Traceback (most recent call last):
        RuntimeError: size mismatch, got input (1), mat (1x3), vec (2)
    """
    return bias + hinge_basis(x, knots) @ weights


@mistake("piecewise_linear", caught_by="test_piecewise_linear_by_hand")
def bias_forgotten(x, knots, bias, weights):
    """The bias forgotten.

    The ReLUs are summed and nothing is added. The whole chain of lines is then too low or too high by the bias.

    Try:
        >>> piecewise_linear(torch.tensor([0.5]), torch.tensor([0.0, 1.0]), torch.tensor(5.0), torch.tensor([2.0]))
        tensor([1.])
    """
    return hinge_basis(x, knots[:-1]) @ weights


@mistake("piecewise_linear", caught_by="test_piecewise_linear_by_hand")
def bias_for_every_relu(x, knots, bias, weights):
    """The bias added once for every ReLU.

    It stands inside the sum over the ReLUs. It belongs outside: the bias is the value of g before the first knot, and
    is added once.

    Try:
        >>> knots, bias, weights = torch.tensor([0.0, 1.0, 3.0]), torch.tensor(5.0), torch.tensor([2.0, -2.0])
        >>> piecewise_linear(torch.tensor([-1.0, 0.5]), knots, bias, weights)
        tensor([10., 11.])
    """
    return (hinge_basis(x, knots[:-1]) * weights + bias).sum(dim=1)


@mistake("piecewise_linear", caught_by="test_piecewise_linear_is_flat_before_the_first_knot")
def line_before_the_first_knot(x, knots, bias, weights):
    """A straight line in the place of the first ReLU.

    The first slope is drawn as a line that also goes on to the left. Before the first knot g has to be flat, so the
    first slope needs a ReLU like the others.

    Try:
        >>> piecewise_linear(torch.tensor([-1.0]), torch.tensor([0.0, 1.0]), torch.tensor(5.0), torch.tensor([2.0]))
        tensor([3.])
    """
    return bias + weights[0] * (x - knots[0]) + hinge_basis(x, knots[1:-1]) @ weights[1:]


@mistake("piecewise_linear", caught_by="test_piecewise_linear_by_hand")
def lines_without_kinks(x, knots, bias, weights):
    """A sum of straight lines.

    The differences of points and knots are weighted without a ReLU. A sum of straight lines is one straight line and
    has no kink.

    Try:
        >>> piecewise_linear(torch.tensor([-1.0]), torch.tensor([0.0, 1.0]), torch.tensor(5.0), torch.tensor([2.0]))
        tensor([3.])
    """
    return bias + (x[:, None] - knots[:-1]) @ weights


@mistake("piecewise_linear", caught_by="test_piecewise_linear_by_hand")
def flat_after_the_last_knot(x, knots, bias, weights):
    """Flat after the last knot.

    The points are cut off at the last knot, or a ReLU there ends the slope. The last slope was to go on.

    Try:
        >>> piecewise_linear(torch.tensor([9.0]), torch.tensor([0.0, 1.0]), torch.tensor(5.0), torch.tensor([2.0]))
        tensor([7.])
    """
    return right_sum(torch.minimum(x, knots[-1]), knots, bias, weights)


@mistake("piecewise_linear", caught_by="test_piecewise_linear_by_hand")
def weights_as_slopes(x, knots, bias, weights):
    """The weights taken for slopes.

    Differences of the weights are formed before they are used. The weights are changes of the slope already.

    Try:
        >>> knots, bias, weights = torch.tensor([0.0, 1.0, 3.0]), torch.tensor(5.0), torch.tensor([2.0, -2.0])
        >>> piecewise_linear(torch.tensor([2.0]), knots, bias, weights)
        tensor([5.])
    """
    return right_sum(x, knots, bias, torch.cat([weights[:1], weights.diff()]))


@mistake("piecewise_linear", caught_by="test_piecewise_linear_by_hand")
def result_with_a_column(x, knots, bias, weights):
    """A column in place of a row of points.

    The weights are made a column for the product, and the result stays one. It was to have one value for each point
    and a single axis.

    Try:
        >>> piecewise_linear(torch.tensor([0.5]), torch.tensor([0.0, 1.0]), torch.tensor(5.0), torch.tensor([2.0]))
        tensor([[6.]])
    """
    return bias + hinge_basis(x, knots[:-1]) @ weights[:, None]


@mistake("piecewise_linear", caught_by="test_piecewise_linear_by_hand")
def single_point_squeezed(x, knots, bias, weights):
    """The axis of a single point squeezed away.

    squeeze without an axis drops every axis of size 1. For one point that is also the axis of the points.

    Try:
        >>> piecewise_linear(torch.tensor([0.5]), torch.tensor([0.0, 1.0]), torch.tensor(5.0), torch.tensor([2.0]))
        tensor(6.)
    """
    return right_sum(x, knots, bias, weights).squeeze()


@mistake("piecewise_linear", caught_by="test_piecewise_linear_can_be_trained")
def parameters_detached(x, knots, bias, weights):
    """Weights that can't be trained.

    item, detach or data takes the weights out of the graph. The sum is a network with one hidden layer, and no
    gradient reaches its weights.

    Try:
        >>> weights = torch.tensor([2.0], requires_grad=True)
        >>> piecewise_linear(torch.tensor([0.5]), torch.tensor([0.0, 1.0]), torch.tensor(5.0), weights).requires_grad
        False
    """
    return right_sum(x, knots, bias, weights.detach())


@mistake("piecewise_linear", caught_by="test_piecewise_linear_can_be_trained")
def no_graph_at_all(x, knots, bias, weights):
    """Values that nothing can be trained by.

    torch.no_grad, or detach on the result, leaves no graph behind it. Gradients have to reach the points, the knots,
    the bias and the weights.

    Try:
        >>> bias = torch.tensor(5.0, requires_grad=True)
        >>> piecewise_linear(torch.zeros(1), torch.tensor([0.0, 1.0]), bias, torch.ones(1)).requires_grad
        False
    """
    return (bias + hinge_basis(x, knots[:-1]) @ weights).detach()


@mistake("piecewise_linear", caught_by="test_piecewise_linear_can_be_trained")
def bias_detached(x, knots, bias, weights):
    """A bias that can't be trained.

    item, detach or data takes the bias out of the graph before it is added. The weights still get their gradients, and
    the bias stays without one.

    Try:
        >>> bias = torch.tensor(5.0, requires_grad=True)
        >>> piecewise_linear(torch.tensor([0.5]), torch.tensor([0.0, 1.0]), bias, torch.tensor([2.0])).requires_grad
        False
    """
    return right_sum(x, knots, bias.detach(), weights)


@mistake("piecewise_linear", caught_by="test_no_loop_over_points_or_knots")
def one_relu_at_a_time(x, knots, bias, weights):
    """A Python loop over the ReLUs or the points.

    The sum is built up in one step for every ReLU, or for every point. A product of the table of hinges with the
    weights does all of them at once.

    Try:
        >>> weights = torch.tensor([2.0], requires_grad=True)
        >>> g = piecewise_linear(torch.tensor([0.5]), torch.tensor([0.0, 1.0]), torch.tensor(5.0), weights)
        >>> g.grad_fn.next_functions[1][0].name()
        'MulBackward0'
    """
    total = bias.expand(len(x))
    for knot, weight in zip(knots, weights, strict=False):
        total = total + weight * relu(x - knot)
    return total


def _grid(knots, samples):
    fractions = torch.arange(samples + 1, dtype=knots.dtype, device=knots.device) / samples
    return (knots[:-1, None] + knots.diff()[:, None] * fractions).flatten()


def _errors(f, knots, points):
    return f(points) - piecewise_linear(points, knots, *interpolation_weights(knots, f(knots)))


@mistake("largest_error", caught_by="test_error_of_x_squared_on_one_interval")
def only_at_the_knots(f, knots, samples=32):
    """The error measured at the knots.

    f and g are compared where they meet by construction. That error is 0, however far they are apart in between.

    Try:
        >>> largest_error(torch.square, torch.tensor([0.0, 1.0]))
        tensor(0.)
    """
    return _errors(f, knots, knots).abs().max()


@mistake("largest_error", caught_by="test_error_is_sought_all_over_the_interval")
def only_in_the_middle(f, knots, samples=32):
    """The error measured in the middle of each interval.

    For a parabola it is largest there, and this is taken for granted. Other functions bend more on one side, so all
    points of the grid have to be tried.

    Try:
        >>> largest_error(lambda x: x**3, torch.tensor([0.0, 1.0]))
        tensor(0.3750)
    """
    return _errors(f, knots, (knots[:-1] + knots[1:]) / 2).abs().max()


@mistake("largest_error", caught_by="test_error_of_x_squared_on_one_interval")
def sign_kept(f, knots, samples=32):
    """The difference with its sign.

    The maximum is taken without the absolute value. Where g lies above f all differences are negative, and the
    largest of them is the 0 at the knots.

    Try:
        >>> largest_error(torch.square, torch.tensor([0.0, 1.0]))
        tensor(0.)
    """
    return _errors(f, knots, _grid(knots, samples)).max()


@mistake("largest_error", caught_by="test_error_of_a_parabola_is_the_known_bound")
def other_sign_kept(f, knots, samples=32):
    """The difference g minus f with its sign.

    The maximum is taken without the absolute value. That finds the error where g lies above f, as for x squared, and
    overlooks it where g lies below.

    Try:
        >>> largest_error(torch.sqrt, torch.tensor([0.0, 1.0]))
        tensor(0.)
    """
    return (0 - _errors(f, knots, _grid(knots, samples))).max()


@mistake("largest_error", caught_by="test_error_of_x_squared_on_one_interval")
def mean_error(f, knots, samples=32):
    """The mean instead of the maximum.

    The distances are averaged over the grid. A small mean says nothing about the worst point, and that is what a
    tolerance is about.

    Try:
        >>> largest_error(torch.square, torch.tensor([0.0, 1.0]), 2)
        tensor(0.0833)
    """
    return _errors(f, knots, _grid(knots, samples)).abs().mean()


@mistake("largest_error", caught_by="test_error_of_x_squared_on_one_interval")
def root_mean_square(f, knots, samples=32):
    """The root of the mean square.

    The differences are squared, averaged and brought back by a root. That is a kind of mean as well and lies below
    the largest distance.

    Try:
        >>> largest_error(torch.square, torch.tensor([0.0, 1.0]), 2)
        tensor(0.1443)
    """
    return _errors(f, knots, _grid(knots, samples)).square().mean().sqrt()


@mistake("largest_error", caught_by="test_error_of_x_squared_on_one_interval")
def squared_error(f, knots, samples=32):
    """The largest square of the difference.

    The differences are squared to lose their sign. That changes their size too, and the error was to be in the units
    of f.

    Try:
        >>> largest_error(torch.square, torch.tensor([0.0, 1.0]))
        tensor(0.0625)
    """
    return _errors(f, knots, _grid(knots, samples)).square().max()


@mistake("largest_error", caught_by="test_error_of_x_squared_on_one_interval")
def summed_error(f, knots, samples=32):
    """The sum of all distances.

    The distances are added up over the grid. The sum grows with the number of points, and the largest distance does
    not.

    Try:
        >>> largest_error(torch.square, torch.tensor([0.0, 2.0, 4.0]), 2)
        tensor(2.)
    """
    return _errors(f, knots, _grid(knots, samples)).abs().sum()


@mistake("largest_error", caught_by="test_error_of_x_squared_on_one_interval")
def error_of_every_interval(f, knots, samples=32):
    """One error for every interval.

    The maximum is taken along one axis of the grid only. The largest of these errors was asked for, which is one
    number.

    Try:
        >>> largest_error(torch.square, torch.tensor([0.0, 1.0, 3.0]))
        tensor([0.2500, 1.0000])
    """
    return _errors(f, knots, _grid(knots, samples)).abs().view(-1, samples + 1).amax(dim=1)


@mistake("largest_error", caught_by="test_the_widest_interval_decides")
def one_grid_for_all(f, knots, samples=32):
    """One even grid over the whole range.

    As many points as asked for are spread from the first to the last knot. Where the intervals have different widths
    they miss the middles, and a narrow interval may get no point at all.

    Try:
        >>> largest_error(torch.square, torch.tensor([0.0, 1.0, 3.0]), 2)
        tensor(0.9375)
    """
    low, high = knots[0].item(), knots[-1].item()
    points = torch.linspace(low, high, samples * (len(knots) - 1) + 1, dtype=knots.dtype, device=knots.device)
    return _errors(f, knots, points).abs().max()


@mistake("largest_error", caught_by="test_the_widest_interval_decides")
def samples_over_the_range(f, knots, samples=32):
    """The samples spread over the whole range.

    The range from the first to the last knot is cut into as many parts as each interval was to have. With many
    intervals hardly a point falls between two knots.

    Try:
        >>> largest_error(torch.square, torch.tensor([0.0, 1.0, 2.0]), 2)
        tensor(0.)
    """
    points = torch.linspace(knots[0].item(), knots[-1].item(), samples + 1, dtype=knots.dtype, device=knots.device)
    return _errors(f, knots, points).abs().max()


@mistake("largest_error", caught_by="test_error_of_x_squared_on_one_interval")
def points_counted_as_parts(f, knots, samples=32):
    """As many points as there should be parts.

    samples points, both ends included, make only samples - 1 parts. So the middle of an interval is missed when
    samples is even.

    Try:
        >>> largest_error(torch.square, torch.tensor([0.0, 1.0]), 2)
        tensor(0.)
    """
    fractions = torch.linspace(0, 1, samples, dtype=knots.dtype, device=knots.device)
    return _errors(f, knots, (knots[:-1, None] + knots.diff()[:, None] * fractions).flatten()).abs().max()


@mistake("largest_error", caught_by="test_error_of_x_squared_on_one_interval")
def middles_of_the_parts(f, knots, samples=32):
    """The middles of the parts in place of their ends.

    The points lie half a part beside those of the formula. With an even number of parts none of them is the middle of
    the interval.

    Try:
        >>> largest_error(torch.square, torch.tensor([0.0, 1.0]), 2)
        tensor(0.1875)
    """
    fractions = (torch.arange(samples, dtype=knots.dtype, device=knots.device) + 0.5) / samples
    return _errors(f, knots, (knots[:-1, None] + knots.diff()[:, None] * fractions).flatten()).abs().max()


@mistake("largest_error", caught_by="test_error_is_sought_all_over_the_interval")
def samples_ignored(f, knots, samples=32):
    """Always 32 parts.

    The number of parts is written into the code, and the argument is not used. A caller who asks for 3 parts gets the
    error on another grid.

    Try:
        >>> largest_error(torch.square, torch.tensor([0.0, 1.0]), 1)
        tensor(0.2500)
    """
    return right_error(f, knots)


@mistake("largest_error", caught_by="test_the_widest_interval_decides")
def first_width_for_every_grid(f, knots, samples=32):
    """The first width used for every interval.

    From each knot the grid goes as far as the first interval is wide. In a wider interval it ends too early, and from
    a narrower one it runs into the next.

    Try:
        >>> largest_error(torch.square, torch.tensor([0.0, 1.0, 4.0]), 2)
        tensor(2.)
    """
    fractions = torch.arange(samples + 1, dtype=knots.dtype, device=knots.device) / samples
    return _errors(f, knots, (knots[:-1, None] + knots.diff()[0] * fractions).flatten()).abs().max()


@mistake("largest_error", caught_by="test_error_is_sought_all_over_the_interval")
def parabola_for_granted(f, knots, samples=32):
    """The formula for x squared.

    A quarter of the widest interval squared is returned, and f is not looked at. It is the error of x squared and of
    no other function.

    Try:
        >>> largest_error(lambda x: 0 * x, torch.tensor([0.0, 1.0]))
        tensor(0.2500)
    """
    return knots.diff().max() ** 2 / 4


@mistake("largest_error", caught_by="test_error_obeys_the_theorem")
def widest_interval_only(f, knots, samples=32):
    """Only the widest interval searched.

    The theorem speaks of the widest interval, so the others are left out. They decide where f bends more in them.

    Try:
        >>> largest_error(lambda x: (x - 2.5).abs(), torch.tensor([0.0, 2.0, 3.0]))
        tensor(0.)
    """
    widest = knots.diff().argmax()
    return right_error(f, knots[widest : widest + 2], samples)


@mistake("largest_error", caught_by="test_error_of_x_squared_on_one_interval")
def error_as_a_float(f, knots, samples=32):
    """The error as a Python number.

    item takes it out of its tensor. The result was to be a tensor of shape (), in the dtype of the knots.

    Try:
        >>> largest_error(torch.square, torch.tensor([0.0, 1.0]))
        0.25
    """
    return right_error(f, knots, samples).item()


@mistake("largest_error", caught_by="test_no_loop_over_points_or_knots")
def one_interval_at_a_time(f, knots, samples=32):
    """A Python loop over the intervals.

    The grid is made and searched for one interval after the other. A table with one row for each interval does it
    without a loop.

    Try:
        >>> error = largest_error(torch.square, torch.tensor([0.0, 1.0], requires_grad=True))
        >>> error.grad_fn.next_functions[0][0].name()
        'StackBackward0'
    """
    pairs = [knots[j : j + 2] for j in range(len(knots) - 1)]
    return torch.stack([_errors(f, knots, _grid(pair, samples)).abs().max() for pair in pairs]).max()


def _refuse(tolerance):
    if not tolerance > 0:
        raise ValueError("the tolerance must be positive")


def _even(low, high, n):
    return torch.linspace(low, high, n + 1, dtype=torch.float64)


@mistake("relus_needed", caught_by="test_four_relus_for_a_quarter")
def less_than_the_tolerance(f, low, high, tolerance):
    """An error below the tolerance demanded.

    The error is compared with <, so an error of exactly the tolerance is not good enough. At most was asked for.

    Try:
        >>> relus_needed(torch.square, 0.0, 4.0, 0.25)
        5
    """
    _refuse(tolerance)
    return next(n for n in count(1) if largest_error(f, _even(low, high, n)) < tolerance)


@mistake("relus_needed", caught_by="test_four_relus_for_a_quarter")
def knots_counted(f, low, high, tolerance):
    """The knots counted instead of the ReLUs.

    The number of knots is returned. n intervals have n ReLUs and n + 1 knots, since the last knot has none.

    Try:
        >>> relus_needed(torch.square, 0.0, 1.0, 0.02)
        5
    """
    return right_number(f, low, high, tolerance) + 1


@mistake("relus_needed", caught_by="test_four_relus_for_a_quarter")
def one_relu_less(f, low, high, tolerance):
    """The last number that was not enough.

    The search stops one number too early, or counts the intervals as one fewer. With this many ReLUs the error is
    still larger than the tolerance.

    Try:
        >>> relus_needed(torch.square, 0.0, 1.0, 0.02)
        3
    """
    return right_number(f, low, high, tolerance) - 1


@mistake("relus_needed", caught_by="test_no_number_of_relus_is_skipped")
def started_at_two(f, low, high, tolerance):
    """The search started at two.

    One ReLU is never tried. For a straight line it is enough.

    Try:
        >>> relus_needed(lambda x: 3 * x, 0.0, 1.0, 0.1)
        2
    """
    return max(2, right_number(f, low, high, tolerance))


@mistake("relus_needed", caught_by="test_no_number_of_relus_is_skipped")
def doubled_until_enough(f, low, high, tolerance):
    """Only powers of two tried.

    n is doubled until the error is small enough. Somewhere between the last two numbers there may be a smaller one
    that does.

    Try:
        >>> relus_needed(torch.square, 0.0, 1.0, 0.01)
        8
    """
    _refuse(tolerance)
    return next(n for n in (2**k for k in count()) if largest_error(f, _even(low, high, n)) <= tolerance)


@mistake("relus_needed", caught_by="test_no_number_of_relus_is_skipped")
def bisected(f, low, high, tolerance):
    """The number found by bisection.

    n is doubled until it is enough, and then the gap is halved again and again. That needs an error that falls at
    every step, and when a knot leaves a kink of f the error rises.

    Try:
        >>> relus_needed(lambda x: (x - 1 / 3).abs(), 0.0, 1.0, 0.03)
        12
    """
    _refuse(tolerance)
    most = next(n for n in (2**k for k in count()) if largest_error(f, _even(low, high, n)) <= tolerance)
    least = most // 2
    while most - least > 1:
        n = (least + most) // 2
        least, most = (least, n) if largest_error(f, _even(low, high, n)) <= tolerance else (n, most)
    return most


@mistake("relus_needed", caught_by="test_one_relu_less_is_too_few")
def solved_for_a_parabola(f, low, high, tolerance):
    """The formula for x squared solved for n.

    The error of x squared is a quarter of the width of an interval squared, and n is computed from that. Other
    functions bend more or less, and f is not asked at all.

    Try:
        >>> relus_needed(lambda x: 0 * x, 0.0, 1.0, 0.02)
        4
    """
    _refuse(tolerance)
    return max(1, math.ceil((high - low) / (2 * math.sqrt(tolerance))))


@mistake("relus_needed", caught_by="test_the_bound_is_not_the_error")
def bound_solved(f, low, high, tolerance):
    """The bound of the theorem taken for the error.

    h**2 / 8 times the largest abs(f'') is solved for n. The error may be smaller than this bound, so fewer ReLUs may
    do.

    Try:
        >>> relus_needed(lambda x: x**3, 0.0, 1.0, 0.4)
        2
    """
    _refuse(tolerance)
    x = torch.linspace(low, high, 1001, dtype=torch.float64, requires_grad=True)
    bend = x
    for _ in range(2):
        (bend,) = torch.autograd.grad((f(x) if bend is x else bend).sum(), x, create_graph=True)
    return max(1, math.ceil((high - low) * math.sqrt(bend.abs().max().item() / 8 / tolerance)))


@mistake("relus_needed", caught_by="test_relus_for_x_squared_follow_from_the_theorem")
def knots_in_float32(f, low, high, tolerance):
    """Knots in float32.

    linspace makes float32 unless told otherwise. Its rounding alone can be larger than the tolerance, and then no
    number of ReLUs is ever enough.

    Try:
        >>> seen = []
        >>> _ = relus_needed(lambda x: (seen.append(x.dtype), x)[1], 0.0, 1.0, 0.1)
        >>> seen[0]
        torch.float32
    """
    _refuse(tolerance)
    return next(n for n in count(1) if largest_error(f, _even(low, high, n).float()) <= tolerance)


@mistake("relus_needed", caught_by="test_relus_needed_refuses_an_impossible_tolerance")
def nan_accepted(f, low, high, tolerance):
    """A NaN that passes for a tolerance.

    Zero and negative numbers are refused by asking whether the tolerance is <= 0. A comparison with NaN is always
    False, so NaN gets through and the search never ends.

    Try:
        >>> relus_needed(lambda x: x / 0 if len(x) > 200 else x, 0.0, 1.0, 0.0)
        Traceback (most recent call last):
        ValueError: the tolerance must be positive
        >>> math.nan <= 0, math.nan > 0
        (False, False)
    """
    if tolerance <= 0:
        raise ValueError("the tolerance must be positive")
    return next(n for n in count(1) if largest_error(f, _even(low, high, n)) <= tolerance)


@mistake("relus_needed", caught_by="test_relus_needed_refuses_an_impossible_tolerance")
def tolerance_not_checked(f, low, high, tolerance):
    """A tolerance taken as it comes.

    It is not checked before the search. For a negative one no number of ReLUs is ever enough, and the search does not
    end.

    Try:
        >>> relus_needed(lambda x: 0 * x, 0.0, 1.0, 0.0)
        1
    """
    return next(n for n in count(1) if largest_error(f, _even(low, high, n)) <= tolerance)


@mistake("relus_needed", caught_by="test_four_relus_for_a_quarter")
def number_as_a_tensor(f, low, high, tolerance):
    """The number as a tensor.

    A count of ReLUs is an int in Python. A tensor prints like one and can't be used in its place everywhere.

    Try:
        >>> relus_needed(torch.square, 0.0, 1.0, 0.02)
        tensor(4)
    """
    return torch.tensor(right_number(f, low, high, tolerance))
