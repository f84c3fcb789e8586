"""Approximation by ReLUs: the weights of a one-layer network, found by algebra instead of training.

A ReLU is flat up to its kink and a straight line after it, so a weighted sum of ReLUs is a chain of straight
pieces whose kinks lie where you put them: at the knots. From the first knot on, every chain of straight pieces can
be had this way, also the one that meets a function f at all knots. Its largest error is known from calculus: it falls
as 1 / n**2 with the number n of ReLUs, and that tells how many a tolerance needs before anything is trained.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float


def relu(x: Float[torch.Tensor, "*shape"]) -> Float[torch.Tensor, "*shape"]:
    """Return x where it is positive and 0 elsewhere.

    Formula: max(x, 0). The gradient is 1 where x > 0 and 0 where x < 0. At the kink, x = 0, there is no derivative;
    torch takes 0, and here any number from 0 to 1 will do.

    Args:
        x: a tensor of any shape.

    Returns:
        A new tensor of the shape and dtype of ``x``.

    Example:
        >>> relu(torch.tensor([-2.0, 0.0, 3.0]))
        tensor([0., 0., 3.])

    Source:
        Glorot, Bordes and Bengio, "Deep Sparse Rectifier Neural Networks" (2011). The gradient at the kink: PyTorch
        documentation, "Autograd mechanics", section "Gradients for non-differentiable functions".
    """
    raise NotImplementedError


def hinge_basis(x: Float[torch.Tensor, " n"], knots: Float[torch.Tensor, " k"]) -> Float[torch.Tensor, "n k"]:
    """Return the matrix of one ReLU per knot, evaluated at every point.

    Formula: basis[i, j] = relu(x[i] - knots[j]): column j is 0 up to its knot and rises with slope 1 after it.
    No Python loop.

    Args:
        x: the points, in any order.
        knots: where the ReLUs have their kinks.

    Returns:
        One row per point and one column per knot.

    Example:
        >>> hinge_basis(torch.tensor([0.5, 2.0, 5.0]), torch.tensor([0.0, 1.0]))
        tensor([[0.5000, 0.0000],
                [2.0000, 1.0000],
                [5.0000, 4.0000]])

    Source:
        Hastie, Tibshirani and Friedman, "The Elements of Statistical Learning" (2nd edition, 2009), section 5.2.
    """
    raise NotImplementedError


def interpolation_weights(
    knots: Float[torch.Tensor, " k"], values: Float[torch.Tensor, " k"]
) -> tuple[Float[torch.Tensor, ""], Float[torch.Tensor, " k-1"]]:
    """Return the bias and the weights with which a sum of ReLUs takes the given values at the knots.

    Formula: g(x) = bias + sum of weights[j] * relu(x - knots[j]) over j = 0 ... k-2, with g(knots[j]) = values[j].
    With slope[j] the slope of the straight line from knot j to knot j + 1: bias = values[0],
    weights[0] = slope[0], and every later weights[j] = slope[j] - slope[j-1]. No Python loop.

    Args:
        knots: at least two, strictly increasing, not always equally far apart.
        values: what g must be at each knot.

    Returns:
        The bias, of shape (), and one weight per interval between knots: k - 1 of them. The last knot has no ReLU.

    Raises:
        ValueError: the knots are not strictly increasing; the message has the word "increasing" in it.

    Example:
        >>> interpolation_weights(torch.tensor([0.0, 1.0, 3.0]), torch.tensor([5.0, 7.0, 7.0]))
        (tensor(5.), tensor([ 2., -2.]))

    Source:
        Hastie, Tibshirani and Friedman, "The Elements of Statistical Learning" (2nd edition, 2009), section 5.2.
    """
    raise NotImplementedError


def piecewise_linear(
    x: Float[torch.Tensor, " n"],
    knots: Float[torch.Tensor, " k"],
    bias: Float[torch.Tensor, ""],
    weights: Float[torch.Tensor, " k-1"],
) -> Float[torch.Tensor, " n"]:
    """Return the sum of ReLUs g at every point: a network with one hidden layer.

    Formula: g(x) = bias + sum of weights[j] * relu(x - knots[j]) over j = 0 ... k-2. So g is constant, the bias, to
    the left of the first knot, and its last slope goes on to the right of the last one. No Python loop.

    Args:
        x: the points, in any order, also outside the knots.
        knots: one more than there are weights; the last one has no ReLU.
        bias: the value of g up to the first knot.
        weights: by how much the slope changes at each knot, from the first to the last but one.

    Returns:
        The value of g at each point. Gradients reach x, knots, bias and weights.

    Example:
        >>> knots, bias, weights = torch.tensor([0.0, 1.0, 3.0]), torch.tensor(5.0), torch.tensor([2.0, -2.0])
        >>> piecewise_linear(torch.tensor([-1.0, 0.5, 2.0]), knots, bias, weights)
        tensor([5., 6., 7.])

    Source:
        de Boor, "A Practical Guide to Splines" (revised edition, 2001), chapter III.
    """
    raise NotImplementedError


def largest_error(
    f: Callable[[torch.Tensor], torch.Tensor], knots: Float[torch.Tensor, " k"], samples: int = 32
) -> Float[torch.Tensor, ""]:
    """Return the largest distance between f and the sum of ReLUs that meets it at the knots.

    Formula: the maximum of abs(f(x) - g(x)) over the grid that cuts each interval into ``samples`` equal parts:
    x = knots[j] + i / samples * (knots[j+1] - knots[j]) for i = 0 ... samples and every interval j.
    No Python loop.

    The theorem to which your answer is held: the error is at most h**2 / 8 times the largest abs(f'') where h is the
    widest interval. For f(x) = x**2, whose f'' is 2 everywhere, it is h**2 / 4, found in the middle of that interval.

    Args:
        f: takes a tensor of points and gives a tensor of values of the same shape.
        knots: at least two, strictly increasing, not always equally far apart.
        samples: the number of parts; an even one puts a point in the middle of every interval.

    Returns:
        One number, of shape (), in the dtype of the knots.

    Example:
        >>> largest_error(torch.square, torch.tensor([0.0, 1.0, 3.0], dtype=torch.float64))
        tensor(1., dtype=torch.float64)

    Source:
        de Boor, "A Practical Guide to Splines" (revised edition, 2001), chapter III.
    """
    raise NotImplementedError


def relus_needed(f: Callable[[torch.Tensor], torch.Tensor], low: float, high: float, tolerance: float) -> int:
    """Return the smallest number of ReLUs that keeps the largest error on [low, high] within the tolerance.

    n ReLUs stand on n equal intervals, that is on n + 1 knots from low to high. The answer is the smallest n >= 1
    whose ``largest_error`` is at most ``tolerance``. One more ReLU moves nearly every knot, so the error does not have
    to fall at every step. A loop over n is fine here.

    Args:
        f: takes a tensor of points and gives a tensor of values; it is called with float64 tensors on the CPU.
        low: the left end of the interval.
        high: the right end, larger than ``low``.
        tolerance: the error allowed, in the units of f.

    Returns:
        The number of ReLUs, an int.

    Raises:
        ValueError: the tolerance is zero, negative or NaN; the message has the word "tolerance" in it.

    Example:
        >>> relus_needed(torch.square, 0.0, 1.0, 0.02)
        4

    Source:
        de Boor, "A Practical Guide to Splines" (revised edition, 2001), chapter III.
    """
    raise NotImplementedError
