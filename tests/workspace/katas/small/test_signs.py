"""What the sign must be."""

from katas.small.signs import sign


def test_sign_of_positive():
    """A positive number has the sign 1."""
    assert sign(3.0) == 1


def test_sign_of_zero():
    """Zero has the sign 0."""
    assert sign(0.0) == 0
