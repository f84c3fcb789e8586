"""Products of matrices, distances, attention, convolution: fused against manual, compiled and the learner's own."""

from __future__ import annotations

import pytest

from benchmarks.races import REPLAY
from pt_kata.bench.record import Record


@pytest.mark.race("linear")
@pytest.mark.benchmark(timer=REPLAY)
def test_race(replayed: Record) -> None:
    """One contender in one case, timed in turns with the others."""
    assert replayed.seconds
