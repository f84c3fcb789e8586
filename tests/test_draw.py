from __future__ import annotations

import torch

from pt_kata.draw import Draw


def test_the_same_seed_gives_the_same_values() -> None:
    """Sizes, numbers and tensors repeat with the seed."""
    first, second = Draw(3), Draw(3)
    assert first.sizes(3) == second.sizes(3)
    assert first.number() == second.number()
    assert torch.equal(first.normal(4, 2), second.normal(4, 2))
    assert torch.equal(first.integers(0, 9, 5), second.integers(0, 9, 5))


def test_another_seed_gives_other_values() -> None:
    """Different seeds draw different tensors."""
    assert not torch.equal(Draw(3).normal(4), Draw(4).normal(4))


def test_sizes_differ_from_each_other() -> None:
    """No two axes of a drawn shape can be confused."""
    sizes = Draw(1).sizes(4, 2, 6)
    assert len(set(sizes)) == 4
    assert set(sizes) <= set(range(2, 7))


def test_the_values_are_the_same_in_each_dtype() -> None:
    """A dtype changes the precision, not the draw."""
    assert torch.allclose(Draw(1).normal(5).double(), Draw(1).normal(5, dtype=torch.float64))


def test_gradients_are_asked_for_on_leaves() -> None:
    """A tensor drawn with requires_grad is a leaf."""
    x = Draw(1).uniform(-1, 1, 3, requires_grad=True)
    assert x.is_leaf
    assert x.requires_grad
    assert x.detach().abs().max() <= 1
