"""The clocks, and the order in which the contenders of a race take their turns."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import torch

Run = Callable[[], object]

LEAST_SAMPLE = 5e-3  # seconds; shorter calls are repeated within one sample
TRIALS = 5  # calls that find out how short they are


@dataclass(frozen=True)
class Budget:
    """How long a race may last: ``rounds`` samples of each contender, more of them up to ``seconds``.

    A race whose samples are so long that ``rounds`` of them take more than ``most`` seconds stops there, but not before
    each has ``fewest``.
    """

    rounds: int = 20
    seconds: float = 1.0
    most: float = 40.0
    fewest: int = 6
    ceiling: int = 200

    def part(self, parts: int) -> Budget:
        """One of so many equal parts."""
        rounds, fewest, ceiling = (-(-count // parts) for count in (self.rounds, self.fewest, self.ceiling))
        return Budget(rounds, self.seconds / parts, self.most / parts, fewest, ceiling)

    def is_over(self, rounds: int, seconds: float) -> bool:
        if rounds >= self.ceiling or (seconds > self.most and rounds >= self.fewest):
            return True
        return rounds >= self.rounds and seconds >= self.seconds


@dataclass
class Samples:
    """What was measured of one contender, in seconds for one call.

    ``latency`` is the time until the result is there, launch included, where it is not the same as ``seconds``.
    """

    number: int
    seconds: list[float] = field(default_factory=list)
    latency: list[float] = field(default_factory=list)


class Clock(Protocol):
    """Times the calls of one device."""

    name: str

    def number(self, run: Run) -> int:
        """How many calls one sample needs."""

    def sample(self, run: Run, into: Samples) -> None:
        """Add one sample."""


def seconds_of(run: Run) -> float:
    """Seconds until one call has returned."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


class CpuClock:
    """Wall time of calls that are over when they return."""

    name = "time.perf_counter"

    def number(self, run: Run) -> int:
        shortest = seconds_of(run)
        if shortest < LEAST_SAMPLE:
            shortest = min(shortest, *(seconds_of(run) for _ in range(TRIALS)))
        return max(1, round(LEAST_SAMPLE / max(shortest, 1e-7)))

    def sample(self, run: Run, into: Samples) -> None:
        calls = range(into.number)
        if into.number > 1:
            run()  # so that the cache is as this contender leaves it, not the one before
        start = time.perf_counter()
        for _ in calls:
            run()
        into.seconds.append(_rounded((time.perf_counter() - start) / into.number))


class CudaClock:
    """Time on the device between two events and, in a call of its own, the time until the result is there.

    Before each, a buffer of twice the L2 cache is overwritten. For the device time the host runs ahead meanwhile, as in
    ``triton.testing.do_bench``: some twenty launches are hidden, and a call of more of them still waits for the host.
    For the latency all is quiet before the clock starts.
    """

    name = "torch.cuda.Event"

    def __init__(self, device: str) -> None:
        cache = torch.cuda.get_device_properties(device).L2_cache_size
        self._flush = torch.empty(max(256 << 20, 2 * cache), dtype=torch.int8, device=device)

    def number(self, run: Run) -> int:
        return 1

    def sample(self, run: Run, into: Samples) -> None:
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]
        self._flush.zero_()
        begin.record()
        run()
        end.record()
        torch.cuda.synchronize()
        into.seconds.append(_rounded(begin.elapsed_time(end) / 1e3))
        self._flush.zero_()
        torch.cuda.synchronize()
        start = time.perf_counter()
        run()
        torch.cuda.synchronize()
        into.latency.append(_rounded(time.perf_counter() - start))


def clock_of(device: str) -> Clock:
    """The clock of a device."""
    return CpuClock() if device == "cpu" else CudaClock(device)


def _rounded(seconds: float) -> float:
    """To a tenth of a nanosecond, so that the file of the results stays small."""
    return round(seconds, 10)


def interleave(
    runs: Mapping[str, Run], clock: Clock, budget: Budget, found: dict[str, Samples] | None = None
) -> dict[str, Samples]:
    """Samples of each contender, taken in turns there and back (A B B A), so that drift hits all of them alike.

    With ``found``, the samples of earlier turns, the new ones are added to them.
    """
    for run in runs.values():
        run()
    found = found or {name: Samples(clock.number(run)) for name, run in runs.items()}
    there = list(runs)
    was_enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        start, rounds = time.perf_counter(), 0
        while not budget.is_over(rounds, time.perf_counter() - start):
            for name in there if rounds % 2 == 0 else reversed(there):
                clock.sample(runs[name], found[name])
                gc.collect(0)  # untimed; what a contender leaves in cycles would fill the memory
            rounds += 1
    finally:
        if was_enabled:
            gc.enable()
    return found
