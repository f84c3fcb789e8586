"""What doubling must do."""

import torch

from katas.small.doubling import Doubler, double, quadruple
from pt_kata.checks import assert_close, assert_equal


def test_double_of_one(draw):
    """Twice one is two."""
    assert_close(double(draw.tensor([1.0])), [2.0])


def test_double_of_anything(draw):
    """On fresh values the result is the sum with itself."""
    x = draw.normal(draw.size(3, 9))
    assert_close(double(x), torch.add(x, x), "Both copies count.")


def test_quadruple(draw):
    """Doubling twice gives four times as much."""
    x = draw.normal(3)
    assert_close(quadruple(x), 4 * x)


def test_doubler():
    """An object doubles, too."""
    assert_equal(Doubler().double(3.0), 6.0)
