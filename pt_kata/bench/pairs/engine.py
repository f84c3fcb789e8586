"""One training step of a small network, number by number and tensor by tensor.

The network and the loss are those of micrograd's own demo: scores of all points by MLP(2, [16, 16, 1]), the max-margin
loss with L2, then the gradients of its 337 parameters. The ``micrograd`` package makes a node for each product and each
sum, and a closure for each node; the reference of the kata makes one node for each neuron, with its local gradients in
a tuple; torch makes one for each layer, for all points at once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from pt_kata.bench.pair import Dims, Function, Inputs, Pair, Traffic

SIZES = (2, [16, 16, 1])
SHAPES = ((16, 3), (16, 17), (1, 17))  # a row for each neuron: its weights, then its bias
WEIGHTS, PARAMETERS = 304, 337
PENALTY = 1e-4

Step = Callable[[], tuple[Tensor, Tensor]]  # gives the loss, and the gradients in the order of ``parameters()``


def _layers_points_labels(dims: Dims, draw: Callable[..., Tensor]) -> Inputs:
    """The label is +1 where the coordinates have the same sign, and -1 elsewhere."""
    layers = [draw(*shape) / 2 for shape in SHAPES]
    points = draw(dims[0], SIZES[0])
    return layers, points, points.prod(dim=1).sign()


def tensor_step(layers: list[Tensor], points: Tensor, labels: Tensor) -> Step:
    """The step with a tensor for each layer, and all points at once."""
    for layer in layers:
        layer.requires_grad_()

    def step() -> tuple[Tensor, Tensor]:
        values = points
        for layer in layers[:-1]:
            values = F.linear(values, layer[:, :-1], layer[:, -1]).relu()
        scores = F.linear(values, layers[-1][:, :-1], layers[-1][:, -1]).squeeze(1)
        penalty = torch.stack([layer.square().sum() for layer in layers]).sum()
        loss = (1 - labels * scores).relu().mean() + PENALTY * penalty
        gradients = torch.autograd.grad(loss, layers)
        return loss.detach(), torch.cat([gradient.flatten() for gradient in gradients])

    return step


def scalar_step(network: Any, layers: list[Tensor], points: Tensor, labels: Tensor) -> Step:
    """The step in what micrograd and the kata both have: ``network`` is the class MLP of one of them."""
    model = network(*SIZES)
    parameters = model.parameters()
    numbers = torch.cat([layer.flatten() for layer in layers]).tolist()
    for parameter, number in zip(parameters, numbers, strict=True):
        parameter.data = number
    rows, signs = points.tolist(), labels.tolist()
    as_tensor = partial(torch.tensor, dtype=points.dtype, device=points.device)

    def step() -> tuple[Tensor, Tensor]:
        losses = [(1 - sign * model(row)).relu() for row, sign in zip(rows, signs, strict=True)]
        squares = [parameter * parameter for parameter in parameters]
        loss = sum(losses) / len(losses) + PENALTY * sum(squares)
        model.zero_grad()
        loss.backward()
        return as_tensor(loss.data), as_tensor([parameter.grad for parameter in parameters])

    return step


def package_step(*inputs: Any) -> Step:
    """The step of the ``micrograd`` package; where that is not installed, the race goes on without it and says so."""
    return scalar_step(import_module("micrograd.nn").MLP, *inputs)


def _made(make: Function, inputs: Inputs) -> Step:
    step: Step = make(*inputs)
    return step


PAIRS = (
    Pair(
        op="micrograd_step",
        topic="engine",
        fused=tensor_step,
        others={"micrograd package": package_step},
        kata="engine/micrograd",
        function="MLP",
        adapt=lambda network: partial(scalar_step, network),
        inputs=_layers_points_labels,
        bind=_made,
        dims={"small": (2,), "medium": (20,), "large": (100,)},
        forward=lambda points: Traffic(3 * points + PARAMETERS, PARAMETERS + 1),
        backward=None,
        flops=lambda points: 6 * points * WEIGHTS,
        dtypes=("float64",),
        devices=("cpu",),
        is_compiled=False,
        is_counted=False,
        why=(
            "By hand every number is a Python object: what is saved here is not memory traffic but the interpreter. "
            "The graphs of the package are cycles, which the garbage collector frees: that is not in its time."
        ),
        source="Karpathy, micrograd (github.com/karpathy/micrograd), its demo",
    ),
)
