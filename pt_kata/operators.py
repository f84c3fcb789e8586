"""Watching the ATen operators that run: the base of the guard and of the operator count."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode


class OperatorMode(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """While entered, calls ``on_operator`` with every ATen operator before it runs."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        # By default torch wraps the method below so that the first operator imports the compiler: two seconds.
        return False

    @abstractmethod
    def on_operator(self, name: str) -> None:
        """Take note of an operator, named without its overload; an exception stops it."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.on_operator(func.overloadpacket.__name__)
        return func(*args, **(kwargs or {}))
