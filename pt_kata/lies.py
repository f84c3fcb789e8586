"""Values that could answer for themselves: what a learner's function gives to the tests must be plain.

A test compares with ``==``, ``<``, ``in`` and torch's functions. A subclass of float or Tensor can answer these as it
likes, and so can any object with an ``__eq__``; the classes that a kata asks for are known by their names.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Collection, Iterable, Iterator
from types import CodeType, FunctionType
from typing import Any

import numpy
import torch
from torch import Tensor

DEEPEST = 3
MOST_ITEMS = 200
HEAP = 1 << 9  # the flag of classes that are made in Python, and of some that are not
PLAIN = frozenset(
    map(id, (Tensor, torch.nn.Parameter, torch.Size, int, float, bool, complex, str, bytes, type(None), type, range))
)
VALUES = (Tensor, numpy.ndarray, numpy.generic, float, int, complex, str, bytes, list, dict, set, frozenset, tuple)
VALUE_TYPES = frozenset(map(id, VALUES))  # compared as numbers: a metaclass may answer ==
CONTAINERS = frozenset(map(id, (list, tuple, dict, set, frozenset)))
COMPARISONS = frozenset({"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"})
PROTOCOLS = COMPARISONS | {
    "__array_function__",
    "__array_ufunc__",
    "__class__",
    "__torch_dispatch__",
    "__torch_function__",
}
LOOKS = {"__contains__", "__getattr__", "__getattribute__", "__getitem__", "__hash__", "__iter__", "__len__"}
# As type itself answers, whatever a metaclass may say:
_mro, _namespace, _flags, _name_of = (
    type.__dict__[name].__get__ for name in ("__mro__", "__dict__", "__flags__", "__name__")
)


class Plainness:
    """Looks for values that are not plain; ``tasks`` are the classes that may compare as they like.

    ``files`` hold the code under test. ``comparing`` holds the code that compares objects of the tasks: where a test
    compares two of them by ``==`` or in a set, the answer is the learner's.
    """

    def __init__(self, tasks: Collection[str], files: Collection[str]) -> None:
        self.comparing: set[CodeType] = set()
        self._tasks = set(tasks)
        self._files = files
        self._known: dict[int, tuple[type, str]] = {}

    def fault(self, value: Any, depth: int = 0) -> str:
        """What is wrong with ``value``, or with something inside it; empty where it is plain."""
        kind = type(value)
        if id(kind) in PLAIN or depth > DEEPEST:
            return ""
        inside = _inside(value, kind)
        if inside is None:
            return self._fault_of(kind) or self._fault_of_attributes(value)
        return self._first_fault(inside, depth)

    def learn(self, namespaces: Iterable[dict[str, Any]]) -> None:
        """Look at the classes that a learner's modules define, before the tests compare any objects of theirs."""
        for namespace in namespaces:
            for value in list(namespace.values()):
                if issubclass(type(value), type):
                    self._fault_of(value)

    def compares(self, code: CodeType) -> bool:
        """Whether a test that calls this function of the learner's leaves a comparison to it."""
        if code in self.comparing or code.co_name in {"__eq__", "__ne__", "__hash__", "__torch_function__"}:
            return True
        return code.co_name in PROTOCOLS and code.co_qualname.split(".")[0] not in self._tasks

    def _first_fault(self, values: Iterable[Any], depth: int) -> str:
        return next((fault for value in values if (fault := self.fault(value, depth + 1))), "")

    def _fault_of(self, kind: type) -> str:
        if id(kind) not in self._known:
            self._known[id(kind)] = kind, self._judged(kind)
        return self._known[id(kind)][1]

    def _judged(self, kind: type) -> str:
        own = [base for base in _mro(kind) if self.is_learners(base)]
        if not own:
            return ""
        value_type = next((base for base in _mro(kind) if id(base) in VALUE_TYPES), None)
        names = {name for base in own for name in _namespace(base)}
        name = str(_name_of(own[0]))
        if value_type is tuple and not names & (PROTOCOLS | LOOKS):
            return ""  # a named tuple
        if value_type:
            return f"of the class {name}, a kind of {value_type.__name__}. Return a plain {value_type.__name__}"
        if not any(_name_of(base) in self._tasks for base in own):
            listed = ", ".join(sorted(names & PROTOCOLS))
            return listed and f"of the class {name}, which answers {listed} itself. Return plain numbers or tensors"
        return self._fault_of_task(own, name)

    def _fault_of_task(self, own: list[type], name: str) -> str:
        for base in own:
            for method in (*PROTOCOLS, "__hash__"):
                answer = _namespace(base).get(method)
                if isinstance(answer, FunctionType):
                    if method in ("__eq__", "__ne__", "__hash__"):
                        self.comparing.add(answer.__code__)
                elif answer is not None and answer is not getattr(object, method, None):
                    return f"of the class {name}, whose {method} is no function of its own. Leave it as Python made it"
        return ""

    def _fault_of_attributes(self, value: Any) -> str:
        """Only what stands for a number, a text or a tensor: other attributes are the learner's own affair."""
        try:
            attributes = object.__getattribute__(value, "__dict__")
        except AttributeError:
            return ""
        if type(attributes) is not dict:
            return ""
        for attribute in list(attributes.values())[:MOST_ITEMS]:
            kind = type(attribute)
            if id(kind) not in PLAIN and (fault := self._fault_of(kind)) and "a kind of" in fault:
                return fault
        return ""

    def is_learners(self, kind: type) -> bool:
        """Whether a class was made by code under test, whatever it says of itself."""
        if not _flags(kind) & HEAP:
            return False
        namespace = _namespace(kind)
        codes = [value.__code__ for value in namespace.values() if isinstance(value, FunctionType)]
        if any(code.co_filename in self._files for code in codes):
            return True
        found: Any = sys.modules.get(str(namespace.get("__module__")))
        if found is None or getattr(found, "__file__", None) in self._files:
            return True
        try:
            return operator.attrgetter(kind.__qualname__)(found) is not kind and not _is_from_test(codes)
        except AttributeError:
            return not _is_from_test(codes)


def _inside(value: Any, kind: type) -> Iterable[Any] | None:
    """What a plain container holds: of many items of one class, one, and of containers, all."""
    if kind is dict:
        return [*_various(value.keys()), *_various(value.values())]
    return _various(value) if id(kind) in CONTAINERS else None


def _various(values: Collection[Any]) -> Iterator[Any]:
    found = dict(zip(map(id, map(type, values)), values, strict=True))
    for value in found.values():
        if id(type(value)) in CONTAINERS:
            yield from [other for other in list(values)[:MOST_ITEMS] if type(other) is type(value)]
        else:
            yield value


def _is_from_test(codes: Iterable[CodeType]) -> bool:
    return any("test_" in code.co_filename for code in codes)
