"""A loss that never holds all of its logits: the linear layer and the cross-entropy in one node, chunk by chunk.

For t tokens, width d and a vocabulary of v words, ``F.cross_entropy(hidden @ weight.T, targets)`` keeps t v logits, and
as many log-probabilities and gradients: at 4096 tokens and 32768 words 512 MiB each. But once the gradient of a chunk
of tokens has been multiplied with the weights and with the hidden states, nobody needs its logits again. So forward
goes through the tokens by chunks, finds loss and both gradients of each, and forgets the logits; backward only scales.

Source: Hsu et al., "Liger Kernel: Efficient Triton Kernels for LLM Training" (2024), section 3.2, fused linear
cross-entropy. Written here with plain operators, for any device.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

CHUNK_BYTES = 16 << 20  # of logits held at a time


class LinearCrossEntropy(torch.autograd.Function):
    """The node; ``linear_cross_entropy`` is what to call."""

    @staticmethod
    def forward(
        ctx: torch.autograd.function.FunctionCtx,
        hidden: Float[Tensor, "t d"],
        weight: Float[Tensor, "v d"],
        targets: Int[Tensor, " t"],
        rows: int,
    ) -> Float[Tensor, ""]:
        """Return the mean loss in nats, and keep the two gradients that are asked for."""
        for_hidden, for_weight = ctx.needs_input_grad[:2]  # type: ignore[attr-defined]
        hidden_grad = torch.empty_like(hidden) if for_hidden else None
        weight_grad = torch.zeros_like(weight) if for_weight else None
        tokens = len(targets)
        loss = hidden.new_zeros((), dtype=torch.float32 if hidden.dtype.itemsize < 4 else hidden.dtype)
        logits = hidden.new_empty(min(rows, tokens), len(weight))
        for start in range(0, tokens, rows):
            part = slice(start, start + rows)
            chunk, right = logits[: len(hidden[part])], targets[part, None]
            torch.mm(hidden[part], weight.T, out=chunk)
            log_probs = chunk.log_softmax(dim=1)
            loss -= log_probs.gather(1, right).sum()
            chunk = log_probs.exp_().scatter_add_(1, right, log_probs.new_full((len(chunk), 1), -1.0))
            if hidden_grad is not None:
                torch.mm(chunk, weight, out=hidden_grad[part])
            if weight_grad is not None:
                weight_grad.addmm_(chunk.T, hidden[part])
        for gradient in (hidden_grad, weight_grad):
            if gradient is not None:
                gradient.div_(tokens)
        ctx.save_for_backward(hidden_grad, weight_grad)  # type: ignore[arg-type]
        return (loss / tokens).to(hidden.dtype)

    @staticmethod
    def backward(
        ctx: torch.autograd.function.FunctionCtx, upstream: Float[Tensor, ""]
    ) -> tuple[Tensor | None, Tensor | None, None, None]:
        """Return the gradients that forward found, times the incoming one."""
        if torch.is_grad_enabled():  # create_graph=True; without this the second derivative would be 0 and nobody told
            raise RuntimeError("linear_cross_entropy has no second derivative; take F.cross_entropy where you need one")
        hidden_grad, weight_grad = ctx.saved_tensors  # type: ignore[attr-defined]
        scaled = (None if gradient is None else gradient * upstream for gradient in (hidden_grad, weight_grad))
        return (*scaled, None, None)  # type: ignore[return-value]


def linear_cross_entropy(
    hidden: Float[Tensor, "t d"], weight: Float[Tensor, "v d"], targets: Int[Tensor, " t"], rows: int | None = None
) -> Float[Tensor, ""]:
    """The mean of ``F.cross_entropy(hidden @ weight.T, targets)``, with the memory of ``rows`` rows of logits.

    Args:
        hidden: one hidden state per token, of a floating dtype.
        weight: one row per word of the vocabulary, of the same dtype.
        targets: the index of the right word of every token, int64.
        rows: how many tokens a chunk has; by default as many as have 16 MiB of logits.

    Returns:
        The loss in nats, of shape (). Taking its gradient with ``create_graph=True`` raises a RuntimeError.

    Raises:
        ValueError: there is no token, or ``rows`` is not positive.
    """
    if not len(targets):
        raise ValueError("there is no token to take the mean over; targets has shape (0,)")
    rows = max(1, CHUNK_BYTES // (len(weight) * weight.itemsize)) if rows is None else rows
    if rows < 1:
        raise ValueError(f"rows must be at least 1, not {rows}")
    loss: Tensor = LinearCrossEntropy.apply(hidden, weight, targets, rows)  # type: ignore[no-untyped-call]
    return loss
