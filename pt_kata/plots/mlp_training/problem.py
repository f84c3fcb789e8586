"""What the training of the picture starts from: a problem, its two parts and a model, each from the learner's code."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from pt_kata.plots.code import Code
from pt_kata.plots.failure import Failure

COUNT, NOISE = 300, 0.1
FRACTION = 0.6  # for training: many rows are kept apart, so that their loss is not all chance
SIZES = (2, 128, 128, 1)  # more than the problem needs, so that there is something to stop early
SEED = 2  # one with which the validation loss plainly rises again
Pair = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Parts:
    """What ``split`` returned."""

    train: Pair
    validation: Pair
    standardize: Callable[[Tensor], Any]

    def copied(self) -> Parts:
        """The same, for functions that may write to what they are given."""
        (x, y), (u, v) = self.train, self.validation
        return Parts((x.clone(), y.clone()), (u.clone(), v.clone()), self.standardize)


@dataclass(frozen=True)
class Problem:
    """Where a function failed, torch's own stands in, so that those after it can be seen all the same.

    ``spare`` is a copy of ``model`` that no training has touched.
    """

    points: Tensor
    labels: Tensor
    parts: Parts
    model: nn.Module
    spare: nn.Module
    failures: tuple[Failure, ...]

    def anew(self) -> Problem:
        """The same before any training."""
        return replace(self, model=copy.deepcopy(self.spare))


def seeded(seed: int = SEED) -> torch.Generator:
    """A generator that gives the same numbers in each run."""
    return torch.Generator().manual_seed(seed)


def kind(found: object) -> str:
    """What something is, in a sentence."""
    return "None" if found is None else f"a {type(found).__name__}"


def problem_of(code: Code) -> Problem:
    """The problem, split, and a model for it."""
    drawn = _drawn(code)
    points, labels = _points() if isinstance(drawn, Failure) else drawn
    divided = _divided(code, points, labels)
    parts = _parts(points, labels) if isinstance(divided, Failure) else divided
    made = _made(code, parts)
    model = _model() if isinstance(made, Failure) else made
    failures = tuple(one for one in (drawn, divided, made) if isinstance(one, Failure))
    if failures:
        names = " and ".join(one.name for one in failures)
        code.notes.append(f"for {names}, code of the picture stands in where others need it")
    return Problem(points, labels, parts, model, copy.deepcopy(model), failures)


def _drawn(code: Code) -> Pair | Failure:
    found = _pair(code.call("make_problem", COUNT, NOISE, seeded()), "make_problem", "points and labels")
    if isinstance(found, Failure):
        return found
    points = code.expected("make_problem", found[0], (COUNT, 2))
    labels = code.expected("make_problem", found[1], (COUNT, 1))
    return _both(points, labels)


def _divided(code: Code, points: Tensor, labels: Tensor) -> Parts | Failure:
    found = code.call("split", points.clone(), labels.clone(), seeded(), fraction=FRACTION)
    if isinstance(found, Failure):
        return found
    if not (isinstance(found, tuple | list) and len(found) == 3 and callable(found[2])):
        return Failure("split", "wanted (x, y) for training, (x, y) for validation, and a function")
    train, validation = _side(code, found[0]), _side(code, found[1])
    if isinstance(train, Failure):
        return train
    if isinstance(validation, Failure):
        return validation
    applied = code.run("split", lambda: found[2](points.clone()))
    there = applied if isinstance(applied, Failure) else code.expected("split", applied, tuple(points.shape))
    return there if isinstance(there, Failure) else Parts(train, validation, found[2])


def _side(code: Code, found: object) -> Pair | Failure:
    pair = _pair(found, "split", "(x, y)")
    if isinstance(pair, Failure):
        return pair
    rows = len(pair[0]) if isinstance(pair[0], Tensor) and pair[0].ndim else 0
    if not rows:
        return Failure("split", "leaves one side without rows")
    x, y = code.expected("split", pair[0], (rows, 2)), code.expected("split", pair[1], (rows, 1))
    return _both(x, y)


def _made(code: Code, parts: Parts) -> nn.Module | Failure:
    torch.manual_seed(SEED)
    model = code.call("make_mlp", *SIZES)
    if isinstance(model, Failure):
        return model
    if not isinstance(model, nn.Module):
        return Failure("make_mlp", f"returns {kind(model)}, wanted a module")
    if not list(model.parameters()):
        return Failure("make_mlp", "has no parameters")
    rows = parts.train[0]
    with torch.no_grad():
        scores = code.run("make_mlp", lambda: model(rows.clone()))
    there = scores if isinstance(scores, Failure) else code.expected("make_mlp", scores, (len(rows), SIZES[-1]))
    copied = code.run("make_mlp", lambda: copy.deepcopy(model))
    return next((one for one in (there, copied) if isinstance(one, Failure)), model)


def _pair(found: object, name: str, wanted: str) -> tuple[Any, Any] | Failure:
    if isinstance(found, Failure):
        return found
    if not (isinstance(found, tuple | list) and len(found) == 2):
        return Failure(name, f"returns {kind(found)}, wanted {wanted}")
    return found[0], found[1]


def _both(x: Tensor | Failure, y: Tensor | Failure) -> Pair | Failure:
    if isinstance(x, Failure):
        return x
    return y if isinstance(y, Failure) else (x.float(), y.float())


def _points() -> Pair:
    generator = seeded()
    points = torch.randn(COUNT, 2, generator=generator) * 0.5
    points[:, 0] += torch.where(torch.arange(COUNT) < COUNT // 2, -1, 1)
    is_flipped = torch.rand(COUNT, 1, generator=generator) < NOISE
    return points, ((points.prod(dim=1, keepdim=True) > 0) ^ is_flipped).float()


def _parts(points: Tensor, labels: Tensor) -> Parts:
    train, validation = torch.randperm(len(points), generator=seeded()).tensor_split([round(FRACTION * len(points))])
    return Parts((points[train], labels[train]), (points[validation], labels[validation]), lambda points: points)


def _model() -> nn.Module:
    torch.manual_seed(SEED)
    layers = [layer for sizes in pairwise(SIZES) for layer in (nn.Linear(*sizes), nn.ReLU())]
    return nn.Sequential(*layers[:-1])
