"""Losses, and the row-wise reductions that they are made of: fused against manual, compiled and the learner's own."""

from __future__ import annotations

from statistics import median

import pytest

from benchmarks.races import RACES, REPLAY
from pt_kata.bench.meeting import Heat
from pt_kata.bench.pairs.losses import PAIRS
from pt_kata.bench.record import Record

LONGEST = 1.3  # times as long as with all logits at once
LEAST_SAVED = 4  # times less memory


@pytest.mark.race("losses")
@pytest.mark.benchmark(timer=REPLAY)
def test_race(replayed: Record) -> None:
    """One contender in one case, timed in turns with the others."""
    assert replayed.seconds


@pytest.mark.timeout(0)
def test_linear_cross_entropy_by_chunks_saves_memory_and_costs_little_time(request: pytest.FixtureRequest) -> None:
    """At 4096 tokens, width 512 and 32768 words, forward and backward."""
    races = request.config.stash[RACES]
    if races.options.quick:
        pytest.skip("one call takes 3 s; the run without --quick has it")
    pair = next(pair for pair in PAIRS if pair.op == "linear_cross_entropy")
    found = {one.implementation: one for one in races.records_of(Heat(pair, "large", "cpu", "float32"))}
    whole, chunked = found["fused"], found["manual"]
    assert whole.shape == "4096x512x32768"
    assert LEAST_SAVED * chunked.peak <= whole.peak
    assert median(chunked.seconds) <= LONGEST * median(whole.seconds)
