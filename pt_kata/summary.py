"""The end of a run: what is still to write, what is broken, one bar per kata, and where to go on."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass

import pytest

from pt_kata.catalog import Catalog, line_of
from pt_kata.progress import Result, Standing, first_red, standings
from pt_kata.target import Target

COLORS = {"done": "green", "todo": "yellow", "begun": "yellow", "failed": "red", "broken": "red"}


@dataclass(frozen=True)
class Run:
    """All that the closing report is made from."""

    catalog: Catalog
    target: Target
    results: list[Result]
    totals: Counter[str]
    problems: list[str]


def write(out: pytest.TerminalReporter, run: Run) -> None:
    """Write the closing report; with ``-q`` without the list of todo tests."""
    if out.verbosity >= 0:
        _write_todo(out, run)
    _write_broken(out, run)
    out.section("katas" if run.target.is_learners else f"katas: {run.target.label}")
    rows = standings(run.catalog, run.results, run.totals)
    width = max((len(row.kata.id) for row in rows), default=0)
    for row in rows:
        _write_standing(out, row, width)
    red = first_red(run.catalog, run.results)
    if red:
        _write_next(out, run, red)


def _write_todo(out: pytest.TerminalReporter, run: Run) -> None:
    todo = [result for result in run.results if result.outcome == "todo"]
    if not todo:
        return
    out.section("todo")
    for kata in run.catalog.katas:
        lines = sorted((result for result in todo if result.kata == kata.id), key=lambda result: result.line)
        width = max((len(result.function) for result in lines), default=0)
        if lines:
            out.write(f"{kata.id}\n", bold=True)
        for result in lines:
            out.write("  todo  ", yellow=True)
            out.write(_one_line(f"{result.function:<{width}}  {result.sentence}", len("  todo  ")))


def _one_line(text: str, used: int) -> str:
    room = shutil.get_terminal_size((120, 24)).columns - used
    return (text if len(text) <= room else text[: room - 1] + "…") + "\n"


def _write_broken(out: pytest.TerminalReporter, run: Run) -> None:
    waiting = Counter(result.detail for result in run.results if result.outcome == "broken")
    if waiting or run.problems:
        out.section("broken", red=True)
    for message, tests in waiting.items():
        out.write(f"{message}\n", red=True)
        out.write(f"  {tests} test{'s wait' if tests > 1 else ' waits'} for this; all others ran.\n")
    for problem in run.problems:
        out.write(f"{problem}\n", red=True)


def _write_standing(out: pytest.TerminalReporter, row: Standing, width: int) -> None:
    out.write(f"{row.kata.id:<{width}}  ")
    out.write(row.bar, **{COLORS.get(row.state, "white"): True})
    counts = ", ".join(f"{row.counts[name]} {name}" for name in ("failed", "broken", "todo") if row.counts[name])
    rest = f"{row.not_run} not run" if 0 < row.not_run < row.total else ""
    notes = ", ".join(filter(None, [counts if row.state != "todo" else "", rest]))
    out.write(f"  {row.passed:>3}/{row.total:<3}  {row.state}{f' ({notes})' if notes else ''}\n")


def _write_next(out: pytest.TerminalReporter, run: Run, red: Result) -> None:
    kata = run.catalog.by_id(red.kata)
    if not kata:
        return
    if red.outcome == "broken":
        out.write(f"\nMend this first: {red.detail.splitlines()[0]}\n", bold=True)
        return
    path = run.target.file(kata)
    name = red.function or (kata.tasks[0].name if kata.tasks else "")
    shown = path.relative_to(run.catalog.root) if path.is_relative_to(run.catalog.root) else path
    started = any(result.outcome != "todo" for result in run.results)
    out.write(f"\n{'Go on' if started else 'Start'} here: {shown}:{line_of(path, name)}  {name}\n", bold=True)
    task = kata.task(name)
    out.write(f"  {task.summary}.\n" if red.outcome == "todo" and task else f"  {red.outcome}: {red.sentence}\n")
