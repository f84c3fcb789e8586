"""The expressions that are drawn, as steps that a Value and a tensor of torch can both take."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Operation:
    """What a step does, the method of Value that does it, and how it is written between the names of the operands."""

    apply: Callable[..., Any]
    method: str
    sign: str

    def written(self, operands: tuple[str, ...]) -> str:
        """The operation with the names of its operands."""
        return self.sign.join(operands) if len(operands) > 1 else f"{self.sign}({operands[0]})"


ADD = Operation(operator.add, "Value.__add__", " + ")
MUL = Operation(operator.mul, "Value.__mul__", "·")
TANH = Operation(operator.methodcaller("tanh"), "Value.tanh", "tanh")


@dataclass(frozen=True)
class Step:
    """A number that is computed from others."""

    operation: Operation
    operands: tuple[str, ...]


@dataclass(frozen=True)
class Expression:
    """Numbers, and what is computed from them; the last step is the result."""

    title: str
    leaves: Mapping[str, float]
    steps: Mapping[str, Step]

    @property
    def names(self) -> list[str]:
        """Those of all leaves and steps."""
        return [*self.leaves, *self.steps]

    @property
    def result(self) -> str:
        """The name of the last step."""
        return self.names[-1]

    def operands(self, name: str) -> tuple[str, ...]:
        """The names of what ``name`` is computed from."""
        return self.steps[name].operands if name in self.steps else ()

    def heading(self, name: str) -> str:
        """The name, and for a step what it does."""
        step = self.steps.get(name)
        return f"{name} = {step.operation.written(step.operands)}" if step else name


NEURON = Expression(
    "a neuron: tanh(x1·w1 + x2·w2 + b)",
    # This bias makes the slope of tanh 0.5, as in Karpathy's lecture on micrograd.
    {"x1": 2.0, "w1": -3.0, "x2": 0.0, "w2": 1.0, "b": 6.8813735870195432},
    {
        "p": Step(MUL, ("x1", "w1")),
        "q": Step(MUL, ("x2", "w2")),
        "s": Step(ADD, ("p", "q")),
        "n": Step(ADD, ("s", "b")),
        "o": Step(TANH, ("n",)),
    },
)
TWO_PATHS = Expression(
    "two paths: (a·b)·(a + b)",
    {"a": 2.0, "b": -3.0},
    {"c": Step(MUL, ("a", "b")), "d": Step(ADD, ("a", "b")), "f": Step(MUL, ("c", "d"))},
)
SHORT_AND_LONG = Expression(
    "a short way and a long one: a² + a³",
    {"a": 2.0},
    {"b": Step(MUL, ("a", "a")), "c": Step(MUL, ("b", "a")), "d": Step(ADD, ("b", "c"))},
)
ALL = (NEURON, TWO_PATHS, SHORT_AND_LONG)
