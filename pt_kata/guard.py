"""What a kata forbids is caught as it runs, under whatever name it was called.

Two modes watch a whole test: ``TorchFunctionMode`` sees the public name (function, method, ``nn`` module,
``torch.ops``), ``TorchDispatchMode`` the ATen operator below it, which no alias can avoid. An operator is
refused only when the learner's code is on the stack, so that a test may use the fused operator as its oracle.
Python functions that touch no tensor (``torch.broadcast_shapes``) are recognized by their code object, which the
call recorder watches.
"""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from torch.overrides import TorchFunctionMode

from pt_kata import calls
from pt_kata.catalog import Ban
from pt_kata.operators import OperatorMode

ANYTHING = "*"


class Forbidden(AssertionError):
    """The code under test called an operation that its kata forbids."""


class Guard:
    """Enforces ``bans`` on code in ``files``; entered around one test.

    A violation raises where it happens and is kept in ``violation``, so that code that swallows the exception
    is still found out.
    """

    def __init__(self, bans: Collection[Ban], files: Collection[str]) -> None:
        self.violation: Forbidden | None = None
        self.codes = _python_functions(tuple(bans))
        self._bans = bans
        self._files = files

    @contextmanager
    def watch(self) -> Iterator[Guard]:
        """Watch every torch operation while entered; costs nothing for a kata without bans."""
        if not self._bans:
            yield self
            return
        with _Functions(self), _Operators(self):
            yield self

    @contextmanager
    def insist(self) -> Iterator[None]:
        """Raise the violation at the end where the code under test swallowed it or turned it into another error."""
        try:
            yield
        except Exception:
            if not self.violation:
                raise
        if self.violation:
            raise self.violation

    def refuse_code(self, code: CodeType, frame: FrameType) -> None:
        """Raise for a banned Python function that the learner's code has just called."""
        ban, name = self.codes[code]
        self._refuse(ban, name, frame)

    def inspect(self, name: str, shown: str) -> None:
        """Raise when ``name`` is banned for the code that is running."""
        for ban in self._bans:
            if name in ban.names or ANYTHING in ban.names:
                self._refuse(ban, shown, sys._getframe(1))

    def _refuse(self, ban: Ban, shown: str, frame: FrameType | None) -> None:
        stack = _frames_in(self._files, frame)
        tasks = [frame.f_code.co_qualname.partition(".")[0] for frame in stack]
        if not stack or (ban.functions and ban.functions.isdisjoint(tasks)):
            return
        here = stack[0]
        self.violation = Forbidden(
            f"{here.f_code.co_qualname} called {shown}, which this kata forbids here.\n"
            f"  where     {Path(here.f_code.co_filename).name}, line {here.f_lineno}\n"
            f"  why       {ban.why}"
        )
        raise self.violation


class _Functions(TorchFunctionMode):
    def __init__(self, guard: Guard) -> None:
        super().__init__()
        self._guard = guard

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = _public_name(func)
        self._guard.inspect(canonical(name), name)
        return func(*args, **(kwargs or {}))


class _Operators(OperatorMode):
    def __init__(self, guard: Guard) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._guard = guard

    def on_operator(self, name: str) -> None:
        self._guard.inspect(canonical(name), f"torch.ops.aten.{name}")


def canonical(name: str) -> str:
    """One name for all spellings: ``_log_softmax.default``, ``log_softmax_`` and ``log_softmax`` are the same."""
    return name.partition(".")[0].strip("_").removeprefix("special_").removesuffix("_forward")


def _public_name(func: Any) -> str:
    name = str(getattr(func, "__name__", func))
    if name in ("__get__", "__set__"):
        return str(getattr(getattr(func, "__self__", None), "__name__", name))
    return name


def _frames_in(files: Collection[str], frame: FrameType | None) -> list[FrameType]:
    """The frames of ``files`` on the stack, innermost first; none where the call recorder is looking at a value."""
    found = []
    while frame:
        if frame.f_code.co_filename == calls.__file__:
            return []
        if frame.f_code.co_filename in files:
            found.append(frame)
        frame = frame.f_back
    return found


@cache
def _python_functions(bans: tuple[Ban, ...]) -> dict[CodeType, tuple[Ban, str]]:
    """The code objects of the dotted names that ``bans`` lists, such as ``torch.broadcast_shapes``."""
    dotted = [(ban, name) for ban in bans for name in ban.names if "." in name]
    return {pkgutil.resolve_name(name).__code__: (ban, name) for ban, name in dotted}
