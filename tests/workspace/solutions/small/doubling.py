"""Doubling without adding."""

from jaxtyping import Float
from torch import Tensor


def double(x: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    """Return 2x. Adding is forbidden."""
    return 2 * x


def quadruple(x: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    """Return 4x by doubling twice."""
    return double(double(x))


class Doubler:
    """Count how often something was doubled."""

    def __init__(self) -> None:
        """Start at zero."""
        self.count = 0

    def double(self, number: float) -> float:
        """Return 2 * number."""
        self.count += 1
        return 2 * number
