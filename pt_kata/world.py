"""The global state that every test, and the import of every kata, finds and leaves as it was."""

from __future__ import annotations

import pickle
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy
import torch

from pt_kata.switches import SWITCHES, same


@dataclass(frozen=True)
class World:
    """How all switches stood, and the generators, where that was asked for."""

    settings: tuple[object, ...]
    torch_seed: int = 0
    numpy_state: int = 0

    @classmethod
    def now(cls, *, generators: bool = True) -> World:
        """Read all switches and, if wanted, how the generators stand, which takes longest."""
        settings = tuple([switch.read() for switch in SWITCHES])
        if not generators:
            return cls(settings)
        return cls(settings, torch.initial_seed(), hash(pickle.dumps(numpy.random.get_state())))

    def changes(self) -> tuple[str, ...]:
        """The names of what has changed since; drawing from torch's generator is no change, seeding it is."""
        now = World.now()
        changed = [
            switch.name
            for switch, one, other in zip(SWITCHES, self.settings, now.settings, strict=True)
            if not same(one, other)
        ]
        changed += [name for name in ("torch_seed", "numpy_state") if getattr(self, name) != getattr(now, name)]
        return tuple(changed)

    def restore(self) -> None:
        """Put back the switches that differ by now; the generators are left to the next test's seed."""
        for switch, before in zip(SWITCHES, self.settings, strict=True):
            if not same(switch.read(), before):
                switch.write(before)
        torch.set_flush_denormal(False)  # torch doesn't say how it stands


@contextmanager
def kept() -> Iterator[World]:
    """Put all switches back at the end."""
    before = World.now(generators=False)
    try:
        yield before
    finally:
        before.restore()


@contextmanager
def seeded_world(seed: int, *, watched: bool = True) -> Iterator[World]:
    """Seed every generator and compute on one thread; put the switches back at the end.

    One thread, because the katas' tensors are small: two threads on a busy machine wait for each other for seconds.
    """
    with kept():
        random.seed(seed)
        numpy.random.seed(seed)
        _seed_torch(seed)
        torch.set_num_threads(1)
        yield World.now(generators=watched)


def _seed_torch(seed: int) -> None:
    # torch.manual_seed also notes a stack trace for each device that was never used: ten times the time.
    torch.default_generator.manual_seed(seed)
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        torch.cuda.manual_seed_all(seed)
