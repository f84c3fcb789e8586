"""What the commands that run no kata print: where you are, the list, a kata's page, what is next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from rich.text import Text

from pt_kata.catalog import Task
from pt_kata.progress import bar
from pt_kata.screen import MARKS, Part, Screen, style_of
from pt_kata.standing import Standing, first_open

if TYPE_CHECKING:
    from pt_kata.doctor import Finding

SCHEMA = 1  # of ``list --json``
BESIDE = 24  # columns; with less room for it, text goes below its name


def home(screen: Screen, standings: Sequence[Standing]) -> None:
    """Print how far the learner is, and where to go on."""
    done = sum(one.is_done for one in standings)
    solved = sum(one.solved for one in standings)
    tasks = sum(len(one.kata.tasks) for one in standings)
    screen.say((bar(solved, tasks), "green"), f"  {solved} of {tasks} functions and classes are green")
    screen.say((f"{done} of {len(standings)} katas are done", "bold"), "; ", ("pt-kata list", "bold"), " shows them.")
    screen.say()
    following(screen, first_open(standings))


def following(screen: Screen, up: Standing | None) -> None:
    """Print the kata to go on with: its place, its task and what to type."""
    if not up:
        screen.say(("All katas are green.", "green"))
        rows = [("pt-kata again", "bring back those that are due, so that they stay with you")]
    else:
        title(screen, up)
        rows = _work(screen, up)
    screen.say()
    for command, purpose in rows:
        two_columns(screen, (command, "bold"), purpose, max(len(command) for command, _ in rows))


def title(screen: Screen, one: Standing) -> None:
    """Print which kata this is and how it stands."""
    kata = one.kata
    about = ", ".join(filter(None, [kata.title, f"{kata.minutes} minutes" if kata.minutes else ""]))
    screen.say((kata.id, "bold"), f"  {about}  ", (one.words, style_of(one.state)))
    if kata.problem:
        screen.say((kata.problem, "red"), first="  ")


def _work(screen: Screen, up: Standing) -> list[tuple[str, str]]:
    """Print what is to be done next; give the commands that help."""
    name, task = up.kata.id, up.next_task
    if up.state == "missing":
        screen.say(f"{up.kata.stub} is not there.", first="  ")
        return [(f"pt-kata reset {name}", "make it anew"), (f"pt-kata undo {name}", "bring back the last backup")]
    screen.say((up.place, "bold"), first="  ")
    if task:
        screen.say((task.name, "cyan"), f": {sentence(task)}", first="  ")
    return [
        (f"pt-kata check {name}", "run its tests"),
        (f"pt-kata show {name}", "read the lesson and the task"),
        (f"pt-kata hint {name}", "get a nudge"),
    ]


def sentence(task: Task) -> str:
    """What a task asks for, in one sentence."""
    return f"{task.summary.replace('``', '`')}."


def two_columns(screen: Screen, name: Part, text: str, width: int, mark: str = "") -> None:
    """Print a name and what is said of it: beside it, or below where the screen is narrow."""
    word, style = (name, "") if isinstance(name, str) else name
    if screen.columns - width >= BESIDE:
        screen.say(text, first=Text.assemble("  ", (f"{mark}{word:<{width}}", style), "  "))
    else:
        screen.say((f"{mark}{word}", style), first="  ")
        screen.say(text, first="      ")


def listing(screen: Screen, standings: Sequence[Standing]) -> None:
    """Print every chapter with its katas, their bars and states."""
    width = max((len(one.kata.name) for one in standings), default=0)
    counts = max((len(_counts(one)) for one in standings), default=0)
    for chapter, group in groupby(standings, lambda one: one.kata.chapter):
        katas = list(group)
        done = sum(one.is_done for one in katas)
        screen.say((chapter, "bold"), (f"  {done} of {len(katas)} done", "dim"))
        for one in katas:
            _list_one(screen, one, width, counts)


def _counts(one: Standing) -> str:
    return f"{one.shown.passed}/{one.shown.total}" if one.shown.checked else ""


def _list_one(screen: Screen, one: Standing, width: int, counts: int) -> None:
    record, style = one.shown, style_of(one.state)
    room = screen.columns - width - counts - len("  ") * 4 - len("changed")
    blocks = bar(record.passed, record.total, min(20, room)) + "  " if room >= 4 else ""
    screen.say(
        f"{one.kata.name:<{width}}  ",
        (blocks, style),
        f"{_counts(one):>{counts}}  ",
        (_state(one, screen), style),
        first="  ",
    )


def _state(one: Standing, screen: Screen) -> str:
    """The state, with what there is to know where there is room for it."""
    wanted = one.kata.problem or one.words
    if one.state == "todo" and one.kata.minutes:
        wanted = f"todo, {one.kata.minutes} minutes"
    red = [f"{count} {name}" for name, count in one.shown.counts.items() if count and name != "passed"]
    if red and one.state in ("begun", "failed", "broken"):
        wanted = f"{one.state} ({', '.join(red)})"
    return wanted if screen.columns >= 90 else one.state


def as_data(standings: Sequence[Standing]) -> dict[str, Any]:
    """The list as plain data."""
    return {"schema": SCHEMA, "katas": [_one_as_data(one) for one in standings]}


def _one_as_data(one: Standing) -> dict[str, Any]:
    kata, record = one.kata, one.shown
    return {
        "id": kata.id,
        "chapter": kata.chapter,
        "title": kata.title,
        "minutes": kata.minutes,
        "file": kata.stub.relative_to(kata.root).as_posix(),
        "state": one.state,
        "problem": kata.problem,
        "passed": record.passed,
        "total": record.total,
        "counts": dict(record.counts),
        "checked": record.checked,
        "tasks": [{"name": task.name, "summary": task.summary, "outcome": one.outcome(task)} for task in kata.tasks],
    }


def findings(screen: Screen, found: Iterable[Finding]) -> bool:
    """Print what the doctor finds as it is found; returns whether all is well."""
    problems = 0
    for finding in found:
        problems += finding.is_problem
        word, style = ("problem", "red") if finding.is_problem else ("ok", "green")
        screen.say((finding.name, "bold"), f"  {finding.text}", first=Text(f"{word:<7}  ", style))
        if finding.mend:
            screen.say((finding.mend, "cyan"), first=" " * 9)
    screen.say()
    screen.say(f"{problems} to mend" if problems else "Nothing is missing.")
    return not problems


def kata_page(screen: Screen, one: Standing) -> None:
    """Print the lesson of a kata and, last, what there is to write."""
    from pt_kata.lesson import lesson, render

    kata = one.kata
    page = lesson(kata)
    render(screen, page)
    screen.say() if page else None
    title(screen, one)
    if kata.summary:
        screen.say(f"{kata.summary}.", first="  ")
    screen.say("You write, from ", (one.place, "bold"), " on:", first="  ")
    width = max((len(task.name) for task in kata.tasks), default=0)
    for task in kata.tasks:
        outcome = one.outcome(task)
        two_columns(screen, (task.name, style_of(outcome)), sentence(task), width, mark=MARKS.get(outcome, "✗ "))
