"""What a piece of code allocates and copies, operator by operator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from pt_kata import calls
from pt_kata.operators import OperatorMode

COPYING = frozenset({"clone", "copy", "copy_", "_to_copy"})
FROM_PYTHON = {"lift_fresh": "torch.tensor"}  # the operator that runs after the numbers are in memory


@dataclass(frozen=True)
class Allocation:
    """An operator that took new memory for ``elements`` elements, or copied as many into memory that was there."""

    operator: str
    shape: tuple[int, ...]
    elements: int
    is_copy: bool
    where: str

    def __str__(self) -> str:
        place = self.where or "outside your file"
        return f"{self.operator} made {self.shape}, {self.elements} elements, {place}"


def allocations(function: Callable[..., object], *args: object) -> tuple[Any, list[Allocation]]:
    """The result of ``function(*args)``, and what was allocated and copied on the way, views being free.

    Seen is every ATen operator, be it called directly, by autograd, by an ``autograd.Function`` or by ``torch.func``;
    not seen is what an operator allocates inside itself and gives back.
    """
    ledger = _Ledger()
    with ledger:
        result = function(*args)
    return result, ledger.entries


class _Ledger(OperatorMode):  # type: ignore[no-untyped-call]
    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.entries: list[Allocation] = []
        self._operator = ""

    def on_operator(self, name: str) -> None:
        self._operator = name

    def run(self, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        name = self._operator
        with _unseen():
            room = dict(memory for tensor in _tensors((args, kwargs)) for memory in _memory(tensor))
        result = func(*args, **kwargs)
        with _unseen():
            self._compare(name, list(_tensors(result)), room)
        return result

    def _compare(self, name: str, results: list[Tensor], room: dict[int, int]) -> None:
        for tensor in results:
            for storage, size in _memory(tensor):
                if size > room.get(storage, 0):
                    room[storage] = size
                    self._note(name, tensor, size)
                elif name in COPYING or name in FROM_PYTHON:
                    self._note(name, tensor, tensor.numel())

    def _note(self, name: str, tensor: Tensor, elements: int) -> None:
        shown = FROM_PYTHON.get(name, name)
        self.entries.append(Allocation(shown, tuple(tensor.shape), elements, name in COPYING, calls.where()))


def _unseen() -> AbstractContextManager[None]:
    """Let the guard not take the ledger's questions for the learner's."""
    hidden: AbstractContextManager[None] = torch._C.DisableTorchFunction()
    return hidden


def _memory(tensor: Tensor) -> Iterator[tuple[int, int]]:
    """The address of a tensor's storage and the elements that it has room for; nothing for tensors without one."""
    try:
        storage = tensor.untyped_storage()
    except (NotImplementedError, RuntimeError):  # sparse, for example
        return
    yield storage._cdata, storage.nbytes() // tensor.itemsize


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        yield from _tensors(tuple(value.values()))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _tensors(item)
