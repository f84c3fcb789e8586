from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from pt_kata.catalog import load
from pt_kata.progress import Outcome, Result, first_red, standings


def result(kata: str, outcome: Outcome, line: int = 0) -> Result:
    """Give a result with the least that the tests need."""
    return Result(kata, f"{kata}::{line}", outcome, "double", line, "")


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        (["passed"] * 4, "done"),
        (["todo"] * 4, "todo"),
        (["passed", "todo", "todo", "todo"], "begun"),
        (["passed", "failed", "todo", "todo"], "failed"),
        (["failed", "broken"], "broken"),
        ([], "not run"),
        (["passed"], "passed so far"),
    ],
)
def test_the_state_of_a_kata(tiny: Path, outcomes: list[Outcome], state: str) -> None:
    """The worst outcome decides; done means that every test found has passed."""
    results = [result("small/signs", outcome) for outcome in outcomes]
    (standing,) = standings(load(tiny), results, Counter({"small/signs": 4}))
    assert standing.state == state


def test_the_bar_fills_with_what_passed(tiny: Path) -> None:
    """Half of the tests fill half of the bar, and only all of them fill it."""
    results = [result("small/signs", "passed", line) for line in range(199)]
    half, nearly = (
        standings(load(tiny), results[:count], Counter({"small/signs": 200}))[0].bar for count in (100, 199)
    )
    assert half.count("█") == half.count("░") == 10
    assert nearly.count("░") == 1


def test_katas_without_tests_in_the_run_are_left_out(tiny: Path) -> None:
    """Selecting one kata reports one kata."""
    assert [row.kata.id for row in standings(load(tiny), [], Counter({"small/signs": 1}))] == ["small/signs"]


def test_the_first_red_follows_the_curriculum_and_not_the_run(tiny: Path) -> None:
    """In random order the place to go on is still the first in the file of the first kata."""
    results = [
        result("small/signs", "failed", 1),
        result("small/doubling", "todo", 30),
        result("small/doubling", "failed", 20),
        result("small/doubling", "passed", 10),
    ]
    assert first_red(load(tiny), results) == results[2]
    assert first_red(load(tiny), results[3:]) is None
