"""Update rules: how a gradient becomes a step, in place and outside the graph.

A backward pass only fills ``.grad``. Something must then write to the parameters, and that write is unlike all
other arithmetic of the model: it must reach the very tensors that the model holds, and autograd must not record it
as part of the next loss. Around it comes the bookkeeping: gradients that are cleared in time, and the memory that
momentum and Adam keep for each parameter. The loop that ties them together fits a line, and finds out by itself
which inputs say nothing about the answer.
"""

from collections.abc import Callable, Iterable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor


def sgd_step(params: Iterable[Tensor], lr: float) -> None:
    """Move every parameter a little way down its gradient: ``w <- w - lr * w.grad``.

    The step writes into the tensor itself: its memory stays the same, and it stays a leaf with ``requires_grad``.
    It is no part of any graph, yet autograd notices the write: the version counter of the parameter goes up. A
    parameter whose ``.grad`` is None is left as it is. The gradients are only read.

    Args:
        params: leaf tensors with ``requires_grad``, of any shapes and floating dtypes.
        lr: the learning rate, how far to go per unit of gradient.

    Example:
        >>> w = torch.tensor([1.0, -2.0], requires_grad=True)
        >>> w.grad = torch.tensor([0.5, -1.0])
        >>> sgd_step([w], lr=0.2)
        >>> w
        tensor([ 0.9000, -1.8000], requires_grad=True)

    Source:
        Goodfellow, Bengio and Courville, "Deep Learning" (2016), section 8.3.1; PyTorch documentation,
        "Autograd mechanics", sections "Locally disabling gradient computation" and "In-place correctness checks".
    """
    raise NotImplementedError


def zero_gradients(params: Iterable[Tensor]) -> None:
    """Clear the gradient of every parameter: ``.grad`` is None afterwards.

    A backward pass adds to ``.grad``, so what is not cleared is counted again. None says more than a tensor of
    zeros: there is no gradient, and a step leaves the parameter alone. The old gradient tensor is let go, not
    written to.

    Args:
        params: leaf tensors; some may have no gradient yet.

    Example:
        >>> w = torch.tensor(2.0, requires_grad=True)
        >>> (3 * w).backward()
        >>> zero_gradients([w])
        >>> (5 * w).backward()
        >>> w.grad
        tensor(5.)

    Source:
        PyTorch documentation, ``torch.optim.Optimizer.zero_grad``.
    """
    raise NotImplementedError


class Momentum:
    """Descend with a velocity, which remembers the gradients of the steps before.

    Formula, for each parameter by itself, with a velocity v of 0 at first:
    ``v <- momentum * v + grad``, then ``w <- w - lr * v``. The gradient is not damped by a factor (1 - momentum).

    The writes keep the promises of ``sgd_step``: in place, outside the graph, noticed by autograd, gradients only
    read. The velocity is memory of its own, in the dtype of its parameter: a gradient tensor that is overwritten
    later does not change it.

    Args:
        params: the parameters to train; any iterable, also one that can be read only once.
        lr: the learning rate.
        momentum: the share of the velocity that survives a step, at least 0 and below 1.

    Example:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer = Momentum([w], lr=0.1, momentum=0.5)
        >>> w.grad = torch.tensor(1.0)
        >>> optimizer.step()
        >>> optimizer.step()
        >>> w
        tensor(-0.2500, requires_grad=True)

    Source:
        Sutskever, Martens, Dahl and Hinton, "On the importance of initialization and momentum in deep learning"
        (2013), section 2; in the form of the PyTorch documentation, ``torch.optim.SGD``.
    """

    def __init__(self, params: Iterable[Tensor], lr: float, momentum: float = 0.9) -> None:
        """Keep the parameters and the settings, and prepare a velocity for each parameter."""
        raise NotImplementedError

    def step(self) -> None:
        """Take one step; a parameter whose ``.grad`` is None keeps its value and its velocity."""
        raise NotImplementedError


class Adam:
    """Descend by steps of about ``lr`` per entry, however large or small the gradient is.

    Formula, for each parameter by itself, with m = v = 0 and t = 0 at first, all entries apart:

    - ``t <- t + 1``
    - ``m <- beta1 * m + (1 - beta1) * grad``, a running mean of the gradient
    - ``v <- beta2 * v + (1 - beta2) * grad**2``, a running mean of its square
    - ``m_hat = m / (1 - beta1**t)`` and ``v_hat = v / (1 - beta2**t)``: a mean that starts from 0 is too small
      at first, and this corrects it
    - ``w <- w - lr * m_hat / (sqrt(v_hat) + eps)``

    The writes keep the promises of ``sgd_step``: in place, outside the graph, noticed by autograd, gradients only
    read. m and v have the dtype of their parameter. t counts the steps in which this parameter had a gradient, not the
    calls of ``step``.

    Args:
        params: the parameters to train; any iterable, also one that can be read only once.
        lr: the learning rate, about the size of a step.
        betas: (beta1, beta2), the shares of the two running means that survive a step.
        eps: keeps the division finite where the gradient is 0.

    Example:
        >>> w = torch.tensor([0.0, 0.0], requires_grad=True)
        >>> w.grad = torch.tensor([1000.0, -0.001])
        >>> Adam([w], lr=0.1).step()
        >>> w
        tensor([-0.1000,  0.1000], requires_grad=True)

    Source:
        Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015), algorithm 1.
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        """Keep the parameters and the settings, and prepare m, v and t for each parameter."""
        raise NotImplementedError

    def step(self) -> None:
        """Take one step; a parameter whose ``.grad`` is None keeps its value, its m and v, and its t."""
        raise NotImplementedError


def descend(
    loss_function: Callable[[], Float[Tensor, ""]], params: Sequence[Tensor], step: Callable[[], None], steps: int
) -> list[float]:
    """Return the losses on the way down: for each step the loss before it, as a Python float.

    Each round computes the loss once, finds the gradients of this loss alone, also where ``.grad`` holds something
    from before the call, and calls ``step()`` once.

    Args:
        loss_function: computes the loss from the parameters as they are now.
        params: the leaf tensors that the loss depends on and that ``step`` changes.
        step: takes one step with the gradients it finds in the parameters, say ``Adam(params).step``.
        steps: how many rounds, 0 or more.

    Returns:
        ``steps`` Python floats, free of any graph.

    Example:
        >>> w = torch.tensor(4.0, requires_grad=True)
        >>> descend(lambda: w**2, [w], lambda: sgd_step([w], lr=0.25), steps=3)
        [16.0, 4.0, 1.0]

    Source:
        PyTorch documentation, ``torch.optim``, section "Taking an optimization step"; "Frequently Asked Questions",
        section "My model reports cuda runtime error(2): out of memory", on losses that keep their graph.
    """
    raise NotImplementedError


def fit_line(
    x: Float[Tensor, "n d"],
    y: Float[Tensor, " n"],
    make_optimizer: Callable[[list[Tensor]], Momentum | Adam],
    steps: int,
    start: Float[Tensor, " d"] | None = None,
) -> tuple[Float[Tensor, " d"], Float[Tensor, ""], list[float]]:
    """Return the weights, the bias and the losses of a straight line fitted to points by descent.

    Formula: the loss is the mean over the n points of ``(x[i] @ weights + bias - y[i])**2``. With d = 1 this is a
    line, with more inputs a plane; nothing else changes.

    Args:
        x: the inputs, one row per point.
        y: the outputs, one number per point, of the dtype of ``x``.
        make_optimizer: called once with the list of parameters; its result has ``step()``. ``Adam`` itself will do,
            or ``lambda params: Momentum(params, lr=0.1)``.
        steps: how many steps to take.
        start: the weights to start from, which are not written to; zeros where it is None. The bias starts at 0.

    Returns:
        The weights, the bias and the ``steps`` losses, each taken before its step. Weights and bias have the dtype of
        ``x`` and do not require a gradient.

    Example:
        >>> x, y = torch.tensor([[0.0], [1.0], [2.0]]), torch.tensor([1.0, 3.0, 5.0])
        >>> weights, bias, losses = fit_line(x, y, lambda params: Momentum(params, lr=0.1), steps=300)
        >>> round(weights.item(), 3), round(bias.item(), 3), round(losses[0], 3)
        (2.0, 1.0, 11.667)

    Source:
        Bishop, "Pattern Recognition and Machine Learning" (2006), sections 3.1.1 and 3.1.3.
    """
    raise NotImplementedError
