"""Whose doing it is that something runs now: the frames of the learner's files on the stack."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache, partial
from inspect import unwrap
from pathlib import Path
from types import FrameType
from typing import Any

import torch

from pt_kata import calls
from pt_kata.catalog import line_of

STANDARD_LIBRARY = os.path.dirname(os.__file__) + os.sep  # noqa: PTH120
WRAPPERS = tuple(
    os.path.join("torch", *path)  # noqa: PTH118
    for path in (
        ("_compile.py",),
        ("_dynamo", "decorators.py"),
        ("_dynamo", "eval_frame.py"),
        ("utils", "_contextlib.py"),
    )
)
FIRST_ARGUMENTS = ("self", "cls", "ctx")
RECORDER, TEST, ENGINE, PYTEST = "the call recorder", "a test", "the engine", "what calls the tests"
ENGINES = Path(__file__).parent


@dataclass(frozen=True)
class Place:
    """A line of the learner's that is being executed, and the tasks of the kata on the way to it."""

    function: str
    file: str
    line: int
    tasks: frozenset[str]

    def __str__(self) -> str:
        return f"{Path(self.file).name}, line {self.line}"


def place(frame: FrameType | None, files: Collection[str]) -> Place | None:
    """The innermost line of ``files`` on the stack of ``frame``.

    Nothing where the call recorder is looking, or where a function of the tests runs, be it that the learner calls it.
    """
    steps: list[Place] = []
    while frame:
        kind = _kind(frame.f_code.co_filename)
        if kind == PYTEST:  # above it are many frames, none of them the learner's
            break
        if kind == RECORDER or (kind == TEST and not steps and frame.f_code.co_filename not in files):
            return None
        if kind != ENGINE and (step := _step(frame, files)):
            steps.append(step)
        frame = frame.f_back
    if not steps:
        return None
    here = steps[0]
    return Place(here.function, here.file, here.line, frozenset().union(*(step.tasks for step in steps)))


@cache
def _kind(name: str) -> str:
    """Whose code is in the file ``name``, as far as that tells."""
    file = Path(name)
    if name == calls.__file__:
        return RECORDER
    if file.name.startswith("test_"):
        return TEST
    if file.parent == ENGINES:
        return ENGINE
    return PYTEST if file.parts[-2:] == ("_pytest", "python.py") else ""


def is_direct(frame: FrameType | None, files: Collection[str]) -> bool:
    """Whether ``frame``, or what called it through the standard library and torch's wrappers, is code of ``files``."""
    while frame and _passes_on(frame.f_code.co_filename):
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename in files


def _step(frame: FrameType, files: Collection[str]) -> Place | None:
    code = frame.f_code
    heirs = _heirs(frame, files)
    names = {heir.__name__ for heir in heirs}
    if code.co_filename in files:
        tasks = {code.co_qualname.partition(".")[0], *_bound_to(frame), *names}
        return Place(code.co_qualname, code.co_filename, frame.f_lineno, frozenset(tasks))
    for heir in heirs:
        file = _file(heir)
        return Place(heir.__name__, file, line_of(Path(file), heir.__qualname__), frozenset(names))
    return None


def _heirs(frame: FrameType, files: Collection[str]) -> list[type]:
    """The learner's class that a method runs for, be it one that the class inherits from torch."""
    code = frame.f_code
    if not code.co_argcount or code.co_varnames[0] not in FIRST_ARGUMENTS:
        return []
    owner = frame.f_locals.get(code.co_varnames[0])
    kind = owner if isinstance(owner, type) else type(owner)
    kind = getattr(kind, "_forward_cls", kind)  # the class of ctx is made by torch for each autograd.Function
    return [kind] if _file(kind) in files else []


def _file(kind: type) -> str:
    return str(getattr(sys.modules.get(kind.__module__), "__file__", ""))


def _bound_to(frame: FrameType) -> Iterator[str]:
    """The global names under which the running function can be called as well."""
    for name, value in frame.f_globals.items():
        if code_of(value) is frame.f_code:
            yield name


def is_own(value: Any, folder: Path) -> bool:
    """Whether a function, class or object is made by code in ``folder``, so that its calls can be told from others."""
    if compiled(value):
        return False
    if code := code_of(value):
        return Path(code.co_filename).parent == folder
    kind = value if isinstance(value, type) else type(value)
    return Path(_file(kind)).parent == folder


def compiled(value: object) -> bool:
    """Whether ``value`` is what ``torch.compile`` or TorchScript made of a function or module."""
    if isinstance(value, torch.jit.ScriptFunction | torch.jit.ScriptModule):
        return True
    original = getattr(value, "_torchdynamo_orig_callable", None)
    return original is not None and not getattr(value, "_torchdynamo_disable", False)


def code_of(value: Any) -> Any:
    """The code object of a Python function, also below ``functools.partial`` and decorators; None for all else."""
    while isinstance(value, partial):
        value = value.func
    # The type is asked, not the value: a module or a mock may answer to any name.
    if hasattr(type(value), "__wrapped__") or "__wrapped__" in getattr(value, "__dict__", ()):
        value = unwrap(value)
    return getattr(value, "__code__", None)


def _passes_on(file: str) -> bool:
    in_standard_library = file.startswith(STANDARD_LIBRARY) and "site-packages" not in file
    return in_standard_library or file.startswith("<frozen ") or file.endswith(WRAPPERS)
