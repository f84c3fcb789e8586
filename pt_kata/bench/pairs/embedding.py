"""Embeddings: rows of a large table, picked by number."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from pt_kata.bench.pair import Dims, Inputs, Pair, Traffic
from pt_kata.bench.pairs.losses import PASSES


def _bags_and_table(dims: Dims, draw: Any) -> Inputs:
    """Every row of the table is picked once, in random order, so that what must be moved is known exactly."""
    bags, words, width = dims
    table = draw(bags * words, width)
    order = torch.randperm(len(table), generator=draw.generator, device=table.device)
    return order.view(bags, words), table.requires_grad_()


def embedding_bag(bags: Tensor, table: Tensor) -> Tensor:
    """The rows of each bag gathered, then summed."""
    return table[bags].sum(dim=1)


PAIRS = (
    Pair(
        op="embedding_bag",
        topic="embedding",
        fused=lambda bags, table: F.embedding_bag(bags, table, mode="sum"),
        manual=embedding_bag,
        inputs=_bags_and_table,
        dims={"small": (16, 8, 16), "medium": (512, 16, 64), "large": (0, 16, 64)},
        forward=lambda b, k, d: Traffic(b * k * d, b * d),
        backward=lambda b, k, d: Traffic(b * d, b * k * d),
        flops=lambda b, k, d: b * k * d,
        why="By hand the gathered rows go to memory before they are summed. The gradient of the table is dense.",
        source="PyTorch documentation, torch.nn.EmbeddingBag; " + PASSES,
    ),
)
