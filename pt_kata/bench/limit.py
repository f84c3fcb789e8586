"""The physical limit: how fast this machine moves bytes and multiplies, and how near to that a time is.

A call that moves ``b`` bytes and does ``f`` operations takes at least max(b / bandwidth, f / peak) seconds: that is the
roofline (Williams, Waterman and Patterson, "Roofline: An Insightful Visual Performance Model", 2009).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from statistics import median
from typing import Any

import torch

from pt_kata.bench.clock import Budget, Clock, Run, interleave
from pt_kata.bench.machine import cache_of
from pt_kata.bench.pair import COLD, Traffic
from pt_kata.bench.record import BANDWIDTHS

MIXES = {"copy": 1 / 2, "add": 2 / 3, "update": 2 / 3, "sum": 1.0}  # the share of the bytes that is read
SIDES = {"cpu": 2048, "cuda": 8192}  # of the matrices that find the peak


@dataclass(frozen=True)
class Limits:
    """What the machine can do at most.

    Attributes:
        device, dtype: where and in which numbers.
        copy, add, update, sum: bytes per second of ``copy_``, ``add(out=)``, ``add_`` and ``sum``, on arrays of 4 times
            the cache.
        fresh: bytes per second of ``clone``, a copy into memory that must be had from the system first.
        flops: floating-point operations per second of a matrix product.
        cache: bytes of the last-level cache.
    """

    device: str
    dtype: str
    copy: float
    add: float
    update: float
    sum: float
    fresh: float
    flops: float
    cache: int

    def bandwidth(self, least: Traffic) -> tuple[str, float]:
        """The measured mix of reading and writing that is nearest to ``least``, and its bytes per second.

        Of two that are as near, the faster: writing where one has just read is cheaper than elsewhere.
        """
        share = least.read / max(least.elements, 1)
        mix = min(MIXES, key=lambda name: (abs(MIXES[name] - share), -getattr(self, name)))
        return mix, getattr(self, mix)

    def seconds(self, least: Traffic, flops: int) -> float:
        """The least time for so many bytes and operations."""
        return max(least.elements / self.bandwidth(least)[1], flops / self.flops)

    def is_cold(self, least: Traffic) -> bool:
        """Whether the bytes of a call are too many to be still in the cache when it comes round again."""
        return least.elements >= COLD * self.cache

    def best(self, other: Limits) -> Limits:
        """The faster of two measurements, rate by rate."""
        rates = {name: max(getattr(self, name), getattr(other, name)) for name in (*BANDWIDTHS, "flops")}
        return replace(self, **rates)

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


def measure(device: str, dtype: str, clock: Clock, budget: Budget) -> Limits:
    """Find the limits, with the clock and the threads of the races."""
    own: torch.dtype = getattr(torch, dtype)
    cache = cache_of(device)
    first, second, out = (torch.randn(COLD * cache // own.itemsize, device=device).to(own) for _ in range(3))
    side = SIDES[torch.device(device).type]
    left, right, product = (torch.randn(side, side, device=device).to(own) for _ in range(3))
    runs: dict[str, Run] = {
        "copy": lambda: out.copy_(first),
        "add": lambda: torch.add(first, second, out=out),
        "update": lambda: out.add_(second),
        "sum": lambda: first.sum(),
        "fresh": lambda: first.clone(),
        "flops": lambda: torch.mm(left, right, out=product),
    }
    size = first.nbytes
    amounts = {
        "copy": 2 * size,
        "add": 3 * size,
        "update": 3 * size,
        "sum": size,
        "fresh": 2 * size,
        "flops": 2 * side**3,
    }
    found = interleave(runs, clock, budget)
    rates = {name: amounts[name] / median(samples.seconds) for name, samples in found.items()}
    return Limits(device, dtype, cache=cache, **rates)
