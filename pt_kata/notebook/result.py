"""What is shown of a check: the functions of the cell, the first red in full, and a word on the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pt_kata import outcome
from pt_kata.catalog import nearest
from pt_kata.notebook.page import Page
from pt_kata.notebook.session import Attempt
from pt_kata.pages import two_columns
from pt_kata.runner.verdict import TestVerdict
from pt_kata.screen import MARKS, style_of


def page(attempt: Attempt, shared: Iterable[str] = (), *, verbose: bool = False) -> Page:
    """The result of a check; ``shared`` are the names that the notebook knows, ``verbose`` shows every red test."""
    screen = Page(attempt.places.told)
    shown = attempt.own if attempt.own and not verbose else [task.name for task in attempt.kata.tasks]
    _functions(screen, attempt, shown)
    _missing(screen, attempt, shared)
    if verbose:
        outcome.everything(screen, attempt.checked.verdict)
    else:
        _first_red(screen, attempt, shown)
    screen.say()
    _rest(screen, attempt, shown)
    outcome.standing(screen, attempt.checked.verdict, attempt.checked.record.state)
    return screen


def _functions(screen: Page, attempt: Attempt, names: list[str]) -> None:
    """Each function with its outcome, on a line of its own."""
    width = max(map(len, names), default=0)
    tasks = attempt.checked.verdict.tasks
    for name in names:
        waits = [other for other in _waits_for(attempt, name) if tasks[name] == "passed"]
        found, words = tasks[name], f"waits for {', '.join(waits)}" if waits else tasks[name]
        mark = "· " if waits else MARKS.get(found, "✗ ")
        two_columns(screen, (name, style_of("todo" if waits else found)), words, width, mark=mark)


def _waits_for(attempt: Attempt, name: str) -> list[str]:
    """The functions not written yet that a function uses: its tests end there, and say nothing of it."""
    tasks = attempt.checked.verdict.tasks
    used = {other for piece in attempt.module.pieces if name in piece.binds for other in piece.uses}
    return [other for other in tasks if other in used and tasks[other] == "todo"]


def _missing(screen: Page, attempt: Attempt, shared: Iterable[str]) -> None:
    """Say which names the check can't know, because an ordinary cell defines them, and which function is misspelt."""
    unknown = sorted(attempt.module.unknown.intersection(shared))
    if unknown:
        kata, names = attempt.kata.name, ", ".join(unknown)
        words = f"The check sees only cells that begin with %%kata {kata}: define or import {names} in one of them."
        screen.say((words, "yellow"))
    tasks = [task.name for task in attempt.kata.tasks]
    for name in _strangers(attempt):
        if near := nearest(name, tasks):
            screen.say((f"{attempt.kata.id} has no {name}{near}", "yellow"))


def _strangers(attempt: Attempt) -> Iterator[str]:
    """The functions of the cell that nothing in the module uses."""
    used = {name for piece in attempt.module.pieces for name in piece.binds}
    for piece in attempt.cell.pieces:
        if piece.is_def:
            yield from piece.binds - used


def _first_red(screen: Page, attempt: Attempt, names: list[str]) -> None:
    """The first test in full that is not green in these functions; those that are only todo stand behind the others."""
    verdict = attempt.checked.verdict
    red = [test for test in verdict.tests if test.outcome != "passed" and _task(test) in names]
    if verdict.problem:
        outcome.first_red(screen, verdict)
    elif red:
        outcome.one(screen, verdict, min(red, key=lambda test: test.outcome == "todo"))
    elif all(_task(test) not in verdict.tasks for test in verdict.tests if test.outcome != "passed"):
        outcome.first_red(screen, verdict)  # a test that ended in no function


def _task(test: TestVerdict) -> str:
    return test.function.partition(".")[0]


def _rest(screen: Page, attempt: Attempt, shown: list[str]) -> None:
    """The functions that were not shown, by outcome, on one line."""
    others = {name: found for name, found in attempt.checked.verdict.tasks.items() if name not in shown}
    groups = [f"{found}: {', '.join(_all(others, found))}" for found in dict.fromkeys(others.values())]
    if groups:
        screen.say(("not in this cell   " + "; ".join(groups), "dim"))


def _all(others: Mapping[str, str], found: str) -> list[str]:
    return [name for name, outcome in others.items() if outcome == found]
