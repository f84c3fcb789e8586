"""Cross-entropy from logits: why the loss takes raw scores, and what its gradient is.

A classifier gives one score (logit) per class. Softmax turns the scores of a row into probabilities,
and the cross-entropy is the negative log of the probability given to the right class, in nats. Done in that
order it overflows at exp(1000) and loses the gradient at log(0). Done on the logits it does neither, and its
gradient is the shortest formula in deep learning: softmax minus one-hot.

Each function takes the whole batch at once, without a Python loop over the rows, and writes to none of its inputs.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor


def logsumexp(logits: Float[Tensor, "n c"]) -> Float[Tensor, " n"]:
    """Return log(sum(exp(row))) of every row, at any size of the logits.

    Formula: m + log(sum(exp(row - m))) with m = max(row). The largest exponent is then 0, so nothing overflows.

    Args:
        logits: one row of scores per sample; -inf marks a masked class.

    Returns:
        One value per row, in the dtype of ``logits``; -inf for a row that is masked altogether.

    Example:
        >>> logsumexp(torch.tensor([[0.0, 0.0], [2.0, 2.0]]))
        tensor([0.6931, 2.6931])

    Source:
        Blanchard, Higham and Higham, "Accurately computing the log-sum-exp and softmax functions" (2021).
    """
    peak = logits.detach().amax(dim=1, keepdim=True)
    peak = torch.where(peak.isfinite(), peak, 0.0)
    return (logits - peak).exp().sum(dim=1).log() + peak.squeeze(1)


def log_softmax(logits: Float[Tensor, "n c"]) -> Float[Tensor, "n c"]:
    """Return the log-probability of every class: logit minus the logsumexp of its row.

    Args:
        logits: one row of scores per sample; -inf marks a masked class.

    Returns:
        Log-probabilities in nats, all <= 0; the exponentials of each row sum to 1.

    Example:
        >>> log_softmax(torch.tensor([[1.0, 1.0]]))
        tensor([[-0.6931, -0.6931]])

    Source:
        Goodfellow, Bengio and Courville, "Deep Learning" (2016), section 6.2.2.3.
    """
    return logits - logsumexp(logits)[:, None]


def negative_log_likelihood(log_probs: Float[Tensor, "n c"], targets: Int[Tensor, " n"]) -> Float[Tensor, " n"]:
    """Return minus the log-probability of each row's target class.

    Formula: -log_probs[i, targets[i]] for every row i, without a Python loop.

    Args:
        log_probs: log-probabilities, one row per sample.
        targets: the index of the right class of every row, int64.

    Returns:
        One loss per row, in nats, not reduced.

    Example:
        >>> negative_log_likelihood(torch.tensor([[-0.1, -2.4], [-3.0, -0.05]]), torch.tensor([0, 0]))
        tensor([0.1000, 3.0000])

    Source:
        Goodfellow, Bengio and Courville, "Deep Learning" (2016), section 5.5.
    """
    return -log_probs.gather(1, targets[:, None]).squeeze(1)


def cross_entropy(
    logits: Float[Tensor, "n c"], targets: Int[Tensor, " n"], reduction: str = "mean"
) -> Float[Tensor, "..."]:
    """Return the cross-entropy between logits and target classes.

    Formula: loss[i] = logsumexp(logits[i]) - logits[i, targets[i]].

    Args:
        logits: one row of scores per sample.
        targets: the index of the right class of every row, int64.
        reduction: "none" for one loss per row, "sum", or "mean" over the rows.

    Returns:
        The loss in nats, of shape (n,) for "none" and () otherwise.

    Raises:
        ValueError: ``reduction`` is none of the three; the message quotes it.

    Example:
        >>> cross_entropy(torch.tensor([[1000.0, -1000.0]]), torch.tensor([1]))
        tensor(2000.)

    Source:
        Goodfellow, Bengio and Courville, "Deep Learning" (2016), section 6.2.2.3.
    """
    losses = negative_log_likelihood(log_softmax(logits), targets)
    if reduction == "none":
        return losses
    if reduction == "sum":
        return losses.sum()
    if reduction == "mean":
        return losses.mean()
    raise ValueError(f"reduction must be 'none', 'sum' or 'mean', not {reduction!r}")


def cross_entropy_gradient(logits: Float[Tensor, "n c"], targets: Int[Tensor, " n"]) -> Float[Tensor, "n c"]:
    """Return the gradient of the mean cross-entropy with respect to the logits, in closed form.

    Formula: (softmax(logits) - one_hot(targets)) / n. Derive it by hand; autograd is not allowed here.

    Args:
        logits: one row of scores per sample.
        targets: the index of the right class of every row, int64.

    Returns:
        A gradient of the shape and dtype of ``logits``; each row sums to 0.

    Example:
        >>> cross_entropy_gradient(torch.tensor([[0.0, 0.0]]), torch.tensor([1]))
        tensor([[ 0.5000, -0.5000]])

    Source:
        Bishop, "Pattern Recognition and Machine Learning" (2006), section 4.3.4.
    """
    gradient = log_softmax(logits).exp()
    gradient[torch.arange(len(targets), device=logits.device), targets] -= 1
    return gradient / len(targets)


class CrossEntropy(torch.autograd.Function):
    """Make the mean cross-entropy one node of the autograd graph: ``CrossEntropy.apply(logits, targets)``.

    Built from small operations, the loss keeps several of their intermediate results alive until backward.
    This node keeps one (n, c) tensor, besides the targets: all that ``cross_entropy_gradient`` needs.

    Formula: forward is ``cross_entropy(logits, targets)``; backward is its gradient times the incoming one.

    Example:
        >>> logits = torch.zeros(1, 2, requires_grad=True)
        >>> CrossEntropy.apply(logits, torch.tensor([1])).backward()
        >>> logits.grad
        tensor([[ 0.5000, -0.5000]])

    Source:
        PyTorch documentation, "Extending PyTorch", section "Extending torch.autograd".
    """

    @staticmethod
    def forward(
        ctx: torch.autograd.function.FunctionCtx, logits: Float[Tensor, "n c"], targets: Int[Tensor, " n"]
    ) -> Float[Tensor, ""]:
        """Return the mean loss; save with ``ctx.save_for_backward`` what backward needs, and nothing else."""
        ctx.save_for_backward(logits, targets)
        return cross_entropy(logits, targets)

    @staticmethod
    def backward(
        ctx: torch.autograd.function.FunctionCtx, upstream: Float[Tensor, ""]
    ) -> tuple[Float[Tensor, "n c"], None]:
        """Return the gradient for each argument of forward: one for the logits, None for the targets."""
        logits, targets = ctx.saved_tensors
        return upstream * cross_entropy_gradient(logits, targets), None
