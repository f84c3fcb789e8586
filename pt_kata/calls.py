"""What the tests asked of the code under test, and the line on which each answer was returned.

A profile function notes every outermost call into the files under test: its arguments as they were on
entry, its result, and its frame. Nothing is wrapped, so the learner's functions stay their own. A failed
check looks up the call that made the value, and the traceback can end on the learner's own line.
"""

from __future__ import annotations

import inspect
import sys
from collections import deque
from collections.abc import Callable, Collection, Container
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any, NoReturn

from torch import Tensor

from pt_kata.switches import modes, set_modes

MOST_CALLS_KEPT = 256
MOST_VALUES_SHOWN = 6
C_CALLS = 4  # Python counts calls through C as well, of which a frame may take several
STEP = 16  # the depth of the stack is looked at so often
_set_limit = sys.setrecursionlimit  # a test may put another one in its place


@dataclass
class Call:
    """One call into the code under test: its arguments as they came in, its result, and where it returned."""

    name: str
    arguments: list[tuple[str, object]]
    frame: FrameType
    result: Any = None
    line: int = 0

    @property
    def text(self) -> str:
        """The call as it would be written: ``name(argument=value, ...)``."""
        shown = [f"{name}{'=' if name else ''}{describe(value)}" for name, value in self.arguments]
        return f"{self.name}({', '.join(shown)})"

    def traceback(self) -> TracebackType:
        """A traceback entry that points at the line that returned."""
        return TracebackType(None, self.frame, self.frame.f_lasti, self.line)


class Recorder:
    """Records calls into ``files`` while it is entered.

    ``on_call``, where given, hears of every call, except of what is in ``harmless``: with the code object of a
    Python function and its new frame, or with a C function and the frame that calls it. What it raises stops the call.
    ``on_return`` hears of every outermost call that has returned. ``lost`` says that somebody else, or an error inside
    it, took the profile function away.
    """

    def __init__(
        self,
        files: Collection[str],
        harmless: Container[CodeType | str] = (),
        on_call: Callable[[Any, FrameType], None] | None = None,
        on_return: Callable[[Call], None] | None = None,
    ) -> None:
        self.calls: deque[Call] = deque(maxlen=MOST_CALLS_KEPT)
        self.blamed: Call | None = None
        self.lost = False
        self.files = files
        self._harmless = harmless
        self._on_call = on_call
        self._on_return = on_return
        self._depth = 0
        self._room = 0
        self._profile = self._event  # one object, to know it again

    def __enter__(self) -> Recorder:
        global _active
        self._before, _active = (_active, sys.getprofile()), self
        self._limit = sys.getrecursionlimit()
        sys.setprofile(self._profile)
        return self

    def __exit__(self, *_: object) -> None:
        global _active
        self.lost = sys.getprofile() is not self._profile
        _active, profile = self._before
        sys.setprofile(profile)
        _set_limit(self._limit)

    def latest(self) -> Call | None:
        """The latest call that returned."""
        return next((call for call in reversed(self.calls) if call.line), None)

    def _event(self, frame: FrameType, event: str, arg: Any) -> None:
        if event == "call":
            code = frame.f_code
            if code.co_filename in self.files:
                if not self._depth:
                    self._begin(frame)
                self._depth += 1
                if not self._depth % STEP:
                    self._mind_the_depth(frame)
            if self._on_call and code not in self._harmless:
                self._on_call(code, frame)
        elif event == "c_call":
            if self._on_call and arg.__name__ not in self._harmless:
                self._on_call(arg, frame)
        elif event == "return" and self._depth and frame.f_code.co_filename in self.files:
            self._depth -= 1
            if not self._depth:
                self._end(frame, arg)

    def _begin(self, frame: FrameType) -> None:
        self._trace, self._modes = sys.gettrace(), modes()
        try:
            arguments = _arguments(frame)
        except Exception:  # a value of the learner's that can't be looked at
            arguments = []
        self.calls.append(Call(frame.f_code.co_qualname, arguments, frame))

    def _end(self, frame: FrameType, result: Any) -> None:
        call = self.calls[-1]
        call.result, call.line = result, frame.f_lineno
        self._give_back()
        if sys.gettrace() is not self._trace:
            sys.settrace(self._trace)
        if modes() != self._modes:
            set_modes(self._modes)
        if self._on_return:
            self._on_return(call)

    def _mind_the_depth(self, frame: FrameType) -> None:
        """Raise RecursionError on the learner's next line: one that struck in here would take the recorder away."""
        depth, outer = 0, frame.f_back
        while outer:
            depth, outer = depth + 1, outer.f_back
        if not self._room:
            self._borrowed_from = sys.getrecursionlimit()
            self._room = C_CALLS * self._limit
            _set_limit(max(self._room, self._borrowed_from))
        if depth > min(self._limit, self._borrowed_from):
            frame.f_trace = _too_deep
            sys.settrace(_too_deep)

    def _give_back(self) -> None:
        """Set the limit back that was raised for the recorder itself, unless the learner has set another one."""
        if self._room and sys.getrecursionlimit() == self._room:
            _set_limit(self._borrowed_from)
        self._room = 0


def _too_deep(*_: object) -> NoReturn:
    raise RecursionError("maximum recursion depth exceeded")


_active: Recorder | None = None


def find(result: object) -> Call | None:
    """The latest recorded call that returned ``result`` itself, alone or inside a tuple, list or dict."""
    calls = reversed(_active.calls) if _active else ()
    return next((call for call in calls if _holds(call.result, result)), None)


def last() -> Call | None:
    """The latest recorded call that returned."""
    return _active.latest() if _active else None


def blame(call: Call | None) -> None:
    """Note the call that a failed check is about; the traceback will end on the line that returned from it."""
    if _active:
        _active.blamed = call


def where() -> str:
    """The line under test that is being executed, such as ``kata.py, line 7``; empty where there is none."""
    frame: FrameType | None = sys._getframe(1)
    while frame and _active:
        if frame.f_code.co_filename in _active.files:
            return f"{Path(frame.f_code.co_filename).name}, line {frame.f_lineno}"
        frame = frame.f_back
    return ""


def describe(value: object) -> str:
    """One line for any value: dtype, shape, device and, where they are few, the numbers of a tensor."""
    if isinstance(value, Tensor):
        return _describe_tensor(value)
    if isinstance(value, list | tuple) and any(isinstance(item, Tensor) for item in value):
        shown = ", ".join(describe(item) for item in value[:4])
        return f"[{shown}{', …' if len(value) > 4 else ''}]"
    if callable(value):
        return str(getattr(value, "__name__", type(value).__name__))
    text = " ".join(_safe_repr(value).split())
    return text if len(text) <= 80 else text[:77] + "..."


def numbers(tensor: Tensor) -> str:
    """The values of a tensor, rounded for reading; empty where they can't be read."""
    try:
        values = tensor.detach().tolist()
    except (RuntimeError, NotImplementedError):
        return ""
    return _rounded(values)


def _holds(found: object, wanted: object) -> bool:
    if found is wanted:
        return True
    if isinstance(found, dict):
        found = list(found.values())
    return isinstance(found, list | tuple) and any(item is wanted for item in found)


def _arguments(frame: FrameType) -> list[tuple[str, object]]:
    names, varargs, keywords, values = inspect.getargvalues(frame)
    given = [(name, values[name]) for name in names if name not in ("self", "cls", "ctx")]
    given += [("", value) for value in values.get(varargs or "", ())]
    given += values.get(keywords or "", {}).items()
    return [(name, _as_of_now(value)) for name, value in given]


class _Described(str):
    """A description that stands for a value which may change later."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _as_of_now(value: object) -> object:
    """A tensor, or a list of them, is described at once: the call may write to it. Anything else can wait."""
    members = value if isinstance(value, list | tuple) else (value,)
    mutable = any(isinstance(member, Tensor) for member in members)
    return _Described(describe(value)) if mutable else value


def _describe_tensor(tensor: Tensor) -> str:
    dtype = str(tensor.dtype).removeprefix("torch.")
    values = numbers(tensor) if tensor.numel() <= MOST_VALUES_SHOWN else ""
    return " ".join(filter(None, [dtype, str(tuple(tensor.shape)), f"on {tensor.device}", values]))


def _rounded(values: object) -> str:
    if isinstance(values, list):
        return f"[{', '.join(_rounded(value) for value in values)}]"
    return f"{values:.6g}" if isinstance(values, float) else str(values)


def _safe_repr(value: object) -> str:
    try:
        return str(repr(value))
    except (Exception, SystemExit, GeneratorExit):
        return object.__repr__(value)
