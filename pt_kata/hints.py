"""Hints, one level more each time."""

from __future__ import annotations

from dataclasses import replace

from pt_kata.catalog import Kata, Task
from pt_kata.files import Trouble
from pt_kata.pages import sentence, two_columns
from pt_kata.screen import Screen
from pt_kata.standing import Standing
from pt_kata.store import Record, Store


def hint(screen: Screen, store: Store, one: Standing, task: Task) -> None:
    """Print the next hint for ``task`` below those shown before, and remember that it was shown."""
    if one.kata.problem:
        raise Trouble(one.kata.problem)
    levels = one.kata.hints.get(task.name, ())
    before = min(one.record.hints.get(task.name, 0), len(levels))
    after = store.update(one.kata.id, lambda record: _one_more(record, task, len(levels))).hints.get(task.name, 0)
    screen.say((task.name, "bold cyan"), f": {sentence(task)}")
    for number, text in enumerate(levels[:after], 1):
        style = "dim" if number <= before else ""
        screen.say((text, style), first=f"  {number}. ")
    screen.say()
    _what_else(screen, one.kata, task, len(levels) - after, len(levels))


def _one_more(record: Record, task: Task, levels: int) -> Record:
    shown = min(record.hints.get(task.name, 0) + 1, levels)
    return replace(record, hints={**record.hints, task.name: shown})


def _what_else(screen: Screen, kata: Kata, task: Task, left: int, levels: int) -> None:
    if left:
        screen.say(f"{left} more: ", (f"pt-kata hint {kata.id} --function {task.name}", "bold"))
        return
    said = "That was the last hint." if levels else f"There are no hints for {task.name}."
    screen.say(said, " What else helps:")
    show, diff = f"pt-kata show {kata.id}", f"pt-kata diff {kata.id} --spoil"
    two_columns(screen, (show, "bold"), "read the lesson again", len(diff))
    two_columns(screen, (diff, "bold"), "see the reference beside your code", len(diff))
