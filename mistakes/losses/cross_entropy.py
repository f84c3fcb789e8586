"""Known wrong answers to losses/cross_entropy."""

import math

import torch

from pt_kata.stand_ins import mistake
from solutions.losses.cross_entropy import (
    CrossEntropy,
    cross_entropy,
    cross_entropy_gradient,
    log_softmax,
    logsumexp,
    negative_log_likelihood,
)
from solutions.losses.cross_entropy import cross_entropy as right_cross_entropy
from solutions.losses.cross_entropy import cross_entropy_gradient as right_gradient
from solutions.losses.cross_entropy import log_softmax as right_log_softmax
from solutions.losses.cross_entropy import logsumexp as right_logsumexp
from solutions.losses.cross_entropy import negative_log_likelihood as right_nll


@mistake("logsumexp", caught_by="test_logsumexp_of_large_logits")
def maximum_not_subtracted(logits):
    """Exponentials of the logits as they are.

    exp is taken before anything is subtracted. exp(1000) is inf in every float format, and exp(-1000) is 0, whose log
    is -inf.

    Try:
        >>> logsumexp(torch.tensor([[1000.0, 1000.0], [-1000.0, -1000.0]]))
        tensor([inf, -inf])
    """
    return logits.exp().sum(dim=1).log()


@mistake("logsumexp", caught_by="test_logsumexp_uses_the_maximum_of_each_row")
def one_maximum_for_the_batch(logits):
    """One maximum for the whole batch.

    The largest logit of the batch is subtracted from every row. In rows far below it every exponential rounds to 0,
    and log(0) is -inf.

    Try:
        >>> logsumexp(torch.tensor([[1000.0, 1000.0], [0.0, 0.0]]))
        tensor([1000.6932,      -inf])
    """
    peak = logits.max()
    peak = torch.where(peak.isfinite(), peak, 0.0)
    return (logits - peak).exp().sum(dim=1).log() + peak


@mistake("logsumexp", caught_by="test_logsumexp_of_very_negative_logits")
def largest_absolute_value(logits):
    """The largest absolute value subtracted.

    The size of the logits is taken without its sign. In a row of large negative logits that pushes every exponent
    further down, and log(0) is -inf.

    Try:
        >>> logsumexp(torch.tensor([[-1000.0, -1000.0]]))
        tensor([-inf])
    """
    peak = logits.abs().amax(dim=1, keepdim=True)
    peak = torch.where(peak.isfinite(), peak, 0.0)
    return (logits - peak).exp().sum(dim=1).log() + peak.squeeze(1)


@mistake("logsumexp", caught_by="test_logsumexp_of_equal_logits")
def maximum_not_added_back(logits):
    """The maximum not added back.

    The maximum of each row is subtracted before exp, and then forgotten. What comes out is the logsumexp of the
    shifted row.

    Try:
        >>> logsumexp(torch.tensor([[2.0, 2.0]]))
        tensor([0.6931])
    """
    return (logits - _peaks(logits)).exp().sum(dim=1).log()


@mistake("logsumexp", caught_by="test_logsumexp_of_equal_logits")
def infinite_maximum_not_added_back(logits):
    """The maximum not added back, be it -inf.

    The maximum of each row is subtracted before exp, and then forgotten. What comes out is the logsumexp of the
    shifted row, and NaN where that maximum is -inf.

    Try:
        >>> logsumexp(torch.tensor([[2.0, 2.0], [-math.inf, -math.inf]]))
        tensor([0.6931,    nan])
    """
    return (logits - logits.amax(dim=1, keepdim=True)).exp().sum(dim=1).log()


@mistake("logsumexp", caught_by="test_logsumexp_of_a_row_masked_altogether")
def infinite_maximum_subtracted(logits):
    """A maximum of -inf subtracted.

    The maximum is subtracted whatever it is. In a row that is masked altogether it is -inf, and -inf - (-inf) is NaN.

    Try:
        >>> logsumexp(torch.tensor([[-math.inf, -math.inf]]))
        tensor([nan])
    """
    peak = logits.amax(dim=1, keepdim=True)
    return (logits - peak).exp().sum(dim=1).log() + peak.squeeze(1)


@mistake("logsumexp", caught_by="test_logsumexp_of_masked_classes")
def mask_taken_for_zero(logits):
    """A masked class taken for a logit of 0.

    A logit of -inf is replaced by 0. exp(0) is 1, so the class that should be impossible is counted in full.

    Try:
        >>> logsumexp(torch.tensor([[0.0, -math.inf]]))
        tensor([0.6931])
    """
    return right_logsumexp(torch.where(logits.isfinite(), logits, 0.0))


@mistake("logsumexp", caught_by="test_logsumexp_of_a_row_masked_altogether", noise=True)
def mask_made_finite(logits):
    """A mask turned into a large negative number.

    A logit of -inf is replaced by -1e9 or the smallest float. Beside other logits that makes no difference, but a row
    that is masked altogether then looks like one with classes.

    Try:
        >>> logsumexp(torch.tensor([[-math.inf, -math.inf]]))
        tensor([-1.0000e+09])
    """
    return right_logsumexp(logits.clamp(min=-1e9).where(logits.isinf(), logits))


@mistake("logsumexp", caught_by="test_logsumexp_on_a_square_matrix")
def reduced_over_the_batch(logits):
    """A sum over the batch.

    The exponentials are summed over dim 0, the samples. The classes of one sample are dim 1.

    Try:
        >>> logsumexp(torch.tensor([[0.0, 5.0], [0.0, 5.0]]))
        tensor([0.6931, 5.6931])
    """
    return right_logsumexp(logits.T)


@mistake("logsumexp", caught_by="test_logsumexp_on_a_square_matrix")
def plainly_reduced_over_the_batch(logits):
    """A sum over the batch, of exponentials that overflow.

    exp is taken of the logits as they are, and summed over dim 0. The classes are dim 1, and exp(1000) is inf.

    Try:
        >>> logsumexp(torch.tensor([[0.0, 5.0], [0.0, 5.0]]))
        tensor([0.6931, 5.6931])
    """
    return logits.exp().sum(dim=0).log()


@mistake("logsumexp", caught_by="test_logsumexp_on_a_square_matrix")
def maxima_over_the_batch(logits):
    """A maximum and a sum over the batch.

    Both are taken over dim 0, the samples. The classes of one sample are dim 1, and a class that all samples mask
    becomes NaN.

    Try:
        >>> logsumexp(torch.tensor([[0.0, -math.inf], [0.0, -math.inf]]))
        tensor([0.6931,    nan])
    """
    peak = logits.amax(dim=0)
    return (logits - peak).exp().sum(dim=0).log() + peak


@mistake("logsumexp", caught_by="test_logsumexp_on_a_square_matrix")
def maxima_along_the_columns(logits):
    """Maxima without an axis.

    The maxima of the rows have the shape (n,), which lines up with the classes. On a square matrix nothing raises,
    and column j loses the maximum of row j.

    Try:
        >>> logsumexp(torch.tensor([[0.0, 1.0], [0.0, 9.0]]))
        tensor([9.1147e-04, 9.3133e+00])
    """
    peak = _peaks(logits).squeeze(1)
    return (logits - peak).exp().sum(dim=1).log() + peak


@mistake("logsumexp", caught_by="test_logsumexp_agrees_with_torch")
def axis_kept(logits):
    """A column in place of a vector.

    The axis of size 1 that keepdim leaves is never taken away. One value per row has the shape (n,), and (n, 1)
    against (n,) will give (n, n) somewhere else.

    Try:
        >>> logsumexp(torch.zeros(2, 3)).shape
        torch.Size([2, 1])
    """
    return right_logsumexp(logits)[:, None]


@mistake("logsumexp", caught_by="test_logsumexp_of_equal_logits")
def every_axis_of_size_one_dropped(logits):
    """Every axis of size 1 dropped.

    squeeze without a number takes away all axes of size 1. A batch of one row has one value, in a vector of one.

    Try:
        >>> logsumexp(torch.zeros(1, 3)).shape
        torch.Size([])
    """
    return right_logsumexp(logits).squeeze()


@mistake("logsumexp", caught_by="test_logsumexp_agrees_with_torch")
def summed_over_everything(logits):
    """A sum over the whole batch.

    The exponentials are summed over both axes. Each row has a value of its own.

    Try:
        >>> logsumexp(torch.zeros(2, 3))
        tensor(1.7918)
    """
    return right_logsumexp(logits.reshape(1, -1)).squeeze(0)


@mistake("logsumexp", caught_by="test_logsumexp_of_equal_logits")
def mean_of_exponentials(logits):
    """The mean of the exponentials.

    The exponentials are averaged where they should be added. The result is too small by the log of the number of
    classes.

    Try:
        >>> logsumexp(torch.tensor([[2.0, 2.0]]))
        tensor([2.])
    """
    return right_logsumexp(logits) - math.log(logits.shape[1])


@mistake("logsumexp", caught_by="test_logsumexp_of_large_logits", noise=True)
def clamped_logits(logits):
    """Logits clamped before exp.

    Every logit beyond some limit is cut down to it, so that exp stays finite. Logits of 1000 and of 2000 then count
    the same, and so does their gradient of 0.

    Try:
        >>> logsumexp(torch.tensor([[1000.0, 1000.0]]))
        tensor([80.6931])
    """
    return logits.clamp(-80, 80).exp().sum(dim=1).log()


@mistake("logsumexp", caught_by="test_logsumexp_of_a_row_masked_altogether", noise=True)
def constant_in_the_log(logits):
    """A constant inside the log.

    A small number is added to the sum so that the log never sees 0. A row that is masked altogether has the log of
    that number in place of -inf, and in float64 the other rows are off as well.

    Try:
        >>> logsumexp(torch.tensor([[-math.inf, -math.inf]]))
        tensor([-18.4207])
    """
    peak = _peaks(logits)
    return ((logits - peak).exp().sum(dim=1) + 1e-8).log() + peak.squeeze(1)


@mistake("logsumexp", caught_by="test_logsumexp_has_the_gradient_of_softmax")
def cut_off(logits):
    """A result cut off from autograd.

    The computation runs without a gradient. The value is right, but the logsumexp is half of the loss's gradient, and
    that half is lost.

    Try:
        >>> logsumexp(torch.zeros(1, 2, requires_grad=True)).requires_grad
        False
    """
    return right_logsumexp(logits).detach()


@mistake("logsumexp", caught_by="test_logsumexp_has_the_gradient_of_softmax")
def only_the_maximum_in_the_graph(logits):
    """Only the maximum kept in the graph.

    The log of the sum is detached, and the maximum is not. The gradient is 1 at the largest logit and 0 elsewhere,
    where it should be the softmax.

    Try:
        >>> logits = torch.tensor([[0.0, 1.0]], requires_grad=True)
        >>> logsumexp(logits).sum().backward()
        >>> logits.grad
        tensor([[0., 1.]])
    """
    peak = logits.amax(dim=1)
    return (right_logsumexp(logits) - peak).detach() + peak


@mistake("logsumexp", caught_by="test_inputs_are_left_alone")
def logits_written_to(logits):
    """The maximum subtracted in place.

    -= writes into the caller's logits. The result is right, but the logits are no longer what they were, and autograd
    refuses to write to a tensor that wants a gradient.

    Try:
        >>> logits = torch.tensor([[3.0, 5.0]])
        >>> result = logsumexp(logits)
        >>> logits
        tensor([[-2.,  0.]])
    """
    peak = _peaks(logits)
    logits -= peak
    return logits.exp().sum(dim=1).log() + peak.squeeze(1)


@mistake("logsumexp", caught_by="test_inputs_are_left_alone")
def infinite_maximum_subtracted_in_place(logits):
    """The maximum subtracted in place, be it -inf.

    -= writes into the caller's logits, and autograd refuses to write to a tensor that wants a gradient. In a row that
    is masked altogether -inf - (-inf) is NaN besides.

    Try:
        >>> logits = torch.tensor([[3.0, 5.0], [-math.inf, -math.inf]])
        >>> result = logsumexp(logits)
        >>> logits
        tensor([[-2.,  0.],
                [nan, nan]])
    """
    peak = logits.amax(dim=1, keepdim=True)
    logits -= peak
    return logits.exp().sum(dim=1).log() + peak.squeeze(1)


@mistake("logsumexp", caught_by="test_the_dtype_is_kept")
def logsumexp_in_float32(logits):
    """A result in float32, whatever comes in.

    The logits are turned into float32. Those in float64 lose half of their digits, and the result has a dtype that
    nobody asked for.

    Try:
        >>> logsumexp(torch.zeros(1, 2, dtype=torch.float64)).dtype
        torch.float32
    """
    return right_logsumexp(logits.float())


@mistake("logsumexp", caught_by="test_the_dtype_is_kept")
def logsumexp_through_float32(logits):
    """A detour through float32.

    The logits are turned into float32, and the result is turned back. It has the right dtype, and half of the digits
    of float64.

    Try:
        >>> logits = torch.tensor([[0.1, 0.1]], dtype=torch.float64)
        >>> logsumexp(logits).item() == 0.1 + math.log(2)
        False
    """
    return right_logsumexp(logits.float()).to(logits.dtype)


@mistake("logsumexp", caught_by="test_no_loop_over_the_batch")
def logsumexp_row_by_row(logits):
    """A Python loop over the rows.

    The rows are reduced one at a time. The result is right, but the number of torch operators grows with the batch.

    Try:
        >>> from pt_kata.checks import operations
        >>> operations(logsumexp, torch.zeros(99, 2)) > operations(logsumexp, torch.zeros(2, 2))
        True
    """
    return torch.cat([right_logsumexp(row[None]) for row in logits])


@mistake("logsumexp", caught_by="test_logsumexp_of_equal_logits", forbidden=True)
def fused_logsumexp(logits):
    """The sum left to torch.

    A fused operator does the work. It is right, and hides the maximum that makes it right.

    Try:
        >>> logsumexp(torch.zeros(1, 2, requires_grad=True)).grad_fn.name()
        'LogsumexpBackward0'
    """
    return torch.logsumexp(logits, dim=1)


@mistake("log_softmax", caught_by="test_log_softmax_of_large_logits_is_finite")
def log_of_naive_softmax(logits):
    """The log of a softmax that overflows.

    exp is taken of the logits as they are, and divided by its sum. With a logit of 1000 that is inf / inf, which is
    NaN.

    Try:
        >>> log_softmax(torch.tensor([[1000.0, -1000.0]]))
        tensor([[nan, -inf]])
    """
    exponentials = logits.exp()
    return (exponentials / exponentials.sum(dim=1, keepdim=True)).log()


@mistake("log_softmax", caught_by="test_log_softmax_of_large_logits_is_finite")
def log_of_softmax(logits):
    """The log of a softmax.

    The probabilities are computed first, and their log afterwards. A probability below 1e-45 is rounded to 0, and its
    log is -inf.

    Try:
        >>> log_softmax(torch.tensor([[1000.0, -1000.0]]))
        tensor([[0., -inf]])
    """
    return _softmax(logits).log()


@mistake("log_softmax", caught_by="test_log_softmax_of_large_logits_is_finite", noise=True)
def log_of_softmax_plus_constant(logits):
    """A constant added to the probabilities.

    A small number keeps the log from seeing 0. A hopeless class then gets the log of that number, -18.4 for 1e-8,
    whatever its logit says.

    Try:
        >>> log_softmax(torch.tensor([[1000.0, -1000.0]]))
        tensor([[  0.0000, -18.4207]])
    """
    return (_softmax(logits) + 1e-8).log()


@mistake("log_softmax", caught_by="test_log_softmax_of_large_logits_is_finite")
def naive_normalizer(logits):
    """A normalizer that overflows.

    The log of the sum is taken without subtracting a maximum. exp(1000) is inf, and so is the normalizer.

    Try:
        >>> log_softmax(torch.tensor([[1000.0, -1000.0]]))
        tensor([[-inf, -inf]])
    """
    return logits - logits.exp().sum(dim=1, keepdim=True).log()


@mistake("log_softmax", caught_by="test_log_softmax_of_rows_far_apart")
def log_softmax_with_one_maximum(logits):
    """One maximum for the whole batch.

    The largest logit of the batch is subtracted from every row. In rows far below it every exponential rounds to 0,
    and log(0) is -inf.

    Try:
        >>> log_softmax(torch.tensor([[1000.0, 1000.0], [0.0, 0.0]]))
        tensor([[-0.6931, -0.6931],
                [    inf,     inf]])
    """
    shifted = logits - logits.max()
    return shifted - shifted.exp().sum(dim=1, keepdim=True).log()


@mistake("log_softmax", caught_by="test_log_softmax_agrees_with_torch")
def normalizers_along_the_columns(logits):
    """Normalizers without an axis.

    The normalizers have the shape (n,), which lines up with the classes. On a square matrix nothing raises, and
    column j loses the normalizer of row j.

    Try:
        >>> log_softmax(torch.tensor([[0.0, 0.0], [9.0, 9.0]]))
        tensor([[-0.6931, -9.6931],
                [ 8.3069, -0.6931]])
    """
    return logits - logsumexp(logits)


@mistake("log_softmax", caught_by="test_log_softmax_agrees_with_torch")
def normalized_over_the_batch(logits):
    """Normalized over the batch.

    The probabilities of each class sum to 1 over the samples. It is the classes of one sample that share what there
    is.

    Try:
        >>> log_softmax(torch.zeros(4, 2)).exp()
        tensor([[0.2500, 0.2500],
                [0.2500, 0.2500],
                [0.2500, 0.2500],
                [0.2500, 0.2500]])
    """
    return right_log_softmax(logits.T).T


@mistake("log_softmax", caught_by="test_log_softmax_agrees_with_torch")
def normalized_over_everything(logits):
    """Normalized over the whole batch.

    One normalizer is taken for all rows together. Then all probabilities of the batch sum to 1, and those of each row
    should.

    Try:
        >>> log_softmax(torch.zeros(2, 2)).exp()
        tensor([[0.2500, 0.2500],
                [0.2500, 0.2500]])
    """
    return right_log_softmax(logits.reshape(1, -1)).reshape(logits.shape)


@mistake("log_softmax", caught_by="test_masked_classes_get_no_gradient")
def detached_normalizer(logits):
    """A detached normalizer.

    The logsumexp is cut off from autograd, as if it were a constant. The values are right, but the other classes no
    longer learn anything.

    Try:
        >>> logits = torch.tensor([[0.0, 0.0]], requires_grad=True)
        >>> log_softmax(logits)[0, 0].backward()
        >>> logits.grad
        tensor([[1., 0.]])
    """
    return logits - logsumexp(logits).detach()[:, None]


@mistake("log_softmax", caught_by="test_log_softmax_agrees_with_torch")
def probabilities(logits):
    """Probabilities without their log.

    The softmax is returned as it is. What is asked for is its log, which is at most 0.

    Try:
        >>> log_softmax(torch.tensor([[1.0, 1.0]]))
        tensor([[0.5000, 0.5000]])
    """
    return _softmax(logits)


@mistake("log_softmax", caught_by="test_log_softmax_agrees_with_torch")
def only_shifted(logits):
    """Logits shifted and not normalized.

    The maximum of each row is subtracted, and nothing else. The exponentials of a row then sum to more than 1.

    Try:
        >>> log_softmax(torch.tensor([[1.0, 1.0]]))
        tensor([[0., 0.]])
    """
    return logits - _peaks(logits)


@mistake("log_softmax", caught_by="test_log_softmax_agrees_with_torch")
def log_softmax_negated(logits):
    """The wrong sign.

    The logits are subtracted from their logsumexp. That is minus the log-probability, which belongs to the loss.

    Try:
        >>> log_softmax(torch.tensor([[1.0, 1.0]]))
        tensor([[0.6931, 0.6931]])
    """
    return logsumexp(logits)[:, None] - logits


@mistake("log_softmax", caught_by="test_log_softmax_agrees_with_torch")
def normalizer_added(logits):
    """The normalizer added.

    The logsumexp is added to the logits. A division by the sum of exponentials is a subtraction of its log.

    Try:
        >>> log_softmax(torch.tensor([[0.0, 0.0]]))
        tensor([[0.6931, 0.6931]])
    """
    return logits + logsumexp(logits)[:, None]


@mistake("log_softmax", caught_by="test_log_softmax_agrees_with_torch")
def divided_by_the_normalizer(logits):
    """A division by the normalizer.

    The logits are divided by their logsumexp. Probabilities are divided by their sum, and logs of them subtracted.

    Try:
        >>> log_softmax(torch.tensor([[0.0, 0.0]]))
        tensor([[0., 0.]])
    """
    return logits / logsumexp(logits)[:, None]


@mistake("log_softmax", caught_by="test_log_softmax_agrees_with_torch")
def softmax_in_base_two(logits):
    """Bits in place of nats.

    The log is taken to the base 2. The docstring asks for nats, the unit of the natural log.

    Try:
        >>> log_softmax(torch.tensor([[1.0, 1.0]]))
        tensor([[-1., -1.]])
    """
    return right_log_softmax(logits) / math.log(2)


@mistake("log_softmax", caught_by="test_log_softmax_of_large_logits_is_finite", noise=True)
def clamped_log_probabilities(logits):
    """Log-probabilities cut off.

    Everything below some limit is raised to it. A hopeless class then looks better than it is, and has no gradient to
    learn from.

    Try:
        >>> log_softmax(torch.tensor([[1000.0, -1000.0]]))
        tensor([[   0., -100.]])
    """
    return right_log_softmax(logits).clamp(min=-100)


@mistake("log_softmax", caught_by="test_inputs_are_left_alone")
def log_softmax_in_place(logits):
    """The normalizer subtracted in place.

    -= writes into the caller's logits. The result is right, but the logits are no longer what they were, and autograd
    refuses to write to a tensor that wants a gradient.

    Try:
        >>> logits = torch.tensor([[3.0, 3.0]])
        >>> result = log_softmax(logits)
        >>> logits
        tensor([[-0.6931, -0.6931]])
    """
    logits -= logsumexp(logits)[:, None]
    return logits


@mistake("log_softmax", caught_by="test_the_dtype_is_kept")
def log_softmax_in_float32(logits):
    """A result in float32, whatever comes in.

    The logits are turned into float32. Those in float64 lose half of their digits, and the result has a dtype that
    nobody asked for.

    Try:
        >>> log_softmax(torch.zeros(1, 2, dtype=torch.float64)).dtype
        torch.float32
    """
    return right_log_softmax(logits.float())


@mistake("log_softmax", caught_by="test_the_dtype_is_kept")
def log_softmax_through_float32(logits):
    """A detour through float32.

    The logits are turned into float32, and the result is turned back. It has the right dtype, and half of the digits
    of float64.

    Try:
        >>> log_softmax(torch.zeros(1, 2, dtype=torch.float64))[0, 0].item() == -math.log(2)
        False
    """
    return right_log_softmax(logits.float()).to(logits.dtype)


@mistake("log_softmax", caught_by="test_no_loop_over_the_batch")
def log_softmax_row_by_row(logits):
    """A Python loop over the rows.

    The rows are normalized one at a time. The result is right, but the number of torch operators grows with the
    batch.

    Try:
        >>> from pt_kata.checks import operations
        >>> operations(log_softmax, torch.zeros(99, 2)) > operations(log_softmax, torch.zeros(2, 2))
        True
    """
    return torch.cat([right_log_softmax(row[None]) for row in logits])


@mistake("log_softmax", caught_by="test_log_softmax_agrees_with_torch", forbidden=True)
def fused_log_softmax(logits):
    """The log-softmax left to torch.

    A fused operator does the work. It is right, and hides the subtraction that makes it right.

    Try:
        >>> log_softmax(torch.zeros(1, 2, requires_grad=True)).grad_fn.name()
        'LogSoftmaxBackward0'
    """
    return torch.log_softmax(logits, dim=1)


@mistake("negative_log_likelihood", caught_by="test_negative_log_likelihood_picks_the_target")
def log_likelihood(log_probs, targets):
    """The minus forgotten.

    The log-probability of the target is returned as it is. It is negative, and a loss is what one wants to make
    small.

    Try:
        >>> negative_log_likelihood(torch.tensor([[-0.1, -2.4]]), torch.tensor([0]))
        tensor([-0.1000])
    """
    return log_probs.gather(1, targets[:, None]).squeeze(1)


@mistake("negative_log_likelihood", caught_by="test_negative_log_likelihood_agrees_with_a_loop")
def whole_columns(log_probs, targets):
    """Whole columns picked.

    [:, targets] takes the columns of all targets from every row, (n, n) in all. Only the entry of the row's own
    target is wanted.

    Try:
        >>> negative_log_likelihood(torch.tensor([[-0.1, -2.4], [-3.0, -0.05]]), torch.tensor([0, 1]))
        tensor([[0.1000, 2.4000],
                [3.0000, 0.0500]])
    """
    return -log_probs[:, targets]


@mistake("negative_log_likelihood", caught_by="test_negative_log_likelihood_picks_the_target")
def whole_rows(log_probs, targets):
    """Whole rows picked.

    [targets] takes rows, as if the class numbers were those of samples. Where there are fewer rows than classes, it
    raises.

    Try:
        >>> negative_log_likelihood(torch.tensor([[-0.1, -2.4], [-3.0, -0.05]]), torch.tensor([0, 0]))
        tensor([[0.1000, 2.4000],
                [0.1000, 2.4000]])
    """
    return -log_probs[targets]


@mistake("negative_log_likelihood", caught_by="test_negative_log_likelihood_picks_the_target")
def indices_swapped(log_probs, targets):
    """Row and column swapped.

    The targets index the rows, and the row numbers the columns. The class stands in the second index.

    Try:
        >>> negative_log_likelihood(torch.tensor([[-0.1, -2.4], [-3.0, -0.05]]), torch.tensor([0, 0]))
        tensor([0.1000, 2.4000])
    """
    return -log_probs[targets, torch.arange(len(targets), device=targets.device)]


@mistake("negative_log_likelihood", caught_by="test_negative_log_likelihood_beside_a_masked_class")
def one_hot_product(log_probs, targets):
    """A product with one-hot rows.

    Every entry is multiplied by 1 or 0, and the row is summed. A masked class is -inf there, and -inf times 0 is NaN.

    Try:
        >>> negative_log_likelihood(torch.tensor([[0.0, -math.inf]]), torch.tensor([0]))
        tensor([nan])
    """
    classes = torch.arange(log_probs.shape[1], device=targets.device)
    return -(log_probs * (targets[:, None] == classes)).sum(dim=1)


@mistake("negative_log_likelihood", caught_by="test_negative_log_likelihood_picks_the_target")
def likelihood_reduced(log_probs, targets):
    """A mean over the rows.

    The losses of all rows are averaged. This function gives one loss per row, and the reduction comes later.

    Try:
        >>> negative_log_likelihood(torch.tensor([[-0.1, -2.4], [-3.0, -0.05]]), torch.tensor([0, 0]))
        tensor(1.5500)
    """
    return right_nll(log_probs, targets).mean()


@mistake("negative_log_likelihood", caught_by="test_negative_log_likelihood_picks_the_target")
def likelihood_summed(log_probs, targets):
    """A sum over the rows.

    The losses of all rows are added. This function gives one loss per row, and the reduction comes later.

    Try:
        >>> negative_log_likelihood(torch.tensor([[-0.1, -2.4], [-3.0, -0.05]]), torch.tensor([0, 0]))
        tensor(3.1000)
    """
    return right_nll(log_probs, targets).sum()


@mistake("negative_log_likelihood", caught_by="test_negative_log_likelihood_picks_the_target")
def row_summed(log_probs, targets):
    """A sum over all classes.

    The log-probabilities of a whole row are added, and the targets play no part. Only the target's own one counts.

    Try:
        >>> negative_log_likelihood(torch.tensor([[-0.1, -2.4]]), torch.tensor([0]))
        tensor([2.5000])
    """
    return -log_probs.sum(dim=1)


@mistake("negative_log_likelihood", caught_by="test_negative_log_likelihood_of_one_row")
def single_row_dropped(log_probs, targets):
    """Every axis of size 1 dropped.

    squeeze without a number takes away all axes of size 1. A batch of one row has one loss, in a vector of one.

    Try:
        >>> negative_log_likelihood(torch.tensor([[-0.1, -2.4]]), torch.tensor([0]))
        tensor(0.1000)
    """
    return right_nll(log_probs, targets).squeeze()


@mistake("negative_log_likelihood", caught_by="test_negative_log_likelihood_picks_the_target")
def column_of_losses(log_probs, targets):
    """A column in place of a vector.

    gather gives one column, and its axis of size 1 is left there. One loss per row has the shape (n,).

    Try:
        >>> negative_log_likelihood(torch.tensor([[-0.1, -2.4]]), torch.tensor([0]))
        tensor([[0.1000]])
    """
    return -log_probs.gather(1, targets[:, None])


@mistake("negative_log_likelihood", caught_by="test_negative_log_likelihood_picks_the_target")
def log_taken_twice(log_probs, targets):
    """The log taken twice.

    The entries are logs already, and here their log is taken. A log-probability is negative, and the log of a
    negative number is NaN.

    Try:
        >>> negative_log_likelihood(torch.tensor([[-0.1, -2.4]]), torch.tensor([0]))
        tensor([nan])
    """
    return -right_nll(log_probs, targets).neg().log()


@mistake("negative_log_likelihood", caught_by="test_negative_log_likelihood_of_a_hopeless_target")
def clamped_likelihood(log_probs, targets):
    """Losses cut off.

    Log-probabilities below some limit are raised to it. The worst mistakes then cost less than they should, and have
    no gradient.

    Try:
        >>> negative_log_likelihood(torch.tensor([[-1000.0, 0.0]]), torch.tensor([0]))
        tensor([100.])
    """
    return right_nll(log_probs.clamp(min=-100), targets)


@mistake("negative_log_likelihood", caught_by="test_negative_log_likelihood_has_a_gradient")
def likelihood_cut_off(log_probs, targets):
    """Losses cut off from autograd.

    The entries are picked without a gradient. The values are right, and nothing can be learned from them.

    Try:
        >>> log_probs = torch.tensor([[-0.1, -2.4]], requires_grad=True)
        >>> negative_log_likelihood(log_probs, torch.tensor([0])).requires_grad
        False
    """
    return right_nll(log_probs, targets).detach()


@mistake("negative_log_likelihood", caught_by="test_negative_log_likelihood_has_a_gradient")
def rebuilt_from_numbers(log_probs, targets):
    """A new tensor from Python numbers.

    Each entry is taken out as a number, and torch.tensor makes a new tensor of them. That one is in float32, knows
    nothing of autograd, and took a loop over the rows.

    Try:
        >>> log_probs = torch.tensor([[-0.1, -2.4]], requires_grad=True)
        >>> negative_log_likelihood(log_probs, torch.tensor([0])).requires_grad
        False
    """
    return torch.tensor(
        [-row[target].item() for row, target in zip(log_probs, targets, strict=True)], device=log_probs.device
    )


@mistake("negative_log_likelihood", caught_by="test_no_loop_over_the_batch")
def likelihood_row_by_row(log_probs, targets):
    """A Python loop over the rows.

    The entries are picked one at a time. The result is right, but the number of torch operators grows with the batch.

    Try:
        >>> from pt_kata.checks import operations
        >>> few, many = (torch.zeros(2, 2), torch.zeros(2).long()), (torch.zeros(99, 2), torch.zeros(99).long())
        >>> operations(negative_log_likelihood, *many) > operations(negative_log_likelihood, *few)
        True
    """
    return torch.stack([-row[target] for row, target in zip(log_probs, targets, strict=True)])


@mistake("negative_log_likelihood", caught_by="test_inputs_are_left_alone")
def log_probs_negated(log_probs, targets):
    """The sign changed in place.

    neg_ with an underscore writes into the caller's tensor. The losses are right, but the log-probabilities are
    positive from then on.

    Try:
        >>> log_probs = torch.tensor([[-0.5, -1.5]])
        >>> losses = negative_log_likelihood(log_probs, torch.tensor([0]))
        >>> log_probs
        tensor([[0.5000, 1.5000]])
    """
    return log_probs.neg_().gather(1, targets[:, None]).squeeze(1)


@mistake("negative_log_likelihood", caught_by="test_the_dtype_is_kept")
def likelihood_in_float32(log_probs, targets):
    """A result in float32, whatever comes in.

    The losses are turned into float32. Those in float64 lose half of their digits, and the result has a dtype that
    nobody asked for.

    Try:
        >>> negative_log_likelihood(torch.zeros(1, 2, dtype=torch.float64), torch.tensor([0])).dtype
        torch.float32
    """
    return right_nll(log_probs, targets).float()


@mistake("negative_log_likelihood", caught_by="test_negative_log_likelihood_picks_the_target", forbidden=True)
def fused_likelihood(log_probs, targets):
    """The picking left to torch.

    A fused loss function does the work. It hides which entry of each row is taken.

    Try:
        >>> log_probs = torch.tensor([[-0.5, -1.5]], requires_grad=True)
        >>> negative_log_likelihood(log_probs, torch.tensor([0])).grad_fn.name()
        'NllLossBackward0'
    """
    return torch.nn.functional.nll_loss(log_probs, targets, reduction="none")


@mistake("cross_entropy", caught_by="test_a_confident_mistake_costs_2000")
def loss_of_naive_softmax(logits, targets, reduction="mean"):
    """The log of a softmax that overflows.

    exp is taken of the logits as they are, and divided by its sum. With a logit of 1000 that is inf / inf, and the
    loss is NaN or inf.

    Try:
        >>> cross_entropy(torch.tensor([[1000.0, -1000.0]]), torch.tensor([1]))
        tensor(inf)
    """
    exponentials = logits.exp()
    return _reduced(right_nll((exponentials / exponentials.sum(dim=1, keepdim=True)).log(), targets), reduction)


@mistake("cross_entropy", caught_by="test_a_confident_mistake_costs_2000")
def loss_of_softmax(logits, targets, reduction="mean"):
    """The log of a softmax.

    The probabilities are computed first, and their log afterwards. A probability below 1e-45 is rounded to 0, and the
    loss is inf.

    Try:
        >>> cross_entropy(torch.tensor([[1000.0, -1000.0]]), torch.tensor([1]))
        tensor(inf)
    """
    return _reduced(right_nll(_softmax(logits).log(), targets), reduction)


@mistake("cross_entropy", caught_by="test_a_confident_mistake_costs_2000", noise=True)
def loss_plus_constant(logits, targets, reduction="mean"):
    """A constant added to the probability.

    A small number keeps the log from seeing 0. A confident mistake then costs the log of that number, 18.4 for 1e-8,
    in place of 2000, and its gradient is gone.

    Try:
        >>> cross_entropy(torch.tensor([[1000.0, -1000.0]]), torch.tensor([1]))
        tensor(18.4207)
    """
    return _reduced(right_nll((_softmax(logits) + 1e-8).log(), targets), reduction)


@mistake("cross_entropy", caught_by="test_a_confident_mistake_costs_2000", noise=True)
def naive_loss_plus_constant(logits, targets, reduction="mean"):
    """A constant added to the probability, after exponentials that overflow.

    exp is taken of the logits as they are, and a small number keeps the log from seeing 0. With a logit of 1000 the
    probability is inf / inf, and no small number helps against NaN.

    Try:
        >>> cross_entropy(torch.tensor([[1000.0, -1000.0]]), torch.tensor([0]))
        tensor(nan)
    """
    exponentials = logits.exp()
    softmax = exponentials / exponentials.sum(dim=1, keepdim=True)
    return _reduced(right_nll((softmax + 1e-8).log(), targets), reduction)


@mistake("cross_entropy", caught_by="test_a_confident_mistake_costs_2000", noise=True)
def clamped_probability(logits, targets, reduction="mean"):
    """A probability clamped away from 0.

    Probabilities below some limit are raised to it before the log. A confident mistake then costs the log of that
    limit in place of 2000, and its gradient is 0.

    Try:
        >>> cross_entropy(torch.tensor([[1000.0, -1000.0]]), torch.tensor([1]))
        tensor(18.4207)
    """
    return _reduced(right_nll(_softmax(logits).clamp(min=1e-8).log(), targets), reduction)


@mistake("cross_entropy", caught_by="test_cross_entropy_of_rows_far_apart")
def loss_with_one_maximum(logits, targets, reduction="mean"):
    """One maximum for the whole batch.

    The largest logit of the batch is subtracted from every row. In rows far below it every exponential rounds to 0,
    and log(0) is -inf.

    Try:
        >>> cross_entropy(torch.tensor([[1000.0, 1000.0], [0.0, 0.0]]), torch.tensor([0, 0]), "none")
        tensor([0.6931,   -inf])
    """
    shifted = logits - logits.max()
    return _reduced(right_nll(shifted - shifted.exp().sum(dim=1, keepdim=True).log(), targets), reduction)


@mistake("cross_entropy", caught_by="test_a_confident_mistake_costs_2000")
def loss_without_a_maximum(logits, targets, reduction="mean"):
    """A normalizer that overflows.

    The log of the sum is taken without subtracting a maximum. exp(1000) is inf, and so is the loss.

    Try:
        >>> cross_entropy(torch.tensor([[1000.0, -1000.0]]), torch.tensor([1]))
        tensor(inf)
    """
    return _reduced(logits.exp().sum(dim=1).log() + right_nll(logits, targets), reduction)


@mistake("cross_entropy", caught_by="test_cross_entropy_has_the_gradient_of_torch")
def loss_with_detached_normalizer(logits, targets, reduction="mean"):
    """A detached normalizer.

    The logsumexp is cut off from autograd, as if it were a constant. The loss is right, but its gradient pulls up the
    target alone and pushes nothing down.

    Try:
        >>> logits = torch.tensor([[0.0, 0.0]], requires_grad=True)
        >>> cross_entropy(logits, torch.tensor([1])).backward()
        >>> logits.grad
        tensor([[ 0., -1.]])
    """
    return _reduced(logsumexp(logits).detach() + negative_log_likelihood(logits, targets), reduction)


@mistake("cross_entropy", caught_by="test_cross_entropy_agrees_with_torch")
def softmax_twice(logits, targets, reduction="mean"):
    """Softmax taken twice.

    The logits are turned into probabilities, and these are handed on as if they were logits. Probabilities lie
    between 0 and 1, so the loss can get neither small nor large.

    Try:
        >>> cross_entropy(torch.tensor([[1000.0, -1000.0]]), torch.tensor([1]))
        tensor(1.3133)
    """
    return _reduced(right_nll(right_log_softmax(_softmax(logits)), targets), reduction)


@mistake("cross_entropy", caught_by="test_cross_entropy_agrees_with_torch")
def logits_not_normalized(logits, targets, reduction="mean"):
    """Logits taken for log-probabilities.

    Minus the target's logit is returned, without a log-softmax before. The loss has no lower end then, and any logit
    that grows makes it better.

    Try:
        >>> cross_entropy(torch.tensor([[0.0, 5.0]]), torch.tensor([1]))
        tensor(-5.)
    """
    return _reduced(negative_log_likelihood(logits, targets), reduction)


@mistake("cross_entropy", caught_by="test_cross_entropy_agrees_with_torch")
def probability_without_log(logits, targets, reduction="mean"):
    """Probabilities without their log.

    Minus the probability of the target is returned. The cross-entropy is minus its log, which punishes a confident
    mistake far more.

    Try:
        >>> cross_entropy(torch.tensor([[0.0, 0.0]]), torch.tensor([1]))
        tensor(-0.5000)
    """
    return _reduced(right_nll(_softmax(logits), targets), reduction)


@mistake("cross_entropy", caught_by="test_cross_entropy_agrees_with_torch")
def loss_negated(logits, targets, reduction="mean"):
    """The wrong sign.

    The log-probability of the target is returned, which is negative. Making this loss smaller makes the model worse.

    Try:
        >>> cross_entropy(torch.tensor([[0.0, 0.0]]), torch.tensor([1]))
        tensor(-0.6931)
    """
    return -right_cross_entropy(logits, targets, reduction)


@mistake("cross_entropy", caught_by="test_cross_entropy_agrees_with_torch")
def mean_over_rows_and_classes(logits, targets, reduction="mean"):
    """A mean over rows and classes.

    The sum of the losses is divided by n times c, the number of logits. There is one loss per row, so there are n of
    them.

    Try:
        >>> cross_entropy(torch.tensor([[0.0, 0.0]]), torch.tensor([1]))
        tensor(0.3466)
    """
    loss = right_cross_entropy(logits, targets, reduction)
    return loss / logits.shape[1] if reduction == "mean" else loss


@mistake("cross_entropy", caught_by="test_cross_entropy_takes_the_mean_unless_told")
def summed_unless_told(logits, targets, reduction="sum"):
    """A sum unless told.

    Without the third argument the losses are added. The signature says that the mean is the default.

    Try:
        >>> cross_entropy(torch.zeros(2, 2), torch.tensor([1, 1]))
        tensor(1.3863)
    """
    return right_cross_entropy(logits, targets, reduction)


@mistake("cross_entropy", caught_by="test_cross_entropy_takes_the_mean_unless_told")
def not_reduced_unless_told(logits, targets, reduction="none"):
    """No reduction unless told.

    Without the third argument each row keeps its loss. The signature says that the mean is the default.

    Try:
        >>> cross_entropy(torch.zeros(2, 2), torch.tensor([1, 1]))
        tensor([0.6931, 0.6931])
    """
    return right_cross_entropy(logits, targets, reduction)


@mistake("cross_entropy", caught_by="test_cross_entropy_agrees_with_torch")
def always_the_mean(logits, targets, reduction="mean"):
    """The mean, whatever the reduction.

    The third argument is accepted and not looked at. Whoever asks for "none" or "sum" gets another number than they
    wanted.

    Try:
        >>> cross_entropy(torch.zeros(2, 2), torch.tensor([1, 1]), "sum")
        tensor(0.6931)
    """
    return right_cross_entropy(logits, targets)


@mistake("cross_entropy", caught_by="test_cross_entropy_agrees_with_torch")
def sum_and_mean_exchanged(logits, targets, reduction="mean"):
    """The sum and the mean exchanged.

    "sum" gives the mean of the losses, and "mean" gives their sum. The names are those of the operations.

    Try:
        >>> logits, targets = torch.zeros(2, 2), torch.tensor([0, 1])
        >>> cross_entropy(logits, targets, "sum"), cross_entropy(logits, targets, "mean")
        (tensor(0.6931), tensor(1.3863))
    """
    return right_cross_entropy(logits, targets, {"sum": "mean", "mean": "sum"}.get(reduction, reduction))


@mistake("cross_entropy", caught_by="test_cross_entropy_refuses_an_unknown_reduction")
def unknown_word_is_the_mean(logits, targets, reduction="mean"):
    """An unknown reduction taken for the mean.

    Whatever is neither "none" nor "sum" falls through to the mean. A typo gives a wrong number without a word.

    Try:
        >>> cross_entropy(torch.zeros(1, 2), torch.tensor([1]), "average")
        tensor(0.6931)
    """
    return right_cross_entropy(logits, targets, reduction if reduction in ("none", "sum") else "mean")


@mistake("cross_entropy", caught_by="test_cross_entropy_refuses_an_unknown_reduction")
def unknown_word_is_none(logits, targets, reduction="mean"):
    """An unknown reduction taken for none.

    Whatever is neither "mean" nor "sum" falls through to the losses of the rows. A typo gives the wrong thing without
    a word.

    Try:
        >>> cross_entropy(torch.zeros(1, 2), torch.tensor([1]), "average")
        tensor([0.6931])
    """
    return right_cross_entropy(logits, targets, reduction if reduction in ("mean", "sum") else "none")


@mistake("cross_entropy", caught_by="test_cross_entropy_refuses_an_unknown_reduction")
def nothing_for_an_unknown_word(logits, targets, reduction="mean"):
    """Nothing returned for an unknown reduction.

    The three words are told apart, and after them the function ends. A typo gives None, which fails somewhere else.

    Try:
        >>> print(cross_entropy(torch.zeros(1, 2), torch.tensor([1]), "average"))
        None
    """
    return right_cross_entropy(logits, targets, reduction) if reduction in ("none", "sum", "mean") else None


@mistake("cross_entropy", caught_by="test_cross_entropy_refuses_an_unknown_reduction")
def key_error(logits, targets, reduction="mean"):
    """A KeyError for an unknown reduction.

    The word is looked up in a dict, which raises a KeyError of its own. The docstring promises a ValueError, and that
    is what a caller will catch.

    Try:
        >>> cross_entropy(torch.zeros(1, 2), torch.tensor([1]), "average")
        Traceback (most recent call last):
        KeyError: 'average'
    """
    losses = right_cross_entropy(logits, targets, "none")
    return {"none": losses, "sum": losses.sum(), "mean": losses.mean()}[reduction]


@mistake("cross_entropy", caught_by="test_cross_entropy_refuses_an_unknown_reduction")
def word_not_quoted(logits, targets, reduction="mean"):
    """An error that does not quote the word.

    A ValueError is raised, and its message does not say what the argument was. Whoever mistyped it would see it at
    once there.

    Try:
        >>> cross_entropy(torch.zeros(1, 2), torch.tensor([1]), "average")
        Traceback (most recent call last):
        ValueError: unknown reduction
    """
    if reduction not in ("none", "sum", "mean"):
        raise ValueError("unknown reduction")
    return right_cross_entropy(logits, targets, reduction)


@mistake("cross_entropy", caught_by="test_cross_entropy_refuses_an_unknown_reduction")
def any_case(logits, targets, reduction="mean"):
    """Capital letters accepted.

    The word is turned into small letters before it is looked at. The docstring knows three words, and "Mean" is none
    of them.

    Try:
        >>> cross_entropy(torch.zeros(1, 2), torch.tensor([1]), "Mean")
        tensor(0.6931)
    """
    return right_cross_entropy(logits, targets, reduction.lower())


@mistake("cross_entropy", caught_by="test_cross_entropy_of_one_row_is_not_reduced")
def one_loss_dropped(logits, targets, reduction="mean"):
    """Every axis of size 1 dropped.

    squeeze without a number takes away all axes of size 1. With "none" a batch of one row has one loss, in a vector
    of one.

    Try:
        >>> cross_entropy(torch.zeros(1, 2), torch.tensor([1]), "none")
        tensor(0.6931)
    """
    return right_cross_entropy(logits, targets, reduction).squeeze()


@mistake("cross_entropy", caught_by="test_cross_entropy_agrees_with_torch")
def normalizer_against_columns(logits, targets, reduction="mean"):
    """Whole columns picked.

    [:, targets] takes the columns of all targets from every row, (n, n) in all. Each row has one target, and the mean
    hides the others.

    Try:
        >>> cross_entropy(torch.tensor([[0.0, 5.0], [5.0, 0.0]]), torch.tensor([1, 0]))
        tensor(2.5067)
    """
    return _reduced(-right_log_softmax(logits)[:, targets], reduction)


@mistake("cross_entropy", caught_by="test_cross_entropy_agrees_with_torch")
def loss_over_the_batch(logits, targets, reduction="mean"):
    """Softmax over the batch.

    The probabilities are normalized over dim 0, the samples. It is the classes of one sample that share what there
    is.

    Try:
        >>> cross_entropy(torch.zeros(4, 2), torch.tensor([0, 0, 0, 0]))
        tensor(1.3863)
    """
    return _reduced(right_nll(right_log_softmax(logits.T).T, targets), reduction)


@mistake("cross_entropy", caught_by="test_cross_entropy_agrees_with_torch")
def loss_in_bits(logits, targets, reduction="mean"):
    """Bits in place of nats.

    The log is taken to the base 2. The docstring asks for nats, the unit of the natural log.

    Try:
        >>> cross_entropy(torch.zeros(1, 2), torch.tensor([1]))
        tensor(1.)
    """
    return right_cross_entropy(logits, targets, reduction) / math.log(2)


@mistake("cross_entropy", caught_by="test_cross_entropy_beside_a_masked_class")
def loss_by_one_hot_product(logits, targets, reduction="mean"):
    """A product with one-hot rows.

    Every log-probability is multiplied by 1 or 0, and the row is summed. A masked class is -inf there, and -inf times
    0 is NaN.

    Try:
        >>> cross_entropy(torch.tensor([[0.0, -math.inf]]), torch.tensor([0]))
        tensor(nan)
    """
    classes = torch.arange(logits.shape[1], device=targets.device)
    return _reduced(-(right_log_softmax(logits) * (targets[:, None] == classes)).sum(dim=1), reduction)


@mistake("cross_entropy", caught_by="test_cross_entropy_has_the_gradient_of_torch")
def loss_cut_off(logits, targets, reduction="mean"):
    """A loss cut off from autograd.

    The loss is computed without a gradient, or rebuilt from its number. The value is right, and nothing can be
    learned from it.

    Try:
        >>> cross_entropy(torch.zeros(1, 2, requires_grad=True), torch.tensor([1])).requires_grad
        False
    """
    return right_cross_entropy(logits, targets, reduction).detach()


@mistake("cross_entropy", caught_by="test_inputs_are_left_alone")
def loss_in_place(logits, targets, reduction="mean"):
    """The maximum subtracted in place.

    -= writes into the caller's logits. The loss is right, but the logits are no longer what they were, and autograd
    refuses to write to a tensor that wants a gradient.

    Try:
        >>> logits = torch.tensor([[3.0, 5.0]])
        >>> loss = cross_entropy(logits, torch.tensor([0]))
        >>> logits
        tensor([[-2.,  0.]])
    """
    logits -= _peaks(logits)
    return right_cross_entropy(logits, targets, reduction)


@mistake("cross_entropy", caught_by="test_the_dtype_is_kept")
def loss_in_float32(logits, targets, reduction="mean"):
    """A loss in float32, whatever comes in.

    The logits are turned into float32. Those in float64 lose half of their digits, and the loss has a dtype that
    nobody asked for.

    Try:
        >>> cross_entropy(torch.zeros(1, 2, dtype=torch.float64), torch.tensor([1])).dtype
        torch.float32
    """
    return right_cross_entropy(logits.float(), targets, reduction)


@mistake("cross_entropy", caught_by="test_no_loop_over_the_batch")
def loss_row_by_row(logits, targets, reduction="mean"):
    """A Python loop over the rows.

    The losses are computed one at a time. They are right, but the number of torch operators grows with the batch.

    Try:
        >>> from pt_kata.checks import operations
        >>> few, many = (torch.zeros(2, 2), torch.zeros(2).long()), (torch.zeros(99, 2), torch.zeros(99).long())
        >>> operations(cross_entropy, *many) > operations(cross_entropy, *few)
        True
    """
    rows = zip(logits, targets, strict=True)
    return _reduced(torch.cat([right_cross_entropy(x[None], t[None], "none") for x, t in rows]), reduction)


@mistake("cross_entropy", caught_by="test_cross_entropy_agrees_with_torch", forbidden=True)
def fused_loss(logits, targets, reduction="mean"):
    """The loss left to torch.

    A fused loss function does the work. It is right, and it is what you are building.

    Try:
        >>> cross_entropy(torch.zeros(1, 2, requires_grad=True), torch.tensor([1])).grad_fn.name()
        'NllLossBackward0'
    """
    return torch.nn.functional.cross_entropy(logits, targets, reduction=reduction)


@mistake("cross_entropy_gradient", caught_by="test_gradient_agrees_with_autograd")
def gradient_of_the_sum(logits, targets):
    """The gradient of the sum.

    Softmax minus one-hot is the gradient for one row's loss. The loss is the mean over n rows, so each row counts one
    n-th.

    Try:
        >>> cross_entropy_gradient(torch.zeros(2, 2), torch.tensor([1, 1]))
        tensor([[ 0.5000, -0.5000],
                [ 0.5000, -0.5000]])
    """
    return right_gradient(logits, targets) * len(targets)


@mistake("cross_entropy_gradient", caught_by="test_gradient_of_one_undecided_row")
def divided_by_all_entries(logits, targets):
    """A division by rows times classes.

    The gradient is averaged over all its entries, n times c. The loss is the mean over n rows.

    Try:
        >>> cross_entropy_gradient(torch.zeros(1, 2), torch.tensor([1]))
        tensor([[ 0.2500, -0.2500]])
    """
    return right_gradient(logits, targets) / logits.shape[1]


@mistake("cross_entropy_gradient", caught_by="test_gradient_of_one_undecided_row")
def one_hot_minus_softmax(logits, targets):
    """One-hot minus softmax.

    The two are subtracted the wrong way round. This is the direction in which the loss falls, and the gradient points
    where it rises.

    Try:
        >>> cross_entropy_gradient(torch.zeros(1, 2), torch.tensor([1]))
        tensor([[-0.5000,  0.5000]])
    """
    return -right_gradient(logits, targets)


@mistake("cross_entropy_gradient", caught_by="test_gradient_of_one_undecided_row")
def softmax_alone(logits, targets):
    """Softmax without the minus one.

    The gradient of the logsumexp is returned, and that of the target's logit is missing. Each row is to sum to 0.

    Try:
        >>> cross_entropy_gradient(torch.zeros(1, 2), torch.tensor([1]))
        tensor([[0.5000, 0.5000]])
    """
    return _softmax(logits) / len(targets)


@mistake("cross_entropy_gradient", caught_by="test_gradient_of_one_undecided_row")
def log_probabilities_minus_one_hot(logits, targets):
    """Log-probabilities in place of probabilities.

    One is taken away from the log-softmax at the target. The formula has the softmax itself, the exponential of it.

    Try:
        >>> cross_entropy_gradient(torch.zeros(1, 2), torch.tensor([1]))
        tensor([[-0.6931, -1.6931]])
    """
    return (log_softmax(logits) - _one_hot(logits, targets)) / len(targets)


@mistake("cross_entropy_gradient", caught_by="test_gradient_of_one_undecided_row")
def logits_minus_one_hot(logits, targets):
    """Logits in place of probabilities.

    One is taken away from the logits at the target. The formula has their softmax.

    Try:
        >>> cross_entropy_gradient(torch.zeros(1, 2), torch.tensor([1]))
        tensor([[ 0., -1.]])
    """
    return (logits - _one_hot(logits, targets)) / len(targets)


@mistake("cross_entropy_gradient", caught_by="test_gradient_of_large_logits")
def gradient_of_naive_softmax(logits, targets):
    """A softmax that overflows.

    exp is taken of the logits as they are, and divided by its sum. With a logit of 1000 that is inf / inf, which is
    NaN.

    Try:
        >>> cross_entropy_gradient(torch.tensor([[1000.0, -1000.0]]), torch.tensor([1]))
        tensor([[nan, -1.]])
    """
    exponentials = logits.exp()
    return (exponentials / exponentials.sum(dim=1, keepdim=True) - _one_hot(logits, targets)) / len(targets)


@mistake("cross_entropy_gradient", caught_by="test_gradient_of_rows_far_apart")
def gradient_with_one_maximum(logits, targets):
    """One maximum for the whole batch.

    The largest logit of the batch is subtracted from every row. In rows far below it every exponential rounds to 0,
    and 0/0 is NaN.

    Try:
        >>> cross_entropy_gradient(torch.tensor([[1000.0, 1000.0], [0.0, 0.0]]), torch.tensor([0, 0]))
        tensor([[-0.2500,  0.2500],
                [    nan,     nan]])
    """
    exponentials = (logits - logits.max()).exp()
    return (exponentials / exponentials.sum(dim=1, keepdim=True) - _one_hot(logits, targets)) / len(targets)


@mistake("cross_entropy_gradient", caught_by="test_gradient_agrees_with_autograd")
def softmax_over_the_batch(logits, targets):
    """Softmax over the batch.

    The probabilities are normalized over dim 0, the samples. It is the classes of one sample that share what there
    is.

    Try:
        >>> cross_entropy_gradient(torch.zeros(4, 2), torch.tensor([1, 1, 1, 1]))[0]
        tensor([ 0.0625, -0.1875])
    """
    return (_softmax(logits.T).T - _one_hot(logits, targets)) / len(targets)


@mistake("cross_entropy_gradient", caught_by="test_gradient_on_a_square_matrix")
def sums_along_the_columns(logits, targets):
    """Sums without an axis.

    The sums of the exponentials have the shape (n,), which lines up with the classes. On a square matrix nothing
    raises, and column j is divided by the sum of row j.

    Try:
        >>> cross_entropy_gradient(torch.tensor([[0.0, 0.0], [0.0, 5.0]]), torch.tensor([1, 1]))
        tensor([[ 0.2500, -0.0033],
                [ 0.0017, -0.0033]])
    """
    exponentials = (logits - _peaks(logits)).exp()
    return (exponentials / exponentials.sum(dim=1) - _one_hot(logits, targets)) / len(targets)


@mistake("cross_entropy_gradient", caught_by="test_gradient_agrees_with_autograd")
def one_from_whole_columns(logits, targets):
    """One taken away from whole columns.

    [:, targets] means the columns of all targets in every row. Only the row's own target is to lose one.

    Try:
        >>> cross_entropy_gradient(torch.zeros(2, 2), torch.tensor([0, 1]))
        tensor([[-0.2500, -0.2500],
                [-0.2500, -0.2500]])
    """
    gradient = log_softmax(logits).exp()
    gradient[:, targets] -= 1
    return gradient / len(targets)


@mistake("cross_entropy_gradient", caught_by="test_gradient_agrees_with_autograd")
def one_after_the_mean(logits, targets):
    """One taken away after the mean.

    The softmax is divided by n, and then the whole one-hot row is subtracted. Both belong to the mean, so both are
    divided.

    Try:
        >>> cross_entropy_gradient(torch.zeros(2, 2), torch.tensor([1, 1]))
        tensor([[ 0.2500, -0.7500],
                [ 0.2500, -0.7500]])
    """
    return _softmax(logits) / len(targets) - _one_hot(logits, targets)


@mistake("cross_entropy_gradient", caught_by="test_the_dtype_is_kept")
def gradient_in_float32(logits, targets):
    """A gradient in float32, whatever comes in.

    The logits are turned into float32. Those in float64 lose half of their digits, and the gradient no longer fits
    them.

    Try:
        >>> cross_entropy_gradient(torch.zeros(1, 2, dtype=torch.float64), torch.tensor([1])).dtype
        torch.float32
    """
    return right_gradient(logits.float(), targets)


@mistake("cross_entropy_gradient", caught_by="test_no_loop_over_the_batch")
def gradient_row_by_row(logits, targets):
    """A Python loop over the rows.

    One is taken away from each row by itself. The gradient is right, but the number of torch operators grows with the
    batch.

    Try:
        >>> from pt_kata.checks import operations
        >>> few, many = (torch.zeros(2, 2), torch.zeros(2).long()), (torch.zeros(99, 2), torch.zeros(99).long())
        >>> operations(cross_entropy_gradient, *many) > operations(cross_entropy_gradient, *few)
        True
    """
    gradient = log_softmax(logits).exp()
    for i, target in enumerate(targets):
        gradient[i, target] -= 1
    return gradient / len(targets)


@mistake("cross_entropy_gradient", caught_by="test_inputs_are_left_alone")
def logits_overwritten(logits, targets):
    """The logits overwritten.

    The exponentials are written into the caller's logits, and so is what follows. The gradient is right, but the
    logits are gone.

    Try:
        >>> logits = torch.zeros(1, 2)
        >>> gradient = cross_entropy_gradient(logits, torch.tensor([1]))
        >>> logits
        tensor([[ 0.5000, -0.5000]])
    """
    return logits.copy_(right_gradient(logits, targets))


@mistake("cross_entropy_gradient", caught_by="test_gradient_of_one_undecided_row", forbidden=True)
def fused_softmax(logits, targets):
    """The softmax left to torch.

    A fused operator gives the probabilities. It is right, and hides the maximum that makes it right.

    Try:
        >>> node = cross_entropy_gradient(torch.zeros(1, 2, requires_grad=True), torch.tensor([1])).grad_fn
        >>> node.next_functions[0][0].next_functions[0][0].name()
        'SoftmaxBackward0'
    """
    return (torch.softmax(logits, dim=1) - _one_hot(logits, targets)) / len(targets)


@mistake("cross_entropy_gradient", caught_by="test_gradient_of_one_undecided_row", forbidden=True)
def gradient_by_autograd(logits, targets):
    """The gradient left to autograd.

    The loss is computed, and autograd goes backward through it. That finds the closed form's numbers, and not the
    closed form.

    Try:
        >>> torch.inference_mode()(cross_entropy_gradient)(torch.zeros(1, 2), torch.tensor([1]))
        Traceback (most recent call last):
        RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn
    """
    with torch.enable_grad():
        leaf = logits.detach().requires_grad_()
        return torch.autograd.grad(cross_entropy(leaf, targets), leaf)[0]


@mistake("CrossEntropy", caught_by="test_function_multiplies_by_the_incoming_gradient")
class UpstreamIgnored(CrossEntropy):
    """The incoming gradient ignored.

    backward returns the gradient of the loss alone. When the loss is scaled or added to something, what comes in is
    not 1, and it is to be multiplied by.

    Try:
        >>> logits = torch.zeros(1, 2, requires_grad=True)
        >>> (10 * CrossEntropy.apply(logits, torch.tensor([1]))).backward()
        >>> logits.grad
        tensor([[ 0.5000, -0.5000]])
    """

    @staticmethod
    def backward(ctx, upstream):
        """Return the gradient as if nothing came after the loss."""
        logits, targets = ctx.saved_tensors
        return cross_entropy_gradient(logits, targets), None


@mistake("CrossEntropy", caught_by="test_function_multiplies_by_the_incoming_gradient")
class UpstreamAdded(CrossEntropy):
    """The incoming gradient added.

    backward adds the gradient that comes in to its own. The chain rule multiplies the two.

    Try:
        >>> logits = torch.zeros(1, 2, requires_grad=True)
        >>> CrossEntropy.apply(logits, torch.tensor([1])).backward()
        >>> logits.grad
        tensor([[1.5000, 0.5000]])
    """

    @staticmethod
    def backward(ctx, upstream):
        """Return a sum in the place of a product."""
        logits, targets = ctx.saved_tensors
        return upstream + cross_entropy_gradient(logits, targets), None


@mistake("CrossEntropy", caught_by="test_function_leaves_the_incoming_gradient_alone")
class UpstreamDividedInPlace(CrossEntropy):
    """The incoming gradient divided in place.

    backward divides the gradient that comes in by the number of rows, with /=. Where two losses are added, both get
    the same tensor, and the second finds it divided already.

    Try:
        >>> logits, targets = torch.zeros(2, 2, requires_grad=True), torch.tensor([1, 1])
        >>> (CrossEntropy.apply(logits, targets) + CrossEntropy.apply(logits, targets)).backward()
        >>> logits.grad
        tensor([[ 0.3750, -0.3750],
                [ 0.3750, -0.3750]])
    """

    @staticmethod
    def backward(ctx, upstream):
        """Return the right gradient, and leave the incoming one changed."""
        logits, targets = ctx.saved_tensors
        upstream /= len(targets)
        return upstream * (_softmax(logits) - _one_hot(logits, targets)), None


@mistake("CrossEntropy", caught_by="test_function_keeps_only_what_backward_needs")
class TooMuchSaved(CrossEntropy):
    """More saved than is needed.

    forward saves a second (n, c) tensor, such as the probabilities beside the logits. Either of them is enough to
    start again from, and both stay in memory until backward.

    Try:
        >>> loss = CrossEntropy.apply(torch.zeros(1, 2, requires_grad=True), torch.tensor([1]))
        >>> len(loss.grad_fn.saved_tensors)
        3
    """

    @staticmethod
    def forward(ctx, logits, targets):
        """Save the log-probabilities as well."""
        ctx.save_for_backward(logits, targets, log_softmax(logits))
        return cross_entropy(logits, targets)

    @staticmethod
    def backward(ctx, upstream):
        """Return the right gradient."""
        logits, targets, _ = ctx.saved_tensors
        return upstream * cross_entropy_gradient(logits, targets), None


@mistake("CrossEntropy", caught_by="test_function_keeps_nothing_elsewhere")
class KeptOnContext(CrossEntropy):
    """Tensors kept outside save_for_backward.

    forward keeps its tensors as attributes of ctx or in another place of its own. Autograd knows nothing of them, so
    it can't check that they are unchanged, and memory may not be freed.

    Try:
        >>> loss = CrossEntropy.apply(torch.zeros(1, 2, requires_grad=True), torch.tensor([1]))
        >>> len(loss.grad_fn.saved_tensors)
        0
    """

    @staticmethod
    def forward(ctx, logits, targets):
        """Keep the tensors as attributes."""
        ctx.logits, ctx.targets = logits, targets
        return cross_entropy(logits, targets)

    @staticmethod
    def backward(ctx, upstream):
        """Return the right gradient."""
        return upstream * cross_entropy_gradient(ctx.logits, ctx.targets), None


@mistake("CrossEntropy", caught_by="test_function_returns_the_mean_loss")
class SumForward(CrossEntropy):
    """The sum of the losses in forward.

    forward adds the losses, and backward gives the gradient of their mean. The docstring asks for the mean in both.

    Try:
        >>> CrossEntropy.apply(torch.zeros(2, 2), torch.tensor([1, 1]))
        tensor(1.3863)
    """

    @staticmethod
    def forward(ctx, logits, targets):
        """Return the sum."""
        ctx.save_for_backward(logits, targets)
        return cross_entropy(logits, targets, "sum")


@mistake("CrossEntropy", caught_by="test_function_returns_the_mean_loss")
class NoReduction(CrossEntropy):
    """A loss per row in forward.

    forward returns the losses of the rows without a mean. The docstring asks for one number.

    Try:
        >>> CrossEntropy.apply(torch.zeros(2, 2), torch.tensor([1, 1]))
        tensor([0.6931, 0.6931])
    """

    @staticmethod
    def forward(ctx, logits, targets):
        """Return one loss per row."""
        ctx.save_for_backward(logits, targets)
        return cross_entropy(logits, targets, "none")

    @staticmethod
    def backward(ctx, upstream):
        """Return the gradient of each row."""
        logits, targets = ctx.saved_tensors
        return upstream[:, None] * cross_entropy_gradient(logits, targets) * len(targets), None


@mistake("CrossEntropy", caught_by="test_function_agrees_with_finite_differences")
class SumBackward(CrossEntropy):
    """The gradient of the sum in backward.

    backward leaves out the division by the number of rows. forward returns the mean, and its gradient has that
    factor.

    Try:
        >>> logits = torch.zeros(2, 2, requires_grad=True)
        >>> CrossEntropy.apply(logits, torch.tensor([1, 1])).backward()
        >>> logits.grad
        tensor([[ 0.5000, -0.5000],
                [ 0.5000, -0.5000]])
    """

    @staticmethod
    def backward(ctx, upstream):
        """Return n times the gradient."""
        logits, targets = ctx.saved_tensors
        return upstream * cross_entropy_gradient(logits, targets) * len(targets), None


@mistake("CrossEntropy", caught_by="test_function_agrees_with_finite_differences")
class NegatedBackward(CrossEntropy):
    """The wrong sign in backward.

    backward returns one-hot minus softmax. That is the direction in which the loss falls, and the gradient points
    where it rises.

    Try:
        >>> logits = torch.zeros(1, 2, requires_grad=True)
        >>> CrossEntropy.apply(logits, torch.tensor([1])).backward()
        >>> logits.grad
        tensor([[-0.5000,  0.5000]])
    """

    @staticmethod
    def backward(ctx, upstream):
        """Return minus the gradient."""
        logits, targets = ctx.saved_tensors
        return -upstream * cross_entropy_gradient(logits, targets), None


@mistake("CrossEntropy", caught_by="test_function_agrees_with_finite_differences")
class SoftmaxBackward(CrossEntropy):
    """Softmax without the minus one in backward.

    backward returns the softmax divided by the number of rows. The target's logit is missing, and each row is to sum
    to 0.

    Try:
        >>> logits = torch.zeros(1, 2, requires_grad=True)
        >>> CrossEntropy.apply(logits, torch.tensor([1])).backward()
        >>> logits.grad
        tensor([[0.5000, 0.5000]])
    """

    @staticmethod
    def backward(ctx, upstream):
        """Return the softmax alone."""
        logits, targets = ctx.saved_tensors
        return upstream * _softmax(logits) / len(targets), None


@mistake("CrossEntropy", caught_by="test_function_of_large_logits")
class NaiveForward(CrossEntropy):
    """A forward that overflows.

    forward computes a softmax from exponentials of the logits as they are, and its log. With a logit of 1000 that is
    inf / inf, and the loss is NaN or inf.

    Try:
        >>> CrossEntropy.apply(torch.tensor([[1000.0, -1000.0]]), torch.tensor([1]))
        tensor(inf)
    """

    @staticmethod
    def forward(ctx, logits, targets):
        """Return the log of an overflowing softmax."""
        ctx.save_for_backward(logits, targets)
        exponentials = logits.exp()
        log_probs = (exponentials / exponentials.sum(dim=1, keepdim=True)).log()
        return negative_log_likelihood(log_probs, targets).mean()


@mistake("CrossEntropy", caught_by="test_function_of_large_logits")
class NaiveBackward(CrossEntropy):
    """A softmax that overflows in backward.

    backward takes exponentials of the logits as they are. With a logit of 1000 that is inf / inf, and the gradient is
    NaN.

    Try:
        >>> logits = torch.tensor([[1000.0, -1000.0]], requires_grad=True)
        >>> CrossEntropy.apply(logits, torch.tensor([1])).backward()
        >>> logits.grad
        tensor([[nan, -1.]])
    """

    @staticmethod
    def backward(ctx, upstream):
        """Return an overflowing softmax minus one-hot."""
        logits, targets = ctx.saved_tensors
        exponentials = logits.exp()
        softmax = exponentials / exponentials.sum(dim=1, keepdim=True)
        return upstream * (softmax - _one_hot(logits, targets)) / len(targets), None


@mistake("CrossEntropy", caught_by="test_the_dtype_is_kept")
class Float32Forward(CrossEntropy):
    """A loss in float32, whatever comes in.

    forward turns the logits into float32. Those in float64 lose half of their digits, and the loss has a dtype that
    nobody asked for.

    Try:
        >>> CrossEntropy.apply(torch.zeros(1, 2, dtype=torch.float64), torch.tensor([1])).dtype
        torch.float32
    """

    @staticmethod
    def forward(ctx, logits, targets):
        """Return the loss in float32."""
        ctx.save_for_backward(logits, targets)
        return cross_entropy(logits.float(), targets)


@mistake("CrossEntropy", caught_by="test_function_agrees_with_finite_differences")
class Float32Backward(CrossEntropy):
    """A gradient computed in float32.

    The logits are saved in float32, or turned into it in backward. A float64 gradient then has the right dtype and
    half of its digits.

    Try:
        >>> logits = torch.tensor([[0.0, 1.0]], dtype=torch.float64, requires_grad=True)
        >>> CrossEntropy.apply(logits, torch.tensor([1])).backward()
        >>> logits.grad[0, 0].item() == 1 / (1 + math.e)
        False
    """

    @staticmethod
    def backward(ctx, upstream):
        """Return a gradient of half the digits."""
        logits, targets = ctx.saved_tensors
        return upstream * cross_entropy_gradient(logits.float(), targets).to(logits.dtype), None


@mistake("CrossEntropy", caught_by="test_function_multiplies_by_the_incoming_gradient", forbidden=True)
class AutogradBackward(CrossEntropy):
    """A backward that calls autograd.

    backward builds the loss once more and lets autograd differentiate it. The node is there to do without that graph,
    by the closed form.

    Try:
        >>> from pt_kata.checks import operations
        >>> logits, targets = torch.zeros(1, 2, requires_grad=True), torch.tensor([1])
        >>> loss, closed_form = CrossEntropy.apply(logits, targets), operations(cross_entropy_gradient, logits, targets)
        >>> operations(loss.backward) > 1.5 * closed_form
        True
    """

    @staticmethod
    def backward(ctx, upstream):
        """Return what autograd finds."""
        logits, targets = ctx.saved_tensors
        with torch.enable_grad():
            leaf = logits.detach().requires_grad_()
            return upstream * torch.autograd.grad(cross_entropy(leaf, targets), leaf)[0], None


@mistake("CrossEntropy", caught_by="test_function_multiplies_by_the_incoming_gradient", forbidden=True)
class FusedSoftmax(CrossEntropy):
    """The softmax left to torch.

    A fused operator gives the probabilities in backward, or the loss in forward. It is right, and hides the maximum
    that makes it right.

    Try:
        >>> from pt_kata.checks import operations
        >>> logits, targets = torch.zeros(1, 2, requires_grad=True), torch.tensor([1])
        >>> loss = CrossEntropy.apply(logits, targets)
        >>> operations(loss.backward) < operations(cross_entropy_gradient, logits, targets)
        True
    """

    @staticmethod
    def backward(ctx, upstream):
        """Return the right gradient."""
        logits, targets = ctx.saved_tensors
        return upstream * (torch.softmax(logits, dim=1) - _one_hot(logits, targets)) / len(targets), None


def _peaks(logits):
    """The maximum of each row, (n, 1), and 0 where a row is masked altogether."""
    peak = logits.detach().amax(dim=1, keepdim=True)
    return torch.where(peak.isfinite(), peak, 0.0)


def _softmax(logits):
    exponentials = (logits - _peaks(logits)).exp()
    return exponentials / exponentials.sum(dim=1, keepdim=True)


def _one_hot(logits, targets):
    return (targets[:, None] == torch.arange(logits.shape[1], device=targets.device)).to(logits.dtype)


def _reduced(losses, reduction):
    if reduction not in ("none", "sum", "mean"):
        raise ValueError(f"reduction must be 'none', 'sum' or 'mean', not {reduction!r}")
    return losses if reduction == "none" else getattr(losses, reduction)()
