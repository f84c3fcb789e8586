from __future__ import annotations

import random
from collections.abc import Callable

import numpy
import pytest
import torch

from pt_kata.world import World, seeded_world


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda: torch.set_default_dtype(torch.float64), "default_dtype"),
        (lambda: torch.set_grad_enabled(False), "grad_mode"),
        (lambda: torch.set_num_threads(2), "threads"),
        (lambda: torch.use_deterministic_algorithms(True), "deterministic"),
        (lambda: torch.manual_seed(12345), "torch_seed"),
        (lambda: numpy.random.seed(12345), "numpy_state"),
    ],
)
def test_a_change_is_named_and_a_switch_put_back(change: Callable[[], object], name: str) -> None:
    """Whatever is left behind inside is told, and the switches are as before outside."""
    before = World.now()
    with seeded_world(1) as world:
        change()
        assert world.changes() == (name,)
    left = {"torch_seed", "numpy_state", *before.changes()}
    assert left == {"torch_seed", "numpy_state"}


def test_drawing_is_no_change() -> None:
    """A draw from torch's generator leaves no trace that a test could mind."""
    with seeded_world(1) as world:
        torch.rand(3)
        assert world.changes() == ()


def test_switches_are_put_back_after_an_error() -> None:
    """Code under test may raise with gradients turned off."""

    def harm() -> None:
        torch.set_grad_enabled(False)
        torch.set_default_dtype(torch.float16)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), seeded_world(1):
        harm()
    assert torch.is_grad_enabled()
    assert torch.get_default_dtype() is torch.float32


def test_every_generator_starts_from_the_seed() -> None:
    """Python's, numpy's and torch's repeat with the same seed only."""

    def drawn(seed: int) -> tuple[float, float, float]:
        with seeded_world(seed):
            return random.random(), float(numpy.random.rand()), float(torch.rand(1))

    assert drawn(3) == drawn(3)
    assert all(one != other for one, other in zip(drawn(3), drawn(4), strict=True))


def test_inside_there_is_one_thread() -> None:
    """Small tensors gain nothing from a second one."""
    with seeded_world(1):
        assert torch.get_num_threads() == 1
