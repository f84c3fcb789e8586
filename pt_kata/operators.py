"""Watching the ATen operators that run: the base of the guard, of the operator count and of the allocations."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode


class OperatorMode(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """While entered, calls ``on_operator`` with every ATen operator before it runs, and ``run`` to run it."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        # By default torch wraps the method below so that the first operator imports the compiler: two seconds.
        return False

    @abstractmethod
    def on_operator(self, name: str) -> None:
        """Take note of an operator, named without its overload; an exception stops it."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.on_operator(func.overloadpacket.__name__)
        return self.run(func, args, kwargs or {})

    def run(self, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        """Run the operator; a subclass may look at what goes in and comes out."""
        return func(*args, **kwargs)
