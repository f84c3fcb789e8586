"""Cheap answers: what could pass for an answer without being one, made for every function of a kata."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

import torch
from torch import Tensor

from pt_kata.audit.banned import call_of
from pt_kata.audit.check import Check, Examiner
from pt_kata.diagnosis import same_value

FILE = "<cheap answer>"
Cheat = Callable[[Callable[[], Any], tuple[Any, ...]], Any]
OTHER_DTYPE = {
    torch.float64: torch.float32,
    torch.float32: torch.float64,
    torch.int64: torch.int32,
    torch.bool: torch.uint8,
}


@dataclass
class Attempt:
    """One cheap answer in place of one function; ``differs`` once it has given anything but the right answer."""

    right: Callable[..., Any]
    cheat: Cheat
    differs: bool = False

    def answer(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What the cheap answer gives; called from a frame of its own, which the guard takes for the learner's."""
        right: list[Any] = []

        def ask() -> Any:
            right.append(self.right(*args, **kwargs))
            return right[0]

        before = [tensor._version for tensor in _tensors([*args, *kwargs.values()])]
        result = self.cheat(ask, (*args, *kwargs.values()))
        after = [tensor._version for tensor in _tensors([*args, *kwargs.values()])]
        same = bool(right) and _indistinguishable(result, right[0]) and before == after
        self.differs = self.differs or not same
        return result


def prove(examiner: Examiner) -> Check:
    """Every function and method of the kata, with every cheap answer in its place."""
    check = Check(examiner.kata.id, "cheap answers")
    for task, owner, name in functions(examiner.hybrids.reference(), [task.name for task in examiner.kata.tasks]):
        cases = examiner.cheapest_first(task)
        for kind, cheat in _cheats(examiner, task, name).items():
            module = examiner.hybrids.reference()
            attempt = _install(module, owner, name, cheat)
            red = examiner.first_red(module, cases, [FILE])
            if attempt.differs or kind == "fused operator":
                where = f"{owner + '.' if owner else ''}{name}"
                check.rows.append({"function": where, "answer": kind, "caught_by": str(red[0]) if red else ""})
                check.note(red is not None, f"{where}: {kind} passes all tests")
    return check


def functions(module: ModuleType, tasks: list[str]) -> Iterator[tuple[str, str, str]]:
    """Every function as (task, class or nothing, name): the tasks, and the methods of those that are classes."""
    for task in tasks:
        value = getattr(module, task)
        if not isinstance(value, type):
            yield task, "", task
            continue
        for name, member in vars(value).items():
            public = not name.startswith("_") or (name.startswith("__") and name not in ("__init__", "__repr__"))
            if public and isinstance(member, FunctionType | staticmethod):
                yield task, task, name


def _install(module: ModuleType, owner: str, name: str, cheat: Cheat) -> Attempt:
    place: Any = getattr(module, owner) if owner else module
    original = vars(place)[name]
    static = isinstance(original, staticmethod)
    attempt = Attempt(original.__func__ if static else original, cheat)

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return attempt.answer(args, kwargs)

    qualname = f"{owner}.{name}" if owner else name
    wrapper.__code__ = wrapper.__code__.replace(co_filename=FILE, co_name=name, co_qualname=qualname)
    wrapper.__name__, wrapper.__qualname__, wrapper.__module__ = name, qualname, module.__name__
    setattr(place, name, staticmethod(wrapper) if static else wrapper)
    return attempt


def _cheats(examiner: Examiner, task: str, name: str) -> dict[str, Cheat]:
    cheats = {**CHEATS, **_fused(examiner, task)}
    if name == "backward":
        del cheats["another shape"]  # autograd sums a gradient to the shape of its input
    return cheats


def _fused(examiner: Examiner, task: str) -> dict[str, Cheat]:
    """The right answer, after a call of an operator that the kata forbids there."""
    bans = [ban for ban in examiner.kata.bans if not ban.functions or task in ban.functions]
    calls = [call for ban in bans if (call := call_of(ban))]
    if not calls:
        return {}

    def cheat(ask: Callable[[], Any], _: tuple[Any, ...]) -> Any:
        calls[0]()
        return ask()

    return {"fused operator": cheat}


def _leaves(change: Callable[[Any], Any]) -> Cheat:
    """A cheap answer that changes every tensor and number of the right one."""

    def walk(value: Any) -> Any:
        if isinstance(value, Tensor | int | float):
            return change(value)
        if isinstance(value, dict):
            return {key: walk(item) for key, item in value.items()}
        if type(value) in (list, tuple):
            return type(value)(walk(item) for item in value)
        return value

    return lambda ask, args: walk(ask())


def _filled(number: float) -> Callable[[Any], Any]:
    def fill(value: Any) -> Any:
        if isinstance(value, Tensor):
            return torch.full_like(value, number) if value.is_floating_point() or not math.isnan(number) else value
        return type(value)(number) if isinstance(value, float) or not math.isnan(number) else value

    return fill


def _of_tensors(change: Callable[[Tensor], Tensor]) -> Callable[[Any], Any]:
    return lambda value: change(value) if isinstance(value, Tensor) else value


def _input_itself(ask: Callable[[], Any], args: tuple[Any, ...]) -> Any:
    return args[0] if args else None


def _input_changed(ask: Callable[[], Any], args: tuple[Any, ...]) -> Any:
    result = ask()
    tensor = next(_tensors(list(args)), None)
    if tensor is not None:
        with torch.no_grad():
            tensor += 1
    return result


CHEATS: dict[str, Cheat] = {
    "zeros": _leaves(_filled(0)),
    "ones": _leaves(_filled(1)),
    "the input itself": _input_itself,
    "a constant": _leaves(_filled(7)),
    "NaN": _leaves(_filled(math.nan)),
    "None": lambda ask, args: None,
    "another shape": _leaves(_of_tensors(lambda tensor: tensor.unsqueeze(0))),
    "detached": _leaves(_of_tensors(lambda tensor: tensor.detach())),
    "another dtype": _leaves(_of_tensors(lambda tensor: tensor.to(OTHER_DTYPE.get(tensor.dtype, tensor.dtype)))),
    "input changed": _input_changed,
}


def _indistinguishable(result: Any, right: Any) -> bool:
    """Whether no caller could tell the cheap result from the right one."""
    if isinstance(result, Tensor) and isinstance(right, Tensor) and result.requires_grad != right.requires_grad:
        return False
    if isinstance(result, list | tuple) and isinstance(right, list | tuple) and len(result) == len(right):
        return all(map(_indistinguishable, result, right))
    return result is right or (type(result) is type(right) and _known(right) and same_value(result, right))


def _known(value: Any) -> bool:
    return isinstance(value, Tensor | int | float | str | dict)


def _tensors(values: list[Any]) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from _tensors(list(value))
