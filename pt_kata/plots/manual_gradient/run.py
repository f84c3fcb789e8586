"""Calls the functions of manual_gradient."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from pt_kata.plots.code import Code
from pt_kata.plots.failure import Failure
from pt_kata.plots.manual_gradient.data import Answer, Data, Errors, Gradients, Numbers, Surface

EDGE = 2.5  # of both axes
FARTHEST = 2.0  # arrow along each axis
ARROWS = 7  # along each axis
LINES = 41  # values along each axis
MET = "a column met a row"
AT = (3.0, 5.0)  # where x²y, 2xy, x², xy² and their like all differ
POINTS = 64  # between 0 and 1, at which exp is differentiated
STEPS = 36  # between eps and 1


def run(code: Code, options: Mapping[str, str]) -> Data:
    """Find out what is to be drawn."""
    surface, gradients, answers = _surface(code), _gradients(code), _answers(code)
    errors = tuple(_errors(code, dtype) for dtype in (torch.float32, torch.float64))
    return Data(surface, gradients, AT, answers, errors, _notes(code))


def _notes(code: Code) -> tuple[str, ...]:
    """The first note on each function: one that gives NaN often gives it for every step."""
    return tuple({note.partition(" gives ")[0]: note for note in reversed(code.notes)}.values())


def _square_times(x: Tensor, y: Tensor) -> Tensor:
    return x * x * y


def _mesh(end: float, count: int) -> tuple[Tensor, Tensor]:
    axis = torch.linspace(-end, end, count, dtype=torch.float64)
    ys, xs = torch.meshgrid(axis, axis, indexing="ij")
    return xs.clone(), ys.clone()


def _surface(code: Code) -> Surface:
    xs, ys = _mesh(EDGE, LINES)
    values = _found(code, "value", [xs.shape], lambda: code.module.value(xs.clone(), ys.clone()))
    rows = values if isinstance(values, Failure) else tuple(tuple(row) for row in values[0].tolist())
    return Surface(tuple(xs[0].tolist()), tuple(ys[:, 0].tolist()), rows)


def _gradients(code: Code) -> Gradients:
    x, y = (each.flatten() for each in _mesh(FARTHEST, ARROWS))
    hand = _found(code, "partials", [x.shape] * 2, lambda: code.module.partials(x.clone(), y.clone()))
    return Gradients(_pairs((x, y)), hand if isinstance(hand, Failure) else _pairs(hand), _pairs(_by_autograd(x, y)))


def _by_autograd(x: Tensor, y: Tensor) -> tuple[Tensor, ...]:
    x, y = x.clone().requires_grad_(), y.clone().requires_grad_()
    return torch.autograd.grad(_square_times(x, y).sum(), (x, y))


def _pairs(both: tuple[Tensor, ...]) -> tuple[tuple[float, float], ...]:
    return tuple(zip(*(each.tolist() for each in both), strict=True))


def _answers(code: Code) -> tuple[Answer, ...]:
    """Every function at the example, and ``unbroadcast`` for the slopes of a column that met a row."""
    x, y = AT
    slopes = (2 * x * y, x * x)
    pair, ask = [(), ()], code.module
    return (
        _answer(code, "value", [()], lambda: ask.value(*_at()), (x * x * y,)),
        _answer(code, "partials", pair, lambda: ask.partials(*_at()), slopes),
        _answer(code, "central_differences", pair, lambda: _differences(ask.central_differences), slopes),
        _answer(code, "autograd_partials", pair, lambda: ask.autograd_partials(_square_times, *_at()), slopes),
        _answer(code, "SquareTimes", pair, lambda: _node(ask.SquareTimes), slopes),
        _answer(code, "hessian", [(2, 2)], lambda: ask.hessian(_square_times, *_at()), (2 * y, 2 * x, 2 * x, 0.0)),
        _answer(code, "unbroadcast", [(2, 1)], lambda: ask.unbroadcast(_met(), (2, 1)), (222.0, 444.0), MET),
    )


def _answer(
    code: Code, name: str, shapes: Sequence[tuple[int, ...]], action: Callable[[], Any], right: Numbers, about: str = ""
) -> Answer:
    found = _found(code, name, shapes, action)
    numbers = found if isinstance(found, Failure) else tuple(torch.cat([each.flatten() for each in found]).tolist())
    return Answer(name, numbers, right, about)


def _at() -> tuple[Tensor, Tensor]:
    x, y = (torch.tensor(each, dtype=torch.float64) for each in AT)
    return x, y


def _differences(central_differences: Callable[..., Tensor]) -> tuple[Tensor, Tensor]:
    x, y = _at()
    by_x = central_differences(lambda moved: _square_times(moved, y.clone()), x.clone())
    return by_x, central_differences(lambda moved: _square_times(x.clone(), moved), y.clone())


def _node(square_times: Any) -> tuple[Tensor, ...]:
    x, y = (each.requires_grad_() for each in _at())
    return torch.autograd.grad(square_times.apply(x, y), (x, y))


def _met() -> Tensor:
    """The slopes by x of x²y, where a column (1, 2) meets a row (1, 10, 100)."""
    column, row = torch.tensor([[1.0], [2.0]]), torch.tensor([1.0, 10.0, 100.0])
    return 2 * column * row


def _errors(code: Code, dtype: torch.dtype) -> Errors:
    eps = torch.finfo(dtype).eps
    steps = _steps(eps)
    errors = []
    for step in steps:
        error = _error(code, dtype, torch.exp, step)
        if isinstance(error, Failure):
            return Errors(str(dtype).removeprefix("torch."), eps, steps, error, error)
        errors.append(error)
    return Errors(str(dtype).removeprefix("torch."), eps, steps, tuple(errors), _own(code, dtype))


def _steps(eps: float) -> Numbers:
    """From eps to 1, each as many times larger than the one before; eps^(1/3) is among them."""
    return tuple(eps ** (part / STEPS) for part in range(STEPS, -1, -1))


def _error(code: Code, dtype: torch.dtype, f: Callable[[Tensor], Tensor], step: float | None) -> float | Failure:
    """The largest relative error of the slopes of exp."""
    x = torch.linspace(0, 1, POINTS, dtype=dtype)
    options = {} if step is None else {"step": step}
    found = _found(
        code, "central_differences", [x.shape], lambda: code.module.central_differences(f, x.clone(), **options)
    )
    if isinstance(found, Failure):
        return found
    right = x.double().exp()
    return float(((found[0] - right) / right).abs().max())


def _own(code: Code, dtype: torch.dtype) -> tuple[float, float] | Failure:
    """The step that is taken where none is given, read from the points at which the function is called."""
    x = torch.linspace(0, 1, POINTS, dtype=dtype)
    far: list[float] = []

    def watched(moved: Tensor) -> Tensor:
        if moved.shape == x.shape:
            far.append(float((moved.detach().double() - x.double()).abs().median()))
        return moved.exp()

    error = _error(code, dtype, watched, None)
    return error if isinstance(error, Failure) else (max(far, default=0.0), error)


def _found(
    code: Code, name: str, shapes: Sequence[tuple[int, ...]], action: Callable[[], Any]
) -> tuple[Tensor, ...] | Failure:
    """The tensors of these shapes that ``action`` returns, in float64."""

    def read() -> tuple[Tensor, ...] | Failure:
        with torch.enable_grad():  # whatever the function does to it ends with this block
            found = action()
        every = [found] if len(shapes) == 1 else found
        if not isinstance(every, tuple | list) or len(every) != len(shapes):
            return Failure(name, f"returns {_kind(every)}, wanted {len(shapes)} tensors")
        plain = [code.expected(name, one, shape) for one, shape in zip(every, shapes, strict=True)]
        wrong = next((one for one in plain if isinstance(one, Failure)), None)
        return wrong or tuple(one.double() for one in plain if not isinstance(one, Failure))

    return code.run(name, read)


def _kind(found: object) -> str:
    return f"{len(found)} values" if isinstance(found, tuple | list) else f"one {type(found).__name__}"
