"""One part of the proof of one kata, and what the parts share."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from types import ModuleType
from typing import Any

from pt_kata.catalog import Kata
from pt_kata.hybrids import Hybrids
from pt_kata.trial import Case, Ending, Trial

SEED = 1
LIMIT = 10.0  # seconds for one test; the slowest of a reference takes about two


@dataclass
class Check:
    """``passed`` of ``total`` things hold; ``problems`` says what does not, ``rows`` holds each for the JSON."""

    kata: str
    part: str
    passed: int = 0
    total: int = 0
    problems: list[str] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0

    def note(self, holds: bool, problem: str) -> None:
        """Count one thing, with the ``problem`` it would be."""
        self.total += 1
        self.passed += holds
        if not holds:
            self.problems.append(problem)


class Examiner:
    """Runs the tests of one kata against whatever a part of the proof puts in its place."""

    def __init__(self, kata: Kata) -> None:
        self.kata = kata
        self.hybrids = Hybrids(kata)
        self.guarded = Trial(kata, SEED, limit=LIMIT)
        self.plain = Trial(kata, SEED, limit=LIMIT, guarded=False)
        self.files = {str(kata.reference), str(kata.mistakes)}

    @cached_property
    def cases(self) -> list[Case]:
        """All tests of the kata, in file order."""
        return self.plain.cases(self.hybrids.reference())

    @cached_property
    def costs(self) -> dict[str, float]:
        """How many seconds each test function takes with the reference, without the guard."""
        costs: dict[str, float] = {}
        run = self.plain.on(self.hybrids.reference(), set())
        run(self.cases[0])  # the first test of all pays for what torch puts off
        for case in self.cases:
            start = time.process_time()
            run(case)
            costs[case.function] = max(time.process_time() - start, costs.get(case.function, 0.0))
        return costs

    def cheapest_first(self, task: str) -> list[Case]:
        """All tests: those that name ``task`` first, the quick ones before the slow ones."""
        return sorted(
            self.cases, key=lambda case: (not self.plain.mentions(case.function, task), self.costs[case.function])
        )

    def first_red(
        self, module: ModuleType, cases: Iterable[Case], files: Iterable[str] = (), *, guarded: bool = False
    ) -> tuple[Case, Ending] | None:
        """The first of ``cases`` that fails with ``module``, or nothing where all pass."""
        trial = self.guarded if guarded else self.plain
        runs = trial.run(module, cases, {*self.files, *files})
        return next(((case, ending) for case, ending in runs if ending.red), None)
