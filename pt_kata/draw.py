"""Fresh inputs for every run: the ``draw`` fixture that the katas' tests use."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

import torch
from torch import Tensor

T = TypeVar("T")


class Draw:
    """Random sizes and tensors from one seed, placed on one device.

    Values are drawn on the CPU and then moved, so that a seed means the same numbers on every device.
    """

    def __init__(self, seed: int, device: str = "cpu") -> None:
        self.device = torch.device(device)
        self._random = random.Random(seed)
        self._generator = torch.Generator().manual_seed(seed)

    def size(self, low: int = 2, high: int = 7) -> int:
        """An integer in [low, high]."""
        return self._random.randint(low, high)

    def sizes(self, count: int, low: int = 2, high: int = 9) -> list[int]:
        """``count`` integers in [low, high], all different, so that no two axes can be confused."""
        return self._random.sample(range(low, high + 1), count)

    def number(self, low: float = -2.0, high: float = 2.0) -> float:
        """A Python float in [low, high]."""
        return self._random.uniform(low, high)

    def choice(self, options: Sequence[T]) -> T:
        """One of ``options``."""
        return self._random.choice(options)

    def normal(self, *shape: int, dtype: torch.dtype = torch.float32, requires_grad: bool = False) -> Tensor:
        """A tensor of ``shape`` from the standard normal distribution."""
        values = torch.randn(shape, generator=self._generator, dtype=torch.float64)
        return values.to(self.device, dtype).requires_grad_(requires_grad)

    def uniform(
        self, low: float, high: float, *shape: int, dtype: torch.dtype = torch.float32, requires_grad: bool = False
    ) -> Tensor:
        """A tensor of ``shape``, uniform between ``low`` and ``high``."""
        values = torch.rand(shape, generator=self._generator, dtype=torch.float64) * (high - low) + low
        return values.to(self.device, dtype).requires_grad_(requires_grad)

    def integers(self, low: int, high: int, *shape: int) -> Tensor:
        """An int64 tensor of ``shape`` with values in [low, high)."""
        return torch.randint(low, high, shape, generator=self._generator).to(self.device)

    def tensor(self, values: object, dtype: torch.dtype = torch.float32, requires_grad: bool = False) -> Tensor:
        """The literal ``values`` on the device of this run."""
        return torch.tensor(values, dtype=dtype, device=self.device, requires_grad=requires_grad)
