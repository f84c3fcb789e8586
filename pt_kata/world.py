"""The switches of torch that every test finds and leaves as they were."""

from __future__ import annotations

import pickle
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields

import numpy
import torch


@dataclass(frozen=True)
class World:
    """The global state that one test could leave behind for the next."""

    default_dtype: torch.dtype
    grad_mode: bool
    threads: int
    deterministic: bool
    torch_seed: int
    numpy_state: int

    @classmethod
    def now(cls, *, generators: bool = True) -> World:
        """Read all switches and, if wanted, how the generators stand, which takes longest."""
        return cls(
            torch.get_default_dtype(),
            torch.is_grad_enabled(),
            torch.get_num_threads(),
            torch.are_deterministic_algorithms_enabled(),
            torch.initial_seed() if generators else 0,
            hash(pickle.dumps(numpy.random.get_state())) if generators else 0,
        )

    def changes(self) -> tuple[str, ...]:
        """The names of what has changed since; drawing from torch's generator is no change, seeding it is."""
        now = World.now()
        return tuple(field.name for field in fields(self) if getattr(self, field.name) != getattr(now, field.name))

    def restore(self) -> None:
        """Put back those that differ by now; the generators are left to the next test's seed."""
        torch.set_default_dtype(self.default_dtype)
        torch.set_grad_enabled(self.grad_mode)
        torch.set_num_threads(self.threads)
        if torch.are_deterministic_algorithms_enabled() != self.deterministic:  # the call imports torch's compiler
            torch.use_deterministic_algorithms(self.deterministic)


@contextmanager
def seeded_world(seed: int, *, watched: bool = True) -> Iterator[World]:
    """Seed every generator and compute on one thread; put the switches back at the end.

    One thread, because the katas' tensors are small: two threads on a busy machine wait for each other for seconds.
    """
    before = World.now(generators=False)
    random.seed(seed)
    numpy.random.seed(seed)
    _seed_torch(seed)
    torch.set_num_threads(1)
    try:
        yield World.now(generators=watched)
    finally:
        before.restore()


def _seed_torch(seed: int) -> None:
    # torch.manual_seed also notes a stack trace for each device that was never used: ten times the time.
    torch.default_generator.manual_seed(seed)
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        torch.cuda.manual_seed_all(seed)
