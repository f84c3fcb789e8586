"""Activations: one number in, one number out, so that all the time goes into reading and writing."""

from __future__ import annotations

from collections.abc import Callable
from math import pi, sqrt

import torch
import torch.nn.functional as F
from torch import Tensor

from pt_kata.bench.pair import Dims, Inputs, Pair, Traffic
from pt_kata.bench.pairs.losses import FLAT, PASSES


def _numbers(dims: Dims, draw: Callable[..., Tensor]) -> Inputs:
    return (draw(*dims).requires_grad_(),)


def _forward(n: int) -> Traffic:
    return Traffic(n, n)


def _backward(n: int) -> Traffic:
    return Traffic(2 * n, n)


def gelu_tanh(x: Tensor) -> Tensor:
    """Of each x: x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3)))."""
    return 0.5 * x * (1 + torch.tanh(sqrt(2 / pi) * (x + 0.044715 * x**3)))


def gelu(x: Tensor) -> Tensor:
    """Of each x: x / 2 * (1 + erf(x / sqrt(2))): x times the share of normal numbers that are below x."""
    return 0.5 * x * (1 + torch.erf(x / sqrt(2)))


def silu(x: Tensor) -> Tensor:
    """Of each x: x * sigmoid(x)."""
    return x * torch.sigmoid(x)


PAIRS = (
    Pair(
        op="gelu_tanh",
        topic="activations",
        fused=lambda x: F.gelu(x, approximate="tanh"),
        manual=gelu_tanh,
        inputs=_numbers,
        dims=FLAT,
        forward=_forward,
        backward=_backward,
        flops=lambda n: 9 * n,
        why="Eight operators for one formula: each of them reads and writes all numbers.",
        source="Hendrycks and Gimpel, 'Gaussian Error Linear Units' (2016); " + PASSES,
    ),
    Pair(
        op="gelu",
        topic="activations",
        fused=F.gelu,
        manual=gelu,
        inputs=_numbers,
        dims=FLAT,
        forward=_forward,
        backward=_backward,
        flops=lambda n: 5 * n,
        source="Hendrycks and Gimpel, 'Gaussian Error Linear Units' (2016); " + PASSES,
    ),
    Pair(
        op="silu",
        topic="activations",
        fused=F.silu,
        manual=silu,
        inputs=_numbers,
        dims=FLAT,
        forward=_forward,
        backward=_backward,
        flops=lambda n: 2 * n,
        source="Ramachandran, Zoph and Le, 'Searching for Activation Functions' (2017); " + PASSES,
    ),
    Pair(
        op="relu",
        topic="activations",
        fused=F.relu,
        kata="approximation/relu_approximation",
        function="relu",
        inputs=_numbers,
        dims=FLAT,
        forward=_forward,
        backward=lambda n: Traffic(n, n),  # and a bit for each number
        flops=lambda n: n,
        why="Backward needs to know the sign alone: torch reads the whole result, by hand a mask of bools will do.",
        source=PASSES,
    ),
)
