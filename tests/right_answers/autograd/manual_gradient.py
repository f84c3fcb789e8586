"""Right answers to autograd/manual_gradient, by other routes than the reference's."""

import itertools

import torch

from pt_kata.stand_ins import right_answer
from solutions.autograd.manual_gradient import SquareTimes as RightSquareTimes
from solutions.autograd.manual_gradient import partials, value


@right_answer("value")
def by_einsum(x, y):
    """By einsum."""
    return torch.einsum("...,...,...->...", x, x, y)


@right_answer("value")
def by_power_in_float64(x, y):
    """By a power, in float64 inside."""
    return (x.double() ** 2 * y.double()).to(x.dtype)


@right_answer("partials")
def by_sums(x, y):
    """A sum for the factor 2, and a power."""
    return (x + x) * y, x**2


@right_answer("partials")
def in_place_on_its_own_temporary(x, y):
    """In place on its own temporary."""
    by_x = 2 * x
    by_x *= y
    return by_x, x.square()


@right_answer("central_differences")
def below_first(f, x, step=None):
    """The lower point first, with maximum for the scale."""
    if step is None:
        step = torch.finfo(x.dtype).eps ** (1 / 3) * torch.maximum(x.abs(), torch.ones_like(x))
    below, above = x - step, x + step
    low = f(below)
    return (f(above) - low) / (above - below)


@right_answer("central_differences")
def through_one_buffer(f, x, step=None):
    """In place on a buffer of its own."""
    h = torch.finfo(x.dtype).eps ** (1 / 3) * x.abs().clamp_(min=1) if step is None else step
    point = x.clone().add_(h)
    above, high = point.clone(), f(point.clone())
    point.copy_(x).sub_(h)
    return (high - f(point.clone())).div_(above.sub_(point))


@right_answer("central_differences")
def a_step_for_each_element(f, x, step=None):
    """A loop over the elements for the step alone."""
    cube_root = torch.finfo(x.dtype).eps ** (1 / 3)
    sizes = [cube_root * max(abs(element), 1) if step is None else step for element in x.flatten().tolist()]
    h = torch.tensor(sizes, dtype=x.dtype, device=x.device).reshape(x.shape)
    return (f(x + h) - f(x - h)) / ((x + h) - (x - h))


@right_answer("autograd_partials")
def backward_on_copies(f, x, y):
    """backward() on copies, whose .grad nobody else holds."""
    with torch.enable_grad():
        x, y = x.detach().clone().requires_grad_(), y.detach().clone().requires_grad_()
        f(x, y).sum().backward()
    return x.grad, y.grad


@right_answer("autograd_partials")
def by_small_additions(f, x, y):
    """Gradients by zeros that are added to the inputs, with ones for upstream."""
    with torch.enable_grad():
        dx, dy = torch.zeros_like(x, requires_grad=True), torch.zeros_like(y, requires_grad=True)
        result = f(x.detach() + dx, y.detach() + dy)
        return torch.autograd.grad(result, (dx, dy), torch.ones_like(result))


@right_answer("autograd_partials")
def one_variable_at_a_time(f, x, y):
    """One call of f for each variable."""
    with torch.enable_grad():
        a, b = x.detach().requires_grad_(), y.detach().requires_grad_()
        (by_x,) = torch.autograd.grad(f(a, y.detach()).sum(), a)
        (by_y,) = torch.autograd.grad(f(x.detach(), b).sum(), b)
    return by_x, by_y


@right_answer("hessian")
def none_becomes_zero(f, x, y):
    """allow_unused, and a zero for every None."""
    with torch.enable_grad():
        point = x.detach().requires_grad_(), y.detach().requires_grad_()
        slopes = torch.autograd.grad(f(*point), point, create_graph=True)
        found = [torch.autograd.grad(slope, point, retain_graph=True, allow_unused=True) for slope in slopes]
    cells = [torch.zeros_like(x).detach() if cell is None else cell for cell in itertools.chain(*found)]
    return torch.stack(cells).reshape(2, 2)


@right_answer("hessian")
def every_second_derivative_by_itself(f, x, y):
    """One pair of variables at a time, with a fresh graph for each."""
    matrix = torch.empty(2, 2, dtype=x.dtype, device=x.device)
    for row, column in itertools.product(range(2), repeat=2):
        with torch.enable_grad():
            point = torch.stack([x, y]).detach().requires_grad_()
            (slopes,) = torch.autograd.grad(f(point[0], point[1]), point, create_graph=True)
            (second,) = torch.autograd.grad(slopes[row], point)
        matrix[row, column] = second[column]
    return matrix


@right_answer("unbroadcast")
def one_axis_at_a_time(gradient, shape):
    """One axis at a time."""
    while gradient.dim() > len(shape):
        gradient = gradient.sum(0)
    for axis, length in enumerate(shape):
        if length == 1:
            gradient = gradient.sum(axis, keepdim=True)
    return gradient


@right_answer("unbroadcast")
def by_a_product_with_ones(gradient, shape):
    """By einsum over the axes that stay."""
    padded = (1,) * (gradient.dim() - len(shape)) + tuple(shape)
    axes = list(range(gradient.dim()))
    kept = [axis for axis in axes if padded[axis] != 1]
    return torch.einsum(gradient, axes, kept).reshape(shape)


@right_answer("unbroadcast")
def padded_shape(gradient, shape):
    """The shape padded with ones on the left, and a single sum."""
    padded = (1,) * (gradient.dim() - len(shape)) + tuple(shape)
    axes = tuple(
        axis for axis, (found, wanted) in enumerate(zip(gradient.shape, padded, strict=True)) if found != wanted
    )
    return gradient.sum(axes, keepdim=True).view(shape) if axes else gradient.reshape(shape)


@right_answer("SquareTimes")
class ByPartials(RightSquareTimes):
    """Its backward from partials of the broadcast inputs."""

    @staticmethod
    def backward(ctx, upstream):
        """Each product, brought back to the shape of its input."""
        inputs = ctx.saved_tensors
        slopes = partials(*torch.broadcast_tensors(*inputs))
        gradients = []
        for tensor, slope, need in zip(inputs, slopes, ctx.needs_input_grad, strict=True):
            product = slope * upstream if need else None
            gradients.append(product if product is None else padded_back(product, tensor.shape))
        return tuple(gradients)


def padded_back(gradient, shape):
    """The gradient summed to shape, by axes of a padded shape."""
    padded = (1,) * (gradient.dim() - len(shape)) + tuple(shape)
    axes = tuple(axis for axis, length in enumerate(padded) if length == 1)
    return gradient.sum(axes, keepdim=True).reshape(shape) if axes else gradient


@right_answer("SquareTimes")
class ShapesOnTheNode(RightSquareTimes):
    """With the shapes as attributes of ctx, and if statements."""

    @staticmethod
    def forward(ctx, x, y):
        """Keep tensors where they belong, and shapes as they are."""
        ctx.shapes = x.shape, y.shape
        ctx.save_for_backward(x, y)
        return value(x, y)

    @staticmethod
    def backward(ctx, upstream):
        """One gradient after the other."""
        x, y = ctx.saved_tensors
        by_x = by_y = None
        if ctx.needs_input_grad[0]:
            by_x = padded_back(2 * (upstream * y) * x, ctx.shapes[0])
        if ctx.needs_input_grad[1]:
            by_y = padded_back(upstream * x**2, ctx.shapes[1])
        return by_x, by_y
