"""Right answers to losses/cross_entropy by other routes than the reference's."""

import torch

from pt_kata.stand_ins import right_answer
from solutions.losses.cross_entropy import (
    CrossEntropy,
    cross_entropy,
    cross_entropy_gradient,
    log_softmax,
    logsumexp,
    negative_log_likelihood,
)


@right_answer("logsumexp")
def summed_by_einsum(logits):
    """By einsum, and an infinite maximum masked."""
    peak = logits.detach().amax(1)
    peak = peak.masked_fill(peak.isinf(), 0)
    return torch.einsum("nc->n", (logits - peak[:, None]).exp()).log() + peak


@right_answer("logsumexp")
def logsumexp_in_float64(logits):
    """In float64 inside."""
    exact = logits.double()
    peak = exact.amax(1, keepdim=True).nan_to_num(neginf=0.0)
    return ((exact - peak).exp().sum(1).log() + peak[:, 0]).to(logits.dtype)


@right_answer("logsumexp")
def summed_by_matrix_product(logits):
    """A matrix product with ones, and the maximum left in the graph."""
    peak = logits.max(dim=1, keepdim=True).values
    peak = torch.where(peak == -torch.inf, torch.zeros_like(peak), peak)
    return ((logits - peak).exp() @ torch.ones_like(logits[:1]).T).log().squeeze(1) + peak.squeeze(1)


@right_answer("logsumexp")
def sorted_first(logits):
    """Sorted, and the largest exponential apart from the others."""
    ordered = logits.sort(dim=1, descending=True).values
    peak = ordered[:, :1]
    peak = torch.where(peak.isfinite(), peak, 0.0)
    exponentials = (ordered - peak).exp()
    return (exponentials[:, 0] + exponentials[:, 1:].sum(1)).log() + peak[:, 0]


@right_answer("logsumexp")
def in_place_on_a_temporary(logits):
    """In place on its own temporary."""
    peak = logits.detach().amax(dim=1, keepdim=True)
    peak.masked_fill_(peak == -torch.inf, 0.0)
    shifted = logits - peak
    return shifted.exp_().sum(dim=1).log_().add_(peak.squeeze(1))


@right_answer("logsumexp")
def loop_over_classes(logits):
    """A loop over the classes, not over the batch."""
    peak = logits.detach().amax(dim=1)
    peak = torch.where(peak.isfinite(), peak, 0.0)
    total = torch.zeros_like(peak)
    for column in logits.unbind(dim=1):
        total = total + (column - peak).exp()
    return total.log() + peak


@right_answer("log_softmax")
def shifted_first(logits):
    """The shifted logits minus the log of their sum."""
    shifted = logits - logits.max(dim=1, keepdim=True)[0]
    return shifted - torch.log(torch.exp(shifted).sum(dim=1, keepdim=True))


@right_answer("log_softmax")
def log_softmax_by_vmap(logits):
    """torch.func.vmap over the rows."""

    def row(x):
        shifted = x - x.detach().amax()
        return shifted - shifted.exp().sum().log()

    return torch.func.vmap(row)(logits)


@right_answer("log_softmax")
def transposed_twice(logits):
    """The transpose, so that (n,) stands under the rows."""
    return (logits.T - logsumexp(logits)).T


@right_answer("log_softmax")
def in_place_on_a_clone(logits):
    """In place on its own clone."""
    result = logits.clone()
    result -= logsumexp(logits).unsqueeze(-1)
    return result


@right_answer("negative_log_likelihood")
def by_two_indices(log_probs, targets):
    """By a pair of indices."""
    return -log_probs[torch.arange(len(targets), device=targets.device), targets]


@right_answer("negative_log_likelihood")
def by_mask(log_probs, targets):
    """By a boolean mask."""
    return -log_probs[torch.nn.functional.one_hot(targets, log_probs.shape[1]).bool()]


@right_answer("negative_log_likelihood")
def by_where(log_probs, targets):
    """A sum in which where has put 0 beside the target."""
    chosen = torch.arange(log_probs.shape[1], device=targets.device) == targets[:, None]
    return -torch.where(chosen, log_probs, 0.0).sum(1)


@right_answer("negative_log_likelihood")
def by_flat_index(log_probs, targets):
    """By an index into the flattened matrix."""
    start = torch.arange(len(targets), device=targets.device) * log_probs.size(1)
    return -log_probs.reshape(-1)[start + targets]


@right_answer("negative_log_likelihood")
def along_the_axis(log_probs, targets):
    """take_along_dim."""
    return torch.take_along_dim(log_probs, targets.unsqueeze(-1), -1).neg().flatten()


@right_answer("cross_entropy")
def normalizer_minus_target(logits, targets, reduction="mean"):
    """The formula of the docstring, and the reduction by name."""
    if reduction not in ("none", "sum", "mean"):
        raise ValueError("unknown reduction: " + str(reduction))
    losses = logsumexp(logits) - logits[range(len(targets)), targets]
    return losses if reduction == "none" else getattr(losses, reduction)()


@right_answer("cross_entropy")
def softplus_of_margins(logits, targets, reduction="mean"):
    """The logsumexp of the margins to the target."""
    losses = logsumexp(logits - logits.gather(1, targets[:, None]))
    match reduction:
        case "none":
            return losses
        case "sum":
            return torch.sum(losses)
        case "mean":
            return torch.sum(losses) / logits.shape[0]
    raise ValueError(f"{reduction} is no reduction")


@right_answer("cross_entropy")
def loss_in_float64(logits, targets, reduction="mean"):
    """In float64 inside, all in one function."""
    exact = logits.double()
    exact = exact - exact.amax(dim=1, keepdim=True)
    losses = exact.exp().sum(dim=1).log() - exact.gather(1, targets[:, None])[:, 0]
    reductions = {"none": lambda: losses, "sum": losses.sum, "mean": losses.mean}
    if reduction not in reductions:
        raise ValueError(f"unknown reduction {reduction}")
    return reductions[reduction]().to(logits.dtype)


@right_answer("cross_entropy_gradient")
def one_hot_subtracted(logits, targets):
    """One-hot rows of an identity matrix subtracted."""
    n, c = logits.shape
    return (torch.exp(log_softmax(logits)) - torch.eye(c, dtype=logits.dtype, device=logits.device)[targets]) / n


@right_answer("cross_entropy_gradient")
def gradient_in_float64(logits, targets):
    """In float64 inside."""
    exponentials = (logits.double() - logits.double().amax(1, keepdim=True)).exp()
    softmax = exponentials / exponentials.sum(1, keepdim=True)
    chosen = torch.nn.functional.one_hot(targets, logits.shape[1])
    return ((softmax - chosen) / len(targets)).to(logits.dtype)


@right_answer("cross_entropy_gradient")
def scattered_in_place(logits, targets):
    """In place on its own temporaries, with scatter_add_."""
    softmax = (logits - logits.amax(1, keepdim=True)).exp_()
    softmax /= softmax.sum(1, keepdim=True)
    softmax.scatter_add_(1, targets[:, None], torch.full_like(softmax[:, :1], -1.0))
    return softmax.div_(len(targets))


@right_answer("cross_entropy_gradient")
def reciprocal_of_odds(logits, targets):
    """The softmax as one over the sum of the odds against a class."""
    odds = (logits[:, None, :] - logits[:, :, None]).exp().sum(dim=2)
    chosen = torch.arange(logits.shape[1], device=targets.device) == targets[:, None]
    return (1 / odds - chosen.to(logits.dtype)) / len(targets)


@right_answer("CrossEntropy")
class GradientSaved(CrossEntropy):
    """The gradient computed in forward, and nothing else saved."""

    @staticmethod
    def forward(ctx, logits, targets):
        """Save the gradient alone."""
        ctx.save_for_backward(cross_entropy_gradient(logits, targets))
        return cross_entropy(logits, targets)

    @staticmethod
    def backward(ctx, upstream):
        """Scale what was saved."""
        (gradient,) = ctx.saved_tensors
        return upstream * gradient, None


@right_answer("CrossEntropy")
class LogProbabilitiesSaved(CrossEntropy):
    """The log-probabilities saved in place of the logits."""

    @staticmethod
    def forward(ctx, logits, targets):
        """Go through the log-probabilities once."""
        log_probs = log_softmax(logits)
        ctx.save_for_backward(log_probs, targets)
        ctx.rows = len(targets)
        return negative_log_likelihood(log_probs, targets).mean()

    @staticmethod
    def backward(ctx, upstream):
        """Softmax minus one-hot, from what was saved."""
        log_probs, targets = ctx.saved_tensors
        gradient = log_probs.exp()
        gradient[torch.arange(ctx.rows, device=targets.device), targets] -= 1
        return upstream * gradient / ctx.rows, None


@right_answer("CrossEntropy")
class ContextSetUpApart(CrossEntropy):
    """A context set up apart from forward, which vmap and jvp want."""

    @staticmethod
    def forward(logits, targets):
        """Return the mean loss."""
        return cross_entropy(logits, targets)

    @staticmethod
    def setup_context(ctx, inputs, output):
        """Save the inputs."""
        ctx.save_for_backward(*inputs)
