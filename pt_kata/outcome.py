"""A verdict as a learner reads it: how the kata stands, and the first test that isn't green, in full."""

from __future__ import annotations

import re
from pathlib import Path

from rich.text import Text

from pt_kata.catalog import Kata, line_of
from pt_kata.files import shown
from pt_kata.progress import bar
from pt_kata.runner.verdict import TestVerdict, Verdict
from pt_kata.screen import Screen, style_of

MOST_LINES = 20  # of what a test printed
LAYOUT = re.compile(r"(\s*)((?:[a-z]+(?: [a-z]+)?  +)?)(.*)")  # as in "  why       Both copies count."
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-ln-z]|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f]")  # all but colours


def standing(screen: Screen, verdict: Verdict, state: str, width: int = 0) -> None:
    """Print the kata's bar, counts and state on one line."""
    counts, total = verdict.counts, len(verdict.tests)
    red = [f"{counts[name]} {name}" for name in ("error", "timeout", "failed", "todo") if counts[name]]
    style, time = style_of(state), f"{verdict.seconds:.2f} s"
    words = f"{state} ({', '.join(red)})" if red and counts["todo"] < total else state
    if verdict.is_running:
        style, words, time = "", "running ...", ""
    blocks = bar(counts["passed"], total)
    name, share = f"{verdict.kata.id:<{width}}  ", f"  {counts['passed']:>3}/{total:<3}  "
    fits = len(name + blocks + share + words + time) + 2 <= screen.columns
    screen.say((name, "bold"), (blocks, style), share, (words, style), f"  {time}" if fits else "")


def first_red(screen: Screen, verdict: Verdict) -> None:
    """Print the first test that is not green; nothing where all are."""
    if verdict.problem:
        screen.say()
        screen.say((verdict.problem, "red"))
    elif test := verdict.first_red:
        one(screen, verdict, test)


def everything(screen: Screen, verdict: Verdict) -> None:
    """Print every test that is not green, with the lines on the way to its failure."""
    if verdict.problem:
        first_red(screen, verdict)
    for test in verdict.tests:
        if test.outcome != "passed":
            one(screen, verdict, test)
            _indented(screen, test.traceback)


def one(screen: Screen, verdict: Verdict, test: TestVerdict) -> None:
    """Print a test that is not green: what it wants, what happened and where, what was printed, what it may mean."""
    kata = verdict.kata
    screen.say()
    screen.say((f"{test.outcome}  ", style_of(test.outcome)), (test.function or test.name, "bold"))
    screen.say(_sentence(test), first="  ")
    if test.outcome == "todo":
        _todo(screen, kata, test, verdict.file)
    else:
        _wrong(screen, test)
    printed(screen, "printed", test.printed)
    printed(screen, f"printed while {verdict.file.name} was imported", verdict.printed)
    if test.diagnosis:
        screen.say()
        screen.say(("diagnosis", "magenta"))
        _indented(screen, test.diagnosis)


def _sentence(test: TestVerdict) -> str:
    _, bracket, parameters = test.name.partition("[")
    return f"{test.docstring}{' [' if bracket else ''}{parameters}"


def _todo(screen: Screen, kata: Kata, test: TestVerdict, file: Path) -> None:
    task = kata.task(test.function)
    screen.say()
    screen.say((f"{shown(file)}:{line_of(file, test.function)}", "bold"), first="  ")
    if task:
        screen.say(f"{task.summary}.", first="  ")


def _wrong(screen: Screen, test: TestVerdict) -> None:
    screen.say()
    if test.file:
        screen.say((f"{shown(Path(test.file))}:{test.line}", "bold"), first="  ")
    if line := _source(test.file, test.line):
        screen.say((line, "cyan"), first="      ")
    _indented(screen, test.message, style="red")


def _indented(screen: Screen, text: str, style: str = "") -> None:
    """Print lines as they are laid out, the first in colour; what is too long goes on below its own beginning."""
    for position, line in enumerate(CONTROL.sub("", text).replace("\x1b", "").splitlines()):
        lead, label, rest = LAYOUT.fullmatch(line).groups()  # type: ignore[union-attr]
        screen.say((rest, style if not position else ""), first=f"  {lead}{label}")


def printed(screen: Screen, title: str, text: str) -> None:
    """Print what the learner's code printed, with its colours, but nothing that could move the cursor."""
    lines = CONTROL.sub("", text).rstrip("\n").splitlines()
    if not any(lines):
        return
    screen.say()
    screen.say((title, "magenta"))
    for line in lines[:MOST_LINES]:
        screen.say(Text.from_ansi(line[: screen.columns * 3]), first="  │ ", rest="  │ ")
    if len(lines) > MOST_LINES:
        screen.say(f"... and {len(lines) - MOST_LINES} more lines; pt-kata check --json has them", first="  │ ")


def _source(file: str, line: int) -> str:
    try:
        return Path(file).read_text(encoding="utf-8").splitlines()[line - 1].strip()
    except (OSError, ValueError, IndexError):
        return ""
