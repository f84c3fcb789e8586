"""Losses, and the row-wise reductions that they are made of."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from pt_kata.bench.linear_cross_entropy import linear_cross_entropy
from pt_kata.bench.pair import Dims, Function, Inputs, Pair, Traffic

KATA = "losses/cross_entropy"
ROWS = {"small": (32, 64), "medium": (512, 1024), "large": (0, 2048)}
FLAT = {"small": (4096,), "medium": (1 << 19,), "large": (0,)}
PASSES = (
    "passes over memory counted as in Fuser and Liger-Kernel: each operator reads its operands and writes its result"
)


def _logits(dims: Dims, draw: Callable[..., Tensor]) -> Inputs:
    return (draw(*dims).requires_grad_(),)


def _logits_and_targets(dims: Dims, draw: Any) -> Inputs:
    logits = draw(*dims)
    targets = torch.randint(dims[1], dims[:1], generator=draw.generator, device=logits.device)
    return logits.requires_grad_(), targets


def _predictions_and_targets(dims: Dims, draw: Callable[..., Tensor]) -> Inputs:
    return draw(dims[0], 1).requires_grad_(), draw(*dims)


def _scores_and_labels(dims: Dims, draw: Callable[..., Tensor]) -> Inputs:
    return draw(*dims).requires_grad_(), (draw(*dims) > 0).to(draw(1).dtype)


def _hidden_weight_targets(dims: Dims, draw: Any) -> Inputs:
    tokens, width, words = dims
    hidden, weight = draw(tokens, width), draw(words, width) / width**0.5
    targets = torch.randint(words, (tokens,), generator=draw.generator, device=hidden.device)
    return hidden.requires_grad_(), weight.requires_grad_(), targets


def softmax(logits: Tensor) -> Tensor:
    """Softmax over the columns, stable: the largest exponent is 0."""
    exponentials = (logits - logits.amax(dim=1, keepdim=True)).exp()
    return exponentials / exponentials.sum(dim=1, keepdim=True)


def binary_cross_entropy(scores: Tensor, labels: Tensor) -> Tensor:
    """The mean of -y log(sigmoid(x)) - (1 - y) log(1 - sigmoid(x)), as max(x, 0) - x y + log(1 + exp(-|x|))."""
    positive = torch.maximum(scores, scores.new_zeros(()))  # clamp would give a score of exactly 0 the slope 1, not 1/2
    return (positive - scores * labels + (-scores.abs()).exp().log1p()).mean()


def _torch_chunked() -> dict[str, Function]:
    """Torch's own version by chunks, which came with 2.13."""
    options = getattr(torch.nn, "LinearCrossEntropyOptions", None)
    if options is None:
        return {}
    return {"torch by chunks": partial(F.linear_cross_entropy, options=options())}


PAIRS = (
    Pair(
        op="cross_entropy",
        topic="losses",
        fused=F.cross_entropy,
        kata=KATA,
        function="cross_entropy",
        inputs=_logits_and_targets,
        dims=ROWS,
        forward=lambda n, c: Traffic(n * c, 0),
        backward=lambda n, c: Traffic(n * c, n * c),
        flops=lambda n, c: 4 * n * c,
        why="In eager mode the fused loss is two kernels, log_softmax and nll_loss; its gradient is dense.",
        source=PASSES,
    ),
    Pair(
        op="cross_entropy_node",
        topic="losses",
        fused=F.cross_entropy,
        kata=KATA,
        function="CrossEntropy",
        adapt=lambda node: node.apply,  # type: ignore[attr-defined]
        inputs=_logits_and_targets,
        dims=ROWS,
        forward=lambda n, c: Traffic(n * c, 0),
        backward=lambda n, c: Traffic(n * c, n * c),
        flops=lambda n, c: 4 * n * c,
        why="The kata's own node of the graph: it keeps the logits alone and computes the softmax again in backward.",
        source=PASSES,
    ),
    Pair(
        op="softmax",
        topic="losses",
        fused=lambda logits: F.softmax(logits, dim=1),
        manual=softmax,
        inputs=_logits,
        dims=ROWS,
        forward=lambda n, c: Traffic(n * c, n * c),
        backward=lambda n, c: Traffic(2 * n * c, n * c),
        flops=lambda n, c: 4 * n * c,
        source=PASSES,
    ),
    Pair(
        op="log_softmax",
        topic="losses",
        fused=lambda logits: F.log_softmax(logits, dim=1),
        kata=KATA,
        function="log_softmax",
        inputs=_logits,
        dims=ROWS,
        forward=lambda n, c: Traffic(n * c, n * c),
        backward=lambda n, c: Traffic(2 * n * c, n * c),
        flops=lambda n, c: 4 * n * c,
        source=PASSES,
    ),
    Pair(
        op="logsumexp",
        topic="losses",
        fused=lambda logits: torch.logsumexp(logits, dim=1),
        kata=KATA,
        function="logsumexp",
        inputs=_logits,
        dims=ROWS,
        forward=lambda n, c: Traffic(n * c, n),
        backward=lambda n, c: Traffic(n * c + 2 * n, n * c),
        flops=lambda n, c: 3 * n * c,
        source=PASSES,
    ),
    Pair(
        op="bce_with_logits",
        topic="losses",
        fused=F.binary_cross_entropy_with_logits,
        manual=binary_cross_entropy,
        inputs=_scores_and_labels,
        dims=FLAT,
        forward=lambda n: Traffic(2 * n, 0),
        backward=lambda n: Traffic(2 * n, n),
        flops=lambda n: 7 * n,
        source=PASSES,
    ),
    Pair(
        op="mse_loss",
        topic="losses",
        fused=lambda predictions, targets: F.mse_loss(predictions.squeeze(1), targets),
        kata="tensors/broadcasting",
        function="mean_squared_error",
        inputs=_predictions_and_targets,
        dims=FLAT,
        forward=lambda n: Traffic(2 * n, 0),
        backward=lambda n: Traffic(2 * n, n),
        flops=lambda n: 3 * n,
        source=PASSES,
    ),
    Pair(
        op="linear_cross_entropy",
        topic="losses",
        fused=lambda hidden, weight, targets: F.cross_entropy(hidden @ weight.T, targets),
        others=_torch_chunked(),
        manual=linear_cross_entropy,
        inputs=_hidden_weight_targets,
        dims={"small": (64, 32, 256), "medium": (512, 256, 4096), "large": (4096, 512, 32768)},
        forward=lambda t, d, v: Traffic(t * d + v * d, 0),
        backward=lambda t, d, v: Traffic(t * d + v * d, t * d + v * d),
        flops=lambda t, d, v: 2 * t * d * v,
        timed=("both",),
        is_compiled=False,
        why="Here the version by hand is the fused one: chunk by chunk, it never holds all logits.",
        source="Liger-Kernel, fused linear cross-entropy: the gradient is computed chunk by chunk in the forward pass",
    ),
)
