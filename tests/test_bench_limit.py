"""The roofline and the shares of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pt_kata.bench.clock import Budget, CpuClock
from pt_kata.bench.limit import Limits, measure
from pt_kata.bench.machine import cpu_cache, machine
from pt_kata.bench.pair import Case, Traffic
from pt_kata.bench.pairs import every
from pt_kata.bench.race import against_limit

LIMITS = Limits("cpu", "float32", copy=10e9, add=12e9, update=11e9, sum=20e9, fresh=3e9, flops=1e11, cache=1 << 20)
PAIRS = {pair.op: pair for pair in every()}


def shares(case: Case, seconds: float, limits: Limits) -> dict[str, Any]:
    """What a record says of the limit."""
    return against_limit(case.device, case.least, case.flops, seconds, limits)


@pytest.mark.parametrize(
    ("read", "written", "mix"), [(1, 1, "copy"), (2, 1, "add"), (1, 0, "sum"), (5, 3, "add"), (9, 1, "sum")]
)
def test_the_nearest_mix_of_reading_and_writing_is_taken(read: int, written: int, mix: str) -> None:
    """A loss only reads, a softmax writes as much as it reads."""
    assert LIMITS.bandwidth(Traffic(read, written)) == (mix, getattr(LIMITS, mix))


def test_the_limit_is_the_slower_of_memory_and_arithmetic() -> None:
    """Ten times the work at the same bytes turns a limit of memory into one of arithmetic."""
    assert LIMITS.seconds(Traffic(10**9, 10**9), 10**9) == pytest.approx(0.2)
    assert LIMITS.seconds(Traffic(10**9, 10**9), 10**11) == pytest.approx(1.0)


def test_data_under_four_times_the_cache_get_no_share() -> None:
    """And the record says why; as much work as bytes gives a share all the same, of the peak."""
    pair = PAIRS["softmax"]
    warm, cold = (Case(pair, "large", (rows, 1024), "forward") for rows in (256, 512))
    found = shares(warm, 1.0, LIMITS)
    assert found["share"] is None
    assert found["no_share"] == "its 2 MiB are less than 4 times the cache of 1 MiB"
    assert found["cache"].startswith("warm")
    found = shares(cold, 2 * LIMITS.seconds(cold.least, cold.flops), LIMITS)
    assert found["share"] == pytest.approx(0.5)
    assert found["cache"].startswith("cold")
    product = Case(PAIRS["addmm"], "small", PAIRS["addmm"].dims["small"], "forward")
    assert shares(product, 1.0, replace(LIMITS, flops=1e3))["mix"] == "flops"


def test_a_share_above_all_is_kept_as_it_is() -> None:
    """It says that the cache helped or that bytes are counted wrong, and must be seen."""
    case = Case(PAIRS["softmax"], "large", (2048, 1024), "forward")
    assert shares(case, LIMITS.seconds(case.least, case.flops) / 3, LIMITS)["share"] == pytest.approx(3.0)


def test_of_two_measurements_the_faster_counts() -> None:
    """Rate by rate: a slow moment of the machine is no limit."""
    other = replace(LIMITS, copy=20e9, sum=1e9, flops=2e11)
    best = LIMITS.best(other)
    assert (best.copy, best.sum, best.flops, best.add) == (20e9, 20e9, 2e11, 12e9)


def test_the_limits_of_this_machine_are_measured() -> None:
    """Copying takes time that is more than none, and the cache is the one the machine has."""
    found = measure("cpu", "float32", CpuClock(), Budget(rounds=2, seconds=0.0))
    assert 1e8 < found.copy < 1e13
    assert 1e8 < found.flops < 1e15
    assert found.cache == cpu_cache()[0] == machine()["cache_bytes"]
