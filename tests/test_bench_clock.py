"""The clocks and the turns."""

from __future__ import annotations

import gc
import time
from typing import Any

import pytest

from pt_kata.bench.clock import Budget, CpuClock, Samples, interleave


class Steps:
    """A clock whose samples are numbered, so that the order of the turns can be read."""

    name = "steps"

    def __init__(self) -> None:
        self.taken = 0.0

    def number(self, run: Any) -> int:
        return 1

    def sample(self, run: Any, into: Samples) -> None:
        run()
        self.taken += 1
        into.seconds.append(self.taken)


def test_contenders_take_turns_there_and_back() -> None:
    """Of two contenders the order is A B, B A, A B, ..."""
    found = interleave({"a": int, "b": int}, Steps(), Budget(rounds=4, seconds=0.0))
    assert found["a"].seconds == [1, 4, 5, 8]
    assert found["b"].seconds == [2, 3, 6, 7]


def test_a_short_race_goes_on_until_its_time_is_over() -> None:
    """Calls that take no time are sampled more often than asked for, up to the ceiling."""
    found = interleave({"a": int}, Steps(), Budget(rounds=2, seconds=10.0, ceiling=7))
    assert len(found["a"].seconds) == 7


def test_a_long_race_stops_early_but_not_before_its_fewest_samples() -> None:
    """What is slower than the budget allows gets as many samples as are the least."""
    found = interleave({"a": lambda: time.sleep(0.01)}, Steps(), Budget(rounds=50, most=0.001, fewest=3))
    assert len(found["a"].seconds) == 3


def test_the_time_of_a_call_is_that_of_the_call() -> None:
    """A sleep of 20 ms is measured as 20 ms; one of microseconds is repeated within a sample."""
    clock, slow = CpuClock(), Samples(1)
    clock.sample(lambda: time.sleep(0.02), slow)
    assert 0.02 <= slow.seconds[0] < 0.2
    assert clock.number(lambda: time.sleep(0.02)) == 1
    assert clock.number(int) > 100


def test_a_sample_of_many_calls_is_the_time_of_one() -> None:
    """The time of a sample is divided by its calls."""
    samples = Samples(10)
    CpuClock().sample(lambda: time.sleep(0.002), samples)
    assert 0.002 <= samples.seconds[0] < 0.02


@pytest.mark.parametrize("is_on", [True, False])
def test_the_garbage_collector_is_off_meanwhile_and_afterwards_as_before(is_on: bool) -> None:
    """Also when the race ends in an error."""
    seen: list[bool] = []

    def run() -> None:
        seen.append(gc.isenabled())
        if len(seen) > 3:
            raise ZeroDivisionError

    (gc.enable if is_on else gc.disable)()
    try:
        with pytest.raises(ZeroDivisionError):
            interleave({"a": run}, Steps(), Budget(rounds=9, seconds=0.0))
        assert gc.isenabled() is is_on
        assert seen[-1] is False
    finally:
        gc.enable()
