"""One function, x²y, and four ways to its derivatives: by hand, by differences, by autograd, as a node of the graph.

By hand the derivatives are exact and cheap, but someone has to derive them. Differences need nothing but the
function, and lose about a third of the digits. Autograd is as exact as the hand and does the deriving itself, but it
keeps a graph and, with ``backward()``, adds what it finds to ``.grad``. A node of your own puts your formula into the
graph; it must then obey the chain rule, broadcasting included.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def value(x: Float[Tensor, "*x"], y: Float[Tensor, "*y"]) -> Float[Tensor, "..."]:
    """Return x²y, elementwise.

    Args:
        x: a tensor of any shape.
        y: a tensor whose shape broadcasts with that of ``x``.

    Returns:
        One value per pair of elements, in the shape that ``x`` and ``y`` broadcast to; autograd can go through it.

    Example:
        >>> value(torch.tensor(2.0), torch.tensor(3.0))
        tensor(12.)

    Source:
        PyTorch documentation, "Broadcasting semantics".
    """
    raise NotImplementedError


def partials(
    x: Float[Tensor, "*shape"], y: Float[Tensor, "*shape"]
) -> tuple[Float[Tensor, "*shape"], Float[Tensor, "*shape"]]:
    """Return both partial derivatives of x²y, from formulas that you derive by hand.

    A partial derivative treats the other variable as a constant. Autograd is not allowed here. The results are plain
    arithmetic on ``x`` and ``y``, so autograd can still go through them, to the second derivatives.

    Args:
        x: a tensor of any shape.
        y: a tensor of the same shape.

    Returns:
        The derivative with respect to ``x`` and the one with respect to ``y``, elementwise, as a tuple.

    Example:
        >>> partials(torch.tensor(2.0), torch.tensor(3.0))
        (tensor(12.), tensor(4.))

    Source:
        Deisenroth, Faisal and Ong, "Mathematics for Machine Learning" (2020), section 5.2.
    """
    raise NotImplementedError


def central_differences(
    f: Callable[[Float[Tensor, "*shape"]], Float[Tensor, "*shape"]],
    x: Float[Tensor, "*shape"],
    step: float | None = None,
) -> Float[Tensor, "*shape"]:
    """Return the derivative of f at every element of x, estimated from the values of f on both sides.

    Formula: (f(x + h) - f(x - h)) / d, where d = (x + h) - (x - h) is the distance between the two points as they
    were rounded, which is rarely 2h exactly.

    A large h misses the curvature of f; a small one leaves nothing but the rounding of f in the difference. Both
    errors balance near h = eps^(1/3) * max(|x|, 1), where eps is the machine epsilon of the dtype of ``x``. The
    relative error is then about eps^(2/3): 2e-5 in float32, 4e-11 in float64.

    Args:
        f: an elementwise function. It is called twice, with tensors of the shape, dtype and device of ``x``.
        x: the points at which to differentiate; it is not written to.
        step: h, the same for all elements; if None, every element gets the h of the formula above.

    Returns:
        One slope per element, in the dtype of ``x``.

    Example:
        >>> central_differences(torch.square, torch.tensor([3.0, -1.0]), step=0.5)
        tensor([ 6., -2.])

    Source:
        Press et al., "Numerical Recipes" (3rd edition, 2007), section 5.7.
    """
    raise NotImplementedError


def autograd_partials(
    f: Callable[[Float[Tensor, "*shape"], Float[Tensor, "*shape"]], Float[Tensor, "*shape"]],
    x: Float[Tensor, "*shape"],
    y: Float[Tensor, "*shape"],
) -> tuple[Float[Tensor, "*shape"], Float[Tensor, "*shape"]]:
    """Return both partial derivatives of f at (x, y), found by autograd, and leave no trace.

    No trace means: ``.grad`` and ``requires_grad`` of ``x`` and ``y``, and of whatever they were computed from, stay
    as they were, and the results belong to no graph.

    Args:
        f: an elementwise function of two tensors, which autograd can go through, such as ``value``.
        x: a tensor of any shape, whether it requires grad or not.
        y: a tensor of the same shape, likewise. It may be the same tensor as ``x``; the two still count as
            independent variables.

    Returns:
        df/dx and df/dy, elementwise, as a tuple; neither requires grad. The same in every call, also where the
        caller has switched autograd off with ``torch.no_grad()``.

    Example:
        >>> x = torch.tensor(2.0, requires_grad=True)
        >>> autograd_partials(value, x, torch.tensor(3.0))
        (tensor(12.), tensor(4.))
        >>> x.grad is None
        True

    Source:
        PyTorch documentation, ``torch.autograd.grad``, and "Autograd mechanics", section "Locally disabling gradient
        computation".
    """
    raise NotImplementedError


def hessian(
    f: Callable[[Float[Tensor, ""], Float[Tensor, ""]], Float[Tensor, ""]], x: Float[Tensor, ""], y: Float[Tensor, ""]
) -> Float[Tensor, "2 2"]:
    """Return the four second derivatives of f at the scalars x and y, by going through autograd twice.

    Formula: [[d²f/dx², d²f/dxdy], [d²f/dydx, d²f/dy²]]; for x²y it is [[2y, 2x], [2x, 0]].

    The first derivatives must keep a graph, so that they can be differentiated in turn. One that does not depend on
    a variable, as x² does not depend on y, has the second derivative 0.

    Args:
        f: a function of two scalar tensors, each of whose first derivatives depends on ``x``, ``y`` or both.
        x: a tensor of shape (), whether it requires grad or not.
        y: a tensor of shape (), likewise.

    Returns:
        A matrix in the dtype of ``x`` that requires no grad. As for ``autograd_partials``, the inputs are left as
        they were, and ``torch.no_grad()`` around the call makes no difference.

    Example:
        >>> hessian(value, torch.tensor(2.0), torch.tensor(3.0))
        tensor([[6., 4.],
                [4., 0.]])

    Source:
        PyTorch documentation, ``torch.autograd.grad``, argument ``create_graph``.
    """
    raise NotImplementedError


def unbroadcast(gradient: Float[Tensor, "..."], shape: tuple[int, ...]) -> Float[Tensor, "*shape"]:
    """Return the gradient summed over every axis along which a tensor of this shape was broadcast.

    Broadcasting uses one element in several places. The chain rule adds up what comes back from all of them.

    Args:
        gradient: the gradient of a result, in the shape of that result.
        shape: the shape of an input, which broadcasts to the shape of ``gradient``. Axes are matched from the right:
            an axis that ``shape`` lacks on the left is summed away, one that has length 1 in ``shape`` is summed to
            length 1, the others stay.

    Returns:
        A tensor of exactly ``shape``, in the dtype of ``gradient``; autograd can go through it.

    Example:
        >>> unbroadcast(torch.ones(2, 3, 4), (3, 1))
        tensor([[8.],
                [8.],
                [8.]])

    Source:
        PyTorch documentation, "Broadcasting semantics"; the chain rule for a variable that is used more than once is
        in Goodfellow, Bengio and Courville, "Deep Learning" (2016), section 6.5.2.
    """
    raise NotImplementedError


class SquareTimes(torch.autograd.Function):
    """Make x²y one node of the autograd graph, with a backward of your own: ``SquareTimes.apply(x, y)``.

    The shapes of ``x`` and ``y`` may differ, as long as they broadcast. Each gradient has the shape of its own input.
    The node can be differentiated twice: autograd records what backward does, if that is made of torch operations
    on the saved tensors.

    Formula: forward is x²y; backward is the incoming gradient times 2xy for x, times x² for y.

    Example:
        >>> x = torch.tensor([[1.0], [2.0]], requires_grad=True)
        >>> y = torch.tensor([1.0, 10.0, 100.0], requires_grad=True)
        >>> SquareTimes.apply(x, y).sum().backward()
        >>> x.grad
        tensor([[222.],
                [444.]])
        >>> y.grad
        tensor([5., 5., 5.])

    Source:
        PyTorch documentation, "Extending PyTorch", section "Extending torch.autograd", and the tutorial "Double
        Backward with Custom Functions".
    """

    @staticmethod
    def forward(
        ctx: torch.autograd.function.FunctionCtx, x: Float[Tensor, "*x"], y: Float[Tensor, "*y"]
    ) -> Float[Tensor, "..."]:
        """Return x²y; save the two inputs with ``ctx.save_for_backward``, and no other tensor."""
        raise NotImplementedError

    @staticmethod
    def backward(
        ctx: torch.autograd.function.FunctionCtx, upstream: Float[Tensor, "..."]
    ) -> tuple[Float[Tensor, "*x"] | None, Float[Tensor, "*y"] | None]:
        """Return one gradient for each input, of its shape; None, not computed, where ctx.needs_input_grad is False."""
        raise NotImplementedError
