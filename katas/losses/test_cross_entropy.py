"""What cross-entropy must do. Read a test, make it green, go on with the next."""

import math

import pytest
import torch
import torch.nn.functional as F

from katas.losses.cross_entropy import (
    CrossEntropy,
    cross_entropy,
    cross_entropy_gradient,
    log_softmax,
    logsumexp,
    negative_log_likelihood,
)
from pt_kata.checks import assert_close, assert_no_loop, assert_raises, fail, gradients, unchanged

ROW_MAXIMUM = "Each row needs its own maximum: subtract a global one and the small rows underflow to log(0)."


def test_logsumexp_of_equal_logits(draw):
    """Any k equal logits x give x + ln k."""
    x, k = draw.number(), draw.size(2, 9)
    assert_close(logsumexp(draw.tensor([[x] * k])), [x + math.log(k)])


def test_logsumexp_agrees_with_torch(draw):
    """On fresh random logits the result is that of torch.logsumexp."""
    logits = draw.normal(*draw.sizes(2))
    assert_close(logsumexp(logits), torch.logsumexp(logits, dim=1), "Reduce over the classes, which are dim 1.")


def test_logsumexp_on_a_square_matrix(draw):
    """On a square matrix, where a wrong axis raises nothing, each row is still reduced by itself."""
    logits = draw.normal(3, 3)
    assert_close(logsumexp(logits), torch.logsumexp(logits, dim=1), "Reduce over the classes, which are dim 1.")


@pytest.mark.parametrize("size", [1000.0, 1e30], ids=str)
def test_logsumexp_of_large_logits(draw, size):
    """Logits of 1000 do not overflow, and larger ones are not cut off."""
    why = "exp(1000) is inf in every float format: subtract the row's maximum before exp, add it back after log."
    assert_close(logsumexp(draw.tensor([[size, size]])), [size + math.log(2)], why)


def test_logsumexp_of_very_negative_logits(draw):
    """Logits of -1000 do not underflow to log(0)."""
    why = "exp(-1000) is 0 and log(0) is -inf: the row's maximum must become the exponent 0, whatever its sign."
    assert_close(logsumexp(draw.tensor([[-1000.0, -1000.0]])), [-1000 + math.log(2)], why)


def test_logsumexp_uses_the_maximum_of_each_row(draw):
    """Rows of very different size do not disturb each other."""
    logits = draw.tensor([[1000.0, 1001.0], [-1000.0, -1001.0], [0.0, 1.0]])
    assert_close(logsumexp(logits), torch.logsumexp(logits, dim=1), ROW_MAXIMUM)


def test_logsumexp_of_masked_classes(draw):
    """A logit of -inf adds nothing to the sum."""
    why = "A masked class has probability 0: exp(-inf) is 0 and must not turn into NaN."
    assert_close(logsumexp(draw.tensor([[0.0, -math.inf, 0.0]])), [math.log(2)], why)


def test_logsumexp_of_a_row_masked_altogether(draw):
    """A row of nothing but -inf gives -inf, the log of an empty sum, and not NaN."""
    why = "-inf minus a maximum of -inf is NaN: where the maximum is not finite, subtract 0 instead."
    assert_close(logsumexp(draw.tensor([[-math.inf, -math.inf], [0.0, 0.0]])), [-math.inf, math.log(2)], why)


def test_logsumexp_has_the_gradient_of_softmax(draw):
    """The gradient of logsumexp is the softmax of the row."""
    logits = draw.normal(*draw.sizes(2), dtype=torch.float64, requires_grad=True)
    why = "The normalizer depends on every logit. If it is detached, the loss is right and the gradient is wrong."
    assert_close(gradients(logsumexp(logits), logits), torch.softmax(logits, dim=1), why, rtol=1e-12, atol=1e-12)


def test_log_softmax_agrees_with_torch(draw):
    """On fresh random logits the result is that of torch.log_softmax."""
    logits = draw.normal(4, 4)
    why = "On a square matrix (n,) broadcasts against (n, n) as a row: the normalizer needs the shape (n, 1)."
    assert_close(log_softmax(logits), torch.log_softmax(logits, dim=1), why)


def test_log_softmax_rows_sum_to_one(draw):
    """The exponentials of a row of log-probabilities sum to 1."""
    n, c = draw.sizes(2)
    assert_close(log_softmax(draw.normal(n, c)).exp().sum(dim=1), [1.0] * n, "Normalize over the classes, dim 1.")


def test_log_softmax_ignores_a_shift(draw):
    """Adding any number to all logits of a row changes nothing."""
    logits = draw.normal(*draw.sizes(2), dtype=torch.float64)
    shift = draw.uniform(-500, 500, len(logits), 1, dtype=torch.float64)
    assert_close(log_softmax(logits + shift), log_softmax(logits), ROW_MAXIMUM)


def test_log_softmax_of_rows_far_apart(draw):
    """A row near 1000 and one near -1000 do not disturb each other."""
    logits = draw.tensor([[1000.0, 1001.0], [-1000.0, -1001.0]])
    assert_close(log_softmax(logits), torch.log_softmax(logits, dim=1), ROW_MAXIMUM, atol=1e-3)


@pytest.mark.parametrize("size", [1000.0, 1e30], ids=str)
def test_log_softmax_of_large_logits_is_finite(draw, size):
    """A hopeless class gets the log-probability -2000, not -inf, and a larger one is not cut off."""
    why = "log(softmax(x)) rounds the probability to 0 first. Subtract in the log domain: x - logsumexp(x)."
    assert_close(log_softmax(draw.tensor([[size, -size]])), [[0.0, -2 * size]], why)


def test_log_softmax_of_masked_classes(draw):
    """A masked class has the log-probability -inf, and its neighbours share the rest."""
    wanted = [[-math.log(2), -math.inf, -math.log(2)]]
    assert_close(log_softmax(draw.tensor([[3.0, -math.inf, 3.0]])), wanted, "exp(-inf) is 0, not NaN.")


def test_masked_classes_get_no_gradient(draw):
    """The gradient of a masked logit is 0, and that of its neighbours is not NaN."""
    logits = draw.tensor([[1.0, -math.inf, 2.0]], requires_grad=True)
    oracle = draw.tensor([[1.0, -math.inf, 2.0]], requires_grad=True)
    wanted = gradients(torch.log_softmax(oracle, dim=1)[0, 0], oracle)
    assert_close(gradients(log_softmax(logits)[0, 0], logits), wanted, "0 x inf is NaN, also in a backward pass.")


def test_negative_log_likelihood_picks_the_target(draw):
    """Each row gives minus the entry of its own target."""
    log_probs = draw.tensor([[-0.1, -2.4], [-3.0, -0.05]])
    targets = draw.tensor([0, 0], dtype=torch.int64)
    assert_close(negative_log_likelihood(log_probs, targets), [0.1, 3.0], "The sign: a loss is positive.")


def test_negative_log_likelihood_agrees_with_a_loop(draw):
    """On fresh shapes the result is that of the loop over the rows."""
    n, c = draw.sizes(2)
    log_probs, targets = draw.normal(n, c), draw.integers(0, c, n)
    wanted = torch.stack([-row[target] for row, target in zip(log_probs, targets, strict=True)])
    why = "One entry per row. Indexing with [:, targets] takes whole columns and gives (n, n)."
    assert_close(negative_log_likelihood(log_probs, targets), wanted, why)


def test_negative_log_likelihood_of_one_row(draw):
    """A batch of one row gives one loss, in a row of one."""
    why = "squeeze() drops every axis of size 1, that of a single row too: name the axis, squeeze(1)."
    log_probs, targets = draw.tensor([[-0.1, -2.4]]), draw.tensor([1], dtype=torch.int64)
    assert_close(negative_log_likelihood(log_probs, targets), [2.4], why)


def test_negative_log_likelihood_of_a_hopeless_target(draw):
    """A hopeless target costs all of its 1000 nats."""
    log_probs, targets = draw.tensor([[-1000.0, 0.0]]), draw.tensor([0], dtype=torch.int64)
    assert_close(negative_log_likelihood(log_probs, targets), [1000.0], "Pick the entry, and clamp nothing.")


def test_negative_log_likelihood_beside_a_masked_class(draw):
    """A masked class beside the target changes nothing."""
    log_probs, targets = draw.tensor([[-math.inf, 0.0, -math.inf]]), draw.tensor([1], dtype=torch.int64)
    why = "Pick the entry: multiplied by a one-hot row, a masked class is 0 x inf, and that is NaN."
    assert_close(negative_log_likelihood(log_probs, targets), [0.0], why)


def test_negative_log_likelihood_has_a_gradient(draw):
    """The gradient is -1 at each target and 0 elsewhere."""
    log_probs = draw.normal(3, 4, requires_grad=True)
    targets = draw.integers(0, 4, 3)
    wanted = -F.one_hot(targets, 4).to(log_probs)
    assert_close(gradients(negative_log_likelihood(log_probs, targets), log_probs), wanted, "Stay in the graph.")


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_cross_entropy_agrees_with_torch(draw, reduction):
    """On fresh random logits each reduction gives what torch.nn.functional.cross_entropy gives."""
    n, c = draw.sizes(2)
    logits, targets = draw.normal(n, c), draw.integers(0, c, n)
    wanted = F.cross_entropy(logits, targets, reduction=reduction)
    assert_close(cross_entropy(logits, targets, reduction), wanted, "The mean divides by the rows, n, not by n x c.")


def test_cross_entropy_takes_the_mean_unless_told(draw):
    """Without the argument the reduction is the mean."""
    logits, targets = draw.normal(5, 3), draw.integers(0, 3, 5)
    assert_close(cross_entropy(logits, targets), F.cross_entropy(logits, targets))


def test_cross_entropy_of_one_row_is_not_reduced(draw):
    """The losses of a batch of one row are a row of one."""
    logits, targets = draw.tensor([[0.0, 0.0]]), draw.tensor([1], dtype=torch.int64)
    why = "squeeze() drops every axis of size 1, that of a single row too."
    assert_close(cross_entropy(logits, targets, "none"), [math.log(2)], why)


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_the_reduction_may_be_another_object(draw, reduction):
    """A word put together while the program runs, as from a file of settings, counts like one in the code."""
    logits, targets = draw.normal(5, 3), draw.integers(0, 3, 5)
    word = "".join(list(reduction))
    why = "Compare words with ==. `is` asks for the same object, and words from elsewhere are objects of their own."
    assert_close(cross_entropy(logits, targets, word), F.cross_entropy(logits, targets, reduction=reduction), why)


@pytest.mark.parametrize("word", ["average", "Mean", "no", "total"])
def test_cross_entropy_refuses_an_unknown_reduction(draw, word):
    """A reduction that is none of the three words raises a ValueError that quotes it."""
    logits, targets = draw.normal(2, 3), draw.integers(0, 3, 2)
    why = "A typo that falls through to some default gives a wrong number without a word."
    error = assert_raises(ValueError, cross_entropy, logits, targets, word, why=why)
    if word not in str(error):
        fail("The error message does not quote the reduction.", "Who mistyped it would like to see what.", wanted=word)


def test_27_classes_start_near_ln_27(draw):
    """A model that knows nothing about 27 classes pays ln 27 = 3.30 nats."""
    logits, targets = 0.01 * draw.normal(512, 27), draw.integers(0, 27, 512)
    why = "With equal logits each class has probability 1/27. Another start means another base or a wrong axis."
    assert_close(cross_entropy(logits, targets), math.log(27), why, atol=0.01, rtol=0)


def test_a_confident_mistake_costs_2000(draw):
    """Logits of 1000 against -1000 for the wrong class cost exactly 2000 nats, and larger ones more."""
    target = draw.tensor([1], dtype=torch.int64)
    loss = cross_entropy(draw.tensor([[1000.0, -1000.0]]), target)
    if not loss.isfinite().all():
        fail("cross_entropy is not finite.", "inf means a log of 0, and NaN means inf / inf.", loss, wanted=2000.0)
    why = "18.4 means log(p + 1e-8), which hides the mistake and kills its gradient."
    assert_close(loss, 2000.0, why)
    assert_close(cross_entropy(draw.tensor([[1e6, -1e6]]), target), 2e6, why)


def test_cross_entropy_of_rows_far_apart(draw):
    """A row near 1000 and one near -1000 each cost what they cost alone."""
    logits, targets = draw.tensor([[1000.0, 1001.0], [-1000.0, -1001.0]]), draw.tensor([0, 1], dtype=torch.int64)
    wanted = F.cross_entropy(logits, targets, reduction="none")
    assert_close(cross_entropy(logits, targets, "none"), wanted, ROW_MAXIMUM, atol=1e-3)


def test_cross_entropy_beside_a_masked_class(draw):
    """A masked class that is not the target costs nothing: two classes are left, and a toss-up between them."""
    logits, targets = draw.tensor([[3.0, -math.inf, 3.0]]), draw.tensor([0], dtype=torch.int64)
    why = "The mask is -inf in the log-probabilities too. Pick the target's: any product with 0 would be NaN."
    assert_close(cross_entropy(logits, targets), math.log(2), why)


def test_a_confident_mistake_has_a_gradient(draw):
    """However sure the wrong answer is, the gradient still points the right way."""
    logits = draw.tensor([[1000.0, -1000.0]], requires_grad=True)
    loss = cross_entropy(logits, draw.tensor([1], dtype=torch.int64))
    why = "Clamping a probability sets its gradient to 0: the model could never unlearn its worst mistakes."
    assert_close(gradients(loss, logits), [[1.0, -1.0]], why)


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_cross_entropy_has_the_gradient_of_torch(draw, reduction):
    """Autograd through your loss finds the gradient that it finds through the fused one, whatever comes after it."""
    n, c = draw.sizes(2)
    logits, targets = draw.normal(n, c, dtype=torch.float64, requires_grad=True), draw.integers(0, c, n)
    upstream = draw.normal(*([n] if reduction == "none" else []), dtype=torch.float64)
    wanted = gradients(F.cross_entropy(logits, targets, reduction=reduction), logits, upstream)
    why = "A detached normalizer gives the right loss and the gradient of the target's logit alone."
    found = gradients(cross_entropy(logits, targets, reduction), logits, upstream)
    assert_close(found, wanted, why, rtol=1e-12, atol=1e-12)


def test_gradient_of_one_undecided_row(draw):
    """Two equal logits are pushed apart by one half each."""
    gradient = cross_entropy_gradient(draw.tensor([[0.0, 0.0]]), draw.tensor([1], dtype=torch.int64))
    assert_close(gradient, [[0.5, -0.5]], "softmax minus one-hot: (0.5, 0.5) minus (0, 1).")


def test_gradient_agrees_with_autograd(draw):
    """The closed form is what autograd finds for the mean loss."""
    n, c = draw.sizes(2)
    logits, targets = draw.normal(n, c, requires_grad=True), draw.integers(0, c, n)
    wanted = gradients(F.cross_entropy(logits, targets), logits)
    assert_close(cross_entropy_gradient(logits.detach(), targets), wanted, "The mean over n rows divides by n.")


def test_gradient_on_a_square_matrix(draw):
    """On a square matrix, where a wrong axis raises nothing, each row is still normalized by itself."""
    logits, targets = draw.normal(3, 3, requires_grad=True), draw.integers(0, 3, 3)
    wanted = gradients(F.cross_entropy(logits, targets), logits)
    assert_close(cross_entropy_gradient(logits.detach(), targets), wanted, "Softmax runs over the classes, dim 1.")


def test_gradient_of_large_logits(draw):
    """The closed form is finite where softmax by hand would be inf / inf."""
    gradient = cross_entropy_gradient(draw.tensor([[1000.0, -1000.0]]), draw.tensor([1], dtype=torch.int64))
    assert_close(gradient, [[1.0, -1.0]], "exp(1000) / sum(exp) is inf / inf: go through log_softmax.")


def test_gradient_of_rows_far_apart(draw):
    """A row near 1000 and one near -1000 each have the softmax that they have alone."""
    logits, targets = draw.tensor([[1000.0, 1000.0], [-1000.0, -1000.0]]), draw.tensor([0, 1], dtype=torch.int64)
    wanted = [[-0.25, 0.25], [0.25, -0.25]]
    assert_close(cross_entropy_gradient(logits, targets), wanted, ROW_MAXIMUM)


def test_gradient_needs_no_autograd(draw):
    """The closed form is arithmetic: it works where autograd is switched off for good."""
    n, c = draw.sizes(2)
    logits, targets = draw.normal(n, c), draw.integers(0, c, n)
    oracle = logits.clone().requires_grad_()
    wanted = gradients(F.cross_entropy(oracle, targets), oracle)
    with torch.inference_mode():
        found = cross_entropy_gradient(logits, targets)
    assert_close(found, wanted, "No graph is built in inference mode, so there is nothing to run backward through.")


def test_function_returns_the_mean_loss(draw):
    """The forward of your autograd.Function is the mean cross-entropy."""
    n, c = draw.sizes(2)
    logits, targets = draw.normal(n, c), draw.integers(0, c, n)
    assert_close(CrossEntropy.apply(logits, targets), F.cross_entropy(logits, targets))


def test_function_agrees_with_finite_differences(draw):
    """Its backward agrees with finite differences in float64."""
    n, c = draw.sizes(2, 2, 5)
    logits, targets = draw.normal(n, c, dtype=torch.float64, requires_grad=True), draw.integers(0, c, n)
    wanted = gradients(F.cross_entropy(logits, targets), logits)
    found = gradients(CrossEntropy.apply(logits, targets), logits)
    assert_close(found, wanted, "backward is the closed form, in the precision of the logits.", rtol=1e-10, atol=1e-10)
    with torch.no_grad():
        steps = 1e-5 * torch.eye(n * c).to(logits).reshape(-1, n, c)
        rises = [
            CrossEntropy.apply(logits + step, targets) - CrossEntropy.apply(logits - step, targets) for step in steps
        ]
    why = "forward and backward belong to one function: what forward gives must have the slope that backward says."
    assert_close(torch.stack(rises).reshape(n, c) / 2e-5, wanted, why, rtol=1e-6, atol=1e-6)


def test_function_multiplies_by_the_incoming_gradient(draw):
    """A loss scaled by s, here a negative number, has a gradient scaled by s."""
    n, c = draw.sizes(2)
    logits, targets, scale = draw.normal(n, c, requires_grad=True), draw.integers(0, c, n), draw.number(-5, -2)
    wanted = gradients(scale * F.cross_entropy(logits, targets), logits)
    why = "backward receives the gradient of what comes after it. Multiply by it: the loss may not be the end."
    assert_close(gradients(scale * CrossEntropy.apply(logits, targets), logits), wanted, why)


def test_function_leaves_the_incoming_gradient_alone(draw):
    """Two losses that are added get one incoming gradient between them, and neither changes it."""
    n, c = draw.sizes(2)
    inputs, targets = [draw.normal(n, c, requires_grad=True) for _ in range(2)], draw.integers(0, c, n)
    first, second = (CrossEntropy.apply(logits, targets) for logits in inputs)
    wanted = gradients(F.cross_entropy(inputs[0], targets) + F.cross_entropy(inputs[1], targets), inputs)
    why = "The gradient that comes in is not yours: the other loss reads the same tensor. Write upstream / n, not /=."
    assert_close(gradients(first + second, inputs), wanted, why)


def test_function_of_large_logits(draw):
    """A confident mistake costs 2000 nats here too, and has its gradient."""
    logits = draw.tensor([[1000.0, -1000.0]], requires_grad=True)
    loss = CrossEntropy.apply(logits, draw.tensor([1], dtype=torch.int64))
    assert_close(loss, 2000.0, "forward is your cross_entropy, not the log of a softmax that has overflowed.")
    assert_close(gradients(loss, logits), [[1.0, -1.0]], "exp(1000) / sum(exp) is inf / inf: go through log_softmax.")


def test_function_keeps_only_what_backward_needs(draw):
    """The node saves at most one (n, c) tensor and the targets."""
    n, c = 50, 20
    logits, targets = draw.normal(n, c, requires_grad=True), draw.integers(0, c, n)
    saved = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: saved.append(t.numel()) or t, lambda t: t):
        loss = CrossEntropy.apply(logits, targets)
    why = f"{sum(saved)} numbers wait for backward in memory. Logits and targets, {n * c + n}, are enough to go on."
    if sum(saved) > n * c + 2 * n:
        fail("CrossEntropy saves more than backward needs.", why, loss)


def test_function_keeps_nothing_elsewhere(draw):
    """What backward works with is what was saved: other numbers in the saved tensors make another gradient."""
    logits, targets = draw.normal(5, 3, requires_grad=True), draw.integers(0, 3, 5)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: 0 * t if t.is_floating_point() else t):
        loss = CrossEntropy.apply(logits, targets)
    kept = [name for name, value in vars(loss.grad_fn).items() if isinstance(value, torch.Tensor)]
    if kept or torch.allclose(gradients(loss, logits), gradients(F.cross_entropy(logits, targets), logits)):
        found = f" Found: {', '.join(kept)}." if kept else ""
        why = "A tensor on ctx, in a list, a closure or a class, escapes autograd's bookkeeping: use save_for_backward."
        fail("CrossEntropy keeps tensors outside save_for_backward.", why + found, loss)


EVERYTHING = {  # each function, and what gives the same in float64
    "logsumexp": (lambda logits, targets: logsumexp(logits), lambda x, t: torch.logsumexp(x, dim=1)),
    "log_softmax": (lambda logits, targets: log_softmax(logits), lambda x, t: torch.log_softmax(x, dim=1)),
    "negative_log_likelihood": (negative_log_likelihood, lambda x, t: F.nll_loss(x, t, reduction="none")),
    "cross_entropy": (cross_entropy, F.cross_entropy),
    "cross_entropy none": (
        lambda logits, targets: cross_entropy(logits, targets, "none"),
        lambda x, t: F.cross_entropy(x, t, reduction="none"),
    ),
    "cross_entropy_gradient": (
        cross_entropy_gradient,
        lambda x, t: (torch.softmax(x, dim=1) - F.one_hot(t, x.shape[1])) / len(t),
    ),
    "CrossEntropy": (lambda logits, targets: CrossEntropy.apply(logits, targets), F.cross_entropy),
}


@pytest.mark.parametrize(("function", "oracle"), EVERYTHING.values(), ids=EVERYTHING.keys())
def test_inputs_are_left_alone(draw, function, oracle):
    """Nothing writes to the logits or the targets."""
    n, c = draw.sizes(2)
    logits, targets = draw.normal(n, c), draw.integers(0, c, n)
    with unchanged(
        "x -= x.max() writes into the caller's tensor. Use x = x - x.max().", logits=logits, targets=targets
    ):
        function(logits, targets)


@pytest.mark.parametrize(("function", "oracle"), EVERYTHING.values(), ids=EVERYTHING.keys())
def test_the_dtype_is_kept(draw, function, oracle):
    """What comes in as float64 goes out as float64, with its precision; float32 and bfloat16 likewise."""
    n, c = draw.sizes(2)
    why = "A constant made with torch.tensor(...) or .float() pulls float64 down to float32 for good."
    for dtype, tolerance in {torch.float64: 1e-12, torch.float32: 1e-5, torch.bfloat16: 5e-2}.items():
        logits, targets = draw.normal(n, c, dtype=dtype), draw.integers(0, c, n)
        wanted = oracle(logits.double(), targets)
        assert_close(function(logits, targets), wanted, why, dtype=dtype, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("function", "oracle"), EVERYTHING.values(), ids=EVERYTHING.keys())
def test_no_loop_over_the_batch(draw, function, oracle):
    """A batch 16 times as large takes the same number of torch operators."""
    small = draw.normal(4, 5), draw.integers(0, 5, 4)
    large = draw.normal(64, 5), draw.integers(0, 5, 64)
    assert_no_loop(function, small, large, "One operator over the whole batch is what makes torch fast.")
