"""Calls the functions of the kata for its picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import torch
from torch import Tensor

from pt_kata.endings import text_of
from pt_kata.plots.broadcasting.data import Cells, Data, Loss, Refusal, Rule, Shape, Sum, Table
from pt_kata.plots.code import Code
from pt_kata.plots.failure import Failure

SHAPES = "8,1,6,1 7,1,5"
SMALL: tuple[Shape, Shape] = (3, 1), (4,)  # where the shapes that are asked for are too large to draw each number
MOST = 8  # rows and columns of a table
MOST_AXES = 12  # of a wrong answer that is drawn as a shape
PREDICTIONS, TARGETS = (1.0, 2.0, 3.0, 4.0), (1.0, 2.0, 3.0, 8.0)


def run(code: Code, options: Mapping[str, str]) -> Data:
    """The rule for the two shapes, and the tables that the functions make."""
    first, second = (_shape(text) for text in options.get("shapes", SHAPES).split(" "))
    rule = Rule(first, second, _ruled(code, first, second), _torch_shape(first, second))
    return Data(rule, _sum(code, rule), _loss(code), _tables(code), tuple(code.notes))


def _shape(text: str) -> Shape:
    return tuple(int(size) for size in text.split(",") if size)


def _torch_shape(first: Shape, second: Shape) -> Shape | None:
    try:
        return tuple(torch.broadcast_shapes(first, second))  # type: ignore[no-untyped-call]
    except Exception:  # sizes beyond its integers as well
        return None


def _ruled(code: Code, first: Shape, second: Shape) -> Shape | Refusal | Failure:
    def ask() -> Any:
        try:
            return code.module.broadcast_shape(first, second)
        except ValueError as error:
            return Refusal(text_of(error))

    found = code.run("broadcast_shape", ask)
    if isinstance(found, Refusal | Failure):
        return found
    if not isinstance(found, tuple) or not all(isinstance(size, int) for size in found):
        return Failure("broadcast_shape", f"returns {_quoted(code, found)}, wanted a tuple of sizes")
    if len(found) > max(MOST_AXES, len(first), len(second)):
        return Failure("broadcast_shape", f"returns {len(found)} sizes")
    return tuple(map(int, found))


def _quoted(code: Code, found: object) -> str:
    words = code.run("broadcast_shape", lambda: repr(found))
    return words[:40] if isinstance(words, str) else type(found).__name__


def _sum(code: Code, rule: Rule) -> Sum:
    """That of tensors of the shapes in question, or of two small vectors."""
    shapes = (rule.first, rule.second) if _is_small(rule) else SMALL
    first, second = _numbers(*shapes)
    truth = _cells(first + second)
    text = " + ".join(str(shape) for shape in shapes)
    if not _is_outer(*shapes):
        return Sum(shapes, _cells(first), _cells(second), Table("torch", text, truth, truth), is_yours=False)
    vectors = first.flatten().clone(), second.flatten().clone()
    found = _called(code, "outer_sum", (first.numel(), second.numel()), *vectors)
    return Sum(shapes, _cells(first), _cells(second), Table("outer_sum", text, found, truth), is_yours=True)


def _is_small(rule: Rule) -> bool:
    if rule.truth is None or prod(rule.truth) == 0:
        return False
    *further, rows, columns = (1, 1, *rule.truth)
    return prod(further) == 1 and max(rows, columns) <= MOST


def _is_outer(first: Shape, second: Shape) -> bool:
    """Whether the sum of tensors of these shapes is what outer_sum has to return for two vectors."""
    return len(first) == 2 and first[1] == 1 and (len(second) == 1 or (len(second) == 2 and second[0] == 1))


def _numbers(first: Shape, second: Shape) -> tuple[Tensor, Tensor]:
    """Tens for one tensor and ones for the other, so that a sum tells who met."""
    tens, ones = (10.0, 1.0) if prod(first) <= MOST else (1.0, 10.0)
    return tens * _counted(first), ones * _counted(second)


def _counted(shape: Shape) -> Tensor:
    return torch.arange(1.0, prod(shape) + 1).reshape(shape)


def _called(
    code: Code, name: str, shape: Shape, *arguments: object, of: Callable[[Tensor], Tensor] = lambda found: found
) -> Cells | Failure:
    """The numbers that a function returns, or those ``of`` them that are drawn."""

    def cells() -> Cells | Failure:
        found = code.tensor(name, shape, *arguments)
        return found if isinstance(found, Failure) else _cells(of(found))

    return code.run(name, cells)


def _cells(values: Tensor) -> Cells:
    rows = values.reshape(-1, values.shape[-1] if values.dim() else 1)
    return tuple(tuple(row) for row in rows.double().tolist())


def _loss(code: Code) -> Loss:
    found = _called(code, "mean_squared_error", (), torch.tensor(PREDICTIONS)[:, None], torch.tensor(TARGETS))
    return Loss(PREDICTIONS, TARGETS, found if isinstance(found, Failure) else found[0][0])


def _tables(code: Code) -> tuple[Table, ...]:
    """Square inputs, on which a wrong axis is no error."""
    return (_biased(code), _standardized(code), _shared(code), _marked(code), _distances(code))


def _biased(code: Code) -> Table:
    bias = torch.tensor([5.0, 7.0, 9.0])
    truth = _cells(bias[:, None].expand(3, 3))
    found = _called(code, "add_channel_bias", (3,) * 4, torch.zeros((3,) * 4), bias, of=lambda images: images[0, :, 0])
    return Table("add_channel_bias", "zeros + (5, 7, 9)\nrow: a channel", found, truth)


def _standardized(code: Code) -> Table:
    table = torch.tensor([[1.0, 10.0, 5.0], [2.0, 20.0, 5.0], [3.0, 60.0, 5.0]])
    spread = table.std(dim=0, correction=0)
    truth = _cells((table - table.mean(dim=0)) / torch.where(spread > 0, spread, 1.0))
    found = _called(code, "standardize_columns", (3, 3), table)
    return Table("standardize_columns", "each column has\nmean 0, std 1 or 0", found, truth)


def _shared(code: Code) -> Table:
    counts = torch.tensor([[1, 3, 4], [2, 2, 0], [0, 0, 0]])
    truth = _cells(counts / counts.sum(dim=1, keepdim=True).clamp(min=1))
    return Table("normalize_rows", "each row sums\nto 1 or 0", _called(code, "normalize_rows", (3, 3), counts), truth)


def _marked(code: Code) -> Table:
    labels = torch.tensor([2, 0, -1])
    truth = _cells((labels[:, None] == torch.arange(3)).float())
    return Table("one_hot", "labels 2, 0\nand -1 for none", _called(code, "one_hot", (3, 3), labels, 3), truth)


def _distances(code: Code) -> Table:
    points = torch.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 4.0]])
    truth = _cells(torch.cdist(points, points))
    found = _called(code, "pairwise_distances", (3, 3), points, points.clone())
    return Table("pairwise_distances", "each point to\neach, itself: 0", found, truth)
