"""What an update rule must do. Read a test, make it green, go on with the next."""

import inspect
import math
from contextlib import contextmanager

import pytest
import torch
import torch.nn.functional as F

from katas.autograd.update_rule import Adam, Momentum, descend, fit_line, sgd_step, zero_gradients
from pt_kata.checks import assert_close, assert_equal, fail, unchanged

REBINDING = "w = w - ... makes a new tensor and gives it the name w; the caller's tensor never changes."
RECORDED = "The update is no part of the model: an in-place write to a leaf must be kept out of the graph."
HIDDEN = "Autograd trusts the version counter. A write through .data hides from it, and a later backward lies."
NO_GRADIENT = "A parameter that took no part in the loss has .grad None: pass it over, and go on with the others."
MISSING = (TypeError, AttributeError)
PARAMETERS = "Every parameter has a state of its own, and it counts its own steps."


def plain(optimizer):
    """An optimizer of torch without the wrappers of its methods, which import the compiler: two seconds."""
    add, step = inspect.unwrap(optimizer.add_param_group), inspect.unwrap(optimizer.step)
    return type(optimizer.__name__, (optimizer,), {"add_param_group": add, "step": torch.no_grad()(step)})


TorchSGD, TorchAdam = plain(torch.optim.SGD), plain(torch.optim.Adam)
RULES = [
    pytest.param(lambda params: Momentum(params, lr=0.1), id="Momentum"),
    pytest.param(lambda params: Adam(params, lr=0.1), id="Adam"),
]
RULES_AND_ORACLES = [
    pytest.param(
        lambda params: Momentum(params, lr=0.1, momentum=0.7),
        lambda params: TorchSGD(params, lr=0.1, momentum=0.7),
        id="Momentum",
    ),
    pytest.param(
        lambda params: Adam(params, lr=0.1, betas=(0.8, 0.9)),
        lambda params: TorchAdam(params, lr=0.1, betas=(0.8, 0.9)),
        id="Adam",
    ),
]


@contextmanager
def explained(kind, why):
    """Turn an error of this kind, raised by the code inside, into a failure that says why."""
    try:
        yield
    except NotImplementedError:
        raise
    except kind as error:
        fail(f"{type(error).__name__} was raised.", f"{why} The message: {error}")


def parameters(draw):
    """Parameters in float64, two of them alike in shape, one a single number; and one in float32."""
    rows, columns = draw.sizes(2)
    shapes = [(rows, columns), (rows, columns), (columns,), ()]
    params = [draw.normal(*shape, dtype=torch.float64, requires_grad=True) for shape in shapes]
    return [*params, draw.normal(rows, dtype=torch.float32, requires_grad=True)]


def twins(params):
    """Parameters of the same values for the oracle."""
    return [param.detach().clone().requires_grad_() for param in params]


def random_gradients(draw, params, steps):
    """For each step one gradient for each parameter."""
    return [[draw.normal(*param.shape, dtype=param.dtype) for param in params] for _ in range(steps)]


def train(step, params, gradients):
    """Hand each step its gradients, None for none, and take it."""
    for found in gradients:
        for param, gradient in zip(params, found, strict=True):
            param.grad = None if gradient is None else gradient.clone()
        step()


def assert_agree(params, copies, why):
    """Fail unless all parameters have their twins' values, to the precision of their dtype."""
    __tracebackhide__ = True
    for param, copy in zip(params, copies, strict=True):
        tolerance = {torch.float64: 1e-10, torch.float32: 1e-5}[copy.dtype]
        assert_close(param, copy, why, rtol=tolerance, atol=tolerance)


def test_sgd_step_by_hand(draw):
    """Each entry moves by lr times its gradient, downhill."""
    w = draw.tensor([1.0, -2.0, 300.0], requires_grad=True)
    w.grad = draw.tensor([0.5, -1.0, 1000.0])
    with explained(RuntimeError, RECORDED):
        sgd_step([w], 0.2)
    assert_close(w.detach(), [0.9, -1.8, 100.0], f"{REBINDING} And the sign is minus: the gradient points uphill.")


def test_sgd_step_agrees_with_torch(draw):
    """Parameters of any shape and dtype move as under torch.optim.SGD."""
    params, lr = parameters(draw), draw.number(0.1, 0.9)
    copies, gradients = twins(params), random_gradients(draw, params, 1)
    train(lambda: sgd_step(iter(params), lr), params, gradients)
    train(TorchSGD(copies, lr=lr).step, copies, gradients)
    assert_agree(params, copies, "Each parameter moves by its own gradient. params may be readable only once.")


def test_sgd_step_writes_into_the_same_memory(draw):
    """Whoever shares the memory of a parameter sees the new values."""
    w = draw.tensor([1.0, 2.0], requires_grad=True)
    w.grad = draw.tensor([1.0, 1.0])
    tied = w.detach()
    sgd_step([w], 0.5)
    why = "A model holds its parameters, and may hold one twice. Give w new memory and the other holder keeps the old."
    assert_close(tied, [0.5, 1.5], why)


def test_sgd_step_leaves_a_leaf(draw):
    """After the step the parameter is a leaf that requires a gradient, and a new loss finds one."""
    w = draw.normal(3, requires_grad=True)
    w.grad = draw.normal(3)
    with explained(RuntimeError, RECORDED):
        sgd_step([w], 0.1)
    state = {"leaf": w.is_leaf, "requires": w.requires_grad, "recording": torch.is_grad_enabled()}
    if not all(state.values()):
        why = "The next loss needs its gradient as this one did: switch recording off for the write alone."
        fail("After the step the parameter can't be trained any more.", why, **state)


def test_sgd_step_is_noticed_by_autograd(draw):
    """The version counter of the parameter goes up, so that a backward through an old loss raises."""
    w = draw.normal(3, requires_grad=True)
    w.grad, version = draw.normal(3), w._version
    sgd_step([w], 0.1)
    if w._version == version:
        fail("The parameter was not written to, or behind autograd's back.", HIDDEN, before=version, after=w._version)


def test_sgd_step_passes_over_a_parameter_without_gradient(draw):
    """A parameter with .grad None stays, and those after it still move."""
    unused, w = draw.tensor([3.0], requires_grad=True), draw.tensor([1.0], requires_grad=True)
    w.grad = draw.tensor([1.0])
    with explained(MISSING, NO_GRADIENT):
        sgd_step([unused, w], 0.5)
    assert_close([unused.detach(), w.detach()], [draw.tensor([3.0]), draw.tensor([0.5])], NO_GRADIENT)
    assert_equal(unused.grad, None, "None means that there is no gradient; a step does not invent one.")


def test_sgd_step_only_reads_the_gradient(draw):
    """The gradient is the same tensor with the same values after the step."""
    w = draw.normal(3, requires_grad=True)
    w.grad = gradient = draw.normal(3)
    with unchanged("w.grad *= lr writes into the gradient, which others may still want to read.", gradient=gradient):
        sgd_step([w], 0.1)
    if w.grad is not gradient:
        fail("The step took the gradient away.", "Clearing is a job of its own: zero_gradients.", now=w.grad)


def test_zero_gradients_leaves_none(draw):
    """Afterwards no parameter has a gradient, whether it had one before or not."""
    used, unused = draw.normal(2, requires_grad=True), draw.normal(2, requires_grad=True)
    used.grad = draw.normal(2)
    with explained(MISSING, NO_GRADIENT):
        zero_gradients([unused, used])
    why = "Zeros are still a gradient: with momentum such a parameter goes on moving."
    assert_equal((used.grad, unused.grad), (None, None), why)


def test_zero_gradients_does_not_write(draw):
    """The old gradient tensor still has its values, for whoever kept it."""
    w = draw.normal(2, requires_grad=True)
    w.grad = kept = draw.normal(2)
    with unchanged("Let the tensor go. Zeros written into it are seen by all who hold it.", kept=kept):
        zero_gradients([w])


def test_zero_gradients_separates_two_losses(draw):
    """The second backward pass finds the gradient of the second loss, not the sum of both."""
    w = draw.tensor(2.0, requires_grad=True)
    (3 * w).backward()
    zero_gradients(iter([w]))
    (5 * w).backward()
    assert_close(w.grad, 5.0, "backward adds to .grad: 8 is the sum of this loss's gradient and the one before.")


def test_momentum_by_hand(draw):
    """Under a gradient of 1, with momentum 0.5, the velocity is 1, then 1.5, then 1.75."""
    w = draw.tensor(0.0, requires_grad=True)
    optimizer, path = Momentum([w], lr=1.0, momentum=0.5), []
    for _ in range(3):
        w.grad = draw.tensor(1.0)
        with explained(RuntimeError, RECORDED):
            optimizer.step()
        path.append(w.item())
    why = "v is momentum x v + grad. A running mean, with (1 - momentum) x grad, would be slower; this is a sum."
    assert_close(path, [-1.0, -2.5, -4.25], f"{why} -1, -2, -3 means that the velocity is forgotten.")


@pytest.mark.parametrize("settings", [{}, {"momentum": 0.0}, {"momentum": 0.6}], ids=["default", "none", "0.6"])
def test_momentum_agrees_with_torch(draw, settings):
    """Over several steps all parameters move as under torch.optim.SGD, with 0.9 for the momentum unless told."""
    params, lr = parameters(draw), draw.number(0.05, 0.2)
    copies, gradients = twins(params), random_gradients(draw, params, 4)
    train(Momentum(params, lr, **settings).step, params, gradients)
    train(TorchSGD(copies, lr=lr, **{"momentum": 0.9, **settings}).step, copies, gradients)
    assert_agree(params, copies, "One velocity for each parameter, of its shape and dtype, kept from step to step.")


def test_the_first_step_of_adam_has_the_size_lr(draw):
    """From the start each entry moves by lr, be its gradient 1000 or 0.01; an entry with gradient 0 stays."""
    w = draw.tensor([0.0, 0.0, 0.0, 0.0], dtype=torch.float64, requires_grad=True)
    w.grad = draw.tensor([1000.0, -1.0, 0.01, 0.0], dtype=torch.float64)
    with explained(RuntimeError, RECORDED):
        Adam([w], lr=0.1).step()
    why = "Both means start from 0 and are too small at first: without the correction this step is 3.16 lr."
    assert_close(w.detach(), [-0.1, 0.1, -0.1, 0.0], why, rtol=1e-4, atol=1e-12)


def test_eps_of_adam_stands_outside_the_root(draw):
    """A gradient as large as eps moves by half of lr: g / (sqrt(g**2) + eps) with g = eps."""
    w, g, lr = draw.tensor([1.0], requires_grad=True), draw.number(0.01, 0.1), draw.number(0.1, 1.0)
    w.grad = draw.tensor([g])
    Adam([w], lr=lr, eps=g).step()
    why = "eps is added to the root of the corrected v_hat: neither to v_hat under the root, nor before the correction."
    assert_close(w.detach(), [1 - lr / 2], why)


SETTINGS = [
    pytest.param({}, id="default"),
    pytest.param({"lr": 0.05, "betas": (0.4, 0.95)}, id="betas"),
    pytest.param({"lr": 0.2, "betas": (0.8, 0.3), "eps": 0.1}, id="eps"),
]


@pytest.mark.parametrize("settings", SETTINGS)
def test_adam_agrees_with_torch(draw, settings):
    """Over several steps all parameters move as under torch.optim.Adam, with its defaults and with others."""
    params = parameters(draw)
    copies, gradients = twins(params), random_gradients(draw, params, 5)
    train(Adam(params, **settings).step, params, gradients)
    train(TorchAdam(copies, **settings).step, copies, gradients)
    assert_agree(params, copies, f"{PARAMETERS} t is 1 in the first step, and grows by 1 with each.")


@pytest.mark.parametrize(("rule", "oracle"), RULES_AND_ORACLES)
def test_a_gradient_may_come_late_and_pause(draw, rule, oracle):
    """In a step where .grad is None the parameter rests, with its velocity, means and count, as in torch.optim."""
    params = [draw.normal(3, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    copies, gradients = twins(params), random_gradients(draw, params, 6)
    for step in (0, 1, 3):
        gradients[step][0] = None
    with explained(MISSING, NO_GRADIENT):
        train(rule(params).step, params, gradients)
    train(oracle(copies).step, copies, gradients)
    assert_agree(params, copies, f"{PARAMETERS} The first gradient of a parameter is its step 1, however late.")


@pytest.mark.parametrize("rule", RULES)
def test_parameters_do_not_share_a_state(draw, rule):
    """Two parameters trained together move as each of them does alone."""
    params = [draw.normal(3, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    alone, gradients = twins(params), random_gradients(draw, params, 3)
    train(rule(params).step, params, gradients)
    for position, param in enumerate(alone):
        train(rule([param]).step, [param], [[found[position]] for found in gradients])
    assert_agree(params, alone, f"{PARAMETERS} With one velocity for all, a gradient moves its neighbours too.")


@pytest.mark.parametrize("rule", RULES)
def test_a_new_optimizer_starts_afresh(draw, rule):
    """What an earlier optimizer of the same parameter remembers is not taken over."""
    w = draw.normal(3, dtype=torch.float64, requires_grad=True)
    [copy], gradients = twins([w]), random_gradients(draw, [w], 1)
    train(rule([w]).step, [w], random_gradients(draw, [w], 3))
    with torch.no_grad():
        w.copy_(copy)
    train(rule([w]).step, [w], gradients)
    train(rule([copy]).step, [copy], gradients)
    why = "A dict or list in the body of the class, or in a default argument, is one for all objects."
    assert_agree([w], [copy], why)


@pytest.mark.parametrize(("rule", "oracle"), RULES_AND_ORACLES)
def test_the_gradient_tensor_may_be_used_again(draw, rule, oracle):
    """Where each backward writes into the same gradient tensor, the state still has what it saw."""
    w = draw.normal(3, dtype=torch.float64, requires_grad=True)
    [copy], gradients = twins([w]), random_gradients(draw, [w], 4)
    optimizer, reused = rule([w]), torch.zeros_like(w)
    for [gradient] in gradients:
        w.grad = reused.copy_(gradient)
        optimizer.step()
    train(oracle([copy]).step, [copy], gradients)
    why = "v = w.grad is a second name for the gradient, not a copy: the next backward overwrites v."
    assert_agree([w], [copy], why)


@pytest.mark.parametrize("rule", RULES)
def test_momentum_and_adam_write_as_sgd_step_does(draw, rule):
    """Same memory, still a leaf, noticed by autograd, the gradient only read."""
    w = draw.normal(3, requires_grad=True)
    w.grad = gradient = draw.normal(3)
    before, tied, version = w.detach().clone(), w.detach(), w._version
    with explained(RuntimeError, RECORDED), unchanged("The gradient is only read.", gradient=gradient):
        rule([w]).step()
    if torch.equal(tied, before):
        fail("The memory of the parameter still holds the old values.", REBINDING, now=w)
    if not (w.is_leaf and w.requires_grad and torch.is_grad_enabled()):
        fail("After the step the parameter can't be trained any more.", RECORDED, now=w)
    if w._version == version:
        fail("The write went behind autograd's back.", HIDDEN, before=version, after=w._version)
    if w.grad is not gradient:
        fail("The step took the gradient away.", "Clearing is a job of its own: zero_gradients.", now=w.grad)


@pytest.mark.parametrize("rule", RULES)
def test_the_parameters_may_be_readable_only_once(draw, rule):
    """A generator, which is what model.parameters() gives, serves all steps, not just the first."""
    w = draw.normal(3, requires_grad=True)
    [copy], gradients = twins([w]), random_gradients(draw, [w], 3)
    train(rule(param for param in [w]).step, [w], gradients)
    train(rule([copy]).step, [copy], gradients)
    assert_agree([w], [copy], "A generator is empty after one reading: the steps that follow would find no parameters.")


@pytest.mark.parametrize("rule", RULES)
def test_the_rules_are_your_own(draw, rule):
    """The optimizer is built from tensors, not borrowed from torch.optim."""
    optimizer = rule([draw.normal(3, requires_grad=True)])
    if isinstance(optimizer, torch.optim.Optimizer):
        why = "The oracle agrees with itself. Write the class from nothing, without a base class from torch.optim."
        fail(f"{type(optimizer).__name__} comes from torch.optim.", why)


def test_descend_by_hand(draw):
    """On the loss w**2 with lr 0.25 each step halves w: from 4 the losses are 16, 4, 1, 0.25."""
    w = draw.tensor(4.0, requires_grad=True)
    with explained(RuntimeError, "backward frees the graph of its loss: every round needs a loss of its own."):
        losses = descend(lambda: w**2, [w], lambda: sgd_step([w], 0.25), 4)
    why = "16, 4, 1, 12.25 means that gradients pile up, 16, 16, 16, 16 that they are cleared before the step can"
    why += " use them, and 4, 1, 0.25, 0.0625 that the loss is taken after the step."
    if not isinstance(losses, list):
        fail("descend must return a list.", "One loss for each step, in their order.", losses)
    assert_close([float(loss) for loss in losses], [16.0, 4.0, 1.0, 0.25], why)


def test_descend_gives_plain_numbers(draw):
    """The losses are Python floats, so that nothing of the graphs stays alive."""
    w = draw.normal(2, requires_grad=True)
    losses = descend(lambda: w.square().sum(), [w], lambda: sgd_step([w], 0.1), 3)
    why = "A loss tensor holds on to its whole graph, with all that was saved for backward: memory grows every step."
    if any(isinstance(loss, torch.Tensor) and loss.requires_grad for loss in losses):
        fail("descend returned losses that keep their graphs.", why, losses)
    assert_equal([type(loss) for loss in losses], [float] * 3, "A loss is noted as a plain number, not as a tensor.")


def test_descend_ignores_an_old_gradient(draw):
    """What an earlier backward pass left in .grad does not count."""
    w = draw.tensor(4.0, requires_grad=True)
    w.grad = draw.tensor(100.0)
    losses = descend(lambda: w**2, [w], lambda: sgd_step([w], 0.25), 2)
    why = "Cleared only at the end of a round, the first step still uses what was there before the loop."
    assert_close([float(loss) for loss in losses], [16.0, 4.0], why)


@pytest.mark.parametrize("steps", [0, 3])
def test_a_round_of_descend_is_a_loss_a_gradient_and_a_step(draw, steps):
    """Each comes once in a round, in this order; no rounds are no losses and no steps."""
    w, seen = draw.tensor(1.0, requires_grad=True), []
    w.register_hook(lambda gradient: seen.append("gradient"))
    why = "The loss is the costly part of a round: compute it once, and find the gradients before the step uses them."
    with explained(RuntimeError, "backward frees the graph of its loss: every round needs a loss of its own."):
        losses = descend(lambda: seen.append("loss") or w**2, [w], lambda: seen.append("step"), steps)
    assert_equal(seen, ["loss", "gradient", "step"] * steps, why)
    assert_equal(len(losses), steps, "One loss for each step.")


def test_fit_line_to_noisy_points(draw):
    """The fitted line is the best one there is, in the sense of least squares."""
    x = draw.normal(50, 1, dtype=torch.float64)
    y = draw.number() * x[:, 0] + draw.number() + 0.3 * draw.normal(50, dtype=torch.float64)
    weights, bias, _ = fit_line(x, y, lambda params: Momentum(params, lr=0.1, momentum=0.5), 80)
    best = torch.linalg.lstsq(torch.cat([x, torch.ones_like(x)], dim=1), y[:, None]).solution[:, 0]
    why = "A slope of 0 comes from (n, 1) - (n,), which is n x n differences; a bias of 0 was not trained at all."
    assert_close((weights, bias), (best[:1], best[1]), why, atol=1e-5)


@pytest.mark.parametrize(("rule", "oracle"), RULES_AND_ORACLES)
def test_fit_line_takes_the_steps_of_torch(draw, rule, oracle):
    """From zeros, the first five steps and losses are those of a training loop with torch.optim."""
    n, d = draw.sizes(2)
    x, y = draw.normal(n, d, dtype=torch.float64), draw.normal(n, dtype=torch.float64)
    weights, bias, losses = [*twins([x.new_zeros(d), x.new_zeros(())]), []]
    optimizer = oracle([weights, bias])
    for _ in range(5):
        loss = F.mse_loss(x @ weights + bias, y)
        losses.append(loss.item())
        train(optimizer.step, [weights, bias], [torch.autograd.grad(loss, [weights, bias])])
    why = "The loss is the mean of the squares, without a half. One optimizer serves all steps; a new one forgets."
    assert_close(fit_line(x, y, rule, 5), (weights.detach(), bias.detach(), losses), why)


def test_fit_line_sees_through_noise(draw):
    """Of one input that matters and three of pure noise, the weights of the noise shrink towards 0."""
    n, sigma, slope = 400, 0.1, draw.number(1, 2)
    x = draw.normal(n, 4, dtype=torch.float64)
    y = slope * x[:, 0] + draw.number() + sigma * draw.normal(n, dtype=torch.float64)
    start = draw.tensor([0.0, 2.0, -3.0, 1.5], dtype=torch.float64)
    weights, _, losses = fit_line(x, y, lambda params: Momentum(params, lr=0.1, momentum=0.5), 80, start)
    why = "Noise lowers the loss only by chance, by a weight of about sigma / sqrt(n); start is where weights begin."
    assert_close(weights, [slope, 0.0, 0.0, 0.0], why, rtol=0, atol=6 * sigma / math.sqrt(n))
    assert_close(losses[0], F.mse_loss(x @ start, y).item(), "The first loss is that of start.")
    assert_close(losses[-1], sigma**2, "What is left of the loss is the noise in y.", rtol=0.5)


def test_fit_line_leaves_its_inputs_alone(draw):
    """The points and the start are only read, and the result is plain data in the dtype of the points."""
    n, d = draw.sizes(2)
    x, y, start = draw.normal(n, d), draw.normal(n), draw.normal(d)
    why = "requires_grad_() gives back the same tensor, and the steps are in place: train a copy of start."
    made = []
    with unchanged(why, x=x, y=y, start=start):
        weights, bias, losses = fit_line(x, y, lambda params: made.append(params) or Adam(params, lr=0.1), 2, start)
        if start.requires_grad:
            fail("start is left with requires_grad.", why, start=start)
    if weights.requires_grad or bias.requires_grad:
        why = "Return detached: the caller wants numbers, not leaves of a graph."
        fail("A result is left that requires a gradient.", why, weights=weights, bias=bias)
    assert_equal((weights.shape, bias.shape, weights.dtype, bias.dtype), (start.shape, (), x.dtype, x.dtype))
    assert_equal([type(loss) for loss in losses], [float] * 2, "The losses are plain numbers, as descend gives them.")
    assert_equal([type(params) for params in made], [list], "One optimizer, made once, from one list of parameters.")
    assert_equal(sorted(param.dim() for param in made[0]), [0, 1], "The parameters are the weights and the bias.")
