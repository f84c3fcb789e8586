"""Right answers to autograd/update_rule, by other routes than the reference's."""

import torch

from pt_kata.stand_ins import right_answer
from solutions.autograd.update_rule import descend, zero_gradients


@right_answer("sgd_step")
def with_recording_switched_by_hand(params, lr):
    """set_grad_enabled before and after, and alpha for the learning rate."""
    recording = torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    for param in params:
        if param.grad is not None:
            param.add_(param.grad, alpha=-lr)
    torch.set_grad_enabled(recording)


@right_answer("sgd_step")
def into_a_detached_alias(params, lr):
    """Through a detached alias, which shares memory and version counter."""
    for param in params:
        if param.grad is not None:
            param.detach().sub_(lr * param.grad.detach())


@right_answer("sgd_step")
def computed_and_copied(params, lr):
    """A new tensor in float64, copied into the parameter."""
    moved = [param for param in params if param.grad is not None]
    with torch.no_grad():
        for param in moved:
            param.copy_(param.double() - lr * param.grad.double())


@right_answer("zero_gradients")
def attribute_deleted(params):
    """The attribute deleted."""
    for param in params:
        del param.grad


@right_answer("zero_gradients")
def only_where_there_is_one(params):
    """Only where there is a gradient."""
    for param in list(params):
        if param.grad is not None:
            param.grad = None


@right_answer("Momentum")
class LazyVelocities:
    """A dictionary that is filled when a gradient comes."""

    def __init__(self, params, lr, momentum=0.9):
        """No velocity yet."""
        self.params, self.lr, self.momentum, self.velocities = tuple(params), lr, momentum, {}

    @torch.no_grad()
    def step(self):
        """Out of place for the velocity."""
        for param in self.params:
            if param.grad is None:
                continue
            old = self.velocities.get(param)
            self.velocities[param] = param.grad.clone() if old is None else self.momentum * old + param.grad
            param.add_(self.velocities[param], alpha=-self.lr)


@right_answer("Momentum")
class LearningRateInside:
    """The learning rate and the sign inside of the velocity."""

    def __init__(self, params, lr, momentum=0.9):
        """Pairs of a parameter and its velocity."""
        self.pairs = [(param, torch.zeros_like(param)) for param in params]
        self.lr, self.momentum = lr, momentum

    def step(self):
        """Add the velocity."""
        with torch.no_grad():
            for param, velocity in self.pairs:
                if param.grad is not None:
                    velocity.copy_(self.momentum * velocity - self.lr * param.grad)
                    param += velocity


@right_answer("Adam")
class Rearranged:
    """The corrections moved into the learning rate and the root, with lerp, addcmul and addcdiv."""

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
        """One dictionary for each parameter."""
        self.states = [
            {"param": param, "m": torch.zeros_like(param), "v": torch.zeros_like(param), "t": 0} for param in params
        ]
        self.lr, self.betas, self.eps = lr, betas, eps

    @torch.no_grad()
    def step(self):
        """In place throughout."""
        beta1, beta2 = self.betas
        for state in self.states:
            param, m, v = state["param"], state["m"], state["v"]
            if param.grad is None:
                continue
            state["t"] += 1
            m.lerp_(param.grad, 1 - beta1)
            v.mul_(beta2).addcmul_(param.grad, param.grad, value=1 - beta2)
            root = v.sqrt().div_((1 - beta2 ** state["t"]) ** 0.5).add_(self.eps)
            param.addcdiv_(m, root, value=-self.lr / (1 - beta1 ** state["t"]))


@right_answer("Adam")
class WeightsOfTheMeans:
    """Sums of weighted gradients, divided by the sum of their weights."""

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
        """Plain numbers to begin with."""
        self.states = [[param, 0.0, 0.0, 0.0, 0.0] for param in params]
        self.lr, self.betas, self.eps = lr, betas, eps

    def step(self):
        """The weights are summed up as the gradients are."""
        beta1, beta2 = self.betas
        with torch.no_grad():
            for state in self.states:
                param, m, weight_m, v, weight_v = state
                if param.grad is not None:
                    m, weight_m = beta1 * m + (1 - beta1) * param.grad, beta1 * weight_m + (1 - beta1)
                    v, weight_v = beta2 * v + (1 - beta2) * param.grad**2, beta2 * weight_v + (1 - beta2)
                    state[1:] = m, weight_m, v, weight_v
                    param.sub_(self.lr * (m / weight_m) / ((v / weight_v) ** 0.5 + self.eps))


@right_answer("descend")
def gradients_assigned(loss_function, params, step, steps):
    """torch.autograd.grad, with its results put into .grad."""
    losses = []
    for _ in range(steps):
        loss = loss_function()
        for param, gradient in zip(params, torch.autograd.grad(loss, params), strict=True):
            param.grad = gradient
        losses.append(float(loss.detach()))
        step()
    return losses


@right_answer("descend")
def cleared_between_loss_and_backward(loss_function, params, step, steps):
    """Cleared between the loss and backward, and once more at the end."""
    losses = [0.0] * steps
    for position in range(steps):
        loss = loss_function()
        zero_gradients(params)
        loss.backward()
        losses[position] = loss.detach().item()
        step()
        zero_gradients(params)
    return losses


@right_answer("fit_line")
def with_parameters_of_nn(x, y, make_optimizer, steps, start=None):
    """nn.Parameter, and the mean square from a dot product."""
    weights = torch.nn.Parameter(x.new_zeros(x.shape[1]) if start is None else start.clone())
    bias = torch.nn.Parameter(x.new_tensor(0.0))
    optimizer = make_optimizer([weights, bias])

    def loss():
        rest = y - bias - (x * weights).sum(1)
        return rest @ rest / len(y)

    losses = descend(loss, [weights, bias], optimizer.step, steps)
    return weights.detach(), bias.detach(), losses


@right_answer("fit_line")
def with_columns(x, y, make_optimizer, steps, start=None):
    """Columns on both sides, by einsum and mse_loss."""
    weights = torch.zeros(x.shape[1], dtype=x.dtype, device=x.device)
    if start is not None:
        weights.copy_(start)
    weights.requires_grad_()
    bias = torch.zeros((), dtype=x.dtype, device=x.device, requires_grad=True)
    optimizer, losses = make_optimizer([weights, bias]), []
    for _ in range(steps):
        loss = torch.nn.functional.mse_loss(torch.einsum("nd,d->n", x, weights)[:, None] + bias, y[:, None])
        weights.grad, bias.grad = torch.autograd.grad(loss, (weights, bias))
        losses.append(loss.item())
        optimizer.step()
    return weights.detach().clone(), bias.detach().clone(), losses
