"""Steps of training: all parameters read, changed and written, in one kernel, in a few, or tensor by tensor.

``dims`` are the elements of a parameter, and how many parameters there are. What races is the maker of a step: it gets
the parameters, prepares what it remembers of each, and gives the function that takes a step.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import log
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils import clip_grad_norm_

from pt_kata.bench.pair import Dims, Function, Inputs, Pair, Traffic, compiled
from pt_kata.bench.pairs.losses import PASSES

KATA = "autograd/update_rule"
RATE, MOMENTUM, BETAS, EPS, DECAY = 0.01, 0.9, (0.9, 0.999), 1e-8, 0.01
LARGEST_NORM = 1.0
SPREAD = 1 / 32  # of the parameters: a step of RATE is then a good part of them, and a wrong one is seen
DIMS = {"small": (64, 48), "medium": (8192, 64), "large": (0, 4)}

Step = Callable[[], object]


def _parameters_and_gradients(dims: Dims, draw: Callable[..., Tensor]) -> Inputs:
    parameters = [SPREAD * draw(dims[0]) for _ in range(dims[1])]
    earlier, gradients = ([draw(dims[0]) for _ in parameters] for _ in range(2))
    return parameters, earlier, gradients


def _own(parameters: list[Tensor]) -> list[Tensor]:
    return [parameter.clone().requires_grad_() for parameter in parameters]


def _give(parameters: list[Tensor], gradients: list[Tensor]) -> None:
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient


def _second_step(make: Function, inputs: Inputs) -> Callable[[], list[Tensor]]:
    """The call that takes a step and gives the parameters, which belong to this contender alone.

    A first step, with other gradients, is taken here: after it velocity and running means are not 0 any more, and a
    step that forgets them is seen to be wrong.
    """
    start, earlier, gradients = inputs
    parameters = _own(start)
    step = make(parameters)
    _give(parameters, earlier)
    step()
    _give(parameters, gradients)

    def call() -> list[Tensor]:
        step()
        return parameters

    return call


def _clipping(clip: Function, inputs: Inputs) -> Callable[[], list[Tensor]]:
    """The call that clips the gradients, which belong to this contender alone, and gives them."""
    start, _, gradients = inputs
    parameters = _own(start)
    _give(parameters, [gradient.clone() for gradient in gradients])

    def call() -> list[Tensor]:
        clip(parameters)
        return [parameter.grad for parameter in parameters if parameter.grad is not None]

    return call


def _compiled_step(make: Function) -> Function:
    return lambda parameters: compiled(make(parameters))


def _sgd(parameters: list[Tensor], **how: bool) -> Step:
    return torch.optim.SGD(parameters, lr=RATE, momentum=MOMENTUM, **how).step


def _adam(parameters: list[Tensor], **how: bool) -> Step:
    return torch.optim.Adam(parameters, lr=RATE, betas=BETAS, eps=EPS, **how).step


def _adamw(parameters: list[Tensor], **how: bool) -> Step:
    return torch.optim.AdamW(parameters, lr=RATE, betas=BETAS, eps=EPS, weight_decay=DECAY, **how).step


def _others(make: Function) -> dict[str, Function]:
    return {"foreach": partial(make, foreach=True), "loop": partial(make, foreach=False)}


def adamw(parameters: list[Tensor]) -> Step:
    """Adam with decay of the weights: w <- (1 - rate decay) w - rate m_hat / (sqrt(v_hat) + eps)."""
    means, squares = ([torch.zeros_like(parameter) for parameter in parameters] for _ in range(2))
    count = torch.zeros((), device=parameters[0].device)  # a tensor: torch would compile anew for each number

    @torch.no_grad()
    def step() -> None:
        count.add_(1)
        unbiased_mean, unbiased_square = (-torch.expm1(count * log(beta)) for beta in BETAS)  # 1 - beta^count
        for parameter, mean, square in zip(parameters, means, squares, strict=True):
            gradient: Any = parameter.grad
            mean.mul_(BETAS[0]).add_((1 - BETAS[0]) * gradient)
            square.mul_(BETAS[1]).add_((1 - BETAS[1]) * gradient.square())
            change = mean / unbiased_mean / ((square / unbiased_square).sqrt() + EPS)
            parameter.mul_(1 - RATE * DECAY).sub_(RATE * change)

    return step


@torch.no_grad()
def clip_grad_norm(parameters: list[Tensor]) -> None:
    """Scale all gradients by one factor, such that together, as one vector, they are at most so long."""
    gradients: list[Any] = [parameter.grad for parameter in parameters]
    norm = torch.stack([gradient.square().sum() for gradient in gradients]).sum().sqrt()
    factor = (LARGEST_NORM / (norm + 1e-6)).clamp(max=1)
    for gradient in gradients:
        gradient.mul_(factor)


PAIRS = (
    Pair(
        op="sgd_momentum",
        topic="optimizers",
        fused=partial(_sgd, fused=True),
        others=_others(_sgd),
        kata=KATA,
        function="Momentum",
        adapt=lambda rule: lambda parameters: rule(parameters, lr=RATE, momentum=MOMENTUM).step,
        inputs=_parameters_and_gradients,
        bind=_second_step,
        dims=DIMS,
        forward=lambda n, tensors: Traffic(3 * n * tensors, 2 * n * tensors),
        backward=None,
        flops=lambda n, tensors: 4 * n * tensors,
        compiled=_compiled_step,
        why="Read: parameters, gradients, velocities. Written: parameters and velocities.",
        source="Sutskever et al., 'On the importance of initialization and momentum' (2013); " + PASSES,
    ),
    Pair(
        op="adam",
        topic="optimizers",
        fused=partial(_adam, fused=True),
        others=_others(_adam),
        kata=KATA,
        function="Adam",
        adapt=lambda rule: lambda parameters: rule(parameters, lr=RATE, betas=BETAS, eps=EPS).step,
        inputs=_parameters_and_gradients,
        bind=_second_step,
        dims=DIMS,
        forward=lambda n, tensors: Traffic(4 * n * tensors, 3 * n * tensors),
        backward=None,
        flops=lambda n, tensors: 13 * n * tensors,
        is_compiled=False,
        why="Not compiled: its count of steps is a Python number, for each value of which torch would compile anew.",
        source="Kingma and Ba, 'Adam: A Method for Stochastic Optimization' (2015), algorithm 1; " + PASSES,
    ),
    Pair(
        op="adamw",
        topic="optimizers",
        fused=partial(_adamw, fused=True),
        others=_others(_adamw),
        manual=adamw,
        inputs=_parameters_and_gradients,
        bind=_second_step,
        dims=DIMS,
        forward=lambda n, tensors: Traffic(4 * n * tensors, 3 * n * tensors),
        backward=None,
        flops=lambda n, tensors: 14 * n * tensors,
        compiled=_compiled_step,
        why="Read: parameters, gradients and both running means. Written: all but the gradients.",
        source="Loshchilov and Hutter, 'Decoupled Weight Decay Regularization' (2019), algorithm 2; " + PASSES,
    ),
    Pair(
        op="clip_grad_norm",
        topic="optimizers",
        fused=partial(clip_grad_norm_, max_norm=LARGEST_NORM, foreach=True),
        others={"loop": partial(clip_grad_norm_, max_norm=LARGEST_NORM, foreach=False)},
        manual=clip_grad_norm,
        inputs=_parameters_and_gradients,
        bind=_clipping,
        dims=DIMS | {"large": (0, 128)},  # torch's norm of a tensor of millions, in float32, is off by 1e-5 and more
        forward=lambda n, tensors: Traffic(2 * n * tensors, n * tensors),
        backward=None,
        flops=lambda n, tensors: 3 * n * tensors,
        why="The gradients are read for their norm, then read again and written: nothing can be scaled before.",
        source="Pascanu, Mikolov and Bengio, 'On the difficulty of training recurrent networks' (2013); " + PASSES,
    ),
)
