"""Known wrong answers to autograd/update_rule."""

import torch

from pt_kata.stand_ins import mistake
from solutions.autograd.update_rule import Adam as RightAdam
from solutions.autograd.update_rule import Momentum as RightMomentum
from solutions.autograd.update_rule import descend, zero_gradients
from solutions.autograd.update_rule import fit_line as right_fit_line


def mean_square(x, y, weights, bias):
    """The loss of a line."""
    return (x @ weights + bias - y).square().mean()


class ByParameter(RightMomentum):
    """Momentum, with what happens to one parameter in a method of its own."""

    def step(self):
        """Move every parameter that has a gradient."""
        with torch.no_grad():
            for i, param in enumerate(self.params):
                if param.grad is not None:
                    self.move(i, param)


class InParts(RightAdam):
    """Adam, with what happens to one parameter in three methods."""

    def step(self):
        """Move every parameter that has a gradient."""
        with torch.no_grad():
            for i, param in enumerate(self.params):
                if param.grad is not None:
                    self.count(i)
                    self.remember(i, param.grad)
                    self.move(param, self.means[i], self.squares[i], self.counts[i])

    def count(self, i):
        """Count the step of one parameter."""
        self.counts[i] += 1

    def remember(self, i, gradient):
        """Bring both means up to date."""
        self.mean_of(i, gradient)
        self.square_of(i, gradient)

    def mean_of(self, i, gradient):
        """Bring the mean of the gradient up to date."""
        self.means[i].mul_(self.betas[0]).add_((1 - self.betas[0]) * gradient)

    def square_of(self, i, gradient):
        """Bring the mean of its square up to date."""
        self.squares[i].mul_(self.betas[1]).add_((1 - self.betas[1]) * gradient.square())

    def move(self, param, mean, square, t):
        """Take the step."""
        mean_hat, square_hat = self.corrected(mean, square, t)
        param -= self.lr * mean_hat / (square_hat.sqrt() + self.eps)

    def corrected(self, mean, square, t):
        """Both means without their bias towards 0."""
        return mean / (1 - self.betas[0] ** t), square / (1 - self.betas[1] ** t)


@mistake("sgd_step", caught_by="test_sgd_step_by_hand")
def new_tensor_under_an_old_name(params, lr):
    """A new tensor under an old name.

    w = w - lr * w.grad computes a new tensor and ties the name w to it. The model holds the old one, which has not
    moved.

    Try:
        >>> w = torch.tensor(1.0, requires_grad=True)
        >>> w.grad = torch.tensor(0.5)
        >>> sgd_step([w], lr=0.2)
        >>> w
        tensor(1., requires_grad=True)
    """
    with torch.no_grad():
        for param in params:
            if param.grad is not None:
                param = param - lr * param.grad


@mistake("sgd_step", caught_by="test_sgd_step_writes_into_the_same_memory")
def new_tensors_in_the_list(params, lr):
    """New tensors put into the list.

    Each place of the list gets a new tensor. The caller's list changes, and the model still holds the tensors that were
    in it.

    Try:
        >>> params = [torch.tensor(1.0, requires_grad=True)]
        >>> w, params[0].grad = params[0], torch.tensor(0.5)
        >>> sgd_step(params, lr=0.2)
        >>> w, params
        (tensor(1., requires_grad=True), [tensor(0.9000)])
    """
    with torch.no_grad():
        for position, param in enumerate(params):
            if param.grad is not None:
                params[position] = param - lr * param.grad


@mistake("sgd_step", caught_by="test_sgd_step_by_hand")
def step_recorded_by_autograd(params, lr):
    """A step that autograd records.

    The parameter is written to in place while autograd records. It refuses to do this to a leaf, since the step would
    become part of the model.

    Try:
        >>> w = torch.tensor(1.0, requires_grad=True)
        >>> w.grad = torch.tensor(0.5)
        >>> sgd_step([w], lr=0.2)
        Traceback (most recent call last):
        RuntimeError: a leaf Variable that requires grad is being used in an in-place operation.
    """
    for param in params:
        if param.grad is not None:
            param -= lr * param.grad


@mistake("sgd_step", caught_by="test_sgd_step_is_noticed_by_autograd")
def hidden_write(params, lr):
    """A write behind autograd's back.

    The step goes through .data, which leaves the version counter of the parameter as it was. A later backward through
    an old loss then uses the new value and says nothing.

    Try:
        >>> w = torch.tensor(1.0, requires_grad=True)
        >>> w.grad = torch.tensor(0.5)
        >>> sgd_step([w], lr=0.2)
        >>> w._version
        0
    """
    for param in params:
        if param.grad is not None:
            param.data -= lr * param.grad


@mistake("sgd_step", caught_by="test_sgd_step_writes_into_the_same_memory")
def new_memory(params, lr):
    """A parameter that is given new memory.

    A new tensor is assigned to .data, so that the parameter points to other memory from then on. Whoever shares the old
    memory keeps the old values.

    Try:
        >>> w = torch.tensor(1.0, requires_grad=True)
        >>> w.grad = torch.tensor(0.5)
        >>> tied = w.detach()
        >>> sgd_step([w], lr=0.2)
        >>> tied
        tensor(1.)
    """
    for param in params:
        if param.grad is not None:
            param.data = param.data - lr * param.grad


@mistake("sgd_step", caught_by="test_sgd_step_by_hand")
def uphill(params, lr):
    """A step uphill.

    The gradient is added. It points to where the loss grows, and descent goes the other way.

    Try:
        >>> w = torch.tensor(1.0, requires_grad=True)
        >>> w.grad = torch.tensor(0.5)
        >>> sgd_step([w], lr=0.2)
        >>> w
        tensor(1.1000, requires_grad=True)
    """
    with torch.no_grad():
        for param in params:
            if param.grad is not None:
                param += lr * param.grad


@mistake("sgd_step", caught_by="test_sgd_step_by_hand")
def gradient_of_length_one(params, lr):
    """A gradient that is scaled to length 1.

    The gradient is divided by its norm, so that only its direction counts. Plain gradient descent goes far where the
    loss is steep, and stops where it is flat.

    Try:
        >>> w = torch.tensor([1.0], requires_grad=True)
        >>> w.grad = torch.tensor([4.0])
        >>> sgd_step([w], 0.5)
        >>> w.tolist()
        [0.5]
    """
    with torch.no_grad():
        for param in params:
            if param.grad is not None:
                param -= lr * param.grad / param.grad.norm()


@mistake("sgd_step", caught_by="test_sgd_step_by_hand")
def learning_rate_left_out(params, lr):
    """A step without the learning rate.

    The whole gradient is subtracted, whatever lr is. lr says how far to go, and the gradient alone usually goes much
    too far.

    Try:
        >>> w = torch.tensor(1.0, requires_grad=True)
        >>> w.grad = torch.tensor(0.5)
        >>> sgd_step([w], lr=0.2)
        >>> w
        tensor(0.5000, requires_grad=True)
    """
    with torch.no_grad():
        for param in params:
            if param.grad is not None:
                param -= param.grad


@mistake("sgd_step", caught_by="test_sgd_step_passes_over_a_parameter_without_gradient")
def every_parameter_has_a_gradient(params, lr):
    """A gradient that is taken for granted.

    The gradient of every parameter is used without a look at whether there is one. A parameter that took no part in the
    loss has None there, which can't be multiplied.

    Try:
        >>> sgd_step([torch.tensor(1.0, requires_grad=True)], lr=0.2)
        Traceback (most recent call last):
        TypeError: unsupported operand type(s) for *: 'float' and 'NoneType'
    """
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad


@mistake("sgd_step", caught_by="test_sgd_step_passes_over_a_parameter_without_gradient")
def end_at_the_first_none(params, lr):
    """An end at the first parameter without a gradient.

    The loop ends where a gradient is None. The parameters after it have gradients, and do not move.

    Try:
        >>> unused, w = torch.tensor(1.0, requires_grad=True), torch.tensor(1.0, requires_grad=True)
        >>> w.grad = torch.tensor(0.5)
        >>> sgd_step([unused, w], lr=0.2)
        >>> w
        tensor(1., requires_grad=True)
    """
    with torch.no_grad():
        for param in params:
            if param.grad is None:
                break
            param -= lr * param.grad


@mistake("sgd_step", caught_by="test_sgd_step_passes_over_a_parameter_without_gradient")
def invented_zeros(params, lr):
    """Zeros for a gradient that isn't there.

    A parameter without a gradient is given one of zeros. That is no longer the same as none, as soon as an optimizer
    with a memory sees it.

    Try:
        >>> w = torch.tensor(1.0, requires_grad=True)
        >>> sgd_step([w], lr=0.2)
        >>> w.grad
        tensor(0.)
    """
    with torch.no_grad():
        for param in params:
            if param.grad is None:
                param.grad = torch.zeros_like(param)
            param -= lr * param.grad


@mistake("sgd_step", caught_by="test_sgd_step_by_hand")
def truth_of_a_gradient(params, lr):
    """A gradient that is asked for its truth.

    if param.grad asks whether the numbers in the gradient are true, not whether there is a gradient. For more than one
    number torch can't say.

    Try:
        >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
        >>> w.grad = torch.tensor([0.5, 0.5])
        >>> sgd_step([w], lr=0.2)
        Traceback (most recent call last):
        RuntimeError: Boolean value of Tensor with more than one value is ambiguous
    """
    with torch.no_grad():
        for param in params:
            if param.grad:
                param -= lr * param.grad


@mistake("sgd_step", caught_by="test_sgd_step_only_reads_the_gradient")
def gradient_scaled_in_place(params, lr):
    """A gradient that is scaled in place.

    The gradient itself is multiplied by lr before it is subtracted. Whoever reads it afterwards finds another number.

    Try:
        >>> w = torch.tensor(1.0, requires_grad=True)
        >>> w.grad = torch.tensor(0.5)
        >>> sgd_step([w], lr=0.2)
        >>> w.grad
        tensor(0.1000)
    """
    with torch.no_grad():
        for param in params:
            if param.grad is not None:
                param -= param.grad.mul_(lr)


@mistake("sgd_step", caught_by="test_sgd_step_only_reads_the_gradient")
def gradient_cleared_by_the_step(params, lr):
    """A gradient that the step clears.

    After the step .grad is None. The gradient is only to be read here, and clearing it is a job of its own.

    Try:
        >>> w = torch.tensor(1.0, requires_grad=True)
        >>> w.grad = torch.tensor(0.5)
        >>> sgd_step([w], lr=0.2)
        >>> w.grad is None
        True
    """
    with torch.no_grad():
        for param in params:
            if param.grad is not None:
                param -= lr * param.grad
                param.grad = None


@mistake("sgd_step", caught_by="test_sgd_step_only_reads_the_gradient")
def gradient_zeroed_by_the_step(params, lr):
    """A gradient that the step fills with zeros.

    After the step the gradient is overwritten with zeros. It is only to be read here, and clearing it is a job of its
    own.

    Try:
        >>> w = torch.tensor(1.0, requires_grad=True)
        >>> w.grad = torch.tensor(0.5)
        >>> sgd_step([w], lr=0.2)
        >>> w.grad
        tensor(0.)
    """
    with torch.no_grad():
        for param in params:
            if param.grad is not None:
                param -= lr * param.grad
                param.grad.zero_()


@mistake("sgd_step", caught_by="test_sgd_step_leaves_a_leaf")
def frozen_parameter(params, lr):
    """A parameter that is left without requires_grad.

    requires_grad is switched off for the write and never on again. The next loss finds no gradient for this parameter.

    Try:
        >>> w = torch.tensor(1.0, requires_grad=True)
        >>> w.grad = torch.tensor(0.5)
        >>> sgd_step([w], lr=0.2)
        >>> w.requires_grad
        False
    """
    for param in params:
        if param.grad is not None:
            param.requires_grad_(False)
            param -= lr * param.grad


@mistake("sgd_step", caught_by="test_sgd_step_leaves_a_leaf")
def recording_left_off(params, lr):
    """Recording that stays off.

    torch.set_grad_enabled(False) is called as a plain function. It outlives the step, and the next loss has no graph.

    Try:
        >>> w = torch.tensor(1.0, requires_grad=True)
        >>> w.grad = torch.tensor(0.5)
        >>> with torch.enable_grad():
        ...     sgd_step([w], lr=0.2)
        ...     torch.is_grad_enabled()
        False
    """
    torch.set_grad_enabled(False)
    for param in params:
        if param.grad is not None:
            param -= lr * param.grad


@mistake("sgd_step", caught_by="test_sgd_step_by_hand", forbidden=True)
def optimizer_of_torch(params, lr):
    """The optimizer of torch.

    torch.optim.SGD is made and takes the step. This kata forbids it, since its step is what you are building.

    Try:
        >>> sgd_step([], lr=0.2)
        Traceback (most recent call last):
        ValueError: optimizer got an empty parameter list
    """
    torch.optim.SGD(params, lr=lr).step()


@mistake("zero_gradients", caught_by="test_zero_gradients_leaves_none")
def zeros_written_into_the_gradient(params):
    """Zeros written into the gradient.

    The old gradient tensor is overwritten with zeros and stays in .grad. Zeros are a gradient too, and whoever holds
    the old tensor loses its values.

    Try:
        >>> w = torch.tensor(2.0, requires_grad=True)
        >>> (3 * w).backward()
        >>> zero_gradients([w])
        >>> w.grad
        tensor(0.)
    """
    for param in params:
        if param.grad is not None:
            param.grad.zero_()


@mistake("zero_gradients", caught_by="test_zero_gradients_leaves_none")
def zeros_written_into_no_gradient(params):
    """Zeros written into a gradient that may be missing.

    zero_ is called on every .grad, also on one that is None. And where there is a gradient, zeros are not the same as
    none.

    Try:
        >>> zero_gradients([torch.tensor(2.0, requires_grad=True)])
        Traceback (most recent call last):
        AttributeError: 'NoneType' object has no attribute 'zero_'
    """
    for param in params:
        param.grad.zero_()


@mistake("zero_gradients", caught_by="test_zero_gradients_leaves_none")
def new_zeros_for_all(params):
    """New zeros for every gradient.

    Every parameter is given a gradient of zeros, also one that had none. Zeros say that the slope is 0, and None says
    that there is no gradient.

    Try:
        >>> w = torch.tensor(2.0, requires_grad=True)
        >>> (3 * w).backward()
        >>> zero_gradients([w])
        >>> w.grad
        tensor(0.)
    """
    for param in params:
        param.grad = torch.zeros_like(param)


@mistake("zero_gradients", caught_by="test_zero_gradients_leaves_none")
def new_zeros_for_some(params):
    """New zeros where there was a gradient.

    A gradient is replaced by zeros, and a missing one stays missing. Zeros are a gradient too, and a velocity moves the
    parameter on.

    Try:
        >>> w = torch.tensor(2.0, requires_grad=True)
        >>> (3 * w).backward()
        >>> old = w.grad
        >>> zero_gradients([w])
        >>> old, w.grad
        (tensor(3.), tensor(0.))
    """
    for param in params:
        if param.grad is not None:
            param.grad = torch.zeros_like(param.grad)


@mistake("zero_gradients", caught_by="test_zero_gradients_does_not_write")
def zeros_before_none(params):
    """Zeros written into a gradient that is let go.

    The gradient is filled with zeros before .grad becomes None. The write is of no use to the parameter, and destroys
    what others may hold.

    Try:
        >>> w = torch.tensor(2.0, requires_grad=True)
        >>> (3 * w).backward()
        >>> kept = w.grad
        >>> zero_gradients([w])
        >>> kept
        tensor(0.)
    """
    for param in params:
        if param.grad is not None:
            param.grad.zero_()
        param.grad = None


@mistake("zero_gradients", caught_by="test_zero_gradients_leaves_none")
def name_cleared(params):
    """A name that is cleared.

    A local name for the gradient is set to None. The parameter keeps its gradient, since a name is not the tensor's
    attribute.

    Try:
        >>> w = torch.tensor(2.0, requires_grad=True)
        >>> (3 * w).backward()
        >>> zero_gradients([w])
        >>> w.grad
        tensor(3.)
    """
    for param in params:
        gradient = param.grad
        gradient = None  # noqa: F841


@mistake("zero_gradients", caught_by="test_zero_gradients_leaves_none")
def only_the_first(params):
    """A loop that ends after one parameter.

    The function returns inside the loop, after the first parameter. All others keep their gradients, and the next
    backward adds to them.

    Try:
        >>> v, w = torch.tensor(1.0, requires_grad=True), torch.tensor(2.0, requires_grad=True)
        >>> (v * w).backward()
        >>> zero_gradients([v, w])
        >>> w.grad
        tensor(1.)
    """
    for param in params:
        param.grad = None
        return


@mistake("Momentum", caught_by="test_momentum_by_hand")
class RunningMean(ByParameter):
    """A running mean in place of a sum.

    The new gradient is damped by (1 - momentum) on its way into the velocity. In this rule it enters as a whole, so
    that the velocity is a sum that grows beyond one gradient.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Momentum([w], lr=1.0, momentum=0.5), torch.tensor(1.0)
        >>> optimizer.step(), optimizer.step()
        (None, None)
        >>> w.item()
        -1.25
    """

    def move(self, i, param):
        """One parameter."""
        self.velocities[i].mul_(self.momentum).add_((1 - self.momentum) * param.grad)
        param -= self.lr * self.velocities[i]


@mistake("Momentum", caught_by="test_momentum_by_hand")
class ForgottenVelocity(ByParameter):
    """A velocity that is forgotten.

    Every step starts from a velocity of 0. Nothing is carried from one step to the next, and momentum has no effect.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Momentum([w], lr=1.0, momentum=0.5), torch.tensor(1.0)
        >>> optimizer.step(), optimizer.step()
        (None, None)
        >>> w.item()
        -2.0
    """

    def move(self, i, param):
        """One parameter."""
        self.velocities[i].zero_().mul_(self.momentum).add_(param.grad)
        param -= self.lr * self.velocities[i]


@mistake("Momentum", caught_by="test_momentum_by_hand")
class NesterovStep(ByParameter):
    """A look ahead, after Nesterov.

    The parameter moves by grad + momentum * v, with the new v. That is another rule, which takes the next step of the
    velocity in advance.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Momentum([w], lr=1.0, momentum=0.5), torch.tensor(1.0)
        >>> optimizer.step(), optimizer.step()
        (None, None)
        >>> w.item()
        -3.25
    """

    def move(self, i, param):
        """One parameter."""
        self.velocities[i].mul_(self.momentum).add_(param.grad)
        param -= self.lr * (param.grad + self.momentum * self.velocities[i])


@mistake("Momentum", caught_by="test_momentum_by_hand")
class LateVelocity(ByParameter):
    """A velocity that is used one step late.

    The parameter moves by the velocity before the new gradient is in it. The first step goes nowhere, and each later
    one follows the gradient before it.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Momentum([w], lr=1.0, momentum=0.5), torch.tensor(1.0)
        >>> optimizer.step(), optimizer.step()
        (None, None)
        >>> w.item()
        -1.0
    """

    def move(self, i, param):
        """One parameter."""
        param -= self.lr * self.velocities[i]
        self.velocities[i].mul_(self.momentum).add_(param.grad)


@mistake("Momentum", caught_by="test_momentum_by_hand")
class FactorOnTheGradient(ByParameter):
    """The momentum on the gradient.

    The gradient is multiplied by momentum and the velocity is kept whole. It is the old velocity that is to fade, or it
    never forgets.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Momentum([w], lr=1.0, momentum=0.5), torch.tensor(1.0)
        >>> optimizer.step(), optimizer.step()
        (None, None)
        >>> w.item()
        -1.5
    """

    def move(self, i, param):
        """One parameter."""
        self.velocities[i].add_(self.momentum * param.grad)
        param -= self.lr * self.velocities[i]


@mistake("Momentum", caught_by="test_momentum_by_hand")
class NothingFades(ByParameter):
    """A velocity that never fades.

    The gradients are added up, and momentum is not used. What was seen long ago counts as much as the last gradient.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Momentum([w], lr=1.0, momentum=0.5), torch.tensor(1.0)
        >>> optimizer.step(), optimizer.step()
        (None, None)
        >>> w.item()
        -3.0
    """

    def move(self, i, param):
        """One parameter."""
        self.velocities[i].add_(param.grad)
        param -= self.lr * self.velocities[i]


@mistake("Momentum", caught_by="test_momentum_by_hand")
class GradientTwice(ByParameter):
    """The gradient counted twice.

    The parameter moves by the velocity and by the gradient. The gradient is in the velocity already.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Momentum([w], lr=1.0, momentum=0.5), torch.tensor(1.0)
        >>> optimizer.step(), optimizer.step()
        (None, None)
        >>> w.item()
        -4.5
    """

    def move(self, i, param):
        """One parameter."""
        self.velocities[i].mul_(self.momentum).add_(param.grad)
        param -= self.lr * (self.velocities[i] + param.grad)


@mistake("Momentum", caught_by="test_momentum_by_hand")
class UphillVelocity(ByParameter):
    """A velocity that is added.

    The velocity is a sum of gradients, and it is added to the parameter. Gradients point to where the loss grows.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Momentum([w], lr=1.0, momentum=0.5), torch.tensor(1.0)
        >>> optimizer.step(), optimizer.step()
        (None, None)
        >>> w.item()
        2.5
    """

    def move(self, i, param):
        """One parameter."""
        self.velocities[i].mul_(self.momentum).add_(param.grad)
        param += self.lr * self.velocities[i]


@mistake("Momentum", caught_by="test_the_gradient_tensor_may_be_used_again")
class GradientAsVelocity(ByParameter):
    """A velocity that is the gradient tensor itself.

    The first gradient is kept as the velocity, under a second name. What overwrites the gradient later overwrites the
    velocity.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Momentum([w], lr=1.0, momentum=0.5), torch.tensor(1.0)
        >>> optimizer.step()
        >>> w.grad.zero_()
        tensor(0.)
        >>> optimizer.step()
        >>> w.item()
        -1.0
    """

    def __init__(self, params, lr, momentum=0.9):
        """No velocity yet."""
        super().__init__(params, lr, momentum)
        self.velocities = [None] * len(self.params)

    def move(self, i, param):
        """One parameter."""
        old = self.velocities[i]
        self.velocities[i] = param.grad if old is None else self.momentum * old + param.grad
        param -= self.lr * self.velocities[i]


@mistake("Momentum", caught_by="test_the_gradient_tensor_may_be_used_again")
class GradientAsVelocityInPlace(ByParameter):
    """A velocity that is the gradient tensor and is written to.

    The first gradient is kept as the velocity under a second name, and later steps write into it. Gradient and velocity
    are then one tensor, and each destroys the other.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Momentum([w], lr=1.0, momentum=0.5), torch.tensor(1.0)
        >>> optimizer.step(), optimizer.step()
        (None, None)
        >>> w.item()
        -2.0
    """

    def __init__(self, params, lr, momentum=0.9):
        """No velocity yet."""
        super().__init__(params, lr, momentum)
        self.velocities = [None] * len(self.params)

    def move(self, i, param):
        """One parameter."""
        if self.velocities[i] is None:
            self.velocities[i] = param.grad
        else:
            self.velocities[i].mul_(self.momentum).add_(param.grad)
        param -= self.lr * self.velocities[i]


@mistake("Momentum", caught_by="test_parameters_do_not_share_a_state")
class OneVelocityForAll(RightMomentum):
    """One velocity for all parameters.

    All parameters add to the same velocity, one after the other. Each is carried on by the gradients of its neighbours.

    Try:
        >>> v, w = (torch.tensor(0.0, requires_grad=True) for _ in range(2))
        >>> v.grad, w.grad = torch.tensor(1.0), torch.tensor(0.0)
        >>> Momentum([v, w], lr=1.0, momentum=0.5).step()
        >>> w.item()
        -0.5
    """

    def __init__(self, params, lr, momentum=0.9):
        """A single number to begin with."""
        super().__init__(params, lr, momentum)
        self.velocity = 0.0

    def step(self):
        """One step."""
        with torch.no_grad():
            for param in self.params:
                if param.grad is not None:
                    self.velocity = self.momentum * self.velocity + param.grad
                    param -= self.lr * self.velocity


@mistake("Momentum", caught_by="test_a_new_optimizer_starts_afresh")
class VelocitiesInTheClass(RightMomentum):
    """Velocities kept in the class.

    The dictionary of velocities stands in the body of the class. It is one for all optimizers, and a new one goes on
    with the velocity of the last.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> w.grad = torch.tensor(1.0)
        >>> Momentum([w], lr=1.0).step(), Momentum([w], lr=1.0).step()
        (None, None)
        >>> w.item()
        -2.9...
    """

    shared: dict[torch.Tensor, torch.Tensor] = {}  # noqa: RUF012

    def __init__(self, params, lr, momentum=0.9):
        """From the class."""
        super().__init__(params, lr, momentum)
        self.velocities = [self.shared.setdefault(param, torch.zeros_like(param)) for param in self.params]


@mistake("Momentum", caught_by="test_a_gradient_may_come_late_and_pause")
class Coasting(RightMomentum):
    """A parameter that coasts without a gradient.

    A missing gradient is taken for zeros, so that the velocity fades and moves the parameter on. In such a step the
    parameter and its velocity are to rest.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Momentum([w], lr=1.0, momentum=0.5), torch.tensor(1.0)
        >>> for _ in range(2):
        ...     optimizer.step()
        ...     w.grad = None
        >>> w.item()
        -1.5
    """

    def step(self):
        """One step."""
        with torch.no_grad():
            for param, velocity in zip(self.params, self.velocities, strict=True):
                velocity.mul_(self.momentum)
                if param.grad is not None:
                    velocity.add_(param.grad)
                param -= self.lr * velocity


@mistake("Momentum", caught_by="test_a_gradient_may_come_late_and_pause")
class FadingPause(RightMomentum):
    """A velocity that fades while its parameter rests.

    Where there is no gradient the parameter rests, but its velocity is multiplied by momentum. It is to be kept as it
    is.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer = Momentum([w], lr=1.0, momentum=0.5)
        >>> for w.grad in (torch.tensor(1.0), None, torch.tensor(1.0)):
        ...     optimizer.step()
        >>> w.item()
        -2.25
    """

    def step(self):
        """One step."""
        with torch.no_grad():
            for param, velocity in zip(self.params, self.velocities, strict=True):
                velocity.mul_(self.momentum)
                if param.grad is not None:
                    velocity.add_(param.grad)
                    param -= self.lr * velocity


@mistake("Momentum", caught_by="test_a_gradient_may_come_late_and_pause")
class CarriedByTheVelocity(RightMomentum):
    """A parameter that moves on without a gradient.

    Where there is no gradient the velocity is kept as it is, and the parameter moves by it all the same. A parameter
    without a gradient is to rest.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer = Momentum([w], lr=1.0, momentum=0.5)
        >>> for w.grad in (torch.tensor(1.0), None):
        ...     optimizer.step()
        >>> w.item()
        -2.0
    """

    def step(self):
        """One step."""
        with torch.no_grad():
            for param, velocity in zip(self.params, self.velocities, strict=True):
                if param.grad is not None:
                    velocity.mul_(self.momentum).add_(param.grad)
                param -= self.lr * velocity


@mistake("Momentum", caught_by="test_a_gradient_may_come_late_and_pause")
class GradientTakenForGranted(RightMomentum):
    """A gradient that is taken for granted.

    The gradient of every parameter is used without a look at whether there is one. A parameter that took no part in the
    loss has None there, which can't be added.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> Momentum([w], lr=1.0).step()
        Traceback (most recent call last):
        TypeError: ...
    """

    def step(self):
        """One step."""
        with torch.no_grad():
            for param, velocity in zip(self.params, self.velocities, strict=True):
                velocity.mul_(self.momentum).add_(param.grad)
                param -= self.lr * velocity


@mistake("Momentum", caught_by="test_momentum_by_hand")
class NewTensorUnderAnOldName(ByParameter):
    """A new tensor under an old name.

    w = w - lr * v computes a new tensor and ties the name w to it. The model holds the old one, which has not moved.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Momentum([w], lr=1.0, momentum=0.5), torch.tensor(1.0)
        >>> optimizer.step()
        >>> w.item()
        0.0
    """

    def move(self, i, param):
        """One parameter."""
        self.velocities[i].mul_(self.momentum).add_(param.grad)
        param = param - self.lr * self.velocities[i]


@mistake("Momentum", caught_by="test_momentum_by_hand")
class StepRecordedByAutograd(RightMomentum):
    """A step that autograd records.

    The parameter is written to in place while autograd records. It refuses to do this to a leaf, since the step would
    become part of the model.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Momentum([w], lr=1.0, momentum=0.5), torch.tensor(1.0)
        >>> optimizer.step()
        Traceback (most recent call last):
        RuntimeError: a leaf Variable that requires grad is being used in an in-place operation.
    """

    def step(self):
        """One step."""
        for param, velocity in zip(self.params, self.velocities, strict=True):
            if param.grad is not None:
                velocity.mul_(self.momentum).add_(param.grad)
                param -= self.lr * velocity


@mistake("Momentum", caught_by="test_momentum_and_adam_write_as_sgd_step_does")
class HiddenWrite(ByParameter):
    """A write behind autograd's back.

    The step goes through .data, which leaves the version counter of the parameter as it was. A later backward through
    an old loss then uses the new value and says nothing.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Momentum([w], lr=1.0, momentum=0.5), torch.tensor(1.0)
        >>> optimizer.step()
        >>> w._version
        0
    """

    def move(self, i, param):
        """One parameter."""
        self.velocities[i].mul_(self.momentum).add_(param.grad)
        param.data -= self.lr * self.velocities[i]


@mistake("Momentum", caught_by="test_momentum_and_adam_write_as_sgd_step_does")
class GradientClearedByTheStep(ByParameter):
    """A gradient that the step clears.

    After the step .grad is None. The gradient is only to be read here, and clearing it is a job of its own.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Momentum([w], lr=1.0, momentum=0.5), torch.tensor(1.0)
        >>> optimizer.step()
        >>> w.grad is None
        True
    """

    def move(self, i, param):
        """One parameter."""
        self.velocities[i].mul_(self.momentum).add_(param.grad)
        param -= self.lr * self.velocities[i]
        param.grad = None


@mistake("Momentum", caught_by="test_the_parameters_may_be_readable_only_once")
class ReadOnlyOnce(RightMomentum):
    """Parameters that are read only once.

    The iterable is kept as it came, and the first reading empties a generator. The steps after it find no parameters.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Momentum(iter([w]), lr=1.0), torch.tensor(1.0)
        >>> optimizer.step(), optimizer.step()
        (None, None)
        >>> w.item()
        -1.0
    """

    def __init__(self, params, lr, momentum=0.9):
        """The iterable as it came, and velocities when they are needed."""
        super().__init__([], lr, momentum)
        self.params, self.state = params, {}

    def step(self):
        """One step."""
        with torch.no_grad():
            for param in self.params:
                if param.grad is not None:
                    old = self.state.get(param, torch.zeros_like(param))
                    self.state[param] = self.momentum * old + param.grad
                    param -= self.lr * self.state[param]


@mistake("Momentum", caught_by="test_the_parameters_may_be_readable_only_once")
class ReadByTheVelocities(RightMomentum):
    """Parameters that are gone once the velocities are made.

    The iterable is kept as it came and read to make the velocities. A generator is empty after that, and no step finds
    a parameter.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Momentum(iter([w]), lr=1.0), torch.tensor(1.0)
        >>> optimizer.step(), optimizer.step()
        (None, None)
        >>> w.item()
        0.0
    """

    def __init__(self, params, lr, momentum=0.9):
        """The iterable as it came."""
        super().__init__(params, lr, momentum)
        self.params = self.params if isinstance(params, list | tuple) else []

    def step(self):
        """One step."""
        with torch.no_grad():
            for param, velocity in zip(self.params, self.velocities, strict=False):
                if param.grad is not None:
                    velocity.mul_(self.momentum).add_(param.grad)
                    param -= self.lr * velocity


@mistake("Momentum", caught_by="test_momentum_agrees_with_torch")
class VelocityInFloat32(RightMomentum):
    """Velocities of the default dtype.

    The velocities are made by torch.zeros, which gives float32 whatever the parameter has. A float64 parameter then
    moves by rounded steps.

    Try:
        >>> w = torch.tensor(0.0, dtype=torch.float64, requires_grad=True)
        >>> w.grad = torch.tensor(0.1, dtype=torch.float64)
        >>> Momentum([w], lr=1.0).step()
        >>> w.item()
        -0.10000000149011612
    """

    def __init__(self, params, lr, momentum=0.9):
        """In float32."""
        super().__init__(params, lr, momentum)
        self.velocities = [torch.zeros(param.shape) for param in self.params]


@mistake("Adam", caught_by="test_the_first_step_of_adam_has_the_size_lr")
class NoCorrection(InParts):
    """No correction of the two means.

    m and v are used as they are. Both start from 0 and are too small at first, v more so, and the first step is 3.16
    times lr.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Adam([w], lr=0.1), torch.tensor(2.0)
        >>> optimizer.step()
        >>> round(w.item(), 4)
        -0.3162
    """

    def corrected(self, mean, square, t):
        """The mistake."""
        return mean, square


@mistake("Adam", caught_by="test_the_first_step_of_adam_has_the_size_lr")
class SquaresNotCorrected(InParts):
    """A correction of the mean alone.

    m is corrected and v is not. v is a thousandth of what it should be in the first step, and the step is 31.6 times
    lr.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Adam([w], lr=0.1), torch.tensor(2.0)
        >>> optimizer.step()
        >>> round(w.item(), 4)
        -3.1623
    """

    def corrected(self, mean, square, t):
        """The mistake."""
        return mean / (1 - self.betas[0] ** t), square


@mistake("Adam", caught_by="test_the_first_step_of_adam_has_the_size_lr")
class MeanNotCorrected(InParts):
    """A correction of the squares alone.

    v is corrected and m is not. m is a tenth of the gradient in the first step, and so the step is a tenth of lr.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Adam([w], lr=0.1), torch.tensor(2.0)
        >>> optimizer.step()
        >>> round(w.item(), 4)
        -0.01
    """

    def corrected(self, mean, square, t):
        """The mistake."""
        return mean, square / (1 - self.betas[1] ** t)


@mistake("Adam", caught_by="test_eps_of_adam_stands_outside_the_root")
class EpsUnderTheRoot(InParts):
    """eps under the root.

    eps is added to v_hat, before the root is taken. Its own root is then added to small gradients, and the root of 1e-8
    is 1e-4.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Adam([w], lr=1.0, eps=0.1), torch.tensor(0.1)
        >>> optimizer.step()
        >>> round(w.item(), 4)
        -0.3015
    """

    def move(self, param, mean, square, t):
        """The mistake."""
        mean_hat, square_hat = self.corrected(mean, square, t)
        param -= self.lr * mean_hat / (square_hat + self.eps).sqrt()


@mistake("Adam", caught_by="test_eps_of_adam_stands_outside_the_root")
class EpsBeforeTheCorrection(InParts):
    """eps before the correction.

    eps is added to the root of v, and the correction comes after it. The correction then enlarges eps as well, to 31.6
    times its size in the first step.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Adam([w], lr=1.0, eps=0.1), torch.tensor(0.1)
        >>> optimizer.step()
        >>> round(w.item(), 4)
        -0.0307
    """

    def move(self, param, mean, square, t):
        """The mistake."""
        mean_hat, _ = self.corrected(mean, square, t)
        root = (square.sqrt() + self.eps) / (1 - self.betas[1] ** t) ** 0.5
        param -= self.lr * mean_hat / root


@mistake("Adam", caught_by="test_eps_of_adam_stands_outside_the_root")
class EpsLeftOut(InParts):
    """No eps.

    The step is divided by the root of v_hat alone. Where the gradient is 0, that is 0 divided by 0.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Adam([w]), torch.tensor(0.0)
        >>> optimizer.step()
        >>> w.item()
        nan
    """

    def move(self, param, mean, square, t):
        """The mistake."""
        mean_hat, square_hat = self.corrected(mean, square, t)
        param -= self.lr * mean_hat / square_hat.sqrt()


@mistake("Adam", caught_by="test_the_first_step_of_adam_has_the_size_lr")
class NoRoot(InParts):
    """A division by v_hat without its root.

    The mean of the gradient is divided by the mean of its square. The root makes both the same size, and without it
    small gradients make huge steps.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Adam([w], lr=0.1), torch.tensor(2.0)
        >>> optimizer.step()
        >>> round(w.item(), 4)
        -0.05
    """

    def move(self, param, mean, square, t):
        """The mistake."""
        mean_hat, square_hat = self.corrected(mean, square, t)
        param -= self.lr * mean_hat / (square_hat + self.eps)


@mistake("Adam", caught_by="test_the_first_step_of_adam_has_the_size_lr")
class GradientNotSquared(InParts):
    """A second mean without the square.

    v is a running mean of the gradient, not of its square. Where the gradient is negative there is no root of it.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Adam([w]), torch.tensor(-2.0)
        >>> optimizer.step()
        >>> w.item()
        nan
    """

    def square_of(self, i, gradient):
        """The mistake."""
        self.squares[i].mul_(self.betas[1]).add_((1 - self.betas[1]) * gradient)


@mistake("Adam", caught_by="test_adam_agrees_with_torch")
class SquareOfTheMean(InParts):
    """The square of the mean for the mean of the square.

    v is fed with m², not with the square of the gradient. Where the gradient changes its sign m nearly cancels, and its
    square with it.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Adam([w], lr=0.1), torch.tensor(2.0)
        >>> optimizer.step()
        >>> round(w.item(), 4)
        -1.0
    """

    def square_of(self, i, gradient):
        """The mistake."""
        self.squares[i].mul_(self.betas[1]).add_((1 - self.betas[1]) * self.means[i].square())


@mistake("Adam", caught_by="test_adam_agrees_with_torch")
class GradientForItsMean(InParts):
    """The gradient in place of its mean.

    The step is the gradient itself, divided by the root of v_hat. The running mean is not used, and nothing is carried
    over from earlier gradients.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer = Adam([w], lr=0.1)
        >>> for w.grad in (torch.tensor(1.0), torch.tensor(-1.0)):
        ...     optimizer.step()
        >>> abs(w.item()) < 1e-6
        True
    """

    def move(self, param, mean, square, t):
        """The mistake."""
        _, square_hat = self.corrected(mean, square, t)
        param -= self.lr * param.grad / (square_hat.sqrt() + self.eps)


@mistake("Adam", caught_by="test_adam_agrees_with_torch")
class BetasSwapped(RightAdam):
    """The two betas in each other's place.

    m survives with beta2 and v with beta1. betas is (beta1, beta2), the first for the mean and the second for the
    square.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer = Adam([w], lr=0.1)
        >>> for w.grad in (torch.tensor(1.0), torch.tensor(0.0)):
        ...     optimizer.step()
        >>> round(w.item(), 3)
        -0.173
    """

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
        """The other way round."""
        super().__init__(params, lr, betas[::-1], eps)


@mistake("Adam", caught_by="test_adam_agrees_with_torch")
class SumsForMeans(InParts):
    """Sums in place of means.

    The gradient and its square enter m and v as they are, without the factors (1 - beta1) and (1 - beta2). After the
    correction m_hat is ten times too large and v_hat a thousand times.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Adam([w], lr=0.1), torch.tensor(2.0)
        >>> optimizer.step()
        >>> round(w.item(), 4)
        -0.0316
    """

    def mean_of(self, i, gradient):
        """The mistake."""
        self.means[i].mul_(self.betas[0]).add_(gradient)

    def square_of(self, i, gradient):
        """The mistake."""
        self.squares[i].mul_(self.betas[1]).add_(gradient.square())


@mistake("Adam", caught_by="test_the_first_step_of_adam_has_the_size_lr")
class CountFromZero(InParts):
    """A count that starts at 0.

    t goes up after it is used, so that it is 0 in the first step. 1 - beta ** 0 is 0, and 0 is what the means are
    divided by.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Adam([w]), torch.tensor(2.0)
        >>> optimizer.step()
        >>> w.item()
        nan
    """

    def corrected(self, mean, square, t):
        """The mistake."""
        return super().corrected(mean, square, t - 1)


@mistake("Adam", caught_by="test_the_first_step_of_adam_has_the_size_lr")
class CountFromTwo(InParts):
    """A count that starts at 2.

    t begins at 1 and goes up before it is used. The first correction is then that of a second step, and too weak.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Adam([w], lr=0.1), torch.tensor(2.0)
        >>> optimizer.step()
        >>> round(w.item(), 4)
        -0.0744
    """

    def corrected(self, mean, square, t):
        """The mistake."""
        return super().corrected(mean, square, t + 1)


@mistake("Adam", caught_by="test_adam_agrees_with_torch")
class CountNeverUp(InParts):
    """A count that stays 1.

    The means are divided by 1 - beta1 and 1 - beta2 in every step, as in the first. The correction has to fade as t
    grows.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Adam([w], lr=0.1), torch.tensor(2.0)
        >>> optimizer.step(), optimizer.step()
        (None, None)
        >>> round(w.item(), 3)
        -0.234
    """

    def count(self, i):
        """The mistake."""
        self.counts[i] = 1


@mistake("Adam", caught_by="test_a_gradient_may_come_late_and_pause")
class StepsOfAll(InParts):
    """One count of steps for all parameters.

    t counts the calls of step, not the gradients of each parameter. A parameter whose first gradient comes late is
    corrected as if it had come from the start.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer = Adam([w], lr=0.1)
        >>> for w.grad in (None, torch.tensor(2.0)):
        ...     optimizer.step()
        >>> round(w.item(), 3)
        -0.074
    """

    calls = 0

    def step(self):
        """Count the call, then go on."""
        self.calls += 1
        super().step()

    def count(self, i):
        """The calls for all."""
        self.counts[i] = self.calls


@mistake("Adam", caught_by="test_adam_agrees_with_torch")
class CountPerParameter(InParts):
    """A count that goes up with every parameter.

    t is one for all and goes up inside the loop over the parameters. The second parameter then starts with t = 2.

    Try:
        >>> v, w = (torch.tensor(0.0, requires_grad=True) for _ in range(2))
        >>> v.grad = w.grad = torch.tensor(2.0)
        >>> Adam([v, w], lr=0.1).step()
        >>> round(v.item(), 3), round(w.item(), 3)
        (-0.1, -0.074)
    """

    def count(self, i):
        """The mistake."""
        self.counts = [self.counts[0] + 1] * len(self.counts)


@mistake("Adam", caught_by="test_adam_agrees_with_torch")
class CorrectedState(InParts):
    """A correction that is kept.

    The corrected m and v are stored in place of the uncorrected ones. The next step corrects them once more.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Adam([w], lr=0.1), torch.tensor(2.0)
        >>> optimizer.step(), optimizer.step()
        (None, None)
        >>> round(w.item(), 3)
        -0.124
    """

    def corrected(self, mean, square, t):
        """The mistake."""
        mean /= 1 - self.betas[0] ** t
        square /= 1 - self.betas[1] ** t
        return mean, square


@mistake("Adam", caught_by="test_the_first_step_of_adam_has_the_size_lr")
class OneScaleForAllEntries(InParts):
    """One scale for all entries.

    The squares of a parameter's entries are averaged, so that all of them are divided by the same number. In Adam every
    entry has a v of its own.

    Try:
        >>> w = torch.tensor([0.0, 0.0], requires_grad=True)
        >>> optimizer, w.grad = Adam([w], lr=0.1), torch.tensor([3.0, 4.0])
        >>> optimizer.step()
        >>> w
        tensor([-0.0849, -0.1131], requires_grad=True)
    """

    def square_of(self, i, gradient):
        """The mistake."""
        self.squares[i].mul_(self.betas[1]).add_((1 - self.betas[1]) * gradient.square().mean())


@mistake("Adam", caught_by="test_the_first_step_of_adam_has_the_size_lr")
class UphillMean(InParts):
    """A step uphill.

    The step is added to the parameter. The gradient points to where the loss grows, and descent goes the other way.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Adam([w], lr=0.1), torch.tensor(2.0)
        >>> optimizer.step()
        >>> round(w.item(), 4)
        0.1
    """

    def move(self, param, mean, square, t):
        """The mistake."""
        mean_hat, square_hat = self.corrected(mean, square, t)
        param += self.lr * mean_hat / (square_hat.sqrt() + self.eps)


@mistake("Adam", caught_by="test_a_gradient_may_come_late_and_pause")
class PausesCountAsZeros(InParts):
    """A missing gradient taken for zeros.

    Where there is no gradient, m and v fade, t goes up and the parameter moves on. In such a step the parameter and its
    state are to rest.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer = Adam([w], lr=0.1)
        >>> for w.grad in (torch.tensor(2.0), None):
        ...     optimizer.step()
        >>> round(w.item(), 3)
        -0.167
    """

    def step(self):
        """Every parameter."""
        with torch.no_grad():
            for i, param in enumerate(self.params):
                self.count(i)
                self.remember(i, torch.zeros_like(param) if param.grad is None else param.grad)
                self.move(param, self.means[i], self.squares[i], self.counts[i])


@mistake("Adam", caught_by="test_a_gradient_may_come_late_and_pause")
class AdamGradientTakenForGranted(InParts):
    """A gradient that is taken for granted.

    The gradient of every parameter is used without a look at whether there is one. A parameter that took no part in the
    loss has None there.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> Adam([w], lr=1.0).step()
        Traceback (most recent call last):
        TypeError: ...
    """

    def step(self):
        """Every parameter."""
        with torch.no_grad():
            for i, param in enumerate(self.params):
                self.count(i)
                self.remember(i, param.grad)
                self.move(param, self.means[i], self.squares[i], self.counts[i])


@mistake("Adam", caught_by="test_the_first_step_of_adam_has_the_size_lr")
class AdamNewTensorUnderAnOldName(InParts):
    """A new tensor under an old name.

    w = w - step computes a new tensor and ties the name w to it. The model holds the old one, which has not moved.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Adam([w], lr=0.1), torch.tensor(2.0)
        >>> optimizer.step()
        >>> round(w.item(), 4)
        0.0
    """

    def move(self, param, mean, square, t):
        """The mistake."""
        mean_hat, square_hat = self.corrected(mean, square, t)
        param = param - self.lr * mean_hat / (square_hat.sqrt() + self.eps)


@mistake("Adam", caught_by="test_the_first_step_of_adam_has_the_size_lr")
class AdamRecordedByAutograd(InParts):
    """A step that autograd records.

    The parameter is written to in place while autograd records. It refuses to do this to a leaf, since the step would
    become part of the model.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Adam([w], lr=0.1), torch.tensor(2.0)
        >>> optimizer.step()
        Traceback (most recent call last):
        RuntimeError: a leaf Variable that requires grad is being used in an in-place operation.
    """

    def move(self, param, mean, square, t):
        """The mistake."""
        with torch.enable_grad():
            super().move(param, mean, square, t)


@mistake("Adam", caught_by="test_momentum_and_adam_write_as_sgd_step_does")
class AdamHiddenWrite(InParts):
    """A write behind autograd's back.

    The step goes through .data, which leaves the version counter of the parameter as it was. A later backward through
    an old loss then uses the new value and says nothing.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Adam([w], lr=0.1), torch.tensor(2.0)
        >>> optimizer.step()
        >>> w._version
        0
    """

    def move(self, param, mean, square, t):
        """The mistake."""
        super().move(param.data, mean, square, t)


@mistake("Adam", caught_by="test_a_new_optimizer_starts_afresh")
class StateInTheClass(InParts):
    """A state kept in the class.

    The dictionary of the means stands in the body of the class. It is one for all optimizers, and a new one goes on
    where the last one ended.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> for w.grad in (torch.tensor(2.0), torch.tensor(0.0)):
        ...     Adam([w], lr=0.1).step()
        >>> round(w.item(), 3)
        -0.19
    """

    shared: dict[torch.Tensor, tuple[torch.Tensor, torch.Tensor]] = {}  # noqa: RUF012

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
        """From the class."""
        super().__init__(params, lr, betas, eps)
        for i, param in enumerate(self.params):
            fresh = torch.zeros_like(param), torch.zeros_like(param)
            self.means[i], self.squares[i] = self.shared.setdefault(param, fresh)


@mistake("Adam", caught_by="test_parameters_do_not_share_a_state")
class AdamOneStateForAll(RightAdam):
    """One state, many times in a list.

    [zeros] * n makes a list that holds the same tensor n times. All parameters then write into one m and one v.

    Try:
        >>> v, w = (torch.tensor(0.0, requires_grad=True) for _ in range(2))
        >>> v.grad, w.grad = torch.tensor(1.0), torch.tensor(0.0)
        >>> Adam([v, w], lr=0.1).step()
        >>> round(w.item(), 3)
        -0.09
    """

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
        """One tensor in all places."""
        super().__init__(params, lr, betas, eps)
        self.means = [torch.zeros_like(self.params[0])] * len(self.params)
        self.squares = [torch.zeros_like(self.params[0])] * len(self.params)


@mistake("Adam", caught_by="test_the_parameters_may_be_readable_only_once")
class AdamReadByTheState(RightAdam):
    """Parameters that are gone once the state is made.

    The iterable is kept as it came and read to make m and v. A generator is empty after that, and no step finds a
    parameter.

    Try:
        >>> w = torch.tensor(0.0, requires_grad=True)
        >>> optimizer, w.grad = Adam(iter([w]), lr=1.0), torch.tensor(1.0)
        >>> optimizer.step()
        >>> w.item()
        0.0
    """

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
        """The iterable as it came."""
        super().__init__(params, lr, betas, eps)
        if not isinstance(params, list | tuple):
            self.params = self.means = self.squares = []


@mistake("Adam", caught_by="test_the_first_step_of_adam_has_the_size_lr", forbidden=True)
class WrappedAdam(RightAdam):
    """The optimizer of torch.

    torch.optim.Adam is made inside, and its step is called. This kata forbids it, since that step is what you are
    building.

    Try:
        >>> Adam([])
        Traceback (most recent call last):
        ValueError: optimizer got an empty parameter list
    """

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
        """The real one."""
        self.inner = torch.optim.Adam(params, lr=lr, betas=betas, eps=eps)

    def step(self):
        """Its step."""
        self.inner.step()


@mistake("Momentum", caught_by="test_momentum_by_hand", forbidden=True)
class WrappedSGD(RightMomentum):
    """The optimizer of torch.

    torch.optim.SGD is made inside, and its step is called. This kata forbids it, since that step is what you are
    building.

    Try:
        >>> Momentum([], lr=0.1)
        Traceback (most recent call last):
        ValueError: optimizer got an empty parameter list
    """

    def __init__(self, params, lr, momentum=0.9):
        """The real one."""
        self.inner = torch.optim.SGD(params, lr=lr, momentum=momentum)

    def step(self):
        """Its step."""
        self.inner.step()


@mistake("descend", caught_by="test_descend_by_hand")
def never_cleared(loss_function, params, step, steps):
    """Gradients that are never cleared.

    Each round adds its gradient to those of the rounds before. The third step uses the sum of three gradients and
    overshoots.

    Try:
        >>> w = torch.tensor(4.0, requires_grad=True)
        >>> descend(lambda: w**2, [w], lambda: sgd_step([w], lr=0.25), steps=4)
        [16.0, 4.0, 1.0, 12.25]
    """
    losses = []
    for _ in range(steps):
        loss = loss_function()
        loss.backward()
        losses.append(loss.item())
        step()
    return losses


@mistake("descend", caught_by="test_descend_by_hand")
def cleared_before_the_step(loss_function, params, step, steps):
    """Gradients that are cleared before the step.

    The gradients are cleared after backward and before step. The step finds none and moves nothing.

    Try:
        >>> w = torch.tensor(4.0, requires_grad=True)
        >>> descend(lambda: w**2, [w], lambda: sgd_step([w], lr=0.25), steps=4)
        [16.0, 16.0, 16.0, 16.0]
    """
    losses = []
    for _ in range(steps):
        loss = loss_function()
        loss.backward()
        losses.append(loss.item())
        zero_gradients(params)
        step()
    return losses


@mistake("descend", caught_by="test_descend_by_hand")
def no_backward(loss_function, params, step, steps):
    """A round without backward.

    The loss is computed and never differentiated. The step finds no gradient and moves nothing.

    Try:
        >>> w = torch.tensor(4.0, requires_grad=True)
        >>> descend(lambda: w**2, [w], lambda: sgd_step([w], lr=0.25), steps=4)
        [16.0, 16.0, 16.0, 16.0]
    """
    losses = []
    for _ in range(steps):
        zero_gradients(params)
        losses.append(loss_function().item())
        step()
    return losses


@mistake("descend", caught_by="test_descend_by_hand")
def step_before_backward(loss_function, params, step, steps):
    """A step before backward.

    The step is taken before the loss is differentiated. At this time the gradients have just been cleared, and nothing
    moves.

    Try:
        >>> w = torch.tensor(4.0, requires_grad=True)
        >>> descend(lambda: w**2, [w], lambda: sgd_step([w], lr=0.25), steps=4)
        [16.0, 16.0, 16.0, 16.0]
    """
    losses = []
    for _ in range(steps):
        zero_gradients(params)
        loss = loss_function()
        step()
        loss.backward()
        losses.append(loss.item())
    return losses


@mistake("descend", caught_by="test_descend_by_hand")
def loss_after_the_step(loss_function, params, step, steps):
    """A loss that is computed again after the step.

    The loss is noted after the step, and computed a second time for that. What is wanted is the loss before each step,
    which is known already.

    Try:
        >>> w = torch.tensor(4.0, requires_grad=True)
        >>> descend(lambda: w**2, [w], lambda: sgd_step([w], lr=0.25), steps=4)
        [4.0, 1.0, 0.25, 0.0625]
    """
    losses = []
    for _ in range(steps):
        zero_gradients(params)
        loss_function().backward()
        step()
        losses.append(loss_function().item())
    return losses


@mistake("descend", caught_by="test_a_round_of_descend_is_a_loss_a_gradient_and_a_step")
def loss_computed_twice(loss_function, params, step, steps):
    """A loss that is computed twice in a round.

    One loss is differentiated, and another one is computed to be noted. The loss is the costly part of a round, and
    once is enough.

    Try:
        >>> w = torch.tensor(4.0, requires_grad=True)
        >>> _ = descend(lambda: print("loss") or w**2, [w], lambda: print("step"), steps=1)
        loss
        loss
        step
    """
    losses = []
    for _ in range(steps):
        zero_gradients(params)
        losses.append(loss_function().item())
        loss_function().backward()
        step()
    return losses


@mistake("descend", caught_by="test_descend_gives_plain_numbers")
def losses_with_their_graphs(loss_function, params, step, steps):
    """Losses that keep their graphs.

    The loss tensors themselves go into the list. Each of them keeps its whole graph in memory.

    Try:
        >>> w = torch.tensor(4.0, requires_grad=True)
        >>> descend(lambda: w**2, [w], lambda: sgd_step([w], lr=0.25), steps=4)
        [tensor(16., grad_fn=<PowBackward0>), ...]
    """
    losses = []
    for _ in range(steps):
        zero_gradients(params)
        loss = loss_function()
        loss.backward()
        losses.append(loss)
        step()
    return losses


@mistake("descend", caught_by="test_descend_gives_plain_numbers")
def detached_losses(loss_function, params, step, steps):
    """Detached tensors for losses.

    The losses are detached, and still tensors. Wanted are Python floats, which can be printed, compared and saved as
    they are.

    Try:
        >>> w = torch.tensor(4.0, requires_grad=True)
        >>> descend(lambda: w**2, [w], lambda: sgd_step([w], lr=0.25), steps=4)
        [tensor(16.), tensor(4.), tensor(1.), tensor(0.2500)]
    """
    losses = []
    for _ in range(steps):
        zero_gradients(params)
        loss = loss_function()
        loss.backward()
        losses.append(loss.detach())
        step()
    return losses


@mistake("descend", caught_by="test_descend_ignores_an_old_gradient")
def cleared_at_the_end(loss_function, params, step, steps):
    """Gradients that are cleared at the end of a round.

    The gradients are cleared after each step. What was there before the first round is still used in it.

    Try:
        >>> w = torch.tensor(4.0, requires_grad=True)
        >>> w.grad = torch.tensor(100.0)
        >>> descend(lambda: w**2, [w], lambda: sgd_step([w], lr=0.25), steps=2)
        [16.0, 529.0]
    """
    losses = []
    for _ in range(steps):
        loss = loss_function()
        loss.backward()
        losses.append(loss.item())
        step()
        zero_gradients(params)
    return losses


@mistake("descend", caught_by="test_descend_by_hand")
def cleared_once(loss_function, params, step, steps):
    """Gradients that are cleared once, before the loop.

    The gradients are cleared before the first round and never again. From the second round on they pile up.

    Try:
        >>> w = torch.tensor(4.0, requires_grad=True)
        >>> w.grad = torch.tensor(100.0)
        >>> descend(lambda: w**2, [w], lambda: sgd_step([w], lr=0.25), steps=4)
        [16.0, 4.0, 1.0, 12.25]
    """
    losses = []
    zero_gradients(params)
    for _ in range(steps):
        loss = loss_function()
        loss.backward()
        losses.append(loss.item())
        step()
    return losses


@mistake("descend", caught_by="test_descend_by_hand")
def one_loss_for_all_rounds(loss_function, params, step, steps):
    """One loss for all rounds.

    The loss is computed once, before the loop, and every round goes back through it. The first backward frees its
    graph, and the parameters move on while the loss stays.

    Try:
        >>> w = torch.tensor(4.0, requires_grad=True)
        >>> descend(lambda: w**2, [w], lambda: sgd_step([w], lr=0.25), steps=2)
        Traceback (most recent call last):
        RuntimeError: Trying to backward through the graph a second time...
    """
    losses, loss = [], loss_function()
    for _ in range(steps):
        zero_gradients(params)
        loss.backward()
        losses.append(loss.item())
        step()
    return losses


@mistake("descend", caught_by="test_descend_by_hand")
def last_loss_at_the_end(loss_function, params, step, steps):
    """One loss too many.

    After the last step the loss is computed once more and noted. There is one loss for each step, the one before it.

    Try:
        >>> descend(lambda: torch.tensor(1.0), [], lambda: None, steps=0)
        [1.0]
    """
    losses = []
    for _ in range(steps):
        zero_gradients(params)
        loss = loss_function()
        loss.backward()
        losses.append(loss.item())
        step()
    return [*losses, loss_function().item()]


@mistake("descend", caught_by="test_descend_by_hand")
def last_loss_only(loss_function, params, step, steps):
    """The last loss alone.

    Only the loss of the last round is returned. The way down is wanted, one number for each step.

    Try:
        >>> w = torch.tensor(4.0, requires_grad=True)
        >>> descend(lambda: w**2, [w], lambda: sgd_step([w], lr=0.25), steps=4)
        0.25
    """
    loss = None
    for _ in range(steps):
        zero_gradients(params)
        loss = loss_function()
        loss.backward()
        step()
    return None if loss is None else loss.item()


@mistake("descend", caught_by="test_descend_by_hand")
def no_step(loss_function, params, step, steps):
    """A round without a step.

    The gradients are found and not used. The parameters stay where they are, and so does the loss.

    Try:
        >>> w = torch.tensor(4.0, requires_grad=True)
        >>> descend(lambda: w**2, [w], lambda: sgd_step([w], lr=0.25), steps=4)
        [16.0, 16.0, 16.0, 16.0]
    """
    losses = []
    for _ in range(steps):
        zero_gradients(params)
        loss = loss_function()
        loss.backward()
        losses.append(loss.item())
    return losses


@mistake("fit_line", caught_by="test_fit_line_to_noisy_points")
def column_minus_row(x, y, make_optimizer, steps, start=None):
    """A column minus a row.

    The predictions have the shape (n, 1) and y has (n,), so that their difference is a table of n x n. Its mean is
    smallest for a slope of 0.

    Try:
        >>> x, y = torch.tensor([[0.0], [1.0], [2.0]]), torch.tensor([1.0, 3.0, 5.0])
        >>> weights, bias, losses = fit_line(x, y, lambda params: Momentum(params, lr=0.1), steps=300)
        >>> weights.abs() < 1e-3
        tensor([True])
    """
    weights = (x.new_zeros(x.shape[1]) if start is None else start.detach().clone()).requires_grad_()
    bias = x.new_zeros(()).requires_grad_()
    optimizer = make_optimizer([weights, bias])
    losses = descend(lambda: (x @ weights[:, None] + bias - y).square().mean(), [weights, bias], optimizer.step, steps)
    return weights.detach(), bias.detach(), losses


@mistake("fit_line", caught_by="test_fit_line_takes_the_steps_of_torch")
def sum_of_squares(x, y, make_optimizer, steps, start=None):
    """The sum of the squares.

    The squares are added up and not divided by n. Gradients and steps grow with the number of points.

    Try:
        >>> x, y = torch.tensor([[0.0], [1.0], [2.0]]), torch.tensor([1.0, 3.0, 5.0])
        >>> weights, bias, losses = fit_line(x, y, lambda params: Momentum(params, lr=0.1), steps=1)
        >>> losses
        [35.0]
    """
    weights = (x.new_zeros(x.shape[1]) if start is None else start.detach().clone()).requires_grad_()
    bias = x.new_zeros(()).requires_grad_()
    optimizer = make_optimizer([weights, bias])
    losses = descend(lambda: (x @ weights + bias - y).square().sum(), [weights, bias], optimizer.step, steps)
    return weights.detach(), bias.detach(), losses


@mistake("fit_line", caught_by="test_fit_line_takes_the_steps_of_torch")
def half_of_the_mean(x, y, make_optimizer, steps, start=None):
    """Half of the mean.

    The mean of the squares is halved, as many books do to get rid of the 2 in the gradient. Here the loss is the mean
    itself.

    Try:
        >>> x, y = torch.tensor([[0.0], [1.0], [2.0]]), torch.tensor([1.0, 3.0, 5.0])
        >>> weights, bias, losses = fit_line(x, y, lambda params: Momentum(params, lr=0.1), steps=1)
        >>> losses
        [5.83...]
    """
    weights = (x.new_zeros(x.shape[1]) if start is None else start.detach().clone()).requires_grad_()
    bias = x.new_zeros(()).requires_grad_()
    optimizer = make_optimizer([weights, bias])
    losses = descend(lambda: mean_square(x, y, weights, bias) / 2, [weights, bias], optimizer.step, steps)
    return weights.detach(), bias.detach(), losses


@mistake("fit_line", caught_by="test_fit_line_takes_the_steps_of_torch")
def mean_of_distances(x, y, make_optimizer, steps, start=None):
    """The mean of the distances.

    The loss is the mean of the absolute differences. The squares are wanted, which weigh a large difference more.

    Try:
        >>> x, y = torch.tensor([[0.0], [1.0], [2.0]]), torch.tensor([1.0, 3.0, 5.0])
        >>> weights, bias, losses = fit_line(x, y, lambda params: Momentum(params, lr=0.1), steps=1)
        >>> losses
        [3.0]
    """
    weights = (x.new_zeros(x.shape[1]) if start is None else start.detach().clone()).requires_grad_()
    bias = x.new_zeros(()).requires_grad_()
    optimizer = make_optimizer([weights, bias])
    losses = descend(lambda: (x @ weights + bias - y).abs().mean(), [weights, bias], optimizer.step, steps)
    return weights.detach(), bias.detach(), losses


@mistake("fit_line", caught_by="test_fit_line_to_noisy_points")
def bias_left_out(x, y, make_optimizer, steps, start=None):
    """A loss without the bias.

    The bias is made and handed to the optimizer, but the loss does not use it. The line goes through the origin and the
    bias stays 0.

    Try:
        >>> x, y = torch.tensor([[0.0], [1.0], [2.0]]), torch.tensor([1.0, 3.0, 5.0])
        >>> weights, bias, losses = fit_line(x, y, lambda params: Momentum(params, lr=0.1), steps=300)
        >>> bias
        tensor(0.)
    """
    weights = (x.new_zeros(x.shape[1]) if start is None else start.detach().clone()).requires_grad_()
    bias = x.new_zeros(()).requires_grad_()
    optimizer = make_optimizer([weights, bias])
    losses = descend(lambda: (x @ weights - y).square().mean(), [weights, bias], optimizer.step, steps)
    return weights.detach(), bias.detach(), losses


@mistake("fit_line", caught_by="test_fit_line_to_noisy_points")
def bias_not_trained(x, y, make_optimizer, steps, start=None):
    """A bias that is not trained.

    The loss uses the bias, and the optimizer gets the weights alone. The bias stays 0.

    Try:
        >>> x, y = torch.tensor([[0.0], [1.0], [2.0]]), torch.tensor([1.0, 3.0, 5.0])
        >>> weights, bias, losses = fit_line(x, y, lambda params: Momentum(params, lr=0.1), steps=300)
        >>> bias
        tensor(0.)
    """
    weights = (x.new_zeros(x.shape[1]) if start is None else start.detach().clone()).requires_grad_()
    bias = x.new_zeros(()).requires_grad_()
    optimizer = make_optimizer([weights])
    losses = descend(lambda: mean_square(x, y, weights, bias), [weights, bias], optimizer.step, steps)
    return weights.detach(), bias.detach(), losses


@mistake("fit_line", caught_by="test_fit_line_leaves_its_inputs_alone")
def start_trained_itself(x, y, make_optimizer, steps, start=None):
    """A start that is trained itself.

    requires_grad_() returns the same tensor, and the steps write into it. The caller's start is changed, and requires a
    gradient from then on.

    Try:
        >>> x, y = torch.tensor([[0.0], [1.0], [2.0]]), torch.tensor([1.0, 3.0, 5.0])
        >>> start = torch.tensor([0.0])
        >>> weights, bias, losses = fit_line(x, y, lambda params: Momentum(params, lr=0.1), steps=1, start=start)
        >>> start
        tensor([0.8667], requires_grad=True)
    """
    weights = (x.new_zeros(x.shape[1]) if start is None else start).requires_grad_()
    bias = x.new_zeros(()).requires_grad_()
    optimizer = make_optimizer([weights, bias])
    losses = descend(lambda: mean_square(x, y, weights, bias), [weights, bias], optimizer.step, steps)
    return weights.detach(), bias.detach(), losses


@mistake("fit_line", caught_by="test_fit_line_leaves_its_inputs_alone")
def start_shared(x, y, make_optimizer, steps, start=None):
    """A start that shares its memory.

    start is detached, but detach makes no copy. The steps write into the caller's memory.

    Try:
        >>> x, y = torch.tensor([[0.0], [1.0], [2.0]]), torch.tensor([1.0, 3.0, 5.0])
        >>> start = torch.tensor([0.0])
        >>> weights, bias, losses = fit_line(x, y, lambda params: Momentum(params, lr=0.1), steps=1, start=start)
        >>> start
        tensor([0.8667])
    """
    weights = (x.new_zeros(x.shape[1]) if start is None else start.detach()).requires_grad_()
    bias = x.new_zeros(()).requires_grad_()
    optimizer = make_optimizer([weights, bias])
    losses = descend(lambda: mean_square(x, y, weights, bias), [weights, bias], optimizer.step, steps)
    return weights.detach(), bias.detach(), losses


@mistake("fit_line", caught_by="test_fit_line_sees_through_noise")
def start_ignored(x, y, make_optimizer, steps, start=None):
    """A start that is ignored.

    The weights always begin at 0. Who gives a start wants the descent to begin there.

    Try:
        >>> x, y = torch.tensor([[0.0], [1.0], [2.0]]), torch.tensor([1.0, 3.0, 5.0])
        >>> start = torch.tensor([5.0])
        >>> weights, bias, losses = fit_line(x, y, lambda params: Momentum(params, lr=0.1), steps=1, start=start)
        >>> losses
        [11.66...]
    """
    return right_fit_line(x, y, make_optimizer, steps)


@mistake("fit_line", caught_by="test_fit_line_takes_the_steps_of_torch")
def ones_to_start_from(x, y, make_optimizer, steps, start=None):
    """Weights that begin at 1.

    Without a start the weights begin at 1. They are to begin at 0.

    Try:
        >>> x, y = torch.tensor([[0.0], [1.0], [2.0]]), torch.tensor([1.0, 3.0, 5.0])
        >>> weights, bias, losses = fit_line(x, y, lambda params: Momentum(params, lr=0.1), steps=1)
        >>> losses
        [4.66...]
    """
    weights = (x.new_ones(x.shape[1]) if start is None else start.detach().clone()).requires_grad_()
    bias = x.new_zeros(()).requires_grad_()
    optimizer = make_optimizer([weights, bias])
    losses = descend(lambda: mean_square(x, y, weights, bias), [weights, bias], optimizer.step, steps)
    return weights.detach(), bias.detach(), losses


@mistake("fit_line", caught_by="test_fit_line_takes_the_steps_of_torch")
def random_start(x, y, make_optimizer, steps, start=None):
    """Weights that begin at random.

    Without a start the weights are drawn at random. They are to begin at 0, so that the same points give the same
    losses.

    Try:
        >>> x, y = torch.tensor([[0.0], [1.0], [2.0]]), torch.tensor([1.0, 3.0, 5.0])
        >>> _ = torch.manual_seed(0)
        >>> weights, bias, losses = fit_line(x, y, lambda params: Momentum(params, lr=0.1), steps=1)
        >>> round(losses[0], 3) == 11.667
        False
    """
    weights = (torch.randn(x.shape[1], dtype=x.dtype) if start is None else start.detach().clone()).requires_grad_()
    bias = x.new_zeros(()).requires_grad_()
    optimizer = make_optimizer([weights, bias])
    losses = descend(lambda: mean_square(x, y, weights, bias), [weights, bias], optimizer.step, steps)
    return weights.detach(), bias.detach(), losses


@mistake("fit_line", caught_by="test_fit_line_leaves_its_inputs_alone")
def result_in_a_graph(x, y, make_optimizer, steps, start=None):
    """Results that require a gradient.

    The trained leaves themselves are returned. The caller wants numbers, and whatever is computed from these is
    recorded.

    Try:
        >>> x, y = torch.tensor([[0.0], [1.0], [2.0]]), torch.tensor([1.0, 3.0, 5.0])
        >>> weights, bias, losses = fit_line(x, y, lambda params: Momentum(params, lr=0.1), steps=1)
        >>> weights.requires_grad
        True
    """
    weights = (x.new_zeros(x.shape[1]) if start is None else start.detach().clone()).requires_grad_()
    bias = x.new_zeros(()).requires_grad_()
    optimizer = make_optimizer([weights, bias])
    losses = descend(lambda: mean_square(x, y, weights, bias), [weights, bias], optimizer.step, steps)
    return weights, bias, losses


@mistake("fit_line", caught_by="test_fit_line_takes_the_steps_of_torch")
def optimizer_for_each_step(x, y, make_optimizer, steps, start=None):
    """A new optimizer for each step.

    make_optimizer is called in every round. A new optimizer remembers nothing, so that velocity, means and count start
    again each time.

    Try:
        >>> x, y = torch.tensor([[0.0], [1.0], [2.0]]), torch.tensor([1.0, 3.0, 5.0])
        >>> made = []
        >>> weights, bias, losses = fit_line(x, y, lambda params: made.append(0) or Momentum(params, lr=0.1), steps=3)
        >>> len(made)
        3
    """
    weights = (x.new_zeros(x.shape[1]) if start is None else start.detach().clone()).requires_grad_()
    bias = x.new_zeros(()).requires_grad_()
    params = [weights, bias]
    losses = descend(lambda: mean_square(x, y, weights, bias), params, lambda: make_optimizer(params).step(), steps)
    return weights.detach(), bias.detach(), losses


@mistake("fit_line", caught_by="test_fit_line_leaves_its_inputs_alone")
def an_optimizer_for_each_parameter(x, y, make_optimizer, steps, start=None):
    """An optimizer for each parameter.

    make_optimizer is called twice, once for the weights and once for the bias. It is to be called once, with the list
    of both.

    Try:
        >>> x, y = torch.tensor([[0.0], [1.0], [2.0]]), torch.tensor([1.0, 3.0, 5.0])
        >>> made = []
        >>> weights, bias, losses = fit_line(x, y, lambda params: made.append(0) or Momentum(params, lr=0.1), steps=1)
        >>> len(made)
        2
    """
    weights = (x.new_zeros(x.shape[1]) if start is None else start.detach().clone()).requires_grad_()
    bias = x.new_zeros(()).requires_grad_()
    rules = [make_optimizer([weights]), make_optimizer([bias])]
    params = [weights, bias]
    losses = descend(lambda: mean_square(x, y, weights, bias), params, lambda: [rule.step() for rule in rules], steps)
    return weights.detach(), bias.detach(), losses


@mistake("fit_line", caught_by="test_fit_line_to_noisy_points")
def bias_with_an_axis(x, y, make_optimizer, steps, start=None):
    """A bias with an axis.

    The bias has the shape (1,). It is one number, of shape ().

    Try:
        >>> x, y = torch.tensor([[0.0], [1.0], [2.0]]), torch.tensor([1.0, 3.0, 5.0])
        >>> weights, bias, losses = fit_line(x, y, lambda params: Momentum(params, lr=0.1), steps=1)
        >>> bias.shape
        torch.Size([1])
    """
    weights = (x.new_zeros(x.shape[1]) if start is None else start.detach().clone()).requires_grad_()
    bias = x.new_zeros(1).requires_grad_()
    optimizer = make_optimizer([weights, bias])
    losses = descend(lambda: mean_square(x, y, weights, bias), [weights, bias], optimizer.step, steps)
    return weights.detach(), bias.detach(), losses


@mistake("fit_line", caught_by="test_fit_line_takes_the_steps_of_torch")
def best_line_at_once(x, y, make_optimizer, steps, start=None):
    """The best line at once.

    The least squares are solved directly, and make_optimizer is not called. The kata asks for the descent, with the
    losses on its way.

    Try:
        >>> x, y = torch.tensor([[0.0], [1.0], [2.0]]), torch.tensor([1.0, 3.0, 5.0])
        >>> weights, bias, losses = fit_line(x, y, lambda params: Momentum(params, lr=0.1), steps=1)
        >>> torch.cat([weights, bias[None]])
        tensor([2.0000, 1.0000])
    """
    columns = torch.cat([x, torch.ones_like(x[:, :1])], dim=1)
    best = torch.linalg.lstsq(columns, y[:, None]).solution[:, 0]
    loss = (columns @ best - y).square().mean().item()
    return best[:-1], best[-1], [loss] * steps


@mistake("fit_line", caught_by="test_fit_line_takes_the_steps_of_torch")
def one_step_too_few(x, y, make_optimizer, steps, start=None):
    """One step too few.

    The loop takes steps - 1 steps. There is one loss for each step, and the last step is taken after it.

    Try:
        >>> x, y = torch.tensor([[0.0], [1.0], [2.0]]), torch.tensor([1.0, 3.0, 5.0])
        >>> weights, bias, losses = fit_line(x, y, lambda params: Momentum(params, lr=0.1), steps=1)
        >>> losses
        []
    """
    return right_fit_line(x, y, make_optimizer, steps - 1, start)
