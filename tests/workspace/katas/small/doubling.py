"""Doubling without adding."""

from jaxtyping import Float
from torch import Tensor


def double(x: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    """Return 2x. Adding is forbidden."""
    raise NotImplementedError


def quadruple(x: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    """Return 4x by doubling twice."""
    raise NotImplementedError


class Doubler:
    """Count how often something was doubled."""

    def __init__(self) -> None:
        """Start at zero."""
        raise NotImplementedError

    def double(self, number: float) -> float:
        """Return 2 * number."""
        raise NotImplementedError
