"""Cheap answers: what could pass for an answer without being one, made for every function of a kata."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from types import FunctionType, ModuleType
from typing import Any

import torch
from torch import Tensor

from pt_kata.audit.banned import call_of
from pt_kata.audit.check import Check, Examiner
from pt_kata.diagnosis import same_value

FILE = "<cheap answer>"
FUSED = "fused operator"
ENOUGH = 200  # calls of a function show whether a cheap answer differs from the right one
OTHER_DTYPE = {
    torch.float64: torch.float32,
    torch.float32: torch.float64,
    torch.int64: torch.int32,
    torch.bool: torch.uint8,
}

Place = tuple[str, str]  # of a function: its class or nothing, and its name
Change = Callable[[Any], Any]  # of a right result


@dataclass(frozen=True)
class Cheat:
    """A cheap answer: what it returns for ``args``, and may ask the right function for."""

    give: Callable[[Callable[[], Any], tuple[Any, ...]], Any]


def prove(examiner: Examiner) -> Check:
    """Every function and method of the kata, with every cheap answer that is not by chance the right one."""
    check = Check(examiner.kata.id, "cheap answers")
    applicable = _applicable(examiner)
    for task, owner, name in functions(examiner.hybrids.reference(), [task.name for task in examiner.kata.tasks]):
        cases = examiner.cheapest_first(task)
        cheats = {kind: CHEATS[kind] for kind in CHEATS if kind in applicable[owner, name]} | _fused(examiner, task)
        for kind, cheat in cheats.items():
            module = examiner.hybrids.reference()
            _replace(module, owner, name, partial(_cheating, cheat))
            red = examiner.first_red(module, cases, [FILE], guarded=kind == FUSED)
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


def _applicable(examiner: Examiner) -> dict[Place, set[str]]:
    """For every function, the cheap answers that ever differ from the right one while the tests run."""
    module = examiner.hybrids.reference()
    found: dict[Place, set[str]] = {}
    for _, owner, name in list(functions(module, [task.name for task in examiner.kata.tasks])):
        kinds = found.setdefault((owner, name), set())
        _replace(module, owner, name, partial(_observing, kinds))
    for _ in examiner.plain.run(module, examiner.cases, set()):
        pass
    for owner, name in found:
        if name == "backward":  # autograd sums a gradient to the shape of its input
            found[owner, name].discard("another shape")
    return found


def _observing(kinds: set[str], right: Callable[..., Any]) -> Callable[..., Any]:
    calls = 0

    def observe(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        result = right(*args, **kwargs)
        calls += 1
        if calls <= ENOUGH:
            given = (*args, *kwargs.values())
            kinds.update(kind for kind, change in CHANGES.items() if not _indistinguishable(change(result), result))
            kinds.update({"None"} if result is not None or given else ())
            kinds.update({"the input itself"} if given and result is not given[0] else ())
            kinds.update({"input changed"} if any(True for _ in _tensors(list(given))) else ())
        return result

    return observe


def _cheating(cheat: Cheat, right: Callable[..., Any]) -> Callable[..., Any]:
    def answer(*args: Any, **kwargs: Any) -> Any:
        return cheat.give(lambda: right(*args, **kwargs), (*args, *kwargs.values()))

    return answer


def _replace(module: ModuleType, owner: str, name: str, make: Callable[[Callable[..., Any]], Any]) -> None:
    """Put what ``make`` makes of a function in its place, under its name and in a file of its own for the guard."""
    place: Any = getattr(module, owner) if owner else module
    original = vars(place)[name]
    static = isinstance(original, staticmethod)
    function = make(original.__func__ if static else original)
    qualname = f"{owner}.{name}" if owner else name
    function.__code__ = function.__code__.replace(co_filename=FILE, co_name=name, co_qualname=qualname)
    function.__name__, function.__qualname__, function.__module__ = name, qualname, module.__name__
    setattr(place, name, staticmethod(function) if static else function)


def _fused(examiner: Examiner, task: str) -> dict[str, Cheat]:
    """The right answer, after a call of an operator that the kata forbids there."""
    bans = [ban for ban in examiner.kata.bans if not ban.functions or task in ban.functions]
    call = next((call for ban in bans if (call := call_of(ban))), None)
    if not call:
        return {}

    def give(ask: Callable[[], Any], _: tuple[Any, ...]) -> Any:
        call()
        return ask()

    return {FUSED: Cheat(give)}


def _leaves(change: Change) -> Change:
    """Change every tensor and number of a result."""

    def walk(value: Any) -> Any:
        if isinstance(value, Tensor | int | float):
            return change(value)
        if isinstance(value, dict):
            return {key: walk(item) for key, item in value.items()}
        if type(value) in (list, tuple):
            return type(value)(walk(item) for item in value)
        return value

    return walk


def _filled(number: float) -> Change:
    def fill(value: Any) -> Any:
        if isinstance(value, Tensor):
            return torch.full_like(value, number) if value.is_floating_point() or not math.isnan(number) else value
        return type(value)(number) if isinstance(value, float) or not math.isnan(number) else value

    return fill


def _of_tensors(change: Callable[[Tensor], Tensor]) -> Change:
    return lambda value: change(value) if isinstance(value, Tensor) else value


def _changed(change: Change, ask: Callable[[], Any], args: tuple[Any, ...]) -> Any:
    return change(ask())


def _input_itself(ask: Callable[[], Any], args: tuple[Any, ...]) -> Any:
    return args[0] if args else None


def _input_changed(ask: Callable[[], Any], args: tuple[Any, ...]) -> Any:
    result = ask()
    tensor = next(_tensors(list(args)), None)
    if tensor is not None:
        with torch.no_grad():
            tensor += 1
    return result


CHANGES: dict[str, Change] = {
    "zeros": _leaves(_filled(0)),
    "ones": _leaves(_filled(1)),
    "a constant": _leaves(_filled(7)),
    "NaN": _leaves(_filled(math.nan)),
    "another shape": _leaves(_of_tensors(lambda tensor: tensor.unsqueeze(0))),
    "detached": _leaves(_of_tensors(lambda tensor: tensor.detach())),
    "another dtype": _leaves(_of_tensors(lambda tensor: tensor.to(OTHER_DTYPE.get(tensor.dtype, tensor.dtype)))),
}
CHEATS: dict[str, Cheat] = {
    **{kind: Cheat(partial(_changed, change)) for kind, change in CHANGES.items()},
    "None": Cheat(lambda ask, args: None),
    "the input itself": Cheat(_input_itself),
    "input changed": Cheat(_input_changed),
}


def _indistinguishable(result: Any, right: Any) -> bool:
    """Whether a caller can't tell the cheap result from the right one."""
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
