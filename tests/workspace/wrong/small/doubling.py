"""Doubling, with one mistake per function."""

import torch
from torch import Tensor


def double(x: Tensor) -> Tensor:
    """Return x: a wrong value."""
    return 1 * x


def quadruple(x: Tensor) -> Tensor:
    """Raise inside torch."""
    return torch.einsum("ij->i", x)


class Doubler:
    """Double wrongly."""

    def double(self, number: float) -> float:
        """Return a wrong value."""
        return number
