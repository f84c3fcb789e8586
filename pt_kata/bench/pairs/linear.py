"""Linear algebra: products of matrices and what is done around them, and two chains of products of single numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import sqrt

import torch
import torch.nn.functional as F
from torch import Tensor

from pt_kata.bench.pair import Dims, Inputs, Pair, Traffic
from pt_kata.bench.pairs.losses import FLAT, PASSES

FACTOR = 0.5


def _bias_inputs_weight(dims: Dims, draw: Callable[..., Tensor]) -> Inputs:
    rows, n_inputs, n_outputs = dims
    shapes = ((n_outputs,), (rows, n_inputs), (n_inputs, n_outputs))
    return tuple(draw(*shape).requires_grad_() for shape in shapes)


def _three(dims: Dims, draw: Callable[..., Tensor]) -> Inputs:
    return tuple(draw(*dims).requires_grad_() for _ in range(3))


def _two(dims: Dims, draw: Callable[..., Tensor]) -> Inputs:
    return tuple(draw(*dims).requires_grad_() for _ in range(2))


def _two_sets_of_points(dims: Dims, draw: Callable[..., Tensor]) -> Inputs:
    return tuple(draw(points, dims[2]).requires_grad_() for points in dims[:2])


def _images_and_weight(dims: Dims, draw: Callable[..., Tensor]) -> Inputs:
    images, channels, side, filters, width = dims
    return draw(images, channels, side, side).requires_grad_(), draw(filters, channels, width, width).requires_grad_()


def _conv_elements(b: int, c: int, side: int, o: int, k: int) -> tuple[int, int, int]:
    """The elements of images, weight and result."""
    return b * c * side**2, o * c * k**2, b * o * side**2


def _conv_forward(*dims: int) -> Traffic:
    images, weight, result = _conv_elements(*dims)
    return Traffic(images + weight, result)


def _conv_backward(*dims: int) -> Traffic:
    images, weight, result = _conv_elements(*dims)
    return Traffic(images + weight + result, images + weight)


def attention(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """softmax(Q K' / sqrt(d)) V, with all of the scores in memory."""
    scores = queries @ keys.transpose(-2, -1) / sqrt(queries.shape[-1])
    return scores.softmax(dim=-1) @ values


def conv2d(images: Tensor, weight: Tensor) -> Tensor:
    """Every patch as a column of k^2 c numbers, then one product with the filters."""
    width = weight.shape[-1]
    columns = F.unfold(images, width, padding=width // 2)
    filters = weight.flatten(1).expand(len(images), -1, -1)
    return filters.bmm(columns).view(len(images), len(weight), *images.shape[2:])


PAIRS = (
    Pair(
        op="addmm",
        topic="linear",
        fused=torch.addmm,
        manual=lambda bias, inputs, weight: inputs @ weight + bias,
        inputs=_bias_inputs_weight,
        dims={"small": (16, 32, 32), "medium": (2048, 256, 256), "large": (4096, 1024, 1024)},
        forward=lambda b, i, o: Traffic(b * i + i * o + o, b * o),
        backward=lambda b, i, o: Traffic(b * o + b * i + i * o, b * i + i * o + o),
        flops=lambda b, i, o: 2 * b * i * o + b * o,
        why="Bound by the product of the matrices; only the separate addition of the bias can be saved.",
        source=PASSES,
    ),
    Pair(
        op="addcmul",
        topic="linear",
        fused=lambda a, b, c: torch.addcmul(a, b, c, value=FACTOR),
        manual=lambda a, b, c: a + FACTOR * b * c,
        inputs=_three,
        dims=FLAT,
        forward=lambda n: Traffic(3 * n, n),
        backward=lambda n: Traffic(3 * n, 2 * n),
        flops=lambda n: 3 * n,
        why="The gradient of the first term is the incoming one itself: nothing is moved for it.",
        source=PASSES,
    ),
    Pair(
        op="square_times",
        topic="linear",
        fused=lambda x, y: x**2 * y,
        kata="autograd/manual_gradient",
        function="SquareTimes",
        adapt=lambda node: node.apply,  # type: ignore[attr-defined]
        inputs=_two,
        dims=FLAT,
        forward=lambda n: Traffic(2 * n, n),
        backward=lambda n: Traffic(3 * n, 2 * n),
        flops=lambda n: 2 * n,
        why=(
            "There is no fused operator: two of torch's own, which keep x, y and the square of x, against one node "
            "written by hand, which keeps x and y alone and computes the square again."
        ),
        source="PyTorch documentation, 'Extending torch.autograd'; " + PASSES,
    ),
    Pair(
        op="cdist",
        topic="linear",
        fused=torch.cdist,
        others={"without product": partial(torch.cdist, compute_mode="donot_use_mm_for_euclid_dist")},
        kata="tensors/broadcasting",
        function="pairwise_distances",
        inputs=_two_sets_of_points,
        dims={"small": (16, 16, 8), "medium": (128, 128, 32), "large": (512, 1024, 32)},
        forward=lambda n, m, d: Traffic((n + m) * d, n * m),
        backward=lambda n, m, d: Traffic((n + m) * d + 2 * n * m, (n + m) * d),
        flops=lambda n, m, d: 3 * n * m * d,
        dtypes=("float32",),
        why=(
            "By hand all n m differences of d numbers are in memory at once. From 26 points on torch.cdist takes the "
            "product of the matrices, which is fast and loses digits where points are close; the other contender does "
            "without it, as the kata asks. There is no bfloat16."
        ),
        source=PASSES,
    ),
    Pair(
        op="attention",
        topic="linear",
        fused=F.scaled_dot_product_attention,
        manual=attention,
        inputs=_three,
        dims={"small": (1, 2, 16, 16), "medium": (4, 8, 256, 64), "large": (1, 8, 1536, 64)},
        forward=lambda b, h, n, d: Traffic(3 * b * h * n * d, b * h * n * d),
        backward=lambda b, h, n, d: Traffic(5 * b * h * n * d, 3 * b * h * n * d),
        flops=lambda b, h, n, d: 4 * b * h * n * n * d,
        why="By hand the scores, n^2 for each head, go to memory and come back three times.",
        source="Dao et al., 'FlashAttention' (2022), section 3; " + PASSES,
    ),
    Pair(
        op="conv2d",
        topic="linear",
        fused=lambda images, weight: F.conv2d(images, weight, padding=weight.shape[-1] // 2),
        manual=conv2d,
        inputs=_images_and_weight,
        dims={"small": (1, 4, 8, 8, 3), "medium": (4, 32, 64, 32, 3), "large": (8, 64, 56, 64, 3)},
        forward=_conv_forward,
        backward=_conv_backward,
        flops=lambda b, c, side, o, k: 2 * b * o * side**2 * c * k**2,
        why="Unfolded, every pixel is in memory k^2 times: nine times as much for filters of 3 by 3.",
        source="Chellapilla, Puri and Simard, 'High Performance Convolutional Neural Networks' (2006); " + PASSES,
    ),
)
