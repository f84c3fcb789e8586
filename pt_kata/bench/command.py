"""What ``pt-kata bench`` does between its arguments and its exit code."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from pt_kata.bench import table
from pt_kata.bench.meeting import (
    Estimate,
    Meeting,
    Options,
    any_seed,
    choose,
    duration,
    expected_seconds,
    katas_of,
    results_path,
    run,
)
from pt_kata.bench.pairs import every
from pt_kata.bench.record import Record
from pt_kata.bench.short import races_of, short_race
from pt_kata.bench.yours import reasons
from pt_kata.catalog import Kata
from pt_kata.files import Trouble, shown
from pt_kata.screen import Screen

Say = Callable[[str], None]


def one_kata(root: Path, kata: Kata, device: str, screen: Screen, *, patient: bool) -> None:
    """Race the green functions of ``kata`` and print a table, and why."""
    start = time.monotonic()
    if device == "cuda" and not torch.cuda.is_available():
        raise Trouble("--device cuda: torch sees no CUDA device here; leave the option out for the CPU")
    races_of(kata)
    with _progress() as (say, _):
        say(f"{kata.id}: checking your functions, compiling the reference")
        try:
            meeting, races = short_race(root, kata, device, any_seed(), say, patient=patient)
        except KeyboardInterrupt:
            screen.say(("Stopped; the races that were over are kept in .pt_kata/bench/.", "yellow"))
            raise
    _print(screen, races, meeting)
    screen.say((f"{time.monotonic() - start:.0f} s; kept in {shown(meeting.path)} for pt-kata report", "dim"))


def everything(root: Path, options: Options, screen: Screen) -> None:
    """Race all that ``options`` ask for, with its progress on the screen, and say where the results are."""
    heats = choose(options)
    expected = [expected_seconds(heat, options) for heat in heats]
    screen.say(f"{len(heats)} heats, about {duration(sum(expected))}; Ctrl-C stops and keeps what is measured.")
    with _progress() as (say, follow):
        say("checking your functions")
        left_out = reasons(root, katas_of(heats))
        meeting = Meeting(root, results_path(root), left_out, options, any_seed(), options.budget, on_step=say)
        estimate = Estimate(expected)
        try:
            for _ in run(meeting, heats, estimate):
                follow(estimate)
        except KeyboardInterrupt:
            screen.say((f"Stopped after {estimate.done} of {estimate.total} heats.", "yellow"))
            _kept(screen, meeting)
            raise
    _notes(screen, meeting)
    _kept(screen, meeting)


@contextmanager
def _progress() -> Iterator[tuple[Say, Callable[[Estimate], None]]]:
    """Show what is being done, and how much is left; nothing where the output goes elsewhere."""
    columns = (TextColumn("{task.fields[words]}"), BarColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("", total=None, words="")

        def follow(estimate: Estimate) -> None:
            progress.update(task, completed=estimate.done, total=estimate.total, words=estimate.words)

        yield lambda words: progress.update(task, description=words), follow


def _print(screen: Screen, races: list[list[Record]], meeting: Meeting) -> None:
    raced = [records for records in races if records]
    if raced:
        screen.say((table.heading(raced[0][0]), "bold"))
        screen.print(table.table(raced))
    own_words = {pair.op: pair.why for pair in every()}
    for records in raced:
        screen.say()
        op = records[0].op
        screen.say((f"{op}  ", "bold"), table.why(records, own_words[op]))
    screen.say()
    for limits in meeting.results.limits:
        screen.say((table.machine(limits), "dim"))
    for remark in table.remarks(raced) if raced else ():
        screen.say((remark, "yellow"))
    _notes(screen, meeting)


def _notes(screen: Screen, meeting: Meeting) -> None:
    for note in meeting.results.notes:
        screen.say((note, "yellow"))
    for one in meeting.results.left_out:
        screen.say((f"{one.op}: {one.implementation} left out: {one.reason}", "yellow"))


def _kept(screen: Screen, meeting: Meeting) -> None:
    screen.say(f"{len(meeting.results.records)} measurements are kept in {shown(meeting.path)}")
    screen.say(("pt-kata report", "bold"), " makes a page of them.")
