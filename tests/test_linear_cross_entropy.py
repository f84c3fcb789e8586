"""The linear layer and its loss by chunks."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from pt_kata.bench import counts
from pt_kata.bench.linear_cross_entropy import linear_cross_entropy

TOKENS, WIDTH, WORDS = 4096, 512, 32768


def inputs(tokens: int, width: int, words: int, dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor, Tensor]:
    """Hidden states, weights and targets, so scaled that logits are of size 1."""
    hidden = torch.randn(tokens, width, dtype=dtype, requires_grad=True)
    weight = (torch.randn(words, width, dtype=dtype) / width**0.5).requires_grad_()
    return hidden, weight, torch.randint(words, (tokens,))


@pytest.mark.parametrize("rows", [1, 7, 100, 1000, None])
def test_loss_and_gradients_are_those_of_the_whole(rows: int | None) -> None:
    """Whatever the chunks are, also where the last one is shorter."""
    hidden, weight, targets = inputs(100, 8, 50)
    whole = F.cross_entropy(hidden @ weight.T, targets)
    chunked = linear_cross_entropy(hidden, weight, targets, rows)
    torch.testing.assert_close(chunked, whole)
    for found, wanted in zip(
        *(torch.autograd.grad(3 * loss, [hidden, weight]) for loss in (chunked, whole)), strict=True
    ):
        torch.testing.assert_close(found, wanted)


def test_gradcheck() -> None:
    """Against differences of the function itself."""
    hidden, weight, targets = inputs(6, 3, 5)
    assert torch.autograd.gradcheck(lambda h, w: linear_cross_entropy(h, w, targets, 4), (hidden, weight))


def test_large_logits_do_not_overflow() -> None:
    """The largest exponent is 0."""
    hidden = torch.tensor([[1000.0], [-1000.0]], requires_grad=True)
    loss = linear_cross_entropy(hidden, torch.tensor([[1.0], [0.0]]), torch.tensor([1, 1]))
    assert loss.item() == 500.0


@pytest.mark.parametrize("frozen", [0, 1])
def test_only_gradients_that_are_asked_for_are_made(frozen: int) -> None:
    """With frozen weights none is kept for them, and the other way round."""
    given = [one.detach() if position == frozen else one for position, one in enumerate(inputs(20, 4, 10)[:2])]
    loss = linear_cross_entropy(*given, torch.zeros(20, dtype=torch.int64))
    assert sum(saved is not None for saved in loss.grad_fn.saved_tensors) == 1
    (found,) = torch.autograd.grad(loss, given[1 - frozen])
    assert found.shape == given[1 - frozen].shape


def test_nothing_given_is_written_to() -> None:
    """Neither forward nor backward; backward twice gives the same twice."""
    hidden, weight, targets = inputs(20, 4, 10)
    before = [one.clone() for one in (hidden, weight, targets)]
    loss = linear_cross_entropy(hidden, weight, targets, 6)
    first, second = (torch.autograd.grad(loss, hidden, retain_graph=True)[0] for _ in range(2))
    assert torch.equal(first, second)
    assert all(torch.equal(one, was) for one, was in zip((hidden, weight, targets), before, strict=True))


@pytest.mark.parametrize(("tokens", "rows", "words"), [(0, None, "there is no token"), (3, 0, "at least 1, not 0")])
def test_bad_arguments_are_refused(tokens: int, rows: int | None, words: str) -> None:
    """A mean of nothing, and chunks of nothing."""
    with pytest.raises(ValueError, match=words):
        linear_cross_entropy(torch.ones(tokens, 2), torch.ones(3, 2), torch.zeros(tokens, dtype=torch.int64), rows)


def test_a_second_derivative_is_refused() -> None:
    """The gradients were found in forward; there is no graph behind them, and it must not look like zero."""
    hidden, weight, targets = inputs(4, 2, 3)
    loss = linear_cross_entropy(hidden, weight, targets) + hidden.square().sum()
    with pytest.raises(RuntimeError, match="no second derivative"):
        torch.autograd.grad(loss, hidden, create_graph=True)


def test_the_peak_is_less_than_a_quarter() -> None:
    """At 4096 tokens, width 512 and 32768 words, forward and backward, as the profiler counts it."""
    hidden, weight, targets = inputs(TOKENS, WIDTH, WORDS, torch.float32)
    losses = (
        lambda: F.cross_entropy(hidden @ weight.T, targets),
        lambda: linear_cross_entropy(hidden, weight, targets),
    )
    whole, chunked = (
        counts.memory(lambda loss=loss: torch.autograd.grad(loss(), [hidden, weight]), "cpu").peak for loss in losses
    )
    assert 4 * chunked <= whole
