"""What a kata forbids is caught as it runs, under whatever name it was called.

Two modes watch a whole test: ``TorchFunctionMode`` sees the public name (function, method, ``nn`` module,
``torch.ops``), ``TorchDispatchMode`` the ATen operator below it, which no alias can avoid. The call recorder reports
what takes no part in these modes: Python and C functions, and the ways out of the guard's sight. A call is
refused only when the learner's code is on the stack, so that a test may use the fused operator as its oracle.
A thread is watched like the test that it was started in.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any
from weakref import WeakKeyDictionary

import numpy
import torch
from torch.overrides import TorchFunctionMode

from pt_kata.bans import ANYTHING as ANYTHING
from pt_kata.bans import (
    HIDDEN,
    HOOKS,
    LATER,
    NUMPY,
    TO_AND_FROM_NUMPY,
    UNWATCHED,
    Offence,
    canonical,
    is_library,
    rules,
)
from pt_kata.blame import Place, code_of, is_direct, place
from pt_kata.catalog import Ban
from pt_kata.operators import OperatorMode
from pt_kata.threads import each_new_thread

TORCHS_OWN = ("aten", "prims", "prim")
_functions_are_hidden = getattr(torch._C, "_is_torch_function_all_disabled", bool)


class Forbidden(AssertionError):
    """The code under test called an operation that its kata forbids."""


class Guard:
    """Enforces ``bans`` on code in ``files``; entered around one test.

    A violation raises where it happens and is kept in ``violation``, so that code that swallows the exception
    is still found out. ``codes`` holds what the call recorder need not report to ``refuse_code``.
    """

    def __init__(self, bans: Collection[Ban], files: Collection[str]) -> None:
        self.violation: Forbidden | None = None
        self.rules = rules(tuple(bans))
        self.codes = self.rules.harmless
        self._files = files
        self._home: int | None = None  # the thread of the test, while it is watched
        self._starters: WeakKeyDictionary[threading.Thread, Place] = WeakKeyDictionary()

    @contextmanager
    def watch(self) -> Iterator[Guard]:
        """Watch every torch operation while entered, in new threads as well; costs nothing without bans."""
        if not self.rules.bans:
            yield self
            return
        self._home = threading.get_ident()
        try:
            with self._modes(), each_new_thread(self._modes, self._on_event):
                yield self
        finally:
            self._home = None

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

    def refuse_code(self, called: Any, frame: FrameType) -> None:
        """Raise when the learner must not call ``called``.

        It is a code object, whose ``frame`` has just been entered, or a C function that ``frame`` is about to call.
        """
        if isinstance(called, CodeType):
            self._on_python(called, frame)
        else:
            self._on_c(called, frame)

    def inspect(self, name: str, shown: str) -> None:
        """Raise when ``name`` is banned for the code that is running."""
        if bans := self.rules.on(name):
            self._refuse(Offence(shown, bans), sys._getframe(1))

    def inspect_sight(self, hidden: bool) -> None:
        """Raise when one of the two modes finds that the other one is switched off."""
        if hidden:
            self._refuse(Offence("torch with a part of it disabled", self.rules.bans, HIDDEN), sys._getframe(1))

    def inspect_hook(self, name: str, hook: Any) -> None:
        """Raise when the learner gives autograd a ``hook`` that would leave no trace of the learner's on the stack."""
        if getattr(code_of(hook), "co_filename", "") not in self._files:
            self._refuse(Offence(f"{name} with a function from elsewhere", self.rules.bans, LATER), sys._getframe(1))

    def inspect_operator(self, operator: Any) -> None:
        """Raise when the learner calls an operator that isn't torch's and whose Python code the modes don't see."""
        if offence := self.rules.on_operator(operator):
            self._refuse(offence, sys._getframe(1))

    def follow(self) -> None:
        """Watch Python functions also in a thread of autograd's own, which inherits the modes and nothing else."""
        if threading.get_ident() != self._home and sys.getprofile() is None:
            sys.setprofile(self._on_event)

    @contextmanager
    def _modes(self) -> Iterator[None]:
        with _Functions(self), _Operators(self):
            yield

    def _on_event(self, frame: FrameType, event: str, arg: Any) -> None:
        """The profile function of a thread; that of the test belongs to the call recorder."""
        if not self._home:
            sys.setprofile(None)
        elif event == "call" and frame.f_code not in self.codes:
            self._on_python(frame.f_code, frame)
        elif event == "c_call" and arg.__name__ not in self.codes:
            self._on_c(arg, frame)

    def _on_python(self, code: CodeType, frame: FrameType) -> None:
        if code.co_filename in self._files:
            offence, caller = self.rules.in_body(code, frame.f_globals), None
        else:
            offence, caller = self.rules.on_python(code), frame.f_back
        if offence and (not caller or not offence.blind or is_direct(caller, self._files)):
            self._refuse(offence, frame)

    def _on_c(self, function: Any, frame: FrameType) -> None:
        offence = self.rules.on_c(function)
        if offence and offence.blind == UNWATCHED and self._adopt(frame):
            return
        if offence and (is_direct(frame, self._files) if offence.blind else not is_library(frame)):
            self._refuse(offence, frame)

    def _adopt(self, frame: FrameType) -> bool:
        """Remember who starts a thread; False where it is none of ``threading``, which nobody can follow."""
        thread = frame.f_locals.get("self")
        if isinstance(thread, threading.Thread) and (starter := self._place(frame)):
            self._starters[thread] = starter
        return isinstance(thread, threading.Thread)

    def _place(self, frame: FrameType | None) -> Place | None:
        return place(frame, self._files) or self._starters.get(threading.current_thread())

    def _refuse(self, offence: Offence, frame: FrameType | None) -> None:
        here = self._place(frame)
        for ban in offence.bans if here else ():
            if here and (not ban.functions or not ban.functions.isdisjoint(here.tasks)):
                self.violation = Forbidden(_message(offence, ban, here))
                raise self.violation


class _Functions(TorchFunctionMode):
    def __init__(self, guard: Guard) -> None:
        super().__init__()
        self._guard = guard
        self._forbids_numpy = guard.rules.forbids_numpy

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = _public_name(func)
        self._guard.inspect_sight(torch._C._dispatch_tls_is_dispatch_key_excluded(torch._C.DispatchKey.Python))
        self._guard.inspect(name, name)
        if name in HOOKS:
            self._guard.inspect_hook(name, args[1] if len(args) > 1 else None)
        if self._forbids_numpy and any(isinstance(arg, numpy.ndarray) for arg in args):
            self._guard.inspect(NUMPY, f"{name} with a NumPy array")
        return func(*args, **(kwargs or {}))


class _Operators(OperatorMode):
    def __init__(self, guard: Guard) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._guard = guard

    def on_operator(self, name: str) -> None:
        self._guard.follow()
        self._guard.inspect_sight(_functions_are_hidden())
        self._guard.inspect(name, f"torch.ops.aten.{name}")

    def run(self, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        if func.namespace not in TORCHS_OWN:
            self._guard.inspect_operator(func)
        return func(*args, **kwargs)


def _message(offence: Offence, ban: Ban, here: Place) -> str:
    if offence.blind:
        verdict, why = "where the guard of this kata can't see", offence.blind
    elif NUMPY in ban.names and (NUMPY in offence.shown.lower() or canonical(offence.shown) in TO_AND_FROM_NUMPY):
        verdict, why = "which this kata forbids here: outside torch the guard can't see", ban.why
    else:
        verdict, why = "which this kata forbids here", ban.why
    return f"{here.function} called {offence.shown}, {verdict}.\n  where     {here}\n  why       {why}"


def _public_name(func: Any) -> str:
    name = str(getattr(func, "__name__", func))
    if name in ("__get__", "__set__"):
        return str(getattr(getattr(func, "__self__", None), "__name__", name))
    return name
