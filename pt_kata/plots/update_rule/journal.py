"""Writes down every parameter and gradient of a fit, between ``fit_line`` and its optimizer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NoReturn

import torch
from torch import Tensor

from pt_kata.plots.code import Code
from pt_kata.plots.failure import Failure
from pt_kata.plots.update_rule.data import Row

Entry = tuple[list[float], list[float | None]]  # the parameters, and their gradients


class _Broken(Exception):
    """The optimizer failed, not the function that uses it."""


class Journal:
    """The entries of all steps, and how the fit ended."""

    def __init__(self, code: Code, optimizer: str, size: int) -> None:
        """Prepare for so many numbers in the parameters of ``fit_line``."""
        self._code = code
        self._optimizer = optimizer
        self._size = size
        self._entries: list[Entry] = []
        self._made = 0
        self._losses: list[float] = []
        self._end: list[float] = []
        self.failure: Failure | None = None

    def fit(self, x: Tensor, y: Tensor, make: Callable[[list[Tensor]], Any], steps: int, start: Tensor | None) -> None:
        """Run ``fit_line`` with an optimizer that is watched."""
        ready = self._code.run(self._optimizer, lambda: None)  # it may have not ended before
        found = ready or self._code.run("fit_line", lambda: self._run(x, y, make, steps, start))
        self.failure = found if isinstance(found, Failure) else None
        if self._made > 1:
            self._code.notes.append(f"fit_line makes {self._made} optimizers, wanted one")

    def _run(
        self, x: Tensor, y: Tensor, make: Callable[[list[Tensor]], Any], steps: int, start: Tensor | None
    ) -> Failure | None:
        def watched(params: Iterable[Tensor]) -> _Watched:
            self._made += 1
            every = list(params)
            return _Watched(_blamed(lambda: make(every)), every, self._entries)

        try:
            with torch.enable_grad():  # whatever a function does to it ends with this block
                return self._read(self._code.module.fit_line(x, y, watched, steps, start), steps)
        except _Broken as broken:
            return self._code.run(self._optimizer, partial(_raise, broken.__cause__ or broken))

    def _read(self, found: Any, steps: int) -> Failure | None:
        if not isinstance(found, tuple) or len(found) != 3:
            kind = "None" if found is None else f"one {type(found).__name__}"
            return Failure("fit_line", f"returns {kind}, wanted weights, bias and losses")
        *both, losses = found
        pairs = zip(both, ((self._size - 1,), ()), strict=True)
        weights, bias = (self._code.expected("fit_line", one, shape) for one, shape in pairs)
        if isinstance(weights, Failure) or isinstance(bias, Failure):
            return next(one for one in (weights, bias) if isinstance(one, Failure))
        self._end = _flat([weights, bias])
        self._losses = [_number(loss) for loss in losses]
        if len(self._losses) != steps:
            self._code.notes.append(f"fit_line returns {len(self._losses)} losses, wanted {steps}")
        return None

    def rows(self) -> tuple[Row, ...]:
        """A row for each step whose parameters are as many as wanted, and one for what was returned."""
        fitting = [entry for entry in self._entries if len(entry[0]) == self._size]
        rows = [Row(step, self._loss(step), tuple(one), tuple(slopes)) for step, (one, slopes) in enumerate(fitting)]
        if self._end:
            rows.append(Row(len(rows), None, tuple(self._end), (None,) * self._size))
        return tuple(rows)

    def _loss(self, step: int) -> float | None:
        return self._losses[step] if step < len(self._losses) else None


class _Watched:
    """An optimizer whose steps are written down."""

    def __init__(self, inner: Any, params: list[Tensor], entries: list[Entry]) -> None:
        self._inner = inner
        self._params = params
        self._entries = entries

    def step(self) -> None:
        """Write down what the optimizer finds, and let it take its step."""
        slopes = [slope for param in self._params for slope in _slopes(param)]
        self._entries.append((_flat(self._params), slopes))
        _blamed(self._inner.step)


def _slopes(param: Tensor) -> list[float | None]:
    none: list[float | None] = [None] * param.numel()
    return none if param.grad is None else [*_flat([param.grad])]


def _flat(tensors: Iterable[Tensor]) -> list[float]:
    return [value for one in tensors for value in one.detach().double().flatten().tolist()]


def _blamed(action: Callable[[], Any]) -> Any:
    try:
        return action()
    except Exception as error:
        raise _Broken from error


def _raise(error: BaseException) -> NoReturn:
    raise error


def _number(loss: Any) -> float:
    return float(loss.detach() if isinstance(loss, Tensor) else loss)
