"""From test outcomes to the state of each kata, and to the one place to go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pt_kata.catalog import Catalog, Kata

Outcome = Literal["passed", "failed", "todo", "broken"]
BAR_WIDTH = 20


@dataclass(frozen=True)
class Result:
    """The outcome of one test of a kata.

    ``case`` names the test and the positions of its parameters, ``function`` is the learner's function it ended in,
    ``line`` the test's line, ``sentence`` its docstring, ``detail`` the message of a broken module, ``forbidden``
    whether the guard stopped it.
    """

    kata: str
    nodeid: str
    outcome: Outcome
    function: str
    line: int
    sentence: str
    detail: str = ""
    forbidden: bool = False
    case: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Standing:
    """How far one kata is: counts per outcome, out of ``total`` tests found."""

    kata: Kata
    counts: Counter[str]
    total: int

    @property
    def passed(self) -> int:
        return self.counts["passed"]

    @property
    def not_run(self) -> int:
        return self.total - self.counts.total()

    @property
    def state(self) -> str:
        if self.counts["broken"]:
            return "broken"
        if self.counts["failed"]:
            return "failed"
        if self.counts["todo"]:
            return "begun" if self.passed else "todo"
        return "done" if self.passed == self.total else "not run" if not self.passed else "passed so far"

    @property
    def bar(self) -> str:
        return bar(self.passed, self.total)


def bar(part: int, whole: int, width: int = BAR_WIDTH) -> str:
    """A bar that is full only when ``part`` is ``whole``."""
    filled = width * part // whole if whole else 0
    return "█" * filled + "░" * (width - filled)


def standings(catalog: Catalog, results: Iterable[Result], totals: Counter[str]) -> list[Standing]:
    """One standing per kata that has tests in this run, in the order of the curriculum."""
    counts = {kata.id: Counter[str]() for kata in catalog.katas}
    for result in results:
        counts[result.kata][result.outcome] += 1
    return [Standing(kata, counts[kata.id], totals[kata.id]) for kata in catalog.katas if totals[kata.id]]


def first_red(catalog: Catalog, results: Iterable[Result]) -> Result | None:
    """The first red test in the order of the curriculum and of the test files, whatever order they ran in.

    Within a kata one that is only todo stands behind all others.
    """
    order = {kata.id: position for position, kata in enumerate(catalog.katas)}
    red = [result for result in results if result.outcome != "passed"]
    return min(red, key=lambda result: (order[result.kata], result.outcome == "todo", result.line), default=None)
