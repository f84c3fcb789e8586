"""Calls the functions of cross_entropy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from pt_kata.plots.code import Code
from pt_kata.plots.cross_entropy.data import Answer, Curve, Data, Difference, Gradient, Numbers, Rows
from pt_kata.plots.failure import Failure

DTYPES = (torch.float32, torch.float16, torch.bfloat16)
FARTHEST = 125  # of z: beyond it no dtype but float64 holds exp(z), nor exp(-z)
STEPS = 4  # between one z and z + 1
BATCH: tuple[tuple[Numbers, int, str], ...] = (
    ((0.0, 0.0, 0.0, 0.0), 0, "knows nothing"),
    ((5.0, 0.0, 0.0, 0.0), 0, "sure and right"),
    ((5.0, 0.0, 0.0, 0.0), 2, "sure and wrong"),
    ((1.0, 2.0, 0.0, -torch.inf), 1, "last class masked"),
)
FAR = (1000.0, 0.0, -1000.0)
FAR_TARGET = 1


def run(code: Code, options: Mapping[str, str]) -> Data:
    """Find out what is to be drawn."""
    curves = tuple(_curve(code, dtype) for dtype in DTYPES)
    return Data(curves, _gradient(code), _answers(code), _notes(code))


def _notes(code: Code) -> tuple[str, ...]:
    """The first note on each function: one that gives NaN gives it in every dtype."""
    first: dict[str, str] = {}
    for note in code.notes:
        first.setdefault(note.partition(" gives ")[0], note)
    return tuple(first.values())


def _curve(code: Code, dtype: torch.dtype) -> Curve:
    logits = _pairs(dtype)
    targets = torch.zeros(len(logits), dtype=torch.int64)
    yours = _found(code, "cross_entropy", targets.shape, lambda: _losses(code, logits.clone(), targets.clone()))
    return Curve(
        _name(dtype),
        torch.finfo(dtype).eps,
        _plain(logits[:, 0]),
        _plain(nn.functional.cross_entropy(logits.double(), targets, reduction="none")),
        code.run(f"the naive way in {_name(dtype)}", lambda: _plain(_naive(logits))),
        yours if isinstance(yours, Failure) else _plain(yours),
    )


def _losses(code: Code, logits: Tensor, targets: Tensor) -> Any:
    """What the learner's loss gives for each row; a note is made of another dtype than that of the logits."""
    found = code.module.cross_entropy(logits, targets, "none")
    if isinstance(found, Tensor) and found.dtype != logits.dtype:
        code.notes.append(f"cross_entropy of {_name(logits.dtype)} is {_name(found.dtype)}")
    return found


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _pairs(dtype: torch.dtype) -> Tensor:
    """The logits (z, 0) for each z, which the dtype may have to round."""
    z = torch.arange(-FARTHEST * STEPS, FARTHEST * STEPS + 1, dtype=torch.float64) / STEPS
    return torch.stack([z, torch.zeros_like(z)], dim=1).to(dtype)


def _naive(logits: Tensor) -> Tensor:
    """The loss of the first class the long way: softmax as its formula has it, then log, both in the dtype."""
    weights = logits.exp()
    return -(weights[:, 0] / weights.sum(dim=1)).log()


def _gradient(code: Code) -> Gradient:
    logits, targets = _batch()
    right = _slopes(nn.functional.cross_entropy)
    found = _found(
        code,
        "cross_entropy_gradient",
        logits.shape,
        lambda: code.module.cross_entropy_gradient(logits.clone(), targets.clone()),
    )
    return Gradient(
        tuple(row for row, _, _ in BATCH),
        tuple(target for _, target, _ in BATCH),
        tuple(words for _, _, words in BATCH),
        found if isinstance(found, Failure) else _rows(found),
        _rows(right),
        () if isinstance(found, Failure) else _differences(code, found, right),
    )


def _batch() -> tuple[Tensor, Tensor]:
    return torch.tensor([row for row, _, _ in BATCH]), torch.tensor([target for _, target, _ in BATCH])


def _slopes(loss: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """The gradient of a mean loss of the batch, by autograd."""
    logits, targets = _batch()
    logits.requires_grad_()
    return torch.autograd.grad(loss(logits, targets), logits)[0]


def _differences(code: Code, found: Tensor, right: Tensor) -> tuple[Difference, ...]:
    ways: tuple[tuple[str, str, Callable[[], Any]], ...] = (
        ("cross_entropy", "autograd of your cross_entropy", lambda: _slopes(code.module.cross_entropy)),
        ("CrossEntropy", "backward of your CrossEntropy", lambda: _slopes(code.module.CrossEntropy.apply)),
    )
    every = [Difference("F.cross_entropy", "autograd of F.cross_entropy", _largest(found, right))]
    for name, words, action in ways:
        other = _found(code, name, found.shape, action)
        every.append(Difference(name, words, other if isinstance(other, Failure) else _largest(found, other)))
    return tuple(every)


def _largest(one: Tensor, other: Tensor) -> float:
    return float((one.double() - other.double()).abs().max())


def _answers(code: Code) -> tuple[Answer, ...]:
    """Every function at logits far apart, and both reductions of the batch."""
    ask, (logits, targets) = code.module, _batch()
    row, target = torch.tensor([FAR]), torch.tensor([FAR_TARGET])
    log_probs = nn.functional.log_softmax(row, dim=1)
    loss, mean = nn.functional.cross_entropy(row, target), nn.functional.cross_entropy(logits, targets)
    total = nn.functional.cross_entropy(logits, targets, reduction="sum")
    slopes = row.softmax(dim=1) - nn.functional.one_hot(target, len(FAR))
    return (
        _answer(code, "logsumexp", "", lambda: ask.logsumexp(row.clone()), row.logsumexp(dim=1)),
        _answer(code, "log_softmax", "", lambda: ask.log_softmax(row.clone()), log_probs),
        _answer(
            code,
            "negative_log_likelihood",
            "",
            lambda: ask.negative_log_likelihood(log_probs.clone(), target.clone()),
            loss[None],
        ),
        _answer(code, "CrossEntropy", "loss", lambda: ask.CrossEntropy.apply(row.clone(), target.clone()), loss),
        _answer(code, "CrossEntropy", "gradient", lambda: _backward(ask.CrossEntropy), slopes),
        _answer(code, "cross_entropy", "mean of the batch", lambda: ask.cross_entropy(*_batch()), mean),
        _answer(code, "cross_entropy", "sum of the batch", lambda: ask.cross_entropy(*_batch(), "sum"), total),
    )


def _backward(node: Any) -> Tensor:
    row = torch.tensor([FAR], requires_grad=True)
    return torch.autograd.grad(node.apply(row, torch.tensor([FAR_TARGET])), row)[0]


def _answer(code: Code, name: str, about: str, action: Callable[[], Any], right: Tensor) -> Answer:
    found = _found(code, name, right.shape, action)
    return Answer(name, about, found if isinstance(found, Failure) else _plain(found), _plain(right))


def _found(code: Code, name: str, shape: Sequence[int], action: Callable[[], Any]) -> Tensor | Failure:
    """The tensor of this shape that ``action`` returns, in float64."""

    def read() -> Tensor | Failure:
        with torch.enable_grad():  # whatever the function does to it ends with this block
            found = code.expected(name, action(), shape)
        return found if isinstance(found, Failure) else found.double()

    return code.run(name, read)


def _plain(numbers: Tensor) -> Numbers:
    return tuple(numbers.double().flatten().tolist())


def _rows(numbers: Tensor) -> Rows:
    return tuple(tuple(row) for row in numbers.double().tolist())
