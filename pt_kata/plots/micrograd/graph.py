"""Builds an expression of the learner's Values, lets backward run, and reads the graph as their class keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch

from pt_kata.plots.code import Code
from pt_kata.plots.failure import Failure
from pt_kata.plots.micrograd.data import Graph, Node, Number
from pt_kata.plots.micrograd.expressions import Expression

LINKS = ("parents", "_parents", "_prev", "prev", "_children", "children")  # the kata's name first
MOST = 10_000  # nodes that are looked at
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Torch:
    """What torch finds for one node."""

    data: float
    grad: float


def graph_of(code: Code, expression: Expression) -> Graph:
    """What the learner's class makes of an expression, beside what torch does."""
    values, failures = _built(code, expression)
    places: dict[int, int] = {}
    if expression.result in values:
        result = values[expression.result]
        order = code.run("topological_order", lambda: _order(code.module.topological_order(result)))
        backward = code.run("Value.backward", lambda: result.backward())
        failures += distinct(order, backward)
        places = order if isinstance(order, dict) else {}
    _note_the_same(code, expression, values)
    truth = _torch(expression)
    nodes = code.run("Value", lambda: _Reader(expression, truth, values, places).nodes())
    if isinstance(nodes, Failure):
        failures.append(nodes)
        nodes = _Reader(expression, truth).nodes()
    return Graph(expression.title, nodes, tuple(dict.fromkeys(failures)))


def number(found: object) -> Number:
    """A float, or the name of what is none."""
    try:
        return float(found)  # type: ignore[arg-type]
    except BaseException:  # whatever an object of the learner's does
        return "None" if found is None else type(found).__name__


def distinct(*found: object) -> list[Failure]:
    """The failures among these, and of those with the same cause the first."""
    failures = [one for one in found if isinstance(one, Failure)]
    return list({(one.words, one.line): one for one in reversed(failures)}.values())[::-1]


def parents_of(value: Any) -> list[Any]:
    """The Values that one is linked to, under whatever name its class keeps them."""
    for name in LINKS:
        found = getattr(value, name, None)
        if found and isinstance(found, tuple | list | set | frozenset):
            return [parent for parent in found if hasattr(parent, "data")]
    return []


def size(start: Any, most: int) -> int:
    """How many nodes the graph of ``start`` has, counted up to about ``most``."""
    found = {id(start): start}
    waiting = [start]
    while waiting and len(found) < most:
        for parent in parents_of(waiting.pop()):
            if id(parent) not in found:
                found[id(parent)] = parent
                waiting.append(parent)
    return len(found)


def _built(code: Code, expression: Expression) -> tuple[dict[str, Any], list[Failure]]:
    values: dict[str, Any] = {}
    failures = []
    for name in expression.names:
        if not all(operand in values for operand in expression.operands(name)):
            continue
        made = _made(code, expression, name, values)
        if isinstance(made, Failure):
            failures.append(made)
        else:
            values[name] = made
    return values, failures


def _made(code: Code, expression: Expression, name: str, values: Values) -> Any | Failure:
    step = expression.steps.get(name)
    if step is None:
        method, found = "Value", code.call("Value", expression.leaves[name])
    else:
        method = step.operation.method
        operands = [values[operand] for operand in step.operands]
        found = code.run(method, lambda: step.operation.apply(*operands))
    if isinstance(found, Failure):
        return found
    is_value = code.run(method, lambda: hasattr(found, "data") and hasattr(found, "backward"))
    return found if is_value is True else Failure(method, f"gives {number(found)}, wanted a Value")


def _order(found: object) -> dict[int, int] | Failure:
    if not isinstance(found, list):
        return Failure("topological_order", f"returns {number(found)}, wanted a list")
    return {id(node): place for place, node in enumerate(found, 1)}


def _note_the_same(code: Code, expression: Expression, values: Values) -> None:
    for name, value in values.items():
        first = next(other for other in values if values[other] is value)
        note = f"{expression.heading(name)} gives {first} itself, wanted a new Value"
        if first != name and note not in code.notes:
            code.notes.append(note)


def _torch(expression: Expression) -> dict[str, Torch]:
    leaves = {name: torch.tensor(n, dtype=torch.float64, requires_grad=True) for name, n in expression.leaves.items()}
    tensors = dict(leaves)
    for name, step in expression.steps.items():
        tensors[name] = step.operation.apply(*[tensors[operand] for operand in step.operands])
    grads = torch.autograd.grad(tensors[expression.result], list(tensors.values()))
    return {
        name: Torch(tensor.item(), grad.item()) for (name, tensor), grad in zip(tensors.items(), grads, strict=True)
    }


class _Reader:
    """Reads what the learner's objects hold; whatever they raise is raised."""

    def __init__(
        self,
        expression: Expression,
        truth: Mapping[str, Torch],
        values: Values | None = None,
        places: Mapping[int, int] | None = None,
    ) -> None:
        self._expression = expression
        self._truth = truth
        self._values = values or {}
        self._places = places or {}
        names = expression.names
        self._index = {id(value): names.index(name) for name, value in reversed([*self._values.items()])}

    def nodes(self) -> tuple[Node, ...]:
        """The nodes that the expression names."""
        return tuple(map(self._named, self._expression.names))

    def _named(self, name: str) -> Node:
        value, truth = self._values.get(name), self._truth[name]
        heading = self._expression.heading(name)
        node = Node(heading, None, None) if value is None else self._node(heading, value)
        operands = dict.fromkeys(map(self._expression.names.index, self._expression.operands(name)))
        lost = tuple(operand for operand in operands if operand not in node.parents)
        return replace(node, torch_data=truth.data, torch_grad=truth.grad, lost=lost)

    def _node(self, name: str, value: Any) -> Node:
        parents, inside = self._before(value)
        return Node(
            name,
            number(value.data),
            number(getattr(value, "grad", None)),
            parents=parents,
            slopes=() if inside else _slopes(value, len(parents)),
            inside=inside,
            place=self._places.get(id(value), 0),
        )

    def _before(self, value: Any) -> tuple[tuple[int, ...], int]:
        """The nearest nodes with a name that links lead to, and how many without one are on the way."""
        named, inside = [], dict[int, Any]()
        waiting = parents_of(value)
        while waiting and len(inside) < MOST:
            parent = waiting.pop(0)
            if id(parent) in self._index:
                named.append(self._index[id(parent)])
            elif id(parent) not in inside:
                inside[id(parent)] = parent
                waiting += parents_of(parent)
        return tuple(named), len(inside)


def _slopes(value: Any, count: int) -> tuple[float, ...]:
    """The local gradients, if there is a number for each parent: a class need not keep them."""
    kept = getattr(value, "local_gradients", ())
    found = [number(slope) for slope in kept] if isinstance(kept, tuple | list) else []
    plain = tuple(slope for slope in found if isinstance(slope, float))
    return plain if len(plain) == len(found) == count else ()
