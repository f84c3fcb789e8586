"""One training step of a small network: the reference of the engine kata against the package it is modelled on."""

from __future__ import annotations

from statistics import median

import pytest

from benchmarks.races import RACES, REPLAY
from pt_kata.bench.meeting import Heat
from pt_kata.bench.pairs.engine import PAIRS
from pt_kata.bench.record import Record

MEDIUM = ("medium", "cpu", "float64")
LEAST_RATIO = 4


@pytest.mark.race("engine")
@pytest.mark.benchmark(timer=REPLAY)
def test_race(replayed: Record) -> None:
    """One contender in one case, timed in turns with the others."""
    assert replayed.seconds


@pytest.mark.timeout(0)
def test_reference_is_at_least_4_times_faster_than_the_package(request: pytest.FixtureRequest) -> None:
    """The same step on 20 points, in turns."""
    races = request.config.stash[RACES]
    seconds = {one.implementation: median(one.seconds) for one in races.records_of(Heat(PAIRS[0], *MEDIUM))}
    assert seconds["micrograd package"] / seconds["manual"] >= LEAST_RATIO
