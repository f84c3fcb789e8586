"""Normalizations: rows or columns brought to mean 0 and spread 1, then scaled and shifted by what is learned."""

from __future__ import annotations

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor

from pt_kata.bench.pair import Dims, Inputs, Pair, Traffic, elements
from pt_kata.bench.pairs.losses import PASSES, ROWS

EPS = 1e-5
NO_EPS = 1e-12  # F.batch_norm wants one above 0; this one changes nothing that float64 could tell at a spread near 1
TWICE = (
    "Its mean is known only when all of it has been read: what does not stay in the cache is read twice, and the "
    "limit, which counts it once, is out of reach."
)


def _rows_and_scale(dims: Dims, draw: Callable[..., Tensor]) -> Inputs:
    return draw(*dims).requires_grad_(), draw(dims[1]).requires_grad_()


def _rows_scale_and_shift(dims: Dims, draw: Callable[..., Tensor]) -> Inputs:
    return *_rows_and_scale(dims, draw), draw(dims[1]).requires_grad_()


def _table(dims: Dims, draw: Callable[..., Tensor]) -> Inputs:
    return (draw(*dims).requires_grad_(),)


def layer_norm(rows: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """(x - mean) / sqrt(variance + eps) * scale + shift, mean and variance over each row."""
    centered = rows - rows.mean(dim=1, keepdim=True)
    variance = centered.square().mean(dim=1, keepdim=True)
    return centered * (variance + EPS).rsqrt() * scale + shift


def rms_norm(rows: Tensor, scale: Tensor) -> Tensor:
    """Of each x: x / sqrt(mean(x^2) + eps) * scale, the mean over each row."""
    return rows * (rows.square().mean(dim=1, keepdim=True) + EPS).rsqrt() * scale


def batch_norm(images: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """(x - mean) / sqrt(variance + eps) * scale + shift, mean and variance over all pixels of a channel."""
    centered = images - images.mean(dim=(0, 2, 3), keepdim=True)
    variance = centered.square().mean(dim=(0, 2, 3), keepdim=True)
    return centered * (variance + EPS).rsqrt() * scale[:, None, None] + shift[:, None, None]


PAIRS = (
    Pair(
        op="layer_norm",
        topic="normalization",
        fused=lambda rows, scale, shift: F.layer_norm(rows, scale.shape, scale, shift, EPS),
        manual=layer_norm,
        inputs=_rows_scale_and_shift,
        dims=ROWS,
        forward=lambda n, c: Traffic(n * c + 2 * c, n * c),
        backward=lambda n, c: Traffic(2 * n * c + c, n * c + 2 * c),
        flops=lambda n, c: 7 * n * c,
        source="Ba, Kiros and Hinton, 'Layer Normalization' (2016); " + PASSES,
    ),
    Pair(
        op="rms_norm",
        topic="normalization",
        fused=lambda rows, scale: F.rms_norm(rows, scale.shape, scale, EPS),
        manual=rms_norm,
        inputs=_rows_and_scale,
        dims=ROWS,
        forward=lambda n, c: Traffic(n * c + c, n * c),
        backward=lambda n, c: Traffic(2 * n * c + c, n * c + c),
        flops=lambda n, c: 4 * n * c,
        why="On the CPU F.rms_norm is no kernel of its own but the same chain of operators; on CUDA it is one kernel.",
        source="Zhang and Sennrich, 'Root Mean Square Layer Normalization' (2019); " + PASSES,
    ),
    Pair(
        op="batch_norm",
        topic="normalization",
        fused=lambda images, scale, shift: F.batch_norm(images, None, None, scale, shift, training=True, eps=EPS),
        manual=batch_norm,
        inputs=_rows_scale_and_shift,
        dims={"small": (4, 8, 8, 8), "medium": (16, 32, 32, 32), "large": (0, 64, 32, 32)},
        forward=lambda *dims: Traffic(elements(dims) + 2 * dims[1], elements(dims)),
        backward=lambda *dims: Traffic(2 * elements(dims) + dims[1], elements(dims) + 2 * dims[1]),
        flops=lambda *dims: 7 * elements(dims),
        why=TWICE,
        source="Ioffe and Szegedy, 'Batch Normalization' (2015), algorithm 1; " + PASSES,
    ),
    Pair(
        op="standardize",
        topic="normalization",
        fused=lambda table: F.batch_norm(table, None, None, training=True, eps=NO_EPS),
        kata="tensors/broadcasting",
        function="standardize_columns",
        inputs=_table,
        dims=ROWS,
        forward=lambda n, d: Traffic(n * d, n * d),
        backward=lambda n, d: Traffic(2 * n * d, n * d),
        flops=lambda n, d: 5 * n * d,
        why="The fused operator is a batch norm without scale and shift. " + TWICE,
        source=PASSES,
    ),
)
